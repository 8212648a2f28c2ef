"""Meter readings on their own inputs, and settled energy against the meter at the gate."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.bills import Settled, settled_bills
from verifierkit.bills.reading import turned_over
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result, check
from verifierkit.checks.bills import bill_rows, billed_month
from verifierkit.checks.statistics import (
    Comparison,
    Trial,
    joint_uncertainty,
    judge,
    same_dimension,
    six_digits,
)
from verifierkit.checks.windows import Metered, Window, apart, join, merge_windows, metered_over
from verifierkit.columns import Row, select
from verifierkit.constants import POWERS_OF_TEN
from verifierkit.flowmap import FlowMap
from verifierkit.joint.contrast import Term, Uncertainty
from verifierkit.joint.settings import Settings
from verifierkit.joint.sources import Period
from verifierkit.periods import midnight, month_of
from verifierkit.series import Interval, Series, months_from
from verifierkit.units import convert

ZERO = Decimal(0)
OUT, IN = "exchange_out", "exchange_in"
ORDER = {OUT: 0, IN: 1}
METERED_RECORDS = ("meter_readings", "interval_values")


@dataclass(frozen=True)
class Fault:
    """Two readings of a register that cannot follow each other; ``message`` says why, ``month`` is the later one's."""

    month: str
    message: str
    before: Row | None
    after: Row


def month_closed(at: datetime) -> str:
    """The month that a reading closes: midnight of the first belongs to the month before."""
    return month_of((at - timedelta(microseconds=1)).date())


def faults(readings: Iterable[Row], digits: int | None) -> list[Fault]:
    """Readings of one register that fall without rollover, and meter exchanges of which one half is missing.

    A fall is a rollover where the difference modulo 10^digits is at most half the register.
    """
    rows = sorted(
        (row for row in readings if row["read_at"] and row["reading"] is not None),
        key=lambda row: (row["read_at"], ORDER.get(row["state"], -1)),
    )
    found = []
    for before, after in itertools.pairwise([None, *rows]):
        message = _fault(before, after, digits) if after is not None else ""
        if after is not None and message:
            found.append(Fault(month_closed(after["read_at"]), message, before, after))
    if rows and rows[-1]["state"] == OUT:
        found.append(Fault(month_closed(rows[-1]["read_at"]), "meter.registers.exchange_in", None, rows[-1]))
    return found


def _fault(before: Row | None, after: Row, digits: int | None) -> str:
    if after["state"] == IN:
        return "" if before is not None and before["state"] == OUT else "meter.registers.exchange_out"
    if before is None:
        return ""
    if before["state"] == OUT:
        return "meter.registers.exchange_in"
    if after["reading"] >= before["reading"]:
        return ""
    if digits is None:
        return "meter.registers.digits"
    return "" if turned_over(before["reading"], after["reading"], digits) else "meter.registers"


@check("meter.registers")
def registers(context: Context) -> Iterator[Result]:
    """Readings of a register rise, roll over once at most, and every exchange has both its readings."""
    flow = context.flow
    for instrument_id, instrument in flow.instruments.items():
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in select(flow.tables["meter_readings"], instrument_id=instrument_id):
            groups[row["register"] or ""].append(row)
        if groups:
            found = [
                fault for _, rows in sorted(groups.items()) for fault in faults(rows, instrument["register_digits"])
            ]
            read = {month_closed(row["read_at"]) for rows in groups.values() for row in rows if row["read_at"]}
            yield from _register_results(context, _meter_fields(flow, instrument_id), found, read)


def _register_results(
    context: Context, fields: dict[str, Any], found: Sequence[Fault], read: set[str]
) -> Iterator[Result]:
    by_month: dict[str, list[Fault]] = defaultdict(list)
    for fault in found:
        if fault.month in context.months:
            by_month[fault.month].append(fault)
    for month, group in sorted(by_month.items()):
        rows = [row for fault in group for row in (fault.before, fault.after) if row is not None]
        yield Result(
            "meter.registers",
            NOT_SATISFIED,
            months=(month,),
            observed=group[0].after["reading"],
            expected=group[0].before["reading"] if group[0].before else None,
            message=group[0].message,
            detail={"read_at": group[0].after["read_at"].isoformat(sep=" ", timespec="minutes")},
            places=tuple(dict.fromkeys(row.cell("reading") for row in rows)),
            **fields,
        )
    good = sorted(read & set(context.months) - set(by_month))
    if good:
        yield Result("meter.registers", SATISFIED, months=tuple(good), **fields)


