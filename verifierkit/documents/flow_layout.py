"""Layered layout of a small directed network, left to right, the same for the same input."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str, str]  # name, from node, to node

SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Layers from left to right with their nodes from top to bottom, and the way of each edge.

    ``ways`` names the nodes of an edge from its left to its right end; between layers that are further apart it goes
    through stand-ins (in ``stand_ins``) that keep its place. ``backward`` holds the edges that run right to left.
    """

    layers: list[list[str]]
    ways: dict[str, list[str]]
    stand_ins: set[str]
    backward: set[str]


def lay_out(nodes: list[str], edges: list[Edge]) -> Layout:
    """Layers by longest path, order by the mean place of neighbours."""
    backward = _backward(nodes, edges)
    forward = {key: (end, start) if key in backward else (start, end) for key, start, end in edges if start != end}
    layer_of = _layers(nodes, list(forward.values()))
    stand_ins: set[str] = set()
    ways: dict[str, list[str]] = {}
    for key, (left, right) in forward.items():
        between = {f"{key} in layer {n}": n for n in range(layer_of[left] + 1, layer_of[right])}
        layer_of.update(between)
        stand_ins.update(between)
        ways[key] = [left, *between, right]
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for node, layer in layer_of.items():
        layers[layer].append(node)
    _order(layers, [pair for way in ways.values() for pair in pairwise(way)])
    return Layout(layers, ways, stand_ins, backward)


def _backward(nodes: list[str], edges: list[Edge]) -> set[str]:
    """Edges that close a cycle in a depth-first walk."""
    leaving: dict[str, list[Edge]] = {node: [] for node in nodes}
    for leaving_edge in edges:
        leaving[leaving_edge[1]].append(leaving_edge)
    state: dict[str, int] = {}
    found: set[str] = set()
    entering = {end for _, start, end in edges if start != end}
    for root in [*(node for node in nodes if node not in entering), *nodes]:
        if root in state:
            continue
        stack = [(root, iter(leaving[root]))]
        state[root] = 1
        while stack:
            node, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                state[node] = 2
                stack.pop()
            elif state.get(edge[2]) == 1:
                found.add(edge[0])
            elif edge[2] not in state:
                state[edge[2]] = 1
                stack.append((edge[2], iter(leaving[edge[2]])))
    return found


def _layers(nodes: list[str], forward: list[tuple[str, str]]) -> dict[str, int]:
    layer = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for start, end in forward:
            layer[end] = max(layer[end], layer[start] + 1)
    for start, _ in reversed(forward):  # sources stand just before what they feed
        if not any(other_end == start for _, other_end in forward):
            layer[start] = min(layer[e] for s, e in forward if s == start) - 1
    return layer


def _order(layers: list[list[str]], steps: list[tuple[str, str]]) -> None:
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            places = {node: (n + 0.5) / len(row) for row in layers for n, node in enumerate(row)}
            wanted = {}
            for n, node in enumerate(layer):
                near = [s for s, e in steps if e == node] if down else [e for s, e in steps if s == node]
                wanted[node] = (sum(places[other] for other in near) / len(near) if near else places[node], n)
            layer.sort(key=lambda node: wanted[node])
