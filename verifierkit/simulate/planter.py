"""The error planter: all mistakes that can be planted, by sector."""

from __future__ import annotations

from verifierkit.errors import UsageError
from verifierkit.simulate import aluminium_errors, cement_errors
from verifierkit.simulate.base import PlantedError

REGISTRIES = {"cement": cement_errors.registry, "aluminium": aluminium_errors.registry}


def registry(sector: str) -> dict[str, PlantedError]:
    """All errors of a sector by id.

    Raises
    ------
    UsageError
        If the sector has no simulator.
    """
    if sector not in REGISTRIES:
        raise UsageError(f"sector {sector!r} cannot be simulated; sectors: {', '.join(REGISTRIES)}")
    return REGISTRIES[sector]()


def applicable(sector: str, year: int) -> list[PlantedError]:
    """Errors of a sector that apply to a data year, in the order of their registry."""
    return [error for error in registry(sector).values() if year in error.years]
