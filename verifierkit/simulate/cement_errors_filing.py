"""Mistakes of the cement plant that arise in calibrations, plan, deposits, registers and stock carried over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Cells, Plant, PlantedError, swap_digits
from verifierkit.simulate.cement_filing import FIRST_DEPOSITED_MONTH, scan_file
from verifierkit.simulate.cement_planting import BOTH, DEPOSITED, NEW, error, month_rows, pick_line


def calibration_lapsed(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The certificate of a coal scale ran out two whole months before the next check."""
    line = pick_line(plant, "calibration", facility)
    first = month or plant.pick("calibration month", plant.months[3:9])
    index = plant.months.index(first)
    months = plant.months[index : index + 2]
    old, new = sorted(plant.rows("calibrations", instrument_id=f"i_c_{line}"), key=lambda row: row["calibrated_on"])
    old["valid_until"] = month_bounds(months[0])[0] - timedelta(days=1)
    old["calibrated_on"] = old["valid_until"].replace(year=plant.year - 1, day=20)
    new["calibrated_on"] = month_bounds(months[-1])[1]
    new["valid_until"] = new["calibrated_on"].replace(year=plant.year + 1) - timedelta(days=1)
    plant.expect("calibration.validity", facility=line, months=months, stream=f"c_{line}", source=f"i_c_{line}")


def plan_row(plant: Plant, facility: str, parameter: str, item: str = "") -> Cells:
    """Row of the plan for one quantity."""
    return plant.rows("plan", facility_id=facility, parameter=parameter, item=item or None)[0]


def plan_other_meter(plant: Plant) -> None:
    """The plan names the mill-feed scale for the clinker of line 1; the chain-bucket scale is used."""
    plan_row(plant, "k1", "clinker_produced_t")["instrument_id"] = "i_k_grinding"
    plant.expect("plan.instrument", facility="k1", months=plant.months, stream="p_k1", source="i_p_k1")


def plan_parameter_missing(plant: Plant) -> None:
    """A quantity that is reported is not in the plan."""
    old = plant.year < min(NEW)
    facility, parameter, item = ("k2", "kiln_dust_t", "") if old else ("k2", "deducted_material_t", "carbide_slag")
    plant.tables["plan"].remove(plan_row(plant, facility, parameter, item))
    name = f"{parameter}:{item}" if item else parameter
    plant.expect("plan.completeness", facility=facility, months=plant.months, stream=name, source="plan")


def plan_frequency_missed(plant: Plant) -> None:
    """The plan promises daily records of a quantity; there are monthly ones."""
    line, parameter, item, tail = ("k1", "deducted_material_t", "steel_slag", "m_k1_steel_slag")
    if plant.year < min(NEW):
        line, parameter, item, tail = ("k1", "heat_consumed_gj", "waste_heat", "h_k1")
    plan_row(plant, line, parameter, item)["record_frequency"] = "daily"
    plant.expect("plan.frequency", facility=line, months=plant.months, stream=tail, source=f"s_{tail}")


def deposit_row(plant: Plant, name: str, month: str, *, first: str = "") -> Cells:
    """A deposit of a clinker month that was never changed."""
    rows = [
        row
        for row in plant.rows("deposits", parameter="clinker_produced_t")
        if row["changed_value"] is None and row["month"] >= first and (not month or row["month"] == month)
    ]
    free = [row for row in rows if (f"deposit {row['facility_id']}", row["month"]) not in plant.taken]
    row = plant.pick(name, free)
    plant.taken.add((f"deposit {row['facility_id']}", row["month"]))
    return row  # type: ignore[no-any-return]


def expect_deposit(plant: Plant, rule: str, row: Cells) -> None:
    """Note a finding on one deposit."""
    plant.expect(
        rule, facility=row["facility_id"], months=[row["month"]], stream="clinker_produced_t", source="deposits"
    )