def _meter_fields(flow: FlowMap, instrument_id: str) -> dict[str, Any]:
    own = [source for source in flow.sources.values() if source["instrument_id"] == instrument_id]
    readings = [source for source in own if source["records"] == "meter_readings"] or own
    if not readings:
        return {"facility": "", "stream": "", "source": instrument_id}
    return _source_fields(flow, readings[0])


def _source_fields(flow: FlowMap, source: Row) -> dict[str, Any]:
    stream = flow.streams.get(source["stream_id"])
    return {
        "facility": (stream["facility_id"] or "") if stream else "",
        "stream": source["stream_id"] or "",
        "source": source["source_id"],
        "parameter": (source["parameter"] or stream["parameter"] or "") if stream else "",
        "item": (stream["item"] or "") if stream else "",
    }


@check("settlement.meter")
def settlement(context: Context) -> Iterator[Result]:
    """Settled energy agrees with the gate meter's own readings over bills, months and the year."""
    flow = context.flow
    trials: list[Trial] = []
    for source in flow.sources.values():
        if source["records"] != "settlement_bills" or source["stream_id"] not in flow.streams:
            continue
        fields = {**_source_fields(flow, source), "unit": flow.streams[source["stream_id"]]["unit"]}
        reason, meter = gate_meter(flow, source)
        if meter is None:
            months = tuple(context.months)
            yield Result("settlement.meter", NOT_EVALUATED, months=months, message=reason, **fields)
        else:
            trials.append(settlement_trial(context, source, meter, fields))
    yield from judge(context, "settlement.meter", trials)


def gate_meter(flow: FlowMap, bills: Row) -> tuple[str, Row | None]:
    """The readings source of the bills' stream that was recorded apart from the bills, else why there is none.

    The same meter read twice, by the grid company and by the plant, is two records; its bias cancels.
    """
    readings = [row for row in flow.sources_of(bills["stream_id"]) if row["records"] in METERED_RECORDS]
    if not readings:
        return "settlement.meter.no_meter", None
    for row in readings:
        if (
            flow.stated(row["source_id"])
            and flow.stated(bills["source_id"])
            and flow.root(row["source_id"]) is not flow.root(bills["source_id"])
        ):
            return "", row
    return "settlement.meter.dependent", None


def bill_windows(flow: FlowMap, source: Row, unit: str) -> tuple[list[Window], Decimal]:
    """Billing periods of a source as windows, and what refunds without a period of their own settle, in a unit."""
    bills = settled_bills(flow.rows("settlement_bills", source["source_id"]))
    windows = [window for bill in bills if not bill.refund and (window := _window(bill, unit)) is not None]
    refunds = sum((convert(bill.value, "kWh", unit) for bill in bills if bill.refund and bill.value is not None), ZERO)
    return windows, refunds


def _window(bill: Settled, unit: str) -> Window | None:
    """A billing period; None where the bill does not say what passed the meter."""
    if bill.passed is None:
        return None
    return Window(
        midnight(bill.start),
        midnight(bill.end),
        convert(bill.passed + bill.adjustment, "kWh", unit),
        convert(bill.passed, "kWh", unit),
        (month_of(bill.end - timedelta(days=1)),),
        bill.places,
        bill.estimated,
    )


def passed_series(flow: FlowMap, source: Row) -> Series:
    """Monthly series of a source as it flowed; of bills what passed the meter, which is not all that they settle.

    Losses, refunds and credits are settled and do not flow. An estimated bill counts together with the bill after it.
    """
    series = flow.series(source["source_id"])
    if source["records"] != "settlement_bills" or not same_dimension(series.unit, "kWh"):
        return series
    windows = merge_windows(bill_windows(flow, source, series.unit)[0], ())
    flowed = [Interval(one.start, one.end, one.passed, one.places) for one in windows if not one.estimated]
    return Series(series.source_id, series.unit, months_from(flowed, flow.months), flowed)


