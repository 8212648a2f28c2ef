"""Chapters on the unit, boundary, facilities, method, quality, plan and other findings."""

from __future__ import annotations

from collections.abc import Iterator

from verifierkit.documents.blocks import Block, Bullets, Cell, Figure, Notice, Paragraph, Table, Text
from verifierkit.documents.contents import findings_of
from verifierkit.documents.flow_data import drawn_quantities
from verifierkit.documents.front import enterprise_form
from verifierkit.documents.readings_part import readings
from verifierkit.documents.view import View, cell, is_true


def outcome_line(view: View, content: str) -> Iterator[Block]:
    """The findings of one content, or that there is none."""
    ids = [row["id"] for row in findings_of(view.record, content)]
    if ids:
        yield Notice(view.say("findings.some", findings=view.findings(ids), annex=view.annex_findings()), "finding")
    else:
        yield Paragraph(view.words("findings.none"))


def basics(view: View) -> Iterator[Block]:
    """The unit."""
    yield enterprise_form(view)
    yield from outcome_line(view, "basics")


def boundary(view: View) -> Iterator[Block]:
    """The boundary and the flow maps."""
    yield Paragraph((view.quote("case/boundary"),))
    for quantity in drawn_quantities(view.record["map"]):
        label = view.choice("quantity", quantity)
        yield Figure(
            view.say("figure.flow", quantity=label), f"flow-{quantity}", view.say("figure.flow_alt", quantity=label)
        )
    yield Paragraph(view.words("figure.flow_legend"), "note")
    yield from outcome_line(view, "boundary")


def facilities(view: View) -> Iterator[Block]:
    """The facilities and the boundary that each belongs to."""
    rows = []
    for n, row in enumerate(view.record["facilities"]):
        at = f"facilities/{n}"
        rows.append(
            (
                cell(view.quote(f"{at}/facility_id")),
                cell(view.facility(row["facility_id"])),
                cell(view.choice("facility_kind", row["kind"])),
                cell(*_capacity(view, n)),
                cell(_yes(view, row.get("in_facility_boundary"))),
                cell(_yes(view, row.get("in_entity_boundary"))),
                cell(view.quote(f"{at}/commissioned")),
            )
        )
    head = view.head(
        "column.id",
        "column.facility",
        "column.kind",
        "column.capacity",
        "column.in_facility",
        "column.in_entity",
        "column.commissioned",
    )
    yield Table(view.words("table.facilities"), head, tuple(rows), (14, 24, 14, 14, 10, 10, 14), "lllrccl", kind="list")


def _capacity(view: View, n: int) -> tuple[Text, ...]:
    at = f"facilities/{n}"
    if not view.has(f"{at}/capacity"):
        return (view.number(f"{at}/capacity"),)  # type: ignore[return-value]
    return (view.number(f"{at}/capacity"), Text(" "), view.unit(f"{at}/capacity_unit"))  # type: ignore[return-value]


def _yes(view: View, value: object) -> Text:
    return view.word("yes" if is_true(value) else "no")


def method(view: View) -> Iterator[Block]:
    """The formulas that were used, once each, and the reading used of each open question about the rules."""
    yield Paragraph(view.words("findings.method"))
    rows: list[tuple[Cell, ...]] = []
    seen: set[tuple[str, str]] = set()
    for row in view.record["parameters"]:
        key = (row["track"], row["parameter"])
        at = f"parameters/{row['id']}"
        if view.has(f"{at}/formula") and key not in seen:
            seen.add(key)
            rows.append(
                (
                    cell(view.choice("track", row["track"])),
                    cell(view.quote(f"{at}/label")),
                    cell(view.quote(f"{at}/formula")),
                    cell(view.unit(f"{at}/unit")),
                )
            )
    if rows:
        head = view.head("column.track", "column.parameter", "column.formula", "column.unit")
        yield Table(view.words("table.formulas"), head, tuple(rows), (14, 26, 48, 12), "llll", kind="list")
    yield from readings(view)
    yield from outcome_line(view, "method")


def quality(view: View) -> Iterator[Block]:
    """Quality assurance, filing and what the readers noticed."""
    seen = view.number("count:evidence?original_seen=True")
    yield Paragraph(view.say("findings.originals", seen=seen, count=view.number("count:evidence")))
    notices = view.record["notices"]
    if notices:
        yield Paragraph(view.words("findings.notices"))
        yield Bullets(
            tuple(
                (view.quote(f"notices/{n}/place"), view.word("colon"), view.quote(f"notices/{n}/text"))
                for n in range(len(notices))
            )
        )
    yield from outcome_line(view, "quality")


def plan(view: View) -> Iterator[Block]:
    """The data quality control plan as practised: one row per metered parameter."""
    yield Paragraph(view.say("findings.plan", plan=view.plan()))
    rows = []
    for row in view.record["parameters"]:
        if row["meter"]:
            at = f"parameters/{row['id']}"
            rows.append(
                (
                    cell(view.quote(f"{at}/id")),
                    cell(view.facility(row["facility"])),
                    cell(view.quote(f"{at}/label")),
                    cell(view.quote(f"{at}/meter/name")),
                    cell(view.choice("frequency", row["meter"].get("frequency"))),
                    cell(*view.accuracy(f"{at}/meter/accuracy")),
                    cell(view.quote(f"{at}/meter/calibration")),
                )
            )
    if rows:
        head = view.head(
            "column.id",
            "column.facility",
            "column.parameter",
            "column.meter",
            "column.frequency",
            "column.accuracy",
            "column.calibration",
        )
        yield Table(view.words("table.plan"), head, tuple(rows), (7, 15, 21, 18, 8, 7, 24), "lllllrl", kind="list")
    yield from outcome_line(view, "plan")


def other(view: View) -> Iterator[Block]:
    """Findings that belong to no other content."""
    yield from outcome_line(view, "other")
