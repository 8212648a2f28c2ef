"""Series: what the records of one source say, month by month, each amount with the cells it came from.

One reader per records table. A value is never filled or corrected here; a month that the records do not
determine, or that holds a faulty value, is absent, and a document number that stands twice counts once.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from verifierkit.bills.reading import register_difference as register_difference
from verifierkit.bills.settled import counted_lines, import_lines, once
from verifierkit.columns import Row, select
from verifierkit.errors import Place, UsageError
from verifierkit.periods import midnight, month_instants, month_of
from verifierkit.units import convert, unit_name

if TYPE_CHECKING:
    from verifierkit.flowmap import FlowMap

ZERO = Decimal(0)
REVERSE = "reverse"
TARIFFS = ("sharp", "peak", "flat", "valley", "deep_valley")
ARRIVING = ("purchase", "transfer_in")  # kinds that count when they are received, not when they are sent


@dataclass(frozen=True)
class Amount:
    """A value [in the unit of its series] and the cells it was computed from."""

    value: Decimal
    places: tuple[Place, ...] = ()
    weight: Decimal = ZERO


@dataclass(frozen=True)
class Interval:
    """A quantity over the half-open interval [start, end) of local time."""

    start: datetime
    end: datetime
    value: Decimal
    places: tuple[Place, ...] = ()


@dataclass
class Series:
    """Monthly amounts of one source, in one unit; ``intervals`` keeps periods that are not months."""

    source_id: str
    unit: str
    months: dict[str, Amount] = field(default_factory=dict)
    intervals: list[Interval] = field(default_factory=list)


def _unit(flow: FlowMap, source: Row, fallback: str) -> str:
    """Unit of a source's series: the stream's for its own quantity, else the first unit that the records name."""
    stream = flow.streams.get(source["stream_id"])
    if stream is None or source["parameter"] not in (None, stream["parameter"]) or not declared(stream["unit"]):
        return fallback
    return str(stream["unit"])


def declared(unit: str | None) -> bool:
    """Whether a unit is declared."""
    try:
        return bool(unit_name(unit or ""))
    except UsageError:
        return False


def converted(value: Decimal | None, unit: str | None, wanted: str) -> Decimal | None:
    """A value in another unit; None where it is faulty or its unit does not convert. A value without unit stays."""
    if value is None or not unit:
        return value
    try:
        return convert(value, unit, wanted or unit)
    except UsageError:
        return None


def _first_unit(rows: Iterable[Row]) -> str:
    return next((str(row["unit"]) for row in rows if declared(row["unit"])), "")


def _sum_months(flow: FlowMap, source: Row, parts: Iterable[tuple[str, Decimal | None, Place]], unit: str) -> Series:
    grouped: dict[str, list[tuple[Decimal | None, Place]]] = defaultdict(list)
    for month, value, place in parts:
        if month in flow.months:
            grouped[month].append((value, place))
    months = {}
    for month, cells in sorted(grouped.items()):
        values = [value for value, _ in cells if value is not None]
        if len(values) == len(cells):
            months[month] = Amount(sum(values, ZERO), tuple(place for _, place in cells))
    return Series(source["source_id"], unit, months)


def _read_values(flow: FlowMap, source: Row, table: str, when: Callable[[Row], str | None]) -> Series:
    rows = [row for row in flow.rows(table, source["source_id"]) if when(row)]
    unit = _unit(flow, source, _first_unit(rows))
    seen: set[object] = set()
    parts = []
    for row in rows:
        stamp = row["month"] or row["day"]
        if stamp in seen:  # a second value for the same day is a defect of its own and is not added
            continue
        seen.add(stamp)
        parts.append((when(row) or "", converted(row["value"], row["unit"], unit), row.cell("value")))
    return _sum_months(flow, source, parts, unit)


def _monthly_values(flow: FlowMap, source: Row) -> Series:
    return _read_values(flow, source, "monthly_values", lambda row: row["month"])


def _daily_values(flow: FlowMap, source: Row) -> Series:
    return _read_values(flow, source, "daily_values", lambda row: month_of(row["day"]) if row["day"] else None)


def _once(rows: Sequence[Row], column: str) -> Iterator[Row]:
    """Rows with each document number once: a number that stands twice is a finding and counts once."""
    seen: set[object] = set()
    for row in rows:
        if row[column] not in seen:
            seen.add(row[column])
            yield row


def _transactions(flow: FlowMap, source: Row) -> Series:
    rows = _once(flow.rows("transactions", source["source_id"]), "doc_no")
    dated = ((row, row["received_on"] or (None if row["kind"] in ARRIVING else row["dispatched_on"])) for row in rows)
    parts = [(month_of(day), row["weighed_t"], row.cell("weighed_t")) for row, day in dated if day is not None]
    return _sum_months(flow, source, parts, _unit(flow, source, "t"))


def _tickets(flow: FlowMap, source: Row) -> Series:
    rows = _once(flow.rows("tickets", source["source_id"]), "ticket_no")
    parts = [(month_of(row["weighed_on"]), row["net_t"], row.cell("net_t")) for row in rows if row["weighed_on"]]
    return _sum_months(flow, source, parts, _unit(flow, source, "t"))


def _column(table: str, column: str) -> Callable[[FlowMap, Row], Series]:
    def read(flow: FlowMap, source: Row) -> Series:
        rows = flow.rows(table, source["source_id"])
        parts = [(row["month"], row[column], row.cell(column)) for row in rows if row["month"]]
        return _sum_months(flow, source, parts, _unit(flow, source, "t"))

    return read


def _of_facility(table: str, column: str, unit: str) -> Callable[[FlowMap, Row], Series]:
    """Reader of a table whose rows belong to the facility of the stream and not to a source."""

    def read(flow: FlowMap, source: Row) -> Series:
        rows = select(flow.tables[table], facility_id=flow.facility_of(source["stream_id"]))
        parts = [(row["month"], row[column], row.cell(column)) for row in rows if row["month"]]
        return _sum_months(flow, source, parts, unit)

    return read


def as_received(row: Row) -> Decimal | None:
    """Net calorific value of a coal analysis on the received basis [GJ/t]; None where it cannot be converted.

    Notes
    -----
    Dry basis: Q_ar = Q_d (1 - M_ar); air dried: Q_ar = Q_ad (1 - M_ar) / (1 - M_ad). The latent heat of the
    moisture difference is left out, as in the basis conversion that plants report.

    References
    ----------
    CHECKS.md PW1; GB/T 213 gives the full form.
    """
    value, basis = row["ncv_gj_per_t"], row["basis"]
    if value is None or basis in (None, "as_received"):
        return None if value is None else Decimal(value)
    total, inherent = row["total_moisture_fraction"], row["inherent_moisture_fraction"]
    if total is None or (basis == "air_dried" and (inherent is None or inherent == 1)):
        return None
    share = 1 - total if basis == "dry" else (1 - total) / (1 - inherent)
    return Decimal(value * share)


def weighted_mean(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Mean of (value, weight) pairs; equal weights where all weights are zero."""
    if not parts:
        return None
    weight = sum((part for _, part in parts), ZERO)
    if weight == 0:
        return sum((value for value, _ in parts), ZERO) / len(parts)
    return sum((value * part for value, part in parts), ZERO) / weight


