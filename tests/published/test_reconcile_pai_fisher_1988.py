"""Pai & Fisher 1988 (AIChE J. 34, 873): nonlinear, five measured and three unmeasured variables, six equations.

Equations as collected in EDSONCV/dr-ged-benchmarks, nonlinear problem pf88; the solution is the published one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from verifierkit.reconcile import network
from verifierkit.reconcile.fit import Outcome, State, fit

MEASURED = (4.4, 5.5, 1.7, 1.6, 5.0)
START = (*MEASURED, 8.0, 0.7, 1.8)
PUBLISHED = (4.5124, 5.5819, 1.9260, 1.4560, 4.8545, 11.070, 0.61467, 2.0504)


def equations(x: np.ndarray) -> list[complex]:
    a, b, c, d, e, u, v, w = x
    return [
        0.5 * a**2 - 0.7 * b + c * u + u * v * b**2 + 2 * c * w**2 - 255.8,
        a - 2 * b + 3 * a * c - 2 * b * u - b * v * w + 111.2,
        c * u - a + 3 * b + a * v - c * w**0.5 - 33.57,
        d - a - c**2 + v + 3 * w,
        e - 2 * c * v * w,
        2 * a + b * c * u + v - w - 126.6,
    ]


def relation(number: int) -> network.Relation:
    def gradient(x: np.ndarray) -> np.ndarray:
        step = 1e-30  # complex step: exact to rounding
        return np.array([equations(x + 1j * step * unit)[number].imag / step for unit in np.eye(len(x))])

    def residual(x: np.ndarray) -> float:
        return float(np.real(equations(x)[number]))

    return network.Relation(f"equation {number + 1}", tuple(range(8)), residual, gradient)


def problem(change: Callable[[np.ndarray], np.ndarray] = lambda start: start) -> network.Problem:
    return network.build(
        balance=np.zeros((0, 8)),
        measured=[*MEASURED, 0, 0, 0],
        sd=np.ones(8),
        unmeasured=[5, 6, 7],
        relations=[relation(number) for number in range(6)],
        start=change(np.array(START)),
    )


def test_the_published_solution() -> None:
    result = fit(problem())
    assert result.outcome is Outcome.RECONCILED
    assert result.dof == 3
    assert_allclose(result.values, PUBLISHED, rtol=3e-5)  # five printed digits
    assert set(result.state[5:]) == {State.OBSERVABLE}


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_the_solution_does_not_depend_on_the_start(factor: float) -> None:
    assert_allclose(fit(problem(lambda start: factor * start)).values, fit(problem()).values, rtol=1e-8)
