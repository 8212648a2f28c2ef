"""Which errors explain the residuals: hypotheses weighed by likelihood and by how often they occur, one after another.

The determinant in the evidence of :mod:`verifierkit.joint.evidence` pays for a free size, and the prior of a kind is shared
by its places and months. The sum over all hypotheses is the test: on average 1 where nothing is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from verifierkit.joint.evidence import Evidence
from verifierkit.joint.hypotheses import Hypothesis, kinds
from verifierkit.joint.scatter import Flags
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import Floats


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
    limit : above it an error is a finding.
    attention : above it an error is worth a question; the test at the level of the whole error budget.
    errors : in the order in which they were taken.
    """

    evidence: float
    limit: float
    attention: float
    errors: tuple[Error, ...]

    @property
    def flagged(self) -> bool:
        """Whether the test speaks of an error that is worth a question."""
        return bool(self.errors)

    @property
    def findings(self) -> tuple[Error, ...]:
        """Errors up to the last one that is strong enough by itself: an error may hide behind another one."""
        strong = [place for place, error in enumerate(self.errors) if error.log_odds > self.limit]
        return self.errors[: strong[-1] + 1] if strong else ()


def diagnose(evidence: Evidence, hypotheses: Sequence[Hypothesis], settings: Settings) -> Diagnosis:
    """Test for errors, and explain them one after another until the evidence of another one is below the lower limit."""
    limit, lower = settings.number("evidence_limit"), settings.number("attention_limit")
    seen = evidence.seen()
    if not seen.any():
        return Diagnosis(0.0, limit, lower, ())
    prior = log_priors(hypotheses, seen)
    errors: list[Error] = []
    first = 0.0
    while len(errors) < int(settings.number("most_errors")):
        each = evidence.of_each() + prior
        total = float(logsumexp(each))
        first = first if errors else total
        if total <= lower:
            break
        errors.append(Error(_explanations(evidence, hypotheses, each, settings), total))
        evidence = evidence.without(int(np.argmax(each)))
    return Diagnosis(first, limit, lower, tuple(errors))


def log_priors(hypotheses: Sequence[Hypothesis], seen: Flags) -> Floats:
    """Log prior of each hypothesis: the weight of its kind shared by all of the kind that are seen; all sum to one.

    It is minus infinity for one that changes no residual.
    """
    count = Counter(h.kind for h, own in zip(hypotheses, seen, strict=True) if own)
    total = sum(kinds()[kind].weight for kind in count)
    found = np.full(len(hypotheses), -np.inf)
    places = np.flatnonzero(seen)
    found[places] = np.log([kinds()[(kind := hypotheses[int(k)].kind)].weight / count[kind] / total for k in places])
    return found


def _explanations(
    evidence: Evidence, hypotheses: Sequence[Hypothesis], each: Floats, settings: Settings
) -> tuple[Explanation, ...]:
    """The most probable hypotheses, those that leave the same residuals joined."""
    chance = np.exp(each - logsumexp(each))
    order = np.argsort(-chance, kind="stable")
    order = order[chance[order] > settings.number("least_probability")]
    alike_at = settings.number("alike")
    classes: list[list[int]] = []
    for k in order:
        home = next((own for own in classes if evidence.likeness(own[0], int(k)) > alike_at), None)
        if home is None:
            classes.append([int(k)])
        else:
            home.append(int(k))
    found = [_explanation(evidence, hypotheses, own, chance) for own in classes]
    found.sort(key=lambda explanation: -explanation.probability)
    return tuple(found[: int(settings.number("most_explanations"))])


def _explanation(
    evidence: Evidence, hypotheses: Sequence[Hypothesis], own: Sequence[int], chance: Floats
) -> Explanation:
    hypothesis = hypotheses[own[0]]
    size, sd = 1.0, 0.0
    if hypothesis.size:
        size, sd = (hypothesis.size * part for part in evidence.size(own[0]))
    members = tuple(hypotheses[k] for k in own[1:])
    return Explanation(hypothesis, float(sum(chance[k] for k in own)), size, sd, members)
