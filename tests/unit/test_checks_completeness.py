"""完整性：记录的月与日、规则包要求的报告值。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import MONTHS, Rows, context, keys, pick, plant, reported, results


def missing(rows: Rows, rule: str, **more: Any) -> list[tuple[str, str, str]]:
    found = results(context(rows, **more), rule)
    return [(r.stream, r.source, r.when) for r in found if r.outcome == "not_satisfied"]


def drop(rows: Rows, table: str, **wanted: Any) -> None:
    rows[table].remove(pick(rows, table, **wanted))


# records


def test_each_missing_month_of_a_report_is_told() -> None:
    rows = plant()
    drop(rows, "monthly_values", source_id="s_p", month="2025-04")
    drop(rows, "monthly_values", source_id="s_p", month="2025-06")
    assert missing(rows, "completeness.record") == [("p_k1", "s_p", "2025-04"), ("p_k1", "s_p", "2025-06")]
    assert keys(rows) == [("completeness.record", "k1", "2025-04;2025-06", "p_k1", "s_p")]


def test_months_after_the_last_one_looked_at_are_not_missing() -> None:
    rows = plant()
    rows["monthly_values"] = [row for row in rows["monthly_values"] if row["month"] <= "2025-06"]
    rows["deposits"] = [row for row in rows["deposits"] if row["month"] <= "2025-06"]
    assert keys(rows, through="2025-06") == []
    assert len(missing(rows, "completeness.record", through="2025-07")) == 3


def test_heat_values_are_wanted_only_for_months_with_consumption() -> None:
    rows = plant()
    rows["coal_analyses"] = [row for row in rows["coal_analyses"] if row["report_no"] != "R2025-04"]
    assert missing(rows, "completeness.record") == [("c_k1", "s_ncv", "2025-04")]
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-04")["value"] = Decimal(0)
    assert missing(rows, "completeness.record") == []


def with_log(*, skip: tuple[date, ...] = (), stops: dict[date, int] | None = None) -> Rows:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_d", "stream_id": "c_k1", "records": "daily_values", "rank": 3, "derives_from": "none"}
    )
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    rows["daily_values"] = [{"source_id": "s_d", "day": d, "value": d.day, "unit": "t"} for d in days if d not in skip]
    rows["kiln_runs"] = [{"facility_id": "k1", "day": day, "run_hours": hours} for day, hours in (stops or {}).items()]
    return rows


def test_a_day_without_a_value_is_missing_unless_the_run_log_shows_a_stop() -> None:
    day = date(2025, 3, 31)
    assert missing(with_log(), "completeness.record") == []
    assert missing(with_log(skip=(day,)), "completeness.record") == [("c_k1", "s_d", "2025-03")]
    assert missing(with_log(skip=(day,), stops={day: 0}), "completeness.record") == []
    assert missing(with_log(skip=(day,), stops={day: 1}), "completeness.record") == [("c_k1", "s_d", "2025-03")]


def test_a_source_that_holds_nothing_and_feeds_no_figure_is_not_missed() -> None:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_x", "stream_id": "c_k1", "records": "monthly_values", "rank": 4, "derives_from": "none"}
    )
    assert missing(rows, "completeness.record") == []
    rows["monthly_values"] = [row for row in rows["monthly_values"] if row["source_id"] != "s_p"]
    assert len(missing(rows, "completeness.record")) == 12


def with_tickets(*, until: str) -> Rows:
    rows = plant()
    pick(rows, "sources", source_id="s_c_record")["records"] = "tickets"
    rows["tickets"] = [
        {"source_id": "s_c_record", "ticket_no": month, "weighed_on": date(2025, int(month[-2:]), 3), "net_t": 1200}
        for month in MONTHS if month <= until
    ]  # fmt: skip
    return rows


def test_documents_may_rest_but_not_where_a_ledger_made_from_them_shows_an_amount() -> None:
    assert missing(with_tickets(until="2025-12"), "completeness.record") == []
    rows = with_tickets(until="2025-11")
    assert missing(rows, "completeness.record") == [("c_k1", "s_c_record", "2025-12")]
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-12")["value"] = Decimal(0)
    assert missing(rows, "completeness.record") == []


def test_deducted_materials_may_rest() -> None:
    rows = plant()
    drop(rows, "deducted_materials", source_id="s_m", month="2025-04")
    assert missing(rows, "completeness.record") == []


# reported figures


def test_a_month_and_the_year_are_told_by_their_period() -> None:
    rows = plant()
    rows["reported"].remove(reported(rows, "clinker_produced_t", "2025-02"))
    rows["reported"].remove(reported(rows, "line_co2_t", None))
    assert missing(rows, "completeness.parameter") == [
        ("clinker_produced_t", "reported", "2025-02"),
        ("line_co2_t", "reported", "2025"),
    ]


def test_a_figure_missing_altogether_is_told_for_the_year() -> None:
    rows = plant()
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] != "clinker_produced_t"]
    assert missing(rows, "completeness.parameter") == [("clinker_produced_t", "reported", "2025")]


def test_a_factor_given_for_the_year_only_is_complete() -> None:
    rows = plant()
    rows["reported"] = [
        row for row in rows["reported"] if row["parameter"] != "oxidation_fraction" or row["month"] is None
    ]
    assert missing(rows, "completeness.parameter") == []
    assert missing(rows, "completeness.parameter", through="2025-06") == []


def test_a_factor_with_some_months_wants_them_all() -> None:
    rows = plant()
    rows["reported"].remove(reported(rows, "oxidation_fraction", "2025-02"))
    assert missing(rows, "completeness.parameter") == [("oxidation_fraction:bituminous", "reported", "2025-02")]


def test_a_part_year_wants_no_year_and_no_later_month() -> None:
    rows = plant()
    rows["reported"] = [row for row in rows["reported"] if row["month"] is not None and row["month"] <= "2025-06"]
    assert missing(rows, "completeness.parameter", through="2025-06") == []
    assert missing(rows, "completeness.parameter", through="2025-07") != []


@pytest.mark.parametrize("parameter", ["electricity_mwh", "heat_gj", "power_unit_co2_t"])
def test_what_is_asked_only_if_present_is_not_missed(parameter: str) -> None:
    assert all(row["parameter"] != parameter for row in plant()["reported"])
    assert parameter not in {stream for stream, _, _ in missing(plant(), "completeness.parameter")}


def test_an_auxiliary_figure_that_is_present_wants_all_its_months() -> None:
    rows = plant()
    rows["reported"].append(
        reported(rows, "clinker_produced_t", "2025-02")
        | {"parameter": "electricity_mwh", "unit": "MWh", "value": Decimal(400)}
    )
    (found,) = missing(rows, "completeness.parameter")
    assert found == ("electricity_mwh", "reported", "2025-01;2025-03/2025-12")
