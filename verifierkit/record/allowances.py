"""Allowances in the form of the record: the plan, the units, and what each finding does to E, A and A minus E.

This part is for working papers. A verification body does not compute allowances for the enterprise, so no official
document shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from verifierkit.allowances import Change, Plan, Span, Unit, change, coefficient, plan_of, special_case
from verifierkit.allowances.case_units import case_units
from verifierkit.allowances.changes import allowance
from verifierkit.allowances.plan import NOT_LOADED, VALUE
from verifierkit.checks.texts import facility_name
from verifierkit.emissions import Calculation
from verifierkit.errors import UsageError
from verifierkit.record.values import decimal_text, label
from verifierkit.rulepack.allowance import INTENSITY
from verifierkit.rulepack.wording import clause_label, title_label
from verifierkit.verification import Verification

SHOWN = Decimal("0.000001")  # the step to which intensities and coefficients are shown
FEN = Decimal("0.01")
NO_UNITS = label(
    "没有该年度各单元的排放量，未计算配额", "the units have no emission of the year; no allowance is computed"
)
PART_YEAR = label("未满一年，未计算配额", "a part of a year; no allowance is computed")
NO_OUTPUT = label("单元没有产量，未计算配额", "a unit has no output; no allowance is computed")


def allowance_parts(verification: Verification) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The record's allowance part, and one entry for each finding in their order.

    Raises
    ------
    UsageError
        If the key ``allowance`` of ``case.yaml`` cannot be followed.
    """
    context = verification.context
    plan = plan_of(context.case.meta["sector"], context.year, context.case.meta.get("allowance"))
    unknown = sorted(set(plan.special) - set(context.flow.facilities))
    if unknown:
        known = ", ".join(sorted(context.flow.facilities))
        raise UsageError(f"case.yaml, allowance, special: {unknown[0]} is no facility of the case; known: {known}.")
    base = _units(verification, plan, verification.valuation.calculations({}, ()))
    verified = _units(verification, plan, verification.verified)
    entries = [_finding(verification, plan, base, index) for index in range(len(verification.findings))]
    together = change(plan, base, verified) if base and verified else None
    part = {
        "state": plan.state if base else NOT_LOADED if plan.method is None else "not_evaluated",
        "note": _note(verification, plan, base),
        "plan": _plan(plan),
        "units": [] if not base or not verified else _unit_rows(verification, plan, base, verified),
        "reported": _total(plan, base),
        "verified": _total(plan, verified),
        "change": _change(plan, together),
    }
    return part, entries


def _units(verification: Verification, plan: Plan, calculations: dict[str, Calculation]) -> tuple[Unit, ...] | None:
    return case_units(plan, verification.context, calculations)


def _note(verification: Verification, plan: Plan, base: Sequence[Unit] | None) -> dict[str, str]:
    if plan.method is not None and verification.context.part_year:
        return PART_YEAR
    return dict(plan.note) if base or plan.method is None else NO_UNITS


def _plan(plan: Plan) -> dict[str, Any] | None:
    if plan.pack is None or plan.method is None:
        return None
    cited = plan.method.citation
    return {
        "pack": plan.pack.id,
        "title": dict(plan.pack.title),
        "status": dict(plan.pack.status),
        "in_force": bool(plan.rule and plan.rule.in_force),
        "sha256": plan.pack.sha256,
        "method": plan.method.method,
        "citation": {
            "title": title_label(cited),
            "clause": clause_label(cited),
            "confidence": cited.confidence,
        },
        "balance_low": decimal_text(plan.balance.low),
        "balance_high": decimal_text(plan.balance.high),
        "price_yuan_per_t": decimal_text(plan.price),
        "price_source": plan.price_source,
        "gaps": [dict(entry) for entry in plan.pack.gaps],
    }


def _finding(verification: Verification, plan: Plan, base: Sequence[Unit] | None, index: int) -> dict[str, Any]:
    finding = verification.findings[index]
    if not base:
        return {"state": NOT_LOADED if plan.method is None else "not_evaluated", **_change(plan, None)}
    after: Sequence[Unit] | None = base
    if finding.deltas or finding.unpinned:
        after = _units(verification, plan, verification.valuation.calculations(finding.deltas, finding.unpinned))
    return {"state": plan.state, **_change(plan, change(plan, base, after) if after else None)}


def _change(plan: Plan, found: Change | None) -> dict[str, Any]:
    """Change of E, A and A minus E [tCO2e] and, only where the case gives a price, of the value of A minus E [yuan]."""
    net = found.net if found else None
    money = None if net is None or plan.price is None else Span(net.low * plan.price, net.high * plan.price)
    return {
        "emission": decimal_text(found.emission) if found else "",
        "allowance": _span(found.allowance if found else None),
        "net": _span(net),
        "rounding": decimal_text(found.rounding) if found else "",
        "value_yuan": _span(None if money is None else Span(money.low.quantize(FEN), money.high.quantize(FEN))),
        "note": NO_OUTPUT if found and found.allowance is None else label("", ""),
    }


def _span(span: Span | None) -> dict[str, str] | None:
    return None if span is None else {"low": decimal_text(span.low), "high": decimal_text(span.high)}


def _total(plan: Plan, units: Sequence[Unit] | None) -> dict[str, Any]:
    if not units:
        return {"emission": "", "allowance": None, "net": None}
    emission = sum((unit.emission for unit in units), Decimal(0))
    amount = allowance(plan, units)
    net = None if amount is None else amount - emission
    return {"emission": decimal_text(emission), "allowance": _span(amount), "net": _span(net)}


def _unit_rows(
    verification: Verification, plan: Plan, base: Sequence[Unit], verified: Sequence[Unit]
) -> list[dict[str, Any]]:
    rows = []
    for before, after in zip(base, verified, strict=True):
        case = special_case(plan, after)
        rows.append(
            {
                "facility": after.facility,
                "facility_name": facility_name(verification.context, after.facility),
                "special": dict(case.label) if case else label("", ""),
                "special_confidence": case.citation.confidence if case else "",
                **{
                    f"{state}_{name}": text
                    for state, unit in (("reported", before), ("verified", after))
                    for name, text in _unit(plan, unit).items()
                },
            }
        )
    return rows


def _unit(plan: Plan, unit: Unit) -> dict[str, Any]:
    intensity = unit.intensity
    known = plan.state == VALUE and plan.method is not None and plan.method.method == INTENSITY and intensity
    share = coefficient(plan, unit, plan.balance.low) if known and plan.balance.low and not special_case(plan, unit) \
        else None  # fmt: skip
    return {
        "emission": decimal_text(unit.emission),
        "output": decimal_text(unit.output),
        "intensity": decimal_text(intensity.quantize(SHOWN) if intensity else None),
        "coefficient": decimal_text(share.quantize(SHOWN) if share is not None else None),
        "allowance": _span(allowance(plan, (unit,))),
    }
