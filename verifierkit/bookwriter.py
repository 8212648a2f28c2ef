"""Writes the data workbook: headings in two languages, drop-downs, an instruction sheet, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from verifierkit.columns import Column, Row, TableSpec, catalogue
from verifierkit.errors import UsageError
from verifierkit.readers.grid import letter
from verifierkit.readers.labels import choice_label

INSTRUCTIONS = "说明"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "'")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
STAMP = "2000-01-01T00:00:00Z"
LAST_ROW = 20_000
ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
FILLS = {"map": "DDEBF7", "records": "E2EFDA", "report": "FFF2CC"}
FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "number": "General", "integer": "0"}
RowLike = Row | Mapping[str, object]

GUIDE = (
    ("本工作簿为核查案例的数据文件，每张表一个工作表。", "The data of one case; one sheet per table."),
    ("第1行中文表头、第2行英文表头，第3行起填数据；表头不要改动。", "Headings in rows 1 and 2; data from row 3."),
    ("带 * 的列必填，其余可留空；没有数据的表留空即可。", "Columns with * are required; all others may stay empty."),
    ("下拉列表中的值可直接选取；编号列按文本填写。", "Choose from drop-downs; ids are text."),
    ("数值按表头单位填写；月份写作 2025-03，日期写作 2025-03-31。", "Units as in the heading; months 2025-03."),
)


def write(
    path: Path | str,
    tables: Mapping[str, Sequence[RowLike]],
    *,
    meta: Mapping[str, Any] | None = None,
    replace: bool = False,
) -> None:
    """Write a data workbook; the same content gives the same bytes.

    Parameters
    ----------
    path
        File to write.
    tables
        Rows by table: mappings of column to value, or rows as read. A sheet is written for every table of the
        catalogue, also without rows.
    meta
        Content of ``case.yaml``; its enterprise and year head the instruction sheet.
    replace
        Whether an existing file may be written over.

    Raises
    ------
    UsageError
        If the file exists, or a table or column is not in the catalogue.
    """
    path = Path(path)
    if path.exists() and not replace:
        raise UsageError(f"{path.name} exists and is not written over; name another file")
    _check_names(tables)
    book = Workbook(write_only=True)
    _write_guide(book, meta or {})
    for spec in catalogue().values():
        _write_sheet(book, spec, tables.get(spec.name, ()))
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(fixed_zip(buffer.getvalue()))


def _check_names(tables: Mapping[str, Sequence[RowLike]]) -> None:
    for table, rows in tables.items():
        if table not in catalogue():
            raise UsageError(f"no table {table!r} in the catalogue; tables: {', '.join(catalogue())}")
        names = {name for row in rows for name in _values(row)}
        unknown = sorted(names - set(catalogue()[table].columns))
        if unknown:
            raise UsageError(f"no column {', '.join(unknown)} in the table {table}")


def _values(row: RowLike) -> Mapping[str, object]:
    return row.values if isinstance(row, Row) else row


def _write_guide(book: Workbook, meta: Mapping[str, Any]) -> None:
    sheet = book.create_sheet(INSTRUCTIONS)
    for name, width in (("A", 22), ("B", 26), ("C", 34), ("D", 44), ("E", 12), ("F", 80)):
        sheet.column_dimensions[name].width = width
    enterprise = meta.get("enterprise") or {}
    title = " ".join(str(part) for part in (enterprise.get("name", ""), meta.get("data_year", "")) if part)
    sheet.append([_text_cell(sheet, title or "核查案例数据", bold=True)])
    for zh, en in GUIDE:
        sheet.append([_text_cell(sheet, zh)])
        sheet.append([_text_cell(sheet, en)])
    sheet.append([])
    heads = ("工作表", "Table", "列", "Column", "类型 Type", "说明 Notes")
    sheet.append([_text_cell(sheet, text, bold=True) for text in heads])
    for spec in catalogue().values():
        for column in spec.columns.values():
            star = " *" if column.required else ""
            cells = (spec.zh, spec.name, column.zh + star, column.name, column.type, column_notes(column))
            sheet.append([_text_cell(sheet, text) for text in cells])


def column_notes(column: Column) -> str:
    """What a column holds, beyond its heading: note, choices with labels, and the table that it refers to."""
    notes = [column.doc]
    if column.choices:
        notes.append("; ".join(f"{choice} {choice_label(column, choice)}" for choice in column.choices))
    if column.table:
        notes.append(f"id of {column.table} ({catalogue()[column.table].zh})")
    return " | ".join(note for note in notes if note)


def _write_sheet(book: Workbook, spec: TableSpec, rows: Sequence[RowLike]) -> None:
    sheet = book.create_sheet(spec.zh)
    sheet.freeze_panes = letter(min(len(spec.key), 2)) + "3"
    columns = list(spec.columns.values())
    for index, column in enumerate(columns):
        dimension = sheet.column_dimensions[letter(index)]
        dimension.width = max(12, min(36, 2 + 2 * len(column.zh), 40))
        dimension.number_format = FORMATS.get(column.type, "@")
    _add_lists(sheet, columns)
    sheet.append([_heading(sheet, spec, column.zh, required=column.required) for column in columns])
    sheet.append([_heading(sheet, spec, column.en, required=False) for column in columns])
    for row in rows:
        values = _values(row)
        sheet.append([_cell(sheet, column, values.get(column.name)) for column in columns])


def _heading(sheet: Any, spec: TableSpec, text: str, *, required: bool) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True, color="C00000" if required else "000000")
    cell.fill = PatternFill("solid", start_color=FILLS[spec.group])
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _add_lists(sheet: Any, columns: Sequence[Column]) -> None:
    """Drop-downs: choices by their Chinese labels, 是 and 否, and the ids of the table that a column refers to."""
    for index, column in enumerate(columns):
        formula = list_formula(column)
        if formula:
            validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
            validation.add(f"{letter(index)}3:{letter(index)}{LAST_ROW}")
            sheet.data_validations.append(validation)


@cache
def list_formula(column: Column) -> str:
    """Formula of the drop-down of a column; empty where it has none."""
    if column.type == "choice":
        return '"' + ",".join(choice_label(column, choice) for choice in column.choices) + '"'
    if column.type == "boolean":
        return '"是,否"'
    if column.type == "ref":
        target = catalogue()[column.table]
        at = letter(list(target.columns).index(target.key[0]))
        return f"'{target.zh}'!${at}$3:${at}${LAST_ROW}"
    return ""


def _cell(sheet: Any, column: Column, value: object) -> Any:
    """A cell for one value: numbers stay numbers, text stays text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal | int | float):
        if column.type in ("number", "integer"):
            return value
        return _text_cell(sheet, format(value, "f") if isinstance(value, Decimal) else str(value))
    if isinstance(value, datetime | date):
        return _text_cell(sheet, value.isoformat()[:7]) if column.type == "month" else _date_cell(sheet, value)
    text = str(value)
    if column.type == "choice" and text in column.choices:
        text = choice_label(column, text)
    if text.startswith(FORMULA_MARKS) or CONTROL.search(text) or ESCAPED.search(text):
        return _text_cell(sheet, text)
    return text


def _date_cell(sheet: Any, value: date) -> Any:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = FORMATS["datetime" if isinstance(value, datetime) else "date"]
    return cell


def _text_cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """A cell that stays text: what looks like a formula carries Excel's quote prefix and reads back unchanged."""
    cell = WriteOnlyCell(sheet)
    cell._value = escape(text)  # the setter would turn "=..." into a formula
    cell.data_type = "s"
    if text.startswith(FORMULA_MARKS):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def escape(text: str) -> str:
    """Write characters that XML cannot hold in the workbook's own notation; lone surrogates become U+FFFD."""
    text = ESCAPED.sub(lambda match: "_x005F" + match[0], text)
    return CONTROL.sub(lambda match: "\ufffd" if match[0] >= "\ud800" else f"_x{ord(match[0]):04X}_", text)


def fixed_zip(data: bytes) -> bytes:
    """The same archive with fixed times, so that equal content gives equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>" + STAMP.encode(), content)
            fixed = zipfile.ZipInfo(info.filename, ZIP_TIME)
            fixed.compress_type, fixed.create_system, fixed.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            archive.writestr(fixed, content)
    return target.getvalue()
