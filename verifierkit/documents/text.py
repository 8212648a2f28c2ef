"""What the writers ask of a list of blocks: its title, its characters, the kind of a block."""

from __future__ import annotations

from collections.abc import Iterator

from verifierkit.documents.blocks import (
    Block,
    Contents,
    Cover,
    Figure,
    Heading,
    KeyValues,
    Number,
    Spans,
    Table,
    Text,
    block_spans,
    plain,
)
from verifierkit.documents.labels import Labels, label_table

ALWAYS = frozenset((*map(chr, range(0x20, 0x7F)), "•", "\u200b"))


def block_kind(block: object) -> str:
    """Name of the class of a block or span in lower case, for templates."""
    return type(block).__name__.lower()


def title_of(blocks: list[Block]) -> str:
    """Title of the document: the lines of its cover."""
    for block in blocks:
        if isinstance(block, Cover):
            return " ".join(plain(spans) for spans in (block.over, block.subtitle, block.title))
    return ""


def running_head(blocks: list[Block], labels: Labels) -> tuple[str, str]:
    """The running line and, on a draft, its mark."""
    for block in blocks:
        if isinstance(block, Cover):
            line = f"{plain(block.over)}{labels['dot']}{plain(block.title)}"
            return line, labels["draft.word"] if block.notice else ""
    return "", ""


def characters(blocks: list[Block]) -> tuple[frozenset[str], frozenset[str]]:
    """Characters that the regular and the bold face must hold, printable ASCII and all labels included."""
    regular: set[str] = set(ALWAYS)
    bold: set[str] = set(ALWAYS)
    for key, pair in label_table().items():
        if key.partition(".")[0] in (
            "page",
            "page_of",
            "page_end",
            "annex",
            "table_word",
            "figure_word",
            "draft",
            "dot",
        ):
            regular.update(*pair)
            bold.update(*pair)
    for block in blocks:
        for spans in block_spans(block):
            regular.update(plain(spans))
        for text in _bold_texts(block):
            bold.update(text)
    return frozenset(regular), frozenset(bold)


def _bold_texts(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield block.number
        yield plain(block.spans)
    elif isinstance(block, Cover):
        yield from (plain(spans) for spans in (block.over, block.title, block.subtitle))
    elif isinstance(block, Contents):
        yield plain(block.title)
    elif isinstance(block, Figure):
        yield plain(block.caption)
    elif isinstance(block, Table):
        yield plain(block.caption)
        for cell in (*block.header, *(cell for row in block.rows for cell in row if cell.strong)):
            yield plain(cell.spans)
    if isinstance(block, Table | KeyValues):
        for spans in block_spans(block):
            yield from _strong(spans)


def _strong(spans: Spans) -> Iterator[str]:
    return (span.text for span in spans if isinstance(span, Text | Number) and span.strong)
