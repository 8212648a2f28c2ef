"""Tests, detectability, classes of suspects and the procedures that name errors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from verifierkit.reconcile import explain, gross, identify, observability
from verifierkit.reconcile.fit import Fit, State, fit, refit
from verifierkit.reconcile.network import Problem, ReconcileError, build

# feed 1 splits into 2 and 3; 2 -> 4 and 3 -> 5 in series; 4 and 5 join to 6; 6 -> 7 in series
BALANCE = np.array(
    [
        [1, -1, -1, 0, 0, 0, 0],
        [0, 1, 0, -1, 0, 0, 0],
        [0, 0, 1, 0, -1, 0, 0],
        [0, 0, 0, 1, 1, -1, 0],
        [0, 0, 0, 0, 0, 1, -1],
    ]
)
TRUE = np.array([100.0, 60, 40, 60, 40, 100, 100])


def problem(measured: np.ndarray = TRUE, unmeasured: tuple[int, ...] = ()) -> Problem:
    return build(balance=BALANCE, measured=measured, sd=np.ones(7), unmeasured=unmeasured)


@pytest.fixture
def result() -> Fit:
    return fit(problem())


def with_error(stream: int, size: float) -> Fit:
    measured = TRUE.copy()
    measured[stream] += size
    return fit(problem(measured))


def test_levels() -> None:
    assert gross.sidak_level(0.05, 6) == pytest.approx(1 - 0.95 ** (1 / 6))
    assert gross.bonferroni_level(0.05, 5) == pytest.approx(0.01)
    assert gross.two_sided_limit(0.05, 7, correction="none") == pytest.approx(1.959964, rel=1e-6)
    assert gross.two_sided_limit(0.05, 7) < gross.two_sided_limit(0.05, 7, correction="bonferroni")


@pytest.mark.parametrize("limit", [1.96, 2.63, 3.5])
def test_the_required_shift_is_found_with_its_probability(limit: float) -> None:
    shift = observability.required_shift(limit=limit)
    assert norm.sf(limit - shift) + norm.cdf(-limit - shift) == pytest.approx(0.95, abs=1e-9)


def test_the_smallest_error_is_what_the_measurement_test_sees(result: Fit) -> None:
    limit = gross.measurement_test(result).limit
    sizes = observability.smallest_error(result, limit=limit)
    for stream, size in enumerate(sizes):
        z = gross.measurement_test(with_error(stream, size)).z[stream]
        assert z == pytest.approx(observability.required_shift(limit=limit))


def test_a_constant_bias_over_a_group_is_found_at_the_stated_size(result: Fit) -> None:
    groups = [[0], [1, 2], [5, 6]]
    limit = 2.0
    sizes = observability.smallest_bias(result, groups, limit=limit)
    assert sizes[0] == pytest.approx(observability.smallest_error(result, limit=limit)[0])
    for group, size in zip(groups, sizes, strict=True):
        measured = TRUE.copy()
        measured[group] += size
        moved = refit(result, measured)
        ratio = gross.likelihood_ratio(moved, gross.group_biases(moved, [group]))
        assert np.sqrt(ratio.statistic[0]) == pytest.approx(observability.required_shift(limit=limit))
        assert ratio.estimate[0] == pytest.approx(size)


def test_an_unchecked_measurement_has_no_smallest_error() -> None:
    alone = fit(problem(unmeasured=(0, 1, 3)))
    sizes = observability.smallest_error(alone, limit=2.0)
    unchecked = [s is State.JUST_DETERMINED for s in np.array(alone.state)[[2, 4, 5, 6]]]
    assert np.isinf(sizes).tolist() == unchecked
    nothing = observability.smallest_bias(alone, [[]], limit=2.0)
    assert np.isinf(nothing).all()


def named_classes(result: Fit) -> list[list[str]]:
    names = result.problem.measurement_names
    return [[names[j] for j in members] for members in observability.classes_of_suspects(result)]


def test_streams_that_cannot_be_told_apart_form_a_class(result: Fit) -> None:
    assert named_classes(result) == [[f"x{j + 1}"] for j in range(7)]
    merged = fit(problem(unmeasured=(3, 4)))  # 2 and 3 both end in what is now one node
    assert named_classes(merged) == [["x1"], ["x2", "x3"], ["x6"], ["x7"]]
    pair = fit(build(balance=[[1, -1]], measured=[10, 12], sd=[1, 1]))
    assert named_classes(pair) == [["x1", "x2"]]


def test_a_bias_and_a_leak_at_the_end_are_one_class(result: Fit) -> None:
    ratio = gross.likelihood_ratio(result, gross.joined(gross.biases(result), gross.leaks(result)))
    alike = [ratio.hypotheses.names[j] for j in ratio.alike(6)]
    assert alike == ["bias x7", "leak balance 5"]
    assert len(ratio.alike(1)) == 1


def test_likelihood_ratio_estimates_bias_and_leak() -> None:
    biased = with_error(1, 8.0)
    ratio = gross.likelihood_ratio(biased)
    assert int(np.nanargmax(ratio.statistic)) == 1
    assert ratio.estimate[1] == pytest.approx(8.0)
    leaking = fit(build(balance=BALANCE, measured=TRUE - [0, 0, 0, 5, 0, 5, 5], sd=np.ones(7)))
    ratio = gross.likelihood_ratio(leaking, gross.leaks(leaking))
    assert int(np.nanargmax(ratio.statistic)) == 1
    assert ratio.estimate[1] == pytest.approx(5.0)


def test_serial_elimination_takes_two_errors_out() -> None:
    measured = np.add(TRUE, [0, 12, 0, 0, 0, 0, -9])
    found = identify.serial_elimination(fit(problem(measured)))
    assert found.found.tolist() == [1, 6]
    assert_allclose(found.size, [12, -9], atol=1e-9)
    assert found.objective == pytest.approx(0, abs=1e-9)
    assert_allclose(found.adjusted, TRUE, atol=1e-9)


def test_elimination_is_the_same_as_leaving_the_measurement_out() -> None:
    measured = np.add(TRUE + np.random.default_rng(5).normal(size=7), [0, 12, 0, 0, 0, 0, 0])
    found = identify.serial_elimination(fit(problem(measured)))
    assert found.found.tolist() == [1]
    without = fit(problem(measured, unmeasured=(1,)))
    assert found.objective == pytest.approx(without.objective)
    assert found.dof == without.dof
    assert_allclose(found.adjusted, without.values, rtol=1e-10)


def test_bounds_choose_among_suspects_only() -> None:
    measured = np.add(TRUE, [0, 12, 0, 0, 0, 0, 0])
    result = fit(problem(measured))
    wide = identify.mimt(result, lower=np.zeros(7), upper=3 * TRUE)
    assert wide.found.tolist() == [1]
    upper = 3 * TRUE
    upper[1] = 59  # the true flow of 60 is out of bounds: stream 2 is passed over
    assert 1 not in identify.mimt(result, lower=np.zeros(7), upper=upper).found
    assert_allclose(result.values, fit(problem(measured)).values)


def test_the_smallest_explanation_and_when_there_is_none() -> None:
    clean = explain.smallest_explanation(fit(problem()))
    assert clean is not None
    assert clean.found.tolist() == []
    one = explain.smallest_explanation(with_error(2, 10.0))
    assert one is not None
    assert one.found.tolist() == [2]
    tiny = fit(build(balance=[[1, -1]], measured=[10, 90], sd=[1, 1]))
    assert explain.smallest_explanation(tiny) is None


def test_sets_of_errors_have_probabilities_that_add_up() -> None:
    found = explain.explain(with_error(2, 10.0), size=10.0)
    assert found.probability.sum() == pytest.approx(1)
    assert found.found.tolist() == [2]
    assert found.marginal[2] > 0.9
    assert explain.explain(fit(problem()), size=10.0).sets[0] == ()


def test_a_class_is_accused_as_one() -> None:
    pair = fit(build(balance=[[1, -1]], measured=[10, 30], sd=[1, 1]))
    found = explain.explain(pair, size=10.0)
    assert_allclose(found.marginal, found.marginal[0])
    assert found.class_probability.tolist() == pytest.approx([1.0], abs=1e-3)
    assert len(found.found) == 1


def test_a_prior_size_must_be_positive(result: Fit) -> None:
    with pytest.raises(ReconcileError, match="prior size"):
        explain.explain(result, size=0.0)


def test_a_meter_that_would_fix_an_undetermined_unknown() -> None:
    blind = fit(problem(unmeasured=(1, 2, 3, 4)))
    assert (observability.extra_meters(blind, 1)).tolist() == [1, 2, 3, 4]
    assert observability.extra_meters(blind, 0).tolist() == []


def test_false_alarms_of_all_tests_keep_their_level(result: Fit) -> None:
    generator = np.random.default_rng(7)
    runs = 2000
    whole = single = nodal = 0
    for _ in range(runs):
        drawn = refit(result, TRUE + generator.normal(size=7))
        whole += not gross.global_test(drawn).passed
        single += len(gross.measurement_test(drawn).suspects) > 0
        nodal += len(gross.nodal_test(drawn).suspects) > 0
    assert 0.035 < whole / runs < 0.065  # exact level 0.05, three standard deviations of a binomial of 2,000
    assert single / runs < 0.065  # Sidak is an upper limit for dependent tests
    assert nodal / runs < 0.065
