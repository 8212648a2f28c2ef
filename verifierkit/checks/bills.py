"""Settlement bills on their own inputs: registers, totals, and the run of periods and readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from verifierkit.bills.causes import cause_of_metered, cause_of_total, common_cause
from verifierkit.bills.continuity import Break, gaps, jumps, overlaps, reversed_periods, unexplained
from verifierkit.bills.lines import METERED, PARTS, Line, is_refund, part_values, registers_line, total_line
from verifierkit.bills.registers import TARIFFS, tariff_lines
from verifierkit.bills.settled import REVERSE, once
from verifierkit.bills.steps import plain
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result, check
from verifierkit.checks.hints import hint
from verifierkit.checks.keys import feeds_report, figure_keys
from verifierkit.checks.statistics import limit_of
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.flowmap import FlowMap
from verifierkit.periods import month_of
from verifierkit.units import convert

ZERO = Decimal(0)
ZERO_MULTIPLIER, FELL = "bill.registers.multiplier_zero", "bill.registers.fell"
READINGS = ("prior_reading", "current_reading")
# cells that say why a line was not recomputed, by message id
BLANK = {
    ZERO_MULTIPLIER: ("multiplier",),
    FELL: READINGS,
    "bill.registers.multiplier": ("multiplier",),
    "bill.registers.digits": READINGS,
    "bill.registers.cells": (*READINGS, METERED),
}
__all__ = ["PARTS", "REVERSE", "bill_rows", "billed_month", "is_refund", "register_digits", "registers_line"]


def bill_rows(flow: FlowMap, source_id: str) -> list[Row]:
    """Lines of the bills of a source with a period, each document line once, in the order of their periods.

    A line whose last day comes before its first is left to :func:`continuity`.
    """
    return once(flow.rows("settlement_bills", source_id))


def billed_month(row: Row) -> str:
    """The month that a bill line belongs to: the month of its last day."""
    return month_of(row["period_end"])


def register_digits(flow: FlowMap, row: Row) -> int | None:
    """Integer digits of the register behind a bill line."""
    source = flow.sources.get(row["source_id"])
    instrument = flow.instruments.get(row["instrument_id"] or (source["instrument_id"] if source else "") or "")
    return instrument["register_digits"] if instrument else None


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
        rows = bill_rows(context.flow, source["source_id"])
        lines = [*map(total_line, rows), *tariff_lines(rows)]
        yield from _by_month(context, "bill.total", source, lines, tolerance, _totals_delta(context, tolerance))


Correction = Callable[[Line], Decimal]


def _registers_delta(context: Context, tolerance: Decimal) -> Correction:
    def correct(line: Line) -> Decimal:
        """Corrected minus printed total where the total took over the wrong metered energy [kWh]."""
        total = line.row["total_kwh"]
        if total is None:
            return ZERO
        rest = sum((value for name, value in part_values(line.row).items() if name != METERED), ZERO)
        change = line.expected + rest - (line.row["credit_kwh"] or ZERO) - total
        return change if abs(change) > tolerance else ZERO

    return correct


def _totals_delta(context: Context, tolerance: Decimal) -> Correction:
    def correct(line: Line) -> Decimal:
        """Sum of the parts minus the printed total, unless the line already fails on its registers [kWh]."""
        read = registers_line(line.row, register_digits(context.flow, line.row))
        if line.kind == TARIFFS or line.row["total_kwh"] is None:
            return ZERO  # which of the registers is wrong is not known
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
        wrong = [line for line in wrong if line.kind != TARIFFS] or wrong  # a faulty line explains its registers' sum
        if wrong:
            cause = _cause(rule, wrong, tolerance)
            yield _failed(context, rule, source, month, wrong, cause, sum((correct(line) for line in wrong), ZERO))
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
        if months and reason in (ZERO_MULTIPLIER, FELL):
            yield from (_impossible(rule, line, fields) for line in own)
        elif months:
            names = BLANK.get(reason, ("total_kwh",))
            places = tuple(line.row.cell(name) for line in own for name in names)
            detail = {"bill": ", ".join(dict.fromkeys(str(line.row["bill_no"]) for line in own))}
            yield Result(rule, NOT_EVALUATED, months=months, message=reason, detail=detail, places=places, **fields)


def _impossible(rule: str, line: Line, fields: dict[str, Any]) -> Result:
    """What no meter can show, a multiplier of 0 or a register that runs back: a finding, and nothing is recomputed."""
    row = line.row
    prior, current = (plain(row[name]) for name in READINGS)
    detail = {"bill": str(row["bill_no"]), "prior": prior, "current": current}
    places = tuple(row.cell(name) for name in BLANK[line.reason])
    observed = row["total_kwh"] if row[METERED] is None else row[METERED]
    return Result(
        rule, NOT_SATISFIED, months=(billed_month(row),), message=line.reason, observed=observed, detail=detail,
        places=places, unit="kWh", **fields,
    )  # fmt: skip


def _cause(rule: str, wrong: Sequence[Line], tolerance: Decimal) -> str:
    """Message id of the cause that all failing lines of a month share, else of what their sums look like."""
    name = cause_of_metered if rule == "bill.registers" else cause_of_total
    if all(line.kind == TARIFFS for line in wrong):
        return "hint.bill.tariff_sum"
    common = common_cause(name(line, tolerance=tolerance) for line in wrong)
    observed, expected = (sum(values, ZERO) for values in zip(*_pairs(wrong), strict=True))
    return common or hint(observed, expected)


def _pairs(lines: Iterable[Line]) -> list[tuple[Decimal, Decimal]]:
    return [(line.observed or ZERO, line.expected) for line in lines]


def _failed(
    context: Context, rule: str, source: Row, month: str, wrong: Sequence[Line], cause: str, change: Decimal
) -> Result:
    observed, expected = (sum(values, ZERO) for values in zip(*_pairs(wrong), strict=True))
    cells = ("prior_reading", "current_reading", "multiplier", "metered_kwh") if rule == "bill.registers" else PARTS
    places = [line.row.cell(name) for line in wrong for name in cells if line.row[name] is not None]
    places += [place for line in wrong for place in line.others]
    if rule == "bill.total":
        places += [line.row.cell("total_kwh") for line in wrong]
    return Result(
        rule,
        NOT_SATISFIED,
        months=(month,),
        observed=observed,
        expected=expected,
        unit="kWh",
        hint=cause,
        detail={"bill": ", ".join(dict.fromkeys(str(line.row["bill_no"]) for line in wrong))},
        places=tuple(dict.fromkeys(places)),
        deltas=_deltas(context, source, month, change),
        **_fields(context, source),
    )


def _deltas(context: Context, source: Row, month: str, change_kwh: Decimal) -> tuple[tuple[Key, Decimal], ...]:
    stream = context.flow.streams.get(source["stream_id"])
    if stream is None or not change_kwh or not feeds_report(context, source):
        return ()
    change = convert(change_kwh, "kWh", stream["unit"])
    return tuple((key, change) for key in figure_keys(context, source["stream_id"], source["parameter"] or "", month))


@check("bill.continuity")
def continuity(context: Context) -> Iterator[Result]:
    """Billing periods follow each other without gap or overlap, and each prior reading is the last current one."""
    for source in _bill_sources(context):
        rows = [row for row in bill_rows(context.flow, source["source_id"]) if not is_refund(row)]
        against = list(reversed_periods(context.flow.rows("settlement_bills", source["source_id"])))
        found = [*against, *unexplained(_breaks(context.flow, rows), against)]
        breaks = [one for one in found if billed_month(one.later) in context.months]
        fields = _fields(context, source)
        by_month: dict[str, list[Break]] = defaultdict(list)
        for one in breaks:
            by_month[billed_month(one.later)].append(one)
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
