"""Plants of the detection benchmark: one simulated build each, and the same plant with an error in its records.

An error is a change of the values of the records of a clean simulated plant. Every uncertainty that the engine states as
a share of a value follows the changed value; the unmetered remainder's size stays that of the clean plant.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import scipy.sparse as sp
from _measure import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from support import case_of, simulated

from verifierkit import rulepack
from verifierkit.columns import Row
from verifierkit.flowmap import FlowMap
from verifierkit.joint.catalogue import Catalogue
from verifierkit.joint.diagnosis import Diagnosis, diagnose
from verifierkit.joint.evidence import Evidence, evidence_of
from verifierkit.joint.fitting import JointFit, fit_network
from verifierkit.joint.hypotheses import Hypothesis, shift_matrix, stands_out
from verifierkit.joint.network import Network, build_network
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import csr
from verifierkit.simulate import aluminium_records, cement_records

SECTORS = ("cement", "aluminium")
YEAR = 2025
PACK = "cement-2024"  # the shared checks are the same in every pack of 2024
SHARES = ((cement_records, "HONEST_SHARE"), (aluminium_records, "BIAS_SHARE"))


def settings() -> Settings:
    """The limits of the rule as shipped."""
    return Settings.of(rulepack.load(PACK).checks["reconcile.joint"])


@dataclass(frozen=True)
class Analysed:
    """A fit with its hypotheses and diagnosis."""

    joint: JointFit
    hypotheses: Sequence[Hypothesis]
    shifts: sp.csc_array
    evidence: Evidence
    diagnosis: Diagnosis


@dataclass(frozen=True)
class Plant:
    """A clean plant-year as the engine sees it, and the CPU seconds of the engine."""

    sector: str
    seed: int
    flow: FlowMap
    network: Network
    clean: Analysed
    seconds: float


@contextmanager
def true_errors(share: float | None) -> Iterator[None]:
    """Constant errors of the simulated instruments: even between plus and minus ``share`` of their class limit."""
    if share is None:
        yield
        return
    first, second = (patch.object(module, name, share) for module, name in SHARES)
    with first, second:
        yield


def flow_of(sector: str, seed: int, share: float | None = None) -> FlowMap:
    """Data-flow map of a clean simulated plant."""
    with true_errors(share):
        return FlowMap(case_of(simulated(sector, YEAR, seed)).tables, year=YEAR)


def plant(sector: str, seed: int, limits: Settings, share: float | None = None) -> Plant:
    """A clean plant-year, analysed."""
    flow = flow_of(sector, seed, share)
    began = time.process_time()
    network = build_network(flow, limits)
    clean = analysed(flow, network, limits)
    return Plant(sector, seed, flow, network, clean, time.process_time() - began)


def analysed(flow: FlowMap, network: Network, limits: Settings) -> Analysed:
    """Hypotheses, fit and diagnosis of a network, as :func:`verifierkit.joint.analysis.analyse` makes them."""
    hypotheses = Catalogue(flow, network, limits).all()
    shifts = shift_matrix(hypotheses, len(network.entries))
    joint = fit_network(network, shifts[:, np.array([stands_out(h) for h in hypotheses], dtype=bool)], limits)
    known = np.array([h.size == 0 for h in hypotheses], dtype=bool)
    evidence = evidence_of(joint.groups, joint.scales, shifts, known, limits)
    return Analysed(joint, hypotheses, shifts, evidence, diagnose(evidence, hypotheses, limits))


def with_error(
    base: Plant, shift: Mapping[int, float], readings: Mapping[tuple[str, object], object], limits: Settings
) -> Analysed:
    """The plant analysed with an error in its records.

    ``shift``: measurement -> change of its value; ``readings``: (instrument, instant) -> what the register list says.
    """
    network = base.network
    values = np.array([entry.value for entry in network.entries])
    changed = values.copy()
    changed[list(shift)] += list(shift.values())
    moved = (values != 0) & (changed != 0) & (changed != values)
    factor = np.ones(len(values))
    factor[moved] = np.abs(changed[moved] / values[moved])
    problem = network.problem
    loading = csr(sp.csr_array(problem.loading).multiply(factor[:, None]))
    faulty = replace(
        network,
        problem=replace(problem, measured=changed, variance=problem.variance * factor**2, loading=loading),
        entries=tuple(
            replace(entry, value=float(value)) for entry, value in zip(network.entries, changed, strict=True)
        ),
    )
    return analysed(_reread(base.flow, readings), faulty, limits)


def _reread(flow: FlowMap, readings: Mapping[tuple[str, object], object]) -> FlowMap:
    """The map with some readings of registers changed."""
    if not readings:
        return flow
    found = copy.copy(flow)
    found.tables = flow.tables | {"meter_readings": [_changed(row, readings) for row in flow.tables["meter_readings"]]}
    return found


def _changed(row: Row, readings: Mapping[tuple[str, object], object]) -> Row:
    value = readings.get((row["instrument_id"], row["read_at"]))
    if value is None or row["register"] != "total":
        return row
    return replace(row, values=row.values | {"reading": value})
