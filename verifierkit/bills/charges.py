"""Money and credit on a bill, as far as they show energy: rated lines, two price periods, net billing with a bank.

Money is exact decimal in the currency of the bill. Nothing here enters an emission.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from verifierkit.errors import UsageError

ZERO, CENT = Decimal(0), Decimal("0.01")


def rated_amount(*, kwh: Decimal, rate: Decimal, step: Decimal = CENT) -> Decimal:
    """Amount of a rated line: energy [kWh] x rate [currency/kWh], rounded half up to ``step`` [currency]."""
    return (kwh * rate).quantize(step, ROUND_HALF_UP)


def amount_due(parts: Sequence[Decimal | None]) -> Decimal:
    """Amount due [currency]: delivery, supply and balance forward; an absent part is absent."""
    return sum((part for part in parts if part is not None), ZERO)


@dataclass(frozen=True)
class PricePart:
    """One price period of a bill: its days [start, end), its energy [kWh], rate and amount as far as printed."""

    start: date
    end: date
    kwh: Decimal | None
    rate: Decimal | None = None
    amount: Decimal | None = None

    @property
    def days(self) -> int:
        """Length of the period [d]."""
        return (self.end - self.start).days

    def rated(self, rate: Decimal, *, step: Decimal = CENT) -> bool:
        """Whether a rate from elsewhere gives the printed amount; False where energy or amount is not printed."""
        if self.kwh is None or self.amount is None:
            return False
        return rated_amount(kwh=self.kwh, rate=rate, step=step) == self.amount


def split_prices(parts: Sequence[PricePart], *, kwh: Decimal) -> list[Decimal]:
    """Energy of the price periods of one bill as days give it [kWh]: the meter was not read at the change of price.

    The bill spreads its energy over the days, whole kWh, the rest in the last period. It is an allocation by time and
    no reading: :class:`PricePart` keeps what is printed.

    Raises
    ------
    UsageError
        If the periods do not follow each other without gap or overlap.
    """
    for before, after in itertools.pairwise(parts):
        if before.end != after.start:
            raise UsageError(f"price periods must follow each other: {before.end} is followed by {after.start}")
    days = sum(part.days for part in parts)
    found = [(kwh * part.days / days).to_integral_value(rounding="ROUND_DOWN") for part in parts[:-1]]
    return [*found, kwh - sum(found, ZERO)]


@dataclass(frozen=True)
class NetBilling:
    """Outcome of a month of net billing [kWh]: what is billed and what stays in the bank."""

    billed: Decimal
    bank: Decimal


def net_billing(*, usage: Decimal, allocated: Decimal, opening_bank: Decimal) -> NetBilling:
    """Net billing with a bank: the allocation and the bank are taken off the usage, what is left over is banked.

    Parameters
    ----------
    usage
        What the register counted [kWh]; the reading is never net.
    allocated
        Generation allocated to the account for the month [kWh].
    opening_bank
        Credit left from the months before [kWh].
    """
    credit = allocated + opening_bank
    return NetBilling(billed=max(usage - credit, ZERO), bank=max(credit - usage, ZERO))
