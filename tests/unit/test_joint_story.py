"""一页图讲清联合拟合：疑点、月份、原因、概率、大小、影响、无法区分者；图中文字即记录，缺字体也显示汉字。"""

from __future__ import annotations

import copy
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support import simulated, verified
from verifierkit import record
from verifierkit.documents.charts import svg
from verifierkit.documents.drawing import wrapped
from verifierkit.documents.joint_cards import FEW, Card, class_order, rival_effect
from verifierkit.documents.joint_marks import cases, is_first, leftovers, marks
from verifierkit.documents.joint_story import NAME, story
from verifierkit.documents.labels import label_table
from verifierkit.documents.pictures import as_images
from verifierkit.documents.view import View
from verifierkit.joint.hypotheses import kinds, swaps

PNG = b"\x89PNG"


def render(sector: str, seed: int, *errors: str) -> dict[str, Any]:
    return json.loads(json.dumps(record.render(verified(simulated(sector, 2025, seed, list(errors))))))


@pytest.fixture(scope="module")
def multiplied() -> dict[str, Any]:
    return render("cement", 7001, "gate_multiplier")


@pytest.fixture(scope="module")
def twice() -> dict[str, Any]:
    """A feeder that also counts another one, on a bus that only an unmetered remainder checks."""
    return render("cement", 4100, "feeder_counted_twice")


@pytest.fixture(scope="module")
def pasted() -> dict[str, Any]:
    return render("aluminium", 4100, "gate_month_pasted")


@pytest.fixture(scope="module")
def metal() -> dict[str, Any]:
    return render("aluminium", 7101, "crane_scale_high")


@pytest.fixture(scope="module")
def clean() -> dict[str, Any]:
    return render("cement", 7001)


def words(made: dict[str, Any], language: str = "en") -> list[str]:
    """Texts of the page in the order drawn."""
    root = ET.fromstring(svg(NAME, made, language))
    return [element.attrib["aria-label"] for element in root.iter() if "aria-label" in element.attrib]


def page(made: dict[str, Any], language: str = "en") -> str:
    return " ".join(words(made, language))


# what the page says


def test_the_page_names_meter_months_cause_probability_size_and_effect(multiplied: dict[str, Any]) -> None:
    told, best = page(multiplied), multiplied["reconciliation"]["errors"][0]["explanations"][0]
    assert "One error suspected" in told
    assert f"{best['stream_name']} ({best['source_name']})" in told
    assert "wrong multiplier (×1.2); or constant bias over the year (too much recorded" in told
    assert "probability >99 % (together)" in told
    assert f"too high by {Decimal(best['amount']):,.0f} MWh (16.7%) of the recorded amount" in told
    assert "facility and entity track 0 tCO2e (auxiliary item, no emission)" in told
    assert "Nameplates of the instrument transformers and the multiplier on file" in told


def test_the_page_says_the_same_in_chinese(multiplied: dict[str, Any]) -> None:
    told = page(multiplied, "zh")
    assert "疑有一处差错" in told
    assert "倍率或互感器变比错误（×1.2）；或全年系统偏差" in told
    assert "概率>99%（合计）" in told.replace(" ", "")
    assert "设施与企业层级 0 tCO2e（辅助参数，不计入排放量）" in told
    assert not re.search(r"[a-z]+\.[a-z]+|\{\w+\}", told)


def test_metal_too_high_says_how_far_the_totals_fall(metal: dict[str, Any]) -> None:
    best = metal["reconciliation"]["errors"][0]["explanations"][0]
    tonnes = {row["track"]: Decimal(row["tonnes"]) for row in best["effects"]}
    told = page(metal)
    assert "2025-07 to 2025-09" in told
    for track in ("facility", "entity"):
        assert f"the {track} track total falls by {-tonnes[track]:,} tCO2e" in told
    assert "constant bias over several months (too much recorded" in told


def test_every_amount_on_the_page_follows_the_record(multiplied: dict[str, Any]) -> None:
    other = copy.deepcopy(multiplied)
    best = other["reconciliation"]["errors"][0]["explanations"][0]
    best["amount"], best["share_percent"], best["probability_percent"] = "77", "7", "61.3"
    told = page(other)
    assert "too high by 77 MWh (7%)" in told
    assert "probability 61 %" in told
    assert ">99" not in told


