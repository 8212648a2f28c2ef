"""Order of elimination and the plan of dense blocks (fronts) of a sparse symmetric matrix, with its cost before any work.

Rows with equal neighbourhoods are ordered as one. The order is minimum degree (Liu 1985, ACM TOMS 11, 141), taken from the
analysis phase of SuperLU; the blocks are relaxed supernodes of the elimination tree (Liu 1990, SIAM J. Matrix Anal. 11, 134;
Ashcraft & Grimes 1989, ACM TOMS 15, 291).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spilu

from verifierkit.reconcile.constants import (
    DENSE_ROWS,
    HASH_SEED,
    MAX_FACTOR_ENTRIES,
    MAX_FACTOR_WORK,
    MAX_ORDERED_ROWS,
    MERGE_ZEROS,
    SMALL_FRONT,
)
from verifierkit.reconcile.network import Integers, ReconcileError, Sparse


@dataclass(frozen=True)
class Front:
    """One dense block: the rows that it eliminates, the later rows that it touches, and where those stand in its parent."""

    own: Integers
    below: Integers
    parent: int
    spot: Integers


@dataclass(frozen=True)
class Plan:
    """Fronts in order of elimination and the predicted cost.

    Attributes
    ----------
    size : order of the matrix.
    fronts : children before parents.
    block, place : for each stored entry of the matrix: its front and its position there (lower triangle), or -1.
    entries, work : predicted entries of the factor and multiplications.
    """

    size: int
    fronts: tuple[Front, ...]
    block: Integers
    place: Integers
    entries: int
    work: int


@dataclass
class _Group:
    """A block in the making, in positions of the compressed order."""

    columns: list[int]
    rows: Integers
    width: int
    height: int
    entries: int


def plan_factor(pattern: Sparse, *, max_entries: int = MAX_FACTOR_ENTRIES, max_work: int = MAX_FACTOR_WORK) -> Plan:
    """Plan the factorisation of a matrix with this symmetric pattern (a stored diagonal included).

    Raises
    ------
    ReconcileError
        The predicted fill or work is above the limit.
    """
    n = int(pattern.shape[0])
    if n <= DENSE_ROWS:
        everything = np.arange(n, dtype=np.int64)
        fronts = (Front(everything, everything[:0], -1, everything[:0]),) if n else ()
        return _placed(pattern, fronts, n * n, n**2 * n)
    if n > MAX_ORDERED_ROWS:
        raise ReconcileError(f"{n} balances, limit {MAX_ORDERED_ROWS}. Reconcile parts of the network by themselves.")
    member, weight, quotient = _compressed(pattern)
    order = _minimum_degree(quotient)
    groups, entries, work = _groups(quotient, order, weight, max_entries, max_work)
    return _placed(pattern, _expanded(groups, order, member, n), entries, work)


def _compressed(pattern: Sparse) -> tuple[Integers, Integers, Sparse]:
    """Class of each row, rows per class, and the pattern between classes of rows with equal neighbourhoods."""
    n = pattern.shape[0]
    random = np.random.default_rng(HASH_SEED)
    weights = random.integers(np.iinfo(np.int64).max, size=(2, n), dtype=np.int64)
    with np.errstate(over="ignore"):
        sums = np.stack([np.add.reduceat(w[pattern.indices], pattern.indptr[:-1]) for w in weights], axis=1)
    _, first, member, weight = np.unique(sums, axis=0, return_index=True, return_inverse=True, return_counts=True)
    member = member.ravel()
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    member, weight, first = rank[member], weight[np.argsort(rank)], np.sort(first)
    part = pattern[first]
    columns = member[part.indices]
    i = np.repeat(np.arange(len(first)), np.diff(part.indptr))
    quotient = sp.coo_array((np.ones(len(i)), (i, columns)), shape=(len(first), len(first))).tocsr()
    quotient.sum_duplicates()
    return member, weight, quotient


def _minimum_degree(pattern: Sparse) -> Integers:
    """Elimination order: SuperLU's minimum degree on the pattern; the factor it needs is dropped as it is made."""
    n = pattern.shape[0]
    if n == 1:
        return np.zeros(1, dtype=np.int64)
    dominant = sp.csc_array((-np.ones(pattern.nnz), pattern.indices, pattern.indptr), shape=(n, n))
    dominant = dominant + sp.diags_array(2 * np.diff(pattern.indptr).astype(np.float64), format="csc")
    made = spilu(
        dominant.tocsc(),
        drop_tol=1.0,
        fill_factor=1.0,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return np.argsort(made.perm_c).astype(np.int64)


def _groups(
    quotient: Sparse, order: Integers, weight: Integers, max_entries: int, max_work: int
) -> tuple[dict[int, _Group], int, int]:
    """Relaxed supernodes by symbolic elimination, stopped as soon as the predicted cost passes a limit."""
    n = len(order)
    later, starts = _later(quotient, order)
    w = weight[order]
    groups: dict[int, _Group] = {}
    children: list[list[int]] = [[] for _ in range(n)]
    entries = work = 0
    for j in range(n):
        rows = _union(later[starts[j] : starts[j + 1]], [groups[c].rows for c in children[j]], j)
        own = int(w[j])
        height = int(w[rows].sum())
        group = _Group([j], rows, own, height, own * (own + height))
        for child in children[j]:
            _merge(groups, child, group)
        groups[j] = group
        entries += own * (own + height)
        work += own * (own + height) ** 2
        if entries > max_entries or work > max_work:
            raise ReconcileError(
                f"the network fills in: at {j + 1} of {n} balances the factor already needs {entries} entries and {work} "
                f"multiplications (limits {max_entries} and {max_work}). Reconcile parts of it by themselves."
            )
        if len(rows):
            children[rows[0]].append(j)
    return groups, entries, work


def _later(quotient: Sparse, order: Integers) -> tuple[Integers, Integers]:
    """For each position the later positions of its neighbours, as one array with starts."""
    n = len(order)
    position = np.empty(n, dtype=np.int64)
    position[order] = np.arange(n)
    i = np.repeat(position, np.diff(quotient.indptr))
    j = position[quotient.indices]
    keep = j > i
    lower = sp.coo_array((np.ones(int(keep.sum())), (i[keep], j[keep])), shape=(n, n)).tocsr()
    lower.sort_indices()
    return lower.indices.astype(np.int64), lower.indptr.astype(np.int64)


def _union(own: Integers, below: list[Integers], j: int) -> Integers:
    """Sorted union of the structures, without ``j`` itself."""
    if not below:
        return own
    if len(below) == 1 and not len(own):
        return below[0][1:] if below[0][0] == j else below[0]
    merged = np.concatenate([own, *below])
    merged.sort()
    fresh = np.empty(len(merged), dtype=bool)
    fresh[0] = True
    np.not_equal(merged[1:], merged[:-1], out=fresh[1:])
    merged = merged[fresh]
    return merged[1:] if merged[0] == j else merged


def _merge(groups: dict[int, _Group], child: int, group: _Group) -> None:
    """Take a child block into its parent when the zeros that the whole block then stores are few, or it is small."""
    other = groups[child]
    width = group.width + other.width
    total = width + group.height
    entries = group.entries + other.entries
    if total <= SMALL_FRONT or width * total - entries <= MERGE_ZEROS * width * total:
        group.columns = other.columns + group.columns
        group.width, group.entries = width, entries
        del groups[child]


def _expanded(groups: dict[int, _Group], order: Integers, member: Integers, n: int) -> tuple[Front, ...]:
    """Fronts over the original rows."""
    owners = sorted(groups)
    number = {j: k for k, j in enumerate(owners)}
    holder = np.empty(len(order), dtype=np.int64)
    for j in owners:
        holder[groups[j].columns] = number[j]
    by_class = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[by_class], np.arange(len(order) + 1))
    spans = [by_class[starts[c] : starts[c + 1]] for c in order]
    place = np.zeros(n, dtype=np.int64)
    fronts: list[Front] = [Front(by_class[:0], by_class[:0], -1, by_class[:0])] * len(owners)
    for j in reversed(owners):
        group = groups[j]
        own = np.concatenate([spans[c] for c in group.columns])
        below = np.concatenate([spans[c] for c in group.rows]) if len(group.rows) else by_class[:0]
        parent = int(holder[group.rows[0]]) if len(group.rows) else -1
        if parent >= 0:
            above = fronts[parent]
            place[above.own] = np.arange(len(above.own))
            place[above.below] = np.arange(len(above.own), len(above.own) + len(above.below))
        fronts[number[j]] = Front(own, below, parent, place[below].copy())
    return tuple(fronts)


