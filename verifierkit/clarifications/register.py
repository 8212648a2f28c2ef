"""Reading registers of clarifications: those that ship, a file of one's own, and ``clarifications.yaml`` of a case.

A file of one's own may add questions, and may answer questions of another register under ``answers``. Every key is
closed: a misspelt one is refused with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from verifierkit.clarifications.model import Answer, Change, Clarification, Reading, ReadingValue
from verifierkit.errors import UsageError
from verifierkit.rulepack import Citation
from verifierkit.rulepack.formula import FormulaError, parse
from verifierkit.rulepack.yamlfile import (
    LABEL,
    Reader,
    boolean,
    choice,
    compose,
    decimal,
    identifier,
    integer,
    listing,
    mapping,
    record,
    text,
    unit,
)

CASE_REGISTER = "clarifications.yaml"
SCHEMA = 1
COMPUTED = ("captive_plant_factor", "butts_share")


def day(reader: Reader, node: yaml.Node) -> date | None:
    """A calendar day such as 2026-03-20."""
    value = text(reader, node)
    try:
        return date.fromisoformat(value)
    except ValueError:
        reader.fault(node, expected="a date such as 2026-03-20", found=repr(value), todo="Correct the date.")
        return None


CITE = record({"source": identifier, "clause": text, "confidence": choice("A", "B", "C")})
YEARS = record({"from": integer, "to": integer})
VALUE = record(
    {"parameter": identifier, "value": decimal, "unit": unit},
    optional={"items": listing(identifier), "facility_kind": identifier, "facility_class": identifier},
)
CHANGE = record(
    {},
    optional={
        "as_pack": boolean,
        "values": listing(VALUE),
        "formulas": listing(record({"output": identifier, "formula": text})),
        "computed": choice(*COMPUTED),
        "digits": integer,
        "not_computed": LABEL,
    },
)
ANSWER = record({"reading": identifier, "answered_by": text, "answered_on": day, "source": text, "valid_from": day})
QUESTION = record(
    {
        "question": LABEL,
        "packs": listing(identifier),
        "data_years": YEARS,
        "facility_kinds": listing(identifier),
        "parameters": listing(identifier),
        "items": listing(identifier),
        "rules": listing(identifier),
        "used": identifier,
        "readings": mapping(
            record({"label": LABEL, "cite": CITE, "change": CHANGE}, optional={"overlays": listing(identifier)})
        ),
    },
    optional={
        "facility_classes": listing(identifier),
        "asked": record({"by": text, "on": day}),
        "answer": ANSWER,
    },
)
REGISTER = record(
    {"schema": integer, "register": identifier, "title": LABEL},
    optional={
        "sources": mapping(record({"title": text}, optional={"note": text})),
        "questions": mapping(QUESTION),
        "answers": mapping(ANSWER),
    },
)

Register = dict[str, Clarification]


@cache
def shipped() -> Mapping[str, Clarification]:
    """Questions of the registers that ship with verifierkit, by id.

    Raises
    ------
    InputErrors
        If a file has not the closed form, with file, line and reason of every fault.
    """
    folder = resources.files("verifierkit").joinpath("rulepacks/clarifications")
    found: Register = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            found = _added(found, entry.read_text(encoding="utf-8"), f"clarifications/{entry.name}")
    return found


def load_file(path: Path, held: Mapping[str, Clarification]) -> Register:
    """A register of questions with a file of one's own added: its questions, and its answers to those held.

    Raises
    ------
    UsageError
        If the file cannot be read.
    InputErrors
        If it has not the closed form, names a question twice, or answers one that nobody asked.
    """
    try:
        content = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name}: expected a register of clarifications in UTF-8 ({type(error).__name__})"
        ) from None
    return _added(held, content, path.name)


def register(files: Iterable[Path] = ()) -> Register:
    """The shipped questions with files of one's own added in order."""
    found: Register = dict(shipped())
    for path in files:
        found = load_file(path, found)
    return found


def register_of(case_root: Path) -> Register:
    """The questions that hold for a case: those shipped, and ``clarifications.yaml`` in its folder where there is one."""
    own = case_root / CASE_REGISTER
    if own.is_symlink():
        raise UsageError(f"{CASE_REGISTER} is a link; put the file itself into the case folder")
    return register([own] if own.is_file() else [])


