"""Overlays: a small file that names a base pack and replaces what it names, and what such a file may not do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from verifierkit import rulepack
from verifierkit.errors import InputErrors, UsageError
from verifierkit.rulepack import RulePack

OVERLAY = """schema: 1
pack: province
kind: overlay
extends: cement-2024
title: {zh: 某省, en: a province}
status: {zh: 试验, en: for tests}
instrument:
  title: {zh: 某省通知, en: notice of a province}
  number: none
  text_seen: "no"
  cite: {source: notice, clause: all, confidence: C}
data_years: {from: 2025, to: 2025}
sources: {notice: {title: notice of a province}}
values:
  clinker_factor_tco2_per_t:
    - {facility_class: portland_clinker, value: "0.530", unit: tCO2/t, from: 2025, to: 2025, cite: {source: notice, clause: "3", confidence: C}}
"""


def source(**texts: str) -> Callable[[str], str]:
    return lambda name: texts[name] if name in texts else rulepack.read_text(name)


def overlay(text: str = OVERLAY) -> RulePack:
    return rulepack.assemble("province", source(province=text))


def refusal(text: str, **others: str) -> str:
    with pytest.raises(InputErrors) as caught:
        rulepack.assemble("province", source(province=text, **others))
    return str(caught.value)


def factor(pack: RulePack, facility_class: str) -> rulepack.PackValue:
    return pack.value("clinker_factor_tco2_per_t", year=2025, facility_class=facility_class)


def test_an_overlay_changes_one_value_and_inherits_the_rest() -> None:
    base, pack = rulepack.load("cement-2024"), overlay()
    assert (pack.id, pack.kind, pack.extends, pack.years) == ("province", "overlay", "cement-2024", (2025, 2025))
    assert (pack.sector, pack.tracks, pack.totals) == (base.sector, base.tracks, base.totals)
    assert factor(pack, "portland_clinker").value == Decimal("0.530")
    assert factor(pack, "portland_clinker").citation.title == "notice of a province"
    assert factor(pack, "white_clinker").value == Decimal("0.550")
    assert factor(pack, "white_clinker").citation == factor(base, "white_clinker").citation
    assert list(pack.methods) == list(base.methods)
    assert [method.words for method in pack.methods.values()] == [method.words for method in base.methods.values()]
    assert pack.checks == base.checks
    assert pack.report == base.report
    assert pack.forms == base.forms
    assert pack.parameters == base.parameters
    assert pack.instrument
    assert pack.instrument.title["en"] == "notice of a province"
    assert pack.sha256 not in (base.sha256, overlay(OVERLAY.replace("0.530", "0.531")).sha256)


def test_the_base_is_not_touched_by_an_overlay() -> None:
    overlay()
    assert factor(rulepack.load("cement-2024"), "portland_clinker").value == Decimal("0.535")


def test_values_of_the_base_hold_in_the_years_that_the_overlay_does_not_name() -> None:
    pack = overlay(OVERLAY.replace("data_years: {from: 2025, to: 2025}\n", ""))
    assert pack.years == (2024, 2025)
    known = {year: pack.value("clinker_factor_tco2_per_t", year=year, facility_class="portland_clinker").text
             for year in (2024, 2025)}  # fmt: skip
    assert known == {2024: "0.535", 2025: "0.530"}


def test_a_method_a_check_and_the_report_are_replaced_whole() -> None:
    changed = (
        OVERLAY
        + """
methods:
  - {output: line_co2_t, formula: process_co2_t, cite: {source: notice, clause: "4", confidence: C}}
checks:
  lab.dates:
    statement: {zh: 检测报告, en: laboratory reports}
    kind: nonconformity
    test: document
    limits: {days: {value: "30", unit: d}}
    cite: {source: notice, clause: "5", confidence: C}
