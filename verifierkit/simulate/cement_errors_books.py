"""Mistakes of the cement plant that arise in ledgers, statistics forms and the enterprise's own arithmetic."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Change, Plant, PlantedError, number, round_half_up, swap_digits, weighted_mean
from verifierkit.simulate.cement_instruments import METERS
from verifierkit.simulate.cement_ledgers import book_difference, level, moved, row_of, value_of
from verifierkit.simulate.cement_map import supplementary
from verifierkit.simulate.cement_planting import full_months, pick_line
from verifierkit.simulate.cement_truth import LINES
from verifierkit.simulate.planting import BOTH, NEW, error, month_rows

LEDGERS = {"c_k1": "k1", "c_k2": "k2", "p_k1": "k1", "e_k1": "k1", "k_grinding": "mill"}


def change_ledger(plant: Plant, tail: str, facility: str, month: str, change: Change) -> None:
    """Change one month of a ledger; the chain breaks between records and ledger."""
    row = row_of(plant, f"s_{tail}_ledger", month)
    row["value"] = change(row["value"])
    plant.expect("chain.ledger", facility=facility, months=[month], stream=tail, source=f"s_{tail}_ledger")


def ledger_digits(plant: Plant, *, stream: str = "", month: str = "") -> None:
    """Two digits swapped when the daily sums were copied into the ledger."""
    tail = stream or str(plant.pick("ledger digits", list(LEDGERS)))
    month = plant.pick_month("ledger digits", tail, full_months(plant), month)
    change_ledger(plant, tail, LEDGERS[tail], month, lambda value: swap_digits(value, place=2))


def coal_booked_settled(plant: Plant, *, month: str = "") -> None:
    """Two months of the coal receipts are booked from the settlement: settled tonnes, after deductions, for weighed ones."""
    months = plant.pick_run("coal booked settled", ["c_buy"], 2, plant.months[:-1], month)
    for name in months:
        lots = month_rows(plant, "transactions", "received_on", name, source_id="s_c_buy")
        row_of(plant, "s_c_buy_ledger", name)["value"] = sum((lot["settled_t"] for lot in lots), Decimal(0))
    taken = sum(
        (lot["deduction_t"] for name in months
         for lot in month_rows(plant, "transactions", "received_on", name, source_id="s_c_buy")), Decimal(0),
    )  # fmt: skip
    plant.note(source="s_c_buy_ledger", months=months, size=-taken, unit="t", claimed=True)
    plant.expect("material.settled", facility="ent", months=months, stream="c_buy", source="s_c_buy_ledger")


def bought_clinker_as_output(plant: Plant, *, month: str = "") -> None:
    """Clinker bought in a month is entered as output of line 1."""
    bought = {m: moved(plant, "s_k_buy", m) for m in full_months(plant)}
    month = plant.pick_month("bought clinker", "p_k1", [m for m in bought if bought[m] > 0], month)
    change_ledger(plant, "p_k1", "k1", month, lambda value: value + bought[month])


def mill_feed_as_output(plant: Plant, *, month: str = "") -> None:
    """Output of line 1 from what left the silo (mill feed and sales), without the change of stock."""

    def stock_change(m: str) -> Decimal:
        return level(plant, "n_clinker_silo", m, opening=False) - level(plant, "n_clinker_silo", m, opening=True)

    def dispatched(m: str) -> Decimal:
        out = value_of(plant, "s_k_grinding_ledger", m) + moved(plant, "s_k_sale", m) + moved(plant, "s_k_transfer", m)
        return out - moved(plant, "s_k_buy", m) - value_of(plant, "s_p_k2_ledger", m)

    free = [m for m in full_months(plant) if abs(stock_change(m)) > 800] or full_months(plant)
    month = plant.pick_month("mill feed", "p_k1", free, month)
    value = dispatched(month)
    change_ledger(plant, "p_k1", "k1", month, lambda _: value)


def dryer_coal_in_line(plant: Plant, *, facility: str = "", month: str = "", size: str = "") -> None:
    """Coal of the slag dryer, ``size`` tonnes of it, is booked on a kiln line."""
    line = pick_line(plant, "dryer", facility)
    month = plant.pick_month("dryer", f"c_{line}", full_months(plant), month)
    drawn = Decimal(int(plant.rng("dryer tonnes").integers(26000, 41000))) / 100
    extra = round_half_up(number(size, "size"), 2) if size else drawn
    plant.note(source=f"s_c_{line}_ledger", months=[month], size=extra, unit="t", claimed=True)
    change_ledger(plant, f"c_{line}", line, month, lambda value: value + extra)


def offices_in_line(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Electricity of living quarters and offices is booked on a kiln line."""
    line = pick_line(plant, "offices", facility)
    month = plant.pick_month("offices", f"e_{line}", full_months(plant), month, also=["e_living"])
    extra = value_of(plant, "s_e_living_ledger", month)
    change_ledger(plant, f"e_{line}", line, month, lambda value: value + extra)


