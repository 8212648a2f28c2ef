"""HTML tables, as ERP and control systems export them under the name .xls. Scripts and links are never followed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from verifierkit.errors import InputError, Place
from verifierkit.readers.delimited import decode
from verifierkit.readers.grid import MAX_CELLS, Grid, Sheet, Span

CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
MAX_SPAN = 2000
Rows = list[list[object]]


class TableParser(HTMLParser):
    """Collects the cells of every table; spans become merged ranges whose value stands in the first cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[Rows, list[Span]]] = []
        self.open: list[int] = []
        self.cell: list[str] | None = None
        self.stored: str | None = None
        self.spans = (1, 1)
        self.filled: dict[int, set[tuple[int, int]]] = {}
        self.cells = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.tables.append(([], []))
            self.open.append(len(self.tables) - 1)
        elif tag == "tr" and self.open:
            self._close_cell()
            self.tables[self.open[-1]][0].append([])
        elif tag in ("td", "th") and self.open:
            self._close_cell()
            values = dict(attrs)
            self.cell, self.stored = [], values.get("x:num")
            self.spans = (_span(values.get("rowspan")), _span(values.get("colspan")))
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a table or cell."""
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag in ("td", "th", "tr"):
            self._close_cell()
        elif tag == "table" and self.open:
            self._close_cell()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Collect the text of the open cell."""
        if self.cell is not None and not self.silent:
            self.cell.append(data)

    def _close_cell(self) -> None:
        if self.cell is None or not self.open:
            return
        text = " ".join("".join(self.cell).split())
        value = self.stored or text
        self.cell, self.stored = None, None
        number = self.open[-1]
        rows, spans = self.tables[number]
        if not rows:
            rows.append([])
        self._put(rows, spans, self.filled.setdefault(number, set()), value)

    def _put(self, rows: Rows, spans: list[Span], filled: set[tuple[int, int]], value: str) -> None:
        row, column = len(rows) - 1, len(rows[-1])
        while (row, column) in filled:
            rows[-1].append("")
            column += 1
        height, width = self.spans
        rows[-1] += [value, *[""] * (width - 1)]
        self.cells += height * width
        if height > 1:
            filled.update((row + down, column + right) for down in range(1, height) for right in range(width))
        if height > 1 or width > 1:
            spans.append(((row, column), (row + height - 1, column + width - 1)))
        if self.cells > MAX_CELLS:
            raise OverflowError


def _span(text: str | None) -> int:
    return min(MAX_SPAN, max(1, int(text))) if text and text.isdecimal() and len(text) < 9 else 1


def read_html(data: bytes, *, file: str) -> Grid:
    """Read every table of an HTML file as a sheet named ``table 1``, ``table 2`` and so on."""
    place = Place(file)
    parser = TableParser()
    try:
        parser.feed(_text(data, place))
        parser.close()
    except OverflowError:
        found = "spans that make more"
        raise InputError(
            place, expected=f"at most {MAX_CELLS} cells", found=found, todo="Save the table as .xlsx."
        ) from None
    tables = [(rows, spans) for rows, spans in parser.tables if any(any(row) for row in rows)]
    if not tables:
        raise InputError(place, expected="a table", found="HTML without a filled table", todo="Export the data again.")
    sheets = tuple(
        Sheet(f"table {number}", rows, merged=tuple(spans)) for number, (rows, spans) in enumerate(tables, 1)
    )
    return Grid(file, "HTML", sheets)


def _text(data: bytes, place: Place) -> str:
    """Decode by the declared charset where it is one of the Chinese or Unicode ones, else by trial."""
    declared = CHARSET.search(data[:4096])
    if declared and declared[1].lower() in (b"gb2312", b"gbk", b"gb18030"):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            return decode(data, place=place)[0]
    return decode(data, place=place)[0]
