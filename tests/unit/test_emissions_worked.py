"""One example per method of each pack, worked by hand. No public source prints one for these editions:

these are tests of arithmetic alone; they do not show that the pack states the rule rightly.
"""

from __future__ import annotations

from decimal import Decimal

from verifierkit import rulepack
from verifierkit.emissions import Facility, Key, Structure, calculate

D = Decimal


def run(
    pack_id: str, year: int, facilities: list[Facility], figures: dict[tuple[str, ...], str]
) -> dict[tuple[str, ...], Decimal]:
    """Values of the year by (track, parameter, facility, item) from figures of one month or of the year."""
    plant = Structure.of(facilities, months=[f"{year}-01"], year=year, region="north")
    pack = rulepack.load(pack_id)
    inputs = {Key(*n, f"{year}-01" if pack.parameters[n[1]].monthly else str(year)): D(t) for n, t in figures.items()}
    values = calculate(pack, plant, inputs).values
    return {name[:4]: value for name, value in values.items() if name.period == str(year)}


def test_cement_2024() -> None:
    found = run(
        "cement-2024",
        2025,
        [Facility("ent", "entity"), Facility("k1", "clinker_line", "portland_clinker")],
        {
            ("facility", "fuel_consumed", "k1", "bituminous"): "1000.00",
            ("facility", "fuel_ncv", "k1", "bituminous"): "23.000",
            ("facility", "clinker_produced_t", "k1", ""): "10000.00",
            ("facility", "deducted_material_t", "k1", "steel_slag"): "100.00",
            ("facility", "deducted_material_t", "k1", "carbide_slag"): "50.00",
            ("entity", "fuel_consumed", "ent", "diesel"): "10.00",
            ("entity", "power_unit_co2_t", "ent", ""): "500.00",
        },
    )
    # 1000 x 23.000 = 23000 GJ; x 0.02618 = 602.14 tC; x 0.99 = 596.1186; x 44/12 = 2185.7682
    assert found["facility", "fuel_co2_t", "k1", "bituminous"] == D("2185.77")
    # 10000 x 0.535 = 5350; - 100 x 0.215 - 50 x 0.480 = - 45.5
    assert found["facility", "process_co2_t", "k1", ""] == D("5304.50")
    assert found["facility", "line_co2_t", "k1", ""] == D("7490.27")
    assert found["facility", "line_intensity_tco2_per_t", "k1", ""] == D("0.7490")
    # 10 x 42.652 x 0.02020 x 0.98 x 44/12 = 30.9591...
    assert found["entity", "fuel_co2_t", "ent", "diesel"] == D("30.96")
    assert found["entity", "entity_fuel_co2_t", "ent", ""] == D("2216.73")
    assert found["entity", "entity_process_co2_t", "ent", ""] == D("5304.50")
    # 2216.73 + 5304.50 + 500.00 = 8021.23
    assert found["entity", "entity_co2_t", "ent", ""] == D("8021")


def test_natural_gas_of_cement_2024_is_in_units_of_ten_thousand_cubic_metres() -> None:
    found = run(
        "cement-2024",
        2024,
        [Facility("ent", "entity"), Facility("k1", "clinker_line", "white_clinker")],
        {
            ("facility", "fuel_consumed", "k1", "natural_gas"): "2.00",
            ("facility", "clinker_produced_t", "k1", ""): "100.00",
        },
    )
    # 2 x 389.310 = 778.62 GJ; x 0.01532 = 11.9284584 tC; x 0.99 x 44/12 = 43.3003...
    assert found["facility", "fuel_co2_t", "k1", "natural_gas"] == D("43.30")
    assert found["facility", "process_co2_t", "k1", ""] == D("55.00")  # white clinker 0.550


