"""Settlement bills on their own inputs: registers, totals, and the run of periods and readings."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result, check
from verifierkit.checks.hints import hint
from verifierkit.checks.keys import feeds_report, figure_keys
from verifierkit.checks.statistics import limit_of
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.flowmap import FlowMap
from verifierkit.periods import month_of
from verifierkit.series import register_difference
from verifierkit.units import convert

ZERO = Decimal(0)
PARTS = ("metered_kwh", "exchange_kwh", "adjustment_kwh", "loss_kwh")
REVERSE = "reverse"


@dataclass(frozen=True)
class Line:
    """What one register line of a bill shows [kWh] against what its other cells give.

    ``observed`` is None where the line cannot be tested; ``reason`` is then the message id.
    """

    row: Row
    observed: Decimal | None = None
    expected: Decimal = ZERO
    reason: str = ""


def bill_rows(flow: FlowMap, source_id: str) -> list[Row]:
    """Lines of the bills of a source with a period, each document line once, in the order of their periods."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for row in flow.rows("settlement_bills", source_id):
        key = (row["bill_no"], row["instrument_id"], row["register"])
        if row["period_start"] is None or row["period_end"] is None or key in seen:
            continue
        seen.add(key)
        found.append(row)
    return sorted(found, key=lambda row: (row["period_start"], row["period_end"]))


def billed_month(row: Row) -> str:
    """The month that a bill line belongs to: the month of its last day."""
    return month_of(row["period_end"])


def register_digits(flow: FlowMap, row: Row) -> int | None:
    """Integer digits of the register behind a bill line."""
    source = flow.sources.get(row["source_id"])
    instrument = flow.instruments.get(row["instrument_id"] or (source["instrument_id"] if source else "") or "")
    return instrument["register_digits"] if instrument else None


def is_refund(row: Row) -> bool:
    """Whether the line only corrects an earlier period: no readings and no metered energy of its own."""
    readings = row["prior_reading"] is None and row["current_reading"] is None
    return readings and not row["metered_kwh"] and row["adjustment_kwh"] is not None


def registers_line(row: Row, digits: int | None) -> Line:
    """Metered energy of a line against the difference of its readings times the multiplier, rollover aware.

    A bill that prints no part at all settles what it metered: its total stands for the metered energy.
    """
    prior, current, metered = row["prior_reading"], row["current_reading"], row["metered_kwh"]
    if all(row[name] is None for name in PARTS):
        metered = row["total_kwh"]
    if prior is None or current is None or metered is None:
        return Line(row, reason="" if prior is None and current is None else "bill.registers.cells")
    if row["multiplier"] is None:
        return Line(row, reason="bill.registers.multiplier")
    if current < prior and digits is None:
        return Line(row, reason="bill.registers.digits")
    return Line(row, metered, register_difference(prior, current, digits) * row["multiplier"])


def total_line(row: Row) -> Line:
    """Settled total of a line against the sum of its parts; a blank part is absent."""
    given = [row[name] for name in PARTS if row[name] is not None]
    if row["total_kwh"] is None or not given:
        return Line(row, reason="bill.total.parts")
    expected = sum(given, ZERO)
    if row["metered_kwh"] is None and expected != row["total_kwh"]:
        return Line(row, reason="bill.total.parts")
    return Line(row, row["total_kwh"], expected)


def _bill_sources(context: Context) -> list[Row]:
    return [source for source in context.flow.sources.values() if source["records"] == "settlement_bills"]


def _fields(context: Context, source: Row) -> dict[str, Any]:
    stream = context.flow.streams.get(source["stream_id"])
    return {
        "facility": (stream["facility_id"] or "") if stream else "",
        "stream": source["stream_id"] or "",
        "source": source["source_id"],
        "parameter": (source["parameter"] or stream["parameter"] or "") if stream else "",
        "item": (stream["item"] or "") if stream else "",
    }


@check("bill.registers")
def registers(context: Context) -> Iterator[Result]:
    """Metered energy of every bill line is its register difference times its multiplier."""
    tolerance = limit_of(context.rule("bill.registers"), "tolerance_kwh") or ZERO
    for source in _bill_sources(context):
        rows = bill_rows(context.flow, source["source_id"])
        lines = [registers_line(row, register_digits(context.flow, row)) for row in rows]
        yield from _by_month(context, "bill.registers", source, lines, tolerance, _registers_delta(context, tolerance))


