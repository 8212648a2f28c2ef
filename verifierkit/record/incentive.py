"""The part of the record on incentives: what a shift or a switch of method of each figure is worth."""

from __future__ import annotations

from typing import Any

from verifierkit.checks.base import Context
from verifierkit.checks.texts import facility_name, item_label
from verifierkit.incentive import Incentive, Line
from verifierkit.record.clarifications import effect_part
from verifierkit.record.values import label
from verifierkit.verification import Verification


def incentive_part(verification: Verification) -> list[dict[str, Any]]:
    """One entry a line, in the order of the ranking. This part is for working papers; no official document shows it."""
    incentive = Incentive(verification.context, verification.results)
    ranks = incentive.ranks()
    return [_line(verification.context, line, ranks.get(line.name)) for line in incentive.lines()]


def _line(context: Context, line: Line, rank: int | None) -> dict[str, Any]:
    pack = context.packs.get(line.track) or next(iter(context.packs.values()))
    parameter = pack.parameters.get(line.parameter)
    return {
        "rank": rank,
        "kind": line.kind,
        "track": line.track,
        "facility": line.facility,
        "facility_name": facility_name(context, line.facility) if line.facility else "",
        "parameter": line.parameter,
        "label": dict(parameter.label) if parameter else label(line.parameter, line.parameter),
        "item": line.item,
        "item_label": item_label(line.item),
        "change": dict(line.label),
        "effect": effect_part(line.effect),
        "reason": dict(line.reason) if line.reason else label("", ""),
    }
