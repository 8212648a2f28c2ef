"""Nonlinear relations: ratio, product and transformer loss, linearised until one more step changes nothing that matters.

At a point ``x0`` a relation ``f(x) = 0`` becomes the balance ``g x = g x0 - f(x0)`` with ``g`` the gradient at ``x0``
(successive linearisation, Knepper & Gorman 1980, AIChE J. 26, 260). Coefficients are unknowns with a measurement of their
own, so their uncertainty counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from verifierkit.reconcile.constants import CONVERGENCE_SHARE, MAX_HALVINGS, MAX_STEPS, POLISH_SHARE
from verifierkit.reconcile.network import Floats, Problem, ReconcileError, Relation, csr
from verifierkit.reconcile.system import System, solve_system


@dataclass(frozen=True)
class Linearised:
    """The system at the last point, the steps taken and whether the stated criterion was met."""

    system: System
    steps: int
    converged: bool


def ratio(name: str, *, part: int, whole: int, fraction: int) -> Relation:
    """``part = fraction * whole``, all three unknowns (positions)."""
    return product(name, result=part, left=fraction, right=whole)


def product(name: str, *, result: int, left: int, right: int) -> Relation:
    """``result = left * right``."""
    return Relation(
        name=name,
        unknowns=(result, left, right),
        residual=lambda x: float(x[0] - x[1] * x[2]),
        gradient=lambda x: np.array([1.0, -x[2], -x[1]]),
        result=lambda x: float(x[1] * x[2]),
    )


def transformer_loss(name: str, *, loss: int, energy: int, fixed: int, variable: int) -> Relation:
    """``loss = fixed + variable * energy**2`` with the energy of one period (k0 + k1 P²)."""
    return Relation(
        name=name,
        unknowns=(loss, energy, fixed, variable),
        residual=lambda x: float(x[0] - x[2] - x[-1] * x[1] ** 2),
        gradient=lambda x: np.array([1.0, -2 * x[-1] * x[1], -1.0, -(x[1] ** 2)]),
        result=lambda x: float(x[2] + x[-1] * x[1] ** 2),
    )


def linearised(problem: Problem, read: Callable[[System], tuple[Floats, Floats]]) -> Linearised:
    """Solve by successive linearisation.

    Converged when the last step moved no determined value by more than 0.01 of its standard uncertainty; steps go on
    below that as long as they are cheap, so that printed digits do not depend on the start.
    """
    point = starting_point(problem)
    system = None
    share = np.inf
    for step in range(1, MAX_STEPS + 1):
        system = solve_system(_at(problem, point))
        values, sd = read(system)
        before, share = share, _moved(point, values, sd)
        point = _step(problem, point, values)
        if share <= POLISH_SHARE or (share <= CONVERGENCE_SHARE and share > before / 2):
            return Linearised(system, step, converged=True)
    if system is None:
        raise ReconcileError("no linearisation step was allowed.")
    return Linearised(system, MAX_STEPS, converged=bool(share <= CONVERGENCE_SHARE))


def starting_point(problem: Problem) -> Floats:
    """Given start, else measured values, else values that the balances and relations imply."""
    point = np.full(problem.unknowns, np.nan) if problem.start is None else problem.start.copy()
    linear = solve_system(replace(problem, relations=()))
    reduced = linear.reduced
    pressure = linear.balance.T @ linear.multipliers
    implied = reduced.express @ (problem.measured + linear.spread.times(pressure)) + reduced.offset
    implied[reduced.undetermined] = np.nan
    point = np.where(np.isnan(point), implied, point)
    _propagate(problem, point)
    missing = np.flatnonzero(np.isnan(point))
    point[missing] = 1.0
    return point


def _propagate(problem: Problem, point: Floats) -> None:
    """Fill first unknowns of relations and last unknowns of balances from what is known, until nothing changes."""
    balance = problem.balance
    for _ in range(len(problem.relations) + balance.shape[0]):
        before = int(np.isnan(point).sum())
        for relation in problem.relations:
            places = np.array(relation.unknowns)
            gaps = np.isnan(point[places])
            if relation.result is not None and gaps[0] and not gaps[1:].any():
                point[places[0]] = relation.result(point[places])
        for i in range(balance.shape[0]):
            span = slice(balance.indptr[i], balance.indptr[i + 1])
            columns, weights = balance.indices[span], balance.data[span]
            gap = np.flatnonzero(np.isnan(point[columns]))
            if len(gap) == 1:
                rest = np.delete(weights, gap) @ np.delete(point[columns], gap)
                point[columns[gap]] = (problem.right[i] - rest) / weights[gap]
        if int(np.isnan(point).sum()) == before:
            return


def _at(problem: Problem, point: Floats) -> Problem:
    """The linear problem at a point: one more balance per relation."""
    rows, columns, weights, right = [], [], [], []
    for k, relation in enumerate(problem.relations):
        places = np.array(relation.unknowns)
        gradient = np.asarray(relation.gradient(point[places]), dtype=np.float64)
        value = float(relation.residual(point[places]))
        if not (np.isfinite(gradient).all() and np.isfinite(value)):
            raise ReconcileError(f"{relation.name} has no value at the start. Give a start inside its range.")
        rows += [k] * len(places)
        columns += places.tolist()
        weights += gradient.tolist()
        right.append(float(gradient @ point[places]) - value)
    shape = (len(problem.relations), problem.unknowns)
    further = csr(sp.coo_array((weights, (rows, columns)), shape=shape))
    return replace(
        problem,
        balance=csr(sp.vstack([problem.balance, further], format="csr")),
        right=np.concatenate([problem.right, right]),
        relations=(),
        balance_names=(*problem.balance_names, *(relation.name for relation in problem.relations)),
    )


def _moved(point: Floats, values: Floats, sd: Floats) -> float:
    """Largest move in standard uncertainties; exact values may move by rounding only."""
    known = ~np.isnan(values)
    rounding = np.sqrt(np.finfo(np.float64).eps) * np.abs(values[known])
    scale = np.maximum(sd[known], np.maximum(rounding, np.finfo(np.float64).tiny))
    return float((np.abs(values[known] - point[known]) / scale).max(initial=0.0))


def _step(problem: Problem, point: Floats, values: Floats) -> Floats:
    """The new point; halved towards the old one while a relation has no value there."""
    target = np.where(np.isnan(values), point, values)
    for _ in range(MAX_HALVINGS):
        with np.errstate(all="ignore"):
            residuals = [r.residual(target[np.array(r.unknowns)]) for r in problem.relations]
        if np.isfinite(residuals).all():
            return target
        target = (target + point) / 2
    return point
