"""核查组按保守性原则测算的数值：方向、月份、测算人、理由；与填报值并列，不替代核查值。"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import Rows, context, keys, outcomes, plant, results, verification
from verifierkit import record
from verifierkit.checks.texts import text
from verifierkit.documents.blocks import block_spans, plain
from verifierkit.documents.parameters import parameter_blocks
from verifierkit.documents.report import report_blocks
from verifierkit.documents.view import View

RULE = "determined.value"
TEAM = [{"name": "王组长", "role": "lead"}]
# coal of April: scale not calibrated, 1200 × (1 + 0.005) = 1206.00
COAL: dict[str, Any] = {
    "value_id": "d1", "track": "facility", "facility_id": "k1", "parameter": "fuel_consumed", "item": "bituminous",
    "month_from": "2025-04", "month_to": "2025-04", "rule": "not_calibrated", "formula": "1200.00 × (1 + 0.5 %)",
    "source": "煤秤台账", "direction": "up", "value": Decimal("1206.00"), "unit": "t", "author": "王组长",
    "reason": "检定过期", "evidence": "检定证书",
}  # fmt: skip
CO2_PER_T = Decimal("22.000") * Decimal("0.02618") * Decimal("0.99") * 44 / 12


def with_values(*values: dict[str, Any]) -> Rows:
    rows = plant()
    rows["conservative_values"] = list(values)
    return rows


def found_keys(rows: Rows) -> list[tuple[str, ...]]:
    """Keys of the findings of the rule; a team of one has findings of other rules."""
    return [key for key in keys(rows, team=TEAM) if key[0] == RULE]


def words(rows: Rows) -> list[str]:
    found = context(rows, team=TEAM)
    return [text(found, result)["zh"] for result in results(found, RULE) if result.outcome == "not_satisfied"]


def test_a_plant_without_such_values_has_no_result() -> None:
    assert results(context(plant(), team=TEAM), RULE) == []


def test_a_sound_value_is_satisfied_and_gives_no_finding() -> None:
    assert outcomes(context(with_values(COAL), team=TEAM), RULE) == [("satisfied", "2025-04")]
    assert keys(with_values(COAL), team=TEAM) == keys(plant(), team=TEAM)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": Decimal("1194.00"), "direction": "down"}, "不符合保守方向"),
        ({"direction": "down"}, "方向与测算值"),
        ({"month_to": "2025-13"}, "月份不明确"),
        ({"month_from": "2025-05"}, "月份不明确"),
        ({"month_to": None}, "月份不明确"),
        ({"author": "外人"}, "不在核查组名单"),
        ({"author": None}, "不在核查组名单"),
        ({"reason": " "}, "缺少理由"),
        ({"formula": None, "evidence": None}, "缺少计算公式、依据文件"),
        ({"rule": None}, "缺少适用情形"),
        ({"parameter": "fuel_co2_t"}, "不能直接测算"),
        ({"parameter": "coal_burnt"}, "不能直接测算"),
        ({"unit": "GJ"}, "不能直接测算"),
    ],
)
def test_a_fault_is_a_finding(change: dict[str, Any], said: str) -> None:
    rows = with_values(COAL | change)
    assert any(said in sentence for sentence in words(rows))
    (found,) = found_keys(rows)
    name = change.get("parameter", "fuel_consumed")
    assert (found[0], found[1], found[3], found[4]) == (RULE, "k1", f"{name}:bituminous", "d1")


@pytest.mark.parametrize(
    ("parameter", "item", "unit", "down", "up"),
    [
        ("clinker_produced_t", None, "t", "7960.00", "8040.00"),  # production goes down
        ("deducted_material_t", "carbide_slag", "t", "99.50", "100.50"),  # so does what is deducted
    ],
)
def test_production_and_deducted_material_go_down(
    parameter: str, item: str | None, unit: str, down: str, up: str
) -> None:
    row = COAL | {"parameter": parameter, "item": item, "unit": unit, "value": Decimal(down), "direction": "down"}
    assert words(with_values(row)) == []
    wrong = words(with_values(row | {"value": Decimal(up), "direction": "up"}))
    assert len(wrong) == 1
    assert "不高于报告值" in wrong[0]


def test_two_values_for_one_month_are_told() -> None:
    other = COAL | {"value_id": "d2", "month_to": "2025-06", "value": Decimal("3610.00")}
    assert any("覆盖同一月份" in sentence for sentence in words(with_values(COAL, other)))


def test_without_a_reported_value_the_direction_is_not_evaluated() -> None:
    rows = with_values(COAL)
    rows["reported"] = [
        row for row in rows["reported"]
        if (row["parameter"], row["month"], row["data_year"]) != ("fuel_consumed", "2025-04", 2025)
    ]  # fmt: skip
    assert outcomes(context(rows, team=TEAM), RULE) == [("not_evaluated", "2025-04")]


# beside the reported value, never in its place


def test_the_verified_figures_stay_and_the_totals_stand_in_a_column_of_their_own() -> None:
    without, made = (record.render(verification(rows, team=TEAM)) for rows in (plant(), with_values(COAL)))
    assert made["totals"] == without["totals"]
    assert made["effects"] == without["effects"]
    line, entity = made["determined"]["totals"]
    gained = Decimal(line["determined"]) - Decimal(line["verified"])
    assert gained == (
        (Decimal(1206) * CO2_PER_T).quantize(Decimal("0.01")) - (Decimal(1200) * CO2_PER_T).quantize(Decimal("0.01"))
    )
    assert Decimal(entity["determined"]) >= Decimal(entity["verified"]) + 12
    assert without["determined"] == {"values": [], "totals": []}


def test_a_total_over_several_months_is_shared_by_them() -> None:
    row = COAL | {"month_to": "2025-06", "value": Decimal("3618.01")}
    made = record.render(verification(with_values(row), team=TEAM))
    line = made["determined"]["totals"][0]
    parts = (Decimal("1206.00"), Decimal("1206.00"), Decimal("1206.01"))
    expected = sum((part * CO2_PER_T).quantize(Decimal("0.01")) for part in parts)
    base = 3 * (Decimal(1200) * CO2_PER_T).quantize(Decimal("0.01"))
    assert Decimal(line["determined"]) - Decimal(line["verified"]) == expected - base
    (value,) = made["determined"]["values"]
    assert (value["reported"], value["verified"], value["determined"]) == ("3600.00", "3600.00", "3618.01")


def test_a_factor_holds_in_each_month_that_it_names() -> None:
    row = COAL | {"parameter": "fuel_ncv", "unit": "GJ/t", "month_to": "2025-05", "value": Decimal("23.000")}
    made = record.render(verification(with_values(row), team=TEAM))
    line = made["determined"]["totals"][0]
    one = (Decimal(1200) * CO2_PER_T / 22 * 23).quantize(Decimal("0.01")) - (Decimal(1200) * CO2_PER_T).quantize(
        Decimal("0.01")
    )
    assert Decimal(line["determined"]) - Decimal(line["verified"]) == 2 * one


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_block_of_the_parameter_shows_all_three(language: str) -> None:
    made = record.render(verification(with_values(COAL), team=TEAM))
    block = next(row for row in made["parameters"] if row["parameter"] == "fuel_consumed")
    assert [row["id"] for row in block["determined"]] == ["d1"]
    view = View(made, language)
    shown = " ".join(plain(spans) for part in parameter_blocks(view, block) for spans in block_spans(part))
    for said in ("1,206.00", "1,200.00", "检定过期", "王组长", "1200.00 × (1 + 0.5 %)"):
        assert said in shown
    other = next(row for row in made["parameters"] if row["parameter"] == "clinker_produced_t")
    assert other["determined"] == []


def test_the_final_report_sets_the_totals_apart() -> None:
    made = record.render(verification(with_values(COAL), team=TEAM)) | {"draft": False}
    captions = [plain(part.caption) for part in report_blocks(made, "zh") if hasattr(part, "caption")]
    assert any("单列，不替代核查值" in caption for caption in captions)
    without = record.render(verification(plant(), team=TEAM)) | {"draft": False}
    captions = [plain(part.caption) for part in report_blocks(without, "zh") if hasattr(part, "caption")]
    assert not any("测算" in caption for caption in captions)
