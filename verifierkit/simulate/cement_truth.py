"""What really happens in the simulated cement plant, day by day: two kilns, waste heat, captive unit, stores.

Truth is kept as floats in ``plant.truth``; nothing here is rounded or seen by the enterprise.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from verifierkit.periods import month_bounds, month_of
from verifierkit.simulate.base import Plant
from verifierkit.simulate.noise import Array, heavy_tailed, walk

LEAD_DAYS = 7  # the billing period of January may begin on 25 December
LINES = ("k1", "k2")

# Per line: capacity [t/d], heat [GJ/t] low and high, electricity [MWh/t], standing load [MW], raw meal [t/t]
DESIGN: dict[str, dict[str, Any]] = {
    "k1": {"capacity": 5500.0, "heat": (2.985, 3.025), "mwh": 0.0525, "standing": 0.55, "ratio": (1.525, 1.555)},
    "k2": {"capacity": 2500.0, "heat": (3.060, 3.100), "mwh": 0.0550, "standing": 0.28, "ratio": (1.535, 1.565)},
}
NCV_RANGE = (22.35, 23.35)  # coal as fired, as received [GJ/t]
MOISTURE_RANGE = (0.080, 0.100)  # total moisture of the coal
GRINDING_SHARE = 0.60  # share of the month's clinker that the own mills take
SILO_RANGE = (20000.0, 34000.0)  # clinker in the silo at month end [t]
YARD_RANGE = (17000.0, 25000.0)  # coal in the yard at month end [t]
LEAST_MOVED = 3000.0  # clinker sold and coal bought in any month [t]
CAPTIVE_SHARE = 0.7  # most of the plant's need that the captive unit covers
CAPTIVE_NET = 0.91  # supplied over generated
YARD_LOSS = 0.0006  # drying and dust of coal in the yard, of the month's use
LONG_STOP_SHARE, LONG_STOP_MONTHS = 0.25, ("02", "11")  # of the seeds; months of staggered production in winter
ASH_IN_CLINKER, DUST_OUT = 0.022, 0.0015  # t/t clinker


def simulate_truth(plant: Plant) -> None:
    """Fill ``plant.truth`` for the data year and the last week before it."""
    start = date(plant.year - 1, 12, 31) - timedelta(days=LEAD_DAYS - 1)
    count = (date(plant.year, 12, 31) - start).days + 1
    days = [start + timedelta(days=index) for index in range(count)]
    truth = plant.truth
    truth["days"] = days
    truth["month_index"] = {
        month: np.array([i for i, day in enumerate(days) if month_of(day) == month]) for month in plant.months
    }
    truth["ncv"] = walk(plant.rng("coal quality"), low=NCV_RANGE[0], high=NCV_RANGE[1], step=0.10, size=count)
    truth["moisture"] = walk(
        plant.rng("coal moisture"), low=MOISTURE_RANGE[0], high=MOISTURE_RANGE[1], step=0.002, size=count
    )
    stopped = long_stop(plant)
    plant.resting = {stopped} if stopped else set()
    for line in LINES:
        simulate_line(plant, line)
    simulate_power(plant)
    simulate_clinker_stock(plant)
    simulate_coal_stock(plant)
    simulate_sundries(plant)


def stop_days(plant: Plant, line: str) -> set[date]:
    """Days without clinker: an overhaul, the peak-shaving stop of the winter, two short stops, a month's rest."""
    rng, year = plant.rng(f"{line} stops"), plant.year
    blocks = [
        (date(year, 2, int(rng.integers(2, 8))), int(rng.integers(8, 12))),
        (date(year, 11, int(rng.integers(3, 14))), int(rng.integers(6, 10))),
        (date(year, 5, int(rng.integers(3, 25))), int(rng.integers(2, 4))),
        (date(year, 8, int(rng.integers(3, 25))), int(rng.integers(1, 4))),
    ]
    stopped = long_stop(plant)
    if stopped is not None and stopped[0] == line:
        first, end = month_bounds(stopped[1])
        blocks.append((first, (end - first).days))
    return {first + timedelta(days=offset) for first, length in blocks for offset in range(length)}


def long_stop(plant: Plant) -> tuple[str, str] | None:
    """In some seeds one kiln rests a whole month of winter: the line and the month, None where both run."""
    rng = plant.rng("long stop")
    if float(rng.random()) >= LONG_STOP_SHARE:
        return None
    return LINES[int(rng.integers(len(LINES)))], f"{plant.year}-{LONG_STOP_MONTHS[int(rng.integers(2))]}"


