"""The fit of hand-made maps: relations, negative flows, what can be known, and the scale of honest scatter."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from tests.unit.hand_tables import context, rule
from tests.unit.hand_tables import tables as hand_tables
from tests.unit.joint_maps import MONTHS, Plant, bus_plant, days_of, settings
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, Context
from verifierkit.checks.joint import joint as check_joint
from verifierkit.joint.analysis import analyse
from verifierkit.joint.diagnosis import diagnose
from verifierkit.joint.evidence import evidence_of
from verifierkit.joint.hypotheses import shift_matrix, stands_out
from verifierkit.joint.network import build_network
from verifierkit.joint.scatter import likely_scales
from verifierkit.reconcile.fit import Outcome, State


def case(plant: Plant, **changed: float) -> Context:
    """The map as a context with the rule as it ships, some numbers replaced."""
    limits = {name: repr(value) for name, value in settings(**changed).limits.items()}
    return context(hand_tables(**plant.rows), rule("reconcile.joint", alpha="0.01", **limits))


# relations


def ratio_plant(*, ratio: float = 1.55, feed: float = 15_500.0, clinker: float = 10_000.0) -> Plant:
    plant = (
        Plant()
        .node("mine", "boundary", "raw_meal")
        .node("kiln", "process", "clinker")
        .node("out", "process", "clinker")
    )
    plant.add("facilities", facility_id="k1", name="k1", kind="clinker_line")
    plant.stream("feed", "mine", "kiln", "t", facility_id="k1").stream("made", "kiln", "out", "t", facility_id="k1")
    plant.metered("feed", [feed] * 12, kind="belt_scale", unit="t")
    plant.metered("made", [clinker] * 12, kind="belt_scale", unit="t")
    plant.add(
        "relations",
        relation_id="r",
        kind="ratio",
        output_stream="made",
        input_streams="feed",
        uncertainty_fraction=0.02,
    )
    for month in MONTHS:
        plant.add("raw_meal_ratios", facility_id="k1", month=month, ratio=ratio, determined_by="measured")
    return plant


def test_a_ratio_relation_converges_and_holds_at_the_end() -> None:
    found = ratio_plant(feed=15_700.0).analysis().joint
    assert found is not None
    assert found.fit.outcome is Outcome.RECONCILED
    names = found.network.problem.unknown_names
    value = dict(zip(names, found.fit.values, strict=True))
    for (stream, start), name in found.network.flows.items():
        if stream == "feed":
            made = value[found.network.flows["made", start]]
            assert value[name] == pytest.approx(made * value[f"ratio r {start:%Y-%m}"], rel=1e-9)
    assert value[names[0]] != pytest.approx(15_700.0), "the feed moves towards ratio times clinker"


def test_a_ratio_set_from_the_clinker_proves_nothing() -> None:
    plant = ratio_plant()
    for row in plant.rows["raw_meal_ratios"]:
        row["determined_by"] = "from_clinker"
    found = plant.analysis()
    assert found.joint is not None
    assert not found.joint.reconciled


def test_relations_that_do_not_converge_are_not_reconciled_and_give_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from verifierkit.reconcile import relations

    monkeypatch.setattr(relations, "MAX_STEPS", 1)
    plant = ratio_plant(feed=31_000.0)
    found = analyse(plant.flow(), settings())
    assert found.joint is not None
    assert found.joint.fit.outcome is Outcome.NOT_RECONCILED
    assert found.diagnosis is None or not found.diagnosis.errors
    results = list(check_joint(case(plant)))
    assert [(r.outcome, r.message) for r in results] == [(NOT_EVALUATED, "reconcile.joint.converged")]
    assert all(figure.reconciled is None for figure in found.figures)


def transformer_plant(loss: float, *, fixed: float | None = 0.010, variable: float = 0.0005) -> Plant:
    """High side = low side + loss; k0 = 0.010 MW, k1 = 0.0005 / MW at 5 MW."""
    plant = Plant().node("grid", "boundary").node("tr").node("site", "process").node("heat", "process")
    plant.stream("high", "grid", "tr").stream("low", "tr", "site").stream("lost", "tr", "heat")
    hours = [24 * days_of(month) for month in MONTHS]
    low = [5.0 * h for h in hours]
    plant.metered("low", low, accuracy=0.0005)
    plant.metered("high", [value + loss * h for value, h in zip(low, hours, strict=True)], accuracy=0.0005)
    return plant.add(
        "relations", relation_id="loss", kind="transformer_loss", output_stream="lost", input_streams="high",
        coefficient=variable, fixed_coefficient=fixed, uncertainty_fraction=0.05,
    )  # fmt: skip


TRUE_LOSS = 0.010 + 0.0005 * 5.0225**2  # [MW], at 5.0225 MW on the high side


def test_a_transformer_loss_has_a_fixed_and_a_variable_part() -> None:
    found = transformer_plant(TRUE_LOSS).analysis()
    assert found.joint is not None
    assert found.joint.reconciled
    names = found.joint.network.problem.unknown_names
    value = dict(zip(names, found.joint.fit.values, strict=True))
    january = next(
        name for (stream, start), name in found.joint.network.flows.items() if stream == "lost" and start.month == 1
    )
    assert value[january] == pytest.approx(TRUE_LOSS * 744, rel=0.01)
    assert value["fixed loss 2025-01-01 00:00"] == pytest.approx(7.44, rel=0.01)
    assert value["variable loss 2025-01-01 00:00"] == pytest.approx(0.0005 / 744, rel=0.01)
    assert found.diagnosis is not None
    assert not found.diagnosis.flagged


def test_a_loss_that_the_transformer_cannot_have_is_found() -> None:
    found = transformer_plant(0.3).analysis()
    assert found.diagnosis is not None
    assert found.diagnosis.flagged


def test_a_transformer_without_its_fixed_coefficient_stays_out_and_says_so() -> None:
    found = build_network(transformer_plant(TRUE_LOSS, fixed=None).flow(), settings())
    assert ("loss", "joint.coefficient") in found.left_out
    assert not found.problem.relations


# negative flows


def branching(*, total: float, known: float) -> Plant:
    """A gate, one metered load, and what nobody meters."""
    plant = Plant().node("grid", "boundary").node("bus").node("use", "process")
    plant.stream("in", "grid", "bus").stream("a", "bus", "use", facility_id="f").stream("rest", "bus", "use")
    return plant.metered("in", [total] * 12).metered("a", [known] * 12)


def test_a_flow_may_come_out_negative_and_is_then_a_finding() -> None:
    plant = branching(total=1_000.0, known=1_040.0)
    found = plant.analysis()
    assert found.joint is not None
    assert {flow.stream for flow in found.negative} == {"rest"}
    assert found.negative[0].value == pytest.approx(-40, rel=0.05), "no bound moves it to zero"
    results = [r for r in check_joint(case(plant)) if r.outcome == NOT_SATISFIED]
    assert {(r.stream, r.message) for r in results} == {("rest", "reconcile.joint.negative")}
    assert [r.when for r in results] == MONTHS


def test_a_flow_that_is_negative_within_its_uncertainty_is_none() -> None:
    found = branching(total=1_000.0, known=1_000.5).analysis()
    assert found.joint is not None
    names = found.joint.network.problem.unknown_names
    own = [found.joint.fit.values[k] for k, name in enumerate(names) if name.startswith("rest ")]
    assert min(own) < 0
    assert found.negative == ()


def test_a_negative_flow_beside_a_named_error_is_not_told_twice() -> None:
    known = [950.0] * 12
    plant = branching(total=1_000.0, known=0.0)
    plant.rows["monthly_values"] = [row for row in plant.rows["monthly_values"] if row["source_id"] != "s_a"]
    known[6] = 9_500.0
    plant.months("s_a", known)
    results = [r for r in check_joint(case(plant)) if r.outcome == NOT_SATISFIED]
    assert results
    assert not [r for r in results if r.message == "reconcile.joint.negative"]


# what can be known


def test_states_of_streams_and_the_meter_that_would_help() -> None:
    plant = Plant().node("grid", "boundary").node("b1").node("b2").node("use", "process")
    plant.stream("in", "grid", "b1").stream("a", "b1", "use").stream("link", "b1", "b2")
    plant.stream("c", "b2", "use").stream("d", "b2", "use")
    plant.metered("in", [100.0] * 12).metered("a", [60.0] * 12)
    plant.source("s_in2", "in", rank=2).months("s_in2", [100.0] * 12)
    known = {one.stream: one for one in plant.analysis().streams}
    assert known["in"].state is State.REDUNDANT
    assert known["a"].state is State.JUST_DETERMINED
    assert known["link"].state is State.OBSERVABLE
    assert known["c"].state is known["d"].state is State.UNDETERMINED
    assert set(known["c"].helpers) == {"c", "d"}, "one meter on either of them determines both"
    plant.metered("d", [15.0] * 12)
    assert {one.stream: one.state for one in plant.analysis().streams}["c"] is State.OBSERVABLE


def test_two_meters_in_series_cannot_be_told_apart() -> None:
    found = bus_plant(np.random.default_rng(1)).analysis()
    known = {one.source: one for one in found.sources}
    series = Plant().node("grid", "boundary").node("b1").node("use", "process")
    series.stream("in", "grid", "b1").stream("out", "b1", "use").metered("in", [100.0] * 12).metered(
        "out", [100.0] * 12
    )
    alike = {one.source: one.alike for one in series.analysis().sources}
    assert alike == {"s_in": (("out", "s_out"),), "s_out": (("in", "s_in"),)}
    assert all(one.checked for one in known.values())


def test_a_source_that_nothing_checks_says_so() -> None:
    plant = (
        bus_plant(np.random.default_rng(2))
        .node("far", "process")
        .stream("lone", "far", "use")
        .metered("lone", [5.0] * 12)
    )
    found = plant.analysis()
    assert "s_lone" not in {one.source for one in found.sources}
    dead = branching(total=1_000.0, known=900.0)
    dead.stream("rest2", "bus", "use")
    assert not any(one.checked for one in dead.analysis().sources)


@pytest.mark.parametrize(("kind", "most", "at_half"), [("bias", 1.0, 0.7), ("month", 0.99, 0.3)])
def test_the_smallest_error_is_found_with_the_stated_probability(kind: str, most: float, at_half: float) -> None:
    """Planted 80 times in Gaussian residuals whose scatter must be estimated anew, it is found about 95 times in 100.

    Two standard deviations of that share are 0.05. A bias is found more often: drifts, steps and multipliers leave nearly
    the same residuals and their evidence adds to its own, so that the stated size errs on the safe side.
    """
    found, numbers = bus_plant(np.random.default_rng(3)).analysis(), settings()
    joint = found.joint
    assert joint is not None
    (group,), (scales,) = joint.groups, joint.scales
    matrix = shift_matrix(found.hypotheses, len(joint.network.entries))
    known = np.array([h.size == 0 for h in found.hypotheses])
    place = next(k for k, h in enumerate(found.hypotheses) if h.kind == kind and h.source == "s_a")
    chosen = found.hypotheses[place]
    about = next(one for one in found.sources if one.source == "s_a")
    size = about.bias / chosen.size if kind == "bias" else about.month_error / (chosen.size * abs(chosen.shift[0][1]))
    moved = group.balance @ np.asarray(matrix[group.columns].todense())
    able = moved[:, np.array([stands_out(h) for h in found.hypotheses])]
    root = np.linalg.cholesky(group.covariance(scales.cleared))
    drawn = root @ np.random.default_rng(7).standard_normal((len(root), 80))

    def share(times: float) -> float:
        flagged = 0
        for residual in (drawn + times * size * moved[:, [place]]).T:
            year = replace(group, residual=residual)
            evidence = evidence_of([year], [likely_scales(year, able, numbers)], matrix, known, numbers)
            flagged += diagnose(evidence, found.hypotheses, numbers).flagged
        return flagged / drawn.shape[1]

    assert 0.9 <= share(1.0) <= most
    assert share(0.5) < at_half
    assert share(0.0) < 0.02


# the scale of honest scatter


def scale_of(plant: Plant) -> float:
    found = plant.analysis().joint
    assert found is not None
    return float(next(f for f, entry in zip(found.scale, found.network.entries, strict=True) if entry.kind == "flow"))


def redundant(seed: int, scale: float, gross: float = 0.0) -> Plant:
    """Four records of one flow with normal errors of ``scale`` times what the rule takes for a month."""
    generator = np.random.default_rng(seed)
    sd = scale * settings().period("belt_scale")
    plant = Plant().node("grid", "boundary").node("site", "process").stream("e", "grid", "site", "t")
    for number in range(4):
        values = [1_000.0 * (1 + sd * z) for z in generator.standard_normal(12)]
        values[5] += gross * 1_000 if number == 2 else 0.0
        plant.instrument(f"i{number}", 0.01, "belt_scale").source(
            f"s{number}", "e", rank=number + 1, instrument_id=f"i{number}"
        )
        plant.months(f"s{number}", values, "t")
    return plant


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_the_scale_of_gaussian_scatter_is_recovered(scale: float) -> None:
    found = [scale_of(redundant(seed, scale)) for seed in range(5)]
    assert np.median(found) == pytest.approx(scale, rel=0.15)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_one_gross_error_does_not_pass_for_scatter(scale: float) -> None:
    without = [scale_of(redundant(seed, scale)) for seed in range(5)]
    with_one = [scale_of(redundant(seed, scale, gross=0.2)) for seed in range(5)]
    assert np.median(with_one) == pytest.approx(np.median(without), rel=0.1)


def test_one_month_in_error_does_not_say_what_a_remainder_may_be() -> None:
    """The pseudo-measurement of an unmetered remainder rests on the median month."""
    clean, wrong = branching(total=1_000.0, known=950.0), branching(total=1_000.0, known=950.0)
    row = next(r for r in wrong.rows["monthly_values"] if r["source_id"] == "s_a" and r["month"] == "2025-07")
    row["value"] = 1_550.0

    def spread(plant: Plant) -> float:
        network = build_network(plant.flow(), settings())
        place = next(
            k for k, entry in enumerate(network.entries) if entry.kind == "remainder" and entry.start.month == 1
        )
        return sqrt(network.problem.variance[place])

    assert spread(wrong) == pytest.approx(spread(clean))
