"""The joint fit in the form of the record: groups, errors with their explanations, what can be known, facility figures.

Statistics are stored to six significant digits. Tonnes are exact: an effect is the change of a total when reported
figures are put right (or, of the smallest error found, shifted by it), as for findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.stats import chi2

from verifierkit.checks.base import Context
from verifierkit.checks.keys import feeds_report, figure_deltas
from verifierkit.checks.statistics import six_digits
from verifierkit.checks.texts import facility_name, source_name, stream_name
from verifierkit.emissions import Key
from verifierkit.joint.analysis import Analysis
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.hypotheses import entry_month
from verifierkit.joint.knowledge import SourceKnowledge
from verifierkit.joint.network import Network
from verifierkit.joint.scatter import groups_of_entries
from verifierkit.record.explanations import (
    effects,
    errors_part,
    group_id,
    group_number,
    number,
    percent,
    questions_part,
)
from verifierkit.record.facility_figures import facility_part
from verifierkit.record.joint_series import residual_part, series_part
from verifierkit.record.rated import through_ratios
from verifierkit.record.values import label
from verifierkit.verification import Verification

NO_RULE = label("规则包未列联合拟合规则", "no pack states the rule of the joint fit")
NO_REDUNDANCY = label("没有可相互印证的来源或平衡", "no two sources or balances check each other")
NOT_CONVERGED = label("换算关系的线性化未收敛：未调和", "the relations did not converge: not reconciled")
STATES = {
    "redundant": label("冗余（有其他数据校核）", "redundant (checked by other data)"),
    "just_determined": label("恰好确定（无校核）", "just determined (nothing checks it)"),
    "observable": label("由平衡推得（无自身计量）", "observable (from the balance, no record of its own)"),
    "undetermined": label("无法确定", "undetermined"),
}
AGREES, SUSPECT, POSSIBLE, UNCHECKED = "agrees", "suspect", "possible", "unchecked"


def reconciliation_part(verification: Verification) -> dict[str, Any]:
    """The whole part; where no number may be computed it holds the reason and empty lists."""
    analysis = verification.context.joint
    if analysis is None or analysis.joint is None or not analysis.joint.reconciled or analysis.diagnosis is None:
        return _empty(_reason(analysis))
    context, joint = verification.context, analysis.joint
    errors = errors_part(verification)
    residuals, limit = residual_part(context, analysis, joint)
    return {
        "reason": None,
        "evidence": number(analysis.diagnosis.evidence),
        "limit": number(analysis.diagnosis.limit),
        "attention": number(analysis.diagnosis.attention),
        "flagged": analysis.diagnosis.flagged,
        "groups": _groups(context, joint),
        "errors": errors,
        "questions": questions_part(verification),
        "sources": [_source(verification, joint, known, errors) for known in analysis.sources],
        "streams": _streams(context, analysis, joint.network),
        "facilities": facility_part(verification, analysis, errors),
        "series": series_part(context, joint.network),
        "residual_limit": limit,
        "residuals": residuals,
        "left_out": [
            {"subject": subject, "name": stream_name(context, source_name(context, subject)), "reason": reason}
            for subject, reason in joint.network.left_out
        ],
    }


def _empty(reason: Mapping[str, str]) -> dict[str, Any]:
    lists = ("groups", "errors", "questions", "sources", "streams", "facilities", "series", "residuals", "left_out")
    nothing = {"evidence": "", "limit": "", "attention": "", "flagged": False, "residual_limit": ""}
    return {"reason": dict(reason), **nothing, **{name: [] for name in lists}}


def _reason(analysis: Analysis | None) -> Mapping[str, str]:
    if analysis is None:
        return NO_RULE
    if analysis.joint is None:
        return label(analysis.refused, analysis.refused)
    return NO_REDUNDANCY if not analysis.joint.residuals.values.size else NOT_CONVERGED


def _groups(context: Context, joint: JointFit) -> list[dict[str, Any]]:
    """Parts of the network that balances and relations join, with chi-square by connected piece."""
    network = joint.network
    pieces = _pieces(joint)
    rows = []
    for place, group in enumerate(network.groups):
        streams = [stream for stream in context.flow.streams if stream in group and stream in network.atoms]
        nodes = _nodes(context, network, place)
        own = pieces.get(place, [])
        rows.append(
            {
                "id": group_id(place),
                "quantity": _quantity(context, streams, nodes),
                "unit": next((network.units[stream] for stream in streams), ""),
                "streams": streams,
                "nodes": nodes,
                "freedom": sum(piece["freedom"] for piece in own),
                "pieces": own,
            }
        )
    return rows


def _nodes(context: Context, network: Network, place: int) -> list[str]:
    """Balanced nodes of a group, in the order of the map."""
    balanced = {balance.node for balance in network.balances if balance is not None}
    return [node for node in context.flow.nodes if node in balanced and group_number(network, node) == place]


def _quantity(context: Context, streams: list[str], balanced: list[str]) -> str:
    """What a group conserves: the quantity of its first balanced node, else of an end of its streams."""
    nodes, rows = context.flow.nodes, [context.flow.streams[stream] for stream in streams]
    ends = [*balanced, *(row[end] for row in rows for end in ("to_node", "from_node"))]
    return next((str(nodes[name]["quantity"]) for name in ends if name in nodes and nodes[name]["quantity"]), "")


def _pieces(joint: JointFit) -> dict[int, list[dict[str, Any]]]:
    """Connected pieces with redundancy by group; instruments that groups share join them into one piece."""
    groups, found = groups_of_entries(joint.network), dict[int, list[dict[str, Any]]]()
    balance = joint.fit.system.balance.tocsr()
    for piece in joint.fit.pieces:
        touched = sorted({int(groups[column]) for column in balance[np.asarray(piece.balances)].indices})
        chance = float(chi2.sf(piece.objective, piece.dof)) if piece.dof else None
        row = {
            "groups": [group_id(place) for place in touched],
            "freedom": piece.dof,
            "chi_square": number(piece.objective),
            "probability": number(chance),
        }
        for place in touched:
            found.setdefault(place, []).append(row)
    return found


def _streams(context: Context, analysis: Analysis, network: Network) -> list[dict[str, Any]]:
    rows = []
    for known in analysis.streams:
        state = known.state.value.replace(" ", "_")
        rows.append(
            {
                "group": group_id(group_number(network, known.stream)),
                "stream": known.stream,
                "stream_name": stream_name(context, known.stream),
                "state": state,
                "label": STATES[state],
                "helpers": [
                    {"stream": stream, "stream_name": stream_name(context, stream)} for stream in known.helpers
                ],
            }
        )
    return rows


def _source(
    verification: Verification, joint: JointFit, known: SourceKnowledge, errors: list[dict[str, Any]]
) -> dict[str, Any]:
    context, network = verification.context, joint.network
    seen = known.checked and known.bias < 1
    row = context.flow.streams[known.stream]
    typical = abs(known.year) / max(len(context.months), 1)
    month_share = known.month_error / typical if typical else float("inf")
    state = "redundant" if known.checked else "just_determined"
    return {
        "group": group_id(group_number(network, known.stream)),
        "stream": known.stream,
        "stream_name": stream_name(context, known.stream),
        "source": known.source,
        "source_name": source_name(context, known.source),
        "facility": row["facility_id"] or "",
        "facility_name": facility_name(context, row["facility_id"] or ""),
        "unit": known.unit,
        "state": state,
        "label": STATES[state],
        "mark": _mark(known, errors, seen=seen or (known.checked and month_share < 1)),
        "year": number(known.year),
        "month_error": number(known.month_error),
        "month_percent": percent(month_share),
        "bias_percent": percent(known.bias) if seen else "",
        "bias_amount": number(known.bias * abs(known.year)) if seen else "",
        "bias_effects": _bias_effects(verification, network, known) if seen else [],
        "alike": [
            {"stream": stream, "source": source, "source_name": source_name(context, source)}
            for stream, source in known.alike
        ],
    }


def _mark(known: SourceKnowledge, errors: list[dict[str, Any]], *, seen: bool) -> str:
    """How a source stands: named first for an error, named beside the first, checked and in agreement, or unchecked."""
    own = (known.stream, known.source)
    best = [error["explanations"][0] for error in errors]
    others = [row for error in errors for row in (*error["explanations"][1:], *error["explanations"][0]["alike"])]
    if own in {(row["stream"], row["source"]) for row in best}:
        return SUSPECT
    if own in {(row["stream"], row["source"]) for row in others}:
        return POSSIBLE
    return AGREES if seen else UNCHECKED


def _bias_effects(verification: Verification, network: Network, known: SourceKnowledge) -> list[dict[str, Any]]:
    """What the smallest constant bias found would do to the totals if it raised every month of the source."""
    context = verification.context
    source = context.flow.sources[known.source]
    shown: dict[str, Decimal] = {}
    for entry in network.entries:
        month = entry_month(entry)
        if (entry.kind, entry.subject, entry.source) == (
            "flow",
            known.stream,
            known.source,
        ) and month in context.months:
            shown[month] = shown.get(month, Decimal(0)) + six_digits(entry.value * known.bias)
    changes: list[tuple[Key, Decimal]] = []
    if feeds_report(context, source):
        for month, more in shown.items():
            changes += figure_deltas(context, source, month, more, known.unit)
    less = {month: -more for month, more in shown.items()}
    changes += through_ratios(context, known.stream, known.source, less, known.unit)
    return effects(verification, known.stream, changes)
