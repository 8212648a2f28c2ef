"""A case's own limits of experience bands: checked once against the packs, then looked up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.rulepack import Band, RulePack

CASE_FILE, ENDS = "case.yaml", ("low", "high")


def check_experience(meta: Mapping[str, Any], packs: Mapping[str, RulePack]) -> None:
    """Refuse overrides that no band of the packs would take.

    Raises
    ------
    InputErrors
        One fault for each rule that is unknown or has no experience band, and each limit that is no number.
    """
    own = meta.get("experience") or {}
    entries = own.items() if isinstance(own, Mapping) else [("experience", own)]
    faults = [fault for rule, limits in entries if (fault := _fault(str(rule), limits, packs))]
    if faults:
        raise InputErrors(faults)


def _fault(rule: str, limits: Any, packs: Mapping[str, RulePack]) -> InputError | None:
    bands = [band for pack in packs.values() if rule in pack.checks and (band := pack.checks[rule].band())]
    expected = ""
    if not any(band.experience for band in bands):
        expected = "the id of a rule with an experience band, such as band.coal"
    elif not isinstance(limits, Mapping) or not limits or not set(limits) <= set(ENDS):
        expected = "`low`, `high` or both"
    elif any(_number(limits[end]) is None for end in limits if limits[end] is not None):
        expected = "numbers, or null for an open end"
    elif len(known := [value for end in ENDS if (value := _number(limits.get(end))) is not None]) == len(ENDS):
        expected = "a low limit not above the high one" if known[0] > known[1] else ""
    if not expected:
        return None
    todo = "Correct the entry under `experience:`."
    return InputError(Place(CASE_FILE), expected=expected, found=f"{rule}: {limits}", todo=todo)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def limits_of(meta: Mapping[str, Any], rule: str, band: Band) -> tuple[Decimal | None, Decimal | None]:
    """Low and high limit of a band (None is open): the case's own where the band is experience, else the pack's."""
    own = (meta.get("experience") or {}).get(rule) or {} if band.experience else {}
    low = _number(own["low"]) if "low" in own else band.low
    high = _number(own["high"]) if "high" in own else band.high
    return low, high
