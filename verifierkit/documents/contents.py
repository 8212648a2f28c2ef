"""The seven contents of the verification forms, the one that each rule belongs to, and their state."""

from __future__ import annotations

from typing import Any

CONTENTS = ("basics", "boundary", "method", "data", "quality", "plan", "other")
STATES = ("conform", "rectified", "insufficient", "not_rectified", "undecided")
NEEDS_CORRECTION = ("misstatement", "nonconformity", "missing_evidence")

LEFT_OUT = ("rejected", "merged")

# Family of a rule (the part before the dot) to content; every family that is not named concerns the data.
RULE_CONTENTS = {
    "evidence": "quality",
    "transcription": "quality",
    "source": "quality",
    "deposit": "quality",
    "calibration": "plan",
    "plan": "plan",
    "calc": "method",
    "boundary": "boundary",
    "basics": "basics",
}


def content_of(rule: str) -> str:
    """The content that a rule belongs to."""
    return RULE_CONTENTS.get(rule.partition(".")[0], "data")


def findings_of(record: dict[str, Any], content: str) -> list[dict[str, Any]]:
    """The findings of a content, rejected and merged ones left out."""
    return [
        finding
        for finding in record["findings"]
        if content_of(finding["rule"]) == content and finding["disposition"] not in LEFT_OUT
    ]


def state_of(findings: list[dict[str, Any]]) -> str:
    """The state of a content in the findings matrix."""
    if any(finding["disposition"] == "undecided" or finding.get("stale") for finding in findings):
        return "undecided"
    serious = [finding for finding in findings if finding["kind"] in NEEDS_CORRECTION]
    if not serious:
        return "conform"
    if all(finding["status"] == "closed" for finding in serious):
        return "rectified"
    return "insufficient" if any(finding["status"] == "not_closed" for finding in serious) else "not_rectified"
