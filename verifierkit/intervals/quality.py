"""Quality of interval readings: spans that are missing, doubled, frozen, interpolated, spiked, negative, rolled over or
backfilled, each with its time, its rows and its count.

A span is a question, not a verdict: a plant that stands still is frozen too. Nothing is changed or left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from verifierkit.intervals.limits import QualityLimits, stated
from verifierkit.intervals.readings import PER_KWH

MISSING, DUPLICATED, OVERLAPPING = "missing", "duplicated", "overlapping"
FROZEN, INTERPOLATED, SPIKED, NEGATIVE = "frozen", "interpolated", "spiked", "negative"
ROLLED_OVER, BACKFILLED = "rolled_over", "backfilled"
KINDS = (MISSING, DUPLICATED, OVERLAPPING, FROZEN, INTERPOLATED, SPIKED, NEGATIVE, ROLLED_OVER, BACKFILLED)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Span:
    """A run of readings of one kind of defect.

    ``start`` and ``end`` are half-open UTC, ``first_row`` and ``last_row`` rows of the file (those beside a gap),
    ``count`` the readings concerned (0 for a gap), ``note`` and ``note_zh`` what was seen, in numbers.
    """

    kind: str
    meter: str
    start: datetime
    end: datetime
    first_row: int
    last_row: int
    count: int
    note: str = ""
    note_zh: str = ""

    def seen(self, language: str) -> str:
        """What was seen, in ``zh`` or ``en``."""
        return self.note_zh if language == "zh" else self.note


def quality(
    readings: pd.DataFrame,
    *,
    limits: QualityLimits | None = None,
    digits: int | None = None,
    multiplier: float = 1.0,
    one_way: bool = True,
) -> list[Span]:
    """All spans of the readings of all meters.

    Parameters
    ----------
    readings
        Frame of :func:`verifierkit.intervals.readings_frame` or :func:`verifierkit.intervals.from_registers`.
    limits
        Limits of the tests; None for those that the pack of settlement cases states.
    digits
        Integer digits of the register where the readings are differences of a counter: a negative difference that one
        rollover explains is then named so.
    multiplier
        Energy of one unit of the register [kWh].
    one_way
        Whether energy flows one way only, so that a negative reading is a defect.

    Returns
    -------
    list of Span
        By meter and time.
    """
    limits = limits or stated()
    turn = None if digits is None else 10**digits * multiplier * PER_KWH
    found: list[Span] = []
    for meter, own in readings.groupby("meter", sort=True):
        one = _Readings(str(meter), own.sort_values(["start", "end", "row"], kind="stable"))
        found += [*_sequence(one), *_negative(one, turn, one_way=one_way), *_frozen(one, limits)]
        found += [*_interpolated(one, limits), *_spiked(one, limits), *_caught_up(one, limits), *_copied(one, limits)]
    return sorted(found, key=lambda span: (span.meter, span.start, KINDS.index(span.kind), span.first_row))


class _Readings:
    """Readings of one meter in the order of time, as arrays."""

    def __init__(self, meter: str, frame: pd.DataFrame) -> None:
        self.meter, self.frame = meter, frame
        self.start: Array = frame["start"].to_numpy(dtype="datetime64[us]")
        self.end: Array = frame["end"].to_numpy(dtype="datetime64[us]")
        self.value: Array = frame["value"].to_numpy(dtype="int64")
        self.row: Array = frame["row"].to_numpy(dtype="int64")
        self.hours: Array = (self.end - self.start) / np.timedelta64(1, "h")
        joined = np.ones(len(self.start), dtype=bool)
        joined[1:] = self.start[1:] == self.end[:-1]
        self.joined = joined

    def span(self, kind: str, first: int, last: int, note: str = "", note_zh: str = "") -> Span:
        """The readings first to last (both inclusive) as a span."""
        rows = self.row[first : last + 1]
        start, end = self.start[first].item(), self.end[last].item()
        return Span(kind, self.meter, start, end, int(rows.min()), int(rows.max()), last - first + 1, note, note_zh)


def _runs(flags: Array) -> Iterator[tuple[int, int]]:
    """First and last index of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype("int8")))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)


def _sequence(one: _Readings) -> Iterator[Span]:
    """Gaps between readings, rows that stand twice, and readings that overlap."""
    if len(one.start) < 2:
        return
    latest = np.maximum.accumulate(one.end)[:-1]
    for at in np.flatnonzero(one.start[1:] > latest):
        hours = float((one.start[at + 1] - latest[at]) / np.timedelta64(1, "h"))
        start, end = latest[at].item(), one.start[at + 1].item()
        rows = int(one.row[at]), int(one.row[at + 1])
        yield Span(MISSING, one.meter, start, end, *rows, 0, f"{hours:g} h", f"{hours:g} 小时")
    twice = np.zeros(len(one.start), dtype=bool)
    twice[1:] = (one.start[1:] == one.start[:-1]) & (one.end[1:] == one.end[:-1])
    for first, last in _runs(twice):
        same = bool((one.value[first : last + 1] == one.value[first - 1 : last]).all())
        yield one.span(
            DUPLICATED, first, last, *(("same values", "数值相同") if same else ("other values", "数值不同"))
        )
    over = np.zeros(len(one.start), dtype=bool)
    over[1:] = (one.start[1:] < latest) & ~twice[1:]
    for first, last in _runs(over):
        yield one.span(OVERLAPPING, first, last)


