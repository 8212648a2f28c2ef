"""The simulated cement plant: physics closes, seeds repeat, the report follows from the records, errors show."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from verifierkit import samples
from verifierkit.errors import UsageError
from verifierkit.periods import month_of, months_of
from verifierkit.simulate.base import Simulated, merge_expected, parse_error, round_half_up, swap_digits
from verifierkit.simulate.cement import simulate_cement
from verifierkit.simulate.planter import applicable

D = Decimal
FUEL = {"carbon_content_tc_per_gj": {"bituminous": D("0.02618"), "diesel": D("0.02020")}}
FUEL |= {"oxidation_fraction": {"bituminous": D("0.99"), "diesel": D("0.98")}}
FUEL |= {"fuel_ncv": {"bituminous": D("23.076"), "diesel": D("42.652")}}
FACTORS: dict[int, Any] = {
    2025: {
        "facility": {
            **FUEL,
            "clinker_factor_tco2_per_t": {"portland_clinker": D("0.535")},
            "deduction_factor_tco2_per_t": {
                "steel_slag": D("0.215"),
                "coal_fly_ash": D("0.055"),
                "carbide_slag": D("0.480"),
            },
        },
        "entity": FUEL,
    },
    2018: {
        "facility": {
            **FUEL,
            "electricity_factor_tco2_per_mwh": {"grid": D("0.6101"), "captive": D("0.6101"), "waste_heat": D(0)},
            "heat_factor_tco2_per_gj": {"waste_heat": D(0)},
        },
        "entity": {
            **FUEL,
            "grid_factor_tco2_per_mwh": {"east": D("0.7035")},
            "heat_factor_tco2_per_gj": {"": D("0.11")},
            "nonfuel_carbon_fraction": {"": D("0.001")},
        },
    },
}
SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
YEARS = (2025, 2018)
LINES = ("k1", "k2")


@cache
def plant(year: int, seed: int = 1, errors: tuple[str, ...] = ()) -> Simulated:
    return simulate_cement(seed=seed, year=year, factors=FACTORS[year], errors=errors)


def rows(case: Simulated, table: str, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in case.tables[table] if all(row[key] == value for key, value in wanted.items())]


def figures(case: Simulated, year: int) -> dict[tuple[str, str, str, str, str], Decimal]:
    keys = ("track", "facility_id", "parameter", "item")
    return {
        (*(row[k] for k in keys), row["month"] or ""): row["value"] for row in rows(case, "reported", data_year=year)
    }


def month_sum(case: Simulated, source_id: str, month: str) -> Decimal:
    days = rows(case, "daily_values", source_id=source_id)
    return sum((row["value"] for row in days if month_of(row["day"]) == month), D(0))


def half_up(value: Decimal, digits: int) -> Decimal:
    return value.quantize(D(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("year", YEARS)
def test_truth_is_a_kiln_that_can_be_built(year: int) -> None:
    truth = plant(year).truth
    for line, capacity in (("k1", 5500), ("k2", 2500)):
        made = truth[line]["clinker"].sum()
        assert 2.9 < truth[line]["heat"].sum() / made < 3.2
        assert 1.50 < truth[line]["feed"].sum() / made < 1.60
        assert 48 < truth[line]["mwh"].sum() / made * 1000 < 61
        assert made < capacity * truth[line]["hours"].sum() / 24 * 1.05
    both = truth["k1"]["clinker"].sum() + truth["k2"]["clinker"].sum()
    assert 25 < truth["whr_gross"].sum() / both * 1000 < 40


@pytest.mark.parametrize("year", YEARS)
def test_stores_and_bus_close_in_truth(year: int) -> None:
    truth = plant(year).truth
    level, yard = truth["silo"]["opening"], truth["yard"]["opening"]
    for month, index in truth["month_index"].items():
        lots = {
            name: sum(t for day, t in truth[name] if month_of(day) == month)
            for name in ("clinker_bought", "clinker_sold", "clinker_transferred", "coal_bought")
        }
        made = (truth["k1"]["clinker"] + truth["k2"]["clinker"])[index].sum()
        level += made + lots["clinker_bought"] - lots["clinker_sold"] - lots["clinker_transferred"]
        level -= truth["grinding"][index].sum()
        assert level == pytest.approx(truth["silo"][month])
        burned = (truth["k1"]["coal"] + truth["k2"]["coal"] + truth["cap_coal"])[index].sum()
        yard += lots["coal_bought"] - burned
        assert 0 < yard - truth["yard"][month] < burned * 0.001  # drying loss of the month
        yard = truth["yard"][month]
    supply = truth["grid_mwh"] + truth["whr_supplied"] + truth["cap_supplied"]
    used = truth["k1"]["mwh"] + truth["k2"]["mwh"] + truth["grinding_mwh"] + truth["living_mwh"] + truth["other_mwh"]
    assert supply == pytest.approx(used)
    assert truth["grid_mwh"].min() > 0


@pytest.mark.parametrize("year", YEARS)
def test_instruments_stay_inside_their_class(year: int) -> None:
    case = plant(year)
    for tail, line, name in (("c_k1", "k1", "coal"), ("p_k1", "k1", "clinker"), ("f_k2", "k2", "feed")):
        limit = float(rows(case, "instruments", instrument_id=f"i_{tail}")[0]["accuracy_fraction"])
        for month, index in case.truth["month_index"].items():
            true = case.truth[line][name][index].sum()
            assert abs(float(month_sum(case, f"s_{tail}_daily", month)) / true - 1) < limit


def test_same_seed_gives_the_same_tables_and_another_seed_others() -> None:
    again = simulate_cement(seed=1, year=2025, factors=FACTORS[2025])
    assert again.tables == plant(2025).tables
    assert again.meta == plant(2025).meta
    assert plant(2025, 2).tables["daily_values"] != again.tables["daily_values"]


def test_an_error_moves_no_other_number() -> None:
    clean, planted = plant(2025), plant(2025, 1, ("duplicate_ticket:month=2025-05",))
    changed = [name for name in clean.tables if clean.tables[name] != planted.tables[name]]
    assert changed == ["monthly_values", "tickets", "reported", "deposits"]
    before, after = clean.tables["monthly_values"], planted.tables["monthly_values"]
    moved = [(a["source_id"], a["month"]) for a, b in zip(before, after, strict=True) if a != b]
    assert moved == [("s_d_ent_ledger", "2025-05")]


@pytest.mark.parametrize("year", YEARS)
def test_clean_case_expects_nothing_and_holds_honest_mess(year: int) -> None:
    case = plant(year)
    assert case.expected == []
    assert rows(case, "transactions", source_id="s_c_buy", received_on=None)  # a lot on its way
    assert any(row["adjustment_t"] for row in case.tables["stock_counts"])
    assert max((row["issued_on"] - row["period_end"]).days for row in case.tables["settlement_bills"]) > 20
    lots = [row for row in rows(case, "transactions", source_id="s_c_buy") if row["received_on"]]
    assert all(row["settled_t"] == row["weighed_t"] - row["deduction_t"] < row["weighed_t"] for row in lots)
    assert all(
        row["amount_yuan"] and row["moisture_agreed_fraction"] < row["moisture_received_fraction"] for row in lots
    )


def test_report_of_2025_follows_from_the_records() -> None:
    case, found = plant(2025), figures(plant(2025), 2025)
    total = D(0)
    for month in months_of(2025):
        coal = month_sum(case, "s_c_k1_daily", month)
        lab = [r for r in rows(case, "coal_analyses", source_id="s_ncv_k1") if month_of(r["sampled_on"]) == month]
        ncv = half_up(sum(r["ncv_gj_per_t"] * r["batch_t"] for r in lab) / sum(r["batch_t"] for r in lab), 3)
        fuel = half_up(coal * ncv * D("0.02618") * D("0.99") * 44 / 12, 2)
        clinker = month_sum(case, "s_p_k1_daily", month)
        slag, ash = (
            rows(case, "deducted_materials", source_id=f"s_m_k1_{item}", month=month)[0]["dry_t"]
            for item in ("steel_slag", "coal_fly_ash")
        )
        process = half_up(clinker * D("0.535") - slag * D("0.215") - ash * D("0.055"), 2)
        assert found["facility", "k1", "fuel_co2_t", "bituminous", month] == fuel
        assert found["facility", "k1", "process_co2_t", "", month] == process
        intensity = found["facility", "k1", "line_intensity_tco2_per_t", "", month]
        assert intensity == half_up((fuel + process) / clinker, 4)
        total += fuel + process
    assert found["facility", "k1", "line_co2_t", "", ""] == total
    parts = [found["facility", line, "fuel_co2_t", "bituminous", ""] for line in LINES]
    parts += [found["facility", line, "process_co2_t", "", ""] for line in LINES]
    parts += [found["entity", "ent", "fuel_co2_t", "diesel", ""], found["entity", "ent", "power_unit_co2_t", "", ""]]
    assert found["entity", "ent", "entity_co2_t", "", ""] == half_up(sum(parts, D(0)), 0)


def test_report_of_2018_follows_from_the_records() -> None:
    case, found = plant(2018), figures(plant(2018), 2018)
    get = {key[1:4]: value for key, value in found.items() if key[0] == "facility" and key[4] == ""}
    clinker = sum((month_sum(case, "s_p_k1_daily", month) for month in months_of(2018)), D(0))
    lime = get["k1", "clinker_cao_fraction", ""] - get["k1", "noncarbonate_cao_fraction", ""]
    magnesia = get["k1", "clinker_mgo_fraction", ""] - get["k1", "noncarbonate_mgo_fraction", ""]
    process = half_up(clinker * (lime * 44 / 56 + magnesia * 44 / 40), 2)
    bought = get["k1", "electricity_consumed_mwh", "grid"] + get["k1", "electricity_consumed_mwh", "captive"]
    power = half_up(bought * D("0.6101"), 2)
    assert get["k1", "process_co2_t", ""] == process
    assert get["k1", "electricity_co2_t", ""] == power
    assert get["k1", "line_co2_t", ""] == get["k1", "fuel_co2_t", "bituminous"] + process + power
    split = [get["k1", "electricity_consumed_mwh", item] for item in ("grid", "captive", "waste_heat")]
    metered = sum((row["value"] for row in rows(case, "monthly_values", source_id="s_e_k1_ledger")), D(0))
    assert sum(split, D(0)) == metered
    entity = {key[2]: value for key, value in found.items() if key[:2] == ("entity", "ent") and key[4] == ""}
    terms = (
        "entity_fuel_co2_t",
        "entity_process_co2_t",
        "entity_nonfuel_carbon_co2_t",
        "electricity_co2_t",
        "heat_co2_t",
    )
    assert entity["entity_co2_t"] == sum((entity[name] for name in terms), D(0))


@pytest.mark.parametrize("year", YEARS)
def test_rollover_is_honest(year: int) -> None:
    case = plant(year)
    readings = [row["reading"] for row in rows(case, "meter_readings", instrument_id="i_e_k2")]
    falls = [1 for before, after in itertools.pairwise(readings) if after < before]
    assert len(falls) == 1
    ledger = [row["value"] for row in rows(case, "monthly_values", source_id="s_e_k2_ledger")]
    assert min(ledger) > 1500


@pytest.mark.parametrize("year", YEARS)
def test_keys_of_the_tables_are_unique(year: int) -> None:
    case = plant(year)
    keys = {
        "daily_values": ("source_id", "day"),
        "monthly_values": ("source_id", "month"),
        "settlement_bills": ("source_id", "bill_no", "instrument_id", "register"),
        "transactions": ("source_id", "doc_no"),
        "tickets": ("source_id", "ticket_no"),
        "coal_analyses": ("source_id", "report_no", "sample_no"),
        "stock_counts": ("node_id", "counted_on", "item"),
        "reported": ("track", "facility_id", "parameter", "item", "data_year", "month"),
        "plan": ("facility_id", "parameter", "item", "valid_from"),
        "activities": ("facility_id", "parameter", "item", "method", "record"),
        "calibrations": ("certificate_no",),
        "evidence": ("file",),
    }
    for table, columns in keys.items():
        counted = Counter(tuple(row[column] for column in columns) for row in case.tables[table])
        assert [key for key, count in counted.items() if count > 1] == [], table


def test_references_of_the_map_exist() -> None:
    for year in YEARS:
        tables = plant(year).tables
        ids = {
            name: {row[f"{name[:-1]}_id"] for row in tables[name]}
            for name in ("nodes", "streams", "sources", "instruments")
        }
        assert {row["stream_id"] for row in tables["sources"]} <= ids["streams"]
        assert {row["derives_from"] for row in tables["sources"]} <= ids["sources"] | {"none"}
        assert {row["instrument_id"] for row in tables["sources"]} <= ids["instruments"] | {None}
        assert {end for row in tables["streams"] for end in (row["from_node"], row["to_node"])} <= ids["nodes"]
        used = {row["source_id"] for name in ("monthly_values", "daily_values", "transactions") for row in tables[name]}
        assert used <= ids["sources"]


def test_settlement_sheet_reads_back_through_its_profile() -> None:
    case = plant(2025)
    sheet = case.evidence_tables["settlement_bills"]
    heading = sheet.cells[sheet.profile["header_row"] - 1]
    assert set(sheet.profile["columns"]) == set(heading)
    at = heading.index("合计电量(万千瓦时)")
    kwh = [row[at] * 10000 for row in sheet.cells[3:] if row[0] not in sheet.profile["skip_rows"]]
    assert kwh == [row["total_kwh"] for row in case.tables["settlement_bills"]]


@pytest.mark.parametrize(("year", "name"), [(year, e.id) for year in YEARS for e in applicable("cement", year)])
def test_each_error_changes_tables_and_names_its_finding(year: int, name: str) -> None:
    case, clean = plant(year, 1, (name,)), plant(year)
    assert case.expected
    assert [planted["id"] for planted in case.planted] == [name]
    assert any(case.tables[table] != clean.tables[table] for table in clean.tables)
    sources = {row["source_id"] for row in case.tables["sources"]} | {
        row["instrument_id"] for row in case.tables["instruments"]
    }
    for key in case.expected:
        assert key["source"] in sources | {"", "reported", "deposits", "plan", "stock_counts", "transcriptions"}
        assert key["period"].startswith(str(year))


def test_ledger_error_breaks_one_link_only() -> None:
    case = plant(2025, 1, ("ledger_digits:stream=c_k2,month=2025-06",))
    broken = [
        month
        for month in months_of(2025)
        if rows(case, "monthly_values", source_id="s_c_k2_ledger", month=month)[0]["value"]
        != month_sum(case, "s_c_k2_daily", month)
    ]
    assert broken == ["2025-06"]
    found = figures(case, 2025)
    wrong = rows(case, "monthly_values", source_id="s_c_k2_ledger", month="2025-06")[0]["value"]
    assert found["facility", "k2", "fuel_consumed", "bituminous", "2025-06"] == wrong  # the report follows the ledger
    assert rows(case, "monthly_values", source_id="s_c_k2_stat", month="2025-06")[0]["value"] == wrong


def test_report_error_leaves_ledger_and_deposit_alone() -> None:
    case, clean = plant(2025, 1, ("report_digits:facility=k1,month=2025-06",)), plant(2025)
    assert case.tables["monthly_values"] == clean.tables["monthly_values"]
    assert case.tables["deposits"] == clean.tables["deposits"]
    moved = {key[2] for key, value in figures(case, 2025).items() if value != figures(clean, 2025)[key]}
    assert {"fuel_consumed", "fuel_co2_t", "line_co2_t", "entity_co2_t"} <= moved
    assert "clinker_produced_t" not in moved


@pytest.mark.parametrize("year", YEARS)
def test_sample_errors_give_as_many_keys_of_many_kinds(year: int) -> None:
    errors = next(s.errors for s in samples.listed(SAMPLE_DATA) if (s.sector, s.year) == ("cement", year) and s.errors)
    case = plant(year, 1, errors)
    assert len(case.expected) == len(errors) >= 8
    assert len({key["rule"] for key in case.expected}) >= 8
    assert case.expected == sorted(case.expected, key=lambda key: tuple(key.values()))


def test_unknown_or_unfitting_errors_are_refused() -> None:
    with pytest.raises(UsageError, match="planted error 'typo' is not known"):
        plant(2025, 1, ("typo",))
    with pytest.raises(UsageError, match="applies to data years 2024, 2025, not to 2018"):
        plant(2018, 1, ("wet_as_dry",))
    with pytest.raises(UsageError, match=r"factors\['facility'\]\['carbon_content_tc_per_gj'\]"):
        simulate_cement(seed=1, year=2025, factors={})


def test_a_parameter_that_an_error_does_not_take_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        plant(2025, 1, ("duplicate_report:line=k1",))
    assert str(caught.value) == (
        "planted error 'duplicate_report' takes no parameter 'line'; its parameters: facility, month"
    )
    with pytest.raises(UsageError, match="'opening_stock_differs' takes no parameter 'facility'; it takes none"):
        plant(2025, 1, ("opening_stock_differs:facility=k1",))


def test_helpers() -> None:
    assert parse_error("a:facility=k1,month=2025-03") == ("a", {"facility": "k1", "month": "2025-03"})
    assert swap_digits(D("153482.10"), place=2) == D("153842.10")
    assert swap_digits(D("111.30"), place=2) == D("111.03")
    assert round_half_up(D("2.345"), 2) == D("2.35")
    assert round_half_up(D("-2.345"), 2) == D("-2.35")
    same = {"rule": "r", "facility": "f", "stream": "s", "source": "x"}
    merged = merge_expected([same | {"period": "2025-02"}, same | {"period": "2025-01"}])
    assert [key["period"] for key in merged] == ["2025-01/2025-02"]
