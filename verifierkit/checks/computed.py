"""Figures that a reading of the rules computes from the case: the factor of a captive plant, the share of butts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Figure, Result
from verifierkit.checks.keys import round_half_up
from verifierkit.clarifications import Clarification, Using
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.rulepack import Label
from verifierkit.series import converted

ZERO = Decimal(0)
CAPTIVE = "captive_unit"
MEASURED, LANGUAGES = "measured", ("zh", "en")
Found = Decimal | Label


def captive_plant_factor(context: Context, facility: str) -> Found:
    """Emission of the captive units over what they supplied in the months looked at [tCO2/MWh].

    Fuel burned is that of the streams into the units, at the heat value, carbon content and oxidation that the case
    reports for the fuel, else those of the pack; supply is that of the electricity streams out of them.
    """
    nodes = [node["node_id"] for node in context.flow.tables["nodes"] if _captive(context, node["facility_id"])]
    nodes += [
        row["from_node"]
        for row in context.flow.streams.values()
        if _power(row) and _captive(context, row["facility_id"])
    ]
    nodes = [node for node in dict.fromkeys(nodes) if _makes_power(context, node)]
    supplied = _total(context, [row for node in nodes for row in context.flow.outflows(node) if _power(row)], "MWh")
    fuels = [row for node in nodes for row in context.flow.inflows(node) if _burns(context, row)]
    if not supplied or not fuels:
        return {
            "zh": "没有自备机组的入炉燃料或供电量记录",
            "en": "there is no record of the fuel burned in the captive unit or of its supply",
        }
    gaps = [row for node in nodes for row in context.flow.outflows(node) if _power(row)] + fuels
    if any(_gaps(context, row) for row in gaps):
        return {
            "zh": "自备机组的入炉燃料或供电量记录没有覆盖全部月份",
            "en": "the records of the captive unit's fuel or supply do not cover every month",
        }
    emission = ZERO
    for row in fuels:
        burned = _fuel(context, row)
        if isinstance(burned, Decimal):
            emission += burned
        else:
            return burned
    return emission / supplied


def _captive(context: Context, facility: str | None) -> bool:
    row = context.flow.facilities.get(facility or "")
    return row is not None and row["kind"] == CAPTIVE


def _power(row: Row) -> bool:
    return bool(row["unit"] in ("MWh", "kWh", "10^4 kWh"))


def _makes_power(context: Context, node: str) -> bool:
    """Whether a node burns a fuel and gives electricity: a captive unit, not the bus behind it."""
    return any(_power(row) for row in context.flow.outflows(node)) and any(
        _burns(context, row) for row in context.flow.inflows(node)
    )


def _burns(context: Context, row: Row) -> bool:
    """Whether a stream carries a fuel that one of the packs knows."""
    values = [value for pack in context.packs.values() for value in pack.values.get("carbon_content_tc_per_gj", ())]
    return bool(row["item"]) and row["item"] in {value.item for value in values}


def _total(context: Context, rows: list[Row], unit: str) -> Decimal:
    amounts = [amount for row in rows for amount in _months(context, row, unit)]
    return sum(amounts, ZERO)


def _months(context: Context, row: Row, unit: str) -> Iterator[Decimal]:
    source = context.flow.first_source(row["stream_id"], row["parameter"] or "")
    if source is None:
        return
    series = context.flow.series(source["source_id"])
    for month in context.months:
        amount = series.months.get(month)
        value = converted(amount.value, series.unit, unit) if amount else None
        if value is not None:
            yield value


def _gaps(context: Context, row: Row) -> bool:
    """Whether a stream that has a source lacks a month."""
    source = context.flow.first_source(row["stream_id"], row["parameter"] or "")
    return source is not None and not set(context.months) <= set(context.flow.series(source["source_id"]).months)


def _fuel(context: Context, row: Row) -> Found:
    """Emission of one fuel of the captive units over the months looked at [tCO2]."""
    for track in sorted(context.packs):  # the entity track holds the fuel of the whole enterprise
        pack = context.packs[track]
        names = ("fuel_consumed", "fuel_ncv", "carbon_content_tc_per_gj", "oxidation_fraction")
        if not set(names) <= set(pack.parameters) or "co2_per_c" not in pack.constants:
            continue
        factors = [_factor(context, track, name, row["item"]) for name in names[1:]]
        held = [value for value in factors if value is not None]
        if len(held) == len(factors):
            burned = _total(context, [row], pack.parameters["fuel_consumed"].unit_of(row["item"]))
            emission = burned * pack.constants["co2_per_c"].value
            for value in held:
                emission *= value
            return emission
    zh = f"没有{row['item']}的热值、含碳量或氧化率"
    return {"zh": zh, "en": f"heat value, carbon content or oxidation of {row['item']} is missing"}


def _factor(context: Context, track: str, name: str, item: str) -> Decimal | None:
    """Factor of a fuel: what the entity reports for the year, the mean of its months, else the pack's default."""
    entity = context.flow.entity_id
    own = Key(track, name, entity, item, str(context.year))
    if own in context.figures:
        return context.figures[own].value
    months = [
        context.figures[key].value for month in context.months if (key := own._replace(period=month)) in context.figures
    ]
    if months:
        return sum(months, ZERO) / len(months)
    kinds = (CAPTIVE, context.flow.facilities[entity]["kind"]) if entity in context.flow.facilities else (CAPTIVE,)
    for kind in kinds:
        found = context.packs[track].find_value(name, year=context.year, item=item, facility_kind=kind)
        if found is not None:
            return found.value
    return None


