"""What a difference in rules does to the allowance of a case: E, A and A minus E, where a plan is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from verifierkit.allowances import Change, Plan, Span, change, plan_of
from verifierkit.allowances.case_units import case_units
from verifierkit.allowances.units import Unit
from verifierkit.checks import Context
from verifierkit.emissions import Calculation
from verifierkit.rulediff.words import said
from verifierkit.rulepack import RulePack


@dataclass(frozen=True)
class Allowances:
    """The plan of the case's sector and year, and the change; None where units or plan are missing."""

    plan: Plan
    change: Change | None


def allowances(
    context: Context, before: tuple[RulePack, Calculation], after: tuple[RulePack, Calculation]
) -> Allowances:
    """Change of the allowance from the figures of one pack to those of another, under one plan.

    The plan is that of the case's year, or the one that ``case.yaml`` names under ``allowance``.
    """
    given: Mapping[str, object] | None = context.case.meta.get("allowance")
    plan = plan_of(context.case.meta["sector"], context.year, given)
    units = [_units(plan, context, *side) for side in (before, after)]
    if units[0] is None or units[1] is None:
        return Allowances(plan, None)
    return Allowances(plan, change(plan, units[0], units[1]))


def _units(plan: Plan, context: Context, pack: RulePack, calculation: Calculation) -> tuple[Unit, ...] | None:
    under = replace(context, packs=dict.fromkeys(context.packs, pack))
    return case_units(plan, under, {pack.id: calculation})


def sentence(found: Allowances | None, lang: str) -> str:
    """One line on the allowance, or why there is none."""
    if found is None or found.plan.pack is None:
        return said("allowances.none", lang)
    held = found.change
    if held is None or held.allowance is None or held.net is None:
        return said("allowances.open", lang, plan=found.plan.pack.id, note=found.plan.note.get(lang, ""))
    amounts = {"e": _signed(held.emission), "a": _span(held.allowance), "net": _span(held.net)}
    return said("allowances", lang, plan=found.plan.pack.id, note=found.plan.note.get(lang, ""), **amounts)


def _span(span: Span) -> str:
    return _signed(span.low) if span.low == span.high else f"{_signed(span.low)} … {_signed(span.high)}"


def _signed(amount: Decimal) -> str:
    return f"{amount:+f}" if amount else "0"
