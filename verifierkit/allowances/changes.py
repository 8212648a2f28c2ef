"""What a correction does to emission, allowance and their difference, at one balance value or over all of them.

Between the corners of the caps every allowance has the form a + b / BP, so a sum of them is monotone there and its
extremes over any range of BP stand at a corner or at an end of the range. The range is exact, not sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

from verifierkit.allowances.plan import RANGE, Plan
from verifierkit.allowances.units import Unit, allowance_of_unit, corners
from verifierkit.emissions.rounding import EXACT
from verifierkit.rulepack.allowance import INTENSITY

ZERO, TWO = Decimal(0), Decimal(2)
STEP = Decimal("0.01")


@dataclass(frozen=True)
class Span:
    """A lowest and a highest value [tCO2e]; both the same where there is one."""

    low: Decimal
    high: Decimal

    def __sub__(self, amount: Decimal) -> Span:
        """Both ends less an amount."""
        return Span(self.low - amount, self.high - amount)


@dataclass(frozen=True)
class Change:
    """Change of E [tCO2e], of A and of A minus E; the spans are None where A cannot be computed.

    ``rounding`` is how far cutting to whole tonnes may move a span beyond its ends [tCO2e]: 0 for single values.
    """

    emission: Decimal
    allowance: Span | None
    net: Span | None
    rounding: Decimal = ZERO


def change(plan: Plan, before: Sequence[Unit], after: Sequence[Unit]) -> Change:
    """What moving the units from ``before`` to ``after`` does."""
    emission = sum((unit.emission for unit in after), ZERO) - sum((unit.emission for unit in before), ZERO)
    span = difference(plan, before, after)
    if span is None:
        return Change(emission, None, None)
    cut = plan.state == RANGE and plan.method is not None and plan.method.rounded_down
    moved = [a for a, b in zip(after, before, strict=True) if (a.emission, a.output) != (b.emission, b.output)]
    return Change(emission, span, span - emission, Decimal(len(moved)) if cut else ZERO)


def difference(plan: Plan, before: Sequence[Unit], after: Sequence[Unit]) -> Span | None:
    """Allowance of ``after`` less that of ``before``; None where one of them cannot be computed."""
    amounts = []
    for balance in balances(plan, [*before, *after]):
        exact = plan.state != RANGE
        both = [total(plan, units, balance=balance, rounded=exact) for units in (before, after)]
        if both[0] is None or both[1] is None:
            return None
        amounts.append(both[1] - both[0])
    return _span(amounts, exact=plan.state != RANGE)


def allowance(plan: Plan, units: Sequence[Unit]) -> Span | None:
    """Allowance of all units together; a span where the balance value is not one number."""
    amounts = [total(plan, units, balance=balance, rounded=True) for balance in balances(plan, units)]
    known = [amount for amount in amounts if amount is not None]
    return _span(known, exact=True) if len(known) == len(amounts) else None


def _span(amounts: Sequence[Decimal], *, exact: bool) -> Span | None:
    if not amounts:
        return None
    low, high = min(amounts), max(amounts)
    return Span(low, high) if exact else Span(low.quantize(STEP), high.quantize(STEP))


def total(plan: Plan, units: Sequence[Unit], *, balance: Decimal | None, rounded: bool) -> Decimal | None:
    """Sum of the allowances of the units [tCO2e]; None where one of them cannot be computed."""
    amounts = [allowance_of_unit(plan, unit, balance=balance, rounded=rounded) for unit in units]
    return None if any(amount is None for amount in amounts) else sum((a for a in amounts if a is not None), ZERO)


def balances(plan: Plan, units: Sequence[Unit]) -> list[Decimal | None]:
    """Balance values [tCO2e/t] at which the extremes of a sum of allowances stand; [None] where none is needed."""
    if plan.method is None:
        return []
    if plan.method.method != INTENSITY:
        return [None]
    if plan.balance.single:
        return [plan.balance.low]
    low, high = plan.balance.low, plan.balance.high
    kinks = corners(plan, units)
    if low is not None and high is not None:
        return [low, *(kink for kink in kinks if low < kink < high), high]
    # beyond the outermost corners every unit is capped: one value on either side stands for all of them
    return [kinks[0] / TWO, *kinks, kinks[-1] * TWO] if kinks else [Decimal(1)]


def balance_value(plan: Plan, units: Sequence[Unit]) -> Decimal | None:
    """The balance value [tCO2e/t] at which the allowances of the units together equal their emissions.

    That is how the plan defines the value of a sector, there over all of its units; None where the plan does not work
    by intensity, a unit has no output, or no single value balances them.
    """
    if plan.method is None or plan.method.method != INTENSITY or any(not unit.output for unit in units):
        return None
    emission = sum((unit.emission for unit in units), ZERO)
    kinks = corners(plan, units)
    with localcontext(EXACT):
        gaps = [(total(plan, units, balance=kink, rounded=False) or ZERO) - emission for kink in kinks]
        for (low, below), (high, above) in pairwise(zip(kinks, gaps, strict=True)):
            if below <= 0 <= above and below != above:
                slope = (below - above) / (1 / low - 1 / high)  # between corners the gap is a + slope / BP
                return slope / (slope / low - below)
    return None
