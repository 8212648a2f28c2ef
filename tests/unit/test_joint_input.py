"""Input from which little or nothing can be computed: a clear line or a finding each, never a number, no traceback."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from tests.unit.hand_tables import context, rule
from tests.unit.hand_tables import tables as hand_tables
from tests.unit.joint_maps import MONTHS, Plant, bus_plant, settings
from verifierkit import rulepack
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.checks.joint import joint
from verifierkit.checks.texts import text
from verifierkit.errors import UsageError
from verifierkit.joint.analysis import analyse
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.fit import State


def case(plant: Plant, through: str | None = None) -> Context:
    limits = {name: repr(value) for name, value in settings().limits.items()}
    filled = hand_tables(**plant.rows)
    return context(filled, rule("reconcile.joint", alpha="0.01", **limits), through=through)


def results(plant: Plant, through: str | None = None) -> list[Result]:
    """Results of the check; each has a text in both languages."""
    found = case(plant, through)
    checked = list(joint(found))
    assert checked
    assert all(text(found, result)[language].strip() for result in checked for language in ("zh", "en"))
    return checked


def said(plant: Plant) -> tuple[str, str]:
    (result,) = results(plant)
    return result.outcome, result.message


NO_FIT = (NOT_EVALUATED, "reconcile.joint.redundancy")


def test_an_empty_map_is_not_evaluated() -> None:
    assert said(Plant()) == NO_FIT


def test_one_stream_with_one_source_is_not_evaluated() -> None:
    plant = (
        Plant().node("grid", "boundary").node("site", "process").stream("e", "grid", "site").metered("e", [1.0] * 12)
    )
    assert said(plant) == NO_FIT


def test_a_network_without_redundancy_is_not_evaluated_but_its_flows_are_known() -> None:
    plant = Plant().node("grid", "boundary").node("b").node("use", "process").stream("in", "grid", "b")
    plant.stream("a", "b", "use").stream("x", "b", "use").stream("y", "b", "use")
    plant.metered("in", [100.0] * 12).metered("a", [60.0] * 12)
    assert said(plant) == NO_FIT
    found = plant.analysis()
    assert {one.stream: one.state for one in found.streams}["x"] is State.UNDETERMINED
    assert not any(one.checked for one in found.sources)


def test_a_network_in_pieces_is_tested_piece_by_piece() -> None:
    """An error in one piece names nothing in the other, and a piece without redundancy does not stop the test."""
    plant = bus_plant(np.random.default_rng(4), changes={"a": [1.0] * 6 + [1.3] + [1.0] * 5})
    plant.node("w", "process").stream("w1", "grid", "w", "t").metered("w1", [50.0] * 12, unit="t")
    plant.source("s_w2", "w1", rank=2).months("s_w2", [50.0] * 12, "t")
    plant.node("far", "process").stream("lone", "far", "w").metered("lone", [5.0] * 12)
    found = [result for result in results(plant) if result.outcome == NOT_SATISFIED]
    assert {result.when for result in found} == {"2025-07"}
    assert {result.stream for result in found} <= {"in", "a", "b", "bus"}


def test_an_unknown_class_is_given_the_stated_limit_and_the_fit_goes_on() -> None:
    plant = bus_plant(np.random.default_rng(5))
    for row in plant.rows["instruments"]:
        row["accuracy_fraction"] = None
    assert said(plant)[0] == SATISFIED
    loose = {one.source: one.bias for one in plant.analysis().sources}
    tight = {one.source: one.bias for one in bus_plant(np.random.default_rng(5)).analysis().sources}
    assert all(loose[source] > tight[source] for source in tight), "an unknown class hides larger errors"


def test_a_rule_without_a_number_names_it() -> None:
    numbers = Settings({"period": 0.005}, 0.01)
    with pytest.raises(UsageError, match="finest_periods"):
        analyse(bus_plant(np.random.default_rng(6)).flow(), numbers)


def test_sources_of_zero_only_are_no_contradiction() -> None:
    plant = Plant().node("grid", "boundary").node("bus").node("use", "process")
    for name, start, end in (("in", "grid", "bus"), ("a", "bus", "use"), ("b", "bus", "use")):
        plant.stream(name, start, end).metered(name, [0.0] * 12)
    assert said(plant)[0] in (SATISFIED, NOT_EVALUATED)


def test_one_source_of_zero_beside_flows_is_found() -> None:
    plant = bus_plant(np.random.default_rng(7), changes={"b": [0.0] * 12})
    found = [result for result in results(plant) if result.outcome == NOT_SATISFIED]
    assert found
    assert found[0].months == tuple(MONTHS)


def test_a_class_of_zero_is_no_singular_system() -> None:
    plant = bus_plant(np.random.default_rng(8))
    for row in plant.rows["instruments"]:
        row["accuracy_fraction"] = 0
    found = plant.analysis()
    assert found.joint is not None
    assert np.isfinite(found.joint.residuals.values).all()


def test_a_unit_that_does_not_convert_leaves_its_source_out_with_the_reason() -> None:
    plant = bus_plant(np.random.default_rng(9))
    for row in plant.rows["streams"]:
        if row["stream_id"] == "a":
            row["unit"] = "t"
    for row in plant.rows["monthly_values"]:
        if row["source_id"] == "s_a":
            row["unit"] = "t"
    found = plant.analysis()
    assert found.joint is not None
    assert ("s_a", "joint.unit") in found.joint.network.left_out
    assert "s_a" not in {entry.source for entry in found.joint.network.entries}
    (line,) = (result for result in results(plant) if result.message == "reconcile.joint.unit")
    assert (line.outcome, line.stream, line.source) == (NOT_EVALUATED, "a", "s_a")


def test_units_that_convert_are_converted() -> None:
    plain = bus_plant(np.random.default_rng(10))
    other = bus_plant(np.random.default_rng(10))
    for row in other.rows["monthly_values"]:
        if row["source_id"] == "s_a":
            row |= {"unit": "kWh", "value": row["value"] * 1000}
    for row in other.rows["streams"]:
        if row["stream_id"] == "a":
            row["unit"] = "kWh"
    one, two = plain.analysis(), other.analysis()
    assert one.diagnosis is not None
    assert two.diagnosis is not None
    assert two.diagnosis.evidence == pytest.approx(one.diagnosis.evidence, abs=1e-6)


def test_streams_whose_nodes_are_missing_do_not_stop_the_others() -> None:
    plant = bus_plant(np.random.default_rng(11), changes={"a": [1.0] * 6 + [1.3] + [1.0] * 5})
    plant.stream("ghost", "nowhere", "bus_of_nobody").metered("ghost", [7.0] * 12)
    assert {result.when for result in results(plant) if result.outcome == NOT_SATISFIED} == {"2025-07"}


def test_sources_of_a_stream_that_is_not_there_are_passed_over() -> None:
    plant = bus_plant(np.random.default_rng(12)).source("s_x", "no_such_stream").months("s_x", [1.0] * 12)
    assert said(plant)[0] == SATISFIED


def test_a_part_year_looks_at_its_months_only() -> None:
    late = {"a": [1.0] * 10 + [1.3, 1.0]}
    plant = bus_plant(np.random.default_rng(13), changes=late)
    assert {result.when for result in results(plant) if result.outcome == NOT_SATISFIED} == {"2025-11"}
    (early,) = results(plant, through="2025-06")
    assert early.outcome == SATISFIED
    assert early.months == tuple(MONTHS[:6])


def test_quarter_hour_logs_are_summed_between_the_cuts() -> None:
    """Three months of 15-minute values, one quarter of an hour missing on 10 February."""
    plant = Plant().node("grid", "boundary").node("site", "process").stream("e", "grid", "site", "kWh")
    plant.source("s_log", "e", "interval_values").source("s_bill", "e", "settlement_bills", rank=2)
    start, quarter = datetime(2025, 1, 1), timedelta(minutes=15)
    for k in range(90 * 96):
        moment = start + k * quarter
        if moment != datetime(2025, 2, 10, 12):
            plant.add("interval_values", source_id="s_log", start=moment, end=moment + quarter, value_kwh=2.5)
    for first, last, days in ((1, 31, 31), (2, 28, 28), (3, 31, 31)):
        plant.bill("s_bill", date(2025, first, 1), date(2025, first, last), 240.0 * days)
    found = plant.analysis()
    assert found.joint is not None
    own = {entry.start.month: entry.value for entry in found.joint.network.entries if entry.source == "s_log"}
    assert own == {1: pytest.approx(240.0 * 31), 3: pytest.approx(240.0 * 31)}, "February has a gap and is absent"
    assert found.diagnosis is not None
    assert not found.diagnosis.flagged


def test_loops_and_streams_onto_themselves_are_borne() -> None:
    plant = bus_plant(np.random.default_rng(14)).node("b2")
    plant.stream("round1", "bus", "b2").stream("round2", "b2", "bus").stream("self", "bus", "bus")
    assert said(plant)[0] in (SATISFIED, NOT_EVALUATED)


def test_a_store_that_is_not_in_tonnes_is_left_out_with_the_reason() -> None:
    plant = Plant().node("grid", "boundary").node("tank", "store").node("use", "process")
    plant.stream("in", "grid", "tank").stream("out", "tank", "use").metered("in", [10.0] * 12).metered(
        "out", [10.0] * 12
    )
    plant.level("tank", date(2024, 12, 31), 5.0).level("tank", date(2025, 12, 31), 5.0)
    found = plant.analysis()
    assert found.joint is not None
    assert ("tank", "joint.unit") in found.joint.network.left_out


def test_the_electricity_pack_states_the_rule() -> None:
    """A settlement case without a sector of its own goes through the same fit."""
    shipped = Settings.of(rulepack.load("electricity-only").checks["reconcile.joint"])
    found = analyse(bus_plant(np.random.default_rng(15), changes={"a": [1.25] * 12}).flow(), shipped)
    assert found.diagnosis is not None
    assert found.diagnosis.flagged
