"""Which errors explain the residuals: serial elimination, MIMT with bounds, and combinatorial search.

Taking a suspect out (treating its measurement as missing, or its leak as unknown) is the same as estimating its size freely.
With the suspects C taken, every other hypothesis keeps the information ``w_j - w_jC inv(w_CC) w_Cj`` and the score corrected
alike; one solve per suspect updates all hypotheses (a Gram-Schmidt step), nothing is factored again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import chi2

from verifierkit.reconcile.constants import DEFAULT_LEVEL, MAX_SUSPECTS, UNTESTABLE
from verifierkit.reconcile.fit import Fit, require_reconciled
from verifierkit.reconcile.gross import Hypotheses, biases, information_of, two_sided_limit
from verifierkit.reconcile.network import Floats, Integers, csr
from verifierkit.reconcile.observability import equivalent


@dataclass(frozen=True)
class Identification:
    """Errors named by a procedure.

    Attributes
    ----------
    found : hypotheses in the order in which they were taken.
    statistic : ``|z|`` of each when it was taken.
    size, sd : joint estimate of the errors and its standard deviation.
    objective, dof : of what is left.
    adjusted : measured quantities reconciled with these errors taken out.
    classes : for each error the hypotheses that cannot be told from it, itself included.
    """

    found: Integers
    statistic: Floats
    size: Floats
    sd: Floats
    objective: float
    dof: int
    adjusted: Floats
    classes: tuple[Integers, ...]


@dataclass
class Gram:
    """Rows of ``W = M' Z M``, each solved when first asked for."""

    result: Fit
    hypotheses: Hypotheses
    rows: dict[int, Floats] = field(default_factory=dict)

    def row(self, j: int) -> Floats:
        """Information shared by hypothesis j and every hypothesis."""
        if j not in self.rows:
            column = self.hypotheses.signatures[:, [j]].toarray().ravel()
            self.rows[j] = np.asarray(self.hypotheses.signatures.T @ self.result.system.solve(column))
        return self.rows[j]


@dataclass
class Sweep:
    """Scores and information of all hypotheses given those already taken."""

    gram: Gram
    hypotheses: Hypotheses
    score: Floats
    info: Floats
    first: Floats
    taken: list[int] = field(default_factory=list)
    directions: list[Floats] = field(default_factory=list)

    @property
    def z(self) -> Floats:
        """``|z|`` of each hypothesis; NaN where taken, unseen or no longer distinguishable."""
        good = self.info > UNTESTABLE * self.first
        good[self.taken] = False
        return np.asarray(np.where(good, np.abs(self.score) / np.sqrt(np.where(good, self.info, 1.0)), np.nan))

    def direction(self, j: int) -> Floats:
        """Correlation of every hypothesis with j, beyond what is taken, scaled to unit information of j."""
        w = self.gram.row(j)
        for d in self.directions:
            w = w - d * d[j]
        return np.asarray(w / np.sqrt(self.info[j]))

    def take(self, j: int) -> None:
        """Take a hypothesis out."""
        d = self.direction(j)
        self.score = self.score - d * (self.score[j] / d[j])
        self.info = self.info - d**2
        self.directions.append(d)
        self.taken.append(j)


def begin(result: Fit, hypotheses: Hypotheses | None = None) -> Sweep:
    """Nothing taken yet; the hypotheses are single biases when left out."""
    require_reconciled(result)
    h = hypotheses or biases(result)
    info = information_of(result, h)
    return Sweep(Gram(result, h), h, h.signatures.T @ result.system.multipliers, info.copy(), info.copy())


def serial_elimination(
    result: Fit,
    hypotheses: Hypotheses | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    correction: str = "sidak",
    stop: str = "measurement",
    most: int = MAX_SUSPECTS,
) -> Identification:
    """Iterative measurement test (Serth & Heenan 1986, AIChE J. 32, 733): take the worst suspect, test again.

    ``stop`` : ``measurement`` ends when no ``|z|`` is above its limit at the hypotheses left; ``global`` ends already
    when the global test passes.
    """
    sweep = begin(result, hypotheses)
    steps: list[float] = []
    while len(sweep.taken) < most:
        if stop == "global" and _passes(result, sweep, level):
            break
        z = sweep.z
        if not np.isfinite(z).any():
            break
        worst = int(np.nanargmax(z))
        if z[worst] <= _limit(sweep, level, correction) and stop != "global":
            break
        steps.append(float(z[worst]))
        sweep.take(worst)
    return identification(result, sweep.hypotheses, np.array(sweep.taken, dtype=np.int64), np.array(steps))


