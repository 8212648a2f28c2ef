"""One-way flows that come out below zero: nothing bounds an estimate, so such a flow says that something is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from verifierkit.flowmap import FlowMap
from verifierkit.joint.facilities import over_months
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.settings import Settings


@dataclass(frozen=True)
class NegativeFlow:
    """A flow of a month that is reconciled below zero by more than its uncertainty allows.

    Attributes
    ----------
    value, sd : reconciled value and its standard uncertainty [unit].
    limit : value above which it could be zero and random errors [unit], negative.
    """

    stream: str
    month: str
    value: float
    sd: float
    limit: float
    unit: str


def negative_flows(flow: FlowMap, joint: JointFit, settings: Settings) -> list[NegativeFlow]:
    """Months in which a stream flows against its direction.

    Every stream of a map is directed. One-sided normal test at the level of the rule, shared by all stream-months
    (Šidák 1967); streams in which an error was named are looked at too, the caller decides.
    """
    network, result = joint.network, joint.fit
    if not joint.reconciled:
        return []
    count = len(network.atoms) * len(flow.months)
    critical = float(norm.isf(-np.expm1(np.log1p(-settings.level) / count)))
    found = []
    for stream, atoms in network.atoms.items():
        values = result.values[[network.spots[stream, start] for start, _ in atoms]]
        if not (values < 0).any():
            continue
        for month in flow.months:
            value, sd = over_months(joint, stream, [month])
            if value is not None and sd is not None and value < -critical * sd < 0:
                found.append(NegativeFlow(stream, month, value, sd, -critical * sd, network.units[stream]))
    return found
