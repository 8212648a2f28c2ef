"""One load in two places: a lot or ticket under two numbers of one list, or in the lists of two streams; fixed tares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from verifierkit.columns import Row
from verifierkit.series import ARRIVING

TICKET = ("weighed_on", "vehicle", "gross_t", "tare_t", "net_t")
LOT = ("received_on", "counterparty", "invoice_no", "weighed_t")
NUMBERS = {"tickets": "ticket_no", "transactions": "doc_no"}


@dataclass(frozen=True)
class Fixed:
    """A vehicle whose tare is the same, to the last digit, on all its tickets."""

    vehicle: str
    tare: Decimal
    tickets: tuple[Row, ...]


def load_of(row: Row) -> tuple[Any, ...] | None:
    """What makes a load the same load, whatever its number: None where a cell that tells it is blank."""
    columns = TICKET if row.table == "tickets" else LOT
    cells = tuple(row[column] for column in columns)
    if any(cell is None or cell == "" for cell in cells):
        return None
    direction = "" if row.table == "tickets" else str(row["kind"] in ARRIVING)
    return (row.table, direction, *cells)


def same_loads(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups of rows that show one load under different numbers or in different lists, in the order of the tables.

    A number that stands twice in one list is left to the check of document numbers.
    """
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        load = load_of(row)
        if load is not None:
            groups[load].append(row)
    found = []
    for group in groups.values():
        names: dict[tuple[str, Any], Row] = {}
        for row in group:
            names.setdefault((row["source_id"], row[NUMBERS[row.table]]), row)
        if len(names) > 1:
            found.append(list(names.values()))
    return found


def fixed_tares(tickets: Sequence[Row], *, weighings: int, days: int) -> list[Fixed]:
    """Vehicles whose tare never moves over at least so many tickets and so many days from the first to the last.

    A wagon or lorry that is weighed empty each time varies with fuel, mud and rain; a tare that stands still was
    entered once and not renewed.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in tickets:
        if row["vehicle"] and row["tare_t"] and row["weighed_on"]:
            groups[row["vehicle"]].append(row)
    found = []
    for vehicle, rows in sorted(groups.items()):
        stamps = sorted(row["weighed_on"] for row in rows)
        if len(rows) < weighings or (stamps[-1] - stamps[0]).days < days:
            continue
        if len({row["tare_t"] for row in rows}) == 1:
            found.append(Fixed(vehicle, rows[0]["tare_t"], tuple(rows)))
    return found
