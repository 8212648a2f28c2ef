"""Residuals of every source by month: measured less reconciled in standard uncertainties, with the common limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from verifierkit.documents.drawing import ACCENT, GREY, INK, LINE, RED, SOFT, Drawing, place, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View

WIDTH, NAMES, RIGHT, ROW, HEAD, FOOT = 700, 190, 12, 34, 18, 6
SIZE, SMALL = 8.5, 7.5
TICK = 9.0  # from the middle of a month to the outer end of a tick
REACH = 1.6  # a row reaches so many limits to each side; what lies beyond stands at its edge with its number
WHOLE = 10  # scores from here on are printed without decimals
BAND_FILL, PALE = "#eef3f1", "#fbeaea"
Row = Mapping[str, Any]
Key = tuple[str, str, str]


def _rows(view: View, group: Row) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in view.record["reconciliation"]["residuals"]:
        if row["group"] == group["id"]:
            found.setdefault((row["stream"], row["source"], row["kind"]), []).append(row)
    return found


def _height(view: View, group: Row) -> float:
    rows = _rows(view, group)
    return HEAD + ROW * len(rows) + FOOT + 16 if rows and view.record["reconciliation"]["residual_limit"] else 0


def _draw(view: View, group: Row, drawing: Drawing, top: float) -> None:
    rows = _rows(view, group)
    months = sorted({row["month"] for own in rows.values() for row in own})
    step = (WIDTH - NAMES - RIGHT) / max(len(months), 1)
    limit = float(view.record["reconciliation"]["residual_limit"])
    note = f"± {limit:.1f}{view.labels['dot']}{view.labels['joint.limit']}"
    drawing.text(NAMES, top + 10, note, size=SIZE, fill=SOFT)
    y = top + HEAD
    for own in rows.values():
        _strip(view, drawing, own, months, (y, step, limit))
        y += ROW
    for n, month in enumerate(months):
        drawing.text(NAMES + (n + 0.5) * step, y + 9, month, size=SMALL, fill=SOFT, anchor="middle")


residuals = SimpleNamespace(height=_height, draw=_draw, rows=_rows, strip=lambda *given: _strip(*given))


def _strip(
    view: View, drawing: Drawing, own: Sequence[Row], months: Sequence[str], at: tuple[float, float, float]
) -> None:
    top, step, limit = at
    middle, half = top + ROW / 2, ROW / 2 - 3
    per = half / (REACH * limit)
    wrong = any(row["suspect"] for row in own)
    _names(view, drawing, own[0], top, wrong=wrong)
    drawing.rect(NAMES, middle - limit * per, WIDTH - NAMES - RIGHT, 2 * limit * per, fill=BAND_FILL)
    for row in own:
        if row["suspect"]:
            drawing.rect(NAMES + months.index(row["month"]) * step, top + 1, step, ROW - 2, fill=PALE)
    drawing.line([(NAMES, middle), (WIDTH - RIGHT, middle)], stroke=GREY, line=0.5)
    for side in (-1, 1):
        y = middle + side * limit * per
        drawing.line([(NAMES, y), (WIDTH - RIGHT, y)], stroke=LINE, line=0.8, dash="3 2")
    for n, month in enumerate(months):
        scores = [as_decimal(row["score"]) for row in own if row["month"] == month]
        known = sorted((float(score) for score in scores if score is not None), key=abs)
        x = NAMES + (n + 0.5) * step
        for score in known[:-1]:
            _tick(drawing, x, middle - max(-half, min(half, score * per)), beyond=abs(score) > limit)
        if known:
            _mark(drawing, x, middle, known[-1], (per, half), beyond=abs(known[-1]) > limit)


def _tick(drawing: Drawing, x: float, y: float, *, beyond: bool) -> None:
    """One of the smaller residuals of a month."""
    drawing.line([(x - TICK, y), (x - TICK / 2, y)], stroke=RED if beyond else ACCENT, line=1.2)


def _mark(drawing: Drawing, x: float, middle: float, score: float, scale: tuple[float, float], *, beyond: bool) -> None:
    """The largest residual of a month, with its value where it is beyond the limit."""
    per, half = scale
    y = middle - max(-half, min(half, score * per))
    colour = RED if beyond else ACCENT
    if abs(score * per) > half:
        tip = -1 if score > 0 else 1
        points = f"M{place(x - 3.5)} {place(y - tip * 6)}L{place(x)} {place(y)}L{place(x + 3.5)} {place(y - tip * 6)}Z"
        drawing.path(points, fill=colour)
    else:
        drawing.dot(x, y, 2.6, colour)
    if beyond:
        drawing.text(
            x + 6,
            y + (7 if score > 0 else -1),
            f"{score:+,.0f}" if abs(score) >= WHOLE else f"{score:+.2g}",
            size=SMALL,
            fill=colour,
            bold=True,
        )


def _names(view: View, drawing: Drawing, row: Row, top: float, *, wrong: bool) -> None:
    colour = RED if wrong else INK
    source = row["source_name"]
    if row["kind"] in ("level", "ratio"):
        source = view.labels["joint.count" if row["kind"] == "level" else "joint.ratio"]
    name = wrapped(printable(row["stream_name"]), SIZE, NAMES - 14, 1)[0]
    drawing.text(8, top + ROW / 2 - 2, name, size=SIZE, fill=colour, bold=True)
    under = wrapped(printable(source), SMALL, NAMES - 14, 1)[0]
    drawing.text(8, top + ROW / 2 + 9, under, size=SMALL, fill=RED if wrong else SOFT)
