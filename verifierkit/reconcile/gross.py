"""Tests for gross errors: global, measurement, local after VDI 2048, nodal, and likelihood ratio for biases and leaks.

With ``d = b - A y``, ``S = A V A'``, ``Z = inv(S)`` and an error of size e whose effect on the balances is ``m``, the residuals
become ``d - m e``. The likelihood-ratio statistic is ``T = (m' Z d)^2 / (m' Z m)`` with estimate ``-(m' Z d)/(m' Z m)``
(Narasimhan & Mah 1987, AIChE J. 33, 1514); for one measurement its root is the measurement test (Mah & Tamhane 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.stats import chi2, norm

from verifierkit.reconcile.constants import (
    COVERAGE_FACTOR_95,
    DEFAULT_LEVEL,
    VDI_VARIANCE_FLOOR,
)
from verifierkit.reconcile.fit import Fit, require_reconciled
from verifierkit.reconcile.network import Floats, Integers, Sparse, csr
from verifierkit.reconcile.observability import equivalent, group_signatures, signature_information


@dataclass(frozen=True)
class GlobalTest:
    """Chi-square test of all balances together."""

    statistic: float
    dof: int
    limit: float
    p_value: float
    passed: bool


@dataclass(frozen=True)
class Test:
    """A family of two-sided tests at one limit; ``z`` is NaN where nothing can be tested."""

    z: Floats
    limit: float

    __test__ = False

    @property
    def suspects(self) -> Integers:
        """Positions above the limit, worst first."""
        above = np.flatnonzero(np.nan_to_num(self.z) > self.limit)
        return above[np.argsort(-self.z[above], kind="stable")]


@dataclass(frozen=True)
class Hypotheses:
    """Possible errors.

    Attributes
    ----------
    signatures : effect of an error of size 1 on the remaining balances, one column each.
    kind : ``bias``, ``group`` or ``leak`` per hypothesis.
    target : measurement, group or balance number per hypothesis.
    in_measurements : effect of an error of size 1 on the measured values, one column each.
    names : for results.
    """

    signatures: Sparse
    kind: tuple[str, ...]
    target: Integers
    in_measurements: Sparse
    names: tuple[str, ...]


@dataclass(frozen=True)
class LikelihoodRatio:
    """Statistic, estimated size and its standard deviation per hypothesis (NaN where untestable), at one limit.

    ``classes`` lists hypotheses that no test can tell apart: a high statistic accuses its whole class.
    """

    hypotheses: Hypotheses
    statistic: Floats
    estimate: Floats
    sd: Floats
    limit: float
    classes: tuple[Integers, ...]

    def alike(self, position: int) -> Integers:
        """The hypotheses that cannot be told from this one, itself included."""
        return next((c for c in self.classes if position in c), np.array([position], dtype=np.int64))


def sidak_level(level: float, count: int) -> float:
    """Level of each of ``count`` tests so that all together keep ``level``: ``1 - (1 - level)^(1/count)``."""
    return float(-np.expm1(np.log1p(-level) / max(count, 1)))


def bonferroni_level(level: float, count: int) -> float:
    """``level / count``: never too small whatever the dependence."""
    return level / max(count, 1)


def two_sided_limit(level: float, count: int = 1, *, correction: str = "sidak") -> float:
    """Limit of ``|z|`` for ``count`` tests at a joint level; ``correction`` is sidak, bonferroni or none."""
    each = {"sidak": sidak_level(level, count), "bonferroni": bonferroni_level(level, count), "none": level}
    return float(norm.isf(each[correction] / 2))


def global_test(result: Fit, *, level: float = DEFAULT_LEVEL) -> GlobalTest:
    """Objective against chi-square with as many degrees of freedom as independent balances (Ripps 1965)."""
    require_reconciled(result)
    limit = float(chi2.isf(level, result.dof))
    return GlobalTest(result.objective, result.dof, limit, result.p_value, result.objective <= limit)


def measurement_test(result: Fit, *, level: float = DEFAULT_LEVEL, correction: str = "sidak") -> Test:
    """``|a' l| / sqrt(a' Z a)`` per measurement (of maximum power; for uncorrelated errors adjustment over its sd)."""
    require_reconciled(result)
    pressure = result.system.balance.T @ result.system.multipliers
    z = _ratio(np.abs(pressure), result.information)
    return Test(z, two_sided_limit(level, int(np.isfinite(z).sum()), correction=correction))


def local_test(result: Fit, *, floor: float = VDI_VARIANCE_FLOOR, limit: float = COVERAGE_FACTOR_95) -> Test:
    """VDI 2048 part 1: ``|v| / sqrt(max(var(v), floor * var(x)))``, v the adjustment and x the measured value."""
    require_reconciled(result)
    variance = np.maximum(result.adjustment_sd**2, floor * result.system.spread.variance)
    return Test(_ratio(np.abs(result.adjustment), variance), limit)


def nodal_test(result: Fit, *, level: float = DEFAULT_LEVEL, correction: str = "sidak") -> Test:
    """``|residual| / sd`` per remaining balance (Mah, Stanley & Downing 1976)."""
    require_reconciled(result)
    system = result.system
    long = csr(system.balance @ system.spread.loading[:, system.residuals.long])
    variance = system.residuals.matrix.diagonal() + np.asarray((long**2).sum(axis=1)).ravel()
    z = _ratio(np.abs(system.discrepancy), variance)
    return Test(z, two_sided_limit(level, len(z), correction=correction))


def biases(result: Fit) -> Hypotheses:
    """One hypothesis per measurement: a bias of its own."""
    p = result.problem.measurements
    return Hypotheses(
        signatures=result.system.balance,
        kind=("bias",) * p,
        target=np.arange(p),
        in_measurements=csr(sp.eye_array(p, format="csr")),
        names=tuple(f"bias {name}" for name in _names(result.problem.measurement_names, p)),
    )


def leaks(result: Fit, balances: npt.ArrayLike | None = None) -> Hypotheses:
    """One hypothesis per original balance: an unrecorded loss (positive: more enters than leaves)."""
    count = result.system.reduced.combination.shape[1]
    chosen = np.arange(count) if balances is None else np.asarray(balances, dtype=np.int64)
    return Hypotheses(
        signatures=csr(result.system.reduced.combination[:, chosen]),
        kind=("leak",) * len(chosen),
        target=chosen,
        in_measurements=csr(sp.csr_array((result.problem.measurements, len(chosen)))),
        names=tuple(f"leak {_names(result.problem.balance_names, count)[i]}" for i in chosen),
    )


def group_biases(result: Fit, groups: Sequence[npt.ArrayLike], names: Sequence[str] = ()) -> Hypotheses:
    """One hypothesis per group of measurements: the same bias in each (a meter over the year)."""
    p = result.problem.measurements
    members = [np.asarray(group, dtype=np.int64) for group in groups]
    rows = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    columns = np.repeat(np.arange(len(members)), [len(m) for m in members])
    labels = tuple(names) or tuple(f"group {k + 1}" for k in range(len(members)))
    return Hypotheses(
        signatures=group_signatures(result, groups),
        kind=("group",) * len(members),
        target=np.arange(len(members)),
        in_measurements=csr(sp.coo_array((np.ones(len(rows)), (rows, columns)), shape=(p, len(members)))),
        names=tuple(f"bias {label}" for label in labels),
    )


def joined(*families: Hypotheses) -> Hypotheses:
    """Several families as one."""
    return Hypotheses(
        signatures=csr(sp.hstack([f.signatures for f in families], format="csr")),
        kind=tuple(kind for f in families for kind in f.kind),
        target=np.concatenate([f.target for f in families]),
        in_measurements=csr(sp.hstack([f.in_measurements for f in families], format="csr")),
        names=tuple(name for f in families for name in f.names),
    )


def likelihood_ratio(
    result: Fit,
    hypotheses: Hypotheses | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    correction: str = "sidak",
    count: int | None = None,
) -> LikelihoodRatio:
    """Generalised likelihood ratio of each hypothesis against no error.

    ``count`` : number of tests that share the level; the testable hypotheses when left out.
    """
    require_reconciled(result)
    h = hypotheses or biases(result)
    info = information_of(result, h)
    score = h.signatures.T @ result.system.multipliers
    root = _ratio(np.abs(score), info)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(np.isfinite(root), -score / info, np.nan)
        sd = np.where(np.isfinite(root), 1 / np.sqrt(info), np.nan)
    tests = int(np.isfinite(root).sum()) if count is None else count
    limit = two_sided_limit(level, tests, correction=correction) ** 2
    return LikelihoodRatio(h, root**2, estimate, sd, limit, equivalent(h.signatures))


def information_of(result: Fit, hypotheses: Hypotheses) -> Floats:
    """``m' Z m``: known for biases and for errors in one balance, by solves for the rest."""
    info = np.zeros(len(hypotheses.kind))
    own = np.array([kind == "bias" for kind in hypotheses.kind])
    info[own] = result.information[hypotheses.target[own]]
    columns = csr(hypotheses.signatures.T)
    lengths = np.diff(columns.indptr)
    single = np.flatnonzero(~own & (lengths == 1))
    place = columns.indptr[single]
    info[single] = columns.data[place] ** 2 * result.system.inverse.diagonal()[columns.indices[place]]
    rest = np.flatnonzero(~own & (lengths > 1))
    info[rest] = signature_information(result, csr(hypotheses.signatures[:, rest]))
    return info


def _ratio(value: Floats, variance: Floats) -> Floats:
    """value / sqrt(variance), NaN where the variance is zero."""
    good = variance > 0
    return np.asarray(np.where(good, value / np.sqrt(np.where(good, variance, 1.0)), np.nan))


def _names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return names or tuple(f"number {k + 1}" for k in range(count))
