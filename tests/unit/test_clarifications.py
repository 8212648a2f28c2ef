"""问题登记：读法、答复、案例采用的读法、各读法下的合计，以及交主管部门的清单。"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support import case_of, simulated
from tests.unit.small_plant import context, plant
from verifierkit import clarifications, questions, readings, rulepack
from verifierkit.checks import build_context
from verifierkit.checks.base import Context
from verifierkit.clarifications import Answer, Clarification, Using
from verifierkit.errors import InputErrors, UsageError
from verifierkit.findings import cell_values, digest, merge
from verifierkit.verification import run_checks

CAPTIVE, KILN, FLOOR = "captive-electricity-factor", "kiln-oxidation-2013", "process-floor-2024"
SHIPPED = clarifications.shipped()
ANSWER = Answer("plant_specific", "某主管部门", date(2026, 5, 1), "答复函", date(2018, 1, 1))

OWN = """schema: 1
register: own
title: {zh: 自有, en: own}
sources:
  a: {title: a text}
questions:
  own-question:
    question: {zh: 问题, en: question}
    packs: [cement-2024]
    data_years: {from: 2024, to: 2025}
    facility_kinds: [clinker_line]
    parameters: [clinker_factor_tco2_per_t]
    items: []
    rules: [factor.default]
    used: as_stated
    readings:
      as_stated:
        label: {zh: 原文, en: as stated}
        cite: {source: a, clause: "1", confidence: A}
        change: {as_pack: true}
      other:
        label: {zh: 另一读法, en: other}
        cite: {source: a, clause: "2", confidence: B}
        change:
          values:
            - {parameter: clinker_factor_tco2_per_t, facility_class: portland_clinker, value: "0.525", unit: tCO2/t}
"""


def own_file(folder: Path, text: str = OWN) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# the registers that ship


@pytest.mark.parametrize("question", SHIPPED.values(), ids=list(SHIPPED))
def test_shipped_questions_name_what_the_packs_have(question: Clarification) -> None:
    packs = [rulepack.load(name) for name in question.packs if name in rulepack.names()]
    assert packs, "at least one pack of the question ships"
    for pack in packs:
        assert set(question.parameters) <= set(pack.parameters)
        assert set(question.rules) <= set(pack.checks)
    assert all(reading.citation.title and reading.citation.clause for reading in question.readings.values())
    assert question.readings[question.used].change.as_pack
    assert len(question.readings) > 1
    assert question.open, "nothing is answered that no authority answered"


@pytest.mark.parametrize("question", SHIPPED.values(), ids=list(SHIPPED))
def test_every_value_and_formula_of_a_reading_changes_the_pack(question: Clarification) -> None:
    for reading in question.readings.values():
        if reading.change.values or reading.change.formulas:
            packs = [rulepack.load(name) for name in question.packs if name in rulepack.names()]
            assert any(clarifications.applied(pack, question, reading) is not pack for pack in packs), reading.id


# files of one's own


def test_a_file_of_ones_own_adds_questions_and_answers(tmp_path: Path) -> None:
    text = (
        OWN
        + f"""answers:
  {CAPTIVE}: {{reading: plant_specific, answered_by: 某省, answered_on: 2026-05-01, source: 复函, valid_from: 2018-01-01}}
