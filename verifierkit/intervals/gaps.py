"""What a gap could hide: an interval of energy with its basis. A gap is never filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from verifierkit.intervals.limits import stated

CAPACITY, SAME_HOUR, UNKNOWN, CUT = "capacity", "same_hour", "unknown", "cut_interval"
REPEAT = "repeated_rows"
HOUR = timedelta(hours=1)
STEP = Decimal("0.000001")
UTC = ZoneInfo("UTC")

WORDS: Mapping[str, Mapping[str, str]] = {
    CAPACITY: {"zh": "0 至表计（或变压器）容量乘时长", "en": "from 0 to the capacity of the meter or transformer times the hours"},
    SAME_HOUR: {
        "zh": "同一钟点在其他日期实测功率的最小值至最大值",
        "en": "from the lowest to the highest power read at the same hour of other days",
    },
    CUT: {"zh": "跨账期界线的读数：0 至该读数全部", "en": "a reading across the cut: from none to all of it"},
    REPEAT: {"zh": "重复行数值不同：取最小至最大", "en": "repeated rows that differ: from the least to the largest"},
    UNKNOWN: {"zh": "没有可依据的容量或观测，无上限", "en": "no capacity and too few readings: no upper limit"},
}  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """Time [start, end) in UTC without any reading of a meter."""

    meter: str
    start: datetime
    end: datetime

    @property
    def hours(self) -> Decimal:
        """Length [h]."""
        return Decimal(round((self.end - self.start).total_seconds())) / Decimal(3600)

    def clipped(self, start: datetime, end: datetime) -> Gap | None:
        """The part of the gap within [start, end), None where there is none."""
        first, last = max(self.start, start), min(self.end, end)
        return Gap(self.meter, first, last) if first < last else None


@dataclass(frozen=True)
class Bound:
    """Energy [kWh] that a gap could hide, from ``low`` to ``high``; ``high`` None where nothing limits it.

    ``basis`` is one of capacity, same_hour, cut_interval, repeated_rows, unknown; ``days`` are those it was observed on.
    """

    low: Decimal
    high: Decimal | None
    basis: str
    days: int = 0

    def words(self, language: str) -> str:
        """The basis in words."""
        return WORDS[self.basis][language]


@dataclass(frozen=True)
class HourRange:
    """Lowest and highest mean power [kW] of a meter at one hour of the local day, and the days that it was read."""

    low_kw: Decimal
    high_kw: Decimal
    days: int


def bounds(
    gap: Gap,
    ranges: Mapping[int, HourRange],
    *,
    zone: str,
    capacity_kw: Decimal | None = None,
    fewest_days: int | None = None,
) -> Bound:
    """Energy that a gap could hide.

    Parameters
    ----------
    gap
        The gap, in UTC.
    ranges
        Observed power by hour of the local day (0 to 23).
    zone
        Time zone of the hours.
    capacity_kw
        Largest power that meter and transformer pass [kW], where the case states it.
    fewest_days
        Days on which an hour must have been read; None for what the pack of settlement cases states.

    Notes
    -----
    With every hour of the gap read on so many days: sum over the hours of the gap of the observed range of that
    hour. Otherwise 0 to capacity, otherwise no upper limit. The observed range is no guarantee: a gap may hide what
    never happened in a read hour, which is why the basis is always told.
    """
    parts, least = hours_of(gap, zone), stated().fewest_days if fewest_days is None else fewest_days
    known = [(share, ranges[hour]) for hour, share in parts if hour in ranges and ranges[hour].days >= least]
    if parts and len(known) == len(parts):
        low = sum((share * one.low_kw for share, one in known), Decimal(0)).quantize(STEP, ROUND_FLOOR)
        high = sum((share * one.high_kw for share, one in known), Decimal(0)).quantize(STEP, ROUND_CEILING)
        return Bound(low, high, SAME_HOUR, min(one.days for _, one in known))
    if capacity_kw is not None:
        return Bound(Decimal(0), (capacity_kw * gap.hours).quantize(STEP, ROUND_CEILING), CAPACITY)
    return Bound(Decimal(0), None, UNKNOWN)


def hours_of(gap: Gap, zone: str) -> list[tuple[int, Decimal]]:
    """The local hours of the day that a gap touches, with the part of each [h], in order."""
    region, found = ZoneInfo(zone), []
    at = gap.start
    while at < gap.end:
        local = at.replace(tzinfo=UTC).astimezone(region)
        rest = HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        until = min(gap.end, at + rest)
        found.append((local.hour, Decimal(round((until - at).total_seconds())) / Decimal(3600)))
        at = until
    return found


def added(parts: Sequence[Bound]) -> tuple[Decimal, Decimal | None]:
    """Lowest and highest energy of several bounds together [kWh]; no highest where one of them has none."""
    low = sum((part.low for part in parts), Decimal(0))
    highs = [part.high for part in parts]
    return low, None if None in highs else sum((high for high in highs if high is not None), Decimal(0))
