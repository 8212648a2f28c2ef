"""The column catalogue: every table of a case, read from ``schema/tables.yaml``, and rows that know their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.errors import Place


@dataclass(frozen=True)
class Column:
    """One column: identifier, headings, type, unit, choices, and whether every row needs a value."""

    name: str
    type: str
    zh: str
    en: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    doc: str = ""
    table: str = ""


@dataclass(frozen=True)
class TableSpec:
    """One table: identifier, headings, group (map, records or report), key columns and columns."""

    name: str
    zh: str
    en: str
    group: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]


@dataclass
class Row:
    """One row of a table: typed values by column, and the place of each cell.

    Values are Decimal for numbers, str, datetime.date, datetime.datetime, bool, int, or None for an empty
    or faulty cell; months are texts ``2025-03``. ``faulty`` names the columns whose None stands for a faulty number.
    """

    table: str
    values: dict[str, Any]
    place: Place
    letters: Mapping[str, str] = field(default_factory=dict)
    faulty: frozenset[str] = frozenset()

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def cell(self, column: str) -> Place:
        """The place of one cell of the row."""
        return Place(self.place.file, self.place.sheet, self.place.row, self.letters.get(column, ""))


Tables = dict[str, list[Row]]


@cache
def catalogue() -> Mapping[str, TableSpec]:
    """All tables by name, in the order of the workbook."""
    text = resources.files("verifierkit").joinpath("schema/tables.yaml").read_text(encoding="utf-8")
    specs: dict[str, TableSpec] = {}
    for name, entry in yaml.safe_load(text)["tables"].items():
        columns = {
            column: Column(column, **{**fields, "choices": tuple(fields.get("choices", ()))})
            for column, fields in entry["columns"].items()
        }
        specs[name] = TableSpec(name, entry["zh"], entry["en"], entry["group"], tuple(entry["key"]), columns)
    return specs


@cache
def schema_version() -> int:
    """Version of the case schema."""
    text = resources.files("verifierkit").joinpath("schema/tables.yaml").read_text(encoding="utf-8")
    return int(yaml.safe_load(text)["version"])


def select(rows: Iterable[Row], **wanted: Any) -> Iterator[Row]:
    """Rows whose columns equal the wanted values, in their order."""
    return (row for row in rows if all(row[column] == value for column, value in wanted.items()))