def mimt(
    result: Fit,
    *,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    level: float = DEFAULT_LEVEL,
    correction: str = "sidak",
    most: int = MAX_SUSPECTS,
) -> Identification:
    """Modified iterative measurement test (Serth & Heenan 1986): as serial elimination, but a suspect whose removal puts
    any reconciled measured quantity outside its bounds is passed over for the next one above the limit.

    The bounds choose among suspects; they enter no estimate and no test.
    """
    sweep = begin(result)
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    steps: list[float] = []
    while len(sweep.taken) < most:
        z = np.nan_to_num(sweep.z)
        ranked = np.argsort(-z, kind="stable")
        ranked = ranked[z[ranked] > _limit(sweep, level, correction)]
        chosen = next((int(j) for j in ranked if _inside(result, sweep, int(j), low, high)), None)
        if chosen is None:
            break
        steps.append(float(z[chosen]))
        sweep.take(chosen)
    return identification(result, sweep.hypotheses, np.array(sweep.taken, dtype=np.int64), np.array(steps))


def identification(result: Fit, hypotheses: Hypotheses, found: Integers, statistic: Floats) -> Identification:
    """Joint estimates for a set of hypotheses taken out together."""
    size, covariance = joint_sizes(result, hypotheses, found)
    chosen = csr(hypotheses.signatures[:, found])
    score = chosen.T @ result.system.multipliers
    return Identification(
        found=found,
        statistic=statistic,
        size=size,
        sd=np.sqrt(covariance.diagonal()),
        objective=result.objective + float(score @ size),
        dof=result.dof - len(found),
        adjusted=_without(result, hypotheses, found, size),
        classes=tuple(_alike(equivalent(hypotheses.signatures), int(j)) for j in found),
    )


def joint_sizes(result: Fit, hypotheses: Hypotheses, found: Integers) -> tuple[Floats, Floats]:
    """Estimated sizes of errors taken together and their covariance: ``-inv(W) M' Z d`` and ``inv(W)``, ``W = M' Z M``."""
    if not len(found):
        return np.zeros(0), np.zeros((0, 0))
    dense = hypotheses.signatures[:, found].toarray()
    w = dense.T @ result.system.solve(dense)
    inverse = cho_solve(cho_factor((w + w.T) / 2, lower=True), np.eye(len(found)))
    return -inverse @ (dense.T @ result.system.multipliers), inverse


def _without(result: Fit, hypotheses: Hypotheses, found: Integers, size: Floats) -> Floats:
    """Measured quantities with the errors taken out and the rest reconciled again."""
    system = result.system
    if not len(found):
        return result.adjusted
    effect = hypotheses.signatures[:, found] @ size
    multipliers = system.multipliers + system.solve(effect)
    corrected = result.problem.measured - hypotheses.in_measurements[:, found] @ size
    return np.asarray(corrected + system.spread.times(system.balance.T @ multipliers))


def _inside(result: Fit, sweep: Sweep, j: int, low: Floats, high: Floats) -> bool:
    found = np.array([*sweep.taken, j], dtype=np.int64)
    size, _ = joint_sizes(result, sweep.hypotheses, found)
    values = _without(result, sweep.hypotheses, found, size)
    return bool(((values >= low) & (values <= high)).all())


def _limit(sweep: Sweep, level: float, correction: str) -> float:
    """Limit at the number of hypotheses left."""
    return two_sided_limit(level, len(sweep.hypotheses.kind) - len(sweep.taken), correction=correction)


def _passes(result: Fit, sweep: Sweep, level: float) -> bool:
    """Global test of what is left."""
    dof = result.dof - len(sweep.taken)
    score = sweep.hypotheses.signatures[:, sweep.taken].T @ result.system.multipliers
    size, _ = joint_sizes(result, sweep.hypotheses, np.array(sweep.taken, dtype=np.int64))
    left = result.objective + float(score @ size)
    return dof <= 0 or left <= float(chi2.isf(level, dof))


def _alike(classes: tuple[Integers, ...], j: int) -> Integers:
    return next((c for c in classes if j in c), np.array([j], dtype=np.int64))
