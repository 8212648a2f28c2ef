"""方案与执行：参数齐全、器具一致、频次不低，按生效日期取方案。"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.unit.small_plant import Rows, context, outcomes, pick, plant, results
from verifierkit.checks.base import Subject
from verifierkit.checks.plan import FREQUENCIES, RECORDED, recorded, rows_for


def failed(rows: Rows, rule: str, **more: Any) -> list[tuple[str, str, str]]:
    found = results(context(rows, **more), rule)
    return [(r.stream, r.source, r.when) for r in found if r.outcome == "not_satisfied"]


def coal(rows: Rows) -> dict[str, Any]:
    return pick(rows, "plan", parameter="fuel_consumed", facility_id="k1")


# completeness


def test_a_planned_parameter_without_a_row_is_told_once() -> None:
    rows = plant()
    rows["plan"].remove(coal(rows))
    assert failed(rows, "plan.completeness") == [("fuel_consumed:bituminous", "plan", "2025")]


def test_results_need_no_row() -> None:
    named = {row["parameter"] for row in plant()["plan"]}
    assert not named & {"line_co2_t", "process_co2_t", "line_intensity_tco2_per_t"}
    assert failed(plant(), "plan.completeness") == []


def test_a_row_without_item_holds_for_all_items() -> None:
    rows = plant()
    coal(rows)["item"] = None
    assert failed(rows, "plan.completeness") == []
    coal(rows)["item"] = "diesel"
    assert failed(rows, "plan.completeness") == [("fuel_consumed:bituminous", "plan", "2025")]


def test_a_case_without_a_plan_is_one_finding() -> None:
    rows = plant()
    rows["plan"] = []
    (found,) = [r for r in results(context(rows), "plan.completeness") if r.outcome == "not_satisfied"]
    assert (found.facility, found.stream, found.message) == ("ent", "plan", "plan.completeness.none")


# versions by date


@pytest.mark.parametrize(
    ("dates", "in_force"),
    [
        ([date(2024, 7, 1)], ["2024-07-01"]),
        ([date(2023, 1, 1), date(2024, 7, 1)], ["2024-07-01"]),
        ([date(2024, 7, 1), date(2025, 1, 1)], ["2025-01-01"]),
        ([date(2024, 7, 1), date(2025, 1, 2)], ["2024-07-01", "2025-01-02"]),
        ([date(2024, 7, 1), date(2025, 12, 31)], ["2024-07-01", "2025-12-31"]),
        ([date(2024, 7, 1), date(2026, 1, 1)], ["2024-07-01"]),
        ([date(2026, 1, 1)], []),
        ([date(2025, 9, 1), date(2024, 7, 1)], ["2024-07-01", "2025-09-01"]),
    ],
)
def test_versions_in_force_are_those_of_the_months_looked_at(dates: list[date], in_force: list[str]) -> None:
    rows = plant()
    row = coal(rows)
    rows["plan"].remove(row)
    rows["plan"] += [row | {"valid_from": day} for day in dates]
    found = context(rows)
    (subject,) = [s for s in found.subjects if s.name == "fuel_consumed:bituminous" and s.facility == "k1"]
    assert [str(r["valid_from"]) for r in rows_for(found, subject)] == in_force


def test_a_version_of_the_second_half_is_not_in_force_in_the_first() -> None:
    rows = plant()
    rows["plan"].append(coal(rows) | {"valid_from": date(2025, 7, 1), "instrument_id": "i_p"})
    assert failed(rows, "plan.instrument", through="2025-06") == []
    assert failed(rows, "plan.instrument") == [("c_k1", "i_c", "2025")]


def test_the_row_of_the_item_goes_before_the_row_for_all() -> None:
    rows = plant()
    rows["plan"].append(coal(rows) | {"item": None, "valid_from": date(2025, 3, 1), "record_frequency": "daily"})
    found = context(rows)
    (subject,) = [s for s in found.subjects if s.name == "fuel_consumed:bituminous" and s.facility == "k1"]
    assert [r["item"] for r in rows_for(found, subject)] == [None, "bituminous"]
    assert failed(rows, "plan.frequency") == []


# instrument


def test_another_instrument_than_planned_is_told_with_both_names() -> None:
    rows = plant()
    coal(rows)["instrument_id"] = "i_p"
    (found,) = [r for r in results(context(rows), "plan.instrument") if r.outcome == "not_satisfied"]
    assert (found.stream, found.source, found.detail["planned"]) == ("c_k1", "i_c", "i_p")


def test_a_version_that_was_followed_before_the_year_is_not_held_against_practice() -> None:
    rows = plant()
    rows["plan"].append(coal(rows) | {"valid_from": date(2023, 1, 1), "instrument_id": "i_p"})
    assert failed(rows, "plan.instrument") == []


def test_a_plan_without_an_instrument_cannot_be_held_against_practice() -> None:
    rows = plant()
    coal(rows)["instrument_id"] = None
    assert [r.stream for r in results(context(rows), "plan.instrument")] == ["p_k1"]


# frequency


@pytest.mark.parametrize(
    ("planned", "outcome"),
    [
        ("yearly", "satisfied"),
        ("monthly", "satisfied"),
        ("batch", "not_satisfied"),
        ("daily", "not_satisfied"),
        ("continuous", "not_satisfied"),
    ],
)
def test_monthly_records_are_held_against_what_was_planned(planned: str, outcome: str) -> None:
    rows = plant()
    coal(rows)["record_frequency"] = planned
    found = [r for r in results(context(rows), "plan.frequency") if r.stream == "c_k1" and r.source == "s_c_ledger"]
    assert [r.outcome for r in found] == [outcome]


def test_batches_serve_a_monthly_plan() -> None:
    assert ("satisfied", "2025") in outcomes(context(plant()), "plan.frequency")
    rows = plant()
    pick(rows, "plan", parameter="fuel_ncv", facility_id="k1")["record_frequency"] = "daily"
    assert failed(rows, "plan.frequency") == [("c_k1", "s_ncv", "2025")]


def test_without_records_frequency_is_not_evaluated() -> None:
    rows = plant()
    rows["deducted_materials"] = []
    found = [r for r in results(context(rows), "plan.frequency") if r.stream == "m_k1"]
    assert [(r.outcome, r.message) for r in found] == [("not_evaluated", "plan.frequency.unknown")]


def with_meter(register: str, readings: int, step: timedelta) -> Rows:
    rows = plant()
    rows["streams"].append({"stream_id": "e_k1", "unit": "MWh", "facility_id": "k1", "parameter": "electricity_mwh"})
    rows["instruments"].append({"instrument_id": "i_e", "kind": "electricity_meter"})
    rows["sources"].append(
        {
            "source_id": "s_e",
            "stream_id": "e_k1",
            "records": "meter_readings",
            "rank": 1,
            "derives_from": "none",
            "instrument_id": "i_e",
        }
    )
    rows["meter_readings"] = [
        {
            "instrument_id": "i_e",
            "register": name,
            "read_at": datetime(2025, 1, 1) + i * step,
            "reading": i,
            "state": "normal",
        }
        for i in range(readings)
        for name in register.split()
    ]
    return rows


@pytest.mark.parametrize("register", ["total", "peak valley"])
@pytest.mark.parametrize(
    ("readings", "step", "expected"),
    [
        (366, timedelta(days=1), "daily"),
        (184, timedelta(days=2), "daily"),
        (183, timedelta(days=2), "monthly"),
        (1, timedelta(1), ""),
    ],
)
def test_readings_are_daily_where_they_cover_more_than_half_of_the_days(
    register: str, readings: int, step: timedelta, expected: str
) -> None:
    found = context(with_meter(register, readings, step))
    assert recorded(found, found.flow.sources["s_e"]) == expected


def test_frequencies_are_ordered_and_every_named_table_has_one() -> None:
    assert (
        FREQUENCIES.index("daily")
        > FREQUENCIES.index("batch")
        > FREQUENCIES.index("monthly")
        > FREQUENCIES.index("yearly")
    )
    assert set(RECORDED.values()) <= set(FREQUENCIES)


def test_a_subject_reported_on_two_tracks_is_looked_at_once() -> None:
    rows = plant()
    names = [(r.facility, r.stream) for r in results(context(rows), "plan.completeness")]
    assert len(names) == len(set(names))
    assert isinstance(context(rows).subjects[0], Subject)


@pytest.mark.parametrize(("readings", "expected"), [(61, "monthly"), (62, "daily")])
def test_half_of_the_days_is_not_daily(readings: int, expected: str) -> None:
    found = context(with_meter("total", readings, timedelta(days=1)), through="2025-04")  # 120 days
    assert recorded(found, found.flow.sources["s_e"]) == expected


def test_what_is_not_reported_need_not_be_planned() -> None:
    rows = plant()
    rows["plan"] = [row for row in rows["plan"] if row["parameter"] != "deducted_material_t"]
    assert failed(rows, "plan.completeness") == [("deducted_material_t:carbide_slag", "plan", "2025")]
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] != "deducted_material_t"]
    assert failed(rows, "plan.completeness") == []
