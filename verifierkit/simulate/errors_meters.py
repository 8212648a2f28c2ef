"""Faults of electricity meters that work alike in every sector: the plant's own gate meter, feeders, supplies.

A gate error falsifies the readings of the plant's own meter at the gate; the bills stay true, so that settled and
metered energy part. A month of the gate is the billing period that ends in it. A load that reads too much takes more
from the bus than enters it; the planter claims that only where the remainder falls clearly below nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds, month_of, next_month
from verifierkit.simulate.base import Cells, Plant, PlantedError, number, round_half_up
from verifierkit.simulate.claims import Collision
from verifierkit.simulate.planting import BOTH, error, month_rows

ROOM = Decimal("0.9")  # of the step before or after it: a moved reading stays between its neighbours
Step = Callable[[datetime, datetime, Decimal], Decimal]


@dataclass(frozen=True)
class Metering:
    """Where a sector plants faults of meters.

    Attributes
    ----------
    gate, gate_source : str
        The plant's own meter at the gate and the source of its readings.
    load, twin : callable
        Streams of a load that no band judges, and of the feeder that it may contain by mistake.
    bus : callable
        ``bus(plant, month)``: true inflow of the bus and its unmetered remainder [MWh].
    gate_least, bus_least : Decimal
        Share of a month's energy at the gate, and of the bus's inflow below an empty remainder, from which on the
        meters' class limits leave no doubt; a smaller fault claims no finding.
    cut_supply : callable
        ``cut_supply(plant, month, share)`` leaves a share of a supply out of its record; returns its source, the node that it
        feeds and how much is left out [MWh].
    """

    gate: str
    gate_source: str
    load: Callable[[Plant], str]
    twin: Callable[[Plant], str]
    bus: Callable[[Plant, str], tuple[float, float]]
    gate_least: Decimal
    bus_least: Decimal
    cut_supply: Callable[[Plant, str, Decimal], tuple[str, str, Decimal]]


def readings(plant: Plant, instrument: str) -> list[Cells]:
    """Readings of a meter's total register in the order of time."""
    return sorted(plant.rows("meter_readings", instrument_id=instrument, register="total"), key=lambda r: r["read_at"])


def steps(plant: Plant, instrument: str) -> list[tuple[datetime, datetime, Decimal]]:
    """Register steps between consecutive readings, rollover aware."""
    modulus = Decimal(10) ** int(plant.rows("instruments", instrument_id=instrument)[0]["register_digits"])
    pairs = itertools.pairwise(readings(plant, instrument))
    return [(a["read_at"], b["read_at"], (b["reading"] - a["reading"] + modulus) % modulus) for a, b in pairs]


def turn(plant: Plant, instrument: str, change: Step) -> None:
    """Let a register advance by other steps from its first reading on."""
    modulus = Decimal(10) ** int(plant.rows("instruments", instrument_id=instrument)[0]["register_digits"])
    rows, old = readings(plant, instrument), steps(plant, instrument)
    digits = -int(rows[0]["reading"].as_tuple().exponent)
    for row, after, step in zip(rows, rows[1:], old, strict=False):
        after["reading"] = (row["reading"] + round_half_up(change(*step), digits)) % modulus


def billed(plant: Plant, month: str) -> tuple[datetime, datetime]:
    """The billing period that ends in a month, half open."""
    rows = month_rows(plant, "settlement_bills", "period_end", month)
    first, last = min(row["period_start"] for row in rows), max(row["period_end"] for row in rows)
    return datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time())


def scale_months(plant: Plant, instrument: str, factors: Mapping[str, Decimal]) -> None:
    """Scale what a gate meter shows over billing periods; the change falls into the days of the month itself."""
    extra: dict[tuple[datetime, datetime], Decimal] = {}
    for month, factor in factors.items():
        first, end = billed(plant, month)
        inside = [step for step in steps(plant, instrument) if first <= step[0] and step[1] <= end]
        own = [step for step in inside if month_of(step[0].date()) == month]
        whole, part = (sum((step[2] for step in some), Decimal(0)) for some in (inside, own))
        extra |= {step[:2]: (factor - 1) * whole * step[2] / part for step in own}
    turn(plant, instrument, lambda start, end, step: step + extra.get((start, end), Decimal(0)))


