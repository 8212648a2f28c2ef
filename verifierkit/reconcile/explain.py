"""Combinatorial identification: sets of errors compared by how well they explain the residuals and by their number.

With hypotheses C of prior sizes ``e ~ N(0, size^2)`` the residuals have the evidence, relative to no error at all::

    log B(C) = s_C' P s_C / 2 - log det(I + T W_CC) / 2      P = inv(W_CC + inv(T))   T = diag(size^2)

with ``W = M' Z M`` and ``s = M' Z d`` (linear Gaussian model, O'Hagan & Forster 1994, ch. 9; compare Tamhane, Jordache & Mah
1988, Chemom. Intell. Lab. Syst. 4, 33). The number of errors has a prior of its own, shared evenly by the sets of that
number, which pays for the multiplicity of sets (Scott & Berger 2010, Ann. Statist. 38, 2587)::

    P(0) = clean      P(k) ~ more^(k - 1), k > 0      P(C) = P(k) / number of sets of k

The determinant keeps small errors out. Sets are searched breadth first with a beam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln
from scipy.stats import chi2

from verifierkit.reconcile.constants import (
    ACCEPT_PROBABILITY,
    BEAM_WIDTH,
    CLEAN_CHANCE,
    DEFAULT_LEVEL,
    MAX_SUSPECTS,
    MORE_ERRORS,
    NEGLIGIBLE_LOG,
    UNTESTABLE,
)
from verifierkit.reconcile.fit import Fit, require_reconciled
from verifierkit.reconcile.gross import Hypotheses, biases, information_of
from verifierkit.reconcile.identify import Gram, Identification, identification
from verifierkit.reconcile.network import Floats, Integers, ReconcileError
from verifierkit.reconcile.observability import equivalent

Members = tuple[int, ...]


@dataclass(frozen=True)
class Explanations:
    """Sets of errors with their probabilities.

    Attributes
    ----------
    sets : sets of hypotheses, most probable first; the empty set is "no error".
    probability : of each set among all sets considered.
    marginal : per hypothesis, the probability that it is in the true set.
    classes : hypotheses that no test can tell apart.
    class_probability : per class, the probability that a member is in the true set.
    found : the most probable member of each accepted class, most probable first.
    """

    hypotheses: Hypotheses
    sets: tuple[Members, ...]
    probability: Floats
    marginal: Floats
    classes: tuple[Integers, ...]
    class_probability: Floats
    found: Integers


@dataclass(frozen=True)
class _Search:
    """What the beam looks at: scores, their Gram matrix, prior precisions, log prior weights and the width."""

    gram: Gram
    score: Floats
    info: Floats
    precision: Floats
    weight: Floats
    width: int


def explain(
    result: Fit,
    hypotheses: Hypotheses | None = None,
    *,
    size: npt.ArrayLike,
    weight: npt.ArrayLike = 1.0,
    clean: float = CLEAN_CHANCE,
    more: float = MORE_ERRORS,
    accept: float = ACCEPT_PROBABILITY,
    width: int = BEAM_WIDTH,
    most: int = MAX_SUSPECTS,
) -> Explanations:
    """Most probable sets of errors.

    ``size`` : prior standard deviation of each error [unit of the hypothesis]: what a gross error there would amount to.
    ``weight`` : how probable each error is beside the others, before seeing the data (only ratios count).
    ``clean`` : prior probability of no error; ``more`` : how much less probable each further error is.
    ``accept`` : an error is named when its class is more probable than this.
    """
    require_reconciled(result)
    h = hypotheses or biases(result)
    prior = np.broadcast_to(np.asarray(size, dtype=np.float64), (len(h.kind),))
    if not (prior > 0).all() or not np.isfinite(prior).all():
        raise ReconcileError("the prior size of an error is not a positive number. Give what an error would amount to.")
    share = np.broadcast_to(np.asarray(weight, dtype=np.float64), prior.shape)
    search = _prepared(result, h, 1 / prior**2, np.log(share / share.mean()), width)
    number = _number_prior(len(h.kind), most, clean, more)
    pool: dict[Members, float] = {(): float(number[0])}
    for k, layer in enumerate(_layers(search, most), start=1):
        pool.update({members: value + float(number[k]) for members, value in layer.items()})
        if max(layer.values()) + number[k] < max(pool.values()) - NEGLIGIBLE_LOG:
            break
    return _weighed(h, pool, accept)


def _number_prior(hypotheses: int, most: int, clean: float, more: float) -> Floats:
    """Logarithmic prior of one set of k errors, k = 0 to ``most``."""
    k = np.arange(min(most, hypotheses) + 1)
    share = more ** (k - 1.0)
    share[0] = 0.0
    probability = np.where(k > 0, (1 - clean) * share / max(share.sum(), np.finfo(np.float64).tiny), clean)
    sets = gammaln(hypotheses + 1) - gammaln(k + 1) - gammaln(hypotheses - k + 1)
    return np.asarray(np.log(probability) - sets)


def smallest_explanation(
    result: Fit,
    hypotheses: Hypotheses | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    width: int = BEAM_WIDTH,
    most: int = MAX_SUSPECTS,
) -> Identification | None:
    """Fewest errors, and among those the set with the least objective, with which the global test passes; or None."""
    require_reconciled(result)
    h = hypotheses or biases(result)
    search = _prepared(result, h, np.zeros(len(h.kind)), np.zeros(len(h.kind)), width)
    best: Members = ()
    gain = 0.0
    layers = _layers(search, min(most, result.dof - 1))
    while result.objective - 2 * gain > chi2.isf(level, result.dof - len(best)):
        layer = next(layers, None)
        if not layer:
            return None
        best, gain = max(layer.items(), key=lambda item: item[1])
    found = np.array(best, dtype=np.int64)
    single = np.abs(search.score[found]) / np.sqrt(search.info[found])
    return identification(result, h, found, single)


def _prepared(result: Fit, h: Hypotheses, precision: Floats, weight: Floats, width: int) -> _Search:
    score = h.signatures.T @ result.system.multipliers
    return _Search(Gram(result, h), score, information_of(result, h), precision, weight, width)


def _layers(search: _Search, most: int) -> Iterator[dict[Members, float]]:
    """Best sets of one error, of two, and so on, each with its logarithmic weight."""
    layer: list[tuple[Members, float]] = [((), 0.0)]
    for _ in range(most):
        found: dict[Members, float] = {}
        gains = _gains(search, np.array([members for members, _ in layer], dtype=np.int64))
        best = np.argsort(-gains, axis=1, kind="stable")[:, : search.width]
        for (members, weight), row, order in zip(layer, gains, best, strict=True):
            for j in order[np.isfinite(row[order])].tolist():
                found.setdefault(tuple(sorted((*members, j))), weight + float(row[j]))
        if not found:
            return
        yield found
        layer = sorted(found.items(), key=lambda item: (-item[1], item[0]))[: search.width]


def _gains(search: _Search, layer: Integers) -> Floats:
    """Change of the logarithmic weight of each set (row) by one more error, for every hypothesis."""
    sets, k = layer.shape
    w = np.broadcast_to(search.info + search.precision, (sets, len(search.info)))
    s = np.broadcast_to(search.score, w.shape)
    if k:
        rows = np.stack([[search.gram.row(j) for j in members] for members in layer.tolist()])
        inner = np.take_along_axis(rows, np.repeat(layer[:, None, :], k, axis=1), axis=2)
        inner = (inner + inner.transpose(0, 2, 1)) / 2 + search.precision[layer][:, :, None] * np.eye(k)
        weights = np.linalg.solve(inner, rows)
        w = w - np.einsum("nij,nij->nj", rows, weights)
        s = s - np.einsum("ni,nij->nj", search.score[layer], weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        volume = np.where(search.precision > 0, np.log(w / search.precision), 0.0)
        gains = (s**2 / w - volume) / 2 + search.weight
    gains[~(w > UNTESTABLE * (search.info + search.precision)) | (search.info <= 0)] = -np.inf
    np.put_along_axis(gains, layer, -np.inf, axis=1)
    return np.asarray(gains)


def _weighed(h: Hypotheses, pool: dict[Members, float], accept: float) -> Explanations:
    """Probabilities from logarithmic weights."""
    least = max(pool.values()) - NEGLIGIBLE_LOG
    kept = [members for members, weight in pool.items() if weight > least]
    sets = sorted(kept, key=lambda members: (-pool[members], len(members), members))
    weight = np.exp([pool[members] - pool[sets[0]] for members in sets])
    probability = weight / weight.sum()
    classes = equivalent(h.signatures)
    of = np.full(len(h.kind), -1, dtype=np.int64)
    for k, alike in enumerate(classes):
        of[alike] = k
    marginal, joint = np.zeros(len(h.kind)), np.zeros(len(classes))
    for members, p in zip(sets, probability.tolist(), strict=True):
        marginal[list(members)] += p
        joint[sorted({int(of[j]) for j in members})] += p
    accepted = [k for k in np.argsort(-joint, kind="stable").tolist() if joint[k] > accept]
    found = [int(classes[k][np.argmax(marginal[classes[k]])]) for k in accepted]
    return Explanations(h, tuple(sets), probability, marginal, classes, joint, np.array(found, dtype=np.int64))
