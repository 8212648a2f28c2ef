"""Errors of the joint fit in the form of the record: explanations with place, months, size and effect on the totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import Context
from verifierkit.checks.joint import RULE, Blame, blamed, corrections
from verifierkit.checks.statistics import six_digits
from verifierkit.checks.texts import facility_name, source_name, stream_name
from verifierkit.emissions import Key
from verifierkit.findings import Finding
from verifierkit.joint.diagnosis import Error, Explanation
from verifierkit.joint.hypotheses import MOMENT, kinds
from verifierkit.joint.network import Network
from verifierkit.periods import join_months, next_month, split_period
from verifierkit.record.leading import History, history, leading, members
from verifierkit.record.nil import NOT_REPORTED, nil_note
from verifierkit.record.rated import through_ratios
from verifierkit.record.values import decimal_text, label
from verifierkit.record.verdicts import verdict
from verifierkit.units import convert
from verifierkit.verification import Verification

ZERO = Decimal(0)
SHOWS_CAUSES = ("settlement.meter", "balance.bus", "balance.store", "cross.sources", RULE)


def number(value: float | Decimal | None) -> str:
    """A statistic to six significant digits as text; empty where there is none or it has no bound."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return ""
    return decimal_text(six_digits(value))


def percent(value: float | Decimal | None) -> str:
    """A fraction in percent, to six significant digits."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return ""
    return decimal_text(convert(six_digits(value), "1", "%"))


def group_number(network: Network, subject: str) -> int:
    """Place of the group that a stream, node or relation belongs to; -1 where it belongs to none."""
    stream = network.stream_at.get(subject, subject)
    return next((place for place, group in enumerate(network.groups) if stream in group), -1)


def group_id(place: int) -> str:
    """Id of a group by its place."""
    return f"G{place + 1}" if place >= 0 else ""


def errors_part(verification: Verification) -> list[dict[str, Any]]:
    """The errors that the joint fit finds, strongest first, each with its explanations, most probable first."""
    analysis = verification.context.joint
    if analysis is None or analysis.joint is None or analysis.diagnosis is None:
        return []
    network, found = analysis.joint.network, analysis.diagnosis.findings
    rows = []
    for place, error in enumerate(found, start=1):
        row = _said(verification, network, error, place)
        rows.append(row | {"findings": _findings_of(verification, network, error)})
    return rows


def questions_part(verification: Verification) -> list[dict[str, Any]]:
    """Errors that are worth a question and no finding: below its limit, above that of the whole error budget."""
    analysis = verification.context.joint
    if analysis is None or analysis.joint is None or analysis.diagnosis is None:
        return []
    first = len(analysis.diagnosis.findings)
    asked = enumerate(analysis.diagnosis.errors[first:], start=first + 1)
    rows = (_said(verification, analysis.joint.network, error, place) for place, error in asked)
    return [{name: row[name] for name in ("id", "group", "log_odds", "text")} for row in rows]


def _said(verification: Verification, network: Network, error: Error, place: int) -> dict[str, Any]:
    explanations = [_explanation(verification, one) for one in error.explanations]
    return {
        "id": f"J{place:02d}",
        "group": group_id(group_number(network, error.explanations[0].hypothesis.subject)),
        "log_odds": number(error.log_odds),
        "explanations": explanations,
        "text": verdict(explanations),
    }


def _findings_of(verification: Verification, network: Network, error: Error) -> list[str]:
    return [
        f"F{index + 1:02d}"
        for index, finding in enumerate(verification.findings)
        if belongs(verification.context, network, finding, error)
    ]


def belongs(context: Context, network: Network, finding: Finding, error: Error) -> bool:
    """Whether an error may stand behind a statistical finding: the same network, and months that touch."""
    if finding.key.rule not in SHOWS_CAUSES:
        return False
    best = error.explanations[0]
    blame = blamed(context, best)
    if finding.key.rule == RULE:
        return (blame.facility, blame.stream, blame.source) == (
            finding.key.facility,
            finding.key.stream,
            finding.key.source,
        )
    if group_number(network, finding.key.stream) != group_number(network, best.hypothesis.subject):
        return False
    own, theirs = set(blame.months), set(split_period(finding.key.period))
    near = own | {next_month(month) for month in own}
    return not theirs or bool(near & (theirs | {next_month(month) for month in theirs}))


def of_finding(errors: Sequence[Mapping[str, Any]], finding: str) -> list[dict[str, Any]]:
    """The explanations of all errors that may stand behind a finding."""
    return [
        {"error": error["id"], **explanation}
        for error in errors
        if finding in error["findings"]
        for explanation in error["explanations"]
    ]


def _explanation(verification: Verification, named: Explanation) -> dict[str, Any]:
    """An explanation by the best supported member of its class; the others stand in ``alike``."""
    context = verification.context
    found = leading(context, named)
    blame = blamed(context, found)
    return {
        "kind": blame.kind,
        "label": _label(blame.kind),
        "probability_percent": percent(found.probability),
        **_place(context, blame),
        **_amounts(verification, blame),
        "sd": number(float(abs(blame.amount)) * found.size_sd / abs(found.size) if found.size else None),
        "spans": _spans(context, found),
        "history": _history(context, found),
        "places": [str(place) for place in blame.places],
        "alike": _alike(verification, named, blame),
    }


def _amounts(verification: Verification, blame: Blame) -> dict[str, Any]:
    return {
        "amount": number(blame.amount),
        "unit": blame.unit,
        "share_percent": percent(blame.share),
        "changes": [{"month": month, "amount": number(change)} for month, change in blame.changes.items()],
        "effects": effects(verification, blame.stream, _corrected(verification.context, blame)),
    }


def _corrected(context: Context, blame: Blame) -> tuple[tuple[Key, Decimal], ...]:
    """Changes of reported figures if the explanation holds, also those that a feed or its ratio carries over."""
    rated = through_ratios(context, blame.stream, blame.source, blame.changes, blame.unit)
    return (*corrections(context, blame), *rated)


def _spans(context: Context, found: Explanation) -> list[dict[str, str]]:
    """Periods that the explanation changes, with what was recorded and what of it is too much; first to last day."""
    entries = context.joint.joint.network.entries if context.joint and context.joint.joint else ()
    own = [(entries[position], amount * found.size) for position, amount in found.hypothesis.shift]
    return [
        {
            "start": entry.start.date().isoformat(),
            "end": max((entry.end - MOMENT).date(), entry.start.date()).isoformat(),
            "recorded": number(entry.value),
            "amount": number(amount),
        }
        for entry, amount in sorted(own, key=lambda pair: pair[0].start)
        if entry.subject == found.hypothesis.subject
    ]


def _history(context: Context, found: Explanation) -> dict[str, Any]:
    """What the record to blame shows by itself; empty numbers where it shows nothing."""
    joint = context.joint.joint if context.joint else None
    told = history(joint, found) if joint else History("silent")
    numbers = {name: number(getattr(told, name)) for name in ("recorded", "corrected", "low", "high")}
    return {"verdict": told.verdict, "reason": told.reason, "month": told.month, **numbers}


def _label(kind: str) -> dict[str, str]:
    return label(kinds()[kind].zh, kinds()[kind].en)


def _place(context: Context, blame: Blame) -> dict[str, str]:
    named = blame.partner in context.flow.streams or blame.partner in context.flow.nodes
    return {
        "stream": blame.stream,
        "stream_name": stream_name(context, blame.stream),
        "source": blame.source,
        "source_name": source_name(context, blame.source),
        "facility": blame.facility,
        "facility_name": facility_name(context, blame.facility),
        "period": join_months(blame.months),
        "partner": blame.partner,
        "partner_name": stream_name(context, blame.partner) if named else blame.partner,
    }


def _alike(verification: Verification, found: Explanation, own: Blame) -> list[dict[str, Any]]:
    """What leaves the same residuals, each once; the same cause by another factor is not told again."""
    context = verification.context
    seen = {(own.kind, own.stream, own.source, own.months)}
    rows = []
    for member in members(context, found)[1:]:
        blame = blamed(context, member)
        key = (blame.kind, blame.stream, blame.source, blame.months)
        if key not in seen:
            seen.add(key)
            row = {"kind": blame.kind, "label": _label(blame.kind), **_place(context, blame)}
            rows.append(row | _amounts(verification, blame) | {"history": _history(context, member)})
    return rows


def effects(verification: Verification, stream: str, changes: Iterable[tuple[Key, Decimal]]) -> list[dict[str, Any]]:
    """Change of each total [t] by changes of reported figures, with the reason where it is nil."""
    context = verification.context
    moved: dict[Key, Decimal] = {}
    for key, change in changes:
        moved[key] = moved.get(key, ZERO) + change
    totals = verification.valuation.effect(moved, ()) if moved else dict.fromkeys(verification.valuation.base, ZERO)
    rows = []
    for track, tonnes in totals.items():
        note = nil_note(context, stream, "", track) if tonnes == 0 else label("", "")
        if not moved and not note["zh"]:
            note = NOT_REPORTED
        rows.append({"track": track, "tonnes": decimal_text(tonnes), "note": dict(note)})
    return rows
