"""Editions that carry another one on, editions without a text, and the steps of a verification procedure.

An edition whose own text was not found, but of which the form is known to have stayed, ``carries`` the parameters,
methods and totals of the edition before it. Each takes the weaker of two marks: its own, and that of the statement
that it was carried on. Dated values are never carried; a pack states them, each with its citation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from verifierkit.rulepack.build import WORST, FilePart, label
from verifierkit.rulepack.model import CheckRule, Citation, Method, Parameter, Step, WorkedExample
from verifierkit.rulepack.pack import RulePack

EMPTY = ("constants", "parameters", "values", "uses", "methods", "totals", "checks", "include", "carries")


def parameters(base: RulePack, own: FilePart) -> dict[str, Parameter]:
    """Parameters of the edition that is carried on, each with the weaker mark."""
    cited = own.cite(own.raw["carries"])
    return {name: replace(entry, citation=weaker(cited, entry.citation)) for name, entry in base.parameters.items()}


def methods(base: RulePack, own: FilePart) -> dict[str, Method]:
    """Methods of the edition that is carried on, by output, each with the weaker mark."""
    cited, line = own.cite(own.raw["carries"]), own.raw["carries"]["line"]
    entries = base.methods.items()
    return {name: replace(entry, citation=weaker(cited, entry.citation), line=line) for name, entry in entries}


def weaker(own: Citation, other: Citation) -> Citation:
    """The statement that something was carried on with the place where it was read, and the weaker mark of both."""
    mark = max(own.confidence, other.confidence, key=WORST.__getitem__)
    return Citation(own.source, own.title, f"{own.clause}; {other.title}, {other.clause}", mark)


def check_unusable(own: FilePart) -> None:
    """A pack that cannot be used holds nothing that could be used."""
    found = [key for key in EMPTY if key in own.raw]
    if "unusable" in own.raw and found:
        todo = "Remove the section, or the key unusable once the text has been read."
        expected = "no rules in a pack that cannot be used"
        own.reader.fault(own.raw["line"], expected=expected, found=", ".join(found), todo=todo)


def worked_example(own: FilePart) -> WorkedExample | None:
    """What the pack says about a worked example; a published one names its test."""
    raw = own.raw.get("worked_example")
    if raw is None:
        return None
    published, test = raw.get("status") == "published", raw.get("test", "")
    if published != bool(test):
        todo = "Name the test that holds the published example; without an example there is none."
        own.reader.fault(raw["line"], expected="a test with a published example", found=repr(test), todo=todo)
    return WorkedExample(published, test, label(raw.get("note", {})))


def procedure(own: FilePart, checks: Mapping[str, CheckRule]) -> tuple[Step, ...]:
    """Steps of a procedure; the number of one that names a limit of a check is that limit."""
    steps = tuple(_step(own, raw, checks) for raw in own.raw.get("procedure", []))
    seen: set[str] = set()
    for step, raw in zip(steps, own.raw.get("procedure", []), strict=True):
        if step.id in seen:
            own.reader.fault(raw["line"], expected="each id once", found=f"{step.id} again", todo="Rename one of them.")
        seen.add(step.id)
    return steps


def _step(own: FilePart, raw: Mapping[str, Any], checks: Mapping[str, CheckRule]) -> Step:
    check, limit = raw.get("check", ""), raw.get("limit", "")
    value = Decimal(raw["value"]) if "value" in raw else None
    unit = raw.get("unit", "")
    if check and check not in checks:
        own.reader.fault(raw["line"], expected="a check of the pack", found=repr(check), todo="Correct the rule id.")
    elif limit and limit not in (checks[check].limits if check else ()):
        todo = "Name a limit of the check."
        own.reader.fault(raw["line"], expected=f"a limit of {check or 'a check'}", found=repr(limit), todo=todo)
    elif limit:
        value, unit = checks[check].limits[limit].value, checks[check].limits[limit].unit
    if (value is None) != (not unit):
        own.reader.fault(raw["line"], expected="a value with its unit", found=unit or "none", todo="Give both.")
    note = label(raw["note"]) if "note" in raw else None
    return Step(
        raw["id"], raw["kind"], raw.get("number", ""), label(raw["title"]), value, unit, check, note, own.cite(raw)
    )
