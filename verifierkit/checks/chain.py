"""The recalculation chain, link by link: record, ledger, reported month, reported year.

Each link is tested on its own inputs, so that an error fails the link where it enters and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from verifierkit.checks.base import (
    NOT_EVALUATED,
    NOT_SATISFIED,
    SATISFIED,
    About,
    Context,
    Dated,
    Measured,
    Result,
    Subject,
    check,
)
from verifierkit.checks.completeness import RESTING
from verifierkit.checks.computed import factors_of_readings
from verifierkit.checks.hints import hint
from verifierkit.checks.keys import (
    feeds_report,
    figure_deltas,
    in_unit,
    printed_digits,
    round_half_up,
    source_for,
)
from verifierkit.columns import Row
from verifierkit.emissions import Key, Step, recompute_one
from verifierkit.errors import Place
from verifierkit.flowmap import INDEPENDENT
from verifierkit.series import Series

ZERO = Decimal(0)
MEASURED_ROLES = ("activity", "factor", "production", "auxiliary")
DEFAULT_ROUTES = ("default", "calculated")


@check("chain.ledger")
def ledger(context: Context) -> Iterator[Result]:
    """A ledger month equals the sum (or weighted mean) of the records that it derives from."""
    for source in context.flow.sources.values():
        origin = source["derives_from"]
        if origin in (None, "", INDEPENDENT) or origin not in context.flow.sources:
            continue
        yield from _ledger_months(context, source, context.flow.series(origin))


def _ledger_months(context: Context, source: Row, records: Series) -> Iterator[Result]:
    series = context.flow.series(source["source_id"])
    digits = printed_digits(amount.value for amount in series.months.values())
    reports = feeds_report(context, source)
    good, unknown = [], []
    for month, amount in series.months.items():
        found = in_unit(records, month, series.unit)
        if found is None:
            unknown.append(month)
            continue
        expected = round_half_up(found, digits)
        if expected == amount.value:
            good.append(month)
            continue
        change = expected - amount.value
        yield Result(
            "chain.ledger",
            NOT_SATISFIED,
            months=(month,),
            observed=amount.value,
            expected=expected,
            unit=series.unit,
            hint=hint(amount.value, expected, others=_others(records, month, series.unit, digits)),
            detail={"record_source": source["derives_from"]},
            places=(*amount.places, *records.months[month].places),
            deltas=figure_deltas(context, source, month, change, series.unit) if reports else (),
            **_of(context, source),
        )
    if unknown:
        detail = {"record_source": source["derives_from"]}
        message = "chain.ledger.no_records"
        base = _of(context, source)
        yield Result("chain.ledger", NOT_EVALUATED, months=tuple(unknown), message=message, detail=detail, **base)
    if good:
        yield Result("chain.ledger", SATISFIED, months=tuple(good), **_of(context, source))


def _of(context: Context, source: Row) -> About:
    stream = context.flow.streams[source["stream_id"]]
    return {
        "facility": stream["facility_id"] or "",
        "stream": source["stream_id"],
        "source": source["source_id"],
        "parameter": source["parameter"] or stream["parameter"] or "",
        "item": stream["item"] or "",
    }


def _others(series: Series, month: str, unit: str, digits: int | None) -> list[Decimal]:
    """Values of the other months as they would be printed."""
    values = (in_unit(series, other, unit) for other in series.months if other != month)
    return [round_half_up(value, digits) for value in values if value is not None]


@check("chain.report")
def report(context: Context) -> Iterator[Result]:
    """A reported month equals the rank-1 source of its quantity."""
    for subject in context.subjects:
        if subject.parameter.role not in MEASURED_ROLES:
            continue
        if context.monthly(subject):
            yield from _report_months(context, subject)
        elif not context.part_year:
            yield from _report_year(context, subject)


def _report_months(context: Context, subject: Subject) -> Iterator[Result]:
    figures = [
        (month, context.figures[subject.key(month)])
        for month in context.months
        if subject.key(month) in context.figures
    ]
    measured = [(month, figure) for month, figure in figures if figure.route not in DEFAULT_ROUTES]
    if not measured:
        return
    source = source_for(context, subject)
    base: About = {"track": subject.track, "facility": subject.facility, "item": subject.item}
    base |= {"parameter": subject.parameter.id}
    if source is None:
        months = tuple(month for month, _ in measured)
        message = "chain.report.no_source"
        base["stream"] = subject.name
        yield Result("chain.report", NOT_EVALUATED, months=months, message=message, **base)
        return
    base |= {"stream": source["stream_id"], "source": source["source_id"]}
    series = context.flow.series(source["source_id"])
    good, unknown = [], []
    for month, figure in measured:
        found = in_unit(series, month, figure.unit)
        if found is None:
            unknown.append(month)
            continue
        expected = round_half_up(found, subject.parameter.digits)
        if expected == figure.value:
            good.append(month)
            continue
        yield Result(
            "chain.report",
            NOT_SATISFIED,
            months=(month,),
            observed=figure.value,
            expected=expected,
            unit=figure.unit,
            hint=hint(figure.value, expected, others=_others(series, month, figure.unit, subject.parameter.digits)),
            places=(figure.place, *series.months[month].places),
            deltas=((figure.key, expected - figure.value),),
            **base,
        )
    if unknown:
        message = "chain.report.no_value"
        yield Result("chain.report", NOT_EVALUATED, months=tuple(unknown), message=message, **base)
    if good:
        yield Result("chain.report", SATISFIED, months=tuple(good), **base)


def _report_year(context: Context, subject: Subject) -> Iterator[Result]:
    """A quantity reported for the year only equals the sum of its source's months."""
    key = subject.key(str(context.year))
    figure, source = context.figures.get(key), source_for(context, subject)
    if figure is None or source is None or figure.route in DEFAULT_ROUTES or subject.parameter.year != "sum":
        return
    base: Dated = {"track": subject.track, "facility": subject.facility, "item": subject.item, "period": key.period}
    base |= {"parameter": subject.parameter.id, "stream": source["stream_id"], "source": source["source_id"]}
    base["unit"] = figure.unit
    series = context.flow.series(source["source_id"])
    values = [value for month in series.months if (value := in_unit(series, month, figure.unit)) is not None]
    wanted = 1 if source["records"] in RESTING else len(context.months)
    if len(values) < wanted:
        yield Result("chain.report", NOT_EVALUATED, message="chain.report.no_value", places=(figure.place,), **base)
        return
    expected = round_half_up(sum(values, ZERO), subject.parameter.digits)
    same = expected == figure.value
    yield Result(
        "chain.report",
        SATISFIED if same else NOT_SATISFIED,
        observed=figure.value,
        expected=expected,
        hint=hint(figure.value, expected),
        places=(figure.place, *(place for amount in series.months.values() for place in amount.places)),
        deltas=() if same else ((key, expected - figure.value),),
        **base,
    )


