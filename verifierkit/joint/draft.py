"""The problem of a case while it grows, and what its rows and columns stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import hypot

from verifierkit.columns import Row, select
from verifierkit.errors import Place, UsageError
from verifierkit.flowmap import BOOK, FlowMap
from verifierkit.joint.settings import Settings, from_limit
from verifierkit.joint.sources import Witness
from verifierkit.periods import midnight
from verifierkit.reconcile.network import Measurement, Part
from verifierkit.units import UNITS, convert, unit_name

DAY = timedelta(days=1)

Cell = tuple[str, datetime]
"""A stream and the start of its atom."""


@dataclass(frozen=True)
class Entry:
    """What one measurement of the problem stands for.

    ``kind``: flow, level, ratio, or a pseudo-measurement: loss, leak, profile, remainder, share. ``subject`` is the stream, node or
    relation that it is about; ``source`` is "" for a pseudo-measurement.
    """

    kind: str
    subject: str
    source: str
    start: datetime
    end: datetime
    value: float
    unit: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Balance:
    """One balance of the problem: a node over [start, end)."""

    node: str
    start: datetime
    end: datetime


@dataclass
class Draft:
    """The problem while it grows."""

    flow: FlowMap
    settings: Settings
    found: dict[str, tuple[Witness, ...]]
    units: dict[str, str] = field(default_factory=dict)
    unknowns: list[str] = field(default_factory=list)
    flows: dict[Cell, str] = field(default_factory=dict)
    atoms: dict[str, tuple[tuple[datetime, datetime], ...]] = field(default_factory=dict)
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    balances: list[Balance | None] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    relations: list[tuple[Row, tuple[str, ...]]] = field(default_factory=list)
    stream_at: dict[str, str] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def unknown(self, name: str) -> str:
        """A new unknown."""
        self.unknowns.append(name)
        return name

    def balance(self, name: str, terms: Mapping[str, float], about: Balance | None) -> None:
        """A new balance: the terms sum to zero."""
        self.rows[name] = dict(terms)
        self.balances.append(about)

    def measure(self, entry: Entry, terms: Mapping[str, float], uncertainty: Sequence[Part]) -> None:
        """A new measurement."""
        name = f"{entry.source or entry.kind} {entry.subject} {entry.start:%Y-%m-%d}"
        self.measurements.append(Measurement(name, entry.value, terms, uncertainty))
        self.entries.append(entry)


@dataclass(frozen=True)
class Level:
    """Counted level of a store at an instant [t], and its standard uncertainty."""

    instant: datetime
    value: Decimal
    sd: float
    places: tuple[Place, ...]


def levels(flow: FlowMap, node_id: str, settings: Settings) -> list[Level]:
    """Counted levels of a store in time order; items of one day are added, book levels are passed over."""
    days: dict[date, dict[str, Row]] = {}
    for row in select(flow.tables["stock_counts"], node_id=node_id):
        if row["counted_on"] is not None and row["quantity_t"] is not None and row["method"] != BOOK:
            days.setdefault(row["counted_on"], {}).setdefault(row["item"] or "", row)
    surveys = (row for row in flow.instruments.values() if row["kind"] == "survey" and row["place"] == node_id)
    limit = next((row["accuracy_fraction"] for row in surveys), None)
    fraction = from_limit(float(limit)) if limit is not None else settings.spread("survey")
    share = settings.number("honest_share")
    found = []
    for day, rows in sorted(days.items()):
        amounts = [row["quantity_t"] for row in rows.values()]
        sd = share * fraction * hypot(*map(float, amounts))
        places = tuple(row.cell("quantity_t") for row in rows.values())
        found.append(Level(midnight(day + DAY), sum(amounts, Decimal(0)), sd, places))
    return found


def scale(unit: str, wanted: str) -> float | None:
    """Factor from a unit to another one; None where they measure different things or are not declared."""
    try:
        if UNITS[unit_name(unit)][0] != UNITS[unit_name(wanted)][0]:
            return None
        return float(convert(Decimal(1), unit, wanted))
    except UsageError:
        return None


def rough(draft: Draft, stream: str, atom: tuple[datetime, datetime]) -> float | None:
    """What the first record of a stream says about an atom, split by time; None where it says nothing."""
    for witness in draft.found[stream]:
        factor = scale(witness.unit, draft.units[stream]) or 1.0
        total, covered = 0.0, timedelta(0)
        for period in witness.periods:
            overlap = min(period.end, atom[1]) - max(period.start, atom[0])
            if overlap > timedelta(0):
                covered += overlap
                total += period.value * (overlap / (period.end - period.start))
        if covered == atom[1] - atom[0]:
            return total * factor
    return None
