"""Interval readings as one frame: meter, half-open interval in UTC, energy in whole numbers of 10^-6 kWh."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from verifierkit.errors import UsageError
from verifierkit.intervals.clock import Clocked

QUANTUM_KWH = Decimal("0.000001")
PER_KWH = int(1 / QUANTUM_KWH)
LARGEST_KWH = 1e9  # of one interval; beyond, floats no longer hold a quantum of 10^-6 kWh
COLUMNS = ("meter", "start", "end", "value", "row")


def quanta(values: Sequence[Any] | pd.Series | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Energies [kWh] as whole numbers of 10^-6 kWh; NaN where there is none.

    Raises
    ------
    UsageError
        If a value has more than six decimals or is too large.
    """
    if len(values) and isinstance(next(iter(values)), Decimal):
        return np.array([_exact(value) for value in values], dtype="float64")
    numbers = pd.to_numeric(pd.Series(values).reset_index(drop=True), errors="raise").to_numpy(dtype="float64")
    scaled = numbers * PER_KWH
    whole = np.rint(scaled)
    bad = ~np.isnan(numbers) & (np.abs(scaled - whole) > np.maximum(1e-3, np.abs(scaled) * 1e-12))
    bad |= np.abs(numbers) > LARGEST_KWH
    if bad.any():
        found = numbers[np.flatnonzero(bad)[0]]
        raise UsageError(
            f"interval values: expected kWh with at most six decimals below {LARGEST_KWH:g}, found {found}"
        )
    return np.asarray(whole)


def _exact(value: Decimal) -> int:
    scaled = value * PER_KWH
    if scaled != scaled.to_integral_value():
        raise UsageError(f"interval values: expected kWh with at most six decimals, found {value}")
    return int(scaled)


def readings_frame(
    clocked: Clocked,
    values: Sequence[Any] | pd.Series,
    *,
    meter: str | Sequence[str] = "",
    rows: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Readings as :func:`verifierkit.intervals.to_periods` takes them; stamps or values that are missing stay out.

    Parameters
    ----------
    clocked
        Intervals of :func:`verifierkit.intervals.localise`.
    values
        Energy of each interval [kWh].
    meter
        Meter of all rows, or of each.
    rows
        Row of each value in its file; counted from 0 where not given.

    Returns
    -------
    pandas.DataFrame
        Columns meter, start, end (UTC), value [10^-6 kWh], row; in the order of the file.
    """
    number = np.arange(len(values)) if rows is None else np.asarray(rows, dtype="int64")
    frame = pd.DataFrame({"start": clocked.start, "end": clocked.end, "value": quanta(values), "row": number})
    frame.insert(0, "meter", meter if isinstance(meter, str) else list(meter))
    frame = frame.dropna(subset=["start", "end", "value"])
    return frame.astype({"value": "int64"}).reset_index(drop=True)


def from_registers(
    moments: pd.DatetimeIndex, readings: Sequence[Any] | pd.Series, *, digits: int | None = None, meter: str = ""
) -> pd.DataFrame:
    """Intervals between consecutive readings of a counter that runs up [kWh].

    Parameters
    ----------
    moments
        Moments of the readings in UTC without zone, rising.
    readings
        Readings [kWh]; a missing one joins its two intervals into one, since the counter went on.
    digits
        Integer digits of the register: one rollover is then counted where a reading is smaller than the one before.
        Without them the difference stays negative and :func:`verifierkit.intervals.quality` names it.
    meter
        Name of the meter.
    """
    values = quanta(readings)
    known = ~np.isnan(values)
    number, moment, value = np.flatnonzero(known), moments[known], values[known]
    change = np.diff(value)
    if digits is not None:
        change = np.where(change < 0, change + float(10**digits) * PER_KWH, change)
    return pd.DataFrame(
        {"meter": meter, "start": moment[:-1], "end": moment[1:], "value": change.astype("int64"), "row": number[1:]}
    )
