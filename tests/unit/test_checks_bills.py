"""账单检查：示数、合计、账期衔接。"""

from __future__ import annotations

import csv
import itertools
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.unit.hand_tables import context, failed, row, rule, tables
from verifierkit.checks import bills
from verifierkit.checks.base import Context, Figure, Subject
from verifierkit.periods import month_bounds, months_of
from verifierkit.rulepack import Parameter

MAP: dict[str, list[dict[str, Any]]] = {
    "facilities": [{"facility_id": "ent", "name": "某厂", "kind": "entity"}],
    "nodes": [{"node_id": "n_grid", "kind": "boundary"}, {"node_id": "n_bus", "kind": "bus"}],
    "streams": [
        {"stream_id": "e_grid", "unit": "MWh", "from_node": "n_grid", "to_node": "n_bus", "facility_id": "ent"}
    ],
    "instruments": [{"instrument_id": "m1", "kind": "electricity_meter", "register_digits": 5, "multiplier": 100}],
    "sources": [
        {"source_id": "s_bill", "stream_id": "e_grid", "records": "settlement_bills", "rank": 1, "derives_from": "none"}
    ],
}
REGISTERS = rule("bill.registers", tolerance_kwh="1")
TOTAL = rule("bill.total", tolerance_kwh="1")


def bill(month: str, prior: float, current: float, **changes: Any) -> dict[str, Any]:
    """A bill of a calendar month on one total register, multiplier 100."""
    start, end = month_bounds(month)
    kwh = Decimal(str(current - prior)) * 100
    cells = {
        "source_id": "s_bill", "bill_no": f"B{month}", "instrument_id": "m1", "register": "total", "period_start": start,
        "period_end": end - timedelta(days=1), "prior_reading": prior, "current_reading": current, "multiplier": 100,
        "metered_kwh": kwh, "total_kwh": kwh,
    }  # fmt: skip
    return cells | changes


def year(**replaced: dict[str, Any]) -> list[dict[str, Any]]:
    """Twelve bills of 1,000 register units each; ``m03={...}`` changes the bill of March."""
    rows = [bill(month, 1000 * i, 1000 * (i + 1)) for i, month in enumerate(months_of(2025))]
    return [row | replaced.get(f"m{i + 1:02d}", {}) for i, row in enumerate(rows)]


def case(rows: list[dict[str, Any]], **more: list[dict[str, Any]]) -> Context:
    """A context with these bills."""
    return context(tables(**{**MAP, "settlement_bills": rows, **more}), REGISTERS, TOTAL, rule("bill.continuity"))


def run(found: Context) -> list[tuple[str, str, str, str]]:
    """Failures of the three rules."""
    return failed([*bills.registers(found), *bills.totals(found), *bills.continuity(found)])


def test_a_clean_year_gives_one_satisfied_result_per_rule() -> None:
    found = case(year())
    results = [*bills.registers(found), *bills.totals(found), *bills.continuity(found)]
    assert [(r.rule, r.outcome, r.when) for r in results] == [
        ("bill.registers", "satisfied", "2025"), ("bill.total", "satisfied", "2025"), ("bill.continuity", "satisfied", "2025"),
    ]  # fmt: skip


def test_metered_energy_must_be_difference_times_multiplier() -> None:
    wrong = {"metered_kwh": Decimal(101000), "total_kwh": Decimal(101000)}
    assert run(case(year(m03=wrong))) == [("bill.registers", "2025-03", "e_grid", "s_bill")]
    result = next(r for r in bills.registers(case(year(m03=wrong))) if r.outcome == "not_satisfied")
    assert (result.observed, result.expected, result.facility) == (Decimal(101000), Decimal(100000), "ent")
    assert "!" in str(result.places[0])


@pytest.mark.parametrize(("excess", "count"), [("1", 0), ("1.01", 1)])
def test_the_tolerance_is_met_at_the_limit_and_not_beyond(excess: str, count: int) -> None:
    metered = Decimal(100000) + Decimal(excess)
    assert len(run(case(year(m03={"metered_kwh": metered, "total_kwh": metered})))) == count


def test_a_register_that_rolls_over_is_no_error() -> None:
    rows = year(m12={"prior_reading": 99500, "current_reading": 500})
    assert [key for key in run(case(rows)) if key[0] == "bill.registers"] == []


