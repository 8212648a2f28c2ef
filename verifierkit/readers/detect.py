"""Find out what a file really is, by its content, and read it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from verifierkit.errors import InputError, Place
from verifierkit.evidence import Notice
from verifierkit.readers.archive import RESAVE, members
from verifierkit.readers.delimited import read_delimited
from verifierkit.readers.greenbutton import is_green_button, read_green_button
from verifierkit.readers.grid import MAX_BYTES, Grid, runs
from verifierkit.readers.html_table import read_html
from verifierkit.readers.xls import read_xls
from verifierkit.readers.xlsx import read_xlsx

ZIP, OLE = (b"PK\x03\x04", b"PK\x05\x06"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML = re.compile(rb"<(!doctype\s+html|html|table|head|body|meta|div|style)\b", re.IGNORECASE)
BINARY = {
    b"%PDF": "a PDF file",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"Rar!": "a RAR file",
}
USUAL = {
    ".xlsx": ("xlsx",),
    ".xlsm": ("xlsx",),
    ".xls": ("xls",),
    ".et": ("WPS (zip)", "WPS (OLE)"),
    ".csv": ("csv",),
    ".txt": ("csv", "tab"),
    ".tsv": ("tab",),
    ".html": ("HTML",),
    ".htm": ("HTML",),
    ".xml": ("Green Button XML", "HTML"),
}


def read_grid(path: Path, *, place_file: str) -> Grid:
    """Read any tabular file as sheets of raw cells, without altering it.

    Parameters
    ----------
    path
        The file to read.
    place_file
        How messages and locators name it: its path relative to the case folder.

    Raises
    ------
    InputError
        If the file is empty, damaged, encrypted, hostile, or of no kind that can be read.
    """
    place = Place(place_file)
    size = path.stat().st_size
    if size > MAX_BYTES:
        found = f"{size // 1024**2} MB"
        todo = "Split the file or export fewer columns."
        raise InputError(place, expected=f"at most {MAX_BYTES // 1024**2} MB", found=found, todo=todo)
    data = path.read_bytes()
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise InputError(place, expected="a table", found="an empty file", todo="Ask for the file again.")
    grid = _read(data, place_file)
    return Grid(grid.file, grid.format, grid.sheets, grid.date1904, (*grid.notices, *_notices(grid)))


def _read(data: bytes, file: str) -> Grid:
    wps = PurePosixPath(file).suffix.lower() == ".et"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(ZIP):
        texts = members(data, place=Place(file))
        if "xl/workbook.xml" not in texts:
            raise _not_a_table(file, _archive_kind(texts))
        return read_xlsx(data, texts, file=file, form="WPS (zip)" if wps else "xlsx")
    if data.startswith(OLE):
        return read_xls(data, file=file, form="WPS (OLE)" if wps else "xls")
    kind = next((name for mark, name in BINARY.items() if data.startswith(mark)), "")
    if kind:
        raise _not_a_table(file, kind)
    if head[:1] == b"<":
        return _read_markup(data, head, file)
    return read_delimited(data, file=file)


def _read_markup(data: bytes, head: bytes, file: str) -> Grid:
    if is_green_button(data):
        return read_green_button(data, file=file)
    if HTML.search(head):
        return read_html(data, file=file)
    raise _not_a_table(file, "an XML file")


def _archive_kind(texts: dict[str, bytes]) -> str:
    kinds = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a presentation"}
    if b"opendocument.spreadsheet" in texts.get("mimetype", b""):
        return "an OpenDocument spreadsheet"
    if "[Content_Types].xml" in texts and b"sheet.binary" in texts["[Content_Types].xml"]:
        return "a binary workbook (xlsb)"
    return next((kind for name, kind in kinds.items() if name in texts), "a zip archive without a workbook")


def _not_a_table(file: str, kind: str) -> InputError:
    return InputError(Place(file), expected="a workbook, csv text or an HTML table", found=kind, todo=RESAVE)


def _notices(grid: Grid) -> list[Notice]:
    """What a person should know about the file: its real format, and what is hidden in it."""
    place = Place(grid.file)
    suffix = PurePosixPath(grid.file).suffix.lower()
    notices = []
    if not grid.format.startswith(USUAL.get(suffix, ("?",))):
        notices.append(
            Notice(place, f"文件名为 {suffix}，实际格式为 {grid.format}", f"named {suffix}, really {grid.format}")
        )
    elif grid.format.startswith("WPS"):
        notices.append(Notice(place, f"实际格式为 {grid.format}", f"really {grid.format}"))
    for sheet in grid.sheets:
        spot = Place(grid.file, sheet.name)
        if sheet.hidden:
            notices.append(Notice(spot, "隐藏的工作表", "hidden sheet"))
        if sheet.hidden_rows:
            rows = runs(sheet.hidden_rows)
            notices.append(Notice(spot, f"隐藏的行：{rows}", f"hidden rows: {rows}"))
        if sheet.hidden_columns:
            columns = ", ".join(sheet.hidden_columns)
            notices.append(Notice(spot, f"隐藏的列：{columns}", f"hidden columns: {columns}"))
    if grid.date1904:
        notices.append(Notice(place, "日期从1904年起算", "dates count from 1904"))
    return notices
