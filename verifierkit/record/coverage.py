"""The coverage matrix: for each reported parameter its recomputation, cross-check and plausibility check, or why not."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, Context, Result, Subject
from verifierkit.checks.keys import source_for
from verifierkit.checks.texts import messages
from verifierkit.verification import Verification

EVALUATED = (SATISFIED, NOT_SATISFIED)


@cache
def rules() -> dict[str, Any]:
    """Rules that count as recomputation, cross-check and plausibility check."""
    text = resources.files("verifierkit").joinpath("checks/coverage.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@cache
def _matches(rule: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(rule, name) for name in names)


def _family(verification: Verification, part: str) -> list[Result]:
    """Results of the rules that count for one part of the matrix."""
    names = tuple(rules()[part])
    return [result for result in verification.results if _matches(result.rule, names)]


def recomputations(verification: Verification, subject: Subject) -> list[Result]:
    """Results that recompute a subject's figures."""
    own = (subject.track, subject.parameter.id, subject.facility, subject.item)
    return [
        result
        for result in _family(verification, "recompute")
        if (result.track, result.parameter, result.facility, result.item) == own
    ]


def cross_checks(verification: Verification, subject: Subject) -> list[Result]:
    """Results that compare the subject's source with an independent one: its stream, or a balance that it enters."""
    source = source_for(verification.context, subject)
    if source is None:
        return []
    streams = {row["stream_id"] for row in verification.context.flow.lineage(source["source_id"])}
    nodes = _nodes(verification.context, streams)
    factor = source["parameter"] if subject.parameter.role == "factor" else None
    return [
        result
        for result in _family(verification, "cross_check")
        if (result.stream in streams or (result.stream in nodes and factor is None))
        and (factor is None or result.parameter == factor)
    ]


def _nodes(context: Context, streams: set[str]) -> set[str]:
    rows = [context.flow.streams[stream] for stream in streams if stream in context.flow.streams]
    return {row[end] for row in rows for end in ("from_node", "to_node")}


def plausibility(verification: Verification, subject: Subject) -> list[Result]:
    """Results of floors and bands that cover a subject's parameter at its facility."""
    covering = tuple(rule for rule, names in rules()["plausibility"].items() if subject.parameter.id in names)
    return [
        result
        for result in verification.results
        if result.facility == subject.facility
        and (
            _matches(result.rule, covering)
            or (result.rule == "year.change" and result.parameter == subject.parameter.id)
        )
    ]


def coverage_part(verification: Verification) -> list[dict[str, Any]]:
    """One row per parameter, facility and item; no cell without a state and, where not done, a reason."""
    return [
        {
            "track": subject.track,
            "facility": subject.facility,
            "item": subject.item,
            "parameter": subject.parameter.id,
            "recompute": _cell(recomputations(verification, subject), _no_recomputation(verification, subject)),
            "cross_check": _cell(cross_checks(verification, subject), _no_cross_check(verification, subject)),
            "plausibility": _cell(plausibility(verification, subject), _no_band(subject)),
        }
        for subject in verification.context.subjects
        if _reported(verification.context, subject) or subject.parameter.asked == "always"
    ]


def _reported(context: Context, subject: Subject) -> bool:
    return any(subject.key(period) in context.figures for period in (*context.months, str(context.year)))


def _cell(results: list[Result], otherwise: str) -> dict[str, Any]:
    if any(result.outcome in EVALUATED for result in results):
        return {"state": "done", "reason": dict(messages()["coverage.done"])}
    reason = "coverage.not_evaluated" if results else otherwise
    return {"state": reason.removeprefix("coverage."), "reason": dict(messages()[reason])}


def _no_recomputation(verification: Verification, subject: Subject) -> str:
    if not _reported(verification.context, subject):
        return "coverage.no_figure"
    return "coverage.no_source"


def _no_cross_check(verification: Verification, subject: Subject) -> str:
    if not _reported(verification.context, subject):
        return "coverage.no_figure"
    if subject.parameter.obtained == ("quoted",):
        return "coverage.quoted"
    if subject.parameter.role == "result":
        return "coverage.result"
    if _by_default(verification.context, subject):
        return "coverage.default"
    return "coverage.single_source"


def _by_default(context: Context, subject: Subject) -> bool:
    """Whether a figure is the pack's default: by its stated route, else because no source is mapped."""
    periods = (str(context.year), *context.months)
    figures = [context.figures[subject.key(period)] for period in periods if subject.key(period) in context.figures]
    route = next((figure.route for figure in figures if figure.route), "")
    if route:
        return route == "default"
    return source_for(context, subject) is None and "default" in subject.parameter.obtained


def _no_band(subject: Subject) -> str:
    if subject.parameter.role == "factor" and "measured" not in subject.parameter.obtained:
        return "coverage.default"
    return "coverage.result" if subject.parameter.role == "result" else "coverage.no_band"