def _negative(one: _Readings, turn: float | None, *, one_way: bool) -> Iterator[Span]:
    if not one_way:
        return
    for first, last in _runs(one.value < 0):
        wrapped = turn is not None and first == last and 2 * -int(one.value[first]) > turn
        energy = f"{one.value[first : last + 1].sum() / PER_KWH:g} kWh"
        yield one.span(ROLLED_OVER if wrapped else NEGATIVE, first, last, energy, energy)


def _equal_runs(one: _Readings) -> Iterator[tuple[int, int]]:
    same = np.zeros(len(one.value), dtype=bool)
    same[1:] = (one.value[1:] == one.value[:-1]) & one.joined[1:] & (one.hours[1:] == one.hours[:-1])
    yield from ((first - 1, last) for first, last in _runs(same))


def _frozen(one: _Readings, limits: QualityLimits) -> Iterator[Span]:
    """Equal readings in a row over the stated hours; a meter that never moves at all is one span."""
    for first, last in _equal_runs(one):
        if float(one.hours[first : last + 1].sum()) >= limits.frozen_hours:
            each = f"{one.value[first] / PER_KWH:g} kWh"
            yield one.span(FROZEN, first, last, f"{each} each", f"每个 {each}")


def _interpolated(one: _Readings, limits: QualityLimits) -> Iterator[Span]:
    """Readings on one straight line that is not level: equal steps up or down, to the last digit."""
    if len(one.value) < limits.interpolated_readings:
        return
    step = np.diff(one.value)
    line = np.zeros(len(one.value), dtype=bool)
    line[2:] = (np.abs(step[1:] - step[:-1]) <= _digit(one)) & (np.abs(step[1:]) > _digit(one))
    line[2:] &= one.joined[2:] & one.joined[1:-1] & (np.sign(step[1:]) == np.sign(step[:-1]))
    for first, last in _runs(line):
        if last - first + 3 >= limits.interpolated_readings:
            by = f"{step[first - 1] / PER_KWH:g} kWh"
            yield one.span(INTERPOLATED, first - 2, last, f"{by} from one to the next", f"逐个相差 {by}")


def _digit(one: _Readings) -> int:
    """What the last printed digit of the readings stands for [10^-6 kWh]: rounding may bend a line by it."""
    digit = 1
    while digit < PER_KWH * PER_KWH and not (one.value % (digit * 10)).any():
        digit *= 10
    return digit if one.value.any() else 1


def _spiked(one: _Readings, limits: QualityLimits) -> Iterator[Span]:
    """The largest mean power of a day against the third largest."""
    power = pd.Series(one.value / one.hours)
    days = one.start.astype("datetime64[D]")
    for _, own in power.groupby(days):
        if len(own) < 3:
            continue
        top = own.nlargest(3)
        third, peak = float(top.iloc[2]), float(top.iloc[0])
        if third > 0 and peak - third > limits.spike_ratio * third:
            at = int(top.index[0])
            high, usual = f"{peak / PER_KWH:g} kW", f"{third / PER_KWH:g} kW"
            yield one.span(SPIKED, at, at, f"{high} against {usual}", f"{high}，同日第三大值 {usual}")


def _caught_up(one: _Readings, limits: QualityLimits) -> Iterator[Span]:
    """Zeros in a row and then a reading that holds what they lack: the total is right, the times are not."""
    middle = float(np.median(one.value[one.value > 0])) if (one.value > 0).any() else 0.0
    for first, last in _runs(one.value == 0):
        count = last - first + 1
        after = last + 1
        if count < limits.backfill_readings or after >= len(one.value) or not one.joined[after]:
            continue
        if one.value[after] >= limits.backfill_share * count * middle and one.value[after] > 2 * middle:
            held = f"{one.value[after] / PER_KWH:g} kWh"
            yield one.span(BACKFILLED, first, after, f"{held} after {count} zeros", f"连续 {count} 个零之后一次 {held}")


def _copied(one: _Readings, limits: QualityLimits) -> Iterator[Span]:
    """Readings that repeat those of one or seven days before, reading by reading, and are not level."""
    length = float(np.median(one.hours)) if len(one.hours) else 0.0
    if not length:
        return
    taken = np.zeros(len(one.value), dtype=bool)
    for days in (1, 7):
        shift = round(24 * days / length)
        if shift >= len(one.value):
            continue
        same = np.zeros(len(one.value), dtype=bool)
        same[shift:] = one.value[shift:] == one.value[:-shift]
        same[shift:] &= one.start[shift:] - one.start[:-shift] == np.timedelta64(days, "D")
        for first, last in _runs(same & ~taken):
            level = len(np.unique(one.value[first : last + 1])) < 3
            if not level and float(one.hours[first : last + 1].sum()) >= limits.copied_hours:
                taken[first : last + 1] = True
                yield one.span(BACKFILLED, first, last, f"as {days} d before", f"与 {days} 天前逐个相同")


def counts(spans: list[Span]) -> dict[str, int]:
    """Number of spans by kind, all kinds named."""
    return {kind: sum(span.kind == kind for span in spans) for kind in KINDS}
