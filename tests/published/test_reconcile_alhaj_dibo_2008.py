"""Mineral processing plant of Alhaj-Dibo, Maquin & Ragot 2008 (Control Eng. Practice 16, 159), as collected in
EDSONCV/dr-ged-benchmarks, problem P13: three gross errors, and stop rules that disagree."""

from __future__ import annotations

import numpy as np

from verifierkit.reconcile import explain, gross, identify, network
from verifierkit.reconcile.fit import fit

ROWS = ((1, -2, 4), (2, -3, -11), (3, -4, -5), (5, -6, 10), (6, -7, -8), (7, -9, -10), (11, -12, -13, 16))
ROWS = (*ROWS, (12, 13, -14), (14, -15, -16))
MEASURED = (24.7, 26.5, 29.2, 1.8, 18.32, 22.02, 20.8, 9.43, 8.01, 4.14, 6, 6.56, 1.04, 7.38, 4.99, 7.69)
SD = (1, 1.325, 1.46, 0.20, 0.916, 1.101, 1.04, 0.472, 0.401, 0.207, 0.3, 0.328, 0.052, 0.369, 0.25, 0.385)
TRUE_SUSPECTS = [16, 7, 3]


def plant() -> network.Problem:
    balance = np.zeros((len(ROWS), len(MEASURED)))
    for i, row in enumerate(ROWS):
        for stream in row:
            balance[i, abs(stream) - 1] = np.sign(stream)
    return network.build(balance=balance, measured=MEASURED, sd=SD)


def test_stopping_with_the_global_test_finds_exactly_the_three() -> None:
    found = identify.serial_elimination(fit(plant()), stop="global")
    assert (found.found + 1).tolist() == TRUE_SUSPECTS


def test_chasing_every_high_statistic_finds_a_fourth() -> None:
    found = identify.serial_elimination(fit(plant()), correction="none")
    assert (found.found[:3] + 1).tolist() == TRUE_SUSPECTS
    assert len(found.found) == 4


def test_the_smallest_explanation_is_the_three() -> None:
    found = explain.smallest_explanation(fit(plant()))
    assert found is not None
    assert sorted(found.found + 1) == sorted(TRUE_SUSPECTS)


def test_the_global_test_fails_first() -> None:
    assert not gross.global_test(fit(plant())).passed
