"""The record of the joint fit alone: what its working paper shows, without the other checks and the report."""

from __future__ import annotations

from typing import Any

from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.record.context import case_part, map_part
from verifierkit.record.outcomes import number_results, results_part
from verifierkit.record.reconciliation import reconciliation_part
from verifierkit.verification import Verification

CORROBORATION = ("band.clinker_electricity", "band.metal_electricity", "floor.faraday")


def reconciliation_record(case: Case) -> dict[str, Any]:
    """Case, map and joint fit of a case, with the results that corroborate electricity; no findings are formed."""
    context = build_context(case)
    stated = [rule for rule in CORROBORATION if any(rule in pack.checks for pack in context.packs.values())]
    functions = dict.fromkeys(REGISTRY[rule] for rule in stated)
    found = [result for function in functions for result in function(context) if result.rule in stated]
    found = [result for result in found if any(context.packs[t].applies(result.rule, context.year).applies
                                               for t in context.packs if result.rule in context.packs[t].checks)]  # fmt: skip
    verification = Verification(context, found, [], {})
    return {
        **case_part(context),
        **map_part(context),
        "parameters": [],
        "findings": [],
        "results": results_part(verification, number_results(verification)),
        "reconciliation": reconciliation_part(verification),
        "draft": True,
    }
