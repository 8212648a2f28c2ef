"""Every number of the joint fit that is a choice of computing, with its reason; rules and experience stand in the pack."""

from __future__ import annotations

EXACT = 1e-9
"""Least spread of a measurement beside the largest of its kind [share, or unit where all are zero]: none counts as exact."""

EXACT_LEVEL = 1e-6
"""The same for stock counts and transformer coefficients, which are larger than what moves between them."""

NO_COEFFICIENT = 1e-12
"""Spread of a coefficient that is zero [unit of the coefficient]."""

NEGLIGIBLE = 1e-9
"""Share of the largest eigenvalue below which a direction of the residuals holds nothing."""

SCALE_DIGITS = 3
"""Scales of the scatter are kept to a thousandth, so that every platform goes on with the same ones."""

NOTHING = 1e-12
"""Squared length below which a shift changes no residual: nothing checks it."""

UNSEEN = 1e-6
"""Length of a shift below which no size of the error would be found."""

SMALLEST_SQUARE = 1e-300
"""Keeps a division by the squared length of an unseen shift finite; the result is not used."""

POWER_OF_TEN = 1e-9
"""How far the decimal logarithm of a factor may be from a whole number."""

DECADE = 10.0
"""A register counts in tens."""

LONGEST_STILL = 3
"""Months that a register may stand still before it is read again."""

LARGE_FLOW = 0.75
"""Quantile of the flows beside a list that goods without a document are measured by."""

UNEVEN = 1.5
"""Longest over shortest period of a record from which on its usual size is told by the day."""

GRID_STEP = 0.8
"""Step between scales of the scatter that are weighed [standard deviations of the logarithm of the scale]."""

GRID_REACH = 1.5
"""How far the scales that are weighed go beyond the likely ones [the same]."""

MOST_POINTS = 7
"""Scales of one family of the scatter that are weighed at most."""

MOST_FREEDOM = 1e9
"""Degrees of freedom above which a scatter counts as known; keeps the formula for few degrees finite."""

DRIFTED = (0.0, 0.5)
"""Share of its drift at the end of the year that a meter shows at its beginning: none, or half since its last check."""
