"""Uncertainty of a comparison: any signed sum of what sources say, by the parts and the scatter of the joint fit.

A comparison is a contrast c of measurements y = H x + L e + z; its variance is c'(V + L L')c. The parts are those that the
fit gives a measurement, so they also serve what is no measurement of the fit: a factor of a laboratory, a month of a ledger.

Two things are read wider than in the fit, since a comparison accuses by itself: instruments have their class limit in
full, and the scatter of the year counts where it is larger than the pack states, up to what its prior bears.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt

from verifierkit.columns import select
from verifierkit.flowmap import FlowMap
from verifierkit.joint.draft import Level
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.nodes import loss_part
from verifierkit.joint.relations import ratio_parts
from verifierkit.joint.scatter import CONSTANT, FAMILIES
from verifierkit.joint.settings import Settings
from verifierkit.joint.sources import Period, parts, witness_of
from verifierkit.reconcile.network import Part


@dataclass(frozen=True)
class Term:
    """One amount of a contrast.

    Attributes
    ----------
    weight : with which it enters, -1 where it is taken away.
    parts : its uncertainty, by cause [unit of the amount].
    scale : factor on the parts that do not hold for many months.
    """

    weight: float
    parts: tuple[Part, ...]
    scale: float = 1.0


def standard_uncertainty(terms: Iterable[Term]) -> float:
    """Standard uncertainty of a weighted sum [unit of the amounts]: what terms share is added before it is squared."""
    shared: dict[tuple[str, str], float] = defaultdict(float)
    variance = 0.0
    for term in terms:
        for part in term.parts:
            sd = term.weight * part.sd * (1.0 if part.kind in CONSTANT else term.scale)
            if part.kind == "period":
                variance += sd**2
            else:
                shared[part.kind, part.group] += part.sign * sd
    return sqrt(variance + sum(amount**2 for amount in shared.values()))


class Uncertainty:
    """Uncertainty of single amounts of a case, in the unit in which they are given.

    Parameters
    ----------
    flow, settings
        Map of the case, and numbers of the rule ``reconcile.joint``.
    joint
        The fit of the case: where the scatter of its year is larger than the pack states, that scatter counts.
    """

    def __init__(self, flow: FlowMap, settings: Settings, joint: JointFit | None = None) -> None:
        self.flow, self.settings = flow, settings
        self._in_full = settings.in_full()
        self._scales = _scales(joint, settings) if joint else {}

    def amounts(self, source_id: str, periods: Sequence[Period], weights: Sequence[float]) -> list[Term]:
        """What a source says of some periods."""
        witness = witness_of(self.flow, source_id, "", periods)
        scale = self._scales.get((self.flow.sources[source_id]["stream_id"], "flow"), 1.0)
        return [
            Term(weight, (*parts(self.flow, witness, period, self._in_full), *self._ratio(source_id, period)), scale)
            for period, weight in zip(periods, weights, strict=True)
        ]

    def level(self, node_id: str, level: Level, weight: float) -> Term:
        """A counted level of a store [t]."""
        return Term(weight, (Part("period", level.sd),), self._scales.get((node_id, "level"), 1.0))

    def loss(self, node_id: str, inflow: float) -> Term:
        """What a store loses of its inflow [unit of the inflow]."""
        return Term(1.0, (loss_part(self.settings, inflow),), self._scales.get((node_id, "level"), 1.0))

    def split(self, amount: float) -> Term:
        """A division by time; ``amount`` is what a rate that changes by all of itself at the cuts would move."""
        return Term(1.0, (Part("period", amount * self.settings.spread("profile")),))

    def _ratio(self, source_id: str, period: Period) -> Iterable[Part]:
        """The share of the ratio where the source is an input over a ratio."""
        for source in self.flow.lineage(source_id):
            if source["records"] == "feed_over_ratio":
                of_stream = select(self.flow.tables["relations"], kind="ratio", output_stream=source["stream_id"])
                yield from ratio_parts(self._in_full, next(of_stream, None), abs(period.value))


def _scales(joint: JointFit, settings: Settings) -> Mapping[tuple[str, str], float]:
    """Factor on the monthly parts by stream, node or relation and family of the scatter.

    At least 1: a record that agrees better than its instruments promise holds nobody to that. At most two standard
    deviations of the prior: what is further out is an error that passed for scatter.
    """
    most = exp(2 * settings.number("scatter_belief"))
    pairs = zip(joint.network.entries, joint.scale, strict=True)
    return {(entry.subject, FAMILIES[entry.kind]): min(max(float(scale), 1.0), most) for entry, scale in pairs}
