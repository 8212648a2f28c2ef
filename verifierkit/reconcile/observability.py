"""What can be known: detectability, smallest detectable errors, suspects that cannot be told apart, the missing meter.

Definitions: adjustability ``1 - sd(adjusted)/sd(measured)`` and detectability ``sqrt(1 - var(adjusted)/var(measured))``
(Madron 1992; Maquin & Ragot 1991). An error of size d in one measurement gives the measurement test a mean of
``d sqrt(a' Z a)`` (Narasimhan & Jordache 2000, ch. 7), so the smallest error found with probability p at the two-sided limit c
is ``m / sqrt(a' Z a)`` with ``P(|N(m, 1)| > c) = p``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import brentq
from scipy.stats import norm

from verifierkit.reconcile.constants import DETECTION_PROBABILITY, HASH_SEED, PARALLEL_GRAIN, SOLVE_BLOCK
from verifierkit.reconcile.fit import Fit, State
from verifierkit.reconcile.network import Floats, Integers, Sparse, csr
from verifierkit.reconcile.system import group_information


def unknowns_in_state(result: Fit, state: State) -> Integers:
    """Positions of the unknowns in a state."""
    return np.flatnonzero([s is state for s in result.state])


def adjustability(result: Fit) -> Floats:
    """``1 - sd(adjusted)/sd(measured)`` per measurement: 0 where nothing is gained."""
    return np.asarray(1 - result.adjusted_sd / np.sqrt(result.system.spread.variance))


def detectability(result: Fit) -> Floats:
    """``sqrt(1 - var(adjusted)/var(measured))`` per measurement: near 0, hardly any error would be seen."""
    return np.asarray(result.adjustment_sd / np.sqrt(result.system.spread.variance))


def required_shift(*, limit: float, probability: float = DETECTION_PROBABILITY) -> float:
    """Mean of a unit normal that passes the two-sided ``limit`` with this probability.

    Notes
    -----
    Solves ``Phi(m - c) + Phi(-m - c) = p``.
    """

    def short_of(mean: float) -> float:
        return float(norm.cdf(mean - limit) + norm.cdf(-mean - limit)) - probability

    return float(brentq(short_of, 0.0, limit + norm.ppf(probability) + 1))


def smallest_error(result: Fit, *, limit: float, probability: float = DETECTION_PROBABILITY) -> Floats:
    """Smallest error of each single measurement that its test finds [unit]; infinite where nothing checks it."""
    return _over_root(required_shift(limit=limit, probability=probability), result.information)


def smallest_bias(
    result: Fit, groups: Sequence[npt.ArrayLike], *, limit: float, probability: float = DETECTION_PROBABILITY
) -> Floats:
    """Smallest constant bias over each group of measurements that the likelihood-ratio test finds [unit].

    ``groups`` : positions of the measurements of each group (one meter over the year).
    """
    info = signature_information(result, group_signatures(result, groups))
    return _over_root(required_shift(limit=limit, probability=probability), info)


def smallest_offset(result: Fit, *, limit: float, probability: float = DETECTION_PROBABILITY) -> Floats:
    """Smallest offset of each shared error that is found, in multiples of its own standard uncertainty."""
    count = result.problem.loading.shape[1]
    info = group_information(result.system)[:count]
    return _over_root(required_shift(limit=limit, probability=probability), info)


def group_signatures(result: Fit, groups: Sequence[npt.ArrayLike]) -> Sparse:
    """Effect on the remaining balances of a bias of 1 in every measurement of a group; one column per group."""
    members = [np.asarray(group, dtype=np.int64) for group in groups]
    rows = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    columns = np.repeat(np.arange(len(members)), [len(m) for m in members])
    shape = (result.problem.measurements, len(members))
    return csr(result.system.balance @ sp.coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr())


def signature_information(result: Fit, signatures: Sparse) -> Floats:
    """``m' Z m`` for each signature (column), by blocked solves."""
    out = np.zeros(signatures.shape[1])
    for start in range(0, len(out), SOLVE_BLOCK):
        part = slice(start, start + SOLVE_BLOCK)
        dense = signatures[:, part].toarray()
        out[part] = np.einsum("ij,ij->j", dense, result.system.solve(dense))
    return np.maximum(out, 0.0)


def equivalent(signatures: Sparse) -> tuple[Integers, ...]:
    """Classes of hypotheses (columns) whose effects are parallel: no test can tell their members apart.

    A column without entries stands for something that cannot be seen; those form no class.
    """
    columns = csr(signatures.T)
    seen = np.flatnonzero(np.diff(columns.indptr))
    if not len(seen):
        return ()
    starts = columns.indptr[seen]
    of = np.repeat(np.arange(len(seen)), np.diff(columns.indptr)[seen])
    size = np.abs(columns.data)
    leading = np.where(size > (np.maximum.reduceat(size, starts) / 2)[of], np.arange(len(size)), len(size))
    shape = columns.data / columns.data[np.minimum.reduceat(leading, starts)][of]
    grains = np.round(shape / PARALLEL_GRAIN).astype(np.int64)
    keys = _hashes(columns.indices, grains, starts, columns.shape[1])
    _, first, member = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first[member.ravel()], kind="stable")
    sorted_first = first[member.ravel()][order]
    return tuple(np.split(seen[order], np.flatnonzero(np.diff(sorted_first)) + 1))


def _hashes(rows: Integers, grains: Integers, starts: Integers, height: int) -> Integers:
    """Two sums per column that are equal for equal columns and otherwise differ (but for a chance of 2**-100)."""
    weights = np.random.default_rng(HASH_SEED).integers(np.iinfo(np.int64).max, size=(2, height), dtype=np.int64)
    with np.errstate(over="ignore"):
        return np.stack([np.add.reduceat(w[rows] * grains, starts) for w in weights], axis=1)


def classes_of_suspects(result: Fit) -> tuple[Integers, ...]:
    """Checked measurements in classes that cannot be told apart, in order of their first member."""
    return equivalent(result.system.balance)


def extra_meters(result: Fit, target: int) -> Integers:
    """Unknowns of which one more meter would determine an undetermined target (the target itself among them).

    An undetermined unknown is a known sum plus a combination of free directions; a meter on any unknown with the same
    combination, up to a factor, fixes it.
    """
    free = result.system.reduced.free
    if target not in result.system.reduced.undetermined:
        return np.zeros(0, dtype=np.int64)
    for members in equivalent(csr(free.T)):
        if target in members:
            return members
    return np.array([target], dtype=np.int64)


def _over_root(shift: float, info: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(info > 0, shift / np.sqrt(np.maximum(info, 0.0)), np.inf))
