"""A bold face from a regular one: the points of each contour move outwards along the bisector of their two edges."""

from __future__ import annotations

import math
from typing import Any

FLAT = 0.0625  # edges that turn back more sharply than this are left where they are

Point = tuple[float, float]


def embolden(glyph: Any, units: int) -> None:
    """Widen the strokes of a TrueType glyph in place by ``units`` [font units]; advances stay."""
    points = [(float(x), float(y)) for x, y in glyph.coordinates]
    start = 0
    for end in glyph.endPtsOfContours:
        points[start : end + 1] = _moved(points[start : end + 1], units / 2)
        start = end + 1
    for n, (x, y) in enumerate(points):
        glyph.coordinates[n] = (round(x), round(y))
    glyph.recalcBounds(None)


def _moved(contour: list[Point], half: float) -> list[Point]:
    edges = [_edge(contour[n - 1], contour[n]) for n in range(len(contour))]  # edge n ends in point n
    moved = []
    for n, (x, y) in enumerate(contour):
        before, after = _direction(edges, n, -1), _direction(edges, n + 1, 1)
        dx, dy = _shift(before, after, half)
        moved.append((x + dx, y + dy))
    return moved


def _edge(start: Point, end: Point) -> tuple[float, float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    return (dx / length, dy / length, length) if length else (0.0, 0.0, 0.0)


def _direction(edges: list[tuple[float, float, float]], n: int, step: int) -> tuple[float, float, float]:
    """The next edge that has a length, from edge ``n`` in direction ``step``."""
    for k in range(len(edges)):
        edge = edges[(n + k * step) % len(edges)]
        if edge[2]:
            return edge
    return (0.0, 0.0, 0.0)


def _shift(before: tuple[float, float, float], after: tuple[float, float, float], half: float) -> Point:
    (bx, by, blength), (ax, ay, alength) = before, after
    turn = bx * ax + by * ay + 1
    if turn <= FLAT:
        return (0.0, 0.0)
    cross = ay * bx - ax * by
    shortest = min(blength, alength)
    factor = half / turn if half * cross <= shortest * turn else shortest / cross
    return (-(by + ay) * factor, (bx + ax) * factor)