@dataclass(frozen=True)
class GateErrors:
    """Faults of the plant's own meter at the gate."""

    at: Metering

    def bias(self, plant: Plant, *, month: str = "", size: str = "0.06") -> None:
        """The meter reads a share ``size`` too much, in a month or all year."""
        share = number(size, "size")
        months = plant.pick_run("gate bias", ["e_grid"], 1, plant.months[1:], month) if month else self._year(plant)
        scale_months(plant, self.at.gate, dict.fromkeys(months, 1 + share))
        self._settle(plant, dict.fromkeys(months, share))

    def multiplier(self, plant: Plant, *, month: str = "", factor: str = "6/5") -> None:
        """A wrong multiplier: a step of transformer ratings, 10, 100 or 1000; for a month, or in the books all year."""
        times = number(factor, "factor")
        if month:
            months = plant.pick_run("gate multiplier", ["e_grid"], 1, plant.months, month)
            scale_months(plant, self.at.gate, {months[0]: times})
        else:
            months = self._year(plant)
            meter = plant.rows("instruments", instrument_id=self.at.gate)[0]
            meter["multiplier"] = round_half_up(meter["multiplier"] * times, 0)
        self._settle(plant, dict.fromkeys(months, times - 1))

    def digits(self, plant: Plant, *, month: str = "") -> None:
        """Two digits of the reading that closes a billing period are transposed: one month gains what the next loses."""
        choices = {
            m: moves for m in plant.months[:-1] if m == (month or m) and (moves := self._transpositions(plant, m))
        }
        first, _ = self._pair(plant, "gate digits", list(choices))
        self._move_reading(plant, first, choices[first][0])
        self._settle(plant, self._shares(plant, first, choices[first][0]))

    def day_shifted(self, plant: Plant, *, month: str = "", days: str = "3") -> None:
        """The reading that closes a billing period was taken some days late and entered under the right date."""
        moves = {m: self._days_energy(plant, next_month(m), number(days, "days")) for m in plant.months[:-1]}
        choices = [m for m in moves if m == (month or m) and self._has_room(plant, m, moves[m])]
        first, _ = self._pair(plant, "billing day", choices)
        moved = moves[first]
        self._move_reading(plant, first, moved)
        self._settle(plant, self._shares(plant, first, moved), size=number(days, "days"), unit="d")

    def swapped(self, plant: Plant, *, month: str = "", other: str = "") -> None:
        """The readings give the energy of two months the other way round."""
        energy = {m: self._energy(plant, m) for m in plant.months}
        pairs = [(a, b) for a, b in itertools.combinations(plant.months, 2) if {month, other} - {""} <= {a, b}]
        free = [pair for pair in pairs if all(plant.free("e_grid", m) for m in pair)] if not month else pairs
        one, two = self._widest(free, lambda pair: abs(energy[pair[0]] / energy[pair[1]] - 1))
        plant.take("e_grid", [one, two])
        factors = {one: energy[two] / energy[one], two: energy[one] / energy[two]}
        scale_months(plant, self.at.gate, factors)
        self._settle(plant, {m: factor - 1 for m, factor in factors.items()})

    def pasted(self, plant: Plant, *, month: str = "", copied: str = "") -> None:
        """The energy of a month is that of an earlier month again."""
        energy = {m: self._energy(plant, m) for m in plant.months}
        pairs = [(a, b) for a, b in itertools.combinations(plant.months, 2) if b == (month or b) and a == (copied or a)]
        free = pairs if month else [pair for pair in pairs if plant.free("e_grid", pair[1])]
        source, later = self._widest(free, lambda pair: abs(energy[pair[0]] / energy[pair[1]] - 1))
        plant.take("e_grid", [later])
        scale_months(plant, self.at.gate, {later: energy[source] / energy[later]})
        self._settle(plant, {later: energy[source] / energy[later] - 1})

    def frozen(self, plant: Plant, *, month: str = "", days: str = "6") -> None:
        """The display stood still for some days of a month and went on from there."""
        months = plant.pick_run("gate frozen", ["e_grid"], 1, plant.months[1:], month)
        start, end = billed(plant, months[0])
        share = number(days, "days") / Decimal((end - start).days)
        scale_months(plant, self.at.gate, {months[0]: 1 - share})
        self._settle(plant, {months[0]: -share}, size=number(days, "days"), unit="d")

    def backfilled(self, plant: Plant, *, month: str = "") -> None:
        """Readings of two months were not taken and filled in later on a straight line."""
        choices = [month] if month else plant.months[:-1]
        pairs = [(first, next_month(first)) for first in choices]
        free = [pair for pair in pairs if month or all(plant.free("e_grid", m) for m in pair)]
        first, _ = self._widest(free, lambda pair: min(abs(share) for share in self._levelled(plant, pair[0]).values()))
        shares = self._levelled(plant, first)
        plant.take("e_grid", shares)
        scale_months(plant, self.at.gate, {m: 1 + share for m, share in shares.items()})
        self._settle(plant, shares)

    def registered(self) -> tuple[PlantedError, ...]:
        """The entries of the registry."""
        return (
            error("gate_bias", "records", BOTH, self.bias, "关口副表误差超限", "gate meter biased"),
            error("gate_multiplier", "records", BOTH, self.multiplier, "关口副表倍率错误", "gate meter with a wrong multiplier"),
            error("gate_digits", "records", BOTH, self.digits, "关口抄表示数数字颠倒", "digits of a gate reading transposed"),
            error("gate_day_shifted", "records", BOTH, self.day_shifted, "关口抄表日推后未注明", "gate read days late"),
            error("gate_months_swapped", "records", BOTH, self.swapped, "关口两个月电量互换", "two months of the gate swapped"),
            error("gate_month_pasted", "records", BOTH, self.pasted, "关口某月电量照抄另一月", "a month of the gate pasted"),
            error("gate_frozen", "records", BOTH, self.frozen, "关口副表停走数日", "gate meter stood still for days"),
            error("gate_backfilled", "records", BOTH, self.backfilled, "关口漏抄后按直线补填", "gate readings filled in on a line"),
        )  # fmt: skip

    def _year(self, plant: Plant) -> list[str]:
        plant.take("e_grid", plant.months)
        return plant.months

    def _energy(self, plant: Plant, month: str) -> Decimal:
        first, end = billed(plant, month)
        inside = (step for step in steps(plant, self.at.gate) if first <= step[0] and step[1] <= end)
        return sum((step[2] for step in inside), Decimal(0))

    def _days_energy(self, plant: Plant, month: str, days: Decimal) -> Decimal:
        """Energy of some days at the mean of a billing period."""
        start, end = billed(plant, month)
        return self._energy(plant, month) * days / (end - start).days

    def _has_room(self, plant: Plant, month: str, moved: Decimal) -> bool:
        """Whether the closing reading of a month may move by so much and still lie between its neighbours."""
        end = billed(plant, month)[1]
        before, after = (next(s[2] for s in steps(plant, self.at.gate) if s[side] == end) for side in (1, 0))
        return abs(moved) < ROOM * (after if moved > 0 else before)

    def _levelled(self, plant: Plant, first: str) -> dict[str, Decimal]:
        """How far a straight line over two billing periods leaves each of them, as a share."""
        spans = {month: billed(plant, month) for month in (first, next_month(first))}
        energy, days = (
            {m: self._energy(plant, m) for m in spans},
            {m: (end - start).days for m, (start, end) in spans.items()},
        )
        rate = sum(energy.values(), Decimal(0)) / sum(days.values())
        return {month: rate * days[month] / energy[month] - 1 for month in spans}

    def _pair(self, plant: Plant, name: str, firsts: Sequence[str]) -> tuple[str, str]:
        """A month and the next one, both free; a single choice is what was asked for."""
        if not firsts:
            raise Collision(
                f"no month in which {name} leaves the readings in order; name another month or a smaller size"
            )
        asked = firsts[0] if len(firsts) == 1 else ""
        run = plant.pick_run(name, ["e_grid"], 2, firsts, asked)
        if len(run) < 2:
            raise Collision(f"no month follows {run[0]} to plant {name}; name an earlier month")
        return run[0], run[1]

    def _transpositions(self, plant: Plant, month: str) -> list[Decimal]:
        """What transposing two digits of the closing reading adds to it, where it shows and both months stay forward."""
        text = format(self._closing(plant, month)["reading"], "f")
        own, following = self._energy(plant, month), self._energy(plant, next_month(month))
        found = []
        for i, (a, b) in enumerate(itertools.pairwise(text)):
            if a.isdigit() and b.isdigit() and a != b:
                moved = Decimal(text[:i] + b + a + text[i + 2 :]) - Decimal(text)
                if self.at.gate_least * max(own, following) < abs(moved) and self._has_room(plant, month, moved):
                    found.append(moved)
        return sorted(found, key=abs)

    def _closing(self, plant: Plant, month: str) -> Cells:
        end = billed(plant, month)[1]
        return next(row for row in readings(plant, self.at.gate) if row["read_at"] == end)

    def _move_reading(self, plant: Plant, month: str, by: Decimal) -> None:
        row = self._closing(plant, month)
        row["reading"] += by.quantize(row["reading"])

    def _shares(self, plant: Plant, month: str, moved: Decimal) -> dict[str, Decimal]:
        """What moving a closing reading by some steps made of both months, as shares; after the move."""
        own, following = self._energy(plant, month) - moved, self._energy(plant, next_month(month)) + moved
        return {month: moved / own, next_month(month): -moved / following}

    def _widest(
        self, choices: Iterable[tuple[str, str]], width: Callable[[tuple[str, str]], Decimal]
    ) -> tuple[str, str]:  # fmt: skip
        best = max(choices, key=width, default=None)
        if best is None:
            raise Collision("no place left at the gate; plant fewer errors of that kind or name another month")
        return best

    def _settle(
        self, plant: Plant, shares: Mapping[str, Decimal], *, size: Decimal | None = None, unit: str = "fraction"
    ) -> None:  # fmt: skip
        """Note the truth; expect a finding in the months that are off by enough."""
        months = [month for month, share in shares.items() if abs(share) >= self.at.gate_least]
        largest = max(shares.values(), key=abs).quantize(Decimal("0.0001"))
        plant.note(
            source=self.at.gate_source, months=shares, size=largest if size is None else size, unit=unit,
            claimed=bool(months),
        )  # fmt: skip
        if months:
            plant.expect("settlement.meter", facility="ent", months=months, stream="e_grid", source="s_e_grid_bill")


