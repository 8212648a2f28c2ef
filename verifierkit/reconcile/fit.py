"""Reconciled values with their uncertainty: weighted least squares under the balances.

Minimise ``(y - q)' inv(V) (y - q)`` under ``A q = b`` (Kuehn & Davidson 1961; Narasimhan & Jordache 2000, ch. 3; VDI 2048
part 1)::

    q = y + V A' l        l = inv(A V A') (b - A y)
    var(q) = V - V A' inv(A V A') A V
    objective = (b - A y)' l,   chi-square with rank(A) degrees of freedom

Nothing bounds an estimate: a one-way flow that comes out negative says something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2

from verifierkit.reconcile.constants import CANCELLATION
from verifierkit.reconcile.network import Floats, Integers, Problem, ReconcileError, Sparse, csr
from verifierkit.reconcile.relations import linearised
from verifierkit.reconcile.system import (
    System,
    derived_reduction,
    information,
    measured_reduction,
    prior_variance,
    reduction,
    solve_system,
    with_measured,
)


class State(StrEnum):
    """What the data say about an unknown."""

    REDUNDANT = "redundant"
    JUST_DETERMINED = "just determined"
    OBSERVABLE = "observable"
    UNDETERMINED = "undetermined"
    NOT_RECONCILED = "not reconciled"


class Outcome(StrEnum):
    """What became of the whole problem."""

    RECONCILED = "reconciled"
    NO_REDUNDANCY = "no redundancy"
    NOT_RECONCILED = "not reconciled"


@dataclass(frozen=True)
class Piece:
    """One connected part of the network: its balances, degrees of freedom and objective."""

    balances: Integers
    dof: int
    objective: float


@dataclass(frozen=True)
class Fit:
    """Result of a reconciliation.

    Attributes
    ----------
    system : the solved system, for tests and further questions.
    outcome : reconciled, no redundancy (values as measured, nothing tested), or not reconciled (no convergence).
    values, sd : per unknown; NaN where undetermined.
    state : per unknown, a ``State``.
    adjusted, adjusted_sd : measured quantities after reconciliation.
    adjustment, adjustment_sd : adjusted minus measured, and its standard deviation.
    information : per measurement, ``a' Z a`` [1 / unit squared]; 0 where nothing checks it.
    objective, dof : of the global test.
    pieces : connected parts that hold redundancy.
    steps : linearisation steps; 1 for a linear problem.
    """

    system: System
    outcome: Outcome
    values: Floats
    sd: Floats
    state: tuple[State, ...]
    adjusted: Floats
    adjusted_sd: Floats
    adjustment: Floats
    adjustment_sd: Floats
    information: Floats
    objective: float
    dof: int
    pieces: tuple[Piece, ...]
    steps: int = 1

    @property
    def problem(self) -> Problem:
        """The (linearised) problem that was solved."""
        return self.system.problem

    @property
    def p_value(self) -> float:
        """Probability of a larger objective when only random errors are at work; NaN without redundancy."""
        return float(chi2.sf(self.objective, self.dof)) if self.dof else float("nan")


def fit(problem: Problem) -> Fit:
    """Reconcile a problem.

    Raises
    ------
    ReconcileError
        Contradicting balances, a singular covariance, or fill above the limit; never a number from a singular system.
    """
    if not problem.relations:
        return _linear_fit(solve_system(problem), steps=1)
    result = linearised(problem, _values_and_sd)
    done = _linear_fit(result.system, steps=result.steps)
    return done if result.converged else _unreconciled(done)


def refit(result: Fit, measured: npt.ArrayLike) -> Fit:
    """The same linear problem with other measured values: nothing is ordered or factored again.

    Raises
    ------
    ReconcileError
        The result came from relations, whose linearisation belongs to its values.
    """
    if result.steps > 1 or result.outcome is Outcome.NOT_RECONCILED:
        raise ReconcileError("a fit of nonlinear relations holds for its own values only. Fit the new values instead.")
    system = with_measured(result.system, np.asarray(measured, dtype=np.float64))
    adjustment = system.spread.times(system.balance.T @ system.multipliers)
    adjusted = system.problem.measured + adjustment
    values = np.asarray(system.reduced.express @ adjusted + system.reduced.offset)
    values[system.reduced.undetermined] = np.nan
    return replace(
        result,
        system=system,
        values=values,
        adjusted=adjusted,
        adjustment=adjustment,
        objective=float(system.discrepancy @ system.multipliers),
        pieces=_pieces(system),
    )


@dataclass(frozen=True)
class Combination:
    """Value and standard uncertainty of a weighted sum of unknowns; NaN when the data do not determine it."""

    value: float
    sd: float
    determined: bool


def combine(result: Fit, weights: npt.ArrayLike) -> Combination:
    """A weighted sum of unknowns with its uncertainty, correlations included (a year, a facility, a difference)."""
    reduced = result.system.reduced
    row = csr(np.asarray(weights, dtype=np.float64).reshape(1, -1))
    leftover = csr(row @ reduced.free)
    size = np.abs(row) @ np.abs(reduced.free)
    if len(leftover.data) and (np.abs(leftover.data) > np.finfo(np.float64).eps * size.sum()).any():
        return Combination(float("nan"), float("nan"), determined=False)
    functional = csr(row @ reduced.express)
    value = float((functional @ result.adjusted + row @ reduced.offset)[0])
    spread = _remaining(prior_variance(result.system, functional), reduction(result.system, functional))
    return Combination(value, float(np.sqrt(spread[0])), determined=True)


def covariance(result: Fit, unknowns: npt.ArrayLike) -> Floats:
    """Covariance of the reconciled values of some unknowns (dense; NaN rows for undetermined ones)."""
    chosen = np.asarray(unknowns, dtype=np.int64)
    system = result.system
    rows = csr(system.reduced.express[chosen]).toarray()
    image = system.spread.times(rows.T)
    residual = system.balance @ image
    out = rows @ image - residual.T @ system.solve(residual)
    lost = np.isin(chosen, system.reduced.undetermined)
    out[lost, :] = np.nan
    out[:, lost] = np.nan
    return np.asarray((out + out.T) / 2)


def _linear_fit(system: System, *, steps: int) -> Fit:
    problem, spread = system.problem, system.spread
    pressure = system.balance.T @ system.multipliers
    adjustment = spread.times(pressure)
    taken = measured_reduction(system)
    left = _remaining(spread.variance, taken)
    adjusted = problem.measured + adjustment
    weights = information(system)
    values, sd = _unknown_values(system, adjusted, left)
    return Fit(
        system=system,
        outcome=Outcome.RECONCILED if system.rank else Outcome.NO_REDUNDANCY,
        values=values,
        sd=sd,
        state=_states(system, taken),
        adjusted=adjusted,
        adjusted_sd=np.sqrt(left),
        adjustment=adjustment,
        adjustment_sd=np.sqrt(np.maximum(taken, 0.0)),
        information=weights,
        objective=float(system.discrepancy @ system.multipliers),
        dof=system.rank,
        pieces=_pieces(system),
        steps=steps,
    )


def _unknown_values(system: System, adjusted: Floats, left: Floats) -> tuple[Floats, Floats]:
    """Values and standard uncertainties of the unknowns."""
    reduced = system.reduced
    values = np.asarray(reduced.express @ adjusted + reduced.offset)
    variance = np.zeros(len(values))
    known = np.flatnonzero(reduced.direct >= 0)
    scale = np.asarray((reduced.express[known] ** 2).sum(axis=1)).ravel()
    variance[known] = scale * left[reduced.direct[known]]
    lost = reduced.undetermined
    derived = np.setdiff1d(np.flatnonzero(reduced.direct < 0), lost)
    if len(derived):
        before = prior_variance(system, csr(reduced.express[derived]))
        variance[derived] = _remaining(before, derived_reduction(system, derived))
    values[lost] = np.nan
    variance[lost] = np.nan
    return values, np.sqrt(variance)


def _remaining(before: Floats, taken: Floats) -> Floats:
    """Variance left after reconciliation; what is only rounding of the difference is 0: the balances fix the value."""
    left = before - taken
    return np.where(left > CANCELLATION * before, left, 0.0)


def _values_and_sd(system: System) -> tuple[Floats, Floats]:
    """What the linearisation looks at after each step."""
    pressure = system.balance.T @ system.multipliers
    adjusted = system.problem.measured + system.spread.times(pressure)
    left = _remaining(system.spread.variance, measured_reduction(system))
    return _unknown_values(system, adjusted, left)


def _states(system: System, taken: Floats) -> tuple[State, ...]:
    reduced = system.reduced
    checked = np.bincount(reduced.balance.indices, minlength=system.problem.measurements) > 0
    held = np.bincount(system.problem.balance.indices, minlength=system.problem.unknowns) > 0
    several = np.bincount(system.problem.observe.indices, minlength=system.problem.unknowns) > 1
    lost = np.zeros(system.problem.unknowns, dtype=bool)
    lost[reduced.undetermined] = True
    states = []
    for unknown, source in enumerate(reduced.direct.tolist()):
        if source < 0:
            states.append(State.UNDETERMINED if lost[unknown] else State.OBSERVABLE)
        elif checked[source]:
            states.append(State.REDUNDANT)
        elif held[unknown] or several[unknown] or taken[source] > 0:
            states.append(State.JUST_DETERMINED)
        else:
            states.append(State.NOT_RECONCILED)
    return tuple(states)


def _pieces(system: System) -> tuple[Piece, ...]:
    """Connected parts by the pattern of the residual covariance; long shared errors join what they touch."""
    n = system.balance.shape[0]
    if not n:
        return ()
    _, label = connected_components(_joined(system), directed=False)
    gone = np.zeros(n, dtype=bool)
    gone[system.factor.dropped] = True
    order = np.argsort(label, kind="stable")
    terms = system.discrepancy * system.multipliers
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return tuple(Piece(g, int((~gone[g]).sum()), float(terms[g].sum())) for g in groups)


def _joined(system: System) -> Sparse:
    """Who shares a residual: the pattern of S, and each balance with the first one that shares a long error with it."""
    pattern = system.residuals.matrix
    n = pattern.shape[0]
    links = [sp.coo_array((np.ones(pattern.nnz), (_rows_of(pattern), pattern.indices)), shape=(n, n))]
    long = csr(csr(system.balance @ system.spread.loading[:, system.residuals.long]).T)
    for g in range(long.shape[0]):
        held = long.indices[long.indptr[g] : long.indptr[g + 1]]
        links.append(sp.coo_array((np.ones(len(held)), (held, np.full(len(held), held[:1].sum()))), shape=(n, n)))
    return sum(link.tocsr() for link in links)


def _rows_of(matrix: Sparse) -> Integers:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _unreconciled(done: Fit) -> Fit:
    """Values as measured: the linearisation did not converge."""
    problem, reduced = done.problem, done.system.reduced
    values = np.full(problem.unknowns, np.nan)
    known = np.flatnonzero(reduced.direct >= 0)
    values[known] = (reduced.express @ problem.measured)[known]
    nothing = np.full(problem.measurements, np.nan)
    sd = np.full(problem.unknowns, np.nan)
    scale = np.sqrt(np.asarray((reduced.express[known] ** 2).sum(axis=1)).ravel())
    sd[known] = scale * np.sqrt(done.system.spread.variance[reduced.direct[known]])
    return Fit(
        system=done.system,
        outcome=Outcome.NOT_RECONCILED,
        values=values,
        sd=sd,
        state=tuple(State.NOT_RECONCILED if j >= 0 else State.UNDETERMINED for j in reduced.direct.tolist()),
        adjusted=problem.measured,
        adjusted_sd=np.sqrt(done.system.spread.variance),
        adjustment=np.zeros(problem.measurements),
        adjustment_sd=nothing,
        information=nothing,
        objective=float("nan"),
        dof=0,
        pieces=(),
        steps=done.steps,
    )


def require_reconciled(result: Fit) -> None:
    """Refuse to test what was not reconciled.

    Raises
    ------
    ReconcileError
        The fit did not converge or holds no redundancy.
    """
    if result.outcome is Outcome.NOT_RECONCILED:
        raise ReconcileError("the relations did not converge: nothing is reconciled, so nothing can be tested.")
    if result.outcome is Outcome.NO_REDUNDANCY:
        raise ReconcileError("no measurement is checked by another: the network has no redundancy to test.")
