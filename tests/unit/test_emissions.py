"""The engine of methods: defaults, missing operands, rounding, years, forced values, reported inputs, speed."""

from __future__ import annotations

import time
from decimal import Decimal, getcontext

import pytest

from verifierkit import rulepack
from verifierkit.emissions import Facility, Key, Step, Structure, calculate, explain_one, recompute_one
from verifierkit.errors import UsageError

MONTHS = tuple(f"2025-{number:02d}" for number in range(1, 13))
PACK = rulepack.load("cement-2024")
LINES = (Facility("k1", "clinker_line", "portland_clinker"), Facility("k2", "clinker_line", "portland_clinker"))
PLANT = Structure.of([Facility("ent", "entity"), *LINES], months=MONTHS, year=2025, region="north")


def key(parameter: str, facility: str = "k1", item: str = "", period: str = "2025", track: str = "facility") -> Key:
    return Key(track, parameter, facility, item, period)


def inputs() -> dict[Key, Decimal]:
    found = {}
    for line in ("k1", "k2"):
        for index, month in enumerate(MONTHS):
            found[key("fuel_consumed", line, "bituminous", month)] = Decimal("13000.00") + index
            found[key("fuel_ncv", line, "bituminous", month)] = Decimal("22.900") + Decimal("0.010") * index
            found[key("clinker_produced_t", line, "", month)] = Decimal("100000.00")
            found[key("deducted_material_t", line, "carbide_slag", month)] = Decimal("1000.00")
    for month in MONTHS:
        found[key("fuel_consumed", "ent", "diesel", month, "entity")] = Decimal("10.00")
    return found


def test_entity_fuel_sums_lines_and_own_fuel() -> None:
    values = calculate(PACK, PLANT, inputs()).values
    parts = [values[key("fuel_co2_t", line, "bituminous")] for line in ("k1", "k2")]
    own = values[key("fuel_co2_t", "ent", "diesel", track="entity")]
    assert own > 0
    assert values[key("entity_fuel_co2_t", "ent", track="entity")] == sum(parts) + own
    assert values[key("line_co2_t", "k1")] == parts[0] + values[key("process_co2_t", "k1")]


def test_year_of_an_emission_is_the_sum_of_rounded_months() -> None:
    values = calculate(PACK, PLANT, inputs()).values
    months = [values[key("fuel_co2_t", "k1", "bituminous", month)] for month in MONTHS]
    assert all(month == month.quantize(Decimal("0.01")) for month in months)
    assert values[key("fuel_co2_t", "k1", "bituminous")] == sum(months)


def test_inputs_are_rounded_half_up_before_use() -> None:
    data = inputs() | {key("clinker_produced_t", "k1", "", "2025-01"): Decimal("100000.005")}
    calculation = calculate(PACK, PLANT, data)
    step = calculation.trace(key("clinker_produced_t", "k1", "", "2025-01"))
    assert (step.unrounded, step.rounded, step.origin) == (Decimal("100000.005"), Decimal("100000.01"), "input")


def test_heat_value_of_the_year_is_weighted_by_consumption() -> None:
    data = {
        key("fuel_consumed", "k1", "bituminous", "2025-01"): Decimal("100"),
        key("fuel_consumed", "k1", "bituminous", "2025-02"): Decimal("300"),
        key("fuel_ncv", "k1", "bituminous", "2025-01"): Decimal("22.000"),
        key("fuel_ncv", "k1", "bituminous", "2025-02"): Decimal("24.000"),
    }
    plant = Structure.of([Facility("ent", "entity"), *LINES], months=MONTHS[:2], year=2025)
    values = calculate(PACK, plant, data).values
    assert values[key("fuel_ncv", "k1", "bituminous")] == Decimal("23.500")


def test_a_month_without_fuel_needs_no_heat_value() -> None:
    data = inputs() | {key("fuel_consumed", "k1", "bituminous", "2025-03"): Decimal("0.00")}
    del data[key("fuel_ncv", "k1", "bituminous", "2025-03")]
    calculation = calculate(PACK, PLANT, data)
    assert calculation.values[key("fuel_co2_t", "k1", "bituminous", "2025-03")] == 0
    assert key("line_co2_t", "k1") in calculation.values


