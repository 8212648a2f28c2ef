"""与上年相比、期初库存、年末截止。"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import YEAR, Rows, context, outcomes, pick, plant, reported, results
from verifierkit import rulepack

INTENSITY = "line_intensity_tco2_per_t"
LIMIT = rulepack.load("cement-2024").checks["year.change"].limit("change")


def last_year(rows: Rows) -> dict[str, Any]:
    return pick(rows, "reported", parameter=INTENSITY, data_year=YEAR - 1)


# change


@pytest.mark.parametrize(
    ("factor", "outcome"),
    [
        (1 + LIMIT, "satisfied"),
        (1 - LIMIT, "satisfied"),
        (1 + LIMIT + Decimal("0.00001"), "not_satisfied"),
        (1 - LIMIT - Decimal("0.00001"), "not_satisfied"),
        (Decimal(1), "satisfied"),
    ],
)
def test_a_change_is_held_against_the_band_before_it_is_rounded(factor: Decimal, outcome: str) -> None:
    rows = plant()
    last_year(rows)["value"] = Decimal("0.8000")
    reported(rows, INTENSITY, None)["value"] = Decimal("0.8000") * factor
    assert outcomes(context(rows), "year.change") == [(outcome, "2025")]


def test_only_intensities_are_compared() -> None:
    rows = plant()
    rows["reported"].append(reported(rows, "line_co2_t", None) | {"data_year": YEAR - 1, "value": Decimal(1)})
    assert [r.parameter for r in results(context(rows), "year.change")] == [INTENSITY]


@pytest.mark.parametrize("value", [None, Decimal(0)])
def test_without_last_year_nothing_is_evaluated(value: Decimal | None) -> None:
    rows = plant()
    last_year(rows)["value"] = value
    (found,) = results(context(rows), "year.change")
    assert (found.outcome, found.message) == ("not_evaluated", "year.change.no_last_year")


def test_a_part_year_is_not_compared_with_a_year() -> None:
    assert results(context(plant(), through="2025-11"), "year.change") == []


# opening stock


def with_stock(
    counted: Any, closing: Any, *, unit: str = "t", month: str | None = None, day: date = date(2024, 12, 31)
) -> Rows:
    rows = plant()
    rows["stock_counts"] = [{"node_id": "n_yard", "counted_on": day, "quantity_t": counted}]
    closed = {
        "track": "facility",
        "facility_id": "k1",
        "parameter": "closing_stock_t",
        "item": "n_yard",
        "data_year": YEAR - 1,
    }
    rows["reported"].append(closed | {"value": closing, "unit": unit, "month": month})
    return rows


def opening(rows: Rows) -> list[tuple[str, str]]:
    return [(r.outcome, r.when) for r in results(context(rows), "year.opening_stock") if r.stream == "n_yard"]


@pytest.mark.parametrize(
    ("closing", "outcome"), [("500", "satisfied"), ("500.01", "not_satisfied"), ("499.99", "not_satisfied")]
)
def test_the_opening_level_equals_last_years_closing_level(closing: str, outcome: str) -> None:
    assert opening(with_stock(500, Decimal(closing))) == [(outcome, "2025-01")]


def test_the_closing_level_converts() -> None:
    assert opening(with_stock(500, Decimal("0.05"), unit="10^4 t")) == [("satisfied", "2025-01")]
    assert opening(with_stock(500, Decimal(500), unit="MWh")) == [("not_evaluated", "2025-01")]


@pytest.mark.parametrize(("month", "outcome"), [("2024-12", "not_satisfied"), ("2024-11", "not_evaluated")])
def test_only_the_last_month_of_last_year_closes_it(month: str, outcome: str) -> None:
    assert opening(with_stock(500, Decimal(600), month=month)) == [(outcome, "2025-01")]


@pytest.mark.parametrize(
    "rows",
    [with_stock(None, Decimal(5)), with_stock(5, None), with_stock(5, Decimal(5), day=date(2025, 1, 1))],
    ids=["no count", "no closing level", "another day"],
)
def test_without_both_levels_nothing_is_evaluated(rows: Rows) -> None:
    assert opening(rows) == [("not_evaluated", "2025-01")]


# year end


def with_purchases(*documents: dict[str, Any]) -> Rows:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_b", "stream_id": "c_k1", "records": "transactions", "rank": 3, "derives_from": "none"}
    )
    base = {"source_id": "s_b", "kind": "purchase", "weighed_t": 30}
    rows["transactions"] = [base | {"doc_no": str(i)} | document for i, document in enumerate(documents)]
    return rows


def cutoff(rows: Rows, **more: Any) -> list[tuple[str, str]]:
    return [(r.outcome, r.when) for r in results(context(rows, **more), "cutoff.year_end")]


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (date(2025, 1, 1), [("satisfied", "2025")]),
        (date(2025, 12, 31), [("satisfied", "2025")]),
        (date(2026, 1, 1), [("not_satisfied", "2025-12")]),
        (date(2024, 12, 31), [("not_satisfied", "2025-01")]),
        (None, [("satisfied", "2025")]),
    ],
)
def test_documents_of_another_year_are_told_on_the_edge_that_they_cross(
    received: date | None, found: list[tuple[str, str]]
) -> None:
    assert cutoff(with_purchases({"received_on": received})) == found


def test_the_month_is_that_of_dispatch_where_it_lies_in_the_year() -> None:
    late = {"dispatched_on": date(2025, 11, 30), "received_on": date(2026, 1, 2)}
    assert cutoff(with_purchases(late)) == [("not_satisfied", "2025-11")]
    assert cutoff(with_purchases(late | {"dispatched_on": date(2026, 1, 1)})) == [("not_satisfied", "2025-12")]


def test_a_part_year_does_not_look_at_december() -> None:
    assert cutoff(with_purchases({"received_on": date(2026, 1, 1)}), through="2025-06") == []


def test_tickets_are_dated_by_weighing() -> None:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_t", "stream_id": "c_k1", "records": "tickets", "rank": 3, "derives_from": "none"}
    )
    rows["tickets"] = [{"source_id": "s_t", "ticket_no": "1", "weighed_on": date(2026, 1, 3), "net_t": 30}]
    (found,) = results(context(rows), "cutoff.year_end")
    assert (found.outcome, found.when, found.observed) == ("not_satisfied", "2025-12", 30)
