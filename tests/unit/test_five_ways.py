"""Each check with data that satisfies it, violates it, sits on the limit, lacks evidence, and comes too early."""

from __future__ import annotations

import pytest

from tests.unit import five_ways_claims, five_ways_lots, five_ways_plants, five_ways_records
from tests.unit.five_ways import Five, Turning, outcomes, starting_next_year, told
from verifierkit.checks import REGISTRY
from verifierkit.verification import run_checks

RULES: dict[str, Five] = {
    **five_ways_records.RULES,
    **five_ways_plants.RULES,
    **five_ways_claims.RULES,
    **five_ways_lots.RULES,
}
BOUNDED = [rule for rule, five in RULES.items() if not isinstance(five.limit, str)]
LACKING = [rule for rule, five in RULES.items() if not isinstance(five.lacks, str)]
SHORTEST_REASON = 20  # characters


def test_every_registered_rule_has_its_five_ways() -> None:
    assert sorted(set(REGISTRY) - set(RULES)) == [], "write their plants in tests/unit/five_ways_*.py"
    assert sorted(set(RULES) - set(REGISTRY)) == []


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