def test_a_gap_in_a_measured_route_is_not_filled_by_the_default() -> None:
    data = inputs()
    del data[key("fuel_ncv", "k1", "bituminous", "2025-03")]
    calculation = calculate(PACK, PLANT, data)
    reason = calculation.missing[key("fuel_co2_t", "k1", "bituminous", "2025-03")]
    assert "net calorific value of the fuel is missing (k1 bituminous 2025-03)" in reason["en"]
    assert "缺少" in reason["zh"]
    assert key("entity_co2_t", "ent", track="entity") not in calculation.values
    assert calculation.missing[key("entity_co2_t", "ent", track="entity")] == reason
    assert key("line_co2_t", "k2") in calculation.values


def test_a_factor_never_given_is_the_default_of_the_pack() -> None:
    data = {k: v for k, v in inputs().items() if k.parameter != "fuel_ncv"}
    calculation = calculate(PACK, PLANT, data)
    step = calculation.trace(key("fuel_ncv", "k1", "bituminous", "2025-05"))
    assert (step.rounded, step.origin) == (Decimal("23.076"), "default")
    assert step.citation is not None
    assert step.citation.confidence == "B"


def test_a_factor_given_for_the_year_holds_for_its_months() -> None:
    data = inputs() | {key("carbon_content_tc_per_gj", "k1", "bituminous"): Decimal("0.02308")}
    calculation = calculate(PACK, PLANT, data)
    assert calculation.values[key("carbon_content_tc_per_gj", "k1", "bituminous", "2025-07")] == Decimal("0.02308")
    assert calculation.values[key("carbon_content_tc_per_gj", "k2", "bituminous", "2025-07")] == Decimal("0.02618")


def test_no_power_unit_counts_as_zero_and_a_quoted_year_is_taken() -> None:
    base = calculate(PACK, PLANT, inputs()).values[key("entity_co2_t", "ent", track="entity")]
    quoted = {key("power_unit_co2_t", "ent", track="entity"): Decimal("1000.00")}
    assert calculate(PACK, PLANT, inputs() | quoted).values[key("entity_co2_t", "ent", track="entity")] == base + 1000


def test_entity_total_is_an_integer() -> None:
    step = calculate(PACK, PLANT, inputs()).trace(key("entity_co2_t", "ent", track="entity"))
    assert step.rounded == step.unrounded.to_integral_value(rounding="ROUND_HALF_UP")
    assert step.unrounded != step.rounded
    assert step.rounded.as_tuple().exponent == 0


def test_process_emission_of_a_month_is_not_below_zero() -> None:
    data = inputs() | {key("deducted_material_t", "k1", "carbide_slag", "2025-01"): Decimal("200000.00")}
    assert calculate(PACK, PLANT, data).values[key("process_co2_t", "k1", "", "2025-01")] == 0


def test_no_output_no_intensity() -> None:
    data = inputs() | {key("clinker_produced_t", "k1", "", "2025-01"): Decimal("0.00")}
    calculation = calculate(PACK, PLANT, data)
    assert calculation.missing[key("line_intensity_tco2_per_t", "k1", "", "2025-01")]["en"] == "division by zero"
    assert key("line_intensity_tco2_per_t", "k1") in calculation.values


def test_forced_values_isolate_one_cause() -> None:
    pinned = key("fuel_co2_t", "k1", "bituminous", "2025-01")
    base, moved = (
        calculate(PACK, PLANT, inputs()),
        calculate(PACK, PLANT, inputs(), forced={pinned: Decimal("30000.00")}),
    )
    difference = Decimal("30000.00") - base.values[pinned]
    assert moved.values[key("line_co2_t", "k1")] - base.values[key("line_co2_t", "k1")] == difference
    assert moved.values[key("line_co2_t", "k2")] == base.values[key("line_co2_t", "k2")]
    assert moved.trace(pinned).origin == "forced"


def test_trace_shows_operands_with_their_origin() -> None:
    step = calculate(PACK, PLANT, inputs()).trace(key("process_co2_t", "k1", "", "2025-02"))
    assert [(o.name, o.value, o.origin) for o in step.operands] == [
        ("clinker_produced_t", Decimal("100000.00"), "input"),
        ("clinker_factor_tco2_per_t", Decimal("0.535"), "default"),
        ("deducted_material_t", Decimal("1000.00"), "input"),
        ("deduction_factor_tco2_per_t", Decimal("0.480"), "default"),
    ]
    assert step.rounded == Decimal("53020.00")
    assert step.unit == "tCO2"
    assert "Σ(" in step.words["zh"]
    assert step.words["en"].startswith("max(0, clinker produced × ")


