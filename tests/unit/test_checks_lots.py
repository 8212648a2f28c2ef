"""批次与磅单的检查：复算、结算量当作收货量、在途提前入账、一车两计、皮重不变；以及对上层差异的解释。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.unit import small_plant
from tests.unit.small_plant import Rows, pick
from verifierkit.checks import REGISTRY
from verifierkit.checks.base import Context, Result
from verifierkit.checks.texts import text
from verifierkit.findings import merge
from verifierkit.periods import join_months, months_of
from verifierkit.verification import run_checks

D = Decimal
MONTHS = months_of(2025)
TRAIN, TAKEN = D("600.00"), D("9.00")
NEW = ("material.lot", "material.invoice", "material.settled", "material.transit", "material.tare")


def deliveries(rows: Rows) -> Rows:
    """Coal bought for the yard: two trains a month by ticket and lot, 9 t deducted of each, a ledger of receipts."""
    rows["nodes"].append({"node_id": "n_market", "name": "煤炭市场", "kind": "boundary", "quantity": "coal"})
    rows["streams"].append(
        {"stream_id": "c_buy", "name": "原煤购进", "unit": "t", "from_node": "n_market", "to_node": "n_yard", "facility_id": "ent",
         "item": "bituminous"}
    )  # fmt: skip
    rows["instruments"].append(
        {"instrument_id": "i_w", "name": "轨道衡", "kind": "weighbridge", "accuracy_fraction": D("0.002")}
    )
    chain = (
        ("s_tickets", "tickets", 3, "none"),
        ("s_lots", "transactions", 2, "s_tickets"),
        ("s_in", "monthly_values", 1, "s_lots"),
    )
    for name, records, rank, origin in chain:
        rows["sources"].append(
            {"source_id": name, "name": name, "stream_id": "c_buy", "records": records, "rank": rank, "derives_from": origin,
             "instrument_id": "i_w"}
        )  # fmt: skip
    rows["tickets"], rows["transactions"] = [], []
    for index, month in enumerate(MONTHS):
        rows["monthly_values"].append({"source_id": "s_in", "month": month, "value": 2 * TRAIN, "unit": "t"})
        for half, day in enumerate((date(2025, index + 1, 2), date(2025, index + 1, 12))):
            add_train(rows, f"{index + 1:02d}{half}", day, TRAIN)
    return rows


def add_train(rows: Rows, number: str, day: date, tonnes: Decimal) -> None:
    """One train: its ticket and its lot."""
    tare = D("200.00") + D(len(rows["tickets"])) / 100
    rows["tickets"].append(
        {"source_id": "s_tickets", "ticket_no": f"T{number}", "weighed_on": day, "gross_t": tonnes + tare, "tare_t": tare,
         "net_t": tonnes, "vehicle": "专列1", "doc_no": f"L{number}"}
    )  # fmt: skip
    rows["transactions"].append(
        {"source_id": "s_lots", "doc_no": f"L{number}", "kind": "purchase", "dispatched_on": day - timedelta(days=3),
         "received_on": day, "booked_on": day, "weighed_t": tonnes, "deduction_t": TAKEN, "settled_t": tonnes - TAKEN,
         "invoice_no": f"F{number}", "invoiced_t": tonnes - TAKEN, "price_yuan_per_t": D(650), "counterparty": "甲公司",
         "amount_yuan": (tonnes - TAKEN) * 650}
    )  # fmt: skip


def plant() -> Rows:
    return deliveries(small_plant.plant())


def train(rows: Rows, number: str = "040") -> dict[str, Any]:
    return pick(rows, "transactions", doc_no=f"L{number}")


def ledger(rows: Rows, month: str = "2025-04") -> dict[str, Any]:
    return pick(rows, "monthly_values", source_id="s_in", month=month)


def told(rows: Rows, rule: str) -> list[Result]:
    return list(REGISTRY[rule](small_plant.context(rows)))


def wrong(rows: Rows) -> list[tuple[str, str, str, str]]:
    found = [result for rule in NEW for result in told(rows, rule)]
    return [(r.rule, r.when, r.stream, r.source) for r in found if r.outcome == "not_satisfied"]


def findings(rows: Rows) -> list[tuple[str, ...]]:
    context = small_plant.context(rows)
    return [tuple(one.key) for one in merge(context, run_checks(context)) if one.key.stream in ("c_buy", "n_yard")]


def words(context: Context, result: Result) -> dict[str, str]:
    return text(context, result)


def test_a_plant_whose_lots_close_gives_nothing() -> None:
    assert wrong(plant()) == []
    assert {r.outcome for rule in NEW for r in told(plant(), rule)} == {"satisfied"}
    assert findings(plant()) == []


def test_settled_tonnes_booked_as_received_are_one_finding_that_names_both() -> None:
    rows = plant()
    for month in ("2025-04", "2025-05"):
        ledger(rows, month)["value"] -= 2 * TAKEN
    assert findings(rows) == [("material.settled", "ent", join_months(["2025-04", "2025-05"]), "c_buy", "s_in")]
    result = told(rows, "material.settled")[0]
    assert (result.observed, result.expected) == (D("1182.00"), D("1200.00"))
    assert "结算量" in words(small_plant.context(rows), result)["zh"]
    context = small_plant.context(rows)
    merged = [one for one in merge(context, run_checks(context)) if one.key.rule == "material.settled"]
    assert {r.rule for r in merged[0].explains} == {"chain.ledger"}


def test_a_ledger_of_its_own_needs_two_months_of_settled_tonnes() -> None:
    rows = plant()
    pick(rows, "sources", source_id="s_in")["derives_from"] = "none"
    ledger(rows)["value"] -= 2 * TAKEN
    assert wrong(rows) == []
    ledger(rows, "2025-05")["value"] -= 2 * TAKEN
    assert {row[0] for row in wrong(rows)} == {"material.settled"}


def test_another_difference_of_the_ledger_stays_what_it_was() -> None:
    rows = plant()
    ledger(rows)["value"] += 7
    assert findings(rows) == [("chain.ledger", "ent", "2025-04", "c_buy", "s_in")]


def test_a_train_on_the_way_booked_as_received_names_it() -> None:
    rows = plant()
    train(rows, "050").update(dispatched_on=date(2025, 4, 29))  # received on 2 May
    ledger(rows, "2025-04")["value"] += TRAIN
    ledger(rows, "2025-05")["value"] -= TRAIN
    assert [(row[0], row[1]) for row in wrong(rows)] == [
        ("material.transit", "2025-04"),
        ("material.transit", "2025-05"),
    ]
    first, second = (r for r in told(rows, "material.transit") if r.outcome == "not_satisfied")
    assert "L050" in words(small_plant.context(rows), first)["en"]
    assert second.message == "material.transit.behind"
    assert {row[0] for row in findings(rows)} == {"material.transit"}


def test_goods_not_received_at_the_year_end_but_booked() -> None:
    rows = plant()
    train(rows, "121").update(dispatched_on=date(2025, 12, 30), received_on=None, booked_on=date(2025, 12, 31))
    rows["tickets"] = [row for row in rows["tickets"] if row["doc_no"] != "L121"]
    ledger(rows, "2025-12")["value"] = TRAIN
    assert wrong(rows) == [("material.transit", "2025-12", "c_buy", "s_lots")]
    ledger(rows, "2025-12")["value"] = 2 * TRAIN  # the ledger books it too: told once, where the figure is
    assert wrong(rows) == [("material.transit", "2025-12", "c_buy", "s_in")]


def test_a_receipt_dated_next_year_is_the_cut_off_s_own_finding() -> None:
    rows = plant()
    train(rows, "121").update(received_on=date(2026, 1, 3), booked_on=date(2025, 12, 31))
    assert [row for row in wrong(rows) if row[3] == "s_lots"] == []


def test_received_this_year_and_booked_in_the_next() -> None:
    rows = plant()
    train(rows, "121").update(booked_on=date(2026, 1, 4))
    assert wrong(rows) == [("material.transit", "2025-12", "c_buy", "s_lots")]
    assert [r.message for r in told(rows, "material.transit") if r.outcome == "not_satisfied"] == [
        "material.transit.year"
    ]


def test_a_ticket_whose_tare_was_left_out() -> None:
    rows = plant()
    row = pick(rows, "tickets", ticket_no="T040")
    row["net_t"] = row["gross_t"]
    results = [r for r in told(rows, "material.lot") if r.outcome == "not_satisfied"]
    assert [(r.source, r.hint) for r in results] == [("s_tickets", "hint.lot.tare_left_out")]
    assert findings(rows) == [("material.lot", "ent", "2025-04", "c_buy", "s_tickets")]  # it explains the list's sum
    train(rows).update(weighed_t=row["gross_t"], deduction_t=TAKEN, settled_t=row["gross_t"] - TAKEN)
    assert [r.source for r in told(rows, "material.lot") if r.outcome == "not_satisfied"] == ["s_tickets"]


def test_a_lot_that_weighs_what_was_settled_is_named() -> None:
    rows = plant()
    train(rows).update(weighed_t=TRAIN - TAKEN)
    (result,) = (r for r in told(rows, "material.lot") if r.outcome == "not_satisfied")
    assert (result.hint, result.observed, result.expected) == ("hint.lot.settled_as_weighed", D("591.00"), D("600.00"))


def test_an_invoice_is_told_apart_from_the_weight() -> None:
    rows = plant()
    train(rows).update(invoiced_t=TRAIN)
    assert wrong(rows) == [("material.invoice", "2025-04", "c_buy", "s_lots")]
    (result,) = (r for r in told(rows, "material.invoice") if r.outcome == "not_satisfied")
    assert result.hint == "hint.lot.invoiced_as_weighed"
    assert result.deltas == ()  # money and invoices change no tonnes
    assert words(small_plant.context(rows), result)["zh"].startswith("s_lots：2025-04 单据 L040 的发票数量")


def test_one_load_under_two_numbers_is_counted_twice() -> None:
    rows = plant()
    rows["tickets"].append(pick(rows, "tickets", ticket_no="T040") | {"ticket_no": "T999", "doc_no": None})
    assert wrong(rows) == [("material.lot", "2025-04", "c_buy", "s_tickets")]


def other_list(rows: Rows, start: str, end: str) -> None:
    rows["streams"].append(
        {
            "stream_id": "c_other",
            "name": "2号线用煤",
            "unit": "t",
            "from_node": start,
            "to_node": end,
            "facility_id": "ent",
        }
    )
    rows["sources"].append(
        {
            "source_id": "s_other",
            "name": "s_other",
            "stream_id": "c_other",
            "records": "tickets",
            "rank": 1,
            "derives_from": "none",
        }
    )
    rows["tickets"].append(pick(rows, "tickets", ticket_no="T040") | {"source_id": "s_other", "doc_no": None})


def test_one_load_in_the_lists_of_two_lines_is_asked_for() -> None:
    rows = plant()
    other_list(rows, "n_market", "n_kiln")
    assert wrong(rows) == [("material.lot", "2025-04", "c_other", "s_other")]


def test_one_load_that_passes_two_streams_in_a_row_is_no_fault() -> None:
    rows = plant()
    other_list(rows, "n_yard", "n_kiln")
    assert wrong(rows) == []


def test_a_tare_that_stands_still_is_asked_for() -> None:
    rows = plant()
    for row in rows["tickets"]:
        row.update(tare_t=D("200.00"), gross_t=row["net_t"] + 200)
    assert wrong(rows) == [("material.tare", "2025", "c_buy", "s_tickets")]


def test_half_a_weighing_is_not_evaluated() -> None:
    rows = plant()
    pick(rows, "tickets", ticket_no="T040")["tare_t"] = None
    assert [r.when for r in told(rows, "material.lot") if r.outcome == "not_evaluated"] == ["2025-04"]


# odd lots that users bring


def test_a_lot_without_its_weight_leaves_its_month_open_and_nothing_breaks() -> None:
    rows = plant()
    train(rows)["weighed_t"] = None
    assert wrong(rows) == []
    assert not [one for one in told(rows, "material.settled") if "2025-04" in one.months]
    assert [one for one in told(rows, "material.settled") if "2025-05" in one.months]


def test_moisture_deducted_twice_is_named_although_each_figure_is_rounded() -> None:
    rows = plant()
    moist = {"moisture_agreed_fraction": D("0.08"), "moisture_received_fraction": D("0.10")}
    paid = TRAIN - D("26.09")  # twice 600 x 0.02 / 0.92 = 13.0435, and not twice 13.04
    train(rows).update(moist, deduction_t=D("26.09"), settled_t=paid, invoiced_t=paid, amount_yuan=paid * 650)
    (result,) = [one for one in told(rows, "material.invoice") if one.outcome == "not_satisfied"]
    assert (result.hint, result.expected) == ("hint.lot.moisture_twice", D("13.04"))


def test_a_train_received_in_december_and_entered_in_january_is_the_one_named() -> None:
    rows = plant()
    train(rows, "121")["booked_on"] = date(2026, 1, 8)
    ledger(rows, "2025-12")["value"] -= TRAIN
    (found,) = [one for one in told(rows, "material.transit") if one.outcome == "not_satisfied"]
    assert (found.message, found.source, found.detail["document"]) == ("material.transit.later", "s_in", "L121")
    assert findings(rows) == [("material.transit", "ent", "2025-12", "c_buy", "s_in")]


def test_a_train_received_before_it_was_sent_is_asked_for() -> None:
    rows = plant()
    train(rows)["dispatched_on"] = date(2025, 5, 12)
    (found,) = [one for one in told(rows, "material.transit") if one.outcome == "not_satisfied"]
    assert (found.message, found.when) == ("material.transit.order", "2025-04")
    assert [place.column for place in found.places] == ["D", "E"]
    assert "早于发货日期" in words(small_plant.context(rows), found)["zh"]


def test_goods_drier_than_agreed_may_be_paid_with_a_premium_in_tonnes() -> None:
    rows = plant()
    moist = {"moisture_agreed_fraction": D("0.10"), "moisture_received_fraction": D("0.08")}
    paid = TRAIN + D("13.33")
    train(rows).update(moist, deduction_t=D("-13.33"), settled_t=paid, invoiced_t=paid, amount_yuan=paid * 650)
    assert wrong(rows) == []


def test_transfers_between_plants_count_when_they_arrive_as_purchases_do() -> None:
    rows = plant()
    train(rows, "041").update(kind="transfer_in", dispatched_on=date(2025, 3, 30))
    ledger(rows, "2025-03")["value"] += TRAIN
    ledger(rows, "2025-04")["value"] -= TRAIN
    assert {key[:2] for key in wrong(rows)} == {("material.transit", "2025-03"), ("material.transit", "2025-04")}
