"""The report as an editable Word document: real headings, captions, repeated table heads and page fields."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx as word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Twips

from verifierkit.documents import docx_parts as parts
from verifierkit.documents.blocks import (
    Block,
    Bullets,
    Contents,
    Cover,
    Figure,
    Heading,
    KeyValues,
    Notice,
    PageBreak,
    Paragraph,
    Spans,
    Table,
    anchors,
    plain,
)
from verifierkit.documents.docx_styles import set_up, style_running
from verifierkit.documents.labels import Labels
from verifierkit.documents.text import running_head, title_of

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
CONTENTS_LEVELS = 3
PAGE = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
SPACER = '<w:p><w:pPr><w:spacing w:before="0" w:after="60" w:line="120" w:lineRule="exact"/></w:pPr></w:p>'


def write(blocks: list[Block], path: Path, *, images: Mapping[str, bytes], lang: str) -> None:
    """Write the report as DOCX; ``images`` are the pictures as PNG."""
    document = word.Document()
    labels = Labels(lang)
    running, draft = running_head(blocks, labels)
    set_up(
        document, running=running, draft=draft, page=(labels["page"], labels["page_of"], labels["page_end"]), lang=lang
    )
    style_running(document)
    Body(document, blocks, labels, images).fill()
    _properties(document, title_of(blocks))
    buffer = io.BytesIO()
    document.save(buffer)
    path.write_bytes(normal_zip(buffer.getvalue()))


class Body:
    """Fills the body of a document from blocks."""

    def __init__(self, document: Any, blocks: list[Block], labels: Labels, images: Mapping[str, bytes]) -> None:
        self._document, self._blocks, self._labels, self._images = document, blocks, labels, images
        self._targets, self._bookmarks = anchors(blocks), 0
        self._break_next = False
        self._writers: dict[type, Callable[[Any], list[str]]] = {
            Heading: self._heading,
            Paragraph: self._paragraph,
            Bullets: self._bullets,
            Notice: self._notice,
            Table: self._table,
            KeyValues: self._form,
            Cover: self._cover,
            Contents: self._contents,
            PageBreak: self._page_break,
        }

    def fill(self) -> None:
        """Append every block before the section properties."""
        body = self._document.element.body
        end = body.find(qn("w:sectPr"))
        for child in list(body):
            if child is not end:
                body.remove(child)
        for block in self._blocks:
            if isinstance(block, Figure):
                end.addprevious(self._picture(block))
                texts = [
                    parts.caption(
                        self._labels["figure_word"], "Figure", block.number, block.caption, self._targets, above=False
                    )
                ]
            else:
                texts = self._writers[type(block)](block)
            for element in parse_xml(f"<w:body {nsdecls('w')}>{''.join(texts)}</w:body>"):
                end.addprevious(element)

    def _spans(self, spans: Spans) -> str:
        return parts.spans_xml(spans, self._targets)

    def _next(self, count: int = 1) -> int:
        self._bookmarks += count
        return self._bookmarks - count + 1

    def _heading(self, block: Heading) -> list[str]:
        number = parts.run(f"{block.number}  ") if block.number else ""
        mark = self._next()
        inner = parts.bookmark(mark, _heading_bookmark(self._blocks, block), number + self._spans(block.spans))
        text = parts.paragraph(inner, style=f"Heading{block.level}")
        if self._break_next:
            self._break_next = False
            text = text.replace("</w:pPr>", "<w:pageBreakBefore/></w:pPr>", 1)
        return [text]

    def _paragraph(self, block: Paragraph) -> list[str]:
        return [parts.paragraph(self._spans(block.spans), style="Note" if block.kind == "note" else "")]

    def _bullets(self, block: Bullets) -> list[str]:
        return [parts.paragraph(self._spans(item), style="ListBullet") for item in block.items]

    def _notice(self, block: Notice) -> list[str]:
        return [
            parts.paragraph(self._spans(block.spans), style="DraftNotice" if block.kind == "draft" else "FindingNotice")
        ]

    def _table(self, block: Table) -> list[str]:
        head = parts.caption(
            self._labels["table_word"], "Table", block.number, block.caption, self._targets, above=True
        )
        return [head, parts.table_xml(block, self._targets, self._next(len(block.rows) + 1)), SPACER]

    def _form(self, block: KeyValues) -> list[str]:
        return [parts.form_xml(block, self._targets), SPACER]

    def _cover(self, block: Cover) -> list[str]:
        space = '<w:p><w:pPr><w:spacing w:before="{}" w:after="0"/></w:pPr></w:p>'
        texts = [
            space.format(2600),
            parts.paragraph(self._spans(block.over), style="Subtitle"),
            parts.paragraph(self._spans(block.title), style="Title"),
        ]
        texts += [parts.paragraph(self._spans(block.subtitle), style="Subtitle"), space.format(3600)]
        if block.notice:
            texts.append(parts.paragraph(self._spans(block.notice), style="DraftNotice"))
        return [*texts, parts.form_xml(KeyValues(tuple((pair,) for pair in block.facts)), self._targets)]

    def _contents(self, block: Contents) -> list[str]:
        title = parts.paragraph(self._spans(block.title), style="ContentsTitle").replace(
            "</w:pPr>", "<w:pageBreakBefore/></w:pPr>", 1
        )
        headings = [
            heading for heading in self._blocks if isinstance(heading, Heading) and heading.level <= CONTENTS_LEVELS
        ]
        entries = []
        begin = parts.field_begin(f'TOC \\o "1-{CONTENTS_LEVELS}" \\h \\z \\u', dirty=True)
        for n, heading in enumerate(headings):
            text = f"{heading.number}  {plain(heading.spans)}".strip()
            link = f'<w:hyperlink w:anchor="{_heading_bookmark(self._blocks, heading)}">{parts.run(text)}</w:hyperlink>'
            end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>' if n == len(headings) - 1 else ""
            entries.append(parts.paragraph((begin if n == 0 else "") + link + end, style=f"toc{heading.level}"))
        self._break_next = True
        return [title, *entries]

    def _page_break(self, block: PageBreak) -> list[str]:
        self._break_next = True
        return []

    def _picture(self, block: Figure) -> Any:
        drawn = parse_xml(f'<w:p {nsdecls("w")}><w:pPr><w:keepNext/><w:jc w:val="center"/></w:pPr><w:r/></w:p>')
        inline = self._document.part.new_pic_inline(
            io.BytesIO(self._images[block.picture]), width=Twips(parts.TEXT_WIDTH)
        )
        inline.docPr.set("descr", plain(block.alt))
        inline.docPr.set("name", block.picture)
        drawing = parse_xml(f"<w:drawing {nsdecls('w')}/>")
        drawing.append(inline)
        drawn.find(qn("w:r")).append(drawing)
        return drawn


def _heading_bookmark(blocks: list[Block], heading: Heading) -> str:
    return f"_Toc{next(n for n, block in enumerate(blocks) if block is heading):08d}"


def _properties(document: Any, title: str) -> None:
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments, core.keywords = title[:255], "", "", "", ""
    core.created = core.modified = EPOCH
    core.revision = 1


def normal_zip(data: bytes) -> bytes:
    """The same archive with fixed times and attributes."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, ZIP_TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            target.writestr(info, source.read(entry))
    return buffer.getvalue()
