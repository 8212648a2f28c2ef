"""The total register of a meter beside its tariff registers: sharp, peak, flat, valley and deep valley give the total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from verifierkit.bills.lines import Line, multiplier_of
from verifierkit.bills.settled import REVERSE, TOTAL
from verifierkit.bills.steps import Step, plain
from verifierkit.columns import Row

ZERO = Decimal(0)
TARIFFS = "tariffs"


def tariff_lines(rows: Iterable[Row]) -> Iterator[Line]:
    """The total register's settled energy against the sum of the tariff registers, for each meter and period [kWh].

    Each register is read to its last printed digit, so the sum may differ by one digit of each reading: a difference
    within that is none, and ``expected`` is then the total register's own.
    """
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["register"] != REVERSE:
            groups[row["instrument_id"], row["bill_no"], row["period_start"], row["period_end"]].append(row)
    for group in groups.values():
        totals = [row for row in group if row["register"] == TOTAL]
        parts = [row for row in group if row["register"] != TOTAL]
        if len(totals) == 1 and parts and all(row["total_kwh"] is not None for row in group):
            yield _line(totals[0], parts)


def _line(total: Row, parts: Sequence[Row]) -> Line:
    value = sum((row["total_kwh"] for row in parts), ZERO)
    places = tuple(row.cell("total_kwh") for row in parts)
    step = Step("tariffs", " + ".join(plain(row["total_kwh"]) for row in parts), value, places=places)
    near = abs(total["total_kwh"] - value) <= resolution([total, *parts])
    expected = total["total_kwh"] if near else value
    return Line(total, total["total_kwh"], expected, steps=(step,), kind=TARIFFS, others=places)


def resolution(rows: Sequence[Row]) -> Decimal:
    """What the last printed digit of the readings stands for, over all lines [kWh]; 0 where none is printed."""
    readings = [row[name] for row in rows for name in ("prior_reading", "current_reading") if row[name] is not None]
    if not readings:
        return ZERO
    last = Decimal(1).scaleb(min(0, *(int(value.normalize().as_tuple().exponent) for value in readings)))
    return sum((last * (multiplier_of(row) or ZERO) for row in rows), ZERO)
