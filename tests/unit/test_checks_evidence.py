"""支撑材料本身：缺陷、重复单据、粘贴的月份，以及规则包无法安放的数据。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import row as hand_row
from tests.unit.small_plant import Rows, case, context, keys, outcomes, pick, plant, reported, results, verification
from verifierkit import record
from verifierkit.case import Defect
from verifierkit.checks import build_context
from verifierkit.checks.texts import text
from verifierkit.periods import month_bounds
from verifierkit.readers.rows import Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.verification import run_checks

# defects of the readers


def defect(table: str, column: str, **cells: Any) -> Defect:
    found = hand_row(table, 4, **cells)
    return Defect(found.cell(column), table, column, "数", "约5", found)


@pytest.mark.parametrize(
    ("faulty", "key"),
    [
        (defect("monthly_values", "value", source_id="s_p", month="2025-03"), ("k1", "2025-03", "p_k1", "s_p")),
        (
            defect("stock_counts", "quantity_t", node_id="n_silo", counted_on=date(2025, 3, 31)),
            ("", "2025-03", "n_silo", "stock_counts"),
        ),
        (defect("reported", "value", facility_id="k1", data_year=2025), ("k1", "2025", "reported", "reported")),
        (
            defect("pot_operation", "ae_minutes", facility_id="k1", month="2025-03"),
            ("k1", "2025-03", "pot_operation", "pot_operation"),
        ),
    ],
)
def test_a_defect_is_put_on_its_source_node_or_table(faulty: Defect, key: tuple[str, ...]) -> None:
    held = case(plant())
    held.defects.append(faulty)
    found = [r for r in run_checks(build_context(held)) if r.rule == "evidence.defect"]
    assert [(r.facility, r.when, r.stream, r.source) for r in found] == [key]
    assert found[0].outcome == "not_satisfied"
    assert str(faulty.place) in text(build_context(held), found[0])["zh"]


def test_a_defect_of_a_later_month_is_not_seen_in_a_part_year() -> None:
    held = case(plant(), through="2025-06")
    held.defects.append(defect("monthly_values", "value", source_id="s_p", month="2025-07"))
    assert outcomes(build_context(held), "evidence.defect") == [("satisfied", "2025")]
    held.defects.append(defect("monthly_values", "value", source_id="s_p", month="2025-06"))
    assert outcomes(build_context(held), "evidence.defect") == [("not_satisfied", "2025-06")]


@pytest.mark.parametrize(
    ("value", "faulty"), [("1e15", False), ("1.1e15", True), ("1e-15", False), ("9e-16", True), ("0", False)]
)
def test_numbers_beyond_any_plant_are_defects(value: str, faulty: bool) -> None:
    reading = Reading()
    facility = hand_row("facilities", 0, facility_id="k1", name="a", kind="clinker_line")
    reading.tables["facilities"] = [facility]
    reading.tables["raw_meal_ratios"] = [
        hand_row("raw_meal_ratios", 0, facility_id="k1", month="2025-01", ratio=Decimal(value))
    ]
    check_soundness(reading, year=2025)
    assert [found.column for found in reading.defects] == (["ratio"] if faulty else [])
    assert (reading.tables["raw_meal_ratios"][0]["ratio"] is None) is faulty


# what the packs cannot place


def misfit(rows: Rows, **meta: Any) -> list[tuple[str, str, str, str]]:
    found = results(context(rows, **meta), "evidence.defect")
    return [(r.facility, r.when, r.source, r.detail["found_words"]) for r in found if r.outcome == "not_satisfied"]


def test_an_unknown_parameter_is_a_defect_and_not_lost() -> None:
    rows = plant()
    rows["reported"].append(reported(rows, "clinker_produced_t", "2025-04") | {"parameter": "clinker_prodused_t"})
    assert misfit(rows) == [("k1", "2025-04", "reported", "'clinker_prodused_t'")]
    assert keys(rows) == [("evidence.defect", "k1", "2025-04", "reported", "reported")]


def test_a_figure_at_a_facility_that_does_not_carry_it_is_a_defect() -> None:
    rows = plant()
    rows["reported"].append(reported(rows, "clinker_produced_t", "2025-04") | {"facility_id": "ent"})
    assert misfit(rows) == [("ent", "2025-04", "reported", "ent (entity)")]


def test_an_item_of_a_figure_that_has_none_is_a_defect() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["item"] = "white"
    assert misfit(rows) == [("k1", "2025-04", "reported", "'white'")]
    assert ("completeness.parameter", "k1", "2025-04", "clinker_produced_t", "reported") in {
        (r.rule, r.facility, r.when, r.stream, r.source)
        for r in run_checks(context(rows))
        if r.outcome == "not_satisfied"
    }


@pytest.mark.parametrize("unit", ["MWh", "天知道"])
def test_a_reported_unit_that_does_not_fit_is_a_defect_and_the_value_missing(unit: str) -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["unit"] = unit
    assert misfit(rows) == [("k1", "2025-04", "reported", repr(unit))]
    assert ("not_evaluated", "2025") in outcomes(context(rows), "chain.year")


def test_a_reported_unit_that_converts_is_no_defect() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04").update(unit="10^4 t", value=Decimal("0.8"))
    assert keys(rows) == []


def test_last_years_closing_stock_is_a_legal_name() -> None:
    rows = plant()
    base = {
        "track": "facility",
        "facility_id": "k1",
        "parameter": "closing_stock_t",
        "item": "n_yard",
        "value": 5,
        "unit": "t",
    }
    rows["reported"].append(base | {"data_year": 2024})
    assert misfit(rows) == []
    rows["reported"].append(base | {"data_year": 2025})
    assert misfit(rows) == [("k1", "2025", "reported", "'closing_stock_t'")]


def test_last_years_figures_of_another_edition_are_a_notice() -> None:
    rows = plant()
    row = reported(rows, "clinker_produced_t", None) | {"parameter": "kiln_dust_t", "data_year": 2024}
    rows["reported"] += [row, row | {"month": "2024-05"}]
    assert keys(rows) == []
    (notice,) = record.render(verification(rows))["notices"]
    assert "kiln_dust_t" in notice["text"]["zh"]
    assert "2 figures" in notice["text"]["en"]


def test_a_track_without_a_pack_is_a_notice() -> None:
    found = context(plant(), packs={"facility": "cement-2024"})
    (notice,) = found.notices
    assert "entity" in notice.en
    assert str(sum(row["track"] == "entity" for row in plant()["reported"])) in notice.en


@pytest.mark.parametrize("unit", ["MWh", "天知道"])
def test_a_record_in_a_unit_that_does_not_convert_is_one_defect_per_month(unit: str) -> None:
    rows = plant()
    for month in ("2025-04", "2025-05"):
        pick(rows, "monthly_values", source_id="s_p", month=month)["unit"] = unit
    assert misfit(rows) == [("k1", month, "s_p", repr(unit)) for month in ("2025-04", "2025-05")]
    assert keys(rows) == [("evidence.defect", "k1", "2025-04/2025-05", "p_k1", "s_p")]


@pytest.mark.parametrize("unit", ["车", "MWh"])
def test_a_stream_in_a_unit_that_does_not_fit_its_figure_is_a_defect(unit: str) -> None:
    rows = plant()
    pick(rows, "streams", stream_id="p_k1")["unit"] = unit
    assert ("k1", "2025", "streams", repr(unit)) in misfit(rows)


def test_a_deposit_in_another_kind_of_unit_is_a_defect_and_not_compared() -> None:
    rows = plant()
    pick(rows, "deposits", parameter="clinker_produced_t", month="2025-04")["unit"] = "MWh"
    assert misfit(rows) == [("k1", "2025-04", "deposits", "'MWh'")]
    found = [r for r in results(context(rows), "deposit.ledger") if r.outcome == "not_evaluated"]
    assert [r.when for r in found] == ["2025-04"]
    assert "未能评价" in text(context(rows), found[0])["zh"]


# duplicates


def with_tickets(*tickets: tuple[str, date | None]) -> Rows:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_t", "stream_id": "c_k1", "records": "tickets", "rank": 3, "derives_from": "none"}
    )
    rows["tickets"] = [{"source_id": "s_t", "ticket_no": n, "weighed_on": day, "net_t": 30} for n, day in tickets]
    return rows


def duplicates(rows: Rows, **more: Any) -> list[tuple[str, str, str]]:
    found = results(context(rows, **more), "evidence.duplicate")
    return [(r.outcome, r.when, r.detail.get("number", "")) for r in found if r.source in ("s_t", "s_x")]


def test_a_number_once_is_satisfied_and_twice_fails_in_the_later_month() -> None:
    days = (date(2025, 3, 5), date(2025, 4, 2))
    assert duplicates(with_tickets(("1", days[0]), ("2", days[1]))) == [("satisfied", "2025", "")]
    assert duplicates(with_tickets(("1", days[0]), ("1", days[1]))) == [("not_satisfied", "2025-04", "1")]


def test_each_number_that_stands_twice_is_told() -> None:
    day = date(2025, 3, 5)
    found = duplicates(with_tickets(("1", day), ("1", day), ("1", day), ("2", day), ("2", day)))
    assert found == [("not_satisfied", "2025-03", "1"), ("not_satisfied", "2025-03", "2")]


def test_duplicates_of_later_months_are_not_seen_in_a_part_year() -> None:
    rows = with_tickets(("1", date(2025, 7, 1)), ("1", date(2025, 7, 1)))
    assert duplicates(rows, through="2025-06") == [("satisfied", "2025-01/2025-06", "")]
    assert duplicates(rows, through="2025-07") == [("not_satisfied", "2025-07", "1")]


def test_documents_in_transit_are_dated_by_dispatch_and_without_any_date_by_the_year() -> None:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_x", "stream_id": "c_k1", "records": "transactions", "rank": 3, "derives_from": "none"}
    )
    document = {
        "source_id": "s_x",
        "doc_no": "1",
        "kind": "purchase",
        "weighed_t": 5,
        "dispatched_on": date(2025, 3, 5),
    }
    rows["transactions"] = [document, dict(document)]
    assert duplicates(rows) == [("not_satisfied", "2025-03", "1")]
    for row in rows["transactions"]:
        row["dispatched_on"] = None
    assert duplicates(rows) == [("not_satisfied", "2025", "1")]


def test_a_bill_line_that_stands_twice_is_a_duplicate_and_two_registers_are_not() -> None:
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_x", "stream_id": "c_k1", "records": "settlement_bills", "rank": 3, "derives_from": "none"}
    )
    line = {
        "source_id": "s_x",
        "bill_no": "B1",
        "instrument_id": "m",
        "period_start": date(2025, 3, 1),
        "period_end": date(2025, 3, 31),
    }
    rows["settlement_bills"] = [line | {"register": name, "total_kwh": 5} for name in ("peak", "valley")]
    assert duplicates(rows) == [("satisfied", "2025", "")]
    rows["settlement_bills"].append(line | {"register": "peak", "total_kwh": 5})
    assert [found[:2] for found in duplicates(rows)] == [("not_satisfied", "2025-03")]


def test_a_ticket_counted_twice_in_the_ledger_carries_its_tonnes() -> None:
    rows = plant()
    pick(rows, "sources", source_id="s_c_record")["records"] = "tickets"
    rows["tickets"] = [
        {"source_id": "s_c_record", "ticket_no": f"{row['month']}-{i}", "weighed_on": month_bounds(row["month"])[0], "net_t": 600}
        for row in rows["monthly_values"] if row["source_id"] == "s_c_record"
        for i in range(2)
    ]  # fmt: skip
    rows["monthly_values"] = [row for row in rows["monthly_values"] if row["source_id"] != "s_c_record"]
    assert keys(rows) == []
    rows["tickets"].append(dict(rows["tickets"][0]))
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-01")["value"] += 600
    reported(rows, "fuel_consumed", "2025-01")["value"] += 600
    found = verification(rows)
    (duplicate,) = [f for f in found.findings if f.key.rule == "evidence.duplicate"]
    assert [r.rule for r in duplicate.explains] == ["chain.ledger"]
    assert list(duplicate.deltas.values()) == [-600]


# pasted months


def with_days(*months: tuple[str, int]) -> Rows:
    """A daily log whose months hold the values 1, 2, 3 ... shifted by a number."""
    rows = plant()
    rows["sources"].append(
        {"source_id": "s_d", "stream_id": "c_k1", "records": "daily_values", "rank": 3, "derives_from": "none"}
    )
    rows["daily_values"] = []
    for month, shift in months:
        start, end = month_bounds(month)
        rows["daily_values"] += [
            {"source_id": "s_d", "day": start + timedelta(days=i), "value": i + shift, "unit": "t"}
            for i in range((end - start).days)
        ]
    return rows


def pasted(rows: Rows, **more: Any) -> list[tuple[str, str, str]]:
    found = results(context(rows, **more), "evidence.pasted")
    return [(r.outcome, r.when, r.detail.get("copied_from", "")) for r in found if r.source == "s_d"]


def test_a_month_equal_to_an_earlier_one_is_pasted_also_when_it_is_shorter() -> None:
    found = pasted(with_days(("2025-01", 0), ("2025-02", 0), ("2025-03", 5)))
    assert found == [("not_satisfied", "2025-02", "2025-01")]


def test_one_different_day_is_no_paste() -> None:
    rows = with_days(("2025-01", 0), ("2025-02", 0))
    rows["daily_values"][40]["value"] += Decimal("0.01")
    assert pasted(rows) == [("satisfied", "2025", "")]


@pytest.mark.parametrize(("distinct", "outcome"), [(1, "satisfied"), (2, "satisfied"), (3, "not_satisfied")])
def test_months_of_one_or_two_values_prove_nothing(distinct: int, outcome: str) -> None:
    rows = with_days(("2025-01", 0), ("2025-02", 0))
    for row in rows["daily_values"]:
        row["value"] = Decimal(row["day"].day % distinct)
    assert [found[0] for found in pasted(rows)] == [outcome]


def test_a_paste_of_a_later_month_is_not_seen_in_a_part_year() -> None:
    rows = with_days(("2025-01", 0), ("2025-08", 0))
    assert pasted(rows, through="2025-07") == [("satisfied", "2025-01/2025-07", "")]
    assert pasted(rows, through="2025-08") == [("not_satisfied", "2025-08", "2025-01")]
