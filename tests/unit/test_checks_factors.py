"""因子：缺省值、实测路线、基准换算、加权。"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.small_plant import MONTHS, NCV, Rows, context, outcomes, pick, plant, reported, results
from verifierkit.checks.base import Result
from verifierkit.emissions import Key

DEFAULTS = (
    "carbon_content_tc_per_gj",
    "oxidation_fraction",
    "clinker_factor_tco2_per_t",
    "deduction_factor_tco2_per_t",
)


def failed(rows: Rows, rule: str, *, through: str | None = None) -> list[Result]:
    return [r for r in results(context(rows, through=through), rule) if r.outcome == "not_satisfied"]


# default values


@pytest.mark.parametrize("parameter", DEFAULTS)
@pytest.mark.parametrize("change", [Decimal("-0.00001"), Decimal("0.00001")])
def test_a_default_that_differs_by_its_last_digit_fails(parameter: str, change: Decimal) -> None:
    rows = plant()
    row = reported(rows, parameter, "2025-05")
    right, row["value"] = row["value"], row["value"] + change
    (found,) = failed(rows, "factor.default")
    name = f"{parameter}:{row['item']}" if row["item"] else parameter
    assert (found.when, found.stream, found.source) == ("2025-05", name, "reported")
    assert (found.observed, found.expected) == (row["value"], right)
    assert found.deltas == ((Key("facility", parameter, "k1", row["item"] or "", "2025-05"), -change),)


def test_a_default_wrong_all_year_is_one_result_with_the_year() -> None:
    rows = plant()
    for month in (*MONTHS, None):
        reported(rows, "clinker_factor_tco2_per_t", month)["value"] = Decimal("0.5")
    (found,) = failed(rows, "factor.default")
    assert (found.when, len(found.deltas), len(found.places)) == ("2025", 13, 13)


def test_only_the_year_wrong_speaks_of_the_year() -> None:
    rows = plant()
    reported(rows, "clinker_factor_tco2_per_t", None)["value"] = Decimal("0.5")
    (found,) = failed(rows, "factor.default")
    assert (found.months, found.period) == ((), "2025")


def test_a_measured_value_is_no_default() -> None:
    rows = plant()
    reported(rows, "fuel_ncv", "2025-05")["value"] = Decimal("30.000")
    assert failed(rows, "factor.default") == []


def test_a_value_without_route_is_measured_where_a_source_is_mapped() -> None:
    rows = plant()
    for month in (*MONTHS, None):
        reported(rows, "fuel_ncv", month)["route"] = None
    assert failed(rows, "factor.default") == []
    rows["sources"] = [row for row in rows["sources"] if row["source_id"] != "s_ncv"]
    (found,) = failed(rows, "factor.default")
    assert (found.stream, found.when, found.observed) == ("fuel_ncv:bituminous", "2025", NCV)


def test_a_default_only_factor_without_route_is_held_against_the_pack() -> None:
    rows = plant()
    reported(rows, "oxidation_fraction", "2025-05").update(route=None, value=Decimal("0.5"))
    assert [found.when for found in failed(rows, "factor.default")] == ["2025-05"]


def test_a_default_that_the_pack_does_not_hold_fails_without_a_correction() -> None:
    rows = plant()
    rows["reported"] += [
        row | {"item": "木屑"} for row in rows["reported"] if row["parameter"] == "carbon_content_tc_per_gj"
    ]
    (found,) = failed(rows, "factor.default")
    assert (found.stream, found.message) == ("carbon_content_tc_per_gj:木屑", "factor.default.no_value")
    assert (found.expected, found.deltas) == (None, ())


def test_a_value_without_route_that_the_pack_does_not_hold_is_not_evaluated() -> None:
    rows = plant()
    rows["reported"] += [
        row | {"item": "木屑", "route": None} for row in rows["reported"] if row["parameter"] == "fuel_ncv"
    ]
    found = [r for r in results(context(rows), "factor.default") if r.outcome == "not_evaluated"]
    assert [(r.stream, r.message) for r in found] == [("fuel_ncv:木屑", "factor.default.no_value")]


# the measured route


def test_a_measured_route_dropped_for_the_default_fails_from_then_on() -> None:
    rows = plant()
    for month in MONTHS[8:]:
        reported(rows, "fuel_ncv", month)["route"] = "default"
    (found,) = failed(rows, "factor.route")
    assert (found.when, found.stream) == ("2025-09/2025-12", "fuel_ncv:bituminous")
    assert found.deltas == ()


def test_default_before_the_first_measured_month_is_no_return() -> None:
    rows = plant()
    for month in MONTHS[:4]:
        reported(rows, "fuel_ncv", month)["route"] = "default"
    assert outcomes(context(rows), "factor.route") == [("satisfied", "2025")]


def test_a_route_dropped_after_the_months_looked_at_is_not_seen() -> None:
    rows = plant()
    reported(rows, "fuel_ncv", "2025-09")["route"] = "default"
    assert failed(rows, "factor.route", through="2025-08") == []
    assert [r.when for r in failed(rows, "factor.route", through="2025-09")] == ["2025-09"]


# basis and weighting of heat values


def dry(rows: Rows, month: str, *, basis: str = "dry") -> None:
    """Turn the analyses of a month to another basis; the printed value stays what was reported."""
    for row in rows["coal_analyses"]:
        if row["report_no"] == f"R{month}":
            row["basis"] = basis


def test_an_unconverted_mean_is_a_fault_of_the_basis() -> None:
    rows = plant()
    dry(rows, "2025-04")
    (found,) = failed(rows, "factor.basis")
    assert (found.when, found.stream, found.source) == ("2025-04", "c_k1", "s_ncv")
    assert (found.observed, found.expected) == (NCV, Decimal("19.800"))
    assert found.deltas == ((Key("facility", "fuel_ncv", "k1", "bituminous", "2025-04"), Decimal("-2.200")),)
    assert failed(rows, "factor.weighting") == []


def test_air_dried_is_converted_with_both_moistures() -> None:
    rows = plant()
    dry(rows, "2025-04", basis="air_dried")
    assert [found.expected for found in failed(rows, "factor.basis")] == [Decimal("20.204")]


def test_a_plain_mean_is_a_fault_of_the_weighting() -> None:
    rows = plant()
    reported(rows, "fuel_ncv", "2025-04")["value"] = Decimal("21.950")
    (found,) = failed(rows, "factor.weighting")
    assert (found.when, found.source, found.expected) == ("2025-04", "s_ncv", NCV)
    assert failed(rows, "factor.basis") == []


@pytest.mark.parametrize("value", ["21.949", "21.951", "22.001"])
def test_a_value_that_is_neither_mean_is_left_to_the_chain(value: str) -> None:
    rows = plant()
    reported(rows, "fuel_ncv", "2025-04")["value"] = Decimal(value)
    assert failed(rows, "factor.basis") + failed(rows, "factor.weighting") == []
    assert [r.when for r in failed(rows, "chain.report") if r.parameter == "fuel_ncv"] == ["2025-04"]


def test_equal_batches_cannot_show_the_weighting() -> None:
    rows = plant()
    for row in rows["coal_analyses"]:
        if row["report_no"] == "R2025-04":
            row["ncv_gj_per_t"] = NCV
    assert failed(rows, "factor.weighting") == []


def test_a_year_that_is_the_plain_mean_of_its_months_fails() -> None:
    rows = plant()
    for name, amount in (("2025-04", 2400), ("2025-05", 600)):
        reported(rows, "fuel_consumed", name)["value"] = Decimal(amount)
    for name in ("2025-04", "2025-05"):
        reported(rows, "fuel_ncv", name)["value"] = Decimal("23.2")
    reported(rows, "fuel_ncv", None)["value"] = Decimal("22.200")
    (found,) = failed(rows, "factor.weighting")
    assert (found.when, found.observed, found.expected) == ("2025", Decimal("22.200"), Decimal("22.240"))
    assert found.unpinned == (Key("facility", "fuel_ncv", "k1", "bituminous", "2025"),)
    reported(rows, "fuel_ncv", None)["value"] = Decimal("22.240")
    assert failed(rows, "factor.weighting") == []


def test_a_month_on_default_is_not_held_against_the_laboratory() -> None:
    rows = plant()
    reported(rows, "fuel_ncv", "2025-04").update(value=Decimal("21.950"), route="default")
    assert failed(rows, "factor.weighting") == []


def test_analyses_outside_the_month_do_not_enter_its_mean() -> None:
    rows = plant()
    pick(rows, "coal_analyses", sample_no="2025-04-1")["sampled_on"] = date(2025, 5, 2)
    found = {r.when: r.expected for r in failed(rows, "chain.report") if r.parameter == "fuel_ncv"}
    assert set(found) == {"2025-04", "2025-05"}
    assert found["2025-04"] == Decimal("22.250")
