"""Completeness: months and days of records, figures that the pack asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, About, Context, Result, Subject, check
from verifierkit.checks.keys import figure_keys
from verifierkit.columns import Row, select
from verifierkit.periods import month_bounds

# records of which every month must exist; the others may rest for a month (no purchase, no sale, no material used)
EVERY_MONTH = ("monthly_values", "daily_values", "anodes", "metal", "coal_analyses", "lab_results")


@check("completeness.record")
def records(context: Context) -> Iterator[Result]:
    """A source that gives a monthly quantity has every month, a daily log every day on which the facility ran."""
    for source in context.flow.sources.values():
        if source["records"] not in EVERY_MONTH or _unused(context, source):
            continue
        series = context.flow.series(source["source_id"])
        missing = [month for month in context.months if month not in series.months]
        if source["records"] == "daily_values":
            missing = [month for month in context.months if _days_missing(context, source, month)]
        stream = context.flow.streams[source["stream_id"]]
        base: About = {
            "facility": stream["facility_id"] or "",
            "stream": source["stream_id"],
            "source": source["source_id"],
        }
        if not missing:
            yield Result("completeness.record", SATISFIED, months=tuple(context.months), **base)
        for month in missing:
            yield Result("completeness.record", NOT_SATISFIED, months=(month,), places=(source.place,), **base)


def _unused(context: Context, source: Row) -> bool:
    """Whether the source holds nothing and no reported figure rests on it."""
    if context.flow.series(source["source_id"]).months:
        return False
    months = (figure_keys(context, source["stream_id"], source["parameter"] or "", month) for month in context.months)
    return source["rank"] != 1 or not any(months)


def _days_missing(context: Context, source: Row, month: str) -> bool:
    start, end = month_bounds(month)
    found = {row["day"] for row in context.flow.rows("daily_values", source["source_id"])}
    facility = context.flow.facility_of(source["stream_id"])
    ran = {row["day"]: row["run_hours"] for row in select(context.flow.tables["kiln_runs"], facility_id=facility)}
    days = (start + timedelta(days=index) for index in range((end - start).days))
    return any(day not in found and not _stopped(ran, day) for day in days)


def _stopped(ran: dict[date, object], day: date) -> bool:
    return day in ran and ran[day] == 0


@check("completeness.parameter")
def parameters(context: Context) -> Iterator[Result]:
    """Every figure that the pack asks for is reported, for the year and, where months are asked, for each month."""
    for subject in context.subjects:
        if subject.parameter.asked == "if_present" and not _any(context, subject):
            continue
        base: About = {
            "track": subject.track,
            "facility": subject.facility,
            "item": subject.item,
            "stream": subject.name,
        }
        base |= {"parameter": subject.parameter.id, "source": "reported"}
        missing = _missing(context, subject)
        if not missing:
            yield Result("completeness.parameter", SATISFIED, period=str(context.year), **base)
        elif missing == [str(context.year)]:
            yield Result("completeness.parameter", NOT_SATISFIED, period=missing[0], **base)
        else:
            months = tuple(period for period in missing if period in context.months)
            yield Result("completeness.parameter", NOT_SATISFIED, months=months, **base)


def _any(context: Context, subject: Subject) -> bool:
    return any(subject.key(period) in context.figures for period in (*context.months, str(context.year)))


def _missing(context: Context, subject: Subject) -> list[str]:
    wanted = list(context.months) if subject.parameter.monthly else []
    if not context.part_year:
        wanted.append(str(context.year))
    found = [period for period in wanted if subject.key(period) in context.figures]
    if subject.parameter.role == "factor" and subject.key(str(context.year)) in context.figures:
        wanted = found if not any(period in context.months for period in found) else wanted
    return [period for period in wanted if period not in found]
