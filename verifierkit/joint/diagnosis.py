"""Which errors explain the residuals: hypotheses weighed by likelihood and by how often they occur, one after another.

A hypothesis of known shift v has, beside no error, the log evidence r'v - v'v / 2; one of free size with standard
deviation s and shape u = v / s has (r'v)^2 / (2 (1 + v'v)) - log(1 + v'v) / 2 (residuals r ~ N(0, 1) each; O'Hagan &
Forster 1994, ch. 9). The determinant pays for the free size, the prior of a kind is shared by its places and months.
The sum over all hypotheses is the test: on average 1 where nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from verifierkit.joint.constants import NOTHING
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.hypotheses import Hypothesis, kinds
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import Floats, Integers, Sparse


@dataclass(frozen=True)
class Explanation:
    """One explanation of an error, with what cannot be told from it.

    Attributes
    ----------
    hypothesis : what would have happened.
    probability : that this (or a member of ``alike``) is what happened, given that something did.
    size : estimated size [share of the shift at size 1], its standard deviation in ``size_sd``; 1 for a known shift.
    alike : hypotheses that leave the same residuals within the limit of the pack.
    """

    hypothesis: Hypothesis
    probability: float
    size: float
    size_sd: float
    alike: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True)
class Error:
    """One error that the residuals speak of: explanations, most probable first, and the log odds against no error."""

    explanations: tuple[Explanation, ...]
    log_odds: float


@dataclass(frozen=True)
class Diagnosis:
    """What the residuals speak of.

    Attributes
    ----------
    evidence : log of the summed evidence of all hypotheses beside no error: the test statistic.
    limit : its critical value.
    errors : in the order in which they were taken, strongest first.
    """

    evidence: float
    limit: float
    errors: tuple[Error, ...]

    @property
    def flagged(self) -> bool:
        """Whether the test speaks of an error."""
        return self.evidence > self.limit


@dataclass
class _State:
    """Hypotheses as shifts of the residuals, and the residuals while errors are taken out of them."""

    hypotheses: Sequence[Hypothesis]
    shifts: Floats
    residual: Floats
    known: Integers
    prior: Floats


def diagnose(joint: JointFit, hypotheses: Sequence[Hypothesis], shifts: Sparse, settings: Settings) -> Diagnosis:
    """Test for errors, and explain them one after another until the evidence of another one is below the limit.

    ``shifts``: of the measurements by hypotheses, as :func:`~verifierkit.joint.hypotheses.shift_matrix` gives them.
    """
    limit = settings.number("evidence_limit")
    state = _begin(joint, hypotheses, shifts)
    if state is None:
        return Diagnosis(0.0, limit, ())
    errors: list[Error] = []
    first = 0.0
    while len(errors) < int(settings.number("most_errors")):
        evidence = _evidence(state)
        total = float(logsumexp(evidence))
        first = first if errors else total
        if total <= limit:
            break
        best = int(np.argmax(evidence))
        errors.append(Error(_explanations(state, evidence, settings), total))
        _take(state, best)
    return Diagnosis(first, limit, tuple(errors))


def _begin(joint: JointFit, hypotheses: Sequence[Hypothesis], matrix: Sparse) -> _State | None:
    if not joint.reconciled or not hypotheses:
        return None
    shifts = joint.residuals.shift(matrix)
    seen = np.flatnonzero((shifts**2).sum(axis=0) > NOTHING)
    if not seen.size:
        return None
    kept = [hypotheses[int(k)] for k in seen]
    known = np.array([h.size == 0 for h in kept])
    return _State(kept, np.asarray(shifts[:, seen]), joint.residuals.values.copy(), known, log_priors(kept))


def log_priors(hypotheses: Sequence[Hypothesis]) -> Floats:
    """Log prior of each hypothesis: the weight of its kind shared by all of the kind; all sum to one."""
    count: dict[str, int] = {}
    for hypothesis in hypotheses:
        count[hypothesis.kind] = count.get(hypothesis.kind, 0) + 1
    total = sum(kinds()[kind].weight for kind in count)
    return np.asarray(np.log([kinds()[h.kind].weight / count[h.kind] / total for h in hypotheses]))


def _evidence(state: _State) -> Floats:
    """Log evidence of each hypothesis beside no further error, with its prior."""
    score = state.shifts.T @ state.residual
    length = (state.shifts**2).sum(axis=0)
    free = score**2 / (2 * (1 + length)) - np.log1p(length) / 2
    return np.asarray(np.where(state.known, score - length / 2, free) + state.prior)


def _take(state: _State, best: int) -> None:
    """Take an error out: a known shift is subtracted, a free one is set free within its prior."""
    v = state.shifts[:, best].copy()
    if state.known[best]:
        state.residual = state.residual - v
        return
    length = float(v @ v)
    share = (1 - 1 / np.sqrt(1 + length)) / length
    state.residual = state.residual - share * v * float(v @ state.residual)
    state.shifts = state.shifts - share * np.outer(v, v @ state.shifts)


def _explanations(state: _State, evidence: Floats, settings: Settings) -> tuple[Explanation, ...]:
    """The most probable hypotheses, those that leave the same residuals joined."""
    chance = np.exp(evidence - logsumexp(evidence))
    order = np.argsort(-chance, kind="stable")
    order = order[chance[order] > settings.number("least_probability")]
    alike_at = settings.number("alike")
    classes: list[list[int]] = []
    for k in order:
        home = next((own for own in classes if _cosine(state, own[0], int(k)) > alike_at), None)
        if home is None:
            classes.append([int(k)])
        else:
            home.append(int(k))
    found = [_explanation(state, own, chance) for own in classes]
    found.sort(key=lambda explanation: -explanation.probability)
    return tuple(found[: int(settings.number("most_explanations"))])


def _cosine(state: _State, one: int, other: int) -> float:
    """How much of the change that one hypothesis makes the other makes too; sizes count where both are known."""
    v, w = state.shifts[:, one], state.shifts[:, other]
    if state.known[one] and state.known[other]:
        return 1 - float(((v - w) ** 2).sum()) / max(float(v @ v), float(w @ w))
    return abs(float(v @ w)) / float(np.sqrt((v @ v) * (w @ w)))


def _explanation(state: _State, own: Sequence[int], chance: Floats) -> Explanation:
    best = own[0]
    hypothesis = state.hypotheses[best]
    size, sd = 1.0, 0.0
    if hypothesis.size:
        v = state.shifts[:, best]
        length = float(v @ v)
        size = hypothesis.size * float(v @ state.residual) / (1 + length)
        sd = hypothesis.size / float(np.sqrt(1 + length))
    members = tuple(state.hypotheses[k] for k in own[1:])
    return Explanation(hypothesis, float(sum(chance[k] for k in own)), size, sd, members)
