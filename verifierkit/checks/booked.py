"""What ledgers and reports took from lists of lots: weighed tonnes when received, not settled ones, not goods on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, Context, Figure, Measured, Result, check
from verifierkit.checks.keys import feeds_report, figure_deltas, in_unit, printed_digits, round_half_up, source_for
from verifierkit.checks.lots import lists_of, number_of
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.materials import (
    Way,
    before_dispatch,
    before_receipt,
    booked_as,
    counted_on,
    each_once,
    in_month,
    in_other_year,
)
from verifierkit.materials.booked import BOOKED_BEFORE, BOOKED_LATER, DISPATCHED, IN_TRANSIT, SETTLED, ways, weighed
from verifierkit.periods import month_of
from verifierkit.series import converted

SETTLED_RULE, TRANSIT_RULE = "material.settled", "material.transit"
RULES = {
    SETTLED: SETTLED_RULE,
    IN_TRANSIT: TRANSIT_RULE,
    BOOKED_BEFORE: TRANSIT_RULE,
    BOOKED_LATER: TRANSIT_RULE,
    DISPATCHED: TRANSIT_RULE,
}
MESSAGES = {
    BOOKED_BEFORE: "material.transit.behind",
    BOOKED_LATER: "material.transit.later",
    DISPATCHED: "material.transit.dispatched",
}
DEFAULTS = ("default", "calculated")
ROLES = ("activity", "production")


@dataclass(frozen=True)
class Book:
    """A printed month beside the lots that it should be made from.

    Attributes
    ----------
    observed, expected : as printed, and the weighed receipts [t].
    way : the wrong way in which it was booked, None where it is right or fits none.
    tests : rules whose wrong way would give another figure in this month, so that it could be seen.
    figure : the reported figure where the month is one, else None.
    """

    source: Row
    month: str
    observed: Decimal
    expected: Decimal
    way: Way | None
    tests: frozenset[str]
    places: tuple[Place, ...]
    base: Measured
    figure: Figure | None = None
    deltas: tuple[tuple[Key, Decimal], ...] = field(default=())


def books(context: Context) -> list[Book]:
    """Every ledger month and reported month that rests on a list of lots."""
    return [*_ledgers(context), *_figures(context)]


def _ledgers(context: Context) -> Iterator[Book]:
    for source in context.flow.sources.values():
        if source["records"] != "monthly_values" or source["stream_id"] not in context.flow.streams:
            continue
        lots, derived = _list_behind(context, source)
        found = list(_months_of(context, source, each_once(lots)))
        if not derived:  # a ledger of its own meets settled tonnes by chance in one month, not in two
            met = [book for book in found if book.way is not None and book.way.kind == SETTLED]
            found = met if len(met) > 1 else []
        yield from found


def _list_behind(context: Context, source: Row) -> tuple[list[Row], bool]:
    """Lots that a ledger is made from, and whether it says so; the one list of its stream where it does not."""
    flow = context.flow
    lineage = [row for row in flow.lineage(source["source_id"]) if row["records"] == "transactions"]
    if lineage:
        return flow.rows("transactions", lineage[0]["source_id"]), True
    lists = [
        row
        for row in flow.sources_of(source["stream_id"], source["parameter"] or "")
        if row["records"] == "transactions"
    ]
    return (flow.rows("transactions", lists[0]["source_id"]) if len(lists) == 1 else []), False


def _months_of(context: Context, source: Row, lots: list[Row]) -> Iterator[Book]:
    series = context.flow.series(source["source_id"])
    stream = context.flow.streams[source["stream_id"]]
    base: Measured = {"facility": stream["facility_id"] or "", "stream": source["stream_id"], "unit": "t"}
    base |= {"source": source["source_id"], "parameter": source["parameter"] or stream["parameter"] or ""}
    base |= {"item": stream["item"] or ""}
    digits = printed_digits(amount.value for amount in series.months.values())
    for month, amount in series.months.items():
        observed = in_unit(series, month, "t")
        received = in_month(lots, month)
        unknown = any(row["weighed_t"] is None for row in received)
        if observed is None or not lots or month not in context.months or unknown:
            continue
        expected = round_half_up(weighed(received), digits)
        change, reports = expected - observed, feeds_report(context, source)
        deltas = figure_deltas(context, source, month, change, "t") if reports and change else ()
        way = booked_as(lots, month, observed, digits)
        tests = _tests(lots, month)
        yield Book(source, month, observed, expected, way, tests, amount.places, base, deltas=deltas)


def _tests(lots: list[Row], month: str) -> frozenset[str]:
    """Rules that a month of these lots can show: some tonnes are deducted, or some goods cross the month's ends."""
    return frozenset(RULES[way.kind] for way in ways(lots, month))


def _figures(context: Context) -> Iterator[Book]:
    """Reported months that differ from their rank-1 source and rest on a list of lots."""
    for subject in context.subjects:
        source = source_for(context, subject)
        if subject.parameter.role not in ROLES or source is None:
            continue
        lots = each_once(_list_behind(context, source)[0])
        base: Measured = {"facility": subject.facility, "stream": source["stream_id"], "unit": "t"}
        base |= {"source": source["source_id"], "parameter": subject.parameter.id, "item": subject.item}
        for month in context.months if lots else ():
            figure = context.figures.get(subject.key(month))
            if figure is not None and figure.route not in DEFAULTS:
                yield from _figure(
                    context, source, lots, figure, base | {"track": subject.track}, subject.parameter.digits
                )


