"""Small hand-made cases for tests of single checks: rows, a map, and a pack that holds only the rules in question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from verifierkit.case import Case
from verifierkit.checks.base import Context, Result
from verifierkit.columns import Row, Tables, catalogue
from verifierkit.errors import Place
from verifierkit.flowmap import FlowMap
from verifierkit.rulepack import CheckRule, Citation, Limit, RulePack

CITATION = Citation("experience", "test", "", "C")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number(value: Any) -> Any:
    """Whole numbers, floats and decimal texts as Decimal, everything else unchanged."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return Decimal(str(value))


def row(table: str, index: int, /, **cells: Any) -> Row:
    """A row with a place for each of its columns."""
    spec = catalogue()[table]
    unknown = set(cells) - set(spec.columns)
    assert not unknown, f"{table} has no columns {unknown}"
    values = {name: value if spec.columns[name].type == "integer" else number(value) for name, value in cells.items()}
    letters = {name: LETTERS[place % len(LETTERS)] for place, name in enumerate(spec.columns)}
    return Row(table, values, Place("data.xlsx", spec.zh, index + 3), letters)


def tables(**rows: Iterable[Mapping[str, Any]]) -> Tables:
    """All tables of the catalogue, filled where rows are given."""
    return {name: [row(name, i, **cells) for i, cells in enumerate(rows.get(name, ()))] for name in catalogue()}


def rule(rule_id: str, *, alpha: str | None = None, **limits: str) -> CheckRule:
    """A rule with named limits."""
    label = {"zh": rule_id, "en": rule_id}
    found = {name: Limit(Decimal(value), "1", True, CITATION) for name, value in limits.items()}
    test = "statistical" if alpha else "arithmetic"
    budget = Decimal(alpha) if alpha else None
    return CheckRule(rule_id, label, "clarification", test, budget, True, (), found, (), CITATION)


def context(filled: Tables, *rules: CheckRule, year: int = 2025, through: str | None = None) -> Context:
    """A context over hand-made tables with the given rules and no reported figures."""
    pack = SimpleNamespace(id="hand", checks={one.id: one for one in rules}, parameters={}, tracks=("facility",))
    flow = FlowMap(filled, year=year, through=through)
    packs = {"facility": cast(RulePack, pack)}
    return Context(cast(Case, SimpleNamespace(tables=filled, year=year)), flow, packs, {}, {}, {})


def failed(results: Iterable[Result]) -> list[tuple[str, str, str, str]]:
    """Rule, period, stream and source of the results that are not satisfied."""
    return [(r.rule, r.when, r.stream, r.source) for r in results if r.outcome == "not_satisfied"]
