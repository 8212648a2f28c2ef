"""Conclusions and annexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifierkit.documents.blocks import (
    Block,
    Bullets,
    Cell,
    Figure,
    FindingRef,
    Line,
    Paragraph,
    Row,
    Span,
    Spans,
    Table,
    Text,
)
from verifierkit.documents.chart_data import has_chart
from verifierkit.documents.conclusions import conclusions, open_findings, open_words
from verifierkit.documents.contents import CONTENTS, STATES, content_of, findings_of, has_final, state_of
from verifierkit.documents.determined_part import determined_totals
from verifierkit.documents.front import draft_notice, totals_table
from verifierkit.documents.parameters import parameter_name
from verifierkit.documents.view import View, cell

TICK = "√"


def conformity(view: View) -> Iterator[Block]:
    """The matrix of contents and states."""
    yield from draft_notice(view)
    rows = []
    for content in CONTENTS:
        findings = findings_of(view.record, content)
        state = state_of(findings, final=has_final(view.record))
        if view.draft and state != "undecided":
            state = ""
        ticks = tuple(cell(Text(TICK)) if state == name else cell() for name in STATES)
        rows.append((Cell(content_words(view, content)), *ticks, Cell(view.findings(row["id"] for row in findings))))
    head = view.head("column.content", *(f"state.{name}" for name in STATES), "column.findings")
    yield Table(view.words("table.matrix"), head, tuple(rows), (22, 12, 14, 14, 12, 10, 16), "lcccccl")
    if not view.draft:
        yield from conclusions(view)


def content_words(view: View, content: str) -> Spans:
    """Name of a content; that of the plan as the pack calls it."""
    return view.say(f"content.{content}", **({"plan": view.plan()} if content == "plan" else {}))


def emission_figures(view: View) -> Iterator[Block]:
    """Confirmed figures and what the findings change."""
    if view.draft:
        yield from draft_notice(view)
        return
    yield totals_table(view)
    rows = tuple(
        (
            cell(view.choice("track", row["track"])),
            cell(view.number(f"effects/{n}/sum")),
            cell(view.number(f"effects/{n}/together")),
            cell(view.number(f"effects/{n}/interaction")),
        )
        for n, row in enumerate(view.record["effects"])
    )
    if rows:
        head = view.head("column.track", "column.effect_sum", "column.effect_together", "column.interaction")
        yield Table(view.words("table.effects"), head, rows, (25, 25, 25, 25), "lrrr")
    yield from determined_totals(view)


def changes(view: View) -> Iterator[Block]:
    """This year against last year."""
    rows = []
    for n, row in enumerate(view.record["last_year"]):
        at = f"last_year/{n}"
        rows.append(
            (
                cell(view.choice("track", row["track"])),
                cell(view.facility(row["facility"])),
                Cell(view.labelled(at)),
                cell(view.unit(f"{at}/unit")),
                cell(view.number(f"{at}/last", like=f"{at}/this")),
                cell(view.number(f"{at}/reported", like=f"{at}/this")),
                cell(view.number(f"{at}/this", like=f"{at}/last")),
                Cell(view.percent(f"{at}/change_percent")),
            )
        )
    if rows:
        head = view.head(
            "column.track",
            "column.facility",
            "column.parameter",
            "column.unit",
            "column.last",
            "column.this_reported",
            "column.this_verified",
            "column.change",
        )
        yield Table(view.words("table.last_year"), head, tuple(rows), (9, 15, 19, 9, 13, 13, 13, 9), "llllrrrr")
    else:
        yield Paragraph(view.words("conclusion.no_last_year"))
    if has_chart(view, "intensity"):
        yield Figure(view.words("figure.intensity"), "intensity", view.words("figure.intensity_alt"))


def other(view: View) -> Iterator[Block]:
    """Clarifications that stay open and other matters."""
    items = view.record.get("open_items") or []
    if open_findings(view) or not items:
        yield Paragraph(open_words(view))
    if items:
        yield Paragraph(view.words("conclusion.carried"))
        yield Bullets(tuple(_carried(view, f"open_items/{n}") for n in range(len(items))))


def _carried(view: View, at: str) -> Spans:
    state = view.choice("item_state", view.values.maybe(f"{at}/state"))
    year = view.quote(f"{at}/from_year")
    return (view.quote(f"{at}/text"), view.word("open"), year, view.word("comma"), state, view.word("close"))


def annex_results(view: View) -> Iterator[Block]:
    """Result data table: before, verified, same, change, reason."""
    rows = [_result_row(view, row) for row in view.record["parameters"]]
    head = view.head(
        "column.id",
        "column.item",
        "column.facility",
        "column.unit",
        "column.before",
        "column.verified",
        "column.same",
        "column.change",
        "column.reason",
    )
    yield Table(view.words("table.results"), head, tuple(rows), (7, 20, 13, 8, 13, 13, 5, 10, 11), "llllrrcrl")


def _result_row(view: View, row: dict[str, Any]) -> Row:
    at = f"parameters/{row['id']}"
    same = view.same(f"{at}/reported", f"{at}/verified")
    named = row["findings"] if same else row.get("causes") or row["findings"]
    change = () if same else view.percent(f"percent:{at}/difference|{at}/reported")
    return (
        cell(view.quote(f"{at}/id")),
        Cell((*parameter_name(view, row), *view.mark(at, "method"))),
        cell(view.facility(row["facility"])),
        cell(view.unit(f"{at}/unit")),
        cell(view.number(f"{at}/reported", like=f"{at}/verified")),
        cell(view.number(f"{at}/verified", like=f"{at}/reported"), *view.mark(at, "value")),
        cell(view.word("yes" if same else "no")),
        Cell(change),
        Cell(view.findings(named) if named else ()),
    )


def annex_allocation(view: View) -> Iterator[Block]:
    """Data that decide the allocation: production and results of the facility track."""
    rows = []
    for row in view.record["parameters"]:
        if row["track"] == "facility" and row["role"] in ("production", "result", "auxiliary"):
            at = f"parameters/{row['id']}"
            rows.append(
                (
                    cell(view.facility(row["facility"])),
                    Cell(parameter_name(view, row)),
                    cell(view.unit(f"{at}/unit")),
                    cell(view.number(f"{at}/reported", like=f"{at}/verified")),
                    cell(view.number(f"{at}/verified", like=f"{at}/reported")),
                )
            )
    head = view.head("column.facility", "column.item", "column.unit", "column.before", "column.verified")
    yield Table(view.words("table.allocation"), head, tuple(rows), (24, 32, 12, 16, 16), "lllrr")


def annex_findings(view: View) -> Iterator[Block]:
    """The list of findings: description, cause, correction, conclusion."""
    if not view.record["findings"]:
        yield Paragraph(view.words("findings.none"))
        return
    rows = [_finding_row(view, n, row) for n, row in enumerate(view.record["findings"])]
    head = view.head(
        "column.no", "column.description", "column.parameter", "column.cause", "column.correction", "column.conclusion"
    )
    yield Table((view.annex_findings(),), head, tuple(rows), (7, 43, 17, 11, 11, 11), "llllll", kind="list")


def _finding_row(view: View, n: int, row: dict[str, Any]) -> Row:
    at = f"findings/{row['id']}"
    number = Cell((FindingRef(row["id"]),), anchor=row["id"], strong=True)
    description: list[Span] = [
        view.choice("kind", row["kind"]),
        view.word("dot"),
        *content_words(view, content_of(row["rule"])),
        Line(),
        view.quote(f"{at}/title"),
        Line(),
        view.quote(f"{at}/text"),
    ]
    for m, effect in enumerate(row["effects"]):
        tonnes = view.number(f"{at}/effects/{m}/tonnes")
        description += [
            Line(),
            *view.say(
                "findings.effect",
                track=view.choice("track", effect["track"]),
                tonnes=tonnes,
                unit=_unit_of(view, effect["track"]),
            ),
        ]
        if view.has(f"{at}/effects/{m}/note"):
            description += [view.word("open"), view.quote(f"{at}/effects/{m}/note"), view.word("close")]
    if row["places"]:
        description += [Line(), *view.say("findings.places", places=view.places(f"{at}/places"))]
    subject = [
        view.facility(row["facility"]),
        Line(),
        *_subject(view, row),
        Line(),
        view.period(f"{at}/period"),
    ]
    return (
        number,
        Cell(tuple(description)),
        Cell(tuple(subject)),
        cell(*_given(view, f"{at}/cause")),
        cell(*_given(view, f"{at}/correction")),
        Cell(_verdict(view, row)),
    )


def _unit_of(view: View, track: str) -> Span:
    """Unit of a track's totals; tonnes where the record has none."""
    held = (n for n, row in enumerate(view.record["totals"]) if row["track"] == track)
    place = next(held, None)
    return view.word("findings.tonnes") if place is None else view.unit(f"totals/{place}/unit")


