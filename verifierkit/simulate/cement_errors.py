"""Mistakes that really happen in cement plants, each planted where it arises."""

from __future__ import annotations

from verifierkit.simulate.base import PlantedError
from verifierkit.simulate.cement_errors_books import BOOK_ERRORS
from verifierkit.simulate.cement_errors_filing import FILING_ERRORS
from verifierkit.simulate.cement_errors_plant import PLANT_ERRORS
from verifierkit.simulate.cement_errors_power import POWER_ERRORS


def registry() -> dict[str, PlantedError]:
    """All cement errors by id."""
    return {error.id: error for error in (*PLANT_ERRORS, *BOOK_ERRORS, *POWER_ERRORS, *FILING_ERRORS)}
