"""随机改动单元格：恰好是所依据的值变了的处理失效，其他一概不失效。

The expectation is worked out from the results and the tables before and after, without the digest: a decision must go
stale where the finding is still there and one of its results, or the text of one of its evidence cells, is another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.support import case_of, simulated
from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Result
from verifierkit.columns import Row, catalogue
from verifierkit.decisions import Decision, finding_text
from verifierkit.findings import Finding, merge
from verifierkit.verification import Verification, run_checks

ERRORS = {
    "cement": ("ledger_digits", "wet_as_dry", "bill_registers_wrong", "duplicate_ticket", "formula_error", "deposit_differs",
               "calibration_lapsed"),
    "aluminium": ("ledger_digits", "formula_error", "deposit_late", "duplicate_ticket", "calibration_lapsed"),
}  # fmt: skip
SEED, CHANGES = 20260422, 20
FREE = ("number", "date", "text")  # types whose cells a slip of the pen leaves readable


@pytest.fixture(autouse=True, scope="module")
def without_joint() -> Iterator[None]:
    """The joint reconciliation takes seconds a run and has tests of its own: it is left out of these runs."""
    held = REGISTRY["reconcile.joint"]
    REGISTRY["reconcile.joint"] = lambda context: ()
    yield
    REGISTRY["reconcile.joint"] = held


@cache
def decided(sector: str) -> tuple[Case, Verification, dict[str, Decision]]:
    """A plant with errors, verified, and an acceptance of every finding on its present digest."""
    case = case_of(simulated(sector, 2025, SEED, ERRORS[sector]))
    first = verified(case, {})
    keys = [finding_text(finding.key) for finding in first.findings]
    held = {
        key: Decision(line, key, digest, "accepted", "raised", "已核对", "张三", "2026-04-22")
        for line, (key, digest) in enumerate(zip(keys, first.digests, strict=True), start=1)
    }
    return case, first, held


def verified(case: Case, held: dict[str, Decision]) -> Verification:
    context = build_context(case)
    results = run_checks(context)
    return Verification(context, results, merge(context, results), held)


def cells(case: Case) -> dict[str, str]:
    """Text of every cell by its place as a text."""
    return {
        str(row.cell(column)): str(row[column])
        for rows in case.tables.values()
        for row in rows
        for column in row.letters
    }


def basis(finding: Finding, texts: dict[str, str]) -> list[tuple[Any, ...]]:
    """All that a decision on a finding rests on, in plain values."""
    return sorted((told(result, texts) for result in (*finding.results, *finding.explains)), key=repr)


def told(result: Result, texts: dict[str, str]) -> tuple[Any, ...]:
    evidence = sorted((str(place), texts.get(str(place), "")) for place in result.places)
    numbers = (result.observed, result.expected, result.limit)
    words = sorted(result.detail.items()) if result.rule.startswith("evidence.") else []
    return result.rule, result.when, numbers, sorted(result.deltas), sorted(result.unpinned), evidence, words


def draw(rng: Random, case: Case, first: Verification) -> tuple[Row, str]:
    """A cell: every second time one that a finding rests on, else any with a number, day or text in it."""
    rows = {str(row.cell(name)): (row, name) for held in case.tables.values() for row in held for name in row.letters}
    cited = {str(p) for f in first.findings for r in (*f.results, *f.explains) for p in r.places} & set(rows)
    wanted = sorted(cited) if rng.random() < 1 / 2 else sorted(rows)
    while True:
        row, name = rows[rng.choice(wanted)]
        if row[name] is not None and catalogue()[row.table].columns[name].type in FREE and name != "derives_from":
            return row, name


def slipped(rng: Random, value: Any) -> Any:
    """A value of the same type near the one that is there."""
    if isinstance(value, Decimal):
        return value + rng.choice((Decimal("0.01"), Decimal("-0.01"), Decimal(1), value / 50))
    if isinstance(value, date | datetime):
        return value + timedelta(days=rng.choice((-1, 1)))
    return f"{value}x"


@pytest.mark.parametrize("number", range(CHANGES))
@pytest.mark.parametrize("sector", sorted(ERRORS))
def test_exactly_the_decisions_whose_basis_changed_go_stale(sector: str, number: int) -> None:
    case, first, held = decided(sector)
    rng = Random(f"{sector} {number}")
    row, column = draw(rng, case, first)
    before, texts = row.values[column], cells(case)
    row.values[column] = slipped(rng, before)
    try:
        now, later = verified(case, held), cells(case)
        found = {finding_text(finding.key): basis(finding, later) for finding in now.findings}
        stale = {finding_text(finding.key) for index, finding in enumerate(now.findings) if now.stale(index)}
    finally:
        row.values[column] = before
    kept = {finding_text(f.key): basis(f, texts) for f in first.findings if finding_text(f.key) in found}
    place = str(row.cell(column))
    assert stale == {key for key in kept if kept[key] != found[key]}, place
    cited = {key for key, rests in kept.items() if any(place == cell for entry in rests for cell, _ in entry[5])}
    assert cited <= stale, place
    assert {held.finding for held in now.orphans} == set(first_keys(first)) - set(found)


def first_keys(first: Verification) -> list[str]:
    return [finding_text(finding.key) for finding in first.findings]


@pytest.mark.parametrize("sector", sorted(ERRORS))
def test_nothing_is_stale_while_nothing_changed_and_the_draws_reach_findings(sector: str) -> None:
    case, first, held = decided(sector)
    assert len(first.findings) >= len(ERRORS[sector])
    again = verified(case, held)
    assert not any(again.stale(index) for index in range(len(again.findings)))
    drawn = {draw(Random(f"{sector} {number}"), case, first)[0].table for number in range(CHANGES)}
    assert len(drawn) >= len("abcde")


def test_another_text_in_a_faulty_cell_makes_the_decision_on_the_defect_stale() -> None:
    digests = []
    for words in ("约5", "约6"):
        plant = simulated("cement", 2025, SEED)
        plant.tables["raw_meal_ratios"][0]["ratio"] = words
        made = verified(case_of(plant), {})
        assert [finding.key.rule for finding in made.findings] == ["evidence.defect"]
        digests += made.digests
    assert digests[0] != digests[1]
