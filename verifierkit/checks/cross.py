"""Independent sources of one quantity or factor against each other, within their joint uncertainty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import NOT_EVALUATED, Context, Result, check
from verifierkit.checks.hints import hint
from verifierkit.checks.keys import in_unit
from verifierkit.checks.statistics import Comparison, Trial, joint_uncertainty, judge, month_periods, same_dimension
from verifierkit.columns import Row, select
from verifierkit.flowmap import FROM_OUTPUT, FlowMap
from verifierkit.joint.contrast import Uncertainty
from verifierkit.series import Series

ZERO = Decimal(0)
SETTLED_BY_METER = {"settlement_bills", "meter_readings"}  # compared by settlement.meter
OTHER_QUANTITY = {"pot_operation"}  # cell-days: an input of Faraday's law, not a second source of the metal


@check("cross.sources")
def sources(context: Context) -> Iterator[Result]:
    """Each independent further source of a quantity agrees with its first one, month by month and over the year."""
    flow = context.flow
    trials: list[Trial] = []
    for own in quantities(flow):
        first = own[0]
        for other in independent_of(flow, first, own[1:]):
            fields = _fields(flow, other, flow.series(first["source_id"]).unit)
            reason = unusable(flow, first, other)
            if reason:
                months = tuple(context.months)
                yield Result(
                    "cross.sources",
                    NOT_EVALUATED,
                    months=months,
                    message=reason,
                    detail={"first": first["source_id"]},
                    **fields,
                )
            else:
                trials.append(pair_trial(flow, context.uncertainty, first, other, fields))
    yield from judge(context, "cross.sources", trials)


def quantities(flow: FlowMap) -> list[list[Row]]:
    """Sources of each stream quantity or factor that has more than one, by rank."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for source in flow.sources.values():
        stream = flow.streams.get(source["stream_id"])
        if stream is not None and source["records"] not in OTHER_QUANTITY:
            parameter = source["parameter"] or ""
            groups[source["stream_id"], "" if parameter == stream["parameter"] else parameter].append(source)
    ranked = [sorted(rows, key=lambda row: (row["rank"] or 0, row["source_id"])) for rows in groups.values()]
    return [rows for rows in ranked if len(rows) > 1]


def independent_of(flow: FlowMap, first: Row, others: list[Row]) -> Iterator[Row]:
    """Sources that rest on another record than the first, one for each record, in the order of rank."""
    seen: set[str] = set()
    for other in others:
        root = flow.root(other["source_id"])
        if root["source_id"] in seen or not _independent(flow, first, other):
            continue
        seen.add(root["source_id"])
        if {root["records"], flow.root(first["source_id"])["records"]} != SETTLED_BY_METER:
            yield other


def _independent(flow: FlowMap, first: Row, other: Row) -> bool:
    if not flow.independent(first["source_id"], other["source_id"]):
        return False
    return not any(
        _set_from_output(flow, source) for end in (first, other) for source in flow.lineage(end["source_id"])
    )


def _set_from_output(flow: FlowMap, source: Row) -> bool:
    """Whether a feed-over-ratio source uses a ratio that was itself computed from the output."""
    if source["records"] != "feed_over_ratio":
        return False
    facility = flow.facility_of(source["stream_id"])
    rows = select(flow.tables["raw_meal_ratios"], facility_id=facility)
    return any(row["determined_by"] == FROM_OUTPUT for row in rows)


def unusable(flow: FlowMap, first: Row, other: Row) -> str:
    """Message id of why two sources cannot be compared, "" where they can."""
    one, two = flow.series(first["source_id"]), flow.series(other["source_id"])
    if not set(one.months) & set(two.months):
        return "cross.sources.months"
    if (one.unit or two.unit) and not same_dimension(one.unit, two.unit):
        return "cross.sources.units"
    return ""


def _fields(flow: FlowMap, source: Row, unit: str) -> dict[str, Any]:
    stream = flow.streams[source["stream_id"]]
    return {
        "facility": stream["facility_id"] or "",
        "stream": source["stream_id"],
        "source": source["source_id"],
        "parameter": source["parameter"] or stream["parameter"] or "",
        "item": stream["item"] or "",
        "unit": unit,
    }


def pair_trial(flow: FlowMap, uncertainty: Uncertainty, first: Row, other: Row, fields: dict[str, Any]) -> Trial:
    """Comparisons of two sources in the months that both give, and of all those months together."""
    one, two = flow.series(first["source_id"]), flow.series(other["source_id"])
    shared = [month for month in flow.months if month in one.months and month in two.months]
    weights = month_weights(flow, first, one, shared)
    found = [_comparison(uncertainty, one, two, {month: Decimal(1)}, first["source_id"]) for month in shared]
    trial = Trial(
        fields, found, missing=tuple(m for m in flow.months if m not in shared), reason="cross.sources.missing"
    )
    if len(shared) > 1:
        trial.whole = _comparison(uncertainty, one, two, weights, first["source_id"])
    return trial


def month_weights(flow: FlowMap, first: Row, series: Series, months: list[str]) -> dict[str, Decimal]:
    """Weight of each month in the figure of the year: 1 for a quantity, its share for the mean of a factor."""
    stream = flow.streams[first["stream_id"]]
    if first["parameter"] in (None, "", stream["parameter"]):
        return dict.fromkeys(months, Decimal(1))
    masses = {month: series.months[month].weight for month in months}
    total = sum(masses.values(), ZERO)
    if not total:
        return dict.fromkeys(months, Decimal(1) / len(months))
    return {month: mass / total for month, mass in masses.items()}


def _comparison(
    uncertainty: Uncertainty, one: Series, two: Series, weights: dict[str, Decimal], first: str
) -> Comparison:
    """The second series beside the first one, months weighted."""
    months = list(weights)
    mine = {month: one.months[month].value for month in months}
    theirs = {month: in_unit(two, month, one.unit) or ZERO for month in months}
    expected, observed = (sum((weights[m] * value for m, value in of.items()), ZERO) for of in (mine, theirs))
    terms = uncertainty.amounts(two.source_id, month_periods(theirs), [float(weights[m]) for m in months])
    terms += uncertainty.amounts(one.source_id, month_periods(mine), [-float(weights[m]) for m in months])
    return Comparison(
        tuple(months),
        observed,
        expected,
        joint_uncertainty(terms),
        places=tuple(place for month in months for series in (one, two) for place in series.months[month].places),
        hint=hint(observed, expected) if len(months) == 1 else "",
        detail={"first": first},
    )
