"""The simulator's prior of errors in records: which kinds, where, when and how large, as shapes of known distribution.

Kinds are those of verifierkit/joint/kinds.yaml that the error planter of :mod:`verifierkit.simulate` plants in records
(in brackets the planted error): bias and step (gate_bias, load_bias, crane_scale_high, feed_scale_span, tare_not_renewed),
ramp (belt_scale_drift), month (load_bias, startup_anodes_left_out), pasted (month_pasted, gate_month_pasted), multiplier
(gate_multiplier), transposed (gate_digits), swapped (gate_months_swapped), shifted (gate_day_shifted, gate_backfilled,
gate_frozen), included (feeder_counted_twice, butts_as_receipts), missing_flow (supply_missing, clinker_moved_unrecorded),
other_line (other_line_use), ratio (fixed_raw_meal_ratio, returned_dust), transit (cutoff_year_end). Errors that act in
ledgers and reports only (unit slips, rollover, losses charged) are found by recalculation and are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import numpy as np
from _plants import Plant

from verifierkit.columns import select
from verifierkit.joint.hypotheses import entry_month, swaps
from verifierkit.periods import month_of
from verifierkit.series import input_streams
from verifierkit.simulate.noise import drift

WEIGHTS = {
    "bias": 2.0, "step": 1.0, "ramp": 1.0, "month": 3.0, "pasted": 1.0, "multiplier": 1.0, "transposed": 1.0,
    "swapped": 1.0, "shifted": 2.0, "included": 1.0, "missing_flow": 2.0, "other_line": 1.0, "ratio": 1.0,
    "transit": 1.0,
}  # fmt: skip
SIZES = {  # smallest and largest size, even in its logarithm, either sign [share; days for shifted]
    "bias": (0.003, 0.3), "step": (0.003, 0.3), "ramp": (0.003, 0.3), "month": (0.005, 0.8), "shifted": (0.2, 8.0),
    "missing_flow": (0.003, 0.5), "other_line": (0.005, 0.5), "ratio": (0.002, 0.1),
}  # fmt: skip
STEPS = (1.2, 1.25, 4 / 3, 1.5, 1.6, 2.0, 2.5, 10.0)
GRID = 24  # sizes per sign with which the oracle stands for the even spread
UPWARD = ("missing_flow",)  # a flow that nobody recorded has one sign


@dataclass(frozen=True)
class Shape:
    """One place and time at which an error of a kind can sit; its size is drawn where the kind has sizes."""

    kind: str
    subject: str
    source: str
    months: tuple[str, ...]
    shift: tuple[tuple[int, float], ...]
    partner: str = ""
    readings: tuple[tuple[tuple[str, object], object], ...] = ()


@dataclass(frozen=True)
class Planted:
    """One error: its shape, its size and what it does to the records."""

    shape: Shape
    size: float
    shift: Mapping[int, float]


@dataclass
class Prior:
    """All shapes of a plant, with the weight of each."""

    base: Plant
    shapes: list[Shape] = field(default_factory=list)

    def __post_init__(self) -> None:
        network = self.base.network
        self.values = np.array([entry.value for entry in network.entries])
        self.months = [entry_month(entry) for entry in network.entries]
        self.own: dict[tuple[str, str], list[int]] = {}
        self.kinds: dict[str, dict[str, list[int]]] = {}
        for k, entry in enumerate(network.entries):
            if entry.kind == "flow":
                self.own.setdefault((entry.subject, entry.source), []).append(k)
            else:
                self.kinds.setdefault(entry.kind, {}).setdefault(entry.subject, []).append(k)
        for (stream, source), own in self.own.items():
            self.shapes += self._of_source(stream, source, own)
        self.shapes += self._of_nodes()
        self.shapes += self._of_pairs()
        self.shapes = [shape for shape in self.shapes if any(amount for _, amount in shape.shift)]
        counts = {kind: sum(shape.kind == kind for shape in self.shapes) for kind in WEIGHTS}
        total = sum(weight for kind, weight in WEIGHTS.items() if counts[kind])
        self.weights = np.array([WEIGHTS[shape.kind] / counts[shape.kind] / total for shape in self.shapes])

    def draw(self, rng: np.random.Generator, count: int) -> list[Planted]:
        """Errors drawn from the prior."""
        return [self.made(int(k), rng) for k in rng.choice(len(self.shapes), count, p=self.weights)]

    def made(self, number: int, rng: np.random.Generator) -> Planted:
        """One error of a shape, its size drawn; a drift takes the uneven path of the simulator."""
        shape = self.shapes[number]
        size = 1.0
        if shape.kind in SIZES:
            low, high = np.log(SIZES[shape.kind])
            size = float(np.exp(rng.uniform(low, high)))
            size *= 1 if shape.kind in UPWARD else rng.choice([-1, 1])
        amounts = dict(shape.shift)
        if shape.kind == "ramp":
            path = drift(rng, end=1.0, size=len(amounts))
            amounts = {k: float(self.values[k] * share) for k, share in zip(amounts, path, strict=True)}
        return Planted(shape, size, {k: size * amount for k, amount in amounts.items()})

    def _shape(self, kind: str, stream: str, source: str, shift: Mapping[int, float], partner: str = "") -> Shape:
        months = tuple(dict.fromkeys(self.months[k] for k in shift))
        return Shape(kind, stream, source, months, tuple(shift.items()), partner)

    def _of_source(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Shape]:
        value, last = self.values, len(own) - 1
        yield self._shape("bias", stream, source, {k: value[k] for k in own})
        for first in range(1, len(own) - 1):
            yield self._shape("step", stream, source, {k: value[k] for k in own[first:]})
        if last > 1:
            yield self._shape("ramp", stream, source, {k: value[k] * n / last for n, k in enumerate(own)})
        used = [k for k in own if value[k]]
        for k in used:
            yield self._shape("month", stream, source, {k: value[k]})
        for one, other in pairwise(own):
            yield self._shape("pasted", stream, source, {other: value[one] - value[other]})
            rate = value[other] / self._days(other)
            if value[one] and rate:
                yield self._shape("shifted", stream, source, {one: rate, other: -rate})
        for n, one in enumerate(own):
            for other in own[n + 1 :]:
                change = value[other] - value[one]
                yield self._shape("swapped", stream, source, {one: change, other: -change})
        if self._is_meter(source):
            for step in STEPS:
                for factor in (step, 1 / step):
                    for first in range(len(own)):
                        shift = {k: value[k] * (factor - 1) for k in own[first:]}
                        yield self._shape("multiplier", stream, source, shift, f"{factor:.4g}")
        yield from self._digits(stream, source, own)
        yield from self._transit(stream, source, own)

    def _days(self, k: int) -> float:
        entry = self.base.network.entries[k]
        return (entry.end - entry.start).total_seconds() / 86400

    def _is_meter(self, source: str) -> bool:
        instrument = self.base.flow.instrument_of(source)
        return instrument is not None and instrument["kind"] == "electricity_meter"

    def _digits(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Shape]:
        """Two digits of a monthly value, or of a reading of a register, written the wrong way round."""
        records = self.base.flow.sources[source]["records"]
        if records == "monthly_values":
            for k in own:
                for change in swaps(self.values[k]):
                    yield self._shape("transposed", stream, source, {k: -change})
        instrument = self.base.flow.instrument_of(source)
        if records != "meter_readings" or instrument is None:
            return
        entries = self.base.network.entries
        per_unit = float(instrument["multiplier"] or 1) / 1000
        name = instrument["instrument_id"]
        for row in select(self.base.flow.tables["meter_readings"], instrument_id=name, register="total"):
            for change in swaps(float(row["reading"])):
                shift = {k: -change * per_unit for k in own if entries[k].end == row["read_at"]}
                shift |= {k: change * per_unit for k in own if entries[k].start == row["read_at"]}
                if shift and all(self.values[k] + amount > 0 for k, amount in shift.items()):
                    said = (((name, row["read_at"]), row["reading"] - Decimal(round(change))),)
                    months = tuple(dict.fromkeys(self.months[k] for k in shift))
                    yield Shape("transposed", stream, source, months, tuple(shift.items()), "", said)

    def _transit(self, stream: str, source: str, own: Sequence[int]) -> Iterator[Shape]:
        """Goods sent in a month and received in the next one, booked when they were sent."""
        place = {self.months[k]: k for k in own}
        moved: dict[str, float] = {}
        for row in self.base.flow.rows("transactions", source):
            sent, got, tonnes = row["dispatched_on"], row["received_on"], row["weighed_t"]
            if sent and tonnes and (got is None or month_of(got) != month_of(sent)) and month_of(sent) in place:
                moved[month_of(sent)] = moved.get(month_of(sent), 0.0) + float(tonnes)
        order = list(place)
        for month, tonnes in moved.items():
            following = order[order.index(month) + 1 : order.index(month) + 2]
            shift = {place[month]: tonnes} | {place[other]: -tonnes for other in following}
            yield self._shape("transit", stream, source, shift)

    def _of_nodes(self) -> Iterator[Shape]:
        """A flow that no record shows, all year or in a month; a wrong ratio, all year or in a month."""
        entries = self.base.network.entries
        for kind in ("leak", "loss", "remainder"):
            for node, own in self.kinds.get(kind, {}).items():
                flows = [self._through(node, kind, entries[k].start, entries[k].end) for k in own]
                shift = {k: -flow for k, flow in zip(own, flows, strict=True) if flow}
                if shift:
                    yield self._shape("missing_flow", node, "", shift)
                for part in shift.items():
                    yield self._shape("missing_flow", node, "", dict([part]))
        for relation, own in self.kinds.get("ratio", {}).items():
            yield self._shape("ratio", relation, "raw_meal_ratios", {k: self.values[k] for k in own})
            for k in own:
                yield self._shape("ratio", relation, "raw_meal_ratios", {k: self.values[k]})

    def _through(self, node: str, kind: str, start: object, end: object) -> float:
        """Largest flow of the node's group in the span: what an unrecorded flow is a share of."""
        entries, flow = self.base.network.entries, self.base.flow
        if kind == "remainder":
            row = flow.streams[node]
            node = row["from_node"]
        near = {s for s, row in flow.streams.items() if node in (row["from_node"], row["to_node"])}
        amounts: dict[str, float] = {}
        for entry in entries:
            if entry.kind == "flow" and entry.subject in near and start <= entry.start and entry.end <= end:
                amounts.setdefault(entry.subject, 0.0)
                amounts[entry.subject] = max(amounts[entry.subject], abs(entry.value))
        return max(amounts.values(), default=0.0)

    def _of_pairs(self) -> Iterator[Shape]:
        """A flow counted in a neighbour of its node, and use of a store's goods on the other line."""
        flow = self.base.flow
        inputs = {name for row in flow.tables["relations"] for name in input_streams(row["input_streams"])}
        joined = [s for group in self.base.network.groups for s in flow.streams if s in group and s not in inputs]
        for one in joined:
            for other in joined:
                if one == other or not self._side_by_side(one, other):
                    continue
                shift = self._matched(one, other)
                store = self._side_by_side(one, other, "store")
                (source, *_), (theirs, *_) = self._sources(one) or [""], self._sources(other) or [""]
                if not shift or not source or not theirs:
                    continue
                for parts in (shift, *([part] for part in shift)):
                    yield self._shape("included", one, source, {a: self.values[b] for a, b in parts}, other)
                    if store and one < other:
                        moved = {a: self.values[a] for a, _ in parts} | {b: -self.values[a] for a, b in parts}
                        yield self._shape("other_line", one, source, moved, other)

    def _sources(self, stream: str) -> list[str]:
        return [source for name, source in self.own if name == stream]

    def _matched(self, one: str, other: str) -> list[tuple[int, int]]:
        entries = self.base.network.entries
        mine, theirs = (self.own.get((s, next(iter(self._sources(s)), "")), []) for s in (one, other))
        place = {(entries[k].start, entries[k].end): k for k in mine}
        found = [(place.get((entries[k].start, entries[k].end)), k) for k in theirs]
        return [(a, b) for a, b in found if a is not None and self.values[a] and self.values[b]]

    def _side_by_side(self, one: str, other: str, kind: str = "") -> bool:
        """Whether two streams leave or enter one node."""
        flow = self.base.flow
        a, b = flow.streams[one], flow.streams[other]
        shared = {a[end] for end in ("from_node", "to_node") if a[end] == b[end]} & set(flow.nodes)
        return any(not kind or flow.nodes[node]["kind"] == kind for node in shared)


def sizes(kind: str) -> np.ndarray:
    """Sizes with which the oracle stands for a kind, equally probable."""
    if kind not in SIZES:
        return np.ones(1)
    low, high = np.log(SIZES[kind])
    positive = np.exp(low + (np.arange(GRID) + 0.5) / GRID * (high - low))
    return positive if kind in UPWARD else np.concatenate([-positive, positive])
