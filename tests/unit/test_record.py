"""核查记录：只有 JSON 类型，数值为十进制文本，处处有出处，覆盖矩阵没有无理由的空格。"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import simulated, verified
from tests.unit.small_plant import MONTHS, Rows, pick, plant, reported, verification
from verifierkit import decisions, record
from verifierkit.decisions import finding_text
from verifierkit.record.coverage import rules
from verifierkit.record.values import decimal_text, plain
from verifierkit.rulepack import load as load_pack
from verifierkit.rulepack import names
from verifierkit.verification import Verification

SLIP = Decimal(5)


def slipped() -> Rows:
    """Clinker of April reported five tonnes too low; nothing else is put right."""
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["value"] -= SLIP
    return rows


@pytest.fixture(scope="module")
def clean() -> dict[str, Any]:
    return record.render(verification(plant()))


@pytest.fixture(scope="module")
def faulty() -> dict[str, Any]:
    return record.render(verification(slipped()))


def block(made: dict[str, Any], parameter: str, facility: str = "k1") -> dict[str, Any]:
    (found,) = [b for b in made["parameters"] if (b["parameter"], b["facility"]) == (parameter, facility)]
    return found


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


# form


def test_the_record_is_json_without_floats(faulty: dict[str, Any]) -> None:
    assert json.loads(json.dumps(faulty)) == faulty
    assert {type(leaf) for leaf in leaves(faulty)} <= {str, int, bool, type(None)}


def test_the_record_is_the_same_every_time(faulty: dict[str, Any]) -> None:
    again = record.render(verification(slipped()))
    assert json.dumps(again) == json.dumps(faulty)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (None, None),
        (date(2025, 3, 1), "2025-03-01"),
        ({"a": (Decimal(1),)}, {"a": ["1"]}),
        (True, True),
    ],
)
def test_values_become_plain(value: Any, text: Any) -> None:
    assert plain(value) == text
    assert decimal_text(None) == ""


def test_numbers_of_the_record_are_decimal_texts(faulty: dict[str, Any]) -> None:
    for result in faulty["results"]:
        for name in ("observed", "expected", "difference", "limit"):
            assert result[name] == "" or Decimal(result[name]).is_finite()


# parameters


def test_there_is_a_block_for_every_parameter_also_without_a_finding(clean: dict[str, Any]) -> None:
    shown = {(b["track"], b["facility"], b["parameter"], b["item"]) for b in clean["parameters"]}
    asked = {
        (r["track"], r["facility_id"], r["parameter"], r["item"] or "")
        for r in plant()["reported"]
        if r["data_year"] == 2025
    }
    assert asked <= shown
    assert [b["id"] for b in clean["parameters"]] == [f"P{i:03d}" for i in range(1, len(shown) + 1)]
    assert all(b["findings"] == [] for b in clean["parameters"])


def test_a_clean_plant_is_verified_as_reported(clean: dict[str, Any]) -> None:
    for b in clean["parameters"]:
        if b["reported"]:
            assert Decimal(b["reported"]) == Decimal(b["verified"]), b["parameter"]
            assert Decimal(b["difference"]) == 0, b["parameter"]


def test_a_block_holds_source_meter_plan_and_months(clean: dict[str, Any]) -> None:
    coal = block(clean, "fuel_consumed")
    assert coal["source"] == {"source_id": "s_c_ledger", "name": "s_c_ledger", "document": ""}
    assert (coal["meter"]["name"], coal["meter"]["accuracy"]) == ("煤秤", "0.005")
    assert coal["meter"]["calibration"] == {"zh": "2024-12-01 至 2025-12-31", "en": "2024-12-01 to 2025-12-31"}
    assert [m["month"] for m in coal["months"]] == MONTHS
    assert {(m["reported"], m["verified"]) for m in coal["months"]} == {("1200.00", "1200.00")}
    assert (coal["obtained"], coal["role"], coal["conclusion"], coal["single_source"]) == (
        "measured",
        "activity",
        "conform",
        True,
    )
    assert len(coal["places"]) == 13
    assert coal["citation"]["title"]


def test_the_plan_row_of_a_block_is_the_one_in_force() -> None:
    rows = plant()
    row = pick(rows, "plan", parameter="fuel_consumed")
    row["department"] = "生产部"
    rows["plan"].append(row | {"valid_from": date(2026, 1, 1), "department": "明年的部门"})
    assert block(record.render(verification(rows)), "fuel_consumed")["department"] == "生产部"


def test_a_finding_leaves_its_mark_on_the_figure_and_puts_it_right(faulty: dict[str, Any]) -> None:
    clinker = block(faulty, "clinker_produced_t")
    number = next(f["id"] for f in faulty["findings"] if f["rule"] == "chain.report")
    assert number in clinker["findings"]
    assert clinker["conclusion"] == "undecided"
    april = next(m for m in clinker["months"] if m["month"] == "2025-04")
    assert (april["reported"], april["verified"]) == ("7995.00", "8000.00")
    assert clinker["verified"] == "96000.00"


def test_activities_belong_to_their_parameter() -> None:
    rows = plant()
    rows["activities"] = [
        {
            "facility_id": "k1",
            "parameter": "fuel_consumed",
            "item": item,
            "method": "look_up",
            "record": text,
            "done_on": date(2026, 4, 1),
        }
        for item, text in (("bituminous", "a"), (None, "b"), ("diesel", "c"))
    ]
    found = block(record.render(verification(rows)), "fuel_consumed")["activities"]
    assert [(a["record"], a["done_on"], a["person"]) for a in found] == [
        ("a", "2026-04-01", ""),
        ("b", "2026-04-01", ""),
    ]


# totals, effects, last year


def test_totals_stand_per_track_and_facility(clean: dict[str, Any]) -> None:
    found = [
        (t["track"], t["facility"], t["parameter"], t["reported"], t["verified"], t["difference"])
        for t in clean["totals"]
    ]
    assert found == [
        ("facility", "k1", "line_co2_t", "80890.56", "80890.56", "0.00"),
        ("entity", "ent", "entity_co2_t", "80891", "80891", "0"),
    ]


def test_totals_of_a_part_year_are_sums_of_the_months_looked_at() -> None:
    made = record.render(verification(plant(), through="2025-06"))
    facility, entity = made["totals"]
    assert facility["reported"] == facility["verified"] == "40445.28"
    assert entity["reported"] == ""  # reported for the year only
    assert made["through"] == "2025-06"


def test_the_verified_total_is_the_reported_one_and_all_effects_together(faulty: dict[str, Any]) -> None:
    for effect in faulty["effects"]:
        total = next(t for t in faulty["totals"] if t["track"] == effect["track"])
        assert Decimal(total["verified"]) - Decimal(total["reported"]) == Decimal(effect["together"])
        assert Decimal(effect["together"]) - Decimal(effect["sum"]) == Decimal(effect["interaction"])
        single = [
            Decimal(e["tonnes"]) for f in faulty["findings"] for e in f["effects"] if e["track"] == effect["track"]
        ]
        assert sum(single) == Decimal(effect["sum"])


def test_last_year_is_set_beside_this_year(clean: dict[str, Any]) -> None:
    (row,) = clean["last_year"]
    assert (row["parameter"], row["change_percent"]) == ("line_intensity_tco2_per_t", "0.00")
    assert row["last"] == row["this"]


# results and findings


def test_results_are_numbered_and_lead_to_findings_and_cells(faulty: dict[str, Any]) -> None:
    ids = [result["id"] for result in faulty["results"]]
    assert ids == [f"R{i:04d}" for i in range(1, len(ids) + 1)]
    by_id = {result["id"]: result for result in faulty["results"]}
    for finding in faulty["findings"]:
        for name in (*finding["results"], *finding["explains"]):
            assert by_id[name]["finding"] == finding["id"]
            assert by_id[name]["outcome"] == "not_satisfied"
        assert finding["places"]
    failed = {r["id"] for r in faulty["results"] if r["outcome"] == "not_satisfied"}
    assert failed == {name for f in faulty["findings"] for name in (*f["results"], *f["explains"])}


def test_findings_have_kind_basis_words_and_a_digest(faulty: dict[str, Any]) -> None:
    for finding in faulty["findings"]:
        assert finding["kind"] in (
            "misstatement",
            "nonconformity",
            "missing_evidence",
            "clarification",
            "recommendation",
        )
        assert finding["basis"]
        assert finding["confidence"] in "ABC"
        assert all(finding["text"].values())
        assert all(finding["title"].values())
        assert len(finding["digest"]) == 64
        assert (finding["disposition"], finding["status"], finding["stale"]) == ("undecided", "raised", False)


def test_a_decision_is_shown_and_a_stale_one_counts_as_none(tmp_path: Path) -> None:
    found = verification(slipped())
    made = record.render(found)
    common = {"disposition": "accepted", "status": "corrected", "reason": "已更正", "by": "甲", "on": "2026-04-20"}
    for number, finding in enumerate(made["findings"]):
        name = finding_text(tuple(finding[part] for part in ("rule", "facility", "period", "stream", "source")))
        digest = finding["digest"] if number else "0" * 64
        decisions.append(tmp_path, finding=name, digest=digest, **common)
    decided = record.render(Verification(found.context, found.results, found.findings, decisions.read(tmp_path)))
    first, *rest = decided["findings"]
    assert (first["stale"], first["disposition"], first["status"]) == (True, "undecided", "raised")
    assert {(f["stale"], f["disposition"], f["status"], f["decided_by"]) for f in rest} <= {
        (False, "accepted", "corrected", "甲")
    }
    assert decided["draft"]


def test_an_effect_on_electricity_says_why_it_is_nil() -> None:
    rows = plant()
    base = reported(rows, "clinker_produced_t", None) | {"parameter": "electricity_mwh", "unit": "MWh"}
    rows["reported"] += [base | {"month": month, "value": Decimal(400)} for month in MONTHS] + [
        base | {"value": Decimal(4801)}
    ]
    made = record.render(verification(rows))
    (finding,) = made["findings"]
    assert finding["rule"] == "chain.year"
    note = next(e for e in finding["effects"] if e["track"] == "facility")
    assert (Decimal(note["tonnes"]), note["note"] != {"zh": "", "en": ""}) == (0, True)


# coverage


@pytest.mark.parametrize(
    ("sector", "year"), [("cement", 2025), ("cement", 2018), ("aluminium", 2025), ("aluminium", 2018)]
)
def test_no_cell_of_the_coverage_matrix_is_empty_without_a_reason(sector: str, year: int) -> None:
    made = record.render(verified(simulated(sector, year, 6)))
    assert made["findings"] == []
    assert {(b["track"], b["facility"], b["item"], b["parameter"]) for b in made["parameters"]} == {
        (c["track"], c["facility"], c["item"], c["parameter"]) for c in made["coverage"]
    }
    for row in made["coverage"]:
        for part in ("recompute", "cross_check", "plausibility"):
            assert row[part]["state"]
            assert all(row[part]["reason"].values())


def test_a_single_source_is_said_and_results_rest_on_their_inputs(clean: dict[str, Any]) -> None:
    cells = {(c["parameter"], c["track"]): c for c in clean["coverage"]}
    coal = cells["fuel_consumed", "facility"]
    assert (coal["recompute"]["state"], coal["cross_check"]["state"], coal["plausibility"]["state"]) == (
        "done",
        "not_evaluated",
        "done",
    )
    assert cells["fuel_ncv", "facility"]["cross_check"]["state"] == "single_source"
    assert cells["line_co2_t", "facility"]["cross_check"]["state"] == "result"
    assert cells["oxidation_fraction", "facility"]["cross_check"]["state"] == "default"


def test_coverage_names_only_rules_and_parameters_that_exist() -> None:
    packs = [load_pack(name) for name in names()]
    known_rules = {rule for pack in packs for rule in pack.checks}
    known = {parameter for pack in packs for parameter in pack.parameters}
    found = rules()
    assert set(found["recompute"]) | set(found["cross_check"]) | set(found["plausibility"]) <= known_rules
    assert {name for covered in found["plausibility"].values() for name in covered} <= known


# pictures


def test_pictures_show_what_the_checks_compared(clean: dict[str, Any]) -> None:
    pictures = clean["pictures"]
    assert [row["value"] for row in pictures["production"]] == ["8000.00"] * 12
    assert [(row["consumed_t"], row["ncv"]) for row in pictures["coal"]] == [("1200.00", "22.000")] * 12
    (band,) = {(row["rule"], row["low"], row["high"]) for row in pictures["intensity"]}
    assert band[0] == "band.coal"
    assert Decimal(band[1]) < Decimal(band[2])


def test_stock_is_shown_at_the_end_of_its_month() -> None:
    rows = plant()
    rows["stock_counts"] = [
        {"node_id": "n_silo", "counted_on": day, "quantity_t": amount}
        for day, amount in ((date(2025, 3, 31), 500), (date(2025, 4, 29), 600))
    ]
    made = record.render(verification(rows))
    stocks = {row["month"]: row["stock"] for row in made["pictures"]["production"] if row["stock"]}
    assert stocks == {"2025-03": "500"}
