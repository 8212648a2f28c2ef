"""Values that the team determined: in the block of their parameter, and the totals with them in a column apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifierkit.documents.blocks import Block, Pair, Paragraph, Span
from verifierkit.documents.totals import totals_of
from verifierkit.documents.view import View

BASIS = ("formula", "source", "reason", "evidence", "author")


def determined_rows(view: View, at: str, row: dict[str, Any]) -> list[tuple[Pair, ...]]:
    """Two rows of the card for each value of the team: the value beside reported and verified, and what it rests on."""
    rows: list[tuple[Pair, ...]] = []
    for n, entry in enumerate(row.get("determined") or ()):
        here = f"{at}/determined/{n}"
        shown = view.say(
            "card.determined_for",
            value=view.number(f"{here}/determined", strong=True),
            unit=view.unit(f"{here}/unit"),
            period=view.period(f"{here}/period"),
            reported=view.number(f"{here}/reported"),
            verified=view.number(f"{here}/verified"),
        )
        rows.append((Pair(view.words("card.determined"), shown),))
        basis: list[Span] = [view.choice("determined_rule", entry["rule"])] if entry["rule"] else []
        for name in BASIS:
            if view.has(f"{here}/{name}"):
                basis += ([view.word("dot")] if basis else []) + [view.quote(f"{here}/{name}")]
        rows.append((Pair(view.words("card.determined_basis"), tuple(basis)),))
    return rows


def determined_totals(view: View) -> Iterator[Block]:
    """The totals as reported, as verified and with the values of the team, where there are any."""
    part = view.record.get("determined") or {}
    if not part.get("values"):
        return
    yield Paragraph(view.words("determined.note"))
    yield totals_of(
        view,
        part["totals"],
        at="determined/totals",
        last="determined",
        like="verified",
        caption="determined.totals",
        widths=(11, 18, 20, 10, 14, 14, 14),
    )
