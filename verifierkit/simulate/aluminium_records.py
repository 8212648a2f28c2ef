"""What instruments, laboratories and suppliers of the smelter write down, and the monthly ledgers made from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from verifierkit.periods import month_bounds
from verifierkit.simulate.aluminium_network import feeders, has_old_tables
from verifierkit.simulate.aluminium_truth import LINES, Line
from verifierkit.simulate.base import Cells, Plant, exact
from verifierkit.simulate.noise import Array, heavy_tailed, rectangular

REGISTER_SHARES = (("sharp", 0.09), ("peak", 0.31), ("flat", 0.33), ("valley", 0.27))
BIAS_SHARE = 0.35  # of the class limit: what an instrument that passed its calibration is off at most
READING_NOISE = {"electricity_meter": 0.02}  # of the class limit, heavy-tailed, by kind; 0.1 where not named


class Instruments:
    """True amounts as an instrument shows them: a bias that it keeps for the year and the noise of each reading."""

    def __init__(self, plant: Plant, instrument_id: str) -> None:
        row = plant.rows("instruments", instrument_id=instrument_id)[0]
        self.limit = float(row["accuracy_fraction"])
        self.rng = plant.rng(f"instrument {instrument_id}")
        self.noise = READING_NOISE.get(row["kind"], 0.1) * self.limit
        self.bias = float(rectangular(self.rng, half_width=BIAS_SHARE * self.limit))

    def show(self, amounts: Array, *, digits: int) -> list[Decimal]:
        """Readings of true amounts."""
        noise = heavy_tailed(self.rng, scale=self.noise, size=len(amounts))
        return [exact(amount, digits) for amount in np.asarray(amounts) * (1 + self.bias + noise)]


def days_of(month: str) -> list[date]:
    """The days of a month."""
    start, end = month_bounds(month)
    return [start + timedelta(days=index) for index in range((end - start).days)]


def month_ends(plant: Plant) -> list[date]:
    """Last day of the year before and of each month."""
    return [
        month_bounds(plant.months[0])[0] - timedelta(days=1),
        *(month_bounds(m)[1] - timedelta(days=1) for m in plant.months),
    ]


def build_records(plant: Plant) -> None:
    """Write the primary records of the year."""
    show: dict[str, Instruments] = {
        row["instrument_id"]: Instruments(plant, row["instrument_id"]) for row in plant.rows("instruments")
    }
    for line in LINES:
        _line_records(plant, line, show)
        _anode_records(plant, line, show)
    _monthly(plant, "s_transfer", plant.truth["transfer_t"], show["i_p1_crane"])
    _casthouse_records(plant, show)
    _electricity_records(plant, show)
    _entity_records(plant, show)
    if has_old_tables(plant):
        _coal_records(plant, show)


def _daily(
    plant: Plant, source: str, daily: Sequence[Array], by: Instruments, *, unit: str = "t", digits: int = 2
) -> None:
    for month, amounts in zip(plant.months, daily, strict=True):
        for day, value in zip(days_of(month), by.show(amounts, digits=digits), strict=True):
            plant.add("daily_values", source_id=source, day=day, value=value, unit=unit)


def _monthly(plant: Plant, source: str, amounts: Array, by: Instruments, *, unit: str = "t", digits: int = 2) -> None:
    for month, value in zip(plant.months, by.show(amounts, digits=digits), strict=True):
        plant.add("monthly_values", source_id=source, month=month, value=value, unit=unit)


def _tickets(
    plant: Plant, source: str, amounts: Array, by: Instruments, *, loads: int, digits: int = 2, tare: float = 0.0
) -> None:
    """Tickets of a month: ``loads`` days of uneven weight whose sum is the month."""
    rng = plant.rng(f"tickets {source}")
    number = 0
    for month, amount in zip(plant.months, amounts, strict=True):
        days = days_of(month)
        chosen = np.sort(rng.choice(len(days), loads, replace=False))
        weights = rng.uniform(0.85, 1.15, loads)
        nets = by.show(amount * weights / weights.sum(), digits=digits)
        for index, net in zip(chosen, nets, strict=True):
            number += 1
            empty = exact(tare * (1 + rectangular(rng, half_width=0.01)), digits) if tare else None
            plant.add(
                "tickets", source_id=source, ticket_no=f"{source[2:].upper()}-{plant.year}-{number:04d}",
                weighed_on=days[int(index)], gross_t=net + empty if empty is not None else None, tare_t=empty,
                net_t=net,
                vehicle=f"示A{int(rng.integers(10000, 99999))}" if tare else None,
            )  # fmt: skip


def _line_records(plant: Plant, line: Line, show: dict[str, Instruments]) -> None:
    """Taps by day on the crane scale, receipts of the casthouse by month, and the pot log."""
    truth = plant.truth[line.id]
    _daily(plant, f"s_{line.id}_tap_daily", truth["tapped_daily_t"], show[f"i_{line.id}_crane"])
    _monthly(plant, f"s_{line.id}_metal_received", truth["tapped_t"], show["i_cast_scale"])
    for index, month in enumerate(plant.months):
        days = len(days_of(month))
        cell_days = int(truth["cell_days"][index])
        count = int(truth["anode_effects"][index])
        plant.add(
            "pot_operation", facility_id=line.id, month=month,
            current_ka=exact(truth["current_ka"][index], 2), voltage_v=exact(truth["voltage_v"][index], 3),
            cells_in_operation=exact(cell_days / days, 2), cell_days=Decimal(cell_days),
            current_efficiency_fraction=exact(truth["current_efficiency"][index], 4), ae_count=Decimal(count),
            ae_minutes=exact(count * truth["anode_effect_minutes"][index], 1),
        )  # fmt: skip


def _anode_records(plant: Plant, line: Line, show: dict[str, Instruments]) -> None:
    """Anodes set by day on the rodding shop's scale, changes counted by the piece, receipts by lorry, stock counts."""
    truth, key = plant.truth[line.id], line.id
    scale = show[f"i_{key}_anode_scale"]
    _daily(plant, f"s_{key}_anode_daily", truth["anode_set_daily_t"], scale)
    pieces = np.rint(truth["anode_set_t"] / line.anode_t)
    _monthly(plant, f"s_{key}_anode_changes", pieces * line.anode_t, show[f"i_{key}_anode_count"])
    _monthly(plant, f"s_{key}_anode_startup", truth["anode_startup_t"], scale)
    _monthly(plant, f"s_{key}_anode_scrap", truth["anode_scrap_t"], scale)
    _monthly(plant, f"s_{key}_butts", truth["butts_t"], scale)
    _tickets(plant, f"s_{key}_anode_in", truth["anode_received_t"], show["i_anode_scale"], loads=10, tare=18.0)
    _counts(plant, f"n_anodes_{key}", truth["anode_stock_t"], spread=0.002)