def test_aluminium_2024() -> None:
    found = run(
        "aluminium-2024",
        2025,
        [
            Facility("ent", "entity"),
            Facility("p1", "potline", "prebaked_cells"),
            Facility("p2", "potline", "prebaked_cells"),
        ],
        {
            ("facility", "anode_consumed_t", "p1", ""): "4690.00",
            ("facility", "metal_produced_t", "p1", ""): "10000.00",
            ("facility", "anode_consumed_t", "p2", ""): "469.00",
            ("facility", "metal_produced_t", "p2", ""): "1000.00",
            ("entity", "carbonate_t", "ent", "limestone"): "100.00",
            ("entity", "carbonate_t", "ent", "soda_ash"): "10.00",
            ("entity", "carbonate_purity_fraction", "ent", "soda_ash"): "0.9900",
            ("entity", "fuel_consumed", "ent", "anthracite"): "10.00",
        },
    )
    # 4690 x 0.8482 = 3978.058; x 0.976 = 3882.584608; x 44/12 = 14236.1435...
    assert found["facility", "anode_co2_t", "p1", ""] == D("14236.14")
    # 10000 x (0.02 x 6630 + 0.0011 x 11100) / 1000 = 10 x (132.6 + 12.21)
    assert found["facility", "pfc_co2e_t", "p1", ""] == D("1448.10")
    assert found["facility", "potline_co2e_t", "p1", ""] == D("15684.24")
    assert found["facility", "potline_intensity_tco2e_per_t", "p1", ""] == D("1.5684")
    assert found["entity", "carbonate_co2_t", "ent", "limestone"] == D("44.00")
    # 10 x 0.4149 x 0.99 = 4.10751
    assert found["entity", "carbonate_co2_t", "ent", "soda_ash"] == D("4.11")
    # 10 x 22.867 x 0.02749 x 0.98 x 44/12 = 22.5882...
    assert found["entity", "entity_fuel_co2_t", "ent", ""] == D("22.59")
    # p2: 1423.61 and 144.81
    assert found["entity", "entity_anode_co2_t", "ent", ""] == D("15659.75")
    assert found["entity", "entity_pfc_co2e_t", "ent", ""] == D("1592.91")
    assert found["entity", "entity_carbonate_co2_t", "ent", ""] == D("48.11")
    # 22.59 + 15659.75 + 1592.91 + 48.11 = 17323.36
    assert found["entity", "entity_co2e_t", "ent", ""] == D("17323")


def test_reference_figures_of_the_2024_anode_and_effect_factors() -> None:
    """3.0354 tCO2 per tonne of gross anode and 0.14481 tCO2e per tonne of metal stand in the reference."""
    pack = rulepack.load("aluminium-2024")
    plant = Structure.of([Facility("p1", "potline")], months=["2025-01"], year=2025)
    inputs = {Key("facility", name, "p1", "", "2025-01"): D(1) for name in ("anode_consumed_t", "metal_produced_t")}
    steps = [
        calculate(pack, plant, inputs).trace(Key("facility", n, "p1", "", "2025-01"))
        for n in ("anode_co2_t", "pfc_co2e_t")
    ]
    assert steps[0].unrounded.quantize(D("0.0001")) == D("3.0354")
    assert steps[1].unrounded == D("0.14481")


def test_cement_2013() -> None:
    line = {"clinker_produced_t": "10000.00", "kiln_dust_t": "5.00", "bypass_dust_t": "15.00", "raw_meal_t": "15500.00"}
    oxides = {"clinker_cao_fraction": "0.6550", "clinker_mgo_fraction": "0.0200", "noncarbonate_cao_fraction": "0.0150"}
    figures = {("entity", name, "k1", ""): text for name, text in (line | oxides).items()}
    figures |= {
        ("entity", "fuel_consumed", "ent", "bituminous"): "1000.00",
        ("entity", "fuel_ncv", "ent", "bituminous"): "23.000",
        ("entity", "fuel_consumed", "ent", "diesel"): "10.00",
        ("entity", "net_purchased_electricity_mwh", "ent", ""): "500.000",
        ("entity", "net_purchased_heat_gj", "ent", ""): "-100.00",
    }
    found = run(
        "cement-2013", 2018, [Facility("ent", "entity"), Facility("k1", "clinker_line", "portland_clinker")], figures
    )
    # 10020 x (0.6400 x 44/56 + 0.0200 x 44/40) = 10020 x 0.52485714... = 5259.0685...
    assert found["entity", "process_co2_t", "k1", ""] == D("5259.07")
    # 15500 x 0.001 x 44/12 = 56.8333...
    assert found["entity", "nonfuel_carbon_co2_t", "k1", ""] == D("56.83")
    # 1000 x 23 x 0.02618 x 0.93 x 44/12 = 2053.2974; 10 x 42.652 x 0.0202 x 0.98 x 44/12 = 30.9591...
    assert found["entity", "entity_fuel_co2_t", "ent", ""] == D("2084.26")
    assert found["entity", "electricity_co2_t", "ent", ""] == D("442.15")  # 500 x 0.8843
    assert found["entity", "heat_co2_t", "ent", ""] == D("-11.00")  # heat sold
    # 2084.26 + 5259.07 + 56.83 + 442.15 - 11.00
    assert found["entity", "entity_co2_t", "ent", ""] == D("7831.31")


