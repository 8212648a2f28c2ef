"""Quantities per tonne from reported figures, for floors and bands. A quantity without all its inputs is absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from verifierkit.checks.base import Context, Figure
from verifierkit.columns import Row, select
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.periods import month_days
from verifierkit.units import convert

ZERO = Decimal(0)
CLINKER, METAL, ANODE = "clinker_produced_t", "metal_produced_t", "anode_consumed_t"
ELECTRICITY = ("electricity_mwh", "electricity_consumed_mwh")


@dataclass(frozen=True)
class Quantity:
    """A derived value with the cells that it was computed from."""

    value: Decimal
    places: tuple[Place, ...]


def figures(context: Context, parameter: str, facility: str, period: str) -> list[Figure]:
    """Reported figures of a parameter at a facility and period, all items, of the first track that has them."""
    found = (context.figures_at.get((track, parameter, facility, period)) for track in context.packs)
    return next((figures for figures in found if figures), [])


def total(context: Context, parameter: str, facility: str, period: str) -> Quantity | None:
    """Sum over items of a reported parameter."""
    found = figures(context, parameter, facility, period)
    if not found:
        return None
    return Quantity(sum((figure.value for figure in found), ZERO), tuple(figure.place for figure in found))


def fuel_heat_gj(context: Context, facility: str, period: str) -> Quantity | None:
    """Heat of all fuels reported at a facility [GJ]."""
    heat, places = ZERO, []
    for figure in figures(context, "fuel_consumed", facility, period):
        ncv = _heat_value(context, figure.key._replace(parameter="fuel_ncv"))
        if ncv is None:
            return None
        heat += figure.value * ncv.value
        places += [figure.place, ncv.place]
    return Quantity(heat, tuple(places)) if places else None


def _heat_value(context: Context, key: Key) -> Figure | None:
    """Heat value of the month; that of the year where the case reports no month of it."""
    months = (key._replace(period=month) for month in context.months)
    if not any(month in context.figures for month in months):
        return context.figures.get(key._replace(period=str(context.year)))
    return context.figures.get(key)


def ratio(above: Quantity | None, below: Quantity | None, factor: Decimal) -> Quantity | None:
    """Quotient times a factor; None where an input is missing or nothing was produced."""
    if above is None or below is None or below.value <= 0:
        return None
    return Quantity(above.value / below.value * factor, (*above.places, *below.places))


def constant(context: Context, name: str) -> Decimal:
    """A cited constant of the packs."""
    for pack in context.packs.values():
        if name in pack.constants:
            return pack.constants[name].value
    raise KeyError(name)


def clinker_coal_kgce_per_t(context: Context, facility: str, period: str) -> Quantity | None:
    """Fuel heat per tonne of clinker [kgce/t]."""
    factor = convert(Decimal(1), "GJ", "MJ") / constant(context, "kgce_mj")
    return ratio(fuel_heat_gj(context, facility, period), total(context, CLINKER, facility, period), factor)


def clinker_heat_kj_per_kg(context: Context, facility: str, period: str) -> Quantity | None:
    """Fuel heat per kilogram of clinker [kJ/kg]."""
    factor = convert(Decimal(1), "GJ/t", "kJ/kg")
    return ratio(fuel_heat_gj(context, facility, period), total(context, CLINKER, facility, period), factor)


def electricity_mwh(context: Context, facility: str, period: str) -> Quantity | None:
    """Electricity reported at a facility, all sources [MWh]."""
    found = (total(context, parameter, facility, period) for parameter in ELECTRICITY)
    return next((quantity for quantity in found if quantity is not None), None)


def clinker_electricity_kwh_per_t(context: Context, facility: str, period: str) -> Quantity | None:
    """Electricity per tonne of clinker [kWh/t]."""
    factor = convert(Decimal(1), "MWh/t", "kWh/t")
    return ratio(electricity_mwh(context, facility, period), total(context, CLINKER, facility, period), factor)


def metal_ac_kwh_per_t(context: Context, facility: str, period: str) -> Quantity | None:
    """AC electricity per tonne of molten metal [kWh/t]."""
    factor = convert(Decimal(1), "MWh/t", "kWh/t")
    return ratio(electricity_mwh(context, facility, period), total(context, METAL, facility, period), factor)


def anode_gross_kg_per_t(context: Context, facility: str, period: str) -> Quantity | None:
    """Gross anodes per tonne of metal [kg/t]."""
    factor = convert(Decimal(1), "t/t", "kg/t")
    return ratio(total(context, ANODE, facility, period), total(context, METAL, facility, period), factor)


def waste_heat_kwh_per_t(context: Context, facility: str, period: str) -> Quantity | None:
    """Gross waste-heat power of a unit per tonne of clinker of all lines [kWh/t]."""
    rows = [
        row
        for row in select(context.flow.tables["generation"], facility_id=facility)
        if row["gross_mwh"] is not None and (row["month"] or "").startswith(period) and row["month"] in context.months
    ]
    lines = [key for key, row in context.flow.facilities.items() if row["kind"] == "clinker_line"]
    clinker = [quantity for line in lines if (quantity := total(context, CLINKER, line, period))]
    if not rows or not clinker:
        return None
    power = Quantity(sum((row["gross_mwh"] for row in rows), ZERO), tuple(row.cell("gross_mwh") for row in rows))
    made = Quantity(sum((q.value for q in clinker), ZERO), tuple(place for q in clinker for place in q.places))
    return ratio(power, made, convert(Decimal(1), "MWh/t", "kWh/t"))


QUANTITIES: Mapping[str, Callable[[Context, str, str], Quantity | None]] = {
    function.__name__: function
    for function in (
        clinker_coal_kgce_per_t,
        clinker_heat_kj_per_kg,
        clinker_electricity_kwh_per_t,
        metal_ac_kwh_per_t,
        anode_gross_kg_per_t,
        waste_heat_kwh_per_t,
    )
}
PRODUCT = {"clinker_line": CLINKER, "potline": METAL}


def facilities(context: Context, kind: str) -> Iterator[str]:
    """Facilities of a kind."""
    return (key for key, row in context.flow.facilities.items() if row["kind"] == kind)


def potential_metal_t(context: Context, row: Row) -> Quantity | None:
    """Metal that the line current of a month can make at full current efficiency [t].

    Notes
    -----
    m = k I N h with k = 0.33556 kg/kAh and N h the cell-hours: the log's cell-days, else mean cells times days.
    """
    cell_days = row["cell_days"]
    if cell_days is None and row["cells_in_operation"] is not None:
        cell_days = row["cells_in_operation"] * month_days(row["month"])
    if cell_days is None or row["current_ka"] is None:
        return None
    hours = convert(cell_days, "d", "h")
    kilograms = constant(context, "faraday_kg_per_kah") * row["current_ka"] * hours
    places = (row.cell("current_ka"), row.cell("cell_days"), row.cell("cells_in_operation"))
    return Quantity(convert(kilograms, "kg", "t"), places)
