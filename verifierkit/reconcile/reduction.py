"""Elimination of what nobody measured: balances over measurements alone, and each unknown as a sum of measurements.

Every measurement defines a quantity ``q_i = (H x)_i``. An unknown with a measurement of its own is that quantity divided
by its coefficient; the others are eliminated by sparse Gaussian elimination with pivots of least degree (Markowitz 1957),
which is the projection of Crowe, Garcia Campos & Hrymak 1983 (AIChE J. 29, 881) without its dense matrix.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from verifierkit.reconcile.constants import CANCELLATION, CONTRADICTION, PIVOT_SHARE
from verifierkit.reconcile.network import Floats, Integers, Problem, ReconcileError, Sparse, csr, named

Row = dict[int, float]
"""A sparse row: column -> coefficient."""


@dataclass(frozen=True)
class Reduced:
    """Balances over measured quantities, and the unknowns in terms of them.

    Attributes
    ----------
    balance : A, remaining balances by measurements; ``A q = right`` holds for the true quantities.
    right : right-hand side of the remaining balances.
    combination : remaining balances by original balances: which of them each one adds up.
    express, offset : ``x = express q + offset`` for the unknowns that the data determine.
    free : unknowns by free directions; a row that is not empty marks an undetermined unknown.
    direct : the measurement that an unknown takes its value from, or -1.
    """

    balance: Sparse
    right: Floats
    combination: Sparse
    express: Sparse
    offset: Floats
    free: Sparse
    direct: Integers

    @property
    def undetermined(self) -> Integers:
        """Unknowns that the data do not determine."""
        return np.flatnonzero(np.diff(self.free.indptr))


@dataclass
class _Table:
    """Rows under elimination. Columns: measured quantities, then unmeasured unknowns, then the balances themselves."""

    rows: dict[int, Row]
    right: dict[int, float]
    holders: dict[int, set[int]]
    first: int
    last: int


def reduce_problem(problem: Problem) -> Reduced:
    """Eliminate the unmeasured unknowns of a problem.

    Raises
    ------
    ReconcileError
        Balances that contradict each other whatever was measured.
    """
    direct, coefficient = _direct(problem)
    unmeasured = np.flatnonzero(direct < 0)
    whole, right = _equations(problem, direct, coefficient)
    p = problem.measurements
    touched = np.flatnonzero(np.diff(whole[:, p : p + len(unmeasured)].tocsr().indptr)) if len(unmeasured) else ()
    if not len(touched) and not len(unmeasured):
        return _plain(problem, whole, right, direct, coefficient)
    table = _table(whole, right, np.asarray(touched, dtype=np.int64), first=p, last=p + len(unmeasured))
    solved, free = _eliminate(table)
    expressions = _substitute(table, solved, free)
    return _collect(problem, (whole, right), table, expressions, (direct, coefficient, unmeasured, free))


def _direct(problem: Problem) -> tuple[Integers, Floats]:
    """For each unknown its first measurement of its own (or -1), with its coefficient."""
    h = problem.observe
    single = np.flatnonzero(np.diff(h.indptr) == 1)
    columns = h.indices[h.indptr[single]]
    unknowns, first = np.unique(columns, return_index=True)
    direct = np.full(problem.unknowns, -1, dtype=np.int64)
    direct[unknowns] = single[first]
    coefficient = np.ones(problem.unknowns)
    coefficient[unknowns] = h.data[h.indptr[single[first]]]
    return direct, coefficient


def _equations(problem: Problem, direct: Integers, coefficient: Floats) -> tuple[Sparse, Floats]:
    """Balances and the equations of the further measurements over (quantities, unmeasured unknowns)."""
    p, n = problem.measurements, problem.unknowns
    known = np.flatnonzero(direct >= 0)
    to_quantity = csr(sp.coo_array((1 / coefficient[known], (known, direct[known])), shape=(n, p)))
    unmeasured = np.flatnonzero(direct < 0)
    further = np.setdiff1d(np.arange(p), direct[known])
    sums = problem.observe[further]
    own = sp.coo_array((-np.ones(len(further)), (np.arange(len(further)), further)), shape=(len(further), p))
    blocks = [
        [problem.balance @ to_quantity, problem.balance[:, unmeasured]],
        [sums @ to_quantity + own.tocsr(), sums[:, unmeasured]],
    ]
    return csr(sp.block_array(blocks, format="csr")), np.concatenate([problem.right, np.zeros(len(further))])


def _plain(problem: Problem, whole: Sparse, right: Floats, direct: Integers, coefficient: Floats) -> Reduced:
    """Everything is measured: nothing to eliminate."""
    n, p = problem.unknowns, problem.measurements
    keep = _not_empty(problem, whole, right)
    rows = len(problem.right)
    return Reduced(
        balance=csr(whole[keep]),
        right=right[keep],
        combination=csr(sp.eye_array(len(right), rows, format="csr")[keep]),
        express=csr(sp.coo_array((1 / coefficient, (np.arange(n), direct)), shape=(n, p))),
        offset=np.zeros(n),
        free=csr(sp.csr_array((n, 0))),
        direct=direct,
    )


def _not_empty(problem: Problem, rows: Sparse, right: Floats) -> Integers:
    """Rows with a measured quantity; an empty one must have a right-hand side of zero."""
    empty = np.diff(rows.indptr) == 0
    scale = max(np.abs(right).max(initial=0.0), np.finfo(np.float64).tiny)
    bad = np.flatnonzero(empty & (np.abs(right) > CONTRADICTION * scale))
    if len(bad):
        names = problem.balance_names if bad.max() < len(problem.balance_names) else ()
        raise ReconcileError(
            f"the balances contradict each other ({named(names, bad)}): they leave {right[bad[0]]:g} = 0. "
            "Correct their right-hand sides."
        )
    return np.flatnonzero(~empty)


def _table(whole: Sparse, right: Floats, touched: Integers, *, first: int, last: int) -> _Table:
    rows: dict[int, Row] = {}
    holders: dict[int, set[int]] = {column: set() for column in range(first, last)}
    for i in touched.tolist():
        span = slice(whole.indptr[i], whole.indptr[i + 1])
        row = dict(zip(whole.indices[span].tolist(), whole.data[span].tolist(), strict=True))
        row = {column: value for column, value in row.items() if value != 0}
        for column in row:
            if first <= column < last:
                holders[column].add(i)
        row[last + i] = 1.0
        rows[i] = row
    return _Table(rows, {i: float(right[i]) for i in rows}, holders, first, last)


def _eliminate(table: _Table) -> tuple[list[tuple[int, Row, float]], list[int]]:
    """Solve rows for unmeasured unknowns until none is left: (unknown, its row, right) in order; and the free ones."""
    heap = [(len(held), column) for column, held in table.holders.items()]
    heapq.heapify(heap)
    solved: list[tuple[int, Row, float]] = []
    free: list[int] = []
    while heap:
        degree, column = heapq.heappop(heap)
        held = table.holders[column]
        if len(held) != degree:
            heapq.heappush(heap, (len(held), column))
            continue
        if not held:
            free.append(column)
            continue
        pivot = _pivot(table, column)
        row, right = _take(table, pivot)
        for i in sorted(held):
            _subtract(table, i, row, right, column)
        solved.append((column, row, right))
    return solved, sorted(free)


def _pivot(table: _Table, column: int) -> int:
    held = sorted(table.holders[column])
    largest = max(abs(table.rows[i][column]) for i in held)
    good = [i for i in held if abs(table.rows[i][column]) >= PIVOT_SHARE * largest]
    return min(good, key=lambda i: len(table.rows[i]))


def _take(table: _Table, pivot: int) -> tuple[Row, float]:
    """Remove a row from the table."""
    row, right = table.rows.pop(pivot), table.right.pop(pivot)
    for column in row:
        if table.first <= column < table.last:
            table.holders[column].discard(pivot)
    return row, right


def _subtract(table: _Table, i: int, row: Row, right: float, column: int) -> None:
    """Subtract the multiple of ``row`` that removes ``column`` from row ``i``."""
    target = table.rows[i]
    factor = target[column] / row[column]
    for key, value in row.items():
        old, less = target.get(key, 0.0), factor * value
        new = old - less
        if key == column or abs(new) <= CANCELLATION * (abs(old) + abs(less)):
            target.pop(key, None)
        else:
            target[key] = new
        if table.first <= key < table.last:
            (table.holders[key].add if key in target else table.holders[key].discard)(i)
    old, less = table.right[i], factor * right
    table.right[i] = 0.0 if abs(old - less) <= CANCELLATION * (abs(old) + abs(less)) else old - less


def _substitute(table: _Table, solved: list[tuple[int, Row, float]], free: list[int]) -> dict[int, tuple[Row, float]]:
    """Each unmeasured unknown over measured quantities and free unknowns, with its constant."""
    done: dict[int, tuple[Row, float]] = {column: ({column: 1.0}, 0.0) for column in free}
    for column, row, right in reversed(solved):
        total: Row = {}
        size: Row = {}
        constant = right
        for key, value in row.items():
            if key == column or key >= table.last:
                continue
            terms, shift = done[key] if key >= table.first else ({key: 1.0}, 0.0)
            constant -= value * shift
            for inner, weight in terms.items():
                total[inner] = total.get(inner, 0.0) - value * weight
                size[inner] = size.get(inner, 0.0) + abs(value * weight)
        scale = row[column]
        kept = {key: v / scale for key, v in total.items() if abs(v) > CANCELLATION * size[key]}
        done[column] = (kept, constant / scale)
    return done


def _collect(
    problem: Problem,
    equations: tuple[Sparse, Floats],
    table: _Table,
    expressions: dict[int, tuple[Row, float]],
    columns: tuple[Integers, Floats, Integers, list[int]],
) -> Reduced:
    whole, right = equations
    direct, coefficient, unmeasured, free = columns
    p, n, count = problem.measurements, problem.unknowns, len(problem.right)
    untouched = np.flatnonzero(np.diff(whole[:, p:].tocsr().indptr) == 0)
    left = sorted(table.rows)
    wide = table.last + len(right)
    eliminated = _stack([table.rows[i] for i in left], wide)
    both = csr(sp.vstack([_padded(whole, untouched, wide, table.last), eliminated], format="csr"))
    rights = np.concatenate([right[untouched], [table.right[i] for i in left]])
    keep = _not_empty(problem, csr(both[:, :p]), rights)
    known = np.flatnonzero(direct >= 0)
    express = sp.coo_array((1 / coefficient[known], (known, direct[known])), shape=(n, p)).tocsr()
    later = _stack([expressions[p + k][0] for k in range(len(unmeasured))], table.last)
    place = sp.coo_array(
        (np.ones(len(unmeasured)), (unmeasured, np.arange(len(unmeasured)))), shape=(n, len(unmeasured))
    )
    offset = np.zeros(n)
    offset[unmeasured] = [expressions[p + k][1] for k in range(len(unmeasured))]
    return Reduced(
        balance=csr(both[keep][:, :p]),
        right=rights[keep],
        combination=csr(both[keep][:, table.last : table.last + count]),
        express=csr(express + place.tocsr() @ later[:, :p]),
        offset=offset,
        free=csr(place.tocsr() @ later[:, free]) if free else csr(sp.csr_array((n, 0))),
        direct=direct,
    )


def _stack(rows: list[Row], width: int) -> Sparse:
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    i = np.repeat(np.arange(len(rows)), lengths)
    j = np.array([key for row in rows for key in row], dtype=np.int64)
    values = np.array([value for row in rows for value in row.values()], dtype=np.float64)
    return csr(sp.coo_array((values, (i, j)), shape=(len(rows), width)))


def _padded(whole: Sparse, rows: Integers, width: int, last: int) -> Sparse:
    """Rows as they stand, each marked with its own balance."""
    mark = sp.coo_array((np.ones(len(rows)), (np.arange(len(rows)), last + rows)), shape=(len(rows), width))
    part = whole[rows]
    return csr(sp.csr_array((part.data, part.indices, part.indptr), shape=(len(rows), width)) + mark.tocsr())
