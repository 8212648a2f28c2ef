"""Evidence rows of a finding: each cell that it names, in its row and under its heading, as the case was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from verifierkit.case import Case
from verifierkit.columns import Column, Row, catalogue
from verifierkit.errors import Place

EMPTY = "an empty cell"  # how the readers name it


@dataclass(frozen=True)
class EvidenceRow:
    """One row of a sheet: its number, the text of each shown column, and the columns that the finding names."""

    number: int
    texts: Mapping[str, str]
    cited: frozenset[str]


@dataclass(frozen=True)
class EvidenceTable:
    """Rows of one table in one sheet, with the columns that hold something and the letter of each."""

    table: str
    file: str
    sheet: str
    columns: tuple[Column, ...]
    letters: Mapping[str, str]
    rows: tuple[EvidenceRow, ...]


def cell_text(value: Any) -> str:
    """A value as read, as text: no rounding, no separators."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def evidence_tables(case: Case, places: Iterable[Place]) -> tuple[list[EvidenceTable], list[Place]]:
    """Rows of the named cells by table and sheet, and the places that are no cell of a table (a whole file)."""
    rows = _rows_by_place(case)
    named: dict[tuple[str, str, str], dict[int, tuple[Row, set[str]]]] = {}
    rest = []
    for place in dict.fromkeys(places):
        found = _row_at(rows.get((place.file, place.sheet, place.row), ()), place)
        if found is None:
            rest.append(place)
            continue
        group = named.setdefault((found.table, place.file, place.sheet), {})
        _, letters = group.setdefault(place.row or 0, (found, set()))
        letters.add(place.column)
    faulty = {(defect.table, defect.place): defect.found for defect in case.defects}
    return [_table(key, group, faulty) for key, group in named.items()], rest


def _rows_by_place(case: Case) -> dict[tuple[str, str, int | None], list[Row]]:
    found: dict[tuple[str, str, int | None], list[Row]] = {}
    outside = [defect.row for defect in case.defects]
    for row in [row for rows in case.tables.values() for row in rows] + outside:
        held = found.setdefault((row.place.file, row.place.sheet, row.place.row), [])
        if not any(row is other for other in held):
            held.append(row)
    return found


def _row_at(rows: Iterable[Row], place: Place) -> Row | None:
    """The row that a place names; where one sheet gives several tables, the one that reads the named column."""
    held = list(rows)
    return next((row for row in held if place.column in row.letters.values()), held[0] if held else None)


def _table(
    key: tuple[str, str, str],
    group: Mapping[int, tuple[Row, set[str]]],
    faulty: Mapping[tuple[str, Place], str],
) -> EvidenceTable:
    table, file, sheet = key
    rows = [_row(number, row, cited, faulty) for number, (row, cited) in sorted(group.items())]
    letters = next(iter(group.values()))[0].letters
    shown = [
        column
        for name, column in catalogue()[table].columns.items()
        if name in letters and any(row.texts[name] or name in row.cited for row in rows)
    ]
    return EvidenceTable(table, file, sheet, tuple(shown), letters, tuple(rows))


def _row(number: int, row: Row, cited: set[str], faulty: Mapping[tuple[str, Place], str]) -> EvidenceRow:
    texts = {name: cell_text(row[name]) for name in row.letters}
    for name, text in texts.items():
        found = faulty.get((row.table, row.cell(name)))
        if not text and found and found != EMPTY:
            texts[name] = found[1:-1] if found.startswith(("'", '"')) else found
    return EvidenceRow(number, texts, frozenset(name for name, letter in row.letters.items() if letter in cited))
