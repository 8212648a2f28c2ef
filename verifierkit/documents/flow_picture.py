"""The data-flow map of the plant, one drawing per conserved quantity, coloured by how each stream is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verifierkit.documents.drawing import ACCENT, GREY, INK, ORANGE, SOFT, TINT, Drawing, place, text_width, wrapped
from verifierkit.documents.flow_layout import Layout, lay_out
from verifierkit.documents.fonts import printable
from verifierkit.documents.pictures import Picture
from verifierkit.documents.view import View

WIDTH, MARGIN, PORT, SPACE, NODE_WIDTH = 680, 10, 23, 14, 96
LABEL_SIZE, NODE_SIZE = 7.5, 8.5
COLOURS = {"measured": ACCENT, "derived": ORANGE, "unmeasured": GREY}
DASHES = {"measured": "", "derived": "", "unmeasured": "4 3"}


@dataclass(frozen=True)
class Box:
    """Place of a node [points]."""

    x: float
    y: float
    width: float
    height: float


def drawn_quantities(flow: dict[str, Any]) -> list[str]:
    """Quantities with at least two streams, in the order of the map."""
    found = [stream_quantity(flow, stream) for stream in flow["streams"]]
    return [quantity for quantity in dict.fromkeys(found) if quantity and found.count(quantity) > 1]


def stream_quantity(flow: dict[str, Any], stream: dict[str, str]) -> str:
    """Quantity of a stream: that of an end that balances, else of the end outside the plant, else of its start."""
    nodes = {node["node_id"]: node for node in flow["nodes"]}
    ends = [nodes[key] for key in (stream["from_node"], stream["to_node"]) if key in nodes]
    for kinds in (("bus", "store"), ("boundary",), ("process",)):
        for node in ends:
            if node["kind"] in kinds:
                return str(node["quantity"])
    return ""


def stream_state(flow: dict[str, Any], stream: dict[str, str]) -> str:
    """Measured where a source with an instrument gives the stream, derived where only a document or a relation does."""
    own = [
        source
        for source in flow["sources"]
        if source["stream_id"] == stream["stream_id"] and source.get("parameter", "") in ("", stream.get("parameter"))
    ]
    if any(source.get("instrument_id") and source.get("records") != "feed_over_ratio" for source in own):
        return "measured"
    if own or any(relation.get("output_stream") == stream["stream_id"] for relation in flow["relations"]):
        return "derived"
    return "unmeasured"


def flow_pictures(view: View) -> dict[str, Picture]:
    """A picture for each drawn quantity."""
    flow = view.record["map"]
    return {f"flow-{quantity}": _picture(view, flow, quantity) for quantity in drawn_quantities(flow)}


def _picture(view: View, flow: dict[str, Any], quantity: str) -> Picture:
    streams = [stream for stream in flow["streams"] if stream_quantity(flow, stream) == quantity]
    used = {key for stream in streams for key in (stream["from_node"], stream["to_node"])}
    nodes = {node["node_id"]: node for node in flow["nodes"] if node["node_id"] in used}
    streams = [stream for stream in streams if stream["from_node"] in nodes and stream["to_node"] in nodes]
    layout = lay_out(list(nodes), [(stream["stream_id"], stream["from_node"], stream["to_node"]) for stream in streams])
    boxes, height = _boxes(layout, streams)
    drawing = Drawing(f"flow-{quantity}", WIDTH, round(height) + 34)
    starts, ends = _ports(layout, streams, boxes)
    for stream in streams:
        _stream(
            drawing, layout, stream, stream_state(flow, stream), starts[stream["stream_id"]], ends[stream["stream_id"]]
        )
    for key, node in nodes.items():
        _node(drawing, node, boxes[key])
    for stream in streams:
        _label(drawing, layout, stream, stream_state(flow, stream), ends[stream["stream_id"]], _gap(layout))
    _legend(drawing, view, height + 20)
    return drawing.picture()


def _gap(layout: Layout) -> float:
    count = len(layout.layers)
    return (WIDTH - 2 * MARGIN - count * NODE_WIDTH) / max(count - 1, 1)


def _boxes(layout: Layout, streams: list[dict[str, str]]) -> tuple[dict[str, Box], float]:
    heights = {}
    for layer in layout.layers:
        for key in layer:
            entering = sum(stream["to_node"] == key for stream in streams)
            leaving = sum(stream["from_node"] == key for stream in streams)
            heights[key] = PORT * max(entering, leaving, 1) + 6.0
    tall = max(sum(heights[key] + SPACE for key in layer) - SPACE for layer in layout.layers)
    width = min(NODE_WIDTH, (WIDTH - 2 * MARGIN) / (len(layout.layers) * 1.5))
    step = (WIDTH - 2 * MARGIN - width) / max(len(layout.layers) - 1, 1)
    boxes: dict[str, Box] = {}
    for n, layer in enumerate(layout.layers):
        free = tall - sum(heights[key] for key in layer)
        space = free / (len(layer) + 1) if len(layer) > 1 else free / 2
        y = MARGIN + space
        for key in layer:
            boxes[key] = Box(MARGIN + n * step, y, width, heights[key])
            y += heights[key] + space
    return boxes, tall + 2 * MARGIN


def _ports(
    layout: Layout, streams: list[dict[str, str]], boxes: dict[str, Box]
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Where each stream leaves its node (right side) and enters its node (left side)."""
    starts: dict[str, tuple[float, float]] = {}
    ends: dict[str, tuple[float, float]] = {}
    for key, box in boxes.items():
        leaving = sorted((s for s in streams if s["from_node"] == key), key=lambda s: boxes[s["to_node"]].y)
        entering = sorted((s for s in streams if s["to_node"] == key), key=lambda s: boxes[s["from_node"]].y)
        for side, rows, found in ((box.x + box.width, leaving, starts), (box.x, entering, ends)):
            for n, stream in enumerate(rows):
                found[stream["stream_id"]] = (side, box.y + box.height * (n + 0.5) / len(rows))
    return starts, ends


