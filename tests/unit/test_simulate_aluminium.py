"""The simulated smelter: physics closes, seeds repeat, the report recomputes, every error leaves its trace."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest

from verifierkit.columns import catalogue
from verifierkit.errors import UsageError
from verifierkit.periods import month_days, month_of
from verifierkit.simulate.aluminium import simulate_aluminium
from verifierkit.simulate.aluminium_errors import registry
from verifierkit.simulate.base import Simulated

FACTORS: dict[int, dict[str, dict[str, dict[str, Decimal]]]] = {
    2025: {
        "facility": {
            "anode_loss_fraction": {"": Decimal("0.1518")},
            "anode_sulphur_fraction": {"": Decimal("0.02")},
            "anode_ash_fraction": {"": Decimal("0.004")},
            "cf4_factor_kg_per_t": {"": Decimal("0.02")},
            "c2f6_factor_kg_per_t": {"": Decimal("0.0011")},
            "gwp_cf4": {"": Decimal("6630")},
            "gwp_c2f6": {"": Decimal("11100")},
        },
        "entity": {
            "fuel_ncv": {"natural_gas": Decimal("389.310"), "diesel": Decimal("42.652")},
            "carbon_content_tc_per_gj": {"natural_gas": Decimal("0.01532"), "diesel": Decimal("0.02020")},
            "oxidation_fraction": {"natural_gas": Decimal("0.99"), "diesel": Decimal("0.98")},
            "carbonate_factor_tco2_per_t": {"limestone": Decimal("0.4400"), "soda_ash": Decimal("0.4149")},
            "carbonate_purity_fraction": {"": Decimal("1.0000")},
        },
    },
    2018: {
        "facility": {"electricity_factor_tco2_per_mwh": {"grid": Decimal("0.6101"), "captive": Decimal("0.6101")}},
        "entity": {
            "anode_net_consumption_t_per_t": {"": Decimal("0.42")},
            "anode_sulphur_fraction": {"": Decimal("0.02")},
            "anode_ash_fraction": {"": Decimal("0.004")},
            "cf4_factor_kg_per_t": {"": Decimal("0.034")},
            "c2f6_factor_kg_per_t": {"": Decimal("0.0034")},
            "gwp_cf4": {"": Decimal("6500")},
            "gwp_c2f6": {"": Decimal("9200")},
            "fuel_ncv": {"natural_gas": Decimal("389.31"), "diesel": Decimal("43.33")},
            "carbon_content_tc_per_gj": {
                "natural_gas": Decimal("0.0153"), "diesel": Decimal("0.0202"), "bituminous": Decimal("0.02618"),
            },
            "oxidation_fraction": {
                "natural_gas": Decimal("0.99"), "diesel": Decimal("0.98"), "bituminous": Decimal("0.93"),
            },
            "carbonate_factor_tco2_per_t": {"limestone": Decimal("0.405")},
            "grid_factor_tco2_per_mwh": {"": Decimal("0.8843")},
            "heat_factor_tco2_per_gj": {"": Decimal("0.11")},
        },
    },
}  # fmt: skip
YEARS = (2018, 2025)
PLANTED = [(year, name) for name, error in sorted(registry().items()) for year in YEARS if year in error.years]


def simulate(year: int, *errors: str, seed: int = 1) -> Simulated:
    return simulate_aluminium(seed=seed, year=year, factors=FACTORS[year], errors=errors)


@pytest.fixture(scope="module")
def clean() -> dict[int, Simulated]:
    return {year: simulate(year) for year in YEARS}


def rows(case: Simulated, table: str, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in case.tables[table] if all(row[key] == value for key, value in wanted.items())]


def figures(case: Simulated, track: str, facility: str, parameter: str, item: str = "") -> dict[str | None, Decimal]:
    year = case.meta["data_year"]
    found = rows(case, "reported", track=track, facility_id=facility, parameter=parameter, item=item, data_year=year)
    return {row["month"]: row["value"] for row in found}


def two_digits(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("line", ["p1", "p2"])
def test_metal_follows_faraday_and_in_pot_metal(clean: dict[int, Simulated], year: int, line: str) -> None:
    """Within 1 %: scale bias 0.2 %, metal in the pots 0.5 % of a pool of a fifth of a month, rounding of the log."""
    log = {row["month"]: row for row in rows(clean[year], "pot_operation", facility_id=line)}
    for row in rows(clean[year], "metal", source_id=f"s_{line}_metal"):
        pot = log[row["month"]]
        charge = pot["current_ka"] * 24 * pot["cell_days"]
        made = charge * Decimal("0.00033556") * pot["current_efficiency_fraction"]
        held = row["in_pot_closing_t"] - row["in_pot_opening_t"] + row["transferred_out_t"] - row["transferred_in_t"]
        assert abs((row["tapped_t"] + held) / made - 1) < Decimal("0.01")
        assert abs(pot["cells_in_operation"] * month_days(row["month"]) / pot["cell_days"] - 1) < Decimal("0.001")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("line", ["p1", "p2"])
def test_specific_figures_stay_in_their_bands(seed: int, line: str) -> None:
    case = simulate(2025, seed=seed)
    metal, power = (figures(case, "facility", line, name) for name in ("metal_produced_t", "electricity_mwh"))
    ledger = {row["month"]: row for row in rows(case, "anodes", source_id=f"s_{line}_anode")}
    for month, tapped in metal.items():
        assert 12900 < power[month] * 1000 / tapped < 13350
        if month is not None:
            assert 460 < ledger[month]["set_t"] * 1000 / tapped < 520
            assert Decimal("0.12") < ledger[month]["butts_t"] / ledger[month]["set_t"] < Decimal("0.25")


def test_true_balances_close(clean: dict[int, Simulated]) -> None:
    truth = clean[2018].truth
    tapped = truth["p1"]["tapped_t"] + truth["p2"]["tapped_t"]
    cast, power = truth["casthouse"], truth["electricity"]
    gained = tapped + cast["bought_t"] + cast["remelted_t"] + cast["alloying_t"]
    left = cast["ingot_t"] + cast["molten_sold_t"] + cast["loss_t"] + np.diff(cast["furnace_t"])
    assert np.allclose(gained, left, rtol=1e-12)
    anodes = truth["p1"]
    used = (
        anodes["anode_set_t"] + anodes["anode_startup_t"] + anodes["anode_scrap_t"] + np.diff(anodes["anode_stock_t"])
    )
    assert np.allclose(anodes["anode_received_t"], used, rtol=1e-12)
    sinks = ("rectifier_p1", "rectifier_p2", "auxiliaries", "casthouse", "anode_plant", "living", "remainder")
    assert np.allclose(sum(power[name] for name in sinks), power["grid"] + power["captive_supplied"], rtol=1e-12)
    assert (power["grid"] > 0).all()
    assert (cast["ingot_t"] > 0).all()


@pytest.mark.parametrize("year", YEARS)
def test_bills_follow_registers_through_the_rollover(clean: dict[int, Simulated], year: int) -> None:
    bills = clean[year].tables["settlement_bills"]
    digits = rows(clean[year], "instruments", instrument_id="i_e_grid_main")[0]["register_digits"]
    for row in bills:
        full = Decimal(10) ** digits
        used = (row["current_reading"] - row["prior_reading"] + full) % full
        assert row["metered_kwh"] == used * row["multiplier"] == row["total_kwh"]
    assert any(row["current_reading"] < row["prior_reading"] for row in bills)


@pytest.mark.parametrize("year", YEARS)
def test_same_seed_same_tables_other_seed_other_tables(clean: dict[int, Simulated], year: int) -> None:
    assert simulate(year).tables == clean[year].tables
    assert simulate(year, seed=2).tables["daily_values"] != clean[year].tables["daily_values"]


@pytest.mark.parametrize("year", YEARS)
def test_cells_fit_the_catalogue(clean: dict[int, Simulated], year: int) -> None:
    for table, found in clean[year].tables.items():
        spec = catalogue()[table]
        keys = [tuple(row.get(column) for column in spec.key) for row in found]
        assert len(keys) == len(set(keys)), table
        for row in found:
            assert set(row) <= set(spec.columns), table
            for name, column in spec.columns.items():
                assert row.get(name) is not None or not column.required, (table, name)
                assert not column.choices or row.get(name) in (None, *column.choices), (table, name)


@pytest.mark.parametrize("year", YEARS)
def test_ids_resolve(clean: dict[int, Simulated], year: int) -> None:
    tables = clean[year].tables
    nodes = {row["node_id"] for row in tables["nodes"]}
    streams = {row["stream_id"] for row in tables["streams"]}
    sources = {row["source_id"]: row for row in tables["sources"]}
    instruments = {row["instrument_id"] for row in tables["instruments"]}
    assert {row[end] for row in tables["streams"] for end in ("from_node", "to_node")} <= nodes
    assert {row["stream_id"] for row in sources.values()} <= streams
    assert {row["instrument_id"] for row in sources.values() if row["instrument_id"]} <= instruments
    assert {row["derives_from"] for row in sources.values()} <= {"none", *sources}
    for source in sources.values():
        if source["records"] not in ("meter_readings", "documents"):
            assert rows(clean[year], source["records"], source_id=source["source_id"]), source["source_id"]


def test_clean_report_recomputes(clean: dict[int, Simulated]) -> None:
    """Values by hand from the filed inputs, in the rounding of the contract."""
    case, total = clean[2025], Decimal(0)
    for line in ("p1", "p2"):
        anode, metal = (figures(case, "facility", line, name) for name in ("anode_consumed_t", "metal_produced_t"))
        burned, effect = (figures(case, "facility", line, name) for name in ("anode_co2_t", "pfc_co2e_t"))
        for month in (month for month in anode if month):
            factor = Decimal("0.8482") * Decimal("0.976") * 44 / 12
            assert burned[month] == two_digits(anode[month] * factor)
            assert effect[month] == two_digits(metal[month] * Decimal("0.14481"))
        assert burned[None] == sum(value for month, value in burned.items() if month)
        assert metal[None] == sum(row["tapped_t"] for row in rows(case, "metal", source_id=f"s_{line}_metal"))
        intensity = figures(case, "facility", line, "potline_intensity_tco2e_per_t")[None]
        assert intensity == ((burned[None] + effect[None]) / metal[None]).quantize(
            Decimal("0.0001"), rounding=ROUND_HALF_UP
        )
        total += burned[None] + effect[None]
    for item, parameter in (
        ("natural_gas", "fuel_co2_t"),
        ("diesel", "fuel_co2_t"),
        ("limestone", "carbonate_co2_t"),
        ("soda_ash", "carbonate_co2_t"),
    ):
        total += figures(case, "entity", "ent", parameter, item)[None]
    total += figures(case, "entity", "ent", "power_unit_co2_t")[None]
    assert figures(case, "entity", "ent", "entity_co2e_t")[None] == total.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def test_old_tables_recompute(clean: dict[int, Simulated]) -> None:
    case = clean[2018]
    for line in ("p1", "p2"):
        power = [
            figures(case, "facility", line, "electricity_consumed_mwh", item)[None] for item in ("grid", "captive")
        ]
        assert figures(case, "facility", line, "potline_co2_t")[None] == two_digits(
            sum(power, Decimal(0)) * Decimal("0.6101")
        )
        metal = figures(case, "entity", line, "metal_produced_t")[None]
        assert figures(case, "entity", line, "anode_co2_t")[None] == two_digits(
            metal * Decimal("0.42") * Decimal("0.976") * 44 / 12
        )
        assert figures(case, "entity", line, "pfc_co2e_t")[None] == two_digits(metal * Decimal("0.25228"))


@pytest.mark.parametrize("year", YEARS)
def test_ledgers_are_sums_of_their_days(clean: dict[int, Simulated], year: int) -> None:
    for line in ("p1", "p2"):
        days = rows(clean[year], "daily_values", source_id=f"s_{line}_tap_daily")
        for row in rows(clean[year], "metal", source_id=f"s_{line}_metal"):
            assert row["tapped_t"] == sum(day["value"] for day in days if month_of(day["day"]) == row["month"])


@pytest.mark.parametrize("year", YEARS)
def test_clean_case_expects_nothing(clean: dict[int, Simulated], year: int) -> None:
    assert clean[year].expected == []
    assert clean[year].planted == []


@pytest.mark.parametrize(("year", "name"), PLANTED)
def test_planted_error_is_expected_and_visible(clean: dict[int, Simulated], year: int, name: str) -> None:
    case = simulate(year, name)
    assert [entry["id"] for entry in case.planted] == [name]
    assert case.expected
    assert case.tables != clean[year].tables
    streams = {row["stream_id"] for row in case.tables["streams"]} | {row["node_id"] for row in case.tables["nodes"]}
    parameters = {row["parameter"] for row in case.tables["reported"]}
    for key in case.expected:
        assert set(key) == {"rule", "facility", "period", "stream", "source"}
        assert (
            key["stream"] in streams
            or key["stream"].split(":")[0] in parameters
            or key["rule"].startswith(("evidence", "transcription"))
        )


def test_chosen_facility_and_month_are_used(clean: dict[int, Simulated]) -> None:
    case = simulate(2025, "net_anode_for_gross:facility=p2,month=2025-04")
    assert [tuple(key.values()) for key in case.expected] == [
        ("chain.report", "p2", "2025-04/2025-06", "a_p2", "s_p2_anode")
    ]
    before, after = (figures(each, "facility", "p2", "anode_consumed_t") for each in (clean[2025], case))
    ledger = {row["month"]: row for row in rows(case, "anodes", source_id="s_p2_anode")}
    assert {month for month in before if before[month] != after[month]} == {"2025-04", "2025-05", "2025-06", None}
    assert after["2025-05"] == ledger["2025-05"]["set_t"] - ledger["2025-05"]["butts_t"]
    assert rows(case, "deposits") == rows(clean[2025], "deposits")


def test_several_errors_keep_apart() -> None:
    names = ["net_anode_for_gross", "startup_anodes_counted", "ingot_for_molten", "pot_metal_at_year_end", "old_gwp"]
    case = simulate(2025, *names, seed=5)
    assert len({tuple(key.values()) for key in case.expected}) == len(case.expected)
    assert [entry["id"] for entry in case.planted] == names


def test_unknown_error_and_wrong_year_are_refused() -> None:
    with pytest.raises(UsageError, match="is not known"):
        simulate(2025, "no_such_error")
    with pytest.raises(UsageError, match="applies to data years"):
        simulate(2018, "net_anode_for_gross")


def test_a_parameter_that_an_error_does_not_take_is_refused() -> None:
    with pytest.raises(UsageError, match="'deposit_late' takes no parameter 'facility'; its parameters: month"):
        simulate(2025, "deposit_late:facility=p1")
