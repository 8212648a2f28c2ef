"""物理下限与上限：恰在界上成立，越过一点即不成立；缺数据不评价。"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hand_tables import tables
from tests.unit.small_plant import MONTHS, YEAR, Rows, context, plant, reported, results
from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import Context
from verifierkit.periods import month_days, months_of

CENT = Decimal("0.01")
CEMENT, ALUMINIUM = rulepack.load("cement-2024"), rulepack.load("aluminium-2024")


def outcome(found: Context, rule: str, month: str = "2025-04") -> str:
    """Outcome of the result that speaks of a month."""
    (result,) = [r for r in results(found, rule) if month in r.months]
    return result.outcome


# heat of formation


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (1, "satisfied"), (-1, "not_satisfied")])
def test_heat_below_that_of_formation_is_impossible(change: int, expected: str) -> None:
    rows = plant()
    limit = CEMENT.checks["floor.heat"].limit("formation_heat")
    reported(rows, "fuel_ncv", "2025-04")["value"] = Decimal(1)
    # kJ/kg = MJ/t: 8,000 t of clinker at the limit
    reported(rows, "fuel_consumed", "2025-04")["value"] = limit * 8000 / 1000 + change * CENT
    assert outcome(context(rows), "floor.heat") == expected


def test_without_fuel_heat_is_not_evaluated() -> None:
    rows = plant()
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] != "fuel_ncv"]
    (found,) = results(context(rows), "floor.heat")
    assert (found.outcome, found.when, found.message) == ("not_evaluated", "2025", "floor.no_data")


# raw meal


def with_feed(*amounts: Decimal) -> Rows:
    rows = plant()
    names = [f"f{i}" for i in range(len(amounts))]
    rows["streams"] += [{"stream_id": name, "unit": "t", "from_node": "n_yard", "to_node": "n_kiln"} for name in names]
    rows["sources"] += [
        {"source_id": f"s_{name}", "stream_id": name, "records": "monthly_values", "rank": 1, "derives_from": "none"}
        for name in names
    ]
    rows["relations"] = [
        {"relation_id": "r", "kind": "ratio", "output_stream": "p_k1", "input_streams": "; ".join(names)}
    ]
    rows["monthly_values"] += [
        {"source_id": f"s_{name}", "month": month, "value": amount, "unit": "t"}
        for name, amount in zip(names, amounts, strict=True)
        for month in MONTHS
    ]
    return rows


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (1, "satisfied"), (-1, "not_satisfied")])
def test_raw_meal_below_the_mass_balance_is_impossible(change: int, expected: str) -> None:
    least = CEMENT.checks["floor.raw_meal"].limit("ratio_low") * 8000 + change * CENT
    assert outcome(context(with_feed(least)), "floor.raw_meal") == expected
    assert outcome(context(with_feed(least - 700, Decimal(700))), "floor.raw_meal") == expected


def test_without_feed_raw_meal_is_not_evaluated() -> None:
    (found,) = results(context(plant()), "floor.raw_meal")
    assert found.outcome == "not_evaluated"


# capacity


def made(rows: Rows, amount: Decimal, month: str = "2025-04") -> Rows:
    reported(rows, "clinker_produced_t", month)["value"] = amount
    return rows


MARGIN = CEMENT.checks["floor.capacity"].limit("margin")


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (-1, "satisfied"), (1, "not_satisfied")])
def test_output_above_capacity_is_impossible(change: int, expected: str) -> None:
    assert outcome(context(made(plant(), 500 * 30 * MARGIN + change * CENT)), "floor.capacity") == expected


@pytest.mark.parametrize(("change", "expected"), [(-1, "satisfied"), (1, "not_satisfied")])
def test_a_capacity_of_the_year_is_spread_over_its_days(change: int, expected: str) -> None:
    rows = plant()
    rows["facilities"][1] |= {"capacity": 365 * 500, "capacity_unit": "t/a"}
    assert outcome(context(made(rows, 500 * 30 * MARGIN + change * CENT)), "floor.capacity") == expected


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (1, "not_satisfied")])
def test_stops_of_the_run_log_take_days_away_and_unlogged_days_do_not(change: int, expected: str) -> None:
    rows = plant()
    hours = {1: 0, 2: 0, 3: 12}
    rows["kiln_runs"] = [{"facility_id": "k1", "day": date(2025, 4, day), "run_hours": h} for day, h in hours.items()]
    days = Decimal(30) - Decimal("2.5")
    assert outcome(context(made(rows, 500 * days * MARGIN + change * CENT)), "floor.capacity") == expected


@pytest.mark.parametrize("cells", [{"capacity": None}, {"capacity_unit": "MW"}, {"capacity_unit": None}])
def test_without_a_capacity_in_tonnes_nothing_is_evaluated(cells: dict[str, Any]) -> None:
    rows = plant()
    rows["facilities"][1] |= cells
    assert [r.outcome for r in results(context(rows), "floor.capacity")] == ["not_evaluated"]


# Faraday's law and anode carbon

FARADAY = ALUMINIUM.constants["faraday_kg_per_kah"].value
CARBON = ALUMINIUM.constants["anode_carbon_floor_t_per_t"].value
CURRENT, CELLS = Decimal(500), Decimal(200)


def potline(metal: Decimal, *, anode: Decimal | None = None, log: dict[str, Any] | None = None) -> Context:
    base = {
        "track": "facility",
        "facility_id": "p1",
        "data_year": YEAR,
        "month": "2025-04",
        "unit": "t",
        "route": "measured",
    }
    rows = [base | {"parameter": "metal_produced_t", "value": metal}]
    rows += [base | {"parameter": "anode_consumed_t", "value": anode}] if anode is not None else []
    cells: dict[str, Any] = {
        "facility_id": "p1",
        "month": "2025-04",
        "current_ka": CURRENT,
        "cells_in_operation": CELLS,
    }
    filled = tables(
        facilities=[{"facility_id": "ent", "kind": "entity"}, {"facility_id": "p1", "name": "系列", "kind": "potline"}],
        reported=rows,
        pot_operation=[cells | (log or {})],
    )
    meta = {"packs": {"facility": "aluminium-2024"}, "sector": "aluminium"}
    return build_context(Case(Path(), meta, YEAR, months_of(YEAR), None, filled))


def possible(cell_days: Decimal) -> Decimal:
    return FARADAY * CURRENT * cell_days * 24 / 1000


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (-1, "satisfied"), (1, "not_satisfied")])
def test_metal_above_faradays_law_is_impossible(change: int, expected: str) -> None:
    most = possible(CELLS * month_days("2025-04"))
    assert outcome(potline(most + change * CENT), "floor.faraday") == expected


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (1, "not_satisfied")])
def test_the_cell_days_of_the_log_go_before_the_mean_of_cells(change: int, expected: str) -> None:
    found = potline(possible(Decimal(5990)) + change * CENT, log={"cell_days": 5990})
    assert outcome(found, "floor.faraday") == expected


@pytest.mark.parametrize("missing", [{"current_ka": None}, {"cells_in_operation": None}])
def test_without_current_or_cells_faraday_is_not_evaluated(missing: dict[str, Any]) -> None:
    assert [r.outcome for r in results(potline(Decimal(1), log=missing), "floor.faraday")] == ["not_evaluated"]


SHARE = ALUMINIUM.checks["floor.faraday"].limit("cell_days")


@pytest.mark.parametrize(("cells", "agrees"), [("198", True), ("202", True), ("197.99", False), ("202.01", False)])
def test_two_records_of_cells_agree_within_their_share(cells: str, agrees: bool) -> None:
    assert Decimal(202) * 30 - 6000 == SHARE * 6000  # 202 cells are at the limit of 6,000 cell-days
    found = potline(Decimal(1), log={"cells_in_operation": Decimal(cells), "cell_days": 6000})
    wrong = [r for r in results(found, "floor.faraday") if r.message == "floor.faraday.cells"]
    assert (wrong == []) is agrees


@pytest.mark.parametrize(("change", "expected"), [(0, "satisfied"), (1, "satisfied"), (-1, "not_satisfied")])
def test_anodes_below_stoichiometry_are_impossible(change: int, expected: str) -> None:
    found = potline(Decimal(1000), anode=1000 * CARBON + change * CENT)
    assert outcome(found, "floor.anode") == expected


def test_without_anodes_the_floor_is_not_evaluated() -> None:
    assert [r.outcome for r in results(potline(Decimal(1000)), "floor.anode")] == ["not_evaluated"]


def test_floors_of_the_other_sector_do_not_apply() -> None:
    assert {r.outcome for r in results(potline(Decimal(1)), "floor.heat")} == {"not_applicable"}
    assert {r.outcome for r in results(context(plant()), "floor.faraday")} == {"not_applicable"}