def idle(plant: Plant, line: str, month: str) -> bool:
    """Whether a line made nothing in a month."""
    return (line, month) in plant.resting


def simulate_line(plant: Plant, line: str) -> None:
    """Run hours, clinker, raw meal, coal and electricity of one kiln line, per day."""
    truth, design, rng = plant.truth, DESIGN[line], plant.rng(f"{line} operation")
    days: list[date] = truth["days"]
    count, stops = len(days), stop_days(plant, line)
    hours = np.array([0.0 if day in stops else 24.0 for day in days])
    restart = np.array([i > 0 and hours[i] > 0 and hours[i - 1] == 0 for i in range(count)])
    hours[restart] = 14.0
    short = rng.random(count) < 0.03
    hours[short & (hours == 24.0)] = 24.0 - rng.uniform(1.0, 6.0)
    rate = design["capacity"] / 24.0 * walk(rng, low=0.975, high=1.03, step=0.012, size=count)
    clinker = hours * rate
    heat = clinker * walk(rng, low=design["heat"][0], high=design["heat"][1], step=0.008, size=count)
    heat += np.where(restart, 0.25 * design["capacity"], 0.0)
    ratio = walk(rng, low=design["ratio"][0], high=design["ratio"][1], step=0.004, size=count)
    mwh = clinker * design["mwh"] * (1 + heavy_tailed(rng, scale=0.006, size=count))
    truth[line] = {
        "hours": hours,
        "clinker": clinker,
        "heat": heat,
        "coal": heat / truth["ncv"],
        "ratio": ratio,
        "feed": clinker * ratio,
        "mwh": mwh + design["standing"] * (24.0 - hours),
    }


def simulate_power(plant: Plant) -> None:
    """Waste-heat and captive generation, grinding, living quarters, the unmetered rest, and the grid as what is left."""
    truth, rng = plant.truth, plant.rng("power")
    days: list[date] = truth["days"]
    count = len(days)
    clinker = truth["k1"]["clinker"] + truth["k2"]["clinker"]
    truth["whr_gross"] = clinker * walk(rng, low=0.0305, high=0.0335, step=0.0008, size=count)
    truth["whr_supplied"] = truth["whr_gross"] * 0.93
    truth["grinding"] = grinding_clinker(plant)
    truth["grinding_mwh"] = truth["grinding"] / 0.78 * walk(rng, low=0.031, high=0.034, step=0.0004, size=count)
    season = np.array([1.0 + 0.4 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365.0) for day in days])
    truth["living_mwh"] = 7.5 * season * (1 + heavy_tailed(rng, scale=0.03, size=count))
    used = truth["k1"]["mwh"] + truth["k2"]["mwh"] + truth["grinding_mwh"] + truth["living_mwh"]
    truth["other_mwh"] = used * walk(rng, low=0.018, high=0.028, step=0.002, size=count)
    need = used + truth["other_mwh"] - truth["whr_supplied"]
    simulate_captive(plant, need)
    truth["grid_mwh"] = need - truth["cap_supplied"]


def simulate_captive(plant: Plant, need: Array) -> None:
    """The captive unit per day: near its rating, turned down where the plant needs less, out for four days."""
    truth, rng = plant.truth, plant.rng("captive")
    days: list[date] = truth["days"]
    count = len(days)
    outage = date(plant.year, 6, int(rng.integers(3, 20)))
    running = np.array([0.0 if outage <= day < outage + timedelta(days=4) else 1.0 for day in days])
    rated = 24.0 * walk(rng, low=8.6, high=9.6, step=0.15, size=count)
    truth["cap_gross"] = running * np.minimum(rated, CAPTIVE_SHARE * need / CAPTIVE_NET)
    truth["cap_supplied"] = truth["cap_gross"] * CAPTIVE_NET
    truth["cap_coal"] = truth["cap_gross"] * walk(rng, low=11.6, high=12.0, step=0.05, size=count) / truth["ncv"]


def grinding_clinker(plant: Plant) -> Array:
    """Clinker taken by the own cement mills per day [t]: steady within a month, a share of the month's output."""
    truth, rng = plant.truth, plant.rng("grinding")
    days: list[date] = truth["days"]
    made = truth["k1"]["clinker"] + truth["k2"]["clinker"]
    level = np.full(len(days), GRINDING_SHARE * float(made[:LEAD_DAYS].mean()))
    for index in truth["month_index"].values():
        level[index] = GRINDING_SHARE * float(made[index].mean())
    return np.asarray(level * (1 + rng.uniform(-0.12, 0.12, len(days))), dtype=np.float64)


