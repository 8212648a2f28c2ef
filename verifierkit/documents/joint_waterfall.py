"""The balance of each bus and store month by month: from settlement over own generation and facilities to what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from verifierkit.documents.drawing import ACCENT, GREY, INK, LINE, RED, SERIES, SOFT, Drawing, text_width, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View
from verifierkit.periods import split_period
from verifierkit.record.verdicts import WORDS, place, shown

WIDTH, LEFT, RIGHT = 700, 66, 10
TALL, LOW, LEGEND, BETWEEN, FOOT = 150, 74, 14, 34, 26  # heights [points]
SIZE, SMALL = 8.5, 7.5
OUT = ("#c98a2b", "#7c5a86", "#7a8f3c", "#b5651d", "#4f7d8c", "#a0526d", "#8c7a4f", "#6d6d9c")
PALE = "#fbeaea"
HUNDRED = 100
NOTE, NOTE_LINES = 11, 3  # height of a line of notes [points], lines of one note at most
Row = Mapping[str, Any]
Bar = tuple[str, str, str]  # stream, source, month
Step = tuple[tuple[str, str], float, float, str]  # stream and source, from, to, colour


def _height(view: View, group: Row) -> float:
    return sum(_tall(view, row) for row in _series(view, group))


def _series(view: View, group: Row) -> list[Row]:
    rows = view.record["reconciliation"]["series"]
    return [row for row in rows if row["group"] == group["id"] and row["lines"]]


def _tall(view: View, row: Row) -> float:
    return 20 + LEGEND * len(_legend_rows(view, row)) + TALL + BETWEEN + LOW + FOOT + 16 + NOTE * len(_notes(view, row))


def _draw(view: View, group: Row, drawing: Drawing, top: float) -> None:
    for row in _series(view, group):
        _node(view, drawing, row, top)
        top += _tall(view, row)


waterfalls = SimpleNamespace(height=_height, draw=_draw, tall=_tall, node=lambda *given: _node(*given))


def _ordered(row: Row) -> list[tuple[Row, str]]:
    """Lines as they are stacked, with their colours: settlement, other inflows, stock, outflows."""
    order = {"settlement": 0, "inflow": 1, "stock": 2, "outflow": 3}
    lines = sorted(row["lines"], key=lambda line: (line["sign"] < 0, order[line["role"]]))
    inflow, outflow = iter((ACCENT, *SERIES[1:2], "#86bcc0", "#b9d6d8", "#3c7a7f", "#27566e")), iter(OUT)
    return [
        (line, GREY if line["role"] == "stock" else next(inflow if line["sign"] > 0 else outflow, SOFT))
        for line in lines
    ]


def _legend_rows(view: View, row: Row) -> list[list[tuple[str, str]]]:
    entries = [(_name(view, line), colour) for line, colour in _ordered(row)]
    entries += [(_left_over(view, row), INK), *_doubt_legend(view, row)]
    rows: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for name, colour in entries:
        wide = text_width(name, SIZE) + 32
        if used + wide > WIDTH - LEFT - RIGHT and rows[-1]:
            rows.append([])
            used = 0.0
        rows[-1].append((name, colour))
        used += wide
    return rows


def _name(view: View, line: Row) -> str:
    words = view.labels["joint.stock"] if line["role"] == "stock" else printable(line["name"])
    sign = "+" if line["sign"] > 0 else "−"
    role = f" ({view.labels['joint.settlement']})" if line["role"] == "settlement" else ""
    return f"{sign} {words}{role}"


def _left_over(view: View, row: Row) -> str:
    word = view.labels["joint.remainder"]
    return f"= {word}{view.labels['colon']}{printable(row['remainder_name'])}" if row["remainder_name"] else f"= {word}"


def _blamed(view: View, row: Row) -> list[Row]:
    """First explanations of the errors that stand in this balance: at one of its streams, or at the node itself."""
    errors = [error for error in view.record["reconciliation"]["errors"] if error["group"] == row["group"]]
    here = {row["node"], *(line["stream"] for line in row["lines"])}
    return [error["explanations"][0] for error in errors if error["explanations"][0]["stream"] in here]


def _suspects(view: View, row: Row) -> set[Bar]:
    """Streams (or the node), sources and months that the first explanation of an error blames."""
    best = _blamed(view, row)
    return {(one["stream"], one["source"], month) for one in best for month in split_period(one["period"])}


def _doubt_legend(view: View, row: Row) -> list[tuple[str, str]]:
    """What red bars and light months mean; suspected sources that this balance does not draw are named."""
    drawn = {(line["stream"], line["source"]) for line in row["lines"]}
    blamed = _blamed(view, row)
    absent = dict.fromkeys(place(one, view.lang) for one in blamed if (one["stream"], one["source"]) not in drawn)
    entries = [(view.labels["story.own_bar"], RED)] if any((b["stream"], b["source"]) in drawn for b in blamed) else []
    if absent:
        sources = WORDS["comma"][view.lang].join(absent)
        said = printable(view.labels["story.not_drawn"].format(sources=sources))
        lines = wrapped(said, SIZE, WIDTH - LEFT - RIGHT - 32, NOTE_LINES)
        return [*entries, *zip(lines, (PALE, *[""] * len(lines)), strict=False)]
    return [*entries, (view.labels["story.doubted"], PALE)] if blamed else []


def _notes(view: View, row: Row) -> list[str]:
    """Months that a record does not cover wholly, and what a remainder below zero means."""
    notes = []
    for line in row["lines"]:
        cut = [month for month, value in zip(row["months"], line["values"], strict=True) if not value]
        if cut and len(cut) < len(row["months"]):
            name = view.labels["joint.stock"] if line["role"] == "stock" else printable(line["name"])
            months = WORDS["comma"][view.lang].join(cut)
            notes.append(view.labels["story.part_month"].format(name=name, months=months))
    if any((_number(text) or 0.0) < 0 for text in row["remainder"]):
        said = view.labels["story.below_zero" if row["remainder_name"] else "story.imbalance"]
        settled = any(line["role"] == "settlement" for line in row["lines"])
        notes.append(f"{said} {view.labels['story.split']}" if settled else said)
    return [text for note in notes for text in wrapped(note, SMALL, WIDTH - LEFT - RIGHT, NOTE_LINES)]


def _node(view: View, drawing: Drawing, row: Row, top: float) -> None:
    drawing.text(LEFT, top + 12, f"{printable(row['node_name'])} / {row['unit']}", size=SIZE + 1, bold=True)
    y = top + 20
    for entries in _legend_rows(view, row):
        x = float(LEFT)
        for name, colour in entries:
            drawing.rect(x, y, 9, 8, fill=colour or "none")
            drawing.text(x + 13, y + 7.5, name, size=SIZE)
            x += text_width(name, SIZE) + 32
        y += LEGEND
    lines, suspects = _ordered(row), _suspects(view, row)
    step = (WIDTH - LEFT - RIGHT) / max(len(row["months"]), 1)
    marked = {month for *_, month in suspects}
    for n, month in enumerate(row["months"]):
        if month in marked:
            drawing.rect(LEFT + n * step, y + 2, step, TALL + BETWEEN + LOW + 6, fill=PALE)
    _falls(drawing, row, lines, suspects, (y + 6, step))
    _remainders(view, drawing, row, (y + 6 + TALL + BETWEEN, step))
    below = y + 6 + TALL + BETWEEN + LOW + FOOT
    for n, note in enumerate(_notes(view, row)):
        drawing.text(LEFT, below + n * NOTE, note, size=SMALL, fill=SOFT)


def _scale(values: Sequence[float], tall: float, top: float) -> Callable[[float], float]:
    low, high = min([*values, 0.0]), max([*values, 0.0])
    spread = (high - low) or 1.0
    return lambda value: top + (high - value) / spread * tall


def _falls(
    drawing: Drawing,
    row: Row,
    lines: Sequence[tuple[Row, str]],
    suspects: set[Bar],
    place: tuple[float, float],
) -> None:
    """One small waterfall for each month."""
    top, step = place
    stairs = [_stairs(row, lines, n) for n in range(len(row["months"]))]
    ends = [level for steps in stairs for _, start, end, _ in steps for level in (start, end)]
    y_of = _scale(ends, TALL - 14, top)
    for value in (0.0, max(ends, default=0.0)):
        drawing.line([(LEFT, y_of(value)), (WIDTH - RIGHT, y_of(value))], stroke=GREY if not value else LINE, line=0.6)
        drawing.text(LEFT - 5, y_of(value) + 3, shown(f"{value:.6g}"), size=SMALL, fill=SOFT, anchor="end")
    wide = (step - 6) / (len(lines) + 1)
    for n, steps in enumerate(stairs):
        left = LEFT + n * step + 3
        for k, (blamed, start, end, colour) in enumerate(steps):
            high, low = min(y_of(start), y_of(end)), max(y_of(start), y_of(end))
            bad = (*blamed, row["months"][n]) in suspects
            drawing.rect(left + k * wide, high, max(wide - 0.6, 1), max(low - high, 0.8), fill=RED if bad else colour)
        star = "" if all(line["values"][n] for line, _ in lines) else "*"
        drawing.text(left + step / 2 - 3, top + TALL, row["months"][n] + star, size=SMALL, fill=SOFT, anchor="middle")


def _stairs(row: Row, lines: Sequence[tuple[Row, str]], n: int) -> list[Step]:
    """Steps of one month: stream and source, from, to, colour; the last one is what is left. Missing amounts are left out."""
    level, found = 0.0, list[Step]()
    for line, colour in lines:
        value = _number(line["values"][n])
        if value is not None:
            end = level + line["sign"] * value
            found.append(((line["stream"], line["source"]), level, end, colour))
            level = end
    return [*found, (("", ""), 0.0, level, INK)] if row["remainder"][n] else found


def _remainders(view: View, drawing: Drawing, row: Row, place: tuple[float, float]) -> None:
    """What is left, month by month, on a scale of its own, with its share of what comes in."""
    top, step = place
    values = [_number(text) for text in row["remainder"]]
    y_of = _scale([value for value in values if value is not None], LOW - 26, top + 12)
    title = view.labels["joint.remainder_of" if row["remainder_name"] else "joint.remainder"]
    drawing.text(LEFT, top, f"{title} / {row['unit']} · {view.labels['joint.share']}", size=SIZE, fill=SOFT)
    drawing.line([(LEFT, y_of(0.0)), (WIDTH - RIGHT, y_of(0.0))], stroke=GREY, line=0.6)
    for n, value in enumerate(values):
        if value is None:
            continue
        x = LEFT + n * step + step * 0.25
        drawing.rect(x, min(y_of(value), y_of(0.0)), step * 0.5, max(abs(y_of(value) - y_of(0.0)), 0.8), fill=INK)
        for k, text in enumerate((wrapped(shown(f"{value:.6g}"), SMALL, step, 1)[0], _share(row, n, value))):
            drawing.text(x + step * 0.25, top + LOW - 2 + k * 10, text, size=SMALL, fill=SOFT, anchor="middle")


def _share(row: Row, n: int, value: float) -> str:
    """What is left as a share of what comes in; nothing where what is left comes in itself."""
    amounts = [line["sign"] * (_number(line["values"][n]) or 0.0) for line in row["lines"]]
    through = sum(amount for amount in amounts if amount > 0)
    comes_in = sum(amounts) * value < 0
    return f"{value / through * HUNDRED:+.1f}%" if through and not comes_in else ""


def _number(text: str) -> float | None:
    value = as_decimal(text)
    return None if value is None else float(value)