def _figure(
    context: Context, source: Row, lots: list[Row], figure: Figure, base: Measured, digits: int | None
) -> Iterator[Book]:
    month, series = figure.key.period, context.flow.series(source["source_id"])
    held, observed = in_unit(series, month, figure.unit), converted(figure.value, figure.unit, "t")
    if held is None or observed is None or round_half_up(held, digits) == figure.value:
        return
    places = digits if digits is not None else printed_digits([observed])
    way = booked_as(lots, month, observed, places)
    if way is not None:
        right = round_half_up(held, digits)
        deltas = ((figure.key, right - figure.value),)
        expected = converted(right, figure.unit, "t") or right
        yield Book(source, month, observed, expected, way, frozenset(), (figure.place,), base, figure, deltas)


@check(SETTLED_RULE)
def settled_tonnes(context: Context) -> Iterator[Result]:
    """Ledgers and reports hold the weighed tonnes, not those after deductions."""
    yield from _told(context, SETTLED_RULE)


@check(TRANSIT_RULE)
def transit(context: Context) -> Iterator[Result]:
    """Goods on the way are booked when they are received, in that month and year."""
    told = {
        id(lot)
        for book in books(context)
        if book.way is not None and RULES[book.way.kind] == TRANSIT_RULE
        for lot in book.way.lots
    }
    yield from _told(context, TRANSIT_RULE)
    yield from _documents(context, told)


def _told(context: Context, rule: str) -> Iterator[Result]:
    good: dict[str, list[Book]] = {}
    for book in books(context):
        if book.way is not None and RULES[book.way.kind] == rule:
            yield _wrong(book, book.way)
        elif rule in book.tests and book.observed == book.expected:
            good.setdefault(book.source["source_id"], []).append(book)
    for held in good.values():
        yield Result(rule, SATISFIED, months=tuple(book.month for book in held), **held[0].base)


def _wrong(book: Book, way: Way) -> Result:
    rule = RULES[way.kind]
    column = "settled_t" if way.kind == SETTLED else "weighed_t"
    message = f"{rule}.reported" if way.kind == SETTLED and book.figure is not None else MESSAGES.get(way.kind, rule)
    return Result(
        rule,
        NOT_SATISFIED,
        months=(book.month,),
        observed=book.observed,
        expected=book.expected,
        message=message,
        detail={"document": ", ".join(map(number_of, way.lots)), "moved": f"{weighed(way.lots):,f}"},
        places=(*book.places, *(lot.cell(column) for lot in way.lots)),
        deltas=book.deltas,
        **book.base,
    )


def _documents(context: Context, told: set[int]) -> Iterator[Result]:
    """Lots whose own dates say that they were booked while on the way, or in another year."""
    for _, rows, base in lists_of(context, "transactions"):
        dated = [row for row in rows if row["booked_on"] is not None]
        wrong = [row for row in dated if _misdated(context, row) and id(row) not in told]
        yield from (_document(context, row, base) for row in wrong)
        yield from (_backwards(context, row, base) for row in rows if before_dispatch(row))
        good = {month_of(row["booked_on"]) for row in dated} - {_shown(context, row) for row in wrong}
        months = tuple(month for month in context.months if month in good)
        if months:
            yield Result(TRANSIT_RULE, SATISFIED, months=months, **base)


def _backwards(context: Context, row: Row, base: Measured) -> Result:
    """A lot that was received before it was sent."""
    days = {"sent": row["dispatched_on"].isoformat(), "received": row["received_on"].isoformat()}
    got = month_of(row["received_on"])
    return Result(
        TRANSIT_RULE,
        NOT_SATISFIED,
        months=(got if got in context.months else month_of(row["dispatched_on"]),),
        observed=row["weighed_t"],
        message=f"{TRANSIT_RULE}.order",
        detail={"document": number_of(row), **days},
        places=(row.cell("dispatched_on"), row.cell("received_on")),
        **base,
    )


def _misdated(context: Context, row: Row) -> bool:
    """Whether a lot was booked outside of the month or year that its receipt allows.

    A receipt dated outside of the year is left to the cut-off of documents.
    """
    got = counted_on(row)
    if got is not None and got.year != context.year:
        return False
    return before_receipt(row) or in_other_year(row)


def _shown(context: Context, row: Row) -> str:
    """Month in which the fault shows: of booking, or of the movement where that is another year."""
    booked = month_of(row["booked_on"])
    got = counted_on(row)
    return booked if booked in context.months or got is None else month_of(got)


def _document(context: Context, row: Row, base: Measured) -> Result:
    got = counted_on(row)
    return Result(
        TRANSIT_RULE,
        NOT_SATISFIED,
        months=(_shown(context, row),),
        observed=row["weighed_t"],
        message=f"{TRANSIT_RULE}.year" if in_other_year(row) else f"{TRANSIT_RULE}.document",
        detail={
            "document": number_of(row),
            "booked": row["booked_on"].isoformat(),
            "received": got.isoformat() if got is not None else "-",
        },
        places=(row.cell("booked_on"), row.cell("received_on"), row.cell("weighed_t")),
        **base,
    )
