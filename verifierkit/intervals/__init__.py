"""Interval readings of meters: from local stamps to half-open intervals, to billing periods and months, with quality.

Nothing is filled: a gap is a gap, with an interval for what it could hide and the basis of that interval. DuckDB adds
up; the rules of calendar, clock and register are ours. Energy is exact: whole numbers of 10^-6 kWh.
"""

from verifierkit.intervals.aggregate import Period, PeriodSum, to_periods
from verifierkit.intervals.clock import Clocked, Mark, localise, misdated_midnights, runs_of_length
from verifierkit.intervals.gaps import Bound, Gap, bounds
from verifierkit.intervals.limits import QualityLimits
from verifierkit.intervals.quality import Span, quality
from verifierkit.intervals.readings import QUANTUM_KWH, from_registers, readings_frame
from verifierkit.intervals.remainder import Remainder, remainder
from verifierkit.intervals.scale import Scale, compare_scale

__all__ = [
    "QUANTUM_KWH",
    "Bound",
    "Clocked",
    "Gap",
    "Mark",
    "Period",
    "PeriodSum",
    "QualityLimits",
    "Remainder",
    "Scale",
    "Span",
    "bounds",
    "compare_scale",
    "from_registers",
    "localise",
    "misdated_midnights",
    "quality",
    "readings_frame",
    "remainder",
    "runs_of_length",
    "to_periods",
]
