"""One block per parameter, also without finding, under lettered headings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifierkit.documents.blocks import (
    Block,
    Cell,
    Figure,
    Heading,
    KeyValues,
    Pair,
    Paragraph,
    Quoted,
    Row,
    Span,
    Spans,
    Table,
)
from verifierkit.documents.chart_data import has_chart
from verifierkit.documents.criteria import is_implementation, original
from verifierkit.documents.cross_checks import cross_check_spans
from verifierkit.documents.determined_part import determined_rows
from verifierkit.documents.findings_part import outcome_line
from verifierkit.documents.values import as_decimal
from verifierkit.documents.view import View, cell

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def activity(view: View) -> Iterator[Block]:
    """Activity data and factors, then auxiliary parameters."""
    yield Paragraph(view.words("data.intro"))
    yield Paragraph(view.words("data.marks"), "note")
    groups = grouped(view, ("activity", "factor")) + grouped(view, ("auxiliary",))
    yield from group_blocks(view, groups)
    if has_chart(view, "coal"):
        yield _figure(view, "coal")
    if has_chart(view, "settlement"):
        yield _figure(view, "settlement")


def production(view: View) -> Iterator[Block]:
    """Production data."""
    yield from group_blocks(view, grouped(view, ("production",)))
    if has_chart(view, "production"):
        yield _figure(view, "production")
    yield from outcome_line(view, "data")


def _figure(view: View, name: str) -> Figure:
    return Figure(view.words(f"figure.{name}"), name, view.words(f"figure.{name}_alt"))


def grouped(view: View, roles: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """Parameters of some roles, those of one name together, in the order of the record."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in view.record["parameters"]:
        if row["role"] in roles:
            groups.setdefault(row["parameter"], []).append(row)
    return list(groups.values())