Batch = tuple[str, Decimal | None, Decimal | None, Place]  # month, value, weight and cell of one analysis


def _mean_months(flow: FlowMap, source: Row, parts: Iterable[Batch], unit: str) -> Series:
    grouped: dict[str, list[Batch]] = defaultdict(list)
    for part in parts:
        if part[0] in flow.months:
            grouped[part[0]].append(part)
    months = {}
    for month, cells in sorted(grouped.items()):
        known = [(value, weight) for _, value, weight, _ in cells if value is not None and weight is not None]
        mean = weighted_mean(known) if len(known) == len(cells) else None
        if mean is not None:
            weight = sum((weight for _, weight in known), ZERO)
            months[month] = Amount(mean, tuple(place for _, _, _, place in cells), weight)
    return Series(source["source_id"], unit, months)


def _coal_analyses(flow: FlowMap, source: Row) -> Series:
    rows = _once(flow.rows("coal_analyses", source["source_id"]), "sample_no")
    parts = [
        (month_of(row["sampled_on"]), as_received(row), row["batch_t"], row.cell("ncv_gj_per_t"))
        for row in rows
        if row["sampled_on"]
    ]
    return _mean_months(flow, source, parts, "GJ/t")


def _lab_results(flow: FlowMap, source: Row) -> Series:
    rows = flow.rows("lab_results", source["source_id"])
    unit = _first_unit(rows)
    parts = [
        (
            month_of(row["sampled_on"]),
            converted(row["value"], row["unit"], unit),
            row["weight_t"] or ZERO,
            row.cell("value"),
        )
        for row in _once(rows, "sample_no")
        if row["sampled_on"]
    ]
    return _mean_months(flow, source, parts, unit)


