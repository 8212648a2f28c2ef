"""The conclusions in words once every finding has been decided: the summary page and chapter four say the same."""

from __future__ import annotations

from collections.abc import Iterator

from verifierkit.documents.blocks import Block, Bullets, Paragraph, Spans
from verifierkit.documents.contents import LEFT_OUT, conforms, has_final
from verifierkit.documents.view import View


def conclusions(view: View) -> Iterator[Block]:
    """Conformity, confirmed tonnes of both tracks, comparison with last year, special issues."""
    yield Paragraph(conformity_words(view))
    yield Paragraph(view.words("conclusion.confirmed"))
    yield Bullets(tuple(_confirmed(view, n) for n in range(len(view.record["totals"]))))
    rows = compared(view)
    yield Paragraph(view.words("conclusion.compared" if rows else "conclusion.no_last_year"))
    if rows:
        yield Bullets(tuple(_compared(view, n) for n in rows))
    yield Paragraph(open_words(view))


def conformity_words(view: View) -> Spans:
    """Whether the emission report conforms, and that corrections wait for its final version."""
    words = view.say("conclusion.conform" if conforms(view.record) else "conclusion.not_conform", plan=view.plan())
    corrected = any(row["disposition"] not in LEFT_OUT for row in view.record["findings"])
    waiting = corrected and not has_final(view.record)
    return (*words, *view.words("conclusion.no_final")) if waiting else words


def _confirmed(view: View, n: int) -> Spans:
    at, row = f"totals/{n}", view.record["totals"][n]
    return view.say(
        "conclusion.confirmed_one",
        track=view.choice("track", row["track"]),
        facility=view.facility(row["facility"]),
        label=view.quote(f"{at}/label"),
        verified=view.number(f"{at}/verified", strong=True),
        unit=view.unit(f"{at}/unit"),
    )


def compared(view: View) -> list[int]:
    """Places of last year's totals among the figures of last year."""
    totals = {(row["track"], row["facility"], row["parameter"]) for row in view.record["totals"]}
    rows = enumerate(view.record["last_year"])
    return [n for n, row in rows if (row["track"], row["facility"], row["parameter"]) in totals]


def _compared(view: View, n: int) -> Spans:
    at, row = f"last_year/{n}", view.record["last_year"][n]
    return view.say(
        "conclusion.compared_one",
        facility=view.facility(row["facility"]),
        label=view.labelled(at),
        last=view.number(f"{at}/last", like=f"{at}/this"),
        this=view.number(f"{at}/this", like=f"{at}/last"),
        unit=view.unit(f"{at}/unit"),
        change=view.percent(f"{at}/change_percent"),
    )


def open_findings(view: View) -> list[str]:
    """Clarifications that the unit has still to answer."""
    return [
        row["id"]
        for row in view.record["findings"]
        if row["kind"] == "clarification" and row["status"] != "closed" and row["disposition"] not in LEFT_OUT
    ]


def open_words(view: View) -> Spans:
    """What the unit has still to explain, what is carried from earlier years, or that there is nothing."""
    ids = open_findings(view)
    if ids:
        return view.say("conclusion.open", findings=view.findings(ids))
    return view.words("conclusion.carried_see" if view.record.get("open_items") else "conclusion.nothing_open")
