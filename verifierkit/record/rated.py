"""Effect of kiln feed and its ratio on clinker that is reported as feed over ratio: a change of either changes the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from verifierkit.checks.base import Context
from verifierkit.checks.keys import feeds_report, figure_deltas
from verifierkit.checks.statistics import six_digits
from verifierkit.columns import Row, select
from verifierkit.emissions import Key
from verifierkit.series import converted, feed_months, input_streams

RATIOS, OVER_RATIO = "raw_meal_ratios", "feed_over_ratio"
TONNES = "t"


def through_ratios(
    context: Context, stream: str, source: str, changes: Mapping[str, Decimal], unit: str
) -> tuple[tuple[Key, Decimal], ...]:
    """Changes of reported figures where a feed, or its ratio, is put right; ``changes``: what a month shows too much."""
    found: list[tuple[Key, Decimal]] = []
    for relation in select(context.flow.tables["relations"], kind="ratio"):
        output = str(relation["output_stream"])
        reported = context.flow.first_source(output, "")
        if reported is None or not _over_ratio(context, reported):
            continue
        if (stream, source) == (output, RATIOS):
            found += _of_ratio(context, reported, changes)
        elif stream in input_streams(relation["input_streams"]) and _counts(context, source):
            found += _of_feed(context, reported, changes, unit)
    return tuple(found)


def _over_ratio(context: Context, reported: Row) -> bool:
    return any(row["records"] == OVER_RATIO for row in context.flow.lineage(reported["source_id"]))


def _counts(context: Context, source: str) -> bool:
    """Whether a record of the feed lies in the lineage of the one that is used."""
    row = context.flow.sources.get(source)
    return row is not None and feeds_report(context, row)


def _ratios(context: Context, reported: Row) -> dict[str, Decimal]:
    facility = context.flow.facility_of(reported["stream_id"])
    rows = select(context.flow.tables[RATIOS], facility_id=facility)
    return {row["month"]: row["ratio"] for row in rows if row["ratio"]}


def _of_feed(
    context: Context, reported: Row, changes: Mapping[str, Decimal], unit: str
) -> Iterator[tuple[Key, Decimal]]:
    ratios = _ratios(context, reported)
    for month, change in changes.items():
        tonnes = converted(change, unit, TONNES)
        if month in ratios and month in context.months and tonnes is not None:
            yield from figure_deltas(context, reported, month, six_digits(-tonnes / ratios[month]), TONNES)


def _of_ratio(context: Context, reported: Row, changes: Mapping[str, Decimal]) -> Iterator[tuple[Key, Decimal]]:
    ratios, feed = _ratios(context, reported), feed_months(context.flow, reported["stream_id"])
    for month, change in changes.items():
        ratio = ratios.get(month)
        if ratio and ratio != change and feed.get(month) and month in context.months:
            clinker = feed[month].value / ratio
            yield from figure_deltas(
                context, reported, month, six_digits(clinker * (ratio / (ratio - change) - 1)), TONNES
            )