def butts_share(context: Context, facility: str) -> Found:
    """Butts returned over new anodes set, from the anode ledger of a potline (fraction)."""
    streams = {key for key, row in context.flow.streams.items() if row["facility_id"] == facility}
    sources = {row["source_id"] for row in context.flow.tables["sources"] if row["stream_id"] in streams}
    rows = [
        row
        for row in context.flow.tables["anodes"]
        if row["source_id"] in sources
        and row["month"] in context.months
        and row["set_t"]
        and row["butts_t"] is not None
    ]
    made = sum((row["set_t"] for row in rows), ZERO)
    if not made or len({row["month"] for row in rows}) < len(context.months):
        return {"zh": "阳极台账没有各月的残极返回量", "en": "the anode ledger does not give the butts of every month"}
    return sum((row["butts_t"] for row in rows), ZERO) / made


def figures_of(context: Context, question: Clarification) -> Iterator[Figure]:
    """Reported figures of the parameters, items and facilities of a question about the rules."""
    for key, figure in context.figures.items():
        row = context.flow.facilities.get(key.facility)
        if row is None or not {context.packs[key.track].id, context.packs[key.track].extends} & set(question.packs):
            continue
        kind, facility_class = row["kind"] or "", row["facility_class"] or ""
        if (
            key.parameter in question.parameters
            and (not question.items or key.item in question.items)
            and (not question.facility_kinds or kind in question.facility_kinds)
            and (not question.facility_classes or facility_class in question.facility_classes)
        ):
            yield figure


def factors_of_readings(context: Context, rule: str) -> Iterator[Result]:
    """Reported factors against what the reading that the case uses computes from the records of the case.

    Nothing is said of a part of a year, of a factor that was measured, and of an overlay, which computes the factor itself.
    """
    if not context.part_year:
        for using, figure in read_figures(context):
            yield _against(context, rule, using, figure)


def read_figures(context: Context) -> Iterator[tuple[Using, Figure]]:
    """Reported figures, none of them measured, that the reading in use computes from the records of the case."""
    for using in context.readings:
        if using.reading.change.computed and using.chosen_by != "overlay":
            yield from ((using, one) for one in figures_of(context, using.question) if one.route != MEASURED)


def _against(context: Context, rule: str, using: Using, figure: Figure) -> Result:
    key, change = figure.key, using.reading.change
    yearly = key.period == str(context.year)
    base = Result(
        rule, NOT_EVALUATED, key.facility, () if yearly else (key.period,), key.period if yearly else "",
        f"{key.parameter}:{key.item}" if key.item else key.parameter, "reported", key.track, key.parameter, key.item,
        unit=figure.unit, places=(figure.place,), detail={f"reading_{lang}": using.reading.label[lang] for lang in LANGUAGES},
    )  # fmt: skip
    found = COMPUTED[change.computed](context, key.facility)
    if not isinstance(found, Decimal):
        reason = {f"reason_{lang}": found[lang] for lang in LANGUAGES}
        return replace(base, message=f"{rule}.reading_missing", detail={**base.detail, **reason})
    digits = change.digits if change.digits is not None else context.packs[key.track].parameters[key.parameter].digits
    if digits is None:
        digits = max(0, -int(figure.value.as_tuple().exponent))
    expected = round_half_up(found, digits)
    told = replace(base, observed=figure.value, expected=expected, message=f"{rule}.reading")
    if figure.value == expected:
        return replace(told, outcome=SATISFIED, message="", places=())
    return replace(told, outcome=NOT_SATISFIED, deltas=((key, expected - figure.value),))


COMPUTED: Mapping[str, Callable[[Context, str], Found]] = {
    "captive_plant_factor": captive_plant_factor,
    "butts_share": butts_share,
}
