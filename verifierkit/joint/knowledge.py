"""What can be known: state of each source and stream, smallest errors found, and the one meter that would help most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from verifierkit.joint.constants import MOST_FREEDOM, SMALLEST_SQUARE, UNSEEN
from verifierkit.joint.diagnosis import log_priors
from verifierkit.joint.evidence import Evidence
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.hypotheses import Hypothesis
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.constants import DETECTION_PROBABILITY
from verifierkit.reconcile.fit import Fit, Outcome, State, fit
from verifierkit.reconcile.network import Floats, csr
from verifierkit.reconcile.observability import extra_meters

FOUND = float(norm.ppf(DETECTION_PROBABILITY))
ORDER = (State.UNDETERMINED, State.OBSERVABLE, State.JUST_DETERMINED, State.REDUNDANT)


@dataclass(frozen=True)
class SourceKnowledge:
    """What is known of one source.

    Attributes
    ----------
    checked : whether anything contradicts it if it is wrong.
    month_error : smallest error of one month that the test finds with probability 0.95, median of the months [unit].
    bias : smallest constant bias over the year found with that probability [share of the value].
    alike : other sources whose constant bias cannot be told from its own.
    year : sum of its values [unit].
    """

    stream: str
    source: str
    unit: str
    checked: bool
    month_error: float
    bias: float
    alike: tuple[tuple[str, str], ...]
    year: float


@dataclass(frozen=True)
class StreamKnowledge:
    """State of a stream: the weakest of its atoms, and the streams of which one more meter would determine it."""

    stream: str
    state: State
    helpers: tuple[str, ...]


def of_sources(
    joint: JointFit, evidence: Evidence, hypotheses: Sequence[Hypothesis], settings: Settings
) -> list[SourceKnowledge]:
    """What is known of each source, in the order of the map."""
    network = joint.network
    needed = smallest_factor(evidence, hypotheses, settings)
    biases = {(h.subject, h.source): k for k, h in enumerate(hypotheses) if h.kind == "bias"}
    singles: dict[tuple[str, str], list[int]] = {}
    for k, h in enumerate(hypotheses):
        if h.kind in ("month", "pasted"):
            singles.setdefault((h.subject, h.source), []).append(k)
    found = []
    for (stream, source), place in biases.items():
        months = singles.get((stream, source), [])
        checked = bool(joint.reconciled and np.isfinite(needed[place]))
        sizes = [abs(hypotheses[k].shift[0][1]) * hypotheses[k].size * needed[k] for k in months]
        values = [entry.value for entry in network.entries if (entry.subject, entry.source) == (stream, source)]
        found.append(
            SourceKnowledge(
                stream,
                source,
                network.units.get(stream, ""),
                checked,
                float(np.median(sizes)) if sizes and checked else float("inf"),
                float(hypotheses[place].size * needed[place]) if checked else float("inf"),
                tuple(
                    key
                    for key, other in biases.items()
                    if other != place and evidence.likeness(place, other) > settings.number("alike")
                ),
                float(sum(values)),
            )
        )
    return found


def smallest_factor(evidence: Evidence, hypotheses: Sequence[Hypothesis], settings: Settings) -> Floats:
    """Smallest size found with probability 0.95, as a multiple of each hypothesis' own size; infinite where unseen.

    Notes
    -----
    A hypothesis of free size passes by itself where its evidence and log prior exceed the limit. With f degrees of freedom
    and z the studentised score the evidence is -log(1 + L^2) / 2 + (f + 1) / 2 log((1 + x) / (1 + x / (1 + L^2))) with
    x = z^2 / f, from which the least z follows; with ever more degrees it is the z of a known scatter. The studentised
    score of an error of z0 standard deviations has about the standard deviation sqrt(1 + z^2 / (2 f)) (Johnson & Welch
    1940, Biometrika 31, 362). The other tail is left out: beyond a limit of 2 it adds less than 1e-4 to the probability.
    """
    lengths, freedom = evidence.lengths()
    prior = log_priors(hypotheses, evidence.seen())
    square, freedom = np.maximum(lengths**2, SMALLEST_SQUARE), np.minimum(freedom, MOST_FREEDOM)
    least = np.maximum(settings.number("attention_limit") - prior + np.log1p(square) / 2, 0.0)
    z = np.sqrt(_least_square(least, square, freedom))
    seen = (lengths > UNSEEN) & np.isfinite(z) & ~evidence.known
    sure = z + FOUND * np.sqrt(1 + z**2 / (2 * freedom))
    return np.where(seen, sure / np.where(seen, lengths, 1.0), np.inf)


def _least_square(least: Floats, square: Floats, freedom: Floats) -> Floats:
    """Least squared studentised score whose evidence reaches ``least``; infinite where the scatter is too little known."""
    grown = np.expm1(2 * least / (freedom + 1))
    room = 1 - (1 + grown) / (1 + square)
    return np.where(room > 0, freedom * grown / np.where(room > 0, room, 1.0), np.inf)


def of_streams(joint: JointFit) -> list[StreamKnowledge]:
    """State of each stream of the network, the weakest of its atoms within the year.

    That a remainder nobody measures keeps its share is an assumption: it makes nothing redundant and stays out here.
    """
    network, result = joint.network, _without_remainders(joint)
    names = {place: stream for (stream, _), place in network.spots.items()}
    found = []
    for stream, atoms in network.atoms.items():
        places = [network.spots[stream, start] for start, _ in atoms]
        weakest = min(places, key=lambda place: ORDER.index(_state(result.state[place])))
        helpers = extra_meters(result, weakest) if result.state[weakest] is State.UNDETERMINED else ()
        others = tuple(dict.fromkeys(names[k] for k in helpers if k in names))
        found.append(StreamKnowledge(stream, _state(result.state[weakest]), others))
    return found


def _without_remainders(joint: JointFit) -> Fit:
    kept = np.array([entry.kind not in ("remainder", "share") for entry in joint.network.entries], dtype=bool)
    if kept.all() or joint.fit.outcome is Outcome.NOT_RECONCILED:
        return joint.fit
    whole, rows = joint.fit.problem, np.flatnonzero(kept)
    names = tuple(whole.measurement_names[row] for row in rows) if whole.measurement_names else ()
    return fit(
        replace(
            whole,
            observe=csr(whole.observe[rows]),
            measured=whole.measured[rows],
            variance=whole.variance[rows],
            loading=csr(whole.loading[rows]),
            measurement_names=names,
        )
    )


def _state(state: State) -> State:
    return State.JUST_DETERMINED if state is State.NOT_RECONCILED else state
