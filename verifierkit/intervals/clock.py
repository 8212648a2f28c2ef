"""From the stamps of a file to half-open intervals of one time scale (UTC).

A file stamps an interval with its start or its end, in local time, with or without zone. On the day on which clocks
go back an hour stands twice, on the day on which they go forward one is missing; some files stamp the midnight that
ends a day with that same day. Each of these is named with its row; a stamp is never moved unless the profile says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from verifierkit.errors import UsageError

START, END = "start", "end"
NEXT_DAY, SAME_DAY = "next_day", "same_day"
MIDNIGHT = time()
DAY = timedelta(days=1)
REPEATED, SKIPPED, MISDATED = "repeated_hour", "skipped_hour", "misdated_midnight"
Stamps = Sequence[Any] | pd.Series


@dataclass(frozen=True)
class Mark:
    """Something about one stamp that a person should know: kind, 0-based row, and the stamp as it stands."""

    kind: str
    row: int
    stamp: str


@dataclass(frozen=True)
class Clocked:
    """Intervals in UTC without zone: ``start`` and ``end`` in the order of the file, NaT where a stamp is no moment."""

    start: pd.DatetimeIndex
    end: pd.DatetimeIndex
    marks: tuple[Mark, ...]


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name such as ``Asia/Shanghai``.

    Raises
    ------
    UsageError
        If the name is not known.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"time_zone: expected a zone such as Asia/Shanghai, found {name!r}") from None


def localise(
    stamps: Stamps,
    *,
    zone: str,
    minutes: int | Sequence[int] | np.ndarray[Any, Any],
    stamped: str = END,
    midnight: str = NEXT_DAY,
    groups: Sequence[Any] | None = None,
) -> Clocked:
    """Half-open intervals of stamps.

    Parameters
    ----------
    stamps
        Local times without zone, or times with an offset, in the order of the file.
    zone
        Time zone of local stamps.
    minutes
        Length of the intervals [min]; one number, or one for each.
    stamped
        ``start`` or ``end``: which end of the interval the stamp names. A day's last interval that is stamped 24:00
        arrives here as 00:00 of the next day.
    midnight
        ``same_day`` where the file stamps the midnight that ends a day with that day: 00:00 of day d is then the end of
        d. The stamps concerned are marked.
    groups
        Meter of each stamp, so that the repeated hour is told for each meter.

    Returns
    -------
    Clocked
        The first of two equal stamps in the repeated hour is summer time, the second winter time. A stamp in the hour
        that does not exist has no interval. Both are marked.

    Raises
    ------
    UsageError
        If ``stamped`` or ``midnight`` is none of its words, or the zone is not known.
    """
    if stamped not in (START, END):
        raise UsageError(f"stamped: expected {START} or {END}, found {stamped!r}")
    if midnight not in (NEXT_DAY, SAME_DAY):
        raise UsageError(f"midnight: expected {NEXT_DAY} or {SAME_DAY}, found {midnight!r}")
    length = pd.to_timedelta(np.broadcast_to(np.asarray(minutes, dtype="int64"), len(stamps)), unit="min")
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Series(stamps).reset_index(drop=True)))
    marks: list[Mark] = []
    if moments.tz is not None:
        edge = moments.tz_convert("UTC").tz_localize(None)
        start = edge - length if stamped == END else edge
        return Clocked(start, start + length, ())
    if midnight == SAME_DAY:
        closing = (moments.time == MIDNIGHT) if stamped == END else np.zeros(len(moments), dtype=bool)
        marks += [Mark(MISDATED, int(row), str(moments[int(row)])) for row in np.flatnonzero(closing)]
        moments = pd.DatetimeIndex(np.where(closing, moments + DAY, moments))
    local = moments - length if stamped == END else moments
    start, more = _to_utc(local, zone, groups)
    return Clocked(start, start + length, tuple(sorted([*marks, *more], key=lambda mark: (mark.row, mark.kind))))


def _to_utc(local: pd.DatetimeIndex, zone: str, groups: Sequence[Any] | None) -> tuple[pd.DatetimeIndex, list[Mark]]:
    """Local starts in UTC; within the repeated hour the first of two equal stamps is summer time."""
    region = zone_of(zone)
    keys = pd.DataFrame({"local": local, "group": 0 if groups is None else list(groups)})
    first = keys.groupby(["group", "local"], sort=False, dropna=False).cumcount().to_numpy() == 0
    aware = local.tz_localize(region, ambiguous=first, nonexistent="NaT")
    given = np.asarray(local.notna())
    twice = np.asarray(local.tz_localize(region, ambiguous="NaT", nonexistent=DAY).isna()) & given & ~first
    skipped = np.asarray(aware.isna()) & given
    marks = [Mark(REPEATED, int(row), str(local[int(row)])) for row in np.flatnonzero(twice)]
    marks += [Mark(SKIPPED, int(row), str(local[int(row)])) for row in np.flatnonzero(skipped)]
    return aware.tz_convert("UTC").tz_localize(None), marks


def misdated_midnights(stamps: Stamps | np.ndarray[Any, Any], lengths: np.ndarray[Any, Any] | None = None) -> list[int]:
    """Rows whose stamp is the midnight of a day, although the row before them is of that same day: it ends that day.

    Parameters
    ----------
    stamps
        Local times in the order of the file.
    lengths
        Length of each interval, where known: the row before must then be the one that midnight follows.

    Returns
    -------
    list of int
        0-based rows. Nothing is moved: ``midnight: same_day`` in the import profile says that the file means it so.
    """
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Series(stamps).reset_index(drop=True)))
    midnight = np.asarray(moments.time == MIDNIGHT)
    day = moments.normalize()
    same = np.zeros(len(moments), dtype=bool)
    same[1:] = np.asarray((day[1:] == day[:-1]) & (moments[:-1] > moments[1:]))
    if lengths is not None:
        same[1:] &= np.asarray(moments[:-1] + pd.TimedeltaIndex(lengths[1:]) == moments[1:] + DAY)
    return [int(row) for row in np.flatnonzero(midnight & same)]


def runs_of_length(stamps: Stamps) -> list[tuple[int, int]]:
    """Runs of constant length of the intervals between stamps: (first row, minutes), where the length changes for good.

    A single longer step is a gap and starts no run; two equal steps in a row that differ from the run before do. So
    a meter that changes from 15 to 60 minutes gives two runs.
    """
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Series(stamps).reset_index(drop=True)))
    steps = (np.diff(moments.to_numpy()) / np.timedelta64(1, "m")).astype("int64")
    if not len(steps):
        return []
    runs = [(0, int(steps[0]))]
    for row in range(1, len(steps)):
        if steps[row] != runs[-1][1] and row + 1 < len(steps) and steps[row] == steps[row + 1] and steps[row] > 0:
            runs.append((row, int(steps[row])))
    return runs
