"""Captive units counted once: hand-made plants where the unit is quoted, burnt in the host, left out or counted twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hand_tables import tables
from tests.unit.small_plant import META, MONTHS, PACKS, YEAR, Rows, context, keys, plant, results, verification
from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import NOT_EVALUATED, SATISFIED, Context, Result
from verifierkit.checks.texts import text
from verifierkit.verification import run_checks

BURNT = Decimal("100.00")


def figure(parameter: str, value: str, unit: str, **more: Any) -> dict[str, Any]:
    row = {"track": "entity", "facility_id": "ent", "parameter": parameter, "data_year": YEAR, "month": None}
    return row | {"item": None, "value": Decimal(value), "unit": unit, "route": "measured"} | more


def with_unit(*, inside: bool = True, quoted: str = "", reported: bool = False, mapped: bool = True) -> Rows:
    """The small plant with a captive unit that burns 100 t of coal and supplies 50 MWh a month."""
    rows = plant()
    rows["facilities"].append(
        {"facility_id": "u1", "name": "自备机组", "kind": "captive_unit", "in_entity_boundary": inside}
    )
    rows["nodes"] += [
        {"node_id": "n_unit", "name": "自备机组", "kind": "process", "quantity": "electricity", "facility_id": "u1"},
        {"node_id": "n_bus", "name": "母线", "kind": "process", "quantity": "electricity"},
    ]
    rows["generation"] = [
        {"facility_id": "u1", "month": month, "gross_mwh": 55, "own_use_mwh": 5, "supplied_mwh": 50} for month in MONTHS
    ]
    if mapped:
        stream = {
            "name": "入炉煤",
            "unit": "t",
            "facility_id": "ent",
            "item": "bituminous",
            "parameter": "fuel_consumed",
        }
        rows["streams"].append(stream | {"stream_id": "c_u1", "from_node": "n_yard", "to_node": "n_unit"})
        source = {
            "source_id": "s_u1",
            "name": "入炉煤台账",
            "stream_id": "c_u1",
            "records": "monthly_values",
            "rank": 1,
        }
        rows["sources"].append(source | {"derives_from": "none"})
        rows["monthly_values"] += [
            {"source_id": "s_u1", "month": month, "value": BURNT, "unit": "t"} for month in MONTHS
        ]
    if quoted:
        rows["reported"].append(figure("power_unit_co2_t", quoted, "tCO2", route="quoted"))
    if reported:
        rows["reported"] += [
            figure("fuel_consumed", str(BURNT), "t", month=month, item="bituminous") for month in MONTHS
        ]
    return rows


def outcomes(found: Context, rule: str) -> list[str]:
    return [result.outcome for result in results(found, rule)]


def wrong(rows: Rows, rule: str, **meta: Any) -> list[Result]:
    return [r for r in run_checks(context(rows, **meta)) if r.rule == rule and r.outcome == "not_satisfied"]


def test_a_quoted_unit_whose_coal_stays_out_of_the_host_is_in_order() -> None:
    found = context(with_unit(quoted="2500.00"))
    assert outcomes(found, "captive.double_counting") == [SATISFIED]
    assert outcomes(found, "captive.omitted") == [SATISFIED]
    assert not outcomes(found, "captive.electricity_twice")  # the edition gives electricity no factor


def test_the_coal_of_a_quoted_unit_among_the_fuel_of_the_host_counts_twice() -> None:
    found = wrong(with_unit(quoted="2500.00", reported=True), "captive.double_counting")
    assert [(r.facility, r.when, r.stream, r.source) for r in found] == [
        ("u1", month, "c_u1", "reported") for month in MONTHS
    ]
    assert {change for r in found for _, change in r.deltas} == {-BURNT}
    assert {key.track for r in found for key, _ in r.deltas} == {"entity"}


def test_double_counting_is_one_finding_with_the_tonnes_of_the_coal() -> None:
    rows = with_unit(quoted="2500.00", reported=True)
    rows["reported"].append(figure("oxidation_fraction", "0.99", "1", item="bituminous", route="default"))
    totals = (
        "entity_fuel_co2_t",
        "entity_co2_t",
    )  # not reported: a total that is wrong by itself would be kept as it is
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] not in totals]
    checked = verification(rows)
    rules = [finding.key[0] for finding in checked.findings]
    assert rules.count("captive.double_counting") == 1
    index = rules.index("captive.double_counting")
    assert tuple(checked.findings[index].key) == (
        "captive.double_counting",
        "u1",
        "2025",
        "c_u1",
        "reported",
    )
    # 1200 t x 23.076 GJ/t x 0.02618 x 0.99 x 44/12, month by month
    assert abs(checked.effects[index]["entity"] + Decimal(2631)) <= 1
    assert checked.effects[index]["facility"] == 0


def test_without_a_quoted_figure_the_coal_of_the_unit_is_the_hosts_own() -> None:
    found = context(with_unit(reported=True))
    assert not outcomes(found, "captive.double_counting")
    assert outcomes(found, "captive.omitted") == [SATISFIED]


@pytest.mark.parametrize("quoted", ["", "0"])
def test_a_unit_that_ran_inside_the_boundary_may_not_be_left_out(quoted: str) -> None:
    found = [key for key in keys(with_unit(quoted=quoted)) if key[0].startswith("captive.")]
    assert found == [("captive.omitted", "u1", "2025", "power_unit_co2_t", "reported")]


def test_a_unit_outside_the_boundary_or_at_rest_is_not_asked_for() -> None:
    assert not outcomes(context(with_unit(inside=False)), "captive.omitted")
    rows = with_unit(mapped=False)
    rows["generation"] = []
    assert not outcomes(context(rows), "captive.omitted")


def test_a_unit_with_unmapped_fuel_is_not_judged_where_the_host_reports_fuel() -> None:
    found = context(with_unit(mapped=False, reported=True))
    (result,) = results(found, "captive.omitted")
    assert result.outcome == NOT_EVALUATED
    assert "未说明入机组的燃料" in text(found, result)["zh"]


def test_fuel_reported_at_the_unit_itself_beside_the_quoted_figure_counts_twice() -> None:
    rows, overlay = with_unit(quoted="2500.00", mapped=False), "overlay-cement-2024-captive-unit"
    rows["reported"] += [
        figure("unit_fuel_consumed", "100.00", "t", track="facility", facility_id="u1", item="bituminous", month=month)
        for month in MONTHS
    ]
    found = wrong(rows, "captive.double_counting", packs={"facility": overlay, "entity": overlay})
    assert {(r.facility, r.stream) for r in found} == {("u1", "unit_fuel_consumed:bituminous")}
    assert len(found) == len(MONTHS)


def test_the_words_name_unit_amount_and_reason_in_both_languages() -> None:
    found = context(with_unit(quoted="2500.00", reported=True))
    result = next(r for r in results(found, "captive.double_counting") if r.outcome == "not_satisfied")
    words = text(found, result)
    assert "自备机组" in words["zh"]
    assert "重复计算" in words["zh"]
    assert "100" in words["en"]
    assert "count twice" in words["en"]


# electricity with a factor, in the editions before 2024


def old_plant(bought: str, *, captive: str = "") -> Context:
    """A plant of 2018 with coal of the unit in the entity's fuel and a reported net purchase."""
    months = [f"2018-{number:02d}" for number in range(1, 13)]
    rows = with_unit(reported=False)
    for name in ("reported", "plan", "deposits", "coal_analyses", "deducted_materials", "calibrations"):
        rows[name] = []
    keep = {"c_u1"}
    rows["streams"] = [row for row in rows["streams"] if row["stream_id"] in keep]
    rows["nodes"].append({"node_id": "n_grid", "name": "电网", "kind": "boundary", "quantity": "electricity"})
    rows["streams"].append(
        {"stream_id": "e_grid", "name": "购入电量", "unit": "MWh", "from_node": "n_grid", "to_node": "n_bus",
         "facility_id": "ent", "parameter": "net_purchased_electricity_mwh", "item": None}
    )  # fmt: skip
    rows["sources"] = [row for row in rows["sources"] if row["stream_id"] in keep]
    source = {"source_id": "s_grid", "name": "购电台账", "stream_id": "e_grid", "records": "monthly_values", "rank": 1}
    rows["sources"].append(source | {"derives_from": "none"})
    rows["generation"] = [row | {"month": month} for row, month in zip(rows["generation"], months, strict=True)]
    rows["monthly_values"] = [
        {"source_id": name, "month": month, "value": value, "unit": unit}
        for name, value, unit in (("s_u1", BURNT, "t"), ("s_grid", Decimal("200.000"), "MWh"))
        for month in months
    ]
    for month in months:
        rows["reported"] += [
            figure("fuel_consumed", "100.00", "t", item="bituminous", data_year=2018, month=month),
            figure("net_purchased_electricity_mwh", bought, "MWh", data_year=2018, month=month),
        ]
        if captive:
            name = "electricity_consumed_mwh"
            row = figure(name, captive, "MWh", item="captive", data_year=2018, month=month)
            rows["reported"].append(row | {"track": "facility", "facility_id": "k1"})
    packs = {"facility": "cement-supplementary-2017", "entity": "cement-2013"}
    return build_context(Case(Path(), META | {"packs": packs, "data_year": 2018}, 2018, months, None, tables(**rows)))


def test_net_purchase_without_captive_electricity_is_in_order() -> None:
    found = old_plant("200.000", captive="20.000")
    assert outcomes(found, "captive.electricity_twice") == [SATISFIED]  # the facility track is another boundary


def test_captive_electricity_in_the_net_purchase_counts_twice_beside_its_coal() -> None:
    found = [r for r in results(old_plant("250.000"), "captive.electricity_twice") if r.outcome == "not_satisfied"]
    assert len(found) == 12
    assert {(r.facility, r.stream, r.track) for r in found} == {("ent", "net_purchased_electricity_mwh", "entity")}
    assert {change for r in found for _, change in r.deltas} == {Decimal("-50.000")}


def test_another_difference_of_the_net_purchase_is_no_double_counting() -> None:
    assert outcomes(old_plant("251.000"), "captive.electricity_twice") == [SATISFIED]


def test_every_pack_of_the_chinese_scheme_states_the_rules_and_the_eu_packs_exempt_them() -> None:
    for name in ("captive.double_counting", "captive.electricity_twice", "captive.omitted"):
        assert rulepack.load(PACKS["entity"]).applies(name, YEAR).applies
        assert not rulepack.load("eu-ets-cement").applies(name, YEAR).applies
