"""Captive power units by pack data: every fuel, heat share, both readings of captive supply, inside a host or apart.

No public source in reach prints a worked example of a unit: the tests named ``test_arithmetic_...`` are worked by hand
and show that formulas are computed as the packs state them, not that the packs state the rule rightly.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from verifierkit import rulepack
from verifierkit.emissions import Calculation, Facility, Key, Structure, calculate

D = Decimal
UNIT, ENTITY = Facility("u1", "captive_unit"), Facility("ent", "entity")
LINE, POTS = Facility("k1", "clinker_line", "portland_clinker"), Facility("p1", "potline")


def run(pack_id: str, year: int, facilities: list[Facility], figures: dict[tuple[str, str, str], str]) -> Calculation:
    """Figures of one month (of the year where the parameter has no month) on the facility track."""
    pack = rulepack.load(pack_id)
    plant = Structure.of(facilities, months=[f"{year}-01"], year=year, region="north")
    inputs = {
        Key("facility", name, facility, item, f"{year}-01" if pack.parameters[name].monthly else str(year)): D(text)
        for (name, facility, item), text in figures.items()
    }
    return calculate(pack, plant, inputs)


def of(found: Calculation, name: str, facility: str, item: str = "", *, track: str = "facility") -> Decimal:
    year = next(key.period for key in found.values if len(key.period) == 4)
    return found.values[Key(track, name, facility, item, year)]


POWER_UNIT = "overlay-electricity-only-power-unit"


def unit(figures: dict[tuple[str, str], str], year: int = 2018, pack: str = POWER_UNIT) -> Calculation:
    return run(pack, year, [UNIT], {(name, "u1", item): text for (name, item), text in figures.items()})


def test_arithmetic_of_coal_with_heat_value_and_bought_electricity() -> None:
    found = unit(
        {
            ("unit_fuel_consumed", "bituminous"): "1000.00",
            ("unit_fuel_ncv", "bituminous"): "22.000",
            ("unit_purchased_mwh", ""): "100.000",
        }
    )
    # 1000 x 22 x 0.02618 = 575.96 tC; x 0.93 x 44/12 = 1964.0236; 100 x 0.6101 = 61.01
    assert of(found, "unit_fuel_co2_t", "u1", "bituminous") == D("1964.02")
    assert of(found, "unit_purchased_co2_t", "u1") == D("61.01")
    assert of(found, "unit_co2_t", "u1") == D("2025.03")


def test_a_measured_carbon_content_takes_the_place_of_heat_value_and_default() -> None:
    measured = {("unit_fuel_consumed", "bituminous"): "1000.00", ("unit_carbon_tc_per_t", "bituminous"): "0.6000"}
    found = unit(measured, 2025)
    assert of(found, "unit_fuel_co2_t", "u1", "bituminous") == D("2178.00")  # 1000 x 0.6 x 0.99 x 44/12


def test_a_measured_carbon_content_of_some_months_leaves_no_other_month_to_the_default() -> None:
    pack = rulepack.load(POWER_UNIT)
    plant = Structure.of([UNIT], months=["2025-01", "2025-02"], year=2025)
    inputs = {Key("facility", "unit_fuel_consumed", "u1", "bituminous", month): D(1000) for month in plant.months}
    inputs |= {Key("facility", "unit_fuel_ncv", "u1", "bituminous", month): D(22) for month in plant.months}
    inputs[Key("facility", "unit_carbon_tc_per_t", "u1", "bituminous", "2025-01")] = D("0.6")
    found = calculate(pack, plant, inputs)
    emission = Key("facility", "unit_fuel_co2_t", "u1", "bituminous", "2025-02")
    assert emission not in found.values
    assert "may not fill a gap" in found.missing[emission]["en"]


@pytest.mark.parametrize(
    ("fuel", "year", "expected"),
    [  # 100 x 10^4 Nm3 x default heat value x default carbon x 0.99 x 44/12
        ("blast_furnace_gas", 2018, "848.12"),  # 100 x 33 x 0.0708 = 233.64 tC
        ("converter_gas", 2018, "1512.40"),  # 100 x 84 x 0.0496 = 416.64 tC
        ("coke_oven_gas", 2018, "762.24"),  # 100 x 173.54 x 0.0121 = 209.9834 tC
        ("coke_oven_gas", 2025, "763.62"),  # 100 x 173.854 x 0.0121 = 210.36334 tC
        ("natural_gas", 2025, "2165.03"),  # 100 x 389.31 x 0.01532 = 596.42292 tC
    ],
)
def test_arithmetic_of_gases_with_the_defaults_of_their_edition(fuel: str, year: int, expected: str) -> None:
    found = unit({("unit_fuel_consumed", fuel): "100.00"}, year)
    assert found.trace(Key("facility", "unit_fuel_co2_t", "u1", fuel, f"{year}-01")).origin == "calculated"
    assert abs(of(found, "unit_fuel_co2_t", "u1", fuel) - D(expected)) <= D("0.01")


def test_a_gas_of_a_year_without_default_is_missing_and_says_so() -> None:
    found = unit({("unit_fuel_consumed", "coke_oven_gas"): "100.00"}, 2022)
    key = Key("facility", "unit_fuel_co2_t", "u1", "coke_oven_gas", "2022-01")
    assert key not in found.values
    assert "coke_oven_gas" in found.missing[key]["en"]


def test_arithmetic_of_combined_heat_and_power_with_a_heat_share() -> None:
    found = unit(
        {
            ("unit_fuel_consumed", "bituminous"): "1000.00",
            ("unit_fuel_ncv", "bituminous"): "22.000",
            ("unit_heat_share_fraction", ""): "0.25",
            ("unit_supplied_mwh", ""): "1500.000",
            ("unit_heat_supplied_gj", ""): "4000.00",
            ("unit_delivered_mwh", "host_process"): "900.000",
            ("unit_delivered_mwh", "alumina_refinery"): "600.000",
            ("unit_delivered_heat_gj", "alumina_refinery"): "4000.00",
        }
    )
    assert of(found, "unit_electricity_co2_t", "u1") == D("1473.02")  # 1964.02 x 0.75 = 1473.015
    assert of(found, "unit_heat_co2_t", "u1") == D("491.01")  # 1964.02 x 0.25 = 491.005
    assert of(found, "unit_electricity_factor_tco2_per_mwh", "u1") == D("0.9820")
    assert of(found, "unit_heat_factor_tco2_per_gj", "u1") == D("0.1228")
    # an alumina host: 900 and 600 MWh x 0.9820; 4000 GJ x 0.1228
    assert of(found, "unit_delivered_electricity_co2_t", "u1", "host_process") == D("883.80")
    assert of(found, "unit_delivered_electricity_co2_t", "u1", "alumina_refinery") == D("589.20")
    assert of(found, "unit_delivered_heat_co2_t", "u1", "alumina_refinery") == D("491.20")


def test_arithmetic_of_biomass_and_own_secondary_energy_as_shares_of_heat() -> None:
    found = unit(
        {
            ("unit_fuel_consumed", "bituminous"): "1000.00",
            ("unit_fuel_ncv", "bituminous"): "20.000",
            ("unit_fuel_consumed", "blast_furnace_gas"): "100.00",
            ("unit_boiler_heat_gj", ""): "24000.00",
            ("unit_boiler_efficiency_fraction", ""): "0.90",
        }
    )
    # fossil 20000 + 3300 = 23300 GJ; burnt in all 24000 / 0.9 = 26666.67; biomass 1 - 23300 / 26666.67
    assert of(found, "unit_fossil_heat_gj", "u1") == D("23300.00")
    assert of(found, "unit_biomass_heat_fraction", "u1") == D("0.1263")
    assert of(found, "unit_secondary_heat_fraction", "u1") == D("0.1416")  # 3300 / 23300
    fuels = {key.item for key in found.values if key.parameter == "unit_fuel_co2_t"}
    assert fuels == {"bituminous", "blast_furnace_gas"}  # biomass has no fossil emission


READINGS = [
    ("cement", 2018, "2017", "305.05"),  # (400 + 100) x 0.6101
    ("cement", 2021, "2019", "290.50"),  # (400 + 100) x 0.5810
    ("aluminium", 2018, "2017", "305.05"),
    ("aluminium", 2021, "2019", "290.50"),
]


@pytest.mark.parametrize(("sector", "year", "base", "mean"), READINGS)
def test_both_readings_of_captive_supply_are_computed_from_pack_data(
    sector: str, year: int, base: str, mean: str
) -> None:
    place, result = (LINE, "electricity_co2_t") if sector == "cement" else (POTS, "potline_co2_t")
    figures = {
        ("electricity_consumed_mwh", place.id, "grid"): "400.000",
        ("electricity_consumed_mwh", place.id, "captive"): "100.000",
        ("electricity_consumed_mwh", place.id, "waste_heat"): "50.000",
    }
    national = run(f"{sector}-supplementary-{base}", year, [place, ENTITY, UNIT], figures)
    assert of(national, result, place.id) == D(mean)
    own = figures | {
        ("unit_fuel_consumed", "u1", "bituminous"): "1000.00",
        ("unit_fuel_ncv", "u1", "bituminous"): "22.000",
        ("unit_supplied_mwh", "u1", ""): "2000.000",
    }
    specific = run(f"overlay-{sector}-supplementary-{base}-plant-specific", year, [place, ENTITY, UNIT], own)
    # 1964.02 / 2000 = 0.9820 for the captive 100 MWh in place of the national mean
    assert of(specific, "captive_factor_tco2_per_mwh", "ent") == D("0.9820")
    assert of(specific, result, place.id) == D(mean) * D("0.8") + D("98.20")


def test_without_the_unit_the_plant_specific_reading_is_missing_and_not_the_mean() -> None:
    figures = {("electricity_consumed_mwh", "p1", "captive"): "100.000", ("metal_produced_t", "p1", ""): "10.00"}
    found = run("overlay-aluminium-supplementary-2017-plant-specific", 2018, [POTS, ENTITY, UNIT], figures)
    assert Key("facility", "potline_co2_t", "p1", "", "2018") not in found.values


def test_islanded_supply_has_no_grid_electricity_and_both_readings() -> None:
    figures = {("electricity_consumed_mwh", "p1", "captive"): "100.000"}
    mean = run("aluminium-supplementary-2017", 2018, [POTS, ENTITY, UNIT], figures)
    assert of(mean, "potline_co2_t", "p1") == D("61.01")
    figures |= {("unit_fuel_consumed", "u1", "bituminous"): "50.00", ("unit_fuel_ncv", "u1", "bituminous"): "22.000"}
    figures |= {("unit_supplied_mwh", "u1", ""): "100.000"}
    own = run("overlay-aluminium-supplementary-2017-plant-specific", 2018, [POTS, ENTITY, UNIT], figures)
    assert of(own, "potline_co2_t", "p1") == D("98.20")  # all that the unit emitted


def test_arithmetic_of_captive_heat_by_the_units_intensity() -> None:
    figures = {
        ("heat_consumed_gj", "k1", "captive"): "100.00",
        ("heat_consumed_gj", "k1", "waste_heat"): "500.00",
        ("unit_fuel_consumed", "u1", "bituminous"): "1000.00",
        ("unit_fuel_ncv", "u1", "bituminous"): "22.000",
        ("unit_heat_share_fraction", "u1", ""): "0.25",
        ("unit_heat_supplied_gj", "u1", ""): "4000.00",
    }
    found = run("overlay-cement-supplementary-2017-plant-specific", 2018, [LINE, ENTITY, UNIT], figures)
    assert of(found, "heat_co2_t", "k1") == D("12.28")  # 100 x 0.1228 against 11.00 by the default


@pytest.mark.parametrize(("sector", "total"), [("cement", "entity_co2_t"), ("aluminium", "entity_co2e_t")])
def test_inside_a_host_the_unit_is_added_to_the_enterprise_and_not_to_the_line(sector: str, total: str) -> None:
    place = LINE if sector == "cement" else POTS
    pack_id = f"overlay-{sector}-2024-captive-unit"
    figures = {
        ("unit_fuel_consumed", "u1", "bituminous"): "1000.00",
        ("unit_fuel_ncv", "u1", "bituminous"): "22.000",
        ("clinker_produced_t" if sector == "cement" else "anode_consumed_t", place.id, ""): "100.00",
    }
    if sector == "aluminium":
        figures["metal_produced_t", place.id, ""] = "200.00"
    found = run(pack_id, 2025, [ENTITY, place, UNIT], figures)
    alone = {name: text for name, text in figures.items() if name[1] != "u1"}
    base = run(f"{sector}-2024", 2025, [ENTITY, place, UNIT], alone)
    # 1000 x 22 x 0.02618 x 0.99 x 44/12 = 2090.7348
    assert of(found, "unit_co2_t", "u1") == D("2090.73")
    gained = of(found, total, "ent", track="entity") - of(base, total, "ent", track="entity")
    assert abs(gained - D("2090.73")) <= 1
    line = rulepack.load(pack_id).totals["facility"]
    assert of(found, line, place.id) == of(base, line, place.id)
