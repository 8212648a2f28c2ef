"""What the planted errors of the cement plant share: years, picking of lines and months, rows of a month."""

from __future__ import annotations

from collections.abc import Callable

from verifierkit.periods import month_of
from verifierkit.simulate.base import Cells, Plant, PlantedError
from verifierkit.simulate.cement_truth import LINES

OLD = (2016, 2017, 2018)
NEW = (2024, 2025)
BOTH = OLD + NEW
DEPOSITED = (2025,)  # monthly deposits began in 2025
FULL_MONTHS = ("01", "03", "04", "06", "07", "09", "10", "12")  # months in which no kiln stands for long


def pick_line(plant: Plant, name: str, facility: str = "", choices: tuple[str, ...] = LINES) -> str:
    """The line that was named, or one from the seed."""
    return facility or str(plant.pick(f"line {name}", choices))


def full_months(plant: Plant) -> list[str]:
    """Months of full operation."""
    return [month for month in plant.months if month[5:] in FULL_MONTHS]


def month_rows(plant: Plant, table: str, column: str, month: str, **wanted: str) -> list[Cells]:
    """Rows of a source whose date lies in a month."""
    return [row for row in plant.rows(table, **wanted) if row[column] is not None and month_of(row[column]) == month]


def error(name: str, stage: str, years: tuple[int, ...], plant: Callable[..., None], zh: str, en: str) -> PlantedError:
    """One entry of the registry."""
    return PlantedError(name, stage, years, zh, en, plant)
