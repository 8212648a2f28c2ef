"""Totals of a case under each reading of a question about its rules.

Reported inputs stay as they are; what a reading changes is the pack's own value or formula, or a figure that is
computed from the case. All totals are recalculated, so that a slip in a reported result moves none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from verifierkit.checks.base import Context, Figure, Result
from verifierkit.checks.computed import COMPUTED, figures_of
from verifierkit.clarifications import Clarification, Reading, Using, applied, under
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.rulepack import Label, RulePack
from verifierkit.stakes import Calculations, Effect, Totals, effect

__all__ = ["ReadingTotals", "between", "by_reading", "concerns", "figures_of"]


LACKING: Label = {
    "zh": "案例没有填报覆盖包计算所需的自备机组数据",
    "en": "the case does not report the figures of the captive unit that the overlay needs",
}


@dataclass(frozen=True)
class ReadingTotals:
    """Totals by track [tCO2 or tCO2e] under one reading, or the reason why there are none."""

    reading: Reading
    totals: Totals
    reason: Label | None = None
    calculations: Calculations = field(default_factory=dict, repr=False)


def concerns(context: Context, question: Clarification) -> bool:
    """Whether the case reports a figure that the question is about, or stands on an overlay that answers it."""
    followed = {name for reading in question.readings.values() for name in reading.overlays}
    stands = any(pack.id in followed for pack in context.packs.values())
    return stands or any(True for _ in figures_of(context, question))


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
    for figure in figures_of(seen, using.question):
        wanted = _wanted(seen, figure, reading)
        if isinstance(wanted, Decimal):
            deltas[figure.key] = wanted - figure.value
        elif wanted is not None:
            return ReadingTotals(reading, {}, wanted)
    valuation = Valuation(seen, results)
    free = {key for result in results for key in result.unpinned}
    calculations = valuation.calculations(deltas, free)
    if _lacking(seen, reading, calculations):
        return ReadingTotals(reading, {}, LACKING)
    return ReadingTotals(reading, valuation.totals(deltas, free), None, calculations)


def _lacking(seen: Context, reading: Reading, calculations: Calculations) -> bool:
    """Whether the case does not report what an overlay that follows the reading needs for its total."""
    for track, pack in seen.packs.items():
        total = pack.totals.get(track)
        if total and pack.id in reading.overlays:
            held = calculations[pack.id].values
            if not any((key.track, key.parameter) == (track, total) for key in held):
                return True
    return False


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
    if reading.change.computed and seen.packs[key.track].id not in reading.overlays:
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
