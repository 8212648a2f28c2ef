"""Factors: default values, the measured route, basis and weighting of heat values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from verifierkit.checks.base import (
    NOT_EVALUATED,
    NOT_SATISFIED,
    SATISFIED,
    About,
    Context,
    Figure,
    Result,
    Subject,
    check,
)
from verifierkit.checks.computed import read_figures
from verifierkit.checks.keys import round_half_up, source_for
from verifierkit.columns import Row
from verifierkit.errors import UsageError
from verifierkit.periods import month_of
from verifierkit.rulepack import PackValue
from verifierkit.series import weighted_mean


def _periods(context: Context, subject: Subject) -> list[tuple[str, Figure]]:
    periods = [*context.months, str(context.year)]
    return [
        (period, context.figures[subject.key(period)]) for period in periods if subject.key(period) in context.figures
    ]


def _base(subject: Subject, *, stream: str = "", source: str = "reported") -> About:
    return {
        "track": subject.track,
        "facility": subject.facility,
        "item": subject.item,
        "stream": stream or subject.name,
        "parameter": subject.parameter.id,
        "source": source,
    }


@check("factor.default")
def default(context: Context) -> Iterator[Result]:
    """A factor reported by the default route equals the value of the pack for that year.

    A factor that the reading in use computes from the records is no default: ``calc.formula`` speaks of it.
    """
    computed = {figure.key for _, figure in read_figures(context)}
    for subject in context.subjects:
        if subject.parameter.role != "factor" or "default" not in subject.parameter.obtained:
            continue
        figures = [(period, f) for period, f in _periods(context, subject) if _by_default(context, subject, f)]
        figures = [(period, figure) for period, figure in figures if figure.key not in computed]
        if not figures:
            continue
        wanted = pack_value(context, subject)
        if wanted is None:
            yield _unknown_default(context, subject, figures)
            continue
        yield from _compare_default(context, subject, figures, wanted)


def _by_default(context: Context, subject: Subject, figure: Figure) -> bool:
    """Whether a figure was taken from the pack; where no route is stated, a mapped source means that it was measured."""
    if figure.route:
        return figure.route == "default"
    return "measured" not in subject.parameter.obtained or source_for(context, subject) is None


def _unknown_default(context: Context, subject: Subject, figures: list[tuple[str, Figure]]) -> Result:
    """A figure reported as default that the pack cannot give: its fuel, facility class or region is missing there."""
    claimed = [figure for _, figure in figures if figure.route == "default"] or (
        [figure for _, figure in figures] if subject.parameter.obtained == ("default",) else []
    )
    return Result(
        "factor.default",
        NOT_SATISFIED if claimed else NOT_EVALUATED,
        period=str(context.year),
        observed=claimed[0].value if claimed else None,
        unit=subject.parameter.unit_of(subject.item),
        message="factor.default.no_value",
        places=tuple(figure.place for figure in claimed),
        **_base(subject),
    )


def pack_value(context: Context, subject: Subject) -> PackValue | None:
    """The pack's value of a factor at a facility and item, None where the pack has none."""
    row = context.flow.facilities[subject.facility]
    try:
        return context.packs[subject.track].value(
            subject.parameter.id,
            year=context.year,
            item=subject.item,
            facility_class=row["facility_class"] or "",
            facility_kind=row["kind"],
            region=context.case.meta.get("grid_region") or "",
        )
    except UsageError:
        return None


def _compare_default(
    context: Context, subject: Subject, figures: list[tuple[str, Figure]], wanted: PackValue
) -> Iterator[Result]:
    wrong = [(period, f) for period, f in figures if f.value != wanted.value]
    months = tuple(period for period, _ in wrong if period in context.months)
    if not wrong:
        good = tuple(period for period, _ in figures if period in context.months)
        year = "" if good else str(context.year)
        yield Result(
            "factor.default",
            SATISFIED,
            months=good,
            period=year,
            observed=wanted.value,
            unit=wanted.unit,
            **_base(subject),
        )
        return
    first = wrong[0][1]
    yield Result(
        "factor.default",
        NOT_SATISFIED,
        months=months,
        period="" if months else str(context.year),
        observed=first.value,
        expected=wanted.value,
        unit=wanted.unit,
        detail={"confidence": wanted.confidence},
        places=tuple(f.place for _, f in wrong),
        deltas=tuple((f.key, wanted.value - f.value) for _, f in wrong),
        **_base(subject),
    )


