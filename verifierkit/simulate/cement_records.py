"""What the instruments, laboratories and suppliers of the simulated cement plant write down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np

from verifierkit.periods import month_bounds, month_of
from verifierkit.simulate.base import Cells, Plant, exact, round_half_up
from verifierkit.simulate.cement_instruments import HONEST_SHARE, METERS, SCALES, bias
from verifierkit.simulate.cement_map import MATERIALS, OXIDES, supplementary
from verifierkit.simulate.cement_purchases import received_lots, write_purchases
from verifierkit.simulate.cement_truth import LINES, idle
from verifierkit.simulate.noise import Array, heavy_tailed, load_dependent, rectangular

BILLING_DAY = 25  # first day of the billing period in the seeds where it is no calendar month
BATCH_DAYS = 5
OXIDE_LEVELS = {"k1": (0.6530, 0.0185, 0.0120, 0.0012), "k2": (0.6490, 0.0210, 0.0190, 0.0009)}
DAILY = {
    "c_k1": ("k1", "coal"), "c_k2": ("k2", "coal"), "c_cap": ("", "cap_coal"), "f_k1": ("k1", "feed"),
    "f_k2": ("k2", "feed"), "p_k1": ("k1", "clinker"), "k_grinding": ("", "grinding"),
}  # fmt: skip


def write_records(plant: Plant) -> None:
    """Fill the record tables from the truth."""
    write_daily(plant)
    write_analyses(plant)
    write_meter_readings(plant)
    write_bills(plant)
    write_generation(plant)
    write_purchases(plant)
    write_clinker_moves(plant)
    write_diesel(plant)
    write_kiln_logs(plant)
    write_heat(plant)
    write_stock_counts(plant)
    if supplementary(plant):
        write_received_analyses(plant)
        write_oxides(plant)
        write_dust(plant)
    else:
        write_materials(plant)


def year_days(plant: Plant) -> list[tuple[int, date]]:
    """Index in the truth and day, of the days of the data year."""
    return [(i, day) for i, day in enumerate(plant.truth["days"]) if day.year == plant.year]


def write_daily(plant: Plant) -> None:
    """Belt scales by day: bias of the calibration, more error at part load, rectangular spread by day."""
    for tail, (part, name) in DAILY.items():
        values: Array = plant.truth[part][name] if part else plant.truth[name]
        rng, limit = plant.rng(f"scale {tail}"), float(SCALES[tail][2])
        load = values / max(float(values.max()), 1e-9)
        error = bias(plant, tail) + load_dependent(load, at_zero=0.2 * limit)
        error = error + rectangular(rng, half_width=0.6 * limit, size=len(values))
        error = error + plant.habits.get(("drift", tail), np.zeros(len(values)))
        for index, day in year_days(plant):
            value = exact(values[index] * (1 + error[index]), 2)
            plant.add("daily_values", source_id=f"s_{tail}_daily", day=day, value=value, unit="t")


def batches(month: str) -> Iterator[list[date]]:
    """Days of each composite sample of a month: five days, the last one takes the rest."""
    start, end = month_bounds(month)
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    cuts = [*range(0, 5 * BATCH_DAYS + 1, BATCH_DAYS), len(days)]
    for first, last in itertools.pairwise(cuts):
        yield days[first:last]


def write_analyses(plant: Plant) -> None:
    """Heat value of the coal fired in each line: one composite sample per five days, as received."""
    for line in LINES:
        rng, number = plant.rng(f"laboratory {line}"), 0
        weighed = {row["day"]: row["value"] for row in plant.rows("daily_values", source_id=f"s_c_{line}_daily")}
        for month in plant.months:
            for days in batches(month):
                mass = sum((weighed[day] for day in days), Decimal(0))
                if mass == 0:
                    continue
                number += 1
                index = [plant.truth["days"].index(day) for day in days]
                weights = plant.truth[line]["coal"][index]
                add_analysis(plant, rng, f"s_ncv_{line}", f"{line.upper()}{number:03d}", days[-1], mass, index, weights)


def write_received_analyses(plant: Plant) -> None:
    """Heat value of each lot of coal received, as received, for the entity's own account."""
    rng = plant.rng("laboratory received")
    for number, row in enumerate(received_lots(plant), start=1):
        index = [plant.truth["days"].index(row["received_on"])]
        add_analysis(plant, rng, "s_ncv_ent", f"R{number:03d}", row["received_on"], row["weighed_t"], index, np.ones(1))


