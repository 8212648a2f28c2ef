"""Decisions on findings: an append-only log, one JSON object per line. Undo is a new line; nothing is rewritten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifierkit.errors import InputError, Place, UsageError

LOG = "decisions.jsonl"
DISPOSITIONS = ("undecided", "accepted", "rejected", "merged")
STATUSES = ("raised", "answered", "corrected", "closed", "not_closed")
FIELDS = ("line", "finding", "digest", "disposition", "status", "reason", "by", "on", "target")
SCHEMA = 2  # of a line; lines without a version are of form 1, which had no target
MERGED = "merged"


@dataclass(frozen=True)
class Decision:
    """What was decided on one finding, on which digest, by whom; ``target`` is the finding that it was merged into."""

    line: int
    finding: str
    digest: str
    disposition: str
    status: str
    reason: str
    by: str
    on: str
    target: str = ""


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
        todo = "Each line holds a decision (finding, digest, disposition, status, reason, by, on, target) or an undo."
        raise InputError(place, expected="a decision or an undo", found=repr(text[:40]), todo=todo)
    _check_form(entry, place)
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


def _check_form(entry: Mapping[str, Any], place: Place) -> None:
    """Refuse a line of a later form, and a target that is no text."""
    version = entry.get("schema", 1)
    if type(version) is not int or not 1 <= version <= SCHEMA:
        todo = "Use the version of verifierkit that wrote the line."
        raise InputError(place, expected=f"a line of form {SCHEMA} or below", found=repr(version)[:40], todo=todo)
    if not isinstance(entry.get("target", ""), str):
        todo = "Restore the line from a copy; a later line cannot mend it."
        raise InputError(place, expected="the key of a finding as target", found=repr(entry["target"])[:40], todo=todo)


def append(
    case: Path,
    *,
    finding: str,
    digest: str,
    disposition: str,
    status: str = "raised",
    reason: str,
    by: str,
    on: str,
    target: str = "",
    known: Collection[str] | None = None,
) -> int:
    """Append a decision and return its line number. A rejection or merge needs a reason; every decision a name.

    Parameters
    ----------
    target
        The finding (by :func:`finding_text`) that this one is merged into; only with the disposition merged.
    known
        Findings of the case, where the caller has them: the target must be one.

    Raises
    ------
    UsageError
        If a value is not allowed, the reason or name is missing, or the target is missing, unknown, the finding
        itself or merged into it.
    """
    if disposition not in DISPOSITIONS or status not in STATUSES:
        raise UsageError(f"disposition {disposition!r} or status {status!r} is not known: {DISPOSITIONS}, {STATUSES}")
    if not by.strip() or (disposition != "undecided" and not reason.strip()):
        raise UsageError("a decision needs a name, and a reason unless it is 'undecided'")
    _check_target(case, finding, disposition, target, known)
    entry = {"schema": SCHEMA, "finding": finding, "digest": digest, "disposition": disposition, "status": status}
    into = {"target": target} if target else {}
    return _write(case, entry | into | {"reason": reason, "by": by, "on": on})


def _check_target(case: Path, finding: str, disposition: str, target: str, known: Collection[str] | None) -> None:
    if disposition != MERGED:
        if target:
            raise UsageError(f"only a merged finding has a target; the disposition is {disposition!r}")
        return
    if not target:
        raise UsageError("a merge needs the finding that this one is merged into")
    if known is not None and target not in known:
        raise UsageError(f"there is no finding {target!r} to merge into")
    chain = merge_chain(read(case), target)
    if finding in chain:
        raise UsageError(f"{target!r} is the finding itself or merged into it; merge into another one")


def merge_chain(decided: Mapping[str, Decision], finding: str) -> list[str]:
    """A finding and those that it is merged into one after another; stops before a finding that came already."""
    chain = [finding]
    while (held := decided.get(chain[-1])) and held.disposition == MERGED and held.target:
        if held.target in chain:
            break
        chain.append(held.target)
    return chain


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
