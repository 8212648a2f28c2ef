"""A pack in lines of text: status, every value, constant, method, limit and step with its citation and mark."""

from __future__ import annotations

from collections.abc import Iterator

from verifierkit.rulepack.model import Citation, PackValue
from verifierkit.rulepack.pack import RulePack

MEANING = "[A] text or two sources, [B] one source, [C] not confirmed"


def headline(pack: RulePack) -> str:
    """One line of the list of packs: tracks, data years, base, and whether the pack can be used."""
    years = f"{pack.years[0]} to {pack.years[1]}" if pack.years else "as dated inside"
    base = f"; extends {pack.extends}" if pack.extends else f"; carries {pack.carries}" if pack.carries else ""
    tracks = ", ".join(pack.tracks) or pack.kind
    useless = f"; CANNOT BE USED: {pack.unusable['en']}" if pack.unusable else ""
    return f"{pack.id}: {pack.title['en']} ({pack.title['zh']}); {tracks}; data years {years}{base}{useless}"


def lines(pack: RulePack) -> Iterator[str]:
    """The whole pack, for ``rules show``."""
    yield f"{pack.id}: {pack.title['en']} ({pack.title['zh']})"
    yield f"  status: {pack.status['en']} ({pack.status['zh']})"
    if pack.unusable:
        yield f"  cannot be used: {pack.unusable['en']} ({pack.unusable['zh']})"
    if pack.instrument:
        named = f"{pack.instrument.title['en']}, {pack.instrument.number}, text seen: {pack.instrument.text_seen}"
        yield f"  instrument: {named}; {_cited(pack.instrument.citation)}"
    yield f"  marks: {MEANING}"
    yield from _section("values", (_value(name, value) for name, rows in pack.values.items() for value in rows))
    yield from _section(
        "known beside them", (f"{k.status}: {_value(k.value.parameter, k.value)}" for k in pack.known_values)
    )
    yield from _section(
        "constants", (f"{c.id}: {c.text} {c.unit}; {_cited(c.citation)}" for c in pack.constants.values())
    )
    yield from _section(
        "methods", (f"{m.output} = {m.formula.text}; {_cited(m.citation)}" for m in pack.methods.values())
    )
    yield from _section(
        "parameters", (f"{p.id} [{p.unit}]: {p.label['en']}; {_cited(p.citation)}" for p in pack.parameters.values())
    )
    if pack.kind != "procedure":  # it states no rule of its own, its steps name the checks
        yield from _section("limits of checks", _limits(pack))
    yield from _section("procedure", _steps(pack))
    yield from _section("conflicts", (f"{entry['en']} ({entry['zh']})" for entry in pack.conflicts))
    yield from _section("not loaded", (f"{entry['en']} ({entry['zh']})" for entry in pack.gaps))
    if pack.worked_example:
        test = f" ({pack.worked_example.test})" if pack.worked_example.test else ""
        yield f"  worked example: {pack.worked_example.note['en']}{test}"


def _section(title: str, entries: Iterator[str]) -> Iterator[str]:
    held = list(entries)
    if held:
        yield f"  {title}:"
        yield from (f"    {entry}" for entry in held)


def _cited(citation: Citation) -> str:
    return f"{citation.title}, {citation.clause} [{citation.confidence}]"


def _value(name: str, value: PackValue) -> str:
    selectors = " ".join(part for part in value.selectors if part)
    years = f"{value.from_year} to {value.to_year}"
    return f"{name} {selectors}: {value.text} {value.unit}, {years}; {_cited(value.citation)}"


def _limits(pack: RulePack) -> Iterator[str]:
    for rule in pack.checks.values():
        for name, limit in rule.limits.items():
            label = ", experience" if limit.experience else ""
            yield f"{rule.id} {name}: {limit.value} {limit.unit}{label}; {_cited(limit.citation)}"
        for band in rule.bands:
            low, high = (str(end) if end is not None else "open" for end in (band.low, band.high))
            label = ", experience" if band.experience else ""
            yield f"{rule.id} {band.quantity}: {low} to {high} {band.unit}, {band.use}{label}; {_cited(band.citation)}"


def _steps(pack: RulePack) -> Iterator[str]:
    for step in pack.procedure:
        number = f" {step.number}" if step.number else ""
        amount = f": {step.value} {step.unit}" if step.value is not None else ""
        held = f", checked by {step.check}" if step.check else ""
        yield f"{step.kind}{number} {step.title['en']} ({step.title['zh']}){amount}{held}; {_cited(step.citation)}"
