"""Styles, page and running lines of the Word document."""

from __future__ import annotations

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from verifierkit.documents.docx_parts import ACCENT, LINE, NOTE, SOFT, TEXT_WIDTH, WARN, field, paragraph, run

LATIN, HAN = "Arial", "Microsoft YaHei"
TWIP = 635  # English metric units in 1/20 pt
HEADING_SIZES = (16, 13, 11.5, 10.5, 9.5)
HEADING_BEFORE = (0, 16, 14, 14, 10)


def set_up(document: Any, *, running: str, draft: str, page: tuple[str, str, str], lang: str) -> None:
    """Page, styles and running lines."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin, section.bottom_margin = Mm(24), Mm(20)
    section.different_first_page_header_footer = True
    _defaults(document, lang)
    _paragraph_styles(document)
    _character_styles(document)
    document.styles.element.append(parse_xml(_table_style()))
    _running(section, running, draft, page)


def _fonts(style: Any) -> None:
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for kind, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", HAN)):
        fonts.set(qn(f"w:{kind}"), name)


def _defaults(document: Any, lang: str) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for child in list(properties):
        properties.remove(child)
    latin = "zh-CN" if lang == "zh" else "en-GB"
    properties.append(
        parse_xml(f'<w:rFonts {nsdecls("w")} w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" w:eastAsia="{HAN}"/>')
    )
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{latin}" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))


def _style(
    document: Any,
    name: str,
    *,
    size: float,
    before: float = 0,
    after: float = 0,
    colour: str = "",
    bold: bool | None = None,
    line: float = 1.3,
) -> Any:
    styles = document.styles
    style = (
        styles[name]
        if name in styles
        else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc "))
    )
    _fonts(style)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, None
    if colour:
        style.font.color.rgb = RGBColor.from_string(colour)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = line
    return style


def _paragraph_styles(document: Any) -> None:
    _style(document, "Normal", size=10, after=6)
    for level, (size, before) in enumerate(zip(HEADING_SIZES, HEADING_BEFORE, strict=True), 1):
        colour = ACCENT if level in (1, 2, 4) else "1F2A35"
        style = _style(
            document,
            f"Heading {level}",
            size=size,
            before=before,
            after=6 if level < 4 else 4,
            colour=colour,
            bold=True,
        )
        style.paragraph_format.keep_with_next = True
    _border(document.styles["Heading 1"], "bottom", ACCENT, 10, 4)
    _style(document, "Title", size=26, after=6, colour=ACCENT, bold=True, line=1.2)
    borders = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        document.styles["Title"].element.pPr.remove(borders)
    _style(document, "Subtitle", size=14, after=6, colour=SOFT, bold=True)
    _style(document, "Caption", size=8.5, before=8, after=3, colour="1F2A35", bold=True)
    _style(document, "List Bullet", size=10, after=2)
    for level in (1, 2, 3):
        toc = _style(document, f"toc {level}", size=10, before=5 if level == 1 else 0, after=1, bold=level == 1)
        toc.paragraph_format.left_indent = Pt(14 * (level - 1))
        toc.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH * TWIP, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    own = {
        "Table Text": (8, "1F2A35"),
        "Form Label": (8, SOFT),
        "Note": (8.5, SOFT),
        "Draft Notice": (9.5, WARN),
        "Finding Notice": (9.5, "1F2A35"),
        "Contents Title": (16, ACCENT),
        "Cover Label": (10, SOFT),
    }
    for name, (size, colour) in own.items():
        _style(
            document,
            name,
            size=size,
            colour=colour,
            before=1.5 if name.startswith(("Table", "Form")) else 4,
            after=1.5 if name.startswith(("Table", "Form")) else 6,
            bold=name == "Contents Title" or None,
            line=1.15,
        )
        document.styles[name].element.set(qn("w:styleId"), name.replace(" ", ""))
    for name, colour in (("Draft Notice", WARN), ("Finding Notice", NOTE)):
        _border(document.styles[name], "left", colour, 24, 8)


def _border(style: Any, side: str, colour: str, size: int, space: int) -> None:
    properties = style.element.get_or_add_pPr()
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{colour}"/></w:pBdr>'
    )
    properties.insert_element_before(border, *_AFTER_BORDER)


_AFTER_BORDER = (
    "w:shd",
    "w:tabs",
    "w:suppressAutoHyphens",
    "w:spacing",
    "w:ind",
    "w:contextualSpacing",
    "w:jc",
    "w:outlineLvl",
)


def _character_styles(document: Any) -> None:
    for name in ("Record Number", "Record Text", "Finding Reference", "Confidence Mark"):
        style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.element.set(qn("w:styleId"), name.replace(" ", ""))
        if name == "Finding Reference":
            style.font.bold, style.font.color.rgb = True, RGBColor.from_string(WARN)
        if name == "Confidence Mark":
            style.font.superscript, style.font.color.rgb = True, RGBColor.from_string(NOTE)


def _table_style() -> str:
    return (
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="Report Table"/>'
        f'<w:uiPriority w:val="99"/><w:tblPr><w:tblBorders>'
        f'<w:top w:val="single" w:sz="8" w:space="0" w:color="{ACCENT}"/><w:bottom w:val="single" w:sz="6" w:space="0" w:color="{ACCENT}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/></w:tblBorders>'
        f'<w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    )


def _running(section: Any, running: str, draft: str, page: tuple[str, str, str]) -> None:
    tab = "<w:r><w:tab/></w:r>"
    mark = f'<w:r><w:rPr><w:b/><w:color w:val="{WARN}"/></w:rPr><w:t>{draft}</w:t></w:r>' if draft else ""
    header = paragraph(run(running) + tab + mark, style="Header")
    footer = paragraph(
        tab
        + run(f"{page[0]} ")
        + field("PAGE", "1")
        + run(f" {page[1]} ")
        + field("NUMPAGES", "1")
        + run(f" {page[2]}"),
        style="Footer",
    )
    for part, xml in ((section.header, header), (section.footer, footer)):
        body = part._element
        for child in list(body):
            body.remove(child)
        body.append(parse_xml(xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))


def style_running(document: Any) -> None:
    """Small soft running lines with one tab stop at the right edge."""
    for name in ("Header", "Footer"):
        style = _style(document, name, size=8, colour=SOFT, line=1)
        tabs = style.element.pPr.find(qn("w:tabs"))
        if tabs is not None:
            style.element.pPr.remove(tabs)

        style.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH * TWIP, WD_TAB_ALIGNMENT.RIGHT)
