"""A scenario, not a rule: output moved from one unit of a group to another, each keeping its own intensity.

No plan says anything of moving output inside a group. The scenario shows what such a move would do to E, A and A minus
E; it stands in no document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from verifierkit.allowances.changes import Change, change
from verifierkit.allowances.plan import Plan
from verifierkit.allowances.units import Unit
from verifierkit.emissions.rounding import EXACT
from verifierkit.errors import UsageError
from verifierkit.rulepack import Label

NOT_A_RULE: Label = {
    "zh": "情景测算，不是规则，不写入任何文件",
    "en": "a scenario, not a rule; it stands in no document",
}
CENT = Decimal("0.01")


@dataclass(frozen=True)
class TransferScenario:
    """Units before and after a move of output [t], and what it changes for the group."""

    before: tuple[Unit, ...]
    after: tuple[Unit, ...]
    output: Decimal
    change: Change
    label: Label


def moved(plan: Plan, units: Sequence[Unit], *, giver: str, taker: str, output: Decimal) -> TransferScenario:
    """Move output [t] from one unit to another; emissions follow each unit's own intensity, to 0.01 t.

    Raises
    ------
    UsageError
        If a unit is unknown, both are the same, a unit has no output, or more is moved than the giver makes.
    """
    known = {unit.facility: unit for unit in units}
    if giver not in known or taker not in known or giver == taker:
        raise UsageError(f"name two different units of {', '.join(known)}; found {giver!r} and {taker!r}")
    one, other = known[giver], known[taker]
    if not one.output or not other.output or not 0 <= output <= one.output:
        raise UsageError(f"{giver} makes {one.output or 0} t; between 0 and that can be moved, found {output}")
    after = {**known, giver: _shifted(one, -output), taker: _shifted(other, output)}
    rows = tuple(after[unit.facility] for unit in units)
    return TransferScenario(tuple(units), rows, output, change(plan, units, rows), NOT_A_RULE)


def _shifted(unit: Unit, output: Decimal) -> Unit:
    assert unit.output
    with localcontext(EXACT):
        emission = (unit.emission + unit.emission * output / unit.output).quantize(CENT)
    return replace(unit, emission=emission, output=unit.output + output)
