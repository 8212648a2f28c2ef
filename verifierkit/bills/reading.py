"""Readings of a register that counts up and rolls over."""

from __future__ import annotations

from decimal import Decimal


def turned_over(prior: Decimal, current: Decimal, digits: Decimal | int) -> bool:
    """Whether a smaller reading can be one turn of a register: the advance over it is at most half the register.

    A fall by less than half of it is no turn but a wrong reading, or a meter that was exchanged.
    """
    return current < prior and 2 * register_difference(prior, current, digits) <= Decimal(1).scaleb(int(digits))


def register_difference(prior: Decimal, current: Decimal, digits: Decimal | int | None) -> Decimal:
    """Difference of two register readings; one rollover is assumed where the current one is smaller.

    A register with n integer digits counts modulo 10^n. Without known digits a smaller reading stays negative.
    """
    if current >= prior or digits is None:
        return current - prior
    return current - prior + Decimal(1).scaleb(int(digits))
