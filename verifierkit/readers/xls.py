"""Workbooks of the old kind (BIFF8 in an OLE container: .xls, older .et): values by calamine, facts by a record scan."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import olefile

from verifierkit.errors import InputError, Place
from verifierkit.readers.grid import MAX_CELLS, Facts, Flaw, Grid, Sheet, Span, letter, with_facts
from verifierkit.readers.xlsx import NOT_STORED

STREAMS = ("Workbook", "Book")
BOF, FILEPASS, DATE1904, BOUNDSHEET = 0x809, 0x2F, 0x22, 0x85
ROW, COLINFO, FORMULA, BOOLERR = 0x208, 0x7D, 0x06, 0x205
CELLS = frozenset({0x201, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xBD, 0xBE, 0x06, 0xD6})
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
SECONDS = 120
READ: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda text: timedelta(seconds=float(text)),
}


@dataclass
class SheetScan:
    """Facts of one substream, and the corner of its used range (0-based)."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    flaws: list[tuple[int, int, Flaw]] = field(default_factory=list)
    last_row: int = -1
    last_column: int = -1


@dataclass
class Scan:
    """What one pass over the records finds; substreams by their offset, worksheets in the order of the book."""

    date1904: bool = False
    encrypted: bool = False
    order: list[int] = field(default_factory=list)
    parts: dict[int, SheetScan] = field(default_factory=dict)


def ole_stream(data: bytes, *, place: Place) -> bytes:
    """Return the workbook stream of an OLE container.

    Raises
    ------
    InputError
        If the container is damaged, encrypted, or holds no workbook.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            if container.exists("EncryptedPackage"):
                raise encrypted(place)
            name = next((name for name in STREAMS if container.exists(name)), "")
            if name:
                return bytes(container.openstream(name).read())
    except (OSError, ValueError, IndexError, struct.error, TypeError) as problem:
        found = f"a damaged or truncated file ({problem})"
        raise InputError(place, expected="a complete workbook", found=found, todo="Ask for the file again.") from None
    todo = "Save it as .xlsx and keep the original beside it."
    raise InputError(place, expected="a workbook", found="an OLE file without a workbook inside", todo=todo)


def encrypted(place: Place) -> InputError:
    """The error for a workbook under a password."""
    todo = "Ask for it without a password, or open it, save it without one, and keep both."
    return InputError(place, expected="a workbook without a password", found="an encrypted workbook", todo=todo)


def read_xls(data: bytes, *, file: str, form: str) -> Grid:
    """Read an old workbook."""
    place = Place(file)
    scan = scan_records(ole_stream(data, place=place))
    if scan.encrypted:
        raise encrypted(place)
    for part in scan.parts.values():
        height, width = part.last_row + 1, part.last_column + 1
        if height * width > MAX_CELLS:
            found = f"cells spread over {height} rows and {width} columns"
            todo = "Clear the stray cells and save."
            raise InputError(place, expected=f"at most {MAX_CELLS} cells in a sheet", found=found, todo=todo)
    sheets = _sheets(data, place)
    parts = [scan.parts.get(offset, SheetScan()) for offset in scan.order]
    if len(parts) == len(sheets):
        sheets = [with_facts(sheet, _facts(part)) for sheet, part in zip(sheets, parts, strict=True)]
    return Grid(file, form, tuple(sheets), scan.date1904)


def _sheets(data: bytes, place: Place) -> list[Sheet]:
    """Sheets as read by a process of its own, which a damaged file may end."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("xls_child.py"))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        todo = "Open it in the program that made it, save it as .xlsx, and keep the original beside it."
        raise InputError(place, expected="a readable workbook", found="a damaged one", todo=todo) from None
    return [
        Sheet(name, [[_value(cell) for cell in row] for row in rows], hidden, merged=tuple(map(_span, merged)))
        for name, hidden, rows, merged in found
    ]


def _value(cell: Any) -> object:
    return READ[cell[0]](cell[1]) if isinstance(cell, list) else cell


def _span(corners: list[list[int]]) -> Span:
    (top, left), (bottom, right) = corners
    return (top, left), (bottom, right)


def _facts(part: SheetScan) -> Facts:
    return Facts(tuple(sorted(set(part.hidden_rows))), tuple(part.hidden_columns), tuple(part.flaws))


def scan_records(stream: bytes) -> Scan:
    """One pass over the records of a workbook stream."""
    scan = Scan()
    part = SheetScan()
    for offset, kind, body in _records(stream):
        if kind == BOF:
            part = scan.parts.setdefault(offset, SheetScan())
        elif kind == FILEPASS:
            scan.encrypted = True
            return scan
        elif kind == DATE1904:
            scan.date1904 = body[:1] == b"\x01"
        elif kind == BOUNDSHEET and len(body) >= 6 and body[5] == 0:
            scan.order.append(struct.unpack_from("<I", body)[0])
        else:
            _note(part, kind, body)
    return scan


def _note(part: SheetScan, kind: int, body: bytes) -> None:
    """Note what one record of a worksheet says."""
    if kind in CELLS and len(body) >= 4:
        row, column = struct.unpack_from("<HH", body)
        part.last_row, part.last_column = max(part.last_row, row), max(part.last_column, column)
        flaw = _flaw(kind, body)
        if flaw is not None:
            part.flaws.append((row, column, flaw))
    elif kind == ROW and len(body) >= 16 and struct.unpack_from("<H", body, 12)[0] & 0x20:
        part.hidden_rows.append(struct.unpack_from("<H", body)[0] + 1)
    elif kind == COLINFO and len(body) >= 10 and struct.unpack_from("<H", body, 8)[0] & 1:
        first, last = struct.unpack_from("<HH", body)
        part.hidden_columns.append(letter(first) if first == last else f"{letter(first)}:{letter(last)}")


def _flaw(kind: int, body: bytes) -> Flaw | None:
    if kind == BOOLERR and len(body) >= 8 and body[7] == 1:
        return Flaw(ERRORS.get(body[6], "#ERROR"))
    if kind != FORMULA or len(body) < 14 or body[12:14] != b"\xff\xff":
        return None
    if body[6] == 2:
        return Flaw(ERRORS.get(body[8], "#ERROR"))
    return Flaw(NOT_STORED) if body[6] not in (0, 1, 3) else None


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, offset)
        yield offset, kind, stream[offset + 4 : offset + 4 + size]
        offset += 4 + size
