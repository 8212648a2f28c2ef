"""Emissions of both tracks by month and parameter, with a card for every calculated figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifierkit.documents.blocks import Block, Cell, Paragraph, Quoted, Row, Table
from verifierkit.documents.parameters import group_blocks, grouped, parameter_name
from verifierkit.documents.view import View, cell

COLUMNS = 4  # parameters side by side in one table


def emissions(view: View) -> Iterator[Block]:
    """Month tables per track and facility, then the cards of the results."""
    yield Paragraph(view.words("data.emissions"))
    for track, facility, rows in result_groups(view):
        monthly = [row for row in rows if row["months"]]
        for start in range(0, len(monthly), COLUMNS):
            yield _month_table(view, track, facility, monthly[start : start + COLUMNS])
        yield _year_table(view, track, facility, rows)
    yield from group_blocks(view, grouped(view, ("result",)))


def result_groups(view: View) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Result parameters by track and facility, in the order of the record."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in view.record["parameters"]:
        if row["role"] == "result":
            groups.setdefault((row["track"], row["facility"]), []).append(row)
    return [(track, facility, rows) for (track, facility), rows in groups.items()]


def _month_table(view: View, track: str, facility: str, rows: list[dict[str, Any]]) -> Table:
    head = (
        Cell(view.words("column.month")),
        *(
            Cell(
                (
                    *parameter_name(view, row),
                    view.word("open"),
                    view.unit(f"parameters/{row['id']}/unit"),
                    view.word("close"),
                )
            )
            for row in rows
        ),
    )
    months = list(dict.fromkeys(entry["month"] for row in rows for entry in row["months"]))
    body: list[Row] = []
    for month in months:
        first = next(row for row in rows if any(entry["month"] == month for entry in row["months"]))
        label = Quoted(month, f"parameters/{first['id']}/months/{month}/month")
        body.append(
            (cell(label), *(cell(view.number(f"parameters/{row['id']}/months/{month}/verified")) for row in rows))
        )
    year = (
        cell(view.word("column.year_verified"), strong=True),
        *(cell(view.number(f"parameters/{row['id']}/verified"), strong=True) for row in rows),
    )
    caption = view.say("table.emission_months", track=view.choice("track", track), facility=view.facility(facility))
    widths = (16, *([84 // len(rows)] * len(rows)))
    return Table(caption, head, (*body, year), widths, "l" + "r" * len(rows))


def _year_table(view: View, track: str, facility: str, rows: list[dict[str, Any]]) -> Table:
    body = tuple(
        (
            cell(*parameter_name(view, row), *view.mark(f"parameters/{row['id']}", "method")),
            cell(view.unit(f"parameters/{row['id']}/unit")),
            cell(view.number(f"parameters/{row['id']}/reported", like=f"parameters/{row['id']}/verified")),
            cell(view.number(f"parameters/{row['id']}/verified", like=f"parameters/{row['id']}/reported")),
            cell(view.number(f"parameters/{row['id']}/difference")),
        )
        for row in rows
    )
    head = view.head("column.parameter", "column.unit", "column.reported", "column.verified", "column.difference")
    caption = view.say("table.emission_year", track=view.choice("track", track), facility=view.facility(facility))
    return Table(caption, head, body, (38, 14, 17, 17, 14), "llrrr")
