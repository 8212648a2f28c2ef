"""Seeded random streams and the noise of instruments: rectangular, heavy-tailed, drifting, load-dependent.

None of this is the model of the engine: the engine adds variances, the plant does not know that.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def random_stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for every name, so that a new consumer never moves the numbers of another.

    Parameters
    ----------
    seed : int
        Seed of the plant.
    name : str
        What the numbers are for, e.g. ``"k1 coal scale"``.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def rectangular(rng: np.random.Generator, *, half_width: float, size: Any = None) -> Any:
    """Even spread between plus and minus ``half_width`` [fraction or unit of the value]."""
    return rng.uniform(-half_width, half_width, size)


def heavy_tailed(rng: np.random.Generator, *, scale: float, limit: float = 4.0, size: Any = None) -> Any:
    """Student t with 3 degrees of freedom times ``scale``, clipped at ``limit`` scales."""
    return np.clip(rng.standard_t(3, size), -limit, limit) * scale


def drift(rng: np.random.Generator, *, end: float, size: int) -> Array:
    """A slow, uneven drift from 0 to ``end`` over ``size`` steps: never back, faster and slower by turns."""
    steps = rng.uniform(0.2, 1.0, size)
    path = np.cumsum(steps)
    return np.asarray(end * path / path[-1], dtype=np.float64)


def load_dependent(load: Array, *, at_zero: float) -> Array:
    """Relative error that is ``at_zero`` at no load and fades linearly to 0 at full load (``load`` from 0 to 1)."""
    return np.asarray(at_zero * (1.0 - np.clip(load, 0.0, 1.0)), dtype=np.float64)


def walk(rng: np.random.Generator, *, low: float, high: float, step: float, size: int) -> Array:
    """A random walk with rectangular steps, reflected at ``low`` and ``high``: coal quality, raw meal, weather."""
    values = np.empty(size)
    level = rng.uniform(low, high)
    for index in range(size):
        level += rng.uniform(-step, step)
        level = 2 * low - level if level < low else level
        level = 2 * high - level if level > high else level
        values[index] = level
    return values