def settlement_trial(context: Context, bills: Row, meter: Row, fields: dict[str, Any]) -> Trial:
    """Comparisons of settled with metered energy over the windows that the readings cover, and over all of them."""
    windows, refunds = bill_windows(context.flow, bills, fields["unit"])
    windows = [window for window in windows if set(window.months) & set(context.months)]
    pairing = Pairing(context.uncertainty, bills, meter)
    compared = [window for window in merge_windows(windows, pairing.readings) if pairing.covers(window)]
    missing = tuple(month for month in _months_of(windows) if month not in _months_of(compared))
    months = [pairing.compare([window]) for window in compared]
    added = apart(compared)
    whole = pairing.compare(added, settled=join(added).settled + refunds) if len(added) > 1 else None
    return Trial(fields, months, whole, missing, "settlement.meter.cover")


def _months_of(windows: Iterable[Window]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(month for window in windows for month in window.months))


@dataclass(frozen=True)
class Pairing:
    """The bills of a source beside the readings of a meter."""

    uncertainty: Uncertainty
    bills: Row
    meter: Row

    @property
    def readings(self) -> list[Interval]:
        """Energy between the readings of the meter."""
        return self.uncertainty.flow.series(self.meter["source_id"]).intervals

    def covers(self, window: Window) -> bool:
        """Whether a window is no estimate and lies between readings."""
        return not window.estimated and metered_over([window], self.readings) is not None

    def compare(self, windows: Sequence[Window], *, settled: Decimal | None = None) -> Comparison:
        """Settled against metered energy over some windows; ``settled`` defaults to what passed the meter."""
        metered = metered_over(windows, self.readings) or Metered(ZERO, ZERO, ())
        joined = join(windows)
        amount = joined.passed if settled is None else settled
        uncertainty = joint_uncertainty(self._terms(windows, metered))
        ratio = amount / metered.value if metered.value else None
        share = abs(uncertainty / metered.value) if metered.value else ZERO
        return Comparison(
            joined.months,
            amount,
            metered.value,
            uncertainty,
            places=(*joined.places, *metered.places),
            hint=factor_hint(self.uncertainty.settings, ratio, share)
            or _multiplier_hint(self.uncertainty.flow, self.bills, joined.months),
            detail={"meter": self.meter["source_id"], "ratio": str(six_digits(ratio)) if ratio is not None else "-"},
        )

    def _terms(self, windows: Sequence[Window], metered: Metered) -> list[Term]:
        """What passed both meters in each window, and the division of readings by time."""
        alone = [metered_over([window], self.readings) for window in windows]
        settled = [Period(window.start, window.end, float(window.passed)) for window in windows]
        read = [Period(w.start, w.end, float(m.value) if m else 0.0) for w, m in zip(windows, alone, strict=True)]
        terms = self.uncertainty.amounts(self.bills["source_id"], settled, [1] * len(settled))
        terms += self.uncertainty.amounts(self.meter["source_id"], read, [-1] * len(read))
        return [*terms, self.uncertainty.split(float(metered.split))]


def factor_hint(settings: Settings, ratio: Decimal | None, share: Decimal) -> str:
    """Message id where a ratio is a power of ten or a step of transformer ratings within twice its uncertainty."""
    if ratio is None or ratio <= 0:
        return ""
    size = max(ratio, 1 / ratio)
    steps = [Decimal(repr(value)) for name, value in settings.limits.items() if name.startswith("factor_")]
    for message, factors in (("hint.factor", POWERS_OF_TEN), ("hint.transformer_step", steps)):
        if any(abs(size / factor - 1) <= 2 * share for factor in factors):
            return message
    return ""


def _multiplier_hint(flow: FlowMap, bills: Row, months: Sequence[str]) -> str:
    """Message id where a bill prints another multiplier than its meter has."""
    for row in bill_rows(flow, bills["source_id"]):
        meter = flow.instruments.get(row["instrument_id"] or bills["instrument_id"] or "")
        known = meter["multiplier"] if meter else None
        if billed_month(row) in months and None not in (known, row["multiplier"]) and known != row["multiplier"]:
            return "hint.multiplier"
    return ""
