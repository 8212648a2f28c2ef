"""Plausibility bands: intensities beside citable limits and experience, by month and for the year.

Months in which a facility made less than a share of its mean month are left out: a kiln that ran for days has no
meaningful intensity. The share and all bands stand in the packs; a case may override an experience band.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Measured, Result, check
from verifierkit.checks.experience import limits_of
from verifierkit.checks.intensities import PRODUCT, QUANTITIES, Quantity, facilities, total
from verifierkit.constants import CENT
from verifierkit.rulepack import Band

# rule -> quantity, facility kind, and the parameter that the finding is put on
BANDS = {
    "band.coal": ("clinker_coal_kgce_per_t", "clinker_line", "fuel_consumed"),
    "band.clinker_electricity": ("clinker_electricity_kwh_per_t", "clinker_line", "electricity_mwh"),
    "band.metal_electricity": ("metal_ac_kwh_per_t", "potline", "electricity_mwh"),
    "band.anode": ("anode_gross_kg_per_t", "potline", "anode_consumed_t"),
    "band.waste_heat": ("waste_heat_kwh_per_t", "waste_heat_unit", "electricity_mwh"),
}


@check(*BANDS)
def bands(context: Context) -> Iterator[Result]:
    """Each intensity lies inside its band."""
    for rule, (quantity, kind, parameter) in BANDS.items():
        band = _band(context, rule, quantity)
        if band is None:
            continue
        for facility in facilities(context, kind):
            yield from _facility(context, rule, quantity, facility, parameter, band)


def _band(context: Context, rule: str, quantity: str) -> tuple[Band, Decimal | None, Decimal | None] | None:
    band = context.rule(rule).band(quantity)
    if band is None:
        return None
    return band, *limits_of(context.case.meta, rule, band)


def _facility(
    context: Context,
    rule: str,
    quantity: str,
    facility: str,
    parameter: str,
    limits: tuple[Band, Decimal | None, Decimal | None],
) -> Iterator[Result]:
    band, low, high = limits
    base: Measured = {"facility": facility, "stream": parameter, "parameter": parameter, "unit": band.unit}
    detail = {"quantity": quantity, "low": _text(low), "high": _text(high), "label_zh": band.label["zh"]}
    detail |= {"label_en": band.label["en"]}
    months = [month for month in context.months if _full(context, rule, facility, month)]
    found = [(month, QUANTITIES[quantity](context, facility, month)) for month in months]
    known = [(month, quantity) for month, quantity in found if quantity is not None]
    if not known:
        period = str(context.year)
        yield Result(rule, NOT_EVALUATED, period=period, message="band.no_data", detail=detail, **base)
        return
    outside = [(month, quantity) for month, quantity in known if not _inside(quantity, low, high)]
    good = tuple(month for month, quantity in known if _inside(quantity, low, high))
    if good:
        middle = sorted(quantity.value for month, quantity in known if month in good)[len(good) // 2]
        yield Result(rule, SATISFIED, months=good, observed=_shown(middle), detail=detail, **base)
    for month, value in outside:
        yield Result(
            rule,
            NOT_SATISFIED,
            months=(month,),
            observed=_shown(value.value),
            detail=detail,
            places=value.places,
            **base,
        )


def _full(context: Context, rule: str, facility: str, month: str) -> bool:
    """Whether the facility made at least the least share of its mean month."""
    kind = context.flow.facilities[facility]["kind"]
    if kind not in PRODUCT:
        return True
    made = {m: q.value for m in context.months if (q := total(context, PRODUCT[kind], facility, m))}
    if month not in made:
        return True
    mean = sum(made.values(), Decimal(0)) / len(made)
    return made[month] >= mean * context.rule(rule).limit("least_share")


def _inside(quantity: Quantity, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or quantity.value >= low) and (high is None or quantity.value <= high)


def _shown(value: Decimal) -> Decimal:
    return value.quantize(CENT)


def _text(value: Decimal | None) -> str:
    return "-" if value is None else format(value, "f")