def _counts(plant: Plant, node: str, levels: Array, *, spread: float, item: str = "", method: str = "survey") -> None:
    rng = plant.rng(f"counts {node}")
    for day, level in zip(month_ends(plant), levels, strict=True):
        plant.add(
            "stock_counts", node_id=node, counted_on=day, item=item or None,
            quantity_t=exact(level * (1 + rectangular(rng, half_width=spread)), 2), method=method, adjustment_t=None,
            note=None,
        )  # fmt: skip


def _casthouse_records(plant: Plant, show: dict[str, Instruments]) -> None:
    """Ingot, remelt, alloying and loss by month; bought and sold metal by document; the furnaces by dipstick."""
    truth = plant.truth["casthouse"]
    for key in ("remelted", "alloying", "ingot"):
        _monthly(plant, f"s_{key}", truth[f"{key}_t"], show["i_ingot_scale"])
    _monthly(plant, "s_melt_loss", truth["loss_t"], show["i_dross_scale"])
    transactions(
        plant, "s_bought", "purchase", truth["bought_t"], show["i_gate_scale"], loads=4, party="示例再生金属有限公司"
    )
    transactions(
        plant, "s_molten_sold", "sale", truth["molten_sold_t"], show["i_gate_scale"], loads=12, party="示例合金有限公司"
    )
    _counts(plant, "n_cast", truth["furnace_t"], spread=0.004)


