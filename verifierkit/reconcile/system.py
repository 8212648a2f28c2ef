"""The reduced system solved: residuals of the balances, multipliers, and quadratic forms in the inverse of their covariance.

With ``S = A V A'`` and ``Z = inv(S)``: multipliers ``l = Z (right - A y)``; the information on an error in measurement j is
``w_j = a_j' Z a_j``; the variance that reconciliation takes from a functional f is ``(A V f)' Z (A V f)``. The forms need only
the entries of Z on the pattern of S, except for the few functionals that reach too far, which are solved one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve

from verifierkit.reconcile.constants import CONTRADICTION, SHORT_EXPRESSION, SOLVE_BLOCK
from verifierkit.reconcile.factor import Factor, factorise, selected_inverse
from verifierkit.reconcile.network import Floats, Integers, Problem, ReconcileError, Sparse, csr, named
from verifierkit.reconcile.ordering import plan_factor
from verifierkit.reconcile.reduction import Reduced, reduce_problem
from verifierkit.reconcile.spread import Residuals, Spread, covariance_model, residual_covariance


@dataclass(frozen=True)
class System:
    """Everything that the estimates, classes and tests are computed from.

    Attributes
    ----------
    problem, reduced, spread, residuals, factor : the steps that led here.
    through, core : ``T`` and ``inv(K)`` of the low-rank correction.
    discrepancy : ``right - A y``, one per remaining balance.
    multipliers : ``Z discrepancy``.
    inverse : Z on the pattern of S (symmetric CSR).
    near : unmeasured unknowns whose variance the pattern serves.
    """

    problem: Problem
    reduced: Reduced
    spread: Spread
    residuals: Residuals
    factor: Factor
    through: Floats
    core: Floats
    discrepancy: Floats
    multipliers: Floats
    inverse: Sparse
    near: Integers

    @property
    def balance(self) -> Sparse:
        """Remaining balances by measurements."""
        return self.reduced.balance

    @property
    def rank(self) -> int:
        """Independent remaining balances: the degrees of freedom."""
        return int(self.balance.shape[0]) - len(self.factor.dropped)

    def solve(self, right: Floats) -> Floats:
        """Z times a vector or dense matrix."""
        return _solve(self.factor, self.balance, self.spread, self.residuals, (self.through, self.core), right)


def solve_system(problem: Problem) -> System:
    """Reduce, factor and solve a linear problem.

    Raises
    ------
    ReconcileError
        Contradicting balances, a singular covariance, or fill above the limit.
    """
    reduced = reduce_problem(problem)
    spread = covariance_model(problem)
    near = _near(reduced, spread)
    residuals = residual_covariance(reduced.balance, spread, reduced.express[near])
    plan = plan_factor(residuals.matrix)
    factor = factorise(plan, residuals.matrix.data)
    through, core = _correction(factor, reduced.balance, spread, residuals)
    discrepancy = reduced.right - reduced.balance @ problem.measured
    multipliers = _refined(factor, reduced.balance, spread, residuals, (through, core), discrepancy)
    _require_dependent(problem, reduced, factor)
    _require_consistent(problem, reduced, spread, factor, discrepancy, multipliers)
    inverse = _inverse(residuals.matrix, factor, through, core)
    return System(problem, reduced, spread, residuals, factor, through, core, discrepancy, multipliers, inverse, near)


def with_measured(system: System, measured: Floats) -> System:
    """The same system with other measured values."""
    problem, reduced = replace(system.problem, measured=measured), system.reduced
    correction = system.through, system.core
    discrepancy = reduced.right - reduced.balance @ measured
    parts = system.factor, reduced.balance, system.spread, system.residuals
    multipliers = _refined(*parts, correction, discrepancy)
    _require_consistent(problem, reduced, system.spread, system.factor, discrepancy, multipliers)
    return replace(system, problem=problem, discrepancy=discrepancy, multipliers=multipliers)


def information(system: System) -> Floats:
    """``a_j' Z a_j`` for each measurement: 0 where nothing checks it."""
    return _forms(system.inverse, csr(system.balance.T))


