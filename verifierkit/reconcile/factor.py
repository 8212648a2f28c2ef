"""Multifrontal Cholesky factor of a sparse matrix, solves with it, and the entries of its inverse on its own pattern.

Factor: Duff & Reid 1983 (ACM TOMS 9, 302). Selected inverse: Takahashi, Fagan & Chin 1973; by fronts as in Erisman & Tinney
1975 (CACM 18, 177). With ``S = L L'`` and a front split into its own rows 1 and the rows below 2::

    Y = L21 inv(L11)      Z21 = -Z22 Y      Z11 = inv(L11)' inv(L11) - Y' Z21

where ``Z22`` is read from the parent's block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from verifierkit.reconcile.constants import DEPENDENT_PIVOT, SOLVE_BLOCK
from verifierkit.reconcile.network import Floats, Integers
from verifierkit.reconcile.ordering import Plan


@dataclass(frozen=True)
class Factor:
    """Cholesky factor by fronts.

    Attributes
    ----------
    plan : the fronts.
    inverse : ``inv(L11)`` of each front.
    ratio : ``Y = L21 inv(L11)`` of each front.
    dropped : rows whose pivot vanished: they follow from the rows before them and take no part.
    """

    plan: Plan
    inverse: tuple[Floats, ...]
    ratio: tuple[Floats, ...]
    dropped: Integers

    def solve(self, right: Floats) -> Floats:
        """Solution of ``S x = right`` (one or more columns); 0 for dropped rows."""
        x = np.array(right, dtype=np.float64)
        flat = x[:, None] if x.ndim == 1 else x
        for start in range(0, flat.shape[1], SOLVE_BLOCK):
            _solve(self, flat[:, start : start + SOLVE_BLOCK])
        return x


def factorise(plan: Plan, values: Floats) -> Factor:
    """Factor the matrix whose stored entries are ``values`` (in the order of the pattern that was planned)."""
    sorter, starts = _by_front(plan)
    picked, places = values[sorter], plan.place[sorter]
    updates: list[list[tuple[Integers, Floats]]] = [[] for _ in plan.fronts]
    inverses: list[Floats] = []
    ratios: list[Floats] = []
    dropped: list[Integers] = []
    for k, front in enumerate(plan.fronts):
        own, total = len(front.own), len(front.own) + len(front.below)
        block = np.zeros((total, total))
        block.ravel()[places[starts[k] : starts[k + 1]]] = picked[starts[k] : starts[k + 1]]
        scale = block.diagonal()[:own].copy()
        for spot, update in updates[k]:
            block[spot[:, None], spot] += update
        updates[k] = []
        inverse, gone = _pivot_block(block, own, scale)
        if len(gone):
            dropped.append(front.own[gone])
        lower = block[own:, :own] @ inverse.T
        inverses.append(inverse)
        ratios.append(lower @ inverse)
        if front.parent >= 0:
            updates[front.parent].append((front.spot, block[own:, own:] - lower @ lower.T))
    gone_rows = np.sort(np.concatenate(dropped)) if dropped else np.zeros(0, dtype=np.int64)
    return Factor(plan, tuple(inverses), tuple(ratios), gone_rows)


def selected_inverse(factor: Factor) -> Floats:
    """Entries of the inverse at the stored entries of the planned pattern's lower triangle (0 at the others)."""
    plan = factor.plan
    sorter, starts = _by_front(plan)
    places = plan.place[sorter]
    found = np.zeros(len(plan.block))
    blocks: list[Floats | None] = [None] * len(plan.fronts)
    waiting = np.bincount([front.parent for front in plan.fronts if front.parent >= 0], minlength=len(plan.fronts))
    for k in range(len(plan.fronts) - 1, -1, -1):
        front = plan.fronts[k]
        above = blocks[front.parent] if front.parent >= 0 else None
        block = _inverse_block(factor, k, above)
        found[sorter[starts[k] : starts[k + 1]]] = block.ravel()[places[starts[k] : starts[k + 1]]]
        blocks[k] = block if waiting[k] else None
        if front.parent >= 0:
            waiting[front.parent] -= 1
            if not waiting[front.parent]:
                blocks[front.parent] = None
    return found


def _by_front(plan: Plan) -> tuple[Integers, Integers]:
    """Stored entries of the lower triangle sorted by front, and where each front starts."""
    sorter = np.argsort(plan.block, kind="stable")
    starts = np.searchsorted(plan.block[sorter], np.arange(len(plan.fronts) + 1))
    return sorter, starts


def _pivot_block(block: Floats, own: int, scale: Floats) -> tuple[Floats, Integers]:
    """Inverse of the Cholesky factor of the pivots, and which of them vanished (then decoupled in place)."""
    factor, failed = lapack.dpotrf(block[:own, :own], lower=1)
    weak = failed != 0 or bool((factor.diagonal() ** 2 <= DEPENDENT_PIVOT * scale).any())
    gone = _decouple(block, own, scale) if weak else np.zeros(0, dtype=np.int64)
    if len(gone):
        factor, _ = lapack.dpotrf(block[:own, :own], lower=1)
    inverse, _ = lapack.dtrtri(factor, lower=1)
    inverse = np.tril(inverse)
    inverse[gone, gone] = 0.0
    return inverse, gone


def _decouple(block: Floats, own: int, scale: Floats) -> Integers:
    """Find vanishing pivots by a Cholesky factor with pivoting; make each a row of the identity."""
    root = np.sqrt(scale)
    unit = block[:own, :own] / np.outer(root, root)
    _, order, rank, _ = lapack.dpstrf(unit, lower=1, tol=DEPENDENT_PIVOT)
    lost = np.sort(order[rank:] - 1).astype(np.int64)
    block[lost, :] = 0.0
    block[:, lost] = 0.0
    block[lost, lost] = 1.0
    return lost


def _solve(factor: Factor, x: Floats) -> None:
    """Solve in place, forward then backward."""
    plan = factor.plan
    middle: list[Floats] = []
    for front, inverse, ratio in zip(plan.fronts, factor.inverse, factor.ratio, strict=True):
        part = x[front.own]
        if len(front.below):
            x[front.below] -= ratio @ part
        middle.append(inverse.T @ (inverse @ part))
    for k in range(len(plan.fronts) - 1, -1, -1):
        front = plan.fronts[k]
        part = middle[k]
        if len(front.below):
            part = part - factor.ratio[k].T @ x[front.below]
        x[front.own] = part


def _inverse_block(factor: Factor, k: int, above: Floats | None) -> Floats:
    front, inverse, ratio = factor.plan.fronts[k], factor.inverse[k], factor.ratio[k]
    own, total = len(front.own), len(front.own) + len(front.below)
    first = inverse.T @ inverse
    if above is None or total == own:
        return first
    block = np.empty((total, total))
    rest = above[front.spot[:, None], front.spot]
    cross = -rest @ ratio
    block[own:, own:] = rest
    block[own:, :own] = cross
    block[:own, own:] = cross.T
    block[:own, :own] = first - ratio.T @ cross
    return block
