"""Facility figures of the joint fit: how each is known, its interval, and what the interval does to the intensity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from verifierkit.checks.base import Context
from verifierkit.checks.keys import figure_keys
from verifierkit.checks.statistics import six_digits
from verifierkit.checks.texts import facility_name, stream_name
from verifierkit.emissions import Key
from verifierkit.joint.analysis import Analysis
from verifierkit.joint.facilities import FacilityFigure
from verifierkit.record.explanations import group_id, group_number, number
from verifierkit.record.nil import nil_note
from verifierkit.record.values import decimal_text, label
from verifierkit.series import converted
from verifierkit.verification import Verification

FACILITY = "facility"
BASES = {
    "measured": label("实测", "measured"),
    "difference": label("差额推算", "by difference"),
    "allocated": label("分摊", "allocated"),
    "undetermined": label("无法确定", "undetermined"),
}


def facility_part(
    verification: Verification, analysis: Analysis, errors: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One row per stream of a facility over the months looked at.

    ``disturbed``: an error is named in the same group, so that the reconciled value and its interval are not clean.
    """
    if analysis.joint is None:
        return []
    network, context = analysis.joint.network, verification.context
    disturbed = {error["group"] for error in errors}
    rows = []
    for figure in analysis.figures:
        group = group_id(group_number(network, figure.stream))
        rows.append(
            {
                "group": group,
                "facility": figure.facility,
                "facility_name": facility_name(context, figure.facility),
                "stream": figure.stream,
                "stream_name": stream_name(context, figure.stream),
                "parameter": figure.parameter,
                "unit": figure.unit,
                "basis": figure.basis,
                "label": BASES[figure.basis],
                "measured": number(figure.measured),
                "reconciled": number(figure.reconciled),
                "low": number(figure.low),
                "high": number(figure.high),
                "disturbed": group in disturbed,
                "intensity": _intensities(verification, figure),
            }
        )
    return rows


def _intensities(verification: Verification, figure: FacilityFigure) -> list[dict[str, Any]]:
    """Intensities of the facility by the pack's formula, as reported and at both ends of the interval."""
    context = verification.context
    pack = context.packs.get(FACILITY)
    if pack is None or figure.low is None or figure.high is None or not figure.parameter or context.part_year:
        return []
    keys = _reported(context, figure)
    if not keys:
        return []
    ends = [_scaled(context, keys, six_digits(end), figure.unit) for end in (figure.low, figure.high)]
    at_ends = [verification.valuation.with_values(deltas, (), {})[pack.id].values for deltas in ends]
    base = verification.valuation.calculations({}, ())[pack.id].values
    rows = []
    for name, parameter in pack.parameters.items():
        key = Key(FACILITY, name, figure.facility, "", str(context.year))
        if "intensity" not in name or key not in base or any(key not in values for values in at_ends):
            continue
        low, high = sorted(values[key] for values in at_ends)
        rows.append(
            {
                "parameter": name,
                "label": dict(parameter.label),
                "unit": parameter.unit,
                "reported": decimal_text(base[key]),
                "low": decimal_text(low),
                "high": decimal_text(high),
                "note": nil_note(context, figure.stream, figure.parameter, FACILITY) if low == high else label("", ""),
            }
        )
    return rows


def _reported(context: Context, figure: FacilityFigure) -> list[Key]:
    found: dict[Key, None] = {}
    for month in context.months:
        keys = figure_keys(context, figure.stream, figure.parameter, month)
        found |= dict.fromkeys(key for key in keys if key.track == FACILITY)
    return list(found)


def _scaled(context: Context, keys: Iterable[Key], end: Decimal, unit: str) -> dict[Key, Decimal]:
    """Changes that bring the sum of reported figures to another amount, each month by the same share."""
    values = {key: context.figures[key].value for key in keys}
    total, target = sum(values.values(), Decimal(0)), converted(end, unit, context.figures[next(iter(values))].unit)
    if not total or target is None:
        return {}
    return {key: six_digits(value * (target / total - 1)) for key, value in values.items()}
