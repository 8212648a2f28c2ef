"""月度存证：逐月齐全、40 日内、2025 年上半年至 10 月 31 日、以最后一次变更为准。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import Rows, context, keys, outcomes, pick, plant, reported, results
from verifierkit import rulepack

CLINKER = ("k1", "clinker_produced_t", "deposits")


def deposit(rows: Rows, month: str, parameter: str = "clinker_produced_t") -> dict[str, Any]:
    return pick(rows, "deposits", parameter=parameter, month=month)


def failed(rows: Rows, rule: str, **more: Any) -> list[tuple[str, str, str]]:
    found = results(context(rows, **more), rule)
    return [(r.stream, r.source, r.when) for r in found if r.outcome == "not_satisfied"]


# in time


@pytest.mark.parametrize(
    ("month", "day", "late"),
    [
        ("2025-01", date(2025, 10, 31), False),
        ("2025-01", date(2025, 11, 1), True),
        ("2025-06", date(2025, 10, 31), False),
        ("2025-06", date(2025, 11, 1), True),
        ("2025-07", date(2025, 9, 9), False),
        ("2025-07", date(2025, 9, 10), True),
        ("2025-12", date(2026, 2, 9), False),
        ("2025-12", date(2026, 2, 10), True),
    ],
)
def test_deposits_are_late_from_the_day_after_the_last(month: str, day: date, late: bool) -> None:
    rows = plant()
    deposit(rows, month)["deposited_on"] = day
    wanted = [("clinker_produced_t", "deposits", month)] if late else []
    assert failed(rows, "deposit.late") == wanted


def test_the_fortieth_day_is_counted_from_the_end_of_the_month() -> None:
    pack = rulepack.load("cement-2024")
    assert pack.checks["deposit.late"].limit("days") == 40
    assert date(2025, 9, 9) - date(2025, 7, 31) == timedelta(days=40)
    assert pack.deadline("deposit.late", "2025-06") == date(2025, 10, 31)
    assert pack.deadline("deposit.late", "2025-07") is None


def test_deposits_in_time_are_satisfied_together() -> None:
    rows = plant()
    deposit(rows, "2025-09")["deposited_on"] = date(2026, 1, 1)
    found = [(r.outcome, r.when) for r in results(context(rows), "deposit.late") if r.stream == "clinker_produced_t"]
    assert sorted(found) == [("not_satisfied", "2025-09"), ("satisfied", "2025-01/2025-08;2025-10/2025-12")]


def test_a_deposit_without_a_date_is_not_called_late() -> None:
    rows = plant()
    deposit(rows, "2025-09")["deposited_on"] = None
    assert failed(rows, "deposit.late") == []
    found = [(r.outcome, r.when) for r in results(context(rows), "deposit.late") if r.stream == "clinker_produced_t"]
    assert sorted(found) == [("not_evaluated", "2025-09"), ("satisfied", "2025-01/2025-08;2025-10/2025-12")]


# every month


def test_each_month_without_a_deposit_is_told() -> None:
    rows = plant()
    for month in ("2025-03", "2025-08"):
        rows["deposits"].remove(deposit(rows, month))
    assert failed(rows, "deposit.missing") == [("clinker_produced_t", "deposits", m) for m in ("2025-03", "2025-08")]
    assert keys(rows) == [("deposit.missing", "k1", "2025-03;2025-08", "clinker_produced_t", "deposits")]


def test_a_month_on_default_needs_no_deposit() -> None:
    rows = plant()
    rows["deposits"].remove(deposit(rows, "2025-03", "fuel_ncv"))
    assert failed(rows, "deposit.missing") == [("fuel_ncv:bituminous", "deposits", "2025-03")]
    reported(rows, "fuel_ncv", "2025-03")["route"] = "default"
    assert failed(rows, "deposit.missing") == []


def test_no_deposit_at_all_is_one_finding() -> None:
    rows = plant()
    rows["deposits"] = []
    (found,) = [r for r in results(context(rows), "deposit.missing") if r.outcome == "not_satisfied"]
    assert (found.facility, found.stream, found.when, found.message) == (
        "ent",
        "deposits",
        "2025",
        "deposit.missing.all",
    )
    assert failed(rows, "deposit.late") + failed(rows, "deposit.ledger") == []


def test_the_last_month_of_a_part_year_may_not_be_due_yet() -> None:
    rows = plant()
    rows["deposits"] = [row for row in rows["deposits"] if row["month"] <= "2025-05"]
    assert failed(rows, "deposit.missing", through="2025-05") == []
    assert failed(rows, "deposit.missing", through="2025-06") == []
    assert {when for _, _, when in failed(rows, "deposit.missing", through="2025-07")} == {"2025-06"}


def test_deposits_of_fuels_outside_the_lines_are_not_asked_for() -> None:
    rows = plant()
    for parameter, value in (("fuel_consumed", 5), ("fuel_ncv", 43)):
        base = reported(rows, parameter, "2025-03")
        rows["reported"].append(
            base | {"track": "entity", "facility_id": "ent", "item": "diesel", "value": Decimal(value)}
        )
    assert failed(rows, "deposit.missing") == []


@pytest.mark.parametrize(("year", "resting"), [(2024, True), (2025, False)])
def test_data_year_2024_had_no_deposits(year: int, resting: bool) -> None:
    pack = rulepack.load("cement-2024")
    assert [pack.applies(rule, year).applies for rule in ("deposit.late", "deposit.missing", "deposit.ledger")] == [
        not resting
    ] * 3


# against the ledger


@pytest.mark.parametrize("change", ["-0.01", "0.01"])
def test_a_deposit_that_differs_in_the_last_digit_fails(change: str) -> None:
    rows = plant()
    deposit(rows, "2025-09")["value"] += Decimal(change)
    (found,) = [r for r in results(context(rows), "deposit.ledger") if r.outcome == "not_satisfied"]
    assert (found.stream, found.when, found.expected) == ("clinker_produced_t", "2025-09", 8000)
    assert found.deltas == ()
    assert len(found.places) == 2  # the deposit and the ledger


def test_a_month_on_default_is_held_against_the_reported_figure() -> None:
    rows = plant()
    for place in (reported(rows, "fuel_ncv", "2025-09"), deposit(rows, "2025-09", "fuel_ncv")):
        place["value"] = Decimal("26.700")
    assert failed(rows, "deposit.ledger") == [("fuel_ncv:bituminous", "deposits", "2025-09")]
    reported(rows, "fuel_ncv", "2025-09")["route"] = "default"
    assert failed(rows, "deposit.ledger") == []


def test_the_last_version_counts_also_when_it_is_zero() -> None:
    rows = plant()
    deposit(rows, "2025-09").update(value=Decimal(1), changed_value=Decimal(8000))
    assert failed(rows, "deposit.ledger") == []
    deposit(rows, "2025-09").update(value=Decimal(8000), changed_value=Decimal(0))
    assert failed(rows, "deposit.ledger") == [("clinker_produced_t", "deposits", "2025-09")]


def test_the_ledger_is_rounded_as_the_figure_and_other_units_convert() -> None:
    rows = plant()
    pick(rows, "monthly_values", source_id="s_p", month="2025-09")["value"] = Decimal("8000.004")
    deposit(rows, "2025-09").update(value=Decimal("0.8"), unit="10^4 t")
    assert failed(rows, "deposit.ledger") == []


def test_the_ledger_goes_before_the_reported_figure() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-09")["value"] = Decimal(8001)
    assert failed(rows, "deposit.ledger") == []


def test_without_a_source_the_reported_figure_stands_for_the_ledger() -> None:
    rows = plant()
    rows["sources"] = [row for row in rows["sources"] if row["source_id"] != "s_p"]
    assert failed(rows, "deposit.ledger") == []
    reported(rows, "clinker_produced_t", "2025-09")["value"] = Decimal(8001)
    assert failed(rows, "deposit.ledger") == [("clinker_produced_t", "deposits", "2025-09")]


def test_without_a_value_the_month_is_not_evaluated() -> None:
    rows = plant()
    deposit(rows, "2025-09")["value"] = None
    assert ("not_evaluated", "2025-09") in outcomes(context(rows), "deposit.ledger")
