"""Totals of a case under each reading of a question about its rules.

Reported inputs stay as they are; what a reading changes is the pack's own value or formula, or a figure that is
computed from the case. All totals are recalculated, so that a slip in a reported result moves none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from verifierkit.checks.base import Context, Figure, Result
from verifierkit.checks.computed import COMPUTED
from verifierkit.clarifications import Clarification, Reading, Using, applied, under
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.rulepack import Label, RulePack
from verifierkit.stakes import Calculations, Effect, Totals, effect


@dataclass(frozen=True)
class ReadingTotals:
    """Totals by track [tCO2 or tCO2e] under one reading, or the reason why there are none."""

    reading: Reading
    totals: Totals
    reason: Label | None = None
    calculations: Calculations = field(default_factory=dict, repr=False)


def concerns(context: Context, question: Clarification) -> bool:
    """Whether the case reports a figure that the question is about."""
    return any(True for _ in figures_of(context, question))


def figures_of(context: Context, question: Clarification) -> Iterator[Figure]:
    """Reported figures of the parameters, items and facilities of a question."""
    for key, figure in context.figures.items():
        row = context.flow.facilities.get(key.facility)
        if row is None or not {context.packs[key.track].id, context.packs[key.track].extends} & set(question.packs):
            continue
        kind, facility_class = row["kind"] or "", row["facility_class"] or ""
        if (
            key.parameter in question.parameters
            and (not question.items or key.item in question.items)
            and (not question.facility_kinds or kind in question.facility_kinds)
            and (not question.facility_classes or facility_class in question.facility_classes)
        ):
            yield figure


def by_reading(context: Context, results: Iterable[Result], using: Using) -> list[ReadingTotals]:
    """Totals under every reading of a question, all other questions read as the case does."""
    found = list(results)
    return [_under(context, found, using, reading) for reading in using.question.readings.values()]


def _under(context: Context, results: list[Result], using: Using, reading: Reading) -> ReadingTotals:
    if reading.change.not_computed is not None:
        return ReadingTotals(reading, {}, reading.change.not_computed)
    others = [other for other in context.readings if other.question.id != using.question.id]
    packs = {track: under(pack, others) for track, pack in (context.stated or context.packs).items()}
    packs = {track: _read(pack, using.question, reading) for track, pack in packs.items()}
    seen = replace(context, packs=packs)
    deltas: dict[Key, Decimal] = {}
    for figure in figures_of(context, using.question):
        wanted = _wanted(seen, figure, reading)
        if isinstance(wanted, Decimal):
            deltas[figure.key] = wanted - figure.value
        elif wanted is not None:
            return ReadingTotals(reading, {}, wanted)
    valuation = Valuation(seen, results)
    free = {key for result in results for key in result.unpinned}
    return ReadingTotals(reading, valuation.totals(deltas, free), None, valuation.calculations(deltas, free))


def between(context: Context, used: ReadingTotals, other: ReadingTotals) -> Effect | None:
    """What the other reading gives more than the one used; None where one of them gives no figure."""
    if used.reason or other.reason or not used.totals or not other.totals:
        return None
    emission = {track: other.totals[track] - used.totals[track] for track in other.totals if track in used.totals}
    return effect(context, used.calculations, other.calculations, emission)


def _read(pack: RulePack, question: Clarification, reading: Reading) -> RulePack:
    return applied(pack, question, reading) if {pack.id, pack.extends} & set(question.packs) else pack


def _wanted(seen: Context, figure: Figure, reading: Reading) -> Decimal | Label | None:
    """The value of a figure under a reading; None where the figure is not the rule's to give."""
    key = figure.key
    parameter = seen.packs[key.track].parameters.get(key.parameter)
    if parameter is None or parameter.role != "factor":
        return None
    if reading.change.computed:
        return COMPUTED[reading.change.computed](seen, key.facility)
    if figure.route not in ("", "default") and parameter.obtained != ("default",):
        return None
    row = seen.flow.facilities[key.facility]
    found = seen.packs[key.track].find_value(
        key.parameter,
        year=seen.year,
        item=key.item,
        facility_class=row["facility_class"] or "",
        facility_kind=row["kind"] or "",
        region=seen.case.meta.get("grid_region") or "",
    )
    return found.value if found else None
