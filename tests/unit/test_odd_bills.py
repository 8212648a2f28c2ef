"""核查员带来的怪账单：一单两价期、一单新旧两表、损耗分项、净额、估抄、重叠、倒走、反向示数、两份文件。"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import context, failed, row, rule, tables
from tests.unit.joint_maps import joint_rule
from tests.unit.test_checks_bills import MAP, REGISTERS, TOTAL, bill, run, year
from tests.unit.test_checks_bills import case as bill_case
from tests.unit.test_checks_meters import STARTS, readings, settle
from tests.unit.test_checks_meters import bills as settling
from verifierkit.bills import registers_line, settled_bills, settling_lines
from verifierkit.bills.settled import once, one_bill
from verifierkit.checks import balances, bills, evidence, second
from verifierkit.checks import settling as notes
from verifierkit.checks.base import Context, Result
from verifierkit.checks.texts import text
from verifierkit.rulepack import load
from verifierkit.series import bill_intervals

D = Decimal
DUPLICATE, DOCUMENT = rule("evidence.duplicate"), rule("bill.document", tolerance_kwh="1")
PACKS = {"facility": load("electricity-only")}


def case(rows: list[dict[str, Any]], **more: list[dict[str, Any]]) -> Context:
    filled = tables(**{**MAP, "settlement_bills": rows, **more})
    return context(filled, REGISTERS, TOTAL, rule("bill.continuity"), DUPLICATE, DOCUMENT)


def wrong(found: Context) -> list[tuple[str, str]]:
    """Rule and month of every failure of the bills."""
    return [key[:2] for key in [*run(found), *failed(evidence.duplicates(found)), *failed(second.documents(found))]]


def settled(found: Context) -> Decimal:
    return sum((one.value for one in bill_intervals(found.flow, "s_bill")), D(0))


def two_parts() -> list[dict[str, Any]]:
    """The bill of June in two price periods, each with its readings, under one number."""
    early, late = {"period_end": date(2025, 6, 12)}, {"period_start": date(2025, 6, 13)}
    rows = year()
    rows[5:6] = [bill("2025-06", 5000, 5400, **early), bill("2025-06", 5400, 6000, **late)]
    return rows


def test_two_price_periods_of_one_bill_both_count() -> None:
    found = case(two_parts())
    assert wrong(found) == []
    assert settled(found) == 12 * 100000


def test_a_split_without_a_reading_between_counts_both_parts() -> None:
    rows, blank = two_parts(), {"prior_reading": None, "current_reading": None}
    for part in rows[5:7]:
        part |= blank
    found = case(rows)
    assert wrong(found) == []
    assert settled(found) == 12 * 100000


def test_a_number_used_again_in_a_later_month_and_a_repeated_line_stay_findings() -> None:
    rows = year(m09={"bill_no": "B2025-03"})
    assert wrong(case(rows)) == [("evidence.duplicate", "2025-09")]
    assert settled(case(rows)) == 12 * 100000  # nothing is lost
    twice = [*year(), bill("2025-05", 4000, 5000)]
    assert wrong(case(twice)) == [("evidence.duplicate", "2025-05")]
    assert settled(case(twice)) == 12 * 100000


def exchanged() -> list[dict[str, Any]]:
    """June: the old meter from 5000 to 5600 and the new one from 0 to 400, as two lines of one bill over the month."""
    rows = year()
    later = [bill(f"2025-{n:02d}", 400 + 1000 * (n - 7), 1400 + 1000 * (n - 7)) for n in range(7, 13)]
    return [*rows[:5], bill("2025-06", 5000, 5600), bill("2025-06", 0, 400), *later]


@pytest.mark.parametrize("swapped", [False, True])
def test_both_meters_of_an_exchange_on_one_bill_count_in_either_order(swapped: bool) -> None:
    rows = exchanged()
    if swapped:
        rows[5], rows[6] = rows[6], rows[5]
    assert wrong(case(rows)) == []
    assert settled(case(rows)) == 12 * 100000


def test_an_exchange_whose_old_meter_does_not_go_on_is_a_break() -> None:
    rows = exchanged()
    rows[5] |= {"prior_reading": D(5100), "metered_kwh": D(50000), "total_kwh": D(50000)}
    assert wrong(case(rows)) == [("bill.continuity", "2025-06")]


def test_a_fall_by_less_than_half_the_register_is_a_finding_and_no_rollover() -> None:
    found = case(year(m08={"current_reading": D(6995)}))
    (result,) = [one for one in bills.registers(found) if one.outcome == "not_satisfied"]
    assert (result.message, result.expected, result.when) == ("bill.registers.fell", None, "2025-08")
    assert {place.column for place in result.places} == {"G", "H"}
    assert "请核对两个示数" in text(found, result)["zh"]
    assert registers_line(row("settlement_bills", 0, **bill("2025-08", 7000, 6995)), 5).steps[1].value is None


@pytest.mark.parametrize(
    ("cells", "column", "todo"),
    [
        ({"multiplier": None}, "I", "补填倍率"),
        ({"prior_reading": None}, "G", "请补全"),
    ],
)
def test_what_was_not_recomputed_names_the_bill_the_cell_and_what_to_do(
    cells: dict[str, Any], column: str, todo: str
) -> None:
    found = bill_case(year(m04=cells))
    (result,) = [one for one in bills.registers(found) if one.outcome == "not_evaluated"]
    words = text(found, result)
    assert "B2025-04" in words["zh"]
    assert "B2025-04" in words["en"]
    assert todo in words["zh"]
    assert column in {place.column for place in result.places}


# settled is not what passed the meter


@pytest.mark.parametrize(
    "cells",
    [
        {"fixed_loss_kwh": D(30000), "variable_loss_kwh": D(40000), "line_loss_kwh": D(20000)},
        {"loss_kwh": D(90000)},
        {"credit_kwh": D(400000)},
        {"submeter_kwh": D(-90000)},
    ],
)
def test_losses_in_parts_and_net_totals_do_not_make_the_gate_meter_disagree(cells: dict[str, Any]) -> None:
    rows = settling(STARTS)
    for one in rows:
        sign = -1 if "credit_kwh" in cells else 1
        one |= cells | {"total_kwh": one["metered_kwh"] + sign * sum(cells.values())}
    assert failed(settle(rows, readings(STARTS))) == []


def test_overlapping_bills_are_compared_one_by_one_and_not_added() -> None:
    rows = settling(STARTS)
    rows[4]["period_start"] -= timedelta(days=6)
    results = settle(rows, readings(STARTS))
    assert ("settlement.meter", "2025") not in [(r.rule, r.when) for r in results if r.outcome == "not_satisfied"]
    assert [r.when for r in results if r.outcome == "satisfied"]


def bus(changes: dict[int, dict[str, Any]], *more: dict[str, Any]) -> list[Result]:
    """A bus fed by bills with one feeder that takes as much; some of the bills changed (counted from 0)."""
    source = {"records": "meter_readings", "rank": 1, "derives_from": "none"}
    ends = {"facility_id": "ent", "unit": "MWh"}
    filled = {
        **MAP,
        "nodes": [{"node_id": "n_grid", "kind": "boundary"}, {"node_id": "n_bus", "kind": "bus"}, {"node_id": "n_use", "kind": "process"}],
        "streams": [
            ends | {"stream_id": "e_grid", "from_node": "n_grid", "to_node": "n_bus"},
            ends | {"stream_id": "e_use", "from_node": "n_bus", "to_node": "n_use"},
        ],
        "instruments": [
            *({"instrument_id": name, "kind": "electricity_meter", "multiplier": 100, "register_digits": 5, "accuracy_fraction": D("0.005")}
              for name in ("m1", "m2"))
        ],
        "sources": [*MAP["sources"], source | {"source_id": "s_use", "stream_id": "e_use", "instrument_id": "m2"}],
        "meter_readings": [
            {"instrument_id": "m2", "register": "total", "read_at": datetime(day.year, day.month, day.day), "reading": 1000 * n, "state": "normal"}
            for n, day in enumerate(STARTS)
        ],
    }  # fmt: skip
    rows = year()
    for number, cells in changes.items():
        rows[number] |= cells
    found = context(
        tables(**{**filled, "settlement_bills": [*rows, *more]}), rule("balance.bus", alpha="0.0125"), joint_rule()
    )
    return list(balances.bus(found))


def test_a_refund_a_loss_and_an_estimated_bill_do_not_unbalance_the_bus() -> None:
    guess = {"current_reading": D(3700), "metered_kwh": D(70000), "total_kwh": D(70000), "estimated": True}
    caught_up = {"prior_reading": D(3700), "metered_kwh": D(130000), "total_kwh": D(130000)}
    refund = {"adjustment_kwh": D(-30000), "total_kwh": D(70000)}
    lost = {"loss_kwh": D(30000), "total_kwh": D(130000)}
    results = bus({3: guess, 4: caught_up, 7: refund, 9: lost})
    assert failed(results) == []
    assert [r.when for r in results if r.outcome == "not_evaluated"] == ["2025-04/2025-05"]
    assert [
        key[1] for key in failed(bus({7: {"metered_kwh": D(70000), "total_kwh": D(70000)}}))
    ]  # energy that is missing


# nothing is lost


def test_the_reverse_register_is_told_and_enters_no_total() -> None:
    back = [one | {"register": "reverse", "metered_kwh": D(2000), "total_kwh": D(2000)} for one in year()]
    found = case([*year(), *back])
    assert sum(one["total_kwh"] for one in settling_lines(found.flow.rows("settlement_bills", "s_bill"))) == 12 * 100000
    (notice,) = [one for one in notes.notices(found.flow, PACKS) if "反向" in one.zh]
    assert "24000 kWh" in notice.en
    assert notice.place.column == "D"


def test_tariff_registers_beside_their_total_count_once() -> None:
    parts = [
        one | {"register": name, "metered_kwh": one["metered_kwh"] * share, "total_kwh": one["total_kwh"] * share}
        for one in year()
        for name, share in (("sharp", D("0.25")), ("deep_valley", D("0.75")))
    ]
    lines = settling_lines(case([*year(), *parts]).flow.rows("settlement_bills", "s_bill"))
    assert {one["register"] for one in lines} == {"sharp", "deep_valley"}
    assert sum(one["total_kwh"] for one in lines) == 12 * 100000


def test_a_meter_without_class_is_told_with_what_is_assumed() -> None:
    meters = [{"instrument_id": "m1", "name": "总表", "kind": "electricity_meter"}]
    found = case(year(), instruments=meters, sources=[MAP["sources"][0] | {"instrument_id": "m1"}])
    (notice,) = notes.notices(found.flow, PACKS)
    assert "总表：未填写准确度" in notice.zh
    assert "2 %" in notice.en
    stated = [meters[0] | {"accuracy_fraction": D("0.005")}]
    assert notes.notices(case(year(), instruments=stated).flow, PACKS) == []


# a second document with another number


@pytest.mark.parametrize(
    ("theirs", "hint"),
    [
        (D(100000), None),
        (D(100001), None),
        (D(50000), "hint.bill.second_document_half"),
        (D(98000), ""),
        (D(97000), "hint.bill.second_document_passed"),
    ],
)
def test_a_second_document_is_held_against_the_bill_of_the_same_days(theirs: Decimal, hint: str | None) -> None:
    ours = year(m05={"metered_kwh": D(97000), "loss_kwh": D(3000)})
    other = [
        {"source_id": "s_second", "bill_no": f"Q{n}", "register": "total", "period_start": one["period_start"],
         "period_end": one["period_end"], "total_kwh": theirs if n == 4 else one["total_kwh"]}
        for n, one in enumerate(ours)
    ]  # fmt: skip
    sources = [*MAP["sources"], MAP["sources"][0] | {"source_id": "s_second", "rank": 3}]
    results = list(second.documents(case([*ours, *other], sources=sources)))
    bad = [(r.when, r.hint, r.source) for r in results if r.outcome == "not_satisfied"]
    assert bad == ([] if hint is None else [("2025-05", hint, "s_second")])


def test_two_documents_over_other_days_are_not_compared() -> None:
    other = [{"source_id": "s_second", "bill_no": "Q", "register": "total", "period_start": date(2025, 1, 11),
              "period_end": date(2025, 2, 10), "total_kwh": D(1)}]  # fmt: skip
    sources = [*MAP["sources"], MAP["sources"][0] | {"source_id": "s_second", "rank": 3}]
    (result,) = second.documents(case([*year(), *other], sources=sources))
    assert (result.outcome, result.message) == ("not_evaluated", "bill.document.periods")


def test_lines_of_one_bill_are_told_from_repeated_ones() -> None:
    held = [row("settlement_bills", n, **cells) for n, cells in enumerate(exchanged()[5:7])]
    assert one_bill(held)
    assert not one_bill([held[0], held[0]])
    assert len(once([held[0], held[0], held[1]])) == 2
    assert len(settled_bills(held)) == 1
