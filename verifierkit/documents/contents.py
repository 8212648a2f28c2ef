"""The seven contents of the verification forms, the one that each rule belongs to, and their state."""

from __future__ import annotations

from typing import Any

CONTENTS = ("basics", "boundary", "method", "data", "quality", "plan", "other")
STATES = ("conform", "rectified", "insufficient", "not_rectified", "undecided")
ADVICE = "recommendation"
PUT_RIGHT = ("corrected", "closed")

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


def has_final(record: dict[str, Any]) -> bool:
    """Whether the final version of the emission report is there: a correction can only be seen in it."""
    return bool((record["case"].get("report") or {}).get("final_version"))


def state_of(findings: list[dict[str, Any]], *, final: bool) -> str:
    """The state of a content in the findings matrix; nothing counts as corrected without a final emission report."""
    if any(finding["disposition"] == "undecided" or finding.get("stale") for finding in findings):
        return "undecided"
    serious = [finding for finding in findings if finding["kind"] != ADVICE]
    if not serious:
        return "conform"
    if any(finding["status"] == "not_closed" for finding in serious):
        return "insufficient"
    return "rectified" if final and all(finding["status"] in PUT_RIGHT for finding in serious) else "not_rectified"


def conforms(record: dict[str, Any]) -> bool:
    """Whether every content conforms or was corrected as required."""
    states = (state_of(findings_of(record, content), final=has_final(record)) for content in CONTENTS)
    return all(state in ("conform", "rectified") for state in states)
