"""The record: one enterprise computed once. Every notebook, form and report shows it and computes nothing."""

from __future__ import annotations

from typing import Any

from verifierkit import __version__
from verifierkit.case import Case
from verifierkit.record.context import case_part, map_part
from verifierkit.record.coverage import coverage_part
from verifierkit.record.outcomes import findings_part, number_results, results_part
from verifierkit.record.parameters import last_year_part, parameters_part, totals_part
from verifierkit.record.pictures import pictures_part
from verifierkit.verification import Verification, verify

SCHEMA = 1


def build(case: Case) -> dict[str, Any]:
    """Verify a case and give its record: JSON types only, every number a decimal text."""
    return render(verify(case))


def render(verification: Verification) -> dict[str, Any]:
    """The record of a verification."""
    numbers = number_results(verification)
    context = verification.context
    return {
        "schema": SCHEMA,
        "verifierkit": __version__,
        **case_part(context),
        **map_part(context),
        "parameters": parameters_part(verification, numbers),
        "totals": totals_part(verification),
        "results": results_part(verification, numbers),
        "findings": findings_part(verification, numbers),
        "effects": _effects(verification),
        "coverage": coverage_part(verification),
        "pictures": pictures_part(verification),
        "last_year": last_year_part(verification),
        "draft": verification.draft,
    }


def _effects(verification: Verification) -> list[dict[str, str]]:
    rows = []
    for track, together in verification.together.items():
        standing = [e for index, e in enumerate(verification.effects) if verification.stands(index)]
        single = sum((effect[track] for effect in standing), start=type(together)(0))
        rows.append(
            {"track": track, "sum": str(single), "together": str(together), "interaction": str(together - single)}
        )
    return rows