@check("bill.total")
def totals(context: Context) -> Iterator[Result]:
    """Settled total of every bill line is metered, exchange, adjustment and loss together."""
    tolerance = limit_of(context.rule("bill.total"), "tolerance_kwh") or ZERO
    for source in _bill_sources(context):
        lines = [total_line(row) for row in bill_rows(context.flow, source["source_id"])]
        yield from _by_month(context, "bill.total", source, lines, tolerance, _totals_delta(context, tolerance))


Correction = Callable[[Line], Decimal]


def _registers_delta(context: Context, tolerance: Decimal) -> Correction:
    def correct(line: Line) -> Decimal:
        """Corrected minus printed total where the total took over the wrong metered energy [kWh]."""
        rest = sum((line.row[name] or ZERO for name in PARTS[1:]), ZERO)
        total = line.row["total_kwh"]
        change = line.expected + rest - total if total is not None else ZERO
        return change if abs(change) > tolerance else ZERO

    return correct


def _totals_delta(context: Context, tolerance: Decimal) -> Correction:
    def correct(line: Line) -> Decimal:
        """Sum of the parts minus the printed total, unless the line already fails on its registers [kWh]."""
        read = registers_line(line.row, register_digits(context.flow, line.row))
        if read.observed is not None and abs(read.observed - read.expected) > tolerance:
            return ZERO
        return line.expected - (line.row["total_kwh"] or ZERO)

    return correct


def _by_month(
    context: Context, rule: str, source: Row, lines: Sequence[Line], tolerance: Decimal, correct: Correction
) -> Iterator[Result]:
    fields, good = _fields(context, source), []
    yield from _reasons(context, rule, lines, fields)
    for month, group in _months(context, lines):
        tested = [line for line in group if line.observed is not None]
        wrong = [line for line in tested if abs((line.observed or ZERO) - line.expected) > tolerance]
        if wrong:
            yield _failed(context, rule, source, month, wrong, sum((correct(line) for line in wrong), ZERO))
        elif tested:
            good.append(month)
    if good:
        yield Result(rule, SATISFIED, months=tuple(good), unit="kWh", **fields)


def _months(context: Context, lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    grouped: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if billed_month(line.row) in context.months:
            grouped[billed_month(line.row)].append(line)
    return sorted(grouped.items())


def _reasons(context: Context, rule: str, lines: Sequence[Line], fields: dict[str, Any]) -> Iterator[Result]:
    for reason in sorted({line.reason for line in lines if line.reason}):
        own = [line for line in lines if line.reason == reason and billed_month(line.row) in context.months]
        months = tuple(sorted({billed_month(line.row) for line in own}))
        if months:
            places = tuple(line.row.cell("total_kwh") for line in own)
            yield Result(rule, NOT_EVALUATED, months=months, message=reason, places=places, **fields)


def _failed(context: Context, rule: str, source: Row, month: str, wrong: Sequence[Line], change: Decimal) -> Result:
    observed = sum((line.observed or ZERO for line in wrong), ZERO)
    expected = sum((line.expected for line in wrong), ZERO)
    cells = ("prior_reading", "current_reading", "multiplier", "metered_kwh") if rule == "bill.registers" else PARTS
    places = [line.row.cell(name) for line in wrong for name in cells if line.row[name] is not None]
    if rule == "bill.total":
        places += [line.row.cell("total_kwh") for line in wrong]
    return Result(
        rule,
        NOT_SATISFIED,
        months=(month,),
        observed=observed,
        expected=expected,
        unit="kWh",
        hint=hint(observed, expected),
        detail={"bill": ", ".join(dict.fromkeys(str(line.row["bill_no"]) for line in wrong))},
        places=tuple(places),
        deltas=_deltas(context, source, month, change),
        **_fields(context, source),
    )


def _deltas(context: Context, source: Row, month: str, change_kwh: Decimal) -> tuple[tuple[Key, Decimal], ...]:
    stream = context.flow.streams.get(source["stream_id"])
    if stream is None or not change_kwh or not feeds_report(context, source):
        return ()
    change = convert(change_kwh, "kWh", stream["unit"])
    return tuple((key, change) for key in figure_keys(context, source["stream_id"], source["parameter"] or "", month))


@dataclass(frozen=True)
class Break:
    """A place where the run of bills does not connect: the later line, what is wrong (message id), both values."""

    later: Row
    message: str
    observed: str
    expected: str
    places: tuple[Place, ...]


@check("bill.continuity")
def continuity(context: Context) -> Iterator[Result]:
    """Billing periods follow each other without gap or overlap, and each prior reading is the last current one."""
    for source in _bill_sources(context):
        rows = [row for row in bill_rows(context.flow, source["source_id"]) if not is_refund(row)]
        breaks = [found for found in _breaks(context.flow, rows) if billed_month(found.later) in context.months]
        fields = _fields(context, source)
        by_month: dict[str, list[Break]] = defaultdict(list)
        for found in breaks:
            by_month[billed_month(found.later)].append(found)
        for month, group in sorted(by_month.items()):
            yield _break_result(month, group, fields)
        good = sorted({billed_month(row) for row in rows} & set(context.months) - set(by_month))
        if good:
            yield Result("bill.continuity", SATISFIED, months=tuple(good), **fields)


def _break_result(month: str, group: Sequence[Break], fields: dict[str, Any]) -> Result:
    first = group[0]
    return Result(
        "bill.continuity",
        NOT_SATISFIED,
        months=(month,),
        message=first.message,
        detail={"found": first.observed, "wanted": first.expected, "bill": str(first.later["bill_no"])},
        places=tuple(dict.fromkeys(place for found in group for place in found.places)),
        **fields,
    )


def _breaks(flow: FlowMap, rows: Sequence[Row]) -> list[Break]:
    """Gaps of the source as a whole, then overlaps and readings of each meter and register."""
    found = [found for group in _grouped(rows, "register") for found in gaps(group)]
    for group in _grouped(rows, "instrument_id", "register"):
        found += overlaps(group)
        found += jumps(group, lambda first, last: _exchanged(flow, first, last))
    return found


def _grouped(rows: Iterable[Row], *columns: str) -> list[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] or "" for column in columns)].append(row)
    return [groups[key] for key in sorted(groups)]