def _feed_over_ratio(flow: FlowMap, source: Row) -> Series:
    """Clinker as kiln feed over the raw-meal ratio of the month [t]."""
    stream = flow.streams[source["stream_id"]]
    feed = feed_months(flow, stream["stream_id"])
    months: dict[str, Amount] = {}
    for row in select(flow.tables["raw_meal_ratios"], facility_id=stream["facility_id"]):
        amount = feed.get(row["month"])
        if amount and row["ratio"]:
            months[row["month"]] = Amount(amount.value / row["ratio"], (*amount.places, row.cell("ratio")))
    return Series(source["source_id"], _unit(flow, source, "t"), dict(sorted(months.items())))


def input_streams(text: str | None) -> list[str]:
    """Stream ids of a relation's cell ``input_streams``."""
    return [name.strip() for name in (text or "").split(";") if name.strip()]


def feed_months(flow: FlowMap, output_stream: str) -> dict[str, Amount]:
    """Feed of the streams that a ratio turns into another stream [t]; months that one of them lacks are absent."""
    relation = next(select(flow.tables["relations"], kind="ratio", output_stream=output_stream), None)
    feeds = [flow.best_series(name) for name in (input_streams(relation["input_streams"]) if relation else ())]
    months = {}
    for month in flow.months:
        known = [amount for feed in feeds if feed and (amount := feed.months.get(month))]
        if known and len(known) == len(feeds):
            places = tuple(place for amount in known for place in amount.places)
            months[month] = Amount(sum((amount.value for amount in known), ZERO), places)
    return months


def reading_intervals(flow: FlowMap, instrument_id: str, register: str = "total") -> list[Interval]:
    """Energy [kWh] between consecutive readings of one register; a meter exchange starts a new count."""
    instrument = flow.instruments.get(instrument_id)
    rows = select(flow.tables["meter_readings"], instrument_id=instrument_id, register=register)
    order = {"exchange_out": 0, "exchange_in": 1}
    ordered = sorted(
        (row for row in rows if row["read_at"] and row["reading"] is not None),
        key=lambda row: (row["read_at"], order.get(row["state"], -1)),
    )
    if instrument is not None and "multiplier" in instrument.faulty:
        return []  # counts of an unknown size are no energy
    multiplier = (instrument["multiplier"] if instrument else None) or Decimal(1)
    digits = instrument["register_digits"] if instrument else None
    return [
        Interval(
            before["read_at"],
            after["read_at"],
            register_difference(before["reading"], after["reading"], digits) * multiplier,
            (before.cell("reading"), after.cell("reading")),
        )
        for before, after in itertools.pairwise(ordered)
        if after["state"] != "exchange_in"
    ]


def months_from(intervals: Sequence[Interval], months: Sequence[str]) -> dict[str, Amount]:
    """Months that the intervals tile without overlap or gap, each with its sum; other months are absent."""
    found: dict[str, Amount] = {}
    for month in months:
        start, end = month_instants(month)
        inside = sorted((part for part in intervals if start <= part.start and part.end <= end), key=lambda p: p.start)
        cuts = [start, *(part.end for part in inside)]
        if inside and cuts[-1] == end and all(part.start == cut for part, cut in zip(inside, cuts, strict=False)):
            places = tuple(dict.fromkeys(place for part in inside for place in part.places))
            found[month] = Amount(sum((part.value for part in inside), ZERO), places)
    return found