def add_analysis(
    plant: Plant, rng: np.random.Generator, source_id: str, tail: str, sampled_on: date, mass: Decimal,
    index: list[int], weights: Array,
) -> None:  # fmt: skip
    """One laboratory report: heat value with the laboratory's bias and a heavy-tailed scatter."""
    ncv = float(np.average(plant.truth["ncv"][index], weights=weights))
    ncv = ncv * (1 + bias(plant, "lab_coal")) + float(heavy_tailed(rng, scale=0.02))
    moisture = float(np.average(plant.truth["moisture"][index], weights=weights))
    ash = 0.62 - 0.0172 * ncv + float(rectangular(rng, half_width=0.004))
    plant.add(
        "coal_analyses", source_id=source_id, report_no=f"MZ{plant.year}-{tail}", laboratory="示例煤质检测中心",
        cma_no="CMA-000000", sample_no=f"Y{plant.year}{tail}", sampled_on=sampled_on,
        received_on=sampled_on + timedelta(days=int(rng.integers(1, 3))),
        issued_on=sampled_on + timedelta(days=int(rng.integers(5, 10))), batch_t=mass, basis="as_received",
        ncv_gj_per_t=exact(ncv, 3), total_moisture_fraction=exact(moisture, 3),
        inherent_moisture_fraction=exact(float(rng.uniform(0.020, 0.030)), 4), ash_ad_fraction=exact(ash, 4),
        volatile_daf_fraction=exact(float(rng.uniform(0.28, 0.34)), 4), carbon_ar_fraction=None,
    )  # fmt: skip


def billing_cuts(plant: Plant) -> list[date]:
    """First days of the billing periods and the day after the last one."""
    starts = [month_bounds(month)[0] for month in plant.months] + [date(plant.year + 1, 1, 1)]
    if plant.seed % 3:
        return starts
    return [(start - timedelta(days=1)).replace(day=BILLING_DAY) for start in starts]


def energy_until(plant: Plant, values: Array, day: date) -> float:
    """Energy from the first day of the truth until the morning of a day [MWh]."""
    count = (day - plant.truth["days"][0]).days
    return float(values[:count].sum())


def register_reading(plant: Plant, tail: str, start: float, kwh: float) -> Decimal:
    """What the display shows: two decimals, cut off, starting again at 0 after the last digit."""
    _, multiplier, digits, _ = METERS[tail]
    value = Decimal(repr(start + kwh / multiplier)) % (Decimal(10) ** digits)
    return value.quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def meter_start(plant: Plant, tail: str) -> float:
    """First reading; the feeder of line 2 stands so high that its register rolls over during the year."""
    rng = plant.rng(f"register {tail}")
    if METERS[tail][2] == 4:
        return float(rng.uniform(8900.0, 9200.0))
    return float(rng.uniform(1000.0, 90000.0))


def write_meter_readings(plant: Plant) -> None:
    """Readings at each month start (and, for the check meter at the gate, at each billing cut)."""
    truth = plant.truth
    metered = {
        "e_grid_check": truth["grid_mwh"], "e_k1": truth["k1"]["mwh"], "e_k2": truth["k2"]["mwh"],
        "e_grinding": truth["grinding_mwh"], "e_living": truth["living_mwh"],
    }  # fmt: skip
    starts = [month_bounds(month)[0] for month in plant.months] + [date(plant.year + 1, 1, 1)]
    for tail, values in metered.items():
        days = sorted({*starts, *billing_cuts(plant)}) if tail == "e_grid_check" else starts
        for day in days:
            kwh = energy_until(plant, values, day) * 1000 * (1 + bias(plant, tail))
            reading = register_reading(plant, tail, meter_start(plant, tail), kwh)
            plant.add(
                "meter_readings", instrument_id=f"i_{tail}", register="total", read_at=datetime.combine(day, time()),
                reading=reading, state="normal",
            )  # fmt: skip


def bill_registers(plant: Plant) -> dict[str, float]:
    """Share of the energy by register: time of use in even seeds, one total otherwise."""
    if plant.seed % 2:
        return {"total": 1.0}
    return {"sharp": 0.06, "peak": 0.27, "flat": 0.33, "valley": 0.34}


