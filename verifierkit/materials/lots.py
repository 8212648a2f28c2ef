"""A lot recomputed line by line: net, tickets, deduction, settled, invoice, amount, each with its steps and cells.

Mass is what was weighed. What is taken off for moisture and quality is a matter of the price: the settled tonnes are
paid for, they were not received. Nothing here judges or fills; a line without its cells is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from verifierkit.bills.steps import plain
from verifierkit.columns import Row
from verifierkit.errors import Place
from verifierkit.materials.steps import LotStep

ZERO, HALF = Decimal(0), Decimal("0.5")
NET, TICKETS, DEDUCTION, SETTLED, INVOICE, AMOUNT = "net", "tickets", "deduction", "settled", "invoice", "amount"
MASS_KINDS = (NET, TICKETS)  # lines that change tonnes received; the others are of the price
WEIGHT_COLUMNS = ("net_t", "gross_t", "tare_t", "weighed_t", "deduction_t", "settled_t", "invoiced_t")


@dataclass(frozen=True)
class LotLine:
    """What one cell of a lot or ticket shows against what the other cells give.

    Attributes
    ----------
    row : the row of ``transactions`` or ``tickets``.
    kind : one of the kinds of this module.
    observed, expected : as printed and as recomputed, in ``unit`` (t or yuan).
    tolerance : largest difference that is none, from the digits printed [unit].
    steps : what leads to ``expected``, and the printed figure last.
    others : the other rows that take part (tickets of the lot, lots of the invoice).
    """

    row: Row
    kind: str
    observed: Decimal
    expected: Decimal
    steps: tuple[LotStep, ...] = field(default=(), compare=False)
    unit: str = "t"
    tolerance: Decimal = ZERO
    others: tuple[Row, ...] = field(default=(), compare=False)

    @property
    def closes(self) -> bool:
        """Whether the printed figure is the recomputed one, to the digits printed."""
        return abs(self.observed - self.expected) <= self.tolerance

    @property
    def places(self) -> tuple[Place, ...]:
        """Cells of all steps, each once."""
        return tuple(dict.fromkeys(place for step in self.steps for place in step.places))


def digits_of(rows: Sequence[Row], *columns: str) -> int:
    """Most decimal places that the columns print over all rows: a workbook drops trailing zeros of single cells."""
    values = [row[column] for row in rows for column in columns if row[column] is not None]
    return max((max(-int(value.as_tuple().exponent), 0) for value in values), default=0)


def rounded(value: Decimal, digits: int) -> Decimal:
    """Halves away from zero, to a number of decimal places."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def net_line(row: Row, digits: int) -> LotLine | None:
    """Net of a ticket against gross less tare [t]; None where a cell is blank."""
    gross, tare, net = row["gross_t"], row["tare_t"], row["net_t"]
    if gross is None or tare is None or net is None:
        return None
    value = rounded(gross - tare, digits)
    cells = (row.cell("gross_t"), row.cell("tare_t"))
    steps = (LotStep("net", f"{plain(gross)} - {plain(tare)}", value, places=cells), _printed(row, "net", "net_t"))
    return LotLine(row, NET, net, value, steps)


def tickets_line(row: Row, tickets: Sequence[Row], digits: int) -> LotLine | None:
    """Weighed tonnes of a lot against the nets of its tickets [t]; None where no ticket names the lot.

    A lot that weighs what its tickets should show closes: a net that does not follow is a fault of its ticket.
    """
    nets = [ticket["net_t"] for ticket in tickets]
    if row["weighed_t"] is None or not nets or None in nets:
        return None
    lines = [net_line(ticket, digits) for ticket in tickets]
    own = [net if line is None else line.expected for line, net in zip(lines, nets, strict=True)]
    nets = own if rounded(sum(own, ZERO), digits) == row["weighed_t"] else nets
    value = rounded(sum(nets, ZERO), digits)
    cells = tuple(ticket.cell("net_t") for ticket in tickets)
    numbers = " + ".join(plain(net) for net in nets)
    steps = (LotStep("tickets", numbers, value, places=cells), _printed(row, "weighed", "weighed_t"))
    return LotLine(row, TICKETS, row["weighed_t"], value, steps, others=tuple(tickets))


def moisture_deduction(row: Row) -> Decimal | None:
    """What the moisture beyond the agreed one takes off so that W (1 - M) tonnes dry are paid at M0 [t], unrounded.

    None where a moisture is missing or the agreed one is no fraction below 1. Drier goods than agreed give 0: a
    premium stands in the price.
    """
    weighed, received, agreed = row["weighed_t"], row["moisture_received_fraction"], row["moisture_agreed_fraction"]
    if weighed is None or received is None or agreed is None or not 0 <= agreed < 1:
        return None
    return max(Decimal(weighed * (received - agreed) / (1 - agreed)), ZERO)


