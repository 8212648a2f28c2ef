"""The uncertainty of a comparison is that of the joint fit: the same parts, the same shared errors, the same scatter."""

from __future__ import annotations

from datetime import date
from math import sqrt

import numpy as np
import pytest

from tests.unit.joint_maps import MONTHS, Plant, bus_plant, noisy, settings
from verifierkit.flowmap import FlowMap
from verifierkit.joint.contrast import Term, Uncertainty, standard_uncertainty
from verifierkit.joint.draft import levels
from verifierkit.joint.network import build_network
from verifierkit.joint.sources import Period
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Part, Problem


def of_entries(problem: Problem, weights: np.ndarray) -> float:
    """Standard uncertainty of a weighted sum of the measurements of a problem."""
    shared = weights @ np.asarray(problem.loading.todense())
    return sqrt(float(weights**2 @ problem.variance + shared @ shared))


def year_of(values: list[float]) -> list[Period]:
    """Monthly values of the year."""
    return [Period(*month_instants(month), value) for month, value in zip(MONTHS, values, strict=True)]


def monthly(flow: FlowMap, stream: str) -> list[Period]:
    """Monthly values of the source of a stream."""
    return year_of([float(flow.series(f"s_{stream}").months[month].value) for month in MONTHS])


def test_a_bias_adds_up_over_the_year_and_the_period_part_in_quadrature() -> None:
    month = Term(1, (Part("instrument", 1.0, "meter"), Part("period", 2.0)))
    assert standard_uncertainty([month] * 12) == pytest.approx(sqrt((12 * 1.0) ** 2 + 12 * 2.0**2))


def test_what_two_sources_share_cancels_in_their_difference() -> None:
    same, other = (Part("shared", 1.0, name) for name in ("transformers", "others"))
    assert standard_uncertainty([Term(1, (same,)), Term(-1, (same,))]) == 0
    assert standard_uncertainty([Term(1, (same,)), Term(-1, (other,))]) == pytest.approx(sqrt(2))


def test_the_hour_of_a_reading_moves_energy_from_one_month_to_the_next() -> None:
    first = Term(1, (Part("instant", 3.0, "at noon", 1),))
    second = Term(1, (Part("instant", 3.0, "at noon", -1),))
    assert standard_uncertainty([first]) == 3
    assert standard_uncertainty([first, second]) == 0


