"""Months of the smelter derived from its records: sums of days and tickets, energy of meters, ledgers, forms."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from verifierkit.periods import month_of
from verifierkit.simulate.aluminium_network import has_old_tables, rectifier_feeders
from verifierkit.simulate.aluminium_truth import LINES, Line
from verifierkit.simulate.base import Plant, exact, round_half_up
from verifierkit.simulate.errors_bills import honest_exchange

EXCHANGE_SHARE = 0.25  # of the seeds


def build_ledgers(plant: Plant) -> None:
    """Months from the records: sums of days and tickets, energy of the meters, the anode and metal ledgers."""
    _generation(plant)
    for line in LINES:
        _metal_ledger(plant, line)
        _anode_ledger(plant, line)
        for feeder in rectifier_feeders(plant, line):
            months = meter_months(plant, f"i_e_{feeder.id}")
            _ledger(plant, f"s_e_{feeder.id}", months, unit="MWh", digits=3)
    _ledger(
        plant,
        "s_natural_gas",
        sums(plant, "daily_values", "s_natural_gas_daily", "day", "value"),
        unit="10^4 Nm3",
        digits=4,
    )
    for item in ("diesel", "limestone", *(() if has_old_tables(plant) else ("soda_ash",))):
        _ledger(
            plant, f"s_{item}", sums(plant, "tickets", f"s_{item}_tickets", "weighed_on", "net_t"), unit="t", digits=2
        )
    if has_old_tables(plant):
        _ledger(plant, "s_coal", sums(plant, "daily_values", "s_coal_daily", "day", "value"), unit="t", digits=2)


def sums(plant: Plant, table: str, source: str, day: str, column: str) -> dict[str, Decimal]:
    """Monthly sums of the rows of a source."""
    months: dict[str, Decimal] = {month: Decimal(0) for month in plant.months}
    for row in plant.rows(table, source_id=source):
        months[month_of(row[day])] += row[column]
    return months


def month_values(plant: Plant, source: str) -> dict[str, Any]:
    """Values of a monthly source by month."""
    return {row["month"]: row["value"] for row in plant.rows("monthly_values", source_id=source)}


def _ledger(plant: Plant, source: str, months: dict[str, Decimal], *, unit: str, digits: int) -> None:
    for month in plant.months:
        value = round_half_up(months[month], digits)
        plant.add("monthly_values", source_id=source, month=month, value=value, unit=unit)


def _metal_ledger(plant: Plant, line: Line) -> None:
    """Metal of one potline; what the casthouse made of it is shared out by metal tapped."""
    key = line.id
    tapped = sums(plant, "daily_values", f"s_{key}_tap_daily", "day", "value")
    both = [sums(plant, "daily_values", f"s_{other.id}_tap_daily", "day", "value") for other in LINES]
    sold = sums(plant, "transactions", "s_molten_sold", "received_on", "weighed_t")
    bought = sums(plant, "transactions", "s_bought", "received_on", "weighed_t")
    casthouse = {name: month_values(plant, f"s_{name}") for name in ("ingot", "remelted", "alloying", "melt_loss")}
    moved = month_values(plant, "s_transfer")
    pots = [exact(level, 2) for level in plant.truth[key]["in_pot_t"]]
    for index, month in enumerate(plant.months):
        share = tapped[month] / sum((each[month] for each in both), Decimal(0))
        part = {name: exact(float(months[month] * share), 2) for name, months in casthouse.items()}
        plant.add(
            "metal", source_id=f"s_{key}_metal", month=month, tapped_t=tapped[month], in_pot_opening_t=pots[index],
            in_pot_closing_t=pots[index + 1], ingot_t=part["ingot"], molten_sold_t=exact(float(sold[month] * share), 2),
            purchased_t=exact(float(bought[month] * share), 2), remelted_t=part["remelted"],
            alloying_t=part["alloying"],
            transferred_in_t=moved[month] if key == "p2" else Decimal("0.00"),
            transferred_out_t=moved[month] if key == "p1" else Decimal("0.00"), casthouse_loss_t=part["melt_loss"],
        )  # fmt: skip


def _anode_ledger(plant: Plant, line: Line) -> None:
    """Anode ledger of one potline: stock by count, receipts by ticket, set by the rodding shop's scale."""
    key = line.id
    taken = sums(plant, "daily_values", f"s_{key}_anode_daily", "day", "value")
    received = sums(plant, "tickets", f"s_{key}_anode_in", "weighed_on", "net_t")
    side = {name: month_values(plant, f"s_{key}_{name}") for name in ("anode_startup", "anode_scrap", "butts")}
    levels = [row["quantity_t"] for row in plant.rows("stock_counts", node_id=f"n_anodes_{key}")]
    for index, month in enumerate(plant.months):
        plant.add(
            "anodes", source_id=f"s_{key}_anode", month=month, opening_t=levels[index], received_t=received[month],
            set_t=taken[month], startup_t=side["anode_startup"][month], scrapped_t=side["anode_scrap"][month],
            butts_t=side["butts"][month], closing_t=levels[index + 1],
        )  # fmt: skip


def build_forms(plant: Plant) -> None:
    """Statistics forms copied from the ledgers; in some seeds a meter was exchanged, as it should be."""
    honest_exchange(plant, "i_e_casthouse", EXCHANGE_SHARE)
    for line in LINES:
        metal = {row["month"]: row["tapped_t"] for row in plant.rows("metal", source_id=f"s_{line.id}_metal")}
        anode = {row["month"]: row["set_t"] for row in plant.rows("anodes", source_id=f"s_{line.id}_anode")}
        _copy(plant, f"s_{line.id}_metal_stat", metal, "t")
        _copy(plant, f"s_{line.id}_anode_stat", anode, "t")
        for feeder in rectifier_feeders(plant, line):
            _copy(plant, f"s_e_{feeder.id}_report", month_values(plant, f"s_e_{feeder.id}"), "MWh")
    if has_old_tables(plant):
        _copy(plant, "s_coal_stat", month_values(plant, "s_coal"), "t")


def _copy(plant: Plant, source: str, months: dict[str, Any], unit: str) -> None:
    for month, value in months.items():
        plant.add("monthly_values", source_id=source, month=month, value=value, unit=unit)


def meter_months(plant: Plant, instrument: str) -> dict[str, Decimal]:
    """Energy of each month [MWh] by the readings of a meter."""
    row = plant.rows("instruments", instrument_id=instrument)[0]
    readings = plant.rows("meter_readings", instrument_id=instrument)
    months: dict[str, Decimal] = {}
    for before, after in pairwise(readings):
        modulus = Decimal(10) ** int(row["register_digits"])
        used = (after["reading"] - before["reading"] + modulus) % modulus
        months[month_of((after["read_at"] - timedelta(days=1)).date())] = used * row["multiplier"] / 1000
    return months


def _generation(plant: Plant) -> None:
    """Generation report of the captive plant: gross by its own panel, supplied by the outgoing meter."""
    supplied = meter_months(plant, "i_e_captive")
    for month, gross in zip(plant.months, plant.truth["electricity"]["captive_gross"], strict=True):
        generated = exact(gross, 3)
        plant.add(
            "generation",
            facility_id="captive",
            month=month,
            gross_mwh=generated,
            own_use_mwh=generated - supplied[month],
            supplied_mwh=supplied[month],
            exported_mwh=Decimal(0),
        )
