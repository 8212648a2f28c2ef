"""The cross-checks of a parameter in words: one line per independent source, with its largest difference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from verifierkit.documents.blocks import Span, Spans
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View

SATISFIED, NOT_SATISFIED = "satisfied", "not_satisfied"


def cross_check_spans(view: View, row: dict[str, Any]) -> Spans:
    """What was compared and how far apart it was, or that there is a single source."""
    if not row["cross_checks"]:
        return _none(view, row)
    groups: dict[tuple[str, str], list[int]] = {}
    for n, check in enumerate(row["cross_checks"]):
        groups.setdefault((str(check.get("rule", "")), str(check["with"])), []).append(n)
    spans: list[Span] = []
    for members in groups.values():
        spans += [view.word("semicolon")] if spans else []
        spans += _one(view, row, members[0]) if len(members) == 1 else _many(view, row, members)
        spans += _findings(view, row, members)
    return tuple(spans)


def _none(view: View, row: dict[str, Any]) -> Spans:
    """Why nothing was compared: a single source of what was measured, else the reason of the coverage matrix."""
    names = ("track", "facility", "item", "parameter")
    own = [row[name] for name in names]
    places = [n for n, entry in enumerate(view.record["coverage"]) if [entry[name] for name in names] == own]
    state = view.values.maybe(f"coverage/{places[0]}/cross_check/state") if places else None
    if state and state != "single_source":
        reason = view.quote(f"coverage/{places[0]}/cross_check/reason")
        return view.say("card.no_cross_check_reason", reason=reason)
    return view.words("card.single_source" if row["single_source"] else "card.no_cross_check")


def _other(view: View, at: str) -> Spans:
    """The other side of a comparison; of a node that several draw on, that the difference is that of all together."""
    name = view.quote(f"{at}/with")
    return view.say("card.cross_check_shared", node=name) if view.values.maybe(f"{at}/shared") else (name,)


def _findings(view: View, row: dict[str, Any], members: list[int]) -> Spans:
    """The findings that failed comparisons belong to."""
    failed = (row["cross_checks"][n] for n in members if row["cross_checks"][n]["outcome"] == NOT_SATISFIED)
    ids = [view.values.maybe(f"results/{check['result']}/finding") for check in failed]
    known = list(dict.fromkeys(str(key) for key in ids if key))
    return (view.word("comma"), view.word("card.see"), *view.findings(known)) if known else ()


def _one(view: View, row: dict[str, Any], n: int) -> Spans:
    at = f"parameters/{row['id']}/cross_checks/{n}"
    return view.say(
        "card.cross_check_one",
        other=_other(view, at),
        period=_period(view, at),
        difference=view.percent(f"{at}/difference_percent"),
        limit=view.percent(f"{at}/limit_percent"),
        outcome=_outcome(view, row, n),
    )


def _many(view: View, row: dict[str, Any], members: list[int]) -> Spans:
    path = f"parameters/{row['id']}/cross_checks"
    largest = max(members, key=lambda n: (abs(_difference(row, n)), -n))
    outside = [n for n in members if row["cross_checks"][n]["outcome"] != SATISFIED]
    outcome = _outcome(view, row, largest)
    if outside:
        outcome = view.say("card.cross_check_outside", count=view.number(_count(path, outside)))
    return view.say(
        "card.cross_check_many",
        other=_other(view, f"{path}/{members[0]}"),
        count=view.number(_count(path, members)),
        difference=view.percent(f"{path}/{largest}/difference_percent"),
        period=_period(view, f"{path}/{largest}"),
        limit=view.percent(f"{path}/{largest}/limit_percent"),
        outcome=outcome,
    )


def _outcome(view: View, row: dict[str, Any], n: int) -> Spans:
    """The outcome; a node with an unmetered branch may lose more than the limit and still agree."""
    check = row["cross_checks"][n]
    limit = as_decimal(check["limit_percent"])
    if check["outcome"] == SATISFIED and limit is not None and abs(_difference(row, n)) > limit:
        return view.words("card.cross_check_open")
    return (view.choice("outcome", check["outcome"]),)


def _count(path: str, members: list[int]) -> str:
    return f"count:{path}#{','.join(str(n) for n in members)}"


def _difference(row: dict[str, Any], n: int) -> Decimal:
    return as_decimal(row["cross_checks"][n]["difference_percent"]) or Decimal(0)


def _period(view: View, at: str) -> Spans:
    return (view.word("open"), view.period(f"{at}/period"), view.word("close")) if view.has(f"{at}/period") else ()
