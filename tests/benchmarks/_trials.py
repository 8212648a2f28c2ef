"""One plant of the detection benchmark: the clean year, and the year with one error in each size bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from _oracle import Oracle
from _plants import Analysed, Plant, plant, settings, with_error
from _prior import Planted, Prior
from scipy.optimize import brentq
from scipy.stats import norm

from verifierkit.joint.constants import MOST_FREEDOM
from verifierkit.joint.diagnosis import log_priors
from verifierkit.joint.evidence import evidence_of
from verifierkit.joint.hypotheses import Hypothesis, kinds
from verifierkit.reconcile import identify
from verifierkit.reconcile.constants import DETECTION_PROBABILITY
from verifierkit.reconcile.fit import Fit
from verifierkit.simulate.noise import random_stream

BINS = ((0.5, 0.75), (0.75, 1.0), (1.0, 1.5), (1.5, 2.0), (2.0, np.inf))  # in detection limits
CANDIDATES = 600  # errors drawn from the prior per plant; of these the first in each bin
PAIRWISE = 0.10  # hypotheses whose best pairwise error exceeds this are one class
ANY_LEVEL = 1 - 1e-9  # of a test of which only the statistic is wanted
LONGEST = 1e4  # standard deviations; an error that is not found at this length is never found
BOUND = 3.0  # upper bound of MIMT, in values of the clean plant
FEW = 2  # places of a kind that exists only where the records show it (a pasted month)
Scales = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Statistics:
    """What each test says about one year."""

    ours: float
    limit: float
    thumb: float
    imt: float
    mimt: float


@dataclass(frozen=True)
class Said:
    """One printed explanation: its probability, and whether it names the source and the class of the planted error."""

    probability: float
    source: bool
    kind: bool


@dataclass(frozen=True)
class Trial:
    """One year with an error: where, how large in detection limits, what the tests and the diagnosis say."""

    sector: str
    seed: int
    kind: str
    about: str
    multiple: float
    tests: Statistics
    said: tuple[Said, ...]
    named: str


@dataclass(frozen=True)
class Year:
    """One plant: the clean year and its trials."""

    sector: str
    seed: int
    clean: Statistics
    plain: float
    trials: tuple[Trial, ...]
    seconds: float


def year(sector: str, seed: int, scales: Scales, bins: Sequence[int], share: float | None = None) -> Year:
    """The clean year of a plant, and one error in each of ``bins``."""
    limits = settings()
    base = plant(sector, seed, limits, share)
    prior = Prior(base)
    oracle = Oracle(base, prior, scales[sector])
    clean = _statistics(base, base.clean, oracle.evidence())
    rng = random_stream(seed, f"detection {sector}")
    drawn = prior.draw(rng, CANDIDATES) if len(bins) else []
    multiples = multiples_of(base, drawn, limits.number("attention_limit")) if drawn else np.zeros(0)
    trials = []
    for number in bins:
        low, high = BINS[number]
        fitting = np.flatnonzero((multiples >= low) & (multiples < high))
        if fitting.size:
            chosen = int(fitting[0])
            trials.append(_trial(base, oracle, drawn[chosen], float(multiples[chosen])))
    return Year(sector, seed, clean, oracle.plain, tuple(trials), base.seconds)


def _statistics(base: Plant, found: Analysed, limit: float) -> Statistics:
    result = found.joint.fit
    clean = np.array([entry.value for entry in base.network.entries])
    flow = np.array([entry.kind == "flow" for entry in base.network.entries])
    low, high = np.where(flow, 0.0, -np.inf), np.where(flow, BOUND * np.abs(clean), np.inf)
    options = {"level": ANY_LEVEL, "correction": "none", "most": 1}
    imt = identify.serial_elimination(result, **options).statistic
    mimt = identify.mimt(result, lower=low, upper=high, **options).statistic
    return Statistics(
        found.diagnosis.evidence, limit, largest_share(result), float(max(imt, default=0)), float(max(mimt, default=0))
    )


def largest_share(result: Fit) -> float:
    """Largest difference that a balance leaves, as a share of the largest amount in it."""
    balance = np.abs(np.asarray(result.system.balance.todense())) * np.abs(result.problem.measured)
    amount = balance.max(axis=1)
    used = amount > 0
    return float((np.abs(result.system.discrepancy[used]) / amount[used]).max(initial=0.0))


def multiples_of(base: Plant, drawn: Sequence[Planted], limit: float) -> np.ndarray:
    """Sizes of errors in detection limits: length of the shift of the residuals over the length found with 0.95.

    The limit is that of the hypothesis of the error's own kind at the test level in force, as
    :func:`verifierkit.joint.knowledge.smallest_factor` has it for a free size; a known shift passes by itself where its
    log evidence and log prior exceed the limit.
    """
    joint, clean = base.clean.joint, base.clean
    own = dict(
        zip((h.kind for h in clean.hypotheses), log_priors(clean.hypotheses, clean.evidence.seen()), strict=True)
    )
    total = sum(kinds()[kind].weight for kind in own)
    rows = [k for planted in drawn for k in planted.shift]
    columns = [column for column, planted in enumerate(drawn) for _ in planted.shift]
    amounts = [amount for planted in drawn for amount in planted.shift.values()]
    matrix = sp.csc_array((amounts, (rows, columns)), shape=(len(base.network.entries), len(drawn)))
    planted_as = evidence_of(joint.groups, joint.scales, matrix, np.ones(len(drawn), dtype=bool), settings())
    found = np.zeros(len(drawn))
    for column, (planted, length, freedom) in enumerate(zip(drawn, *planted_as.lengths(), strict=True)):
        kind = kinds()[planted.shape.kind]
        prior = own.get(planted.shape.kind, -np.inf)
        bar = limit - (prior if np.isfinite(prior) else np.log(kind.weight / FEW / total))
        usual = 0.0 if kind.fixed else length * _usual_share(base, planted, kind.size)
        found[column] = length / _found_with_95(max(bar, 0.0), usual, min(freedom, MOST_FREEDOM))
    return found


def _found_with_95(bar: float, usual: float, freedom: float) -> float:
    """Length of a shift whose log evidence exceeds ``bar`` with probability 0.95; ``usual`` is 0 for a known shift."""
    z95 = float(norm.ppf(DETECTION_PROBABILITY))
    square = usual**2

    def missing(length: float) -> float:
        least = length - z95 * np.sqrt(1 + length**2 / (2 * freedom))
        left = least**2 / (1 + square) if usual else (least - length) ** 2
        gain = (freedom + 1) / 2 * (np.log1p(least**2 / freedom) - np.log1p(left / freedom))
        return float(bar + np.log1p(square) / 2 - (gain if least > 0 else 0.0))

    return float(brentq(missing, 0.0, LONGEST)) if missing(LONGEST) < 0 else np.inf


def _usual_share(base: Plant, planted: Planted, size: float) -> float:
    """Usual size of the kind beside the planted one."""
    amount = max(abs(change) for change in planted.shift.values())
    values = [abs(base.network.entries[k].value) for k in planted.shift]
    whole = max(values) or amount / abs(planted.size)
    return size * whole / amount


def _trial(base: Plant, oracle: Oracle, planted: Planted, multiple: float) -> Trial:
    limits = settings()
    found = with_error(base, planted.shift, dict(planted.shape.readings), limits)
    tests = _statistics(base, found, oracle.evidence(planted.shift))
    shape = planted.shape
    about = f"{shape.subject} {shape.source} {shape.partner} {shape.months[0]}+{len(shape.months)} {planted.size:.4g}"
    said, named = judged(base, found, planted) if found.diagnosis.errors else ((), "")
    return Trial(base.sector, base.seed, shape.kind, about, multiple, tests, said, named)


def judged(base: Plant, found: Analysed, planted: Planted) -> tuple[tuple[Said, ...], str]:
    """The explanations of the strongest error, each with whether it names the planted one's source and class."""
    member = in_class(base, found, planted)
    shape = planted.shape
    sources = {(shape.subject, shape.source)} | {
        (h.subject, h.source) for h, inside in zip(found.hypotheses, member, strict=True) if inside
    }
    place = {id(h): k for k, h in enumerate(found.hypotheses)}
    said = []
    for explanation in found.diagnosis.errors[0].explanations:
        own = (explanation.hypothesis, *explanation.alike)
        source = any((h.subject, h.source) in sources for h in own)
        said.append(Said(explanation.probability, source, any(member[place[id(h)]] for h in own)))
    head = found.diagnosis.errors[0].explanations[0].hypothesis
    named = f"{head.kind} {head.subject} {head.source} {head.partner} {head.months[0]}+{len(head.months)}"
    return tuple(said), named