def deduction_line(row: Row, digits: int) -> LotLine | None:
    """Deduction of a lot beside the one that its moistures give [t].

    It is a comparison, no test of its own: quality may be deducted as well, so that a larger deduction is not wrong.
    """
    value, deduction = moisture_deduction(row), row["deduction_t"]
    if value is None or deduction is None:
        return None
    value = rounded(value, digits)
    received, agreed = plain(row["moisture_received_fraction"]), plain(row["moisture_agreed_fraction"])
    numbers = f"{plain(row['weighed_t'])} x ({received} - {agreed}) / (1 - {agreed})"
    names = ("weighed_t", "moisture_received_fraction", "moisture_agreed_fraction")
    step = LotStep("deduction", numbers, value, places=tuple(row.cell(name) for name in names))
    return LotLine(row, DEDUCTION, deduction, value, (step, _printed(row, "deduction", "deduction_t")))


def settled_line(row: Row, digits: int) -> LotLine | None:
    """Settled tonnes of a lot against weighed less deduction [t]; a blank deduction is not taken for none."""
    weighed, deduction, settled = row["weighed_t"], row["deduction_t"], row["settled_t"]
    if weighed is None or deduction is None or settled is None:
        return None
    value = rounded(weighed - deduction, digits)
    cells = (row.cell("weighed_t"), row.cell("deduction_t"))
    numbers = f"{plain(weighed)} - {plain(deduction)}"
    steps = (LotStep("settled", numbers, value, places=cells), _printed(row, "settled", "settled_t"))
    return LotLine(row, SETTLED, settled, value, steps)


def invoice_line(row: Row, together: Sequence[Row], digits: int) -> LotLine | None:
    """Invoiced quantity of a lot against its settled tonnes, or those of all lots of one invoice [t].

    Parameters
    ----------
    row
        The lot.
    together
        All lots with its invoice number, itself included: where each of them prints the same invoiced quantity, that
        is the quantity of the whole invoice, unless it is the settled tonnes of this lot.
    """
    invoiced, settled = row["invoiced_t"], row["settled_t"]
    if invoiced is None or settled is None:
        return None
    whole = len(together) > 1 and {lot["invoiced_t"] for lot in together} == {invoiced} and invoiced != settled
    lots = list(together) if whole and all(lot["settled_t"] is not None for lot in together) else [row]
    value = rounded(sum((lot["settled_t"] for lot in lots), ZERO), digits)
    cells = tuple(lot.cell("settled_t") for lot in lots)
    rule = "invoice_lots" if len(lots) > 1 else "settled_printed"
    numbers = " + ".join(plain(lot["settled_t"]) for lot in lots)
    steps = (LotStep(rule, numbers, value, places=cells), _printed(row, "invoiced", "invoiced_t"))
    return LotLine(row, INVOICE, invoiced, value, steps, others=tuple(lot for lot in lots if lot is not row))


def amount_line(row: Row, *, digits: int, price_digits: int) -> LotLine | None:
    """Amount of a lot against settled tonnes times price [yuan].

    A price with decimals is printed to so many digits and was computed with more: a difference within what half of its
    last digit stands for is none. Whole prices are taken as agreed, to the digit.
    """
    settled, price, amount = row["settled_t"], row["price_yuan_per_t"], row["amount_yuan"]
    if settled is None or price is None or amount is None:
        return None
    value = rounded(settled * price, digits)
    slack = abs(settled) * HALF.scaleb(-price_digits) if price_digits else ZERO
    slack += HALF.scaleb(-digits)
    cells = (row.cell("settled_t"), row.cell("price_yuan_per_t"))
    steps = (
        LotStep("amount", f"{plain(settled)} x {plain(price)}", value, "yuan", cells),
        _printed(row, "amount", "amount_yuan", "yuan"),
    )
    return LotLine(row, AMOUNT, amount, value, steps, "yuan", slack)


def ticket_lines(rows: Sequence[Row]) -> list[LotLine]:
    """Every ticket of a list recomputed, those that can be."""
    digits = digits_of(rows, "gross_t", "tare_t", "net_t")
    return [line for row in rows if (line := net_line(row, digits)) is not None]


def lot_lines(rows: Sequence[Row], tickets: Sequence[Row] = ()) -> list[LotLine]:
    """Every lot of a list recomputed: tickets, deduction, settled, invoice, amount, as far as its cells are filled.

    Parameters
    ----------
    rows
        Lots of one list.
    tickets
        Tickets of the same stream; one belongs to the lot whose number its ``doc_no`` names.
    """
    digits, price = digits_of(rows, *WEIGHT_COLUMNS), digits_of(rows, "price_yuan_per_t")
    cents = digits_of(rows, "amount_yuan")
    digits = max(digits, digits_of(tickets, "net_t"))
    found: list[LotLine | None] = []
    by_lot, by_invoice = _by(tickets, "doc_no"), _by(rows, "invoice_no")
    for row in rows:
        own, together = by_lot.get(row["doc_no"], []), by_invoice.get(row["invoice_no"], [])
        found += [tickets_line(row, own, digits), deduction_line(row, digits), settled_line(row, digits)]
        found += [invoice_line(row, together, digits), amount_line(row, digits=cents, price_digits=price)]
    return [line for line in found if line is not None]


def _by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[column]:
            groups[row[column]].append(row)
    return groups


def _printed(row: Row, name: str, column: str, unit: str = "t") -> LotStep:
    return LotStep(f"{name}_printed", plain(row[column]), row[column], unit, (row.cell(column),))
