"""Pieces of WordprocessingML: runs, paragraphs, fields, bookmarks and tables as text that is parsed once."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from verifierkit.documents.blocks import Cell, FindingRef, KeyValues, Line, Mark, Number, Quoted, Span, Spans, Table
from verifierkit.documents.pdf import breakable

TEXT_WIDTH = 9866  # A4 less 18 mm on both sides [1/20 pt]
ACCENT, LINE, TINT, SOFT, WARN, NOTE = "1D4E6B", "CFD7DE", "F1F4F7", "5B6875", "9B2C2C", "8A6212"
ALIGN = {"l": "left", "g": "left", "c": "center", "r": "right"}
FORM_WIDTHS = (18, 32, 18, 32)
SPAN_STYLES: dict[type, str] = {
    Number: "RecordNumber",
    Quoted: "RecordText",
    FindingRef: "FindingReference",
    Mark: "ConfidenceMark",
}


def run(text: str, *, style: str = "", bold: bool = False) -> str:
    """A run of text."""
    properties = (f"<w:rStyle w:val={quoteattr(style)}/>" if style else "") + ("<w:b/>" if bold else "")
    head = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{head}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def span_xml(span: Span, targets: set[str], *, bold: bool = False) -> str:
    """One span; findings link to their row in the list."""
    style = SPAN_STYLES.get(type(span), "")
    if isinstance(span, FindingRef):
        inner = run(span.id, style=style)
        return (
            f"<w:hyperlink w:anchor={quoteattr(finding_bookmark(span.id))}>{inner}</w:hyperlink>"
            if span.id in targets
            else inner
        )
    if isinstance(span, Line):
        return "<w:r><w:br/></w:r>"
    text = breakable(span.text) if isinstance(span, Quoted) else span.text
    return run(text, style=style, bold=bold or getattr(span, "strong", False))


def spans_xml(spans: Spans, targets: set[str], *, bold: bool = False) -> str:
    """Several spans."""
    return "".join(span_xml(span, targets, bold=bold) for span in spans)


def paragraph(inner: str, *, style: str = "", align: str = "", keep_next: bool = False) -> str:
    """A paragraph."""
    properties = (f"<w:pStyle w:val={quoteattr(style)}/>" if style else "") + ("<w:keepNext/>" if keep_next else "")
    properties += f'<w:jc w:val="{align}"/>' if align and align != "left" else ""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def field_begin(instruction: str, *, dirty: bool = False) -> str:
    """The part of a field before its value; a dirty field is computed anew when the document is opened."""
    mark = ' w:dirty="true"' if dirty else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"{mark}/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def field(instruction: str, shown: str) -> str:
    """A field with its value as last computed."""
    return field_begin(instruction) + run(shown) + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def finding_bookmark(finding: str) -> str:
    """Bookmark of a finding's row: letters, digits and underscores only."""
    return "finding_" + "".join(char if char.isalnum() else "_" for char in finding)[:30]


def bookmark(number: int, name: str, inner: str) -> str:
    """Content inside a bookmark."""
    return f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(name)}/>{inner}<w:bookmarkEnd w:id="{number}"/>'


def caption(word: str, kind: str, number: int, spans: Spans, targets: set[str], *, above: bool) -> str:
    """A caption with a sequence field."""
    inner = run(f"{word} ") + field(f"SEQ {kind} \\* ARABIC", str(number)) + run("  ") + spans_xml(spans, targets)
    return paragraph(inner, style="Caption", keep_next=above, align="" if above else "center")


def table_xml(block: Table, targets: set[str], first_bookmark: int) -> str:
    """A table with a repeated head; ``first_bookmark`` is a free bookmark number."""
    widths = [round(TEXT_WIDTH * width / sum(block.widths)) for width in block.widths]
    rows = [_row(block.header, widths, block.align, targets, head=True, mark=0)]
    rows += [
        _row(
            row, widths, block.align, targets, head=False, mark=first_bookmark + n, last=n < min(len(block.rows) - 1, 6)
        )
        for n, row in enumerate(block.rows)
    ]
    return _table(widths, "".join(rows))


def _row(
    cells: tuple[Cell, ...],
    widths: list[int],
    align: str,
    targets: set[str],
    *,
    head: bool,
    mark: int,
    last: bool = False,
) -> str:
    place, parts = 0, []
    for cell in cells:
        width = sum(widths[place : place + cell.columns])
        inner = spans_xml(cell.spans, targets, bold=head or cell.strong)
        if cell.anchor:
            inner = bookmark(mark, finding_bookmark(cell.anchor), inner)
        body = paragraph(inner, style="TableText", align=ALIGN[align[place]], keep_next=head or last)
        parts.append(_cell(body, width, span=cell.columns, shaded=head))
        place += cell.columns
    return _table_row("".join(parts), head=head)


def form_xml(block: KeyValues, targets: set[str]) -> str:
    """A form of labels and values."""
    widths = [round(TEXT_WIDTH * width / sum(FORM_WIDTHS)) for width in FORM_WIDTHS]
    rows = []
    for n, pairs in enumerate(block.rows):
        keep = n < len(block.rows) - 1
        parts = []
        for k, pair in enumerate(pairs):
            value_width = widths[2 * k + 1] if len(pairs) > 1 else sum(widths[1:])
            label = paragraph(spans_xml(pair.label, targets), style="FormLabel", keep_next=keep)
            value = paragraph(spans_xml(pair.value, targets), style="TableText", keep_next=keep)
            parts.append(
                _cell(label, widths[2 * k], shaded=True) + _cell(value, value_width, span=1 if len(pairs) > 1 else 3)
            )
        rows.append(_table_row("".join(parts), head=False))
    return _table(widths, "".join(rows))


def _cell(body: str, width: int, *, span: int = 1, shaded: bool = False) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{TINT}"/>' if shaded else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{shade}</w:tcPr>{body}</w:tc>'


def _table_row(cells: str, *, head: bool) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{cells}</w:tr>"


def _table(widths: list[int], rows: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="ReportTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblLook w:val="0020" w:firstRow="1"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>'
    )