def group_information(system: System) -> Floats:
    """``B_g' Z B_g`` for each shared error: at most 1, the part of its prior variance that the balances resolve."""
    b = csr(system.balance @ system.spread.loading)
    out = np.zeros(b.shape[1])
    short, long = system.residuals.short, system.residuals.long
    out[short] = _forms(system.inverse, csr(b[:, short].T))
    if len(long):
        dense = b[:, long].toarray()
        out[long] = np.einsum("ij,ij->j", dense, system.through @ system.core)
    return out


def measured_reduction(system: System) -> Floats:
    """Variance that reconciliation takes from each measured quantity."""
    p = system.problem.measurements
    return _near_reduction(system, csr(sp.eye_array(p, format="csr")))


def derived_reduction(system: System, unknowns: Integers) -> Floats:
    """The same for unmeasured unknowns: from the selected inverse where the expression is short, else by solves."""
    near = np.isin(unknowns, system.near)
    out = np.zeros(len(unknowns))
    out[near] = _near_reduction(system, csr(system.reduced.express[unknowns[near]]))
    out[~near] = reduction(system, csr(system.reduced.express[unknowns[~near]]))
    return out


def reduction(system: System, functionals: Sparse) -> Floats:
    """``(A V f)' Z (A V f)`` for each row f over the measurements, by blocked solves."""
    out = np.zeros(functionals.shape[0])
    for start in range(0, len(out), SOLVE_BLOCK):
        part = slice(start, start + SOLVE_BLOCK)
        images = system.balance @ system.spread.times(functionals[part].T.toarray())
        out[part] = np.einsum("ij,ij->j", images, system.solve(images))
    return out


def prior_variance(system: System, functionals: Sparse) -> Floats:
    """``f V f'`` for each row f over the measurements."""
    own = (functionals**2) @ system.spread.independent
    shared = csr(functionals @ system.spread.loading)
    return np.asarray(own + np.asarray((shared**2).sum(axis=1)).ravel())


def _near(reduced: Reduced, spread: Spread) -> Integers:
    """Expressions of unmeasured unknowns that are short enough to be served by the selected inverse."""
    lengths = np.diff(reduced.express.indptr)
    derived = (reduced.direct < 0) & (np.diff(reduced.free.indptr) == 0) & (lengths > 0)
    candidates = np.flatnonzero(derived)
    if not len(candidates):
        return candidates
    reach = np.diff(_reach(reduced.balance, spread.loading, reduced.express[candidates]).indptr)
    return np.asarray(candidates[reach <= SHORT_EXPRESSION])


def _pattern(matrix: Sparse) -> Sparse:
    return sp.csr_array((np.ones(len(matrix.data)), matrix.indices, matrix.indptr), shape=matrix.shape)


def _reach(balance: Sparse, loading: Sparse, functionals: Sparse) -> Sparse:
    """Balances that each functional or one of its shared errors touches."""
    f, a = _pattern(functionals), _pattern(balance)
    return csr((f + f @ _pattern(loading) @ _pattern(loading).T) @ a.T)


def _solve(
    factor: Factor,
    balance: Sparse,
    spread: Spread,
    residuals: Residuals,
    correction: tuple[Floats, Floats],
    right: Floats,
) -> Floats:
    x = factor.solve(right)
    if not len(residuals.long):
        return x
    through, core = correction
    return np.asarray(x - through @ (core @ (through.T @ right)))


def _correction(factor: Factor, balance: Sparse, spread: Spread, residuals: Residuals) -> tuple[Floats, Floats]:
    """T and inv(K) of the low-rank correction."""
    long = residuals.long
    if not len(long):
        return np.zeros((balance.shape[0], 0)), np.zeros((0, 0))
    b = (balance @ spread.loading[:, long]).toarray()
    through = factor.solve(b)
    core = cho_solve(cho_factor(np.eye(len(long)) + b.T @ through, lower=True), np.eye(len(long)))
    return through, core


