"""What planted errors of all sectors share: data years, rows of a month, entries of the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from verifierkit.periods import month_of
from verifierkit.simulate.base import Cells, Plant, PlantedError

OLD = (2016, 2017, 2018)
NEW = (2024, 2025)
BOTH = OLD + NEW
DEPOSITED = (2025,)  # monthly deposits began in 2025


def month_rows(plant: Plant, table: str, column: str, month: str, **wanted: str) -> list[Cells]:
    """Rows of a source whose date lies in a month."""
    return [row for row in plant.rows(table, **wanted) if row[column] is not None and month_of(row[column]) == month]


def error(name: str, stage: str, years: tuple[int, ...], plant: Callable[..., None], zh: str, en: str) -> PlantedError:
    """One entry of the registry."""
    return PlantedError(name, stage, years, zh, en, plant)


def sized(plant: Plant, source: str, months: Sequence[str], size: Decimal, unit: str, least: Decimal) -> bool:
    """Note what was planted, and say whether it is large enough for its findings to be claimed (from ``least`` on)."""
    claimed = abs(size) >= least
    plant.note(source=source, months=months, size=size, unit=unit, claimed=claimed)
    return claimed
