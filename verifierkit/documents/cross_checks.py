"""The cross-checks of a parameter in words: one line per independent source, with its largest difference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from verifierkit.documents.blocks import Span, Spans
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View

SATISFIED = "satisfied"


def cross_check_spans(view: View, row: dict[str, Any]) -> Spans:
    """What was compared and how far apart it was, or that there is a single source."""
    if not row["cross_checks"]:
        return view.words("card.single_source" if row["single_source"] else "card.no_cross_check")
    groups: dict[tuple[str, str], list[int]] = {}
    for n, check in enumerate(row["cross_checks"]):
        groups.setdefault((str(check.get("rule", "")), str(check["with"])), []).append(n)
    spans: list[Span] = []
    for members in groups.values():
        spans += [view.word("semicolon")] if spans else []
        spans += _one(view, row, members[0]) if len(members) == 1 else _many(view, row, members)
    return tuple(spans)


def _one(view: View, row: dict[str, Any], n: int) -> Spans:
    at = f"parameters/{row['id']}/cross_checks/{n}"
    return view.say(
        "card.cross_check_one",
        other=view.quote(f"{at}/with"),
        period=_period(view, at),
        difference=view.percent(f"{at}/difference_percent"),
        limit=view.percent(f"{at}/limit_percent"),
        outcome=view.choice("outcome", row["cross_checks"][n]["outcome"]),
    )


def _many(view: View, row: dict[str, Any], members: list[int]) -> Spans:
    path = f"parameters/{row['id']}/cross_checks"
    largest = max(members, key=lambda n: (abs(_difference(row, n)), -n))
    outside = [n for n in members if row["cross_checks"][n]["outcome"] != SATISFIED]
    outcome = view.words("outcome.satisfied")
    if outside:
        outcome = view.say("card.cross_check_outside", count=view.number(_count(path, outside)))
    return view.say(
        "card.cross_check_many",
        other=view.quote(f"{path}/{members[0]}/with"),
        count=view.number(_count(path, members)),
        difference=view.percent(f"{path}/{largest}/difference_percent"),
        period=_period(view, f"{path}/{largest}"),
        limit=view.percent(f"{path}/{largest}/limit_percent"),
        outcome=outcome,
    )


def _count(path: str, members: list[int]) -> str:
    return f"count:{path}#{','.join(str(n) for n in members)}"


def _difference(row: dict[str, Any], n: int) -> Decimal:
    return as_decimal(row["cross_checks"][n]["difference_percent"]) or Decimal(0)


def _period(view: View, at: str) -> Spans:
    return (view.word("open"), view.quote(f"{at}/period"), view.word("close")) if view.has(f"{at}/period") else ()
