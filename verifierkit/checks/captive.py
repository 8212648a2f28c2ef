"""Captive power units: counted once, in one place, and not left out.

A unit that files on its own (its verified emission is quoted) has no fuel among the host's fuel. Electricity of a unit
whose fuel is counted takes no factor in the same boundary. A unit inside of the boundary that ran is counted somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Figure, Result, check
from verifierkit.checks.keys import figure_deltas, figure_keys, in_unit, round_half_up
from verifierkit.columns import Row
from verifierkit.emissions import Key

ZERO = Decimal(0)
KIND, REPORTED, ENTITY_TRACK, CAPTIVE = "captive_unit", "reported", "entity", "captive"
FUEL, QUOTED = "fuel_consumed", "power_unit_co2_t"
UNIT_FUEL = "unit_fuel_consumed"  # fuel of a unit inside the host, as the captive-unit packs name it
CONSUMED, FACTOR, NET = (
    "electricity_consumed_mwh",
    "electricity_factor_tco2_per_mwh",
    "net_purchased_electricity_mwh",
)


@check("captive.double_counting")
def double_counting(context: Context) -> Iterator[Result]:
    """No fuel of a unit whose verified emission is quoted stands among the host's fuel."""
    for unit in _quoted(context):
        found = [*_burnt(context, unit), *_own_fuel(context, unit)]
        yield from found
        if not found:
            yield Result(
                "captive.double_counting", SATISFIED, unit, period=str(context.year), stream=QUOTED, source=REPORTED
            )


def _units(context: Context) -> list[str]:
    return [facility for facility, row in context.flow.facilities.items() if row["kind"] == KIND]


def _facility_of_node(context: Context, node: str | None) -> str:
    row = context.flow.nodes.get(node or "")
    return (row["facility_id"] or "") if row else ""


def _quoted(context: Context) -> list[str]:
    """Captive units whose emission the entity quotes: those that the quoted stream leaves, all where none is mapped."""
    figures = [figure for key, figure in context.figures.items() if key.parameter == QUOTED and figure.value > ZERO]
    if not figures:
        return []
    starts = (_facility_of_node(context, row["from_node"]) for row in _streams(context, QUOTED))
    units = _units(context)
    named = [unit for unit in dict.fromkeys(starts) if unit in units]
    return named or units


def _streams(context: Context, parameter: str) -> list[Row]:
    return [row for row in context.flow.streams.values() if row["parameter"] == parameter]


def _fuel_streams(context: Context, unit: str) -> list[Row]:
    """Streams of fuel, by whatever figure they feed, that end in a unit."""
    return [row for row in context.flow.streams.values() if _burns(context, row, unit)]


def _burns(context: Context, stream: Row, unit: str) -> bool:
    if _facility_of_node(context, stream["to_node"]) != unit or not stream["item"]:
        return False
    start = context.flow.nodes.get(stream["from_node"] or "")
    return start is None or start["quantity"] != "electricity"


def _burnt(context: Context, unit: str) -> Iterator[Result]:
    """Months in which fuel that enters the unit is reported as fuel of the host, with the amount to take off."""
    for stream in _fuel_streams(context, unit):
        source = context.flow.first_source(stream["stream_id"])
        if stream["parameter"] != FUEL or source is None:
            continue
        series = context.flow.series(source["source_id"])
        for month, amount in series.months.items():
            keys = [key for key in figure_keys(context, stream["stream_id"], FUEL, month) if context.value(key)]
            if keys and amount.value:
                yield Result(
                    "captive.double_counting", NOT_SATISFIED, unit, (month,), stream=stream["stream_id"],
                    source=REPORTED, parameter=FUEL, item=stream["item"] or "", observed=amount.value, expected=ZERO,
                    unit=series.unit, places=(*(context.figures[key].place for key in keys), *amount.places),
                    deltas=figure_deltas(context, source, month, -amount.value, series.unit),
                )  # fmt: skip


def _own_fuel(context: Context, unit: str) -> Iterator[Result]:
    """Fuel that is reported at the unit itself although its emission is quoted."""
    for key, figure in context.figures.items():
        monthly = key.period != str(context.year)
        if (key.parameter, key.facility) == (UNIT_FUEL, unit) and figure.value and monthly:
            yield Result(
                "captive.double_counting", NOT_SATISFIED, unit, (key.period,), stream=f"{UNIT_FUEL}:{key.item}",
                source=REPORTED, track=key.track, parameter=UNIT_FUEL, item=key.item, observed=figure.value,
                expected=ZERO, unit=figure.unit, places=(figure.place,), deltas=((key, -figure.value),),
            )  # fmt: skip


@check("captive.electricity_twice")
def electricity_twice(context: Context) -> Iterator[Result]:
    """Electricity of a unit whose fuel or emission is counted on a track takes no factor on that track."""
    for track, pack in context.packs.items():
        units = [unit for unit in _units(context) if _counted(context, track, unit)]
        if not units or not {CONSUMED, NET} & pack.parameters.keys():
            continue  # an edition that gives electricity no factor cannot count it twice
        found = [*_consumed(context, track), *_bought(context, track, units)]
        yield from found
        if not found:
            yield Result(
                "captive.electricity_twice", SATISFIED, context.flow.entity_id, period=str(context.year),
                stream=CAPTIVE, source=REPORTED, track=track,
            )  # fmt: skip