def transactions(
    plant: Plant, source: str, kind: str, amounts: Array, by: Instruments, *, loads: int, party: str,
    deduction: float = 0.0,
) -> None:  # fmt: skip
    """Documents of a month, received (or dispatched) in it; purchases travel one to three days."""
    rng = plant.rng(f"transactions {source}")
    number = 0
    for month, amount in zip(plant.months, amounts, strict=True):
        days = days_of(month)
        chosen = np.sort(rng.choice(len(days), loads, replace=False))
        weights = rng.uniform(0.7, 1.3, loads)
        for index, weighed in zip(chosen, by.show(amount * weights / weights.sum(), digits=2), strict=True):
            number += 1
            travel = timedelta(days=int(rng.integers(1, 4))) if kind == "purchase" else timedelta()
            taken = exact(float(weighed) * rng.uniform(0.2, 1.0) * deduction, 2)
            plant.add(
                "transactions", source_id=source, doc_no=f"{source[2:].upper()}{plant.year}{number:04d}", kind=kind,
                dispatched_on=days[int(index)] - travel, received_on=days[int(index)], weighed_t=weighed,
                deduction_t=taken, settled_t=weighed - taken, invoice_no=f"{int(rng.integers(10**7, 10**8))}",
                counterparty=party,
            )  # fmt: skip


def _electricity_records(plant: Plant, show: dict[str, Instruments]) -> None:
    """Readings at every month's end, the supplier's bills by register."""
    truth = plant.truth["electricity"]
    for feeder in feeders(plant):
        _readings(plant, f"i_e_{feeder.id}", _feeder_energy(plant, feeder.id), show)
    _readings(plant, "i_e_captive", truth["captive_supplied"], show)
    _readings(plant, "i_e_grid_gate", truth["grid"], show)
    _bills(plant, truth["grid"], show["i_e_grid_main"])


def _feeder_energy(plant: Plant, feeder: str) -> Array:
    """True energy of a feeder [MWh]; from each busbar its share where a line has two feeders."""
    truth = plant.truth["electricity"]
    for line in LINES:
        if feeder == line.id:
            return np.asarray(truth[f"rectifier_{line.id}"])
        if feeder.startswith(f"{line.id}_"):
            ac = sum(truth[f"rectifier_{other.id}"] for other in LINES)
            captive = truth[f"rectifier_{line.id}"] * truth["captive_supplied"] / ac
            return np.asarray(captive if feeder.endswith("captive") else truth[f"rectifier_{line.id}"] - captive)
    return np.asarray(truth[feeder])


def _readings(plant: Plant, instrument: str, energy_mwh: Array, show: dict[str, Instruments]) -> None:
    row = plant.rows("instruments", instrument_id=instrument)[0]
    modulus = Decimal(10) ** int(row["register_digits"])
    steps = [float(v) * 1000 / float(row["multiplier"]) for v in show[instrument].show(energy_mwh, digits=6)]
    reading = exact(plant.rng(f"register {instrument}").uniform(0.05, 0.85) * float(modulus), 4)
    for index, day in enumerate(month_ends(plant)):
        reading = (reading + exact(steps[index - 1], 4)) % modulus if index else reading
        stamp = datetime(day.year, day.month, day.day) + timedelta(days=1)
        plant.add(
            "meter_readings", instrument_id=instrument, register="total", read_at=stamp, reading=reading, state="normal"
        )


def _bills(plant: Plant, energy_mwh: Array, meter: Instruments) -> None:
    """One bill a month with four registers; the flat register rolls over in the year; bills come late."""
    row = plant.rows("instruments", instrument_id="i_e_grid_main")[0]
    multiplier, modulus = row["multiplier"], Decimal(10) ** int(row["register_digits"])
    rng = plant.rng("bills")
    reading = {name: exact(rng.uniform(0.1, 0.6) * float(modulus), 2) for name, _ in REGISTER_SHARES}
    reading["flat"] = modulus - exact(rng.uniform(150.0, 400.0), 2)
    for month, total in zip(plant.months, meter.show(energy_mwh, digits=6), strict=True):
        start, end = month_bounds(month)
        shares = np.array([share for _, share in REGISTER_SHARES]) * rng.uniform(0.98, 1.02, 4)
        issued = end + timedelta(days=int(rng.integers(2, 24)))
        for (name, _), share in zip(REGISTER_SHARES, shares / shares.sum(), strict=True):
            step = exact(float(total) * 1000 * float(share) / float(multiplier), 2)
            after = (reading[name] + step) % modulus
            metered = step * multiplier
            plant.add(
                "settlement_bills", source_id="s_e_grid_bill", bill_no=f"DF{month.replace('-', '')}01",
                instrument_id="i_e_grid_main",
                register=name, period_start=start, period_end=end - timedelta(days=1), prior_reading=reading[name],
                current_reading=after, multiplier=multiplier, metered_kwh=metered, exchange_kwh=Decimal(0),
                adjustment_kwh=Decimal(0), loss_kwh=Decimal(0), total_kwh=metered, estimated=False, issued_on=issued,
                amount_yuan=None,
            )  # fmt: skip
            reading[name] = after


