"""Hypotheses that need the documents behind a source: moisture, goods in transit, tare, the ledgers of a smelter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from verifierkit.bills.reading import register_difference
from verifierkit.bills.settled import settled_bills
from verifierkit.columns import Row, select
from verifierkit.flowmap import DOCUMENT_LISTS
from verifierkit.joint.constants import LARGE_FLOW
from verifierkit.joint.draft import scale
from verifierkit.joint.hypotheses import Hypothesis, swaps
from verifierkit.materials import counted_on, each_once
from verifierkit.periods import midnight, month_of

if TYPE_CHECKING:
    from verifierkit.joint.catalogue import Catalogue


def of_bills(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Bills whose settled quantity is not what their own registers show: a zero or net quantity printed, a part twice."""
    unit = scale("kWh", made.network.units[stream])
    found: dict[int, float] = {}
    for bill in settled_bills(made.flow.rows("settlement_bills", source)):
        metered = [step.value for step in bill.steps if step.rule == "metered"]
        if bill.passed is None or not metered or None in metered or unit is None:
            continue
        entries = ((p, made.network.entries[p]) for p in own)
        start, end = midnight(bill.start), midnight(bill.end)
        at = next((p for p, entry in entries if entry.start <= start and end <= entry.end), None)
        if at is not None:
            off = bill.passed - sum((value for value in metered if value is not None), Decimal(0))
            found[at] = found.get(at, 0.0) + float(off) * unit
    for position, amount in found.items():
        yield from made.known("bill_total", stream, source, [(position, amount)])