def test_one_meter_of_a_class_is_named_by_its_own_months_and_the_others_are_listed(twice: dict[str, Any]) -> None:
    (case,) = cases(twice["reconciliation"])
    first, *others = case.places
    assert first.place == ("e_grinding", "s_e_grinding_meter")
    assert (first.row["kind"], first.row["partner"]) == ("included", "e_k2")
    assert first.row["history"]["verdict"] == "for"
    assert {suspect.place for suspect in others} >= {("e_k1", "s_e_k1_meter")}
    told = page(twice)
    assert f"or: 1b–{others[-1].mark}" in told
    assert f"(1a–{others[-1].mark} together)" in told
    assert f"the record of {first.row['source_name']} itself makes this cause likely" in told
    assert "itself speaks against this cause" in told
    assert f"The probability is that of the whole group 1a–{others[-1].mark}" in told
    assert "1a is put in front by its own record." in told
    assert "A second, independent reading at 1a for 2025-10" in told


def test_a_place_whose_flow_would_be_negative_is_ruled_out(twice: dict[str, Any]) -> None:
    (case,) = cases(twice["reconciliation"])
    assert {row["stream"] for row in case.excluded} == {"e_living"}
    assert all(row["history"]["verdict"] == "impossible" for row in case.excluded)
    assert "e_living" not in {suspect.place[0] for suspect in case.places}
    assert "ruled out" in page(twice)


def test_the_numbers_stand_in_the_diagram_and_beside_the_months(twice: dict[str, Any]) -> None:
    drawn = words(twice)
    for mark in ("1a", "1b"):
        assert drawn.count(mark) == 2, mark  # in the diagram and beside the bars
    assert {mark for own in marks(twice["reconciliation"]).values() for mark in own} >= {"1a", "1b", "1c"}
    assert [is_first(mark) for mark in ("1a", "2", "1b")] == [True, True, False]


def test_the_suspected_months_show_record_and_difference(metal: dict[str, Any]) -> None:
    best = metal["reconciliation"]["errors"][0]["explanations"][0]
    drawn = words(metal)
    for span in best["spans"]:
        share = Decimal(span["amount"]) / Decimal(span["recorded"]) * 100
        assert f"{share:+.3g}%" in drawn
        assert f"{Decimal(span['recorded']):,.0f}" in drawn


def test_a_clean_plant_says_so_and_what_would_have_been_found(clean: dict[str, Any]) -> None:
    told = page(clean)
    assert "Nothing is suspected" in told
    assert "Smallest error that would have been found (probability 0.95)" in told
    for row in clean["reconciliation"]["sources"]:
        assert f"{row['stream_name']} – {row['source_name']}"[:12] in told
    assert "would not be found" in told
    assert "#9b2c2c" not in svg(
        NAME, clean | {"reconciliation": clean["reconciliation"] | {"sources": []}}, "en"
    ).replace('r="5" fill="#9b2c2c"', "")  # the legend alone is red


def test_errors_at_the_place_and_months_of_an_earlier_one_join_it(metal: dict[str, Any]) -> None:
    part = copy.deepcopy(metal["reconciliation"])
    again, elsewhere = copy.deepcopy(part["errors"][0]), copy.deepcopy(part["errors"][0])
    again["id"], elsewhere["id"] = "J02", "J03"
    again["explanations"][0]["period"] = "2025-08"
    elsewhere["explanations"][0] |= {"stream": "p2_metal", "source": "s_p2_tap_daily"}
    part["errors"] += [again, elsewhere]
    found = cases(part)
    assert [case.number for case in found] == [1, 2]
    assert found[0].repeated == ("J02",)
    assert leftovers(part) == {"J02"}
    told = page(metal | {"reconciliation": part})
    assert "2 errors suspected" in told
    assert "J02: same source and months as no. 1" in told