def _stream(
    drawing: Drawing,
    layout: Layout,
    stream: dict[str, str],
    state: str,
    start: tuple[float, float],
    end: tuple[float, float],
) -> None:
    colour, (x1, y1), (x2, y2) = COLOURS[state], start, end
    reach = max(abs(x2 - x1) * 0.45, 24.0)
    tip = x2 - 6
    path = f"M{place(x1)} {place(y1)}C{place(x1 + reach)} {place(y1)} {place(tip - reach)} {place(y2)} {place(tip)} {place(y2)}"
    drawing.path(path, stroke=colour, line=1.5, dash=DASHES[state])
    drawing.path(
        f"M{place(tip - 1)} {place(y2 - 3.2)}L{place(x2)} {place(y2)}L{place(tip - 1)} {place(y2 + 3.2)}Z", fill=colour
    )


def _label(
    drawing: Drawing, layout: Layout, stream: dict[str, str], state: str, end: tuple[float, float], gap: float
) -> None:
    lines = wrapped(printable(stream["name"]), LABEL_SIZE, max(gap - 26, 40), 2)
    y = end[1] - 3.5
    for n, line in enumerate(lines):
        drawing.text(
            end[0] - 9,
            y + n * (LABEL_SIZE + 4.5),
            line,
            size=LABEL_SIZE,
            fill=COLOURS[state] if state != "unmeasured" else SOFT,
            anchor="end",
            halo=True,
        )


def _node(drawing: Drawing, node: dict[str, str], box: Box) -> None:
    if node["kind"] == "bus":
        drawing.rect(box.x, box.y, box.width, box.height, fill=INK, radius=2)
    elif node["kind"] == "store":
        drawing.rect(box.x, box.y, box.width, box.height, fill=TINT, stroke=INK, radius=9)
    else:
        drawing.rect(
            box.x,
            box.y,
            box.width,
            box.height,
            fill="#ffffff",
            stroke=INK if node["kind"] == "process" else GREY,
            radius=2,
            dash="" if node["kind"] == "process" else "3 2",
        )
    lines = wrapped(printable(node["name"]), NODE_SIZE, box.width - 10, 2)
    top = box.y + box.height / 2 - (len(lines) - 1) * 5.5 + 3
    for n, line in enumerate(lines):
        drawing.text(
            box.x + box.width / 2,
            top + n * 11,
            line,
            size=NODE_SIZE,
            fill="#ffffff" if node["kind"] == "bus" else INK,
            anchor="middle",
        )


def _legend(drawing: Drawing, view: View, y: float) -> None:
    x = float(MARGIN)
    for state, colour in COLOURS.items():
        drawing.line([(x, y), (x + 26, y)], stroke=colour, line=1.8, dash=DASHES[state])
        word = view.labels[f"picture.{state}"]
        drawing.text(x + 32, y + 3, word, size=8.5, fill=SOFT)
        x += 32 + text_width(word, 8.5) + 24
