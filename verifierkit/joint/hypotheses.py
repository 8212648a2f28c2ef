"""What could have gone wrong: every hypothesis as a shift of the measurements, of known or of free size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources

import numpy as np
import scipy.sparse as sp
import yaml

from verifierkit.joint.draft import Entry
from verifierkit.periods import month_of
from verifierkit.reconcile.network import Sparse

MOMENT = timedelta(seconds=1)
FACTORS = {"multiplier", "unit_slip", "sign"}


@dataclass(frozen=True)
class Kind:
    """A kind of error: its labels, how often it occurs beside the others, and its usual size [fraction]."""

    zh: str
    en: str
    weight: float
    size: float = 1.0
    fixed: bool = False


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds of error by id."""
    text = resources.files("verifierkit").joinpath("joint/kinds.yaml").read_text(encoding="utf-8")
    return {name: Kind(**entry) for name, entry in yaml.safe_load(text).items()}


@dataclass(frozen=True)
class Hypothesis:
    """One thing that could have gone wrong.

    Attributes
    ----------
    kind : id of the kind.
    subject, source : stream or node, and the source to blame ("" for a flow that no source shows).
    months : months that it touches.
    shift : measurement -> change that it makes there [unit of the measurement], at size 1.
    size : standard deviation of the size, or 0 where the shift is known.
    partner : the other stream or months that take part, "" where none.
    """

    kind: str
    subject: str
    source: str
    months: tuple[str, ...]
    shift: tuple[tuple[int, float], ...]
    size: float = 0.0
    partner: str = ""


def stands_out(hypothesis: Hypothesis) -> bool:
    """Whether an error could pass for scatter, so that the scatter is read without it.

    That is one of free size, or a known one that follows its documents month by month; factors and signs of several
    months have the shape of a bias.
    """
    return hypothesis.size > 0 or (len(hypothesis.shift) > 2 and hypothesis.kind not in FACTORS)


def entry_month(entry: Entry) -> str:
    """Month in which a measurement is booked: the one in which its period ends."""
    return month_of((entry.end - MOMENT).date())


def runs(count: int) -> Iterator[tuple[int, int]]:
    """Runs of two or more of ``count`` periods, as (first, after last), without all of them."""
    for first in range(count):
        for last in range(first + 2, count + 1):
            if last - first < count:
                yield first, last


def swaps(value: float) -> list[float]:
    """Changes made by swapping two neighbouring digits of the whole part: value minus what it should have been.

    The digits are those that stand there, not those of a rounded value.
    """
    text = f"{int(abs(value))}"
    found = []
    for k in range(len(text) - 1):
        if text[k] != text[k + 1]:
            other = text[:k] + text[k + 1] + text[k] + text[k + 2 :]
            found.append(float(np.sign(value)) * (float(text) - float(other)))
    return found


def shift_matrix(hypotheses: Sequence[Hypothesis], measurements: int) -> Sparse:
    """Shifts of all hypotheses as columns (measurements, hypotheses), free ones at one standard deviation."""
    rows = [position for hypothesis in hypotheses for position, _ in hypothesis.shift]
    columns = [column for column, hypothesis in enumerate(hypotheses) for _ in hypothesis.shift]
    amounts = [amount * (h.size or 1.0) for h in hypotheses for _, amount in h.shift]
    return sp.csc_array((amounts, (rows, columns)), shape=(measurements, len(hypotheses)))
