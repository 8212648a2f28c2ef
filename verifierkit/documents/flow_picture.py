"""The data-flow map of the plant, one drawing per conserved quantity, coloured by how each stream is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from verifierkit.documents.drawing import (
    ACCENT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE_GREEN,
    SOFT,
    TINT,
    Drawing,
    place,
    text_width,
    wrapped,
)
from verifierkit.documents.flow_data import (
    DERIVED,
    MEASURED,
    UNMEASURED,
    Network,
    Node,
    Stream,
    drawn_quantities,
    network,
)
from verifierkit.documents.flow_layout import Layout, lay_out
from verifierkit.documents.fonts import printable
from verifierkit.documents.pictures import Picture
from verifierkit.documents.view import View, is_true

WIDTH, MARGIN, PORT, SPACE, NODE_WIDTH, WIDEST_STEP = 680, 10, 24, 14, 100, 290
LABEL_SIZE, NODE_SIZE, LABEL_LEAD, NODE_LEAD, ARROW = 7.5, 8.5, 12, 11, 6
LOW_NODE, STAND_IN = 30, 14  # least heights [points]
COLOURS = {MEASURED: ACCENT, DERIVED: ORANGE, UNMEASURED: GREY}
INSIDE_FACILITY, INSIDE_ENTITY = "inside_facility", "inside_entity"
BANDS = {INSIDE_FACILITY: GREEN, INSIDE_ENTITY: PALE_GREEN}
BAND = 5  # width of the band that tells a node's boundary [points]
LEAST_BEND = 20  # least width of the bend of a stream before its label [points]
DASHES = {MEASURED: "", DERIVED: "", UNMEASURED: "4 3"}

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Place of a node [points]."""

    x: float
    y: float
    width: float
    height: float


def flow_pictures(view: View) -> dict[str, Picture]:
    """A picture for each drawn quantity."""
    flow = view.record["map"]
    names = {quantity: f"flow-{quantity}" for quantity in drawn_quantities(flow)}
    bands = _bands(view)
    return {name: _picture(view, name, network(flow, quantity), bands) for quantity, name in names.items()}


def _bands(view: View) -> dict[str, str]:
    """Boundary of each node by the facility that it belongs to; a node outside both has none."""
    rows = {row["facility_id"]: row for row in view.record["facilities"]}
    found = {}
    for node in view.record["map"]["nodes"]:
        row = rows.get(node.get("facility_id") or "", {})
        if is_true(row.get("in_facility_boundary")):
            found[node["node_id"]] = INSIDE_FACILITY
        elif is_true(row.get("in_entity_boundary")):
            found[node["node_id"]] = INSIDE_ENTITY
    return found


def _picture(view: View, name: str, drawn: Network, bands: dict[str, str]) -> Picture:
    layout = lay_out([node.key for node in drawn.nodes], [(s.key, s.start, s.end) for s in drawn.streams])
    boxes, height = _boxes(layout)
    drawing = Drawing(name, WIDTH, round(height) + 30)
    ports = _ports(layout, boxes)
    streams = [stream for stream in drawn.streams if stream.key in layout.ways]
    room = max(_step(layout) - NODE_WIDTH - 26, PORT)
    for stream in streams:
        points = _straightened(_points(layout, boxes, ports, stream.key), _label_width(stream, room))
        _stream(drawing, stream, points, backward=stream.key in layout.backward)
    for node in drawn.nodes:
        _node(drawing, node, boxes[node.key], BANDS.get(bands.get(node.key, ""), ""))
    for stream in streams:
        _label(drawing, stream, ports[stream.key, "right"], room)
    _legend(drawing, view, height + 16)
    return drawing.picture()


def _step(layout: Layout) -> float:
    return min((WIDTH - 2 * MARGIN - NODE_WIDTH) / max(len(layout.layers) - 1, 1), WIDEST_STEP)


def _heights(layout: Layout) -> dict[str, float]:
    """Height of each node: room for its streams on the busier side."""
    sides: dict[str, list[int]] = {key: [0, 0] for layer in layout.layers for key in layer}
    for way in layout.ways.values():
        sides[way[0]][1] += 1
        sides[way[-1]][0] += 1
    return {
        key: STAND_IN if key in layout.stand_ins else max(PORT * max(pair) + ARROW, LOW_NODE)
        for key, pair in sides.items()
    }


def _boxes(layout: Layout) -> tuple[dict[str, Box], float]:
    heights = _heights(layout)
    tall = max(sum(heights[key] + SPACE for key in layer) - SPACE for layer in layout.layers)
    left = (WIDTH - NODE_WIDTH - _step(layout) * (len(layout.layers) - 1)) / 2
    boxes: dict[str, Box] = {}
    for n, layer in enumerate(layout.layers):
        space = (tall - sum(heights[key] for key in layer)) / (len(layer) + 1)
        space = max(space, SPACE) if len(layer) > 1 else space
        y = MARGIN + (tall - sum(heights[key] for key in layer) - space * (len(layer) - 1)) / 2
        for key in layer:
            boxes[key] = Box(left + n * _step(layout), y, NODE_WIDTH, heights[key])
            y += heights[key] + space
    return boxes, tall + 2 * MARGIN


