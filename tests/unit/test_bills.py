"""账单逐步复算：示数、倍率、过零、损耗、退补、抵扣、净额、两表、两价段，以及各类差错的原因。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from tests.unit.hand_tables import context, failed, row, rule, tables
from tests.unit.test_checks_bills import MAP, bill, case, run, year
from verifierkit import bills
from verifierkit.bills.causes import second_document
from verifierkit.bills.charges import PricePart, amount_due
from verifierkit.bills.registers import tariff_lines
from verifierkit.bills.steps import rules
from verifierkit.checks import bills as checks
from verifierkit.checks.texts import messages, text
from verifierkit.columns import Row
from verifierkit.errors import UsageError


def line(**cells: Any) -> Row:
    """A line of March with readings 1,000 and 1,010 at multiplier 100, as printed unless changed."""
    base = {"source_id": "s", "bill_no": "B", "instrument_id": "m1", "register": "total", "prior_reading": 1000,
            "current_reading": 1010, "multiplier": 100, "metered_kwh": 1000, "total_kwh": 1000,
            "period_start": date(2025, 3, 1), "period_end": date(2025, 3, 31)}  # fmt: skip
    return row("settlement_bills", 0, **(base | cells))


def names(found: list[bills.Step]) -> list[tuple[str, Decimal | None]]:
    return [(step.rule, step.value) for step in found]


# steps


def test_a_bill_is_recomputed_step_by_step_with_its_cells() -> None:
    steps = bills.recompute(
        line(exchange_kwh=50, adjustment_kwh=-20, fixed_loss_kwh=30, variable_loss_kwh=12, line_loss_kwh=8, total_kwh=1080,
             line_loss_yuan=Decimal("33.1")), digits=5,
    )  # fmt: skip
    assert names(steps) == [
        ("register", 10), ("metered", 1000), ("exchange", 50), ("adjustment", -20), ("fixed_loss", 30), ("variable_loss", 12),
        ("line_loss", 8), ("loss", 50), ("line_loss_charge", Decimal("33.1")), ("total", 1080), ("total_printed", 1080),
    ]  # fmt: skip
    metered = steps[1]
    assert metered.numbers == "(1010 - 1000) x 100"
    assert [str(place) for place in metered.places] == [
        "data.xlsx#电费结算单!G3",
        "data.xlsx#电费结算单!H3",
        "data.xlsx#电费结算单!I3",
    ]
    assert metered.line("zh").startswith("抄见电量: (1010 - 1000) x 100 = 1000 kWh [")
    assert metered.line("en").startswith("Metered energy: ")
    assert steps[8].unit == "yuan"  # the charge of that name is money and enters no total


def test_every_rule_has_both_languages_and_a_formula() -> None:
    assert all(set(entry) == {"zh", "en", "formula"} and all(entry.values()) for entry in rules().values())


def test_a_rollover_is_a_step_of_its_own_and_needs_the_digits() -> None:
    rolled = line(prior_reading=99995, current_reading=5)
    assert names(bills.recompute(rolled, digits=5))[:2] == [("rollover", 10), ("metered", 1000)]
    unknown = bills.recompute(rolled, digits=None)
    assert names(unknown)[:3] == [("register", None), ("metered", None), ("metered_printed", 1000)]
    assert bills.registers_line(rolled, None).reason == "bill.registers.digits"


def test_a_credit_is_taken_off_to_zero_and_not_below() -> None:
    assert bills.total_line(line(credit_kwh=300, total_kwh=700)).expected == 700
    assert bills.total_line(line(credit_kwh=1300, total_kwh=0)).expected == 0


@pytest.mark.parametrize(
    ("multiplier", "reason"), [(None, "bill.registers.multiplier"), (0, "bill.registers.multiplier_zero")]
)
def test_a_multiplier_that_is_missing_or_zero_recomputes_nothing(multiplier: Any, reason: str) -> None:
    found = bills.registers_line(line(multiplier=multiplier), 5)
    assert (found.observed, found.reason) == (None, reason)


def test_an_estimated_reading_is_said_so() -> None:
    assert ("estimated", None) in names(bills.recompute(line(estimated=True), digits=5))


# losses


def test_transformer_and_line_losses_by_their_parameters() -> None:
    fixed, variable = bills.transformer_loss(
        metered_kwh=Decimal(100000), no_load_kw=Decimal("1.4"), energised_h=Decimal(744), load_share=Decimal("0.01")
    )
    assert (fixed.value, variable.value) == (Decimal("1041.6"), Decimal(1000))
    assert fixed.numbers == "1.4 x 744"
    assert bills.line_loss(metered_kwh=Decimal(100000), share=Decimal("0.002")).value == 200
    with pytest.raises(UsageError, match="share must not be negative"):
        bills.line_loss(metered_kwh=Decimal(1), share=Decimal(-1))


# what a bill settles


def test_settled_quantity_is_half_open_and_tells_what_passed_the_meter() -> None:
    found = bills.settled_quantity(line(loss_kwh=40, adjustment_kwh=-20, total_kwh=1020))
    assert (found.value, found.unit, found.start, found.end) == (1020, "kWh", date(2025, 3, 1), date(2025, 4, 1))
    assert (found.passed, found.loss, found.adjustment) == (1000, 40, -20)
    assert found.steps[-1].rule == "total_printed"


def test_a_net_total_does_not_hide_what_the_meter_counted() -> None:
    found = bills.settled_quantity(line(credit_kwh=1300, total_kwh=0))
    assert (found.value, found.passed, found.credit) == (0, 1000, 1300)


def test_registers_are_added_meters_are_added_and_a_total_register_counts_once() -> None:
    parts = [line(register=name, total_kwh=value) for name, value in (("peak", 400), ("flat", 350), ("valley", 250))]
    other = line(instrument_id="m2", total_kwh=70)
    back = line(register="reverse", total_kwh=33)
    (found,) = bills.settled_bills([line(), *parts, other, back, other])
    assert found.value == 1070
    assert found.steps[-1].rule == "meters"
    (export,) = bills.settled_bills([back])
    assert (export.value, export.direction) == (33, -1)


def test_a_refund_is_an_entry_of_its_own() -> None:
    refund = line(
        bill_no="R", prior_reading=None, current_reading=None, metered_kwh=None, adjustment_kwh=-500, total_kwh=-500
    )
    found = bills.settled_bills([refund, line()])
    assert sorted((one.value, one.refund) for one in found) == [(-500, True), (1000, False)]


def test_the_total_register_may_differ_by_the_last_digit_of_the_readings() -> None:
    def parts(last: int) -> list[Row]:
        return [line(), line(register="peak", total_kwh=600), line(register="valley", total_kwh=last)]

    near, far = next(tariff_lines(parts(300))), next(tariff_lines(parts(99)))
    assert near.observed == near.expected  # one digit of three readings at multiplier 100 is 300 kWh
    assert (far.observed, far.expected) == (1000, 699)


# causes


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ({"metered_kwh": 10}, "multiplier_left_out"),
        ({"metered_kwh": 100000}, "multiplier_twice"),
        ({"metered_kwh": -1000}, "readings_exchanged"),
        ({"metered_kwh": 101000}, "whole_reading"),
        ({"metered_kwh": 1040, "loss_kwh": 40}, "loss_in_metered"),
        ({"metered_kwh": 980, "adjustment_kwh": -20}, "adjustment_in_metered"),
        ({"metered_kwh": 1050, "exchange_kwh": 50}, "exchange_in_metered"),
        ({"metered_kwh": 0, "total_kwh": 0}, "zero"),
        ({"metered_kwh": 700, "credit_kwh": 300}, "net"),
        ({"prior_reading": 99995, "current_reading": 5, "metered_kwh": 9999000}, "rollover"),
    ],
)
def test_causes_of_a_wrong_metered_energy(cells: dict[str, Any], cause: str) -> None:
    assert bills.cause_of_metered(bills.registers_line(line(**cells), 5)) == f"hint.bill.{cause}"


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ({"loss_kwh": 40, "adjustment_kwh": -20, "total_kwh": 980}, "loss_left_out"),
        ({"loss_kwh": 40, "total_kwh": 1080}, "loss_twice"),
        ({"exchange_kwh": 50, "loss_kwh": 40, "total_kwh": 1040}, "exchange_left_out"),
        ({"exchange_kwh": 50, "total_kwh": 1100}, "exchange_twice"),
        ({"adjustment_kwh": -20, "total_kwh": 1020}, "adjustment_sign"),
        ({"free_kwh": -15, "total_kwh": 1015}, "free_sign"),
        ({"loss_kwh": 40, "line_loss_yuan": Decimal("33.1"), "total_kwh": Decimal("1073.1")}, "charge_as_energy"),
        ({"credit_kwh": 300, "total_kwh": 1000}, "credit_left_out"),
        ({"loss_kwh": 40, "exchange_kwh": 50, "total_kwh": 1000}, "metered_only"),
        ({"loss_kwh": 40, "fixed_loss_kwh": 30, "variable_loss_kwh": 5, "total_kwh": 1035}, "loss_parts"),
        ({"total_kwh": 0}, "zero"),
    ],
)
def test_causes_of_a_wrong_total(cells: dict[str, Any], cause: str) -> None:
    assert bills.cause_of_total(bills.total_line(line(**cells))) == f"hint.bill.{cause}"


def test_no_cause_is_named_where_nothing_fits_and_all_causes_have_words() -> None:
    assert bills.cause_of_total(bills.total_line(line(total_kwh=777))) == ""
    assert bills.common_cause(["hint.bill.zero", ""]) == ""
    used = [name for name in messages() if name.startswith("hint.bill.")]
    assert len(used) > 20
    assert all(messages()[name]["zh"] and messages()[name]["en"] for name in used)


def test_a_second_document_with_half_or_another_number() -> None:
    assert second_document(Decimal(542), Decimal(271)) == "hint.bill.second_document_half"
    assert second_document(Decimal(542), Decimal(500)) == "hint.bill.second_document"
    assert second_document(Decimal(542), Decimal(542)) == ""


def test_the_cause_stands_in_the_text_of_the_finding() -> None:
    found = case(year(m03={"metered_kwh": Decimal(1000), "total_kwh": Decimal(1000)}))
    (wrong,) = [result for result in checks.registers(found) if result.outcome == "not_satisfied"]
    words = text(found, wrong)
    assert "未乘倍率" in words["zh"]
    assert "multiplier was left out" in words["en"]


# bad input


def test_a_period_that_ends_before_it_starts_is_one_finding() -> None:
    rows = year(m05={"period_start": date(2025, 5, 31), "period_end": date(2025, 5, 1)})
    found = case(rows)
    assert run(found) == [("bill.continuity", "2025-05", "e_grid", "s_bill")]
    (wrong,) = [result for result in checks.continuity(found) if result.outcome == "not_satisfied"]
    assert "早于起始日" in text(found, wrong)["zh"]


def test_a_multiplier_of_zero_is_a_finding_with_its_cell() -> None:
    found = case(year(m04={"multiplier": Decimal(0)}))
    (wrong,) = [result for result in checks.registers(found) if result.outcome == "not_satisfied"]
    assert (wrong.message, wrong.when) == ("bill.registers.multiplier_zero", "2025-04")
    assert "倍率为 0" in text(found, wrong)["zh"]


def test_tariff_registers_that_do_not_give_the_total_are_a_finding() -> None:
    def months(valley: int) -> list[dict[str, Any]]:
        parts = [
            bill("2025-02", 0, 0) | {"register": name, "total_kwh": Decimal(kwh), "metered_kwh": Decimal(kwh),
                                     "prior_reading": None, "current_reading": None}
            for name, kwh in (("peak", 60000), ("valley", valley))
        ]  # fmt: skip
        return [*year(), *parts]

    assert run(case(months(40000))) == []
    found = case(months(30000))
    assert failed(checks.totals(found)) == [("bill.total", "2025-02", "e_grid", "s_bill")]


def test_class_missing_and_unknown_meter_leave_the_arithmetic_alone() -> None:
    rows = [cells | {"instrument_id": None} for cells in year()]
    filled = tables(**{**MAP, "settlement_bills": rows, "instruments": []})
    assert failed(checks.totals(context(filled, rule("bill.total", tolerance_kwh="1")))) == []


# money


def test_two_price_periods_share_the_energy_by_days() -> None:
    parts = [
        PricePart(date(2022, 6, 11), date(2022, 7, 1), Decimal(669), None, Decimal("51.99")),
        PricePart(date(2022, 7, 1), date(2022, 7, 14), Decimal(436), None, Decimal("31.20")),
    ]
    assert bills.split_prices(parts, kwh=Decimal(1105)) == [669, 436]
    assert parts[0].rated(Decimal("0.077711"))
    assert parts[1].rated(Decimal("0.071564"))
    assert not parts[1].rated(Decimal("0.077711"))
    with pytest.raises(UsageError, match="must follow each other"):
        bills.split_prices(parts[::-1], kwh=Decimal(1105))


def test_net_billing_banks_what_is_left_over() -> None:
    first = bills.net_billing(usage=Decimal(1773), allocated=Decimal(3668), opening_bank=Decimal(0))
    assert (first.billed, first.bank) == (0, 1895)
    second = bills.net_billing(usage=Decimal(2643), allocated=Decimal(2009), opening_bank=first.bank)
    assert (second.billed, second.bank) == (0, 1261)


def test_rated_lines_round_half_up_and_absent_parts_are_absent() -> None:
    assert bills.rated_amount(kwh=Decimal("0.5"), rate=Decimal("0.01")) == Decimal("0.01")
    assert amount_due([Decimal("97.59"), None, Decimal("-225.14")]) == Decimal("-127.55")


def test_one_day_more_is_a_gap_of_the_later_bill() -> None:
    rows = [line(), line(bill_no="C", period_start=date(2025, 4, 2), period_end=date(2025, 4, 30))]
    (found,) = bills.gaps(rows)
    assert (found.observed, found.expected) == ("2025-04-02", (rows[0]["period_end"] + timedelta(days=1)).isoformat())


def test_rules_file_is_plain_data() -> None:
    assert yaml.safe_load(yaml.safe_dump(dict(rules()))) == rules()
