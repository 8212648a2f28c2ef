"""A simulated cement plant: two kilns on one coal yard, one coal mill and one clinker silo, waste heat, captive unit."""

from __future__ import annotations

from collections.abc import Sequence

from verifierkit.simulate.base import Factors, Simulated, build, empty_plant
from verifierkit.simulate.cement_editions import add_deducted, add_supplementary
from verifierkit.simulate.cement_errors import registry
from verifierkit.simulate.cement_filing import BILLS, build_meta, write_filing
from verifierkit.simulate.cement_instruments import add_instruments
from verifierkit.simulate.cement_ledgers import write_forms, write_ledgers
from verifierkit.simulate.cement_map import build_map, supplementary
from verifierkit.simulate.cement_records import write_records
from verifierkit.simulate.cement_report import write_report
from verifierkit.simulate.cement_truth import simulate_truth
from verifierkit.simulate.filing import hand_over

TABLES = (
    "facilities", "nodes", "streams", "instruments", "calibrations", "sources", "relations", "monthly_values",
    "daily_values", "meter_readings", "settlement_bills", "stock_counts", "transactions", "tickets", "coal_analyses",
    "lab_results", "raw_meal_ratios", "kiln_runs", "deducted_materials", "generation", "reported", "deposits", "plan",
    "transcriptions", "evidence", "activities", "open_items",
)  # fmt: skip


def simulate_cement(*, seed: int, year: int, factors: Factors, errors: Sequence[str] = ()) -> Simulated:
    """Simulate one cement enterprise for one data year.

    Parameters
    ----------
    seed : int
        Seed of the plant; the same seed gives the same tables. Seeds divisible by 3 have billing periods from the
        25th; even seeds have time-of-use registers.
    year : int
        Data year: from 2024 on by the rule of 2024, before by the supplementary table of 2017 and the guide of 2013.
    factors : mapping
        Values of the rule packs, ``factors[track][parameter][item]`` as Decimal, ``""`` where there is no item.

        From 2024 on, track ``facility``: ``clinker_factor_tco2_per_t`` by clinker class (portland_clinker);
        ``deduction_factor_tco2_per_t`` by material (steel_slag, coal_fly_ash, carbide_slag);
        ``carbon_content_tc_per_gj``, ``oxidation_fraction`` and ``fuel_ncv`` of bituminous; track ``entity``: the
        same three of diesel.

        Before 2024, track ``facility``: the three of bituminous; ``electricity_factor_tco2_per_mwh`` by grid,
        captive, waste_heat; ``heat_factor_tco2_per_gj`` of waste_heat; track ``entity``: the three of bituminous and
        diesel; ``grid_factor_tco2_per_mwh`` by grid region (east); ``heat_factor_tco2_per_gj`` and
        ``nonfuel_carbon_fraction`` with item ``""``.
    errors : sequence of str
        Errors to plant, ``id`` or ``id:facility=k1,month=2025-03``; see :mod:`verifierkit.simulate.planter`.

    Returns
    -------
    Simulated
        Case head, tables, truth, expected findings, separate evidence.

    Raises
    ------
    UsageError
        If an error id is unknown, does not apply or gets a parameter that it does not take, or a factor is missing.
    """
    plant = empty_plant("cement", seed=seed, year=year, factors=factors, tables=TABLES)
    build_meta(plant)
    build_map(plant)
    (add_supplementary if supplementary(plant) else add_deducted)(plant)
    add_instruments(plant, old=supplementary(plant))
    stages = {
        "truth": simulate_truth, "records": write_records, "ledgers": write_ledgers, "forms": write_forms,
        "report": write_report, "filing": write_filing,
    }  # fmt: skip
    build(plant, stages, errors, registry())
    return hand_over(plant, BILLS)