def write_bills(plant: Plant) -> None:
    """Settlement bills from the main meter at the gate; one or two of them come late."""
    rng, cuts = plant.rng("bills"), billing_cuts(plant)
    late = {int(i) for i in rng.integers(1, 12, 2)}
    multiplier = METERS["e_grid_main"][1]
    for register, share in bill_registers(plant).items():
        start = float(rng.uniform(2000.0, 60000.0))
        wobble = 1 + rng.uniform(-0.02, 0.02, len(plant.truth["days"]))
        values = plant.truth["grid_mwh"] * share * (wobble if share < 1 else 1.0)
        scale = 1000 * (1 + bias(plant, "e_grid_main"))
        shown = [register_reading(plant, "e_grid_main", start, energy_until(plant, values, c) * scale) for c in cuts]
        for number, (first, end) in enumerate(itertools.pairwise(cuts)):
            kwh = (shown[number + 1] - shown[number]) * multiplier
            delay = 27 + number % 5 if number in late else 3 + number % 4
            add_bill(plant, register, number, (first, end), (shown[number], shown[number + 1]), kwh, delay)
    plant.tables["settlement_bills"].sort(key=lambda row: (row["period_start"], row["register"]))


def add_bill(
    plant: Plant, register: str, number: int, period: tuple[date, date], readings: tuple[Decimal, Decimal],
    kwh: Decimal, delay: int,
) -> None:  # fmt: skip
    """One register of one bill."""
    last = period[1] - timedelta(days=1)
    plant.add(
        "settlement_bills", source_id="s_e_grid_bill", bill_no=f"DF{plant.year}{number + 1:02d}",
        instrument_id="i_e_grid_main", register=register, period_start=period[0], period_end=last,
        prior_reading=readings[0], current_reading=readings[1], multiplier=Decimal(METERS["e_grid_main"][1]),
        metered_kwh=round_half_up(kwh, 0), exchange_kwh=Decimal(0), adjustment_kwh=Decimal(0), loss_kwh=Decimal(0),
        total_kwh=round_half_up(kwh, 0), estimated=False, issued_on=last + timedelta(days=delay),
        amount_yuan=round_half_up(kwh * Decimal("0.6218"), 2),
    )  # fmt: skip


def write_generation(plant: Plant) -> None:
    """Monthly generation of the waste-heat and the captive unit."""
    for facility, name in (("whr1", "whr"), ("cap1", "cap")):
        for month, index in plant.truth["month_index"].items():
            factor = 1 + bias(plant, f"e_{name}")
            gross = exact(float(plant.truth[f"{name}_gross"][index].sum()) * factor, 3)
            supplied = exact(float(plant.truth[f"{name}_supplied"][index].sum()) * factor, 3)
            plant.add(
                "generation", facility_id=facility, month=month, gross_mwh=gross, own_use_mwh=gross - supplied,
                supplied_mwh=supplied, exported_mwh=Decimal("0.000"),
            )  # fmt: skip


def write_clinker_moves(plant: Plant) -> None:
    """Clinker bought, transferred and sold; settled as weighed."""
    kinds = (("k_buy", "purchase", "clinker_bought", "WG"), ("k_transfer", "transfer_out", "clinker_transferred", "DB"),
             ("k_sale", "sale", "clinker_sold", "XS"))  # fmt: skip
    for tail, kind, name, prefix in kinds:
        rng = plant.rng(f"moves {tail}")
        for number, (day, tonnes) in enumerate(plant.truth[name], start=1):
            weighed = exact(tonnes * (1 + bias(plant, "weighbridge")) + float(rectangular(rng, half_width=1.0)), 2)
            plant.add(
                "transactions", source_id=f"s_{tail}", doc_no=f"{prefix}{plant.year}{number:04d}", kind=kind,
                dispatched_on=day, received_on=day, weighed_t=weighed, deduction_t=Decimal("0.00"), settled_t=weighed,
                invoice_no=None if kind == "transfer_out" else f"FP{int(rng.integers(10**7, 10**8))}",
                counterparty="示例关联水泥厂" if kind == "transfer_out" else "示例建材贸易公司",
            )  # fmt: skip


def write_diesel(plant: Plant) -> None:
    """Diesel issues by ticket."""
    number = 0
    for month, issues in plant.truth["diesel"].items():
        start, end = month_bounds(month)
        step = (end - start).days // (len(issues) + 1)
        for count, tonnes in enumerate(issues, start=1):
            number += 1
            plant.add(
                "tickets", source_id="s_d_ent_tickets", ticket_no=f"JY{plant.year}{number:03d}",
                weighed_on=start + timedelta(days=step * count), gross_t=None, tare_t=None, net_t=exact(tonnes, 2),
                vehicle=f"装载机{number % 7 + 1}号",
            )  # fmt: skip


