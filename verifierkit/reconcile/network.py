"""The problem: unknowns, balances, measurements and the parts of their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from verifierkit.errors import VerifierkitError
from verifierkit.reconcile.constants import NAMES_SHOWN

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Sparse = Any
"""A scipy CSR array (scipy ships no types that mypy could check)."""

KINDS = ("period", "instrument", "shared", "instant")


class ReconcileError(VerifierkitError):
    """A problem from which no number may be computed; the message says why and what to do."""


@dataclass(frozen=True)
class Part:
    """One part of the uncertainty of a measurement.

    Attributes
    ----------
    kind : ``period`` (independent each time), ``instrument`` (constant between calibrations), ``shared`` (CT, PT,
        laboratory) or ``instant`` (reading time).
    sd : standard uncertainty of this part [unit of the measurement].
    group : measurements with equal kind and group share one error; ignored for ``period``.
    sign : +1 or -1; an ``instant`` error enters the period that it ends with + and the one that it opens with -.
    """

    kind: str
    sd: float
    group: str = ""
    sign: int = 1


@dataclass(frozen=True)
class Measurement:
    """One measured sum of unknowns.

    Attributes
    ----------
    name : what messages call it.
    value : measured value [unit of the unknowns].
    terms : unknown -> coefficient; a billing period is the sum of its atoms.
    parts : the uncertainty, at least one part.
    """

    name: str
    value: float
    terms: Mapping[str, float]
    parts: Sequence[Part]


@dataclass(frozen=True)
class Relation:
    """A nonlinear equation ``f(x) = 0`` among a few unknowns.

    Attributes
    ----------
    name : what messages call it.
    unknowns : positions of its unknowns.
    residual : values of these unknowns -> f.
    gradient : values of these unknowns -> derivatives of f by each of them.
    result : optional; values -> value of the first unknown that fulfils the equation (used to find a start).
    """

    name: str
    unknowns: tuple[int, ...]
    residual: Callable[[Floats], float]
    gradient: Callable[[Floats], Floats]
    result: Callable[[Floats], float] | None = None


@dataclass(frozen=True)
class Problem:
    """Balances ``A x = b`` and measurements ``y = H x + L c + e`` with independent ``c ~ N(0, 1)``, ``e ~ N(0, variance)``.

    Attributes
    ----------
    balance : A, balances by unknowns.
    right : b, one per balance.
    observe : H, measurements by unknowns.
    measured : y.
    variance : variance of the independent part of each measurement [unit squared].
    loading : L, measurements by shared errors [unit]: the signed standard uncertainty with which each enters.
    covariance : further covariance of the measurements, or None; a given block stands for the whole uncertainty of its
        measurements when their ``variance`` is 0.
    relations : nonlinear equations.
    start : where linearisation starts, NaN where unknown; or None.
    unknown_names, balance_names, measurement_names, component_names : for messages and results.
    """

    balance: Sparse
    right: Floats
    observe: Sparse
    measured: Floats
    variance: Floats
    loading: Sparse
    covariance: Sparse | None = None
    relations: tuple[Relation, ...] = ()
    start: Floats | None = None
    unknown_names: tuple[str, ...] = field(default=(), repr=False)
    balance_names: tuple[str, ...] = field(default=(), repr=False)
    measurement_names: tuple[str, ...] = field(default=(), repr=False)
    component_names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_values(self)

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""
        return int(self.balance.shape[1])

    @property
    def measurements(self) -> int:
        """Number of measurements."""
        return int(self.observe.shape[0])


def build(
    *,
    balance: Any,
    measured: npt.ArrayLike,
    sd: npt.ArrayLike | None = None,
    variance: npt.ArrayLike | None = None,
    right: npt.ArrayLike | None = None,
    covariance: Any = None,
    unmeasured: Sequence[int] = (),
    names: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    start: npt.ArrayLike | None = None,
) -> Problem:
    """Problem in which each unknown has one direct measurement, except the ``unmeasured`` ones.

    ``measured``, ``sd``, ``variance`` and ``covariance`` run over all unknowns; entries of unmeasured ones are ignored.
    """
    a = csr(balance)
    n = int(a.shape[1])
    keep = np.setdiff1d(np.arange(n), np.asarray(unmeasured, dtype=np.int64))
    y = np.asarray(measured, dtype=np.float64)[keep]
    labels = tuple(names) or tuple(f"x{j + 1}" for j in range(n))
    return Problem(
        balance=a,
        right=np.zeros(a.shape[0]) if right is None else np.asarray(right, dtype=np.float64),
        observe=csr(sp.eye_array(n, format="csr")[keep]),
        measured=y,
        variance=_variances(sd, variance, n)[keep],
        loading=csr(sp.csr_array((len(keep), 0))),
        covariance=None if covariance is None else csr(csr(covariance)[keep][:, keep]),
        relations=tuple(relations),
        start=None if start is None else np.asarray(start, dtype=np.float64),
        unknown_names=labels,
        balance_names=tuple(f"balance {i + 1}" for i in range(a.shape[0])),
        measurement_names=tuple(labels[j] for j in keep),
    )


def assemble(
    *,
    unknowns: Sequence[str],
    balances: Mapping[str, Mapping[str, float]],
    measurements: Sequence[Measurement],
    right: Mapping[str, float] | None = None,
    relations: Sequence[Relation] = (),
    start: npt.ArrayLike | None = None,
) -> Problem:
    """Problem from named pieces: balances and measurements are mappings from unknown to coefficient."""
    spot = {name: j for j, name in enumerate(unknowns)}
    if len(spot) != len(unknowns):
        raise ReconcileError("an unknown is listed twice. Give every unknown a name of its own.")
    groups, loading, variance = _parts(measurements)
    b = right or {}
    return Problem(
        balance=_rows(list(balances.items()), spot),
        right=np.array([b.get(name, 0.0) for name in balances], dtype=np.float64),
        observe=_rows([(m.name, m.terms) for m in measurements], spot),
        measured=np.array([m.value for m in measurements], dtype=np.float64),
        variance=variance,
        loading=loading,
        relations=tuple(relations),
        start=None if start is None else np.asarray(start, dtype=np.float64),
        unknown_names=tuple(unknowns),
        balance_names=tuple(balances),
        measurement_names=tuple(m.name for m in measurements),
        component_names=groups,
    )


def csr(matrix: Any) -> Sparse:
    """The matrix as a float CSR array in canonical form without stored zeros (copied when it was not)."""
    out = sp.csr_array(matrix, dtype=np.float64)
    if not out.has_canonical_format or not out.data.all():
        out = out.copy()
        out.sum_duplicates()
        out.eliminate_zeros()
    return out


def named(names: Sequence[str], positions: Sequence[int] | Integers) -> str:
    """Names at the positions for a message: the first few, then how many more."""
    texts = [names[int(i)] if names else f"number {int(i) + 1}" for i in positions]
    head = ", ".join(texts[:NAMES_SHOWN])
    rest = len(texts) - NAMES_SHOWN
    return f"{head} and {rest} more" if rest > 0 else head


def _variances(sd: npt.ArrayLike | None, variance: npt.ArrayLike | None, n: int) -> Floats:
    if variance is not None:
        return np.asarray(variance, dtype=np.float64)
    return np.zeros(n) if sd is None else np.asarray(sd, dtype=np.float64) ** 2


def _rows(rows: Sequence[tuple[str, Mapping[str, float]]], spot: Mapping[str, int]) -> Sparse:
    entries = [(i, name, unknown, value) for i, (name, terms) in enumerate(rows) for unknown, value in terms.items()]
    for _, name, unknown, _ in entries:
        if unknown not in spot:
            raise ReconcileError(f"{name} refers to {unknown}, which is not an unknown. Add it or correct the name.")
    i = [entry[0] for entry in entries]
    j = [spot[entry[2]] for entry in entries]
    values = [entry[-1] for entry in entries]
    return csr(sp.coo_array((values, (i, j)), shape=(len(rows), len(spot)), dtype=np.float64))


def _parts(measurements: Sequence[Measurement]) -> tuple[tuple[str, ...], Sparse, Floats]:
    groups: dict[tuple[str, str], int] = {}
    variance = np.zeros(len(measurements))
    entries: list[tuple[int, int, float]] = []
    for i, measurement in enumerate(measurements):
        for part in measurement.parts:
            if part.kind not in KINDS:
                raise ReconcileError(f"{measurement.name}: uncertainty of kind {part.kind}, expected one of {KINDS}.")
            if part.kind == "period":
                variance[i] += part.sd**2
            else:
                spot = groups.setdefault((part.kind, part.group), len(groups))
                entries.append((i, spot, part.sign * part.sd))
    i_, j_, v_ = zip(*entries, strict=True) if entries else ((), (), ())
    shape = (len(measurements), len(groups))
    return (
        tuple(f"{kind} {group}" for kind, group in groups),
        csr(sp.coo_array((v_, (i_, j_)), shape=shape, dtype=np.float64)),
        variance,
    )


def _check_shapes(problem: Problem) -> None:
    rows, n = problem.balance.shape
    p = problem.observe.shape[0]
    wrong = [
        text
        for text, fits in (
            (f"observe has {problem.observe.shape[1]} columns, expected {n} unknowns", problem.observe.shape[1] == n),
            (f"right has shape {problem.right.shape}, expected ({rows},)", problem.right.shape == (rows,)),
            (f"measured has shape {problem.measured.shape}, expected ({p},)", problem.measured.shape == (p,)),
            (f"variance has shape {problem.variance.shape}, expected ({p},)", problem.variance.shape == (p,)),
            (f"loading has {problem.loading.shape[0]} rows, expected {p}", problem.loading.shape[0] == p),
            ("covariance is not square", problem.covariance is None or problem.covariance.shape == (p, p)),
        )
        if not fits
    ]
    if wrong:
        raise ReconcileError("; ".join(wrong) + ". Build the arrays over the same unknowns and measurements.")


def _check_values(problem: Problem) -> None:
    names = problem.measurement_names
    bad = np.flatnonzero(~np.isfinite(problem.measured))
    if len(bad):
        raise ReconcileError(f"no measured value for {named(names, bad)}. Leave the measurement out: a gap is a gap.")
    for text, matrix in (("balance", problem.balance), ("observe", problem.observe), ("loading", problem.loading)):
        if not np.isfinite(matrix.data).all():
            raise ReconcileError(f"a coefficient of {text} is not a number.")
    if not np.isfinite(problem.right).all():
        raise ReconcileError("the right-hand side of a balance is not a number.")
    bad = np.flatnonzero(~(problem.variance >= 0) | ~np.isfinite(problem.variance))
    if len(bad):
        raise ReconcileError(f"the variance of {named(names, bad)} is negative or not a number. Give its class.")
    spread = problem.variance + np.asarray((problem.loading**2).sum(axis=1)).ravel()
    if problem.covariance is not None:
        spread = spread + np.abs(problem.covariance.diagonal())
    bad = np.flatnonzero(spread == 0)
    if len(bad):
        raise ReconcileError(f"no uncertainty for {named(names, bad)}. Give its class; nothing is exact by default.")
