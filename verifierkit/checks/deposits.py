"""Monthly deposits against ledgers, and whether each month was deposited in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, About, Context, Result, Subject, check
from verifierkit.checks.hints import hint
from verifierkit.checks.keys import in_unit, round_half_up, source_for
from verifierkit.columns import Row
from verifierkit.errors import Place, UsageError
from verifierkit.periods import month_bounds
from verifierkit.units import convert

RULES = ("deposit.ledger", "deposit.late", "deposit.missing")


@check(*RULES)
def deposits(context: Context) -> Iterator[Result]:
    """Each month of each deposited parameter is there, in time, and equals the ledger."""
    subjects = [s for s in context.subjects if s.parameter.deposited and context.monthly(s)]
    if subjects and not context.flow.tables["deposits"]:
        year, facility = str(context.year), context.flow.entity_id
        yield Result(
            "deposit.missing", NOT_SATISFIED, facility, (), year, "deposits", "deposits", message="deposit.missing.all"
        )
        return
    seen = set()
    for subject in subjects:
        name = (subject.facility, subject.parameter.id, subject.item)
        if name not in seen:
            seen.add(name)
            yield from _subject(context, subject)


def _subject(context: Context, subject: Subject) -> Iterator[Result]:
    rows = {
        row["month"]: row
        for row in context.flow.tables["deposits"]
        if (row["facility_id"], row["parameter"], row["item"] or "")
        == (subject.facility, subject.parameter.id, subject.item)
    }
    base: About = {"facility": subject.facility, "stream": subject.name, "source": "deposits", "item": subject.item}
    base |= {"parameter": subject.parameter.id, "track": subject.track}
    missing = [month for month in context.months if month not in rows and _due(context, subject, month)]
    if context.part_year and missing and missing[-1] == context.months[-1]:
        missing.pop()  # the last month of a part-year run may not be due yet
    present = tuple(month for month in context.months if month in rows)
    if present:
        yield Result("deposit.missing", SATISFIED, months=present, **base)
    for month in missing:
        yield Result("deposit.missing", NOT_SATISFIED, months=(month,), **base)
    late = [month for month in present if _late(context, subject, rows[month])]
    undated = tuple(month for month in present if rows[month]["deposited_on"] is None)
    timely = tuple(month for month in present if month not in (*late, *undated))
    if timely:
        yield Result("deposit.late", SATISFIED, months=timely, **base)
    if undated:
        yield Result("deposit.late", NOT_EVALUATED, months=undated, message="deposit.late.undated", **base)
    for month in late:
        detail = {"deposited_on": str(rows[month]["deposited_on"])}
        places = (rows[month].cell("deposited_on"),)
        yield Result("deposit.late", NOT_SATISFIED, months=(month,), detail=detail, places=places, **base)
    yield from _values(context, subject, [rows[month] for month in present], base)


def _due(context: Context, subject: Subject, month: str) -> bool:
    """Whether a month must be deposited: a figure of the facility track that is no default of the pack.

    The notices speak of the ledgers and tests of the facility; whether fuels used elsewhere in the entity are
    deposited is not confirmed, so that they are compared where they are deposited and not asked for.
    """
    figure = context.figures.get(subject.key(month))
    return figure is not None and subject.track == "facility" and figure.route != "default"


def _late(context: Context, subject: Subject, row: Row) -> bool:
    pack = context.packs[subject.track]
    days = int(pack.checks["deposit.late"].limit("days"))
    due = month_bounds(row["month"])[1] + timedelta(days=days)  # the day after the last day in time
    fixed = pack.deadline("deposit.late", row["month"])
    if row["deposited_on"] is None:
        return False
    return bool(row["deposited_on"] >= due and (fixed is None or row["deposited_on"] > fixed))


def _values(context: Context, subject: Subject, rows: list[Row], base: About) -> Iterator[Result]:
    good = []
    for row in rows:
        expected, places = _ledger(context, subject, row["month"])
        value = _last_version(row, subject.parameter.unit_of(subject.item))
        if expected is None or value is None:
            yield Result("deposit.ledger", NOT_EVALUATED, months=(row["month"],), **base)
        elif value == expected:
            good.append(row["month"])
        else:
            yield Result(
                "deposit.ledger",
                NOT_SATISFIED,
                months=(row["month"],),
                observed=value,
                expected=expected,
                unit=subject.parameter.unit_of(subject.item),
                hint=hint(value, expected),
                places=(row.cell("changed_value" if row["changed_value"] is not None else "value"), *places),
                **base,
            )
    if good:
        yield Result("deposit.ledger", SATISFIED, months=tuple(good), **base)


def _last_version(row: Row, unit: str) -> Decimal | None:
    value = row["changed_value"] if row["changed_value"] is not None else row["value"]
    try:
        return convert(value, row["unit"], unit) if value is not None and row["unit"] else value
    except UsageError:
        return None


def _ledger(context: Context, subject: Subject, month: str) -> tuple[Decimal | None, tuple[Place, ...]]:
    """Value of the ledger month rounded as the figure; the reported figure where no source is mapped."""
    figure, source = context.figures.get(subject.key(month)), source_for(context, subject)
    unit = subject.parameter.unit_of(subject.item)
    if source is not None and (figure is None or figure.route != "default"):
        series = context.flow.series(source["source_id"])
        value = in_unit(series, month, unit)
        if value is not None:
            return round_half_up(value, subject.parameter.digits), series.months[month].places
    return (figure.value, (figure.place,)) if figure else (None, ())