def write_kiln_logs(plant: Plant) -> None:
    """Run hours by day and the raw-meal ratio of each month from the laboratory's mass balance."""
    for line in LINES:
        truth = plant.truth[line]
        for index, day in year_days(plant):
            stopped = float(truth["hours"][index]) == 0
            reason = ("错峰停窑" if day.month == 11 else "计划检修") if stopped else None
            plant.add(
                "kiln_runs", facility_id=line, day=day, run_hours=exact(truth["hours"][index], 1), stop_reason=reason
            )
        rng = plant.rng(f"raw-meal ratio {line}")
        for month, index in plant.truth["month_index"].items():
            if idle(plant, line, month):  # no kiln feed: nothing to determine a ratio from
                continue
            true = float(np.average(truth["ratio"][index], weights=truth["clinker"][index]))
            ratio = exact(true * (1 + float(rectangular(rng, half_width=0.0025))), 3)
            loss = 1 - (1 + 0.0015 - 0.022) / true
            plant.add(
                "raw_meal_ratios", facility_id=line, month=month, ratio=ratio,
                loss_on_ignition_fraction=exact(loss, 4), determined_by="measured",
            )  # fmt: skip


def write_heat(plant: Plant) -> None:
    """Heat by month from the heat meters."""
    for line in (*LINES, *(["ent"] if supplementary(plant) else [])):
        for month in plant.months:
            value = exact(plant.truth["heat_used"][line, month], 2)
            plant.add("monthly_values", source_id=f"s_h_{line}", month=month, value=value, unit="GJ")


def write_materials(plant: Plant) -> None:
    """Deducted raw materials: wet tonnes by lorry, moisture, dry tonnes."""
    for line, item in MATERIALS:
        for month in plant.months:
            dry, water = plant.truth["materials"][line, item, month]
            moisture = exact(water, 3)
            wet = exact(dry / (1 - water), 2)
            plant.add(
                "deducted_materials", source_id=f"s_m_{line}_{item}", month=month, wet_t=wet, moisture_fraction=moisture,
                dry_t=round_half_up(wet * (1 - moisture), 2), enters="raw_mill",
            )  # fmt: skip


def write_oxides(plant: Plant) -> None:
    """CaO and MgO of the clinker, and the part that does not come from carbonate, by weekly composite."""
    for line in LINES:
        for oxide, level in zip(OXIDES, OXIDE_LEVELS[line], strict=True):
            rng = plant.rng(f"{oxide} {line}")
            for month in (m for m in plant.months if not idle(plant, line, m)):
                start, end = month_bounds(month)
                for week, day in enumerate((6, 13, 20, (end - start).days - 1), start=1):
                    number = f"{OXIDES.index(oxide) + 1}{line.upper()}{month[5:]}{week}"
                    plant.add(
                        "lab_results", source_id=f"s_{oxide}_{line}", report_no=f"YX{plant.year}-{number}",
                        laboratory="厂化验室", sample_no=f"S{plant.year}{number}", sampled_on=start + timedelta(days=day),
                        issued_on=start + timedelta(days=day + 2), unit="1", weight_t=None,
                        value=exact(level * (1 + float(heavy_tailed(rng, scale=0.0022))), 4),
                    )  # fmt: skip


def write_dust(plant: Plant) -> None:
    """Dust that leaves by the stack and by the bypass, per month."""
    for line in LINES:
        for month in plant.months:
            for kind, value in zip(("kiln_dust", "bypass_dust"), plant.truth["dust"][line, month], strict=True):
                plant.add(
                    "monthly_values", source_id=f"s_w_{line}_{kind}", month=month, value=exact(value, 2), unit="t"
                )


def write_stock_counts(plant: Plant) -> None:
    """Surveys of yard and silo at each month end; the difference to the book level is booked once a quarter."""
    for node, tail, name in (
        ("n_coal_yard", "survey_coal_yard", "yard"),
        ("n_clinker_silo", "survey_clinker_silo", "silo"),
    ):
        rng, half = plant.rng(f"survey {node}"), HONEST_SHARE * float(SCALES[tail][2])
        for month, level in plant.truth[name].items():
            day = date(plant.year - 1, 12, 31) if month == "opening" else month_bounds(month)[1] - timedelta(days=1)
            quantity = exact(level * (1 + float(rectangular(rng, half_width=half))), 0)
            plant.add(
                "stock_counts", node_id=node, counted_on=day, item="bituminous" if name == "yard" else None,
                quantity_t=quantity, method="survey", adjustment_t=None, note=None,
            )  # fmt: skip


def months_of_rows(rows: list[Cells], column: str) -> dict[str, list[Any]]:
    """Group rows by the month of a date column; rows without a date are left out."""
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        if row[column] is not None:
            grouped.setdefault(month_of(row[column]), []).append(row)
    return grouped
