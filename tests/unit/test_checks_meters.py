"""电表示数检查，结算电量与关口表比较。"""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import context, failed, row, rule, tables
from tests.unit.joint_maps import joint_rule
from verifierkit.checks import meters
from verifierkit.checks.base import Context, Result
from verifierkit.periods import month_bounds, months_of

SETTLEMENT = rule("settlement.meter", alpha="0.0125")
MODEL = joint_rule(honest_share=0.6, period_electricity_meter=0.001, instant_hours=1.5, profile=0.2)
MAP: dict[str, list[dict[str, Any]]] = {
    "facilities": [{"facility_id": "ent", "name": "某厂", "kind": "entity"}],
    "nodes": [{"node_id": "n_grid", "kind": "boundary"}, {"node_id": "n_plant", "kind": "process"}],
    "streams": [{"stream_id": "e_grid", "unit": "MWh", "from_node": "n_grid", "to_node": "n_plant", "facility_id": "ent"}],
    "instruments": [
        {"instrument_id": "i_main", "kind": "electricity_meter", "accuracy_fraction": "0.002", "multiplier": 1000},
        {"instrument_id": "i_gate", "kind": "electricity_meter", "accuracy_fraction": "0.005", "multiplier": 1000, "register_digits": 6},
    ],
    "sources": [
        {"source_id": "s_bill", "stream_id": "e_grid", "records": "settlement_bills", "rank": 1, "instrument_id": "i_main", "derives_from": "none"},
        {"source_id": "s_gate", "stream_id": "e_grid", "records": "meter_readings", "rank": 2, "instrument_id": "i_gate", "derives_from": "none"},
    ],
}  # fmt: skip
for _rows in MAP.values():
    for _row in _rows:
        _row.update({k: Decimal(v) for k, v in _row.items() if k == "accuracy_fraction"})
STARTS = [month_bounds(month)[0] for month in months_of(2025)] + [date(2026, 1, 1)]


def reading(day: date, value: float, state: str = "normal", **cells: Any) -> dict[str, Any]:
    """A reading of the gate meter at midnight."""
    at = datetime.combine(day, time())
    return {"instrument_id": "i_gate", "register": "total", "read_at": at, "reading": value, "state": state} | cells


def power(day: date) -> Decimal:
    """Energy of a day [MWh]: a plant that stands still for eight days in February and six in November."""
    if (day.month == 2 and day.day <= 8) or (day.month == 11 and 10 <= day.day < 16):
        return Decimal(30)
    return Decimal(96 + day.day % 5)


def energy(start: date, end: date) -> Decimal:
    """Energy over [start, end) [MWh]."""
    return sum((power(start + timedelta(days=i)) for i in range((end - start).days)), Decimal(0))


def readings(cuts: list[date], scale: str = "1") -> list[dict[str, Any]]:
    """Readings at some days; the register counts MWh."""
    return [reading(day, 5000 + float(energy(date(2024, 12, 1), day) * Decimal(scale))) for day in cuts]


def bills(cuts: list[date], scales: dict[int, str] | None = None, **cells: Any) -> list[dict[str, Any]]:
    """Bills between the cuts; ``scales`` multiplies some of them (counted from 1)."""
    rows = []
    for number, (start, end) in enumerate(itertools.pairwise(cuts), start=1):
        kwh = energy(start, end) * 1000 * Decimal((scales or {}).get(number, "1"))
        rows.append(
            {"source_id": "s_bill", "bill_no": f"B{number}", "register": "total", "period_start": start,
             "period_end": end - timedelta(days=1), "metered_kwh": kwh, "total_kwh": kwh} | cells
        )  # fmt: skip
    return rows


def settle(bill_rows: list[dict[str, Any]], read_rows: list[dict[str, Any]], **changes: Any) -> list[Result]:
    """Results of the settlement rule."""
    return list(meters.settlement(case(bill_rows, read_rows, **changes)))


def case(bill_rows: list[dict[str, Any]], read_rows: list[dict[str, Any]], **changes: Any) -> Context:
    """A context over bills and readings."""
    filled = tables(**{**MAP, "settlement_bills": bill_rows, "meter_readings": read_rows, **changes})
    return context(filled, SETTLEMENT, MODEL, rule("meter.registers"))


def test_registers_that_rise_roll_over_and_are_exchanged_are_satisfied() -> None:
    rows = [
        reading(date(2025, 1, 1), 998000), reading(date(2025, 2, 1), 999500), reading(date(2025, 3, 1), 800),
        reading(date(2025, 3, 12), 1300, "exchange_out"), reading(date(2025, 3, 12), 0, "exchange_in"), reading(date(2025, 4, 1), 900),
    ]  # fmt: skip
    results = list(meters.registers(case([], rows)))
    assert [(r.outcome, r.when, r.stream, r.source) for r in results] == [
        ("satisfied", "2024-12/2025-03".replace("2024-12", "2025-01"), "e_grid", "s_gate")
    ]


@pytest.mark.parametrize(
    ("rows", "message", "month"),
    [
        ([reading(date(2025, 5, 1), 5000), reading(date(2025, 6, 1), 4900)], "meter.registers", "2025-05"),
        (
            [reading(date(2025, 5, 1), 5000), reading(date(2025, 5, 9), 0, "exchange_in")],
            "meter.registers.exchange_out",
            "2025-05",
        ),
        (
            [reading(date(2025, 5, 9), 5000, "exchange_out"), reading(date(2025, 7, 1), 90)],
            "meter.registers.exchange_in",
            "2025-06",
        ),
        ([reading(date(2025, 5, 9), 5000, "exchange_out")], "meter.registers.exchange_in", "2025-05"),
    ],
)
def test_a_fall_or_half_an_exchange_is_found(rows: list[dict[str, Any]], message: str, month: str) -> None:
    found = [r for r in meters.registers(case([], rows)) if r.outcome == "not_satisfied"]
    assert [(r.message, r.when, r.stream, r.source) for r in found] == [(message, month, "e_grid", "s_gate")]