def test_no_more_than_three_errors_are_drawn(metal: dict[str, Any]) -> None:
    part = copy.deepcopy(metal["reconciliation"])
    for n in range(4):
        more = copy.deepcopy(part["errors"][0])
        more["explanations"][0] |= {"source": f"s_{n}", "period": "2025-01"}
        part["errors"].append(more)
    assert [case.number for case in cases(part)] == [1, 2, 3]


def test_every_rival_shown_has_its_own_effect(twice: dict[str, Any]) -> None:
    (case,) = cases(twice["reconciliation"])
    told, labels = page(twice).replace(" ", ""), View(twice, "en").labels
    for suspect in case.places[1:]:
        effect = rival_effect(suspect.row, labels)
        assert effect.startswith("effect: ")
        assert "tCO2e" in effect
        assert effect.replace(" ", "") in told
    assert told.count("effect:") == len(case.places) - 1


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("for", "silent"), "put in front by its own record"),
        (("for", "for"), "the own records of 1a, 1b each make"),
        (("silent", "silent"), "standing in front does not make it more probable"),
        (("silent", "against"), "those of 1b speak against"),
        (("against", "against"), "speaks against it too"),
    ],
)
def test_what_puts_the_first_in_front_follows_the_records_of_all(
    verdicts: tuple[str, str], said: str, twice: dict[str, Any]
) -> None:
    (case,) = cases(twice["reconciliation"])
    rows = [
        suspect.row | {"history": suspect.row["history"] | {"verdict": verdict}}
        for suspect, verdict in zip(case.places, verdicts, strict=False)
    ]
    places = tuple(replace(suspect, causes=(row,)) for suspect, row in zip(case.places, rows, strict=False))
    assert said in class_order(replace(case, places=places), View(twice, "en").labels)


def test_only_bars_of_the_suspected_source_are_red(multiplied: dict[str, Any]) -> None:
    """The sub-meter is blamed, the balance draws the bill: months are shaded, no bar is red."""
    best = multiplied["reconciliation"]["errors"][0]["explanations"][0]
    series = multiplied["reconciliation"]["series"]
    row = next(one for one in series if best["stream"] in {line["stream"] for line in one["lines"]})
    assert "months in doubt (the suspected source is not drawn here:" in page(multiplied)
    other = copy.deepcopy(multiplied)
    for line in next(one for one in other["reconciliation"]["series"] if one["node"] == row["node"])["lines"]:
        if line["stream"] == best["stream"]:
            line["source"] = best["source"]
    assert "amounts of the suspected source itself" in page(other)
    reds = [svg(NAME, made, "en").count('fill="#9b2c2c"/>') for made in (multiplied, other)]
    assert reds[1] - reds[0] == len(row["months"]) + 1  # one bar a month and the legend


def test_a_month_that_a_record_covers_in_part_is_marked(multiplied: dict[str, Any]) -> None:
    other = copy.deepcopy(multiplied)
    for row in other["reconciliation"]["series"]:
        row["lines"][0]["values"][-1] = ""
        row["remainder"] = ["-5", *row["remainder"][1:-1], ""]
    told = page(other)
    assert "2025-12*" in told
    assert "the record does not cover the whole of 2025-12" in told
    assert "Remainder below zero" in told


def test_of_several_residuals_of_a_month_the_largest_has_its_value(metal: dict[str, Any]) -> None:
    other = copy.deepcopy(metal)
    wrong = next(row for row in other["reconciliation"]["residuals"] if row["suspect"])
    wrong["score"] = "-77"
    other["reconciliation"]["residuals"].append(wrong | {"score": "55"})
    assert words(other).count("-77") == 1
    assert "+55" not in words(other)


def test_amounts_are_never_cut_and_a_factor_stays_with_its_bracket() -> None:
    assert wrapped("wrong multiplier (×0.8)", 10, 90, 4) == ["wrong multiplier", "(×0.8)"]


def test_a_figure_keeps_its_unit() -> None:
    assert wrapped("falls by 3,933 tCO2e; 5,853 MWh", 10, 80, 4) == ["falls by", "3,933 tCO2e;", "5,853 MWh"]


