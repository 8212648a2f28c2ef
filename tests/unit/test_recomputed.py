"""工作底稿中的逐步复算：只列不符的账单行、批次和入账月份，每条规则一行，另有各来源合计。"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from tests.support import simulated, verified
from tests.unit import small_plant
from tests.unit.small_plant import Rows, pick
from tests.unit.test_checks_lots import TAKEN, TRAIN, ledger, plant, train
from verifierkit.bills.steps import rules
from verifierkit.materials import lot_rules
from verifierkit.papers import show
from verifierkit.papers.step_tables import STEP_TABLES, _formula
from verifierkit.record.recomputed import recomputed_part

LANGUAGES = ("zh", "en")


def part(rows: Rows) -> dict[str, Any]:
    return json.loads(json.dumps(recomputed_part(small_plant.verification(rows))))


def test_lots_that_close_leave_only_their_totals() -> None:
    found = part(plant())["lots"]
    assert found["lines"] == []
    tickets, lots = found["totals"]
    assert (tickets["source"], tickets["rows"], tickets["tested"], tickets["differing"]) == ("s_tickets", 24, 24, 0)
    assert (lots["rows"], lots["tested"]) == (24, 96)  # tickets, settled, invoice and amount of each lot
    assert lots["printed"] == lots["recomputed"] == str(24 * TRAIN)


def test_a_lot_that_does_not_close_shows_each_rule_its_cause_and_its_finding() -> None:
    rows = plant()
    train(rows).update(settled_t=TRAIN)
    lines = {line["rule"]: line for line in part(rows)["lots"]["lines"] if line["observed"] == "600.00"}
    line = lines["material.invoice"]
    assert (line["document"], line["month"], line["expected"], line["difference"]) == (
        "L040",
        "2025-04",
        "591.00",
        "9.00",
    )
    assert [(step["rule"], step["numbers"], step["value"]) for step in line["steps"]] == [
        ("settled", "600 - 9", "591.00"),
        ("settled_printed", "600", "600.00"),
    ]
    assert line["cause"]["zh"].startswith("结算量等于过磅量")
    assert line["finding"].startswith("F")


def test_a_ledger_month_from_settled_tonnes_is_shown_with_its_lots() -> None:
    rows = plant()
    ledger(rows)["value"] -= 2 * TAKEN
    (line,) = part(rows)["lots"]["lines"]
    assert (line["rule"], line["document"], line["difference"]) == ("material.settled", "L040, L041", "-18.00")
    assert [step["rule"] for step in line["steps"]] == ["lots_settled", "received", "booked_printed"]
    assert line["finding"] == "F01"


def test_tonnes_of_a_wrong_ticket_change_the_sum_and_money_does_not() -> None:
    rows = plant()
    pick(rows, "tickets", ticket_no="T040")["net_t"] += 5
    train(rows, "050")["amount_yuan"] += 100
    tickets, lots = part(rows)["lots"]["totals"]
    assert Decimal(tickets["printed"]) - Decimal(tickets["recomputed"]) == 5
    assert lots["printed"] == lots["recomputed"]  # the lot weighs what its ticket should show
    assert lots["differing"] == 1


@pytest.mark.parametrize(
    ("error", "rule"), [("bill_registers_wrong", "bill.registers"), ("bill_total_wrong", "bill.total")]
)
def test_a_planted_bill_error_is_shown_with_its_steps(error: str, rule: str) -> None:
    found = verified(simulated("cement", 2025, 7, [error]))
    lines = recomputed_part(found)["bills"]["lines"]
    assert [line["rule"] for line in lines] == [rule]
    assert [step["rule"] for step in lines[0]["steps"]][-1] == "total_printed"
    index = int(lines[0]["finding"][1:]) - 1
    assert found.findings[index].key.rule == rule


def test_every_formula_in_words_is_shown_in_chinese() -> None:
    shown = [_formula(entry["formula"], "zh") for entry in (*rules().values(), *lot_rules().values())]
    assert [text for text in shown if re.search(r"[a-z]{4}", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_papers_show_a_row_for_each_step_and_one_for_the_difference(language: str) -> None:
    rows = plant()
    train(rows).update(settled_t=TRAIN)
    record = {"recomputed": part(rows)}
    lines = record["recomputed"]["lots"]["lines"]
    table = STEP_TABLES["lot_steps"](record, language)
    assert len(table) == sum(len(line["steps"]) + 1 for line in lines)
    assert list(table.iloc[2])[-2] == lines[0]["cause"][language]
    assert len(STEP_TABLES["lot_totals"](record, language)) == 2
    assert "<td" in show("lot_steps", record, language).data
    assert STEP_TABLES["bill_steps"](record, language).empty
