"""Balances of buses and stores: what enters, leaves and stays, within the uncertainty of who measured it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import NOT_EVALUATED, Context, Result, check
from verifierkit.checks.keys import in_unit
from verifierkit.checks.meters import passed_series
from verifierkit.checks.statistics import (
    Comparison,
    Trial,
    joint_uncertainty,
    judge,
    month_periods,
    same_dimension,
    shown,
    six_digits,
)
from verifierkit.columns import Row
from verifierkit.errors import Place
from verifierkit.flowmap import DOCUMENT_LISTS, FlowMap
from verifierkit.joint.contrast import Term, Uncertainty
from verifierkit.joint.draft import Level, levels
from verifierkit.periods import month_of, next_month
from verifierkit.series import Series
from verifierkit.units import convert

ZERO = Decimal(0)
COUNTED_IN = "t"  # unit of the table of stock counts


@dataclass(frozen=True)
class Flow:
    """One measured stream at a node: sign +1 in, -1 out, and its series; a list gives 0 where it is silent."""

    stream: str
    sign: int
    series: Series
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
    """Series of the first source by rank that gives months, None where no source does; of bills what passed the meter."""
    found = [passed_series(flow, source) for source in flow.sources_of(stream_id)]
    return next((series for series in found if series.months), None)


def node_of(flow: FlowMap, node_id: str) -> tuple[Node, str]:
    """The streams of a node with their series, and a message id where it cannot be balanced."""
    ends = [(1, row) for row in flow.inflows(node_id)] + [(-1, row) for row in flow.outflows(node_id)]
    flows: list[Flow] = []
    open_streams: dict[int, list[str]] = {1: [], -1: []}
    unit, reason = "", ""
    for sign, stream in ends:
        if not flow.sources_of(stream["stream_id"]):
            open_streams[sign].append(str(stream["name"] or stream["stream_id"]))
            continue
        series = measured_series(flow, stream["stream_id"])
        if series is None:
            reason = reason or "balance.no_months"
            continue
        unit = unit or series.unit
        if not same_dimension(unit, series.unit):
            reason = reason or "balance.units"
            continue
        is_list = flow.sources[series.source_id]["records"] in DOCUMENT_LISTS
        flows.append(Flow(stream["stream_id"], sign, series, is_list))
    if not flows:
        reason = reason or "balance.no_source"
    return Node(unit, tuple(flows), tuple(open_streams[1]), tuple(open_streams[-1])), reason


def _fields(row: Row, unit: str) -> dict[str, Any]:
    return {"facility": row["facility_id"] or "", "stream": row["node_id"], "unit": unit}


Amounts = list[tuple[Flow, dict[str, Decimal]]]
"""Amounts of each measured stream of a node by month."""


def amounts_of(node: Node, months: Sequence[str]) -> Amounts | None:
    """Amounts of all measured streams over some months; None where a stream lacks one of them."""
    found: Amounts = []
    for flow in node.flows:
        amounts = {month: value for month in months if (value := flow.amount(month, node.unit)) is not None}
        if len(amounts) < len(months):
            return None
        found.append((flow, amounts))
    return found


def _terms(uncertainty: Uncertainty, amounts: Amounts) -> list[Term]:
    return [
        term
        for flow, of in amounts
        for term in uncertainty.amounts(flow.series.source_id, month_periods(of), [flow.sign] * len(of))
    ]


def _names(node: Node) -> str:
    return "、".join((*node.open_in, *node.open_out)) or "-"


def _total(amounts: Amounts, sign: int) -> Decimal:
    return sum((value for flow, of in amounts if flow.sign == sign for value in of.values()), ZERO)


def _places(node: Node, months: Sequence[str]) -> tuple[Place, ...]:
    amounts = [flow.series.months.get(month) for flow in node.flows for month in months]
    return tuple(place for amount in amounts if amount is not None for place in amount.places)


@check("balance.bus")
def bus(context: Context) -> Iterator[Result]:
    """What enters a bus leaves it, month by month and over the year."""
    trials = []
    for node_id, row in context.flow.nodes.items():
        if row["kind"] == "bus":
            node, reason = node_of(context.flow, node_id)
            reason = reason or ("balance.bus.open" if node.open_in and node.open_out else "")
            if reason:
                yield _not_evaluated(context, "balance.bus", reason, row, node)
            else:
                trials.append(bus_trial(context.uncertainty, row, node, context.months))
    yield from judge(context, "balance.bus", trials)


def _not_evaluated(context: Context, rule: str, reason: str, row: Row, node: Node) -> Result:
    streams = _names(node)
    months = tuple(context.months)
    return Result(
        rule, NOT_EVALUATED, months=months, message=reason, detail={"streams": streams}, **_fields(row, node.unit)
    )


def bus_trial(uncertainty: Uncertainty, row: Row, node: Node, months: Sequence[str]) -> Trial:
    """Comparisons of outflow with inflow; with an unmeasured stream only its remainder may not be negative."""
    known = [month for month in months if amounts_of(node, [month]) is not None]
    missing = tuple(month for month in months if month not in known)
    found = [_bus_comparison(uncertainty, node, [month]) for month in known]
    trial = Trial(_fields(row, node.unit), found, missing=missing, reason="balance.missing")
    if len(found) > 1:
        trial.whole = _bus_comparison(uncertainty, node, known)
    if node.open_in or node.open_out:
        trial.satisfied = "balance.bus.remainder"
    return trial


def _bus_comparison(uncertainty: Uncertainty, node: Node, months: Sequence[str]) -> Comparison:
    amounts = amounts_of(node, months) or []
    inflow, outflow = _total(amounts, 1), _total(amounts, -1)
    side = 1 if node.open_out else -1 if node.open_in else 0
    remainder = abs(inflow - outflow) if side == 0 else (inflow - outflow) * side
    larger = max(inflow, outflow)
    share = six_digits(convert(remainder / larger, "1", "%")) if larger else ZERO
    return Comparison(
        tuple(months),
        outflow,
        inflow,
        joint_uncertainty(_terms(uncertainty, amounts)),
        places=_places(node, months),
        side=side,
        detail={
            "remainder": f"{shown(remainder):,f}",
            "remainder_share": f"{share:f}",
            "streams": _names(node),
        },
    )


Span = tuple[Level, Level, tuple[str, ...]]
"""Two counts of a store at month ends and the months between them."""


@check("balance.store")
def store(context: Context) -> Iterator[Result]:
    """Opening level plus inflow minus outflow is the closing level, month by month and over the year."""
    trials, settings = [], context.uncertainty.settings
    for node_id, row in context.flow.nodes.items():
        if row["kind"] != "store":
            continue
        node, reason = node_of(context.flow, node_id)
        reason = "balance.store.remainder" if node.open_in or node.open_out else reason
        if not reason and not same_dimension(node.unit, COUNTED_IN):
            reason = "balance.units"
        node = replace(node, unit=COUNTED_IN)
        spans = windows(levels(context.flow, node_id, settings), context.months)
        reason = reason or ("" if spans else "balance.store.counts")
        if reason:
            yield _not_evaluated(context, "balance.store", reason, row, node)
        else:
            trials.append(store_trial(context.uncertainty, row, node, spans, context.months))
    yield from judge(context, "balance.store", trials)


def windows(counts: Sequence[Level], months: Sequence[str]) -> list[Span]:
    """Consecutive counts at month ends with the months between them, where all of those are looked at."""
    found = []
    for opening, closing in itertools.pairwise(count for count in counts if count.instant.day == 1):
        last = _month_before(closing)
        between = [month_of(opening.instant.date())]
        while between[-1] < last:
            between.append(next_month(between[-1]))
        if set(between) <= set(months):
            found.append((opening, closing, tuple(between)))
    return found


def _month_before(level: Level) -> str:
    """The month that a count at its end closes."""
    return month_of((level.instant - timedelta(days=1)).date())


def store_trial(uncertainty: Uncertainty, row: Row, node: Node, spans: Sequence[Span], months: Sequence[str]) -> Trial:
    """Comparisons of the level that the flows lead to with the counted one, per span and over the longest run."""
    found: list[Comparison] = []
    runs: list[list[Span]] = [[]]
    for span in spans:
        if amounts_of(node, span[-1]) is None:
            runs.append([])
            continue
        if runs[-1] and runs[-1][-1][1] is not span[0]:
            runs.append([])
        runs[-1].append(span)
        found.append(_store_comparison(uncertainty, row["node_id"], node, span))
    done = {month for one in found for month in one.months}
    missing = tuple(month for month in months if month not in done)
    trial = Trial(_fields(row, node.unit), _with_level_hints(found), missing=missing, reason="balance.missing")
    longest = max(runs, key=len)
    if len(longest) > 1:
        covered = tuple(month for _, _, between in longest for month in between)
        whole = (longest[0][0], longest[-1][1], covered)
        trial.whole = _store_comparison(uncertainty, row["node_id"], node, whole)
    return trial


def _store_comparison(uncertainty: Uncertainty, node_id: str, node: Node, span: Span) -> Comparison:
    opening, closing, months = span
    amounts = amounts_of(node, months) or []
    inflow, outflow = _total(amounts, 1), _total(amounts, -1)
    terms = [uncertainty.level(node_id, opening, 1), uncertainty.level(node_id, closing, -1)]
    terms += [uncertainty.loss(node_id, float(inflow)), *_terms(uncertainty, amounts)]
    return Comparison(
        months,
        closing.value,
        opening.value + inflow - outflow,
        joint_uncertainty(terms),
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
