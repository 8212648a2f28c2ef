"""Interval readings to billing periods and months: what is known of each, what is missing, and what that could be.

A reading [start, end) belongs to the period that holds it whole. One that crosses a cut belongs to neither: both sides
then have an interval for their share. Rows that stand twice count once. Nothing is filled and nothing is split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from verifierkit.errors import UsageError
from verifierkit.intervals import engine
from verifierkit.intervals.clock import zone_of
from verifierkit.intervals.gaps import CUT, REPEAT, UTC, Bound, Gap, HourRange, added, bounds
from verifierkit.intervals.limits import QualityLimits, stated
from verifierkit.intervals.readings import QUANTUM_KWH
from verifierkit.periods import month_bounds, months_of

EPOCH = datetime(1970, 1, 1)
BEGINNING, ENDING = -(2**60), 2**60  # before and after any reading [us since 1970]
QUARTER = 900_000_000  # a quarter of an hour [us]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Period:
    """A period [start, end) of a meter in UTC without zone, under a name of its own: a month, a bill number."""

    meter: str
    name: str
    start: datetime
    end: datetime

    @classmethod
    def of_days(cls, meter: str, name: str, start: date, end: date, *, zone: str) -> Period:
        """A period of whole local days [start, end)."""
        return cls(meter, name, utc_midnight(start, zone), utc_midnight(end, zone))


@dataclass(frozen=True)
class PeriodSum:
    """What the readings say of one period.

    Attributes
    ----------
    value
        Energy [kWh] where readings cover the period whole, else None.
    known
        Energy of the readings that lie in it [kWh].
    low, high
        Interval of the energy with all that is missing, cut or doubtful; equal to ``value`` where that is known. ``high``
        is None where nothing limits it.
    rows
        Readings in the period.
    gaps
        Time without readings, each with its bound.
    cut
        File rows of readings across an edge of the period, each with its bound.
    repeated, overlapping
        File rows that stand twice (counted once, with both values in the interval where they differ), and rows that
        overlap another reading; a period with the latter has no value and its interval does not tell them apart.
    """

    period: Period
    value: Decimal | None
    known: Decimal
    low: Decimal
    high: Decimal | None
    rows: int
    gaps: tuple[tuple[Gap, Bound], ...] = ()
    cut: tuple[tuple[int, Bound], ...] = ()
    repeated: tuple[int, ...] = ()
    overlapping: tuple[int, ...] = ()

    @property
    def missing_hours(self) -> Decimal:
        """Time without readings [h]."""
        return sum((gap.hours for gap, _ in self.gaps), ZERO)

    @property
    def bases(self) -> tuple[str, ...]:
        """What the interval rests on, each basis once."""
        return tuple(dict.fromkeys(bound.basis for _, bound in (*self.gaps, *self.cut)))


def utc_midnight(day: date, zone: str) -> datetime:
    """The moment at which a local day begins, in UTC without zone."""
    return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC).replace(tzinfo=None)


def months(meter: str, year: int, *, zone: str) -> list[Period]:
    """The months of a year as periods of a meter."""
    found = ((month, *month_bounds(month)) for month in months_of(year))
    return [Period.of_days(meter, month, start, end, zone=zone) for month, start, end in found]


def to_periods(
    readings: pd.DataFrame,
    periods: Sequence[Period],
    *,
    zone: str,
    capacity_kw: Mapping[str, Decimal] | None = None,
    one_way: bool = True,
    limits: QualityLimits | None = None,
) -> list[PeriodSum]:
    """Add up readings over periods.

    Parameters
    ----------
    readings
        Frame of :func:`verifierkit.intervals.readings_frame`: meter, start, end (UTC), value [10^-6 kWh], row.
    periods
        Periods of the meters, in any order; those of one meter may overlap.
    zone
        Time zone of the hours of the day that bound a gap.
    capacity_kw
        Largest power by meter [kW], where the case states it.
    one_way
        Whether energy flows one way only: a reading across a cut is then at least 0 on both sides.
    limits
        Limits of what bounds a gap; None for those of the pack of settlement cases.

    Returns
    -------
    list of PeriodSum
        In the order of ``periods``.

    Raises
    ------
    UsageError
        If a period ends before it starts, or a reading does.
    """
    wrong = next((period for period in periods if period.end <= period.start), None)
    if wrong is not None:
        raise UsageError(f"period {wrong.name}: expected an end after its start, found {wrong.start} to {wrong.end}")
    backwards = np.flatnonzero((readings["end"] <= readings["start"]).to_numpy())
    if len(backwards):
        row = int(readings["row"].to_numpy()[backwards[0]])
        raise UsageError(f"interval readings: row {row} ends before it starts")
    data = engine.microseconds(readings)
    sums: dict[int, PeriodSum] = {}
    fewest = (limits or stated()).fewest_days
    scale = _Ranges(data, zone, capacity_kw or {}, (period.meter for period in periods), fewest)
    for layer in _layers(periods):
        sums |= _layer(data, periods, layer, scale, one_way=one_way)
    return [sums[number] for number in range(len(periods))]


def _layers(periods: Sequence[Period]) -> list[list[int]]:
    """Numbers of the periods in as few sets as needed so that those of one meter do not overlap within a set."""
    ends: list[dict[str, datetime]] = []
    layers: list[list[int]] = []
    for number in sorted(range(len(periods)), key=lambda one: (periods[one].start, periods[one].end)):
        period = periods[number]
        free = next((at for at, last in enumerate(ends) if last.get(period.meter, period.start) <= period.start), None)
        if free is None:
            ends.append({})
            layers.append([])
            free = len(layers) - 1
        ends[free][period.meter] = period.end
        layers[free].append(number)
    return layers


class _Ranges:
    """Observed power by hour of the day of all meters that the periods name, made when the first gap asks for it."""

    def __init__(
        self, data: pd.DataFrame, zone: str, capacity_kw: Mapping[str, Decimal], meters: Iterable[str], fewest: int
    ) -> None:
        self.data, self.zone, self.capacity_kw, self.meters = data, zone, capacity_kw, sorted(set(meters))
        self.fewest = fewest
        self.by_meter: dict[str, dict[int, HourRange]] | None = None

    def bound(self, gap: Gap) -> Bound:
        """What a gap could hide."""
        if self.by_meter is None:
            self.by_meter = self._observed()
        capacity = self.capacity_kw.get(gap.meter)
        ranges = self.by_meter.get(gap.meter, {})
        return bounds(gap, ranges, zone=self.zone, capacity_kw=capacity, fewest_days=self.fewest)

    def _observed(self) -> dict[str, dict[int, HourRange]]:
        found: dict[str, dict[int, HourRange]] = defaultdict(dict)
        if self.data.empty:
            return found
        first, last = (int(self.data["s"].to_numpy().min()) // QUARTER, int(self.data["s"].to_numpy().max()) // QUARTER)
        number = np.arange(first, last + 1)
        local = pd.DatetimeIndex((number * QUARTER).astype("datetime64[us]"), tz="UTC").tz_convert(zone_of(self.zone))
        days = local.day_of_year + 1000 * local.year
        quarters = pd.DataFrame({"quarter": number, "hour": local.hour, "day": days})
        for row in engine.power_by_hour(self.data, quarters, self.meters):
            found[str(row["meter"])][int(row["hour"])] = HourRange(_kw(row["low"]), _kw(row["high"]), int(row["days"]))
        return found


def _kw(quanta_per_hour: float) -> Decimal:
    return Decimal(f"{quanta_per_hour:.6g}") * QUANTUM_KWH


def _moment(microsecond: int) -> datetime:
    return EPOCH + timedelta(microseconds=microsecond)


def _kwh(quanta: Any) -> Decimal:
    return Decimal(int(quanta)) * QUANTUM_KWH


def _layer(
    data: pd.DataFrame, periods: Sequence[Period], layer: Sequence[int], scale: _Ranges, *, one_way: bool
) -> dict[int, PeriodSum]:
    """Sums of periods that do not overlap."""
    found = engine.add_up(data, _cuts(periods, layer))
    by_meter: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        by_meter[str(row["meter"])].append(row)
    sums = {row["period"]: row for row in found if row["period"] != engine.NOWHERE}
    seen = {meter: _Seen(meter, rows) for meter, rows in by_meter.items()}
    return {
        number: _sum(periods[number], sums.get(number), seen.get(periods[number].meter), scale, one_way=one_way)
        for number in layer
    }


def _cuts(periods: Sequence[Period], layer: Sequence[int]) -> pd.DataFrame:
    """The periods of a set and the time before, between and after them, which stands under an id of its own."""
    rows: list[tuple[str, int, int, int]] = []
    last: dict[str, int] = {}
    for number in layer:  # in the order of time
        period = periods[number]
        start, end = ((moment - EPOCH) // timedelta(microseconds=1) for moment in (period.start, period.end))
        before = last.get(period.meter, BEGINNING)
        if before < start:
            rows.append((period.meter, before, start, engine.NOWHERE))
        rows.append((period.meter, start, end, number))
        last[period.meter] = end
    rows += [(meter, end, ENDING, engine.NOWHERE) for meter, end in last.items()]
    return pd.DataFrame(rows, columns=["meter", "s", "e", "id"])


class _Seen:
    """The gaps of a meter between its first and last reading, and its readings across cuts, in order."""

    def __init__(self, meter: str, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        self.first, self.last = _moment(min(row["first"] for row in rows)), _moment(max(row["last"] for row in rows))
        events = sorted(
            (event for row in rows for event in row["events"] or ()), key=lambda event: (event["s"], event["n"])
        )
        jumps = [event for event in events if event["b"] is not None and event["s"] > event["b"]]
        self.gaps = [Gap(meter, _moment(event["b"]), _moment(event["s"])) for event in jumps]
        self.across = [event for event in events if event["across"] and not event["twice"]]


def _sum(period: Period, row: dict[str, Any] | None, seen: _Seen | None, scale: _Ranges, *, one_way: bool) -> PeriodSum:
    gaps = [(gap, scale.bound(gap)) for gap in _gaps(period, seen)]
    cut = [(int(event["n"]), _share(event, one_way=one_way)) for event in _crossing(period, seen)]
    events = (row["events"] or ()) if row else ()
    twice = sorted(int(event["n"]) for event in events if event["twice"])
    late = sorted(int(event["n"]) for event in events if event["late"] and not event["twice"])
    known = _kwh(row["energy"]) if row else ZERO
    doubt = [_either(event["c"]) for event in events if event["twice"] and not event["across"] and event["c"]]
    low, high = added([*(bound for _, bound in (*gaps, *cut)), *doubt])
    whole = not gaps and not cut and not late and not doubt
    return PeriodSum(
        period,
        known if whole else None,
        known,
        known + low,
        None if high is None else known + high,
        int(row["rows"]) if row else 0,
        tuple(gaps),
        tuple(cut),
        tuple(twice),
        tuple(late),
    )


def _gaps(period: Period, seen: _Seen | None) -> list[Gap]:
    """Time of a period without readings: before the first and after the last one too."""
    if seen is None or seen.last <= period.start or seen.first >= period.end:
        return [Gap(period.meter, period.start, period.end)]
    edges = [
        Gap(period.meter, period.start, max(period.start, seen.first)),
        Gap(period.meter, min(period.end, seen.last), period.end),
    ]
    parts = (gap.clipped(period.start, period.end) for gap in (edges[0], *seen.gaps, edges[1]))
    return [part for part in parts if part is not None]


def _crossing(period: Period, seen: _Seen | None) -> list[dict[str, Any]]:
    """Readings that lie partly inside a period."""
    if seen is None:
        return []
    return [
        event
        for event in seen.across
        if _moment(event["s"]) < period.end
        and _moment(event["e"]) > period.start
        and not (period.start <= _moment(event["s"]) and _moment(event["e"]) <= period.end)
    ]


def _either(change: Any) -> Bound:
    """What a row that stands twice with another value could add to the first one."""
    value = _kwh(change)
    return Bound(min(ZERO, value), max(ZERO, value), REPEAT)


def _share(event: Mapping[str, Any], *, one_way: bool) -> Bound:
    """What of a reading across a cut could lie on one side of it."""
    value = _kwh(event["v"])
    if not one_way:
        return Bound(-abs(value), abs(value), CUT)
    return Bound(min(ZERO, value), max(ZERO, value), CUT)
