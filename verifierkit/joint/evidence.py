"""Evidence of every hypothesis beside no further error, whatever the scatter of the year.

At a given scatter a hypothesis of known shift v has, beside no error, the log evidence r'v - v'v / 2; one of free size
with standard deviation s and shape u = v / s has (r'v)^2 / (2 (1 + v'v)) - log(1 + v'v) / 2 (residuals r ~ N(0, 1) each;
O'Hagan & Forster 1994, ch. 9). The scatter is not known: an error widens it where it is estimated without the error. So
both sides are averaged over the scales of the scatter, on a grid around the likely ones, each side by what it makes likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.special import logsumexp

from verifierkit.joint.constants import GRID_REACH, GRID_STEP, MOST_POINTS, NOTHING, SMALLEST_SQUARE
from verifierkit.joint.scatter import Flags, Scales, Scatter
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import Floats, Integers, Sparse


@dataclass(frozen=True)
class _Share:
    """One group on its grid of scales: points first in every array.

    weight : log likelihood of the residuals at each point, with its prior (points,).
    residual, shifts : independent residuals of unit variance, and the hypotheses ``places`` as shifts of them.
    squares : squared length of each shift (points, hypotheses).
    """

    weight: Floats
    residual: Floats
    shifts: Floats
    squares: Floats
    places: Integers


@dataclass(frozen=True)
class Evidence:
    """Hypotheses as shifts of the residuals of their groups, over the scatter that the year may have.

    Attributes
    ----------
    known : hypotheses whose shift is known; the others have a free size with standard deviation 1.
    """

    shares: tuple[_Share, ...]
    known: Flags

    def of_each(self) -> Floats:
        """Log evidence of each hypothesis beside no further error (hypotheses,); 0 for one that nothing shows."""
        found = np.zeros(len(self.known))
        for share in self.shares:
            ratio = share.weight[:, None] + _ratios(share, self.known)
            found[share.places] += logsumexp(ratio, axis=0) - logsumexp(share.weight)
        return found

    def seen(self) -> Flags:
        """Which hypotheses change a residual at all."""
        found = np.zeros(len(self.known), dtype=bool)
        for share in self.shares:
            found[share.places] = True
        return found

    def without(self, best: int) -> Evidence:
        """The evidence left when an error is taken out: a known shift is subtracted, a free one is left open whatever its size."""
        return replace(self, shares=tuple(_without(share, best, known=bool(self.known[best])) for share in self.shares))

    def size(self, one: int) -> tuple[float, float]:
        """Size of a hypothesis of free size and its standard deviation [its own standard deviations]."""
        for share in self.shares:
            column = np.flatnonzero(share.places == one)
            if column.size:
                return _size(share, int(column[0]))
        return 0.0, 1.0

    def likeness(self, one: int, other: int) -> float:
        """How much of the change that one hypothesis makes the other makes too; sizes count where both are known."""
        for share in self.shares:
            v, w = (np.flatnonzero(share.places == k) for k in (one, other))
            if v.size and w.size:
                point = int(np.argmax(share.weight))
                both = bool(self.known[one] and self.known[other])
                return _likeness(share.shifts[point][:, v[0]], share.shifts[point][:, w[0]], both=both)
        return 0.0

    def lengths(self) -> tuple[Floats, Floats]:
        """Length of each shift in standard deviations, and the degrees of freedom with which its scatter is known.

        The variance of the logarithm of a squared length is 2 / freedom, as for a variance with that many degrees.
        """
        length, freedom = np.zeros(len(self.known)), np.full(len(self.known), np.inf)
        for share in self.shares:
            chance = np.exp(share.weight - logsumexp(share.weight))
            logs = np.log(np.maximum(share.squares, SMALLEST_SQUARE))
            mean = chance @ logs
            spread = chance @ (logs - mean) ** 2
            length[share.places] = np.exp(mean / 2)
            freedom[share.places] = 2 / np.maximum(spread, SMALLEST_SQUARE)
        return length, freedom


def evidence_of(
    groups: Sequence[Scatter],
    scales: Sequence[Scales],
    shifts: Sparse,
    known: npt.NDArray[np.bool_],
    settings: Settings,
) -> Evidence:
    """Evidence of hypotheses given as shifts of the measurements (measurements, hypotheses), in groups with their scales."""
    return Evidence(
        tuple(_share(group, own, shifts, settings) for group, own in zip(groups, scales, strict=True)), known
    )


def _share(group: Scatter, scales: Scales, shifts: Sparse, settings: Settings) -> _Share:
    moved = group.balance @ np.asarray(shifts[group.columns].todense())
    places = np.flatnonzero((moved**2).sum(axis=0) > 0)
    moved = moved[:, places]
    weight, residual, found = [], [], []
    for logs in _grid(group, scales, settings):
        root = cholesky(group.covariance(np.exp(logs)), lower=True)
        residual.append(solve_triangular(root, group.residual, lower=True))
        found.append(solve_triangular(root, moved, lower=True))
        belief = ((logs / settings.number("scatter_belief")) ** 2).sum()
        weight.append(-(residual[-1] @ residual[-1] + belief) / 2 - np.log(np.diag(root)).sum())
    stacked = np.array(found)
    squares = (stacked**2).sum(axis=1)
    felt = squares.max(axis=0) > NOTHING
    return _Share(np.array(weight), np.array(residual), stacked[:, :, felt], squares[:, felt], places[felt])


def _grid(group: Scatter, scales: Scales, settings: Settings) -> list[Floats]:
    """Points in the logarithms of the scales that cover what is likely with and without what stands out."""
    low, high = np.log(settings.number("scatter_low")), np.log(settings.number("scatter_high"))
    axes = []
    for place in range(len(group.families)):
        sd = _log_spread(group, scales.cleared, place, settings)
        ends = np.log([scales.plain[place], scales.cleared[place]])
        first, last = max(ends.min() - GRID_REACH * sd, low), min(ends.max() + GRID_REACH * sd, high)
        points = int(np.clip(np.ceil((last - first) / (GRID_STEP * sd)) + 1, 2, MOST_POINTS))
        axes.append(np.linspace(first, last, points))
    return [np.array(point) for point in product(*axes)]


def _log_spread(group: Scatter, scales: Floats, place: int, settings: Settings) -> float:
    """Standard deviation of the logarithm of a scale by its information, half of tr((C^-1 dC)^2), and the prior."""
    change = 2 * scales[place] ** 2 * np.linalg.solve(group.covariance(scales), group.variances[place])
    information = float((change * change.T).sum()) / 2 + settings.number("scatter_belief") ** -2
    return float(1 / np.sqrt(information))


def _ratios(share: _Share, known: Flags) -> Floats:
    """Log likelihood ratio of each hypothesis to no further error at each point (points, hypotheses)."""
    score, length, own = _times(share.residual, share.shifts), share.squares, known[share.places]
    found = np.empty_like(score)
    found[:, own] = score[:, own] - length[:, own] / 2
    score, length = score[:, ~own], length[:, ~own]
    found[:, ~own] = _free(score, length)
    return found


def _free(score: Floats, length: Floats) -> Floats:
    """Log evidence of a hypothesis of free size from its score r'v and its squared length v'v."""
    return np.asarray(score**2 / (2 * (1 + length)) - np.log1p(length) / 2)


def _times(rows: Floats, matrices: Floats) -> Floats:
    """A row times a matrix at each point (points, columns)."""
    return np.asarray((rows[:, None, :] @ matrices)[:, 0, :])


def _without(share: _Share, best: int, *, known: bool) -> _Share:
    column = np.flatnonzero(share.places == best)
    if not column.size:
        return share
    v = share.shifts[:, :, column[0]]
    score, length = (v * share.residual).sum(axis=1), (v**2).sum(axis=1)
    if known:
        return replace(share, weight=share.weight + score - length / 2, residual=share.residual - v)
    weight = share.weight + _free(score, length)
    part = v / np.maximum(length, SMALLEST_SQUARE)[:, None]
    shifts = share.shifts - part[:, :, None] * _times(v, share.shifts)[:, None, :]
    residual = share.residual - part * score[:, None]
    return replace(share, weight=weight, residual=residual, shifts=shifts, squares=(shifts**2).sum(axis=1))


def _size(share: _Share, column: int) -> tuple[float, float]:
    """Mean and standard deviation of the size over the scatter that the hypothesis makes likely."""
    v = share.shifts[:, :, column]
    score, length = (v * share.residual).sum(axis=1), (v**2).sum(axis=1)
    weight = share.weight + _free(score, length)
    chance = np.exp(weight - logsumexp(weight))
    sizes = score / (1 + length)
    mean = float(chance @ sizes)
    return mean, float(np.sqrt(chance @ ((sizes - mean) ** 2 + 1 / (1 + length))))


def _likeness(v: Floats, w: Floats, *, both: bool) -> float:
    sizes = float(v @ v), float(w @ w)
    if min(sizes) <= NOTHING:
        return 0.0
    return 1 - float(((v - w) ** 2).sum()) / max(sizes) if both else abs(float(v @ w)) / sqrt(sizes[0] * sizes[1])
