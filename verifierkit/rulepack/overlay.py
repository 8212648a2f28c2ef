"""Overlays: a pack file that names a base pack and only what it replaces, such as one value of a province.

Everything else is the base's. An overlay has an instrument and sources of its own, no sector and no tracks; its data
years lie inside the base's. A value takes the place of the base's values with the same selectors in its years; a
parameter, constant, method, check, total or effect that of the entry of the same id; ``report``, ``forms`` and
``plan_name`` that of the whole section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from verifierkit.rulepack import carried
from verifierkit.rulepack import parts as sections
from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.formula import Formula
from verifierkit.rulepack.model import Method, PackValue
from verifierkit.rulepack.pack import RulePack
from verifierkit.rulepack.rules import check_budget, check_names, check_values

KIND = "overlay"
TAKEN_FROM_BASE = ("scheme", "sector", "tracks")


def overlaid(base: RulePack, parts: sections.Parts, sha256: str) -> RulePack:
    """The base pack with what the files of an overlay replace; faults are noted in the reader of its own file."""
    own, raw, line = parts[0], parts[0].raw, parts[0].raw["extends"]["line"]
    years = _years(base, own)
    parameters = {**base.parameters, **sections.parameters(parts)}
    constants = {**base.constants, **sections.merged(parts, FilePart.constants)}
    checks = {**base.checks, **sections.merged(parts, FilePart.checks)}
    found = _inside(sections.values(parts), own, years)
    _check_own(own, found, years, base)
    values = _replaced(base.values, found, line)
    budget = sections.first(parts, "error_budget")
    check_values(own.reader, parameters, values, raw.get("values", {}))
    check_names(own.reader, raw, parameters, checks)
    check_budget(own.reader, sections.decimal_of(budget) or base.error_budget, checks)
    return replace(
        base,
        id=raw["pack"],
        kind=KIND,
        extends=base.id,
        title=label(raw["title"]),
        status=label(raw["status"]),
        instrument=sections.instrument(own),
        years=years,
        sha256=sha256,
        constants=constants,
        parameters=parameters,
        values={name: tuple(rows) for name, rows in values.items() if name in parameters},
        known_values=(*sections.known_values(parts, parameters), *base.known_values),
        methods=sections.methods(own, _methods(base, parts, line), parameters, constants),
        totals={**base.totals, **raw.get("totals", {})},
        tiers={**base.tiers, **sections.tiers(parts, parameters)},
        checks=checks,
        error_budget=sections.decimal_of(budget) or base.error_budget,
        exemptions=(*sections.exemptions(parts), *base.exemptions),
        deadlines=(*sections.deadlines(parts), *base.deadlines),
        effects={**base.effects, **sections.effects(own)},
        plan_name=label(raw["plan_name"]) if "plan_name" in raw else base.plan_name,
        report=sections.report(parts) or base.report,
        forms=sections.forms(parts) or base.forms,
        conflicts=(*sections.labels(parts, "conflicts"), *base.conflicts),
        gaps=(*sections.labels(parts, "gaps"), *base.gaps),
        worked_example=carried.worked_example(own),
        procedure=carried.procedure(own, checks) or base.procedure,
        carries="",
        _found={},
    )


def _years(base: RulePack, own: FilePart) -> tuple[int, int] | None:
    """Data years of the overlay: its own inside of the base's, or the base's."""
    raw = own.raw.get("data_years")
    if raw is None:
        return base.years
    years = (raw["from"], raw["to"])
    if years[0] > years[1] or not (base.covers(years[0]) and base.covers(years[1])):
        held = f"{base.years[0]} to {base.years[1]}" if base.years else "no years"
        expected = f"data years inside of those of {base.id} ({held})"
        todo = "Narrow the years, or extend a pack that covers them."
        own.reader.fault(raw["line"], expected=expected, found=f"{years[0]} to {years[1]}", todo=todo)
    return years


def _inside(
    found: Mapping[str, list[PackValue]], own: FilePart, years: tuple[int, int] | None
) -> dict[str, list[PackValue]]:
    """Values with those of included parts cut to the years of the overlay; its own must lie inside by themselves."""
    if years is None:
        return dict(found)
    own_rows = {(name, row["line"], row["value"]) for name, rows in own.raw.get("values", {}).items() for row in rows}
    return {
        name: [cut for value in rows for cut in _cut_to(value, years, (name, value.line, value.text) in own_rows)]
        for name, rows in found.items()
    }


def _cut_to(value: PackValue, years: tuple[int, int], own: bool) -> list[PackValue]:
    if own:
        return [value]
    first, last = max(value.from_year, years[0]), min(value.to_year, years[1])
    return [replace(value, from_year=first, to_year=last)] if first <= last else []


def _check_own(
    own: FilePart, found: Mapping[str, Iterable[PackValue]], years: tuple[int, int] | None, base: RulePack
) -> None:
    """An overlay cites an instrument of its own, leaves sector and tracks to its base and dates values inside."""
    raw, line = own.raw, own.raw["extends"]["line"]
    if "instrument" not in raw:
        todo = "Cite the text that the overlay comes from."
        own.reader.fault(line, expected="the key instrument", found="none", todo=todo)
    for key in TAKEN_FROM_BASE:
        if key in raw:
            own.reader.fault(line, expected=f"no key {key}", found=key, todo=f"Remove it; {base.id} gives it.")
    first, last = years or (0, 0)
    for value in (value for rows in found.values() for value in rows if years):
        if value.from_year < first or value.to_year > last:
            stated = f"{value.parameter} from {value.from_year} to {value.to_year}"
            todo = "Narrow the years of the value."
            own.reader.fault(value.line, expected=f"years inside {first} to {last}", found=stated, todo=todo)


def _replaced(
    base: Mapping[str, Iterable[PackValue]], own: Mapping[str, list[PackValue]], line: int
) -> dict[str, list[PackValue]]:
    """Values of the base outside of the years of the overlay's values with the same selectors, and the overlay's."""
    result = {name: [piece for row in rows for piece in _cut(row, own.get(name, []))] for name, rows in base.items()}
    result = {name: [replace(value, line=line) for value in rows] for name, rows in result.items()}
    for name, rows in own.items():
        result[name] = [*result.get(name, []), *rows]
    return result


def _cut(value: PackValue, others: Iterable[PackValue]) -> list[PackValue]:
    pieces = [value]
    for other in others:
        if other.selectors == value.selectors:
            pieces = [piece for held in pieces for piece in _outside(held, other.from_year, other.to_year)]
    return pieces


def _outside(value: PackValue, first: int, last: int) -> list[PackValue]:
    """The parts of a value's years before and after a run of years."""
    if last < value.from_year or value.to_year < first:
        return [value]
    before = [replace(value, to_year=first - 1)] if value.from_year < first else []
    return before + ([replace(value, from_year=last + 1)] if value.to_year > last else [])


def _methods(base: RulePack, parts: sections.Parts, line: int) -> list[tuple[Method, Formula]]:
    """Methods of the base, each replaced by the overlay's of the same output, then the overlay's further ones."""
    named: dict[str, Any] = {m.output: (replace(m, line=line), m.formula) for m in base.methods.values()}
    seen: set[str] = set()
    twice = []
    for method, formula in sections.stated_methods(parts):
        if method.output in seen:
            twice.append((method, formula))
        else:
            named[method.output] = (method, formula)
        seen.add(method.output)
    return [*named.values(), *twice]
