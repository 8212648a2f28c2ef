"""The bridge between the tracks in the form of the record: the same lines as reported and as verified."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from verifierkit.bridge import Bridge, Line, bridge
from verifierkit.checks.texts import facility_name
from verifierkit.record.values import decimal_text
from verifierkit.rulepack.wording import clause_label, title_label
from verifierkit.verification import Verification

ZERO = Decimal(0)
STATES = ("reported", "verified")


def bridge_part(verification: Verification) -> dict[str, Any]:
    """Totals of both tracks [t], their difference and every line between, as reported and as verified.

    Where there is no bridge, ``reason`` says why and the lines are empty.
    """
    context = verification.context
    found = {
        "reported": bridge(context, verification.valuation.calculations({}, ())),
        "verified": bridge(context, verification.verified),
    }
    reasons = [dict(one.reason) for one in found.values() if one.reason]
    return {
        "reason": reasons[0] if reasons else None,
        "unit": "t",
        "entity": {state: decimal_text(found[state].entity) for state in STATES},
        "facilities": {state: decimal_text(found[state].facilities) for state in STATES},
        "difference": {state: decimal_text(found[state].difference) for state in STATES},
        "lines": [] if reasons else _lines(verification, found),
    }


def _lines(verification: Verification, found: dict[str, Bridge]) -> list[dict[str, Any]]:
    held: dict[tuple[str, str, str, str], Line] = {}
    for state in reversed(STATES):
        for line in found[state].lines:
            held.setdefault(line.key, line)
    ordered = sorted(held, key=lambda key: (key[0] in ("rounding", "unexplained"), key[0] == "unexplained"))
    amounts = {state: {line.key: line.tonnes for line in found[state].lines} for state in STATES}
    return [
        {
            "id": f"B{number:02d}",
            "kind": key[0],
            "parameter": key[1],
            "facility": key[2],
            "facility_name": facility_name(verification.context, key[2]) if key[2] else "",
            "item": key[3],
            "label": dict(held[key].label),
            **{state: decimal_text(amounts[state].get(key, ZERO)) for state in STATES},
            "citation": {
                "title": title_label(held[key].citation),
                "clause": clause_label(held[key].citation),
                "confidence": held[key].citation.confidence,
            },
        }
        for number, key in enumerate(ordered, start=1)
    ]
