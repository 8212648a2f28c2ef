"""What the planted errors of the cement plant share: picking of lines, months of full operation."""

from __future__ import annotations

from verifierkit.simulate.base import Plant
from verifierkit.simulate.cement_truth import LINES

FULL_MONTHS = ("01", "03", "04", "06", "07", "09", "10", "12")  # months in which no kiln stands for long


def pick_line(plant: Plant, name: str, facility: str = "", choices: tuple[str, ...] = LINES) -> str:
    """The line that was named, or one from the seed."""
    return facility or str(plant.pick(f"line {name}", choices))


def full_months(plant: Plant) -> list[str]:
    """Months of full operation."""
    return [month for month in plant.months if month[5:] in FULL_MONTHS]
