"""Balances of buses and stores: what enters, leaves and stays, within the uncertainty of who measured it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import NOT_EVALUATED, Context, Result, check
from verifierkit.checks.keys import in_unit
from verifierkit.checks.statistics import (
    Accuracy,
    Comparison,
    Part,
    Trial,
    accuracy_of,
    from_limit,
    judge,
    limit_of,
    same_dimension,
    shown,
    six_digits,
    standard_uncertainty,
)
from verifierkit.columns import Row, select
from verifierkit.errors import Place
from verifierkit.flowmap import BOOK, DOCUMENT_LISTS, FlowMap
from verifierkit.periods import month_of, next_month
from verifierkit.rulepack import CheckRule
from verifierkit.series import Series
from verifierkit.units import convert

ZERO = Decimal(0)
COUNTED_IN = "t"  # unit of the table of stock counts


@dataclass(frozen=True)
class Flow:
    """One measured stream at a node: sign +1 in, -1 out, its series and accuracy; a list gives 0 where it is silent."""

    stream: str
    sign: int
    series: Series
    accuracy: Accuracy
    is_list: bool = False

    def amount(self, month: str, unit: str) -> Decimal | None:
        """Amount of a month in a unit, None where the source does not determine it."""
        value = in_unit(self.series, month, unit)
        return ZERO if value is None and self.is_list else value


@dataclass(frozen=True)
class Node:
    """A node with its measured streams, and the names of those that no source measures, by side."""

    unit: str
    flows: tuple[Flow, ...]
    open_in: tuple[str, ...] = ()
    open_out: tuple[str, ...] = ()


def measured_series(flow: FlowMap, stream_id: str) -> Series | None:
    """Series of the first source by rank that gives months, None where no source does."""
    found = [flow.series(source["source_id"]) for source in flow.sources_of(stream_id)]
    return next((series for series in found if series.months), None)


def node_of(flow: FlowMap, node_id: str, rule: CheckRule) -> tuple[Node, str]:
    """The streams of a node with their accuracy, and a message id where it cannot be balanced."""
    ends = [(1, row) for row in flow.inflows(node_id)] + [(-1, row) for row in flow.outflows(node_id)]
    flows: list[Flow] = []
    open_streams: dict[int, list[str]] = {1: [], -1: []}
    unit, reason = "", ""
    for sign, stream in ends:
        if not flow.sources_of(stream["stream_id"]):
            open_streams[sign].append(str(stream["name"] or stream["stream_id"]))
            continue
        series = measured_series(flow, stream["stream_id"])
        accuracy = accuracy_of(flow, series.source_id, rule) if series else None
        if series is None or accuracy is None:
            reason = reason or ("balance.no_months" if series is None else "balance.no_accuracy")
            continue
        unit = unit or series.unit
        if not same_dimension(unit, series.unit):
            reason = reason or "balance.units"
            continue
        is_list = flow.sources[series.source_id]["records"] in DOCUMENT_LISTS
        flows.append(Flow(stream["stream_id"], sign, series, accuracy, is_list))
    if not flows:
        reason = reason or "balance.no_source"
    return Node(unit, tuple(flows), tuple(open_streams[1]), tuple(open_streams[-1])), reason


def _fields(row: Row, unit: str) -> dict[str, Any]:
    return {"facility": row["facility_id"] or "", "stream": row["node_id"], "unit": unit}


def parts_of(node: Node, months: Sequence[str]) -> list[Part] | None:
    """Signed amounts of all measured streams over some months; None where a stream lacks one of them."""
    parts = []
    for flow in node.flows:
        for month in months:
            value = flow.amount(month, node.unit)
            if value is None:
                return None
            parts.append(Part(flow.sign, value, flow.accuracy))
    return parts


def _names(node: Node) -> str:
    return "、".join((*node.open_in, *node.open_out)) or "-"


def _total(parts: Sequence[Part], sign: int) -> Decimal:
    return sum((part.value for part in parts if part.sign == sign), ZERO)


def _places(node: Node, months: Sequence[str]) -> tuple[Place, ...]:
    amounts = [flow.series.months.get(month) for flow in node.flows for month in months]
    return tuple(place for amount in amounts if amount is not None for place in amount.places)


@check("balance.bus")
def bus(context: Context) -> Iterator[Result]:
    """What enters a bus leaves it, month by month and over the year."""
    rule, trials = context.rule("balance.bus"), []
    for node_id, row in context.flow.nodes.items():
        if row["kind"] == "bus":
            node, reason = node_of(context.flow, node_id, rule)
            reason = reason or ("balance.bus.open" if node.open_in and node.open_out else "")
            if reason:
                yield _not_evaluated(context, "balance.bus", reason, row, node)
            else:
                trials.append(bus_trial(row, node, context.months))
    yield from judge(context, "balance.bus", trials)


def _not_evaluated(context: Context, rule: str, reason: str, row: Row, node: Node) -> Result:
    streams = _names(node)
    months = tuple(context.months)
    return Result(
        rule, NOT_EVALUATED, months=months, message=reason, detail={"streams": streams}, **_fields(row, node.unit)
    )


def bus_trial(row: Row, node: Node, months: Sequence[str]) -> Trial:
    """Comparisons of outflow with inflow; with an unmeasured stream only its remainder may not be negative."""
    found, everything, missing = [], [], []
    for month in months:
        parts = parts_of(node, [month])
        if parts is None:
            missing.append(month)
            continue
        everything += parts
        found.append(_bus_comparison(node, [month], parts))
    trial = Trial(_fields(row, node.unit), found, missing=tuple(missing), reason="balance.missing")
    if len(found) > 1:
        trial.whole = _bus_comparison(node, [month for one in found for month in one.months], everything)
    if node.open_in or node.open_out:
        trial.satisfied = "balance.bus.remainder"
    return trial


def _bus_comparison(node: Node, months: Sequence[str], parts: Sequence[Part]) -> Comparison:
    inflow, outflow = _total(parts, 1), _total(parts, -1)
    side = 1 if node.open_out else -1 if node.open_in else 0
    remainder = abs(inflow - outflow) if side == 0 else (inflow - outflow) * side
    larger = max(inflow, outflow)
    share = six_digits(convert(remainder / larger, "1", "%")) if larger else ZERO
    return Comparison(
        tuple(months),
        outflow,
        inflow,
        standard_uncertainty(parts),
        places=_places(node, months),
        side=side,
        detail={
            "remainder": f"{shown(remainder):,f}",
            "remainder_share": f"{share:f}",
            "streams": _names(node),
        },
    )


@dataclass(frozen=True)
class Level:
    """Level of a store at the end of a month [t], its standard uncertainty and its cells."""

    month: str
    value: Decimal
    uncertainty: Decimal
    places: tuple[Place, ...]


@check("balance.store")
def store(context: Context) -> Iterator[Result]:
    """Opening level plus inflow minus outflow is the closing level, month by month and over the year."""
    rule, trials = context.rule("balance.store"), []
    for node_id, row in context.flow.nodes.items():
        if row["kind"] != "store":
            continue
        node, reason = node_of(context.flow, node_id, rule)
        reason = "balance.store.remainder" if node.open_in or node.open_out else reason
        if not reason and not same_dimension(node.unit, COUNTED_IN):
            reason = "balance.units"
        node = replace(node, unit=COUNTED_IN)
        counts = levels(context.flow, node_id, survey_limit(context.flow, node_id, rule))
        if not reason and counts is None:
            reason = "balance.store.survey"
        if not reason and not windows(counts or [], context.months):
            reason = "balance.store.counts"
        if reason:
            yield _not_evaluated(context, "balance.store", reason, row, node)
        else:
            spans = windows(counts or [], context.months)
            trials.append(store_trial(row, node, spans, context.months, rule))
    yield from judge(context, "balance.store", trials)


def survey_limit(flow: FlowMap, node_id: str, rule: CheckRule) -> Decimal | None:
    """Limit of error of the store's stock counts as a fraction: its survey instrument's, else the pack's."""
    surveys = [row for row in flow.instruments.values() if row["kind"] == "survey"]
    own = next((row["accuracy_fraction"] for row in surveys if row["place"] == node_id), None)
    return own if own is not None else limit_of(rule, "survey")


