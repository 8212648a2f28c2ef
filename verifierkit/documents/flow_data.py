"""Which nodes and streams of the map belong to one drawing, and how each stream is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verifierkit.units import UNITS

ENERGY = ("electricity", "heat")
NOT_DRAWN = ("mass CO2",)
MEASURED, DERIVED, UNMEASURED = "measured", "derived", "unmeasured"


@dataclass(frozen=True)
class Node:
    """A node as drawn; a boundary that gives and takes is drawn once on each side."""

    key: str
    name: str
    kind: str


@dataclass(frozen=True)
class Stream:
    """A stream as drawn, between keys of drawn nodes."""

    key: str
    name: str
    start: str
    end: str
    state: str


@dataclass(frozen=True)
class Network:
    """The nodes and streams of one quantity."""

    nodes: list[Node]
    streams: list[Stream]


def drawn_quantities(flow: dict[str, Any]) -> list[str]:
    """Quantities with at least two streams, in the order of the map."""
    found = [stream_quantity(flow, stream) for stream in flow["streams"]]
    return [quantity for quantity in dict.fromkeys(found) if quantity and found.count(quantity) > 1]


def stream_quantity(flow: dict[str, Any], stream: dict[str, str]) -> str:
    """Quantity of a stream: of its unit for energy, else of an end that balances, of the outside end, of its start."""
    dimension = UNITS.get(stream.get("unit", ""), ("", 0))[0]
    if dimension in ENERGY:
        return dimension
    nodes = {node["node_id"]: node for node in flow["nodes"]}
    ends = [nodes[key] for key in (stream["from_node"], stream["to_node"]) if key in nodes]
    if dimension in NOT_DRAWN or not ends:
        return ""
    for kinds in (("bus", "store"), ("boundary",), ("process",)):
        for node in ends:
            if node["kind"] in kinds and node["quantity"] not in ENERGY:
                return str(node["quantity"])
    return ""


def stream_state(flow: dict[str, Any], stream: dict[str, str]) -> str:
    """Measured where a source with an instrument gives the stream, derived where only a document or a relation does."""
    key = stream["stream_id"]
    own = [
        source
        for source in flow["sources"]
        if source["stream_id"] == key and source.get("parameter", "") in ("", stream.get("parameter"))
    ]
    if any(source.get("instrument_id") and source.get("records") != "feed_over_ratio" for source in own):
        return MEASURED
    related = any(relation.get("output_stream") == key for relation in flow["relations"])
    return DERIVED if own or related else UNMEASURED


def network(flow: dict[str, Any], quantity: str) -> Network:
    """The drawing of one quantity."""
    rows = {node["node_id"]: node for node in flow["nodes"]}
    own = [
        stream
        for stream in flow["streams"]
        if stream_quantity(flow, stream) == quantity and stream["from_node"] in rows and stream["to_node"] in rows
    ]
    giving, taking = {stream["from_node"] for stream in own}, {stream["to_node"] for stream in own}
    split = {key for key in giving & taking if rows[key]["kind"] == "boundary"}
    nodes = []
    for key, row in rows.items():
        if key in giving | taking:
            nodes.append(Node(key, row["name"], row["kind"]))
        if key in split:
            nodes.append(Node(_taking(key), row["name"], row["kind"]))
    streams = [
        Stream(
            stream["stream_id"],
            stream["name"],
            stream["from_node"],
            _taking(stream["to_node"]) if stream["to_node"] in split else stream["to_node"],
            stream_state(flow, stream),
        )
        for stream in own
    ]
    return Network(nodes, streams)


def _taking(key: str) -> str:
    return f"{key} (takes)"
