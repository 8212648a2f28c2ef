"""Small hand-made maps for tests of the joint fit: rows in a few words, a map, the numbers of the shipped rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from tests.unit.hand_tables import rule, tables
from verifierkit import rulepack
from verifierkit.flowmap import FlowMap
from verifierkit.joint.analysis import Analysis, analyse
from verifierkit.joint.settings import Settings
from verifierkit.periods import month_bounds, months_of
from verifierkit.rulepack import CheckRule

YEAR = 2025
MONTHS = months_of(YEAR)
Rows = dict[str, list[dict[str, Any]]]


@cache
def _shipped() -> Settings:
    return Settings.of(rulepack.load("cement-2024").checks["reconcile.joint"])


def settings(**changed: float) -> Settings:
    """The shipped numbers of the rule, some of them replaced."""
    shipped = _shipped()
    assert not set(changed) - set(shipped.limits), f"the rule has no limits {set(changed) - set(shipped.limits)}"
    return replace(shipped, limits={**shipped.limits, **changed})


def joint_rule(**changed: float) -> CheckRule:
    """The shipped rule, some of its numbers replaced: what every comparison takes its uncertainty from."""
    return rule("reconcile.joint", alpha="0.01", **{n: repr(v) for n, v in settings(**changed).limits.items()})


class Plant:
    """Rows of a plant in the making; each method adds what it names."""

    def __init__(self) -> None:
        self.rows: Rows = {}

    def add(self, table: str, **cells: Any) -> Plant:
        """A row as it stands."""
        self.rows.setdefault(table, []).append(cells)
        return self

    def node(self, name: str, kind: str = "bus", quantity: str = "electricity") -> Plant:
        """A node."""
        return self.add("nodes", node_id=name, name=name, kind=kind, quantity=quantity)

    def stream(self, name: str, start: str, end: str, unit: str = "MWh", **more: Any) -> Plant:
        """A stream between two nodes."""
        return self.add("streams", stream_id=name, name=name, unit=unit, from_node=start, to_node=end, **more)

    def instrument(
        self, name: str, accuracy: float | None = 0.005, kind: str = "electricity_meter", **more: Any
    ) -> Plant:
        """An instrument with its class as a fraction."""
        return self.add("instruments", instrument_id=name, name=name, kind=kind, accuracy_fraction=accuracy, **more)

    def source(
        self, name: str, stream: str, records: str = "monthly_values", rank: int = 1, derives_from: str | None = "none", **more: Any
    ) -> Plant:  # fmt: skip
        """A source, independent where nothing else is said."""
        return self.add(
            "sources", source_id=name, name=name, stream_id=stream, records=records, rank=rank,
            derives_from=derives_from, **more,
        )  # fmt: skip

    def months(self, source: str, values: Sequence[float | None], unit: str = "MWh") -> Plant:
        """Monthly values from January on; None leaves a month out."""
        for month, value in zip(MONTHS, values, strict=False):
            if value is not None:
                self.add("monthly_values", source_id=source, month=month, value=float(value), unit=unit)
        return self

    def metered(
        self, stream: str, values: Sequence[float | None], *, accuracy: float | None = 0.005, kind: str = "electricity_meter",
        unit: str = "MWh", **more: Any,
    ) -> Plant:  # fmt: skip
        """A source ``s_STREAM`` of monthly values with an instrument ``i_STREAM`` of its own."""
        self.instrument(f"i_{stream}", accuracy, kind, **more)
        return self.source(f"s_{stream}", stream, instrument_id=f"i_{stream}").months(f"s_{stream}", values, unit)

    def bill(self, source: str, first: date, last: date, kwh: float, **more: Any) -> Plant:
        """A bill with one total line over whole days, both included."""
        number = f"{source}-{len(self.rows.get('settlement_bills', []))}"
        cells = {"bill_no": number, "register": "total", "metered_kwh": kwh, "total_kwh": kwh} | more
        return self.add("settlement_bills", source_id=source, period_start=first, period_end=last, **cells)

    def readings(self, instrument: str, counts: Mapping[datetime, float], **more: Any) -> Plant:
        """Readings of the total register."""
        for moment, reading in counts.items():
            self.add(
                "meter_readings", instrument_id=instrument, register="total", read_at=moment, reading=reading, **more
            )
        return self

    def level(self, node: str, day: date, tonnes: float, **more: Any) -> Plant:
        """A counted level at the end of a day."""
        return self.add("stock_counts", node_id=node, counted_on=day, quantity_t=tonnes, **{"method": "survey"} | more)

    def flow(self, through: str | None = None) -> FlowMap:
        """The rows as a map."""
        return FlowMap(tables(**self.rows), year=YEAR, through=through)

    def analysis(self, **changed: float) -> Analysis:
        """The joint analysis of the map."""
        return analyse(self.flow(), settings(**changed))


def days_of(month: str) -> int:
    """Number of days of a month."""
    first, last = month_bounds(month)
    return (last - first).days


def daily_counts(
    per_day: Sequence[float], *, start: date = date(2025, 1, 1), skip: Sequence[int] = ()
) -> dict[datetime, float]:
    """Counter at each midnight of a meter that counts ``per_day``; the readings numbered in ``skip`` are missing."""
    counted = np.concatenate([[0.0], np.cumsum(per_day)])
    midnights = (datetime.combine(start, datetime.min.time()) + timedelta(days=k) for k in range(len(counted)))
    return {
        moment: round(float(n), 6)
        for k, (moment, n) in enumerate(zip(midnights, counted, strict=True))
        if k not in skip
    }


def noisy(generator: np.random.Generator, values: Sequence[float], fraction: float) -> list[float]:
    """Values with independent normal errors of a fraction each."""
    return [value * (1 + fraction * float(generator.standard_normal())) for value in values]


def bus_plant(
    generator: np.random.Generator, *, spread: float = 0.0012, changes: Mapping[str, Sequence[float]] | None = None
) -> Plant:
    """A gate meter and two loads on one bus over a year: all metered, the gate with a bill meter beside it.

    ``changes``: stream -> factors on the months of its record, for errors.
    """
    shape = 1 + 0.2 * np.sin(np.arange(12) / 2)
    truth = {"in": 10_000 * shape, "a": 6_000 * shape, "b": 4_000 * shape}
    plant = Plant().node("bus").node("grid", "boundary").node("use", "process")
    plant.stream("in", "grid", "bus").stream("a", "bus", "use").stream("b", "bus", "use")
    for name, values in truth.items():
        factors = (changes or {}).get(name, [1.0] * 12)
        plant.metered(name, [v * f for v, f in zip(noisy(generator, list(values), spread), factors, strict=True)])
    return plant
