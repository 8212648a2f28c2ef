"""Series for the pictures of the report, each straight from the map."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import Context, Subject
from verifierkit.checks.texts import facility_name
from verifierkit.columns import Row, select
from verifierkit.periods import month_bounds
from verifierkit.record.values import decimal_text, label
from verifierkit.series import Interval, Series
from verifierkit.units import convert
from verifierkit.verification import Verification

ENERGY = "MWh"
PRODUCTION = ("clinker_produced_t", "metal_produced_t")
FUEL = "fuel_consumed"


def pictures_part(verification: Verification) -> dict[str, Any]:
    """Settlement and meters, production and stock, coal, intensity against bands."""
    context = verification.context
    return {
        "settlement": list(_settlement(context)),
        "production": list(_production(context)),
        "coal": list(_coal(context)),
        "intensity": list(_intensity(verification)),
    }


def _settlement(context: Context) -> Iterator[dict[str, str]]:
    """Settled energy per bill period beside the meters of the same stream in its month."""
    flow = context.flow
    for source in flow.sources.values():
        if source["records"] != "settlement_bills":
            continue
        meter = _meter_series(context, source)
        for part in flow.series(source["source_id"]).intervals:
            month = _main_month(context, part)
            metered = meter.months.get(month) if meter else None
            yield {
                "stream": source["stream_id"],
                "month": month,
                "from": part.start.date().isoformat(),
                "to": part.end.date().isoformat(),
                "settled_mwh": decimal_text(convert(part.value, flow.series(source["source_id"]).unit, ENERGY)),
                "metered_mwh": decimal_text(convert(metered.value, meter.unit, ENERGY) if metered and meter else None),
            }


def _meter_series(context: Context, bill: Row) -> Series | None:
    for source in context.flow.sources_of(bill["stream_id"]):
        if source["records"] != "settlement_bills" and context.flow.independent(bill["source_id"], source["source_id"]):
            return context.flow.series(source["source_id"])
    return None


def _main_month(context: Context, part: Interval) -> str:
    """The month that holds most days of a period."""
    middle = part.start + (part.end - part.start) / 2
    return next((m for m in context.months if month_bounds(m)[0] <= middle.date() < month_bounds(m)[1]), "")


def _reported(context: Context, parameters: tuple[str, ...]) -> list[Subject]:
    seen, found = set(), []
    for subject in context.subjects:
        name = (subject.parameter.id, subject.facility, subject.item)
        if subject.parameter.id in parameters and name not in seen:
            seen.add(name)
            found.append(subject)
    return found


def _production(context: Context) -> Iterator[dict[str, str]]:
    """Reported output of each facility by month, and the counted stock of the store that it enters."""
    for subject in _reported(context, PRODUCTION):
        stocks = _stocks(context, subject)
        for month in context.months:
            value = context.value(subject.key(month))
            yield {
                "facility": subject.facility,
                "facility_name": facility_name(context, subject.facility),
                "parameter": subject.parameter.id,
                "month": month,
                "value": decimal_text(value),
                "stock": decimal_text(stocks.get(month)),
            }


def _stocks(context: Context, subject: Subject) -> dict[str, Decimal]:
    streams = context.flow.streams_for(subject.parameter.id, subject.facility, subject.item)
    nodes = {stream["to_node"] for stream in streams}
    rows = [row for node in sorted(nodes) for row in select(context.flow.tables["stock_counts"], node_id=node)]
    ends = {month_bounds(month)[1]: month for month in context.months}
    return {
        month: row["quantity_t"]
        for row in rows
        for end, month in ends.items()
        if row["counted_on"] and row["quantity_t"] is not None and (end - row["counted_on"]).days == 1
    }


def _coal(context: Context) -> Iterator[dict[str, str]]:
    """Coal consumed and its heat value by facility and month, as reported."""
    for subject in _reported(context, (FUEL,)):
        for month in context.months:
            heat = context.value(subject.key(month)._replace(parameter="fuel_ncv"))
            yield {
                "facility": subject.facility,
                "facility_name": facility_name(context, subject.facility),
                "item": subject.item,
                "month": month,
                "consumed_t": decimal_text(context.value(subject.key(month))),
                "ncv": decimal_text(heat),
            }


def _intensity(verification: Verification) -> Iterator[dict[str, Any]]:
    """What the band checks compared: one value per facility and period beside its band."""
    context = verification.context
    for result in verification.results:
        if not result.rule.startswith("band.") or result.observed is None:
            continue
        rule = context.rule(result.rule, result.track)
        band = rule.band(result.detail.get("quantity", ""))
        if band is None:
            continue
        yield {
            "facility": result.facility,
            "facility_name": facility_name(context, result.facility),
            "period": result.when,
            "rule": result.rule,
            "label": dict(band.label) if band.label else label(result.rule, result.rule),
            "value": decimal_text(result.observed),
            "unit": result.unit,
            "low": result.detail["low"].strip("-"),
            "high": result.detail["high"].strip("-"),
            "experience": band.experience,
            "outcome": result.outcome,
        }