def test_a_fall_without_known_digits_is_not_evaluated() -> None:
    rows = year(m12={"prior_reading": 99500, "current_reading": 500})
    found = case(rows, instruments=[{"instrument_id": "m1", "kind": "electricity_meter"}])
    outcomes = {(r.outcome, r.message, r.when) for r in bills.registers(found)}
    assert ("not_evaluated", "bill.registers.digits", "2025-12") in outcomes
    assert not failed(bills.registers(found))


def test_blank_multiplier_is_not_evaluated_and_blank_lines_are_passed_over() -> None:
    unused = bill("2025-05", 0, 0) | {"register": "deep_valley", "prior_reading": None, "current_reading": None}
    rows = [*year(m04={"multiplier": None}), unused | {"metered_kwh": None, "total_kwh": Decimal(0)}]
    results = list(bills.registers(case(rows)))
    assert [(r.when, r.message) for r in results if r.outcome == "not_evaluated"] == [
        ("2025-04", "bill.registers.multiplier")
    ]
    assert not failed(results)


def test_total_is_the_sum_of_its_parts_and_a_blank_part_is_absent() -> None:
    good = {"exchange_kwh": 50, "adjustment_kwh": -20, "loss_kwh": None, "total_kwh": Decimal(100030)}
    assert run(case(year(m06=good))) == []
    bad = good | {"loss_kwh": 7}
    assert run(case(year(m06=bad))) == [("bill.total", "2025-06", "e_grid", "s_bill")]


def test_a_total_of_zero_while_the_register_moved_fails_on_the_total() -> None:
    assert run(case(year(m10={"total_kwh": Decimal(0)}))) == [("bill.total", "2025-10", "e_grid", "s_bill")]


def test_a_gap_an_overlap_and_a_jump_of_the_reading_name_the_later_bill() -> None:
    gap = {"period_start": date(2025, 4, 3)}
    overlap = {"period_start": date(2025, 7, 30)}
    jump = {"prior_reading": Decimal(8990), "metered_kwh": Decimal(101000), "total_kwh": Decimal(101000)}
    found = case(year(m04=gap, m08=overlap, m10=jump))
    assert {(key[1], r.message) for r in bills.continuity(found) for key in failed([r])} == {
        ("2025-04", "bill.continuity.gap"), ("2025-08", "bill.continuity.overlap"), ("2025-10", "bill.continuity.reading"),
    }  # fmt: skip


def test_a_recorded_exchange_explains_a_jump() -> None:
    jump = {"prior_reading": Decimal(0), "current_reading": Decimal(600), "metered_kwh": Decimal(60000)}
    on_bill = jump | {"exchange_kwh": Decimal(40000), "total_kwh": Decimal(100000)}
    after = {"prior_reading": Decimal(600), "current_reading": Decimal(1600)}
    rest = {f"m{i:02d}": {"prior_reading": 1000 * i - 9400, "current_reading": 1000 * i - 8400} for i in range(11, 13)}
    assert run(case(year(m09=on_bill, m10=after, **rest))) == []
    silent = jump | {"total_kwh": Decimal(60000)}
    assert run(case(year(m09=silent, m10=after, **rest))) == [("bill.continuity", "2025-09", "e_grid", "s_bill")]
    log = [
        {
            "instrument_id": "m1",
            "register": "total",
            "read_at": datetime(2025, 9, 12),
            "reading": 0,
            "state": "exchange_in",
        }
    ]
    assert run(case(year(m09=silent, m10=after, **rest), meter_readings=log)) == []


def test_a_refund_and_a_late_bill_are_no_gap() -> None:
    refund = bill("2025-02", 0, 0) | {
        "bill_no": "R1", "prior_reading": None, "current_reading": None, "metered_kwh": None, "adjustment_kwh": Decimal(-500),
        "total_kwh": Decimal(-500), "period_end": date(2025, 5, 31),
    }  # fmt: skip
    rows = [*year(m03={"issued_on": date(2025, 6, 20)}), refund]
    assert run(case(rows)) == []


def test_billing_periods_need_not_be_months_and_row_order_does_not_matter() -> None:
    cuts = [date(2024, 12, 25), *(date(2025, month, 25) for month in range(1, 13))]
    rows = [
        bill("2025-01", 1000 * i, 1000 * (i + 1))
        | {"bill_no": f"X{i}", "period_start": one, "period_end": two - timedelta(days=1)}
        for i, (one, two) in enumerate(itertools.pairwise(cuts))
    ]
    assert run(case(rows[::-1])) == []
    assert next(r for r in bills.continuity(case(rows))).when == "2025"


