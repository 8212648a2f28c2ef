"""Mistakes of the smelter that arise in readings, bills, ledgers, forms and the enterprise's own arithmetic.

Parameters of an error, all optional: ``facility`` (p1 or p2) and, where the month is free, ``month`` (the first of
the months planted).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds, next_month
from verifierkit.simulate.aluminium_network import ENTITY, has_old_tables
from verifierkit.simulate.aluminium_truth import LINES
from verifierkit.simulate.base import (
    Cells,
    Change,
    Plant,
    PlantedError,
    number,
    round_half_up,
    swap_digits,
    weighted_mean,
)
from verifierkit.simulate.planting import BOTH, OLD, error, month_rows, sized

WRONG_FACTORS = {  # defaults of another edition, by whether the year has the supplementary tables
    True: ("oxidation_fraction", "bituminous", Decimal("0.98")),
    False: ("carbonate_factor_tco2_per_t", "limestone", Decimal("0.405")),
}


def pick_line(plant: Plant, name: str, facility: str = "") -> str:
    """The potline that was named, or one from the seed."""
    return facility or str(plant.pick(f"line {name}", [line.id for line in LINES]))


def open_months(plant: Plant, line: str) -> list[str]:
    """Months of a potline that no error with a month of its own needs: not around a start-up, not December."""
    start = next(each.startup_month for each in LINES if each.id == line)
    kept = (plant.months[start - 1], plant.months[start], plant.months[-1])
    return [month for month in plant.months if month not in kept]


def pick_open(
    plant: Plant, name: str, subject: str, line: str, month: str = "", also: Sequence[str] = ()
) -> str:  # fmt: skip
    """A month of a potline in which nothing else was planted for the subjects, and take it."""
    return plant.pick_month(name, subject, open_months(plant, line), month, also=also)


def run_of_months(
    plant: Plant, name: str, subject: str, count: int, month: str = "", months: Sequence[str] = ()
) -> list[str]:  # fmt: skip
    """Consecutive months (of ``months``) in which nothing else was planted for the subject, and take them."""
    open_to = list(months or plant.months)

    def run_from(first: str) -> list[str]:
        run = [first]
        while len(run) < count:
            run.append(next_month(run[-1]))
        return run

    starts = [first for first in open_to if set(run_from(first)) <= set(open_to)]
    return plant.pick_run(f"{name} {subject}", [subject], count, starts, month)


def always(value: Decimal) -> Change:
    """The change of a figure into one value."""
    return lambda _: value


def change_month(plant: Plant, stream: str, source: str, facility: str, month: str, change: Change) -> None:
    """Change a month of a derived monthly source: the chain breaks between it and what it derives from."""
    row = plant.rows("monthly_values", source_id=source, month=month)[0]
    row["value"] = change(row["value"])
    plant.expect("chain.ledger", facility=facility, months=[month], stream=stream, source=source)


def ledger_digits(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two digits swapped when the daily taps were summed into the metal ledger."""
    line = pick_line(plant, "ledger digits", facility)
    found = pick_open(plant, "ledger digits", f"m_{line}", line, month)
    row = plant.rows("metal", source_id=f"s_{line}_metal", month=found)[0]
    row["tapped_t"] = swap_digits(row["tapped_t"], place=2)
    plant.expect("chain.ledger", facility=line, months=[found], stream=f"m_{line}", source=f"s_{line}_metal")


def unit_slip(plant: Plant, *, month: str = "") -> None:
    """Diesel of a month stands in the ledger in kilograms under the heading tonnes."""
    found = plant.pick_month("unit slip", "f_diesel", month=month)
    change_month(plant, "f_diesel", "s_diesel", ENTITY, found, lambda value: round_half_up(value * 1000, 2))


