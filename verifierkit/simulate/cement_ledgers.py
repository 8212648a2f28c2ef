"""Ledgers of the simulated cement plant, derived from its records, and statistics forms derived from the ledgers."""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Any

from verifierkit.periods import month_bounds, month_of
from verifierkit.simulate.base import PRECISION, Plant, round_half_up
from verifierkit.simulate.cement_instruments import METERS
from verifierkit.simulate.cement_map import SUPPLIES, supplementary
from verifierkit.simulate.cement_truth import LINES, idle
from verifierkit.simulate.errors_bills import honest_exchange

WEIGHED = ("c_k1", "c_k2", "c_cap", "f_k1", "f_k2", "p_k1", "k_grinding")
FEEDERS = ("e_k1", "e_k2", "e_grinding", "e_living")
ZERO = Decimal(0)
EXCHANGE_SHARE = 0.25  # of the seeds


def write_ledgers(plant: Plant) -> None:
    """Monthly ledgers: sums of daily logs, register differences, tickets, kiln feed over ratio."""
    for tail in WEIGHED:
        put_months(plant, f"s_{tail}_ledger", month_sums(plant, f"s_{tail}_daily"), "t", 2)
    for tail in FEEDERS:
        values = {m: register_mwh(plant, tail, m) for m in plant.months}
        put_months(plant, f"s_{tail}_ledger", values, "MWh", 3)
    put_months(plant, "s_p_k2_ledger", {m: feed_over_ratio(plant, "k2", m) for m in plant.months}, "t", 2)
    put_months(plant, "s_d_ent_ledger", {m: issued(plant, m) for m in plant.months}, "t", 2)
    put_months(plant, "s_c_buy_ledger", {m: moved(plant, "s_c_buy", m) for m in plant.months}, "t", 2)
    book_surveys(plant)
    if supplementary(plant):
        put_months(plant, "s_c_ent_ledger", {m: coal_by_stock(plant, m) for m in plant.months}, "t", 2)
    else:
        put_months(plant, "s_power_unit_report", {m: captive_co2_t(plant, m) for m in plant.months}, "tCO2", 2)


def write_forms(plant: Plant) -> None:
    """Statistics forms copied from the ledgers and, in some seeds, a meter exchanged as it should be.

    In the years of the supplementary table also the split of power.
    """
    honest_exchange(plant, "i_e_grinding", EXCHANGE_SHARE)
    for tail in (*WEIGHED, "p_k2"):
        values = {m: value_of(plant, f"s_{tail}_ledger", m) for m in plant.months}
        put_months(plant, f"s_{tail}_stat", values, "t", 2)
    if supplementary(plant):
        for line in LINES:
            for month in plant.months:
                split_supply(plant, line, month)


def put_months(plant: Plant, source_id: str, values: dict[str, Decimal], unit: str, digits: int) -> None:
    """Write the months of one source."""
    for month, value in values.items():
        plant.add("monthly_values", source_id=source_id, month=month, value=round_half_up(value, digits), unit=unit)


def row_of(plant: Plant, source_id: str, month: str) -> dict[str, Any]:
    """Row of a monthly source."""
    return plant.rows("monthly_values", source_id=source_id, month=month)[0]


def value_of(plant: Plant, source_id: str, month: str) -> Decimal:
    """Value of a month of a monthly source."""
    return Decimal(row_of(plant, source_id, month)["value"])


def month_sums(plant: Plant, source_id: str) -> dict[str, Decimal]:
    """Sums of a daily log by month."""
    sums = dict.fromkeys(plant.months, ZERO)
    for row in plant.rows("daily_values", source_id=source_id):
        sums[month_of(row["day"])] += row["value"]
    return sums


def register_mwh(plant: Plant, tail: str, month: str) -> Decimal:
    """Energy of a feeder from its readings at both ends of the month, rollover aware [MWh]."""
    start, end = month_bounds(month)
    rows = {row["read_at"].date(): row["reading"] for row in plant.rows("meter_readings", instrument_id=f"i_{tail}")}
    return register_steps(rows[start], rows[end], METERS[tail][2]) * METERS[tail][1] / 1000


def register_steps(prior: Decimal, current: Decimal, digits: int) -> Decimal:
    """Steps of a register between two readings; a smaller reading means that it started again at 0."""
    return current - prior + (Decimal(10) ** digits if current < prior else ZERO)


def feed_over_ratio(plant: Plant, line: str, month: str) -> Decimal:
    """Clinker as kiln feed over the raw-meal ratio of the month [t]; 0 where the kiln rested."""
    if idle(plant, line, month):
        return ZERO
    ratio = plant.rows("raw_meal_ratios", facility_id=line, month=month)[0]["ratio"]
    with localcontext(Context(prec=PRECISION)):
        return value_of(plant, f"s_f_{line}_ledger", month) / Decimal(ratio)