def _added(held: Mapping[str, Clarification], content: str, file: str) -> Register:
    reader = Reader(file)
    raw: dict[str, Any] = REGISTER(reader, compose(content, file))
    if raw.get("schema", SCHEMA) != SCHEMA:
        reader.fault(1, expected=f"schema {SCHEMA}", found=str(raw["schema"]), todo="Use a register of this version.")
    reader.finish()
    found = dict(held)
    for name, entry in raw.get("questions", {}).items():
        if name in found:
            reader.fault(entry["line"], expected="each question once", found=name, todo="Give it another id.")
        found[name] = _question(reader, raw, name, entry)
    for name, entry in raw.get("answers", {}).items():
        if name not in found:
            known = ", ".join(sorted(found))
            reader.fault(entry["line"], expected=f"one of {known}", found=name, todo="Name a question of the register.")
            continue
        found[name] = replace(found[name], answer=_answer(reader, entry, found[name].readings))
    reader.finish()
    return found


def _question(reader: Reader, raw: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Clarification:
    years = (entry["data_years"]["from"], entry["data_years"]["to"])
    if years[0] > years[1]:
        reader.fault(entry["line"], expected="years in order", found=f"{years}", todo="Put the earlier year first.")
    readings = {key: _reading(reader, raw, key, one) for key, one in entry["readings"].items()}
    if entry["used"] not in readings:
        expected = f"one of {', '.join(readings)}"
        reader.fault(entry["line"], expected=expected, found=entry["used"], todo="Name the reading of the packs.")
    asked = entry.get("asked", {})
    return Clarification(
        id=name,
        register=raw["register"],
        question={"zh": entry["question"]["zh"], "en": entry["question"]["en"]},
        packs=tuple(entry["packs"]),
        years=years,
        facility_kinds=tuple(entry["facility_kinds"]),
        facility_classes=tuple(entry.get("facility_classes", ())),
        parameters=tuple(entry["parameters"]),
        items=tuple(entry["items"]),
        rules=tuple(entry["rules"]),
        used=entry["used"],
        readings=readings,
        asked_by=asked.get("by", ""),
        asked_on=asked.get("on"),
        answer=_answer(reader, entry["answer"], readings) if "answer" in entry else None,
    )


def _reading(reader: Reader, raw: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Reading:
    cite, sources = entry["cite"], raw.get("sources", {})
    if cite["source"] not in sources:
        reader.fault(cite["line"], expected="a declared source", found=cite["source"], todo="Add it under sources.")
    title = sources.get(cite["source"], {}).get("title", "")
    citation = Citation(cite["source"], title, cite["clause"], cite["confidence"])
    label = {"zh": entry["label"]["zh"], "en": entry["label"]["en"]}
    return Reading(name, label, citation, _change(reader, entry["change"]), tuple(entry.get("overlays", ())))


def _change(reader: Reader, entry: Mapping[str, Any]) -> Change:
    given = [key for key in entry if key not in ("line", "digits")]
    if "digits" in entry and "computed" not in entry:
        reader.fault(entry["line"], expected="digits of a computed figure", found="no computed", todo="Leave it out.")
    if len(given) != 1 or entry.get("as_pack") is False:
        names = "one of as_pack, values, formulas, computed, not_computed"
        reader.fault(entry["line"], expected=names, found=", ".join(given) or "none", todo="Give exactly one.")
    formulas = {one["output"]: one["formula"] for one in entry.get("formulas", [])}
    for one in entry.get("formulas", []):
        try:
            parse(one["formula"])
        except FormulaError as error:
            reader.fault(one["line"], expected="a formula", found=str(error), todo="Correct the formula.")
    reason = entry.get("not_computed")
    return Change(
        values=tuple(_value(one) for one in entry.get("values", [])),
        formulas=formulas or None,
        computed=entry.get("computed", ""),
        digits=entry.get("digits"),
        not_computed={"zh": reason["zh"], "en": reason["en"]} if reason else None,
    )


def _value(entry: Mapping[str, Any]) -> ReadingValue:
    return ReadingValue(
        parameter=entry["parameter"],
        value=Decimal(entry["value"]),
        text=entry["value"],
        unit=entry["unit"],
        items=tuple(entry.get("items", ())),
        facility_kind=entry.get("facility_kind", ""),
        facility_class=entry.get("facility_class", ""),
    )


def _answer(reader: Reader, entry: Mapping[str, Any], readings: Mapping[str, Reading]) -> Answer | None:
    if entry["reading"] not in readings:
        expected = f"one of {', '.join(readings)}"
        reader.fault(entry["line"], expected=expected, found=entry["reading"], todo="Name a reading of the question.")
    for key in ("answered_by", "source"):
        if not entry[key].strip():
            reader.fault(entry["line"], expected=f"the {key} of the answer", found="nothing", todo="Say who and where.")
    if entry["answered_on"] is None or entry["valid_from"] is None:
        return None
    return Answer(entry["reading"], entry["answered_by"], entry["answered_on"], entry["source"], entry["valid_from"])
