"""Values that the team determined under the conservative principle, beside reported and verified ones.

They never enter the verified figures: the totals with them stand in a column of their own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from verifierkit.checks.determined import Determined, determined_values, reported_value
from verifierkit.checks.keys import round_half_up
from verifierkit.checks.texts import facility_name, item_label
from verifierkit.emissions import Calculation, Key
from verifierkit.periods import join_months
from verifierkit.record.values import decimal_text, plain
from verifierkit.verification import Verification

ZERO = Decimal(0)
COLUMNS = ("rule", "formula", "source", "direction", "author", "reason", "evidence")


def determined_part(verification: Verification) -> dict[str, Any]:
    """All values with the figures that they stand beside, and the totals with them in place [t]; empty without any."""
    context = verification.context
    held = [one for one in determined_values(context) if one.usable]
    if not held:
        return {"values": [], "totals": []}
    calculations = verification.valuation.with_values(
        verification.deltas, verification.unpinned, _inputs(verification, held)
    )
    return {
        "values": [_value(verification, one) for one in held],
        "totals": _totals(verification, calculations),
    }


def of_parameter(part: dict[str, Any], block: dict[str, Any]) -> list[dict[str, Any]]:
    """The values that stand beside the figures of one parameter block of the record."""
    names = ("track", "facility", "parameter", "item")
    return [row for row in part["values"] if all(row[name] == block[name] for name in names)]


def _value(verification: Verification, one: Determined) -> dict[str, Any]:
    context, row = verification.context, one.row
    assert one.parameter is not None
    return {
        "id": row["value_id"],
        "track": row["track"],
        "facility": row["facility_id"],
        "facility_name": facility_name(context, row["facility_id"]),
        "parameter": row["parameter"],
        "label": dict(one.parameter.label),
        "item": row["item"] or "",
        "item_label": item_label(row["item"] or ""),
        "period": join_months(one.months) if one.months else str(context.year),
        "reported": decimal_text(reported_value(context, one)),
        "verified": decimal_text(_verified(verification, one)),
        "determined": decimal_text(one.value),
        "unit": one.parameter.unit_of(row["item"] or ""),
        **{name: plain(row[name]) or "" for name in COLUMNS},
        "place": str(row.cell("value")),
    }


def _verified(verification: Verification, one: Determined) -> Decimal | None:
    """Verified figure of the same months: their sum for a quantity, their mean for a factor."""
    assert one.parameter is not None
    values = [_held(verification, key) for key in one.keys(verification.context.year)]
    known = [value for value in values if value is not None]
    if not known or len(known) != len(values):
        return None
    total = sum(known, ZERO)
    return total if one.parameter.year == "sum" else total / len(known)


def _held(verification: Verification, key: Key) -> Decimal | None:
    return verification.verified[verification.context.packs[key.track].id].values.get(key)


def _inputs(verification: Verification, held: list[Determined]) -> dict[Key, Decimal]:
    """Figures with the values in place: a factor in each month, a quantity shared over its months as verified."""
    found: dict[Key, Decimal] = {}
    for one in held:
        keys = _monthly(verification, one)
        assert one.value is not None
        assert one.parameter is not None
        if one.parameter.year != "sum":
            found |= dict.fromkeys(keys, one.value)
            continue
        known = [_held(verification, key) or ZERO for key in keys]
        whole, left = sum(known, ZERO), one.value
        for key, amount in zip(keys[:-1], known, strict=False):
            share = one.value * amount / whole if whole else one.value / len(keys)
            found[key] = round_half_up(share, one.parameter.digits)
            left -= found[key]
        found[keys[-1]] = left
    return found


def _monthly(verification: Verification, one: Determined) -> list[Key]:
    """The figures to replace: those of the months also where the value is of the year but months are reported."""
    context, keys = verification.context, list(one.keys(verification.context.year))
    if one.months:
        return keys
    months = [keys[0]._replace(period=month) for month in context.months]
    return months if any(key in context.figures for key in months) else keys


def _totals(verification: Verification, calculations: dict[str, Calculation]) -> list[dict[str, Any]]:
    context, rows = verification.context, []
    for track, pack in context.packs.items():
        total = pack.totals.get(track)
        if total is None:
            continue
        for facility in context.structures[track].facilities:
            if facility.kind not in pack.parameters[total].at(track):
                continue
            key = Key(track, total, facility.id, "", str(context.year))
            determined, verified = calculations[pack.id].values.get(key), _held(verification, key)
            rows.append(
                {
                    "track": track,
                    "facility": facility.id,
                    "facility_name": facility_name(context, facility.id),
                    "parameter": total,
                    "label": dict(pack.parameters[total].label),
                    "unit": pack.parameters[total].unit,
                    "reported": decimal_text(context.value(key)),
                    "verified": decimal_text(verified),
                    "determined": decimal_text(determined),
                }
            )
    return rows
