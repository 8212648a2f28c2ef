"""Each check with data that satisfies it, violates it, sits on the limit, lacks evidence, and comes too early."""

from __future__ import annotations

import pytest

from tests.unit import five_ways_plants, five_ways_records
from tests.unit.five_ways import Five, Turning, outcomes, starting_next_year, told
from verifierkit.checks import REGISTRY
from verifierkit.verification import run_checks

RULES: dict[str, Five] = {**five_ways_records.RULES, **five_ways_plants.RULES}
BOUNDED = [rule for rule, five in RULES.items() if not isinstance(five.limit, str)]
LACKING = [rule for rule, five in RULES.items() if not isinstance(five.lacks, str)]
SHORTEST_REASON = 20  # characters


# Rules whose five plants are owed: registered while this table was written, tested in files of their own. An empty set
# is what this file asks for; a rule that is registered later and stands in neither place fails the test.
OWED = {
    "captive.double_counting", "captive.electricity_twice", "captive.omitted", "determined.value", "evidence.original",
    "evidence.unlisted", "lab.accreditation", "plan.missing_data", "procedure.conclusion_date",
    "procedure.report_date", "procedure.review", "procedure.team", "procedure.visit", "reconcile.joint",
}  # fmt: skip


def test_every_registered_rule_has_its_five_ways_or_is_owed() -> None:
    assert sorted(set(REGISTRY) - set(RULES) - OWED) == [], "write their plants in tests/unit/five_ways_*.py"
    assert sorted(set(RULES) - set(REGISTRY)) == []
    assert sorted(OWED & set(RULES)) == [], "they have their plants now: take them off the list"


@pytest.mark.xfail(reason="five plants are owed for the rules that OWED names", strict=True)
def test_no_rule_is_owed() -> None:
    assert sorted(OWED) == []


@pytest.mark.parametrize("rule", RULES)
def test_what_cannot_be_built_says_why(rule: str) -> None:
    reasons = [way for way in (RULES[rule].limit, RULES[rule].lacks) if isinstance(way, str)]
    assert [reason for reason in reasons if len(reason) < SHORTEST_REASON] == []


@pytest.mark.parametrize("rule", RULES)
def test_satisfied(rule: str) -> None:
    found = outcomes(RULES[rule].satisfied(), rule)
    assert "satisfied" in found
    assert "not_satisfied" not in found


@pytest.mark.parametrize("rule", RULES)
def test_violated(rule: str) -> None:
    assert "not_satisfied" in outcomes(RULES[rule].violated(), rule)


@pytest.mark.parametrize("rule", BOUNDED)
def test_on_the_limit_and_a_step_beyond(rule: str) -> None:
    limit = RULES[rule].limit
    assert not isinstance(limit, str)
    pair = limit.pair() if isinstance(limit, Turning) else limit
    at, beyond = (outcomes(build(), rule) for build in pair)
    assert "satisfied" in at
    assert "not_satisfied" not in at
    assert "not_satisfied" in beyond


@pytest.mark.parametrize("rule", LACKING)
def test_without_evidence_nothing_is_claimed(rule: str) -> None:
    lacks = RULES[rule].lacks
    assert not isinstance(lacks, str)
    build, wanted = lacks
    results = [result for result in told(build(), rule) if result.outcome != "not_applicable"]
    if wanted == "nothing":
        assert results == []
    else:
        assert wanted in {result.outcome for result in results}
        assert [result for result in results if result.outcome == "not_satisfied"] == []


@pytest.mark.parametrize("rule", RULES)
def test_before_the_rule_starts_it_does_not_apply(rule: str) -> None:
    context = starting_next_year(RULES[rule].violated(), rule)
    found = {result.outcome: result for result in run_checks(context) if result.rule == rule}
    assert set(found) == {"not_applicable"}
    assert found["not_applicable"].detail["reason_en"] == "not in force yet"