def _entity_records(plant: Plant, show: dict[str, Instruments]) -> None:
    """Gas by two meters, diesel and carbonates by ticket, and the quoted report of the captive plant."""
    truth = plant.truth["entity"]
    rng = plant.rng("gas days")
    daily = []
    for month, amount in zip(plant.months, truth["natural_gas"], strict=True):
        weights = rng.uniform(0.9, 1.1, len(days_of(month)))
        daily.append(amount * weights / weights.sum())
    _daily(plant, "s_natural_gas_daily", daily, show["i_gas_own"], unit="10^4 Nm3", digits=4)
    _monthly(plant, "s_natural_gas_bill", truth["natural_gas"], show["i_gas_supplier"], unit="10^4 Nm3", digits=4)
    _tickets(plant, "s_diesel_tickets", truth["diesel"], show["i_diesel_pump"], loads=9, digits=3)
    _tickets(plant, "s_limestone_tickets", truth["limestone"], show["i_gate_scale"], loads=8, tare=15.5)
    if has_old_tables(plant):
        return
    _tickets(plant, "s_soda_ash_tickets", truth["soda_ash"], show["i_gate_scale"], loads=3, tare=9.8)
    emission = plant.truth["electricity"]["captive_gross"] * plant.rng("power report").uniform(0.835, 0.865, 12)
    for month, value in zip(plant.months, emission, strict=True):
        plant.add("monthly_values", source_id="s_power_unit", month=month, value=exact(value, 2), unit="tCO2")


def _coal_records(plant: Plant, show: dict[str, Instruments]) -> None:
    """Coal burned by day, trains received, composite samples of the laboratory, surveys of the yard."""
    truth = plant.truth["coal"]
    _daily(plant, "s_coal_daily", truth["burned_daily_t"], show["i_coal_belt"])
    transactions(
        plant,
        "s_coal_in",
        "purchase",
        truth["received_t"],
        show["i_rail_scale"],
        loads=16,
        party="示例煤业有限公司",
        deduction=0.01,
    )
    _counts(plant, "n_coal", truth["stock_t"], spread=0.008, item="bituminous")
    rng = plant.rng("coal samples")
    number = 0
    for month, heat, burned in zip(plant.months, truth["ncv_gj_per_t"], truth["burned_t"], strict=True):
        days = days_of(month)
        weights = rng.uniform(0.8, 1.2, 4)
        for index, (value, batch) in enumerate(
            zip(heat * (1 + rectangular(rng, half_width=0.015, size=4)), burned * weights / weights.sum(), strict=True)
        ):
            number += 1
            plant.add("coal_analyses", **_analysis(plant, rng, number, days[6 * index + 3], float(value), float(batch)))


def _analysis(plant: Plant, rng: np.random.Generator, number: int, day: date, heat: float, batch: float) -> Cells:
    """One composite sample of a week's coal, as received."""
    issued = day + timedelta(days=int(rng.integers(4, 9)))
    moisture = rng.uniform(0.085, 0.115)
    return {
        "source_id": "s_coal_lab", "report_no": f"MH{plant.year}-{number:03d}", "laboratory": "自备电厂煤化验室",
        "cma_no": None,
        "sample_no": f"RL{plant.year}{number:03d}", "sampled_on": day, "received_on": day + timedelta(days=1),
        "issued_on": issued,
        "batch_t": exact(batch, 2), "basis": "as_received", "ncv_gj_per_t": exact(heat, 3),
        "total_moisture_fraction": exact(moisture, 4), "inherent_moisture_fraction": exact(rng.uniform(0.018, 0.03), 4),
        "ash_ad_fraction": exact(rng.uniform(0.20, 0.25), 4), "volatile_daf_fraction": exact(rng.uniform(0.34, 0.38),
        4),
        "carbon_ar_fraction": None,
    }  # fmt: skip