def gaps(rows: Sequence[Row]) -> Iterator[Break]:
    """Days that no bill covers between the first and the last one; lines in the order of their periods."""
    covered: date | None = None
    last: Row | None = None
    for row in rows:
        if covered is not None and last is not None and row["period_start"] > covered + timedelta(days=1):
            wanted = (covered + timedelta(days=1)).isoformat()
            places = (last.cell("period_end"), row.cell("period_start"))
            yield Break(row, "bill.continuity.gap", row["period_start"].isoformat(), wanted, places)
        if covered is None or row["period_end"] > covered:
            covered, last = row["period_end"], row


def overlaps(rows: Sequence[Row]) -> Iterator[Break]:
    """Periods of one meter and register that start before the one before has ended."""
    for before, after in itertools.pairwise(rows):
        if after["period_start"] <= before["period_end"]:
            wanted = (before["period_end"] + timedelta(days=1)).isoformat()
            places = (before.cell("period_end"), after.cell("period_start"))
            yield Break(after, "bill.continuity.overlap", after["period_start"].isoformat(), wanted, places)


def jumps(rows: Sequence[Row], exchanged: Callable[[Row, Row], bool]) -> Iterator[Break]:
    """Prior readings that are not the current reading of the bill before, where no meter was exchanged."""
    for before, after in itertools.pairwise(rows):
        closed, opened = before["current_reading"], after["prior_reading"]
        if closed is None or opened is None or closed == opened or exchanged(before, after):
            continue
        places = (before.cell("current_reading"), after.cell("prior_reading"))
        yield Break(after, "bill.continuity.reading", str(opened), str(closed), places)


def _exchanged(flow: FlowMap, before: Row, after: Row) -> bool:
    """Whether the later bill line or the meter's own log records an exchange in the later period."""
    if after["exchange_kwh"]:
        return True
    source = flow.sources.get(after["source_id"])
    instrument = after["instrument_id"] or (source["instrument_id"] if source else None)
    return any(
        row["instrument_id"] == instrument
        and row["state"] in ("exchange_out", "exchange_in")
        and row["read_at"] is not None
        and before["period_end"] <= row["read_at"].date() <= after["period_end"] + timedelta(days=1)
        for row in flow.tables["meter_readings"]
    )
