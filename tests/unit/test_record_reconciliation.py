"""核查记录中的联合拟合部分：疑点、原因、概率、影响，哪些分不开，哪些查不出；图与表只展示记录。"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support import simulated, verified
from tests.unit.small_plant import plant, verification
from verifierkit import record
from verifierkit.cli_reconcile import summary
from verifierkit.documents.charts import svg
from verifierkit.documents.joint_pictures import KINDS
from verifierkit.papers.joint_tables import JOINT_TABLES, joint_summary
from verifierkit.papers.showing import show
from verifierkit.papers.tables import findings as findings_table
from verifierkit.record.explanations import SHOWS_CAUSES
from verifierkit.record.verdicts import causes_in_short, chance, shown, size
from verifierkit.verification import Verification

SIX = 6


@pytest.fixture(scope="module")
def multiplied() -> Verification:
    """A cement plant whose gate check meter carries a wrong multiplier all year."""
    return verified(simulated("cement", 2025, 7001, ["gate_multiplier"]))


@pytest.fixture(scope="module")
def made(multiplied: Verification) -> dict[str, Any]:
    return record.render(multiplied)


@pytest.fixture(scope="module")
def metal() -> dict[str, Any]:
    """An aluminium plant whose crane scale reads 3 % high in July to September."""
    return record.render(verified(simulated("aluminium", 2025, 7101, ["crane_scale_high"])))


@pytest.fixture(scope="module")
def clean() -> dict[str, Any]:
    return record.render(verified(simulated("cement", 2025, 7001)))


def numbers(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ("tonnes", "reported", "low", "high", "partner", "partner_name") or isinstance(item, list):
                yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield value


# errors and explanations


def test_a_wrong_multiplier_is_named_with_its_meter_factor_and_months(made: dict[str, Any]) -> None:
    (error,) = made["reconciliation"]["errors"]
    best = error["explanations"][0]
    assert (best["kind"], best["stream"], best["source"]) == ("multiplier", "e_grid", "s_e_grid_check")
    assert (best["partner"], best["period"]) == ("1.2", "2025")
    assert Decimal(best["probability_percent"]) > 90
    assert best["places"]
    assert made["reconciliation"]["flagged"]


def test_the_size_is_what_was_planted(made: dict[str, Any]) -> None:
    best = made["reconciliation"]["errors"][0]["explanations"][0]
    sources = {row["source"]: row for row in made["reconciliation"]["sources"]}
    wrong, right = (Decimal(sources[name]["year"]) for name in ("s_e_grid_check", "s_e_grid_bill"))
    assert abs(Decimal(best["amount"]) - (wrong - right)) < wrong / 100
    months = sum(Decimal(change["amount"]) for change in best["changes"])
    assert abs(months - Decimal(best["amount"])) < 1
    assert (sources["s_e_grid_check"]["mark"], sources["s_e_grid_bill"]["mark"]) == ("suspect", "agrees")


def test_electricity_has_no_effect_under_the_pack_and_says_why(made: dict[str, Any]) -> None:
    effects = made["reconciliation"]["errors"][0]["explanations"][0]["effects"]
    assert [row["track"] for row in effects] == ["facility", "entity"]
    assert all(Decimal(row["tonnes"]) == 0 for row in effects)
    assert all(row["note"] == made["findings"][0]["effects"][0]["note"] for row in effects)
    assert all("辅助" in row["note"]["zh"] for row in effects)


def test_metal_too_high_has_the_effect_of_its_months_alone(metal: dict[str, Any]) -> None:
    best = metal["reconciliation"]["errors"][0]["explanations"][0]
    assert (best["source"], best["period"]) == ("s_p1_tap_daily", "2025-07/2025-09")
    effect = {row["track"]: Decimal(row["tonnes"]) for row in best["effects"]}
    assert effect["facility"] < 0
    assert abs(effect["entity"] - effect["facility"]) <= 1
    total = next(Decimal(row["reported"]) for row in metal["totals"] if row["track"] == "facility")
    assert abs(effect["facility"]) < total / 100


def test_what_cannot_be_told_apart_is_said(made: dict[str, Any]) -> None:
    (error,) = made["reconciliation"]["errors"]
    best = error["explanations"][0]
    assert [(row["kind"], row["source"]) for row in best["alike"]] == [("bias", "s_e_grid_check")]
    assert "无法与下列原因区分" in error["text"]["zh"]
    assert "Cannot be told apart from: the same source: constant bias over the year." in error["text"]["en"]


def test_the_sentence_names_meter_months_cause_size_effect_and_probability(made: dict[str, Any]) -> None:
    text = made["reconciliation"]["errors"][0]["text"]["en"]
    for words in ("关口副表抄表记录", ", 2025:", "wrong multiplier (×1.2)", "too high by", "MWh", "auxiliary item",
                  "conditional probability >99 %"):  # fmt: skip
        assert words in text, words


def test_a_finding_of_the_same_network_and_months_carries_the_explanations(made: dict[str, Any]) -> None:
    errors = {error["id"]: error for error in made["reconciliation"]["errors"]}
    shown_in = [row for row in made["findings"] if row["explanations"]]
    assert [row["rule"] for row in shown_in] == ["settlement.meter"]
    for finding in shown_in:
        for row in finding["explanations"]:
            assert finding["id"] in errors[row["error"]]["findings"]
            assert {key: value for key, value in row.items() if key != "error"} in errors[row["error"]]["explanations"]
    assert all(row["rule"] in SHOWS_CAUSES for row in shown_in)


def test_a_finding_of_another_rule_carries_none() -> None:
    other = record.render(verified(simulated("cement", 2025, 7001, ["gate_multiplier", "deposit_late"])))
    rows = {row["rule"]: row["explanations"] for row in other["findings"]}
    assert rows["settlement.meter"]
    assert rows["deposit.late"] == []


def test_a_clean_plant_names_no_error(clean: dict[str, Any]) -> None:
    part = clean["reconciliation"]
    assert (part["errors"], part["flagged"], part["reason"]) == ([], False, None)
    assert Decimal(part["evidence"]) <= Decimal(part["limit"])
    assert {row["mark"] for row in part["sources"]} <= {"agrees", "unchecked"}
    limit = Decimal(part["residual_limit"])
    beyond = [row for row in part["residuals"] if row["score"] and abs(Decimal(row["score"])) > limit]
    assert beyond == []


def test_a_plant_that_nothing_checks_says_why_there_is_no_fit() -> None:
    rows = plant()
    rows["sources"] = [row for row in rows["sources"] if row["stream_id"] == rows["sources"][0]["stream_id"]][:1]
    rows["stock_counts"] = []
    part = record.render(verification(rows))["reconciliation"]
    assert part["reason"]["zh"]
    assert part["reason"]["en"]
    assert part["errors"] == part["sources"] == part["residuals"] == []


# what can be known


def test_statistics_have_six_digits_and_no_floats(made: dict[str, Any]) -> None:
    part = made["reconciliation"]
    assert json.loads(json.dumps(part)) == part
    for text in numbers({key: value for key, value in part.items() if key != "errors"}):
        assert len(text.replace("-", "").replace(".", "").strip("0")) <= SIX, text


def test_the_effect_of_the_smallest_bias_grows_with_the_bias(clean: dict[str, Any]) -> None:
    sources = {row["source"]: row for row in clean["reconciliation"]["sources"]}
    output = sources["s_p_k1_daily"]
    bias, effect = Decimal(output["bias_percent"]) / 100, Decimal(output["bias_effects"][0]["tonnes"])
    own = {b["parameter"]: b for b in clean["parameters"] if b["facility"] == "k1" and b["track"] == "facility"}
    output_t, factor = own["clinker_produced_t"], own["clinker_factor_tco2_per_t"]
    factor_t = Decimal(factor["reported"] or factor["months"][0]["reported"])
    assert abs(effect - bias * Decimal(output_t["reported"]) * factor_t) < effect / 100
    assert abs(Decimal(output["bias_amount"]) - bias * Decimal(output["year"])) < 1


def test_a_source_that_feeds_no_figure_has_no_effect_and_says_why(metal: dict[str, Any]) -> None:
    sources = {row["source"]: row for row in metal["reconciliation"]["sources"]}
    rows = [row for row in sources.values() if row["bias_effects"]]
    notes = [effect["note"]["en"] for row in rows for effect in row["bias_effects"] if Decimal(effect["tonnes"]) == 0]
    assert "the source feeds no reported figure" in notes


def test_a_stream_without_a_record_is_known_by_difference(clean: dict[str, Any]) -> None:
    streams = {row["stream"]: row for row in clean["reconciliation"]["streams"]}
    figures = {row["stream"]: row for row in clean["reconciliation"]["facilities"]}
    assert streams["e_other"]["state"] == "observable"
    assert (figures["e_other"]["basis"], figures["e_other"]["measured"]) == ("difference", "")
    assert (figures["p_k1"]["basis"], streams["p_k1"]["state"]) == ("measured", "redundant")


def test_the_intensity_follows_the_ends_of_the_interval(clean: dict[str, Any]) -> None:
    figures = {row["stream"]: row for row in clean["reconciliation"]["facilities"]}
    (own,) = figures["p_k1"]["intensity"]
    assert Decimal(own["low"]) < Decimal(own["high"])
    width = (Decimal(figures["p_k1"]["high"]) - Decimal(figures["p_k1"]["low"])) / Decimal(figures["p_k1"]["measured"])
    assert (Decimal(own["high"]) - Decimal(own["low"])) / Decimal(own["reported"]) < width
    (electric,) = figures["e_k1"]["intensity"]
    assert electric["low"] == electric["high"] == electric["reported"]
    assert electric["note"]["en"]


# pictures and tables


def test_the_series_of_a_bus_sum_to_its_remainder(clean: dict[str, Any]) -> None:
    for row in clean["reconciliation"]["series"]:
        for n, left in enumerate(row["remainder"]):
            if left:
                total = sum(line["sign"] * Decimal(line["values"][n]) for line in row["lines"])
                assert abs(abs(total) - abs(Decimal(left))) <= abs(total) / 1000 + Decimal("0.01")
    bus = next(row for row in clean["reconciliation"]["series"] if row["kind"] == "bus")
    assert [line["role"] for line in bus["lines"]].count("settlement") == 1


def test_the_suspect_stands_out_alone_in_the_residuals(made: dict[str, Any]) -> None:
    part = made["reconciliation"]
    limit = Decimal(part["residual_limit"])
    beyond = {row["source"] for row in part["residuals"] if row["score"] and abs(Decimal(row["score"])) > limit}
    assert beyond == {"s_e_grid_check"}
    assert {row["source"] for row in part["residuals"] if row["suspect"]} == beyond


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", list(KINDS))
def test_a_picture_is_drawn_without_a_font_and_the_same_each_time(
    name: str, language: str, made: dict[str, Any]
) -> None:
    drawn = svg(name, made, language)
    assert drawn == svg(name, json.loads(json.dumps(made)), language)
    root = ET.fromstring(drawn)
    tags = {element.tag.split("}")[1] for element in root.iter()}
    assert "text" not in tags
    assert len(root) == len([g for g in made["reconciliation"]["groups"] if g["pieces"] or name != "joint_residuals"])
    assert "#9b2c2c" in drawn


def test_a_clean_plant_shows_no_suspect(clean: dict[str, Any]) -> None:
    assert "#9b2c2c" not in svg("joint_waterfall", clean, "zh")
    assert "#9b2c2c" not in svg("joint_residuals", clean, "zh")


def test_there_is_no_picture_where_there_is_no_fit(clean: dict[str, Any]) -> None:
    assert svg("joint_single_line", clean | {"reconciliation": {"groups": []}}, "zh") == ""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", list(JOINT_TABLES))
def test_a_table_shows_rows_in_both_languages(name: str, language: str, made: dict[str, Any]) -> None:
    page = show(name, made, language).data
    assert "<tbody><tr>" in page
    assert f">{name}<" not in page


def test_the_findings_table_has_causes_where_the_fit_gives_some(made: dict[str, Any], clean: dict[str, Any]) -> None:
    table = findings_table(made, "en")
    assert "Possible causes" in table.columns
    assert "wrong multiplier (×1.2)" in table["Possible causes"][0]
    assert "Possible causes" not in findings_table(clean, "en").columns


# words


@pytest.mark.parametrize(
    ("text", "words"), [("99.99", ">99"), ("80.4", "80"), ("0.01", "<1"), ("", "<1"), ("99.4", "99")]
)
def test_a_probability_is_never_certain(text: str, words: str) -> None:
    assert chance(text) == words


@pytest.mark.parametrize(
    ("text", "words"), [("13904.346", "13,904"), ("0.0123456", "0.01235"), ("", "-"), ("0", "0"), ("-12.30", "-12.3")]
)
def test_a_size_in_a_sentence_has_four_digits(text: str, words: str) -> None:
    assert shown(text) == words


def test_months_that_cancel_are_told_one_by_one() -> None:
    changes = [{"month": "2025-03", "amount": "5"}, {"month": "2025-04", "amount": "-5"}]
    row = {"changes": changes, "amount": "5", "unit": "MWh", "share_percent": "10"}
    assert size(row, "en") == "2025-03 too high by 5 MWh, 2025-04 too low by 5 MWh"
    assert size(row, "zh") == "2025-03 多计 5 MWh、2025-04 少计 5 MWh"


def test_causes_in_short_are_empty_where_there_are_none(made: dict[str, Any]) -> None:
    assert causes_in_short([], "zh") == ""
    told = causes_in_short(made["findings"][0]["explanations"], "zh")
    assert told.startswith("J01 >99% 倍率或互感器变比错误（×1.2）")


# between the level of the whole budget and that of a finding


def test_what_is_worth_a_question_is_told_and_is_no_finding() -> None:
    """A clean plant whose coal scales drew large errors of one sign: evidence between the two levels."""
    found = verified(simulated("cement", 2025, 28982))
    assert not [one for one in found.findings if one.key.rule == "reconcile.joint"]
    (result,) = [one for one in found.results if one.rule == "reconcile.joint" and one.observed is not None]
    assert (result.outcome, result.message) == ("satisfied", "reconcile.joint.attention")
    made = json.loads(json.dumps(record.render(found)))
    part = made["reconciliation"]
    assert part["flagged"]
    assert part["errors"] == []
    assert Decimal(part["attention"]) < Decimal(part["evidence"]) < Decimal(part["limit"])
    (question, *_) = part["questions"]
    assert question["id"] == "J01"
    for language in ("zh", "en"):
        assert question["text"][language] in joint_summary(made, language).to_string()
        (said,) = [line for line in summary("case", part, language) if line.startswith("  J01")]
        assert said.endswith(question["text"][language])