def levels(flow: FlowMap, node_id: str, limit: Decimal | None) -> list[Level] | None:
    """Counted levels at month ends in order; items of one day are added. None where their accuracy is not known.

    A book level follows from the same flows and proves nothing, so it is passed over.
    """
    days: dict[date, list[Row]] = defaultdict(list)
    for row in select(flow.tables["stock_counts"], node_id=node_id):
        if row["counted_on"] is not None and row["quantity_t"] is not None and row["method"] != BOOK:
            days[row["counted_on"]].append(row)
    if limit is None:
        return None
    found = []
    for day, rows in sorted(days.items()):
        if (day + timedelta(days=1)).day == 1:
            once = {row["item"]: row for row in reversed(rows)}.values()
            amounts = [row["quantity_t"] for row in once]
            own = sum((amount**2 for amount in amounts), ZERO).sqrt() * from_limit(limit)
            found.append(Level(month_of(day), sum(amounts, ZERO), own, tuple(row.cell("quantity_t") for row in once)))
    return found


def windows(counts: Sequence[Level], months: Sequence[str]) -> list[tuple[Level, Level, tuple[str, ...]]]:
    """Consecutive counts with the months between them, where all of those are looked at."""
    found = []
    for opening, closing in itertools.pairwise(counts):
        between = [next_month(opening.month)]
        while between[-1] < closing.month:
            between.append(next_month(between[-1]))
        if set(between) <= set(months):
            found.append((opening, closing, tuple(between)))
    return found


