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

ALIKE_CONSTANTS = 1e-3
"""Constant errors whose shapes differ by less than this share are one: their columns differ by rounding of the fit."""

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
