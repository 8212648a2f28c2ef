"""Ratios, products and transformer losses among measured and unmeasured unknowns."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from verifierkit.reconcile.fit import Outcome, State, fit
from verifierkit.reconcile.network import Measurement, Part, ReconcileError, Relation, assemble
from verifierkit.reconcile.relations import product, ratio, transformer_loss


def measured(name: str, value: float, sd: float) -> Measurement:
    return Measurement(f"m {name}", value, {name: 1}, (Part("period", sd),))


def test_a_ratio_agrees_with_the_stationary_point() -> None:
    problem = assemble(
        unknowns=("meal", "clinker", "share"),
        balances={},
        measurements=[measured("meal", 1000, 10), measured("clinker", 660, 10), measured("share", 0.64, 0.01)],
        relations=[ratio("raw-meal ratio", part=1, whole=0, fraction=2)],
    )
    result = fit(problem)
    meal, clinker, share = result.values
    assert clinker == pytest.approx(share * meal, rel=1e-12)
    pull = (clinker - 660) / 10**2  # Lagrange: gradients of objective and relation are parallel
    assert_allclose((meal - 1000) / 10**2, -pull * share, rtol=1e-6)
    assert_allclose((share - 0.64) / 0.01**2, -pull * meal, rtol=1e-6)
    assert result.dof == 1
    assert set(result.state) == {State.REDUNDANT}


def test_an_unmeasured_product_is_observable_with_first_order_uncertainty() -> None:
    problem = assemble(
        unknowns=("heat", "coal", "ncv"),
        balances={},
        measurements=[measured("coal", 1000, 20), measured("ncv", 25, 0.5)],
        relations=[product("heat", result=0, left=1, right=2)],
    )
    result = fit(problem)
    assert result.values[0] == pytest.approx(25000)
    assert result.sd[0] == pytest.approx(np.hypot(25 * 20, 1000 * 0.5), rel=1e-9)
    assert result.state[0] is State.OBSERVABLE


def test_transformer_loss_closes_the_bus() -> None:
    problem = assemble(
        unknowns=("high", "low", "loss", "k0", "k1"),
        balances={"transformer": {"high": 1, "low": -1, "loss": -1}},
        measurements=[
            measured("high", 1030, 5),
            measured("low", 1000, 5),
            measured("k0", 10, 0.5),
            measured("k1", 1e-5, 1e-7),
        ],
        relations=[transformer_loss("loss", loss=2, energy=1, fixed=3, variable=4)],
    )
    result = fit(problem)
    high, low, loss, k0, k1 = result.values
    assert loss == pytest.approx(k0 + k1 * low**2, rel=1e-12)
    assert high - low == pytest.approx(loss, rel=1e-12)
    assert 1000 < low < 1010
    assert result.outcome is Outcome.RECONCILED


def test_a_relation_without_solution_is_not_reconciled() -> None:
    never = Relation("never", (0,), lambda x: float(x[0] ** 2 + 1), lambda x: 2 * x)
    problem = assemble(unknowns=("x",), balances={}, measurements=[measured("x", 2.3, 1)], relations=[never])
    result = fit(problem)
    assert result.outcome is Outcome.NOT_RECONCILED
    assert result.values.tolist() == [2.3]
    assert result.state == (State.NOT_RECONCILED,)


def test_a_relation_without_value_at_the_start_is_refused() -> None:
    root = Relation("root", (0,), lambda x: float(np.emath.sqrt(x[0]).real / x[0]), lambda x: np.array([np.nan]))
    problem = assemble(unknowns=("x",), balances={}, measurements=[measured("x", 1.0, 1)], relations=[root])
    with pytest.raises(ReconcileError, match="root has no value at the start"):
        fit(problem)


def test_stocks_join_the_months() -> None:
    """Opening + in - out = closing; a counted stock at the year's ends checks the sum of all months."""
    months = range(12)
    problem = assemble(
        unknowns=("s0", *(f"{kind}{t}" for t in months for kind in ("in", "out", "s after "))),
        balances={
            f"store {t}": {
                ("s0" if t == 0 else f"s after {t - 1}"): 1,
                f"in{t}": 1,
                f"out{t}": -1,
                f"s after {t}": -1,
            }
            for t in months
        },
        measurements=[
            measured("s0", 500, 5),
            measured("s after 11", 500, 5),
            *(measured(f"in{t}", 100, 1) for t in months),
            *(measured(f"out{t}", 99, 1) for t in months),
        ],
    )
    result = fit(problem)
    assert result.dof == 1
    assert result.objective == pytest.approx(12**2 / (24 + 50))
    stock = dict(zip(problem.unknown_names, zip(result.values, result.state, strict=True), strict=True))
    assert stock["s after 5"][1] is State.OBSERVABLE
    assert 500 < stock["s after 5"][0] < 506