def digits_of_readings(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Two neighbouring digits of a reading swapped: two periods change, and the register may seem to turn over."""
    instrument = made.flow.instrument_of(source)
    if instrument is None:
        return
    entries = made.network.entries
    per_kwh = float(instrument["multiplier"] or 1) * (scale("kWh", made.network.units[stream]) or 0.0)
    ends = {entries[position].end: position for position in own}
    starts = {entries[position].start: position for position in own}
    rows = select(made.flow.tables["meter_readings"], instrument_id=instrument["instrument_id"], register="total")
    read = sorted((r for r in rows if r["reading"] is not None and r["read_at"]), key=lambda r: r["read_at"])
    for k, row in enumerate(read):
        for change in swaps(float(row["reading"])):
            shift = []
            for other, places, sign in ((k - 1, ends, 1), (k + 1, starts, -1)):
                if row["read_at"] in places and 0 <= other < len(read):
                    moved = _moved(instrument, read[other]["reading"], row["reading"], change, sign)
                    shift.append((places[row["read_at"]], moved * per_kwh))
            yield from made.known("transposed", stream, source, shift)


def _moved(instrument: Row, other: Decimal, reading: Decimal, change: float, sign: int) -> float:
    """How much the advance between two readings changes where one of them is off by ``change`` counts."""
    digits, right = instrument["register_digits"], reading - Decimal(repr(change))
    pairs = ((other, reading), (other, right)) if sign > 0 else ((reading, other), (right, other))
    shown, true = (register_difference(prior, current, digits) for prior, current in pairs)
    return float(shown - true)


def of_moisture(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Tonnes on the other basis: moisture deducted where it should not be, or the other way."""
    wet: dict[str, list[float]] = {}
    analysed = {s["source_id"] for s in made.flow.sources.values() if s["records"] == "coal_analyses"}
    mine = {s["source_id"] for s in made.flow.sources.values() if s["stream_id"] == stream} & analysed
    for name in sorted(mine or (analysed if _is_coal(made, stream) else ())):
        for row in made.flow.rows("coal_analyses", name):
            if row["total_moisture_fraction"] is not None and row["sampled_on"] is not None:
                wet.setdefault(month_of(row["sampled_on"]), []).append(float(row["total_moisture_fraction"]))
    water = {month: float(np.mean(values)) for month, values in wet.items()}
    if not water:
        return
    dry = [(p, -made.value(p) * m / (1 - m)) for p in own if (m := water.get(made.month(p), 0.0)) < 1]
    moist = [(p, made.value(p) * water.get(made.month(p), 0.0)) for p in own]
    for shift in (dry, moist):
        yield from made.known("basis", stream, source, shift)
        for part in shift:
            yield from made.known("basis", stream, source, [part])


def _is_coal(made: Catalogue, stream: str) -> bool:
    row = made.flow.streams[stream]
    nodes = (made.flow.nodes.get(row["from_node"]), made.flow.nodes.get(row["to_node"]))
    return any(node is not None and node["quantity"] == "coal" for node in nodes)


def of_transit(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Goods sent in one month and received in the next, booked when they were sent."""
    place = {made.month(position): position for position in own}
    moved: dict[tuple[str, str], float] = {}
    for name in sorted({source, *(s["source_id"] for s in made.flow.sources_of(stream))}):
        for row in made.flow.rows("transactions", name):
            sent, tonnes = row["dispatched_on"], row["weighed_t"]
            got = month_of(row["received_on"]) if row["received_on"] else ""
            if sent and tonnes and got != month_of(sent):
                moved[month_of(sent), got] = moved.get((month_of(sent), got), 0.0) + float(tonnes)
    for (month, later), tonnes in sorted(moved.items()):
        if month in place:
            yield from made.known("transit", stream, source, [(place[month], tonnes)])
            if later in place:
                yield from made.known("transit", stream, source, [(place[month], tonnes), (place[later], -tonnes)])
        elif later in place:  # sent before the first month: booked last year, so that this year lacks it
            yield from made.known("transit", stream, source, [(place[later], -tonnes)])


def of_deductions(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Settled tonnes booked as weighed: a record of its own that lacks what the lots deduct for moisture and quality.

    Lists of lots and tickets hold weighed tonnes by themselves; a deduction never enters their mass.
    """
    if made.flow.sources[source]["records"] in DOCUMENT_LISTS:
        return
    taken: dict[str, float] = {}
    for name in sorted(row["source_id"] for row in made.flow.sources_of(stream)):
        for row in each_once(made.flow.rows("transactions", name)):
            day = counted_on(row)
            if day is not None and row["deduction_t"]:
                taken[month_of(day)] = taken.get(month_of(day), 0.0) + float(row["deduction_t"])
    shift = [(position, -taken.get(made.month(position), 0.0)) for position in own]
    yield from made.known("settled", stream, source, shift)
    for part in shift:
        yield from made.known("settled", stream, source, [part])


def of_tare(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """The same mass too much or too little on every ticket, from a month on: a tare that was not renewed."""
    rows = made.flow.rows("tickets", source)
    tickets = Counter(month_of(row["weighed_on"]) for row in rows if row["weighed_on"])
    total = sum(tickets[made.month(position)] for position in own)
    if not total:
        return
    each = sum(abs(made.value(position)) for position in own) / total
    shift = [(position, each * tickets[made.month(position)]) for position in own]
    for first in range(len(shift)):
        yield from made.free("tare", stream, source, shift[first:])


def of_smelter_ledgers(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Metal in the pots, butts and start-up anodes, as the ledgers of metal and anodes give them, booked with the flow."""
    sources = [row["source_id"] for row in made.flow.sources_of(stream)]
    metal = [row for name in sources for row in made.flow.rows("metal", name)]
    pots = _by_month(metal, "in_pot_closing_t", "in_pot_opening_t")
    yield from _counted(made, "in_pot", stream, source, own, pots)
    anodes = [row for name in sources for row in made.flow.rows("anodes", name)]
    for column, kind in (("butts_t", "butts"), ("startup_t", "startup")):
        yield from _counted(made, kind, stream, source, own, _by_month(anodes, column))
    if not anodes:
        yield from _counted(made, "butts", stream, source, own, _butts_of_store(made, stream))


def _by_month(rows: Sequence[Row], column: str, less: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        if row["month"] is not None and row[column] is not None and (not less or row[less] is not None):
            found[row["month"]] = float(row[column]) - (float(row[less]) if less else 0.0)
    return found


def _butts_of_store(made: Catalogue, stream: str) -> dict[str, float]:
    """Butts of the ledgers of anodes that leave the store into which a stream brings them."""
    flow, store = made.flow, made.flow.streams[stream]["to_node"]
    rows: list[Row] = []
    for leaving in flow.outflows(store):
        rows += [row for s in flow.sources_of(leaving["stream_id"]) for row in flow.rows("anodes", s["source_id"])]
    return _by_month(rows, "butts_t")


def _counted(
    made: Catalogue, kind: str, stream: str, source: str, own: Sequence[int], amounts: Mapping[str, float]
) -> Iterator[Hypothesis]:
    """Amounts added to a flow, or taken from it, in a month or over the year."""
    shift = [(position, amounts.get(made.month(position), 0.0)) for position in own]
    for sign in (1, -1):
        signed = [(position, sign * amount) for position, amount in shift]
        yield from made.known(kind, stream, source, signed)
        for part in signed:
            yield from made.known(kind, stream, source, [part])


def of_lists(made: Catalogue, stream: str, source: str, own: Sequence[int]) -> Iterator[Hypothesis]:
    """Goods moved without a document: as much as the large flows beside it carry, whatever its own usual month is."""
    if made.flow.sources[source]["records"] not in DOCUMENT_LISTS:
        return
    sizes = made.sizes_beside(stream)
    scale = float(np.quantile(sizes, LARGE_FLOW)) if sizes else 0.0
    for position in own:
        yield from made.free("unrecorded", stream, source, [(position, scale)])
