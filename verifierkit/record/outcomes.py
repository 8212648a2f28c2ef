"""Results and findings in the form of the record."""

from __future__ import annotations

from typing import Any

from verifierkit.checks.base import Context
from verifierkit.checks.texts import text
from verifierkit.findings import Finding
from verifierkit.periods import split_period
from verifierkit.record.explanations import errors_part, of_finding
from verifierkit.record.nil import nil_note
from verifierkit.record.values import decimal_text
from verifierkit.rulepack.wording import title_label
from verifierkit.verification import Verification

Numbers = dict[int, str]


def number_results(verification: Verification) -> Numbers:
    """Id of each result by its identity: R0001 and on, in the fixed order of the checks."""
    return {id(result): f"R{index:04d}" for index, result in enumerate(verification.results, start=1)}


def finding_id(index: int) -> str:
    """Id of a finding by its place in the fixed order."""
    return f"F{index + 1:02d}"


def _finding_of(verification: Verification) -> dict[int, str]:
    return {
        id(result): finding_id(index)
        for index, finding in enumerate(verification.findings)
        for result in (*finding.results, *finding.explains)
    }


def results_part(verification: Verification, numbers: Numbers) -> list[dict[str, Any]]:
    """Every result of every check, satisfied or not, with its words and places."""
    owners = _finding_of(verification)
    rows = []
    for result in verification.results:
        difference = None if result.observed is None or result.expected is None else result.observed - result.expected
        rows.append(
            {
                "id": numbers[id(result)],
                "rule": result.rule,
                "outcome": result.outcome,
                "track": result.track,
                "facility": result.facility,
                "period": result.when,
                "stream": result.stream,
                "source": result.source,
                "parameter": result.parameter,
                "item": result.item,
                "observed": decimal_text(result.observed),
                "expected": decimal_text(result.expected),
                "difference": decimal_text(difference),
                "limit": decimal_text(result.limit),
                "unit": result.unit,
                "text": text(verification.context, result),
                "places": [str(place) for place in result.places],
                "finding": owners.get(id(result), ""),
            }
        )
    return rows


def findings_part(verification: Verification, numbers: Numbers) -> list[dict[str, Any]]:
    """Every finding with its cause, what it explains, its effect and the decision on it."""
    errors = errors_part(verification)
    rows = [_finding(verification, index, numbers) for index in range(len(verification.findings))]
    return [row | {"explanations": of_finding(errors, row["id"])} for row in rows]


def _finding(verification: Verification, index: int, numbers: Numbers) -> dict[str, Any]:
    finding, decision = verification.findings[index], verification.decision(index)
    stale, target = verification.stale(index), verification.merged_into(index)
    fault = verification.merge_fault(index)
    first = finding.results[0]
    rule = verification.context.rule(first.rule, first.track)
    return {
        "id": finding_id(index),
        **finding.key._asdict(),
        "kind": rule.kind,
        "experience": rule.experience,
        "confidence": rule.citation.confidence,
        "basis": title_label(rule.citation),
        "title": dict(rule.statement),
        "text": _words(verification.context, finding),
        "parameter": first.parameter,
        "item": first.item,
        "effects": _effects(verification, index),
        "places": list(dict.fromkeys(str(place) for result in finding.results for place in result.places)),
        "results": [numbers[id(result)] for result in finding.results],
        "explains": [numbers[id(result)] for result in finding.explains],
        "disposition": decision.disposition if decision and not stale and not fault else "undecided",
        "status": decision.status if decision and not stale and not fault else "raised",
        "merged_into": "" if target is None else finding_id(target),
        "merge_fault": fault,
        "reason": decision.reason if decision else "",
        "decided_by": decision.by if decision else "",
        "decided_on": decision.on if decision else "",
        "stale": stale,
        "digest": verification.digests[index],
    }


def orphans_part(verification: Verification) -> list[dict[str, Any]]:
    """Decisions in force on findings that the case no longer gives."""
    names = ("line", "finding", "disposition", "status", "reason", "by", "on")
    return [{name: getattr(held, name) for name in names} for held in verification.orphans]


def _words(context: Context, finding: Finding) -> dict[str, str]:
    """The words of the cause's results; identical sentences once."""
    ordered = sorted(finding.results, key=lambda result: split_period(result.when) or [""])
    parts = [text(context, result) for result in ordered]
    zh = _once([part["zh"].strip() for part in parts], "：")
    en = _once([part["en"].strip() for part in parts], ": ")
    return {"zh": "".join(zh), "en": " ".join(en)}


def _once(sentences: list[str], colon: str) -> list[str]:
    """Identical sentences once; a subject before the colon that opens several sentences in a row stands once."""
    kept: list[str] = []
    subject = ""
    for sentence in dict.fromkeys(sentences):
        opening, found, rest = sentence.partition(colon)
        repeated = rest.strip()
        kept.append(repeated[:1].upper() + repeated[1:] if found and opening == subject else sentence)
        subject = opening if found else ""
    return kept


def _effects(verification: Verification, index: int) -> list[dict[str, Any]]:
    first = verification.findings[index].results[0]
    rows = []
    for track, tonnes in verification.effects[index].items():
        note = {"zh": "", "en": ""}
        if tonnes == 0:
            note = nil_note(verification.context, first.stream, first.parameter, track)
        rows.append({"track": track, "tonnes": decimal_text(tonnes), "note": note})
    return rows
