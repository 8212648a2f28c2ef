"""Mistakes of the cement plant that arise in the plant or in its primary records."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Cells, Plant, PlantedError, exact, number, round_half_up, weighted_mean
from verifierkit.simulate.cement_instruments import METERS
from verifierkit.simulate.cement_ledgers import month_sums
from verifierkit.simulate.cement_planting import full_months, pick_line
from verifierkit.simulate.cement_purchases import bill_lot
from verifierkit.simulate.cement_truth import simulate_coal_stock, simulate_power
from verifierkit.simulate.noise import drift
from verifierkit.simulate.planting import BOTH, NEW, error, month_rows, sized

# final share of a drift from which the yard does not close over the year, by the line's share of the coal
DRIFT_SHOWS = {"k1": Decimal("0.05"), "k2": Decimal("0.12")}


def belt_scale_drift(plant: Plant, *, facility: str = "k1", size: str = "0.05") -> None:
    """The coal scale of a line reads less and less after its check, a share ``size`` too little at the end."""
    days, share = len(plant.truth["days"]), float(number(size, "size"))
    path = drift(plant.rng("drift"), end=-0.6 * share, size=days)
    plant.habits["drift", f"c_{facility}"] = -0.4 * share + path
    if sized(plant, f"s_c_{facility}_daily", plant.months, number(size, "size"), "fraction", DRIFT_SHOWS[facility]):
        expect_yard(plant)


def expect_yard(plant: Plant) -> None:
    """The coal yard does not close over the year."""
    plant.take("n_coal_yard", plant.months)
    plant.expect("balance.store", facility="ent", months=plant.months, stream="n_coal_yard", source="")


def alternative_fuel_hidden(plant: Plant, *, facility: str = "", month: str = "", size: str = "0.34") -> None:
    """Three months with a third of the heat from undeclared waste: the coal alone cannot make the clinker."""
    share = number(size, "size")
    line = pick_line(plant, "alternative fuel", facility)
    starts = [m for m in plant.months if m[5:] in ("03", "07", "08")]
    subjects = (f"c_{line}", f"p_{line}", f"facility:{line}")
    months = plant.pick_run("alternative fuel start", subjects, 3, starts, month)
    for name in months:
        plant.truth[line]["coal"][plant.truth["month_index"][name]] *= float(1 - share)
    simulate_power(plant)
    simulate_coal_stock(plant)
    if sized(plant, f"s_c_{line}_daily", months, share, "fraction", Decimal("0.18")):
        plant.expect("band.coal", facility=line, months=months, stream="fuel_consumed", source="")


def tare_not_renewed(plant: Plant, *, size: str = "0.021") -> None:
    """Coal wagons are weighed empty once and for all: the mud that stays in them counts as coal all year."""
    tickets = plant.rows("tickets", source_id="s_c_buy_tickets")
    lots = plant.rows("transactions", source_id="s_c_buy")  # the lot in transit stands last and has no ticket
    for row, ticket in zip(lots[: len(tickets)], tickets, strict=True):
        stuck = round_half_up(ticket["net_t"] * number(size, "size"), 2)
        ticket["tare_t"] -= stuck
        ticket["net_t"] += stuck
        row["weighed_t"] += stuck
        row["settled_t"] += stuck
        bill_lot(plant, row)
    if sized(plant, "s_c_buy_tickets", plant.months, number(size, "size"), "fraction", Decimal("0.021")):
        expect_yard(plant)


def clinker_moved_unrecorded(plant: Plant, *, month: str = "", size: str = "8000") -> None:
    """Clinker goes to the sister plant, at least ``size`` tonnes of it, and no transfer note is written."""
    month = plant.pick_month("clinker moved", "n_clinker_silo", full_months(plant), month)
    rows = sorted(
        month_rows(plant, "transactions", "received_on", month, source_id="s_k_sale"), key=lambda r: r["weighed_t"]
    )
    gone = Decimal(0)
    while gone < number(size, "size") and rows:
        row = rows.pop()
        gone += row["weighed_t"]
        plant.tables["transactions"].remove(row)
    if sized(plant, "s_k_transfer", [month], gone, "t", Decimal(8000)):
        plant.expect("balance.store", facility="ent", months=[month], stream="n_clinker_silo", source="")


def scale_days(plant: Plant, source_id: str, month: str, factor: float) -> None:
    """Multiply the daily log of a month."""
    for row in month_rows(plant, "daily_values", "day", month, source_id=source_id):
        row["value"] = exact(float(row["value"]) * factor, 2)


def returned_dust(plant: Plant, *, month: str = "", size: str = "0.10") -> None:
    """Returned kiln dust passes the feed scale of line 2 again and becomes clinker by the raw-meal ratio."""
    month = plant.pick_month("returned dust", "n_clinker_silo", full_months(plant), month, also=["p_k2"])
    scale_days(plant, "s_f_k2_daily", month, float(1 + number(size, "size")))
    if sized(plant, "s_f_k2_daily", [month], number(size, "size"), "fraction", Decimal("0.10")):
        plant.expect("balance.store", facility="ent", months=[month], stream="n_clinker_silo", source="")


def feed_scale_span(plant: Plant, *, month: str = "", size: str = "0.08") -> None:
    """The feed scale of line 1 stands on a wrong span for a month: feed over ratio leaves the clinker scale."""
    month = plant.pick_month("feed span", "p_k1", full_months(plant), month)
    scale_days(plant, "s_f_k1_daily", month, float(1 + number(size, "size")))
    if not sized(plant, "s_f_k1_daily", [month], number(size, "size"), "fraction", Decimal("0.08")):
        return
    plant.expect("cross.sources", facility="k1", months=[month], stream="p_k1", source="s_p_k1_feed")


def fixed_raw_meal_ratio(plant: Plant) -> None:
    """The raw-meal ratio of line 2 is set once for the year and the clinker is worked out from it."""
    rows = plant.rows("raw_meal_ratios", facility_id="k2")
    ratio = weighted_mean([row["ratio"] for row in rows], [Decimal(1)] * len(rows), 3)
    for row in rows:
        row |= {"ratio": ratio, "determined_by": "fixed"}
    plant.take("p_k2", plant.months)
    plant.expect("ratio.fixed", facility="k2", months=plant.months, stream="p_k2", source="s_p_k2_feed")


def deducted_into_cement_mill(plant: Plant, *, month: str = "") -> None:
    """For four months the fly ash goes to the cement mill and is deducted all the same."""
    months = plant.pick_run("cement mill", ["m_k1_coal_fly_ash"], 4, plant.months[2:8], month)
    for name in months:
        plant.rows("deducted_materials", source_id="s_m_k1_coal_fly_ash", month=name)[0]["enters"] = "cement_mill"
    plant.expect(
        "material.mill", facility="k1", months=months, stream="m_k1_coal_fly_ash", source="s_m_k1_coal_fly_ash"
    )


def wet_as_dry(plant: Plant, *, month: str = "") -> None:
    """Wet carbide slag is entered as dry."""
    months = [plant.pick_month("wet as dry", "m_k2_carbide_slag", month=month) for _ in range(1 if month else 2)]
    for name in months:
        row = plant.rows("deducted_materials", source_id="s_m_k2_carbide_slag", month=name)[0]
        row["dry_t"] = row["wet_t"]
    plant.expect(
        "material.moisture", facility="k2", months=months, stream="m_k2_carbide_slag", source="s_m_k2_carbide_slag"
    )


def dry_share(row: Cells, basis: str) -> Decimal:
    """Heat value on another basis over the one as received, by mass of water alone."""
    total = 1 - row["total_moisture_fraction"]
    return Decimal((1 if basis == "dry" else 1 - row["inherent_moisture_fraction"]) / total)


def rebase(rows: list[Cells], basis: str) -> None:
    """State heat values on another basis."""
    for row in rows:
        row["ncv_gj_per_t"] = round_half_up(row["ncv_gj_per_t"] * dry_share(row, basis), 3)
        row["basis"] = basis


def air_dried_unconverted(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The laboratory states heat values air dried; they are used with tonnes as received."""
    line = pick_line(plant, "air dried", facility)
    month = plant.pick_month("air dried", f"c_{line}", full_months(plant), month, also=[f"s_ncv_{line}"])
    rebase(month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}"), "air_dried")
    plant.expect("factor.basis", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def mixed_bases(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two reports of a month are dry, the others as received; their mean is used."""
    line = pick_line(plant, "mixed bases", facility)
    month = plant.pick_month("mixed bases", f"c_{line}", full_months(plant), month, also=[f"s_ncv_{line}"])
    rebase(month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")[1:3], "dry")
    plant.expect("factor.basis", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def month_pasted(plant: Plant, *, month: str = "") -> None:
    """The captive unit's coal log of one month is an earlier month's log again."""
    by_month = {m: month_rows(plant, "daily_values", "day", m, source_id="s_c_cap_daily") for m in plant.months}
    sums = {month: float(total) for month, total in month_sums(plant, "s_c_cap_daily").items()}
    later = plant.pick_run("pasted", ["c_cap"], 1, [m for m in plant.months[3:] if m[5:] != "06"], month)[0]
    earlier = min(
        (m for m in plant.months if m < later and m[5:] not in ("02", "06")), key=lambda m: abs(sums[m] - sums[later])
    )
    for row, copied in zip(by_month[later], by_month[earlier], strict=False):
        row["value"] = copied["value"]
    plant.expect("evidence.pasted", facility="cap1", months=[later], stream="c_cap", source="s_c_cap_daily")


def duplicate_ticket(plant: Plant, *, month: str = "") -> None:
    """One diesel ticket is entered twice and counted twice."""
    month = plant.pick_month("duplicate ticket", "d_ent", month=month)
    rows = month_rows(plant, "tickets", "weighed_on", month, source_id="s_d_ent_tickets")
    plant.tables["tickets"].append(dict(plant.pick("ticket", rows)))
    plant.expect("evidence.duplicate", facility="ent", months=[month], stream="d_ent", source="s_d_ent_tickets")


def bill_rows(plant: Plant, month: str) -> list[Cells]:
    """Lines of the bill of a month (by its last day)."""
    return month_rows(plant, "settlement_bills", "period_end", month)


def bill_registers_wrong(plant: Plant, *, month: str = "") -> None:
    """The metered energy of a bill line is not its register difference times the multiplier."""
    month = plant.pick_month("bill registers", "e_grid", plant.months[1:], month)
    row = bill_rows(plant, month)[-1]
    for name in ("metered_kwh", "total_kwh"):
        row[name] += round_half_up(METERS["e_grid_main"][1] * Decimal("0.27"), 0)
    plant.expect("bill.registers", facility="ent", months=[month], stream="e_grid", source="s_e_grid_bill")


def bill_total_wrong(plant: Plant, *, month: str = "") -> None:
    """The settled total of a bill line is not the sum of its parts."""
    month = plant.pick_month("bill total", "e_grid", plant.months[1:], month)
    bill_rows(plant, month)[0]["total_kwh"] += Decimal(18000)
    plant.expect("bill.total", facility="ent", months=[month], stream="e_grid", source="s_e_grid_bill")


def settlement_multiplier(plant: Plant, *, month: str = "", factor: str = "4/3") -> None:
    """Two bills are settled with the ratio of another current transformer (400/5 for 300/5), or 10, 100, 1000 times."""
    times = number(factor, "factor")
    months = plant.pick_run("multiplier", ["e_grid"], 2, plant.months[2:10], month)
    wrong = round_half_up(METERS["e_grid_main"][1] * times, 0)
    for row in (row for name in months for row in bill_rows(plant, name)):
        row["multiplier"] = wrong
        row["metered_kwh"] = round_half_up((row["current_reading"] - row["prior_reading"]) * wrong, 0)
        row["total_kwh"] = row["metered_kwh"]
        row["amount_yuan"] = round_half_up(row["total_kwh"] * Decimal("0.6218"), 2)
    if sized(plant, "s_e_grid_bill", months, times - 1, "fraction", Decimal("0.03")):
        plant.expect("settlement.meter", facility="ent", months=months, stream="e_grid", source="s_e_grid_bill")


def bill_gap(plant: Plant, *, month: str = "") -> None:
    """A bill starts two days after the one before has ended."""
    month = plant.pick_run("bill gap e_grid", ["e_grid"], 2, plant.months[1:], month)[0]  # it explains the next month
    for row in bill_rows(plant, month):
        row["period_start"] += timedelta(days=2)
    plant.expect("bill.continuity", facility="ent", months=[month], stream="e_grid", source="s_e_grid_bill")


def meter_backwards(plant: Plant, *, month: str = "") -> None:
    """A month-end reading of the living quarters lies below the one before; no rollover, no exchange."""
    month = plant.pick_run("meter backwards e_living", ["e_living"], 2, plant.months[1:10], month)[0]
    rows = plant.rows("meter_readings", instrument_id="i_e_living")
    end = next(row for row in rows if row["read_at"].date() == month_bounds(month)[1])
    start = next(row for row in rows if row["read_at"].date() == month_bounds(month)[0])
    end["reading"] = start["reading"] - Decimal("37.10")
    plant.expect("meter.registers", facility="living", months=[month], stream="e_living", source="s_e_living_meter")


def lab_date_impossible(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """A laboratory report was issued before its sample was taken."""
    line = pick_line(plant, "lab date", facility)
    month = plant.pick_month("lab date", f"s_ncv_{line}", full_months(plant), month)
    row = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")[2]
    row["issued_on"] = row["sampled_on"] - timedelta(days=3)
    plant.expect("lab.dates", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def text_in_number(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Ash of one report is written as text with a remark."""
    line = pick_line(plant, "text", facility)
    later = full_months(plant)[1:]  # a defect of the first month would explain an opening stock that differs
    month = plant.pick_month("text", f"s_ncv_{line}", later, month)
    row = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")[1]
    row["ash_ad_fraction"] = f"约{row['ash_ad_fraction']}"
    plant.expect("evidence.defect", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def cutoff_year_end(plant: Plant) -> None:
    """A coal lot that arrived in January stands in the December list as received."""
    row = next(row for row in plant.rows("transactions", source_id="s_c_buy") if row["received_on"] is None)
    plant.take("c_buy", plant.months[-1:])
    row["received_on"] = date(plant.year + 1, 1, 3)
    plant.expect("cutoff.year_end", facility="ent", months=[f"{plant.year}-12"], stream="c_buy", source="s_c_buy")


PLANT_ERRORS: tuple[PlantedError, ...] = (
    error(
        "belt_scale_drift",
        "truth",
        BOTH,
        belt_scale_drift,
        "入窑煤皮带秤漂移，少计耗煤",
        "belt-scale drift: coal under-recorded",
    ),
    error(
        "alternative_fuel_hidden",
        "truth",
        BOTH,
        alternative_fuel_hidden,
        "替代燃料热量未申报，煤耗偏低",
        "alternative-fuel heat behind a low coal figure",
    ),
    error("tare_not_renewed", "records", BOTH, tare_not_renewed, "皮重长期不复称", "tare not renewed"),
    error(
        "clinker_moved_unrecorded",
        "records",
        BOTH,
        clinker_moved_unrecorded,
        "调拨关联厂熟料未入账",
        "clinker moved between plants without a record",
    ),
    error(
        "returned_dust",
        "records",
        BOTH,
        returned_dust,
        "回灰重复计入喂料量，推高推算产量",
        "returned dust counted as feed again",
    ),
    error(
        "feed_scale_span", "records", BOTH, feed_scale_span, "生料喂料秤量程设置错误", "kiln-feed scale on a wrong span"
    ),
    error(
        "fixed_raw_meal_ratio",
        "records",
        BOTH,
        fixed_raw_meal_ratio,
        "全年使用固定料耗比推算产量",
        "fixed raw-meal ratio all year",
    ),
    error(
        "deducted_into_cement_mill",
        "records",
        NEW,
        deducted_into_cement_mill,
        "扣减的粉煤灰进入水泥磨",
        "deducted material enters the cement mill",
    ),
    error(
        "wet_as_dry", "records", NEW, wet_as_dry, "扣减原料湿基当干基", "wet tonnes of deducted material taken as dry"
    ),
    error(
        "air_dried_unconverted",
        "records",
        BOTH,
        air_dried_unconverted,
        "空干基热值未换算为收到基",
        "air-dried heat value used as received",
    ),
    error("mixed_bases", "records", BOTH, mixed_bases, "收到基与干基热值混用", "bases of heat values mixed"),
    error(
        "month_pasted",
        "records",
        BOTH,
        month_pasted,
        "整月日台账复制自另一月",
        "a month of daily values pasted from another",
    ),
    error("duplicate_ticket", "records", BOTH, duplicate_ticket, "加油单重复入账", "ticket booked twice"),
    error(
        "bill_registers_wrong",
        "records",
        BOTH,
        bill_registers_wrong,
        "结算单抄见电量与示数差乘倍率不符",
        "bill: metered energy is not register difference times multiplier",
    ),
    error(
        "bill_total_wrong",
        "records",
        BOTH,
        bill_total_wrong,
        "结算单合计电量错误",
        "bill: total is not the sum of its parts",
    ),
    error("bill_gap", "records", BOTH, bill_gap, "结算周期中断", "gap between two billing periods"),
    error(
        "settlement_multiplier",
        "records",
        BOTH,
        settlement_multiplier,
        "结算倍率用错",
        "settlement with a wrong multiplier",
    ),
    error("meter_backwards", "forms", BOTH, meter_backwards, "电表示数倒退", "meter reading below the last one"),
    error(
        "lab_date_impossible",
        "records",
        BOTH,
        lab_date_impossible,
        "检测报告签发早于采样",
        "laboratory report issued before sampling",
    ),
    error("text_in_number", "records", BOTH, text_in_number, "数值栏填写文字", "text in a number cell"),
    error(
        "cutoff_year_end",
        "records",
        BOTH,
        cutoff_year_end,
        "年末在途煤提前入账",
        "coal in transit at year end booked as received",
    ),
)
