"""What a bill settles over which days: one line, or all lines of a billing period over its registers and meters.

Periods are half-open: a bill printed for 1 to 31 March is [1 March, 1 April). A period need not be a month. Lines of
one period that a bill splits at a change of price are separate rows with periods of their own, and stay so.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.bills.lines import METERED, is_refund, loss_of, recompute
from verifierkit.bills.steps import Step, plain
from verifierkit.columns import Row
from verifierkit.errors import Place

ZERO = Decimal(0)
DAY = timedelta(days=1)
REVERSE, TOTAL = "reverse", "total"
LINE = ("bill_no", "instrument_id", "register", "period_start", "period_end")
READINGS = ("prior_reading", "current_reading")
UNIT = "kWh"
MOVED = ("shared_kwh", "submeter_kwh", "free_kwh", "tariff_shift_kwh")  # settled, but not counted by this meter
Digits = Callable[[Row], int | None]


@dataclass(frozen=True)
class Settled:
    """Energy of a line or a billing period over the half-open days [start, end).

    Attributes
    ----------
    value
        Settled total as printed [kWh]; None where a line prints none. With a net-billing credit it is net.
    passed
        What passed the meter in these days [kWh]: the total before credit, less losses, corrections of other periods
        and what was not counted here. None where ``value`` is.
    loss, adjustment, credit
        Losses added, refunds or back-charges, and credit taken off [kWh].
    estimated
        Whether a reading is an estimate.
    direction
        1 for import, -1 for the reverse register (export).
    steps
        How each line was recomputed.
    places
        Cells of the totals.
    """

    value: Decimal | None
    passed: Decimal | None
    unit: str
    start: date
    end: date
    loss: Decimal = ZERO
    adjustment: Decimal = ZERO
    credit: Decimal = ZERO
    estimated: bool = False
    refund: bool = False
    direction: int = 1
    steps: tuple[Step, ...] = ()
    places: tuple[Place, ...] = ()


def settled_quantity(row: Row, *, digits: int | None = None) -> Settled:
    """What one line of a bill settles.

    Parameters
    ----------
    row
        A line of ``settlement_bills`` with both days of its period.
    digits
        Integer digits of the register, for the steps of a rollover.

    Returns
    -------
    Settled
        Value in kWh, half-open period of days, and the steps.
    """
    loss, credit = loss_of(row) or ZERO, row["credit_kwh"] or ZERO
    adjustment = row["adjustment_kwh"] or ZERO
    moved = sum((row[name] or ZERO for name in MOVED), ZERO)
    total = row["total_kwh"]
    return Settled(
        value=total,
        passed=_passed(row, loss + adjustment + moved),
        unit=UNIT,
        start=row["period_start"],
        end=row["period_end"] + DAY,
        loss=loss,
        adjustment=adjustment,
        credit=credit,
        estimated=bool(row["estimated"]),
        refund=is_refund(row),
        direction=-1 if row["register"] == REVERSE else 1,
        steps=tuple(recompute(row, digits=digits)),
        places=(row.cell("total_kwh"),),
    )


def _passed(row: Row, not_counted: Decimal) -> Decimal | None:
    """Energy that passed the meter by what the bill settles; a net total says nothing, its parts then do."""
    total: Decimal | None = row["total_kwh"]
    if total is None:
        return None
    if row["credit_kwh"] is None:
        return total - not_counted
    gross = [row[name] for name in (METERED, "exchange_kwh") if row[name] is not None]
    return sum(gross, ZERO) if gross else None


def settled_bills(rows: Iterable[Row], *, digits_of: Digits = lambda row: None) -> list[Settled]:
    """What the bills of a source settle, one entry for each billing period, in the order of the periods.

    The tariff registers of a meter are added, or its total register counts where it stands alone; the meters of a
    period are added. The reverse register is the other direction: it counts only in a source that holds nothing else.
    A line that stands twice counts once. Refunds without readings are entries of their own.
    """
    groups: dict[tuple[date, date, bool], list[Row]] = defaultdict(list)
    for row in import_lines(once(rows)):
        groups[row["period_start"], row["period_end"], is_refund(row)].append(row)
    return [_together(counted_lines(group), digits_of) for _, group in sorted(groups.items())]


def once(rows: Iterable[Row]) -> list[Row]:
    """Lines with a period that ends on or after its first day, each document line once, in the order of the periods.

    One bill may hold several lines of a meter and register: its price periods, or the old and the new meter of an
    exchange. They differ in their days or in both readings; a line that does not is the same line.
    """
    seen: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["period_start"] and row["period_end"] and row["period_start"] <= row["period_end"]:
            held = seen[(*(row[name] for name in LINE), is_refund(row))]
            if all(row[name] != other[name] for other in held for name in READINGS):
                held.append(row)
    return sorted(itertools.chain(*seen.values()), key=lambda row: (row["period_start"], row["period_end"]))


def one_bill(rows: Iterable[Row]) -> bool:
    """Whether lines of one number, meter and register are what one bill may hold: each line once, its days in a row."""
    placed = [row for row in rows if row["period_start"] and row["period_end"]]
    lines = once(placed)
    days = sorted({(row["period_start"], row["period_end"]) for row in lines if not is_refund(row)})
    follow = all(before[1] + DAY == after[0] for before, after in itertools.pairwise(days))
    return len(lines) == len(placed) and follow


def settling_lines(rows: Iterable[Row]) -> list[Row]:
    """Lines that make up what the bills of a source settle: one direction, a meter's total or its tariff registers."""
    groups: dict[tuple[date, date, bool], list[Row]] = defaultdict(list)
    for row in import_lines(once(rows)):
        groups[row["period_start"], row["period_end"], is_refund(row)].append(row)
    return [row for _, group in sorted(groups.items()) for row in counted_lines(group)]


def import_lines(rows: Sequence[Row]) -> list[Row]:
    """Lines of the direction that the source settles: all but the reverse registers, or those where nothing else is."""
    return [row for row in rows if row["register"] != REVERSE] or list(rows)


def counted_lines(rows: Sequence[Row]) -> list[Row]:
    """Lines that are added for one period: a meter's total register is left out where its tariff registers stand."""
    tariffs = {row["instrument_id"] for row in rows if row["register"] != TOTAL}
    return [row for row in rows if row["register"] != TOTAL or row["instrument_id"] not in tariffs]


def _together(rows: Sequence[Row], digits_of: Digits) -> Settled:
    lines = [settled_quantity(row, digits=digits_of(row)) for row in rows]
    first = lines[0]
    steps = [step for line in lines for step in line.steps]
    value, passed = _sum(line.value for line in lines), _sum(line.passed for line in lines)
    if len(lines) > 1:
        rule = "meters" if len({row["instrument_id"] for row in rows}) > 1 else "tariffs"
        numbers = " + ".join(plain(line.value) for line in lines)
        steps.append(Step(rule, numbers, value, places=tuple(place for line in lines for place in line.places)))
    return Settled(
        value,
        passed,
        UNIT,
        first.start,
        first.end,
        sum((line.loss for line in lines), ZERO),
        sum((line.adjustment for line in lines), ZERO),
        sum((line.credit for line in lines), ZERO),
        any(line.estimated for line in lines),
        first.refund,
        first.direction,
        tuple(steps),
        tuple(place for line in lines for place in line.places),
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = list(values)
    return None if any(value is None for value in known) else sum((value for value in known if value is not None), ZERO)
