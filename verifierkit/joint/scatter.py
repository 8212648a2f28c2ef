"""How large the honest scatter of a year is: scales of the monthly parts of the uncertainty, read from its residuals.

What is new each month (cut-off, load, zero, the survey of a stock, an unmetered remainder) is known by experience only,
and plants differ. Constant parts are taken out, errors that stand out are taken out, and the scales follow by restricted
maximum likelihood (Patterson & Thompson 1971, Biometrika 58, 545), held back by a prior around the pack's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, null_space
from scipy.optimize import minimize

from verifierkit.joint.constants import ALIKE_CONSTANTS, NEGLIGIBLE, SCALE_DIGITS
from verifierkit.joint.network import Network
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.fit import Fit
from verifierkit.reconcile.network import Floats, Integers, Sparse

Flags = npt.NDArray[np.bool_]
CONSTANT = ("instrument", "shared")
FAMILIES = {
    "flow": "flow",
    "ratio": "flow",
    "level": "level",
    "loss": "level",
    "remainder": "remainder",
    "share": "",
    "profile": "",
    "leak": "",
}


@dataclass(frozen=True)
class _Part:
    """Residuals of one group without its constant errors: what scales, what does not, and what could stand out."""

    residual: Floats
    families: tuple[str, ...]
    variances: tuple[Floats, ...]
    rest: Floats
    shifts: Floats


def scatter_scales(network: Network, result: Fit, shifts: Sparse, settings: Settings) -> Floats:
    """Factor on the monthly standard uncertainty of every measurement (measurements,).

    ``shifts``: what could stand out, as shifts of the measurements at one standard deviation (measurements, shapes).
    """
    factor = np.ones(len(network.entries))
    group = groups_of_entries(network)
    family = np.array([FAMILIES[entry.kind] for entry in network.entries])
    balance = np.asarray(result.system.balance.todense())
    for number in range(len(network.groups)):
        part = _part(result, balance, shifts, group == number, family)
        if part is None:
            continue
        for name, scale in zip(part.families, _scales(part, settings), strict=True):
            least = 1.0 if name == "remainder" else 0.0  # what nobody measures is not known better than by experience
            factor[(group == number) & (family == name)] = max(float(scale), least)
    return factor


def groups_of_entries(network: Network) -> Integers:
    """Number of the group of each measurement."""
    place = {stream: number for number, group in enumerate(network.groups) for stream in group}
    return np.array([place[network.stream_at.get(entry.subject, entry.subject)] for entry in network.entries])


def constant_columns(names: Sequence[str]) -> Flags:
    """Which shared errors hold for many months."""
    return np.array([name.split(" ", 1)[0] in CONSTANT for name in names], dtype=bool)


def _part(result: Fit, whole: Floats, shifts: Sparse, own: Flags, family: npt.NDArray[np.str_]) -> _Part | None:
    problem = result.problem
    rows = np.flatnonzero((np.abs(whole[:, own]) > 0).any(axis=1))
    columns = np.flatnonzero(own)
    if not rows.size:
        return None
    balance = whole[np.ix_(rows, columns)]
    loading = np.asarray(problem.loading[columns].todense())
    constant = constant_columns(problem.component_names) if problem.component_names else np.zeros(0, dtype=bool)
    basis = _complement(balance @ loading[:, constant])
    names = tuple(name for name in ("flow", "level", "remainder") if (family[columns] == name).any())
    if basis.shape[1] <= len(names):
        return None
    balance, monthly = basis.T @ balance, loading[:, ~constant]
    variances = [_variance(balance, problem.variance[columns], monthly, family[columns] == name) for name in names]
    rest = _variance(balance, problem.variance[columns], monthly, family[columns] == "")
    moved = balance @ np.asarray(shifts[columns].todense())
    moved = moved[:, (moved**2).sum(axis=0) > 0]
    return _Part(-basis.T @ result.system.discrepancy[rows], names, tuple(variances), rest, moved)


def _complement(columns: Floats) -> Floats:
    size = np.linalg.norm(columns, axis=0)
    used = columns[:, size > 0] / size[size > 0]
    return np.asarray(null_space(used.T, rcond=ALIKE_CONSTANTS)) if used.size else np.eye(columns.shape[0])


def _variance(balance: Floats, variance: Floats, loading: Floats, mask: Flags) -> Floats:
    rows = balance * np.where(mask, 1.0, 0.0)
    shared = rows @ loading
    return np.asarray((rows * variance) @ rows.T + shared @ shared.T)


def _scales(part: _Part, settings: Settings) -> Floats:
    """Scales of the families of a group, with as many errors taken out as the likelihood pays for."""
    penalty = 2 * np.log(max(part.shifts.shape[1], 1) / settings.number("scatter_error_chance"))
    free: list[int] = []
    best, best_cost, since = np.ones(len(part.families)), np.inf, 0
    while True:
        rest = part.rest + part.shifts[:, free] @ part.shifts[:, free].T
        scales, cost = _likeliest(part, rest, settings)
        cost += penalty * len(free)
        since = 0 if cost < best_cost else since + 1
        if cost < best_cost:
            best, best_cost = scales, cost
        if since > 1 or len(free) >= int(settings.number("scatter_errors")) or not part.shifts.size:
            return best
        free.append(_most_telling(part, rest, scales))


def _likeliest(part: _Part, rest: Floats, settings: Settings) -> tuple[Floats, float]:
    """Most likely scales, and minus twice their log likelihood with the prior."""
    width = settings.number("scatter_belief")
    low, high = np.log(settings.number("scatter_low")), np.log(settings.number("scatter_high"))

    def cost(logs: Floats) -> tuple[float, Floats]:
        covariance = _covariance(part, rest, np.exp(logs))
        factor = cho_factor(covariance, lower=True)
        solved = cho_solve(factor, part.residual)
        value = 2 * np.log(np.diag(factor[0])).sum() + part.residual @ solved + ((logs / width) ** 2).sum()
        slopes = [np.trace(cho_solve(factor, matrix)) - solved @ matrix @ solved for matrix in part.variances]
        return float(value), 2 * np.exp(2 * logs) * np.array(slopes) + 2 * logs / width**2

    start = np.zeros(len(part.variances))
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(low, high)] * len(start))
    return np.asarray(np.round(np.exp(found.x), SCALE_DIGITS)), float(found.fun)


def _covariance(part: _Part, rest: Floats, scales: Floats) -> Floats:
    matrix = rest + sum(scale**2 * variance for scale, variance in zip(scales, part.variances, strict=True))
    return np.asarray(matrix + NEGLIGIBLE * np.diag(np.diag(matrix)))


def _most_telling(part: _Part, rest: Floats, scales: Floats) -> int:
    """The shape whose error, at its prior size, raises the likelihood most."""
    factor = cho_factor(_covariance(part, rest, scales), lower=True)
    solved = cho_solve(factor, part.shifts)
    length = (part.shifts * solved).sum(axis=0)
    score = solved.T @ part.residual
    return int(np.argmax(score**2 / (1 + length) - np.log1p(length)))