def group_letter(n: int) -> str:
    """A to Z, then AA, AB ..."""
    return LETTERS[n] if n < len(LETTERS) else LETTERS[n // len(LETTERS) - 1] + LETTERS[n % len(LETTERS)]


def group_blocks(view: View, groups: list[list[dict[str, Any]]]) -> Iterator[Block]:
    """A lettered heading per parameter name and a card per parameter."""
    if not groups:
        yield Paragraph(view.words("data.no_parameter"))
    for n, group in enumerate(groups):
        yield Heading(4, group_letter(n), (view.quote(f"parameters/{group[0]['id']}/label"),))
        for row in group:
            yield from parameter_blocks(view, row)


def parameter_name(view: View, row: dict[str, Any], *, label: bool = True) -> Spans:
    """Parameter with its item."""
    at = f"parameters/{row['id']}"
    spans: list[Span] = [view.quote(f"{at}/label")] if label else []
    if view.has(f"{at}/item_label"):
        spans += ([view.word("dot")] if spans else []) + [view.quote(f"{at}/item_label")]
    return tuple(spans)


def parameter_blocks(view: View, row: dict[str, Any]) -> Iterator[Block]:
    """The block of one parameter."""
    title: list[Span] = [view.facility(row["facility"])]
    for span in parameter_name(view, row, label=False):
        title += [view.word("dot"), span]
    yield Heading(5, row["id"], tuple(title), row["id"])
    yield KeyValues(card_rows(view, row))
    if row["months"] and not constant(row):
        yield month_table(view, row)


def constant(row: dict[str, Any]) -> bool:
    """Whether all months of a figure, reported and verified, are one number: a line says it instead of a table."""
    figures = [as_decimal(entry[key]) for entry in row["months"] for key in ("reported", "verified")]
    return len(row["months"]) > 1 and None not in figures and len(set(figures)) == 1


def card_rows(view: View, row: dict[str, Any]) -> tuple[tuple[Pair, ...], ...]:
    """Rows of the card, in the order in which the guide lists what is to be described."""
    at = f"parameters/{row['id']}"
    rows: list[tuple[Pair, ...]] = [
        (
            view.pair("card.reported", view.number(f"{at}/reported", like=f"{at}/verified", strong=True)),
            view.pair(
                "card.verified",
                view.number(f"{at}/verified", like=f"{at}/reported", strong=True),
                *view.mark(at, "value"),
            ),
        ),
        (
            view.pair("card.unit", view.unit(f"{at}/unit")),
            view.pair("card.difference", view.number(f"{at}/difference")),
        ),
        (
            view.pair("card.track", view.choice("track", row["track"])),
            view.pair("card.obtained", view.choice("obtained", row["obtained"]), *view.mark(at, "method")),
        ),
    ]
    rows += determined_rows(view, at, row)
    if constant(row):
        first = view.number(f"{at}/months/0/verified", like=f"{at}/verified")
        rows.append((view.pair("card.months", first, *view.mark(at, "value")),))
    if view.has(f"{at}/formula"):
        rows.append((view.pair("card.formula", view.quote(f"{at}/formula")),))
    rows += _source_rows(view, at, row)
    rows.append(
        (
            view.pair("card.missing_data", view.quote(f"{at}/missing_data")),
            view.pair("card.department", view.quote(f"{at}/department")),
        )
    )
    rows += [(Pair((view.choice("method", method),), spans),) for method, spans in _activities(view, at, row)]
    rows.append((Pair(view.words("card.cross_check"), cross_check_spans(view, row)),))
    if row["findings"]:
        rows.append((Pair(view.words("card.findings"), view.findings(row["findings"])),))
    rows.append((Pair(view.words("card.conclusion"), conclusion(view, row)),))
    return tuple(rows)


def _source_rows(view: View, at: str, row: dict[str, Any]) -> list[tuple[Pair, ...]]:
    rows: list[tuple[Pair, ...]] = []
    if row["source"]:
        rows.append((view.pair("card.source", *_source(view, at, row["source"])),))
    if row["citation"]:
        rows.append((view.pair("card.citation", *_citation(view, at, row["citation"])),))
    if row["meter"]:
        name = view.pair("card.meter", view.quote(f"{at}/meter/name"), *_after(view, f"{at}/meter/model", "dot"))
        rows.append((name, view.pair("card.place", view.quote(f"{at}/meter/place"))))
        accuracy = view.pair("card.accuracy", *view.accuracy(f"{at}/meter/accuracy"))
        rows.append((view.pair("card.frequency", view.choice("frequency", row["meter"].get("frequency"))), accuracy))
        rows.append((view.pair("card.calibration", view.quote(f"{at}/meter/calibration")),))
    if row["places"]:
        rows.append((view.pair("card.places", *view.places(f"{at}/places")),))
    return rows


def _citation(view: View, at: str, citation: dict[str, Any]) -> Spans:
    """Title and clause with the confidence; a program is named in the working papers only."""
    confidence = citation.get("confidence")
    note = (view.word("dot"), view.word(f"confidence.{confidence}")) if confidence in ("B", "C") else ()
    title, clause = (f" {original(citation[name])} " for name in ("title", "clause"))
    if is_implementation(title):
        return (view.word("card.implementation"), *note)
    shown = () if is_implementation(clause) else _after(view, f"{at}/citation/clause", "dot")
    return (view.quote(f"{at}/citation/title"), *shown, *note)


def _source(view: View, at: str, source: dict[str, Any]) -> Spans:
    """Name of a source and its document; the document alone where it carries the name."""
    if str(source.get("document") or "").startswith(str(source["name"])):
        return (view.quote(f"{at}/source/document"),)
    return (view.quote(f"{at}/source/name"), *_after(view, f"{at}/source/document", "dot"))


def _after(view: View, ref: str, separator: str) -> Spans:
    return (view.word(separator), view.quote(ref)) if view.has(ref) else ()


def _activities(view: View, at: str, row: dict[str, Any]) -> Iterator[tuple[str, Spans]]:
    for n, activity_row in enumerate(row["activities"]):
        here = f"{at}/activities/{n}"
        tail: list[Span] = []
        for key in ("department", "person", "done_on"):
            if view.has(f"{here}/{key}"):
                tail += ([view.word("comma")] if tail else []) + [view.quote(f"{here}/{key}")]
        spans: Spans = (view.quote(f"{here}/record"),)
        yield activity_row["method"], (*spans, view.word("open"), *tail, view.word("close")) if tail else spans


def conclusion(view: View, row: dict[str, Any]) -> Spans:
    """The conclusion on a parameter; none while the report is a draft."""
    return view.words("draft.parameter") if view.draft else (view.choice("parameter_conclusion", row["conclusion"]),)


def month_table(view: View, row: dict[str, Any]) -> Table:
    """Months in two halves side by side: month, reported, verified."""
    at = f"parameters/{row['id']}/months"
    months = [entry["month"] for entry in row["months"]]
    half = (len(months) + 1) // 2
    empty: Row = (cell(), cell(), cell())
    rows = tuple(
        (*_month_cells(view, at, row, n), *(_month_cells(view, at, row, n + half) if n + half < len(months) else empty))
        for n in range(half)
    )
    head = view.head(*("column.month", "column.reported", "column.verified") * 2)
    caption = view.say(
        "table.months",
        parameter=parameter_name(view, row),
        facility=view.facility(row["facility"]),
        unit=view.unit(f"parameters/{row['id']}/unit"),
    )
    return Table(caption, head, rows, (14, 18, 18, 16, 17, 17), "lrrgrr")


def _month_cells(view: View, at: str, row: dict[str, Any], n: int) -> tuple[Cell, ...]:
    month = row["months"][n]["month"]
    here = f"{at}/{month}"
    reported = view.number(f"{here}/reported", like=f"{here}/verified")
    verified = view.number(f"{here}/verified", like=f"{here}/reported")
    return (
        cell(Quoted(month, f"{at}/{month}/month")),
        cell(reported),
        cell(verified, strong=reported.text != verified.text),
    )
