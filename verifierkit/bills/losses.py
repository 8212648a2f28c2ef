"""Losses that a bill adds to what the meter counted: transformer (fixed and variable) and line.

The parameters are those of the supply contract: nothing is assumed. The item of the transmission link that is called
a line loss (上网环节线损费用) is money; it has no function here, and :func:`verifierkit.bills.recompute` shows it apart.
"""

from __future__ import annotations

from decimal import Decimal

from verifierkit.bills.steps import Step, plain
from verifierkit.errors import UsageError

ZERO = Decimal(0)


def transformer_loss(
    *, metered_kwh: Decimal, no_load_kw: Decimal, energised_h: Decimal, load_share: Decimal
) -> tuple[Step, Step]:
    """Fixed and variable loss of a transformer behind the meter [kWh].

    Parameters
    ----------
    metered_kwh
        Energy counted on the low-voltage side over the period [kWh].
    no_load_kw
        No-load loss P0 of the transformer [kW].
    energised_h
        Hours of the period in which it was energised [h].
    load_share
        Variable loss as a share of the metered energy [1], as the contract states it.

    Returns
    -------
    tuple
        The fixed step P0 x hours and the variable step k x metered, unrounded.

    Raises
    ------
    UsageError
        If a parameter is negative.
    """
    _not_negative(no_load_kw=no_load_kw, energised_h=energised_h, load_share=load_share)
    fixed = Step("fixed_loss", f"{plain(no_load_kw)} x {plain(energised_h)}", no_load_kw * energised_h)
    variable = Step("variable_loss", f"{plain(load_share)} x {plain(metered_kwh)}", load_share * metered_kwh)
    return fixed, variable


def line_loss(*, metered_kwh: Decimal, share: Decimal) -> Step:
    """Loss of the customer's own line between the point of supply and the meter [kWh]: a share of the metered energy.

    Raises
    ------
    UsageError
        If the share is negative.
    """
    _not_negative(share=share)
    return Step("line_loss", f"{plain(share)} x {plain(metered_kwh)}", share * metered_kwh)


def _not_negative(**values: Decimal) -> None:
    for name, value in values.items():
        if value < ZERO:
            raise UsageError(f"{name} must not be negative, found {value}")
