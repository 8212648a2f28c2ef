"""The five ways of the rules on lots and tickets: weights, invoices, settled tonnes, goods in transit, tares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.five_ways import Build, Five, SmallEdit, small, without
from tests.unit.small_plant import Rows, pick
from tests.unit.test_checks_lots import TAKEN, TRAIN, deliveries, ledger, train
from verifierkit import rulepack

CENT = Decimal("0.01")
EXACT = "tolerance 0 in the last digit: the satisfied plant stands on it, the violated one a last digit beyond"
BOTH = "a month is booked from settled or from weighed tonnes, or fits neither and is left to the ledger's own rule"
TARE = rulepack.load("cement-2024").checks["material.tare"]
WEIGHINGS = int(TARE.limits["weighings"].value)
SILENT, OPEN = "nothing", "not_evaluated"


def lots(edit: SmallEdit | None = None) -> Build:
    """The small plant with its deliveries of coal, changed."""

    def both(rows: Rows) -> None:
        deliveries(rows)
        if edit is not None:
            edit(rows)

    return small(both)


def half_weighed(rows: Rows) -> None:
    """Tickets without a tare."""
    for row in rows["tickets"]:
        row["tare_t"] = None
        row["doc_no"] = None


def fixed(count: int) -> Callable[[Rows], Any]:
    """So many tickets of one more vehicle over the year, all with one tare."""

    def edit(rows: Rows) -> None:
        for index in range(count):
            rows["tickets"].append(
                {"source_id": "s_tickets", "ticket_no": f"V{index}", "weighed_on": date(2025, 1 + index, 20), "gross_t": Decimal(50),
                 "tare_t": Decimal(15), "net_t": Decimal(35), "vehicle": "甲A9"}
            )  # fmt: skip

    return edit


def settled(rows: Rows) -> None:
    """A ledger month from settled tonnes."""
    ledger(rows)["value"] -= 2 * TAKEN


def early(rows: Rows) -> None:
    """A train booked in the month before its receipt."""
    train(rows).update(booked_on=date(2025, 3, 31))


RULES = {
    "material.lot": Five(lots(), lots(lambda rows: pick(rows, "tickets", ticket_no="T040").update(net_t=TRAIN + CENT)), EXACT,
                         (lots(half_weighed), OPEN)),
    "material.invoice": Five(lots(), lots(lambda rows: train(rows).update(settled_t=TRAIN - TAKEN + CENT)), EXACT,
                             (lots(without("transactions")), SILENT)),
    "material.settled": Five(lots(), lots(settled), BOTH, (lots(without("transactions")), SILENT)),
    "material.transit": Five(lots(), lots(early),
                             (lots(lambda rows: train(rows).update(booked_on=date(2025, 4, 1))), lots(early)),
                             (lots(without("transactions")), SILENT)),
    "material.tare": Five(lots(), lots(fixed(WEIGHINGS)), (lots(fixed(WEIGHINGS - 1)), lots(fixed(WEIGHINGS))),
                          (lots(without("tickets")), SILENT)),
}  # fmt: skip
__all__ = ["RULES"]
