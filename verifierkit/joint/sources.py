"""What each source says about its quantity, period by period, with its uncertainty as a list of parts.

Only records enter, each once: a ledger that derives from a daily log says nothing new. A month that the records do not
determine is absent; an estimated bill joins the bill after it. Nothing is filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot

from verifierkit.bills.settled import Settled, settled_bills
from verifierkit.columns import Row, select
from verifierkit.errors import Place
from verifierkit.flowmap import DOCUMENT_LISTS, FlowMap
from verifierkit.joint.constants import EXACT
from verifierkit.joint.settings import Settings, from_limit
from verifierkit.periods import midnight, month_instants
from verifierkit.reconcile.network import Part
from verifierkit.series import Interval, converted

METER = "electricity_meter"
NO_QUANTITY = {None, "documents", "pot_operation", "feed_over_ratio"}  # quoted, another quantity, or a relation
PRINTED = {"metered_printed"}  # metered energy of a bill without readings
REGISTERS = {"meter_readings", "settlement_bills"}  # differences of readings: an error of the hour enters two periods


@dataclass(frozen=True)
class Period:
    """What a source says about [start, end): its value and the cells behind it."""

    start: datetime
    end: datetime
    value: float
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Witness:
    """One independent record of a stream's quantity.

    Attributes
    ----------
    source, stream : ids.
    unit : unit of all its values.
    periods : what it says, in time order.
    kind : kind of its instrument, "other" where none is named.
    """

    source: str
    stream: str
    unit: str
    periods: tuple[Period, ...]
    kind: str = "other"
    instrument: str = ""
    registers: bool = False

    @property
    def largest(self) -> float:
        """Largest value by size."""
        return max((abs(period.value) for period in self.periods), default=0.0)


def witnesses(flow: FlowMap, stream_id: str) -> list[Witness]:
    """Independent records of a stream's own quantity, one per record, by rank of the source that leads to it."""
    found: dict[str, Witness] = {}
    sources = flow.sources_of(stream_id)
    stated = [source for source in sources if flow.stated(source["source_id"])]
    for source in stated or sources[:1]:
        root = flow.root(source["source_id"])
        if root["source_id"] in found or root["records"] in NO_QUANTITY or root["stream_id"] != stream_id:
            continue
        witness = _witness(flow, root)
        if witness.periods:
            found[root["source_id"]] = witness
    return list(found.values())


def _witness(flow: FlowMap, source: Row) -> Witness:
    source_id = source["source_id"]
    series = flow.series(source_id)
    records = source["records"]
    if records == "settlement_bills":
        periods = bill_periods(flow, source_id, series.unit)
    elif series.intervals:
        periods = [_period(part) for part in series.intervals]
    else:
        periods = _monthly(flow, source, records in DOCUMENT_LISTS)
    return witness_of(flow, source_id, series.unit, periods)


def witness_of(flow: FlowMap, source_id: str, unit: str, periods: Sequence[Period]) -> Witness:
    """What a source says, by the record that it derives from and the instrument behind it."""
    root, instrument = flow.root(source_id), _instrument(flow, source_id)
    return Witness(
        root["source_id"],
        root["stream_id"],
        unit,
        tuple(periods),
        (instrument["kind"] or "other") if instrument else "other",
        instrument["instrument_id"] if instrument else "",
        root["records"] in REGISTERS,
    )


def _instrument(flow: FlowMap, source_id: str) -> Row | None:
    """Instrument behind a source; for bills without one, the first meter that they name."""
    bills = flow.rows("settlement_bills", flow.root(source_id)["source_id"])
    named = next((row["instrument_id"] for row in bills if row["instrument_id"]), None)
    return flow.instrument_of(source_id) or (flow.instruments.get(named) if named else None)


def _period(part: Interval) -> Period:
    return Period(part.start, part.end, float(part.value), part.places)


def _monthly(flow: FlowMap, source: Row, is_list: bool) -> list[Period]:
    series, found = flow.series(source["source_id"]), []
    for month in flow.months:
        amount = series.months.get(month)
        if amount is None and not (is_list and series.months):
            continue
        start, end = month_instants(month)
        found.append(Period(start, end, float(amount.value) if amount else 0.0, amount.places if amount else ()))
    return found


