"""What would have been found: the smallest error of one month and over the year, source by source, with its effect."""

from __future__ import annotations

from decimal import Decimal

from verifierkit.documents.drawing import INK, LINE, SOFT, TINT, Drawing, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_cards import TONNES
from verifierkit.documents.joint_marks import Row
from verifierkit.documents.labels import Labels
from verifierkit.documents.view import View
from verifierkit.reconcile.constants import DETECTION_PROBABILITY
from verifierkit.record.verdicts import effect, shown

WIDTH, PAD, ROW, SIZE = 700, 8, 13.0, 8.5
COLUMNS = (8.0, 236.0, 362.0, 488.0, 692.0)  # left edges, and the right edge of the last one [points]


def draw(view: View, part: Row, drawing: Drawing, top: float) -> float:
    """The table from ``top`` down; returns its lower edge."""
    labels = view.labels
    title = labels["story.smallest"].format(chance=DETECTION_PROBABILITY)
    drawing.text(PAD, top + 12, title, size=SIZE + 1, bold=True)
    top += 20
    heads = [labels[f"story.{key}"] for key in ("stream", "one_month", "all_year", "year_effect")]
    drawing.rect(2, top, WIDTH - 4, ROW, fill=TINT)
    _row(drawing, heads, top, colour=SOFT)
    for row in part["sources"]:
        top += ROW
        _row(drawing, _cells(row, labels), top, colour=INK)
        drawing.line([(2, top + ROW), (WIDTH - 2, top + ROW)], stroke=LINE, line=0.4)
    return top + ROW + 8


def _cells(row: Row, labels: Labels) -> list[str]:
    name = f"{row['stream_name']}{labels['dot']}{row['source_name']}"
    month = _amount(row["month_error"], row["month_percent"], row["unit"]) or labels["story.unseen"]
    year = _amount(row["bias_amount"], row["bias_percent"], row["unit"]) or labels["story.unseen"]
    return [name, month, year, _effect(row, labels)]


def _effect(row: Row, labels: Labels) -> str:
    """Tonnes of both tracks, or why there are none."""
    tonnes = [entry["tonnes"] for entry in row["bias_effects"]]
    if any(Decimal(text) for text in tonnes):
        return f"{' / '.join(f'{Decimal(text):+,}' for text in tonnes)} {TONNES}"
    return effect({"effects": row["bias_effects"]}, labels.lang) if tonnes else ""


def _amount(amount: str, percent: str, unit: str) -> str:
    return f"{shown(amount)} {unit} ({shown(percent, 2)}%)" if amount else ""


def _row(drawing: Drawing, cells: list[str], top: float, *, colour: str) -> None:
    for n, text in enumerate(cells):
        wide = COLUMNS[n + 1] - COLUMNS[n] - 6
        drawing.text(COLUMNS[n], top + 9.5, wrapped(printable(text), SIZE, wide, 1)[0], size=SIZE, fill=colour)
