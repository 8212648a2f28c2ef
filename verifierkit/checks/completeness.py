"""Completeness: months and days of records, figures that the pack asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, About, Context, Result, Subject, check
from verifierkit.checks.keys import figure_keys
from verifierkit.columns import Row, select
from verifierkit.emissions import Key, recompute_one
from verifierkit.periods import month_bounds

# records of which every month must exist
EVERY_MONTH = ("monthly_values", "daily_values", "anodes", "metal", "coal_analyses", "lab_results")
# records that may rest for a month (no purchase, no sale, no material used) unless a ledger rests on them
RESTING = ("transactions", "tickets", "deducted_materials")


@check("completeness.record")
def records(context: Context) -> Iterator[Result]:
    """A source that gives a monthly quantity has every month, a daily log every day on which the facility ran.

    Documents that may rest have every month in which a ledger made from them shows an amount.
    """
    for source in context.flow.sources.values():
        if source["records"] not in (*EVERY_MONTH, *RESTING) or _unused(context, source):
            continue
        missing = _missing_months(context, source)
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


def _missing_months(context: Context, source: Row) -> list[str]:
    if source["records"] == "daily_values":
        rows = context.flow.rows("daily_values", source["source_id"])
        log = select(context.flow.tables["kiln_runs"], facility_id=context.flow.facility_of(source["stream_id"]))
        settled = {row["day"] for row in rows} | {row["day"] for row in log if row["run_hours"] == 0}
        return [month for month in context.months if _days_missing(settled, month)]
    held = context.flow.series(source["source_id"]).months
    missing = [month for month in context.months if month not in held]
    if source["records"] in RESTING:
        return [month for month in missing if _booked(context, source, month)]
    return [month for month in missing if not _nothing_used(context, source, month)]


def _days_missing(settled: Collection[date], month: str) -> bool:
    """Whether a day of the month has neither a value nor a stop in the run log."""
    start, end = month_bounds(month)
    return any(start + timedelta(days=index) not in settled for index in range((end - start).days))


def _booked(context: Context, source: Row, month: str) -> bool:
    """Whether a source made from these documents shows an amount in the month."""
    made = (row for row in context.flow.sources.values() if row["derives_from"] == source["source_id"])
    amounts = (context.flow.series(row["source_id"]).months.get(month) for row in made)
    return any(amount is not None and amount.value != 0 for amount in amounts)


def _nothing_used(context: Context, source: Row, month: str) -> bool:
    """Whether the factor of a quantity that was nil in the month is not needed."""
    stream = context.flow.streams[source["stream_id"]]
    own = (
        context.flow.best_series(source["stream_id"])
        if source["parameter"] not in (None, stream["parameter"])
        else None
    )
    amount = own.months.get(month) if own else None
    return amount is not None and amount.value == 0


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
    wanted = [period for period in wanted if period in found or not _at_rest(context, subject, period)]
    if subject.parameter.role == "factor" and subject.key(str(context.year)) in context.figures:
        wanted = found if not any(period in context.months for period in found) else wanted
    return [period for period in wanted if period not in found]


def _at_rest(context: Context, subject: Subject, month: str) -> bool:
    """Whether a month at rest has no such figure: the factor of a quantity that was nil, an intensity without output.

    A result that is missing for another reason than a division by nothing is missing.
    """
    if subject.parameter.role == "factor":
        source = context.flow.primary_source(subject.parameter.id, subject.facility, subject.item)
        stream = context.flow.streams.get(source["stream_id"]) if source else None
        of = (stream["parameter"] or "", subject.item or stream["item"] or "") if stream else ("", "")
        return _nil(context, Key(subject.track, of[0], subject.facility, of[1], month))
    if subject.parameter.role != "result":
        return False
    made = (other for other in context.subjects if other.parameter.role == "production")
    if not any(_nil(context, other.key(month)) for other in made if other.facility == subject.facility):
        return False
    inputs = {key: figure.value for key, figure in context.figures.items()}
    pack, structure = context.packs[subject.track], context.structures[subject.track]
    return recompute_one(pack, structure, subject.key(month), inputs) is None


def _nil(context: Context, key: Key) -> bool:
    """Whether a figure was reported as 0."""
    return key in context.figures and context.figures[key].value == 0
