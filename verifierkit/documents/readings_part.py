"""The reading of the rules that the report rests on, of each question that the text leaves open and the case touches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifierkit.documents.blocks import Block, Cell, Paragraph, Spans, Table
from verifierkit.documents.criteria import is_implementation, original
from verifierkit.documents.view import View, cell


def readings(view: View) -> Iterator[Block]:
    """Question, reading used, who settled it, and where the reading comes from; tonnes stand in the working paper."""
    rows = tuple(_row(view, n, row) for n, row in enumerate(view.record.get("clarifications") or ()))
    if not rows:
        return
    yield Paragraph(view.words("readings.intro"))
    head = view.head("column.question", "column.reading", "column.settled", "column.basis")
    yield Table(view.words("table.readings"), head, rows, (34, 26, 14, 26), "llll", kind="list")


def _row(view: View, n: int, row: dict[str, Any]) -> tuple[Cell, ...]:
    at = f"clarifications/{n}"
    place = next(n for n, reading in enumerate(row["readings"]) if reading["id"] == row["used"])
    basis = _basis(view, f"{at}/readings/{place}/citation", row["readings"][place]["citation"])
    return (
        cell(view.quote(f"{at}/question")),
        cell(view.quote(f"{at}/used_label")),
        cell(*_settled(view, at, row)),
        cell(*basis),
    )


def _settled(view: View, at: str, row: dict[str, Any]) -> Spans:
    """Who settled the reading; where it is the answer of an authority, which one."""
    if row["chosen_by"] == "answer":
        return view.say("readings.by_answer", authority=view.quote(f"{at}/answer/answered_by"))
    return view.words(f"readings.by_{row['chosen_by']}_{'open' if row['open'] else 'answered'}")


def _basis(view: View, at: str, citation: dict[str, Any]) -> Spans:
    """Title and clause with the confidence; a program is named in the working papers only."""
    marked = citation["confidence"] in ("B", "C")
    note = (view.word("dot"), view.word(f"confidence.{citation['confidence']}")) if marked else ()
    if is_implementation(f" {original(citation['title'])} "):
        return (view.word("card.implementation"), *note)
    clause = not is_implementation(f" {original(citation['clause'])} ")
    shown = (view.word("dot"), view.quote(f"{at}/clause")) if clause and view.has(f"{at}/clause") else ()
    return (view.quote(f"{at}/title"), *shown, *note)