@check("factor.route")
def route(context: Context) -> Iterator[Result]:
    """Once a factor is measured it stays measured for the year; each method is fixed for the year."""
    for subject in context.subjects:
        if subject.parameter.role != "factor" or not {"measured", "default"} <= set(subject.parameter.obtained):
            continue
        figures = [(month, f) for month, f in _periods(context, subject) if month in context.months]
        measured = [month for month, f in figures if f.route == "measured"]
        dropped = [(month, f) for month, f in figures if f.route == "default" and measured and month > measured[0]]
        if not figures:
            continue
        if not dropped:
            yield Result("factor.route", SATISFIED, months=tuple(month for month, _ in figures), **_base(subject))
            continue
        yield Result(
            "factor.route",
            NOT_SATISFIED,
            months=tuple(month for month, _ in dropped),
            observed=dropped[0][1].value,
            unit=dropped[0][1].unit,
            places=tuple(f.place for _, f in dropped),
            **_base(subject),
        )


@check("factor.basis", "factor.weighting")
def mean(context: Context) -> Iterator[Result]:
    """A reported month of heat value is the mean of its batches, weighted by batch mass, on the received basis.

    Where the reported value is none of it but equals the mean of the unconverted values, the basis is named as the
    cause; where it equals the unweighted mean, the weighting is.
    """
    for subject in context.subjects:
        source = source_for(context, subject)
        if source is None or subject.parameter.role != "factor":
            continue
        root = context.flow.root(source["source_id"])
        if root["records"] == "coal_analyses":
            yield from _coal_means(context, subject, root)
            yield from _year_mean(context, subject)


def _coal_means(context: Context, subject: Subject, source: Row) -> Iterator[Result]:
    series = context.flow.series(source["source_id"])
    good = []
    for month in context.months:
        figure, amount = context.figures.get(subject.key(month)), series.months.get(month)
        rows = [
            row
            for row in context.flow.rows("coal_analyses", source["source_id"])
            if row["sampled_on"] and month_of(row["sampled_on"]) == month and row["ncv_gj_per_t"] is not None
        ]
        if figure is None or amount is None or figure.route == "default":
            continue
        expected = round_half_up(amount.value, subject.parameter.digits)
        rule = "" if figure.value == expected else _mean_rule(rows, figure.value, subject.parameter.digits)
        if not rule:
            good.append(month)
            continue
        yield Result(
            rule,
            NOT_SATISFIED,
            months=(month,),
            observed=figure.value,
            expected=expected,
            unit=figure.unit,
            places=(figure.place, *(row.cell("ncv_gj_per_t") for row in rows)),
            deltas=((figure.key, expected - figure.value),),
            **_base(subject, stream=source["stream_id"], source=source["source_id"]),
        )
    for rule in ("factor.basis", "factor.weighting"):
        if good:
            names = _base(subject, stream=source["stream_id"], source=source["source_id"])
            yield Result(rule, SATISFIED, months=tuple(good), **names)


def _mean_rule(rows: list[Row], reported: Decimal, digits: int | None) -> str:
    """Rule that the reported value breaks, "" where it is neither the unconverted nor the unweighted mean."""
    pairs = [(row["ncv_gj_per_t"], row["batch_t"] or Decimal(0)) for row in rows]
    unconverted = [weighted_mean(pairs), weighted_mean([(value, Decimal(0)) for value, _ in pairs])]
    if any(row["basis"] not in (None, "as_received") for row in rows) and reported in _rounded(unconverted, digits):
        return "factor.basis"
    return "factor.weighting" if reported in _rounded(unconverted[1:], digits) else ""


def _rounded(values: list[Decimal | None], digits: int | None) -> list[Decimal]:
    return [round_half_up(value, digits) for value in values if value is not None]


def _year_mean(context: Context, subject: Subject) -> Iterator[Result]:
    """The year's mean equals the unweighted mean of its months instead of the weighted one."""
    figure = context.figures.get(subject.key(str(context.year)))
    months = [
        context.figures[subject.key(month)].value for month in context.months if subject.key(month) in context.figures
    ]
    if figure is None or context.part_year or not months or subject.parameter.year != "weighted_mean":
        return
    pairs = []
    for month in context.months:
        value = context.value(subject.key(month))
        weight = context.value(subject.key(month)._replace(parameter=subject.parameter.weight))
        if value is not None and weight is not None:
            pairs.append((value, weight))
    plain = round_half_up(sum(months, Decimal(0)) / len(months), subject.parameter.digits)
    mean_value = weighted_mean(pairs)
    if mean_value is None:
        return
    expected = round_half_up(mean_value, subject.parameter.digits)
    if figure.value == plain and figure.value != expected:
        source = source_for(context, subject)
        yield Result(
            "factor.weighting",
            NOT_SATISFIED,
            period=str(context.year),
            observed=figure.value,
            expected=expected,
            unit=figure.unit,
            places=(figure.place,),
            unpinned=(figure.key,),
            **_base(subject, stream=source["stream_id"] if source else subject.name),
        )
