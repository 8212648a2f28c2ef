"""Covariance of the measurements in factored form, and the covariance of the residuals of the balances.

``V = D + G G'`` with D diagonal and one column of G per shared error. Correlated blocks enter by their Cholesky factor as
further columns. Residuals ``r = right - A y`` have the covariance ``S = A V A' = A D A' + B B'`` with ``B = A G``. Columns
of B with few rows enter S itself; long ones are carried as a low-rank correction (Woodbury 1950)::

    inv(S1 + B B') = inv(S1) - T inv(K) T'      T = inv(S1) B      K = I + B' T
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack
from scipy.sparse.csgraph import connected_components

from verifierkit.reconcile.constants import (
    MAX_CORRELATED_BLOCK,
    MAX_LONG_COMPONENTS,
    MAX_PATTERN_ENTRIES,
    SHORT_COMPONENT,
)
from verifierkit.reconcile.factor import factorise
from verifierkit.reconcile.network import Floats, Integers, Problem, ReconcileError, Sparse, csr, named
from verifierkit.reconcile.ordering import plan_factor


@dataclass(frozen=True)
class Spread:
    """``V = D + G G'``.

    Attributes
    ----------
    independent : diagonal of D, one per measurement.
    loading : G, measurements by shared errors; the first ones are those of the problem, the rest belong to blocks.
    """

    independent: Floats
    loading: Sparse

    @property
    def variance(self) -> Floats:
        """Diagonal of V."""
        return np.asarray(self.independent + np.asarray((self.loading**2).sum(axis=1)).ravel())

    def times(self, columns: Floats) -> Floats:
        """V times a dense matrix or vector."""
        scaled = self.independent.reshape(-1, *[1] * (columns.ndim - 1)) * columns
        return np.asarray(scaled + self.loading @ (self.loading.T @ columns))


def covariance_model(problem: Problem) -> Spread:
    """Factored covariance of the measurements.

    Raises
    ------
    ReconcileError
        The covariance is singular or not a covariance.
    """
    independent = problem.variance.copy()
    columns = [problem.loading]
    if problem.covariance is not None and problem.covariance.nnz:
        own, further = _correlated(problem, problem.covariance)
        independent = independent + own
        columns.append(further)
    spread = Spread(independent, csr(sp.hstack(columns, format="csr")))
    _require_regular(problem, spread)
    return spread


def _correlated(problem: Problem, covariance: Sparse) -> tuple[Floats, Sparse]:
    """Variances of uncorrelated entries, and Cholesky columns of the correlated blocks."""
    if len((covariance - covariance.T).data) and np.abs((covariance - covariance.T).data).max() > 0:
        raise ReconcileError("the covariance matrix is not symmetric.")
    p = covariance.shape[0]
    _, label = connected_components(covariance, directed=False)
    order = np.argsort(label, kind="stable")
    blocks = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    single = np.array([b[0] for b in blocks if len(b) == 1], dtype=np.int64)
    own = np.zeros(p)
    own[single] = covariance.diagonal()[single]
    if (own < 0).any():
        raise ReconcileError(f"negative variance of {named(problem.measurement_names, np.flatnonzero(own < 0))}.")
    parts = [_block_factor(problem, covariance, block) for block in blocks if len(block) > 1]
    return own, csr(sp.hstack(parts, format="csr")) if parts else csr(sp.csr_array((p, 0)))


def _block_factor(problem: Problem, covariance: Sparse, block: Integers) -> Sparse:
    names = named(problem.measurement_names, block)
    if len(block) > MAX_CORRELATED_BLOCK:
        raise ReconcileError(
            f"{len(block)} measurements ({names}) in one correlated block, limit {MAX_CORRELATED_BLOCK}. "
            "State what they share as shared parts instead."
        )
    dense = covariance[block][:, block].toarray()
    size = np.sqrt(np.abs(dense.diagonal()))
    size[size == 0] = 1
    factor, failed = lapack.dpotrf(dense / np.outer(size, size), lower=1)
    if failed or (factor.diagonal() ** 2 <= np.finfo(np.float64).eps * len(block)).any():
        raise ReconcileError(f"the covariance of {names} is singular or not a covariance. Correct it.")
    i, j = np.nonzero(np.tril(factor))
    values = (np.tril(factor) * size[:, None])[i, j]
    return csr(sp.coo_array((values, (block[i], j)), shape=(covariance.shape[0], len(block))))


def _require_regular(problem: Problem, spread: Spread) -> None:
    """V is regular when the shared errors of measurements without independent part are linearly independent."""
    bare = np.flatnonzero(spread.independent == 0)
    if not len(bare):
        return
    rows = csr(spread.loading[bare])
    gram = csr(rows @ rows.T)
    gone = factorise(plan_factor(gram), gram.data).dropped
    if len(gone):
        raise ReconcileError(
            f"the covariance is singular: {named(problem.measurement_names, bare[gone])} has no uncertainty of its own "
            "beside what it shares with others. Give it a period part, or enter the source once."
        )


@dataclass(frozen=True)
class Residuals:
    """Covariance of the residuals: ``S1 = A D A' + Bs Bs'`` on a pattern wide enough for all variances, and long B.

    Attributes
    ----------
    matrix : S1 with explicit zeros where the inverse is wanted.
    short, long : columns of G that enter S1, and those of the low-rank correction.
    """

    matrix: Sparse
    short: Integers
    long: Integers


def residual_covariance(balance: Sparse, spread: Spread, wanted: Sparse) -> Residuals:
    """Assemble S1.

    ``wanted`` : functionals of the measurements (rows) whose variance shall come from the selected inverse.
    """
    touched = _touched(balance, spread.loading)
    short, long = _split(spread, touched)
    b_short = csr(balance @ spread.loading[:, short])
    scaled = csr(balance * np.sqrt(spread.independent)[None, :])
    cliques = _cliques(balance, spread.loading[:, short], touched[:, short], wanted)
    cancelled = touched[:, short[np.diff(touched[:, short].T.tocsr().indptr) > np.diff(b_short.T.tocsr().indptr)]]
    cliques = csr(sp.vstack([cliques, cancelled.T], format="csr"))
    entries = sum(int((np.diff(m.indptr) ** 2).sum()) for m in (scaled.T.tocsr(), b_short.T.tocsr(), cliques))
    if entries > MAX_PATTERN_ENTRIES:
        raise ReconcileError(
            f"the shared errors tie {entries} pairs of balances together, limit {MAX_PATTERN_ENTRIES}. "
            "Reconcile parts of the network by themselves."
        )
    n = balance.shape[0]
    pieces = [_pairs(scaled.T.tocsr()), _pairs(b_short.T.tocsr()), _pairs(_zeroed(cliques))]
    pieces.append((np.zeros(n), np.arange(n), np.arange(n)))
    values, i, j = (np.concatenate([piece[k] for piece in pieces]) for k in range(len(pieces[0])))
    matrix = sp.coo_array((values, (i, j)), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    return Residuals(matrix, short, long)


def _touched(balance: Sparse, loading: Sparse) -> Sparse:
    """Pattern of the balances that each shared error touches (whatever cancels)."""
    return csr(_ones(balance) @ _ones(loading))


def _ones(matrix: Sparse) -> Sparse:
    return sp.csr_array((np.ones(len(matrix.data)), matrix.indices, matrix.indptr), shape=matrix.shape)


def _zeroed(matrix: Sparse) -> Sparse:
    return sp.csr_array((np.zeros(len(matrix.data)), matrix.indices, matrix.indptr), shape=matrix.shape)


def _split(spread: Spread, touched: Sparse) -> tuple[Integers, Integers]:
    """Shared errors by length; those of measurements without independent part must enter the matrix itself."""
    length = np.bincount(touched.indices, minlength=touched.shape[1])
    bare = spread.loading[np.flatnonzero(spread.independent == 0)]
    must = np.zeros(len(length), dtype=bool)
    must[bare.indices] = True
    long = (length > SHORT_COMPONENT) & ~must
    if long.sum() > MAX_LONG_COMPONENTS:
        limit = np.sort(length[long])[-MAX_LONG_COMPONENTS]
        long &= length > limit
    return np.flatnonzero(~long), np.flatnonzero(long)


def _cliques(balance: Sparse, loading: Sparse, touched: Sparse, wanted: Sparse) -> Sparse:
    """Sets of balances (rows) between which the inverse is needed, beyond those of A D A' and B B'."""
    several = np.flatnonzero(np.diff(loading.indptr) > 1)
    sets = [_distinct(_ones(csr(loading[several]))) @ touched.T] if len(several) else []
    if wanted.shape[0]:
        pattern = _ones(wanted)
        sets.append(pattern @ _ones(balance).T + (pattern @ _ones(loading)) @ touched.T)
    n = balance.shape[0]
    return csr(sp.vstack(sets, format="csr")) if sets else csr(sp.csr_array((0, n)))


def _distinct(pattern: Sparse) -> Sparse:
    """Each distinct row once."""
    keys = {pattern.indices[pattern.indptr[i] : pattern.indptr[i + 1]].tobytes(): i for i in range(pattern.shape[0])}
    return pattern[np.array(sorted(keys.values()), dtype=np.int64)]


def _pairs(sets: Sparse) -> tuple[Floats, Integers, Integers]:
    """All products within each row: values, first and second column."""
    lengths = np.diff(sets.indptr).astype(np.int64)
    per_entry = np.repeat(lengths, lengths)
    left = np.repeat(np.arange(len(sets.indices)), per_entry)
    start = np.repeat(np.repeat(sets.indptr[:-1].astype(np.int64), lengths), per_entry)
    ends = np.cumsum(per_entry)
    within = np.arange(int(per_entry.sum())) - np.repeat(ends - per_entry, per_entry)
    right = start + within
    return sets.data[left] * sets.data[right], sets.indices[left].astype(np.int64), sets.indices[right].astype(np.int64)