def unit_slip(plant: Plant, *, month: str = "") -> None:
    """Diesel of a month stands in the ledger in kilograms under the heading tonnes."""
    month = plant.pick_month("unit slip", "d_ent", month=month)
    change_ledger(plant, "d_ent", "ent", month, lambda value: round_half_up(value * 1000, 2))


def rollover_mishandled(plant: Plant) -> None:
    """The register of line 2 started again at 0; the part before the rollover was forgotten."""
    rows = plant.rows("meter_readings", instrument_id="i_e_k2")
    for before, after in itertools.pairwise(rows):
        if after["reading"] < before["reading"]:
            month = (after["read_at"] - timedelta(days=1)).strftime("%Y-%m")
            plant.take("e_k2", [month])
            mwh = round_half_up(after["reading"] * METERS["e_k2"][1] / 1000, 3)
            change_ledger(plant, "e_k2", "k2", month, lambda _, mwh=mwh: mwh)  # type: ignore[misc]


def survey_booked_twice(plant: Plant, *, month: str = "", size: str = "1500") -> None:
    """A survey difference of the silo [t] goes into the output of line 1 and into the stock account as well."""
    month = plant.pick_month("survey twice", "n_clinker_silo", plant.months[2:9:3], month, also=["p_k1"])
    day = month_bounds(month)[1] - timedelta(days=1)
    row = plant.rows("stock_counts", node_id="n_clinker_silo", counted_on=day)[0]
    row["quantity_t"] += number(size, "size").quantize(Decimal(1)) - book_difference(
        plant, "n_clinker_silo", month
    ).quantize(Decimal(1))
    row["adjustment_t"] = round_half_up(book_difference(plant, "n_clinker_silo", month), 0)
    row_of(plant, "s_p_k1_ledger", month)["value"] += row["adjustment_t"]
    plant.note(source="stock_counts", months=[month], size=row["adjustment_t"], unit="t", claimed=True)
    plant.expect("survey.adjustment", facility="ent", months=[month], stream="n_clinker_silo", source="stock_counts")


