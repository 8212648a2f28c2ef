"""The single-line diagram of a group: buses, stores and relations with their feeders, sources coloured by state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from verifierkit.documents.drawing import (
    GREEN,
    GREY,
    INK,
    LINE,
    ORANGE,
    RED,
    SOFT,
    TINT,
    Drawing,
    place,
    text_width,
    wrapped,
)
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_marks import RATIOS, is_first, leftovers, marks
from verifierkit.documents.view import View
from verifierkit.record.verdicts import cause, period, shown, size
from verifierkit.series import input_streams

WIDTH, LEFT, COLUMN, GAP, FOOT = 700, 8, 112, 18, 30
BLAME = 20  # lines of what is wrong at most: an amount is never cut
NAME, SMALL, LEAD, SMALL_LEAD, BAR, RADIUS = 8.5, 7.5, 11, 10, 20, 5
COLOURS = {"agrees": GREEN, "suspect": RED, "possible": ORANGE, "unchecked": GREY}
STOCKS = "stock_counts"
BADGE, PALE_RED, PALE_ORANGE = 8, "#fbeaea", "#fdf3e6"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Feeder:
    """One stream at a bar: lines of text with colour, and the meters on it by the number of their first line."""

    lines: list[tuple[str, float, str, bool]]
    meters: list[tuple[int, str, str]]  # line, colour, mark of a suspect

    @property
    def height(self) -> float:
        """Height of the text [points]."""
        return sum(LEAD if big > SMALL else SMALL_LEAD for _, big, _, _ in self.lines) + 14


@dataclass(frozen=True)
class Panel:
    """One bar with what enters above and what leaves below."""

    name: str
    kind: str
    above: list[Feeder]
    below: list[Feeder]
    notes: list[str] = field(default_factory=list)
    mark: str = ""

    @property
    def columns(self) -> int:
        """Feeders side by side."""
        return max(len(self.above), len(self.below), 1)

    @property
    def top(self) -> float:
        """Height above the bar [points]."""
        return max((feeder.height for feeder in self.above), default=0.0)

    @property
    def tall(self) -> float:
        """Whole height [points]."""
        return self.top + BAR + max((f.height for f in self.below), default=0.0) + len(self.notes) * LEAD + 8


def _height(view: View, group: Row) -> float:
    rows = _rows(_panels(view, group))
    return sum(max(panel.tall for panel in row) + GAP for row in rows) + FOOT if rows else 0


def _draw(view: View, group: Row, drawing: Drawing, top: float) -> None:
    y = top + 6
    for row in _rows(_panels(view, group)):
        x = float(LEFT)
        for panel in row:
            _panel(drawing, panel, x, y)
            x += panel.columns * _column(panel.columns) + GAP
        y += max(panel.tall for panel in row) + GAP
    _legend(view, drawing, y)


single_line = SimpleNamespace(height=_height, draw=_draw)


def _column(columns: int) -> float:
    """Width of one feeder."""
    return min(COLUMN, (WIDTH - 2 * LEFT) / columns)


def _rows(panels: Sequence[Panel]) -> list[list[Panel]]:
    rows: list[list[Panel]] = []
    used = 0.0
    for panel in panels:
        wide = panel.columns * _column(panel.columns) + GAP
        if rows and used + wide <= WIDTH:
            rows[-1].append(panel)
            used += wide
        else:
            rows.append([panel])
            used = wide
    return rows


def _panels(view: View, group: Row) -> list[Panel]:
    """A panel for each balanced node, each relation, and each stream that only its own sources check."""
    flow = view.record["map"]
    streams = {row["stream_id"]: row for row in flow["streams"] if row["stream_id"] in group["streams"]}
    names = {row["node_id"]: row for row in flow["nodes"]}
    panels, seen = [], set()
    for node in group["nodes"]:
        coming = [row for row in streams.values() if row["to_node"] == node != row["from_node"]]
        going = [row for row in streams.values() if row["from_node"] == node != row["to_node"]]
        seen |= {row["stream_id"] for row in (*coming, *going)}
        panels.append(_of_node(view, names, names[node], coming, going))
    for relation in flow["relations"]:
        if relation["output_stream"] in streams and relation["kind"] != "sum":
            inputs = input_streams(relation.get("input_streams"))
            given = [streams[name] for name in inputs if name in streams]
            out = streams[relation["output_stream"]]
            seen |= {row["stream_id"] for row in (*given, out)}
            title = view.labels[f"joint.{'ratio' if relation['kind'] == 'ratio' else 'relation'}"]
            above, below = ([_feeder(view, names, row, "", COLUMN) for row in rows] for rows in (given, [out]))
            notes = _notes(view, out["stream_id"], RATIOS)
            panels.append(Panel(title, "relation", above, below, notes, _mark(view, out["stream_id"], RATIOS)))
    for key, row in streams.items():
        if key not in seen:
            end = names.get(row["to_node"], {"name": "", "kind": "process", "node_id": ""})
            panels.append(_of_node(view, names, end, [row], []))
    return panels


def _of_node(view: View, names: Mapping[str, Row], node: Row, coming: Sequence[Row], going: Sequence[Row]) -> Panel:
    wide = _column(max(len(coming), len(going), 1))
    above = [_feeder(view, names, row, row["from_node"], wide) for row in coming]
    below = [_feeder(view, names, row, row["to_node"], wide) for row in going]
    name = str(node["node_id"])
    mark = _mark(view, name, "") or _mark(view, name, STOCKS)
    return Panel(printable(str(node["name"])), str(node["kind"]), above, below, _notes(view, name), mark)


def _drawn(view: View) -> list[Row]:
    """Errors without those that repeat an earlier one."""
    part = view.record["reconciliation"]
    again = leftovers(part)
    return [error for error in part["errors"] if error["id"] not in again]


def _recorded(view: View, stream: str) -> list[Row]:
    """What is known of the sources of a stream; of one whose values are all zero, what its residuals show."""
    part = view.record["reconciliation"]
    found = [source for source in part["sources"] if source["stream"] == stream]
    rows = [row for row in part["residuals"] if (row["stream"], row["kind"]) == (stream, "flow")]
    blamed = {error["explanations"][0]["source"] for error in part["errors"]}
    for name in dict.fromkeys(row["source"] for row in rows if not found):
        own = [row for row in rows if row["source"] == name]
        year = str(sum((Decimal(row["measured"] or 0) for row in own), Decimal(0)))
        found.append(own[0] | {"year": year, "mark": "suspect" if name in blamed else "unchecked"})
    return found


def _mark(view: View, stream: str, source: str) -> str:
    """Marks of a suspected place, "" where it is none."""
    return " ".join(marks(view.record["reconciliation"]).get((stream, source), [])[:1])


def _notes(view: View, subject: str, source: str = "", wide: float = 2.2 * COLUMN) -> list[str]:
    """What is said of a node or relation itself: a count, a ratio, or a flow that the map does not show."""
    lines = []
    for error in _drawn(view):
        best = error["explanations"][0]
        if best["stream"] == subject and (not source or best["source"] == source):
            text = f"{error['id']} {period(best['period'], view.lang)} {cause(best, view.lang)} {size(best, view.lang)}"
            lines += wrapped(printable(text), NAME, wide, BLAME)
    return lines


def _feeder(view: View, names: Mapping[str, Row], row: Row, far: str, column: float) -> Feeder:
    part, wide = view.record["reconciliation"], column - 20
    sources = _recorded(view, row["stream_id"])
    figure = next((one for one in part["facilities"] if one["stream"] == row["stream_id"]), None)
    lines = [(text, NAME, INK, True) for text in wrapped(printable(row["name"]), NAME, wide, 2)]
    if far in names:
        lines.append((wrapped(printable(names[far]["name"]), SMALL, wide, 1)[0], SMALL, SOFT, False))
    meters = []
    for source in sources:
        colour = COLOURS[source["mark"]]
        meters.append((len(lines), colour, _mark(view, row["stream_id"], source["source"])))
        lines += [(text, SMALL, colour, False) for text in wrapped(printable(source["source_name"]), SMALL, wide, 2)]
        lines.append((f"{shown(source['year'])} {source['unit']}", SMALL, INK, False))
        lines += [(text, SMALL, RED, True) for text in _blame(view, source, wide)]
    if not sources:
        meters.append((len(lines), "", _mark(view, row["stream_id"], "")))
        amount = (
            f"{shown(figure['reconciled'])} {figure['unit']}"
            if figure and figure["reconciled"] and not figure["disturbed"]
            else ""
        )
        lines += [(text, SMALL, SOFT, False) for text in wrapped(view.labels["joint.no_record"], SMALL, wide, 2)]
        lines += [(amount, SMALL, INK, False)] if amount else []
        lines += [(text, SMALL, RED, True) for text in _notes(view, row["stream_id"], wide=wide)]
    return Feeder(lines, meters)


def _blame(view: View, source: Row, wide: float) -> list[str]:
    """What is wrong with a source, written beside it."""
    lines = []
    for error in _drawn(view):
        best = error["explanations"][0]
        if (best["stream"], best["source"]) == (source["stream"], source["source"]):
            text = f"{error['id']} {period(best['period'], view.lang)} {cause(best, view.lang)}"
            lines += wrapped(printable(f"{text} {size(best, view.lang)}"), SMALL, wide, BLAME)
    return lines


def _panel(drawing: Drawing, panel: Panel, left: float, top: float) -> None:
    wide, bar = panel.columns * _column(panel.columns), top + panel.top
    if panel.kind == "bus":
        drawing.rect(left, bar, wide, BAR, fill=INK, radius=2)
    elif panel.kind == "store":
        drawing.rect(left, bar, wide, BAR, fill=TINT, stroke=INK, radius=9)
    else:
        drawing.rect(left, bar, wide, BAR, fill="#ffffff", stroke=INK, radius=2)
    colour = "#ffffff" if panel.kind == "bus" else INK
    title = wrapped(panel.name, NAME + 1, wide - 10, 1)[0]
    drawing.text(left + wide / 2, bar + BAR - 6, title, size=NAME + 1, fill=colour, anchor="middle", bold=True)
    if panel.mark:
        badge(drawing, left + BADGE + 2, bar + BAR / 2, panel.mark)
    for side, feeders in ((-1, panel.above), (1, panel.below)):
        for n, feeder in enumerate(feeders):
            x = left + n * _column(panel.columns) + 10
            _feeder_drawn(drawing, feeder, x, bar, side)
    below = bar + BAR + max((feeder.height for feeder in panel.below), default=0.0)
    for n, line in enumerate(panel.notes):
        drawing.text(left + 4, below + LEAD * (n + 1), line, size=NAME, fill=RED, bold=True)


def _feeder_drawn(drawing: Drawing, feeder: Feeder, x: float, bar: float, side: int) -> None:
    start = bar - feeder.height if side < 0 else bar + BAR
    end = start + feeder.height
    suspected = [mark for *_, mark in feeder.meters if mark]
    if suspected:
        first = any(is_first(mark) for mark in suspected)
        fill, edge = (PALE_RED, RED) if first else (PALE_ORANGE, ORANGE)
        wide = max(text_width(text, big) for text, big, *_ in feeder.lines) + 16
        drawing.rect(x - 1, start + 1, wide, feeder.height - 2, fill=fill, stroke=edge, radius=3, line=0.8)
    drawing.line([(x, start), (x, end - 6)], stroke=INK, line=1.2)
    drawing.path(
        f"M{place(x - 3.2)} {place(end - 7)}L{place(x)} {place(end)}L{place(x + 3.2)} {place(end - 7)}Z", fill=INK
    )
    y, at = start + 4.0, []
    for text, big, colour, bold in feeder.lines:
        y += LEAD if big > SMALL else SMALL_LEAD
        drawing.text(x + 10, y - 2, text, size=big, fill=colour, bold=bold)
        at.append(y - 2 - big * 0.35)
    for line, colour, mark in feeder.meters:
        if mark:
            badge(drawing, x, at[line], mark)
            continue
        drawing.dot(x, at[line], RADIUS + 1, INK if colour else LINE)
        drawing.dot(x, at[line], RADIUS, colour or "#ffffff")


def badge(drawing: Drawing, x: float, y: float, mark: str) -> None:
    """The number of a suspect in a disc: red for the place named first, orange for one that cannot be told from it."""
    drawing.dot(x, y, BADGE + 1, "#ffffff")
    drawing.dot(x, y, BADGE, RED if is_first(mark) else ORANGE)
    drawing.text(x, y + 3, mark, size=NAME, fill="#ffffff", anchor="middle", bold=True)


def _legend(view: View, drawing: Drawing, y: float) -> None:
    x = float(LEFT + 6)
    for state, colour in (*COLOURS.items(), ("no_record", "")):
        drawing.dot(x, y, RADIUS + 1, INK if colour else LINE)
        drawing.dot(x, y, RADIUS, colour or "#ffffff")
        word = view.labels[f"joint.{state}"]
        drawing.text(x + 11, y + 3, word, size=NAME, fill=SOFT)
        x += 32 + text_width(word, NAME)
