"""Billing periods laid over meter readings: what the meter says about days that its readings do not cut.

Nothing is filled: a window is compared only where readings cover it whole. Where a cut lies between two readings
the energy between them is split by time, and the split carries an uncertainty of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from verifierkit.errors import Place
from verifierkit.series import Interval

ZERO = Decimal(0)


@dataclass(frozen=True)
class Window:
    """Settled energy over [start, end): all that was settled, and what of it passed the meter in these days."""

    start: datetime
    end: datetime
    settled: Decimal
    passed: Decimal
    months: tuple[str, ...]
    places: tuple[Place, ...] = ()
    estimated: bool = False


@dataclass(frozen=True)
class Metered:
    """Energy of the meter over one or more windows.

    ``split`` is what a rate that changes by all of itself at the cuts would move: 0 where readings cut them.
    """

    value: Decimal
    split: Decimal
    places: tuple[Place, ...]


def seconds(start: datetime, end: datetime) -> Decimal:
    """Length of [start, end) [s]."""
    return Decimal(int((end - start).total_seconds()))


def metered_over(windows: Sequence[Window], readings: Sequence[Interval]) -> Metered | None:
    """Energy of the meter over windows that do not overlap; None where its readings leave part of them open.

    Notes
    -----
    Of an interval a share F lies in the windows; E = sum of F x E_interval. Rates before and after a cut that differ
    by the share p of the mean rate move F (1 - F) p E_interval across it; two cuts in one interval move less.
    """
    value, variance, covered = ZERO, ZERO, ZERO
    places: list[Place] = []
    for part in readings:
        length = seconds(part.start, part.end)
        overlap = sum((_overlap(window, part) for window in windows), ZERO)
        if not overlap or not length:
            continue
        share = overlap / length
        covered += overlap
        value += part.value * share
        places += part.places
        variance += (share * (1 - share) * part.value) ** 2
    if not covered or covered != sum((seconds(window.start, window.end) for window in windows), ZERO):
        return None
    return Metered(value, variance.sqrt(), tuple(dict.fromkeys(places)))


def _overlap(window: Window, part: Interval | Window) -> Decimal:
    start, end = max(window.start, part.start), min(window.end, part.end)
    return seconds(start, end) if start < end else ZERO


def merge_windows(windows: Sequence[Window], readings: Sequence[Interval]) -> list[Window]:
    """Windows to compare: estimated bills join the bill after them, and bills inside one reading interval join."""
    merged: list[Window] = []
    for window in sorted(windows, key=lambda found: (found.start, found.end)):
        last = merged[-1] if merged else None
        if last is not None and last.end == window.start and (last.estimated or _same_interval(last, window, readings)):
            merged[-1] = join([last, window])
        else:
            merged.append(window)
    return merged


def apart(windows: Sequence[Window]) -> list[Window]:
    """Windows that no other one overlaps: which of two overlapping ones is right is not known here."""
    return [one for one in windows if not any(one is not two and _overlap(one, two) for two in windows)]


def _same_interval(one: Window, other: Window, readings: Sequence[Interval]) -> bool:
    """Whether one reading interval holds both bills."""
    return any(part.start <= one.start and other.end <= part.end for part in readings)


def join(windows: Sequence[Window]) -> Window:
    """One window over consecutive ones; it stays an estimate where the last one is."""
    return Window(
        windows[0].start,
        windows[-1].end,
        sum((window.settled for window in windows), ZERO),
        sum((window.passed for window in windows), ZERO),
        tuple(dict.fromkeys(month for window in windows for month in window.months)),
        tuple(place for window in windows for place in window.places),
        windows[-1].estimated,
    )
