"""Monthly series of the joint fit for pictures: what flows through each bus and store, and residuals by source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from verifierkit.checks.base import Context
from verifierkit.checks.joint import RULE
from verifierkit.checks.statistics import critical_value
from verifierkit.checks.texts import source_name, stream_name
from verifierkit.columns import Row
from verifierkit.joint.analysis import Analysis
from verifierkit.joint.draft import Entry
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.hypotheses import entry_month
from verifierkit.joint.network import Network
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Floats, ReconcileError
from verifierkit.reconcile.system import with_measured
from verifierkit.record.explanations import group_id, group_number, number
from verifierkit.record.leading import leading
from verifierkit.record.values import decimal_text

SETTLEMENT, INFLOW, OUTFLOW, STOCK, REMAINDER = "settlement", "inflow", "outflow", "stock", "remainder"
SHOWN = ("flow", "level", "ratio")
NOTHING = 1e-9  # share of a standard uncertainty below which nothing checks a value


def series_part(context: Context, network: Network) -> list[dict[str, Any]]:
    """Amounts by month of every stream at each balanced node, in the signs of its balance, and what is left over.

    A bill that covers parts of two months is split by days, for the picture only.
    """
    balanced = {balance.node for balance in network.balances if balance is not None}
    return [_node(context, network, node) for node in context.flow.nodes if node in balanced]


def _node(context: Context, network: Network, node: str) -> dict[str, Any]:
    flow = context.flow
    rows = [flow.streams[stream] for stream in network.atoms]
    ends = [(row, 1 if row["to_node"] == node else -1) for row in rows if _touches_once(row, node)]
    silent = [row for row, _ in ends if not network.witnesses[row["stream_id"]]]
    lines = [_line(context, network, row, sign) for row, sign in ends if row not in silent]
    stock = [_stock(context, network, node)] if flow.nodes[node]["kind"] == "store" else []
    stream = next((row["stream_id"] for row, _ in ends), "")
    return {
        "group": group_id(group_number(network, node)),
        "node": node,
        "node_name": stream_name(context, node),
        "kind": flow.nodes[node]["kind"],
        "unit": network.units.get(stream, ""),
        "months": list(context.months),
        "lines": [*lines, *stock],
        "remainder": _left(
            context, [*lines, *stock], -1 if any(sign > 0 for row, sign in ends if row in silent) else 1
        ),
        "remainder_name": "、".join(str(row["name"]) for row in silent),
    }


def _touches_once(row: Row, node: str) -> bool:
    return bool((row["to_node"] == node) != (row["from_node"] == node))


def _line(context: Context, network: Network, row: Row, sign: int) -> dict[str, Any]:
    stream = row["stream_id"]
    witness = network.witnesses[stream][0]
    settled = context.flow.sources[witness.source]["records"] == "settlement_bills"
    amounts = [_amount(network, stream, witness.source, month) for month in context.months]
    return {
        "stream": stream,
        "name": stream_name(context, stream),
        "source": witness.source,
        "role": SETTLEMENT if settled else INFLOW if sign > 0 else OUTFLOW,
        "sign": sign,
        "values": [number(amount) for amount in amounts],
    }


def _amount(network: Network, stream: str, source: str, month: str) -> float | None:
    """What a source says about a month; a period that reaches beyond it counts by days."""
    start, end = month_instants(month)
    total, covered = 0.0, 0.0
    for entry in network.entries:
        if (entry.kind, entry.subject, entry.source) == ("flow", stream, source):
            inside = (min(entry.end, end) - max(entry.start, start)).total_seconds()
            if inside > 0:
                covered += inside
                total += entry.value * inside / (entry.end - entry.start).total_seconds()
    return total if covered == (end - start).total_seconds() else None


def _stock(context: Context, network: Network, node: str) -> dict[str, Any]:
    levels = {entry.end: entry.value for entry in network.entries if (entry.kind, entry.subject) == ("level", node)}
    changes = [_drawn(levels, *month_instants(month)) for month in context.months]
    return {
        "stream": node,
        "name": "",
        "source": "stock_counts",
        "role": STOCK,
        "sign": 1,
        "values": [number(change) for change in changes],
    }


def _drawn(levels: dict[datetime, float], start: datetime, end: datetime) -> float | None:
    """Opening less closing level of a month: what the stock gave."""
    return levels[start] - levels[end] if start in levels and end in levels else None


def _left(context: Context, lines: list[dict[str, Any]], sign_of_rest: int) -> list[str]:
    """What is left of each month; where a stream without a record comes in, its amount."""
    left = []
    for place in range(len(context.months)):
        values = [(line["sign"], line["values"][place]) for line in lines]
        known = all(text for _, text in values)
        total = sum((sign * Decimal(text) for sign, text in values), Decimal(0)) if known else None
        left.append(number(None if total is None else sign_of_rest * total))
    return left


def residual_part(context: Context, analysis: Analysis, joint: JointFit) -> tuple[list[dict[str, Any]], str]:
    """Residuals of every source by month and their common limit.

    The first explanation of every error is taken out before the fit is compared with what was measured: what is wrong
    stands out in its own row and disturbs no other. A score is (measured - reconciled) / its standard uncertainty.
    """
    shift, suspects = _shift(context, analysis, joint)
    adjusted = _adjusted(joint, shift)
    rows = list(_rows(context, joint, adjusted, suspects))
    alpha = context.rule(RULE).alpha or Decimal(0)
    scored = sum(1 for row in rows if row["score"])
    return rows, decimal_text(critical_value(alpha, scored)) if scored and alpha else ""


def _shift(context: Context, analysis: Analysis, joint: JointFit) -> tuple[Floats, set[int]]:
    shift, suspects = np.zeros(len(joint.network.entries)), set[int]()
    for error in analysis.diagnosis.errors if analysis.diagnosis else ():
        best = leading(context, error.explanations[0])
        touched = {position for position, _ in best.hypothesis.shift}
        if touched <= suspects:  # what an earlier error of the same values left over
            continue
        suspects |= touched
        for position, amount in best.hypothesis.shift:
            shift[position] += amount * best.size
    return shift, suspects


def _adjusted(joint: JointFit, shift: Floats) -> Floats:
    """Reconciled values of the measured quantities without the errors named; relations as they were linearised."""
    if not shift.any():
        return joint.fit.adjusted
    clean = joint.fit.problem.measured - shift
    try:
        system = with_measured(joint.fit.system, clean)
    except ReconcileError:
        return joint.fit.adjusted
    return np.asarray(clean + system.spread.times(system.balance.T @ system.multipliers))


def _rows(context: Context, joint: JointFit, adjusted: Floats, suspects: set[int]) -> Iterator[dict[str, Any]]:
    network, spread = joint.network, joint.fit.adjustment_sd
    for position, entry in enumerate(network.entries):
        month = entry_month(entry)
        if entry.kind not in SHOWN or month not in context.months:
            continue
        difference = float(joint.fit.problem.measured[position] - adjusted[position])
        checked = spread[position] > NOTHING * max(abs(entry.value), NOTHING)
        yield {
            "group": group_id(group_number(network, entry.subject)),
            "stream": entry.subject,
            "stream_name": _name(context, entry),
            "source": entry.source,
            "source_name": source_name(context, entry.source),
            "kind": entry.kind,
            "month": month,
            "unit": entry.unit,
            "measured": number(entry.value),
            "reconciled": number(float(adjusted[position])),
            "score": number(difference / float(spread[position])) if checked else "",
            "suspect": position in suspects,
        }


def _name(context: Context, entry: Entry) -> str:
    """Name of a stream or node; of a relation, the stream that it gives."""
    for row in context.flow.tables["relations"]:
        if row["relation_id"] == entry.subject:
            return stream_name(context, str(row["output_stream"]))
    return stream_name(context, entry.subject)
