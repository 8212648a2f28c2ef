"""Rows of the table ``interval_values`` as readings, and what they say of the days and months of a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from verifierkit.columns import Row
from verifierkit.errors import Place
from verifierkit.intervals.aggregate import Period, PeriodSum, months, to_periods
from verifierkit.intervals.clock import START, Mark, localise
from verifierkit.intervals.quality import Span, quality
from verifierkit.intervals.readings import readings_frame

DAY = timedelta(days=1)
MINUTE = np.timedelta64(1, "m")


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
    """

    def __init__(self, rows: Sequence[Row], *, zone: str) -> None:
        self.rows, self.zone = list(rows), zone
        self.marks: list[Mark] = []
        self.frame = self._frame()

    def _frame(self) -> pd.DataFrame:
        groups: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            if row["value_kwh"] is not None and row["start"] is not None and row["end"] is not None:
                groups[row["zone"] or self.zone].append(number)
        frames = [self._of_zone(zone, numbers) for zone, numbers in sorted(groups.items())]
        empty = readings_frame(localise([], zone=self.zone, minutes=1), [])
        return pd.concat(frames, ignore_index=True) if frames else empty

    def _of_zone(self, zone: str, numbers: list[int]) -> pd.DataFrame:
        own = [self.rows[number] for number in numbers]
        start = np.array([row["start"] for row in own], dtype="datetime64[us]")
        end = np.array([row["end"] for row in own], dtype="datetime64[us]")
        clocked = localise(pd.Series(start), zone=zone, minutes=((end - start) / MINUTE).astype("int64"), stamped=START)
        self.marks += [Mark(mark.kind, numbers[mark.row], mark.stamp) for mark in clocked.marks]
        return readings_frame(clocked, [row["value_kwh"] for row in own], rows=numbers)

    def place(self, row: int) -> Place:
        """The cell of a reading."""
        return self.rows[row].cell("value_kwh")

    def months(self, year: int) -> list[PeriodSum]:
        """What the readings say of each month of a year."""
        return to_periods(self.frame, months("", year, zone=self.zone), zone=self.zone)

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

    def quality(self) -> list[Span]:
        """Spans of readings that somebody should look at."""
        return quality(self.frame)
