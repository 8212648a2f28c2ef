"""What a month of a ledger was booked from: tonnes weighed on receipt, or settled tonnes, or goods still on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from verifierkit.columns import Row
from verifierkit.materials.lots import rounded
from verifierkit.periods import month_of
from verifierkit.series import ARRIVING

ZERO = Decimal(0)
SETTLED, DISPATCHED, IN_TRANSIT, BOOKED_BEFORE = "settled", "dispatched", "in_transit", "booked_before"
BOOKED_LATER = "booked_later"


@dataclass(frozen=True)
class Way:
    """One way in which a month may have been booked: its id, the value that it gives [t] and the lots behind it."""

    kind: str
    value: Decimal
    lots: tuple[Row, ...]


def each_once(rows: Iterable[Row]) -> list[Row]:
    """Lots with each document number once, as the monthly series counts them."""
    seen: dict[object, Row] = {}
    for row in rows:
        seen.setdefault(row["doc_no"], row)
    return list(seen.values())


def counted_on(row: Row) -> date | None:
    """Day on which a lot counts: its receipt; for goods that leave, dispatch where no receipt is printed."""
    day: date | None = row["received_on"]
    return day if day is not None or row["kind"] in ARRIVING else row["dispatched_on"]


def in_month(rows: Iterable[Row], month: str, day: Callable[[Row], date | None] = counted_on) -> list[Row]:
    """Lots whose day lies in a month."""
    return [row for row in rows if (when := day(row)) is not None and month_of(when) == month]


def weighed(rows: Iterable[Row]) -> Decimal:
    """Weighed tonnes together [t]."""
    return sum((row["weighed_t"] or ZERO for row in rows), ZERO)


def settled(rows: Iterable[Row]) -> Decimal | None:
    """Settled tonnes together [t]; None where a lot does not print them or deducts nothing at all."""
    held = list(rows)
    if not held or any(row["settled_t"] is None for row in held):
        return None
    total = sum((row["settled_t"] for row in held), ZERO)
    return total if total != weighed(held) else None


def on_the_way(rows: Iterable[Row], month: str) -> list[Row]:
    """Arriving lots sent in a month and not received in it: in transit when it ended."""
    return [
        row
        for row in rows
        if row["kind"] in ARRIVING
        and row["dispatched_on"] is not None
        and month_of(row["dispatched_on"]) == month
        and (row["received_on"] is None or month_of(row["received_on"]) > month)
    ]


def arrived_late(rows: Iterable[Row], month: str) -> list[Row]:
    """Arriving lots received in a month that were sent in an earlier one."""
    return [
        row
        for row in in_month(rows, month)
        if row["kind"] in ARRIVING and row["dispatched_on"] is not None and month_of(row["dispatched_on"]) < month
    ]


def booked_late(rows: Iterable[Row], month: str) -> list[Row]:
    """Lots received or sent in a month that their own entry says were booked in a later one."""
    return [row for row in in_month(rows, month) if row["booked_on"] and month_of(row["booked_on"]) > month]


def ways(rows: Sequence[Row], month: str) -> Iterator[Way]:
    """Wrong ways of booking a month, the more usual first: settled, entered later, all in transit, one lot in transit.

    A lot whose weight is not known takes no part; a month that received one has no right value and no ways.
    """
    received = in_month(rows, month)
    if any(row["weighed_t"] is None for row in received):
        return
    rows = [row for row in rows if row["weighed_t"] is not None]
    right = weighed(received)
    total = settled(received)
    if total is not None:
        yield Way(SETTLED, total, tuple(received))
    late = booked_late(rows, month)
    if late:
        yield Way(BOOKED_LATER, right - weighed(late), tuple(late))
    ahead, behind = on_the_way(rows, month), arrived_late(rows, month)
    if ahead and behind:
        yield Way(DISPATCHED, right + weighed(ahead) - weighed(behind), (*ahead, *behind))
    if ahead:
        yield Way(IN_TRANSIT, right + weighed(ahead), tuple(ahead))
    if behind:
        yield Way(BOOKED_BEFORE, right - weighed(behind), tuple(behind))
    for row in ahead:
        yield Way(IN_TRANSIT, right + row["weighed_t"], (row,))
    for row in behind:
        yield Way(BOOKED_BEFORE, right - row["weighed_t"], (row,))
    for row in late:
        yield Way(BOOKED_LATER, right - row["weighed_t"], (row,))


def booked_as(rows: Sequence[Row], month: str, observed: Decimal, digits: int) -> Way | None:
    """The way in which a printed month was booked; None where it is the weighed receipts or fits nothing known."""
    if rounded(weighed(in_month(rows, month)), digits) == observed:
        return None
    return next((way for way in ways(rows, month) if rounded(way.value, digits) == observed), None)


def before_receipt(row: Row) -> bool:
    """Whether an arriving lot was booked before it was received, or without having been received."""
    booked, got = row["booked_on"], row["received_on"]
    return row["kind"] in ARRIVING and booked is not None and (got is None or month_of(booked) < month_of(got))


def before_dispatch(row: Row) -> bool:
    """Whether a lot was received before it was sent: one of its dates is wrong."""
    sent, got = row["dispatched_on"], row["received_on"]
    return sent is not None and got is not None and got < sent


def in_other_year(row: Row) -> bool:
    """Whether a lot was received in one year and booked in a later one."""
    booked, got = row["booked_on"], counted_on(row)
    return booked is not None and got is not None and booked.year > got.year