def test_places_without_a_line_of_their_own_still_have_their_effect(twice: dict[str, Any]) -> None:
    (case,) = cases(twice["reconciliation"])
    view = View(twice, "en")
    case = replace(case, places=(*case.places, *(replace(case.places[-1], mark=mark) for mark in ("1y", "1z"))))
    rest = case.places[FEW + 1 :]
    told = " ".join(text for _, lines in Card(view, case, short=True).rows for text, *_ in lines)
    assert rest
    assert f"and {len(rest)} more: {rest[0].mark}" in told
    assert told.count("effect: ") >= FEW + 1


def test_no_text_of_the_page_is_cut(multiplied: dict[str, Any], twice: dict[str, Any]) -> None:
    for made in (multiplied, twice):
        for language in ("zh", "en"):
            assert not [text for text in words(made, language) if text.endswith("…")]


# the picture itself


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_no_font_and_is_the_same_each_time(language: str, twice: dict[str, Any]) -> None:
    drawn = svg(NAME, twice, language)
    assert drawn == svg(NAME, copy.deepcopy(twice), language)
    root = ET.fromstring(drawn)
    assert "text" not in {element.tag.split("}")[1] for element in root.iter()}
    outlined = {name for text in words(twice, language) for name in text if name.strip()}
    assert len(root[0]) == len(outlined)


def test_all_texts_stand_inside_the_page(twice: dict[str, Any]) -> None:
    made = story(View(twice, "en"))
    assert made is not None
    for element in ET.fromstring(made.svg).iter():
        if "aria-label" in element.attrib:
            left, top = map(float, re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", element.attrib["transform"])[0])
            assert 0 <= left < made.width, element.attrib["aria-label"]
            assert 0 < top < made.height, element.attrib["aria-label"]


def test_the_page_becomes_a_pixel_image(multiplied: dict[str, Any]) -> None:
    made = story(View(multiplied, "zh"))
    assert made is not None
    assert as_images({"page": made})["page"].startswith(PNG)


def test_without_a_fit_there_is_no_page(clean: dict[str, Any]) -> None:
    assert svg(NAME, clean | {"reconciliation": {"groups": []}}, "zh") == ""


def test_every_kind_of_error_has_a_document_that_would_tell() -> None:
    assert {name.removeprefix("tell.") for name in label_table() if name.startswith("tell.")} == set(kinds())


# which member of a class comes first


def test_an_even_rate_and_a_repeated_value_are_traces(pasted: dict[str, Any]) -> None:
    (case,) = cases(pasted["reconciliation"])
    assert case.best["kind"] == "pasted"
    assert case.best["history"] | {"verdict": "for", "reason": "same_value"} == case.best["history"]
    assert "the month repeats the value of another one" in page(pasted)


def test_a_member_has_its_own_size_and_effect(twice: dict[str, Any]) -> None:
    best = twice["reconciliation"]["errors"][0]["explanations"][0]
    for row in best["alike"]:
        assert row["unit"] == "MWh"
        assert (Decimal(row["amount"]) > 0) == (
            row["stream"] not in ("e_grid", "e_whr", "e_cap")
        )  # supplies: too little
        assert [entry["track"] for entry in row["effects"]] == ["facility", "entity"]
    assert len({row["amount"] for row in best["alike"]}) > 1


def test_feed_too_high_has_the_effect_of_the_clinker_that_is_calculated_from_it() -> None:
    made = render("cement", 4252, "returned_dust")
    best = made["reconciliation"]["errors"][0]["explanations"][0]
    assert (best["source"], best["period"]) == ("s_f_k2_daily", "2025-10")
    right = {row["track"]: Decimal(row["reported"]) for row in render("cement", 4252)["totals"]}
    wrong = {row["track"]: Decimal(row["reported"]) for row in made["totals"]}
    for row in best["effects"]:
        planted = right[row["track"]] - wrong[row["track"]]
        assert planted < 0
        assert abs(Decimal(row["tonnes"]) / planted - 1) < Decimal("0.1"), row


def test_the_digits_of_a_reading_are_those_that_stand_there() -> None:
    assert swaps(58260.79) == [-27000.0, 5400.0, -360.0, 54.0]
    assert swaps(-21.9) == [-9.0]