def _placed(pattern: Sparse, fronts: tuple[Front, ...], entries: int, work: int) -> Plan:
    """Find for each stored entry of the lower triangle its front and its place in it."""
    n = int(pattern.shape[0])
    holder = np.zeros(n, dtype=np.int64)
    local = np.zeros(n, dtype=np.int64)
    rank = np.zeros(n, dtype=np.int64)
    done = 0
    for k, front in enumerate(fronts):
        holder[front.own] = k
        local[front.own] = np.arange(len(front.own))
        rank[front.own] = np.arange(done, done + len(front.own))
        done += len(front.own)
    i = np.repeat(np.arange(n), np.diff(pattern.indptr))
    j = pattern.indices.astype(np.int64)
    lower = rank[i] >= rank[j]
    block = np.where(lower, holder[j], -1)
    sizes = np.array([len(f.own) + len(f.below) for f in fronts], dtype=np.int64)
    row = np.where(holder[i] == holder[j], local[i], 0)
    outside = np.flatnonzero(lower & (holder[i] != holder[j]))
    row[outside] = _row_in_front(fronts, sizes, i[outside], holder[j[outside]], n)
    place = np.where(lower, row * (sizes[holder[j]] if len(sizes) else 0) + local[j], -1)
    return Plan(n, fronts, block, place, entries, work)


def _row_in_front(fronts: tuple[Front, ...], sizes: Integers, rows: Integers, blocks: Integers, n: int) -> Integers:
    """Place of each row among the rows below the pivots of its front."""
    if not len(rows):
        return rows
    keys = np.concatenate([front.below + k * n for k, front in enumerate(fronts)])
    places = np.concatenate([np.arange(len(f.own), size) for f, size in zip(fronts, sizes, strict=True)])
    order = np.argsort(keys, kind="stable")
    found = np.searchsorted(keys[order], rows + blocks * n)
    return np.asarray(places[order[found]], dtype=np.int64)
