"""Every value marked B or C shows its mark wherever it is used: record, report, working papers, rules show, rules diff."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.support import simulated, verified
from verifierkit import record, rulediff, rulepack
from verifierkit.documents import write_reports
from verifierkit.documents.blocks import Mark
from verifierkit.documents.parameters import card_rows
from verifierkit.documents.view import View
from verifierkit.emissions import Key
from verifierkit.papers.tables import TABLES
from verifierkit.rulepack import shown
from verifierkit.verification import Verification

CASES = [("cement", 2025), ("cement", 2018), ("aluminium", 2025), ("aluminium", 2018)]
UNCONFIRMED = ("B", "C")
PACKS = rulepack.names() + rulepack.overlays()


@cache
def checked(sector: str, year: int) -> Verification:
    return verified(simulated(sector, year, 11))


@cache
def made(sector: str, year: int) -> dict[str, Any]:
    found: dict[str, Any] = record.render(checked(sector, year))
    return found


def marked(sector: str, year: int) -> list[dict[str, Any]]:
    rows = [row for row in made(sector, year)["parameters"] if row["citation"]["confidence"] in UNCONFIRMED]
    assert rows
    return rows


@pytest.mark.parametrize(("sector", "year"), CASES)
def test_the_record_carries_the_mark_of_the_value_or_method_used(sector: str, year: int) -> None:
    context = checked(sector, year).context
    for row in made(sector, year)["parameters"]:
        pack = context.packs[row["track"]]
        wanted = pack.parameters[row["parameter"]].citation
        if row["citation"]["of"] == "value":
            facility = next(f for f in context.structures[row["track"]].facilities if f.id == row["facility"])
            value = pack.find_value(
                row["parameter"], year=year, item=row["item"], facility_kind=facility.kind,
                facility_class=facility.facility_class, region=context.structures[row["track"]].region,
            )  # fmt: skip
            assert value is not None
            wanted = value.citation
        assert row["citation"]["confidence"] == wanted.confidence, row["id"]
        assert row["citation"]["title"]["en"] == wanted.title


@pytest.mark.parametrize(("sector", "year"), CASES)
def test_a_default_that_the_calculation_takes_leads_back_to_its_mark(sector: str, year: int) -> None:
    verification = checked(sector, year)
    for calculation in verification.verified.values():
        for key in calculation.values:
            step = calculation.trace(Key(*key))
            if step.origin == "default":
                assert step.citation is not None
                assert step.citation.confidence in "ABC"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("sector", "year"), CASES)
def test_every_card_of_the_report_shows_the_mark_on_value_or_method_and_in_words(
    sector: str, year: int, lang: str
) -> None:
    view = View(made(sector, year), lang)
    for row in marked(sector, year):
        spans = [span for pairs in card_rows(view, row) for pair in pairs for span in pair.value]
        mark = row["citation"]["confidence"]
        assert Mark(mark) in spans, row["id"]
        assert view.word(f"confidence.{mark}") in spans, row["id"]


@pytest.mark.parametrize(("sector", "year"), [("cement", 2025), ("aluminium", 2018)])
def test_the_page_has_as_many_raised_marks_as_the_cards_and_explains_them(
    sector: str, year: int, tmp_path: Path
) -> None:
    write_reports(made(sector, year), tmp_path, langs=("en",), formats=("html",))
    page = BeautifulSoup((tmp_path / "report.en.html").read_text(encoding="utf-8"), "html.parser")
    raised = [sup.get_text() for sup in page.find_all("sup")]
    for mark in UNCONFIRMED:
        assert raised.count(mark) >= sum(row["citation"]["confidence"] == mark for row in marked(sector, year))
    assert "not confirmed in the primary text" in page.get_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("sector", "year"), CASES)
def test_the_working_papers_print_the_mark_behind_the_citation(sector: str, year: int, lang: str) -> None:
    found = TABLES["figures"](made(sector, year), lang)
    for row, cells in zip(made(sector, year)["parameters"], found.itertuples(index=False), strict=True):
        if row["citation"]["confidence"] in UNCONFIRMED:
            assert str(cells[-1]).endswith(row["citation"]["confidence"]), row["id"]


@pytest.mark.parametrize("name", PACKS)
def test_rules_show_prints_a_mark_on_every_value_constant_method_limit_and_step(name: str) -> None:
    pack = rulepack.load(name)
    lines = list(shown.lines(pack))
    cited = [v.citation for rows in pack.values.values() for v in rows] + [k.value.citation for k in pack.known_values]
    cited += [entry.citation for entry in (*pack.constants.values(), *pack.methods.values(), *pack.parameters.values())]
    cited += [step.citation for step in pack.procedure]
    if pack.kind != "procedure":
        cited += [limit.citation for rule in pack.checks.values() for limit in rule.limits.values()]
        cited += [band.citation for rule in pack.checks.values() for band in rule.bands]
    for citation in cited:
        assert any(f"{citation.title}, {citation.clause} [{citation.confidence}]" in line for line in lines), citation
    marks = sum(line.rstrip().endswith(("[A]", "[B]", "[C]")) for line in lines)
    assert marks == len(cited) + (pack.instrument is not None)


PAIRS = [
    pair
    for sector in ("cement", "aluminium")
    for pair in combinations([f"{sector}-2013", f"{sector}-supplementary-2019", f"{sector}-2024"], 2)
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_rules_diff_prints_the_mark_of_both_sides_of_a_value_or_method(one: str, other: str) -> None:
    difference = rulediff.compare(rulepack.load(one), rulepack.load(other))
    text = rulediff.text(difference)
    rows = [row for row in difference.rows if row.part in ("value", "constant", "method")]
    sides = [side for row in rows for side in (row.a, row.b) if side.citation is not None]
    assert {side.citation.confidence for side in sides if side.citation} >= set(UNCONFIRMED)
    for side in sides:
        assert side.citation is not None
        assert side.cited.endswith(f"[{side.citation.confidence}]")
        assert side.cited in text
