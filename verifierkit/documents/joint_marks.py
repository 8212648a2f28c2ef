"""Who is suspected: errors of the joint fit with the numbers and letters that the pictures give their places."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verifierkit.periods import split_period

MOST = 3  # errors drawn
IMPOSSIBLE = "impossible"
RATIOS = "raw_meal_ratios"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Suspect:
    """One place that could hold an error, with the causes that would explain it there, best supported first.

    Attributes
    ----------
    mark : what the pictures call it: ``1``, or ``1a`` and on where several places cannot be told apart.
    causes : rows of the record (the explanation, or what is alike).
    """

    mark: str
    causes: tuple[Row, ...]

    @property
    def row(self) -> Row:
        """The first cause."""
        return self.causes[0]

    @property
    def place(self) -> tuple[str, str]:
        """Stream (or node) and source."""
        return str(self.row["stream"]), str(self.row["source"])

    @property
    def months(self) -> tuple[str, ...]:
        """Months of the first cause."""
        return tuple(split_period(self.row["period"]))


@dataclass(frozen=True)
class Case:
    """One error: its places, those that a negative flow rules out, other explanations, and errors that repeat it."""

    number: int
    error: Row
    places: tuple[Suspect, ...]
    excluded: tuple[Row, ...]
    repeated: tuple[str, ...] = ()

    @property
    def best(self) -> Row:
        """The first explanation."""
        found: Row = self.error["explanations"][0]
        return found

    @property
    def others(self) -> Sequence[Row]:
        """Explanations that leave other residuals."""
        found: Sequence[Row] = self.error["explanations"][1:]
        return found


def cases(part: Row) -> list[Case]:
    """The errors of the record as drawn, strongest first; an error at the place and months of an earlier one joins it."""
    found: list[Case] = []
    for error in part["errors"]:
        best = error["explanations"][0]
        home = next((n for n, case in enumerate(found) if _repeats(best, case.best)), None)
        if home is not None:
            found[home] = replace(found[home], repeated=(*found[home].repeated, str(error["id"])))
        elif len(found) < MOST:
            found.append(_case(len(found) + 1, error))
    return found


def _repeats(row: Row, earlier: Row) -> bool:
    same = (row["stream"], row["source"]) == (earlier["stream"], earlier["source"])
    return same and set(split_period(row["period"])) <= set(split_period(earlier["period"]))


def _case(number: int, error: Row) -> Case:
    best = error["explanations"][0]
    rows = [best, *best["alike"]]
    possible = [row for row in rows if row["history"]["verdict"] != IMPOSSIBLE]
    excluded = tuple(row for row in rows if row not in possible and possible)
    by_place: dict[tuple[str, str], list[Row]] = {}
    for row in possible or rows:
        by_place.setdefault((row["stream"], row["source"]), []).append(row)
    letters = string.ascii_lowercase if len(by_place) > 1 else ""
    places = [
        Suspect(f"{number}{letters[n % len(letters)] if letters else ''}", tuple(own))
        for n, own in enumerate(by_place.values())
    ]
    gone = {(row["stream"], row["source"]): row for row in excluded}
    left = tuple(row for place, row in gone.items() if place not in by_place)
    return Case(number, error, tuple(places), left)


def marks(part: Row) -> dict[tuple[str, str], list[str]]:
    """Marks by stream (or node) and source, those of a first place before the others."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in cases(part):
        for suspect in case.places:
            found.setdefault(suspect.place, []).append(suspect.mark)
    return found


def leftovers(part: Row) -> set[str]:
    """Ids of errors that repeat an earlier one."""
    return {name for case in cases(part) for name in case.repeated}


def is_first(mark: str) -> bool:
    """Whether a mark stands for the place named first."""
    return not mark.endswith(tuple(string.ascii_lowercase[1:]))
