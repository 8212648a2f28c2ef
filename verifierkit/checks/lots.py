"""Lots and tickets on their own inputs: weights, invoices, loads counted twice, tares that never move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from verifierkit.bills.causes import common_cause
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Dated, Measured, Result, check
from verifierkit.checks.keys import feeds_report, figure_deltas, in_unit, printed_digits, round_half_up
from verifierkit.checks.statistics import limit_of
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.materials import (
    MASS_KINDS,
    LotLine,
    cause_of,
    counted_on,
    fixed_tares,
    lot_lines,
    same_loads,
    ticket_lines,
)
from verifierkit.materials.lots import AMOUNT, DEDUCTION, INVOICE, SETTLED, WEIGHT_COLUMNS, digits_of
from verifierkit.materials.twice import NUMBERS
from verifierkit.periods import month_of

ZERO = Decimal(0)
DAYS = {"tickets": "weighed_on", "transactions": "received_on"}
WEIGHTS = {"tickets": "net_t", "transactions": "weighed_t"}
WORDS = {
    DEDUCTION: ("扣水扣杂", "the deduction"),
    SETTLED: ("结算量", "the settled quantity"),
    INVOICE: ("发票数量", "the invoiced quantity"),
    AMOUNT: ("金额", "the amount"),
}


def lists_of(context: Context, *records: str) -> Iterator[tuple[Row, list[Row], Measured]]:
    """Sources kept as tickets or lots whose stream is known: rows of the months looked at, base of their results."""
    for source in context.flow.sources.values():
        stream = context.flow.streams.get(source["stream_id"])
        if source["records"] not in records or stream is None:
            continue
        rows = [
            row for row in context.flow.rows(source["records"], source["source_id"]) if _month(row) in context.months
        ]
        if rows:
            base: Measured = {"facility": stream["facility_id"] or "", "stream": source["stream_id"], "unit": "t"}
            base |= {"source": source["source_id"], "parameter": source["parameter"] or stream["parameter"] or ""}
            yield source, rows, base | {"item": stream["item"] or ""}


def counted_day(row: Row) -> date | None:
    """Day that places a ticket or lot; the dispatch where goods were not received yet."""
    day: date | None = row[DAYS[row.table]]
    return day or row["dispatched_on"]


def _month(row: Row) -> str:
    day = counted_day(row)
    return month_of(day) if day is not None else ""


def number_of(row: Row) -> str:
    """Number of a ticket or lot as printed."""
    return str(row[NUMBERS[row.table]])


def lines_of(context: Context, source: Row, rows: Sequence[Row]) -> list[LotLine]:
    """Every recomputed line of a list; a lot is held against the tickets of its stream that name it."""
    if source["records"] == "tickets":
        return ticket_lines(rows)
    streams = context.flow.sources_of(source["stream_id"], source["parameter"] or "")
    tickets = [
        row
        for other in streams
        for row in context.flow.rows("tickets", other["source_id"])
        if row["doc_no"] is not None
    ]
    return lot_lines(rows, tickets)


def cause_in(line: LotLine, rows: Sequence[Row]) -> str:
    """Message id of why a line of a list does not close, "" where nothing fits."""
    same = [row for row in rows if row["vehicle"] and row["vehicle"] == line.row["vehicle"] and row is not line.row]
    return cause_of(line, digits=digits_of(rows, *WEIGHT_COLUMNS), same_vehicle=same)


def fails(line: LotLine, rows: Sequence[Row]) -> bool:
    """Whether a line is wrong: a deduction only where its way is known, since quality may be deducted as well."""
    return not line.closes and (line.kind != DEDUCTION or bool(cause_in(line, rows)))


@check("material.lot")
def lot(context: Context) -> Iterator[Result]:
    """Tickets and lots weigh what their own cells give, and one load counts once and in one place."""
    loads = _loads(context)
    for source, rows, base in lists_of(context, "tickets", "transactions"):
        lines = [line for line in lines_of(context, source, rows) if line.kind in MASS_KINDS]
        wrong = [line for line in lines if fails(line, rows)]
        told = loads.get(source["source_id"], [])
        yield from _wrong_weights(context, source, rows, wrong, base)
        yield from (_same_load(context, source, row, first, base) for first, row in told)
        partly = [row for row in rows if (row["gross_t"] is None) != (row["tare_t"] is None)]
        if partly:
            months = _months(partly)
            places = tuple(row.cell("net_t") for row in partly)
            yield Result(
                "material.lot", NOT_EVALUATED, months=months, message="material.lot.cells", places=places, **base
            )
        bad = {_month(line.row) for line in wrong} | {_month(row) for _, row in told}
        good = tuple(sorted({_month(line.row) for line in lines} - bad))
        if good:
            yield Result("material.lot", SATISFIED, months=good, **base)


def _months(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(sorted({_month(row) for row in rows}))


def _wrong_weights(
    context: Context, source: Row, rows: Sequence[Row], wrong: Sequence[LotLine], base: Measured
) -> Iterator[Result]:
    for month, lines in _by_month(wrong):
        counted = [line for line in lines if line.row.table == "tickets" or counted_on(line.row) is not None]
        change = sum((line.expected - line.observed for line in counted), ZERO)
        deltas = _taken_over(context, source, month, change)
        yield _not_closing("material.lot", month, lines, rows, base, deltas)


def _by_month(lines: Iterable[LotLine]) -> list[tuple[str, list[LotLine]]]:
    groups: dict[str, list[LotLine]] = defaultdict(list)
    for line in lines:
        groups[_month(line.row)].append(line)
    return sorted(groups.items())


def _not_closing(
    rule: str,
    month: str,
    lines: Sequence[LotLine],
    rows: Sequence[Row],
    base: Measured,
    deltas: tuple[tuple[Key, Decimal], ...] = (),
) -> Result:
    """Lines of one month and one kind that do not close, as one result."""
    what = WORDS.get(lines[0].kind, ("", ""))
    return Result(
        rule,
        NOT_SATISFIED,
        months=(month,),
        observed=sum((line.observed for line in lines), ZERO),
        expected=sum((line.expected for line in lines), ZERO),
        hint=common_cause(cause_in(line, rows) for line in lines),
        detail={
            "document": ", ".join(dict.fromkeys(number_of(line.row) for line in lines)),
            "what_zh": what[0],
            "what_en": what[1],
        },
        places=tuple(dict.fromkeys(place for line in lines for place in line.places)),
        deltas=deltas,
        **(base | {"unit": lines[0].unit}),
    )


def _taken_over(context: Context, source: Row, month: str, change: Decimal) -> tuple[tuple[Key, Decimal], ...]:
    """Corrections of the reported figures, where the month that is reported holds what this list gives."""
    first = context.flow.first_source(source["stream_id"], source["parameter"] or "")
    if not change or first is None or not feeds_report(context, source):
        return ()
    reported = context.flow.series(first["source_id"])
    own = in_unit(context.flow.series(source["source_id"]), month, reported.unit)
    held = reported.months.get(month)
    if own is None or held is None or round_half_up(own, printed_digits([held.value])) != held.value:
        return ()
    return figure_deltas(context, source, month, change, "t")


def _loads(context: Context) -> dict[str, list[tuple[Row, Row]]]:
    """By source: the first row of a load and each later row that shows it again."""
    rows = [row for _, own, _ in lists_of(context, "tickets", "transactions") for row in own]
    found: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for group in same_loads(rows):
        for row in group[1:]:
            if row["source_id"] == group[0]["source_id"] or _side_by_side(context, group[0], row):
                found[row["source_id"]].append((group[0], row))
    return found


def _side_by_side(context: Context, one: Row, other: Row) -> bool:
    """Whether two lists are of different streams of which neither leads into the other: a load is in one of them."""
    first, second = (context.flow.stream_of(row["source_id"]) for row in (one, other))
    if first is None or second is None or first["stream_id"] == second["stream_id"]:
        return False
    return bool(first["to_node"] != second["from_node"] and second["to_node"] != first["from_node"])


def _same_load(context: Context, source: Row, row: Row, first: Row, base: Measured) -> Result:
    tonnes, month = row[WEIGHTS[row.table]], _month(row)
    same = row["source_id"] == first["source_id"]
    number = number_of(row)
    return Result(
        "material.lot",
        NOT_SATISFIED,
        months=(month,),
        observed=tonnes,
        message="material.lot.twice" if same else "material.lot.other_list",
        detail={
            "document": f"{number_of(first)}, {number}" if same else number,
            "other": first["source_id"],
            "other_document": number_of(first),
        },
        places=(first.cell(WEIGHTS[first.table]), row.cell(WEIGHTS[row.table])),
        deltas=_taken_over(context, source, month, -tonnes) if same else (),
        **base,
    )


@check("material.invoice")
def invoice(context: Context) -> Iterator[Result]:
    """Weighed, settled and invoiced tonnes and the amount of every lot follow from each other."""
    for source, rows, base in lists_of(context, "transactions"):
        lines = [line for line in lines_of(context, source, rows) if line.kind not in MASS_KINDS]
        wrong = [line for line in lines if fails(line, rows)]
        for kind in WORDS:
            for month, group in _by_month(line for line in wrong if line.kind == kind):
                yield _not_closing("material.invoice", month, group, rows, base)
        bad = {_month(line.row) for line in wrong}
        good = tuple(sorted({_month(line.row) for line in lines} - bad))
        if good:
            yield Result("material.invoice", SATISFIED, months=good, **base)


@check("material.tare")
def tare(context: Context) -> Iterator[Result]:
    """A vehicle that is weighed often does not bear one and the same tare all the time."""
    rule = context.rule("material.tare")
    weighings, days = (int(limit_of(rule, name) or ZERO) for name in ("weighings", "days"))
    for _, rows, base in lists_of(context, "tickets"):
        dated: Dated = {**base, "period": str(context.year)}
        vehicles: dict[str, int] = defaultdict(int)
        for row in rows:
            vehicles[row["vehicle"] or ""] += 1 if row["vehicle"] and row["tare_t"] else 0
        fixed = fixed_tares(rows, weighings=weighings, days=days)
        if not fixed and max(vehicles.values()) >= weighings:
            yield Result("material.tare", SATISFIED, **dated)
        for one in fixed:
            places = tuple(row.cell("tare_t") for row in one.tickets)
            detail = {"vehicle": one.vehicle, "count": str(len(one.tickets))}
            yield Result("material.tare", NOT_SATISFIED, observed=one.tare, detail=detail, places=places, **dated)
