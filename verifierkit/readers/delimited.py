"""Delimited text: csv, and the tab text that ERP systems name .xls."""

from __future__ import annotations

import codecs
import csv
import io

from verifierkit.errors import InputError, Place
from verifierkit.readers.grid import Grid, Sheet

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = ("\t", ",", ";", "|")
FIELD_LIMIT = 1024 * 1024


def decode(data: bytes, *, place: Place) -> tuple[str, str]:
    """Decode text: by its byte-order mark, else UTF-8, else GB18030. Returns the text and the encoding.

    Raises
    ------
    InputError
        Naming the byte that neither encoding allows.
    """
    named = next((code for mark, code in BOMS if data.startswith(mark)), "")
    start = 0
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as problem:
            start = max(start, problem.start)
            continue
        if "\x00" in text:
            start = data.find(b"\x00")
            break
        return text, encoding
    line = 1 + data.count(b"\n", 0, start)
    found = f"byte 0x{data[start]:02X} at position {start + 1}, line {line}"
    todo = "Export the file again as UTF-8, or open and save it as .xlsx."
    raise InputError(place, expected=f"text in {named or 'UTF-8 or GB18030'}", found=found, todo=todo)


def delimiter_of(text: str) -> str:
    """The delimiter that occurs most evenly in the first lines; a comma where none does."""
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]
    scores = {mark: sum(mark in line for line in lines) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (scores[mark], mark == ",")) if any(scores.values()) else ","


def read_delimited(data: bytes, *, file: str) -> Grid:
    """Read delimited text as one sheet without name; a row number is the number of the record."""
    place = Place(file)
    text, encoding = decode(data, place=place)
    delimiter = delimiter_of(text)
    csv.field_size_limit(FIELD_LIMIT)
    try:
        rows: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as problem:
        todo = "Export the file again, or open and save it as .xlsx."
        raise InputError(place, expected="delimited text", found=str(problem), todo=todo) from None
    name = "tab-separated text" if delimiter == "\t" else "csv"
    return Grid(file, f"{name} ({encoding})", (Sheet("", rows),))
