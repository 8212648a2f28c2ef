"""Which questions touch a case, which reading it uses, and the pack under that reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from verifierkit import rulepack
from verifierkit.clarifications.model import Clarification, Reading, ReadingValue, Using
from verifierkit.errors import UsageError
from verifierkit.rulepack import Method, PackValue, RulePack
from verifierkit.rulepack.formula import parse

LANGUAGES = ("zh", "en")


def touched(
    register: Mapping[str, Clarification], *, packs: Iterable[str], year: int, kinds: Iterable[str]
) -> list[Clarification]:
    """Questions about any of the packs in a data year, for facilities of kinds that the case has; sorted by id."""
    held, present = set(packs), set(kinds)
    return [
        question
        for _, question in sorted(register.items())
        if held & set(question.packs)
        and question.years[0] <= year <= question.years[1]
        and (not question.facility_kinds or present & set(question.facility_kinds))
    ]


def chosen(question: Clarification, *, year: int, named: Mapping[str, str], packs: Iterable[str] = ()) -> Using:
    """The reading that a case uses: that of its overlay or the one it names, else the answer of the year, else the pack's.

    Raises
    ------
    UsageError
        If the case names a reading that the question does not have, or another one than its overlay follows.
    """
    wanted, held = named.get(question.id, ""), set(packs)
    followed = next((reading for reading in question.readings.values() if held & set(reading.overlays)), None)
    if followed is not None:
        if wanted not in ("", followed.id):
            overlay = ", ".join(sorted(held & set(followed.overlays)))
            raise UsageError(
                f"case.yaml, readings, {question.id}: expected {followed.id}, which {overlay} follows, "
                f"found {wanted!r}; name the pack that the overlay extends, or leave the reading out"
            )
        return Using(question, followed, "overlay")
    if wanted:
        if wanted not in question.readings:
            known = ", ".join(question.readings)
            raise UsageError(f"case.yaml, readings, {question.id}: expected one of {known}, found {wanted!r}")
        return Using(question, question.readings[wanted], "case")
    if question.answer is not None and question.answer.holds(year):
        return Using(question, question.readings[question.answer.reading], "answer")
    return Using(question, question.readings[question.used], "pack")


def used_by(
    register: Mapping[str, Clarification],
    *,
    named: Mapping[str, str],
    packs: Iterable[str],
    year: int,
    kinds: Iterable[str],
) -> tuple[Using, ...]:
    """The reading that a case uses of every question that touches it.

    Raises
    ------
    UsageError
        If the case names a question or reading that the register does not hold.
    """
    unknown = sorted(set(named) - set(register))
    if unknown:
        raise UsageError(f"case.yaml, readings: expected questions of the register, found {', '.join(unknown)}")
    held = tuple(packs)
    found = touched(register, packs=held, year=year, kinds=kinds)
    idle = sorted(set(named) - {question.id for question in found})
    if idle:
        raise UsageError(f"case.yaml, readings: {', '.join(idle)} does not concern the packs and year of the case")
    return tuple(chosen(question, year=year, named=named, packs=held) for question in found)


def under(pack: RulePack, usings: Iterable[Using]) -> RulePack:
    """The pack under the readings used of all questions about it."""
    for using in usings:
        if {pack.id, pack.extends} & set(using.question.packs):
            pack = applied(pack, using.question, using.reading)
    return pack


def applied(pack: RulePack, question: Clarification, reading: Reading) -> RulePack:
    """The pack under one reading; the pack itself where the reading changes nothing that it holds, or where it follows it.

    An overlay that follows another reading of the question gives way to the pack that it extends.
    A figure that is computed from the case stands in no pack: the pack's own value is taken out, so that the reported
    one is not held against it.
    """
    if pack.id in reading.overlays:
        return pack
    if any(pack.id in other.overlays for other in question.readings.values()):
        pack = rulepack.load(pack.extends)
    change = reading.change
    values = {name: tuple(_rows(rows, question, reading)) for name, rows in pack.values.items()}
    methods = dict(pack.methods)
    for output, text in (change.formulas or {}).items():
        if output in methods:
            methods[output] = _method(pack, methods[output], text, reading)
    if methods == dict(pack.methods) and values == dict(pack.values):
        return pack
    return replace(pack, values=values, methods=methods, _found={})


def _method(pack: RulePack, method: Method, text: str, reading: Reading) -> Method:
    labels = {name: entry.label for name, entry in pack.parameters.items()}
    labels |= {name: entry.label for name, entry in pack.constants.items()}
    formula = parse(text)
    words = {lang: formula.words({name: label[lang] for name, label in labels.items()}) for lang in LANGUAGES}
    return replace(method, formula=formula, words=words, citation=reading.citation)


def _rows(rows: Iterable[PackValue], question: Clarification, reading: Reading) -> Iterator[PackValue]:
    for row in rows:
        out = bool(reading.change.computed) and row.parameter in question.parameters
        if out and (not question.items or row.item in question.items):
            continue
        found = next((value for value in reading.change.values if _meant(row, value)), None)
        if found is None:
            yield row
            continue
        new = replace(row, value=found.value, text=found.text, citation=reading.citation)
        narrower = replace(
            new,
            facility_kind=row.facility_kind or found.facility_kind,
            facility_class=row.facility_class or found.facility_class,
        )
        if narrower.selectors != row.selectors:  # the row keeps holding for all other kinds
            yield row
        yield narrower


def _meant(row: PackValue, value: ReadingValue) -> bool:
    kind, facility_class = row.facility_kind or value.facility_kind, row.facility_class or value.facility_class
    return row.unit == value.unit and value.holds(row.parameter, row.item, kind, facility_class)
