"""The data-flow map as one problem: flows by stream and atom of time, levels of stores, coefficients of relations.

Time is cut into atoms by all cut dates of the sources that a balance, a stock or a relation joins; a measurement is a
sum of atoms. Where a source gives less than an atom, a stated profile (equal daily rate, with its own uncertainty)
says how its period divides: a pseudo-measurement, never data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from verifierkit.columns import Row
from verifierkit.flowmap import FlowMap
from verifierkit.joint.draft import Balance, Cell, Draft, Entry, levels
from verifierkit.joint.nodes import add_bus, add_store
from verifierkit.joint.relations import add_relation, equation
from verifierkit.joint.settings import Settings
from verifierkit.joint.sources import Witness, witnesses
from verifierkit.joint.streams import add_stream, cuts_of
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Problem, assemble
from verifierkit.series import input_streams


@dataclass
class Network:
    """The problem of a case and what its rows and columns stand for.

    Attributes
    ----------
    problem : unknowns, balances, measurements.
    entries : per measurement.
    balances : per balance of the problem, None for a sum relation.
    flows : (stream, atom start) -> name of the unknown.
    atoms : stream -> its atoms in time order.
    witnesses : stream -> its independent records.
    groups : sets of streams that balances or relations join.
    units : stream -> unit of its values.
    stream_at : node or relation -> one of its streams.
    left_out : (stream or node, message id) of what could not enter, with the reason.
    """

    problem: Problem
    entries: tuple[Entry, ...]
    balances: tuple[Balance | None, ...]
    flows: Mapping[Cell, str]
    atoms: Mapping[str, tuple[tuple[datetime, datetime], ...]]
    witnesses: Mapping[str, tuple[Witness, ...]]
    groups: tuple[frozenset[str], ...]
    units: Mapping[str, str]
    stream_at: Mapping[str, str]
    left_out: tuple[tuple[str, str], ...] = ()

    @cached_property
    def spots(self) -> Mapping[Cell, int]:
        """(stream, atom start) -> position of the unknown."""
        places = {name: position for position, name in enumerate(self.problem.unknown_names)}
        return {cell: places[name] for cell, name in self.flows.items()}


def build_network(flow: FlowMap, settings: Settings) -> Network:
    """The problem of a case: all streams that have a second source, a balance, a stock or a relation.

    Raises
    ------
    ReconcileError
        From :mod:`verifierkit.reconcile`, where no number may be computed.
    """
    found = {stream_id: tuple(_looked_at(flow, witnesses(flow, stream_id))) for stream_id in flow.streams}
    draft = Draft(flow, settings, found)
    balanced = {node for node, row in flow.nodes.items() if _balanced(draft, node, row)}
    groups = tuple(group for group in _groups(flow, balanced, found) if _worth(group, found))
    for group in groups:
        _add_group(draft, group, balanced)
    names = {name: position for position, name in enumerate(draft.unknowns)}
    problem = assemble(
        unknowns=draft.unknowns,
        balances=draft.rows,
        measurements=draft.measurements,
        relations=[equation(row, names, parts) for row, parts in draft.relations],
    )
    return Network(
        problem,
        tuple(draft.entries),
        tuple(draft.balances),
        draft.flows,
        draft.atoms,
        found,
        groups,
        draft.units,
        draft.stream_at,
        tuple(draft.left_out),
    )


def _looked_at(flow: FlowMap, found: Iterable[Witness]) -> Iterator[Witness]:
    """Witnesses with those of their periods that reach into the months looked at."""
    first, last = month_instants(flow.months[0])[0], month_instants(flow.months[-1])[1]
    for witness in found:
        periods = tuple(period for period in witness.periods if period.start < last and first < period.end)
        if periods:
            yield replace(witness, periods=periods)


def _balanced(draft: Draft, node_id: str, row: Row) -> bool:
    """Whether a node gives balances: a bus always, a store where its level was counted at least twice."""
    if row["kind"] == "bus":
        return True
    return row["kind"] == "store" and len(levels(draft.flow, node_id, draft.settings)) > 1


def _groups(flow: FlowMap, balanced: Iterable[str], found: Mapping[str, Sequence[Witness]]) -> list[frozenset[str]]:
    """Streams joined by balanced nodes and relations."""
    group_of: dict[str, set[str]] = {stream: {stream} for stream in flow.streams}
    joins = [[s["stream_id"] for s in (*flow.inflows(node), *flow.outflows(node))] for node in sorted(balanced)]
    joins += [[row["output_stream"], *input_streams(row["input_streams"])] for row in flow.tables["relations"]]
    for joined in joins:
        known = [stream for stream in joined if stream in group_of]
        merged = set().union(*(group_of[stream] for stream in known)) if known else set()
        for stream in merged:
            group_of[stream] = merged
    unique = {id(group): frozenset(group) for group in group_of.values()}
    order = {stream: position for position, stream in enumerate(flow.streams)}
    return sorted(unique.values(), key=lambda group: min(order[stream] for stream in group))


def _worth(group: frozenset[str], found: Mapping[str, Sequence[Witness]]) -> bool:
    """Whether a group holds more than one record that could contradict another."""
    return sum(len(found[stream]) for stream in group) > 1


def _add_group(draft: Draft, group: frozenset[str], balanced: set[str]) -> None:
    flow = draft.flow
    streams = [stream for stream in flow.streams if stream in group]
    nodes = [
        node
        for node in flow.nodes
        if node in balanced and any(_touches(flow.streams[stream], node) for stream in streams)
    ]
    unit = _common_unit(draft, streams)
    cuts = cuts_of(draft, streams, nodes)
    joined = {stream for node in nodes for stream in streams if _touches(flow.streams[stream], node)}
    joined |= {
        name
        for row in flow.tables["relations"]
        for name in (row["output_stream"], *input_streams(row["input_streams"]))
    }
    for stream in streams:
        if draft.found[stream] or stream in joined:
            add_stream(draft, stream, cuts, unit)
    for node in nodes:
        draft.stream_at[node] = next(stream for stream in streams if _touches(flow.streams[stream], node))
        if flow.nodes[node]["kind"] == "bus":
            add_bus(draft, node, streams)
        else:
            add_store(draft, node, streams)
    for row in flow.tables["relations"]:
        if row["output_stream"] in group:
            draft.stream_at[row["relation_id"]] = row["output_stream"]
            add_relation(draft, row)


def _touches(stream: Row, node: str) -> bool:
    return node in (stream["from_node"], stream["to_node"])


def _common_unit(draft: Draft, streams: Sequence[str]) -> str:
    return next((w.unit for stream in streams for w in draft.found[stream] if w.unit), "")