def issued(plant: Plant, month: str) -> Decimal:
    """Diesel issued by ticket [t]."""
    rows = plant.rows("tickets", source_id="s_d_ent_tickets")
    return sum((row["net_t"] for row in rows if month_of(row["weighed_on"]) == month), ZERO)


def moved(plant: Plant, source_id: str, month: str) -> Decimal:
    """Tonnes of a purchase, sale or transfer list that count for a month."""
    rows = plant.rows("transactions", source_id=source_id)
    inside = [row for row in rows if row["received_on"] is not None and month_of(row["received_on"]) == month]
    return sum((row["weighed_t"] for row in inside), ZERO)


def level(plant: Plant, node: str, month: str, *, opening: bool) -> Decimal:
    """Surveyed level of a store at the start or the end of a month [t]."""
    start, end = month_bounds(month)
    day = date.fromordinal((start if opening else end).toordinal() - 1)
    return Decimal(plant.rows("stock_counts", node_id=node, counted_on=day)[0]["quantity_t"])


def coal_by_stock(plant: Plant, month: str) -> Decimal:
    """Coal of the whole entity as opening + received - closing [t]."""
    opening = level(plant, "n_coal_yard", month, opening=True)
    return opening + moved(plant, "s_c_buy", month) - level(plant, "n_coal_yard", month, opening=False)


def book_difference(plant: Plant, node: str, month: str) -> Decimal:
    """Surveyed minus booked level at the end of a month, booked from the survey of the month before [t]."""
    if node == "n_coal_yard":
        change = moved(plant, "s_c_buy", month) - sum(
            value_of(plant, f"s_c_{u}_ledger", month) for u in ("k1", "k2", "cap")
        )
    else:
        made = sum(value_of(plant, f"s_p_{line}_ledger", month) for line in LINES)
        out = value_of(plant, "s_k_grinding_ledger", month) + moved(plant, "s_k_sale", month)
        change = made + moved(plant, "s_k_buy", month) - out - moved(plant, "s_k_transfer", month)
    opening = level(plant, node, month, opening=True)
    return level(plant, node, month, opening=False) - opening - change


def book_surveys(plant: Plant) -> None:
    """Write the survey adjustment of the quarter ends: in the stock account and nowhere else."""
    for node in ("n_coal_yard", "n_clinker_silo"):
        for month in plant.months[2::3]:
            day = date.fromordinal(month_bounds(month)[1].toordinal() - 1)
            row = plant.rows("stock_counts", node_id=node, counted_on=day)[0]
            row["adjustment_t"] = round_half_up(book_difference(plant, node, month), 0)
            row["note"] = "季末盘点，差额计入库存账"


def captive_co2_t(plant: Plant, month: str) -> Decimal:
    """Emission of the captive unit as its own verified report states it [tCO2]."""
    coal = value_of(plant, "s_c_cap_ledger", month)
    heat = Decimal(repr(round(float(plant.truth["ncv"][plant.truth["month_index"][month]].mean()), 3)))
    carbon = plant.factor("facility", "carbon_content_tc_per_gj", "bituminous")
    oxidation = plant.factor("facility", "oxidation_fraction", "bituminous")
    return coal * heat * carbon * oxidation * 44 / 12


def supplied(plant: Plant, item: str, month: str) -> Decimal:
    """Energy that one supply gave to the plant in a month [MWh]; grid power by the month of the bill."""
    if item == "grid":
        bills = [row for row in plant.rows("settlement_bills") if month_of(row["period_end"]) == month]
        return sum((row["total_kwh"] for row in bills), ZERO) / 1000
    facility = {"captive": "cap1", "waste_heat": "whr1"}[item]
    return Decimal(plant.rows("generation", facility_id=facility, month=month)[0]["supplied_mwh"])


def split_supply(plant: Plant, line: str, month: str) -> None:
    """Split the metered energy of a line by the shares of the plant's supplies; the last one takes the rest."""
    metered = value_of(plant, f"s_e_{line}_ledger", month)
    amounts = {item: supplied(plant, item, month) for item in SUPPLIES}
    total, rest = sum(amounts.values(), ZERO), metered
    for item in SUPPLIES:
        with localcontext(Context(prec=PRECISION)):
            part = rest if item == SUPPLIES[-1] else round_half_up(metered * amounts[item] / total, 3)
        rest -= part
        put_months(plant, f"s_e_{line}_{item}", {month: part}, "MWh", 3)
