"""How large the honest scatter of a year is: scales of the monthly parts of the uncertainty, read from its residuals.

What is new each month (cut-off, load, zero, the survey of a stock, an unmetered remainder) is known by experience only,
and plants differ. Errors that stand out are taken out, and the scales follow by maximum likelihood with the constant
errors integrated out (Patterson & Thompson 1971, Biometrika 58, 545), held back by a prior around the pack's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from verifierkit.joint.constants import NEGLIGIBLE, SCALE_DIGITS
from verifierkit.joint.network import Network
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.fit import Fit
from verifierkit.reconcile.network import Floats, Integers

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
class Scatter:
    """Residuals of one group of the network, and the parts of their covariance.

    Attributes
    ----------
    columns : measurements of the group.
    balance : residuals by those measurements.
    residual : residuals of the balances [unit of the balance].
    families : what scales by itself; ``variances`` holds its covariance at scale 1, ``rest`` what does not scale.
    """

    columns: Integers
    balance: Floats
    residual: Floats
    families: tuple[str, ...]
    variances: tuple[Floats, ...]
    rest: Floats

    def covariance(self, scales: Floats, more: Floats | None = None) -> Floats:
        """Covariance of the residuals at some scales, ``more`` added to what does not scale."""
        matrix = self.rest + sum(scale**2 * part for scale, part in zip(scales, self.variances, strict=True))
        matrix = matrix if more is None else matrix + more
        return np.asarray(matrix + NEGLIGIBLE * np.diag(np.diag(matrix)))


@dataclass(frozen=True)
class Scales:
    """Most likely scales of the families of a group: with nothing taken out, and with what stands out taken out."""

    plain: Floats
    cleared: Floats


def scatter_of(network: Network, result: Fit) -> list[Scatter]:
    """The groups of a network that have residuals, in its order; ``result`` is a fit at the pack's values."""
    place = groups_of_entries(network)
    family = np.array([FAMILIES[entry.kind] for entry in network.entries])
    whole = np.asarray(result.system.balance.todense())
    found = (_group(result, whole, np.flatnonzero(place == k), family) for k in range(len(network.groups)))
    return [group for group in found if group is not None]


def groups_of_entries(network: Network) -> Integers:
    """Number of the group of each measurement."""
    place = {stream: number for number, group in enumerate(network.groups) for stream in group}
    return np.array([place[network.stream_at.get(entry.subject, entry.subject)] for entry in network.entries])


def constant_columns(names: Sequence[str]) -> Flags:
    """Which shared errors hold for many months."""
    return np.array([name.split(" ", 1)[0] in CONSTANT for name in names], dtype=bool)


def likely_scales(group: Scatter, shifts: Floats, settings: Settings) -> Scales:
    """Scales of the families of a group, with as many errors taken out as the likelihood pays for.

    ``shifts``: what could stand out, as shifts of the residuals at one standard deviation (residuals, shapes).
    """
    penalty = 2 * np.log(max(shifts.shape[1], 1) / settings.number("scatter_error_chance"))
    free: list[int] = []
    tried: list[tuple[float, Floats]] = []
    since = 0
    while True:
        more = shifts[:, free] @ shifts[:, free].T
        scales, cost = _likeliest(group, more, settings)
        cost += penalty * len(free)
        since = 0 if not tried or cost < min(before for before, _ in tried) else since + 1
        tried.append((cost, scales))
        if since > 1 or len(free) >= int(settings.number("scatter_errors")) or not shifts.size:
            return Scales(tried[0][1], min(tried, key=lambda one: one[0])[1])
        free.append(_most_telling(group, more, scales, shifts))


def factors(network: Network, groups: Sequence[Scatter], scales: Sequence[Scales]) -> Floats:
    """Factor on the monthly standard uncertainty of every measurement (measurements,)."""
    family = np.array([FAMILIES[entry.kind] for entry in network.entries])
    found = np.ones(len(network.entries))
    for group, own in zip(groups, scales, strict=True):
        for name, scale in zip(group.families, own.cleared, strict=True):
            found[group.columns[family[group.columns] == name]] = scale
    return found


def _group(result: Fit, whole: Floats, columns: Integers, family: npt.NDArray[np.str_]) -> Scatter | None:
    problem = result.problem
    rows = np.flatnonzero((np.abs(whole[:, columns]) > 0).any(axis=1))
    if not rows.size:
        return None
    balance = whole[np.ix_(rows, columns)]
    loading = np.asarray(problem.loading[columns].todense())
    constant = constant_columns(problem.component_names) if problem.component_names else np.zeros(0, dtype=bool)
    names = tuple(name for name in ("flow", "level", "remainder") if (family[columns] == name).any())
    own, monthly = problem.variance[columns], loading[:, ~constant]
    lasting = balance @ loading[:, constant]
    return Scatter(
        columns,
        balance,
        -result.system.discrepancy[rows],
        names,
        tuple(_variance(balance, own, monthly, family[columns] == name) for name in names),
        _variance(balance, own, monthly, family[columns] == "") + lasting @ lasting.T,
    )


def _variance(balance: Floats, variance: Floats, loading: Floats, mask: Flags) -> Floats:
    rows = balance * np.where(mask, 1.0, 0.0)
    shared = rows @ loading
    return np.asarray((rows * variance) @ rows.T + shared @ shared.T)


def _likeliest(group: Scatter, more: Floats, settings: Settings) -> tuple[Floats, float]:
    """Most likely scales, and minus twice their log likelihood with the prior."""
    width = settings.number("scatter_belief")
    low, high = np.log(settings.number("scatter_low")), np.log(settings.number("scatter_high"))

    def cost(logs: Floats) -> tuple[float, Floats]:
        factor = cho_factor(group.covariance(np.exp(logs), more), lower=True)
        solved = cho_solve(factor, group.residual)
        value = 2 * np.log(np.diag(factor[0])).sum() + group.residual @ solved + ((logs / width) ** 2).sum()
        slopes = [np.trace(cho_solve(factor, matrix)) - solved @ matrix @ solved for matrix in group.variances]
        return float(value), 2 * np.exp(2 * logs) * np.array(slopes) + 2 * logs / width**2

    start = np.zeros(len(group.variances))
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(low, high)] * len(start))
    return np.asarray(np.round(np.exp(found.x), SCALE_DIGITS)), float(found.fun)


def _most_telling(group: Scatter, more: Floats, scales: Floats, shifts: Floats) -> int:
    """The shape whose error, at its prior size, raises the likelihood most."""
    factor = cho_factor(group.covariance(scales, more), lower=True)
    solved = cho_solve(factor, shifts)
    length = (shifts * solved).sum(axis=0)
    score = solved.T @ group.residual
    return int(np.argmax(score**2 / (1 + length) - np.log1p(length)))
