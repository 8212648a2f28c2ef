"""The bridge as a picture: from the sum of the facilities to the legal entity, one bar for each line, as verified."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from verifierkit.documents.drawing import ACCENT, GREY, INK, LINE, ORANGE, RED, SERIES, SOFT, Drawing, wrapped
from verifierkit.documents.pictures import Picture
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View

WIDTH, NAME_WIDTH, VALUE_WIDTH, TOP, ROW, BAR = 680, 250, 92, 12, 27, 13
SIZE, NAME_LINES = 8.5, 2
SMALL, FOOT = 0.4, 0.15  # share of the whole below which the axis is cut; part of the spread left below the lowest step
DOUBTFUL = ("unattributed", "unexplained", "slip_entity", "slip_facility")


@dataclass(frozen=True)
class Bar:
    """One bar: words, both ends [t], the tonnes printed beside it, and its colour."""

    name: str
    start: Decimal
    end: Decimal
    tonnes: Decimal
    fill: str


def bars(view: View) -> list[Bar]:
    """Bars in the order of the lines: the facilities, each line, the legal entity; none where there is no bridge."""
    part: dict[str, Any] = view.record.get("bridge") or {}
    low, high = (as_decimal((part.get(end) or {}).get("verified")) for end in ("facilities", "entity"))
    if low is None or high is None or part.get("reason"):
        return []
    words = view.labels
    found, level = [Bar(words["bridge.facilities"], Decimal(0), low, low, ACCENT)], low
    for line in part["lines"]:
        tonnes = as_decimal(line["verified"]) or Decimal(0)
        if tonnes:
            fill = RED if line["kind"] in DOUBTFUL else ORANGE if tonnes > 0 else SERIES[1]
            found.append(Bar(line["label"][view.lang], level, level + tonnes, tonnes, fill))
            level += tonnes
    return [*found, Bar(words["bridge.entity"], Decimal(0), high, high, ACCENT)]


def waterfall(view: View) -> Picture | None:
    """The picture; None where the case has no bridge."""
    found = bars(view)
    if not found:
        return None
    bottom = TOP + ROW * len(found)
    drawing = Drawing("bridge", WIDTH, bottom + TOP * 2)
    low, high = _axis(found)
    left, width = NAME_WIDTH, WIDTH - NAME_WIDTH - VALUE_WIDTH

    def x_of(level: Decimal) -> float:
        return left + (max(float(level), low) - low) / ((high - low) or 1.0) * width

    drawing.line([(left, TOP), (left, bottom)], stroke=LINE)
    if low > 0:
        drawing.text(left, bottom + TOP, view.labels["bridge.axis"], size=SIZE - 1, fill=SOFT)
    for n, bar in enumerate(found):
        _row(drawing, bar, TOP + n * ROW, x_of(min(bar.start, bar.end)), x_of(max(bar.start, bar.end)))
    for n, (bar, _) in enumerate(pairwise(found)):
        top = TOP + n * ROW + (ROW + BAR) / 2
        drawing.line([(x_of(bar.end), top), (x_of(bar.end), top + ROW - BAR)], stroke=GREY, line=0.7, dash="2 2")
    return drawing.picture()


def _axis(found: list[Bar]) -> tuple[float, float]:
    """Both ends of the axis [t]: from zero, or from a little below the lowest step where the steps are small."""
    levels = [float(bar.end) for bar in found]
    low, high = min(levels), max(levels)
    spread = high - low
    if low <= 0 or spread > high * SMALL:
        return min(low, 0.0), max(high, 0.0)
    return low - (spread or high * SMALL) * FOOT, high


def _row(drawing: Drawing, bar: Bar, top: float, left: float, right: float) -> None:
    lines = wrapped(bar.name, SIZE, NAME_WIDTH - 12, NAME_LINES)
    first = top + ROW / 2 + 3 - (len(lines) - 1) * SIZE * 0.6
    for n, text in enumerate(lines):
        drawing.text(0, first + n * SIZE * 1.2, text, size=SIZE, fill=INK)
    drawing.rect(left, top + (ROW - BAR) / 2, max(right - left, 0.8), BAR, fill=bar.fill)
    drawing.text(WIDTH, top + ROW / 2 + 3, f"{bar.tonnes:,}", size=SIZE, fill=SOFT, anchor="end")
