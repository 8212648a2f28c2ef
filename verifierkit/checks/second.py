"""Two settlement documents of one supply: the same quantity over the same days, to the digit printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from verifierkit.bills.causes import second_document
from verifierkit.bills.settled import Settled, settled_bills
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Measured, Result, check
from verifierkit.checks.statistics import limit_of
from verifierkit.columns import Row
from verifierkit.periods import month_of

ZERO, DAY = Decimal(0), timedelta(days=1)
RULE, TABLE = "bill.document", "settlement_bills"
ANOTHER = "hint.bill.second_document"
Pair = tuple[str, Settled, Settled]


@check(RULE)
def documents(context: Context) -> Iterator[Result]:
    """A further settlement document of a supply settles what the first one does, period by period.

    Both rest on the reading of one meter, so that no uncertainty lies between them.
    """
    tolerance = limit_of(context.rule(RULE), "tolerance_kwh") or ZERO
    for stream, row in context.flow.streams.items():
        bills = [source for source in context.flow.sources_of(stream) if source["records"] == TABLE]
        for other in bills[1:]:
            base: Measured = {"facility": row["facility_id"] or "", "stream": stream, "source": other["source_id"]}
            base |= {"parameter": row["parameter"] or "", "item": row["item"] or "", "unit": "kWh"}
            yield from _compared(context, bills[0], other, base, tolerance)


def _compared(context: Context, first: Row, other: Row, base: Measured, tolerance: Decimal) -> Iterator[Result]:
    pairs, good = list(_pairs(context, first, other)), []
    if not pairs:
        detail = {"first": first["source_id"]}
        yield Result(
            RULE, NOT_EVALUATED, months=tuple(context.months), message=f"{RULE}.periods", detail=detail, **base
        )
        return
    for month, ours, theirs in pairs:
        if abs((ours.value or ZERO) - (theirs.value or ZERO)) > tolerance:
            yield _differs(first, month, ours, theirs, base, tolerance)
        else:
            good.append(month)
    if good:
        yield Result(RULE, SATISFIED, months=tuple(dict.fromkeys(good)), detail={"first": first["source_id"]}, **base)


def _pairs(context: Context, first: Row, other: Row) -> Iterator[Pair]:
    """Periods that both documents settle, with the month of their last day; those without a total stay out."""
    mine, theirs = (_by_days(context, source) for source in (first, other))
    for days, ours in mine.items():
        month = month_of(days[1] - DAY)
        if days in theirs and month in context.months and None not in (ours.value, theirs[days].value):
            yield month, ours, theirs[days]


def _by_days(context: Context, source: Row) -> dict[tuple[date, date], Settled]:
    found = settled_bills(context.flow.rows(TABLE, source["source_id"]))
    return {(one.start, one.end): one for one in found if not one.refund}


def _differs(first: Row, month: str, ours: Settled, theirs: Settled, base: Measured, tolerance: Decimal) -> Result:
    value, other = ours.value or ZERO, theirs.value or ZERO
    cause = second_document(value, other, passed=ours.passed, tolerance=tolerance)
    return Result(
        RULE,
        NOT_SATISFIED,
        months=(month,),
        observed=other,
        expected=value,
        hint=cause if cause != ANOTHER else "",  # that they differ is what the finding says
        detail={"first": first["source_id"], "from": ours.start.isoformat(), "to": (ours.end - DAY).isoformat()},
        places=(*theirs.places, *ours.places),
        **base,
    )