def _refined(
    factor: Factor,
    balance: Sparse,
    spread: Spread,
    residuals: Residuals,
    correction: tuple[Floats, Floats],
    discrepancy: Floats,
) -> Floats:
    """Multipliers with one step of iterative refinement."""
    first = _solve(factor, balance, spread, residuals, correction, discrepancy)
    miss = discrepancy - balance @ spread.times(balance.T @ first)
    return first + _solve(factor, balance, spread, residuals, correction, miss)


def _require_dependent(problem: Problem, reduced: Reduced, factor: Factor) -> None:
    """Balances dropped from S must follow from the others whatever the variances are."""
    if not len(factor.dropped):
        return
    plain = csr(reduced.balance @ reduced.balance.T)
    if len(factorise(plan_factor(plain), plain.data).dropped) < len(factor.dropped):
        parts = np.unique(reduced.combination[factor.dropped].indices)
        raise ReconcileError(
            f"the residual covariance is singular in double precision at {named(problem.balance_names, parts)}: "
            "variances that meet there differ by more than 12 decimals. Check their classes and units."
        )


def _require_consistent(
    problem: Problem, reduced: Reduced, spread: Spread, factor: Factor, discrepancy: Floats, multipliers: Floats
) -> None:
    """Balances that follow from the others must agree with them."""
    gone = factor.dropped
    if not len(gone):
        return
    miss = np.abs(discrepancy - reduced.balance @ spread.times(reduced.balance.T @ multipliers))[gone]
    size = np.abs(reduced.balance) @ np.abs(problem.measured) + np.abs(reduced.right)
    bad = gone[miss > CONTRADICTION * size[gone]]
    if len(bad):
        parts = np.unique(reduced.combination[bad].indices)
        raise ReconcileError(
            f"the balances contradict each other: {named(problem.balance_names, parts)}. "
            "Check their coefficients and right-hand sides."
        )


def _inverse(matrix: Sparse, factor: Factor, through: Floats, core: Floats) -> Sparse:
    """Z on the pattern of the matrix, both triangles."""
    lower = selected_inverse(factor)
    numbers = sp.csr_array((np.arange(1, matrix.nnz + 1), matrix.indices, matrix.indptr), shape=matrix.shape)
    mirrored = numbers.T.tocsr()
    mirrored.sort_indices()
    values = np.where(factor.plan.block >= 0, lower, lower[mirrored.data - 1])
    i = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    if core.size:
        values -= np.einsum("ij,ij->i", (through @ core)[i], through[matrix.indices])
    return sp.csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _forms(inverse: Sparse, rows: Sparse) -> Floats:
    """``u' Z u`` for each sparse row u whose pairs lie in the pattern of the inverse."""
    return np.asarray(((rows @ inverse) * rows).sum(axis=1)).ravel()


def _near_reduction(system: System, functionals: Sparse) -> Floats:
    """The form split by ``A V f = A D f + B (G' f)``, so that no long product is formed."""
    a, spread, residuals = system.balance, system.spread, system.residuals
    own = csr(csr(functionals * spread.independent[None, :]) @ a.T)
    total = _forms(system.inverse, own)
    short, long = residuals.short, residuals.long
    shares = csr(functionals @ spread.loading[:, short])
    b_short = csr(a @ spread.loading[:, short])
    if len(short):
        image = csr(system.inverse @ b_short)
        total = total + 2 * np.asarray((own * (shares @ image.T)).sum(axis=1)).ravel()
        total = total + _forms(csr(b_short.T @ image), shares)
    if len(long):
        far, dense = (functionals @ spread.loading[:, long]).toarray(), system.through @ system.core
        crossed = own.data * np.einsum("ij,ij->i", far[_row_of(own)], dense[own.indices])
        total = total + 2 * np.bincount(_row_of(own), weights=crossed, minlength=len(total))
        total = total + np.einsum("ij,ij->i", far @ ((a @ spread.loading[:, long]).T @ dense), far)
        total = total + 2 * np.einsum("ij,ij->i", shares @ (b_short.T @ dense), far)
    return np.asarray(total)


def _row_of(matrix: Sparse) -> Integers:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
