"""Runs in a process of its own: reads an old workbook from standard input and writes its sheets as JSON.

A damaged .xls file can end the process that reads it (seen with mutated files: the library asks for memory without
end); the parent then reports a file that cannot be read and goes on. Dates are written as ``[kind, text]``.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum

MEMORY = 4 * 1024**3


def main() -> None:
    """Read, and write one JSON list of sheets: name, hidden, rows, merged ranges."""
    _limit_memory()
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ == SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(meta.name)
            rows = [] if sheet.end is None else sheet.to_python(skip_empty_area=False)
            sheets.append([meta.name, "Hidden" in str(meta.visible), rows, sheet.merged_cell_ranges or []])
    json.dump(sheets, sys.stdout, default=_written)


def _limit_memory() -> None:
    try:
        import resource  # only where the system has it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _written(value: Any) -> list[str]:
    if isinstance(value, timedelta):
        return ["timedelta", str(value.total_seconds())]
    kind = {datetime: "datetime", date: "date", time: "time"}[type(value)]
    return [kind, value.isoformat()]


if __name__ == "__main__":
    main()
