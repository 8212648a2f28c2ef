"""Faults of meters, bills and stocks of the smelter."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.aluminium_errors_books import bill_lines, change_month, open_months, pick_line, pick_open
from verifierkit.simulate.aluminium_network import ENTITY, captive_bus, has_old_tables
from verifierkit.simulate.base import Plant, PlantedError, round_half_up
from verifierkit.simulate.errors_bills import BillErrors
from verifierkit.simulate.errors_meters import GateErrors, LoadErrors, Metering, turn
from verifierkit.simulate.planting import BOTH, error, month_rows


def bus(plant: Plant, month: str) -> tuple[float, float]:
    """True inflow and unmetered remainder of the main bus in a month [MWh]."""
    truth, index = plant.truth["electricity"], plant.months.index(month)
    supplied = 0.0 if has_old_tables(plant) else float(truth["captive_supplied"][index])
    return float(truth["grid"][index]) + supplied, float(truth["remainder"][index])


def cut_supply(plant: Plant, month: str, share: Decimal) -> tuple[str, str, Decimal]:
    """Leave one of the outgoing lines of the captive plant out of its meter."""
    start, end = (datetime.combine(day, time()) for day in month_bounds(month))
    gone = Decimal(0)

    def change(first: datetime, last: datetime, step: Decimal) -> Decimal:
        nonlocal gone
        if start <= first and last <= end:
            gone += step * share
            return step * (1 - share)
        return step

    turn(plant, "i_e_captive", change)
    multiplier = plant.rows("instruments", instrument_id="i_e_captive")[0]["multiplier"]
    return "s_e_captive", captive_bus(plant), gone * multiplier / 1000


METERING = Metering(
    gate="i_e_grid_gate", gate_source="s_e_grid_gate", load=lambda _: "e_auxiliaries",
    twin=lambda plant: "e_p2_grid" if has_old_tables(plant) else "e_p2", bus=bus, gate_least=Decimal("0.015"),
    bus_least=Decimal("0.015"), cut_supply=cut_supply,
)  # fmt: skip
BILLS = BillErrors(exchanged="e_living", exchanged_source="s_e_living")


def power_unit_slip(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Electricity of a potline stands in the ledger in kWh under the heading MWh."""
    line = pick_line(plant, "power unit slip", facility)
    tail = f"{line}_grid" if has_old_tables(plant) else line
    found = pick_open(plant, "power unit slip", f"e_{tail}", line, month)
    plant.note(source=f"s_e_{tail}", months=[found], size=Decimal(1000), unit="factor", claimed=True)
    change_month(plant, f"e_{tail}", f"s_e_{tail}", line, found, lambda value: round_half_up(value * 1000, 3))


def ledger_months_swapped(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two months of a potline's metal stand in the ledger the other way round."""
    line = pick_line(plant, "months swapped", facility)
    source = f"s_{line}_metal"
    first = pick_open(plant, "months swapped", f"m_{line}", line, month)
    choices = [m for m in open_months(plant, line) if m != first]
    other = plant.pick_month("months swapped with", f"m_{line}", choices)
    one, two = (plant.rows("metal", source_id=source, month=m)[0] for m in (first, other))
    plant.note(source=source, months=[first, other], size=two["tapped_t"] - one["tapped_t"], unit="t", claimed=True)
    one["tapped_t"], two["tapped_t"] = two["tapped_t"], one["tapped_t"]
    plant.expect("chain.ledger", facility=line, months=[first, other], stream=f"m_{line}", source=source)


def rollover_mishandled(plant: Plant) -> None:
    """The flat register of the bill started again at 0; the part before the rollover was forgotten."""
    for month in plant.months:
        for row in bill_lines(plant, month):
            if row["current_reading"] < row["prior_reading"]:
                plant.take("e_grid", [month])
                row["metered_kwh"] = row["total_kwh"] = row["current_reading"] * row["multiplier"]
                plant.expect("bill.registers", facility=ENTITY, months=[month], stream="e_grid", source="s_e_grid_bill")


def cutoff_year_end(plant: Plant) -> None:
    """Purchased metal that arrived in January stands in the December list as received."""
    row = month_rows(plant, "transactions", "received_on", plant.months[-1], source_id="s_bought")[-1]
    plant.take("m_bought", plant.months[-1:])
    row["received_on"] = date(plant.year + 1, 1, 3)
    plant.note(source="s_bought", months=plant.months[-1:], size=row["weighed_t"], unit="t", claimed=True)
    plant.expect(
        "cutoff.year_end", facility="casthouse", months=plant.months[-1:], stream="m_bought", source="s_bought"
    )


def negative_stock(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """An anode store stands in the stock list with a negative level."""
    line = pick_line(plant, "negative stock", facility)
    node = f"n_anodes_{line}"
    found = plant.pick_run("negative stock", [node], 2, plant.months[4:10], month)[0]  # later than those keyed
    row = plant.rows("stock_counts", node_id=node, counted_on=month_bounds(found)[1] - timedelta(days=1))[0]
    row["quantity_t"] = -row["quantity_t"]
    plant.note(source="stock_counts", months=[found], size=row["quantity_t"], unit="t", claimed=True)
    plant.expect("evidence.defect", facility=line, months=[found], stream=node, source="stock_counts")


POWER_ERRORS: tuple[PlantedError, ...] = (
    *GateErrors(METERING).registered(),
    *LoadErrors(METERING).registered(),
    *BILLS.registered(),
    error("power_unit_slip", "ledgers", BOTH, power_unit_slip, "电量千瓦时当兆瓦时入账", "kWh entered as MWh"),
    error("ledger_months_swapped", "ledgers", BOTH, ledger_months_swapped, "台账两个月互换", "two ledger months swapped"),
    error("rollover_mishandled", "records", BOTH, rollover_mishandled, "电表翻转处理错误", "meter rollover mishandled"),
    error("cutoff_year_end", "forms", BOTH, cutoff_year_end, "年末在途外购铝提前入账",
        "metal in transit at year end booked as received"),
    error("negative_stock", "report", BOTH, negative_stock, "库存为负", "negative stock"),
)  # fmt: skip