report: [{id: cover, number: "", title: {zh: 封面, en: Cover}}]
"""
    )
    base, pack = rulepack.load("cement-2024"), overlay(changed)
    assert pack.methods["line_co2_t"].formula.text == "process_co2_t"
    assert pack.methods["fuel_co2_t"].formula.text == base.methods["fuel_co2_t"].formula.text
    assert pack.checks["lab.dates"].limit("days") == 30
    assert pack.checks["deposit.late"] == base.checks["deposit.late"]
    assert [section.id for section in pack.report] == ["cover"]


def test_an_overlay_may_extend_an_overlay() -> None:
    upper = OVERLAY.replace("pack: province", "pack: city").replace("cement-2024", "province").replace("0.530", "0.525")
    pack = rulepack.assemble("city", source(city=upper, province=OVERLAY))
    assert factor(pack, "portland_clinker").value == Decimal("0.525")
    assert factor(pack, "white_clinker").value == Decimal("0.550")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("cement-2024", "cement-2042", "province.yaml, row 4: expected a loaded pack as base, found 'cement-2042'"),
        ("cement-2024", "province", "expected a base that leads to a pack, found province -> province"),
        ("cement-2024", "shared-checks", "expected a loaded pack as base, found the shared part shared-checks"),
        ("from: 2025, to: 2025}\nsources", "from: 2023, to: 2025}\nsources",
         "row 12: expected data years inside of those of cement-2024 (2024 to 2025), found 2023 to 2025"),
        ("from: 2025, to: 2025, cite", "from: 2024, to: 2025, cite", "row 16: expected years inside 2025 to 2025"),
        ("kind: overlay", "kind: sector", "expected extends with kind overlay, found extends"),
        ("extends: cement-2024\n", "", "expected extends with kind overlay, found none"),
        ("data_years", "sector: cement\ndata_years", "expected no key sector"),
        ("unit: tCO2/t", "unit: tC/t", "row 16: expected clinker_factor_tco2_per_t in tCO2/t, found tC/t"),
        ("clinker_factor_tco2_per_t:", "clinker_faktor:", "expected a parameter of the pack, found 'clinker_faktor'"),
        ("cite: {source: notice, clause: \"3\"", "cite: {source: s1, clause: \"3\"", "expected a declared source"),
        ("  text_seen: \"no\"\n", "", "expected the key text_seen"),
    ],
)  # fmt: skip
def test_refusals_name_place_and_reason(old: str, new: str, found: str) -> None:
    assert old in OVERLAY
    assert found in refusal(OVERLAY.replace(old, new, 1))


def test_an_overlay_without_an_instrument_of_its_own_is_refused() -> None:
    start, end = OVERLAY.index("instrument:"), OVERLAY.index("data_years")
    assert "expected the key instrument, found none" in refusal(OVERLAY[:start] + OVERLAY[end:])


def test_two_overlays_in_a_circle_are_refused() -> None:
    one = OVERLAY.replace("cement-2024", "other")
    other = OVERLAY.replace("pack: province", "pack: other").replace("cement-2024", "province")
    assert "found province -> other -> province" in refusal(one, other=other)


def test_an_overlay_is_read_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "province.yaml").write_text(OVERLAY, encoding="utf-8")
    assert factor(rulepack.load_file(tmp_path / "province.yaml"), "portland_clinker").value == Decimal("0.530")
    with pytest.raises(UsageError, match="none.yaml: expected a pack file"):
        rulepack.load_file(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", rulepack.overlays())
def test_a_shipped_overlay_names_its_base_and_what_it_does_not_know(name: str) -> None:
    pack = rulepack.load(name)
    base = rulepack.load(pack.extends)
    assert pack.kind == "overlay"
    assert pack.id == name
    assert pack.instrument != base.instrument
    assert len(pack.gaps) > len(base.gaps)


def test_a_case_finds_the_base_and_never_an_overlay() -> None:
    assert rulepack.find(sector="cement", year=2016, track="entity").kind == "sector"
    assert not [name for name in rulepack.names() if rulepack.load(name).kind == "overlay"]


def test_the_sampling_ladder_of_beijing() -> None:
    pack = rulepack.load("overlay-cement-2013-beijing-sampling")
    ladder = {name: pack.constants[name].value for name in pack.constants if name.startswith("sampling_")}
    assert ladder == {
        "sampling_small_share": Decimal("0.05"),
        "sampling_first_fraction": Decimal("0.30"),
        "sampling_step_fraction": Decimal("0.20"),
        "sampling_second_fraction": Decimal("0.50"),
        "sampling_third_fraction": Decimal("0.80"),
        "sampling_last_fraction": Decimal("1.00"),
    }
    assert {pack.constants[name].citation.confidence for name in ladder} == {"A"}
    assert pack.years == (2016, 2016)
    held = {name: [value.text for value in rows] for name, rows in rulepack.load("cement-2013").values.items()}
    assert {name: [value.text for value in rows] for name, rows in pack.values.items()} == held


def test_a_value_of_a_single_year_stays_where_the_overlay_is_of_that_year() -> None:
    name = "overlay-cement-supplementary-2017-guangdong-template"
    pack, base = rulepack.load(name), rulepack.load("cement-supplementary-2017")
    assert pack.years == (2018, 2018)
    rows = [value for value in base.values["electricity_factor_tco2_per_mwh"] if value.from_year == value.to_year]
    assert rows
    for value in rows:
        found = pack.find_value("electricity_factor_tco2_per_mwh", year=2018, item=value.item)
        assert found is not None
        assert (found.text, found.from_year, found.to_year) == (value.text, 2018, 2018)