def test_cement_supplementary_2017() -> None:
    figures = {
        ("facility", "fuel_consumed", "k1", "bituminous"): "1000.00",
        ("facility", "fuel_ncv", "k1", "bituminous"): "23.000",
        ("facility", "clinker_produced_t", "k1", ""): "10000.00",
        ("facility", "clinker_cao_fraction", "k1", ""): "0.6550",
        ("facility", "clinker_mgo_fraction", "k1", ""): "0.0200",
        ("facility", "noncarbonate_cao_fraction", "k1", ""): "0.0150",
        ("facility", "noncarbonate_mgo_fraction", "k1", ""): "0.0010",
        ("facility", "electricity_consumed_mwh", "k1", "grid"): "400.000",
        ("facility", "electricity_consumed_mwh", "k1", "captive"): "100.000",
        ("facility", "electricity_consumed_mwh", "k1", "waste_heat"): "200.000",
        ("facility", "electricity_consumed_mwh", "k1", "renewable"): "1.000",
        ("facility", "heat_consumed_gj", "k1", "captive"): "10.00",
        ("facility", "heat_consumed_gj", "k1", "waste_heat"): "1000.00",
    }
    found = run("cement-supplementary-2017", 2018, [Facility("k1", "clinker_line", "portland_clinker")], figures)
    # 10000 x (0.6400 x 44/56 + 0.0190 x 44/40) = 5028.5714... + 209.0
    assert found["facility", "process_co2_t", "k1", ""] == D("5237.57")
    assert found["facility", "electricity_co2_t", "k1", ""] == D("305.05")  # 500 x 0.6101
    assert found["facility", "heat_co2_t", "k1", ""] == D("1.10")
    # 2053.30 + 5237.57 + 305.05 + 1.10
    assert found["facility", "line_co2_t", "k1", ""] == D("7597.02")
    assert found["facility", "line_intensity_tco2_per_t", "k1", ""] == D("0.7597")


def test_aluminium_2013() -> None:
    figures = {
        ("entity", "metal_produced_t", "p1", ""): "10000.00",
        ("entity", "metal_produced_t", "p2", ""): "5000.00",
        ("entity", "anode_net_consumption_t_per_t", "p2", ""): "0.4100",
        ("entity", "carbonate_t", "ent", "limestone"): "100.00",
        ("entity", "net_purchased_electricity_mwh", "ent", ""): "1000.000",
    }
    facilities = [Facility("ent", "entity"), Facility("p1", "potline"), Facility("p2", "potline")]
    found = run("aluminium-2013", 2018, facilities, figures)
    # 10000 x 0.42 x 0.976 x 44/12 = 15030.40; 5000 x 0.41 x 0.976 x 44/12 = 7336.2666...
    assert found["entity", "anode_co2_t", "p1", ""] == D("15030.40")
    assert found["entity", "anode_co2_t", "p2", ""] == D("7336.27")
    # 10000 x (0.034 x 6500 + 0.0034 x 9200) / 1000 = 10 x 252.28
    assert found["entity", "pfc_co2e_t", "p1", ""] == D("2522.80")
    assert found["entity", "carbonate_co2_t", "ent", "limestone"] == D("40.50")
    assert found["entity", "electricity_co2_t", "ent", ""] == D("884.30")
    assert found["entity", "entity_fuel_co2_t", "ent", ""] == 0
    # 22366.67 + 3784.20 + 40.50 + 884.30
    assert found["entity", "entity_co2e_t", "ent", ""] == D("27075.67")


def test_aluminium_supplementary_2017() -> None:
    figures = {
        ("facility", "electricity_consumed_mwh", "p1", "grid"): "100000.000",
        ("facility", "electricity_consumed_mwh", "p1", "captive"): "33500.000",
        ("facility", "metal_produced_t", "p1", ""): "10000.00",
    }
    found = run("aluminium-supplementary-2017", 2018, [Facility("p1", "potline")], figures)
    # 133500 x 0.6101 = 81448.35; the reference prints 8.145 tCO2/t at 13,350 kWh/t
    assert found["facility", "potline_co2_t", "p1", ""] == D("81448.35")
    assert found["facility", "potline_intensity_tco2_per_t", "p1", ""] == D("8.1448")


def test_electricity_only_sums_the_year_and_emits_nothing() -> None:
    pack = rulepack.load("electricity-only")
    plant = Structure.of([Facility("site", "other")], months=["2022-01", "2022-02"], year=2022)
    inputs = {Key("facility", "electricity_mwh", "site", "", m): D("1.2345") for m in plant.months}
    assert calculate(pack, plant, inputs).values[Key("facility", "electricity_mwh", "site", "", "2022")] == D("2.470")
    assert not pack.methods
    assert not pack.totals