@check("chain.year")
def year(context: Context) -> Iterator[Result]:
    """A reported year equals the aggregate of the reported months by the pack's rule."""
    for subject in context.subjects:
        if subject.parameter.role not in MEASURED_ROLES or context.part_year:
            continue
        figure = context.figures.get(subject.key(str(context.year)))
        if figure is not None and context.monthly(subject) and subject.parameter.year != "constant":
            yield _local(context, "chain.year", subject, figure.key)


@check("calc.formula")
def formula(context: Context) -> Iterator[Result]:
    """A reported result equals the pack's method on the reported inputs, month by month and for the year.

    So does a factor that the reading of the rules in use computes from the records.
    """
    yield from factors_of_readings(context, "calc.formula")
    for subject in context.subjects:
        if subject.parameter.role != "result":
            continue
        periods = [*context.months, *([] if context.part_year else [str(context.year)])]
        keys = [subject.key(period) for period in periods if subject.key(period) in context.figures]
        results = [_local(context, "calc.formula", subject, key) for key in keys]
        months = tuple(r.months[0] for r in results if r.outcome == SATISFIED and r.months)
        if months:
            first = next(r for r in results if r.outcome == SATISFIED and r.months)
            yield Result(**{**vars(first), "months": months, "observed": None, "expected": None, "places": ()})
        yield from (r for r in results if r.outcome != SATISFIED or not r.months)


def _local(context: Context, rule: str, subject: Subject, key: Key) -> Result:
    figure = context.figures[key]
    inputs = {other: found.value for other, found in context.figures.items()}
    step = recompute_one(context.packs[subject.track], context.structures[subject.track], key, inputs)
    source = source_for(context, subject)
    stream = source["stream_id"] if source and rule == "chain.year" else subject.name
    base: Measured = {"track": subject.track, "facility": subject.facility, "item": subject.item, "stream": stream}
    base |= {"parameter": subject.parameter.id, "source": "reported", "unit": figure.unit}
    yearly = key.period == str(context.year)
    period, months = (key.period, ()) if yearly else ("", (key.period,))
    if step is None:
        return Result(
            rule, NOT_EVALUATED, message=f"{rule}.missing", places=(figure.place,), period=period, months=months, **base
        )
    if step.rounded == figure.value:
        return Result(
            rule, SATISFIED, observed=figure.value, expected=step.rounded, period=period, months=months, **base
        )
    return Result(
        rule,
        NOT_SATISFIED,
        observed=figure.value,
        expected=step.rounded,
        hint=hint(figure.value, step.rounded),
        detail={"formula": step.formula},
        places=(figure.place, *_inputs(context, step)),
        unpinned=(key,),
        period=period,
        months=months,
        **base,
    )


def _inputs(context: Context, step: Step) -> list[Place]:
    """Cells of the reported figures that a step was computed from."""
    return [context.figures[o.key].place for o in step.operands if o.key is not None and o.key in context.figures]