def bill_periods(flow: FlowMap, source_id: str, unit: str) -> list[Period]:
    """What passed the meter in each billing period: without losses charged and corrections of other periods.

    Estimated bills join the next bill that rests on a reading; refunds without a period of their own stay out.
    """
    waiting: Period | None = None
    found = []
    for bill in settled_bills(flow.rows("settlement_bills", source_id)):
        period = None if bill.refund else _bill(bill, unit)
        if period is None:
            waiting = None if not bill.refund else waiting
            continue
        if waiting is not None and waiting.end == period.start:
            period = Period(waiting.start, period.end, waiting.value + period.value, waiting.places + period.places)
        waiting = period if bill.estimated else None
        if waiting is None:
            found.append(period)
    return _without_overlap(found)


def _bill(bill: Settled, unit: str) -> Period | None:
    """What passed the meter; None where the bill does not say, or prints nothing that a reading bears out."""
    value = converted(bill.passed, "kWh", unit)
    read = any(step.rule == "metered" and step.value is not None for step in bill.steps)
    if value is None or not (value or read or any(step.value for step in bill.steps if step.rule in PRINTED)):
        return None
    return Period(midnight(bill.start), midnight(bill.end), float(value), bill.places)


def _without_overlap(periods: Sequence[Period]) -> list[Period]:
    """Periods that no other one overlaps: which of two overlapping ones is right is not known here."""
    clash: set[int] = set()
    latest = 0
    for index, period in enumerate(periods):
        if period.start < periods[latest].end and index:
            clash |= {latest, index}
        latest = index if period.end > periods[latest].end else latest
    return [period for index, period in enumerate(periods) if index not in clash]


def parts(flow: FlowMap, witness: Witness, period: Period, settings: Settings) -> tuple[Part, ...]:
    """Uncertainty of one value of a witness, by what causes it.

    Notes
    -----
    ``instrument``: its class limit, constant between calibrations. ``shared``: current and voltage transformers.
    ``period``: cut-off, load, zero. ``instant``: the hour of the reading, with opposite signs in adjacent periods.
    """
    size, share = abs(period.value), settings.number("honest_share")
    floor = settings.number("resolution") * witness.largest
    found = [Part("period", max(hypot(size * settings.period(witness.kind), floor), tiny(witness)))]
    instrument = flow.instruments.get(witness.instrument)
    limit = instrument["accuracy_fraction"] if instrument else None
    limit_value = float(limit) if limit is not None else settings.number("accuracy_unknown")
    group = calibration_epoch(flow, witness.instrument, period.start) if witness.instrument else witness.source
    found.append(Part("instrument", size * share * from_limit(limit_value), group))
    if witness.kind == METER:
        place = transformers_of(flow, witness.instrument)
        found.append(Part("shared", size * share * settings.spread("transformers"), place))
        found += _instants(witness, period, settings)
    return tuple(part for part in found if part.sd > 0)


def tiny(witness: Witness) -> float:
    """The least spread that a value may have beside others of its source, so that none counts as exact."""
    return EXACT * witness.largest or EXACT


def _instants(witness: Witness, period: Period, settings: Settings) -> Iterator[Part]:
    hours = (period.end - period.start) / timedelta(hours=1)
    sd = abs(period.value) / hours * settings.spread("instant_hours") if hours > 0 else 0.0
    yield Part("instant", sd, f"{witness.source} {period.start:%Y-%m-%d %H:%M}", -1)
    yield Part("instant", sd, f"{witness.source} {period.end:%Y-%m-%d %H:%M}", 1)


def calibration_epoch(flow: FlowMap, instrument: str, start: datetime) -> str:
    """Name of the span between two calibrations of an instrument: within it its error is constant."""
    days = [row["calibrated_on"] for row in select(flow.tables["calibrations"], instrument_id=instrument)]
    done = sorted(day for day in days if day is not None and day <= start.date())
    return f"{instrument} {done[-1]}" if done else instrument


def transformers_of(flow: FlowMap, instrument: str) -> str:
    """Name of the transformers of a meter: meters at one place with registered transformers share them."""
    row = flow.instruments.get(instrument)
    place = row["place"] if row else None
    kinds = {"current_transformer", "voltage_transformer"}
    shared = any(other["kind"] in kinds and other["place"] == place for other in flow.instruments.values())
    return f"transformers at {place}" if place and shared else f"transformers of {instrument}"
