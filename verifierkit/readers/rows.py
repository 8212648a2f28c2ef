"""Typed rows from the cells of one sheet; what cannot be read becomes a defect and the run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifierkit.columns import Row, Tables, TableSpec, catalogue
from verifierkit.errors import Place
from verifierkit.evidence import Notice
from verifierkit.readers.grid import Flaw, Grid, Sheet, letter
from verifierkit.readers.labels import folded
from verifierkit.readers.values import Parser, Unparsed, is_empty
from verifierkit.readers.xlsx import NOT_STORED


@dataclass(frozen=True)
class Defect:
    """A faulty value in readable evidence: where, what was expected, what was found, and the row it stands in."""

    place: Place
    table: str
    column: str
    expected: str
    found: str
    row: Row


@dataclass
class Reading:
    """What reading has gathered so far: rows by table, defects and notices."""

    tables: Tables = field(default_factory=lambda: {name: [] for name in catalogue()})
    defects: list[Defect] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table stand in a sheet: 0-based index by column, parsers, constants, first data row.

    ``needs`` names a column whose cell must be filled.
    """

    spec: TableSpec
    indexes: Mapping[str, int]
    parsers: Mapping[str, Parser]
    first_row: int
    constants: Mapping[str, Any] = field(default_factory=dict)
    skip: tuple[str, ...] = ()
    skip_where: Mapping[int, frozenset[str]] = field(default_factory=dict)
    needs: str = ""

    def says_nothing(self, cells: Sequence[object]) -> bool:
        """Whether the cell is empty without which there is no row: an empty cell of a wide table."""
        at = self.indexes[self.needs] if self.needs else 0
        return bool(self.needs) and (at >= len(cells) or is_empty(cells[at]))

    def leaves_out(self, cells: Sequence[object]) -> str:
        """The word for which a row is no data, "" where it is data."""
        for index, words in self.skip_where.items():
            text = str(cells[index]).strip() if index < len(cells) else ""
            if folded(text) in words:
                return text
        return ""


def read_rows(layout: Layout, grid: Grid, sheet: Sheet, reading: Reading) -> None:
    """Read all data rows of a sheet into ``reading``."""
    plan = [(name, index, layout.parsers[name]) for name, index in layout.indexes.items()]
    blank = dict.fromkeys(layout.spec.columns) | dict(layout.constants)
    letters = {name: letter(index) for name, index in layout.indexes.items()}
    required = tuple(column.name for column in layout.spec.columns.values() if column.required)
    rows = reading.tables[layout.spec.name]
    skipped: list[tuple[int, str]] = []
    for number, cells in enumerate(sheet.rows[layout.first_row - 1 :], layout.first_row):
        first = next((cell for cell in cells if not is_empty(cell)), None)
        if first is None or layout.says_nothing(cells):
            continue
        if layout.skip and isinstance(first, str) and first.strip().startswith(layout.skip):
            skipped.append((number, first.strip()))
            continue
        word = layout.leaves_out(cells) if layout.skip_where else ""
        if word:
            skipped.append((number, word))
            continue
        values, faults = _values(plan, cells, blank)
        if values is None:
            continue
        row = Row(layout.spec.name, values, Place(grid.file, sheet.name, number), letters)
        faults += [
            (name, "a value", "an empty cell")
            for name in required
            if values.get(name) is None and not any(fault[0] == name for fault in faults)
        ]
        rows.append(row)
        reading.defects += [
            Defect(row.cell(name), row.table, name, expected, found, row) for name, expected, found in faults
        ]
    reading.notices += _skipped(grid, sheet, skipped)
    reading.notices += _not_stored(layout, grid, sheet)


def _values(
    plan: Sequence[tuple[str, int, Parser]], cells: Sequence[object], blank: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, list[tuple[str, str, str]]]:
    """Values of one row and its faults as (column, expected, found); no values where every mapped cell is empty."""
    values: dict[str, Any] = dict(blank)
    faults: list[tuple[str, str, str]] = []
    filled = False
    width = len(cells)
    for name, index, parse in plan:
        raw = cells[index] if index < width else ""
        if raw == "" or raw is None or is_empty(raw):
            continue
        filled = True
        try:
            values[name] = parse(raw)
        except Unparsed as problem:
            values[name] = None
            faults.append((name, problem.expected, problem.found))
    return (values if filled else None), faults


def _skipped(grid: Grid, sheet: Sheet, skipped: Sequence[tuple[int, str]]) -> list[Notice]:
    return [
        Notice(Place(grid.file, sheet.name, number), f"未读入的行：{text}", f"row not read: {text}")
        for number, text in skipped
    ]


def _not_stored(layout: Layout, grid: Grid, sheet: Sheet) -> list[Notice]:
    """A notice for every formula of a mapped column whose result is not stored."""
    columns = sorted(layout.indexes.values())
    return [
        Notice(Place(grid.file, sheet.name, number, letter(index)), "公式没有保存计算结果", NOT_STORED)
        for number, cells in enumerate(sheet.rows[layout.first_row - 1 :], layout.first_row)
        for index in columns
        if index < len(cells) and isinstance(cells[index], Flaw) and cells[index] == Flaw(NOT_STORED)
    ]
