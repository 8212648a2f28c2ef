"""临界值、判定与账期折算。"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from verifierkit.checks.statistics import Comparison, Trial, critical_value, verdicts
from verifierkit.checks.windows import Window, join, merge_windows, metered_over
from verifierkit.periods import months_of
from verifierkit.series import Interval

MONTHS = months_of(2025)


def test_one_comparison_at_5_percent_is_1_96() -> None:
    assert critical_value(Decimal("0.05"), 1) == Decimal("1.95996")


@given(st.integers(1, 500))
def test_all_comparisons_together_keep_the_share_of_the_budget(count: int) -> None:
    each = 2 * norm.sf(float(critical_value(Decimal("0.0125"), count)))
    assert 1 - (1 - each) ** count == pytest.approx(0.0125, rel=1e-3)


def comparison(excess: int, uncertainty: int, months: int = 1, side: int = 0) -> Comparison:
    """Two amounts that differ."""
    return Comparison(tuple(MONTHS[:months]), Decimal(100 + excess), Decimal(100), Decimal(uncertainty), side=side)


def spoken(months: list[Comparison], whole: Comparison | None) -> list[str]:
    """Periods of the failing results at a critical value of 3."""
    trial = Trial({"stream": "n"}, [replace(c, months=(m,)) for c, m in zip(months, MONTHS, strict=False)], whole)
    return [r.when for r in verdicts("balance.bus", trial, Decimal(3)) if r.outcome == "not_satisfied"]


def test_a_failing_month_speaks_for_itself() -> None:
    assert spoken([comparison(5, 1), *[comparison(0, 1)] * 11], comparison(5, 4, 12)) == ["2025-01"]
    assert spoken([comparison(50, 1), *[comparison(0, 1)] * 11], comparison(50, 4, 12)) == ["2025-01"]


def test_the_year_speaks_where_no_month_fails_or_where_it_says_more_than_those_that_do() -> None:
    assert spoken([comparison(2, 1)] * 12, comparison(24, 4, 12)) == ["2025"]
    some = [comparison(4 if k % 3 == 0 else 2, 1) for k in range(12)]
    assert spoken(some, comparison(32, 4, 12)) == ["2025"]
    assert spoken(some, comparison(14, 4, 12)) == [f"2025-{month}" for month in ("01", "04", "07", "10")]


def test_an_error_of_some_months_is_not_of_the_year_however_large() -> None:
    large = [comparison(400, 40), comparison(300, 30), *[comparison(0, 1)] * 10]
    assert spoken(large, comparison(700, 41, 12)) == ["2025-01", "2025-02"]
    assert spoken([*large[:2], *[comparison(-2, 1)] * 10], comparison(680, 41, 12)) == ["2025-01", "2025-02"]


def test_months_beyond_their_limit_are_never_called_satisfied() -> None:
    some = [replace(comparison(4 if k % 3 == 0 else 2, 1), months=(MONTHS[k],)) for k in range(12)]
    results = list(verdicts("balance.bus", Trial({}, some, comparison(32, 4, 12)), Decimal(3)))
    assert [(r.outcome, r.when) for r in results] == [
        ("satisfied", "2025-02/2025-03;2025-05/2025-06;2025-08/2025-09;2025-11/2025-12"), ("not_satisfied", "2025"),
    ]  # fmt: skip


def test_where_every_month_fails_the_months_speak() -> None:
    assert len(spoken([comparison(4, 1)] * 12, comparison(48, 4, 12))) == 12


def test_what_lies_on_the_side_that_cannot_fail_is_no_excess() -> None:
    assert spoken([comparison(-50, 1, side=1)] * 12, comparison(-600, 4, 12, side=1)) == []


START = datetime(2025, 1, 1)


def day(number: int) -> datetime:
    """Midnight that opens a day, counted from 0."""
    return START + timedelta(days=number)


def window(first: int, last: int, value: str = "0", *, estimated: bool = False) -> Window:
    """A window of days [first, last)."""
    return Window(day(first), day(last), Decimal(value), Decimal(value), (f"{first}",), (), estimated)


def intervals(*values: str, length: int = 30) -> list[Interval]:
    """Readings every 30 days."""
    return [Interval(day(i * length), day((i + 1) * length), Decimal(v), ()) for i, v in enumerate(values)]


def test_a_window_that_the_readings_cut_is_exact() -> None:
    found = metered_over([window(30, 90)], intervals("100", "200", "250"))
    assert found is not None
    assert (found.value, found.split) == (Decimal(450), 0)
    assert metered_over([window(30, 91)], intervals("100", "200", "250")) is None


def test_a_split_takes_its_share_by_time_and_says_what_a_change_of_rate_would_move() -> None:
    found = metered_over([window(30, 45)], intervals("300", "300", "600"))
    assert found is not None
    assert found.value == 150
    slow, fast = Decimal(5), Decimal(15)  # per day before and after a cut in the middle: apart by the mean rate of 10
    assert abs(slow * 15 - found.value) == abs(fast * 15 - found.value) == found.split


def test_windows_side_by_side_split_only_at_their_ends() -> None:
    readings = intervals("300", "300", "600", "300")
    pair = metered_over([window(15, 45), window(45, 90)], readings)
    assert pair is not None
    assert pair.value == 150 + 300 + 600
    assert pair.split == metered_over([window(15, 30)], readings).split  # type: ignore[union-attr]


def test_a_cut_near_a_reading_moves_less_and_one_reading_interval_is_split_like_any_other() -> None:
    near, far = (metered_over([window(0, days)], intervals("300", "300")) for days in (3, 15))
    assert (near.split, far.split) == (27, 75)  # type: ignore[union-attr]
    assert metered_over([window(0, 3)], intervals("300")) == near


def test_estimated_bills_and_bills_within_one_reading_interval_join() -> None:
    readings = intervals("300", "300", "300")
    found = merge_windows([window(45, 60), window(0, 30), window(30, 45)], readings)
    assert [(w.start, w.end) for w in found] == [(day(0), day(30)), (day(30), day(60))]
    estimated = merge_windows([window(0, 30, estimated=True), window(30, 60)], readings)
    assert [(w.start, w.end, w.estimated) for w in estimated] == [(day(0), day(60), False)]
    assert join([window(0, 30, "5"), window(30, 60, "7")]).settled == 12


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8), st.data())
def test_splits_of_one_span_add_up_to_it(amounts: list[int], data: st.DataObject) -> None:
    readings = intervals(*map(str, amounts))
    cut = data.draw(st.integers(1, 30 * len(amounts) - 1))
    both = [metered_over([part], readings) for part in (window(0, cut), window(cut, 30 * len(amounts)))]
    total = sum((part.value for part in both if part), Decimal(0))
    assert abs(total - sum(amounts)) < Decimal("1e-18")
