"""A simulated aluminium smelter: two potlines with rectifiers, casthouse, anode plant, captive coal plant, quarters."""

from __future__ import annotations

from collections.abc import Sequence

from verifierkit.simulate.aluminium_errors import registry
from verifierkit.simulate.aluminium_filing import BILLS, build_filing, build_meta
from verifierkit.simulate.aluminium_ledgers import build_forms, build_ledgers
from verifierkit.simulate.aluminium_map import build_map
from verifierkit.simulate.aluminium_records import build_records
from verifierkit.simulate.aluminium_report import build_report
from verifierkit.simulate.aluminium_truth import build_truth
from verifierkit.simulate.base import Factors, Simulated, build, empty_plant
from verifierkit.simulate.filing import hand_over

TABLES = (
    "facilities", "nodes", "streams", "instruments", "calibrations", "sources", "relations", "monthly_values",
    "daily_values", "meter_readings", "settlement_bills", "stock_counts", "transactions", "tickets", "coal_analyses",
    "anodes", "metal", "pot_operation", "generation", "reported", "deposits", "plan", "transcriptions", "evidence",
    "activities", "open_items",
)  # fmt: skip


def simulate_aluminium(*, seed: int, year: int, factors: Factors, errors: Sequence[str] = ()) -> Simulated:
    """Simulate one aluminium smelter for one data year.

    Parameters
    ----------
    seed : int
        Seed of the plant; the same seed gives the same tables.
    year : int
        Data year: from 2024 on by the rule of 2024, before by the supplementary table of 2017 and the guide of 2013.
    factors : mapping
        Values of the rule packs, ``factors[track][parameter][item]`` as Decimal, ``""`` where there is no item (the
        class ``prebaked_cells`` or the grid region is looked up too).

        From 2024 on, track ``facility``: ``anode_loss_fraction``, ``anode_sulphur_fraction``,
        ``anode_ash_fraction``, ``cf4_factor_kg_per_t``, ``c2f6_factor_kg_per_t``, ``gwp_cf4``, ``gwp_c2f6``; track
        ``entity``: ``fuel_ncv``, ``carbon_content_tc_per_gj``, ``oxidation_fraction`` of natural_gas and diesel;
        ``carbonate_factor_tco2_per_t`` of limestone and soda_ash; ``carbonate_purity_fraction``.

        Before 2024, track ``facility``: ``electricity_factor_tco2_per_mwh`` by grid and captive; track ``entity``:
        ``anode_net_consumption_t_per_t``, ``anode_sulphur_fraction``, ``anode_ash_fraction`` and the four of the
        anode effect; the fuel factors of bituminous (without ``fuel_ncv``), natural_gas and diesel;
        ``carbonate_factor_tco2_per_t`` of limestone; ``grid_factor_tco2_per_mwh``; ``heat_factor_tco2_per_gj``.
    errors : sequence of str
        Errors to plant, ``id`` or ``id:facility=p1,month=2025-03``; see :func:`registry` for the ids.

    Returns
    -------
    Simulated
        Case head, tables, truth, expected findings, separate evidence.

    Raises
    ------
    UsageError
        If an error id is unknown, does not apply or gets a parameter that it does not take, or a factor is missing.
    """
    plant = empty_plant("aluminium", seed=seed, year=year, factors=factors, tables=TABLES)
    build_meta(plant)
    build_map(plant)
    stages = {
        "truth": build_truth, "records": build_records, "ledgers": build_ledgers, "forms": build_forms,
        "report": build_report, "filing": build_filing,
    }  # fmt: skip
    build(plant, stages, errors, registry())
    return hand_over(plant, BILLS)
