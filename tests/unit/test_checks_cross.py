"""独立来源交叉核对。"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import context, failed, rule, tables
from tests.unit.joint_maps import joint_rule
from verifierkit.checks import cross
from verifierkit.checks.base import Result
from verifierkit.periods import months_of

MONTHS = months_of(2025)
RULE = rule("cross.sources", alpha="0.0125")
MODEL = joint_rule(honest_share=0.6, period_belt_scale=0.0015, period_weighbridge=0.001, period_laboratory=0.005)
STREAM = {
    "stream_id": "p_k1",
    "name": "熟料",
    "unit": "t",
    "from_node": "k",
    "to_node": "silo",
    "facility_id": "k1",
    "parameter": "clinker_produced_t",
}
INSTRUMENTS = [
    {"instrument_id": "i_a", "kind": "belt_scale", "accuracy_fraction": Decimal("0.005")},
    {"instrument_id": "i_b", "kind": "weighbridge", "accuracy_fraction": Decimal("0.002")},
    {"instrument_id": "i_feed", "kind": "belt_scale", "accuracy_fraction": Decimal("0.005")},
    {"instrument_id": "i_lab", "kind": "laboratory", "accuracy_fraction": Decimal("0.003")},
    {"instrument_id": "i_lab2", "kind": "laboratory", "accuracy_fraction": Decimal("0.003")},
]  # fmt: skip


def source(
    name: str, rank: int, instrument: str | None = None, derives: str | None = "none", **cells: Any
) -> dict[str, Any]:
    """A monthly source of the clinker stream."""
    base = {"source_id": name, "stream_id": "p_k1", "records": "monthly_values", "rank": rank}
    return base | {"instrument_id": instrument, "derives_from": derives} | cells


def months(name: str, series: list[Any], unit: str = "t") -> list[dict[str, Any]]:
    """Monthly values of a source; None leaves the month out."""
    return [
        {"source_id": name, "month": month, "value": value, "unit": unit}
        for month, value in zip(MONTHS, series, strict=True)
        if value is not None
    ]


def run(sources: list[dict[str, Any]], rows: list[dict[str, Any]], **more: Any) -> list[Result]:
    """Results of the rule."""
    filled = {"streams": [STREAM], "instruments": INSTRUMENTS, "sources": sources, "monthly_values": rows}
    return list(cross.sources(context(tables(**{**filled, **more}), RULE, MODEL)))


PAIR = [source("s_a", 1, "i_a"), source("s_b", 2, "i_b")]


def test_two_scales_that_agree_are_satisfied_with_the_values_of_the_year() -> None:
    results = run(PAIR, months("s_a", [1000] * 12) + months("s_b", [1004] * 12))
    assert [(r.outcome, r.when, r.source, r.facility, r.parameter) for r in results] == [
        ("satisfied", "2025", "s_b", "k1", "clinker_produced_t")
    ]
    assert (results[0].observed, results[0].expected) == (Decimal(12048), Decimal(12000))


def test_the_month_that_differs_is_named_and_a_power_of_ten_is_hinted() -> None:
    series = [1000] * 12
    series[4], series[8] = 1040, 10000
    results = run(PAIR, months("s_a", [1000] * 12) + months("s_b", series))
    assert failed(results) == [("cross.sources", "2025-05", "p_k1", "s_b"), ("cross.sources", "2025-09", "p_k1", "s_b")]
    assert [r.hint for r in results if r.outcome == "not_satisfied"] == ["", "hint.factor"]


def test_a_constant_difference_shows_in_the_year_where_no_month_does() -> None:
    year = run(PAIR, months("s_a", [1000] * 12) + months("s_b", [1000] * 12))[0].limit
    assert year is not None
    beyond = 1000 + year / 12 * Decimal("1.02")
    assert failed(run(PAIR, months("s_a", [1000] * 12) + months("s_b", [beyond] * 12))) == [
        ("cross.sources", "2025", "p_k1", "s_b")
    ]


def test_units_are_converted() -> None:
    assert failed(run(PAIR, months("s_a", [1000] * 12) + months("s_b", [0.1] * 12, "10^4 t"))) == []


@pytest.mark.parametrize("derives", ["s_a", None, "s_b"])
def test_dependent_unstated_and_circular_sources_are_not_compared(derives: str | None) -> None:
    sources = [PAIR[0], source("s_b", 2, "i_b", derives)]
    assert run(sources, months("s_a", [1000] * 12) + months("s_b", [2000] * 12)) == []


def test_sources_on_one_instrument_are_dependent() -> None:
    sources = [PAIR[0], source("s_b", 2, "i_a")]
    assert run(sources, months("s_a", [1000] * 12) + months("s_b", [2000] * 12)) == []


def test_copies_of_one_record_are_compared_once() -> None:
    sources = [*PAIR, source("s_copy", 3, None, "s_b")]
    rows = months("s_a", [1000] * 12) + months("s_b", [1100] * 12) + months("s_copy", [1100] * 12)
    assert {key[3] for key in failed(run(sources, rows))} == {"s_b"}


def test_what_cannot_be_compared_says_why() -> None:
    assert [r.message for r in run(PAIR, months("s_a", [1] * 12))] == ["cross.sources.months"]
    gaps = run(PAIR, months("s_a", [1000] * 12) + months("s_b", [1000] * 6 + [None] * 6))
    assert [(r.outcome, r.when) for r in gaps] == [
        ("not_evaluated", "2025-07/2025-12"),
        ("satisfied", "2025-01/2025-06"),
    ]


def test_a_source_without_an_instrument_is_as_good_as_the_pack_says_of_an_unknown_class() -> None:
    rows = months("s_a", [1000] * 12) + months("s_b", [1000] * 12)
    known, unknown = (r.limit for name in ("i_b", None) for r in run([PAIR[0], source("s_b", 2, name)], rows))
    assert unknown > 2 * known


def test_bills_and_readings_belong_to_the_settlement_rule() -> None:
    sources = [source("s_a", 1, "i_a", records="settlement_bills"), source("s_b", 2, "i_b", records="meter_readings")]
    assert run(sources, []) == []


def feed_case(determined_by: str) -> list[Result]:
    """Clinker scale against kiln feed over the raw-meal ratio, with one month of feed 10 % too large."""
    feed = [1540] * 12
    feed[6] = 1700
    sources = [
        PAIR[0],
        source("s_by_feed", 2, "i_feed", records="feed_over_ratio"),
        source("s_feed", 1, "i_feed", stream_id="f_k1"),
    ]
    streams = [STREAM, {"stream_id": "f_k1", "unit": "t", "from_node": "mill", "to_node": "k", "facility_id": "k1"}]
    ratios = [{"facility_id": "k1", "month": month, "ratio": 1.54, "determined_by": determined_by} for month in MONTHS]
    relations = [
        {
            "relation_id": "r",
            "kind": "ratio",
            "output_stream": "p_k1",
            "input_streams": "f_k1",
            "uncertainty_fraction": Decimal("0.01"),
        }
    ]
    rows = months("s_a", [1000] * 12) + months("s_feed", feed)
    return run(sources, rows, streams=streams, raw_meal_ratios=ratios, relations=relations)


def test_feed_over_a_measured_ratio_is_a_second_source() -> None:
    assert failed(feed_case("measured")) == [("cross.sources", "2025-07", "p_k1", "s_by_feed")]


def test_feed_over_a_ratio_set_from_clinker_proves_nothing() -> None:
    assert feed_case("from_clinker") == []


def analyses(name: str, value: str) -> list[dict[str, Any]]:
    """One heat value a month, twice the mass in winter."""
    return [
        {"source_id": name, "sample_no": f"{name}{month}", "sampled_on": date(2025, int(month[5:]), 15),
         "batch_t": 2000 if month[5:] in ("01", "02", "12") else 1000, "basis": "as_received", "ncv_gj_per_t": Decimal(value)}
        for month in MONTHS
    ]  # fmt: skip


def test_heat_values_of_two_laboratories_are_compared_as_means() -> None:
    sources = [
        source("s_lab", 1, "i_lab", records="coal_analyses", parameter="fuel_ncv"),
        source("s_supplier", 2, "i_lab2", records="coal_analyses", parameter="fuel_ncv"),
    ]
    close = run(sources, [], coal_analyses=analyses("s_lab", "22.90") + analyses("s_supplier", "22.95"))
    assert [(r.outcome, r.unit, r.observed) for r in close] == [("satisfied", "GJ/t", Decimal("22.95"))]
    far = run(sources, [], coal_analyses=analyses("s_lab", "22.90") + analyses("s_supplier", "24.50"))
    assert len(failed(far)) == 12