def test_a_fall_of_a_register_without_known_digits_is_found() -> None:
    rows = [
        row("meter_readings", i, **cells)
        for i, cells in enumerate([reading(date(2025, 1, 1), 99990), reading(date(2025, 2, 1), 10)])
    ]
    assert [fault.message for fault in meters.faults(rows, None)] == ["meter.registers.digits"]
    assert meters.faults(rows, 5) == []


def test_settlement_agrees_on_calendar_months() -> None:
    results = settle(bills(STARTS), readings(STARTS, "1.003"))
    assert [(r.outcome, r.when) for r in results] == [("satisfied", "2025")]
    assert results[0].limit is not None
    assert results[0].observed == energy(STARTS[0], STARTS[-1])


def test_a_wrong_multiplier_is_found_in_its_months_and_named() -> None:
    results = settle(bills(STARTS, {5: "1.25", 6: "1.25", 9: "10"}), readings(STARTS))
    assert [key[1:] for key in failed(results)] == [(f"2025-0{n}", "e_grid", "s_bill") for n in (5, 6, 9)]
    hints = [r.hint for r in results if r.outcome == "not_satisfied"]
    assert hints == ["hint.transformer_step", "hint.transformer_step", "hint.factor"]


def test_a_small_constant_difference_within_the_classes_is_no_finding() -> None:
    assert failed(settle(bills(STARTS), readings(STARTS, "0.993"))) == []
    assert len(failed(settle(bills(STARTS), readings(STARTS, "0.98")))) == 12


def test_billing_periods_off_the_months_are_split_with_an_uncertainty() -> None:
    cuts = [date(2024, 12, 25), *(date(2025, month, 25) for month in range(1, 13))]
    at = [date(2024, 12, 1), *STARTS]
    assert failed(settle(bills(cuts), readings(at))) == []
    results = settle(bills(cuts, {7: "1.25"}), readings(at))
    assert failed(results) == [("settlement.meter", "2025-07", "e_grid", "s_bill")]


def test_readings_at_both_cuts_are_compared_without_splitting() -> None:
    cuts = [date(2024, 12, 25), *(date(2025, month, 25) for month in range(1, 13))]
    both = sorted({*cuts, *STARTS})
    sharp = settle(bills(cuts, {7: "1.02"}), readings(both))
    assert failed(sharp) == [("settlement.meter", "2025-07", "e_grid", "s_bill")]


def test_a_bill_that_the_readings_do_not_cover_is_not_evaluated() -> None:
    results = settle(bills(STARTS), readings(STARTS[1:]))
    assert [(r.message, r.when) for r in results if r.outcome == "not_evaluated"] == [
        ("settlement.meter.cover", "2025-01")
    ]


def test_loss_and_refund_do_not_count_as_energy_through_the_meter() -> None:
    rows = bills(STARTS)
    for cells in rows:
        cells["loss_kwh"] = cells["metered_kwh"] / 50
        cells["total_kwh"] += cells["loss_kwh"]
    rows[4]["adjustment_kwh"] = Decimal(-400000)
    rows[4]["total_kwh"] -= 400000
    assert [key for key in failed(settle(rows, readings(STARTS))) if key[1] != "2025"] == []


def test_a_refund_beyond_the_uncertainty_of_the_year_is_asked_about() -> None:
    rows = bills(STARTS)
    rows[4]["adjustment_kwh"] = Decimal(-900000)
    rows[4]["total_kwh"] -= 900000
    assert failed(settle(rows, readings(STARTS))) == [("settlement.meter", "2025", "e_grid", "s_bill")]


def test_an_estimated_bill_is_compared_together_with_the_next() -> None:
    rows = bills(STARTS, {3: "1.2"})
    rows[3]["total_kwh"] -= energy(STARTS[2], STARTS[3]) * 200
    rows[3]["metered_kwh"] = rows[3]["total_kwh"]
    assert len(failed(settle(rows, readings(STARTS)))) == 2
    rows[2]["estimated"] = True
    assert failed(settle(rows, readings(STARTS))) == []


def test_dependent_or_absent_readings_are_not_compared() -> None:
    sources = [MAP["sources"][0], MAP["sources"][1] | {"derives_from": "s_bill"}]
    assert [r.message for r in settle(bills(STARTS), readings(STARTS), sources=sources)] == [
        "settlement.meter.dependent"
    ]
    sources[1] = MAP["sources"][1] | {"derives_from": None}
    assert [r.message for r in settle(bills(STARTS), readings(STARTS), sources=sources)] == [
        "settlement.meter.dependent"
    ]
    assert [r.message for r in settle(bills(STARTS), [], sources=sources[:1])] == ["settlement.meter.no_meter"]


def test_the_same_meter_read_twice_is_compared_without_its_bias() -> None:
    sources = [MAP["sources"][0] | {"instrument_id": "i_gate"}, MAP["sources"][1]]
    limits = [r.limit for s in (MAP["sources"], sources) for r in settle(bills(STARTS), readings(STARTS), sources=s)]
    assert limits[1] < limits[0] / 3


def test_a_bill_that_prints_another_multiplier_than_its_meter_is_named() -> None:
    rows = bills(STARTS, {8: "1.07"}, multiplier=Decimal(1000))
    rows[7]["multiplier"] = Decimal(1070)
    found = [r for r in settle(rows, readings(STARTS)) if r.outcome == "not_satisfied"]
    assert [(r.when, r.hint) for r in found] == [("2025-08", "hint.multiplier")]
