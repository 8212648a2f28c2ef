"""Every number of the engine that is a choice, with its reason."""

from __future__ import annotations

# --- statistics ---------------------------------------------------------------------------------------------------
DEFAULT_LEVEL = 0.05
"""Test level when the caller names none: the usual 5 % of the data-reconciliation literature."""

DETECTION_PROBABILITY = 0.95
"""Probability with which the smallest detectable error must be found."""

COVERAGE_FACTOR_95 = 1.96
"""Half width of a 95 % interval in standard deviations, and limit of the local test, as printed in VDI 2048 part 1."""

VDI_VARIANCE_FLOOR = 0.1
"""VDI 2048 part 1: the variance of an adjustment counts as at least a tenth of the variance of the measured value."""

CONVERGENCE_SHARE = 0.01
"""Relations have converged when one more step moves no value by more than this share of its standard uncertainty."""

POLISH_SHARE = 1e-7
"""Linearisation goes on below the criterion down to this share, so that results do not depend on the start."""

MAX_STEPS = 50
"""Linearisation steps before a fit is called not reconciled; smooth plant relations converge in fewer than ten."""

MAX_HALVINGS = 20
"""Times that a linearisation step that leaves the range of a relation is halved before the fit gives up."""

# --- floating point -----------------------------------------------------------------------------------------------
CANCELLATION = 1e-11
"""A sum smaller than this share of its terms is zero: some 50,000 roundings of double precision."""

PIVOT_SHARE = 0.01
"""Pivots of the elimination are at least this share of their column: bounds growth, leaves room for sparsity."""

DEPENDENT_PIVOT = 1e-12
"""A pivot that fell to this share of its diagonal is rounding alone: its balance follows from the others."""

CONTRADICTION = 1e-7
"""A balance that follows from the others may miss its right-hand side by this share of the terms in it."""

UNTESTABLE = 1e-9
"""A hypothesis whose information fell to this share of its first value cannot be tested beside those already taken."""

PARALLEL_GRAIN = 1e-9
"""Signatures that agree to this share of their largest entry are parallel: the suspects cannot be told apart."""

# --- size ---------------------------------------------------------------------------------------------------------
MAX_FACTOR_ENTRIES = 60_000_000
"""Predicted entries of the factor above which the fit refuses: 480 MB in double precision."""

MAX_FACTOR_WORK = 400_000_000_000
"""Predicted multiplications above which the fit refuses: about half a minute on two cores."""

MAX_PATTERN_ENTRIES = 40_000_000
"""Entries of the matrix before factoring above which the fit refuses: index arrays of 1 GB."""

MAX_ORDERED_ROWS = 400_000
"""Rows that are ordered at all: beyond it the ordering alone takes minutes on a graph without small separators."""

SHORT_COMPONENT = 96
"""A shared error that touches no more balances than this enters the matrix itself; longer ones by low-rank correction."""

MAX_LONG_COMPONENTS = 256
"""Long shared errors carried by low-rank correction: dense columns of the size of the network."""

SHORT_EXPRESSION = 64
"""Balances behind an unmeasured value up to which its variance comes from the selected inverse, beyond it from a solve."""

MAX_CORRELATED_BLOCK = 1000
"""Measurements in one correlated block: its factor is dense."""

DENSE_ROWS = 96
"""Networks up to this many balances are one dense block: ordering costs more than it saves."""

SMALL_FRONT = 48
"""Dense blocks up to this order are merged with their parent whatever zeros that adds: the call costs more than the work."""

MERGE_ZEROS = 0.2
"""Share of explicit zeros accepted when larger dense blocks are merged."""

SOLVE_BLOCK = 64
"""Right-hand sides solved at a time: keeps a block of solutions in cache."""

# --- identification -----------------------------------------------------------------------------------------------
BEAM_WIDTH = 16
"""Partial explanations kept at each size in the combinatorial search; doubling it changed nothing on the steam network."""

MAX_SUSPECTS = 12
"""Errors that one explanation may hold; beyond it the data have no say."""

CLEAN_CHANCE = 0.5
"""Prior probability that nothing is wrong when the caller states none: indifference between an error and none."""

MORE_ERRORS = 0.6
"""Each further error is so much less probable than one fewer; chosen on the tuning draws of the steam network."""

ACCEPT_PROBABILITY = 0.5
"""An error is named when it is more probable than not."""

NEGLIGIBLE_LOG = 14.0
"""Explanations whose logarithmic weight is so far below the best add less than a millionth each."""

HASH_SEED = 20250301
"""Seed of the random weights that find equal rows; results do not depend on it, the run time may."""

# --- messages -----------------------------------------------------------------------------------------------------
NAMES_SHOWN = 4
"""Names that a message lists before it counts the rest."""
