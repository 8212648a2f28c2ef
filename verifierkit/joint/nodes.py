"""Nodes of the problem: balances of buses and stores, and what a balance leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from verifierkit.joint.constants import EXACT, EXACT_LEVEL
from verifierkit.joint.draft import Balance, Draft, Entry, levels, rough, scale
from verifierkit.joint.settings import Settings
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Part


def _ends(draft: Draft, node: str, streams: Sequence[str]) -> Iterator[tuple[float, str]]:
    for stream in streams:
        row = draft.flow.streams[stream]
        if row["from_node"] == row["to_node"]:
            continue
        if row["to_node"] == node:
            yield 1.0, stream
        elif row["from_node"] == node:
            yield -1.0, stream


def add_bus(draft: Draft, node: str, streams: Sequence[str]) -> None:
    ends = list(_ends(draft, node, streams))
    first, last = month_instants(draft.flow.months[0])[0], month_instants(draft.flow.months[-1])[1]
    atoms = sorted({atom for _, stream in ends for atom in draft.atoms[stream] if first <= atom[0] and atom[1] <= last})
    for start, end in atoms:
        terms = {draft.flows[stream, start]: sign for sign, stream in ends}
        draft.balance(f"{node} {start:%Y-%m-%d %H:%M}", terms, Balance(node, start, end))
    silent = [(sign, stream) for sign, stream in ends if not draft.found[stream]]
    if len(silent) == 1 and atoms:
        _add_remainder(draft, silent[0], [end for end in ends if end[1] != silent[0][1]], atoms)
    elif not silent:
        _add_leaks(draft, node, ends, atoms)


def _add_remainder(
    draft: Draft,
    silent: tuple[float, str],
    ends: Sequence[tuple[float, str]],
    atoms: Sequence[tuple[datetime, datetime]],
) -> None:
    """An unmetered remainder is a small share of what enters, about the same in every month: pseudo-measurements."""
    sign, stream = silent
    amounts = {atom: [(end, rough(draft, name, atom)) for end, name in ends] for atom in atoms}
    if any(value is None for values in amounts.values() for _, value in values):
        return
    through = {atom: sum(value or 0.0 for end, value in found if end == -sign) for atom, found in amounts.items()}
    left = {atom: -sign * sum(end * (value or 0.0) for end, value in found) for atom, found in amounts.items()}
    if len(atoms) <= 2 or sum(through.values()) <= 0:
        return
    # the median: one month in error must not say what the remainder of the others may be
    typical = float(np.median([abs(left[atom]) / amount for atom, amount in through.items() if amount > 0]))
    share = draft.unknown(f"share {stream}")
    usual = Entry("share", stream, "", atoms[0][0], atoms[-1][1], 0.0, "1")
    draft.measure(usual, {share: 1.0}, [Part("period", draft.settings.spread("remainder_share"))])
    for start, end in atoms:
        amount = through[start, end]
        terms = {draft.flows[stream, start]: 1.0, share: -amount}
        sd = draft.settings.spread("remainder") * typical * amount + draft.settings.number("resolution") * amount
        entry = Entry("remainder", stream, "", start, end, 0.0, draft.units[stream])
        draft.measure(entry, terms, [Part("period", sd or EXACT)])


def _add_leaks(
    draft: Draft, node: str, ends: Sequence[tuple[float, str]], atoms: Sequence[tuple[datetime, datetime]]
) -> None:
    """A flow that no stream of the map stands for, taken as zero: where a missing feeder would show."""
    for start, end in atoms:
        inflow = sum(rough(draft, stream, (start, end)) or 0.0 for sign, stream in ends if sign > 0)
        name = draft.unknown(f"leak {node} {start:%Y-%m-%d %H:%M}")
        draft.rows[f"{node} {start:%Y-%m-%d %H:%M}"][name] = -1.0
        entry = Entry("leak", node, "", start, end, 0.0, draft.units[ends[0][1]])
        draft.measure(entry, {name: 1.0}, [Part("period", draft.settings.number("resolution") * inflow or EXACT)])


def add_store(draft: Draft, node: str, streams: Sequence[str]) -> None:
    """Levels as unknowns; between two counts: opening + in - out - loss = closing."""
    ends = [(sign, stream) for sign, stream in _ends(draft, node, streams) if stream in draft.atoms]
    unit = draft.units.get(ends[0][1], "") if ends else ""
    factor = scale("t", unit)
    if factor is None:
        draft.left_out.append((node, "joint.unit"))
        return
    known = {instant for _, stream in ends for atom in draft.atoms[stream] for instant in atom}
    counted = [level for level in levels(draft.flow, node, draft.settings) if level.instant in known]
    tiny = EXACT_LEVEL * max((float(level.value) for level in counted), default=1.0) + EXACT
    for level in counted:
        name = draft.unknown(f"level {node} {level.instant:%Y-%m-%d}")
        entry = Entry(
            "level", node, "stock_counts", level.instant, level.instant, float(level.value) * factor, unit, level.places
        )
        draft.measure(entry, {name: 1.0}, [Part("period", max(level.sd, tiny) * factor)])
    for opening, closing in pairwise(counted):
        _add_span(draft, node, ends, opening.instant, closing.instant, unit)


def _add_span(
    draft: Draft, node: str, ends: Sequence[tuple[float, str]], opening: datetime, closing: datetime, unit: str
) -> None:
    terms = {f"level {node} {opening:%Y-%m-%d}": 1.0, f"level {node} {closing:%Y-%m-%d}": -1.0}
    inflow = 0.0
    for sign, stream in ends:
        for atom in draft.atoms[stream]:
            if opening <= atom[0] and atom[1] <= closing:
                terms[draft.flows[stream, atom[0]]] = sign
                inflow += (rough(draft, stream, atom) or 0.0) if sign > 0 else 0.0
    loss = draft.unknown(f"loss {node} {opening:%Y-%m-%d}")
    terms[loss] = -1.0
    draft.balance(f"{node} {opening:%Y-%m-%d}", terms, Balance(node, opening, closing))
    entry = Entry("loss", node, "", opening, closing, 0.0, unit)
    draft.measure(entry, {loss: 1.0}, [loss_part(draft.settings, inflow)])


def loss_part(settings: Settings, inflow: float) -> Part:
    """What a store loses of its inflow between two counts [unit of the inflow]."""
    return Part("period", max(settings.spread("storage_loss") * inflow, EXACT))
