"""Plants for the five ways of a check: satisfied, violated, exactly on the limit, without evidence, before the rule starts.

A plant is the small hand-made one or a simulated one, with one thing changed. What a rule has no limit for says so in
words; the day before the rule starts is the violated plant under packs whose rule begins on the next 1 January.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from tests.support import case_of, simulated
from tests.unit import small_plant
from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Context, Result
from verifierkit.columns import Row, Tables
from verifierkit.rulepack import Citation
from verifierkit.rulepack.model import Exemption

SEED = 7
Build = Callable[[], Context]
SmallEdit = Callable[[small_plant.Rows], Any]
SimEdit = Callable[[Tables], Any]


@dataclass(frozen=True)
class Turning:
    """A statistical rule: the last plant that satisfies it and the first that does not, a step apart.

    The critical value is a quantile of the normal distribution and no decimal fraction, so that no plant stands on
    it; these two enclose it.
    """

    plant: Callable[[Decimal], Build]
    rule: str
    most: Decimal
    step: Decimal

    def pair(self) -> tuple[Build, Build]:
        """Both plants, found by halving."""
        low, high = Decimal(0), self.most
        while high - low > self.step:
            middle = (low + high) / 2
            fails = "not_satisfied" in outcomes(self.plant(middle)(), self.rule)
            low, high = (low, middle) if fails else (middle, high)
        return self.plant(low), self.plant(high)


@dataclass(frozen=True)
class Five:
    """The five plants of one rule.

    ``limit`` is a plant on the limit and one a step beyond it, or the reason why there is no limit; ``lacks`` the
    plant without evidence and what it gives: not_evaluated, nothing (the rule has nothing to speak of), another
    outcome with its reason, or the reason alone where evidence cannot lack.
    """

    satisfied: Build
    violated: Build
    limit: tuple[Build, Build] | Turning | str
    lacks: tuple[Build, str] | str


def small(edit: SmallEdit | None = None, **meta: Any) -> Build:
    """The small plant with its rows changed."""

    def build() -> Context:
        rows = small_plant.plant()
        if edit is not None:
            edit(rows)
        return small_plant.context(rows, **meta)

    return build


@cache
def _case(sector: str, year: int, errors: tuple[str, ...]) -> Case:
    return case_of(simulated(sector, year, SEED, errors))


def sim(sector: str, *errors: str, edit: SimEdit | None = None, year: int = 2025, **meta: Any) -> Build:
    """A simulated plant with planted errors or changed rows."""

    def build() -> Context:
        held = _case(sector, year, errors)
        tables = {name: [copied(row) for row in rows] for name, rows in held.tables.items()}
        if edit is not None:
            edit(tables)
        return build_context(replace(held, tables=tables, meta=dict(held.meta) | meta))

    return build


def copied(row: Row) -> Row:
    """A row whose values may be changed."""
    return replace(row, values=dict(row.values))


def first(tables: Tables, table: str, **wanted: Any) -> dict[str, Any]:
    """Values of the first row of a table with these cells."""
    return next(
        row.values for row in tables[table] if all(row.values.get(name) == value for name, value in wanted.items())
    )


def without(*names: str) -> Callable[[Any], None]:
    """An edit that empties tables, of the small plant or of a simulated one."""

    def edit(tables: Any) -> None:
        for name in names:
            tables[name] = []

    return edit


def told(context: Context, rule: str) -> list[Result]:
    """Results of one rule, its function run alone."""
    return [result for result in REGISTRY[rule](context) if result.rule == rule]


def outcomes(context: Context, rule: str) -> set[str]:
    """Outcomes of one rule."""
    return {result.outcome for result in told(context, rule)}


def starting_next_year(context: Context, rule: str) -> Context:
    """The context under packs whose rule starts on 1 January after the data year."""
    cited = Citation("test", "the day before the rule starts", "", "C")
    reason = {"zh": "尚未施行", "en": "not in force yet"}
    rest = Exemption((rule,), context.year, context.year, reason, cited)
    packs = {track: replace(pack, exemptions=(*pack.exemptions, rest)) for track, pack in context.packs.items()}
    return replace(context, packs=packs)