"""
    )
    found = clarifications.register([own_file(tmp_path, text)])
    assert set(found) == {*SHIPPED, "own-question"}
    answer = found[CAPTIVE].answer
    assert answer is not None
    assert (answer.reading, answer.answered_by) == ("plant_specific", "某省")
    assert SHIPPED[CAPTIVE].answer is None


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("    used: as_stated", "    uses: as_stated", 15, "uses"),
        ("    used: as_stated", "    used: unknown", 8, "unknown"),
        ('value: "0.525"', "value: 0.525", 26, "unquoted"),
        ("unit: tCO2/t", "unit: tons", 26, "tons"),
        ("cite: {source: a, clause: \"2\"", "cite: {source: b, clause: \"2\"", 23, "b"),
        ("change: {as_pack: true}", "change: {as_pack: true, computed: butts_share}", 20, "exactly one"),
        ("register: own", "register: own\nanswers:\n  no-such: {reading: a, answered_by: b, answered_on: 2026-01-01, source: c, valid_from: 2026-01-01}", 4, "no-such"),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in OWN
    with pytest.raises(InputErrors) as caught:
        clarifications.register([own_file(tmp_path, OWN.replace(old, new, 1))])
    assert said in str(caught.value)
    assert f"row {line}" in str(caught.value)


# which reading a case uses


def test_the_case_goes_before_the_answer_and_the_answer_before_the_pack() -> None:
    question = replace(SHIPPED[CAPTIVE], answer=ANSWER)
    named = {CAPTIVE: "national_mean"}
    assert clarifications.chosen(question, year=2018, named=named).chosen_by == "case"
    assert clarifications.chosen(question, year=2018, named={}).reading.id == "plant_specific"
    assert clarifications.chosen(question, year=2017, named={}).chosen_by == "pack"
    with pytest.raises(UsageError, match="national_mean, plant_specific"):
        clarifications.chosen(question, year=2018, named={CAPTIVE: "other"})


@pytest.mark.parametrize(("named", "said"), [("no-such", "no-such"), (CAPTIVE, "does not concern")])
def test_a_case_may_only_name_questions_that_concern_it(named: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        clarifications.used_by(
            SHIPPED, named={named: "plant_specific"}, packs=["cement-2024"], year=2025, kinds=["clinker_line"]
        )


def test_a_value_for_one_kind_leaves_the_other_kinds_alone() -> None:
    pack, question = rulepack.load("cement-supplementary-2017"), SHIPPED[KILN]
    read = clarifications.applied(pack, question, question.readings["kiln_99"])
    ask = {"year": 2018, "item": "bituminous"}
    assert read.value("oxidation_fraction", facility_kind="clinker_line", **ask).text == "0.99"
    assert read.value("oxidation_fraction", facility_kind="boiler", **ask).text == "0.93"
    assert pack.value("oxidation_fraction", facility_kind="clinker_line", **ask).text == "0.93"


def test_a_figure_computed_from_the_case_takes_the_value_of_the_pack_out() -> None:
    pack, question = rulepack.load("cement-supplementary-2017"), SHIPPED[CAPTIVE]
    read = clarifications.applied(pack, question, question.readings["plant_specific"])
    assert read.find_value("electricity_factor_tco2_per_mwh", year=2018, item="captive") is None
    assert read.find_value("electricity_factor_tco2_per_mwh", year=2018, item="grid") is not None


# totals under each reading


def seen(sector: str, year: int, errors: tuple[str, ...] = (), **named: str) -> Context:
    case = case_of(simulated(sector, year, 7, errors))
    case.meta["readings"] = {name.replace("_", "-"): reading for name, reading in named.items()}
    return build_context(case)


def using(found: Context, question: str) -> Using:
    return next(entry for entry in found.readings if entry.question.id == question)


@pytest.mark.parametrize("sector", ["cement", "aluminium"])
def test_captive_supply_at_the_plants_own_intensity(sector: str) -> None:
    """The difference is captive MWh × (own factor − national mean), both taken from the tables here."""
    found = seen(sector, 2018)
    rows = {row.reading.id: row for row in readings.by_reading(found, run_checks(found), using(found, CAPTIVE))}
    amounts = {f.key: f.value for f in found.figures.values() if f.key.parameter == "electricity_consumed_mwh" and f.key.item == "captive" and len(f.key.period) == 7}  # fmt: skip
    own = own_factor(found, sector)
    expected = sum(amounts.values(), Decimal(0)) * (own - Decimal("0.6101"))
    moved = rows["plant_specific"].totals["facility"] - rows["national_mean"].totals["facility"]
    assert abs(moved - expected) < Decimal("0.5")
    assert rows["plant_specific"].totals["entity"] == rows["national_mean"].totals["entity"]


def own_factor(found: Context, sector: str) -> Decimal:
    """Coal × heat × carbon × oxidation × 44/12 over MWh supplied."""
    coal, supply = {"cement": ("s_c_cap_ledger", "s_e_cap"), "aluminium": ("s_coal", "s_e_captive")}[sector]
    total = {
        name: sum((a.value for a in found.flow.series(name).months.values()), Decimal(0)) for name in (coal, supply)
    }
    factors = {
        name: next(
            f.value
            for f in found.figures.values()
            if f.key[:2] == ("entity", name) and f.key[3:] == ("bituminous", "2018")
        )
        for name in ("fuel_ncv", "carbon_content_tc_per_gj", "oxidation_fraction")
    }
    emission = total[coal] * factors["fuel_ncv"] * factors["carbon_content_tc_per_gj"] * factors["oxidation_fraction"]
    return emission * 44 / 12 / total[supply]


def test_a_reading_that_cannot_be_computed_says_why() -> None:
    found = context(plant())
    rows = {row.reading.id: row for row in readings.by_reading(found, [], using(found, "dust-2024"))}
    assert rows["counted"].totals == {}
    assert rows["counted"].reason is not None
    assert readings.between(found, rows["not_counted"], rows["counted"]) is None


def test_the_reading_that_a_case_names_is_the_one_of_its_checks() -> None:
    stated, read = seen("cement", 2018), seen("cement", 2018, kiln_oxidation_2013="kiln_99")
    assert {r.outcome for r in run_checks(stated) if r.rule == "factor.default" and r.parameter == "oxidation_fraction" and r.track == "facility"} == {"satisfied"}  # fmt: skip
    failed = [r for r in run_checks(read) if r.rule == "factor.default" and r.outcome == "not_satisfied"]
    assert {(r.parameter, r.track) for r in failed} == {("oxidation_fraction", "facility")}
    both = [
        {row.reading.id: dict(row.totals) for row in readings.by_reading(one, run_checks(one), using(one, KILN))}
        for one in (stated, read)
    ]
    assert both[0] == both[1], "the totals under each reading do not depend on the one in use"


# decisions


def digests(found: Context) -> dict[str, str]:
    cells = cell_values(found)
    return {str(finding.key): digest(found, finding, cells) for finding in merge(found, run_checks(found))}


def test_an_answer_makes_decisions_on_the_rule_stale_and_no_others() -> None:
    plain = seen("aluminium", 2018, ("captive_factor_other_year", "duplicate_ticket"))
    question = replace(SHIPPED[CAPTIVE], answer=replace(ANSWER, reading="national_mean"))
    answered = replace(
        plain,
        readings=[
            Using(question, question.readings["national_mean"], "answer") if r.question.id == CAPTIVE else r
            for r in plain.readings
        ],
    )
    before, after = digests(plain), digests(answered)
    changed = {key for key in before if before[key] != after[key]}
    assert changed
    assert all("electricity_factor" in key for key in changed)
    assert len(changed) < len(before)
    again = replace(question.answer, source="另一复函") if question.answer else None
    assert again is not None
    assert again.digest != ANSWER.digest


# the list for the authority


def test_the_list_holds_open_questions_only_where_asked() -> None:
    held = {**SHIPPED, CAPTIVE: replace(SHIPPED[CAPTIVE], answer=ANSWER)}
    assert len(questions.rows(held.values())) == len(SHIPPED)
    names = {row["id"] for row in questions.rows(held.values(), only_open=True)}
    assert names == set(SHIPPED) - {CAPTIVE}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "html"])
def test_the_list_is_written_alike_each_time_and_never_over_a_file(tmp_path: Path, ending: str) -> None:
    listed = questions.rows(SHIPPED.values(), only_open=True)
    one, two = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    questions.write(one, listed)
    questions.write(two, listed)
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(UsageError, match="not written over"):
        questions.write(one, listed)
    with pytest.raises(UsageError, match=r"\.xlsx"):
        questions.write(tmp_path / "list.txt", listed)


def test_the_list_comes_back_whole(tmp_path: Path) -> None:
    listed = questions.rows(SHIPPED.values())
    listed[0] |= {"question_zh": "=1+1<b>"}
    for ending in questions.FORMATS:
        questions.write(tmp_path / f"list.{ending}", listed)
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == sorted(SHIPPED)
    sheet: Any = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    column = questions.NAMES.index("question_zh") + 1
    assert (sheet.cell(3, column).value, sheet.cell(3, column).data_type) == ("=1+1<b>", "s")
    assert "=1+1&lt;b&gt;" in (tmp_path / "list.html").read_text(encoding="utf-8")
    assert FLOOR in questions.text(listed)
