"""The fit of a case, and residuals in which every error is a shift of known shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from verifierkit.joint.constants import NEGLIGIBLE
from verifierkit.joint.network import Network
from verifierkit.joint.scatter import Scales, Scatter, constant_columns, factors, likely_scales, scatter_of
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.fit import Fit, Outcome, fit
from verifierkit.reconcile.network import Floats, Problem, Sparse, csr


@dataclass(frozen=True)
class Residuals:
    """Independent residuals of unit variance.

    Attributes
    ----------
    values : residuals, N(0, 1) each where nothing is wrong.
    operator : residuals by measurements: what a shift of each measurement does to them.
    """

    values: Floats
    operator: Floats

    def shift(self, signature: Sparse) -> Floats:
        """Expected residuals of a shift of the measurements (measurements, or measurements by hypotheses)."""
        return np.asarray(self.operator @ signature)


@dataclass(frozen=True)
class JointFit:
    """The fit of a case.

    Attributes
    ----------
    network : the problem and what it stands for.
    fit : of :mod:`verifierkit.reconcile`, with the monthly scatter as scaled.
    scale : per measurement, factor on the standard uncertainty of its monthly part.
    residuals : see :class:`Residuals`.
    groups, scales : the residuals by group at the pack's values, and the likely scales of their scatter.
    """

    network: Network
    fit: Fit
    scale: Floats
    residuals: Residuals
    groups: tuple[Scatter, ...] = ()
    scales: tuple[Scales, ...] = ()

    @property
    def reconciled(self) -> bool:
        """Whether there was anything to test and the fit converged."""
        return self.fit.outcome is Outcome.RECONCILED


def fit_network(network: Network, shifts: Sparse, settings: Settings) -> JointFit:
    """Fit a network, scale its monthly scatter, and fit again.

    ``shifts``: errors that could stand out of the scatter, as shifts of the measurements (measurements, shapes).

    Raises
    ------
    ReconcileError
        Contradicting balances or a singular covariance; never a number from a singular system.
    """
    first = fit(network.problem)
    if first.outcome is not Outcome.RECONCILED:
        return JointFit(network, first, np.ones(len(network.entries)), whitened(first))
    even = replace(network.problem, loading=_at_fitted(network.problem, first))
    first = fit(even)
    groups = tuple(scatter_of(network, first))
    scales = tuple(likely_scales(group, _moved(group, shifts), settings) for group in groups)
    scale = factors(network, groups, scales)
    second = fit(_scaled(even, scale))
    return JointFit(network, second, scale, whitened(second), groups, scales)


def _moved(group: Scatter, shifts: Sparse) -> Floats:
    """Shifts of the measurements as those of the residuals of a group that they change."""
    moved = group.balance @ np.asarray(shifts[group.columns].todense())
    return np.asarray(moved[:, (moved**2).sum(axis=0) > 0])


def _at_fitted(problem: Problem, result: Fit) -> Sparse:
    """Shared errors as fractions of the fitted quantity, not of what each source happened to say about it.

    A constant share of each value as measured would explain any difference of two sources by their own constants.
    """
    ratio = np.ones(problem.measurements)
    used = np.abs(problem.measured) > 0
    ratio[used] = np.abs(result.adjusted[used] / problem.measured[used])
    return csr(sp.csr_array(problem.loading).multiply(ratio[:, None]))


def whitened(result: Fit) -> Residuals:
    """Residuals of the balances as independent numbers of unit variance."""
    balance = np.asarray(result.system.balance.todense())
    problem = result.problem
    if not balance.size:
        return Residuals(np.zeros(0), np.zeros((0, problem.measurements)))
    shared = balance @ np.asarray(problem.loading.todense())
    covariance = (balance * problem.variance) @ balance.T + shared @ shared.T
    root = _inverse_root(covariance)
    return Residuals(-root @ result.system.discrepancy, root @ balance)


def _inverse_root(covariance: Floats) -> Floats:
    """Rows that turn residuals of that covariance into independent ones; empty directions are left out."""
    size = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    size[size == 0] = 1.0
    values, vectors = np.linalg.eigh(covariance / np.outer(size, size))
    keep = values > NEGLIGIBLE * max(float(values.max()), 0.0)
    return np.asarray((vectors[:, keep] / np.sqrt(values[keep])).T / size)


def _scaled(problem: Problem, factor: Floats) -> Problem:
    """The problem with its monthly parts scaled; parts that hold for many months stay."""
    monthly = ~constant_columns(problem.component_names) if problem.component_names else np.zeros(0, dtype=bool)
    columns = np.where(monthly[None, :], factor[:, None], 1.0)
    loading = sp.csr_array(problem.loading).multiply(columns)
    return replace(problem, variance=problem.variance * factor**2, loading=csr(loading))
