"""What every reader returns: a file as sheets of raw cells, with what is hidden, merged or not stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifierkit.evidence import Notice

MAX_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_MEMBERS = 10_000
MAX_CELLS = 20_000_000

Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Flaw:
    """A cell that holds no usable stored value: an Excel error, or a formula without its result."""

    text: str


@dataclass(frozen=True)
class Sheet:
    """One sheet. ``rows[0]`` is row 1 of the file; an empty cell is ``""``.

    ``hidden_rows`` are 1-based; ``merged`` holds 0-based corner pairs, both inclusive. ``refused`` names 0-based columns
    that must not be read, with the reason: what the file declares of them cannot be used.
    """

    name: str
    rows: list[list[object]]
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    merged: tuple[Span, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a file says about one sheet beyond its values; flaws are 0-based row, column and flaw."""

    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    flaws: tuple[tuple[int, int, Flaw], ...] = ()


@dataclass(frozen=True)
class Grid:
    """One file: its real format, its sheets, whether serial dates count from 1904, and notices."""

    file: str
    format: str
    sheets: tuple[Sheet, ...]
    date1904: bool = False
    notices: tuple[Notice, ...] = field(default_factory=tuple)

    def by_name(self) -> Mapping[str, Sheet]:
        """Sheets by name."""
        return {sheet.name: sheet for sheet in self.sheets}


def letter(index: int) -> str:
    """Column letters of a 0-based index: 0 is A, 26 is AA."""
    text, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def index_of(letters: str) -> int:
    """0-based index of column letters."""
    number = 0
    for char in letters:
        number = number * 26 + ord(char) - 64
    return number - 1


def runs(numbers: tuple[int, ...]) -> str:
    """Name row numbers in short: ``3-5, 9``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def with_facts(sheet: Sheet, facts: Facts) -> Sheet:
    """Join values and facts of one sheet: a flaw takes the place of a cell that came back empty."""
    rows = sheet.rows
    for row, column, flaw in facts.flaws:
        while len(rows) <= row:
            rows.append([])
        rows[row] += [""] * (column + 1 - len(rows[row]))
        if rows[row][column] == "":
            rows[row][column] = flaw
    return Sheet(sheet.name, rows, sheet.hidden, facts.hidden_rows, facts.hidden_columns, sheet.merged)
