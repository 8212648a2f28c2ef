"""The verification against its procedure: team, independent reviewer, visit or waiver, last days of the notices."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support import simulated, verified
from tests.unit.small_plant import context, keys, plant, results
from verifierkit.checks.base import NOT_APPLICABLE, NOT_EVALUATED, NOT_SATISFIED, SATISFIED
from verifierkit.checks.texts import text

TEAM = [
    {"name": "陈某", "role": "lead"},
    {"name": "刘某", "role": "member"},
    {"name": "黄某", "role": "technical_reviewer"},
]
VISIT = {"from": date(2026, 4, 13), "to": date(2026, 4, 15), "waived_reason": ""}
REPORT = {"initial_version": "V1", "initial_date": date(2026, 3, 20), "final_version": "", "final_date": None}


def outcome(rule: str, **meta: Any) -> str:
    (result,) = results(context(plant(), **({"team": TEAM, "visit": VISIT, "report": REPORT} | meta)), rule)
    return result.outcome


@pytest.mark.parametrize(
    "rule",
    ["procedure.team", "procedure.review", "procedure.visit", "procedure.report_date", "procedure.conclusion_date"],
)
def test_a_complete_case_satisfies_every_rule_and_an_empty_one_is_not_judged(rule: str) -> None:
    assert outcome(rule) == SATISFIED
    assert outcome(rule, team=[], visit={}, report={}) == NOT_EVALUATED


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        (TEAM[:1], NOT_SATISFIED),  # one person
        (TEAM[:2], SATISFIED),  # exactly two
        ([TEAM[0], TEAM[0]], NOT_SATISFIED),  # the same person twice
        ([TEAM[1], {"name": "李某", "role": "member"}], NOT_SATISFIED),  # no lead
        ([TEAM[0], {"name": "李某", "role": "lead"}], NOT_SATISFIED),  # two leads
    ],
)
def test_the_team_has_one_lead_and_two_persons(team: list[dict[str, str]], expected: str) -> None:
    assert outcome("procedure.team", team=team) == expected


def test_the_reviewer_is_named_and_not_of_the_team() -> None:
    assert outcome("procedure.review", team=TEAM[:2]) == NOT_SATISFIED
    both = [*TEAM, {"name": "刘某", "role": "technical_reviewer"}]
    assert outcome("procedure.review", team=both) == NOT_SATISFIED
    found = context(plant(), team=both)
    (result,) = results(found, "procedure.review")
    assert "刘某" in text(found, result)["zh"]
    assert "独立" in text(found, result)["zh"]


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ({"from": None, "to": None, "waived_reason": ""}, NOT_SATISFIED),
        ({"from": None, "to": None, "waived_reason": "方案未变"}, SATISFIED),
        (VISIT | {"to": date(2026, 4, 12)}, NOT_SATISFIED),  # ends before it begins
        (VISIT | {"from": date(2026, 3, 20)}, SATISFIED),  # the day on which the report came in
        (VISIT | {"from": date(2026, 3, 19)}, NOT_SATISFIED),  # the day before
    ],
)
def test_the_visit_follows_the_report_or_its_waiver_has_a_reason(visit: dict[str, Any], expected: str) -> None:
    assert outcome("procedure.visit", visit=visit) == expected


@pytest.mark.parametrize(("day", "expected"), [(31, SATISFIED), (32, NOT_SATISFIED)])
def test_the_report_of_2025_comes_in_by_31_march(day: int, expected: str) -> None:
    received = date(2026, 3, 31) if day == 31 else date(2026, 4, 1)
    assert outcome("procedure.report_date", report=REPORT | {"initial_date": received}) == expected


@pytest.mark.parametrize(("done", "expected"), [(date(2026, 7, 31), SATISFIED), (date(2026, 8, 1), NOT_SATISFIED)])
def test_the_verification_of_2025_ends_by_31_july(done: date, expected: str) -> None:
    assert outcome("procedure.conclusion_date", report=REPORT | {"final_date": done}) == expected
    assert outcome("procedure.conclusion_date", visit=VISIT | {"to": done}) == expected


def test_a_fault_of_the_procedure_is_a_finding_with_its_key() -> None:
    found = keys(plant(), team=TEAM[:1], visit=VISIT, report=REPORT)
    assert [key for key in found if key[0].startswith("procedure.")] == [
        ("procedure.review", "", "2025", "team", "case.yaml"),
        ("procedure.team", "", "2025", "team", "case.yaml"),
    ]


def test_a_year_without_a_last_day_is_not_held_to_one() -> None:
    old = verified(simulated("cement", 2018, 5))
    outcomes = {r.rule: r.outcome for r in old.results if r.rule.startswith("procedure.")}
    assert outcomes["procedure.report_date"] == NOT_APPLICABLE
    assert outcomes["procedure.conclusion_date"] == NOT_APPLICABLE
    assert outcomes["procedure.team"] == SATISFIED