@dataclass(frozen=True)
class LoadErrors:
    """Faults of feeders and supplies on the plant's bus."""

    at: Metering

    def load_bias(self, plant: Plant, *, month: str = "", size: str = "1.0") -> None:
        """A feeder reads a share ``size`` too much for a month; a small one, or one too low, hides in the remainder."""
        stream, share = self.at.load(plant), number(size, "size")
        found = plant.pick_month("load bias", "n_bus", self._months(plant), month, also=[stream])
        own = self._turn(plant, stream, found, lambda step: step * share)
        self._open(plant, found, own, source=f"i_{stream}", size=share)

    def counted_twice(self, plant: Plant, *, month: str = "") -> None:
        """The current transformer of one feeder spans another feeder as well, which has a meter of its own."""
        stream, twin = self.at.load(plant), self.at.twin(plant)
        found = plant.pick_month("counted twice", "n_bus", self._months(plant), month, also=[stream, twin])
        ratio = self._multiplier(plant, twin) / self._multiplier(plant, stream)
        first, end = (datetime.combine(day, time()) for day in month_bounds(found))
        inside = [step for step in steps(plant, f"i_{twin}") if first <= step[0] and step[1] <= end]
        added = sum((step[2] for step in inside), Decimal(0)) * ratio
        mwh = self._turn(plant, stream, found, lambda _: added)
        self._open(plant, found, mwh, source=f"i_{stream}", size=round_half_up(mwh, 3), unit="MWh")

    def supply_missing(self, plant: Plant, *, month: str = "", size: str = "0.5") -> None:
        """A line of a supply is left out of its record: what leaves the bus is more than what enters."""
        share = number(size, "size")
        found = plant.pick_month("supply missing", "n_bus", self._months(plant), month)
        source, node, mwh = self.at.cut_supply(plant, found, share)
        shown = self._shows(plant, found, mwh)
        plant.note(source=source, months=[found], size=share, unit="fraction", claimed=shown)
        if shown:
            self._expect(plant, node, found)

    def registered(self) -> tuple[PlantedError, ...]:
        """The entries of the registry."""
        return (
            error("load_bias", "records", BOTH, self.load_bias, "馈线电能表偏高", "feeder meter reads too much"),
            error("feeder_counted_twice", "records", BOTH, self.counted_twice, "馈线电量重复计量", "a feeder counted twice"),
            error("supply_missing", "records", BOTH, self.supply_missing, "漏计一回供电线路", "a supply line left out"),
        )  # fmt: skip

    def _months(self, plant: Plant) -> list[str]:
        return plant.months[1:]

    def _multiplier(self, plant: Plant, stream: str) -> Decimal:
        return Decimal(plant.rows("instruments", instrument_id=f"i_{stream}")[0]["multiplier"])

    def _turn(self, plant: Plant, stream: str, month: str, more: Callable[[Decimal], Decimal]) -> Decimal:
        """Let a feeder's register advance further in a month; returns what it shows too much [MWh]."""
        start, end = (datetime.combine(day, time()) for day in month_bounds(month))
        added = Decimal(0)

        def change(first: datetime, last: datetime, step: Decimal) -> Decimal:
            nonlocal added
            if not (start <= first and last <= end):
                return step
            added += more(step)
            return step + more(step)

        turn(plant, f"i_{stream}", change)
        return added * self._multiplier(plant, stream) / 1000

    def _open(
        self, plant: Plant, month: str, mwh: Decimal, *, source: str, size: Decimal, unit: str = "fraction"
    ) -> None:
        shown = self._shows(plant, month, mwh)
        plant.note(source=source, months=[month], size=size, unit=unit, claimed=shown)
        if shown:
            self._expect(plant, "n_bus", month)

    def _shows(self, plant: Plant, month: str, mwh: Decimal) -> bool:
        """Whether the remainder falls clearly below nothing where ``mwh`` too much leaves the bus."""
        inflow, remainder = self.at.bus(plant, month)
        return float(mwh) - remainder > float(self.at.bus_least) * inflow

    def _expect(self, plant: Plant, node: str, month: str) -> None:
        facility = plant.rows("nodes", node_id=node)[0]["facility_id"] or ""
        plant.expect("balance.bus", facility=facility, months=[month], stream=node, source="")
