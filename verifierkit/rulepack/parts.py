"""Reading the sections of a pack from the files that make it up: the pack's own file first, then its includes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.formula import Formula
from verifierkit.rulepack.model import (
    Constant,
    Deadline,
    Effect,
    Exemption,
    Form,
    Instrument,
    KnownValue,
    Method,
    PackValue,
    Parameter,
    Section,
    Tier,
)
from verifierkit.rulepack.rules import ordered_methods

Parts = Sequence[FilePart]
SHARED = "shared"


def decimal_of(text: str | None) -> Decimal | None:
    """A decimal, or None where the pack states none."""
    return Decimal(text) if text is not None else None


def first(parts: Iterable[FilePart], key: str) -> Any:
    """The entry of the first file that has one: the pack's own before its includes."""
    return next((part.raw[key] for part in parts if key in part.raw), None)


def parameters(parts: Parts) -> dict[str, Parameter]:
    """Parameters of the shared parts that a pack includes, then its own; sets of factors keep theirs to themselves."""
    found: dict[str, Parameter] = {}
    for part in [*(other for other in parts[1:] if other.raw["kind"] == SHARED), parts[0]]:
        found |= part.parameters()
    return found


def stated_methods(parts: Parts) -> list[tuple[Method, Formula]]:
    """Methods of the shared parts that a pack includes, where it has none of that output, and its own."""
    own = parts[0].methods()
    outputs = {method.output for method, _ in own}
    shared = [entry for part in parts[1:] if part.raw["kind"] == SHARED for entry in part.methods()]
    return [*(entry for entry in shared if entry[0].output not in outputs), *own]


def merged(parts: Parts, read: Callable[[FilePart], dict[str, Any]]) -> dict[str, Any]:
    """Entries of the includes, then of the pack itself, which replaces an entry of the same id."""
    found: dict[str, Any] = {}
    for part in [*parts[1:], parts[0]]:
        found |= read(part)
    return found


def values(parts: Parts) -> dict[str, list[PackValue]]:
    """Dated values of all files, and those that the pack takes over from an include for other years."""
    held: dict[str, list[PackValue]] = {}
    for part in parts:
        for name, rows in part.values().items():
            held.setdefault(name, []).extend(rows)
    for name, rows in parts[0].used_values(held).items():
        held.setdefault(name, []).extend(rows)
    return held


def known_values(parts: Parts, parameters: Mapping[str, Parameter]) -> tuple[KnownValue, ...]:
    """Values that circulate: all of the pack's own, those of its includes where the pack has the parameter."""
    included = [known for part in parts[1:] for known in part.known_values()]
    return (*parts[0].known_values(), *(known for known in included if known.value.parameter in parameters))


def methods(
    own: FilePart,
    found: Iterable[tuple[Method, Formula]],
    parameters: Mapping[str, Parameter],
    constants: Mapping[str, Constant],
) -> dict[str, Method]:
    """Methods with their formulas in words, inputs before outputs."""
    named = [(entry.id, entry.label) for entry in parameters.values()]
    named += [(entry.id, entry.label) for entry in constants.values()]
    labels = {language: {name: text[language] for name, text in named} for language in ("zh", "en")}
    worded = [
        Method(m.output, formula, {k: formula.words(v) for k, v in labels.items()}, m.citation, m.line)
        for m, formula in found
    ]
    return ordered_methods(own.reader, worded, parameters, constants)


def tiers(parts: Parts, parameters: Mapping[str, Parameter]) -> dict[str, tuple[Tier, ...]]:
    """Quality levels by parameter; those of includes only where the pack has the parameter."""
    found: dict[str, tuple[Tier, ...]] = {}
    for part in (*parts[1:], parts[0]):
        for name, rows in part.raw.get("tiers", {}).items():
            if name in parameters:
                found[name] = tuple(_tier(part, name, raw) for raw in _each_tier_once(part, rows))
            elif part is parts[0]:
                line = rows[0]["line"] if rows else 1
                todo = "Declare the parameter."
                part.reader.fault(line, expected="a parameter of the pack", found=repr(name), todo=todo)
    return found


def _tier(part: FilePart, name: str, raw: Mapping[str, Any]) -> Tier:
    if "uncertainty_percent" not in raw and "note" not in raw:
        todo = "Say what the tier asks for."
        part.reader.fault(raw["line"], expected="uncertainty_percent or note", found="neither", todo=todo)
    limit = decimal_of(raw.get("uncertainty_percent"))
    note = label(raw["note"]) if "note" in raw else None
    return Tier(name, raw["tier"], limit, bool(raw.get("minimum", False)), note, part.cite(raw))


def _each_tier_once(part: FilePart, rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    seen: set[str] = set()
    for raw in rows:
        if raw["tier"] in seen:
            todo = "Keep one row of each tier."
            part.reader.fault(raw["line"], expected="each tier once", found=f"tier {raw['tier']} again", todo=todo)
        seen.add(raw["tier"])
        yield raw


def instrument(own: FilePart) -> Instrument | None:
    """The instrument that a file names as its own."""
    raw = own.raw.get("instrument")
    return Instrument(label(raw["title"]), raw["number"], raw["text_seen"], own.cite(raw)) if raw else None


def exemptions(parts: Parts) -> tuple[Exemption, ...]:
    """Checks that do not apply in some years."""
    return tuple(
        Exemption(tuple(raw["checks"]), raw["from"], raw["to"], label(raw["reason"]), part.cite(raw))
        for part in parts
        for raw in part.raw.get("not_applicable", [])
    )


def deadlines(parts: Parts) -> tuple[Deadline, ...]:
    """Fixed last days; a day that is none is a fault."""
    return tuple(found for part in parts for found in _deadlines(part))


def _deadlines(part: FilePart) -> Iterable[Deadline]:
    for raw in part.raw.get("deadlines", []):
        try:
            day = date.fromisoformat(raw["day"])
        except ValueError:
            part.reader.fault(raw["line"], expected="a day as 2025-10-31", found=repr(raw["day"]), todo="Correct it.")
            continue
        yield Deadline(raw["check"], raw["from"], raw["to"], day, part.cite(raw))


def effects(own: FilePart) -> dict[str, Effect]:
    """Whether quantities count in the tonnes of the edition."""
    entries = own.raw.get("effects", {}).items()
    return {name: Effect(entry["counts"], label(entry["note"]), own.cite(entry)) for name, entry in entries}


def report(parts: Parts) -> tuple[Section, ...]:
    """Sections of the report, of the first file that lists them."""
    return tuple(Section(s["id"], s["number"], label(s["title"])) for s in first(parts, "report") or [])


def forms(parts: Parts) -> dict[str, Form]:
    """Where findings of each kind go, of the first file that says so."""
    entries = (first(parts, "forms") or {}).items()
    return {kind: Form(kind, label(entry["title"]), entry["section"]) for kind, entry in entries}


def labels(parts: Parts, key: str) -> tuple[Mapping[str, str], ...]:
    """Texts of all files under a key: conflicts or gaps."""
    return tuple(label(entry) for part in parts for entry in part.raw.get(key, []))
