"""Rounding as a step of a method: mode, digits and stage are data of the pack."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from verifierkit.constants import DECIMAL_DIGITS
from verifierkit.rulepack import Parameter

MODES = {"half_up": ROUND_HALF_UP}
EXACT = Context(prec=DECIMAL_DIGITS, rounding=ROUND_HALF_UP)


def rounded(value: Decimal, parameter: Parameter, *, yearly: bool) -> Decimal:
    """The value of a month or year as the pack rounds it; unchanged where the pack does not round at that stage."""
    if parameter.digits is None or (parameter.rounded_at == "year" and not yearly):
        return value
    return value.quantize(Decimal(1).scaleb(-parameter.digits), rounding=MODES[parameter.mode])
