"""提示：数字差异像什么；提示只解释，不判定。"""

from __future__ import annotations

from decimal import Decimal

import pytest

from verifierkit.checks.hints import hint, transposed
from verifierkit.checks.texts import messages
from verifierkit.constants import MJ_PER_MCAL, POWERS_OF_TEN


@pytest.mark.parametrize(
    ("observed", "expected", "found"),
    [
        ("5", "5", ""),
        ("5.0", "5", ""),
        ("-5", "5", "hint.sign"),
        ("50", "5", "hint.factor"),
        ("5", "5000", "hint.factor"),
        ("50000", "5", "hint.factor"),
        ("500000", "5", ""),
        ("-50", "5", "hint.factor"),
        ("50.0049", "5", "hint.factor"),
        ("50.006", "5", ""),
        ("20.934", "5", "hint.kcal"),
        ("5", "20.934", "hint.kcal"),
        ("20.94", "5", ""),
        ("1324.5", "1234.5", "hint.transposed"),
        ("1234.54", "1234.45", "hint.transposed"),
        ("1432.5", "1234.5", ""),
        ("1234.5", "1234.6", ""),
        ("0", "5", ""),
        ("5", "0", ""),
    ],
)
def test_differences_are_named(observed: str, expected: str, found: str) -> None:
    assert hint(Decimal(observed), Decimal(expected)) == found


def test_a_value_of_another_month_is_named_last() -> None:
    others = [Decimal("88.5"), Decimal(50)]
    assert hint(Decimal("88.50"), Decimal(5), others=others) == "hint.other_month"
    assert hint(Decimal(50), Decimal(5), others=others) == "hint.factor"
    assert hint(Decimal(7), Decimal(5), others=others) == ""


@pytest.mark.parametrize("factor", [*POWERS_OF_TEN, MJ_PER_MCAL])
@pytest.mark.parametrize("inverse", [False, True])
def test_every_factor_is_named_both_ways(factor: str, inverse: bool) -> None:
    value = Decimal("812.37")
    pair = (value, value * Decimal(factor))
    assert hint(*(pair[::-1] if inverse else pair)) in ("hint.factor", "hint.kcal")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12", "21", True),
        ("1.20", "2.1", True),
        ("10.5", "1.05", False),
        ("1200", "2100", True),
        ("-12", "-21", True),
        ("123", "123", False),
        ("1122", "1212", True),
        ("1001", "1010", True),
        ("19", "91.5", False),
    ],
)
def test_two_neighbours_exchanged_are_seen_whatever_the_trailing_zeros(one: str, other: str, same: bool) -> None:
    assert transposed(Decimal(one), Decimal(other)) is same
    assert transposed(Decimal(other), Decimal(one)) is same


def test_every_hint_has_words() -> None:
    for name in ("hint.sign", "hint.factor", "hint.kcal", "hint.transposed", "hint.other_month", "hint.wet"):
        assert set(messages()[name]) == {"zh", "en"}
