"""Mistakes of the cement plant that arise in calibrations, plan, deposits, registers and stock carried over."""

from __future__ import annotations

from decimal import Decimal

from verifierkit.simulate import errors_filing
from verifierkit.simulate.base import Plant, PlantedError
from verifierkit.simulate.cement_map import supplementary
from verifierkit.simulate.cement_planting import pick_line
from verifierkit.simulate.planting import BOTH, error, month_rows

DEPOSITS = errors_filing.DepositErrors({"clinker_produced_t": "deposit {facility}"}, place=3)


def calibration_lapsed(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The certificate of a coal scale ran out two whole months before the next check."""
    line = pick_line(plant, "calibration", facility)
    months = plant.pick_run("calibration month", [f"i_c_{line}"], 2, plant.months[3:9], month)
    errors_filing.lapse(plant, facility=line, stream=f"c_{line}", instrument=f"i_c_{line}", months=months)


def plan_other_meter(plant: Plant) -> None:
    """The plan names the mill-feed scale for the clinker of line 1; the chain-bucket scale is used."""
    errors_filing.plan_meter(
        plant, facility="k1", parameter="clinker_produced_t", stream="p_k1", named="i_k_grinding", used="i_p_k1"
    )


def plan_parameter_missing(plant: Plant) -> None:
    """A quantity of line 2 that is reported is not in the plan: a deducted material, in the old years kiln dust."""
    parameter, item = ("kiln_dust_t", "") if supplementary(plant) else ("deducted_material_t", "carbide_slag")
    errors_filing.leave_out_of_plan(plant, facility="k2", parameter=parameter, item=item)


def plan_frequency_missed(plant: Plant) -> None:
    """The plan promises daily records of a quantity; there are monthly ones."""
    parameter, item, stream = ("deducted_material_t", "steel_slag", "m_k1_steel_slag")
    if supplementary(plant):
        parameter, item, stream = ("heat_consumed_gj", "waste_heat", "h_k1")
    errors_filing.plan_daily(plant, facility="k1", parameter=parameter, item=item, stream=stream, source=f"s_{stream}")


def opening_stock_differs(plant: Plant) -> None:
    """The opening level of the coal yard is not last year's closing level."""
    errors_filing.open_otherwise(plant, facility="ent", node="n_coal_yard", more_t=Decimal(1850))


def duplicate_report(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """One laboratory report is handed in twice."""
    line = pick_line(plant, "duplicate report", facility)
    month = plant.pick_month("duplicate report", f"s_ncv_{line}", month=month)
    rows = month_rows(plant, "coal_analyses", "sampled_on", month, source_id=f"s_ncv_{line}")
    plant.tables["coal_analyses"].append(dict(rows[0]))
    plant.expect("evidence.duplicate", facility=line, months=[month], stream=f"c_{line}", source=f"s_ncv_{line}")


def derivation_unstated(plant: Plant) -> None:
    """Nobody says where the statistics of line 1's clinker come from."""
    errors_filing.unstate_derivation(plant, facility="k1", stream="p_k1", source="s_p_k1_stat")


FILING_ERRORS: tuple[PlantedError, ...] = (
    error("calibration_lapsed", "filing", BOTH, calibration_lapsed, "皮带秤检定过期", "calibration lapsed"),
    *errors_filing.plan_errors(plan_other_meter, plan_parameter_missing, plan_frequency_missed),
    *DEPOSITS.registered(),
    error("opening_stock_differs", "filing", BOTH, opening_stock_differs, "期初库存与上年期末不符",
        "opening stock differs from last year's closing"),
    error("duplicate_report", "filing", BOTH, duplicate_report, "检测报告重复提交",
        "laboratory report handed in twice"),
    *errors_filing.register_errors(derivation_unstated),
)  # fmt: skip