def _from_intervals(flow: FlowMap, source: Row, intervals: list[Interval]) -> Series:
    unit = _unit(flow, source, "MWh")
    scaled = [
        Interval(part.start, part.end, value, part.places)
        for part in sorted(intervals, key=lambda part: part.start)
        if (value := converted(part.value, "kWh", unit)) is not None
    ]
    return Series(source["source_id"], unit, months_from(scaled, flow.months), scaled)


def meter_intervals(flow: FlowMap, instrument_id: str) -> list[Interval]:
    """Energy [kWh] of a meter between its readings: its total register, else the sum of its tariff registers.

    Between two readings that one of the registers in use lacks, the energy is not determined and stays out.
    """
    total = reading_intervals(flow, instrument_id)
    if total:
        return total
    registers = [found for name in TARIFFS if (found := reading_intervals(flow, instrument_id, name))]
    grouped: dict[tuple[datetime, datetime], list[Interval]] = defaultdict(list)
    for part in itertools.chain.from_iterable(registers):
        grouped[part.start, part.end].append(part)
    in_use = {period: sum(found[0].start < period[1] for found in registers) for period in grouped}
    return [_added(parts) for period, parts in sorted(grouped.items()) if len(parts) == in_use[period]]


def _added(parts: Sequence[Interval]) -> Interval:
    value = sum((part.value for part in parts), ZERO)
    return Interval(parts[0].start, parts[0].end, value, tuple(place for part in parts for place in part.places))


def _meter_readings(flow: FlowMap, source: Row) -> Series:
    return _from_intervals(flow, source, meter_intervals(flow, source["instrument_id"] or ""))


def bill_intervals(flow: FlowMap, source_id: str) -> list[Interval]:
    """Settled energy [kWh] per bill period over all meters; the registers of a meter are added, or its total counts.

    The reverse register is energy in the other direction: it counts only for a source that holds nothing else. A
    line that stands twice counts once, and a period with a faulty total is not determined.
    """
    grouped: dict[tuple[date, date], list[Row]] = defaultdict(list)
    for row in import_lines(once(flow.rows("settlement_bills", source_id))):
        grouped[row["period_start"], row["period_end"]].append(row)
    intervals = []
    for (first, last), rows in sorted(grouped.items()):
        split = counted_lines(rows)
        if all(row["total_kwh"] is not None for row in split):
            value = sum((row["total_kwh"] for row in split), ZERO)
            places = tuple(row.cell("total_kwh") for row in split)
            intervals.append(Interval(midnight(first), midnight(last + timedelta(days=1)), value, places))
    return intervals


def _interval_values(flow: FlowMap, source: Row) -> Series:
    """Days and months that interval values cover whole; DuckDB adds them up."""
    from verifierkit.intervals.rows import IntervalRecords  # slow to import, and few cases need it

    records = IntervalRecords(flow.rows("interval_values", source["source_id"]), zone=flow.zone)
    days = [
        Interval(midnight(one.day), midnight(one.day + timedelta(days=1)), one.value, one.places)
        for one in records.days()
    ]
    return _from_intervals(flow, source, days)


def _settlement_bills(flow: FlowMap, source: Row) -> Series:
    return _from_intervals(flow, source, bill_intervals(flow, source["source_id"]))


READERS: Mapping[str, Callable[[FlowMap, Row], Series]] = {
    "monthly_values": _monthly_values,
    "documents": _monthly_values,
    "daily_values": _daily_values,
    "transactions": _transactions,
    "tickets": _tickets,
    "coal_analyses": _coal_analyses,
    "lab_results": _lab_results,
    "deducted_materials": _column("deducted_materials", "dry_t"),
    "anodes": _column("anodes", "set_t"),
    "metal": _column("metal", "tapped_t"),
    "generation": _of_facility("generation", "supplied_mwh", "MWh"),
    "pot_operation": _of_facility("pot_operation", "cell_days", "d"),  # that current and efficiency multiply
    "feed_over_ratio": _feed_over_ratio,
    "meter_readings": _meter_readings,
    "interval_values": _interval_values,
    "settlement_bills": _settlement_bills,
}
