"""Monte-Carlo protocol of Serth & Heenan 1986 (AIChE J. 32, 733) on their steam metering network.

Measured = true flow with a standard deviation of 2.5 %, K of 28 streams with a bias of 10 to 100 % of their true flow and
random sign. Power: biases named of biases made. Type I: streams named wrongly per run. True flows as collected in
EDSONCV/dr-ged-benchmarks, problem P15; stream 19 is 7.95 (7.85 in the collection does not close its node).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from verifierkit.reconcile import explain, identify, network
from verifierkit.reconcile.fit import Fit, fit, refit

ROWS = (
    (1, 2, -3, 4),
    (-5, -6, 7, 8, -9),
    (-1, 5, -10),
    (10, 11, -12),
    (3, -11, 13, -14, -15, -16, -17),
    (-2, 6, -13),
    (-7, 14, 18, -19, -20, -21),
    (15, -18, 22, -23, -24),
    (12, 16, -22, -25),
    (19, 23, -26, 27),
    (-8, 20, 26, 28),
)
TRUE = (0.86, 1.0, 111.82, 109.96, 53.27, 112.27, 2.32, 164.05, 0.83, 52.41, 14.86, 67.27, 111.27, 91.86)
TRUE = (*TRUE, 60.0, 23.64, 32.73, 16.23, 7.95, 10.5, 87.32, 5.45, 2.59, 46.63, 85.46, 81.32, 70.79, 72.23)
RELATIVE_SD = 0.025
SMALLEST, LARGEST = 0.1, 1.0  # bias as a share of the true flow
BOUND = 3  # upper bound of MIMT, in true flows
PRIOR_SHARE = 0.6  # prior standard deviation of a bias in true flows: root mean square of the range above
CLEAN_CHANCE = 0.07  # prior probability of no error, and the probability from which an error is named:
ACCEPT = 0.4  # together they set the false alarms

TUNING_SEEDS = (77, 78)  # these three were chosen on these draws ...
REPORTED_SEED = 2025  # ... and are reported on these
MIMT_PUBLISHED = {1: (0.70, 0.065), 3: (0.63, 0.27), 7: (0.52, 0.98)}  # issue: power, type I at K


@dataclass(frozen=True)
class Score:
    """Outcome of one method at one K."""

    power: float
    type_one: float
    power_per_run: np.ndarray


def steam_network() -> Fit:
    """The network reconciled once; draws reuse its factor."""
    balance = np.zeros((len(ROWS), len(TRUE)))
    for i, row in enumerate(ROWS):
        for stream in row:
            balance[i, abs(stream) - 1] = np.sign(stream)
    true = np.array(TRUE)
    return fit(network.build(balance=balance, measured=true, sd=RELATIVE_SD * true))


def draws(errors: int, runs: int, seed: int) -> Iterator[tuple[np.ndarray, set[int]]]:
    """Measured values and the streams that carry a bias."""
    generator = np.random.default_rng([seed, errors])
    true = np.array(TRUE)
    for _ in range(runs):
        measured = true * (1 + RELATIVE_SD * generator.normal(size=len(true)))
        chosen = generator.choice(len(true), errors, replace=False)
        size = generator.uniform(SMALLEST, LARGEST, errors) * generator.choice([-1, 1], errors)
        measured[chosen] += true[chosen] * size
        yield measured, set(chosen.tolist())


def by_mimt(result: Fit) -> Sequence[int]:
    """Streams named by MIMT with bounds of 0 to 3 times the true flow."""
    true = np.array(TRUE)
    found: list[int] = identify.mimt(result, lower=0 * true, upper=BOUND * true).found.tolist()
    return found


def by_elimination(result: Fit) -> Sequence[int]:
    """Streams named by plain serial elimination."""
    found: list[int] = identify.serial_elimination(result).found.tolist()
    return found


def by_explanation(result: Fit) -> Sequence[int]:
    """Streams named by the comparison of sets of errors; the scale of the flows is known, as it is to MIMT's bounds."""
    by_sets = explain.explain(result, size=PRIOR_SHARE * np.array(TRUE), clean=CLEAN_CHANCE, accept=ACCEPT)
    found: list[int] = by_sets.found.tolist()
    return found


METHODS: dict[str, Callable[[Fit], Sequence[int]]] = {
    "IMT": by_elimination,
    "MIMT": by_mimt,
    "sets of errors": by_explanation,
}


def trial(errors: int, runs: int, seed: int) -> dict[str, Score]:
    """All methods on the same draws."""
    base = steam_network()
    right: dict[str, list[int]] = {name: [] for name in METHODS}
    wrong: dict[str, int] = dict.fromkeys(METHODS, 0)
    for measured, made in draws(errors, runs, seed):
        result = refit(base, measured)
        for name, method in METHODS.items():
            named = set(method(result))
            right[name].append(len(named & made))
            wrong[name] += len(named - made)
    share = {name: np.array(values) / max(errors, 1) for name, values in right.items()}
    return {name: Score(float(share[name].mean()), wrong[name] / runs, share[name]) for name in METHODS}
