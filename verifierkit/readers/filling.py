"""Check a YAML document against a closed form; every fault of the file is told in one go."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.evidence import path_fault
from verifierkit.readers.forms import Key
from verifierkit.readers.yamlfile import Value


class Filler:
    """Checks one YAML document against a form; collects every fault of the file before it complains."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[InputError] = []

    def fill(self, value: Value, keys: Sequence[Key], where: str = "") -> dict[str, object]:
        """Return the checked content with defaults filled in."""
        if not isinstance(value.data, dict):
            self.fault(value.line, f"{where or 'the file'} with keys beneath", found(value))
            return {}
        known = {key.name: key for key in keys}
        for name in value.data:
            if name not in known:
                near = nearest(name, known)
                expected = f"a key of {where or 'the form'}" + (f" (nearest: {near})" if near else "")
                self.fault(value.key_lines[name], expected, repr(name), f"Known keys: {', '.join(known)}.")
        return {key.name: self._entry(value, key, f"{where}.{key.name}".lstrip(".")) for key in keys}

    def _entry(self, value: Value, key: Key, where: str) -> object:
        assert isinstance(value.data, dict)
        entry = value.data.get(key.name)
        if entry is None or (entry.data is None and not entry.quoted):
            if key.required:
                self.fault(value.line, f"the key {where}", "no such key or no value", "Add it.")
            return self._default(key)
        return getattr(self, f"_{key.type}")(entry, key, where)

    def _default(self, key: Key) -> object:
        if key.type == "form":
            return {child.name: self._default(child) for child in key.keys}
        if key.type in ("map", "numbers", "free"):
            return {}
        return list(key.default) if isinstance(key.default, tuple) else key.default

    def fault(self, line: int, expected: str, found: str, todo: str = "Correct it.") -> None:
        """Note one fault."""
        self.faults.append(InputError(Place(self.file, row=line), expected=expected, found=found, todo=todo))

    def raise_faults(self) -> None:
        """Raise all faults of the file in one go."""
        if self.faults:
            raise InputErrors(sorted(self.faults, key=lambda fault: fault.place.row or 0))

    def _wrong(self, entry: Value, where: str, expected: str) -> None:
        self.fault(entry.line, f"{expected} for {where}", found(entry))

    def _text(self, entry: Value, key: Key, where: str) -> str:
        if isinstance(entry.data, dict | list):
            self._wrong(entry, where, "text")
            return ""
        text = entry.text.strip()
        if key.choices and text not in key.choices and (text or key.required):
            near = nearest(text, key.choices)
            hint = f" (nearest: {near})" if near else ""
            self.fault(entry.line, f"one of {', '.join(key.choices)} for {where}{hint}", found(entry))
        return text

    def _path(self, entry: Value, key: Key, where: str) -> str:
        text = self._text(entry, key, where)
        fault = path_fault(text)
        if fault and not isinstance(entry.data, dict | list):
            self.fault(entry.line, f"a path inside the case folder for {where}", f"{text!r}: {fault}")
        return text

    def _integer(self, entry: Value, key: Key, where: str) -> object:
        if isinstance(entry.data, bool) or not isinstance(entry.data, int):
            self._wrong(entry, where, "a whole number")
            return key.default or 0
        return entry.data

    def _number(self, entry: Value, key: Key, where: str) -> object:
        if isinstance(entry.data, bool) or not isinstance(entry.data, int | float) or not _plain(entry.text):
            self._wrong(entry, where, "a number")
            return None
        return Decimal(entry.text)

    def _date(self, entry: Value, key: Key, where: str) -> object:
        if entry.quoted and not entry.text.strip():
            return None
        if isinstance(entry.data, date) and not isinstance(entry.data, datetime):
            return entry.data
        try:
            return date.fromisoformat(entry.text.strip())
        except ValueError:
            self._wrong(entry, where, "a date such as 2026-03-20")
            return None

    def _form(self, entry: Value, key: Key, where: str) -> object:
        return self.fill(entry, key.keys, where)

    def _forms(self, entry: Value, key: Key, where: str) -> object:
        if not isinstance(entry.data, list):
            self._wrong(entry, where, "a list")
            return []
        return [self.fill(item, key.keys, where) for item in entry.data]

    def _list(self, entry: Value, where: str, read: Callable[[Value], object]) -> list[object]:
        if not isinstance(entry.data, list):
            self._wrong(entry, where, "a list")
            return []
        return [read(item) for item in entry.data]

    def _lines(self, entry: Value, key: Key, where: str) -> object:
        return self._list(entry, where, lambda item: self._text(item, key, where))

    def _paths(self, entry: Value, key: Key, where: str) -> object:
        return self._list(entry, where, lambda item: self._path(item, key, where))

    def _integers(self, entry: Value, key: Key, where: str) -> object:
        items = entry.data if isinstance(entry.data, list) else [entry]
        rows = [self._integer(item, key, where) for item in items]
        if not 1 <= len(rows) <= 2 or any(not isinstance(row, int) or row < 1 for row in rows):
            self._wrong(entry, where, "one row number or two, counted from 1,")
            return [1]
        return rows

    def _map(self, entry: Value, key: Key, where: str) -> object:
        if not isinstance(entry.data, dict):
            self._wrong(entry, where, "keys beneath")
            return {}
        for name in entry.data:
            if key.choices and name not in key.choices:
                self.fault(entry.key_lines[name], f"{' or '.join(key.choices)} beneath {where}", repr(name))
        plain = Key(key.name, "text", "")
        return {name: self._text(item, plain, f"{where}.{name}") for name, item in entry.data.items()}

    def _numbers(self, entry: Value, key: Key, where: str) -> object:
        if not isinstance(entry.data, dict):
            self._wrong(entry, where, "keys beneath")
            return {}
        return {name: self._number(item, key, f"{where}.{name}") for name, item in entry.data.items()}

    def _free(self, entry: Value, key: Key, where: str) -> object:
        if not isinstance(entry.data, dict):
            self._wrong(entry, where, "keys beneath")
            return {}
        return {name: plain(item) for name, item in entry.data.items()}


def plain(value: Value) -> object:
    """A YAML value without its lines; numbers with a point become Decimal."""
    if isinstance(value.data, dict):
        return {name: plain(item) for name, item in value.data.items()}
    if isinstance(value.data, list):
        return [plain(item) for item in value.data]
    return Decimal(value.text) if isinstance(value.data, float) and _plain(value.text) else value.data


def _plain(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", text) is not None


def found(value: Value) -> str:
    """How a YAML value is named in a message."""
    if isinstance(value.data, dict):
        return "keys"
    if isinstance(value.data, list):
        return "a list"
    return repr(value.text)


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known name that is closest to a misspelt one, or empty where none is alike enough (0 to 1)."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return close[0] if close else ""
