"""批次逐步复算：毛重、皮重、净重、扣水扣杂、结算、发票、金额；在途、跨月、重复、串线、皮重未更新，各有原因。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import row
from verifierkit import materials
from verifierkit.checks.texts import messages
from verifierkit.columns import Row
from verifierkit.materials.booked import BOOKED_BEFORE, DISPATCHED, IN_TRANSIT, SETTLED
from verifierkit.materials.lots import AMOUNT, DEDUCTION, INVOICE, NET, TICKETS
from verifierkit.materials.lots import SETTLED as SETTLED_LINE

D = Decimal


def ticket(**cells: Any) -> Row:
    base = {"source_id": "s_t", "ticket_no": "T1", "weighed_on": date(2025, 3, 5), "gross_t": D("45.20"), "tare_t": D("15.10"),
            "net_t": D("30.10"), "vehicle": "甲A1", "doc_no": "L1"}  # fmt: skip
    return row("tickets", 0, **(base | cells))


def lot(index: int = 0, **cells: Any) -> Row:
    """A lot of 1,000 t with 20 t deducted: moisture 0.10 where 0.08 is agreed gives 21.74 t."""
    base = {"source_id": "s_l", "doc_no": "L1", "kind": "purchase", "dispatched_on": date(2025, 3, 2),
            "received_on": date(2025, 3, 5), "weighed_t": D("1000.00"), "deduction_t": D("20.00"), "settled_t": D("980.00"),
            "invoice_no": "F1"}  # fmt: skip
    return row("transactions", index, **(base | cells))


def only(rows: list[Row], kind: str, tickets: list[Row] | None = None) -> materials.LotLine:
    return next(line for line in materials.lot_lines(rows, tickets or []) if line.kind == kind)


def cause(line: materials.LotLine, *same: Row) -> str:
    return materials.cause_of(line, digits=2, same_vehicle=same)


# steps


def test_every_step_has_both_languages_and_a_formula() -> None:
    rules = materials.lot_rules()
    assert all(set(entry) == {"zh", "en", "formula"} and all(entry.values()) for entry in rules.values())


def test_a_lot_is_recomputed_step_by_step_with_its_cells() -> None:
    full = lot(invoiced_t=D("980.00"), price_yuan_per_t=D("650.5"), amount_yuan=D("637490.00"),
               moisture_agreed_fraction=D("0.08"), moisture_received_fraction=D("0.10"))  # fmt: skip
    lines = materials.lot_lines([full], [ticket(net_t=D("600.00")), ticket(ticket_no="T2", net_t=D("400.00"))])
    assert [(line.kind, line.observed, line.expected, line.closes) for line in lines] == [
        (TICKETS, D("1000.00"), D("1000.00"), True),
        (DEDUCTION, D("20.00"), D("21.74"), False),
        (SETTLED_LINE, D("980.00"), D("980.00"), True),
        (INVOICE, D("980.00"), D("980.00"), True),
        (AMOUNT, D("637490.00"), D("637490"), True),
    ]
    settled = lines[2].steps[0]
    assert (settled.rule, settled.numbers, settled.value, settled.unit) == ("settled", "1000 - 20", D("980.00"), "t")
    assert settled.line("zh") == "结算量: 1000 - 20 = 980 t [data.xlsx#购销调拨!F3; data.xlsx#购销调拨!G3]"
    assert settled.formula == "W - D"
    assert lines[1].steps[0].numbers == "1000 x (0.1 - 0.08) / (1 - 0.08)"
    assert cause(lines[1]) == ""  # a deduction may hold quality as well: without a known way it says nothing


def test_a_line_without_its_cells_is_left_out() -> None:
    assert materials.lot_lines([lot(deduction_t=None)]) == []
    assert materials.ticket_lines([ticket(gross_t=None), ticket(tare_t=None)]) == []
    assert materials.moisture_deduction(lot(moisture_agreed_fraction=D(1), moisture_received_fraction=D("0.1"))) is None
    drier = lot(moisture_agreed_fraction=D("0.10"), moisture_received_fraction=D("0.08"))
    assert materials.moisture_deduction(drier) == 0


def test_digits_are_those_of_the_list_and_one_of_the_last_is_a_difference() -> None:
    lines = materials.ticket_lines([ticket(), ticket(net_t=D("30.11")), ticket(gross_t=D("45.2"), net_t=D("30.1"))])
    assert [line.closes for line in lines] == [True, False, True]


def test_an_amount_may_differ_by_what_the_last_digit_of_the_price_stands_for() -> None:
    cells = {"settled_t": D("980.00"), "price_yuan_per_t": D("650.53")}  # half a fen on 980 t are 4.90 yuan
    at = only([lot(amount_yuan=D("637524.30"), **cells)], AMOUNT)
    beyond = only([lot(amount_yuan=D("637524.31"), **cells)], AMOUNT)
    assert (at.expected, at.closes, beyond.closes) == (D("637519.40"), True, False)


def test_several_lots_may_stand_on_one_invoice() -> None:
    rows = [lot(invoiced_t=D("1470.00")), lot(1, doc_no="L2", settled_t=D("490.00"), invoiced_t=D("1470.00"))]
    lines = [line for line in materials.lot_lines(rows) if line.kind == INVOICE]
    assert [line.closes for line in lines] == [True, True]
    assert lines[0].steps[0].numbers == "980 + 490"
    apart = [lot(invoiced_t=D("980.00")), lot(1, doc_no="L2", settled_t=D("490.00"), invoiced_t=D("490.00"))]
    assert all(line.closes for line in materials.lot_lines(apart) if line.kind == INVOICE)


# causes

WET = {"moisture_agreed_fraction": D("0.08"), "moisture_received_fraction": D("0.10")}


@pytest.mark.parametrize(
    ("kind", "cells", "wanted"),
    [
        (SETTLED_LINE, {"settled_t": D("1000.00")}, "deduction_left_out"),
        (SETTLED_LINE, {"settled_t": D("960.00")}, "deduction_twice"),
        (SETTLED_LINE, {"settled_t": D("1020.00")}, "deduction_added"),
        (SETTLED_LINE, {"settled_t": D("900.00"), **WET}, "dry_as_settled"),
        (SETTLED_LINE, {"settled_t": D("880.00"), **WET}, "moisture_twice"),
        (DEDUCTION, {"deduction_t": D("43.48"), **WET}, "moisture_twice"),
        (DEDUCTION, {"deduction_t": D("100.00"), **WET}, "whole_moisture"),
        (INVOICE, {"invoiced_t": D("1000.00")}, "invoiced_as_weighed"),
        (INVOICE, {"invoiced_t": D("900.00"), **WET}, "dry_as_invoiced"),
        (INVOICE, {"invoiced_t": D("960.00")}, "deduction_twice"),
        (AMOUNT, {"price_yuan_per_t": D(650), "amount_yuan": D(650000)}, "amount_on_weighed"),
        (
            AMOUNT,
            {"price_yuan_per_t": D(650), "amount_yuan": D(617500), "invoiced_t": D("950.00")},
            "amount_on_invoiced",
        ),
        (SETTLED_LINE, {"settled_t": D("971.37")}, ""),
    ],
)
def test_a_difference_of_a_lot_gets_the_name_of_its_cause(kind: str, cells: dict[str, Any], wanted: str) -> None:
    line = only([lot(**cells)], kind)
    assert not line.closes
    assert cause(line) == (f"hint.lot.{wanted}" if wanted else "")


@pytest.mark.parametrize(
    ("net", "wanted"),
    [
        ("45.20", "tare_left_out"),
        ("60.30", "tare_added"),
        ("15.00", "tare_twice"),
        ("30.80", "tare_of_other_ticket"),
        ("31.00", ""),
    ],
)
def test_a_net_that_does_not_follow_names_its_tare(net: str, wanted: str) -> None:
    line = materials.ticket_lines([ticket(net_t=D(net))])[0]
    assert line.kind == NET
    assert cause(line, ticket(tare_t=D("14.40"))) == (f"hint.lot.{wanted}" if wanted else "")


@pytest.mark.parametrize(
    ("weighed", "wanted"),
    [("1030.10", ""), ("980.00", "settled_as_weighed"), ("400.00", "ticket_left_out"), ("1600.00", "ticket_twice"),
     ("2000.00", "gross_as_net")],
)  # fmt: skip
def test_the_tickets_of_a_lot_name_what_was_counted(weighed: str, wanted: str) -> None:
    own = [ticket(net_t=D("600.00"), gross_t=D("1200.00")), ticket(net_t=D("400.00"), gross_t=D("800.00"))]
    line = only([lot(weighed_t=D(weighed))], TICKETS, own)
    assert (line.expected, line.closes) == (D("1000.00"), False)
    assert cause(line) == (f"hint.lot.{wanted}" if wanted else "")


def test_every_cause_has_words() -> None:
    assert [name for name in messages() if name.startswith("hint.lot.") and not messages()[name]["zh"]] == []


# what a month was booked from

MARCH = [lot(), lot(1, doc_no="L2", dispatched_on=date(2025, 2, 26), received_on=date(2025, 3, 1), weighed_t=D("700.00"),
                    settled_t=D("700.00"), deduction_t=D("0.00"))]  # fmt: skip
AHEAD = lot(2, doc_no="L3", dispatched_on=date(2025, 3, 29), received_on=date(2025, 4, 1), weighed_t=D("500.00"))
NEVER = lot(3, doc_no="L4", dispatched_on=date(2025, 3, 30), received_on=None, weighed_t=D("300.00"))


@pytest.mark.parametrize(
    ("booked", "wanted"),
    [
        ("1700.00", None),  # as weighed on receipt
        ("1680.00", (SETTLED, ["L1", "L2"])),
        ("1800.00", (DISPATCHED, ["L3", "L4", "L2"])),
        ("2500.00", (IN_TRANSIT, ["L3", "L4"])),
        ("2200.00", (IN_TRANSIT, ["L3"])),
        ("2000.00", (IN_TRANSIT, ["L4"])),
        ("1000.00", (BOOKED_BEFORE, ["L2"])),
        ("1750.00", None),  # fits nothing known
    ],
)
def test_a_ledger_month_tells_what_it_was_booked_from(booked: str, wanted: Any) -> None:
    way = materials.booked_as([*MARCH, AHEAD, NEVER], "2025-03", D(booked), 2)
    assert (None if way is None else (way.kind, [row["doc_no"] for row in way.lots])) == wanted


def test_a_lot_that_stands_twice_counts_once_and_no_deduction_is_no_settlement() -> None:
    assert len(materials.each_once([*MARCH, *MARCH])) == 2
    assert materials.settled(MARCH) == D("1680.00")
    assert materials.settled(MARCH[1:]) is None
    assert materials.settled([lot(settled_t=None)]) is None


def test_goods_that_leave_are_never_in_transit_here() -> None:
    sold = lot(kind="sale", dispatched_on=date(2025, 3, 30), received_on=None)
    assert materials.counted_on(sold) == date(2025, 3, 30)
    assert materials.on_the_way([sold], "2025-03") == []


@pytest.mark.parametrize(
    ("booked", "received", "before", "other_year"),
    [
        (date(2025, 3, 5), date(2025, 3, 5), False, False),
        (date(2025, 3, 2), date(2025, 3, 5), False, False),  # the month is the same
        (date(2025, 3, 31), date(2025, 4, 1), True, False),
        (date(2025, 12, 31), None, True, False),
        (date(2026, 1, 4), date(2025, 12, 30), False, True),
        (None, None, False, False),
    ],
)
def test_dates_tell_what_was_booked_on_the_way(booked: Any, received: Any, before: bool, other_year: bool) -> None:
    held = lot(booked_on=booked, received_on=received)
    assert (materials.before_receipt(held), materials.in_other_year(held)) == (before, other_year)


# one load in two places, and tares that stand still


def test_one_load_under_two_numbers_or_in_two_lists_is_named_once() -> None:
    again, elsewhere = ticket(ticket_no="T9"), ticket(source_id="s_u", ticket_no="T1")
    groups = materials.same_loads([ticket(), again, elsewhere, ticket(net_t=D("30.20"))])
    assert [[(row["source_id"], row["ticket_no"]) for row in group] for group in groups] == [
        [("s_t", "T1"), ("s_t", "T9"), ("s_u", "T1")]
    ]


def test_the_same_number_twice_is_left_to_the_check_of_numbers() -> None:
    assert materials.same_loads([ticket(), ticket()]) == []
    assert materials.same_loads([ticket(vehicle=None), ticket(vehicle=None, ticket_no="T2")]) == []


def test_a_sale_and_a_purchase_of_one_load_are_two_sides() -> None:
    cells = {"counterparty": "乙", "invoice_no": "F7"}
    assert materials.same_loads([lot(**cells), lot(kind="sale", doc_no="X", **cells)]) == []
    assert len(materials.same_loads([lot(**cells), lot(doc_no="X", **cells)])) == 1


def test_a_tare_that_never_moves_needs_enough_tickets_and_days() -> None:
    def tickets(count: int, step: int = 7, **last: Any) -> list[Row]:
        found = [
            ticket(ticket_no=f"T{k}", weighed_on=date(2025, 3, 1) + timedelta(days=step * k)) for k in range(count)
        ]
        return [*found[:-1], ticket(weighed_on=found[-1]["weighed_on"], **last)] if last else found

    def names(rows: list[Row]) -> list[str]:
        return [one.vehicle for one in materials.fixed_tares(rows, weighings=8, days=30)]

    assert names(tickets(8)) == ["甲A1"]
    assert names(tickets(7)) == []
    assert names(tickets(8, step=4)) == []
    assert names(tickets(8, tare_t=D("15.11"))) == []
