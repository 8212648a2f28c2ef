"""Faults of meters, bills and stocks: truth noted with place, month and size; findings claimed only where they show."""

from __future__ import annotations

import itertools
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from tests.support import outcome, simulated
from verifierkit.errors import UsageError
from verifierkit.simulate.base import Simulated
from verifierkit.simulate.cement_truth import long_stop

D = Decimal
SECTORS = ("cement", "aluminium")
GATES = {"cement": "i_e_grid_check", "aluminium": "i_e_grid_gate"}
SEED = 4007  # calendar bills


@cache
def plant(sector: str, *errors: str, seed: int = SEED, year: int = 2025) -> Simulated:
    return simulated(sector, year, seed, errors)


def energy(case: Simulated, instrument: str) -> dict[str, Decimal]:
    """Register steps of a meter by the month in which they begin."""
    meter = next(row for row in case.tables["instruments"] if row["instrument_id"] == instrument)
    rows = sorted(
        (row for row in case.tables["meter_readings"] if row["instrument_id"] == instrument), key=lambda r: r["read_at"]
    )
    full, found = D(10) ** int(meter["register_digits"]), {}
    for before, after in itertools.pairwise(rows):
        step = (after["reading"] - before["reading"] + full) % full
        found[f"{before['read_at']:%Y-%m}"] = found.get(f"{before['read_at']:%Y-%m}", D(0)) + step
    return found


def ratio(sector: str, error: str, month: str, instrument: str = "") -> Decimal:
    name = instrument or GATES[sector]
    return energy(plant(sector, error), name)[month] / energy(plant(sector), name)[month]


@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize(
    ("error", "factor"),
    [
        ("gate_bias:month=2025-04,size=0.08", D("1.08")),
        ("gate_bias:month=2025-04,size=-0.05", D("0.95")),
        ("gate_multiplier:month=2025-04,factor=10", D(10)),
        ("gate_multiplier:month=2025-04,factor=4/3", D(4) / 3),
        ("gate_frozen:month=2025-04,days=6", D("0.8")),
    ],
)
def test_a_gate_fault_has_the_size_that_was_asked_for(sector: str, error: str, factor: Decimal) -> None:
    assert abs(ratio(sector, error, "2025-04") / factor - 1) < D("0.001")
    assert abs(ratio(sector, error, "2025-09") - 1) < D("0.001")
    (entry,) = plant(sector, error).planted
    assert (entry["months"], entry["claimed"]) == ("2025-04", "yes")
    assert [row["period"] for row in plant(sector, error).expected] == ["2025-04"]


@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize("error", ["gate_bias:size=0.002", "gate_multiplier:month=2025-05,factor=1.001"])
def test_a_fault_too_small_to_show_is_planted_and_claims_nothing(sector: str, error: str) -> None:
    case = plant(sector, error)
    assert case.expected == []
    assert case.planted[0]["claimed"] == "no"
    assert case.planted[0]["size"] not in ("", "0")
    assert case.tables["meter_readings"] != plant(sector).tables["meter_readings"]
    assert outcome(case).found == frozenset()


@pytest.mark.parametrize("sector", SECTORS)
def test_a_wrong_multiplier_all_year_stands_in_the_books_and_not_in_the_register(sector: str) -> None:
    case = plant(sector, "gate_multiplier:factor=1000")
    assert energy(case, GATES[sector]) == energy(plant(sector), GATES[sector])
    assert [row["period"] for row in case.expected] == ["2025"]


@pytest.mark.parametrize("sector", SECTORS)
def test_what_one_month_gains_another_loses(sector: str) -> None:
    clean = energy(plant(sector), GATES[sector])
    for error in ("gate_digits", "gate_day_shifted", "gate_months_swapped", "gate_backfilled"):
        case = plant(sector, error)
        found = energy(case, GATES[sector])
        moved = [month for month in clean if abs(found[month] / clean[month] - 1) > D("0.001")]
        assert len(moved) == 2, error
        assert abs(sum(found.values()) / sum(clean.values()) - 1) < D("0.0001"), error
        assert case.planted[0]["months"].replace("/", ";").split(";") == moved, error


@pytest.mark.parametrize("sector", SECTORS)
def test_a_pasted_month_has_the_energy_of_an_earlier_one(sector: str) -> None:
    case = plant(sector, "gate_month_pasted:month=2025-09,copied=2025-03")
    found, clean = energy(case, GATES[sector]), energy(plant(sector), GATES[sector])
    assert abs(found["2025-09"] / clean["2025-03"] - 1) < D("0.001")


@pytest.mark.parametrize(
    ("sector", "load", "twin"), [("cement", "e_grinding", "e_k2"), ("aluminium", "e_auxiliaries", "e_p2")]
)
def test_a_feeder_counted_twice_adds_the_other_ones_energy(sector: str, load: str, twin: str) -> None:
    def mwh(case: Simulated, stream: str) -> Decimal:
        meter: Any = next(row for row in case.tables["instruments"] if row["instrument_id"] == f"i_{stream}")
        return energy(case, f"i_{stream}")["2025-07"] * Decimal(meter["multiplier"]) / 1000

    case = plant(sector, "feeder_counted_twice:month=2025-07")
    assert abs(mwh(case, load) - mwh(plant(sector), load) - mwh(case, twin)) < D("0.001") * mwh(case, twin)
    assert case.planted[0]["unit"] == "MWh"