def _counted(context: Context, track: str, unit: str) -> bool:
    """Whether the fuel or the quoted emission of a unit stands in the figures of a track."""
    if unit in _quoted(context) and any((key.track, key.parameter) == (track, QUOTED) for key in context.figures):
        return True
    return any(key.track == track for stream in _fuel_streams(context, unit) for key in _fuel_keys(context, stream))


def _fuel_keys(context: Context, stream: Row) -> Iterable[Key]:
    """Reported figures other than zero that a stream of fuel feeds."""
    if stream["parameter"] != FUEL:
        return
    for month in context.months:
        yield from (key for key in figure_keys(context, stream["stream_id"], FUEL, month) if context.value(key))


def _consumed(context: Context, track: str) -> Iterator[Result]:
    """Captive electricity reported with a factor other than zero."""
    for key, figure in context.figures.items():
        if (key.track, key.parameter, key.item) == (track, CONSUMED, CAPTIVE) and figure.value:
            if not _factor(context, key) or (key.period == str(context.year) and _by_month(context, key)):
                continue
            yield _twice(context, key, figure, ZERO, figure.value)


def _by_month(context: Context, key: Key) -> bool:
    return any(key._replace(period=month) in context.figures for month in context.months)


def _factor(context: Context, key: Key) -> Decimal:
    """Factor of captive electricity at a facility: as reported, else the pack's; zero where the pack has none."""
    for period in (key.period, str(context.year)):
        value = context.value(key._replace(parameter=FACTOR, period=period))
        if value is not None:
            return value
    found = context.packs[key.track].find_value(FACTOR, year=context.year, item=CAPTIVE)
    return found.value if found else ZERO


def _bought(context: Context, track: str, units: list[str]) -> Iterator[Result]:
    """Net purchased electricity that is more than its own source by exactly what the units supplied."""
    for stream in _streams(context, NET):
        source = context.flow.first_source(stream["stream_id"])
        if source is None:
            continue
        series = context.flow.series(source["source_id"])
        for month in context.months:
            for key in figure_keys(context, stream["stream_id"], NET, month):
                figure = context.figures[key]
                own, supplied = in_unit(series, month, figure.unit), _supplied(context, units, month)
                digits = context.packs[key.track].parameters[NET].digits
                if key.track != track or key.period != month or own is None or not supplied:
                    continue
                if figure.value == round_half_up(own + supplied, digits):
                    yield _twice(context, key, figure, round_half_up(own, digits), figure.value - own)


def _supplied(context: Context, units: list[str], month: str) -> Decimal:
    """Electricity that captive units supplied to the plant in a month [MWh]."""
    rows = [row for row in context.flow.tables["generation"] if row["facility_id"] in units and row["month"] == month]
    return sum((row["supplied_mwh"] or ZERO for row in rows), ZERO)


def _twice(context: Context, key: Key, figure: Figure, expected: Decimal, change: Decimal) -> Result:
    months = (key.period,) if key.period != str(context.year) else ()
    stream = f"{key.parameter}:{key.item}" if key.item else key.parameter
    return Result(
        "captive.electricity_twice", NOT_SATISFIED, key.facility, months, "" if months else key.period, stream,
        REPORTED, key.track, key.parameter, key.item, figure.value, expected, unit=figure.unit,
        places=(figure.place,), deltas=((key, -change),),
    )  # fmt: skip


@check("captive.omitted")
def omitted(context: Context) -> Iterator[Result]:
    """A captive unit inside the boundary of the entity that ran in the year is counted by fuel or by its own report."""
    pack = context.packs.get(ENTITY_TRACK)
    if pack is None or not {FUEL, QUOTED} & pack.parameters.keys():
        return
    for unit in _units(context):
        if context.flow.facilities[unit]["in_entity_boundary"] and _ran(context, unit):
            yield _found(context, unit)


def _ran(context: Context, unit: str) -> bool:
    rows = [row for row in context.flow.tables["generation"] if row["facility_id"] == unit]
    made = any((row["gross_mwh"] or ZERO) > ZERO or (row["supplied_mwh"] or ZERO) > ZERO for row in rows)
    return made or any(_used(context, stream) for stream in _fuel_streams(context, unit))


def _used(context: Context, stream: Row) -> bool:
    series = context.flow.best_series(stream["stream_id"])
    return series is not None and any(amount.value for amount in series.months.values())


def _found(context: Context, unit: str) -> Result:
    """Whether a unit that ran is counted; not evaluated where its fuel is not mapped but the entity reports fuel."""
    places = (context.flow.facilities[unit].cell("kind"),)
    year = str(context.year)
    streams = [row for row in _fuel_streams(context, unit) if row["parameter"] == FUEL]
    counted = (
        unit in _quoted(context)
        or any(True for stream in streams for _ in _fuel_keys(context, stream))
        or any((key.parameter, key.facility) == (UNIT_FUEL, unit) for key in context.figures)
    )
    reported = any(
        (key.track, key.parameter) == (ENTITY_TRACK, FUEL) and figure.value for key, figure in context.figures.items()
    )
    if not counted and reported and not streams:
        message = "captive.omitted.unmapped"
        return Result("captive.omitted", NOT_EVALUATED, unit, (), year, QUOTED, REPORTED, ENTITY_TRACK, message=message)
    outcome = SATISFIED if counted else NOT_SATISFIED
    return Result("captive.omitted", outcome, unit, (), year, QUOTED, REPORTED, ENTITY_TRACK, places=places)
