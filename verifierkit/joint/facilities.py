"""Facility figures when metering is incomplete: measured, by difference or not determined, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verifierkit.flowmap import FlowMap
from verifierkit.joint.fitting import JointFit
from verifierkit.periods import month_instants
from verifierkit.reconcile.constants import COVERAGE_FACTOR_95
from verifierkit.reconcile.fit import Outcome, combine

MEASURED, DIFFERENCE, UNDETERMINED = "measured", "difference", "undetermined"


@dataclass(frozen=True)
class FacilityFigure:
    """One stream of a facility over the months looked at.

    Attributes
    ----------
    basis : ``measured`` (a record of its own), ``difference`` (from the balance), ``undetermined``.
    measured : sum of its first record, None where no record covers all months [unit].
    reconciled, low, high : reconciled value and its 95 % interval, None where undetermined. It tests the measured
        value and never replaces it.
    """

    facility: str
    stream: str
    parameter: str
    unit: str
    basis: str
    measured: float | None
    reconciled: float | None
    low: float | None
    high: float | None


def facility_figures(flow: FlowMap, joint: JointFit) -> list[FacilityFigure]:
    """Figures of all streams of the network that belong to a facility, in the order of the map."""
    found = []
    for stream in joint.network.atoms:
        row = flow.streams[stream]
        if row["facility_id"]:
            found.append(_figure(flow, joint, stream))
    return found


def _figure(flow: FlowMap, joint: JointFit, stream: str) -> FacilityFigure:
    network, row = joint.network, flow.streams[stream]
    value, sd = over_months(joint, stream, flow.months)
    measured = _measured(joint, stream, flow.months)
    basis = MEASURED if network.witnesses[stream] else DIFFERENCE
    if value is None or sd is None:
        return FacilityFigure(
            row["facility_id"], stream, row["parameter"] or "", network.units[stream],
            basis if measured is not None else UNDETERMINED, measured, None, None, None,
        )  # fmt: skip
    half = COVERAGE_FACTOR_95 * sd
    return FacilityFigure(
        row["facility_id"], stream, row["parameter"] or "", network.units[stream], basis, measured, value,
        value - half, value + half,
    )  # fmt: skip


def over_months(joint: JointFit, stream: str, months: Sequence[str]) -> tuple[float | None, float | None]:
    """Reconciled sum of a stream over months and its standard uncertainty; None where the data do not determine it."""
    network = joint.network
    if joint.fit.outcome is Outcome.NOT_RECONCILED:
        return None, None
    weights = np.zeros(network.problem.unknowns)
    spans = [month_instants(month) for month in months]
    covered = 0.0
    for start, end in network.atoms[stream]:
        if any(first <= start and end <= last for first, last in spans):
            weights[network.spots[stream, start]] = 1.0
            covered += (end - start).total_seconds()
    if covered != sum((last - first).total_seconds() for first, last in spans):
        return None, None
    found = combine(joint.fit, weights)
    return (found.value, found.sd) if found.determined else (None, None)


def _measured(joint: JointFit, stream: str, months: Sequence[str]) -> float | None:
    spans = [month_instants(month) for month in months]
    for witness in joint.network.witnesses[stream]:
        own = [e for e in joint.network.entries if e.source == witness.source and e.subject == stream]
        inside = [e for e in own if any(first <= e.start and e.end <= last for first, last in spans)]
        seconds = sum((entry.end - entry.start).total_seconds() for entry in inside)
        if inside and seconds == sum((last - first).total_seconds() for first, last in spans):
            return float(sum(entry.value for entry in inside))
    return None
