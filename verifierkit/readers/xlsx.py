"""Workbooks of the zip kind (.xlsx, .xlsm, .et): values by calamine, what is hidden by a look at the XML."""

from __future__ import annotations

import html
import io
import posixpath
import re
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from verifierkit.errors import InputError, Place
from verifierkit.readers.grid import MAX_CELLS, Facts, Flaw, Grid, Sheet, index_of, letter, with_facts

NAMESPACE = rb"(?:[A-Za-z_][\w.-]*:)?"
ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
SHEET = re.compile(rb"<" + NAMESPACE + rb"sheet\s([^>]*)>")
RELATION = re.compile(rb"<" + NAMESPACE + rb"Relationship\s([^>]*)>")
PROPERTIES = re.compile(rb"<" + NAMESPACE + rb"workbookPr\b([^>]*)>")
ROW = re.compile(rb"<" + NAMESPACE + rb"row\s([^>]*)>")
COLUMN = re.compile(rb"<" + NAMESPACE + rb"col\s([^>]*)>")
CELL = re.compile(rb"""<%bc\s([^>]*?)(?:/>|>(.*?)</%bc>)""" % (NAMESPACE, NAMESPACE), re.DOTALL)
REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
FORMULA = re.compile(rb"<" + NAMESPACE + rb"f[\s/>]")
STORED = re.compile(rb"<" + NAMESPACE + rb"(?:v|is)>(.+?)</" + NAMESPACE + rb"(?:v|is)>", re.DOTALL)
TRUE = (b"1", b"true")
NOT_STORED = "a formula whose result is not stored"


def read_xlsx(data: bytes, texts: dict[str, bytes], *, file: str, form: str) -> Grid:
    """Read a workbook whose archive has been checked; ``texts`` are its XML members."""
    place = Place(file)
    facts = {name: sheet_facts(texts[part], place) for name, part in _parts(texts).items() if part in texts}
    properties = PROPERTIES.search(texts.get("xl/workbook.xml", b""))
    date1904 = properties is not None and _attributes(properties[1]).get(b"date1904", b"0") in TRUE
    sheets = tuple(
        sheet if sheet.name not in facts else with_facts(sheet, facts[sheet.name])
        for sheet in calamine_sheets(data, place)
    )
    return Grid(file, form, sheets, date1904)


def calamine_sheets(data: bytes, place: Place) -> list[Sheet]:
    """Values, visibility and merged ranges of all worksheets.

    Raises
    ------
    InputError
        If the library cannot read the file.
    """
    try:
        sheets = _worksheets(CalamineWorkbook.from_filelike(io.BytesIO(data)))
    except BaseException as problem:  # the library's own panic is no Exception
        if not isinstance(problem, CalamineError | ValueError | OSError) and type(problem).__name__ != "PanicException":
            raise
        found = f"a workbook that cannot be read ({' '.join(str(problem).split())})"
        todo = "Open it in the program that made it and save it again, or ask for it again."
        raise InputError(place, expected="a readable workbook", found=found, todo=todo) from None
    if not sheets:
        raise InputError(place, expected="at least one sheet", found="none", todo="Ask for the file again.")
    return sheets


def _worksheets(book: CalamineWorkbook) -> list[Sheet]:
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ == SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(meta.name)
            rows = [] if sheet.end is None else cast(list[list[object]], sheet.to_python(skip_empty_area=False))
            hidden = "Hidden" in str(meta.visible)
            sheets.append(Sheet(meta.name, rows, hidden, merged=tuple(sheet.merged_cell_ranges or ())))
    return sheets


def sheet_facts(xml: bytes, place: Place) -> Facts:
    """Hidden rows and columns, error cells and formulas without a stored result; refuses a sheet too large to hold."""
    _check_extent(xml, place)
    rows = [_attributes(tag) for tag in ROW.findall(xml)] if b"hidden" in xml else []
    hidden = tuple(int(row[b"r"]) for row in rows if row.get(b"hidden") in TRUE and row.get(b"r", b"").isdigit())
    return Facts(hidden, _hidden_columns(xml), tuple(_flaws(xml)))


def _check_extent(xml: bytes, place: Place) -> None:
    refs = set(REFERENCE.findall(xml))
    if not refs:
        return
    columns = 1 + max(index_of(letters.decode()) for letters in {ref[0] for ref in refs})
    height = max(int(ref[1]) for ref in refs)
    if height * columns > MAX_CELLS:
        found = f"cells spread over {height} rows and {columns} columns"
        raise InputError(
            place, expected=f"at most {MAX_CELLS} cells in a sheet", found=found, todo="Clear the stray cells and save."
        )


def _hidden_columns(xml: bytes) -> tuple[str, ...]:
    names: list[str] = []
    for tag in COLUMN.findall(xml):
        column = _attributes(tag)
        if column.get(b"hidden") in TRUE:
            first, last = int(column[b"min"]), int(column[b"max"])
            names.append(letter(first - 1) if first == last else f"{letter(first - 1)}:{letter(last - 1)}")
    return tuple(names)


def _flaws(xml: bytes) -> list[tuple[int, int, Flaw]]:
    if b"<f" not in xml and b":f" not in xml and b't="e"' not in xml:
        return []
    found = []
    for tag, inner in CELL.findall(xml):
        ref = REFERENCE.search(tag)
        stored = STORED.search(inner)
        error = b't="e"' in tag or b"t='e'" in tag
        missing = stored is None and FORMULA.search(inner) is not None and not _is_text(tag)
        if ref is None or not (error or missing):
            continue
        text = stored[1].decode("utf-8", "replace") if error and stored else NOT_STORED
        found.append((int(ref[2]) - 1, index_of(ref[1].decode()), Flaw(text)))
    return found


def _is_text(tag: bytes) -> bool:
    """Whether a formula cell holds text: an empty text is a stored result."""
    return b't="str"' in tag or b"t='str'" in tag


def _parts(texts: dict[str, bytes]) -> dict[str, str]:
    """Sheet name to the path of its XML member."""
    targets = {}
    for tag in RELATION.findall(texts.get("xl/_rels/workbook.xml.rels", b"")):
        relation = _attributes(tag)
        target = relation.get(b"Target", b"").decode("utf-8", "replace")
        absolute = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[relation.get(b"Id", b"")] = absolute
    parts = {}
    for tag in SHEET.findall(texts.get("xl/workbook.xml", b"")):
        sheet = _attributes(tag)
        name = html.unescape(sheet.get(b"name", b"").decode("utf-8", "replace"))
        identity = next((value for key, value in sheet.items() if key.endswith(b":id")), b"")
        parts[name] = targets.get(identity, "")
    return parts


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in ATTRIBUTE.findall(tag)}