def statistics_differ(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The statistics form of the metal shows two digits of the ledger swapped."""
    line = pick_line(plant, "statistics", facility)
    found = pick_open(plant, "statistics", f"s_{line}_metal_stat", line, month, also=[f"m_{line}"])
    change_month(plant, f"m_{line}", f"s_{line}_metal_stat", line, found, lambda value: swap_digits(value, place=2))


def missing_month(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """A month is missing in the consumption statistics of anodes."""
    line = pick_line(plant, "missing month", facility)
    source = f"s_{line}_anode_stat"
    found = plant.pick_month("missing month", source, month=month, also=[f"a_{line}"])
    plant.tables["monthly_values"].remove(plant.rows("monthly_values", source_id=source, month=found)[0])
    plant.expect("completeness.record", facility=line, months=[found], stream=f"a_{line}", source=source)


def missing_day(plant: Plant, *, month: str = "") -> None:
    """A day is missing in the gas log; the ledger is right about what there is."""
    found = plant.pick_month("missing day", "f_natural_gas", month=month)
    row = plant.pick(
        "missing day row", month_rows(plant, "daily_values", "day", found, source_id="s_natural_gas_daily")
    )
    plant.tables["daily_values"].remove(row)
    plant.expect(
        "completeness.record", facility=ENTITY, months=[found], stream="f_natural_gas", source="s_natural_gas_daily"
    )


def month_pasted(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The taps of a month are those of an earlier month again, day by day."""
    line = pick_line(plant, "pasted", facility)
    later = plant.pick_month("pasted", f"m_{line}", [m for m in open_months(plant, line) if m > plant.months[1]], month)
    source = f"s_{line}_tap_daily"
    totals = {row["month"]: row["value"] for row in plant.rows("monthly_values", source_id=f"s_{line}_metal_received")}
    before = [m for m in plant.months if m < later and m[5:] != "02" and plant.free(f"m_{line}", m)]
    earlier = min(before, key=lambda m: abs(totals[m] - totals[later]))
    plant.take(f"m_{line}", [earlier])
    copied = month_rows(plant, "daily_values", "day", earlier, source_id=source)
    for row, other in zip(month_rows(plant, "daily_values", "day", later, source_id=source), copied, strict=False):
        row["value"] = other["value"]
    plant.expect("evidence.pasted", facility=line, months=[later], stream=f"m_{line}", source=source)


def duplicate_ticket(plant: Plant, *, month: str = "") -> None:
    """One limestone ticket is entered twice and counted twice."""
    found = plant.pick_month("duplicate ticket", "c_limestone", month=month)
    rows = month_rows(plant, "tickets", "weighed_on", found, source_id="s_limestone_tickets")
    plant.tables["tickets"].append(dict(plant.pick("ticket", rows)))
    plant.expect(
        "evidence.duplicate", facility=ENTITY, months=[found], stream="c_limestone", source="s_limestone_tickets"
    )


def duplicate_delivery(plant: Plant, *, month: str = "") -> None:
    """One delivery of purchased metal is entered twice."""
    found = plant.pick_month("duplicate delivery", "m_bought", month=month)
    rows = month_rows(plant, "transactions", "received_on", found, source_id="s_bought")
    plant.tables["transactions"].append(dict(rows[-1]))
    plant.expect("evidence.duplicate", facility="casthouse", months=[found], stream="m_bought", source="s_bought")


def text_in_number(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Anode-effect time in the pot log is written as text with a remark."""
    line = pick_line(plant, "text", facility)
    found = plant.pick_month("text", f"pot log {line}", month=month, also=[f"facility:{line}"])
    row = plant.rows("pot_operation", facility_id=line, month=found)[0]
    row["ae_minutes"] = f"约{row['ae_minutes']}"
    plant.expect("evidence.defect", facility=line, months=[found], stream="pot_operation", source="pot_operation")


def bill_lines(plant: Plant, month: str) -> list[Cells]:
    """Lines of the bill of a month."""
    return month_rows(plant, "settlement_bills", "period_end", month)


def bill_registers_wrong(plant: Plant, *, month: str = "") -> None:
    """The metered energy of a bill line is not its register difference times the multiplier."""
    found = plant.pick_month("bill registers", "e_grid", month=month)
    row = bill_lines(plant, found)[-1]
    for name in ("metered_kwh", "total_kwh"):
        row[name] += row["multiplier"] * Decimal("0.27")
    plant.expect("bill.registers", facility=ENTITY, months=[found], stream="e_grid", source="s_e_grid_bill")


def bill_total_wrong(plant: Plant, *, month: str = "") -> None:
    """The settled total of a bill line is not the sum of its parts."""
    found = plant.pick_month("bill total", "e_grid", month=month)
    bill_lines(plant, found)[1]["total_kwh"] += Decimal(45000)
    plant.expect("bill.total", facility=ENTITY, months=[found], stream="e_grid", source="s_e_grid_bill")


def settlement_multiplier(plant: Plant, *, month: str = "", factor: str = "5/4") -> None:
    """Two bills are settled with the ratio of another current transformer (2500/5 for 2000/5), or 10, 100, 1000 times."""
    times = number(factor, "factor")
    months = run_of_months(plant, "multiplier", "e_grid", 2, month)
    full = Decimal(10) ** int(plant.rows("instruments", instrument_id="i_e_grid_main")[0]["register_digits"])
    for row in (row for found in months for row in bill_lines(plant, found)):
        used = (row["current_reading"] - row["prior_reading"] + full) % full
        row["multiplier"] = row["multiplier"] * times
        row["metered_kwh"] = row["total_kwh"] = used * row["multiplier"]
    if not sized(plant, "s_e_grid_bill", months, times - 1, "fraction", Decimal("0.03")):
        return
    plant.expect("settlement.meter", facility=ENTITY, months=months, stream="e_grid", source="s_e_grid_bill")


def bill_gap(plant: Plant, *, month: str = "") -> None:
    """A bill starts two days after the one before has ended."""
    found = plant.pick_run("bill gap e_grid", ["e_grid"], 2, plant.months[1:], month)[0]  # it explains the next month
    for row in bill_lines(plant, found):
        row["period_start"] += timedelta(days=2)
    plant.expect("bill.continuity", facility=ENTITY, months=[found], stream="e_grid", source="s_e_grid_bill")


def meter_backwards(plant: Plant, *, month: str = "") -> None:
    """A month-end reading of the living quarters lies below the one before; no rollover, no exchange."""
    found = plant.pick_run("meter backwards e_living", ["e_living"], 2, plant.months[1:10], month)[0]
    readings = {row["read_at"].date(): row for row in plant.rows("meter_readings", instrument_id="i_e_living")}
    start, end = month_bounds(found)
    readings[end]["reading"] = readings[start]["reading"] - Decimal("37.1000")
    plant.expect("meter.registers", facility="living", months=[found], stream="e_living", source="s_e_living")


def report_digits(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two digits of a ledger month of electricity swapped in the report; later figures follow."""
    line = pick_line(plant, "report digits", facility)
    old = has_old_tables(plant)
    name, item = ("electricity_consumed_mwh", "captive") if old else ("electricity_mwh", "")
    tail = f"{line}_captive" if old else line
    found = pick_open(plant, "report digits", f"e_{tail}", line, month)
    plant.changes["facility", line, name, item, found] = lambda value: swap_digits(value, place=4)
    plant.expect("chain.report", facility=line, months=[found], stream=f"e_{tail}", source=f"s_e_{tail}")


def year_sum_wrong(plant: Plant) -> None:
    """The year of the natural gas is not the sum of its months."""
    plant.changes["entity", ENTITY, "fuel_consumed", "natural_gas", ""] = lambda value: swap_digits(value, place=1)
    plant.expect("chain.year", facility=ENTITY, months=plant.months, stream="f_natural_gas", source="reported")


def formula_error(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """2024 rule: sulphur and ash not taken off in a month's anode emission. Before: a total with a wrong addend."""
    line = pick_line(plant, "formula", facility)
    if has_old_tables(plant):
        plant.changes["entity", line, "anode_co2_t", "", ""] = lambda value: round_half_up(value / Decimal("0.976"), 2)
        plant.expect("calc.formula", facility=line, months=plant.months, stream="anode_co2_t", source="reported")
        return
    found = pick_open(plant, "formula", f"anode_co2_t {line}", line, month)
    plant.changes["facility", line, "anode_co2_t", "", found] = lambda value: round_half_up(value / Decimal("0.976"), 2)
    plant.expect("calc.formula", facility=line, months=[found], stream="anode_co2_t", source="reported")


def default_factor_wrong(plant: Plant) -> None:
    """A default of another edition: limestone of 2013, or the oxidation of coal of another table."""
    old = has_old_tables(plant)
    name, item, value = WRONG_FACTORS[old]
    for found in [*([] if old else plant.months), ""]:
        plant.changes["entity", ENTITY, name, item, found] = always(value)
    plant.expect("factor.default", facility=ENTITY, months=plant.months, stream=f"{name}:{item}", source="reported")


def unweighted_ncv(plant: Plant, *, month: str = "") -> None:
    """Heat values of three months of coal are averaged without the weight of the batches."""
    free = [m for m in plant.months if _differs_unweighted(plant, m)]
    months = [
        plant.pick_month("unweighted", "f_bituminous", free, month, also=["s_coal_lab"])
        for _ in range(1 if month else min(3, len(free)))
    ]
    for found in months:
        plant.habits["unweighted", "s_coal_lab", found] = True
    plant.expect("factor.weighting", facility=ENTITY, months=months, stream="f_bituminous", source="s_coal_lab")


def _differs_unweighted(plant: Plant, month: str) -> bool:
    rows = month_rows(plant, "coal_analyses", "sampled_on", month, source_id="s_coal_lab")
    values, weights = [row["ncv_gj_per_t"] for row in rows], [row["batch_t"] for row in rows]
    return weighted_mean(values, [Decimal(1)] * len(rows), 3) != weighted_mean(values, weights, 3)


def lab_date_impossible(plant: Plant, *, month: str = "") -> None:
    """A laboratory report was issued before its sample was taken."""
    found = plant.pick_month("lab date", "s_coal_lab", month=month)
    row = month_rows(plant, "coal_analyses", "sampled_on", found, source_id="s_coal_lab")[2]
    row["issued_on"] = row["sampled_on"] - timedelta(days=3)
    plant.expect("lab.dates", facility=ENTITY, months=[found], stream="f_bituminous", source="s_coal_lab")


def figure_missing(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """A month of the metal is not in the report table that was filed."""
    line = pick_line(plant, "missing figure", facility)
    found = pick_open(plant, "missing figure", f"m_{line}", line, month)
    row = plant.rows("reported", track="facility", facility_id=line, parameter="metal_produced_t", month=found)[0]
    plant.tables["reported"].remove(row)
    plant.expect("completeness.parameter", facility=line, months=[found], stream="metal_produced_t", source="reported")


BOOK_ERRORS: tuple[PlantedError, ...] = (
    error("month_pasted", "records", BOTH, month_pasted, "出铝日台账整月复制", "month pasted in the tapping log"),
    error("duplicate_ticket", "records", BOTH, duplicate_ticket, "石灰石磅单重复", "duplicate ticket number"),
    error("duplicate_delivery", "records", BOTH, duplicate_delivery, "外购铝单据重复",
        "duplicate document of purchased metal"),
    error("missing_day", "records", BOTH, missing_day, "天然气日抄表缺日", "day missing in the gas log"),
    error("bill_registers_wrong", "records", BOTH, bill_registers_wrong, "账单抄见电量与示数不符",
        "bill: metered energy against registers"),
    error("bill_total_wrong", "records", BOTH, bill_total_wrong, "账单合计错误", "bill: total against its parts"),
    error("settlement_multiplier", "records", BOTH, settlement_multiplier, "结算倍率错误",
        "settlement with a wrong multiplier"),
    error("bill_gap", "records", BOTH, bill_gap, "账单周期间断", "gap between billing periods"),
    error("meter_backwards", "records", BOTH, meter_backwards, "电表示数倒退", "meter reading below the one before"),
    error("lab_date_impossible", "records", OLD, lab_date_impossible, "报告日期早于采样", "report issued before sampling"),
    error("ledger_digits", "ledgers", BOTH, ledger_digits, "台账数字颠倒", "digits swapped in a ledger month"),
    error("unit_slip", "ledgers", BOTH, unit_slip, "柴油千克当吨入账", "unit slip in a ledger month"),
    error("text_in_number", "ledgers", BOTH, text_in_number, "数值单元格混入文字", "text in a number"),
    error("statistics_differ", "forms", BOTH, statistics_differ, "统计报表与台账不符",
        "statistics form differs from the ledger"),
    error("missing_month", "forms", BOTH, missing_month, "统计报表缺月", "month missing in a source"),
    error("report_digits", "forms", BOTH, report_digits, "报告数字颠倒", "digits swapped in the report"),
    error("year_sum_wrong", "forms", BOTH, year_sum_wrong, "年度合计错误", "year is not the sum of its months"),
    error("formula_error", "forms", BOTH, formula_error, "阳极排放未扣硫分灰分",
        "sulphur and ash left out of the anode emission"),
    error("default_factor_wrong", "forms", BOTH, default_factor_wrong, "缺省因子错误", "wrong default factor"),
    error("unweighted_ncv", "forms", OLD, unweighted_ncv, "月度热值未加权平均",
        "monthly heat value averaged without weights"),
    error("figure_missing", "report", BOTH, figure_missing, "报告缺少某月产量", "a figure of the report is missing"),
)  # fmt: skip
