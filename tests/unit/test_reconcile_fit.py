"""The fit against dense algebra, and what it says when there is nothing to reconcile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose

from verifierkit.reconcile import ordering, spread, system
from verifierkit.reconcile.fit import Outcome, State, combine, covariance, fit, refit, require_reconciled
from verifierkit.reconcile.network import Measurement, Part, Problem, ReconcileError, assemble, build, csr

Dense = tuple[np.ndarray, np.ndarray, np.ndarray, float, int, np.ndarray]


def dense_reference(problem: Problem) -> Dense:
    """Values, sd, determined, objective, dof, information: null space of the balances, then generalised least squares."""
    a, h = problem.balance.toarray(), problem.observe.toarray()
    v = np.diag(problem.variance) + problem.loading.toarray() @ problem.loading.toarray().T
    v = v if problem.covariance is None else v + problem.covariance.toarray()
    start = np.linalg.lstsq(a, problem.right, rcond=None)[0]
    free = scipy.linalg.null_space(a, rcond=1e-10)
    seen = h @ free
    _, singular, right = np.linalg.svd(seen, full_matrices=True)
    rank = int((singular > 1e-9).sum())
    kept = right[:rank].T
    weight = np.linalg.inv(v)
    normal = np.linalg.inv(kept.T @ seen.T @ weight @ seen @ kept)
    x = start + free @ kept @ normal @ kept.T @ seen.T @ weight @ (problem.measured - h @ start)
    cov = free @ kept @ normal @ kept.T @ free.T
    determined = np.linalg.norm(free - free @ kept @ kept.T, axis=1) < 1e-8
    residual = problem.measured - h @ x
    left = weight - weight @ seen @ kept @ normal @ kept.T @ seen.T @ weight
    return (
        x,
        np.sqrt(np.maximum(cov.diagonal(), 0)),
        determined,
        residual @ weight @ residual,
        len(residual) - rank,
        left.diagonal(),
    )


def random_problem(generator: np.random.Generator) -> Problem:
    """Network with gaps, sums of unknowns, several meters, shared errors and a correlated block."""
    n = int(generator.integers(4, 30))
    m = int(generator.integers(1, n // 2))
    a = np.zeros((m, n))
    for j in range(n):
        for sign, i in zip((1, -1), generator.choice(m + 1, 2, replace=False), strict=True):
            if i < m:
                a[i, j] = sign
    a = np.vstack([a[np.abs(a).sum(axis=1) > 0], generator.normal(size=n) * (generator.random(n) < 0.2)])
    own = np.eye(n)[generator.random(n) < 0.75] * 2.5
    sums = (generator.random((3, n)) < 0.2).astype(float)
    h = np.vstack([own, np.eye(n)[:1], sums[sums.any(axis=1)]])
    p = len(h)
    loading = generator.normal(size=(p, 5)) * (generator.random((p, 5)) < 0.4)
    variance = generator.uniform(0.2, 4, p)
    block = generator.choice(p, min(3, p), replace=False)
    root = generator.normal(size=(len(block), len(block)))
    correlated = np.zeros((p, p))
    correlated[np.ix_(block, block)] = root @ root.T + np.eye(len(block))
    variance[block] = 0
    right = a @ generator.normal(size=n)
    truth = generator.normal(50, 20, n)
    truth -= np.linalg.pinv(a) @ (a @ truth - right)
    return Problem(
        balance=csr(a),
        right=right,
        observe=csr(h),
        measured=h @ truth + 3 * generator.normal(size=p),
        variance=variance,
        loading=csr(loading),
        covariance=csr(correlated),
    )


@pytest.mark.parametrize("seed", range(60))
def test_everything_agrees_with_dense_algebra(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(seed)
    if seed % 2:  # the ways of large problems, on small ones
        monkeypatch.setattr(spread, "SHORT_COMPONENT", 2)
        monkeypatch.setattr(system, "SHORT_EXPRESSION", 3)
        monkeypatch.setattr(ordering, "DENSE_ROWS", 1)
        monkeypatch.setattr(ordering, "SMALL_FRONT", 1)
    problem = random_problem(generator)
    result = fit(problem)
    values, sd, determined, objective, dof, information = dense_reference(problem)
    assert (~np.isnan(result.values)).tolist() == determined.tolist()
    assert_allclose(result.values[determined], values[determined], atol=1e-6)
    assert_allclose(result.sd[determined] ** 2, sd[determined] ** 2, rtol=1e-7, atol=1e-9)
    assert result.dof == dof
    assert_allclose(result.objective, objective, rtol=1e-7, atol=1e-9)
    assert_allclose(result.information, information, rtol=1e-6, atol=1e-8)
    chosen = np.flatnonzero(determined)
    dense = covariance(result, chosen)
    assert_allclose(np.sqrt(np.maximum(dense.diagonal(), 0)), sd[chosen], rtol=1e-6, atol=1e-5)
    assert_allclose(combine(result, determined.astype(float)).sd ** 2, dense.sum(), rtol=1e-7, atol=1e-8)


def test_a_variable_in_no_constraint_comes_back_unchanged() -> None:
    result = fit(build(balance=[[1, -1, 0]], measured=[10, 12, 7], sd=[1, 1, 1]))
    assert result.values.tolist() == [11, 11, 7]
    assert result.state == (State.REDUNDANT, State.REDUNDANT, State.NOT_RECONCILED)


def test_without_redundancy_nothing_changes_and_nothing_is_tested() -> None:
    result = fit(build(balance=[[1, -1, -1]], measured=[10, 4, 0], sd=[1, 1, 1], unmeasured=[2]))
    assert result.outcome is Outcome.NO_REDUNDANCY
    assert result.values.tolist() == [10, 4, 6]
    assert result.state == (State.JUST_DETERMINED, State.JUST_DETERMINED, State.OBSERVABLE)
    assert np.isnan(result.p_value)
    with pytest.raises(ReconcileError, match="no redundancy to test"):
        require_reconciled(result)


def test_nothing_measured_is_undetermined() -> None:
    result = fit(build(balance=[[1, -1]], measured=[0, 0], unmeasured=[0, 1]))
    assert result.state == (State.UNDETERMINED, State.UNDETERMINED)
    assert np.isnan(result.values).all()


def test_a_network_in_pieces_is_tested_piece_by_piece() -> None:
    balance = [[1, -1, 0, 0], [0, 0, 1, -1]]
    result = fit(build(balance=balance, measured=[10, 12, 5, 5], sd=[1, 1, 1, 1]))
    assert [(piece.balances.tolist(), piece.dof) for piece in result.pieces] == [([0], 1), ([1], 1)]
    assert [piece.objective for piece in result.pieces] == [2, 0]


def test_a_balance_that_follows_from_the_others_costs_no_degree_of_freedom() -> None:
    closed = [[1, -1, 0], [-1, 0, 1], [0, 1, -1]]
    result = fit(build(balance=closed, measured=[10, 11, 12], sd=[1, 1, 1]))
    assert result.dof == 2
    assert_allclose(result.values, [11, 11, 11])
    assert_allclose(result.sd, np.sqrt([1 / 3] * 3))


def test_balances_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ReconcileError, match="contradict"):
        fit(build(balance=[[1, -1], [2, -2]], measured=[10, 11], sd=[1, 1], right=[0, 5]))
    with pytest.raises(ReconcileError, match="contradict"):
        fit(build(balance=[[1, -1], [2, -2]], measured=[0, 0], unmeasured=[0, 1], right=[0, 5]))


def test_variances_beyond_double_precision_are_refused_not_dropped() -> None:
    with pytest.raises(ReconcileError, match="differ by more than 12 decimals"):
        fit(build(balance=[[1, -1, 0], [0, 1, -1]], measured=[10, 11, 10], sd=[1e-4, 1e4, 1e-4]))


def test_a_singular_covariance_is_refused() -> None:
    with pytest.raises(ReconcileError, match="singular"):
        fit(build(balance=[[1, -1]], measured=[10, 11], covariance=np.ones((2, 2))))
    same = (Part("instrument", 1.0, "scale"),)
    twice = assemble(
        unknowns=("coal in", "coal out"),
        balances={"store": {"coal in": 1, "coal out": -1}},
        measurements=(Measurement("in", 10.0, {"coal in": 1}, same), Measurement("out", 9.0, {"coal out": 1}, same)),
    )
    with pytest.raises(ReconcileError, match="covariance is singular"):
        fit(twice)


def test_an_asymmetric_covariance_is_refused() -> None:
    with pytest.raises(ReconcileError, match="not symmetric"):
        fit(build(balance=[[1, -1]], measured=[10, 11], covariance=[[1, 0.5], [0.2, 1]]))


def test_a_dead_end_is_exactly_zero() -> None:
    result = fit(build(balance=[[1, -1, -1], [0, 0, 1]], measured=[10, 10.5, 0.1], sd=[1, 1, 1]))
    assert result.values[2] == pytest.approx(0, abs=1e-12)
    assert result.sd[2] == 0


def test_fill_is_predicted_before_factoring() -> None:
    generator = np.random.default_rng(1)
    nodes, streams = 300, 1000
    balance = np.zeros((nodes, streams))
    for j in range(streams):
        balance[generator.choice(nodes, 2, replace=False), j] = 1, -1
    pattern = csr(np.abs(balance) @ np.abs(balance).T)
    with pytest.raises(ReconcileError, match="the network fills in: at .* entries"):
        ordering.plan_factor(pattern, max_entries=5000)


def test_a_shared_offset_of_one_meter_is_found_by_its_months() -> None:
    months = range(12)
    problem = assemble(
        unknowns=tuple(f"{side} {t}" for t in months for side in ("grid", "line")),
        balances={f"bus {t}": {f"grid {t}": 1, f"line {t}": -1} for t in months},
        measurements=[
            *(Measurement(f"bill {t}", 100.0, {f"grid {t}": 1}, (Part("period", 0.5),)) for t in months),
            *(
                Measurement(f"meter {t}", 97.0, {f"line {t}": 1}, (Part("period", 0.5), Part("instrument", 2.0, "m")))
                for t in months
            ),
        ],
    )
    result = fit(problem)
    assert result.values == pytest.approx(100, abs=0.05)  # twelve months see the offset; one alone would not
    one_month = fit(build(balance=[[1, -1]], measured=[100, 97], sd=[0.5, np.hypot(0.5, 2.0)]))
    assert one_month.sd[0] > result.sd[0]


def test_new_values_reuse_the_factor() -> None:
    problem = random_problem(np.random.default_rng(3))
    result = fit(problem)
    other = problem.measured + np.arange(len(problem.measured))
    again, fresh = refit(result, other), fit(replace(problem, measured=other))
    assert_allclose(again.values, fresh.values, rtol=1e-9)
    assert_allclose(again.objective, fresh.objective, rtol=1e-9)


def test_a_sum_that_is_not_determined_has_no_value() -> None:
    result = fit(build(balance=[[1, -1, -1]], measured=[10, 0, 0], sd=[1, 1, 1], unmeasured=[1, 2]))
    assert not combine(result, [0, 1, 0]).determined
    both = combine(result, [0, 1, 1])  # the two are not known, their sum is
    assert (both.value, both.sd) == (10, 1)
