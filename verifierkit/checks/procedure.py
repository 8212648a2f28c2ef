"""The verification itself against its procedure, as far as ``case.yaml`` tells: team, reviewer, visit and last days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from verifierkit.checks.base import NOT_APPLICABLE, NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result, check
from verifierkit.errors import Place

PLACE = "case.yaml"
WORKERS = ("lead", "member")
DECEMBER = "-12"


def _team(context: Context) -> Sequence[Mapping[str, str]]:
    found: Sequence[Mapping[str, str]] = context.case.meta.get("team") or ()
    return found


def _part(context: Context, name: str) -> Mapping[str, Any]:
    return context.case.meta.get(name) or {}


def _result(context: Context, rule: str, outcome: str, key: str, message: str = "", **detail: str) -> Result:
    """A result about a part of ``case.yaml``; it belongs to no facility."""
    return Result(
        rule, outcome, "", (), str(context.year), key, PLACE, message=message, detail=detail, places=(Place(PLACE),)
    )


@check("procedure.team")
def team(context: Context) -> Iterator[Result]:
    """The team has one lead and as many persons as the document review asks for."""
    rule, persons = "procedure.team", _team(context)
    if not persons:
        yield _result(context, rule, NOT_EVALUATED, "team", "procedure.team.none")
        return
    least = int(context.rule(rule).limit("persons"))
    workers = {row["name"] for row in persons if row["role"] in WORKERS}
    leads = sum(row["role"] == "lead" for row in persons)
    outcome = SATISFIED if leads == 1 and len(workers) >= least else NOT_SATISFIED
    yield _result(context, rule, outcome, "team", leads=str(leads), persons=str(len(workers)), least=str(least))


@check("procedure.review")
def review(context: Context) -> Iterator[Result]:
    """The technical reviewer is named and took no part in the team."""
    rule, persons = "procedure.review", _team(context)
    if not persons:
        yield _result(context, rule, NOT_EVALUATED, "team", "procedure.team.none")
        return
    workers = {row["name"] for row in persons if row["role"] in WORKERS}
    reviewers = [row["name"] for row in persons if row["role"] == "technical_reviewer"]
    both = sorted(workers & set(reviewers))
    if not reviewers:
        yield _result(context, rule, NOT_SATISFIED, "team", "procedure.review.none")
    elif both:
        yield _result(context, rule, NOT_SATISFIED, "team", name="、".join(both))
    else:
        yield _result(context, rule, SATISFIED, "team")


@check("procedure.visit")
def visit(context: Context) -> Iterator[Result]:
    """A site visit was made after the report came in, or its waiver has a reason."""
    rule, made, persons = "procedure.visit", _part(context, "visit"), _team(context)
    first, last, reason = made.get("from"), made.get("to"), made.get("waived_reason")
    received = _part(context, "report").get("initial_date")
    if first is None and not reason:
        outcome = NOT_SATISFIED if persons else NOT_EVALUATED
        yield _result(context, rule, outcome, "visit", "procedure.visit.none")
    elif first is not None and last is not None and last < first:
        days = {"first": str(first), "last": str(last)}
        yield _result(context, rule, NOT_SATISFIED, "visit", "procedure.visit.order", **days)
    elif first is not None and received is not None and first < received:
        days = {"first": str(first), "received": str(received)}
        yield _result(context, rule, NOT_SATISFIED, "visit", **days)
    else:
        yield _result(context, rule, SATISFIED, "visit")


@check("procedure.report_date")
def report_date(context: Context) -> Iterator[Result]:
    """The emission report came in by the last day that the notice sets."""
    yield from _by_the_day(context, "procedure.report_date", "report", _part(context, "report").get("initial_date"))


@check("procedure.conclusion_date")
def conclusion_date(context: Context) -> Iterator[Result]:
    """The verification ended by the last day that the notice sets, told by the final report or the site visit."""
    done = _part(context, "report").get("final_date") or _part(context, "visit").get("to")
    yield from _by_the_day(context, "procedure.conclusion_date", "visit", done)


def _by_the_day(context: Context, rule: str, key: str, done: date | None) -> Iterator[Result]:
    days = [pack.deadline(rule, f"{context.year}{DECEMBER}") for pack in context.packs.values() if rule in pack.checks]
    due = max((day for day in days if day is not None), default=None)
    if due is None:
        yield _result(context, rule, NOT_APPLICABLE, key, "procedure.no_day")
    elif done is None:
        yield _result(context, rule, NOT_EVALUATED, key, "procedure.no_date")
    else:
        outcome = SATISFIED if done <= due else NOT_SATISFIED
        yield _result(context, rule, outcome, key, done=str(done), due=str(due))
