"""The map as a problem: atoms of time, what enters once, what stays out, and the uncertainty of what enters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from tests.unit.joint_maps import MONTHS, Plant, daily_counts, settings
from verifierkit.joint.network import Network, build_network
from verifierkit.joint.sources import bill_periods
from verifierkit.periods import month_bounds

STEP = timedelta(days=1)


def network(plant: Plant, **changed: float) -> Network:
    return build_network(plant.flow(), settings(**changed))


def grid_supply(plant: Plant | None = None) -> Plant:
    plant = plant or Plant()
    return plant.node("grid", "boundary").node("site", "process").stream("e", "grid", "site")


def billed(plant: Plant, *, first: date, kwh: float = 300_000.0, count: int = 12, source: str = "s_bill") -> Plant:
    """Bills from one 25th to the next."""
    start = first
    for _ in range(count):
        nearly = start.replace(day=1) + 31 * STEP
        following = nearly.replace(day=25)
        plant.bill(source, start, following - STEP, kwh)
        start = following
    return plant


def bills_and_calendar() -> Plant:
    plant = grid_supply().instrument("m_bill").instrument("m_own")
    plant.source("s_bill", "e", "settlement_bills", instrument_id="m_bill")
    plant.source("s_own", "e", rank=2, instrument_id="m_own").months("s_own", [300.0] * 12)
    return billed(plant, first=date(2024, 12, 25))


def test_bills_cut_on_the_25th_and_calendar_months_make_atoms_of_both() -> None:
    found = network(bills_and_calendar())
    atoms = found.atoms["e"]
    inside = [atom for atom in atoms if atom[0] >= datetime(2025, 1, 1)]
    assert inside[:3] == [
        (datetime(2025, 1, 1), datetime(2025, 1, 25)),
        (datetime(2025, 1, 25), datetime(2025, 2, 1)),
        (datetime(2025, 2, 1), datetime(2025, 2, 25)),
    ]
    assert atoms[0] == (datetime(2024, 12, 25), datetime(2025, 1, 1)), "the part of a bill before the year is its own"
    assert len(inside) == 24
    assert all(one[1] == other[0] for one, other in pairwise(atoms))


def test_every_measurement_is_a_sum_of_whole_atoms() -> None:
    found = network(bills_and_calendar())
    problem = found.problem
    days = {found.flows["e", start]: (end - start).days for start, end in found.atoms["e"]}
    for row, entry in enumerate(found.entries):
        if entry.kind == "flow":
            held = problem.observe[[row]].indices
            assert sum(days[problem.unknown_names[k]] for k in held) == (entry.end - entry.start).days


def test_nothing_is_data_but_what_the_records_hold() -> None:
    """No value stands for an atom that no record gives; a profile is marked, has no source and a wide uncertainty."""
    plant = grid_supply().instrument("m").source("s_bill", "e", "settlement_bills", instrument_id="m")
    plant.node("bus").stream("f", "grid", "bus").stream("g", "bus", "site")
    billed(plant, first=date(2024, 12, 25))
    plant.rows["sources"][0]["stream_id"] = "f"
    plant.metered("g", [300.0] * 12)
    found = network(plant)
    assert {e.kind for e in found.entries} == {"flow", "profile", "leak"}
    assert all(entry.source == "" for entry in found.entries if entry.kind in ("profile", "leak"))
    flows = [e for e in found.entries if e.kind == "flow"]
    bills = [e for e in flows if e.source == "s_bill"]
    assert len(bills) == 12
    assert len(flows) == 24


def test_a_profile_says_equal_daily_rates_with_its_uncertainty() -> None:
    plant = grid_supply().node("bus").stream("f", "grid", "bus").stream("g", "bus", "site")
    plant.instrument("m").source("s_bill", "f", "settlement_bills", instrument_id="m")
    billed(plant, first=date(2024, 12, 25))
    plant.metered("g", [300.0] * 12)
    found = network(plant, profile=0.5)
    row, entry = next(
        (k, e)
        for k, e in enumerate(found.entries)
        if e.kind == "profile" and e.subject == "g" and e.start == datetime(2025, 1, 1)
    )
    terms = dict(zip(found.problem.observe[[row]].indices, found.problem.observe[[row]].data, strict=True))
    spot = {name: k for k, name in enumerate(found.problem.unknown_names)}
    assert terms == {
        spot[found.flows["g", datetime(2025, 1, 1)]]: pytest.approx(1 / 24),
        spot[found.flows["g", datetime(2025, 1, 25)]]: pytest.approx(-1 / 7),
    }
    assert entry.value == 0
    rate = 300.0 / 31
    assert sqrt(found.problem.variance[row]) == pytest.approx(0.5 / sqrt(3) * rate)


def dense_log(*, skip: tuple[int, ...] = ()) -> Plant:
    plant = bills_and_calendar()
    plant.rows["sources"] = [row for row in plant.rows["sources"] if row["source_id"] != "s_own"]
    plant.rows["monthly_values"] = []
    plant.source("s_log", "e", "meter_readings", rank=2, instrument_id="m_own")
    per_day = [10_000.0 + 10 * k for k in range(365)]
    return plant.readings("m_own", daily_counts(per_day, skip=skip))


def test_a_dense_log_is_summed_between_the_cuts_of_the_others() -> None:
    found = network(dense_log())
    own = [entry for entry in found.entries if entry.source == "s_log"]
    assert (own[0].start, own[0].end) == (datetime(2025, 1, 1), datetime(2025, 1, 25))
    assert own[0].value == pytest.approx(sum(10.0 + 0.01 * k for k in range(24)))
    assert len(own) == 24
    assert sum(entry.value for entry in own) == pytest.approx(sum(10.0 + 0.01 * k for k in range(365)))


def test_a_gap_between_cuts_is_absent_and_not_filled() -> None:
    """The reading of 25 January is missing: no sum ends or starts there, and the two atoms around it have none."""
    found = network(dense_log(skip=(24,)))
    own = [(entry.start, entry.end) for entry in found.entries if entry.source == "s_log"]
    assert not [span for span in own if span[0] < datetime(2025, 2, 1)]
    assert own[0] == (datetime(2025, 2, 1), datetime(2025, 2, 25))


def test_a_missing_reading_inside_a_period_loses_nothing() -> None:
    found = network(dense_log(skip=(10,)))
    own = [entry for entry in found.entries if entry.source == "s_log"]
    assert own[0].value == pytest.approx(sum(10.0 + 0.01 * k for k in range(24)))


def test_a_missing_month_is_absent() -> None:
    values: list[float | None] = [300.0] * 12
    values[4] = None
    plant = grid_supply().metered("e", values).source("s_2", "e", rank=2).months("s_2", [300.0] * 12)
    own = [entry.start.month for entry in network(plant).entries if entry.source == "s_e"]
    assert own == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]


# bills


def spans(plant: Plant) -> list[tuple[date, date, float]]:
    found = bill_periods(plant.flow(), "s_bill", "MWh")
    return [(period.start.date(), period.end.date(), period.value) for period in found]


def bill_plant() -> Plant:
    return grid_supply().source("s_bill", "e", "settlement_bills")


def test_an_estimated_bill_joins_the_next_one() -> None:
    plant = bill_plant().bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0)
    plant.bill("s_bill", date(2025, 2, 1), date(2025, 2, 28), 50_000.0, estimated=True)
    plant.bill("s_bill", date(2025, 3, 1), date(2025, 3, 31), 170_000.0)
    assert spans(plant) == [(date(2025, 1, 1), date(2025, 2, 1), 100.0), (date(2025, 2, 1), date(2025, 4, 1), 220.0)]


def test_an_estimated_bill_without_a_reading_after_it_stays_out() -> None:
    plant = bill_plant().bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0)
    plant.bill("s_bill", date(2025, 2, 1), date(2025, 2, 28), 50_000.0, estimated=True)
    assert spans(plant) == [(date(2025, 1, 1), date(2025, 2, 1), 100.0)]


def test_overlapping_bills_are_left_out_both() -> None:
    plant = bill_plant().bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0)
    plant.bill("s_bill", date(2025, 2, 1), date(2025, 3, 2), 100_000.0)
    plant.bill("s_bill", date(2025, 3, 1), date(2025, 3, 31), 100_000.0)
    plant.bill("s_bill", date(2025, 4, 1), date(2025, 4, 30), 100_000.0)
    assert [start.month for start, _, _ in spans(plant)] == [1, 4]


def test_a_bill_over_all_of_another_leaves_both_out() -> None:
    """A bill of a quarter beside its months: the last month overlaps it though its neighbour does not."""
    plant = bill_plant().bill("s_bill", date(2025, 1, 1), date(2025, 3, 31), 300_000.0)
    for month in (1, 2, 3):
        first, last = month_bounds(MONTHS[month])
        plant.bill("s_bill", first, last - STEP, 100_000.0)
    assert [start.month for start, _, _ in spans(plant)] == [4]


def test_losses_refunds_and_free_energy_did_not_pass_the_meter() -> None:
    plant = bill_plant()
    plant.bill(
        "s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0, loss_kwh=2_000.0, adjustment_kwh=-500.0,
        free_kwh=-300.0, total_kwh=101_200.0,
    )  # fmt: skip
    assert spans(plant) == [(date(2025, 1, 1), date(2025, 2, 1), 100.0)]


def test_a_net_total_says_nothing_but_the_meter_does() -> None:
    plant = bill_plant()
    plant.bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0, credit_kwh=100_000.0, total_kwh=0.0)
    assert spans(plant) == [(date(2025, 1, 1), date(2025, 2, 1), 100.0)]


def test_a_refund_without_readings_is_no_period() -> None:
    plant = bill_plant().bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 100_000.0)
    plant.bill(
        "s_bill",
        date(2025, 1, 1),
        date(2025, 1, 31),
        0.0,
        metered_kwh=None,
        adjustment_kwh=-9_000.0,
        total_kwh=-9_000.0,
    )
    assert spans(plant) == [(date(2025, 1, 1), date(2025, 2, 1), 100.0)]


def test_a_bill_that_ends_before_it_starts_is_no_period() -> None:
    plant = bill_plant().bill("s_bill", date(2025, 1, 31), date(2025, 1, 1), 100_000.0)
    assert spans(plant) == []


# uncertainty


def covariance(found: Network) -> np.ndarray:
    loading = np.asarray(found.problem.loading.todense())
    return np.diag(found.problem.variance) + loading @ loading.T


def two_meters(**more: object) -> Plant:
    """Two meters of one flow over two months, read at midnight of the firsts."""
    plant = grid_supply().instrument("m1", 0.002, **more).instrument("m2", 0.005, **more)  # type: ignore[arg-type]
    moments = [datetime(2025, 1, 1), datetime(2025, 2, 1), datetime(2025, 3, 1)]
    for name, scale in (("m1", 1.0), ("m2", 1.1)):
        plant.source(f"s_{name}", "e", "meter_readings", rank=1 if name == "m1" else 2, instrument_id=name)
        plant.readings(name, dict(zip(moments, (0.0, 310_000.0 * scale, 590_000.0 * scale), strict=True)))
    return plant


def parts_by_hand(value: float, days: int, largest: float, limit: float) -> dict[str, float]:
    """Standard uncertainties in MWh: what is new each month, class, transformers, one reading instant."""
    own = value * 0.002 / sqrt(3)
    return {
        "period": own**2 + (1e-5 * largest) ** 2,
        "instrument": value * 0.6 * limit / sqrt(3),
        "shared": value * 0.6 * 0.004 / sqrt(3),
        "instant": value / (24 * days) * 1.5 / sqrt(3),
    }


def test_the_covariance_of_two_sources_over_two_months_is_the_one_by_hand() -> None:
    found = network(two_meters())
    flows = [k for k, entry in enumerate(found.entries) if entry.kind == "flow"]
    matrix = covariance(found)[np.ix_(flows, flows)]
    one, two = parts_by_hand(310, 31, 310, 0.002), parts_by_hand(280, 28, 310, 0.002)
    three, four = parts_by_hand(341, 31, 341, 0.005), parts_by_hand(308, 28, 341, 0.005)
    expected = np.zeros((4, 4))
    for place, part in enumerate((one, two, three, four)):
        expected[place, place] = (
            part["period"] + part["instrument"] ** 2 + part["shared"] ** 2 + 2 * part["instant"] ** 2
        )
    for place, (first, second) in ((0, (one, two)), (2, (three, four))):
        common = first["instrument"] * second["instrument"] + first["shared"] * second["shared"]
        expected[place, place + 1] = expected[place + 1, place] = common - first["instant"] * second["instant"]
    assert [found.entries[k].value for k in flows] == pytest.approx([310, 280, 341, 308])
    np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-12)


def test_meters_at_one_place_share_its_transformers() -> None:
    plant = two_meters(place="gate").instrument("ct", 0.002, "current_transformer", place="gate")
    found = network(plant)
    flows = [k for k, entry in enumerate(found.entries) if entry.kind == "flow"]
    matrix = covariance(found)[np.ix_(flows, flows)]
    january, other = parts_by_hand(310, 31, 310, 0.002), parts_by_hand(341, 31, 341, 0.005)
    assert matrix[0, 2] == pytest.approx(january["shared"] * other["shared"])
    apart = network(two_meters(place="gate"))  # the place is the same, but no transformer is registered there
    assert covariance(apart)[np.ix_(flows, flows)][0, 2] == 0


def test_a_calibration_ends_the_constant_error_of_an_instrument() -> None:
    plant = two_meters(place="gate").add(
        "calibrations",
        instrument_id="m1",
        certificate_no="C1",
        calibrated_on=date(2025, 1, 20),
        valid_until=date(2026, 1, 19),
    )
    before, after = covariance(network(two_meters()))[0, 1], covariance(network(plant))[0, 1]
    one, two = parts_by_hand(310, 31, 310, 0.002), parts_by_hand(280, 28, 310, 0.002)
    assert before - after == pytest.approx(one["instrument"] * two["instrument"])


def test_an_instrument_of_unknown_class_gets_the_stated_one() -> None:
    plant = grid_supply().metered("e", [300.0] * 12, accuracy=None, kind="other").source("s_2", "e", rank=2)
    plant.months("s_2", [300.0] * 12)
    own = covariance(network(plant))[0, 1]
    assert own == pytest.approx((300 * 0.6 * 0.02 / sqrt(3)) ** 2)


# dependence


def test_a_ledger_made_from_a_record_enters_once() -> None:
    plant = grid_supply().metered("e", [300.0] * 12)
    plant.source("s_ledger", "e", rank=2, derives_from="s_e").months("s_ledger", [300.0] * 12)
    plant.source("s_other", "e", rank=3).months("s_other", [301.0] * 12)
    found = network(plant)
    assert {entry.source for entry in found.entries} == {"s_e", "s_other"}


def test_a_source_of_unstated_derivation_is_dependent_and_stays_out_beside_a_stated_one() -> None:
    plant = grid_supply().metered("e", [300.0] * 12)
    plant.source("s_loose", "e", rank=2, derives_from=None).months("s_loose", [999.0] * 12)
    found = network(plant)
    assert "s_loose" not in {entry.source for entry in found.entries}
    assert not found.entries, "nothing is left that could contradict the record"


def test_sources_without_any_stated_derivation_count_as_one() -> None:
    plant = grid_supply().source("s_1", "e", derives_from=None).source("s_2", "e", rank=2, derives_from=None)
    plant.months("s_1", [300.0] * 12).months("s_2", [400.0] * 12)
    plant.node("bus").stream("f", "bus", "grid")
    plant.rows["streams"][0]["to_node"] = "bus"
    plant.metered("f", [300.0] * 12)
    assert {entry.source for entry in network(plant).entries if entry.kind == "flow"} == {"s_1", "s_f"}


# stocks


def silo(levels: dict[date, float], out: float = 900.0) -> Plant:
    plant = (
        Plant().node("kiln", "process", "clinker").node("silo", "store", "clinker").node("mill", "process", "clinker")
    )
    plant.stream("made", "kiln", "silo", "t").stream("used", "silo", "mill", "t")
    plant.metered("made", [1_000.0] * 12, kind="belt_scale", unit="t")
    plant.metered("used", [out] * 12, kind="belt_scale", unit="t")
    for day, tonnes in levels.items():
        plant.level("silo", day, tonnes)
    return plant


def test_levels_join_the_months_between_two_counts() -> None:
    found = network(silo({date(2024, 12, 31): 500.0, date(2025, 3, 31): 800.0, date(2025, 12, 31): 1_700.0}))
    assert [(b.start, b.end) for b in found.balances if b] == [
        (datetime(2025, 1, 1), datetime(2025, 4, 1)),
        (datetime(2025, 4, 1), datetime(2026, 1, 1)),
    ]
    names, row = found.problem.unknown_names, found.problem.balance[[0]]
    terms = {names[k]: weight for k, weight in zip(row.indices, row.data, strict=True)}
    assert {name for name, weight in terms.items() if weight == 1} == {
        "level silo 2025-01-01", *(found.flows["made", datetime(2025, m, 1)] for m in (1, 2, 3))
    }  # fmt: skip
    assert "level silo 2025-04-01" in terms
    assert terms["level silo 2025-04-01"] == -1


def test_a_store_counted_once_or_by_the_book_gives_no_balance() -> None:
    assert not network(silo({date(2024, 12, 31): 500.0})).balances
    plant = silo({date(2024, 12, 31): 500.0})
    plant.level("silo", date(2025, 12, 31), 1_700.0, method="book")
    assert not network(plant).balances


def test_a_wrong_level_enters_both_spans_with_opposite_signs() -> None:
    found = network(silo({date(2024, 12, 31): 500.0, date(2025, 6, 30): 1_100.0, date(2025, 12, 31): 1_700.0}))
    spot = {name: k for k, name in enumerate(found.problem.unknown_names)}
    column = found.problem.balance[:, [spot["level silo 2025-07-01"]]].toarray().ravel()
    assert column.tolist() == [-1.0, 1.0]
