"""From streams and sources to the reported figures that they feed, and back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from verifierkit.checks.base import Context, Subject
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.series import Series, converted


def figure_keys(context: Context, stream_id: str, parameter: str, month: str) -> list[Key]:
    """Reported figures of all tracks that hold a stream's quantity (or a factor of it) in a month.

    A pack that reports the quantity per year only gives the key of the year.
    """
    stream = context.flow.streams[stream_id]
    wanted = parameter or stream["parameter"] or ""
    places = (stream["facility_id"] or "", stream["item"] or "")
    keys = []
    for subject in context.subjects:
        if subject.parameter.id == wanted and (subject.facility, subject.item) in (places, (places[0], "")):
            period = month if context.monthly(subject) else month[:4]
            key = subject.key(period)
            if key in context.figures:
                keys.append(key)
    return keys


def figure_deltas(
    context: Context, source: Row, month: str, change: Decimal, unit: str
) -> tuple[tuple[Key, Decimal], ...]:
    """A change of a source's month as a change of every reported figure that rests on it, in the unit of the figure."""
    keys = figure_keys(context, source["stream_id"], source["parameter"] or "", month)
    amounts = ((key, converted(change, unit, context.figures[key].unit)) for key in keys)
    return tuple((key, amount) for key, amount in amounts if amount is not None)


def feeds_report(context: Context, source: Row) -> bool:
    """Whether a source lies in the lineage of the rank-1 source of its quantity."""
    first = context.flow.first_source(source["stream_id"], source["parameter"] or "")
    primary = context.flow.lineage(first["source_id"]) if first else []
    return any(row is source for row in primary)


def round_half_up(value: Decimal, digits: int | None) -> Decimal:
    """Round to a number of decimal places, halves away from zero; None leaves the value as it is."""
    if digits is None:
        return value
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def printed_digits(values: Iterable[Decimal]) -> int:
    """Most decimal places that any of the values shows."""
    return max((max(-int(value.as_tuple().exponent), 0) for value in values), default=0)


def source_for(context: Context, subject: Subject) -> Row | None:
    """Rank-1 source of a subject's figure."""
    return context.flow.primary_source(subject.parameter.id, subject.facility, subject.item)


def in_unit(series: Series, month: str, unit: str) -> Decimal | None:
    """Value of a month of a series in another unit, None where the month is not determined or does not convert."""
    amount = series.months.get(month)
    return converted(amount.value, series.unit, unit) if amount is not None else None
