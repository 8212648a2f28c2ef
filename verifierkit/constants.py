"""Numbers of physics, arithmetic and display that code needs; each with its source. Values of rules stand in packs.

Molecular ratios and other constants that methods use stand in ``rulepacks/shared-constants.yaml`` with citation and
mark; steps of the solver in ``reconcile/constants.py``. Emissions, checks and reconcile hold no other number than
-1, 0, 1 and 2: ``tests/house/test_numbers.py``.
"""

from __future__ import annotations

from decimal import Decimal

# --- physics and statistics ---------------------------------------------------------------------------------------
RECTANGULAR_DIVISOR = Decimal(3)
"""Variance of an even spread of half width a is a^2 / 3 (JCGM 100:2008, 4.3.7)."""

MJ_PER_MCAL = Decimal("4.1868")
"""International-table calorie: 1 cal = 4.1868 J exactly (Fifth International Conference on the Properties of Steam)."""

POWERS_OF_TEN = tuple(Decimal(text) for text in ("10", "100", "1000", "10000"))
"""Factors between units of one kind that are slipped in reports (kg and t, kWh and MWh, unit and ten thousand units)."""

# --- arithmetic ---------------------------------------------------------------------------------------------------
DECIMAL_DIGITS = 28
"""Digits of exact arithmetic: the default precision of the decimal specification (IBM General Decimal Arithmetic)."""

# --- display and wording; none of these decides a result ----------------------------------------------------------
CENT = Decimal("0.01")
"""Step to which intensities and limits of floors are shown."""

FOUR_DECIMALS = Decimal("0.0001")
"""Step to which changes of intensity are shown, and how near a ratio must be to a known factor to be named in a hint."""

FINEST = Decimal("0.000001")
"""Step to which quotients are shown; decisions are made on the full value."""

LONGEST_FRACTION = 8
"""Decimals beyond which trailing zeros of a shown number are cut off."""

LIKENESS = Decimal("0.85")
"""Likeness of two names (difflib ratio) from which an unknown name is taken for a known one misspelt."""
