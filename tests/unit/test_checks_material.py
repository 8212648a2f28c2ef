"""扣减原料、盘库调整、料耗比、转录。"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import MONTHS, Rows, context, keys, outcomes, pick, plant, results, verification
from verifierkit.checks.base import Result
from verifierkit.emissions import Key

SLAG = Key("facility", "deducted_material_t", "k1", "carbide_slag", "2025-04")


def failed(rows: Rows, rule: str, **more: Any) -> list[Result]:
    return [r for r in results(context(rows, **more), rule) if r.outcome == "not_satisfied"]


def slag(rows: Rows, month: str = "2025-04") -> dict[str, Any]:
    return pick(rows, "deducted_materials", source_id="s_m", month=month)


# the mill that a material enters


@pytest.mark.parametrize(("enters", "wrong"), [("raw_mill", False), ("kiln", False), ("cement_mill", True)])
def test_what_enters_the_cement_mill_is_not_deducted(enters: str, wrong: bool) -> None:
    rows = plant()
    slag(rows)["enters"] = enters
    found = failed(rows, "material.mill")
    assert [(r.when, r.stream, r.source, r.deltas) for r in found] == (
        [("2025-04", "m_k1", "s_m", ((SLAG, Decimal("-100.00")),))] if wrong else []
    )


def test_nothing_used_is_nothing_deducted() -> None:
    rows = plant()
    slag(rows).update(enters="cement_mill", wet_t=0, dry_t=0)
    assert failed(rows, "material.mill") == []


def test_taking_a_deduction_out_raises_the_emission() -> None:
    rows = plant()
    slag(rows)["enters"] = "cement_mill"
    found = verification(rows)
    assert [f.key.rule for f in found.findings] == ["material.mill"]
    assert found.effects[0]["facility"] == Decimal("48.00")  # 100 t at 0.48


# moisture


@pytest.mark.parametrize(
    ("dry", "wrong"), [("100.00", False), ("100.01", True), ("99.99", True), ("125", True), ("100", False)]
)
def test_dry_tonnes_are_wet_times_one_minus_moisture_to_the_last_digit(dry: str, wrong: bool) -> None:
    rows = plant()
    slag(rows)["dry_t"] = Decimal(dry)
    found = failed(rows, "material.moisture")
    assert [r.when for r in found] == (["2025-04"] if wrong else [])
    if wrong:
        assert found[0].deltas == ((SLAG, 100 - Decimal(dry)),)
        assert found[0].hint == ("hint.wet" if dry == "125" else "")


@pytest.mark.parametrize("missing", ["wet_t", "moisture_fraction"])
def test_without_wet_tonnes_or_moisture_nothing_is_recomputed(missing: str) -> None:
    rows = plant()
    slag(rows)[missing] = None
    months = [month for r in results(context(rows), "material.moisture") for month in r.months]
    assert "2025-04" not in months
    assert len(months) == 11


def test_a_material_that_is_taken_out_whole_is_not_corrected_twice() -> None:
    rows = plant()
    slag(rows).update(enters="cement_mill", dry_t=Decimal(125))
    both = failed(rows, "material.mill") + failed(rows, "material.moisture")
    assert sum((amount for r in both for _, amount in r.deltas), Decimal(0)) == -125


# survey adjustments


def with_survey(adjustment: Any, *, booked: Any) -> Rows:
    rows = plant()
    rows["stock_counts"] = [
        {"node_id": "n_yard", "counted_on": date(2025, 4, 30), "quantity_t": 500, "adjustment_t": adjustment}
    ]
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-04")["value"] += Decimal(booked)
    return rows


@pytest.mark.parametrize(
    ("adjustment", "booked", "wrong"),
    [("25", "25", True), ("25", "-25", True), ("-25", "25", True), ("25", "24.99", False), ("25", "0", False)],
)
def test_an_adjustment_booked_in_the_ledger_as_well_is_told(adjustment: str, booked: str, wrong: bool) -> None:
    rows = with_survey(Decimal(adjustment), booked=booked)
    found = failed(rows, "survey.adjustment")
    assert [(r.stream, r.when) for r in found] == ([("n_yard", "2025-04")] if wrong else [])
    if wrong:
        assert [amount for _, amount in found[0].deltas] == [-Decimal(booked)]


def test_the_adjustment_takes_the_difference_of_the_ledger_over() -> None:
    rows = with_survey(Decimal(25), booked="25")
    assert ("survey.adjustment", "", "2025-04", "n_yard", "stock_counts") in keys(rows)
    assert "chain.ledger" not in {key[0] for key in keys(rows)}


def test_an_adjustment_in_a_later_month_is_not_seen_in_a_part_year() -> None:
    assert results(context(with_survey(Decimal(25), booked="25"), through="2025-03"), "survey.adjustment") == []


# raw-meal ratio


def with_ratios(*ratios: str, source: bool = True, reports: bool = True) -> Rows:
    rows = plant()
    if source:
        rows["sources"].append(
            {"source_id": "s_f", "stream_id": "p_k1", "records": "feed_over_ratio", "rank": 3, "derives_from": "none"}
        )
    if source and reports:
        pick(rows, "sources", source_id="s_p")["derives_from"] = "s_f"
    rows["raw_meal_ratios"] = [
        {"facility_id": "k1", "month": month, "ratio": Decimal(ratio)}
        for month, ratio in zip(MONTHS, ratios, strict=False)
    ]
    return rows


@pytest.mark.parametrize(
    ("ratios", "outcome"),
    [
        (["1.55"] * 12, "not_satisfied"),
        (["1.55"] * 3, "not_satisfied"),
        (["1.55"] * 2, "not_evaluated"),
        (["1.55"] * 11 + ["1.56"], "satisfied"),
        (["1.55", "1.550", "1.5500"], "not_satisfied"),
    ],
)
def test_a_ratio_that_never_moves_is_asked_about(ratios: list[str], outcome: str) -> None:
    assert outcomes(context(with_ratios(*ratios)), "ratio.fixed") == [(outcome, "2025")]


@pytest.mark.parametrize("more", [{"source": False}, {"reports": False}], ids=["no source", "a cross-check only"])
def test_a_ratio_that_gives_no_reported_output_is_not_asked_about(more: dict[str, bool]) -> None:
    assert results(context(with_ratios(*["1.55"] * 12, **more)), "ratio.fixed") == []


# transcription


def with_keyed(*cells: dict[str, Any]) -> Rows:
    rows = plant()
    base = {"file": "扫描.pdf", "page": 1, "label": "产量", "value": "8000", "keyed_by": "甲", "ticked_by": "乙"}
    rows["transcriptions"] = [base | cell for cell in cells]
    return rows


@pytest.mark.parametrize(
    ("ticked", "outcome"),
    [("乙", "satisfied"), (None, "not_satisfied"), ("", "not_satisfied"), ("甲", "not_satisfied")],
)
def test_a_second_person_ticks_what_was_keyed(ticked: str | None, outcome: str) -> None:
    assert outcomes(context(with_keyed({"ticked_by": ticked})), "transcription.tick") == [(outcome, "2025")]


def test_open_figures_of_a_file_are_counted_together() -> None:
    rows = with_keyed({"ticked_by": None, "label": "甲"}, {}, {"ticked_by": None, "label": "乙"})
    (found,) = failed(rows, "transcription.tick")
    assert (found.detail["count"], found.detail["label"], len(found.places)) == ("2", "甲; 乙", 2)


@pytest.mark.parametrize(("value", "wrong"), [("8000", False), ("8,000.00", False), ("8001", True), ("八千", True)])
def test_a_keyed_figure_is_held_against_its_cell(value: str, wrong: bool) -> None:
    cell = {"value": value, "table": "monthly_values", "row_key": "s_p|2025-04", "column": "value"}
    found = failed(with_keyed(cell), "transcription.tick")
    assert [r.message for r in found] == (["transcription.tick.differs"] if wrong else [])


@pytest.mark.parametrize(("value", "wrong"), [("t", False), ("kg", True)])
def test_a_keyed_word_is_held_against_its_cell(value: str, wrong: bool) -> None:
    cell = {"value": value, "table": "monthly_values", "row_key": "s_p|2025-04", "column": "unit"}
    assert (failed(with_keyed(cell), "transcription.tick") != []) is wrong


@pytest.mark.parametrize(
    "where", [{"table": "no_table"}, {"column": "no_column"}, {"row_key": "s_p|2025-13"}, {"table": None}]
)
def test_a_keyed_figure_that_names_no_cell_is_only_ticked(where: dict[str, Any]) -> None:
    cell = {"value": "7", "table": "monthly_values", "row_key": "s_p|2025-04", "column": "value"} | where
    assert outcomes(context(with_keyed(cell)), "transcription.tick") == [("satisfied", "2025")]


def test_months_that_conform_are_told_without_the_wrong_one() -> None:
    rows = plant()
    slag(rows).update(enters="cement_mill", dry_t=Decimal(99))
    for rule in ("material.mill", "material.moisture"):
        assert sorted(outcomes(context(rows), rule)) == [
            ("not_satisfied", "2025-04"),
            ("satisfied", "2025-01/2025-03;2025-05/2025-12"),
        ]
