"""Mistakes of the smelter that arise in calibrations, plan, deposits, registers and stock carried over."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.aluminium_errors_books import BOTH, DEPOSITED, error, pick_line, run_of_months
from verifierkit.simulate.aluminium_filing import scan_file
from verifierkit.simulate.base import Cells, Plant, PlantedError, swap_digits

FIRST_TIMELY = "2025-07"  # earlier months of 2025 had a deadline of their own


def calibration_lapsed(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The certificate of a crane scale ran out two whole months before the next check."""
    line = pick_line(plant, "calibration", facility)
    inner = [m for m in plant.months[3:9] if not month or m == month]
    months = run_of_months(plant, "calibration", f"i_{line}_crane", 2, plant.pick("calibration month", inner))
    old, new = sorted(
        plant.rows("calibrations", instrument_id=f"i_{line}_crane"), key=lambda row: row["calibrated_on"]
    )[:2]
    lapsed = month_bounds(months[0])[0] - timedelta(days=1)
    old |= {"calibrated_on": date(plant.year - 1, lapsed.month, 20), "valid_until": lapsed}
    start = month_bounds(months[-1])[1]
    new |= {"calibrated_on": start, "valid_until": date(start.year + 1, start.month, 1) - timedelta(days=1)}
    plant.expect("calibration.validity", facility=line, months=months, stream=f"m_{line}", source=f"i_{line}_crane")


def plan_row(plant: Plant, facility: str, parameter: str, item: str = "") -> Cells:
    """Row of the plan for one quantity."""
    return plant.rows("plan", facility_id=facility, parameter=parameter, item=item or None)[0]


def plan_other_meter(plant: Plant, *, facility: str = "") -> None:
    """The plan names the casthouse scale for the metal; the crane scale is used."""
    line = pick_line(plant, "plan meter", facility)
    plan_row(plant, line, "metal_produced_t")["instrument_id"] = "i_cast_scale"
    plant.expect("plan.instrument", facility=line, months=plant.months, stream=f"m_{line}", source=f"i_{line}_crane")


def plan_parameter_missing(plant: Plant) -> None:
    """A quantity that is reported is not in the plan."""
    plant.tables["plan"].remove(plan_row(plant, "ent", "fuel_consumed", "diesel"))
    plant.expect("plan.completeness", facility="ent", months=plant.months, stream="fuel_consumed:diesel", source="plan")


def plan_frequency_missed(plant: Plant) -> None:
    """The plan promises daily records of limestone; there are tickets of a few deliveries a month."""
    plan_row(plant, "ent", "carbonate_t", "limestone")["record_frequency"] = "daily"
    plant.expect("plan.frequency", facility="ent", months=plant.months, stream="c_limestone", source="s_limestone")


def deposit_row(plant: Plant, name: str, month: str) -> Cells:
    """A deposit of anodes or metal, never changed, due within 40 days, of a month in which all else is in order."""
    prefix = {"anode_consumed_t": "a", "metal_produced_t": "m"}
    rows = [
        row
        for row in plant.tables["deposits"]
        if row["parameter"] in prefix
        and row["changed_value"] is None
        and row["month"] >= FIRST_TIMELY
        and row["month"] == (month or row["month"])
        and (f"{prefix[row['parameter']]}_{row['facility_id']}", row["month"]) not in plant.taken
    ]
    row: Cells = plant.pick(name, rows)
    plant.taken.add((f"{prefix[row['parameter']]}_{row['facility_id']}", row["month"]))
    return row


def expect_deposit(plant: Plant, rule: str, row: Cells) -> None:
    """Note a finding on one deposit."""
    plant.expect(rule, facility=row["facility_id"], months=[row["month"]], stream=row["parameter"], source="deposits")


def deposit_differs(plant: Plant, *, month: str = "") -> None:
    """A deposited value has two digits of the ledger swapped."""
    row = deposit_row(plant, "deposit differs", month)
    row["value"] = swap_digits(row["value"], place=2)
    expect_deposit(plant, "deposit.ledger", row)


def deposit_late(plant: Plant, *, month: str = "") -> None:
    """A month was deposited 55 days after its end."""
    row = deposit_row(plant, "deposit late", month)
    row["deposited_on"] = month_bounds(row["month"])[1] + timedelta(days=55)
    expect_deposit(plant, "deposit.late", row)


def deposit_missing(plant: Plant, *, month: str = "") -> None:
    """A month was not deposited."""
    row = deposit_row(plant, "deposit missing", month)
    plant.tables["deposits"].remove(row)
    expect_deposit(plant, "deposit.missing", row)


def opening_stock_differs(plant: Plant, *, facility: str = "") -> None:
    """The opening stock of anodes is not last year's closing stock."""
    line = pick_line(plant, "opening", facility)
    node = f"n_anodes_{line}"
    plant.rows("reported", parameter="closing_stock_t", item=node)[0]["value"] += Decimal("420.00")
    plant.expect("year.opening_stock", facility=line, months=plant.months[:1], stream=node, source="stock_counts")


def unticked_transcription(plant: Plant) -> None:
    """A figure keyed from a scan was not ticked by a second person."""
    plant.pick("untick", plant.tables["transcriptions"])["ticked_by"] = None
    plant.expect(
        "transcription.tick", facility="", months=plant.months, stream=scan_file(plant), source="transcriptions"
    )


def derivation_unstated(plant: Plant, *, facility: str = "") -> None:
    """Nobody says where the consumption statistics of a potline's anodes come from."""
    line = pick_line(plant, "derivation", facility)
    plant.rows("sources", source_id=f"s_{line}_anode_stat")[0]["derives_from"] = None
    plant.expect(
        "source.dependence", facility=line, months=plant.months, stream=f"a_{line}", source=f"s_{line}_anode_stat"
    )


FILING_ERRORS: tuple[PlantedError, ...] = (
    error(
        "calibration_lapsed",
        "filing",
        BOTH,
        calibration_lapsed,
        "天车秤检定过期",
        "calibration of a crane scale lapsed",
    ),
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
        "期初阳极库存与上年期末不符",
        "opening stock differs from last year's closing",
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
