"""Mistakes of the smelter that arise in calibrations, plan, deposits, registers and stock carried over."""

from __future__ import annotations

from decimal import Decimal

from verifierkit.simulate import errors_filing
from verifierkit.simulate.aluminium_errors_books import pick_line
from verifierkit.simulate.aluminium_network import ENTITY
from verifierkit.simulate.base import Plant, PlantedError
from verifierkit.simulate.filing import FIRST_TIMELY
from verifierkit.simulate.planting import BOTH, error

DEPOSITS = errors_filing.DepositErrors(
    {"anode_consumed_t": "a_{facility}", "metal_produced_t": "m_{facility}"}, place=2, first=FIRST_TIMELY
)


def calibration_lapsed(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """The certificate of a crane scale ran out two whole months before the next check."""
    line = pick_line(plant, "calibration", facility)
    scale = f"i_{line}_crane"
    months = plant.pick_run("calibration month", [scale], 2, plant.months[3:9], month)
    errors_filing.lapse(plant, facility=line, stream=f"m_{line}", instrument=scale, months=months)


def plan_other_meter(plant: Plant, *, facility: str = "") -> None:
    """The plan names the casthouse scale for the metal; the crane scale is used."""
    line = pick_line(plant, "plan meter", facility)
    errors_filing.plan_meter(
        plant, facility=line, parameter="metal_produced_t", stream=f"m_{line}", named="i_cast_scale",
        used=f"i_{line}_crane",
    )  # fmt: skip


def plan_parameter_missing(plant: Plant) -> None:
    """The diesel that is reported is not in the plan."""
    errors_filing.leave_out_of_plan(plant, facility=ENTITY, parameter="fuel_consumed", item="diesel")


def plan_frequency_missed(plant: Plant) -> None:
    """The plan promises daily records of limestone; there are tickets of a few deliveries a month."""
    errors_filing.plan_daily(
        plant, facility=ENTITY, parameter="carbonate_t", item="limestone", stream="c_limestone", source="s_limestone"
    )


def opening_stock_differs(plant: Plant, *, facility: str = "") -> None:
    """The opening stock of anodes is not last year's closing stock."""
    line = pick_line(plant, "opening", facility)
    errors_filing.open_otherwise(plant, facility=line, node=f"n_anodes_{line}", more_t=Decimal("420.00"))


def derivation_unstated(plant: Plant, *, facility: str = "") -> None:
    """Nobody says where the consumption statistics of a potline's anodes come from."""
    line = pick_line(plant, "derivation", facility)
    errors_filing.unstate_derivation(plant, facility=line, stream=f"a_{line}", source=f"s_{line}_anode_stat")


FILING_ERRORS: tuple[PlantedError, ...] = (
    error("calibration_lapsed", "filing", BOTH, calibration_lapsed, "天车秤检定过期",
        "calibration of a crane scale lapsed"),
    *errors_filing.plan_errors(plan_other_meter, plan_parameter_missing, plan_frequency_missed),
    *DEPOSITS.registered(),
    error("opening_stock_differs", "filing", BOTH, opening_stock_differs, "期初阳极库存与上年期末不符",
        "opening stock differs from last year's closing"),
    *errors_filing.register_errors(derivation_unstated),
)  # fmt: skip