def statistics_differ(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The statistics form shows two digits of the ledger swapped."""
    line = pick_line(plant, "statistics", facility)
    month = plant.pick_month("statistics", f"s_c_{line}_stat", month=month, also=[f"c_{line}"])
    row = row_of(plant, f"s_c_{line}_stat", month)
    row["value"] = swap_digits(row["value"], place=2)
    plant.expect("chain.ledger", facility=line, months=[month], stream=f"c_{line}", source=f"s_c_{line}_stat")


def missing_month(plant: Plant, *, month: str = "") -> None:
    """A month is missing in the statistics of line 1."""
    month = plant.pick_month("missing month", "s_p_k1_stat", month=month, also=["p_k1"])
    plant.tables["monthly_values"].remove(row_of(plant, "s_p_k1_stat", month))
    plant.expect("completeness.record", facility="k1", months=[month], stream="p_k1", source="s_p_k1_stat")


def report_digits(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two digits of a ledger month swapped in the report; later figures follow."""
    line = pick_line(plant, "report digits", facility)
    month = plant.pick_month("report digits", f"c_{line}", full_months(plant), month)
    key = ("facility", line, "fuel_consumed", "bituminous", month)
    plant.changes[key] = lambda value: swap_digits(value, place=2)
    plant.expect("chain.report", facility=line, months=[month], stream=f"c_{line}", source=f"s_c_{line}_ledger")


def year_sum_wrong(plant: Plant, *, facility: str = "") -> None:
    """The year of the coal of a line is not the sum of its months."""
    line = pick_line(plant, "year sum", facility)
    plant.changes["facility", line, "fuel_consumed", "bituminous", ""] = lambda value: swap_digits(value, place=3)
    plant.expect("chain.year", facility=line, months=plant.months, stream=f"c_{line}", source="reported")


def formula_error(plant: Plant, *, facility: str = "k2", month: str = "") -> None:
    """Process emission without its deduction: of a month by the rule of 2024, of the year by the oxides."""
    old = supplementary(plant)
    month = "" if old else plant.pick_month("formula", f"process {facility}", full_months(plant), month)

    def without_deduction(value: Decimal) -> Decimal:
        if old:
            made, lime, magnesia = (
                plant.filed["facility", facility, name, "", ""]
                for name in ("clinker_produced_t", "clinker_cao_fraction", "clinker_mgo_fraction")
            )
            return round_half_up(made * (lime * 44 / 56 + magnesia * 44 / 40), 2)
        made = plant.filed["facility", facility, "clinker_produced_t", "", month]
        return round_half_up(made * plant.factor("facility", "clinker_factor_tco2_per_t", "portland_clinker"), 2)

    plant.changes["facility", facility, "process_co2_t", "", month] = without_deduction
    months = [month] if month else plant.months
    plant.expect("calc.formula", facility=facility, months=months, stream="process_co2_t", source="reported")


def diesel_in_line(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Emission of loaders' diesel is added to the total of a kiln line."""
    line = pick_line(plant, "diesel", facility)
    old = supplementary(plant)
    month = "" if old else plant.pick_month("diesel", f"total {line}", month=month)
    extra = Decimal("812.40") if old else Decimal("71.35")
    plant.changes["facility", line, "line_co2_t", "", month] = lambda value: value + extra
    months = [month] if month else plant.months
    plant.expect("calc.formula", facility=line, months=months, stream="line_co2_t", source="reported")


def default_factor_wrong(plant: Plant, *, facility: str = "") -> None:
    """A default factor of another table: carbon content with a typing error, or the national grid mean."""
    if supplementary(plant):
        national = plant.factor("facility", "electricity_factor_tco2_per_mwh", "grid")
        plant.changes["entity", "ent", "grid_factor_tco2_per_mwh", "", ""] = lambda _: national
        name = "grid_factor_tco2_per_mwh"
        plant.expect("factor.default", facility="ent", months=plant.months, stream=name, source="reported")
        return
    line, name = pick_line(plant, "default factor", facility), "carbon_content_tc_per_gj"
    for month in [*plant.months, ""]:
        plant.changes["facility", line, name, "bituminous", month] = lambda _: Decimal("0.02308")
    plant.expect("factor.default", facility=line, months=plant.months, stream=f"{name}:bituminous", source="reported")


def differs_unweighted(plant: Plant, line: str, month: str) -> bool:
    """Whether weighting by batch changes the heat value of the month as it is filed."""
    rows = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")
    values = [row["ncv_gj_per_t"] for row in rows]
    plain = weighted_mean(values, [Decimal(1)] * len(rows), 3)
    return plain != weighted_mean(values, [row["batch_t"] for row in rows], 3)


def unweighted_ncv(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Heat values of three months are averaged without the weight of the batches."""
    line = pick_line(plant, "unweighted", facility)
    free = [m for m in plant.months if differs_unweighted(plant, line, m)]
    months = [
        plant.pick_month("unweighted", f"c_{line}", free, month, also=[f"s_ncv_{line}"])
        for _ in range(1 if month else min(3, len(free)))
    ]
    for name in months:
        plant.habits["unweighted", f"s_ncv_{line}", name] = True
    plant.expect("factor.weighting", facility=line, months=months, stream=f"c_{line}", source=f"s_ncv_{line}")


def unweighted_year_ncv(plant: Plant, *, facility: str = "") -> None:
    """The heat value of the year is the plain mean of its months."""
    choices = tuple(line for line in LINES if _year_weights_matter(plant, line))
    line = pick_line(plant, "unweighted year", facility, choices)
    plant.habits["unweighted year", line] = True
    plant.expect("factor.weighting", facility=line, months=plant.months, stream=f"c_{line}", source="reported")


def _year_weights_matter(plant: Plant, line: str) -> bool:
    """Whether the plain mean of the months differs from the weighted one in the digits that are filed."""
    months = []
    for month in plant.months:
        rows = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")
        months.append(weighted_mean([row["ncv_gj_per_t"] for row in rows], [row["batch_t"] for row in rows], 3))
    consumed = [row_of(plant, f"s_c_{line}_ledger", month)["value"] for month in plant.months]
    plain = [Decimal(value != 0) for value in months]
    return weighted_mean(months, plain, 3) != weighted_mean(months, consumed, 3)


def measured_route_dropped(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """From the middle of the year on the default heat value is used although the coal is analysed."""
    line = pick_line(plant, "route", facility)
    months = plant.pick_run("route month", [f"c_{line}"], len(plant.months), plant.months[5:9], month)
    for name in months:
        plant.habits["default ncv", line, name] = True
    plant.expect("factor.route", facility=line, months=months, stream="fuel_ncv:bituminous", source="reported")


def figure_missing(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """A month of an asked figure is not reported."""
    line = pick_line(plant, "missing figure", facility)
    parameter, item = ("heat_consumed_gj", "waste_heat") if supplementary(plant) else ("line_intensity_tco2_per_t", "")
    month = plant.pick_month("missing figure", f"{parameter} {line}", month=month)
    wanted = {"track": "facility", "facility_id": line, "parameter": parameter, "item": item, "month": month}
    plant.tables["reported"].remove(plant.rows("reported", **wanted)[0])
    name = f"{parameter}:{item}" if item else parameter
    plant.expect("completeness.parameter", facility=line, months=[month], stream=name, source="reported")


BOOK_ERRORS: tuple[PlantedError, ...] = (
    error("ledger_digits", "ledgers", BOTH, ledger_digits, "台账数字颠倒", "digits swapped in a ledger month"),
    error(
        "bought_clinker_as_output",
        "ledgers",
        BOTH,
        bought_clinker_as_output,
        "外购熟料计入产量",
        "bought clinker taken as output",
    ),
    error(
        "mill_feed_as_output",
        "ledgers",
        BOTH,
        mill_feed_as_output,
        "以入磨和销售量作产量",
        "cement-mill feed taken as output",
    ),
    error(
        "dryer_coal_in_line",
        "ledgers",
        BOTH,
        dryer_coal_in_line,
        "烘干用煤计入生产线",
        "dryer coal counted in the line",
    ),
    error(
        "coal_booked_settled",
        "ledgers",
        BOTH,
        coal_booked_settled,
        "原煤收货按结算量入账",
        "coal receipts booked from settled tonnes",
    ),
    error("offices_in_line", "ledgers", BOTH, offices_in_line, "生活办公用电计入生产线", "offices counted in the line"),
    error("unit_slip", "ledgers", BOTH, unit_slip, "柴油千克当吨入账", "unit slip in a ledger month"),
    error("rollover_mishandled", "ledgers", BOTH, rollover_mishandled, "电表翻转处理错误", "meter rollover mishandled"),
    error(
        "survey_booked_twice",
        "ledgers",
        BOTH,
        survey_booked_twice,
        "盘库差额重复计入产量与库存",
        "survey adjustment booked in output and in stock",
    ),
    error(
        "statistics_differ",
        "forms",
        BOTH,
        statistics_differ,
        "统计报表与台账不符",
        "statistics form differs from the ledger",
    ),
    error("missing_month", "forms", BOTH, missing_month, "统计报表缺月", "month missing in a source"),
    error("report_digits", "forms", BOTH, report_digits, "报告数字颠倒", "digits swapped in the report"),
    error("year_sum_wrong", "forms", BOTH, year_sum_wrong, "年度合计错误", "year is not the sum of its months"),
    error("formula_error", "forms", BOTH, formula_error, "过程排放未扣减", "process emission without its deduction"),
    error("diesel_in_line", "forms", BOTH, diesel_in_line, "车辆柴油排放计入生产线", "diesel counted in the line"),
    error("default_factor_wrong", "forms", BOTH, default_factor_wrong, "缺省因子错误", "wrong default factor"),
    error(
        "unweighted_ncv",
        "forms",
        BOTH,
        unweighted_ncv,
        "月度热值未加权平均",
        "monthly heat value averaged without weights",
    ),
    error(
        "unweighted_year_ncv",
        "forms",
        BOTH,
        unweighted_year_ncv,
        "年度热值未加权平均",
        "yearly heat value averaged without weights",
    ),
    error(
        "measured_route_dropped",
        "forms",
        NEW,
        measured_route_dropped,
        "年中由实测改为缺省",
        "measured route dropped in mid-year",
    ),
    error("figure_missing", "report", BOTH, figure_missing, "报告缺少某月数据", "a figure of the report is missing"),
)
