"""The data workbook: one sheet per table, headings in Chinese and English, data beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifierkit.columns import Column, TableSpec, catalogue
from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.evidence import Notice
from verifierkit.readers.filling import nearest
from verifierkit.readers.grid import Grid, Sheet, letter
from verifierkit.readers.labels import folded
from verifierkit.readers.rows import Layout, Reading, read_rows
from verifierkit.readers.values import is_empty, parser_of

INSTRUCTIONS = frozenset({folded("说明"), folded("Instructions")})


def sheet_names() -> dict[str, str]:
    """Table by every name that its sheet may carry (folded)."""
    return {folded(name): spec.name for spec in catalogue().values() for name in (spec.zh, spec.en, spec.name)}


def heading_names(spec: TableSpec) -> dict[str, str]:
    """Column by every heading that it may carry (folded)."""
    names: dict[str, str] = {}
    for column in spec.columns.values():
        for heading in (column.name, column.zh, column.en):
            names.setdefault(folded(heading), column.name)
    return names


def read_book(grid: Grid, reading: Reading) -> None:
    """Read every table of the data workbook.

    Raises
    ------
    InputErrors
        With every misspelt sheet, misspelt heading and missing required column.
    """
    faults: list[InputError] = []
    seen: dict[str, str] = {}
    for sheet in grid.sheets:
        table = sheet_names().get(folded(sheet.name), "")
        if not table:
            faults += _unknown_sheet(grid, sheet, reading)
        elif table in seen:
            found = f"{seen[table]} and {sheet.name}"
            place = Place(grid.file, sheet.name)
            faults.append(InputError(place, expected=f"one sheet for {table}", found=found, todo="Keep one of them."))
        else:
            seen[table] = sheet.name
            faults += _read_sheet(catalogue()[table], grid, sheet, reading)
    if faults:
        raise InputErrors(faults)
    missing = [spec.zh for spec in catalogue().values() if spec.name not in seen]
    if missing:
        names = "、".join(missing)
        reading.notices.append(Notice(Place(grid.file), f"没有工作表：{names}", f"no sheet, read as empty: {names}"))


def _unknown_sheet(grid: Grid, sheet: Sheet, reading: Reading) -> list[InputError]:
    if folded(sheet.name) in INSTRUCTIONS:
        return []
    place = Place(grid.file, sheet.name)
    near = nearest(folded(sheet.name), sheet_names())
    if near:
        spec = catalogue()[sheet_names()[near]]
        expected = f"the name of a table (nearest: {spec.zh}, {spec.name})"
        return [InputError(place, expected=expected, found=repr(sheet.name), todo="Correct the name of the sheet.")]
    reading.notices.append(Notice(place, "不是本案例的表，未读入", "not a table of a case: not read"))
    return []


def _read_sheet(spec: TableSpec, grid: Grid, sheet: Sheet, reading: Reading) -> list[InputError]:
    """Read one sheet; returns the faults of its headings."""
    place = Place(grid.file, sheet.name)
    if not any(not is_empty(cell) for row in sheet.rows for cell in row):
        reading.notices.append(Notice(place, "空工作表", "empty sheet"))
        return []
    names = heading_names(spec)
    depth = heading_depth(sheet.rows, names)
    indexes, unknown, twice = find_columns(sheet.rows[:depth], names)
    faults = [_twice(place, name, at) for name, at in twice]
    absent = [column for column in spec.columns.values() if column.name not in indexes]
    for index, heading in unknown:
        near = nearest(
            folded(heading), [folded(text) for column in absent for text in (column.zh, column.en, column.name)]
        )
        spot = Place(grid.file, sheet.name, 1, letter(index))
        if near:
            column = spec.columns[names[near]]
            expected = f"a column of {spec.zh} (nearest: {column.zh}, {column.name})"
            faults.append(InputError(spot, expected=expected, found=repr(heading), todo="Correct the heading."))
        else:
            reading.notices.append(Notice(spot, f"未知的列，未读入：{heading}", f"unknown column, not read: {heading}"))
    faults += [_missing(place, column) for column in absent if column.required]
    if not faults:
        parsers = {name: parser_of(spec.columns[name], date1904=grid.date1904) for name in indexes}
        read_rows(Layout(spec, indexes, parsers, first_row=depth + 1), grid, sheet, reading)
    return faults


def _twice(place: Place, name: str, index: int) -> InputError:
    spot = Place(place.file, place.sheet, 1, letter(index))
    return InputError(spot, expected="every column once", found=f"{name} again", todo="Remove one of the two.")


def _missing(place: Place, column: Column) -> InputError:
    expected = f"the column {column.zh} ({column.name})"
    return InputError(place, expected=expected, found="no such heading", todo="Add the column with its values.")


def heading_depth(rows: Sequence[Sequence[object]], names: Mapping[str, str]) -> int:
    """Number of heading rows: 2 where the second row holds headings or nothing, else 1."""
    if len(rows) < 2:
        return 1
    filled = [cell for cell in rows[1] if not is_empty(cell)]
    known = sum(isinstance(cell, str) and folded(cell) in names for cell in filled)
    return 2 if known * 2 >= len(filled) else 1


def find_columns(
    rows: Sequence[Sequence[object]], names: Mapping[str, str]
) -> tuple[dict[str, int], list[tuple[int, str]], list[tuple[str, int]]]:
    """Index by column; headings that name none; and columns that stand twice."""
    indexes: dict[str, int] = {}
    unknown: list[tuple[int, str]] = []
    twice: list[tuple[str, int]] = []
    for index in range(max(map(len, rows), default=0)):
        texts = [str(row[index]) for row in rows if index < len(row) and not is_empty(row[index])]
        column = next((names[folded(text)] for text in texts if folded(text) in names), "")
        if column and column in indexes:
            twice.append((column, index))
        elif column:
            indexes[column] = index
        elif texts:
            unknown.append((index, texts[0]))
    return indexes, unknown, twice
