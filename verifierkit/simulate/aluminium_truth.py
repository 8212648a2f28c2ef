"""What happens in the simulated smelter: Faraday's law, anode and metal balances, one electricity bus.

Arrays run over the twelve months unless a name says ``daily``. Masses in t, energy in MWh; floats, because nobody
ever reads them: the records are made from them, with the errors of instruments.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import Any

import numpy as np

from verifierkit.simulate.base import Plant
from verifierkit.simulate.noise import Array, rectangular, walk

FARADAY_KG_PER_KAH = 0.33556
OLD_TABLES_UNTIL = 2018


@dataclass(frozen=True)
class Line:
    """A potline: cells, line current [kA], metal in one cell [t], mass of one new anode [t], anodes in one cell."""

    id: str
    name: str
    cells: int
    current_ka: float
    metal_per_cell_t: float
    anode_t: float
    anodes_per_cell: int
    startup_month: int


LINES = (
    Line("p1", "一系列400kA", 288, 400.0, 17.0, 1.12, 48, 3),
    Line("p2", "二系列300kA", 248, 300.0, 13.0, 0.94, 40, 8),
)


def days_in(plant: Plant) -> list[int]:
    """Number of days of each month."""
    return [calendar.monthrange(plant.year, number)[1] for number in range(1, 13)]


def build_truth(plant: Plant) -> None:
    """Fill ``plant.truth`` with what happened in the year."""
    _transfers(plant)
    for line in LINES:
        plant.truth[line.id] = _line(plant, line)
    plant.truth["casthouse"] = _casthouse(plant)
    plant.truth["electricity"] = _electricity(plant)
    plant.truth["entity"] = _entity(plant)
    if plant.year <= OLD_TABLES_UNTIL:
        plant.truth["coal"] = _coal(plant)


def _transfers(plant: Plant) -> None:
    """Molten metal carried from series 1 to series 2 to fill the cells that start up there [t]."""
    moved = np.zeros(12)
    rng = plant.rng("truth transfers")
    start = LINES[1].startup_month
    moved[start] = rng.uniform(110.0, 160.0)
    plant.truth["transfer_t"] = moved


def _line(plant: Plant, line: Line) -> dict[str, Any]:
    """One potline: cells by day, Faraday metal, metal in pots, taps by day, anodes, DC energy."""
    rng = plant.rng(f"truth {line.id}")
    days = days_in(plant)
    relined = int(rng.integers(12, 16))
    cells = _cells_daily(rng, line, days, relined)
    month_of_day = np.repeat(np.arange(12), days)
    cell_days = np.array([cells[month_of_day == m].sum() for m in range(12)])
    current = line.current_ka * (1 + walk(rng, low=-0.004, high=0.004, step=0.002, size=12))
    efficiency = walk(rng, low=0.9245, high=0.9300, step=0.002, size=12)
    voltage = walk(rng, low=3.996, high=4.018, step=0.006, size=12)
    produced = FARADAY_KG_PER_KAH / 1000 * current * 24 * cell_days * efficiency
    in_pot = line.cells * line.metal_per_cell_t * (1 + rectangular(rng, half_width=0.005, size=13))
    sent = plant.truth["transfer_t"] * (1 if line.id == "p1" else 0)
    got = plant.truth["transfer_t"] * (0 if line.id == "p1" else 1)
    tapped = produced - np.diff(in_pot) + got - sent
    return {
        "cells_daily": cells, "cell_days": cell_days, "current_ka": current, "voltage_v": voltage,
        "current_efficiency": efficiency, "produced_t": produced, "in_pot_t": in_pot, "tapped_t": tapped,
        "tapped_daily_t": _spread(rng, tapped, days, half_width=0.03),
        "transferred_in_t": got, "transferred_out_t": sent,
        "dc_mwh": voltage * current * cell_days * 24 / 1000,
        "anode_effects": np.rint(cell_days * rng.uniform(0.03, 0.06, 12)),
        "anode_effect_minutes": rng.uniform(1.1, 1.9, 12),
        **_anodes(plant, line, tapped, relined),
    }  # fmt: skip


def _cells_daily(rng: np.random.Generator, line: Line, days: list[int], relined: int) -> Array:
    """Cells in operation on each day: a few under repair; a group relined in one month starts up in the next."""
    resting = np.rint(walk(rng, low=2.0, high=7.0, step=0.45, size=sum(days)))
    start = sum(days[: line.startup_month])
    resting[start - days[line.startup_month - 1] : start] += relined
    resting[start : start + 10] += np.rint(relined * (1 - np.arange(10) / 10))
    return np.asarray(line.cells - resting)


def _spread(rng: np.random.Generator, totals: Array, days: list[int], *, half_width: float) -> list[Array]:
    """Days whose sums are the monthly totals."""
    spread = []
    for total, count in zip(totals, days, strict=True):
        weights = 1 + rectangular(rng, half_width=half_width, size=count)
        spread.append(total * weights / weights.sum())
    return spread


def _anodes(plant: Plant, line: Line, tapped: Array, started: int) -> dict[str, Any]:
    """The anode store of one potline: set, start-up, scrap and butts follow the metal, receipts follow the stock."""
    rng = plant.rng(f"truth anodes {line.id}")
    rate = walk(rng, low=0.487, high=0.502, step=0.004, size=12)
    set_t = tapped * rate
    startup = np.zeros(12)
    startup[line.startup_month] = started * line.anodes_per_cell * line.anode_t
    scrap = set_t * rng.uniform(0.004, 0.008, 12)
    stock = set_t.mean() * rng.uniform(0.42, 0.52, 13)
    received = set_t + startup + scrap + np.diff(stock)
    return {
        "anode_set_t": set_t,
        "anode_set_daily_t": _spread(rng, set_t, days_in(plant), half_width=0.02),
        "anode_startup_t": startup,
        "anode_scrap_t": scrap,
        "anode_stock_t": stock,
        "anode_received_t": received,
        "butts_t": set_t * walk(rng, low=0.158, high=0.186, step=0.006, size=12),
    }


def _casthouse(plant: Plant) -> dict[str, Array]:
    """The casthouse store: what comes in leaves as ingot, molten metal or melt loss, or stays in the furnaces."""
    rng = plant.rng("truth casthouse")
    tapped = sum(plant.truth[line.id]["tapped_t"] for line in LINES)
    bought = rng.uniform(260.0, 420.0, 12)
    remelted = tapped * rng.uniform(0.004, 0.008, 12)
    alloying = tapped * rng.uniform(0.0015, 0.0030, 12)
    loss = (tapped + bought + remelted) * rng.uniform(0.0030, 0.0050, 12)
    furnace = rng.uniform(1500.0, 2100.0, 13)
    molten_sold = tapped * walk(rng, low=0.30, high=0.42, step=0.03, size=12)
    ingot = tapped + bought + remelted + alloying - loss - molten_sold - np.diff(furnace)
    return {
        "bought_t": bought, "remelted_t": remelted, "alloying_t": alloying, "loss_t": loss,
        "furnace_t": furnace, "molten_sold_t": molten_sold, "ingot_t": ingot,
    }  # fmt: skip


def _electricity(plant: Plant) -> dict[str, Array]:
    """The AC bus [MWh]: rectifiers and other users, the captive plant, and the grid as what is missing."""
    rng = plant.rng("truth electricity")
    rectifier = walk(rng, low=1.0165, high=1.0190, step=0.001, size=12)
    loads = {f"rectifier_{line.id}": plant.truth[line.id]["dc_mwh"] * rectifier for line in LINES}
    ac = sum(loads.values())
    loads["auxiliaries"] = ac * rng.uniform(0.024, 0.030, 12)
    loads["casthouse"] = plant.truth["casthouse"]["ingot_t"] * rng.uniform(0.042, 0.050, 12)
    loads["anode_plant"] = sum(plant.truth[line.id]["anode_received_t"] for line in LINES) * rng.uniform(0.13, 0.15, 12)
    loads["living"] = rng.uniform(850.0, 1500.0, 12)
    loads["remainder"] = ac * rng.uniform(0.003, 0.006, 12)
    total = sum(loads.values())
    supplied = total * walk(rng, low=0.60, high=0.70, step=0.025, size=12)
    gross = supplied / rng.uniform(0.932, 0.938, 12)
    return {**loads, "captive_gross": gross, "captive_supplied": supplied, "grid": total - supplied}


def _entity(plant: Plant) -> dict[str, Array]:
    """Fuels and carbonates of the legal entity: gas [10^4 Nm3], diesel, limestone and soda ash [t]."""
    rng = plant.rng("truth entity")
    anodes = sum(plant.truth[line.id]["anode_received_t"] for line in LINES)
    casthouse = plant.truth["casthouse"]["ingot_t"]
    return {
        "natural_gas": anodes * rng.uniform(0.0062, 0.0070, 12) + casthouse * rng.uniform(0.0018, 0.0024, 12),
        "diesel": rng.uniform(92.0, 138.0, 12),
        "limestone": anodes * rng.uniform(0.020, 0.026, 12),
        "soda_ash": casthouse * rng.uniform(0.0012, 0.0018, 12),
    }


def _coal(plant: Plant) -> dict[str, Any]:
    """Coal of the captive plant [t] with its net calorific value as received [GJ/t]."""
    rng = plant.rng("truth coal")
    days = days_in(plant)
    heat_rate = rng.uniform(9.15, 9.45, 12)  # GJ of coal per MWh generated
    value = walk(rng, low=20.6, high=22.4, step=0.35, size=12)
    burned = plant.truth["electricity"]["captive_gross"] * heat_rate / value
    stock = burned.mean() * rng.uniform(0.55, 0.75, 13)
    return {
        "ncv_gj_per_t": value,
        "burned_t": burned,
        "burned_daily_t": _spread(rng, burned, days, half_width=0.05),
        "stock_t": stock,
        "received_t": burned + np.diff(stock),
    }