def test_the_scatter_scales_what_is_new_each_month_and_no_constant() -> None:
    parts = (Part("period", 2.0), Part("instant", 1.0, "end"), Part("instrument", 4.0, "meter"))
    assert standard_uncertainty([Term(1, parts, 3.0)]) == pytest.approx(sqrt(6.0**2 + 3.0**2 + 4.0**2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_weighted_sum_has_the_uncertainty_that_the_problem_gives_it(seed: int) -> None:
    generator = np.random.default_rng(seed)
    flow = bus_plant(generator).flow()
    network = build_network(flow, settings(honest_share=1.0))
    model, terms, weights = Uncertainty(flow, settings()), [], np.zeros(len(network.entries))
    for stream in ("in", "a", "b"):
        drawn = [float(weight) for weight in generator.normal(size=12)]
        terms += model.amounts(f"s_{stream}", monthly(flow, stream), drawn)
        own = [k for k, entry in enumerate(network.entries) if (entry.kind, entry.subject) == ("flow", stream)]
        assert len(own) == 12
        weights[own] = drawn
    assert standard_uncertainty(terms) == pytest.approx(of_entries(network.problem, weights), rel=1e-12)


def of_january(spread: float, **changed: float) -> tuple[float, float, float]:
    """Standard uncertainty of the gate less both loads in January: as compared, as fitted and as the pack states it."""
    plant, numbers = bus_plant(np.random.default_rng(4), spread=spread), settings(honest_share=1.0, **changed)
    flow, joint = plant.flow(), plant.analysis(honest_share=1.0, **changed).joint
    assert joint is not None
    model, weights, terms = Uncertainty(flow, numbers, joint), np.zeros(len(joint.network.entries)), []
    for stream, sign in (("in", 1), ("a", -1), ("b", -1)):
        terms += model.amounts(f"s_{stream}", monthly(flow, stream)[:1], [sign])
        own = ((k, (entry.kind, entry.subject)) for k, entry in enumerate(joint.network.entries))
        weights[next(k for k, name in own if name == ("flow", stream))] = sign
    fitted, stated = (of_entries(problem, weights) for problem in (joint.fit.problem, joint.network.problem))
    return standard_uncertainty(terms), fitted, stated


def test_the_scatter_of_the_year_widens_a_limit_as_the_fit_scales_it() -> None:
    compared, fitted, stated = of_january(0.02, scatter_belief=2.0, scatter_errors=0)
    assert compared == pytest.approx(fitted, rel=0.05)
    assert compared > 1.5 * stated


def test_a_scatter_that_its_prior_does_not_bear_is_an_error_and_widens_no_further() -> None:
    compared, fitted, stated = of_january(0.2, scatter_belief=0.3, scatter_errors=0)
    assert stated < compared < np.exp(0.6) * stated < fitted


def test_a_year_that_agrees_better_than_its_instruments_promise_narrows_no_limit() -> None:
    compared, fitted, stated = of_january(0.00001, scatter_belief=2.0)
    assert fitted < 0.98 * stated
    assert compared == pytest.approx(stated, rel=0.0001)


def test_a_store_has_its_counts_and_its_loss() -> None:
    plant = Plant().node("yard", "store", "coal").node("rail", "boundary").node("kiln", "process")
    plant.stream("got", "rail", "yard", "t").stream("used", "yard", "kiln", "t")
    generator = np.random.default_rng(5)
    for name in ("got", "used"):
        plant.metered(name, noisy(generator, [9000.0] * 12, 0.002), kind="belt_scale", unit="t")
    for day in (date(2024, 12, 31), date(2025, 3, 31), date(2025, 12, 31)):
        plant.level("yard", day, 20_000)
    flow, numbers = plant.flow(), settings()
    network, model = build_network(flow, numbers), Uncertainty(flow, numbers)
    entries = network.entries
    inflow = sum(period.value for period in monthly(flow, "got")[:3])
    first, second, _ = levels(flow, "yard", numbers)
    level, loss = (next(k for k, entry in enumerate(entries) if entry.kind == kind) for kind in ("level", "loss"))
    weights = np.zeros(len(entries))
    weights[[level, loss]] = 1
    terms = [model.level("yard", first, 1), model.loss("yard", inflow)]
    assert standard_uncertainty(terms) == pytest.approx(of_entries(network.problem, weights), rel=1e-12)
    assert (second.value, second.sd) == (first.value, first.sd)


def test_an_amount_over_a_ratio_carries_the_ratio() -> None:
    plant = Plant().node("mill", "process").node("kiln", "process").node("silo", "store", "clinker")
    plant.stream("feed", "mill", "kiln", "t").stream("made", "kiln", "silo", "t", facility_id="k1")
    plant.metered("feed", [15_500.0] * 12, kind="belt_scale", unit="t")
    plant.source("s_by_feed", "made", "feed_over_ratio", derives_from="s_feed")
    plant.add(
        "relations",
        relation_id="r",
        kind="ratio",
        output_stream="made",
        input_streams="feed",
        uncertainty_fraction=0.03,
    )
    numbers = settings(ratio_period=0.0)
    model, amount = Uncertainty(plant.flow(), numbers), year_of([10_000.0] * 12)
    (over,), (plain,) = (model.amounts(name, amount[:1], [1.0]) for name in ("s_by_feed", "s_feed"))
    added = standard_uncertainty([over]) ** 2 - standard_uncertainty([plain]) ** 2
    assert sqrt(added) == pytest.approx(10_000 * 0.03 / sqrt(3))


def test_bills_without_an_instrument_have_that_of_the_meter_that_they_name() -> None:
    plant = Plant().node("bus").node("grid", "boundary").stream("in", "grid", "bus")
    plant.instrument("i_main", 0.002).source("s_bill", "in", "settlement_bills").source(
        "s_other", "in", "settlement_bills", 2
    )
    plant.bill("s_bill", date(2025, 1, 1), date(2025, 1, 31), 1e6, instrument_id="i_main")
    plant.bill("s_other", date(2025, 1, 1), date(2025, 1, 31), 1e6)
    model, january = Uncertainty(plant.flow(), settings()), year_of([1000.0] * 12)[:1]
    (named,), (unnamed,) = (model.amounts(name, january, [1.0]) for name in ("s_bill", "s_other"))
    assert standard_uncertainty([named]) < standard_uncertainty([unnamed])
    same = Term(-1, named.parts, named.scale)
    assert {part.group for part in same.parts if part.kind == "instrument"} == {"i_main"}
