"""Figures of a published Chinese verification report (steel): what closes, and the one ratio that does not follow.

Source: ``cn_steel_verification`` of the shared data. Its README speaks of four years (2020 to 2023, net power negative
in the last); ``facts.json`` holds two of them, 2020 and 2021, and the tests take every year that the file holds. The
ratio is found by ``calc.formula`` on a pack that holds the report's arithmetic and rounds as the report prints:
two digits for 10^4 t, four for ratios. A total of printed parts closes where the rounding of the parts explains it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import arithmetic_pack, memory_case, verified_by
from verifierkit.case import Case
from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, Result
from verifierkit.verification import Verification

README_YEARS, FILE_YEARS = {"2020", "2021", "2022", "2023"}, {"2020", "2021"}
MASS, CO2 = "10^4 t", "10^4 tCO2"
REPORT = arithmetic_pack(
    "steel-report",
    level={"entity": "entity"},
    monthly=False,
    parameters={
        "crude": {"unit": MASS},
        "scrap": {"unit": MASS},
        "fossil": {"unit": CO2},
        "process": {"unit": CO2},
        "net_power": {"unit": CO2},
        "fixed_carbon": {"unit": CO2},
        "total": {"unit": CO2, "digits": 2},
        "intensity": {"unit": "tCO2/t", "digits": 4},
        "scrap_ratio": {"unit": "t/t", "digits": 4},
    },
    methods={
        "total": "fossil + process + net_power - fixed_carbon",
        "intensity": "total / crude",
        "scrap_ratio": "scrap / crude",
    },
)
STEPS = arithmetic_pack(
    "steel-steps",
    level={"entity": "entity"},
    monthly=False,
    parameters={"steps": {"unit": CO2, "by_item": True}, "steps_total": {"unit": CO2, "digits": 2}},
    methods={"steps_total": "sum(steps)"},
)


@pytest.fixture(scope="module")
def facts(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "cn_steel_verification" / "facts.json").read_text(encoding="utf-8")
    years: dict[str, Any] = json.loads(text, parse_float=Decimal)["years"]
    return years


def reported(year: str, parameter: str, value: Decimal, unit: str, item: str = "") -> dict[str, Any]:
    row = {"track": "entity", "facility_id": "works", "parameter": parameter, "item": item, "data_year": int(year)}
    return row | {"value": value, "unit": unit}


def report_case(year: str, rows: list[dict[str, Any]]) -> Case:
    works = {"facility_id": "works", "name": "Works", "kind": "entity", "in_entity_boundary": True, "in_facility_boundary": False}  # fmt: skip
    meta = {"case_id": f"steel-{year}", "sector": "electricity", "data_year": int(year)}
    return memory_case(meta, {"facilities": [works], "reported": rows})


def verification(year: str, figures: dict[str, Any]) -> Verification:
    rows = [reported(year, name, figures[name], parameter.unit) for name, parameter in REPORT.parameters.items()]
    case = report_case(year, rows)
    case.meta["packs"] = {"entity": REPORT.id}
    return verified_by(case, REPORT)


def formulas(found: Verification, outcome: str) -> dict[str, Result]:
    return {r.parameter: r for r in found.results if r.rule == "calc.formula" and r.outcome == outcome}


def test_the_file_holds_two_of_the_four_years_of_its_readme(facts: dict[str, Any]) -> None:
    assert set(facts) == FILE_YEARS < README_YEARS


@pytest.mark.parametrize("year", sorted(FILE_YEARS))
def test_totals_and_intensities_close(year: str, facts: dict[str, Any]) -> None:
    passed = formulas(verification(year, facts[year]), SATISFIED)
    for name in ("total", "intensity"):
        assert facts[year]["closes"][name] is True
        assert passed[name].expected == facts[year]["recomputed"][name]


@pytest.mark.parametrize("year", sorted(FILE_YEARS))
def test_every_ratio_that_does_not_follow_is_the_only_finding(year: str, facts: dict[str, Any]) -> None:
    found = verification(year, facts[year])
    wrong = [name for name, closes in facts[year]["closes"].items() if not closes and name in REPORT.methods]
    assert [tuple(finding.key) for finding in found.findings] == [
        ("calc.formula", "works", year, name, "reported") for name in wrong
    ]
    assert wrong == (["scrap_ratio"] if year == "2020" else [])


def test_the_ratio_of_2020_with_its_figures(facts: dict[str, Any]) -> None:
    (result,) = formulas(verification("2020", facts["2020"]), NOT_SATISFIED).values()
    assert result.observed == facts["2020"]["scrap_ratio"] == Decimal("0.2939")
    assert result.expected == facts["2020"]["recomputed"]["scrap_ratio"] == Decimal("0.2946")


@pytest.mark.parametrize("year", sorted(FILE_YEARS))
def test_step_totals_differ_by_no_more_than_the_rounding_of_their_parts(year: str, facts: dict[str, Any]) -> None:
    steps, printed = facts[year]["steps"], facts[year]["steps_total"]
    rows = [reported(year, "steps", value, CO2, item) for item, value in steps.items()]
    case = report_case(year, [*rows, reported(year, "steps_total", printed, CO2)])
    case.meta["packs"] = {"entity": STEPS.id}
    (result,) = formulas(verified_by(case, STEPS), NOT_SATISFIED).values()
    assert result.expected == facts[year]["recomputed"]["steps_total"]
    half_digit = Decimal("0.005")
    assert result.observed is not None
    assert abs(result.observed - result.expected) <= half_digit * (len(steps) + 1)


def test_a_total_one_digit_off_is_found(facts: dict[str, Any]) -> None:
    figures = facts["2021"] | {"total": facts["2021"]["total"] + Decimal("0.01")}
    wrong = formulas(verification("2021", figures), NOT_SATISFIED)
    assert wrong["total"].expected == facts["2021"]["recomputed"]["total"]
