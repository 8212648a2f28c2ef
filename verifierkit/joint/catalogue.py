"""All hypotheses of a network, family by family: of each source, of levels, of unseen flows, of ratios, of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations

import numpy as np

from verifierkit.columns import Row, select
from verifierkit.flowmap import FlowMap
from verifierkit.joint import families
from verifierkit.joint.constants import DECADE, DRIFTED, LONGEST_STILL, POWER_OF_TEN, UNEVEN
from verifierkit.joint.draft import scale
from verifierkit.joint.hypotheses import MOMENT, Hypothesis, entry_month, kinds, runs, swaps
from verifierkit.joint.network import Network
from verifierkit.joint.settings import Settings
from verifierkit.periods import month_of
from verifierkit.series import input_streams


class Catalogue:
    """All hypotheses of a network, made family by family."""

    def __init__(self, flow: FlowMap, network: Network, settings: Settings) -> None:
        self.flow, self.network, self.settings = flow, network, settings
        self.months = [entry_month(entry) for entry in network.entries]
        self.by_source: dict[tuple[str, str], list[int]] = {}
        self.by_kind: dict[str, dict[str, list[int]]] = {}
        for position, entry in enumerate(network.entries):
            if entry.kind == "flow":
                self.by_source.setdefault((entry.subject, entry.source), []).append(position)
            else:
                self.by_kind.setdefault(entry.kind, {}).setdefault(entry.subject, []).append(position)

    def all(self) -> list[Hypothesis]:
        """Every hypothesis, in an order that depends on nothing but the map."""
        found = [h for own in self.by_source.items() for h in self._of_source(own[0][0], own[0][1], own[1])]
        return [*found, *self._of_levels(), *self._of_flows_unseen(), *self._of_ratios(), *self._of_pairs()]

    def value(self, position: int) -> float:
        return self.network.entries[position].value

    def month(self, position: int) -> str:
        return self.months[position]

    def _months(self, positions: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.months[position] for position in positions]))

    def free(
        self, kind: str, subject: str, source: str, shift: Sequence[tuple[int, float]], partner: str = ""
    ) -> Iterator[Hypothesis]:
        used = tuple((position, amount) for position, amount in shift if amount)
        if used:
            months = self._months([position for position, _ in used])
            yield Hypothesis(kind, subject, source, months, used, kinds()[kind].size, partner)

    def known(
        self, kind: str, subject: str, source: str, shift: Sequence[tuple[int, float]], partner: str = ""
    ) -> Iterator[Hypothesis]:
        used = tuple((position, amount) for position, amount in shift if amount)
        if used:
            months = self._months([position for position, _ in used])
            yield Hypothesis(kind, subject, source, months, used, 0.0, partner)

    def _of_source(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
        values = [(position, self.value(position)) for position in own]
        sizes = self.typical(stream, own)
        yield from self.free("bias", stream, source, values)
        for first, last in runs(len(values)):
            yield from self.free("step", stream, source, values[first:last])
        if len(values) > 2:
            last = len(values) - 1
            for begin in DRIFTED:
                drift = [(p, v * (begin + (1 - begin) * k / last)) for k, (p, v) in enumerate(values)]
                yield from self.free("ramp", stream, source, drift)
        for k, (position, _) in enumerate(values):
            pasted = any(self.value(other) == self.value(position) for other in own if other != position)
            kind = "pasted" if pasted and self.value(position) else "month"
            yield from self.free(kind, stream, source, [(position, sizes[position])])
            if k:
                moved = max(sizes[own[k - 1]], sizes[position])
                yield from self.free("shifted", stream, source, [(own[k - 1], moved), (position, -moved)])
        yield from self._factors(stream, source, values)
        yield from self._digits(stream, source, own)
        for one, other in combinations(values, 2):
            change = one[1] - other[1]
            yield from self.known("swapped", stream, source, [(one[0], change), (other[0], -change)])
        for position, value in values:
            yield from self.known("sign", stream, source, [(position, 2 * value)])
        yield from self.known("sign", stream, source, [(position, 2 * value) for position, value in values])
        yield from self._of_registers(stream, source, own, sizes)
        yield from families.of_bills(self, stream, source, own)
        yield from families.of_moisture(self, stream, source, own)
        yield from families.of_transit(self, stream, source, own)
        yield from families.of_deductions(self, stream, source, own)
        yield from families.of_tare(self, stream, source, own)
        yield from families.of_lists(self, stream, source, own)
        yield from families.of_smelter_ledgers(self, stream, source, own)

    def typical(self, stream: str, own: Sequence[int]) -> dict[int, float]:
        """Size of each period's value: the median of those that are not zero, of the streams beside it where all are.

        Where periods of very different length stand side by side, it is the median daily rate over the days of each.
        """
        used = [position for position in own if self.value(position)]
        days = {position: self.days(position) for position in own}
        if used and max(days.values()) > UNEVEN * min(days.values()) > 0:
            rate = float(np.median([abs(self.value(position)) / days[position] for position in used]))
            return {position: rate * days[position] for position in own}
        sizes = [abs(self.value(position)) for position in used] or self.sizes_beside(stream)
        return dict.fromkeys(own, float(np.median(sizes)) if sizes else 0.0)

    def sizes_beside(self, stream: str) -> list[float]:
        """Sizes of all values in the group of a stream that are not zero."""
        group = next((group for group in self.network.groups if stream in group), frozenset((stream,)))
        found = (p for (name, _), places in self.by_source.items() if name in group for p in places)
        return [abs(self.value(position)) for position in found if self.value(position)]

    def _factors(self, stream: str, source: str, values: Sequence[tuple[int, float]]) -> Iterator[Hypothesis]:
        meter = self._is_meter(source)
        for name, factor in self.settings.limits.items():
            if not name.startswith("factor_"):
                continue
            tens = abs(np.log10(factor) - round(np.log10(factor))) < POWER_OF_TEN
            kind = "multiplier" if meter else "unit_slip"
            if not (meter or tens):
                continue
            for k in (factor, 1 / factor):
                shifts = [(position, value * (1 - 1 / k)) for position, value in values]
                yield from self.known(kind, stream, source, shifts, f"{k:.4g}")
                for first, last in runs(len(shifts)) if meter else ():
                    yield from self.known(kind, stream, source, shifts[first:last], f"{k:.4g}")
                for shift in shifts:
                    yield from self.known(kind, stream, source, [shift], f"{k:.4g}")

    def _is_meter(self, source: str) -> bool:
        instrument = self.flow.instrument_of(source)
        return instrument is not None and instrument["kind"] == "electricity_meter"

    def _digits(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
        """Two neighbouring digits swapped in a value, or in a reading (which changes two periods)."""
        if self.flow.sources[source]["records"] == "meter_readings":
            yield from families.digits_of_readings(self, stream, source, own)
            return
        for position in own:
            for change in swaps(self.value(position)):
                yield from self.known("transposed", stream, source, [(position, change)])

    def _of_registers(
        self, stream: str, source: str, own: Sequence[int], sizes: Mapping[int, float]
    ) -> Iterator[Hypothesis]:
        row = self.flow.sources[source]
        instrument = self.flow.instrument_of(source)
        if instrument is None or row["records"] not in ("meter_readings", "settlement_bills"):
            return
        for whole in self._wholes(instrument, stream):
            for position in own:
                for sign in (1, -1):
                    yield from self.known("rollover", stream, source, [(position, sign * whole)])
        readings = select(self.flow.tables["meter_readings"], instrument_id=instrument["instrument_id"])
        changed = [r["read_at"] for r in readings if r["state"] in ("exchange_out", "exchange_in") and r["read_at"]]
        for position in own:
            entry = self.network.entries[position]
            if any(entry.start <= instant <= entry.end for instant in changed):
                yield from self.free("exchange", stream, source, [(position, sizes[position])])
        for first in range(len(own)):
            yield from self.free("frozen", stream, source, [(own[first], -sizes[own[first]])])
            for last in range(first + 1, min(first + LONGEST_STILL, len(own) - 1) + 1):
                still = [(position, -sizes[position]) for position in own[first:last]]
                filled = -sum(amount for _, amount in still)
                yield from self.free("frozen", stream, source, [*still, (own[last], filled)])
        yield from self._of_losses(stream, source, own)

    def _wholes(self, instrument: Row, stream: str) -> list[float]:
        """What a register that turns over is wrong by [unit of the stream]: its whole count, or that beside one of a digit less."""
        per_kwh = float(instrument["multiplier"] or 1) * (scale("kWh", self.network.units[stream]) or 0.0)
        digits = instrument["register_digits"]
        if digits is not None:
            return [DECADE ** int(digits) * per_kwh, (DECADE ** int(digits) - DECADE ** (int(digits) - 1)) * per_kwh]
        rows = select(self.flow.tables["meter_readings"], instrument_id=instrument["instrument_id"])
        largest = max((int(row["reading"]) for row in rows if row["reading"] is not None), default=0)
        return [DECADE ** len(str(largest)) * per_kwh] if largest > 0 else []

    def _of_losses(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
        charged: dict[str, float] = {}
        unit = scale("kWh", self.network.units[stream]) or 0.0
        for row in self.flow.rows("settlement_bills", source):
            if row["period_end"] is not None and row["loss_kwh"]:
                month = month_of(row["period_end"])
                charged[month] = charged.get(month, 0.0) + float(row["loss_kwh"]) * unit
        shift = [(position, charged.get(self.month(position), 0.0)) for position in own]
        yield from self.known("loss", stream, source, shift)
        yield from self.known("loss", stream, source, [(position, -amount) for position, amount in shift])
        for position, amount in shift:
            yield from self.known("loss", stream, source, [(position, amount)])
            yield from self.known("loss", stream, source, [(position, -amount)])

    def _of_levels(self) -> Iterator[Hypothesis]:
        for node, own in self.by_kind.get("level", {}).items():
            typical = float(np.median([abs(self.value(position)) for position in own]))
            for position in own:
                yield from self.free("level", node, "stock_counts", [(position, typical)])
            entries = self.network.entries
            place = {entries[position].end: position for position in own}
            for row in select(self.flow.tables["stock_counts"], node_id=node):
                if row["adjustment_t"] and row["counted_on"]:
                    at = next((p for end, p in place.items() if (end - MOMENT).date() == row["counted_on"]), None)
                    if at is not None:
                        change = float(row["adjustment_t"])
                        yield from self.known("adjustment", node, "stock_counts", [(at, change)])
                        yield from self.known("adjustment", node, "stock_counts", [(at, -change)])

    def _of_flows_unseen(self) -> Iterator[Hypothesis]:
        """A flow that the map does not show, all year or in one month: at a bus, at a store, in a remainder."""
        typical = self._typical_flow()
        for kind in ("leak", "remainder", "loss"):
            for node, own in self.by_kind.get(kind, {}).items():
                shift = [(position, typical * self.days(position) / self.days(own[0])) for position in own]
                yield from self.free("missing_flow", node, "", shift)
                for first, last in runs(len(shift)):
                    yield from self.free("missing_flow", node, "", shift[first:last])
        months = tuple(
            dict.fromkeys(self._months([k for own in self.by_kind.get("remainder", {}).values() for k in own]))
        )
        for stream, (position,) in self.by_kind.get("share", {}).items():
            yield Hypothesis("unmetered", stream, "", months, ((position, 1.0),), kinds()["unmetered"].size)

    def _typical_flow(self) -> float:
        """Typical size of the largest flow of a period, the scale of a flow that is not there."""
        found: dict[object, float] = {}
        for entry in self.network.entries:
            if entry.kind == "flow":
                found[entry.start] = max(found.get(entry.start, 0.0), abs(entry.value))
        return float(np.median(list(found.values()))) if found else 1.0

    def days(self, position: int) -> float:
        """Length of a period [d]."""
        entry = self.network.entries[position]
        return (entry.end - entry.start) / timedelta(days=1)

    def _of_ratios(self) -> Iterator[Hypothesis]:
        for relation, own in self.by_kind.get("ratio", {}).items():
            values = [(position, self.value(position)) for position in own]
            source = self.network.entries[own[0]].source
            if len({value for _, value in values}) == 1 and len(values) > 2:
                yield from self.free("fixed_ratio", relation, source, values)
            yield from self.free("ratio", relation, source, values)
            for value in values:
                yield from self.free("ratio", relation, source, [value])

    def _of_pairs(self) -> Iterator[Hypothesis]:
        """One flow counted in another one, and use on the other line."""
        for group in self.network.groups:
            streams = [stream for stream in self.flow.streams if stream in group]
            for one in streams:
                for source, own in self._sources(one):
                    yield from self._included(one, source, own, [name for name in streams if self._beside(one, name)])
            for one, other in combinations(streams, 2):
                if self._parallel(one, other):
                    yield from self._moved(one, other)

    def _sources(self, stream: str) -> list[tuple[str, list[int]]]:
        return [(source, own) for (name, source), own in self.by_source.items() if name == stream]

    def _included(self, stream: str, source: str, own: Sequence[int], others: Sequence[str]) -> Iterator[Hypothesis]:
        mine = {(self.network.entries[p].start, self.network.entries[p].end): p for p in own}
        for other in others:
            if other in {name for row in self.flow.tables["relations"] for name in input_streams(row["input_streams"])}:
                continue
            for _, theirs in self._sources(other)[:1]:
                entries = ((self.network.entries[p], p) for p in theirs)
                shift = [(mine[e.start, e.end], self.value(p)) for e, p in entries if (e.start, e.end) in mine]
                yield from self.known("included", stream, source, shift, other)
                for part in shift:
                    yield from self.known("included", stream, source, [part], other)

    def _beside(self, one: str, other: str) -> bool:
        """Whether two streams leave or enter one balanced node side by side, so that one can be counted in the other."""
        a, b = self.flow.streams[one], self.flow.streams[other]
        shared = {a[end] for end in ("from_node", "to_node") if a[end] == b[end]}
        kinds_of = {self.flow.nodes[node]["kind"] for node in shared if node in self.flow.nodes}
        return one != other and bool(kinds_of & {"bus", "store"})

    def _parallel(self, one: str, other: str) -> bool:
        """Whether two streams leave or enter one store side by side."""
        a, b = self.flow.streams[one], self.flow.streams[other]
        shared = {a[end] for end in ("from_node", "to_node") if a[end] == b[end]}
        return any(self.flow.nodes[node]["kind"] == "store" for node in shared if node in self.flow.nodes)

    def _moved(self, one: str, other: str) -> Iterator[Hypothesis]:
        first, second = self._sources(one)[:1], self._sources(other)[:1]
        if not first or not second:
            return
        (source, own), (_, theirs) = first[0], second[0]
        place = {(self.network.entries[p].start, self.network.entries[p].end): p for p in theirs}
        shift: list[tuple[int, float]] = []
        for position in own:
            entry = self.network.entries[position]
            if (entry.start, entry.end) in place:
                shift += [(position, self.value(position)), (place[entry.start, entry.end], -self.value(position))]
        yield from self.free("other_line", one, source, shift, other)
