"""联合不确定度、临界值与账期折算。"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from verifierkit.checks.statistics import Accuracy, Part, critical_value, from_limit, standard_uncertainty
from verifierkit.checks.windows import Window, join, merge_windows, metered_over
from verifierkit.series import Interval


def test_one_comparison_at_5_percent_is_1_96() -> None:
    assert critical_value(Decimal("0.05"), 1) == Decimal("1.95996")


@given(st.integers(1, 500))
def test_all_comparisons_together_keep_the_share_of_the_budget(count: int) -> None:
    each = 2 * norm.sf(float(critical_value(Decimal("0.0125"), count)))
    assert 1 - (1 - each) ** count == pytest.approx(0.0125, rel=1e-3)


def test_a_bias_adds_up_over_the_year_and_the_period_part_in_quadrature() -> None:
    meter = Accuracy((("meter", Decimal("0.01")),), Decimal("0.02"))
    year = standard_uncertainty([Part(1, Decimal(100), meter)] * 12)
    assert float(year) == pytest.approx(sqrt((12 * 100 * 0.01) ** 2 + 12 * (100 * 0.02) ** 2))


def test_what_two_sources_share_cancels_in_their_difference() -> None:
    same = Accuracy((("meter", Decimal("0.01")),), Decimal(0))
    other = Accuracy((("another", Decimal("0.01")),), Decimal(0))
    assert standard_uncertainty([Part(1, Decimal(100), same), Part(-1, Decimal(100), same)]) == 0
    assert float(standard_uncertainty([Part(1, Decimal(100), same), Part(-1, Decimal(100), other)])) == pytest.approx(
        sqrt(2)
    )


def test_a_limit_is_an_even_spread() -> None:
    assert float(from_limit(Decimal("0.005"))) == pytest.approx(0.005 / sqrt(3))


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
    assert (found.value, found.uncertainty) == (Decimal(450), 0)
    assert metered_over([window(30, 91)], intervals("100", "200", "250")) is None


def test_a_split_takes_its_share_by_time_with_the_stated_uncertainty() -> None:
    found = metered_over([window(30, 45)], intervals("300", "300", "600"))
    assert found is not None
    assert found.value == 150
    step = 10  # per day: 10 to 10 to 20
    assert float(found.uncertainty) == pytest.approx(step * 30 * sqrt(0.25 / 2))


def test_windows_side_by_side_split_only_at_their_ends() -> None:
    readings = intervals("300", "300", "600", "300")
    pair = metered_over([window(15, 45), window(45, 90)], readings)
    assert pair is not None
    assert pair.value == 150 + 300 + 600
    assert pair.uncertainty == metered_over([window(15, 30)], readings).uncertainty  # type: ignore[union-attr]


def test_steady_power_has_no_splitting_uncertainty_and_one_reading_interval_tells_nothing() -> None:
    assert metered_over([window(0, 10)], intervals("300", "300")).uncertainty == 0  # type: ignore[union-attr]
    assert metered_over([window(0, 10)], intervals("300")) is None


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
