"""EU ETS packs: which cases they reach, what they hold, and their arithmetic.

No public source in the reference prints a worked example. The tests named ``test_arithmetic_...`` are worked by hand
or from vectors recomputed in the reference; they do not show that the packs state the rule rightly.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from verifierkit import glossary, rulepack
from verifierkit.emissions import Calculation, Facility, Key, Structure, calculate
from verifierkit.errors import InputErrors, UsageError

D = Decimal
Name = tuple[str, str, str, str]  # track, parameter, facility, item
PACKS = ("eu-ets-cement", "eu-ets-aluminium")
CHECKS = rulepack.load("cement-2024").checks
KILN = [Facility("ent", "entity"), Facility("k1", "clinker_line", "portland_clinker")]
B = {"method_b_flag": "1", "oxide_analysis_flag": "0"}


def run(pack_id: str, facilities: list[Facility], figures: dict[Name, str], *, year: int) -> Calculation:
    """Calculation from figures (track, parameter, facility, item) of one month, or of the year where no month has it."""
    pack, month = rulepack.load(pack_id), f"{year}-01"
    plant = Structure.of(facilities, months=[month], year=year)
    inputs = {Key(*n, month if pack.parameters[n[1]].monthly else str(year)): D(t) for n, t in figures.items()}
    return calculate(pack, plant, inputs)


def year_of(found: Calculation, track: str, parameter: str, facility: str, item: str = "", year: int = 2023) -> Decimal:
    return found.values[Key(track, parameter, facility, item, str(year))]


def kiln(figures: dict[str, str], *, year: int = 2023) -> Calculation:
    """A kiln with method B at tier 1 unless the figures say otherwise; names are ``parameter`` or ``parameter:item``."""
    named = {**B, **figures}
    keys = {("facility", name.partition(":")[0], "k1", name.partition(":")[2]): t for name, t in named.items()}
    return run("eu-ets-cement", KILN, keys, year=year)


def cells(figures: dict[str, str], *, technology: str = "cwpb_cells", year: int = 2023) -> Calculation:
    """One potline of 100 000 t, all gas collected, nothing but anode effects."""
    fixed = {"collection_efficiency_fraction": "1", "non_anode_effect_cf4_t": "0", "metal_produced_t": "100000.00"}
    keys = {("facility", name, "p1", ""): text for name, text in {**fixed, **figures}.items()}
    return run("eu-ets-aluminium", [Facility("ent", "entity"), Facility("p1", "potline", technology)], keys, year=year)


# which cases the packs reach


@pytest.mark.parametrize(("sector", "years"), [("cement", range(2021, 2026)), ("aluminium", range(2013, 2026))])
def test_a_chinese_case_never_meets_an_eu_pack(sector: str, years: range) -> None:
    chinese = [pack for pack in map(rulepack.load, rulepack.names()) if pack.scheme == "cn" and pack.sector == sector]
    for year, track in product(years, ("facility", "entity")):
        claiming = [p for p in chinese if p.covers(year) and track in p.tracks and p.kind == "sector"]
        if any(pack.unusable for pack in claiming):
            with pytest.raises(UsageError, match=f"cannot be used: .*the nearest usable pack is {sector}-"):
                rulepack.find(sector=sector, year=year, track=track)
        elif claiming:
            assert rulepack.find(sector=sector, year=year, track=track).scheme == "cn"
        else:
            with pytest.raises(UsageError, match=f"the nearest is {sector}-"):
                rulepack.find(sector=sector, year=year, track=track)


def test_the_scheme_finds_its_own_packs() -> None:
    assert rulepack.find(sector="cement", year=2025, track="facility", scheme="eu-ets").id == "eu-ets-cement"
    assert rulepack.find(sector="aluminium", year=2018, track="entity", scheme="eu-ets").id == "eu-ets-aluminium"
    with pytest.raises(UsageError, match="data year 2020; the nearest is eu-ets-cement .2021 to 2025"):
        rulepack.find(sector="cement", year=2020, track="facility", scheme="eu-ets")
    with pytest.raises(UsageError, match="no rule pack is loaded for sector cement"):
        rulepack.find(sector="cement", year=2025, track="facility", scheme="uk")


def test_every_other_pack_is_of_the_chinese_scheme() -> None:
    schemes = {name: rulepack.load(name).scheme for name in rulepack.names()}
    assert {name for name, scheme in schemes.items() if scheme == "eu-ets"} == set(PACKS)
    assert set(schemes.values()) <= set(glossary.group("schemes"))


def test_an_unknown_scheme_is_refused() -> None:
    def uk(name: str) -> str:
        return rulepack.read_text(name).replace("scheme: eu-ets\n", "scheme: uk-ets\n")

    with pytest.raises(InputErrors, match=r"eu-ets-cement.yaml, row 6: expected cn \| eu-ets, found 'uk-ets'"):
        rulepack.assemble("eu-ets-cement", uk)


# what the packs hold


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_serve_a_case(name: str) -> None:
    pack = rulepack.load(name)
    assert set(pack.checks) == set(CHECKS)
    assert pack.error_budget == D("0.05")
    assert {form.section for form in pack.forms.values()} <= {section.id for section in pack.report}
    assert set(pack.totals) == {"facility", "entity"}
    assert not pack.effects["electricity"].counts
    assert not pack.applies("deposit.missing", 2025).applies
    assert not pack.applies("band.coal", 2025).applies
    assert pack.applies("calc.formula", 2025).applies


@pytest.mark.parametrize(
    ("pack_id", "parameter", "selectors", "text", "confidence"),
    [
        ("eu-ets-cement", "clinker_factor_tco2_per_t", {}, "0.525", "A"),
        ("eu-ets-cement", "dust_factor_tco2_per_t", {"item": "kiln_dust"}, "0.525", "C"),
        ("eu-ets-cement", "cao_factor_tco2_per_t", {}, "0.785", "A"),
        ("eu-ets-cement", "mgo_factor_tco2_per_t", {}, "1.092", "A"),
        ("eu-ets-cement", "co2_per_carbon_tco2_per_tc", {}, "3.664", "A"),
        ("eu-ets-cement", "fuel_ncv", {"item": "blast_furnace_gas"}, "2.47", "A"),
        ("eu-ets-cement", "fuel_ef_tco2_per_tj", {"item": "waste_tyres"}, "85.0", "A"),
        ("eu-ets-cement", "fuel_ef_tco2_per_tj", {"item": "municipal_waste"}, "91.7", "A"),
        ("eu-ets-cement", "biomass_fraction", {"item": "wood"}, "1", "A"),
        ("eu-ets-aluminium", "carbon_input_content_tc_per_t", {"item": "petroleum_coke"}, "0.8706", "A"),
        ("eu-ets-aluminium", "cf4_slope_kg_per_t_per_min", {"facility_class": "vss_cells"}, "0.092", "C"),
    ],
)
def test_values_of_the_reference(
    pack_id: str, parameter: str, selectors: dict[str, str], text: str, confidence: str
) -> None:
    value = rulepack.load(pack_id).value(parameter, year=2025, **selectors)
    assert (value.text, value.confidence) == (text, confidence)


def test_municipal_waste_has_a_factor_from_2024_only() -> None:
    pack = rulepack.load("eu-ets-cement")
    with pytest.raises(UsageError, match="no value of fuel_ef_tco2_per_tj for 2023, item municipal_waste"):
        pack.value("fuel_ef_tco2_per_tj", year=2023, item="municipal_waste")


@pytest.mark.parametrize(
    ("year", "cf4", "c2f6", "confidence"),
    [
        (2013, "7390", "12200", "C"),
        (2020, "7390", "12200", "C"),
        (2021, "6630", "11100", "A"),
        (2025, "6630", "11100", "A"),
    ],
)
def test_warming_potentials_by_edition(year: int, cf4: str, c2f6: str, confidence: str) -> None:
    pack = rulepack.load("eu-ets-aluminium")
    found = [pack.value(name, year=year) for name in ("gwp_cf4", "gwp_c2f6")]
    assert [(value.text, value.confidence) for value in found] == [(cf4, confidence), (c2f6, confidence)]


def test_the_two_tables_of_technology_factors_stay_visible() -> None:
    pack, seen = rulepack.load("eu-ets-aluminium"), "cf4_slope_kg_per_t_per_min"
    assert pack.value(seen, year=2023, facility_class="vss_cells").confidence == "A"
    other = pack.known(seen, year=2023, facility_class="vss_cells")
    assert [(known.value.text, known.status) for known in other] == [("0.058", "other_edition")]
    assert pack.find_value(seen, year=2025, facility_class="hss_cells") is None
    assert [known.value.text for known in pack.known(seen, year=2025, facility_class="hss_cells")] == ["0.165"]
    assert any("0.092" in text["en"] and "0.058" in text["en"] for text in pack.conflicts)
    assert any("0.092" in text["zh"] and "0.058" in text["zh"] for text in pack.conflicts)


@pytest.mark.parametrize(
    ("pack_id", "parameter", "limits"),
    [
        ("eu-ets-cement", "kiln_input_t", ["7.5", "5", "2.5"]),
        ("eu-ets-cement", "clinker_produced_t", ["5", "2.5"]),
        ("eu-ets-cement", "dust_t", ["", "7.5"]),
        ("eu-ets-cement", "raw_material_t", ["15", "7.5"]),
        ("eu-ets-cement", "fuel_consumed", ["7.5", "5", "2.5", "1.5"]),
        ("eu-ets-aluminium", "carbon_output_t", ["7.5", "5", "2.5", "1.5"]),
        ("eu-ets-aluminium", "current_efficiency_percent", ["2.5", "1.5"]),
    ],
)
def test_limits_of_the_tiers(pack_id: str, parameter: str, limits: list[str]) -> None:
    tiers = rulepack.load(pack_id).tiers[parameter]
    assert ["" if tier.uncertainty_percent is None else str(tier.uncertainty_percent) for tier in tiers] == limits
    assert [tier.tier for tier in tiers if tier.minimum] == ["1"]


@pytest.mark.parametrize("name", PACKS)
def test_tiers_are_cited_and_belong_to_parameters(name: str) -> None:
    pack = rulepack.load(name)
    assert set(pack.tiers) <= set(pack.parameters)
    for tier in (tier for rows in pack.tiers.values() for tier in rows):
        assert tier.citation.title
        assert tier.citation.clause
        assert tier.uncertainty_percent or (tier.note and tier.note["zh"] and tier.note["en"])
    assert rulepack.load("cement-2024").tiers == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  dust_t:\n    - {tier", "  dirt_t:\n    - {tier", "expected a parameter of the pack, found 'dirt_t'"),
        ('{tier: "2", uncertainty_percent: "2.5"', '{tier: "1", uncertainty_percent: "2.5"', "found tier 1 again"),
        (
            '{tier: "2", uncertainty_percent: "2.5", ',
            '{tier: "2", ',
            "expected uncertainty_percent or note, found neither",
        ),
        ('uncertainty_percent: "2.5"', "uncertainty_percent: 2.5", "found the unquoted decimal 2.5"),
    ],
)
def test_faults_of_tiers_are_refused(old: str, new: str, message: str) -> None:
    def changed(name: str) -> str:
        text = rulepack.read_text(name)
        return text.replace(old, new) if name == "eu-ets-cement" else text

    with pytest.raises(InputErrors) as caught:
        rulepack.assemble("eu-ets-cement", changed)
    assert message in str(caught.value)
    assert "eu-ets-cement.yaml, row " in str(caught.value)


# arithmetic alone: cement


def test_arithmetic_method_b_with_dust_carbon_and_fuels() -> None:
    figures = {
        ("facility", "method_b_flag", "k1", ""): "1",
        ("facility", "oxide_analysis_flag", "k1", ""): "0",
        ("facility", "clinker_produced_t", "k1", ""): "100000.00",
        ("facility", "dust_t", "k1", "bypass_dust"): "1000.00",
        ("facility", "dust_analysis_flag", "k1", "bypass_dust"): "0",
        ("facility", "raw_material_t", "k1", "shale"): "2000.00",
        ("facility", "raw_material_carbon_tc_per_t", "k1", "shale"): "0.02",
        ("facility", "carbonate_t", "k1", "soda_ash"): "10.00",
        ("facility", "fuel_consumed", "k1", "bituminous"): "10000.00",
        ("facility", "fuel_consumed", "k1", "waste_tyres"): "1000.00",
        ("facility", "fuel_ncv", "k1", "waste_tyres"): "30.0000",
        ("facility", "biomass_fraction", "k1", "waste_tyres"): "0.27",
        ("facility", "fuel_consumed", "k1", "wood"): "500.00",
        ("entity", "fuel_consumed", "ent", "diesel"): "100.00",
    }
    found = run("eu-ets-cement", KILN, figures, year=2023)
    assert year_of(found, "facility", "process_output_co2_t", "k1") == D("52500.00")  # 100000 x 0.525
    assert year_of(found, "facility", "dust_co2_t", "k1", "bypass_dust") == D("525.00")
    # 2000 x 0.02 x 1 x 3.664
    assert year_of(found, "facility", "noncarbonate_carbon_co2_t", "k1", "shale") == D("146.56")
    assert year_of(found, "facility", "carbonate_co2_t", "k1", "soda_ash") == D("4.15")  # 10 x 0.415
    assert year_of(found, "facility", "process_co2_t", "k1") == D("53175.71")
    # 10000 x 25.8 x 94.6 / 1000; 1000 x 0.73 x 30 x 85.0 / 1000; wood is pure biomass and needs no factor
    assert year_of(found, "facility", "fuel_co2_t", "k1", "bituminous") == D("24406.80")
    assert year_of(found, "facility", "fuel_co2_t", "k1", "waste_tyres") == D("1861.50")
    assert year_of(found, "facility", "fuel_co2_t", "k1", "wood") == 0
    assert year_of(found, "facility", "line_co2_t", "k1") == D("79444.01")
    # 100 x 43.0 x 74.1 / 1000 = 318.63; 26268.30 + 318.63 + 53175.71 = 79762.64
    assert year_of(found, "entity", "entity_fuel_co2_t", "ent") == D("26586.93")
    assert year_of(found, "entity", "entity_co2_t", "ent") == D("79763")


def test_biomass_that_meets_no_criteria_needs_a_measured_factor() -> None:
    name = "fuel_co2_t"
    found = kiln({"clinker_produced_t": "1.00", "fuel_consumed:wood": "500.00", "biomass_fraction:wood": "0"})
    key = Key("facility", name, "k1", "wood", "2023")
    assert key not in found.values
    assert "preliminary emission factor" in found.missing[key]["en"]
    held = {"fuel_consumed:wood": "500.00", "biomass_fraction:wood": "0", "fuel_ef_tco2_per_tj:wood": "100"}
    # 500 x 15.6 x 100 / 1000
    assert year_of(kiln({"clinker_produced_t": "1.00", **held}), "facility", name, "k1", "wood") == D("780.00")


@pytest.mark.parametrize(
    ("cao", "mgo", "share", "factor"),
    [
        # 0.785 x 0.655 + 1.092 x 0.018; 0.785 x 0.645 + 1.092 x 0.015; 0.785 x 0.655 x 0.9 + 1.092 x 0.018
        ("0.655", "0.018", "1", "0.533831"),
        ("0.645", "0.015", "1", "0.522705"),
        ("0.655", "0.018", "0.9", "0.4824135"),
    ],
)
def test_arithmetic_clinker_factor_from_oxides(cao: str, mgo: str, share: str, factor: str) -> None:
    found = kiln(
        {
            "oxide_analysis_flag": "1",
            "clinker_produced_t": "10000.00",
            "clinker_cao_fraction": cao,
            "clinker_mgo_fraction": mgo,
            "clinker_cao_conversion_fraction": share,
        }
    )
    assert year_of(found, "facility", "clinker_emission_factor_tco2_per_t", "k1") == D(factor)
    assert year_of(found, "facility", "process_co2_t", "k1") == round(D(factor) * 10000, 2)


def test_arithmetic_method_a_from_kiln_inputs() -> None:
    meal = {"caco3": "0.76", "mgco3": "0.03", "feco3": "0.005"}
    figures = {f"kiln_input_{name}_fraction:raw_meal": text for name, text in meal.items()}
    found = kiln({"method_b_flag": "0", "kiln_input_t:raw_meal": "150000.00", "clinker_produced_t": "1.00", **figures})
    # 0.76 x 0.440 + 0.03 x 0.522 + 0.005 x 0.380 = 0.35196; x 150000
    assert year_of(found, "facility", "process_input_co2_t", "k1") == D("52794.00")
    assert year_of(found, "facility", "process_co2_t", "k1") == D("52794.00")
    assert year_of(found, "facility", "process_output_co2_t", "k1") == D("0.53")  # beside it, and not counted


def test_method_a_asks_for_each_of_the_three_carbonates() -> None:
    figures = {"kiln_input_t:raw_meal": "150000.00", "kiln_input_caco3_fraction:raw_meal": "0.76"}
    found = kiln({"method_b_flag": "0", "clinker_produced_t": "1.00", **figures})
    assert Key("facility", "process_co2_t", "k1", "", "2023") in found.missing


def test_the_method_must_be_stated() -> None:
    found = run("eu-ets-cement", KILN, {("facility", "clinker_produced_t", "k1", ""): "1.00"}, year=2023)
    reason = found.missing[Key("facility", "process_co2_t", "k1", "", "2023")]["en"]
    assert "method B flag" in reason


@pytest.mark.parametrize(
    ("degree", "factor"), [("0", "0"), ("0.25", "0.09417"), ("0.5", "0.20792"), ("0.75", "0.34807"), ("1", "0.525")]
)
def test_arithmetic_kiln_dust_by_degree_of_calcination(degree: str, factor: str) -> None:
    found = kiln(
        {
            "clinker_produced_t": "1.00",
            "dust_t:kiln_dust": "100000.00",
            "dust_analysis_flag:kiln_dust": "1",
            "dust_calcination_fraction:kiln_dust": degree,
        }
    )
    emitted = year_of(found, "facility", "dust_co2_t", "k1", "kiln_dust")
    assert round(emitted / 100000, 5) == D(factor)  # the vectors of the reference have five digits


def test_arithmetic_degree_of_calcination_from_co2_of_the_dust() -> None:
    # clinker factor 0.525: r = 0.525 / 1.525; d = (r - 0.20792) / (r x 0.79208) = 0.5 (the vector is rounded)
    figures = {"clinker_produced_t": "1.00", "dust_t:kiln_dust": "1.00", "dust_co2_fraction:kiln_dust": "0.20792"}
    found = kiln({**figures, "dust_analysis_flag:kiln_dust": "0"})
    degree = year_of(found, "facility", "dust_calcination_from_co2_fraction", "k1", "kiln_dust")
    assert round(degree, 4) == D("0.5000")


def test_arithmetic_clinker_by_balance() -> None:
    figures = {
        "cement_delivered_t": "10000.00",
        "cement_stock_decrease_t": "500.00",
        "clinker_cement_ratio": "0.8",
    }
    keys = {("entity", name, "ent", "portland"): text for name, text in figures.items()}
    single = {"clinker_received_t": "100.00", "clinker_dispatched_t": "300.00", "clinker_stock_decrease_t": "-50.00"}
    keys |= {("entity", name, "ent", ""): text for name, text in single.items()}
    found = run("eu-ets-cement", KILN, keys, year=2023)
    # (10000 - 500) x 0.8 - 100 + 300 + 50: 7600 used, 50 into stock, 200 more sent out than received
    assert year_of(found, "entity", "clinker_balance_t", "ent") == D("7850.00")


# arithmetic alone: aluminium


@pytest.mark.parametrize(
    ("technology", "year", "cf4", "c2f6", "co2e"),
    [
        ("cwpb_cells", 2023, "3.575000", "0.432575", "28503.83"),
        ("vss_cells", 2023, "2.300000", "0.121900", "16602.09"),
    ],
)
def test_arithmetic_slope_method(technology: str, year: int, cf4: str, c2f6: str, co2e: str) -> None:
    figures = {"overvoltage_flag": "0", "anode_effect_minutes_per_cell_day": "0.25"}
    found = cells(figures, technology=technology, year=year)
    assert year_of(found, "facility", "cf4_t", "p1", year=year) == D(cf4)
    assert year_of(found, "facility", "c2f6_t", "p1", year=year) == D(c2f6)
    assert year_of(found, "facility", "pfc_co2e_t", "p1", year=year) == D(co2e)


@pytest.mark.parametrize(
    ("slope", "ratio", "year", "co2e"), [("0.058", "0.086", 2023, "10997.67"), ("0.143", "0.121", 2018, "31696.66")]
)
def test_arithmetic_stated_factors_with_the_potentials_of_the_year(
    slope: str, ratio: str, year: int, co2e: str
) -> None:
    figures = {"overvoltage_flag": "0", "anode_effect_minutes_per_cell_day": "0.25"}
    figures |= {"cf4_slope_kg_per_t_per_min": slope, "c2f6_per_cf4": ratio}
    found = cells(figures, technology="vss_cells", year=year)
    # 2018: 3.575 x 7390 + 0.432575 x 12200 = 26419.25 + 5277.415 = 31696.665, printed 31696.66 in the reference
    assert abs(year_of(found, "facility", "pfc_co2e_t", "p1", year=year) - D(co2e)) <= D("0.01")


def test_arithmetic_overvoltage_method() -> None:
    figures = {"overvoltage_flag": "1", "anode_effect_overvoltage_mv": "2", "current_efficiency_percent": "95"}
    found = cells(figures)
    assert round(year_of(found, "facility", "cf4_t", "p1"), 6) == D("2.442105")
    assert round(year_of(found, "facility", "c2f6_t", "p1"), 6) == D("0.295495")
    assert year_of(found, "facility", "pfc_co2e_t", "p1") == D("19471.15")


def test_arithmetic_collection_and_what_is_no_anode_effect() -> None:
    figures = {"overvoltage_flag": "0", "anode_effect_minutes_per_cell_day": "0.25"}
    found = cells({**figures, "collection_efficiency_fraction": "0.98", "non_anode_effect_cf4_t": "1"})
    # 3.575 / 0.98 + 1 = 4.6479591836...; C2F6 of the anode effects only: 3.647959184 x 0.121
    assert year_of(found, "facility", "cf4_t", "p1") == D("4.647959184")
    assert year_of(found, "facility", "c2f6_t", "p1") == D("0.441403061")


def test_no_technology_factor_before_2021_or_outside_the_table() -> None:
    figures = {"overvoltage_flag": "0", "anode_effect_minutes_per_cell_day": "0.25"}
    for technology, year in (("cwpb_cells", 2018), ("swpb_cells", 2023), ("prebaked_cells", 2023)):
        missing = cells(figures, technology=technology, year=year).missing
        assert "slope emission factor" in missing[Key("facility", "cf4_t", "p1", "", str(year))]["en"]


def test_arithmetic_mass_balance_and_whole_tonnes_of_each_gas() -> None:
    figures = {
        ("facility", "carbon_input_t", "p1", "prebaked_anode"): "5000.00",
        ("facility", "carbon_input_content_tc_per_t", "p1", "prebaked_anode"): "0.97",
        ("facility", "carbon_output_t", "p1", "anode_butts"): "900.00",
        ("facility", "carbon_output_content_tc_per_t", "p1", "anode_butts"): "0.96",
        ("facility", "metal_produced_t", "p1", ""): "10000.00",
        ("facility", "overvoltage_flag", "p1", ""): "0",
        ("facility", "anode_effect_minutes_per_cell_day", "p1", ""): "0.25",
        ("facility", "collection_efficiency_fraction", "p1", ""): "1",
        ("facility", "non_anode_effect_cf4_t", "p1", ""): "0",
        ("entity", "carbon_input_t", "ent", "petroleum_coke"): "100.00",
        ("entity", "carbonate_t", "ent", "soda_ash"): "10.00",
        ("entity", "fuel_consumed", "ent", "natural_gas"): "100.00",
    }
    found = run(
        "eu-ets-aluminium", [Facility("ent", "entity"), Facility("p1", "potline", "cwpb_cells")], figures, year=2023
    )
    # 5000 x 0.97 x 3.664 = 17770.40; 900 x 0.96 x 3.664 = 3165.696
    assert year_of(found, "facility", "electrode_co2_t", "p1") == D("14604.70")
    assert year_of(found, "facility", "potline_co2e_t", "p1") == D("17455.08")  # + 2850.38 of perfluorocarbons
    # anode plant: 100 x 0.8706 x 3.664 = 318.98784; the potline counts once
    assert year_of(found, "entity", "entity_electrode_co2_t", "ent") == D("14923.69")
    assert year_of(found, "entity", "entity_fuel_co2_t", "ent") == D("269.28")  # 100 x 48.0 x 56.1 / 1000
    # 14923.69 + 269.28 + 4.15 = 15197.12; 2850.38; the total is the sum of the rounded gases
    assert year_of(found, "entity", "entity_co2_t", "ent") == D("15197")
    assert year_of(found, "entity", "entity_pfc_co2e_t", "ent") == D("2850")
    assert year_of(found, "entity", "entity_co2e_t", "ent") == D("18047")


@pytest.mark.parametrize("name", PACKS)
def test_packs_say_that_no_published_example_exists(name: str) -> None:
    assert any("worked example" in text["en"] for text in rulepack.load(name).gaps)
