"""What a difference looks like: small pure tests that put a name to it. A hint explains; it decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from verifierkit.constants import FOUR_DECIMALS, MJ_PER_MCAL, POWERS_OF_TEN


def hint(observed: Decimal, expected: Decimal, *, others: Iterable[Decimal] = ()) -> str:
    """Message id of what the difference looks like, "" where nothing fits.

    Parameters
    ----------
    observed, expected
        The two values in one unit.
    others
        Other months of the same series: a match means a month pasted or swapped.
    """
    if observed == expected:
        return ""
    if observed == -expected:
        return "hint.sign"
    for factor in POWERS_OF_TEN:
        if _ratio_is(observed, expected, factor):
            return "hint.factor"
    if _ratio_is(observed, expected, MJ_PER_MCAL):
        return "hint.kcal"
    if transposed(observed, expected):
        return "hint.transposed"
    if observed in set(others):
        return "hint.other_month"
    return ""


def _ratio_is(observed: Decimal, expected: Decimal, factor: Decimal) -> bool:
    """Whether the ratio is the factor or its inverse to four digits."""
    if not observed or not expected:
        return False
    ratio = max(abs(observed / expected), abs(expected / observed))
    return abs(ratio / factor - 1) < FOUR_DECIMALS


def transposed(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers hold the same digits with exactly two neighbours exchanged."""
    first, second = _aligned(one, other)
    if len(first) != len(second):
        return False
    places = [index for index, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and (first[places[0]], first[places[1]]) == (second[places[1]], second[places[0]])
    )


def _aligned(one: Decimal, other: Decimal) -> tuple[str, str]:
    digits = max(-int(value.normalize().as_tuple().exponent) for value in (one, other))
    digits = max(digits, 0)
    texts = [f"{value:.{digits}f}".replace(".", "") for value in (one, other)]
    return texts[0], texts[1]
