"""Mistakes in settlement bills and meter logs that work alike in every sector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Cells, Plant, PlantedError, number, round_half_up
from verifierkit.simulate.errors_meters import readings
from verifierkit.simulate.planting import BOTH, error, month_rows

EXCHANGE_DAY = 15  # days after the first of the month on which a meter is exchanged
FIRST_OF_NEW = Decimal("12.34")  # what the new meter shows when it is put in


def exchange(plant: Plant, instrument: str, month: str, *, closing: bool) -> None:
    """Exchange a meter in a month: closing and opening reading, or only the opening one; later readings follow it."""
    at = datetime.combine(month_bounds(month)[0] + timedelta(days=EXCHANGE_DAY), datetime.min.time()).replace(hour=10)
    rows = readings(plant, instrument)
    before = next(row for row in reversed(rows) if row["read_at"] < at)
    after = next(row for row in rows if row["read_at"] > at)
    digits = before["reading"].as_tuple().exponent
    shown = before["reading"] + ((after["reading"] - before["reading"]) / 2).quantize(before["reading"])
    opening = FIRST_OF_NEW.quantize(Decimal(1).scaleb(int(digits)))
    for row in rows:
        if row["read_at"] > at:
            row["reading"] += opening - shown
    logged = [("exchange_out", shown)] if closing else []
    index = plant.tables["meter_readings"].index(after)
    plant.tables["meter_readings"][index:index] = [
        {**before, "read_at": at, "reading": value, "state": state}
        for state, value in [*logged, ("exchange_in", opening)]
    ]


def never_rolls(plant: Plant, instrument: str) -> bool:
    """Whether the register of a meter rises all year."""
    values = [row["reading"] for row in readings(plant, instrument)]
    return values == sorted(values)


def honest_exchange(plant: Plant, instrument: str, share: float) -> None:
    """In a share of the seeds a feeder's meter is exchanged in the year, with both readings written down."""
    rng = plant.rng("meter exchange")
    if float(rng.random()) >= share or not never_rolls(plant, instrument):
        return
    exchange(plant, instrument, plant.months[int(rng.integers(1, 11))], closing=True)


@dataclass(frozen=True)
class BillErrors:
    """Mistakes in the bills of the power company, and the exchange of a meter without its closing reading.

    Attributes
    ----------
    exchanged : str
        Stream of the feeder whose meter may be exchanged.
    exchanged_source : str
        Source of its readings.
    """

    exchanged: str
    exchanged_source: str

    def loss_twice(self, plant: Plant, *, month: str = "", size: str = "0.02") -> None:
        """The transformer loss of a bill line is added to its total twice."""
        self._with(plant, "loss twice", month, "loss_kwh", number(size, "size"), lambda loss: 2 * loss)

    def loss_left_out(self, plant: Plant, *, month: str = "", size: str = "0.02") -> None:
        """The transformer loss of a bill line is printed and not added to its total."""
        self._with(plant, "loss left out", month, "loss_kwh", number(size, "size"), lambda _: Decimal(0))

    def adjustment_sign(self, plant: Plant, *, month: str = "", size: str = "0.02") -> None:
        """A refund of a bill line is added to its total instead of taken off."""
        self._with(plant, "adjustment sign", month, "adjustment_kwh", -number(size, "size"), lambda refund: -refund)

    def no_closing(self, plant: Plant, *, month: str = "") -> None:
        """A feeder's meter was exchanged and nobody wrote down the last reading of the old one."""
        stream = self.exchanged
        found = plant.pick_run("no closing reading", [stream], 2, plant.months[1:10], month)[0]
        exchange(plant, f"i_{stream}", found, closing=False)
        facility = plant.rows("streams", stream_id=stream)[0]["facility_id"]
        plant.note(source=self.exchanged_source, months=[found], size=Decimal(1), unit="reading", claimed=True)
        plant.expect("meter.registers", facility=facility, months=[found], stream=stream, source=self.exchanged_source)

    def registered(self) -> tuple[PlantedError, ...]:
        """The entries of the registry."""
        return (
            error("loss_twice", "records", BOTH, self.loss_twice, "变损重复计入", "transformer loss counted twice"),
            error("loss_left_out", "records", BOTH, self.loss_left_out, "变损未计入", "transformer loss not counted"),
            error("adjustment_sign", "records", BOTH, self.adjustment_sign, "退补电量正负号颠倒", "refund with the wrong sign"),
            error("exchange_without_closing", "forms", BOTH, self.no_closing, "换表未记录旧表止码",
                "meter exchange without closing reading"),
        )  # fmt: skip

    def _with(
        self, plant: Plant, name: str, month: str, part: str, share: Decimal, counted: Callable[[Decimal], Decimal]
    ) -> None:  # fmt: skip
        """Print a part on a bill line and count it wrongly in the total."""
        found = plant.pick_month(name, "e_grid", plant.months[1:], month)
        row: Cells = month_rows(plant, "settlement_bills", "period_end", found)[0]
        amount = round_half_up(row["metered_kwh"] * share, 0)
        row[part] = amount
        row["total_kwh"] = row["metered_kwh"] + counted(amount)
        plant.note(source="s_e_grid_bill", months=[found], size=amount, unit="kWh", claimed=True)
        plant.expect("bill.total", facility="ent", months=[found], stream="e_grid", source="s_e_grid_bill")