@pytest.mark.parametrize("sector", SECTORS)
def test_a_load_that_reads_too_little_hides_in_the_remainder(sector: str) -> None:
    case = plant(sector, "load_bias:month=2025-07,size=-0.1")
    assert (case.expected, case.planted[0]["claimed"]) == ([], "no")


@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize(("error", "part", "counted"), [
    ("loss_twice:month=2025-06", "loss_kwh", 2), ("loss_left_out:month=2025-06", "loss_kwh", 0),
    ("adjustment_sign:month=2025-06", "adjustment_kwh", -1),
])  # fmt: skip
def test_a_part_of_a_bill_is_counted_wrongly(sector: str, error: str, part: str, counted: int) -> None:
    (row,) = (row for row in plant(sector, error).tables["settlement_bills"] if row[part])
    assert row["total_kwh"] == row["metered_kwh"] + counted * row[part]


@pytest.mark.parametrize(("sector", "meter"), [("cement", "i_e_living"), ("aluminium", "i_e_living")])
def test_an_exchange_without_closing_reading_has_one_half(sector: str, meter: str) -> None:
    rows = [
        row
        for row in plant(sector, "exchange_without_closing").tables["meter_readings"]
        if row["instrument_id"] == meter
    ]
    assert [row["state"] for row in rows if row["state"] != "normal"] == ["exchange_in"]


@pytest.mark.parametrize(("sector", "meter"), [("cement", "i_e_grinding"), ("aluminium", "i_e_casthouse")])
def test_some_clean_plants_exchange_a_meter_with_both_readings_and_give_no_finding(sector: str, meter: str) -> None:
    cases = (simulated(sector, 2025, seed) for seed in range(4000, 4040))
    case = next(one for one in cases if any(row["state"] != "normal" for row in one.tables["meter_readings"]))
    states = {row["state"]: row["instrument_id"] for row in case.tables["meter_readings"] if row["state"] != "normal"}
    assert states == {"exchange_out": meter, "exchange_in": meter}
    assert outcome(case).found == frozenset()


@pytest.mark.parametrize("year", [2025, 2018])
def test_some_clean_plants_rest_a_kiln_for_a_month_and_give_no_finding(year: int) -> None:
    cases = (simulated("cement", year, seed) for seed in range(4000, 4040))
    case = next(one for one in cases if len(one.tables["raw_meal_ratios"]) < 24)
    pairs = {(row["facility_id"], row["month"]) for row in case.tables["raw_meal_ratios"]}
    ((line, month),) = {(k, f"{year}-{m:02d}") for k in ("k1", "k2") for m in range(1, 13)} - pairs
    hours = {
        row["run_hours"]
        for row in case.tables["kiln_runs"]
        if (row["facility_id"], f"{row['day']:%Y-%m}") == (line, month)
    }
    assert hours == {D("0.0")}
    made = [
        r
        for r in case.tables["reported"]
        if (r["facility_id"], r["month"], r["parameter"]) == (line, month, "clinker_produced_t")
    ]
    assert {row["value"] for row in made} == {D("0.00")}
    assert not [
        r
        for r in case.tables["coal_analyses"]
        if r["source_id"] == f"s_ncv_{line}" and f"{r['sampled_on']:%Y-%m}" == month
    ]
    assert outcome(case).found == frozenset()


def test_no_error_is_planted_where_nothing_was_made() -> None:
    from verifierkit.simulate.base import empty_plant

    seed, stop = next(
        (seed, stop)
        for seed in range(4000, 4200)
        if (stop := long_stop(empty_plant("cement", seed=seed, year=2025, factors={}, tables=()))) is not None
    )
    with pytest.raises(UsageError, match=f"nothing was made in {stop[1]}"):
        simulated("cement", 2025, seed, [f"report_digits:facility={stop[0]},month={stop[1]}"])


@pytest.mark.parametrize(
    ("text", "said"), [("size=much", "size=much"), ("size=1/0", "size=1/0"), ("size=inf", "size=inf")]
)
def test_a_size_that_is_no_number_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"{said} of a planted error is not a number"):
        simulated("cement", 2025, SEED, [f"gate_bias:{text}"])


@pytest.mark.parametrize("month", ["01", "11", "12"])
@pytest.mark.parametrize("sector", SECTORS)
def test_a_calibration_may_lapse_in_any_month(sector: str, month: str) -> None:
    case = plant(sector, f"calibration_lapsed:month=2025-{month}")
    (key,) = case.expected
    months = "2025-12" if month == "12" else f"2025-{month}/2025-{int(month) + 1:02d}"
    assert key["period"] == months
    own = [row for row in case.tables["calibrations"] if row["instrument_id"] == key["source"]]
    assert all(row["calibrated_on"] < row["valid_until"] for row in own)
    assert outcome(case).agrees