def _subject(view: View, row: dict[str, Any]) -> Spans:
    for parameter in view.record["parameters"]:
        if (parameter["parameter"], parameter["item"]) == (row["parameter"], row["item"]):
            return view.labelled(f"parameters/{parameter['id']}")
    for table, key in (("streams", "stream_id"), ("nodes", "node_id")):
        for n, entry in enumerate(view.record["map"][table]):
            if entry[key] == row["stream"]:
                return (view.quote(f"map/{table}/{n}/name"),)
    return (view.quote(f"findings/{row['id']}/{'stream' if row['stream'] else 'rule'}"),)


def _given(view: View, ref: str) -> Spans:
    return (view.quote(ref),) if view.has(ref) else ()


def _verdict(view: View, row: dict[str, Any]) -> Spans:
    if row["disposition"] == "undecided" or row.get("stale"):
        return view.words("state.undecided")
    spans: list[Span] = [
        view.choice("disposition", row["disposition"]),
        *(view.say("findings.merged_into", finding=FindingRef(row["merged_into"])) if row.get("merged_into") else ()),
        view.word("dot"),
        view.choice("status", row["status"]),
    ]
    if view.has(f"findings/{row['id']}/reason"):
        spans += [view.word("colon"), view.quote(f"findings/{row['id']}/reason")]
    return tuple(spans)


