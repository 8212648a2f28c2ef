"""The record: one enterprise computed once. Every notebook, form and report shows it and computes nothing."""

from __future__ import annotations

from typing import Any

from verifierkit import __version__
from verifierkit.case import Case
from verifierkit.record.allowances import allowance_parts
from verifierkit.record.bridging import bridge_part
from verifierkit.record.clarifications import clarifications_part
from verifierkit.record.context import case_part, map_part
from verifierkit.record.coverage import coverage_part
from verifierkit.record.determined import determined_part, of_parameter
from verifierkit.record.incentive import incentive_part
from verifierkit.record.outcomes import findings_part, number_results, orphans_part, results_part
from verifierkit.record.parameters import last_year_part, parameters_part, totals_part
from verifierkit.record.pictures import pictures_part
from verifierkit.record.recomputed import recomputed_part
from verifierkit.record.reconciliation import reconciliation_part
from verifierkit.verification import Verification, verify

SCHEMA = 1


def build(case: Case) -> dict[str, Any]:
    """Verify a case and give its record: JSON types only, every number a decimal text."""
    return render(verify(case))


def render(verification: Verification) -> dict[str, Any]:
    """The record of a verification."""
    numbers = number_results(verification)
    context = verification.context
    allowance, by_finding = allowance_parts(verification)
    findings, determined = findings_part(verification, numbers), determined_part(verification)
    return {
        "schema": SCHEMA,
        "verifierkit": __version__,
        **case_part(context),
        **map_part(context),
        "parameters": [
            block | {"determined": of_parameter(determined, block)} for block in parameters_part(verification, numbers)
        ],
        "totals": totals_part(verification),
        "results": results_part(verification, numbers),
        "findings": [row | {"allowance": own} for row, own in zip(findings, by_finding, strict=True)],
        "decisions_without_finding": orphans_part(verification),
        "effects": _effects(verification),
        "allowance": allowance,
        "bridge": bridge_part(verification),
        "determined": determined,
        "reconciliation": reconciliation_part(verification),
        "recomputed": recomputed_part(verification),
        "coverage": coverage_part(verification),
        "pictures": pictures_part(verification),
        "last_year": last_year_part(verification),
        "clarifications": clarifications_part(verification),
        "incentive": incentive_part(verification),
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