def store_trial(
    row: Row, node: Node, spans: Sequence[tuple[Level, Level, tuple[str, ...]]], months: Sequence[str], rule: CheckRule
) -> Trial:
    """Comparisons of the level that the flows lead to with the counted one, per span and over the longest run."""
    loss = limit_of(rule, "storage_loss") or ZERO
    found: list[Comparison] = []
    runs: list[list[tuple[Level, Level, tuple[str, ...]]]] = [[]]
    for span in spans:
        if parts_of(node, span[2]) is None:
            runs.append([])
            continue
        if runs[-1] and runs[-1][-1][1].month != span[0].month:
            runs.append([])
        runs[-1].append(span)
        found.append(_store_comparison(node, span[0], span[1], span[2], loss))
    done = {month for one in found for month in one.months}
    missing = tuple(month for month in months if month not in done)
    trial = Trial(_fields(row, node.unit), _with_level_hints(found), missing=missing, reason="balance.missing")
    longest = max(runs, key=len)
    if len(longest) > 1:
        covered = tuple(month for _, _, between in longest for month in between)
        trial.whole = _store_comparison(node, longest[0][0], longest[-1][1], covered, loss)
    return trial


def _store_comparison(node: Node, opening: Level, closing: Level, months: Sequence[str], loss: Decimal) -> Comparison:
    parts = list(parts_of(node, months) or [])
    inflow, outflow = _total(parts, 1), _total(parts, -1)
    parts += [Part(1, opening.value, own=opening.uncertainty), Part(-1, closing.value, own=closing.uncertainty)]
    parts.append(Part(1, ZERO, own=from_limit(loss) * inflow))
    return Comparison(
        tuple(months),
        closing.value,
        opening.value + inflow - outflow,
        standard_uncertainty(parts),
        places=(*opening.places, *_places(node, months), *closing.places),
        detail={"opening": f"{opening.value:,f}", "inflow": f"{shown(inflow):,f}", "outflow": f"{shown(outflow):,f}"},
    )


def _with_level_hints(found: Sequence[Comparison]) -> list[Comparison]:
    """Name a wrong count where a month misses by as much as the next one misses the other way."""
    hinted = list(found)
    for index, (one, other) in enumerate(itertools.pairwise(found)):
        miss, back = one.expected - one.observed, other.expected - other.observed
        joint = (one.uncertainty**2 + other.uncertainty**2).sqrt()
        if abs(miss) > 2 * one.uncertainty and miss * back < 0 and abs(miss + back) < joint:
            for place in (index, index + 1):
                hinted[place] = replace(hinted[place], hint="hint.stock_level")
    return hinted
