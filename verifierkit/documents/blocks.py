"""The report as one list of plain blocks: every writer shows the same list, so no format can say more than another.

A numeral that comes from the record is a :class:`Number` or stands in a :class:`Quoted` text; both carry the
reference of the value in the record (see :mod:`verifierkit.documents.values`). Plain :class:`Text` comes from the
label file and holds no digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Text:
    """Words of the label file."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Number:
    """A formatted value of the record; ``ref`` leads back to it."""

    text: str
    ref: str
    strong: bool = False


@dataclass(frozen=True)
class Quoted:
    """A text of the record, shown as it stands."""

    text: str
    ref: str


@dataclass(frozen=True)
class FindingRef:
    """A finding named by its id; writers link it to its row in the list of findings."""

    id: str


@dataclass(frozen=True)
class Mark:
    """A raised mark, e.g. the confidence of a value."""

    text: str


@dataclass(frozen=True)
class Line:
    """A new line inside a cell or paragraph."""

    text: str = "\n"


Span = Text | Number | Quoted | FindingRef | Mark | Line
Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 5 with its printed number."""

    level: int
    number: str
    spans: Spans
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``kind`` note is set smaller."""

    spans: Spans
    kind: Literal["body", "note"] = "body"


@dataclass(frozen=True)
class Bullets:
    """An unordered list."""

    items: tuple[Spans, ...]


@dataclass(frozen=True)
class Notice:
    """A framed notice: ``draft`` for the draft marking, ``finding`` for what concerns findings."""

    spans: Spans
    kind: Literal["draft", "finding"] = "draft"


@dataclass(frozen=True)
class Cell:
    """A table cell; ``columns`` is its column span, ``anchor`` the finding that it introduces."""

    spans: Spans
    columns: int = 1
    strong: bool = False
    anchor: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A captioned table. ``widths`` are relative; ``align`` has one letter (l, c, r) a column."""

    caption: Spans
    header: Row
    rows: tuple[Row, ...]
    widths: tuple[int, ...]
    align: str
    number: int = 0
    kind: Literal["data", "list"] = "data"


@dataclass(frozen=True)
class Pair:
    """A labelled value of a form."""

    label: Spans
    value: Spans


@dataclass(frozen=True)
class KeyValues:
    """A form: rows of one pair (full width) or two pairs (half width each)."""

    rows: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A picture of the record by name, with caption and alternative text."""

    caption: Spans
    picture: str
    alt: Spans
    number: int = 0


@dataclass(frozen=True)
class Cover:
    """The title page."""

    over: Spans
    title: Spans
    subtitle: Spans
    facts: tuple[Pair, ...]
    notice: Spans = ()


@dataclass(frozen=True)
class Contents:
    """The place of the table of contents, which each writer makes from the headings."""

    title: Spans


@dataclass(frozen=True)
class PageBreak:
    """A new page in paged formats."""


Block = Heading | Paragraph | Bullets | Notice | Table | KeyValues | Figure | Cover | Contents | PageBreak


def block_spans(block: Block) -> Iterator[Spans]:
    """All runs of spans of a block in reading order (captions of tables before, of figures after the body)."""
    if isinstance(block, Heading | Paragraph | Notice):
        yield block.spans
    elif isinstance(block, Bullets):
        yield from block.items
    elif isinstance(block, Table):
        yield block.caption
        for row in (block.header, *block.rows):
            yield from (cell.spans for cell in row)
    elif isinstance(block, KeyValues):
        for pairs in block.rows:
            for pair in pairs:
                yield from (pair.label, pair.value)
    elif isinstance(block, Figure):
        yield block.caption
    elif isinstance(block, Cover):
        yield from (block.over, block.title, block.subtitle, block.notice)
        for pair in block.facts:
            yield from (pair.label, pair.value)
    elif isinstance(block, Contents):
        yield block.title


def plain(spans: Spans) -> str:
    """The text of spans without any marking."""
    return "".join(span.id if isinstance(span, FindingRef) else span.text for span in spans)


def anchors(blocks: list[Block]) -> set[str]:
    """Ids of the findings that have a row to link to."""
    return {
        cell.anchor for block in blocks if isinstance(block, Table) for row in block.rows for cell in row if cell.anchor
    }