def annex_recommendations(view: View) -> Iterator[Block]:
    """Advice for the coming years."""
    rows = [row for row in view.record["findings"] if row["kind"] == "recommendation"]
    if rows:
        yield Bullets(
            tuple((FindingRef(row["id"]), view.word("colon"), view.quote(f"findings/{row['id']}/text")) for row in rows)
        )
    else:
        yield Paragraph(view.words("conclusion.no_recommendation"))


def annex_documents(view: View) -> Iterator[Block]:
    """The list of evidence with the beginning of each digest."""
    rows = []
    for n, row in enumerate(view.record["evidence"]):
        at = f"evidence/{n}"
        rows.append(
            (
                cell(view.number(f"index:{n}")),
                cell(view.quote(f"{at}/title")),
                cell(view.quote(f"{at}/file")),
                cell(view.quote(f"{at}/supplier")),
                cell(view.quote(f"{at}/received_on")),
                cell(view.word("yes" if row.get("original_seen") else "no")),
                cell(view.quote(f"digest:{at}/sha256")),
            )
        )
    head = view.head(
        "column.no",
        "column.title",
        "column.file",
        "column.supplier",
        "column.received",
        "column.original",
        "column.digest",
    )
    yield Table(view.words("table.documents"), head, tuple(rows), (5, 19, 27, 11, 12, 10, 16), "rlllllc", kind="list")
    yield Paragraph(view.words("conclusion.digests"), "note")
