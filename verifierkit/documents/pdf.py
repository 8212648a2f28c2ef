"""The report as PDF, set by typst: a fixed template reads all text as data, fonts are embedded, nothing is dated."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from verifierkit.documents import fonts
from verifierkit.documents.assets_files import asset
from verifierkit.documents.blocks import (
    Block,
    Cell,
    Figure,
    FindingRef,
    Line,
    Mark,
    Number,
    Pair,
    Quoted,
    Text,
    anchors,
    plain,
)
from verifierkit.documents.labels import Labels
from verifierkit.documents.pictures import Picture
from verifierkit.documents.text import block_kind, characters, running_head, title_of

LONG = re.compile(r"[!-~]{16,}")
BREAK_AFTER = re.compile(r"([/_#!]|[-.:;,](?!\d))(?=.)|(.{24})(?=.)")
ZERO_WIDTH_SPACE = "\u200b"


def write(blocks: list[Block], path: Path, *, pictures: Mapping[str, Picture], lang: str) -> None:
    """Write the report as PDF."""
    regular, bold = characters(blocks)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_fonts(root, regular, bold)
        for name, picture in pictures.items():
            (root / f"{name}.svg").write_text(picture.svg, encoding="utf-8")
        (root / "data.json").write_text(json.dumps(as_data(blocks, lang), ensure_ascii=False), encoding="utf-8")
        (root / "main.typ").write_text(asset("report.typ"), encoding="utf-8")
        typst.compile(
            str(root / "main.typ"),
            output=str(path),
            root=folder,
            font_paths=[folder],
            ignore_system_fonts=True,
            format="pdf",
        )


def write_fonts(folder: Path, regular: frozenset[str], bold: frozenset[str]) -> None:
    """Both faces as files for typst."""
    (folder / "regular.ttf").write_bytes(fonts.report_font(regular, False))
    (folder / "bold.ttf").write_bytes(fonts.report_font(bold, True))


def as_data(blocks: list[Block], lang: str) -> dict[str, Any]:
    """The blocks as JSON types for the template."""
    labels = Labels(lang)
    running, draft = running_head(blocks, labels)
    return {
        "title": title_of(blocks),
        "author": "",
        "running": running,
        "draft": draft,
        "lang": lang,
        "family": fonts.FAMILY,
        "page": [labels["page"], labels["page_of"], labels["page_end"]],
        "words": {"table": labels["table_word"], "figure": labels["figure_word"]},
        "anchors": sorted(anchors(blocks)),
        "blocks": [{"block": block_kind(block), **_fields(block)} for block in blocks],
    }


def _fields(block: Block) -> dict[str, Any]:
    fields = {name: _value(value) for name, value in vars(block).items()}
    if isinstance(block, Figure):
        fields["alt"] = plain(block.alt)
    return fields


def _value(value: Any) -> Any:
    if isinstance(value, Text | Number | Quoted | FindingRef | Mark | Line):
        return _span(value)
    if isinstance(value, Cell | Pair):
        return {name: _value(field) for name, field in vars(value).items()}
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return value


def _span(span: Text | Number | Quoted | FindingRef | Mark | Line) -> list[str]:
    if isinstance(span, FindingRef):
        return ["f", span.id]
    if isinstance(span, Number):
        return ["N" if span.strong else "n", span.text]
    if isinstance(span, Line):
        return ["l", ""]
    if isinstance(span, Mark):
        return ["m", span.text]
    if isinstance(span, Quoted):
        return ["t", breakable(span.text)]
    return ["b" if span.strong else "t", span.text]


def breakable(text: str) -> str:
    """A text with places to break inside long runs such as file names."""
    return LONG.sub(lambda run: BREAK_AFTER.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, run[0]), text)
