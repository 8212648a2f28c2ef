"""Evidence where the scatter was estimated from the same residuals as the error."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import case_of, simulated
from verifierkit import rulepack
from verifierkit.flowmap import FlowMap
from verifierkit.joint.analysis import analyse
from verifierkit.joint.hypotheses import shift_matrix
from verifierkit.joint.settings import Settings
from verifierkit.joint.studentised import freedom, sharpened


def test_the_gain_is_the_likelihood_ratio_with_the_variance_estimated_on_both_sides() -> None:
    residuals = np.array([2.0, -1.0, 0.5, -0.5, 1.0, 0.0, 0.5, -1.0, 1.0, -0.5, 0.5, 3.0])
    count = len(residuals)
    scaled = residuals / np.sqrt((residuals**2).mean())  # as the estimated scatter makes them
    without = (residuals[:-1] ** 2).sum() / (residuals**2).sum()
    expected = -(count - 1) / 2 * np.log(without)
    assert sharpened(scaled[-1:] ** 2, np.array([float(count)])) == pytest.approx(expected)


def test_known_variance_and_an_error_already_set_free_give_the_plain_gain() -> None:
    assert sharpened(np.array([9.0]), np.array([1e9])) == pytest.approx(4.5)
    assert sharpened(np.array([400.0]), np.array([12.0])) == pytest.approx(200.0)
    assert sharpened(np.array([-6.0]), np.array([12.0])) == pytest.approx(-3.0)


def test_a_month_hides_in_the_scatter_and_a_constant_error_does_not() -> None:
    limits = Settings.of(rulepack.load("cement-2024").checks["reconcile.joint"])
    found = analyse(FlowMap(case_of(simulated("cement", 2025, 4711)).tables, year=2025), limits)
    assert found.joint is not None
    shifts = found.joint.residuals.shift(shift_matrix(found.hypotheses, len(found.joint.network.entries)))
    seen = np.flatnonzero((shifts**2).sum(axis=0) > 1e-6)
    free = freedom(found.joint, np.asarray(shifts[:, seen]), limits)
    kinds = np.array([found.hypotheses[k].kind for k in seen])
    assert free.min() >= 3
    assert np.median(free[kinds == "month"]) < 100 < np.median(free[kinds == "bias"])
