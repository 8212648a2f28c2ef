"""Evidence where the scatter was estimated from the same residuals: an error hides in a scatter that it has swollen.

With a scatter known from n residuals the log likelihood ratio of a hypothesis that lowers their sum of squares by q (in
units of the estimated variance) is not q / 2 but -(n - 1) log(1 - q / n) / 2: the residuals are studentised without the
suspect (Cook & Weisberg 1982, Residuals and Influence in Regression, ch. 2). n counts only as far as the variance that
matters to the hypothesis was estimated; constant errors come from the class of the instrument and are known.
"""

from __future__ import annotations

import numpy as np

from verifierkit.joint.fitting import JointFit
from verifierkit.joint.scatter import FAMILIES, NEGLIGIBLE, constant_columns, groups_of_entries
from verifierkit.joint.settings import Settings
from verifierkit.reconcile.network import Floats

FEWEST = 3.0
LARGEST_SHARE = 0.9  # of the sum of squares: an error that took more was set free when the scatter was estimated


def freedom(joint: JointFit, shifts: Floats, settings: Settings) -> Floats:
    """Residuals from which the variance along each shift was estimated (hypotheses,); very many where it was known.

    ``shifts`` : residuals by hypotheses, none of them zero.
    """
    problem, network = joint.fit.problem, joint.network
    operator = joint.residuals.operator
    group = groups_of_entries(network)
    family = np.array([FAMILIES[entry.kind] for entry in network.entries])
    names = problem.component_names
    monthly = ~constant_columns(names) if names else np.zeros(0, dtype=bool)
    loading = np.asarray(problem.loading.todense())[:, monthly]
    square = (shifts**2).sum(axis=0)
    belief = 1 / (2 * settings.number("scatter_belief")) ** 2
    unsure = np.zeros(shifts.shape[1])
    for number, name in sorted({(int(n), str(f)) for n, f in zip(group, family, strict=True) if f}):
        own = (group == number) & (family == name)
        moved = np.hstack([operator[:, own] * np.sqrt(problem.variance[own]), operator[:, own] @ loading[own]])
        values, vectors = np.linalg.eigh(moved @ moved.T)
        kept = values > NEGLIGIBLE
        share = values[kept] @ (vectors[:, kept].T @ shifts) ** 2 / square
        unsure += share**2 / (float((values[kept] ** 2).sum()) / 2 + belief)
    return np.asarray(np.maximum(2 / np.maximum(unsure, NEGLIGIBLE), FEWEST))


def sharpened(fall: Floats, residuals: Floats) -> Floats:
    """Log likelihood ratio of hypotheses that lower the sum of squares by ``fall``, see the module's text."""
    share = np.clip(fall / residuals, 0.0, LARGEST_SHARE)
    gain = -(residuals - 1) * np.log1p(-share) / 2
    return np.asarray(np.where(fall > 0, np.maximum(gain, fall / 2), fall / 2))
