"""The limit: the Neyman-Pearson test of "nothing" against the simulator's prior of errors, by one who knows the noise.

The oracle has the true prior (kinds, places, months, sizes) and the true covariance of the records. The covariance has
the form: every source has monthly errors and every instrument a constant error over the year, each with a standard
deviation of its own. These are estimated from clean plants of other seeds, all together, by maximum likelihood (the
iteration of Zhou, Hu, Qiao, Cho & Zhou 2019, J. Comput. Graph. Stat. 28, 350), not from the plant at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from _plants import Plant, settings
from _prior import Prior, sizes
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp

from verifierkit.flowmap import FlowMap
from verifierkit.joint.network import build_network
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.fit import Fit

REFERENCE = {  # standard deviations are learned as multiples of what these limits give, whatever the pack says
    "honest_share": 0.6, "period": 0.005, "period_electricity_meter": 0.002, "period_belt_scale": 0.005,
    "period_weighbridge": 0.003, "period_crane_scale": 0.003, "period_flow_meter": 0.005, "period_survey": 0.02,
    "survey": 0.03, "storage_loss": 0.005, "ratio": 0.02, "ratio_period": 0.003, "profile": 0.5, "remainder": 0.5,
    "resolution": 0.00001,
}  # fmt: skip
ROUNDS = 60
LEAST = 1e-4
SLACK = 1e-10


@dataclass(frozen=True)
class Noise:
    """Discrepancies of a plant, and the parts that they come from: columns by name of their scale."""

    discrepancy: np.ndarray
    balance: np.ndarray
    columns: np.ndarray
    names: tuple[str, ...]


def noise_of(flow: FlowMap, result: Fit) -> Noise:
    """Parts of the noise of a plant at the reference standard uncertainties."""
    balance = np.asarray(result.system.balance.todense())
    network = build_network(flow, Settings(settings().limits | REFERENCE, 0.0))
    problem = network.problem
    names = [f"monthly {entry.kind} {entry.subject} {entry.source}" for entry in network.entries]
    monthly = balance * np.sqrt(problem.variance)
    constant: dict[str, np.ndarray] = {}
    loading = np.asarray(problem.loading.todense())
    for k, name in enumerate(problem.component_names):
        kind, _, group = name.partition(" ")
        if kind == "instrument":
            key = f"constant {group.rsplit(' ', 1)[0] if group[-3:-2] == '-' else group}"
            constant[key] = constant.get(key, np.zeros(len(balance))) + balance @ loading[:, k]
    columns = np.column_stack([monthly, *constant.values()])
    used = np.abs(columns).max(axis=0) > 0
    names += list(constant)
    return Noise(
        -result.system.discrepancy, balance, columns[:, used], tuple(n for n, u in zip(names, used, strict=True) if u)
    )


def learned(plants: Sequence[Noise]) -> dict[str, float]:
    """Factor on each standard deviation, most likely for all the plants together."""
    names = sorted({name for plant in plants for name in plant.names})
    place = {name: k for k, name in enumerate(names)}
    index = [np.array([place[name] for name in plant.names]) for plant in plants]
    variance = np.ones(len(names))
    for _ in range(ROUNDS):
        seen, expected = np.zeros(len(names)), np.zeros(len(names))
        for plant, own in zip(plants, index, strict=True):
            factor = _factor(plant, variance[own])
            solved = cho_solve(factor, plant.columns)
            np.add.at(expected, own, (plant.columns * solved).sum(axis=0))
            np.add.at(seen, own, (solved.T @ plant.discrepancy) ** 2)
        variance = np.maximum(variance * np.sqrt(seen / np.maximum(expected, 1e-300)), LEAST)
    return dict(zip(names, np.sqrt(variance).tolist(), strict=True))


def _factor(plant: Noise, variance: np.ndarray) -> tuple[np.ndarray, bool]:
    covariance = (plant.columns * variance) @ plant.columns.T
    found: tuple[np.ndarray, bool] = cho_factor(covariance + SLACK * np.diag(np.diag(covariance)), lower=True)
    return found


class Oracle:
    """The mixture test on one plant."""

    def __init__(self, base: Plant, prior: Prior, scales: dict[str, float]) -> None:
        noise = noise_of(base.flow, base.clean.joint.fit)
        factor = _factor(noise, np.array([scales.get(name, 1.0) ** 2 for name in noise.names]))
        rows = [k for shape in prior.shapes for k, _ in shape.shift]
        columns = [number for number, shape in enumerate(prior.shapes) for _ in shape.shift]
        amounts = [amount for shape in prior.shapes for _, amount in shape.shift]
        matrix = sp.csc_array((amounts, (rows, columns)), shape=(noise.balance.shape[1], len(prior.shapes)))
        shapes = np.asarray(noise.balance @ matrix)
        self.through = cho_solve(factor, shapes)
        self.length = (shapes * self.through).sum(axis=0)
        self.balance, self.discrepancy, self.prior = noise.balance, noise.discrepancy, prior
        self.plain = float(self.discrepancy @ cho_solve(factor, self.discrepancy)) / len(self.discrepancy)

    def evidence(self, shift: dict[int, float] | None = None) -> float:
        """Log of the likelihood ratio of the mixture of all errors to no error."""
        found = self.discrepancy
        if shift:
            found = found + self.balance[:, list(shift)] @ np.array(list(shift.values()))
        score = self.through.T @ found
        kinds = np.array([shape.kind for shape in self.prior.shapes])
        total = []
        for kind in dict.fromkeys(kinds.tolist()):
            own, grid = kinds == kind, sizes(kind)
            ratio = np.outer(score[own], grid) - np.outer(self.length[own], grid**2) / 2
            weight = np.log(self.prior.weights[own] / len(grid))
            total.append(logsumexp(ratio + weight[:, None]))
        return float(logsumexp(total))
