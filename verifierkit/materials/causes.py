"""Names for what is wrong with a lot: small exact tests, each one way in which such a figure comes about.

A cause is named where the printed figure equals what that way gives. It explains; the finding stands on the
recomputation. Every cause is a message id with words in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from verifierkit.columns import Row
from verifierkit.materials.lots import (
    AMOUNT,
    DEDUCTION,
    INVOICE,
    NET,
    SETTLED,
    TICKETS,
    LotLine,
    moisture_deduction,
    rounded,
)

ZERO = Decimal(0)
Ways = Iterator[tuple[str, Decimal]]


def cause_of(line: LotLine, *, digits: int, same_vehicle: Sequence[Row] = ()) -> str:
    """Message id of why a line does not close, "" where nothing fits or it closes.

    Parameters
    ----------
    line
        A line of :mod:`verifierkit.materials.lots`.
    digits
        Decimal places of the tonnes of the list.
    same_vehicle
        Other tickets of the vehicle: a tare that was taken from one of them.
    """
    if line.closes:
        return ""
    row = line.row
    ways: dict[str, Iterable[tuple[str, Decimal]]] = {
        NET: _net_ways(row, same_vehicle),
        TICKETS: _tickets_ways(line),
        DEDUCTION: _deduction_ways(line),
        SETTLED: _settled_ways(row),
        INVOICE: _invoice_ways(row),
        AMOUNT: _amount_ways(row),
    }
    for name, value in ways[line.kind]:
        near = line.tolerance if line.kind == AMOUNT else ZERO
        if abs((value if near else rounded(value, digits)) - line.observed) <= near:
            return name
    return ""


def _net_ways(row: Row, same_vehicle: Sequence[Row]) -> Ways:
    gross, tare = row["gross_t"], row["tare_t"]
    yield "hint.lot.tare_left_out", gross
    yield "hint.lot.tare_added", gross + tare
    yield "hint.lot.tare_twice", gross - 2 * tare
    for other in same_vehicle:
        if other["tare_t"] is not None and other["tare_t"] != tare:
            yield "hint.lot.tare_of_other_ticket", gross - other["tare_t"]


def _tickets_ways(line: LotLine) -> Ways:
    row, expected = line.row, line.expected
    if row["deduction_t"]:
        yield "hint.lot.settled_as_weighed", expected - row["deduction_t"]
    for ticket in line.others:
        yield "hint.lot.ticket_left_out", expected - ticket["net_t"]
        yield "hint.lot.ticket_twice", expected + ticket["net_t"]
        if ticket["gross_t"] is not None:
            yield "hint.lot.gross_as_net", expected - ticket["net_t"] + ticket["gross_t"]
    gross = [ticket["gross_t"] for ticket in line.others]
    if None not in gross:
        yield "hint.lot.gross_as_net", sum(gross, ZERO)


def _deduction_ways(line: LotLine) -> Ways:
    """Only what is named here is wrong: quality may be deducted beside moisture."""
    row, exact = line.row, moisture_deduction(line.row)
    weighed, received, agreed = row["weighed_t"], row["moisture_received_fraction"], row["moisture_agreed_fraction"]
    if exact:
        yield "hint.lot.moisture_twice", 2 * exact
        yield "hint.lot.moisture_twice", 2 * line.expected
    if received and agreed:
        yield "hint.lot.whole_moisture", weighed * received
        yield "hint.lot.whole_moisture", line.expected + weighed * received


def _settled_ways(row: Row) -> Ways:
    weighed, deduction, moisture = row["weighed_t"], row["deduction_t"], row["moisture_received_fraction"]
    if deduction:
        yield "hint.lot.deduction_left_out", weighed
        yield "hint.lot.deduction_twice", weighed - 2 * deduction
        yield "hint.lot.deduction_added", weighed + deduction
    if moisture:
        yield "hint.lot.dry_as_settled", weighed * (1 - moisture)
        yield "hint.lot.moisture_twice", weighed * (1 - moisture) - (deduction or ZERO)
        yield "hint.lot.moisture_twice", (weighed - (deduction or ZERO)) * (1 - moisture)


def _invoice_ways(row: Row) -> Ways:
    if row["weighed_t"] is not None:
        yield "hint.lot.invoiced_as_weighed", row["weighed_t"]
        if row["moisture_received_fraction"]:
            yield "hint.lot.dry_as_invoiced", row["weighed_t"] * (1 - row["moisture_received_fraction"])
    if row["deduction_t"]:
        yield "hint.lot.deduction_twice", row["settled_t"] - row["deduction_t"]


def _amount_ways(row: Row) -> Ways:
    price = row["price_yuan_per_t"]
    if row["weighed_t"] is not None and row["weighed_t"] != row["settled_t"]:
        yield "hint.lot.amount_on_weighed", row["weighed_t"] * price
    if row["invoiced_t"] is not None and row["invoiced_t"] != row["settled_t"]:
        yield "hint.lot.amount_on_invoiced", row["invoiced_t"] * price
