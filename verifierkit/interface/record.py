"""The outline of ``result.json``: every key with its type, unit and meaning, and whether a record follows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.columns import catalogue

OPTIONAL = "?"


@dataclass(frozen=True)
class Entry:
    """One key of the record: its path, type (see schema/record.yaml), whether it may be empty, and what it means."""

    path: str
    type: str
    optional: bool
    meaning: str


@cache
def outline() -> dict[str, Entry]:
    """Every key by its path, in the order of the file."""
    text = resources.files("verifierkit").joinpath("schema/record.yaml").read_text(encoding="utf-8")
    entries = {}
    for path, (kind, meaning) in yaml.safe_load(text)["keys"].items():
        entries[path] = Entry(path, kind.removesuffix(OPTIONAL), kind.endswith(OPTIONAL), meaning)
    return entries


def misfits(record: dict[str, Any]) -> list[str]:
    """What of a record the outline does not say, one line each; empty where the record follows it."""
    return list(dict.fromkeys(_misfits(record, "")))


def _misfits(form: dict[str, Any], above: str) -> Iterator[str]:
    named = {path.removeprefix(above).partition(".")[0] for path in outline() if path.startswith(above)}
    for name in sorted({key.removesuffix("[]") for key in named} - form.keys()):
        yield f"{above}{name}: not in the record"
    for name, value in form.items():
        path = f"{above}{name}" if f"{above}{name}" in outline() else f"{above}{name}[]"
        entry = outline().get(path)
        if entry is None:
            yield f"{above}{name}: not in the outline"
        elif path.endswith("[]") and isinstance(value, list):
            for one in value:
                yield from _value(entry, one)
        else:
            yield from _value(entry, value)


def _value(entry: Entry, value: Any) -> Iterator[str]:
    if value is None or value in ("", {}):
        if not entry.optional:
            yield f"{entry.path}: empty"
    elif entry.type == "form" and isinstance(value, dict):
        yield from _misfits(value, f"{entry.path}.")
    elif not _fits(entry.type, value):
        yield f"{entry.path}: {value!r} is no {entry.type}"


def _fits(kind: str, value: Any) -> bool:
    name, _, table = kind.partition(" ")
    if name == "rows":
        return isinstance(value, dict) and set(value) <= set(catalogue()[table].columns)
    simple = {"text": str, "integer": int, "boolean": bool, "case": dict, "form": type(None)}
    if name in simple:
        return isinstance(value, simple[name]) and not (name == "integer" and isinstance(value, bool))
    if name == "decimal":
        return isinstance(value, str) and _is_decimal(value)
    keys = {"label": {"zh", "en"}, "range": {"low", "high"}, "citation": {"title", "clause", "confidence"}}[name]
    return isinstance(value, dict) and set(value) - {"of"} == keys


def _is_decimal(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
