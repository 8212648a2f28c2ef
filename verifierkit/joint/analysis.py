"""The whole joint analysis of a case in one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verifierkit.flowmap import FlowMap
from verifierkit.joint.catalogue import Catalogue
from verifierkit.joint.diagnosis import Diagnosis, diagnose
from verifierkit.joint.evidence import evidence_of
from verifierkit.joint.facilities import FacilityFigure, facility_figures
from verifierkit.joint.fitting import JointFit, fit_network
from verifierkit.joint.hypotheses import Hypothesis, shift_matrix, stands_out
from verifierkit.joint.knowledge import SourceKnowledge, StreamKnowledge, of_sources, of_streams
from verifierkit.joint.negative import NegativeFlow, negative_flows
from verifierkit.joint.network import build_network
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import ReconcileError


@dataclass(frozen=True)
class Analysis:
    """Everything that the joint fit says about a case.

    Attributes
    ----------
    joint : the fit; None where no number may be computed, with the reason in ``refused``.
    negative : flows that are reconciled below zero by more than their uncertainty.
    """

    joint: JointFit | None
    hypotheses: tuple[Hypothesis, ...]
    diagnosis: Diagnosis | None
    sources: tuple[SourceKnowledge, ...]
    streams: tuple[StreamKnowledge, ...]
    figures: tuple[FacilityFigure, ...]
    refused: str = ""
    negative: tuple[NegativeFlow, ...] = ()


def analyse(flow: FlowMap, settings: Settings) -> Analysis:
    """Fit, test and diagnose a case; a problem from which no number may be computed says why instead."""
    try:
        return _analysed(flow, settings)
    except ReconcileError as error:
        return Analysis(None, (), None, (), (), (), str(error))


def _analysed(flow: FlowMap, settings: Settings) -> Analysis:
    network = build_network(flow, settings)
    hypotheses = Catalogue(flow, network, settings).all()
    shifts = shift_matrix(hypotheses, len(network.entries))
    joint = fit_network(network, shifts[:, np.array([stands_out(h) for h in hypotheses], dtype=bool)], settings)
    known = np.array([h.size == 0 for h in hypotheses], dtype=bool)
    evidence = evidence_of(joint.groups, joint.scales, shifts, known, settings)
    return Analysis(
        joint,
        tuple(hypotheses),
        diagnose(evidence, hypotheses, settings),
        tuple(of_sources(joint, evidence, hypotheses, settings)),
        tuple(of_streams(joint)),
        tuple(facility_figures(flow, joint)),
        negative=tuple(negative_flows(flow, joint, settings)),
    )
