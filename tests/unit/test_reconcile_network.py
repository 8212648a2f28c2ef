"""The problem: named pieces become arrays; faults are named, never computed with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from verifierkit.reconcile.network import Measurement, Part, Problem, ReconcileError, assemble, build, named

PERIOD = (Part("period", 1.0),)


def two_months(**change: Any) -> Problem:
    pieces: dict[str, Any] = {
        "unknowns": ("grid jan", "line jan", "grid feb", "line feb"),
        "balances": {"bus jan": {"grid jan": 1, "line jan": -1}, "bus feb": {"grid feb": 1, "line feb": -1}},
        "measurements": (
            Measurement("bill jan", 100.0, {"grid jan": 1}, (Part("period", 1.0), Part("instant", 0.5, "31 Jan", 1))),
            Measurement("bill feb", 90.0, {"grid feb": 1}, (Part("period", 1.0), Part("instant", 0.5, "31 Jan", -1))),
            Measurement("meter jan", 98.0, {"line jan": 1}, (Part("period", 1.0), Part("instrument", 2.0, "meter"))),
            Measurement("meter feb", 88.0, {"line feb": 1}, (Part("period", 1.0), Part("instrument", 1.8, "meter"))),
        ),
    }
    return assemble(**(pieces | change))


def test_parts_become_variances_and_shared_errors() -> None:
    problem = two_months()
    assert problem.component_names == ("instant 31 Jan", "instrument meter")
    assert_allclose(problem.variance, np.ones(4))
    assert_allclose(problem.loading.toarray(), [[0.5, 0], [-0.5, 0], [0, 2.0], [0, 1.8]])


def test_right_hand_sides_follow_their_balance() -> None:
    assert_allclose(two_months(right={"bus feb": 3.0}).right, [0, 3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unknowns": ("grid jan", "grid jan")}, "listed twice"),
        ({"balances": {"bus": {"nowhere": 1}}}, "bus refers to nowhere"),
        ({"measurements": (Measurement("m", 1.0, {"grid jan": 1}, (Part("yearly", 1.0),)),)}, "kind yearly"),
        ({"measurements": (Measurement("m", 1.0, {"grid jan": 1}, ()),)}, "no uncertainty for m"),
        ({"measurements": (Measurement("m", 1.0, {"grid jan": 1}, (Part("period", 0.0),)),)}, "no uncertainty for m"),
        ({"measurements": (Measurement("m", float("nan"), {"grid jan": 1}, PERIOD),)}, "no measured value for m"),
        ({"measurements": (Measurement("m", 1.0, {"grid jan": float("inf")}, PERIOD),)}, "coefficient of observe"),
        ({"right": {"bus jan": float("nan")}}, "right-hand side"),
    ],
)
def test_faults_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ReconcileError, match=message):
        two_months(**change)


def test_shapes_must_fit() -> None:
    with pytest.raises(ReconcileError, match="right has shape"):
        build(balance=[[1, -1]], measured=[1, 1], sd=[1, 1], right=[0, 0])


def test_a_negative_variance_is_refused() -> None:
    with pytest.raises(ReconcileError, match="variance of x2"):
        build(balance=[[1, -1]], measured=[1, 1], variance=[1, -1])


def test_a_missing_class_is_refused() -> None:
    with pytest.raises(ReconcileError, match="no uncertainty for x1, x2"):
        build(balance=[[1, -1]], measured=[1, 1])


def test_messages_name_a_few_and_count_the_rest() -> None:
    assert named(("a", "b", "c", "d", "e", "f"), range(6)) == "a, b, c, d and 2 more"
