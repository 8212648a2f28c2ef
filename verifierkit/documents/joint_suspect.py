"""Months of the suspected records: amounts beside what all other records say, and beside the usual range of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifierkit.documents.drawing import ACCENT, GREY, INK, ORANGE, RED, SOFT, Drawing, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_marks import Case, Row, Suspect, is_first
from verifierkit.documents.joint_residuals import ROW, residuals
from verifierkit.documents.joint_single_line import badge
from verifierkit.documents.view import View
from verifierkit.record.verdicts import shown

WIDTH, NAMES, RIGHT = 700, 190, 12
TALL, GAP, SIZE, SMALL, HEAD = 52.0, 12.0, 8.5, 7.5, 18.0
ROWS = 3  # suspected records drawn of one error
BAND = "#e4eef0"
HUNDRED = 100
LEAST = 26.0  # width of a period that has room for its number
FREE = 1.25  # what stays free above the highest bar


@dataclass(frozen=True)
class Scale:
    """Amounts on a strip that begins at ``top``."""

    top: float
    high: float
    low: float

    def y(self, value: float) -> float:
        """Height of an amount."""
        return self.top + (self.high - value) / (self.high - self.low) * TALL


def drawn(view: View, case: Case, most: int) -> list[tuple[Suspect, list[Row]]]:
    """The suspected records with their months, at most so many; places without a record of their own are left out."""
    rows = view.record["reconciliation"]["residuals"]
    found = []
    for suspect in case.places:
        own = [row for row in rows if (row["stream"], row["source"]) == suspect.place and row["kind"] == "flow"]
        if own:
            found.append((suspect, own))
    return found[:most]


def _streams(found: Sequence[Case]) -> list[Case]:
    """The first error of each suspected stream."""
    return list({case.places[0].place[0]: case for case in reversed(found)}.values())[::-1]


def strips(view: View, case: Case) -> list[list[Row]]:
    """Residual rows of the suspected streams: all their records, the suspected one first."""
    rows = view.record["reconciliation"]["residuals"]
    streams = [case.places[0].place[0]]
    keys = {(row["source"], row["kind"]) for row in rows if row["stream"] in streams}
    found = [
        [row for row in rows if row["stream"] in streams and (row["source"], row["kind"]) == key]
        for key in sorted(keys)
    ]
    found = [own for own in found if any(row["score"] for row in own)]
    return sorted(found, key=lambda own: not any(row["suspect"] for row in own))[:ROWS]


def draw(view: View, found: Sequence[Case], drawing: Drawing, top: float) -> float:
    """Bars of the suspected records, then residuals with their limits; returns the lower edge.

    Of one error its first places are drawn, of several errors the first place of each.
    """
    bars = [pair for case in found for pair in drawn(view, case, ROWS if len(found) == 1 else 1)]
    residual = [own for case in _streams(found) for own in strips(view, case)]
    if bars:
        drawing.text(8, top + 12, view.labels["story.history"], size=SIZE + 1, bold=True)
        top += HEAD
        for suspect, own in bars:
            _bars(view, drawing, suspect, own, top)
            top += TALL + GAP
        top += 8
    if residual:
        limit = float(view.record["reconciliation"]["residual_limit"] or 1)
        drawing.text(8, top + 12, view.labels["story.residual"].format(limit=f"{limit:.1f}"), size=SIZE + 1, bold=True)
        top += HEAD
        months = sorted({row["month"] for own in residual for row in own})
        step = (WIDTH - NAMES - RIGHT) / max(len(months), 1)
        for own in residual:
            residuals.strip(view, drawing, own, months, (top, step, limit))
            top += ROW
        _months(drawing, months, step, top + 9)
        top += 16
    return top


def _months(drawing: Drawing, months: Sequence[str], step: float, y: float) -> None:
    for n, month in enumerate(months):
        drawing.text(NAMES + (n + 0.5) * step, y, month, size=SMALL, fill=SOFT, anchor="middle")


def _bars(view: View, drawing: Drawing, suspect: Suspect, own: Sequence[Row], top: float) -> None:
    """Recorded amounts, period by period, what they would be without the error, and the usual range of other months."""
    months = sorted({row["month"] for row in own})
    slots = {month: [row for row in own if row["month"] == month] for month in months}
    removed = _removed(suspect, slots)
    values = [
        (float(row["measured"] or 0), removed.get((row["month"], k))) for m in months for k, row in enumerate(slots[m])
    ]
    ends = [0.0, *(value for value, _ in values), *(value - gone for value, gone in values if gone is not None)]
    whole = all(len(rows) == 1 for rows in slots.values())
    told = suspect.row["history"]
    ends += [float(told["high"])] if told["low"] and whole else []
    scale = Scale(top, max(ends) * FREE or 1.0, min(ends))
    _name(drawing, suspect, own[0], top, view.labels["story.of_recorded"] if removed else "")
    if told["low"] and whole:
        low, high = scale.y(float(told["low"])), scale.y(float(told["high"]))
        drawing.rect(NAMES, high, WIDTH - NAMES - RIGHT, max(low - high, 0.8), fill=BAND)
    step = (WIDTH - NAMES - RIGHT) / max(len(months), 1)
    for n, month in enumerate(months):
        wide = step / len(slots[month])
        for k, row in enumerate(slots[month]):
            _bar(drawing, suspect, row, removed.get((month, k)), (NAMES + n * step + k * wide, wide, scale))
    drawing.line([(NAMES, scale.y(0.0)), (WIDTH - RIGHT, scale.y(0.0))], stroke=GREY, line=0.6)


def _removed(suspect: Suspect, slots: Mapping[str, Sequence[Row]]) -> dict[tuple[str, int], float]:
    """What the first cause takes from each period: by month, or by period where a month has several."""
    found = {}
    by_month = {change["month"]: float(change["amount"] or 0) for change in suspect.row["changes"]}
    spans = [span for span in suspect.row.get("spans", ()) if span["recorded"]]
    for month, rows in slots.items():
        for k, row in enumerate(rows):
            if len(rows) == 1:
                if by_month.get(month):
                    found[month, k] = by_month[month]
                continue
            own = [span for span in spans if span["end"].startswith(month) and span["recorded"] == row["measured"]]
            if own:
                found[month, k] = float(own[0]["amount"] or 0)
    return found


def _name(drawing: Drawing, suspect: Suspect, row: Row, top: float, note: str) -> None:
    badge(drawing, 14, top + 14, suspect.mark)
    lines = ((row["stream_name"], SIZE), (row["source_name"], SMALL), (row["unit"], SMALL), (note, SMALL))
    for n, (text, size) in enumerate(lines):
        line = wrapped(printable(text), size, NAMES - 34, 1)[0]
        drawing.text(28, top + 11 + n * 11, line, size=size, fill=SOFT if n else INK, bold=not n)


def _bar(drawing: Drawing, suspect: Suspect, row: Row, removed: float | None, at: tuple[float, float, Scale]) -> None:
    left, wide, scale = at
    value = float(row["measured"] or 0)
    colour, middle = (RED if is_first(suspect.mark) else ORANGE), left + wide / 2
    fill = ACCENT if removed is None else colour
    top = scale.y(value)
    drawing.rect(left + wide * 0.2, min(top, scale.y(0.0)), wide * 0.6, max(abs(scale.y(0.0) - top), 0.8), fill=fill)
    if removed is not None:
        level = scale.y(value - removed)
        tall = max(abs(scale.y(0.0) - level), 0.8)
        drawing.rect(
            left + wide * 0.1, min(level, scale.y(0.0)), wide * 0.8, tall, stroke=INK, line=1.1, dash="2.5 1.5"
        )
        share = f"{removed / value * HUNDRED:+.3g}%" if value else ""
        drawing.text(middle, min(top, level) - 2, share, size=SMALL, fill=colour, anchor="middle", bold=True)
    if removed is not None or wide > LEAST:
        text = wrapped(shown(f"{value:.6g}"), SMALL - 0.5, max(wide, LEAST), 1)[0]
        ink = SOFT if removed is None else colour
        drawing.text(
            middle, scale.y(0.0) + 8, text, size=SMALL - 0.5, fill=ink, anchor="middle", bold=removed is not None
        )
