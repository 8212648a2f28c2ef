"""母线与库存平衡。"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import context, failed, rule, tables
from tests.unit.joint_maps import joint_rule
from verifierkit.checks import balances
from verifierkit.checks.base import Result
from verifierkit.errors import UsageError
from verifierkit.periods import month_bounds, months_of

MONTHS = months_of(2025)
BUS, STORE = rule("balance.bus", alpha="0.0125"), rule("balance.store", alpha="0.0125")
MODEL = joint_rule(
    honest_share=0.6, survey=0.03, storage_loss=0.001, period_belt_scale=0.0015, period_electricity_meter=0.002
)


def stream(name: str, ends: tuple[str, str], unit: str) -> dict[str, Any]:
    """A stream of facility ``ent``."""
    return {
        "stream_id": name,
        "name": name,
        "unit": unit,
        "from_node": ends[0],
        "to_node": ends[1],
        "facility_id": "ent",
    }


def plant(
    kind: str, flows: dict[str, tuple[tuple[str, str], float | None]], **more: Any
) -> dict[str, list[dict[str, Any]]]:
    """A node ``n`` with streams; each has a meter and a source, or a limit of None where nothing measures it."""
    unit = "MWh" if kind == "bus" else "t"
    measured = {name: limit for name, (_, limit) in flows.items() if limit is not None}
    return {
        "nodes": [{"node_id": "n", "name": "节点", "kind": kind, "facility_id": "ent"}],
        "streams": [stream(name, ends, unit) for name, (ends, _) in flows.items()],
        "instruments": [
            {"instrument_id": f"i_{name}", "kind": "electricity_meter" if kind == "bus" else "belt_scale",
             "accuracy_fraction": Decimal(str(limit))}
            for name, limit in measured.items()
        ],
        "sources": [
            {"source_id": f"s_{name}", "stream_id": name, "records": "monthly_values", "rank": 1, "instrument_id": f"i_{name}",
             "derives_from": "none"}
            for name in measured
        ],
        **more,
    }  # fmt: skip


def values(amounts: dict[str, list[Any]], unit: str) -> list[dict[str, Any]]:
    """Monthly values of sources named after their streams; None leaves the month out."""
    return [
        {"source_id": f"s_{name}", "month": month, "value": value, "unit": unit}
        for name, series in amounts.items()
        for month, value in zip(MONTHS, series, strict=True)
        if value is not None
    ]


def outcomes(results: list[Result]) -> list[tuple[str, str, str]]:
    """Outcome, message and period of each result."""
    return [(r.outcome, r.message, r.when) for r in results]


FEEDERS = {
    "grid": (("g", "n"), 0.002),
    "own": (("w", "n"), 0.005),
    "k1": (("n", "a"), 0.005),
    "k2": (("n", "b"), 0.005),
}
SUPPLY = {"grid": [900] * 12, "own": [300] * 12, "k1": [800] * 12, "k2": [400] * 12}


def run_bus(amounts: dict[str, list[Any]], flows: Any = None, **changes: Any) -> list[Result]:
    """Results on a bus."""
    filled = tables(**{**plant("bus", flows or FEEDERS), "monthly_values": values(amounts, "MWh"), **changes})
    return list(balances.bus(context(filled, BUS, MODEL)))


def test_a_bus_that_balances_within_the_classes_is_satisfied() -> None:
    results = run_bus(SUPPLY | {"k1": [803] * 12, "own": [299] * 12})
    assert outcomes(results) == [("satisfied", "", "2025")]
    assert (results[0].observed, results[0].expected) == (Decimal(14436), Decimal(14388))


def test_months_beyond_the_uncertainty_are_named() -> None:
    k1 = [800] * 12
    k1[3] = k1[4] = 860
    assert failed(run_bus(SUPPLY | {"k1": k1})) == [
        ("balance.bus", "2025-04", "n", ""),
        ("balance.bus", "2025-05", "n", ""),
    ]


def test_the_decision_is_the_same_on_both_sides_of_the_limit() -> None:
    critical = run_bus(SUPPLY)[0].limit
    assert critical is not None
    step = critical / 12 * Decimal("1.01")  # the limit of the year in one month is above the month's own
    assert failed(run_bus(SUPPLY | {"k1": [800 + step] * 12})) == [("balance.bus", "2025", "n", "")]
    assert failed(run_bus(SUPPLY | {"k1": [800 + step * Decimal("0.97")] * 12})) == []


def test_an_unmeasured_load_is_a_remainder_and_only_its_sign_is_tested() -> None:
    flows = FEEDERS | {"rest": (("n", "c"), None)}
    results = run_bus(SUPPLY | {"k2": [300] * 12}, flows)
    assert outcomes(results) == [("satisfied", "balance.bus.remainder", "2025")]
    assert (results[0].detail["remainder"], results[0].detail["remainder_share"]) == ("1,200", "8.33333")
    assert len(failed(run_bus(SUPPLY | {"k2": [460] * 12}, flows))) == 12


def test_an_unmeasured_supply_may_only_add() -> None:
    flows = FEEDERS | {"solar": (("s", "n"), None)}
    assert failed(run_bus(SUPPLY | {"k2": [500] * 12}, flows)) == []
    assert len(failed(run_bus(SUPPLY | {"k2": [340] * 12}, flows))) == 12


@pytest.mark.parametrize(
    ("flows", "amounts", "message"),
    [
        (FEEDERS | {"rest": (("n", "c"), None), "solar": (("s", "n"), None)}, SUPPLY, "balance.bus.open"),
        ({"rest": (("n", "c"), None)}, {}, "balance.no_source"),
        (FEEDERS, {name: series for name, series in SUPPLY.items() if name != "k2"}, "balance.no_months"),
    ],
)
def test_what_cannot_be_balanced_says_why(flows: Any, amounts: Any, message: str) -> None:
    assert outcomes(run_bus(amounts, flows)) == [("not_evaluated", message, "2025")]


def test_an_unknown_class_is_that_of_the_pack_and_never_exact() -> None:
    bare = [{"instrument_id": f"i_{name}", "kind": "electricity_meter"} for name in SUPPLY]
    filled = tables(**{**plant("bus", FEEDERS), "monthly_values": values(SUPPLY, "MWh"), "instruments": bare})
    known = run_bus(SUPPLY)[0].limit
    models = [joint_rule(accuracy_unknown=value) for value in (0.02, 0.04)]
    wide, wider = (r.limit for model in models for r in balances.bus(context(filled, BUS, model)))
    assert 2 * known < wide < wider
    limits = {name: limit for name, limit in MODEL.limits.items() if name != "accuracy_unknown"}
    with pytest.raises(UsageError, match="accuracy_unknown"):
        list(balances.bus(context(filled, BUS, replace(MODEL, limits=limits))))


def test_a_month_without_data_is_left_out_and_said() -> None:
    results = run_bus(SUPPLY | {"k2": [400] * 6 + [None] + [400] * 5})
    assert outcomes(results) == [
        ("not_evaluated", "balance.missing", "2025-07"), ("satisfied", "", "2025-01/2025-06;2025-08/2025-12"),
    ]  # fmt: skip


YARD = {"buy": (("m", "n"), 0.002), "k1": (("n", "a"), 0.005), "k2": (("n", "b"), 0.005)}
MOVES = {"buy": [30000] * 12, "k1": [20000] * 12, "k2": [10000] * 12}


def counts(levels: list[Any], method: str = "survey") -> list[dict[str, Any]]:
    """Levels at the end of the year before and of each month; None leaves a count out."""
    ends = [date(2024, 12, 31), *(month_bounds(month)[1] - timedelta(days=1) for month in MONTHS)]
    return [
        {"node_id": "n", "counted_on": day, "quantity_t": level, "method": method}
        for day, level in zip(ends, levels, strict=True)
        if level is not None
    ]


def run_store(amounts: dict[str, list[Any]], levels: list[Any], flows: Any = None, **changes: Any) -> list[Result]:
    """Results on a store."""
    method = changes.pop("method", "survey")
    filled = {
        **plant("store", flows or YARD),
        "monthly_values": values(amounts, "t"),
        "stock_counts": counts(levels, method),
    }
    return list(balances.store(context(tables(**{**filled, **changes}), STORE, MODEL)))


LEVELS = [20000 + 300 * (-1) ** i for i in range(13)]


def test_survey_scatter_within_its_accuracy_is_no_finding() -> None:
    assert outcomes(run_store(MOVES, LEVELS)) == [("satisfied", "", "2025")]


def test_a_missing_movement_fails_its_month_only() -> None:
    levels = [20000] * 4 + [15000] * 9
    results = run_store(MOVES, levels)
    assert failed(results) == [("balance.store", "2025-04", "n", "")]
    bad = next(r for r in results if r.outcome == "not_satisfied")
    assert (bad.observed, bad.expected, bad.detail["inflow"]) == (Decimal(15000), Decimal(20000), "30,000")


def test_a_constant_bias_that_no_month_shows_fails_the_year() -> None:
    drifted = MOVES | {"k1": [19560] * 12}
    assert failed(run_store(drifted, [20000] * 13)) == [("balance.store", "2025", "n", "")]
    assert failed(run_store(MOVES | {"k1": [19900] * 12}, [20000] * 13)) == []


def test_a_part_year_names_its_months() -> None:
    filled = {**plant("store", YARD), "monthly_values": values(MOVES | {"k1": [19300] * 12}, "t")}
    found = context(tables(**filled, stock_counts=counts([20000] * 13)), STORE, MODEL, through="2025-06")
    assert failed(balances.store(found)) == [("balance.store", "2025-01/2025-06", "n", "")]


def test_a_wrong_count_between_two_months_is_hinted() -> None:
    levels = [20000] * 13
    levels[5] = 25000
    results = [r for r in run_store(MOVES, levels) if r.outcome == "not_satisfied"]
    assert [(r.when, r.hint) for r in results] == [("2025-05", "hint.stock_level"), ("2025-06", "hint.stock_level")]


def test_quarterly_surveys_are_balanced_over_the_quarter() -> None:
    levels = [20000 if i % 3 == 0 else None for i in range(13)]
    levels[6:] = [13000 if i % 3 == 0 else None for i in range(6, 13)]
    assert failed(run_store(MOVES, levels)) == [("balance.store", "2025-04/2025-06", "n", "")]


def test_book_levels_prove_nothing() -> None:
    assert outcomes(run_store(MOVES, [20000] * 13, method="book")) == [
        ("not_evaluated", "balance.store.counts", "2025")
    ]


def test_a_store_with_an_unmeasured_stream_is_a_remainder() -> None:
    results = run_store(MOVES, [20000] * 13, YARD | {"dryer": (("n", "c"), None)})
    assert outcomes(results) == [("not_evaluated", "balance.store.remainder", "2025")]
    assert results[0].detail["streams"] == "dryer"


def test_the_survey_instrument_of_the_store_sets_its_accuracy() -> None:
    instruments = plant("store", YARD)["instruments"]
    good = {"instrument_id": "i_survey", "kind": "survey", "place": "n", "accuracy_fraction": Decimal("0.005")}
    levels = [20000] * 6 + [20600] * 7
    assert failed(run_store(MOVES, levels)) == []
    assert failed(run_store(MOVES, levels, instruments=[*instruments, good])) == [("balance.store", "2025-06", "n", "")]


def test_a_month_without_documents_moved_nothing() -> None:
    sources = plant("store", YARD)["sources"]
    sources[0]["records"] = "transactions"
    lots = [
        {
            "source_id": "s_buy",
            "doc_no": f"D{i}",
            "kind": "purchase",
            "received_on": month_bounds(month)[0],
            "weighed_t": 30000,
        }
        for i, month in enumerate(MONTHS)
        if month != "2025-08"
    ]
    levels = [60000] * 8 + [30000] * 5
    assert failed(run_store(MOVES, levels, sources=sources, transactions=lots)) == []
