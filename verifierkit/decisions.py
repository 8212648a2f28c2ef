"""Decisions on findings: an append-only log, one JSON object per line. Undo is a new line; nothing is rewritten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifierkit.errors import InputError, Place, UsageError

LOG = "decisions.jsonl"
DISPOSITIONS = ("undecided", "accepted", "rejected", "merged")
STATUSES = ("raised", "answered", "corrected", "closed", "not_closed")
FIELDS = ("line", "finding", "digest", "disposition", "status", "reason", "by", "on")


@dataclass(frozen=True)
class Decision:
    """What was decided on one finding, on which digest, by whom."""

    line: int
    finding: str
    digest: str
    disposition: str
    status: str
    reason: str
    by: str
    on: str


def finding_text(key: tuple[str, ...]) -> str:
    """The five key columns of a finding as one text."""
    return " | ".join(key)


def read(case: Path) -> dict[str, Decision]:
    """Decision in force for each finding, by :func:`finding_text`; undone lines are left out.

    Raises
    ------
    InputError
        If a line is not a decision or an undo; names file and line.
    """
    lines: dict[int, Decision] = {}
    for number, text in enumerate(_lines(_text(case)), start=1):
        entry = _parse(text, number)
        if "undo" in entry:
            lines.pop(entry["undo"], None)
        else:
            lines[number] = Decision(line=number, **{name: str(entry.get(name, "")) for name in FIELDS[1:]})
    return {decision.finding: decision for _, decision in sorted(lines.items())}


def _lines(text: str) -> list[str]:
    """Lines of the log; only a line feed ends one, since a reason may hold any other mark."""
    return text.removesuffix("\n").split("\n") if text else []


def _text(case: Path) -> str:
    """Text of the log, "" where there is none; a link, a folder or other bytes than UTF-8 are refused."""
    path, place = case / LOG, Place(LOG)
    if not path.exists() and not path.is_symlink():
        return ""
    todo = "Put the log itself there as the UTF-8 text that verifierkit wrote."
    if path.is_symlink() or not path.is_file():
        raise InputError(place, expected="a file of its own", found="a link or a folder", todo=todo)
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(place, expected="UTF-8 text", found=f"byte {error.start} of another kind", todo=todo) from None


def _parse(text: str, number: int) -> Mapping[str, Any]:
    place = Place(LOG, row=number)
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        todo = "Restore the line from a copy; the log is only ever appended to."
        raise InputError(place, expected="one JSON object", found=repr(text[:40]), todo=todo) from None
    if not isinstance(entry, dict) or not ("undo" in entry or {"finding", "disposition", "status"} <= set(entry)):
        todo = "Each line holds a decision (finding, digest, disposition, status, reason, by, on) or an undo."
        raise InputError(place, expected="a decision or an undo", found=repr(text[:40]), todo=todo)
    if "undo" in entry and type(entry["undo"]) is not int:
        todo = "Give the number of the line that is taken back."
        raise InputError(place, expected="a line number to undo", found=repr(entry["undo"])[:40], todo=todo)
    if "undo" not in entry and (entry["disposition"] not in DISPOSITIONS or entry["status"] not in STATUSES):
        found = f"{entry['disposition']!r} and {entry['status']!r}"
        allowed = f"disposition of {', '.join(DISPOSITIONS)} and status of {', '.join(STATUSES)}"
        raise InputError(
            place, expected=allowed, found=found, todo="Restore the line from a copy; a later line cannot mend it."
        )
    return entry


def append(
    case: Path, *, finding: str, digest: str, disposition: str, status: str = "raised", reason: str, by: str, on: str
) -> int:
    """Append a decision and return its line number. A rejection or merge needs a reason; every decision a name.

    Raises
    ------
    UsageError
        If a value is not allowed or the reason or name is missing.
    """
    if disposition not in DISPOSITIONS or status not in STATUSES:
        raise UsageError(f"disposition {disposition!r} or status {status!r} is not known: {DISPOSITIONS}, {STATUSES}")
    if not by.strip() or (disposition != "undecided" and not reason.strip()):
        raise UsageError("a decision needs a name, and a reason unless it is 'undecided'")
    entry = {"finding": finding, "digest": digest, "disposition": disposition, "status": status}
    return _write(case, entry | {"reason": reason, "by": by, "on": on})


def undo(case: Path, *, line: int, by: str, on: str) -> int:
    """Append a line that takes an earlier line back, and return its number.

    Raises
    ------
    UsageError
        If the line is not a decision in force.
    """
    if line not in {decision.line for decision in read(case).values()}:
        raise UsageError(f"line {line} of {LOG} is no decision in force")
    return _write(case, {"undo": line, "by": by, "on": on})


def _write(case: Path, entry: Mapping[str, Any]) -> int:
    before = _text(case)
    with (case / LOG).open("a", encoding="utf-8", newline="\n") as log:
        if before and not before.endswith("\n"):
            log.write("\n")
        log.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return len(_lines(before)) + 1