def simulate_clinker_stock(plant: Plant) -> None:
    """Bought clinker, transfers and sales by lot; the level of the shared silo at each month end."""
    truth, rng = plant.truth, plant.rng("clinker stock")
    level = float(rng.uniform(*SILO_RANGE))
    truth["silo"] = {"opening": level}
    truth["clinker_bought"], truth["clinker_transferred"], truth["clinker_sold"] = [], [], []
    for month, index in truth["month_index"].items():
        made = float((truth["k1"]["clinker"] + truth["k2"]["clinker"])[index].sum())
        bought = [float(rng.uniform(900, 1400)) for _ in range(int(rng.integers(1, 3)))]
        moved = [float(rng.uniform(1500, 2500))]
        target = float(rng.uniform(*SILO_RANGE))
        left = level + made + sum(bought) - sum(moved) - float(truth["grinding"][index].sum())
        target = min(target, left - LEAST_MOVED)  # a month at rest sells from the silo
        sold = left - target
        lots = split_lots(rng, total=sold, size=6500.0)
        truth["clinker_bought"] += on_days(rng, plant, index, bought)
        truth["clinker_transferred"] += on_days(rng, plant, index, moved)
        truth["clinker_sold"] += on_days(rng, plant, index, lots)
        level = target
        truth["silo"][month] = level


def simulate_coal_stock(plant: Plant) -> None:
    """Coal bought by lot and the level of the yard at each month end."""
    truth, rng = plant.truth, plant.rng("coal stock")
    level = float(rng.uniform(*YARD_RANGE))
    truth["yard"], truth["coal_bought"] = {"opening": level}, []
    for month, index in truth["month_index"].items():
        used = float((truth["k1"]["coal"] + truth["k2"]["coal"] + truth["cap_coal"])[index].sum())
        used *= 1 + YARD_LOSS
        target = max(float(rng.uniform(*YARD_RANGE)), level - used + LEAST_MOVED)  # some coal comes in every month
        lots = split_lots(rng, total=target - level + used, size=3200.0)
        truth["coal_bought"] += on_days(rng, plant, index, lots)
        level = target
        truth["yard"][month] = level


def split_lots(rng: np.random.Generator, *, total: float, size: float) -> list[float]:
    """Cut a month's tonnage into lots of about ``size`` [t]."""
    weights = rng.uniform(0.8, 1.2, max(1, round(total / size)))
    return [float(total * weight / weights.sum()) for weight in weights]


def on_days(rng: np.random.Generator, plant: Plant, index: Array, lots: list[float]) -> list[tuple[date, float]]:
    """Give each lot a day of the month, in time order."""
    days: list[date] = plant.truth["days"]
    chosen = sorted(int(i) for i in rng.choice(index, size=len(lots), replace=len(lots) > len(index)))
    return [(days[i], lot) for i, lot in zip(chosen, lots, strict=True)]


def simulate_sundries(plant: Plant) -> None:
    """Diesel issues, deducted raw materials, dust, heat: quantities per month."""
    truth = plant.truth
    materials = {("k1", "steel_slag"): 0.042, ("k1", "coal_fly_ash"): 0.030, ("k2", "carbide_slag"): 0.045}
    truth["diesel"], truth["materials"], truth["heat_used"], truth["dust"] = {}, {}, {}, {}
    for month, index in truth["month_index"].items():
        rng = plant.rng(f"sundries {month}")
        truth["diesel"][month] = [float(rng.uniform(2.2, 5.2)) for _ in range(int(rng.integers(5, 8)))]
        for (line, item), share in materials.items():
            made = float(truth[line]["clinker"][index].sum())
            dry = made * share * float(rng.uniform(0.85, 1.15))
            truth["materials"][line, item, month] = (dry, float(rng.uniform(0.07, 0.16)))
        for line in LINES:
            made = float(truth[line]["clinker"][index].sum())
            truth["heat_used"][line, month] = made * 0.0035 * float(rng.uniform(0.8, 1.2))
            truth["dust"][line, month] = (made * 0.00016, made * 0.0013 * float(rng.uniform(0.8, 1.2)))
        winter = month[5:] in ("01", "02", "03", "11", "12")
        truth["heat_used"]["ent", month] = float(rng.uniform(900, 1500)) * (1.0 if winter else 0.15)
