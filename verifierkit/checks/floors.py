"""Physical floors and ceilings: what no plant can do, whatever its meters say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Measured, Result, check
from verifierkit.checks.intensities import (
    CLINKER,
    METAL,
    Quantity,
    clinker_heat_kj_per_kg,
    constant,
    facilities,
    potential_metal_t,
    ratio,
    total,
)
from verifierkit.columns import Row, select
from verifierkit.constants import CENT
from verifierkit.errors import Place
from verifierkit.periods import month_days, month_of, months_of
from verifierkit.series import feed_months
from verifierkit.units import convert

Pair = tuple[Quantity, Decimal]  # observed quantity and its limit


def _months(
    context: Context,
    rule: str,
    facility: str,
    parameter: str,
    unit: str,
    compare: Callable[[str], Pair | None],
    *,
    ceiling: bool,
) -> Iterator[Result]:
    """Results of one rule at one facility: observed against limit month by month."""
    base: Measured = {"facility": facility, "stream": parameter, "parameter": parameter, "unit": unit}
    pairs = {month: pair for month in context.months if (pair := compare(month)) is not None}
    if not pairs:
        yield Result(rule, NOT_EVALUATED, period=str(context.year), message="floor.no_data", **base)
        return
    good = []
    for month, (quantity, limit) in pairs.items():
        if quantity.value <= limit if ceiling else quantity.value >= limit:
            good.append(month)
            continue
        observed, expected = quantity.value.quantize(CENT), limit.quantize(CENT)
        yield Result(
            rule, NOT_SATISFIED, months=(month,), observed=observed, expected=expected, places=quantity.places, **base
        )
    if good:
        yield Result(rule, SATISFIED, months=tuple(good), **base)


@check("floor.heat")
def heat(context: Context) -> Iterator[Result]:
    """Heat per clinker is not below the heat of formation."""
    limit = context.rule("floor.heat").limit("formation_heat")

    def compare(month: str, facility: str) -> Pair | None:
        quantity = clinker_heat_kj_per_kg(context, facility, month)
        return (quantity, limit) if quantity else None

    for line in facilities(context, "clinker_line"):
        yield from _months(
            context, "floor.heat", line, "fuel_consumed", "kJ/kg", partial(compare, facility=line), ceiling=False
        )


@check("floor.raw_meal")
def raw_meal(context: Context) -> Iterator[Result]:
    """Raw meal per tonne of clinker is not below what the mass balance gives."""
    rule = context.rule("floor.raw_meal")

    def compare(month: str, facility: str) -> Pair | None:
        feed = _raw_meal(context, facility, month)
        quantity = ratio(feed, total(context, CLINKER, facility, month), Decimal(1))
        return (quantity, rule.limit("ratio_low")) if quantity else None

    for line in facilities(context, "clinker_line"):
        yield from _months(
            context, "floor.raw_meal", line, CLINKER, "t/t", partial(compare, facility=line), ceiling=False
        )


def _raw_meal(context: Context, facility: str, month: str) -> Quantity | None:
    """Kiln feed of a line: the input of its ratio relation, else a reported raw-meal figure."""
    for stream in context.flow.streams_for(CLINKER, facility, ""):
        amount = feed_months(context.flow, stream["stream_id"]).get(month)
        if amount is not None:
            return Quantity(amount.value, amount.places)
    return total(context, "raw_meal_t", facility, month)


@check("floor.capacity")
def capacity(context: Context) -> Iterator[Result]:
    """Output does not exceed capacity, run time and margin together."""
    margin = context.rule("floor.capacity").limit("margin")
    for kind, product in (("clinker_line", CLINKER), ("potline", METAL)):
        for facility in facilities(context, kind):
            row = context.flow.facilities[facility]

            def compare(month: str, row: Row = row, product: str = product) -> Pair | None:
                made = total(context, product, row["facility_id"], month)
                daily = _daily_capacity(context, row)
                days = _run_days(context, row["facility_id"], month)
                return (made, daily * days * margin) if made and daily is not None else None

            yield from _months(context, "floor.capacity", facility, product, "t", compare, ceiling=True)


def _daily_capacity(context: Context, row: Row) -> Decimal | None:
    if row["capacity"] is None or row["capacity_unit"] not in ("t/d", "t/a"):
        return None
    days = sum(month_days(month) for month in months_of(context.year))
    return Decimal(row["capacity"]) if row["capacity_unit"] == "t/d" else Decimal(row["capacity"]) / days


def _run_days(context: Context, facility: str, month: str) -> Decimal:
    """Days that the kiln run log shows in operation; a day without a line counts as a day of operation."""
    rows = [
        row
        for row in select(context.flow.tables["kiln_runs"], facility_id=facility)
        if row["day"] and month_of(row["day"]) == month and row["run_hours"] is not None
    ]
    logged = convert(sum((row["run_hours"] for row in rows), Decimal(0)), "h", "d")
    return logged + month_days(month) - len(rows)


@check("floor.faraday")
def faraday(context: Context) -> Iterator[Result]:
    """Metal does not exceed what the line current can make, and the two records of cells agree."""
    efficiency = context.rule("floor.faraday").limit("current_efficiency")
    for facility in facilities(context, "potline"):
        rows = {row["month"]: row for row in select(context.flow.tables["pot_operation"], facility_id=facility)}

        def compare(month: str, rows: dict[str, Row] = rows, facility: str = facility) -> Pair | None:
            made = total(context, METAL, facility, month)
            possible = potential_metal_t(context, rows[month]) if month in rows else None
            if made is None or possible is None:
                return None
            return Quantity(made.value, (*made.places, *possible.places)), possible.value * efficiency

        yield from _months(context, "floor.faraday", facility, METAL, "t", compare, ceiling=True)
        yield from _cell_days(context, facility, rows)


def _cell_days(context: Context, facility: str, rows: dict[str, Row]) -> Iterator[Result]:
    """Mean cells in operation times days agrees with the cell-days of the pot log."""
    share = context.rule("floor.faraday").limit("cell_days")
    for month in context.months:
        row = rows.get(month)
        if row is None or row["cell_days"] is None or row["cells_in_operation"] is None:
            continue
        expected = row["cells_in_operation"] * month_days(month)
        if abs(expected - row["cell_days"]) > share * row["cell_days"]:
            yield Result(
                "floor.faraday",
                NOT_SATISFIED,
                facility=facility,
                months=(month,),
                stream=METAL,
                parameter=METAL,
                observed=expected,
                expected=row["cell_days"],
                unit="d",
                message="floor.faraday.cells",
                places=(row.cell("cells_in_operation"), row.cell("cell_days")),
            )


@check("floor.anode")
def anode(context: Context) -> Iterator[Result]:
    """Anode carbon is not below the stoichiometric minimum of the metal made."""
    least = constant_or_none(context)
    for facility in facilities(context, "potline"):

        def compare(month: str, facility: str = facility) -> Pair | None:
            used = total(context, "anode_consumed_t", facility, month)
            made = total(context, METAL, facility, month)
            if used is None or made is None or least is None:
                return None
            places: tuple[Place, ...] = (*used.places, *made.places)
            return Quantity(used.value, places), made.value * least

        yield from _months(context, "floor.anode", facility, "anode_consumed_t", "t", compare, ceiling=False)


def constant_or_none(context: Context) -> Decimal | None:
    """Stoichiometric carbon per tonne of metal where a pack holds it."""
    try:
        return constant(context, "anode_carbon_floor_t_per_t")
    except KeyError:
        return None