def deposit_differs(plant: Plant, *, month: str = "") -> None:
    """A deposited value has two digits of the ledger swapped."""
    row = deposit_row(plant, "deposit differs", month)
    row["value"] = swap_digits(row["value"], place=3)
    expect_deposit(plant, "deposit.ledger", row)


def deposit_late(plant: Plant, *, month: str = "") -> None:
    """A month was deposited 55 days after its end."""
    row = deposit_row(plant, "deposit late", month, first=FIRST_DEPOSITED_MONTH)
    row["deposited_on"] = month_bounds(row["month"])[1] + timedelta(days=55)
    expect_deposit(plant, "deposit.late", row)


def deposit_missing(plant: Plant, *, month: str = "") -> None:
    """A month was not deposited."""
    row = deposit_row(plant, "deposit missing", month)
    plant.tables["deposits"].remove(row)
    expect_deposit(plant, "deposit.missing", row)


def opening_stock_differs(plant: Plant) -> None:
    """The opening level of the coal yard is not last year's closing level."""
    row = plant.rows("reported", parameter="closing_stock_t", item="n_coal_yard")[0]
    row["value"] += Decimal(1850)
    plant.expect(
        "year.opening_stock", facility="ent", months=plant.months[:1], stream="n_coal_yard", source="stock_counts"
    )


def duplicate_report(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """One laboratory report is handed in twice."""
    line = pick_line(plant, "duplicate report", facility)
    month = plant.pick_month("duplicate report", f"s_ncv_{line}", month=month)
    rows = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")
    plant.tables["coal_analyses"].append(dict(rows[0]))
    plant.expect("evidence.duplicate", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def unticked_transcription(plant: Plant) -> None:
    """A figure keyed from a scan was not ticked by a second person."""
    plant.pick("untick", plant.tables["transcriptions"])["ticked_by"] = None
    plant.expect(
        "transcription.tick", facility="", months=plant.months, stream=scan_file(plant), source="transcriptions"
    )


def derivation_unstated(plant: Plant) -> None:
    """Nobody says where the statistics of line 1's clinker come from."""
    plant.rows("sources", source_id="s_p_k1_stat")[0]["derives_from"] = None
    plant.expect("source.dependence", facility="k1", months=plant.months, stream="p_k1", source="s_p_k1_stat")


FILING_ERRORS: tuple[PlantedError, ...] = (
    error("calibration_lapsed", "filing", BOTH, calibration_lapsed, "皮带秤检定过期", "calibration lapsed"),
    error(
        "plan_other_meter",
        "filing",
        BOTH,
        plan_other_meter,
        "数据质量控制方案所列器具与实际不符",
        "plan names another meter",
    ),
    error(
        "plan_parameter_missing",
        "filing",
        BOTH,
        plan_parameter_missing,
        "数据质量控制方案缺少参数",
        "parameter missing in the plan",
    ),
    error(
        "plan_frequency_missed",
        "filing",
        BOTH,
        plan_frequency_missed,
        "记录频次低于方案",
        "records less frequent than planned",
    ),
    error(
        "deposit_differs", "filing", DEPOSITED, deposit_differs, "存证值与台账不符", "deposit differs from the ledger"
    ),
    error("deposit_late", "filing", DEPOSITED, deposit_late, "存证逾期", "deposit late"),
    error("deposit_missing", "filing", DEPOSITED, deposit_missing, "缺少月度存证", "deposit missing"),
    error(
        "opening_stock_differs",
        "filing",
        BOTH,
        opening_stock_differs,
        "期初库存与上年期末不符",
        "opening stock differs from last year's closing",
    ),
    error(
        "duplicate_report", "filing", BOTH, duplicate_report, "检测报告重复提交", "laboratory report handed in twice"
    ),
    error(
        "unticked_transcription",
        "filing",
        BOTH,
        unticked_transcription,
        "转录数据未经第二人复核",
        "transcription not ticked",
    ),
    error("derivation_unstated", "filing", BOTH, derivation_unstated, "数据来源关系未说明", "derivation not stated"),
)
