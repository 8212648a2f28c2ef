"""Readings of a register that counts up and rolls over."""

from __future__ import annotations

from decimal import Decimal


def register_difference(prior: Decimal, current: Decimal, digits: Decimal | int | None) -> Decimal:
    """Difference of two register readings; one rollover is assumed where the current one is smaller.

    A register with n integer digits counts modulo 10^n. Without known digits a smaller reading stays negative.
    """
    if current >= prior or digits is None:
        return current - prior
    return current - prior + Decimal(1).scaleb(int(digits))
