"""The error planter: all mistakes that can be planted, by sector, and the lists that the sample cases carry."""

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


# Mistakes of the cement samples: of different kinds, in places where none hides another.
CEMENT_SAMPLE_ERRORS: dict[int, tuple[str, ...]] = {
    2025: (
        "deducted_into_cement_mill",
        "wet_as_dry",
        "air_dried_unconverted:facility=k1,month=2025-03",
        "measured_route_dropped:facility=k2,month=2025-09",
        "bought_clinker_as_output:month=2025-04",
        "clinker_moved_unrecorded:month=2025-10",
        "settlement_multiplier:month=2025-06",
        "duplicate_ticket",
        "formula_error:facility=k2,month=2025-07",
        "calibration_lapsed:facility=k1,month=2025-08",
        "plan_other_meter",
        "deposit_differs",
        "lab_date_impossible:facility=k2",
        "unticked_transcription",
    ),
    2018: (
        "offices_in_line:facility=k1",
        "mixed_bases:facility=k2,month=2018-04",
        "returned_dust:month=2018-07",
        "feed_scale_span:month=2018-03",
        "default_factor_wrong",
        "rollover_mishandled",
        "bill_registers_wrong:month=2018-10",
        "year_sum_wrong:facility=k2",
        "diesel_in_line:facility=k1",
        "unit_slip",
        "month_pasted",
        "cutoff_year_end",
        "opening_stock_differs",
        "derivation_unstated",
    ),
}