def test_trace_of_a_missing_figure_says_why() -> None:
    with pytest.raises(UsageError, match="no value of facility/electricity_mwh/k1//2025-01: .*is missing"):
        calculate(PACK, PLANT, inputs()).trace(key("electricity_mwh", "k1", "", "2025-01"))


def reported() -> dict[Key, Decimal]:
    return dict(calculate(PACK, PLANT, inputs()).values)


def test_recompute_one_uses_the_reported_inputs_only() -> None:
    figures = reported()
    total = key("line_co2_t", "k1", "", "2025-01")
    figures[key("fuel_co2_t", "k1", "bituminous", "2025-01")] += 100  # wrong by its own arithmetic
    step = recompute_one(PACK, PLANT, total, figures)
    assert isinstance(step, Step)
    assert step.rounded == figures[total] + 100
    own = recompute_one(PACK, PLANT, key("fuel_co2_t", "k1", "bituminous", "2025-01"), figures)
    assert own is not None
    assert own.rounded == figures[key("fuel_co2_t", "k1", "bituminous", "2025-01")] - 100


@pytest.mark.parametrize("parameter", ["fuel_consumed", "fuel_ncv", "fuel_co2_t"])
def test_recompute_one_gives_the_year_from_the_reported_months(parameter: str) -> None:
    figures, year = reported(), key(parameter, "k1", "bituminous")
    step = recompute_one(PACK, PLANT, year, figures)
    assert step is not None
    assert step.rounded == figures[year]
    assert step.origin == "aggregated"
    assert len(step.operands) == 12


def test_recompute_one_without_an_operand_says_why() -> None:
    figures = {k: v for k, v in reported().items() if k.parameter != "clinker_produced_t"}
    wanted = key("process_co2_t", "k1", "", "2025-01")
    assert recompute_one(PACK, PLANT, wanted, figures) is None
    reason = explain_one(PACK, PLANT, wanted, figures)
    assert isinstance(reason, dict)
    assert "clinker produced is missing (k1 2025-01)" in reason["en"]


def test_a_parameter_of_the_other_track_is_found() -> None:
    pack = rulepack.load("cement-2013")
    months = tuple(f"2018-{number:02d}" for number in range(1, 13))
    plant = Structure.of([Facility("ent", "entity"), LINES[0]], months=months, year=2018, region="north")
    data = {Key("facility", "clinker_produced_t", "k1", "", month): Decimal("1000") for month in months}
    values = calculate(pack, plant, data).values
    assert values[Key("entity", "clinker_produced_t", "k1", "", "2018")] == 12000


def test_part_of_a_year_is_summed_over_the_months_looked_at() -> None:
    plant = Structure.of([Facility("ent", "entity"), *LINES], months=MONTHS[:3], year=2025)
    values = calculate(PACK, plant, inputs()).values
    assert values[key("clinker_produced_t", "k1")] == 300000
    assert key("clinker_produced_t", "k1", "", "2025-04") not in values


def test_the_order_of_inputs_and_the_callers_precision_do_not_matter() -> None:
    data, before = inputs(), getcontext().prec
    first = calculate(PACK, PLANT, data).values
    try:
        getcontext().prec = 6
        second = calculate(PACK, PLANT, dict(reversed(data.items()))).values
    finally:
        getcontext().prec = before
    assert first == second


def test_scaling_all_masses_scales_the_exact_emission() -> None:
    data = inputs()
    double = {
        k: v * 2 if k.parameter in ("fuel_consumed", "clinker_produced_t", "deducted_material_t") else v
        for k, v in data.items()
    }
    wanted = key("process_co2_t", "k1", "", "2025-01")
    one, two = (calculate(PACK, PLANT, given).trace(wanted).unrounded for given in (data, double))
    assert two == one * 2


def test_a_year_that_the_pack_does_not_cover_is_refused() -> None:
    plant = Structure.of(PLANT.facilities, months=MONTHS, year=2026)
    with pytest.raises(UsageError, match="cement-2024 covers data years 2024 to 2025, not 2026"):
        calculate(PACK, plant, {})


def test_a_case_is_computed_in_50_milliseconds() -> None:
    data = inputs()
    for line in ("k1", "k2"):
        for month in MONTHS:
            for fuel in ("anthracite", "diesel", "natural_gas"):
                data[key("fuel_consumed", line, fuel, month)] = Decimal("12.34")
            for material in ("steel_slag", "fgd_gypsum", "coal_fly_ash", "red_mud", "copper_slag"):
                data[key("deducted_material_t", line, material, month)] = Decimal("10.00")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        calculate(PACK, PLANT, data)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05, times
