"""The part of the record on questions about the rules: the reading used, and the totals under each."""

from __future__ import annotations

from typing import Any

from verifierkit.allowances import Span
from verifierkit.checks.base import Context
from verifierkit.clarifications import Answer, Using
from verifierkit.readings import ReadingTotals, between, by_reading, concerns
from verifierkit.record.values import decimal_text, label
from verifierkit.rulepack.wording import clause_label, title_label
from verifierkit.stakes import Effect
from verifierkit.verification import Verification


def clarifications_part(verification: Verification) -> list[dict[str, Any]]:
    """Every question that concerns figures of the case: who answered it, the reading used, totals and differences.

    Totals [tCO2 or tCO2e] are recalculated from the reported inputs; ``difference`` is that to the reading used.
    """
    context = verification.context
    return [_question(verification, using) for using in context.readings if concerns(context, using.question)]


def _question(verification: Verification, using: Using) -> dict[str, Any]:
    rows = by_reading(verification.context, verification.results, using)
    base = next(row for row in rows if row.reading.id == using.reading.id)
    question = using.question
    return {
        "id": question.id,
        "question": dict(question.question),
        "packs": list(question.packs),
        "parameters": list(question.parameters),
        "open": question.open,
        "answer": _answer(question.answer),
        "used": using.reading.id,
        "used_label": dict(using.reading.label),
        "chosen_by": using.chosen_by,
        "readings": [_reading(verification.context, row, base) for row in rows],
    }


def _answer(answer: Answer | None) -> dict[str, str] | None:
    if answer is None:
        return None
    return {
        "reading": answer.reading,
        "answered_by": answer.answered_by,
        "answered_on": answer.answered_on.isoformat(),
        "source": answer.source,
        "valid_from": answer.valid_from.isoformat(),
        "digest": answer.digest,
    }


def _reading(context: Context, row: ReadingTotals, base: ReadingTotals) -> dict[str, Any]:
    moved = between(context, base, row)
    return {
        "id": row.reading.id,
        "label": dict(row.reading.label),
        "citation": {
            "title": title_label(row.reading.citation),
            "clause": clause_label(row.reading.citation),
            "confidence": row.reading.citation.confidence,
        },
        "totals": [{"track": track, "tonnes": str(amount)} for track, amount in row.totals.items()],
        "difference": effect_part(moved),
        "reason": dict(row.reason) if row.reason else label("", ""),
    }


def effect_part(moved: Effect | None) -> dict[str, Any]:
    """An effect in the form of the record: tonnes by track, allowance and allowance less emission as low and high."""
    if moved is None:
        return {"emission": [], "allowance": None, "net": None}
    rows = [{"track": track, "tonnes": str(amount)} for track, amount in moved.emission.items()]
    return {"emission": rows, "allowance": _span(moved.allowance), "net": _span(moved.net)}


def _span(span: Span | None) -> dict[str, str] | None:
    return {"low": decimal_text(span.low), "high": decimal_text(span.high)} if span else None
