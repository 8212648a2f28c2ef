"""The sheet of unconfirmed values: the same packs give the same bytes, and no text becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from verifierkit.bookwriter import FORMULA_MARKS, escape, fixed_zip
from verifierkit.confirm.marks import Marked
from verifierkit.errors import UsageError
from verifierkit.readers.grid import letter

SHEET = "待确认取值"
FIRST_ROW = 4
SHOWN = (
    ("key", "编号", "Key", 15),
    ("file", "规则包文件", "Pack file", 26),
    ("line", "行", "Line", 7),
    ("kind", "类别", "Kind", 11),
    ("name", "参数", "Parameter", 32),
    ("value", "取值", "Value", 22),
    ("unit", "单位", "Unit", 12),
    ("selectors", "适用对象", "Selectors", 30),
    ("years", "数据年度", "Data years", 14),
    ("source", "出处", "Source", 40),
    ("clause", "条款", "Clause", 34),
    ("confidence", "置信度", "Mark", 8),
    ("note", "冲突与说明", "Conflicts and notes", 40),
)
ASKED = (
    ("confirmed", "原文一致（是/否）", "Confirmed (yes/no)", 18),
    ("read_clause", "所读条款", "Clause read", 26),
    ("page", "页码", "Page", 8),
    ("person", "姓名", "Name", 14),
    ("day", "日期", "Date", 13),
)
COLUMNS = (*SHOWN, *ASKED)
GUIDE = (
    "请对照规则原文逐行填写右侧五列；左侧内容不要改动。是＝原文与取值一致；否＝不一致，并写明所读条款。 "
    "Fill the five columns on the right from the rule's own text; leave the others as they are."
)


def write(path: Path | str, entries: Sequence[Marked]) -> None:
    """Write the sheet; the same entries give the same bytes.

    Raises
    ------
    UsageError
        If the file exists.
    """
    path = Path(path)
    if path.exists():
        raise UsageError(f"{path.name} exists and is not written over; name another file")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = f"{letter(len(SHOWN))}{FIRST_ROW}"
    for index, (_, _, _, width) in enumerate(COLUMNS):
        sheet.column_dimensions[letter(index)].width = width
        sheet.column_dimensions[letter(index)].number_format = "@"
    _add_choice(sheet, FIRST_ROW + len(entries))
    sheet.append([_cell(sheet, GUIDE)])
    sheet.append([_heading(sheet, zh, asked=index >= len(SHOWN)) for index, (_, zh, _, _) in enumerate(COLUMNS)])
    sheet.append([_heading(sheet, en, asked=index >= len(SHOWN)) for index, (_, _, en, _) in enumerate(COLUMNS)])
    for entry in entries:
        sheet.append([_cell(sheet, str(getattr(entry, name))) for name, _, _, _ in SHOWN])
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(fixed_zip(buffer.getvalue()))


def _add_choice(sheet: Any, last: int) -> None:
    validation = DataValidation(type="list", formula1='"是,否"', allow_blank=True, showErrorMessage=False)
    column = letter(len(SHOWN))
    validation.add(f"{column}{FIRST_ROW}:{column}{max(last, FIRST_ROW)}")
    sheet.data_validations.append(validation)


def _heading(sheet: Any, text: str, *, asked: bool) -> Any:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", start_color="FFF2CC" if asked else "DDEBF7")
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _cell(sheet: Any, text: str) -> Any:
    """A cell that stays text: what looks like a formula carries the quote prefix and reads back unchanged."""
    if not text:
        return None
    cell = WriteOnlyCell(sheet)
    cell._value = escape(text)  # the setter would turn "=..." into a formula
    cell.data_type = "s"
    if text.startswith(FORMULA_MARKS):
        cell.quotePrefix = True
    return cell
