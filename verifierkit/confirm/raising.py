"""Confirmations of a case: marks that a named person raised after reading the text, applied to the packs in memory.

``text`` writes the answers of a sheet as the file ``confirmations.yaml`` of a case folder, ``load`` reads it back
strictly, ``raised`` gives a pack with those marks at A and the reading in each citation. No pack file changes, and an
entry that no longer reads as it did when the person confirmed it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from verifierkit import rulepack
from verifierkit.confirm.marks import Marked, marked
from verifierkit.confirm.reading import Answer
from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.evidence import Notice, inside
from verifierkit.rulepack import Citation, RulePack
from verifierkit.rulepack.allowance import AllowanceMethod, AllowanceRule, SpecialCase
from verifierkit.rulepack.wording import READ

FILE = "confirmations.yaml"
SCHEMA = 1
HEAD = (
    "# Values of the rule packs that a person has read in the rule's text. Each holds while the pack reads the same;\n"
    "# write a new sheet with `verifierkit rules confirm` after a change. 由人对照规则原文确认的取值。\n"
)
NAMED = ("file", "kind", "name", "selectors", "years", "value", "unit", "source", "clause")
NEEDED = ("key", "agrees", "read_clause", "person", "day")
KNOWN = (*NEEDED, *NAMED, "mark", "page")


@dataclass(frozen=True)
class Confirmation:
    """One entry of a pack file as a person read it: whether the text agrees, where it was read, by whom and when."""

    entry: Marked
    agrees: bool
    read_clause: str
    page: str
    person: str
    day: date

    @property
    def reading(self) -> str:
        """Clause read, page, name and date in one line, as the citation shows it."""
        page = f", p. {self.page}" if self.page else ""
        return f"{self.read_clause}{page}; {self.person}, {self.day.isoformat()}"


def text(answers: Iterable[Answer]) -> str:
    """The file of confirmations: the same answers give the same text."""
    entries = [_written(answer) for answer in answers]
    content = {"schema": SCHEMA, "confirmations": entries}
    return HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)


def _written(answer: Answer) -> dict[str, object]:
    entry = answer.entry
    named = {name: getattr(entry, name) for name in NAMED if getattr(entry, name)}
    read = {"read_clause": answer.read_clause, "page": answer.page, "person": answer.person}
    day = answer.day.isoformat() if answer.day else ""
    return {"key": entry.key, **named, "mark": entry.confidence, "agrees": answer.agrees, **read, "day": day}


def load(folder: Path, own: Iterable[Path] = ()) -> list[Confirmation]:
    """Confirmations of a case folder, in the order of its file; none where there is no file.

    ``own`` are the pack files that lie in the folder.

    Raises
    ------
    InputError, InputErrors
        If the file has not the form that ``text`` writes, an entry stands twice, or the pack reads otherwise now.
    """
    if folder == Path() or not (folder / FILE).exists():
        return []
    path = inside(folder, FILE, place=Place(FILE))
    rows = _rows(path)
    known = {entry.key: entry for entry in marked(own=own)}
    faults: list[InputError] = []
    found = [one for number, row in enumerate(rows, start=1) for one in _confirmation(number, row, known, faults)]
    keys = [one.entry.key for one in found]
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            faults.append(_fault(number, "each value once", f"{key} again", "Keep one of them."))
    if faults:
        raise InputErrors(faults)
    return found


def _rows(path: Path) -> Sequence[Any]:
    todo = "Write it with `verifierkit rules confirm --read SHEET --write FILE`."
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise InputError(Place(FILE), expected="readable YAML in UTF-8", found=kind, todo=todo) from None
    rows = content.get("confirmations") if isinstance(content, dict) else None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA or not isinstance(rows, list):
        raise InputError(
            Place(FILE), expected="schema: 1 and a list of confirmations", found="something else", todo=todo
        )
    return rows


def _fault(number: int, expected: str, found: str, todo: str) -> InputError:
    return InputError(Place(FILE, f"confirmations {number}"), expected=expected, found=found, todo=todo)


def _confirmation(
    number: int, row: Any, known: Mapping[str, Marked], faults: list[InputError]
) -> Iterator[Confirmation]:
    count = len(faults)
    cells: dict[str, Any] = row if isinstance(row, dict) else {}
    for name in sorted(set(cells) - set(KNOWN), key=str):
        faults.append(_fault(number, "a known key", str(name), "Correct or remove it."))
    for name in NEEDED:
        if cells.get(name) in (None, ""):
            faults.append(_fault(number, f"the key {name}", "nothing", "Fill it, or take the entry out."))
    entry = known.get(str(cells.get("key", "")))
    if entry is None:
        todo = "The pack has changed since, or its mark was raised: write a new sheet."
        faults.append(_fault(number, "the key of an unconfirmed value", str(cells.get("key")), todo))
    else:
        _check_same(number, cells, entry, faults)
    if not isinstance(cells.get("agrees"), bool):
        faults.append(_fault(number, "agrees: true or false", str(cells.get("agrees")), "Correct it."))
    day = _day(cells.get("day"))
    if day is None:
        faults.append(_fault(number, "a date such as 2026-03-31", str(cells.get("day")), "Correct it."))
    if len(faults) == count and entry and day:
        clause, page, person = (str(cells.get(name) or "") for name in ("read_clause", "page", "person"))
        yield Confirmation(entry, cells["agrees"], clause, page, person, day)


def _check_same(number: int, cells: Mapping[str, Any], entry: Marked, faults: list[InputError]) -> None:
    """What stands beside the key must read as in the pack: nobody confirms a value by typing another one."""
    said = {name: getattr(entry, name) for name in NAMED} | {"mark": entry.confidence}
    for name, wanted in said.items():
        if str(cells.get(name) or "") != wanted:
            faults.append(_fault(number, f"{name}: {wanted} as in the pack", str(cells.get(name)), "Put it back."))


def _day(cell: Any) -> date | None:
    try:
        return cell if isinstance(cell, date) else date.fromisoformat(str(cell))
    except ValueError:
        return None


def raised(pack: RulePack, confirmations: Sequence[Confirmation]) -> RulePack:
    """The pack with every mark that the confirmations of its files raise to A; the values stay as they are."""
    own = [one for one in confirmations if one.agrees]
    if not own:
        return pack

    def cite(kinds: tuple[str, ...], name: str, citation: Citation, same: Callable[[Marked], bool]) -> Citation:
        for one in own:
            if one.entry.kind in kinds and one.entry.name == name and _cites(one.entry, citation) and same(one.entry):
                return replace(citation, clause=f"{citation.clause}{READ}{one.reading}", confidence="A")
        return citation

    def value(held: rulepack.PackValue) -> rulepack.PackValue:
        kinds = ("value", "taken over")
        return replace(held, citation=cite(kinds, held.parameter, held.citation, lambda entry: _is_of(entry, held)))

    def check(rule: rulepack.CheckRule) -> rulepack.CheckRule:
        limits = {
            name: replace(one, citation=cite(("limit",), f"{rule.id} {name}", one.citation, lambda _: True))
            for name, one in rule.limits.items()
        }
        bands = tuple(
            replace(one, citation=cite(("band",), f"{rule.id} {one.quantity}", one.citation, _band(one)))
            for one in rule.bands
        )
        return replace(rule, limits=limits, bands=bands)

    return replace(
        pack,
        values={name: tuple(map(value, rows)) for name, rows in pack.values.items()},
        constants={
            name: replace(one, citation=cite(("constant",), name, one.citation, lambda _: True))
            for name, one in pack.constants.items()
        },
        methods={
            name: replace(one, citation=cite(("method",), name, one.citation, lambda _: True))
            for name, one in pack.methods.items()
        },
        checks={name: check(rule) for name, rule in pack.checks.items()},
        allowance=_allowance(pack.allowance, cite),
        _found={},
    )


Cite = Callable[[tuple[str, ...], str, Citation, Callable[[Marked], bool]], Citation]


def _allowance(rule: AllowanceRule | None, cite: Cite) -> AllowanceRule | None:
    """Methods and special cases of an allowance pack with their marks raised."""
    if rule is None:
        return None

    def in_years(one: AllowanceMethod | SpecialCase) -> Callable[[Marked], bool]:
        return lambda entry: entry.years == f"{one.from_year} to {one.to_year}"

    return replace(
        rule,
        methods=tuple(
            replace(one, citation=cite(("allowance method",), one.sector, one.citation, in_years(one)))
            for one in rule.methods
        ),
        special=tuple(
            replace(one, citation=cite(("special case",), one.id, one.citation, in_years(one))) for one in rule.special
        ),
    )


def _cites(entry: Marked, citation: Citation) -> bool:
    return (entry.source, entry.clause, entry.confidence) == (citation.title, citation.clause, citation.confidence)


def _is_of(entry: Marked, value: rulepack.PackValue) -> bool:
    """Whether a loaded value comes from the entry: one entry may stand for several items."""
    if entry.kind == "value" and (entry.value, entry.unit) != (value.text, value.unit):
        return False
    items, *others = entry.selectors.split("; ") if entry.selectors else [""]
    chosen = [one for one in value.selectors[1:] if one]
    if value.item:
        return value.item in items.split(", ") and others == chosen
    return ([items, *others] if items else []) == chosen


def _band(band: rulepack.Band) -> Callable[[Marked], bool]:
    text = " to ".join("" if end is None else str(end) for end in (band.low, band.high)).strip()
    return lambda entry: entry.value == text and entry.unit == band.unit


def notices(confirmations: Sequence[Confirmation]) -> list[Notice]:
    """What a reader of the record has to know: which marks were raised by whom, and what the text contradicts."""
    return [_notice(number, one) for number, one in enumerate(confirmations, start=1)]


def _notice(number: int, one: Confirmation) -> Notice:
    entry = one.entry
    named = " ".join(filter(None, (entry.name, entry.selectors, entry.value, entry.unit)))
    place = Place(FILE, f"confirmations {number}")
    if one.agrees:
        zh = f"{named}：已由{one.person}于{one.day.isoformat()}对照原文（{one.read_clause}）确认，置信度由{entry.confidence}升为A"
        en = (
            f"{named}: read in the text ({one.read_clause}) by {one.person} on {one.day.isoformat()}; mark raised from "
        )
        return Notice(place, zh, f"{en}{entry.confidence} to A")
    zh = f"{named}：{one.person}于{one.day.isoformat()}所读原文（{one.read_clause}）与规则包不一致；规则包取值未改动"
    en = f"{named}: the text ({one.read_clause}) read by {one.person} on {one.day.isoformat()} says otherwise; "
    return Notice(place, zh, f"{en}the value of the pack stands unchanged")
