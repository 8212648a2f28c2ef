"""The key of a figure, and the plant as the methods see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ENTITY = "entity"


class Key(NamedTuple):
    """Names one figure. ``item`` is "" where there is none; ``period`` is a month ``2025-03`` or a year ``2025``."""

    track: str
    parameter: str
    facility: str
    item: str
    period: str


@dataclass(frozen=True)
class Facility:
    """A facility with its kind (clinker_line, potline, entity ...) and the class that selects values of a pack."""

    id: str
    kind: str
    facility_class: str = ""


@dataclass(frozen=True)
class Structure:
    """What a calculation needs to know of the plant: facilities, months looked at, data year and grid region."""

    facilities: tuple[Facility, ...]
    months: tuple[str, ...]
    year: int
    region: str = ""

    @staticmethod
    def of(facilities: Sequence[Facility], *, months: Sequence[str], year: int, region: str = "") -> Structure:
        """A structure from any sequences."""
        return Structure(tuple(facilities), tuple(months), year, region)