def in_class(base: Plant, found: Analysed, planted: Planted) -> np.ndarray:
    """Hypotheses that the best test confuses with the planted error more often than the limit, whatever the noise.

    Two shifts at distance D of unit-variance residuals are confused by the best test in Phi(-D / 2) of the cases; a
    hypothesis of free size stands at its nearest size. The hypothesis that describes the error in words is always in.
    """
    residuals = base.clean.joint.residuals
    shift = np.zeros(len(base.network.entries))
    shift[list(planted.shift)] = list(planted.shift.values())
    own = residuals.shift(shift)
    others = residuals.shift(found.shifts)
    square = (others**2).sum(axis=0)
    score = own @ others
    free = np.array([h.size > 0 for h in found.hypotheses])
    nearest = np.where(free, own @ own - score**2 / np.maximum(square, 1e-300), own @ own - 2 * score + square)
    limit = (2 * norm.isf(PAIRWISE)) ** 2
    return np.asarray((nearest < limit) | np.array([_same(h, planted) for h in found.hypotheses]))


def _same(h: Hypothesis, planted: Planted) -> bool:
    shape = planted.shape
    if h.kind != shape.kind or (h.months != shape.months and h.kind != "ramp"):
        return False
    if {h.subject, h.partner} == {shape.subject, shape.partner} and h.kind == "other_line":
        return True
    known = h.kind not in ("multiplier", "transposed") or dict(h.shift).keys() == dict(shape.shift).keys()
    return known and (h.subject, h.source) == (shape.subject, shape.source)
