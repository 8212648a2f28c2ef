"""What a change of figures is worth to the unit: emission E by track, and allowance A where a plan is loaded.

This is the one place through which readings and incentives ask for an effect, so that both count alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from verifierkit.allowances import Change, Span, change, plan_of
from verifierkit.allowances.case_units import case_units
from verifierkit.checks.base import Context
from verifierkit.emissions import Calculation

ZERO = Decimal(0)
Totals = Mapping[str, Decimal]
Calculations = dict[str, Calculation]


@dataclass(frozen=True)
class Effect:
    """Change of E by track [tCO2 or tCO2e], of A and of A less E [tCO2e]; the spans are None where A is not computed."""

    emission: Totals
    allowance: Span | None = None
    net: Span | None = field(default=None)

    @property
    def size(self) -> Decimal:
        """Largest movement of E on any track [t], whatever its direction."""
        return max((abs(amount) for amount in self.emission.values()), default=ZERO)


def effect(context: Context, before: Calculations, after: Calculations, emission: Totals) -> Effect:
    """Effect of going from one set of calculations (by pack id) to another, whose change of E by track is given.

    Raises
    ------
    UsageError
        If the key ``allowance`` of ``case.yaml`` cannot be followed.
    """
    found = allowance_change(context, before, after)
    return Effect(emission, found.allowance if found else None, found.net if found else None)


def allowance_change(context: Context, before: Calculations, after: Calculations) -> Change | None:
    """Change of the allowance of the units of a case; None where no plan is loaded or a unit has no figures."""
    meta = context.case.meta
    plan = plan_of(meta["sector"], context.year, meta.get("allowance"))
    units = case_units(plan, context, before), case_units(plan, context, after)
    return change(plan, units[0], units[1]) if units[0] and units[1] else None
