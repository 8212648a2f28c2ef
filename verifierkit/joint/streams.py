"""Streams of the problem: their atoms of time, what their records say, and profiles where a record says less."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from verifierkit.joint.constants import EXACT
from verifierkit.joint.draft import DAY, Draft, Entry, levels, scale
from verifierkit.joint.sources import Period, Witness, parts
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Part


def cuts_of(draft: Draft, streams: Sequence[str], nodes: Sequence[str]) -> list[datetime]:
    """All instants that end or start something, in order; a log finer than the limit is summed between them."""
    months = [instant for month in draft.flow.months for instant in month_instants(month)]
    finest = draft.settings.number("finest_periods")
    cuts = set(months)
    for stream in streams:
        for witness in draft.found[stream]:
            if len(witness.periods) <= finest:
                cuts |= {instant for period in witness.periods for instant in (period.start, period.end)}
    for node in nodes:
        if draft.flow.nodes[node]["kind"] == "store":
            counted = (level.instant for level in levels(draft.flow, node, draft.settings))
            cuts |= {instant for instant in counted if min(months) <= instant <= max(months)}
    return sorted(cuts)


def add_stream(draft: Draft, stream: str, cuts: Sequence[datetime], unit: str) -> None:
    months = [instant for month in draft.flow.months for instant in month_instants(month)]
    own = [between(witness.periods, cuts) for witness in draft.found[stream]]
    spans = [(period.start, period.end) for periods in own for period in periods] + [(months[0], months[-1])]
    atoms = tuple(
        (start, end) for start, end in pairwise(cuts) if any(first <= start and end <= last for first, last in spans)
    )
    draft.atoms[stream], draft.units[stream] = atoms, unit
    for start, _ in atoms:
        draft.flows[stream, start] = draft.unknown(f"{stream} {start:%Y-%m-%d %H:%M}")
    for witness, periods in zip(draft.found[stream], own, strict=True):
        factor = scale(witness.unit, unit)
        if factor is None:
            draft.left_out.append((witness.source, "joint.unit"))
            continue
        for period in periods:
            _add_period(draft, witness, period, factor)
    _add_profiles(draft, stream, own)


def between(periods: Sequence[Period], cuts: Sequence[datetime]) -> list[Period]:
    """Periods as they stand where they lie on cuts, else summed from cut to cut where they tile the whole of it."""
    known = set(cuts)
    if all(period.start in known and period.end in known for period in periods):
        return list(periods)
    found = []
    for start, end in pairwise(cuts):
        inside = [period for period in periods if start <= period.start and period.end <= end]
        tiled = bool(inside) and inside[0].start == start and inside[-1].end == end
        if tiled and all(one.end == other.start for one, other in pairwise(inside)):
            places = (*inside[0].places[:1], *inside[-1].places[-1:])
            found.append(Period(start, end, sum(period.value for period in inside), places))
    return found


def _add_period(draft: Draft, witness: Witness, period: Period, factor: float) -> None:
    terms = {
        draft.flows[witness.stream, start]: 1.0
        for start, end in draft.atoms[witness.stream]
        if period.start <= start and end <= period.end
    }
    entry = Entry(
        "flow", witness.stream, witness.source, period.start, period.end, period.value * factor,
        draft.units[witness.stream], period.places,
    )  # fmt: skip
    found = parts(draft.flow, witness, period, draft.settings)
    draft.measure(entry, terms, [Part(part.kind, part.sd * factor, part.group, part.sign) for part in found])


def _add_profiles(draft: Draft, stream: str, own: Sequence[Sequence[Period]]) -> None:
    """Equal daily rates, with their uncertainty, on both sides of a cut that no record of the stream has."""
    cut_by_record = {instant for periods in own for period in periods for instant in (period.start, period.end)}
    for one, other in pairwise(draft.atoms[stream]):
        if one[1] != other[0] or one[1] in cut_by_record:
            continue
        around = [p for periods in own for p in periods if p.start <= one[0] and other[1] <= p.end]
        if not around:
            continue
        rate = max(abs(period.value) / _days(period.start, period.end) for period in around)
        factor = next((scale(w.unit, draft.units[stream]) for w in draft.found[stream] if w.unit), 1.0) or 1.0
        terms = {draft.flows[stream, one[0]]: 1 / _days(*one), draft.flows[stream, other[0]]: -1 / _days(*other)}
        entry = Entry("profile", stream, "", one[0], other[1], 0.0, draft.units[stream])
        sd = draft.settings.spread("profile") * rate * factor
        draft.measure(entry, terms, [Part("period", sd or EXACT)])


def _days(start: datetime, end: datetime) -> float:
    return (end - start) / DAY
