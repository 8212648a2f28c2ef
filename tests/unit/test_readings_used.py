"""采用的读法：覆盖包、案例指定、由记录计算的因子；报告在核算方法一节列出，三种格式一致。"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import case_of, simulated
from tests.unit.five_ways import copied, outcomes
from tests.unit.test_documents import digits, docx_paragraphs, html_page, pdf_text
from verifierkit import clarifications, readings, record
from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Context, Result
from verifierkit.checks.computed import captive_plant_factor
from verifierkit.checks.texts import text
from verifierkit.clarifications import Using
from verifierkit.documents import write_reports
from verifierkit.documents.blocks import Heading, Table, plain
from verifierkit.documents.report import report_blocks
from verifierkit.errors import UsageError
from verifierkit.findings import merge
from verifierkit.verification import run_checks

CAPTIVE, OWN = "captive-electricity-factor", "plant_specific"
FACTOR = "electricity_factor_tco2_per_mwh"
LINES = {"cement": {"k1", "k2"}, "aluminium": {"p1", "p2"}}
UNIT_SOURCES = {"cement": ("s_c_cap_ledger", "s_e_cap"), "aluminium": ("s_coal", "s_e_captive")}


@pytest.fixture(autouse=True)
def without_the_joint_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "reconcile.joint", lambda context: ())


def plant(sector: str, *, overlay: bool = False, chosen: str = "") -> Case:
    case = case_of(simulated(sector, 2018, 7))
    if overlay:
        name = f"overlay-{sector}-supplementary-2017-plant-specific"
        case.meta["packs"] = dict(case.meta["packs"], facility=name)
    if chosen:
        case.meta["readings"] = {CAPTIVE: chosen}
    return case


def factor_reported(case: Case, value: Decimal) -> Case:
    """The case with this factor of captive electricity."""
    rows = [copied(row) for row in case.tables["reported"]]
    for row in rows:
        if (row["parameter"], row["item"]) == (FACTOR, "captive"):
            row.values["value"] = value
    return replace(case, tables={**case.tables, "reported": rows})


def with_unit(case: Case, sector: str) -> Case:
    """The case with the figures of its captive unit, from the records, as the overlay asks for them."""
    found = build_context(case)
    unit = next(name for name, row in found.flow.facilities.items() if row["kind"] == "captive_unit")
    pattern, rows = case.tables["reported"][0], list(case.tables["reported"])
    fuel, supply = (found.flow.series(name).months for name in UNIT_SOURCES[sector])
    factors = {f.key.parameter: f.value for f in found.figures.values() if f.key[0] == "entity" and f.key[3:] == ("bituminous", "2018")}  # fmt: skip
    for month in found.months:
        for parameter, item, value, unit_text in (
            ("unit_fuel_consumed", "bituminous", fuel[month].value, "t"),
            ("unit_fuel_ncv", "bituminous", factors["fuel_ncv"], "GJ/t"),
            ("unit_carbon_content_tc_per_gj", "bituminous", factors["carbon_content_tc_per_gj"], "tC/GJ"),
            ("unit_oxidation_fraction", "bituminous", factors["oxidation_fraction"], "1"),
            ("unit_supplied_mwh", None, supply[month].value, "MWh"),
        ):
            row = copied(pattern)
            cells = {"track": "facility", "facility_id": unit, "parameter": parameter, "item": item, "month": month}
            row.values.update(cells | {"data_year": 2018, "value": value, "unit": unit_text, "route": None})
            rows.append(row)
    return replace(case, tables={**case.tables, "reported": rows})


def using(found: Context) -> Using:
    return next(entry for entry in found.readings if entry.question.id == CAPTIVE)


def failed(found: Context) -> list[Result]:
    return [result for result in run_checks(found) if result.outcome == "not_satisfied"]


@pytest.mark.parametrize("sector", LINES)
def test_a_case_on_the_overlay_uses_the_reading_that_the_overlay_follows(sector: str) -> None:
    found = using(build_context(plant(sector, overlay=True)))
    assert (found.reading.id, found.chosen_by) == (OWN, "overlay")
    assert using(build_context(plant(sector, overlay=True, chosen=OWN))).chosen_by == "overlay"
    with pytest.raises(UsageError, match="plant-specific follows"):
        build_context(plant(sector, overlay=True, chosen="national_mean"))


def test_the_question_names_the_tables_of_2019_to_2021_and_every_overlay_of_the_reading() -> None:
    question = clarifications.shipped()[CAPTIVE]
    assert {"cement-supplementary-2019", "aluminium-supplementary-2019"} <= set(question.packs)
    assert question.years == (2016, 2021)
    assert {name for one in question.readings.values() for name in one.overlays} == {
        f"overlay-{name}-plant-specific" for name in question.packs
    }


@pytest.mark.parametrize("sector", LINES)
def test_both_readings_are_computed_for_a_case_on_the_overlay(sector: str) -> None:
    found = build_context(with_unit(plant(sector, overlay=True), sector))
    rows = {row.reading.id: row for row in readings.by_reading(found, run_checks(found), using(found))}
    plain_case = build_context(plant(sector))
    base = {row.reading.id: row for row in readings.by_reading(plain_case, run_checks(plain_case), using(plain_case))}
    assert rows["national_mean"].totals["facility"] == base["national_mean"].totals["facility"]
    amounts = [f.value for f in found.figures.values() if f.key[1::2] == ("electricity_consumed_mwh", "captive") and "-" in f.key.period]  # fmt: skip
    assert amounts
    factor = captive_plant_factor(plain_case, "")
    assert isinstance(factor, Decimal)
    moved = rows[OWN].totals["facility"] - rows["national_mean"].totals["facility"]
    step = Decimal("0.00005") * sum(amounts, Decimal(0))  # the overlay rounds the factor to four places
    assert abs(moved - sum(amounts, Decimal(0)) * (factor - Decimal("0.6101"))) < step + 1


def test_an_overlay_without_the_figures_of_the_unit_says_so_and_gives_no_total() -> None:
    found = build_context(plant("cement", overlay=True))
    rows = {row.reading.id: row for row in readings.by_reading(found, run_checks(found), using(found))}
    assert rows[OWN].totals == {}
    assert rows[OWN].reason is not None
    assert "自备机组" in rows[OWN].reason["zh"]


@pytest.mark.parametrize("sector", LINES)
def test_a_factor_that_differs_from_what_the_chosen_reading_computes_is_a_finding(sector: str) -> None:
    found = build_context(plant(sector, chosen=OWN))
    results = failed(found)
    assert {(r.rule, r.facility, r.when, r.stream, r.source) for r in results} == {
        ("calc.formula", line, "2018", f"{FACTOR}:captive", "reported") for line in LINES[sector]
    }
    own = captive_plant_factor(found, "")
    assert isinstance(own, Decimal)
    assert {abs(r.expected - own) <= Decimal("0.00005") for r in results if r.expected is not None} == {True}
    words = text(found, results[0])
    assert "读法“自备电厂自身排放强度" in words["zh"]
    assert "the reading that the case uses" in words["en"]
    merged = merge(found, results)
    assert len(merged) == len(LINES[sector])


@pytest.mark.parametrize("sector", LINES)
def test_the_computed_factor_on_the_limit_and_a_last_digit_beyond(sector: str) -> None:
    case = plant(sector, chosen=OWN)
    own = captive_plant_factor(build_context(case), "")
    assert isinstance(own, Decimal)
    right = own.quantize(Decimal("0.0001"), "ROUND_HALF_UP")
    assert failed_factors(factor_reported(case, right)) == set()
    assert failed_factors(factor_reported(case, right + Decimal("0.0001"))) == {"calc.formula"}
    measured = plant(sector)  # the reading of the pack: its mean is reported and nothing is said
    assert failed_factors(measured) == set()
    assert failed_factors(factor_reported(measured, right)) == {"factor.default"}


def failed_factors(case: Case) -> set[str]:
    """Rules that find a fault in the factor."""
    return {result.rule for result in failed(build_context(case)) if result.parameter == FACTOR}


def test_a_factor_that_cannot_be_computed_is_not_judged() -> None:
    case = plant("cement", chosen=OWN)
    held = {name: rows for name, rows in case.tables.items() if name != "monthly_values"}
    found = build_context(replace(case, tables={**held, "monthly_values": []}))
    results = [r for r in REGISTRY["calc.formula"](found) if r.parameter == FACTOR]
    assert {r.outcome for r in results} == {"not_evaluated"}
    assert "没有覆盖全部月份" in text(found, results[0])["zh"]
    assert outcomes(found, "factor.default") <= {"satisfied", "not_applicable"}


# the report


def recorded(chosen: str = "") -> dict[str, object]:
    return record.build(plant("cement", chosen=chosen))


@pytest.fixture(scope="module")
def held() -> dict[str, object]:
    kept = REGISTRY["reconcile.joint"]
    REGISTRY["reconcile.joint"] = lambda context: ()
    try:
        return recorded(OWN)
    finally:
        REGISTRY["reconcile.joint"] = kept


def table(held: dict[str, object], lang: str, caption: str) -> Table:
    found = [b for b in report_blocks(held, lang) if isinstance(b, Table) and plain(b.caption) == caption]
    assert len(found) == 1
    return found[0]


CAPTIONS = {"zh": "规则待澄清问题及采用的读法", "en": "Open questions on the rules and the reading used"}


@pytest.mark.parametrize("lang", CAPTIONS)
def test_the_report_names_the_reading_used_of_every_question(held: dict[str, object], lang: str) -> None:
    questions = held["clarifications"]
    assert isinstance(questions, list)
    shown = ["|".join(plain(cell.spans) for cell in row) for row in table(held, lang, CAPTIONS[lang]).rows]
    assert len(shown) == len(questions) > 1
    for row, question in zip(shown, questions, strict=True):
        used = next(one for one in question["readings"] if one["id"] == question["used"])
        assert question["question"][lang] in row
        assert used["label"][lang] in row
    captive = next(row for row in shown if {"zh": "自备电厂供电的排放因子", "en": "Captive supply"}[lang] in row)
    assert {"zh": "核查组选定，主管部门尚未答复", "en": "chosen by the team; not answered"}[lang] in captive
    others = [row for row in shown if row != captive]
    assert all({"zh": "按规则包取用", "en": "rule pack"}[lang] in row for row in others)


@pytest.mark.parametrize("lang", CAPTIONS)
def test_tonnes_between_readings_stand_in_the_working_paper_only(held: dict[str, object], lang: str) -> None:
    cells = [plain(cell.spans) for row in table(held, lang, CAPTIONS[lang]).rows for cell in row]
    questions = held["clarifications"]
    assert isinstance(questions, list)
    totals = {t["tonnes"] for question in questions for one in question["readings"] for t in one["totals"]}
    assert totals
    assert not [cell for cell in cells if any(amount in cell.replace(",", "") for amount in totals)]


def test_the_table_stands_in_the_section_on_method(held: dict[str, object]) -> None:
    blocks = report_blocks(held, "zh")
    place = next(n for n, b in enumerate(blocks) if isinstance(b, Table) and plain(b.caption) == CAPTIONS["zh"])
    headings = [block for block in blocks[:place] if isinstance(block, Heading)]
    assert headings[-1].anchor == "findings.method"


def test_a_case_that_no_question_touches_has_no_such_table(held: dict[str, object]) -> None:
    without = {**held, "clarifications": []}
    assert not [b for b in report_blocks(without, "zh") if isinstance(b, Table) and plain(b.caption) == CAPTIONS["zh"]]


@pytest.mark.parametrize("lang", CAPTIONS)
def test_all_formats_show_the_same_questions_and_numerals(held: dict[str, object], lang: str, tmp_path: Path) -> None:
    write_reports(held, tmp_path, langs=(lang,))
    cells = [plain(cell.spans) for row in table(held, lang, CAPTIONS[lang]).rows for cell in row]
    pages = {
        "html": html_page(tmp_path / f"report.{lang}.html").get_text(""),
        "pdf": pdf_text(tmp_path / f"report.{lang}.pdf"),
        "docx": "".join(p.text or "" for par in docx_paragraphs(tmp_path / f"report.{lang}.docx") for p in par.iter() if p.tag.endswith("}t")),
    }  # fmt: skip
    squeezed = {name: "".join(page.split()) for name, page in pages.items()}
    for name, page in squeezed.items():
        missing = [cell for cell in cells if "".join(cell.split()) not in page]
        if name == "pdf":  # a cell breaks over lines in columns: its numerals are looked for
            missing = [cell for cell in missing if digits(cell) not in digits(page)]
        assert missing == [], name