def test_a_bill_line_given_twice_counts_once() -> None:
    rows = year()
    assert run(case([*rows, rows[4]])) == []
    other_number = rows[4] | {"bill_no": "B-again"}
    assert run(case([*rows, other_number])) == [("bill.continuity", "2025-05", "e_grid", "s_bill")]


def test_two_meters_billed_side_by_side_are_followed_apart() -> None:
    meters = [{"instrument_id": name, "kind": "electricity_meter", "register_digits": 5} for name in ("m1", "m2")]
    second = [
        cells
        | {
            "instrument_id": "m2",
            "prior_reading": cells["prior_reading"] + 7,
            "current_reading": cells["current_reading"] + 7,
        }
        for cells in year()
    ]
    assert run(case([*year(), *second], instruments=meters)) == []


def test_time_of_use_registers_that_fail_in_one_month_give_one_result() -> None:
    rows = [cells | {"register": register} for register in ("peak", "flat") for cells in year(m03={"metered_kwh": 5})]
    results = [r for r in bills.registers(case(rows)) if r.outcome == "not_satisfied"]
    assert [(r.when, r.observed, r.expected) for r in results] == [("2025-03", Decimal(10), Decimal(200000))]


def test_refund_lines_are_known_by_missing_readings_and_energy() -> None:
    assert bills.is_refund(row("settlement_bills", 0, adjustment_kwh=-500, total_kwh=-500))
    assert not bills.is_refund(row("settlement_bills", 0, prior_reading=1, current_reading=2, adjustment_kwh=-500))


def corrections(cells: dict[str, Any]) -> dict[str, Decimal]:
    """Delta of the reported year by rule, with the figure of purchased electricity reported for the year only."""
    found = case(year(m03=cells), streams=[MAP["streams"][0] | {"parameter": "net_purchased_electricity_mwh"}])
    parameter = SimpleNamespace(id="net_purchased_electricity_mwh", monthly=False)
    found.subjects = [Subject("entity", "ent", "", cast(Parameter, parameter))]
    found.figures = {found.subjects[0].key("2025"): cast(Figure, SimpleNamespace())}
    results = [*bills.registers(found), *bills.totals(found)]
    return {result.rule: amount for result in results for key, amount in result.deltas if key.period == "2025"}


def test_the_effect_is_counted_once_and_in_the_unit_of_the_stream() -> None:
    taken_over = {"metered_kwh": Decimal(101000), "total_kwh": Decimal(101000)}
    assert corrections(taken_over) == {"bill.registers": Decimal(-1)}
    only_total = {"total_kwh": Decimal(104000)}
    assert corrections(only_total) == {"bill.total": Decimal(-4)}
    total_is_right = {"metered_kwh": Decimal(101000)}
    assert corrections(total_is_right) == {}
    both_wrong = {"metered_kwh": Decimal(101000), "total_kwh": Decimal(104000)}
    assert corrections(both_wrong) == {"bill.registers": Decimal(-4)}


def test_a_bill_without_parts_is_tested_on_its_total() -> None:
    bare = {"metered_kwh": None}
    assert run(case(year(m02=bare))) == []
    assert run(case(year(m02=bare | {"total_kwh": Decimal(0)}))) == [("bill.registers", "2025-02", "e_grid", "s_bill")]


BREWERY = Path(__file__).parents[3] / "shared" / "data" / "brewery_bills"


@pytest.mark.skipif(not BREWERY.is_dir(), reason="the shared data set is not at hand")
def test_the_brewery_bills_roll_over_and_three_print_zero() -> None:
    expected = json.loads((BREWERY / "expected_checks.json").read_text(encoding="utf-8"))["recomputed"]
    with (BREWERY / "bills_flat.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    zero, rolled = [], 0
    for cells in rows:
        values = {name: Decimal(cells[column]) for name, column in (("prior_reading", "prior_reading"), ("current_reading", "reading"), ("total_kwh", "total_kwh_on_bill"))}  # fmt: skip
        line = bills.registers_line(row("settlement_bills", 0, multiplier=Decimal(1), **values), 5)
        assert line.observed is not None
        rolled += values["current_reading"] < values["prior_reading"]
        if line.observed != line.expected:
            zero.append((f"{cells['account']}/{cells['invoice']}_bill.pdf", float(line.observed), float(line.expected)))
    wanted = [
        (bill["file"], bill["bill_kwh"], bill["register"]) for bill in expected["bill_total_kwh_differs_from_register"]
    ]
    assert len(rows) == expected["bills"]
    assert rolled == len(expected["register_rollover_bills"])
    assert sorted(zero) == sorted(wanted)