def _ports(layout: Layout, boxes: dict[str, Box]) -> dict[tuple[str, str], Point]:
    """Where each edge touches its left node (on the right side) and its right node (on the left side)."""
    ports: dict[tuple[str, str], Point] = {}
    for key, box in boxes.items():
        going = sorted(
            (k for k, way in layout.ways.items() if way[0] == key), key=lambda k: _y(boxes, layout.ways[k][1])
        )
        coming = sorted(
            (k for k, way in layout.ways.items() if way[-1] == key), key=lambda k: _y(boxes, layout.ways[k][-2])
        )
        for side, x, edges in (("left", box.x + box.width, going), ("right", box.x, coming)):
            for n, edge in enumerate(edges):
                ports[edge, side] = (x, box.y + box.height * (n + 0.5) / len(edges))
    return ports


def _y(boxes: dict[str, Box], key: str) -> float:
    return boxes[key].y + boxes[key].height / 2


def _points(layout: Layout, boxes: dict[str, Box], ports: dict[tuple[str, str], Point], key: str) -> list[Point]:
    """Points of an edge from left to right; it crosses the place of a stand-in level."""
    points = [ports[key, "left"]]
    for stand_in in layout.ways[key][1:-1]:
        box = boxes[stand_in]
        points += [(box.x, _y(boxes, stand_in)), (box.x + box.width, _y(boxes, stand_in))]
    return [*points, ports[key, "right"]]


def _straightened(points: list[Point], width: float) -> list[Point]:
    """The way of a stream with a straight run under its label, so that the bend does not cross the letters."""
    (last_x, last_y), (before_x, _) = points[-1], points[-2]
    return [*points[:-1], (max(last_x - width - 12, before_x + LEAST_BEND), last_y), points[-1]]


def _label_lines(stream: Stream, room: float) -> list[str]:
    return wrapped(printable(stream.name), LABEL_SIZE, room, 2)


def _label_width(stream: Stream, room: float) -> float:
    return max(text_width(line, LABEL_SIZE) for line in _label_lines(stream, room))


def _stream(drawing: Drawing, stream: Stream, points: list[Point], *, backward: bool) -> None:
    colour = COLOURS[stream.state]
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    inner = [
        (first_x + (ARROW if backward else 0), first_y),
        *points[1:-1],
        (last_x - (0 if backward else ARROW), last_y),
    ]
    path = f"M{place(inner[0][0])} {place(inner[0][1])}"
    for (x1, y1), (x2, y2) in pairwise(inner):
        middle = (x1 + x2) / 2
        path += f"C{place(middle)} {place(y1)} {place(middle)} {place(y2)} {place(x2)} {place(y2)}"
    drawing.path(path, stroke=colour, line=1.5, dash=DASHES[stream.state])
    tip, back = (first_x, first_x + ARROW + 1) if backward else (last_x, last_x - ARROW - 1)
    y = first_y if backward else last_y
    drawing.path(
        f"M{place(back)} {place(y - 3.2)}L{place(tip)} {place(y)}L{place(back)} {place(y + 3.2)}Z", fill=colour
    )


def _label(drawing: Drawing, stream: Stream, end: Point, room: float) -> None:
    colour = SOFT if stream.state == UNMEASURED else COLOURS[stream.state]
    for n, line in enumerate(_label_lines(stream, room)):
        y = end[1] - 4.2 + n * LABEL_LEAD
        drawing.text(end[0] - 9, y, line, size=LABEL_SIZE, fill=colour, anchor="end", halo=True)


def _node(drawing: Drawing, node: Node, box: Box, band: str) -> None:
    frame = (box.x, box.y, box.width, box.height)
    if node.kind == "bus":
        drawing.rect(*frame, fill=INK, radius=2)
    elif node.kind == "store":
        drawing.rect(*frame, fill=TINT, stroke=INK, radius=9)
    elif node.kind == "boundary":
        drawing.rect(*frame, fill="#ffffff", stroke=GREY, radius=2, dash="3 2")
    else:
        drawing.rect(*frame, fill="#ffffff", stroke=INK, radius=2)
    if band:
        drawing.rect(box.x + 2, box.y + 3, BAND, box.height - 6, fill=band, radius=1)
    lines = wrapped(printable(node.name), NODE_SIZE, box.width - 2 * BAND - 8, 2)
    top = box.y + box.height / 2 - (len(lines) - 1) * NODE_LEAD / 2 + 3
    colour = "#ffffff" if node.kind == "bus" else INK
    for n, line in enumerate(lines):
        drawing.text(box.x + box.width / 2, top + n * NODE_LEAD, line, size=NODE_SIZE, fill=colour, anchor="middle")


def _legend(drawing: Drawing, view: View, y: float) -> None:
    x = float(MARGIN)
    for state, colour in COLOURS.items():
        drawing.line([(x, y), (x + 26, y)], stroke=colour, line=1.8, dash=DASHES[state])
        word = view.labels[f"picture.{state}"]
        drawing.text(x + 32, y + 3, word, size=NODE_SIZE, fill=SOFT)
        x += 56 + text_width(word, NODE_SIZE)
    for state, colour in BANDS.items():
        drawing.rect(x, y - 5, BAND, 10, fill=colour, radius=1)
        word = view.labels[f"picture.{state}"]
        drawing.text(x + BAND + 5, y + 3, word, size=NODE_SIZE, fill=SOFT)
        x += BAND + 24 + text_width(word, NODE_SIZE)
