"""Rows of the table ``interval_values`` as readings, and what they say of the days and months of a year."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from verifierkit.columns import Row
from verifierkit.errors import Place
from verifierkit.intervals.aggregate import Period, PeriodSum, months, to_periods
from verifierkit.intervals.clock import MISDATED, START, Mark, localise, misdated_midnights, runs_of_length, zone_of
from verifierkit.intervals.limits import QualityLimits
from verifierkit.intervals.quality import Span, quality
from verifierkit.intervals.readings import LARGEST_KWH, QUANTUM_KWH, readings_frame

Moments = np.ndarray[Any, Any]
ONE = Decimal(1)
DAY = timedelta(days=1)
MINUTE = np.timedelta64(1, "m")
NO_TIME, HOUR = np.timedelta64(0, "us"), np.timedelta64(1, "h")
BACKWARDS, TOO_LARGE, ROUNDED, ESTIMATED = "backwards", "too_large", "rounded", "estimated"


@dataclass(frozen=True)
class Step:
    """Readings from a row on whose stamps lie ``apart`` minutes apart, but that are read as ``read`` minutes long."""

    row: int
    apart: int
    read: int


@dataclass(frozen=True)
class DaySum:
    """Energy [kWh] of a local day that readings cover whole, with its first and last cell."""

    day: date
    value: Decimal
    places: tuple[Place, ...]


class IntervalRecords:
    """The interval values of one source.

    Parameters
    ----------
    rows
        Rows of ``interval_values`` in the order of their file; those without a value leave a gap.
    zone
        Time zone of rows that name none, and of the days and months.
    limits
        Limits of the tests and of what bounds a gap; None for those of the pack of settlement cases.

    Notes
    -----
    A row that ends before it starts, or that is too large for any meter, counts for nothing and is marked; energy is
    held in whole 10^-6 kWh, and a row with more decimals is rounded to them and marked.
    """

    def __init__(self, rows: Sequence[Row], *, zone: str, limits: QualityLimits | None = None) -> None:
        self.rows, self.zone, self.limits = list(rows), zone, limits
        self.marks: list[Mark] = []
        self.frame = self._frame()

    def _frame(self) -> pd.DataFrame:
        groups: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            if row["value_kwh"] is None or row["start"] is None or row["end"] is None:
                continue
            if abs(row["value_kwh"]) > LARGEST_KWH:
                self._mark(TOO_LARGE, number, "value_kwh")
                continue
            groups[row["zone"] or self.zone].append(number)
            if row["value_kwh"] != row["value_kwh"].quantize(QUANTUM_KWH):
                self._mark(ROUNDED, number, "value_kwh")
            if row["estimated"]:
                self._mark(ESTIMATED, number, "estimated")
        frames = [self._of_zone(zone, numbers) for zone, numbers in sorted(groups.items())]
        empty = readings_frame(localise([], zone=self.zone, minutes=1), [])
        return pd.concat(frames, ignore_index=True) if frames else empty

    def _of_zone(self, zone: str, numbers: list[int]) -> pd.DataFrame:
        own = [self.rows[number] for number in numbers]
        start = np.array([row["start"] for row in own], dtype="datetime64[us]")
        end = np.array([row["end"] for row in own], dtype="datetime64[us]")
        length = _lengths(start, end, zone)
        for at in misdated_midnights(end, length):
            self._mark(MISDATED, numbers[at], "end")
        forward = length > NO_TIME
        for at in np.flatnonzero(~forward).tolist():
            self._mark(BACKWARDS, numbers[at], "end")
        numbers = [number for number, good in zip(numbers, forward, strict=True) if good]
        minutes = (length[forward] / MINUTE).astype("int64")
        clocked = localise(pd.Series(start[forward]), zone=zone, minutes=minutes, stamped=START)
        self.marks += [Mark(mark.kind, numbers[mark.row], mark.stamp) for mark in clocked.marks]
        return readings_frame(clocked, [_held(self.rows[number]) for number in numbers], rows=numbers)

    def _mark(self, kind: str, row: int, column: str) -> None:
        self.marks.append(Mark(kind, row, str(self.rows[row][column])))

    def place(self, row: int, column: str = "value_kwh") -> Place:
        """The cell of a reading, or another cell of its row."""
        return self.rows[row].cell(column)

    def months(self, year: int) -> list[PeriodSum]:
        """What the readings say of each month of a year."""
        return to_periods(self.frame, months("", year, zone=self.zone), zone=self.zone, limits=self.limits)

    def days(self) -> list[DaySum]:
        """Local days that readings cover whole, from the first to the last one read."""
        if self.frame.empty:
            return []
        first, last = (self._local(moment).date() for moment in (self.frame["start"].min(), self.frame["end"].max()))
        days = [first + DAY * number for number in range((last - first).days + 1)]
        periods = [Period.of_days("", day.isoformat(), day, day + DAY, zone=self.zone) for day in days]
        found = to_periods(self.frame, periods, zone=self.zone)
        cells = self._cells()
        return [
            DaySum(day, one.value, cells.get(day, ()))
            for day, one in zip(days, found, strict=True)
            if one.value is not None
        ]

    def _local(self, moment: pd.Timestamp) -> datetime:
        local: datetime = moment.tz_localize("UTC").tz_convert(self.zone).tz_localize(None).to_pydatetime()
        return local

    def _cells(self) -> dict[date, tuple[Place, ...]]:
        """First and last cell of each local day."""
        local = pd.DatetimeIndex(self.frame["start"]).tz_localize("UTC").tz_convert(self.zone)
        rows = self.frame["row"].groupby(local.date).agg(["min", "max"])
        return {day: (self.place(int(low)), self.place(int(high))) for day, low, high in rows.itertuples()}

    def quality(self, *, digits: int | None = None, multiplier: Decimal = ONE) -> list[Span]:
        """Spans of readings that somebody should look at; the register's digits tell a rollover from a negative one."""
        return quality(self.frame, limits=self.limits, digits=digits, multiplier=float(multiplier))

    def steps(self) -> list[Step]:
        """Runs of readings that lie otherwise apart than they are long, over a day or more, in the order of time."""
        ordered = self.frame.sort_values(["start", "end", "row"], kind="stable")
        runs = runs_of_length(ordered["start"])
        found = []
        for (first, minutes), (last, _) in itertools.zip_longest(runs, runs[1:], fillvalue=(len(ordered) - 1, 0)):
            one = ordered.iloc[first + 1 if first else 0]
            read = int((one["end"] - one["start"]) / timedelta(minutes=1))
            if minutes > 0 and read != minutes and (last - first) * timedelta(minutes=minutes) >= DAY:
                found.append(Step(int(one["row"]), minutes, read))
        return found


def _held(row: Row) -> Decimal:
    """Energy of a row in whole 10^-6 kWh."""
    return Decimal(row["value_kwh"]).quantize(QUANTUM_KWH)


def _lengths(start: Moments, end: Moments, zone: str) -> Moments:
    """Length of each interval by its two local stamps; where clocks change in between, by the moments they stand for.

    The usual length decides: stamps may also have been worked out from each other without regard to the clock.
    """
    length = end - start
    if not len(length):
        return length
    usual = np.sort(length)[len(length) // 2]
    odd = np.flatnonzero((length != usual) & (np.abs(length - usual) == HOUR))
    region = zone_of(zone)
    for at in odd:
        stamps = pd.DatetimeIndex([start[at], end[at]])
        for summer in itertools.product((True, False), repeat=2):
            aware = stamps.tz_localize(region, ambiguous=np.array(summer), nonexistent="shift_forward")
            if (aware[1] - aware[0]).to_timedelta64() == usual:
                length[at] = usual
                break
    return length
