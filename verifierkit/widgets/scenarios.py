"""What the learning notebooks on allowances show: a sample's units under a plan, its captive plant, a move of output."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from IPython.display import HTML

from verifierkit.allowances import Plan, PowerUnit, Span, Unit, moved, plan_of, with_and_without_captive
from verifierkit.allowances.case_units import case_units
from verifierkit.allowances.changes import allowance, change
from verifierkit.checks.balances import measured_series
from verifierkit.checks.keys import in_unit
from verifierkit.emissions import Key
from verifierkit.errors import UsageError
from verifierkit.papers.tables import frame, word
from verifierkit.rulepack import Citation
from verifierkit.rulepack.wording import clause_label
from verifierkit.verification import Verification

HEADINGS = {
    "treatment": {"zh": "处理方式", "en": "Treatment"},
    "basis": {"zh": "依据", "en": "Basis"},
    "case": {"zh": "情形", "en": "Case"},
    "output_moved": {"zh": "移动产量 [t]", "en": "Output moved [t]"},
    "balance": {"zh": "平衡值 [tCO2e/t]", "en": "Balance value [tCO2e/t]"},
}


def plan_for(verification: Verification, *, balance: float = 0.0, pack: str = "") -> Plan:
    """The plan of a case; a balance value of 0 [tCO2e/t] means that none is known.

    Raises
    ------
    UsageError
        If the pack holds no method for the case.
    """
    context = verification.context
    said = {"pack": pack} | ({"balance_value": Decimal(str(balance))} if balance else {})
    return plan_of(context.case.meta["sector"], context.year, said)


def units_for(plan: Plan, verification: Verification) -> tuple[Unit, ...]:
    """The units of a case as verified.

    Raises
    ------
    UsageError
        If the plan has none for it.
    """
    found = case_units(plan, verification.context, verification.verified)
    if found is None:
        raise UsageError(f"no unit of {verification.context.case.meta['case_id']} can be computed under this plan")
    return found


def captive_of(verification: Verification, unit_class: str, *, heat_gj: float = 0.0) -> PowerUnit:
    """The captive plant of a case: its quoted emission [tCO2] and the power that it supplied [MWh].

    A case holds supply, not generation: the plan's benchmark is for generation, so the allowance comes out a little low.

    Raises
    ------
    UsageError
        If the case quotes no emission of a power unit or records no supply.
    """
    context, year = verification.context, str(verification.context.year)
    pack = context.packs["entity"]
    key = Key("entity", "power_unit_co2_t", context.flow.entity_id, "", year)
    emission = verification.verified[pack.id].values.get(key)
    units = {key for key, row in context.flow.facilities.items() if row["kind"] == "captive_unit"}
    supplied, found = Decimal(0), ""
    for stream in context.flow.streams.values():
        if stream["facility_id"] in units and stream["unit"] == "MWh":
            series = measured_series(context.flow, stream["stream_id"])
            amounts = [in_unit(series, month, "MWh") if series else None for month in context.months]
            supplied += sum((amount for amount in amounts if amount is not None), Decimal(0))
            found = stream["facility_id"]
    if not emission or not supplied:
        raise UsageError("the case quotes no emission of a captive plant, or records no power that it supplied")
    return PowerUnit(found, unit_class, emission, supplied, Decimal(str(heat_gj)))


def captive_table(
    verification: Verification, plan: Plan, captive: PowerUnit, language: str, *, power_pack: str
) -> HTML:
    """The host's allocation without its captive plant and with it, each way beside its source."""
    year = verification.context.year
    power = plan_of("power", year, {"pack": power_pack})
    rows = [
        {"treatment": row.label[language], "emission_e": f"{row.emission}", "allowance_a": _span(row.allowance),
         "net_a_e": _span(row.net), "basis": _cited(row.citation, language)}
        for row in with_and_without_captive(plan, units_for(plan, verification), power, captive)
    ]  # fmt: skip
    return _table(rows, ("treatment", "emission_e", "allowance_a", "net_a_e", "basis"), language)


def transfer_table(
    plan: Plan, units: Sequence[Unit], giver: str, taker: str, amounts: Sequence[int], language: str
) -> HTML:
    """What moving output [t] from one unit to another does to E, A and A minus E of the group; not a rule."""
    rows = []
    for amount in amounts:
        found = moved(plan, units, giver=giver, taker=taker, output=Decimal(amount))
        rows.append(
            {"case": found.label[language], "output_moved": f"{found.output}", "change_e": f"{found.change.emission}",
             "change_a": _span(found.change.allowance), "change_net": _span(found.change.net)}
        )  # fmt: skip
    return _table(rows, ("case", "output_moved", "change_e", "change_a", "change_net"), language)


def balance_table(verification: Verification, values: Sequence[float], language: str) -> HTML:
    """Allowance of the case and the change that all its findings make together, at several balance values."""
    base = verification.valuation.calculations({}, ())
    rows = []
    for value in values:
        plan = plan_for(verification, balance=value)
        before = case_units(plan, verification.context, base) or ()
        after = units_for(plan, verification)
        done = change(plan, before, after)
        rows.append(
            {"balance": f"{value}", "allowance_a": _span(allowance(plan, after)), "change_e": f"{done.emission}",
             "change_a": _span(done.allowance), "change_net": _span(done.net)}
        )  # fmt: skip
    return _table(rows, ("balance", "allowance_a", "change_e", "change_a", "change_net"), language)


def _cited(citation: Citation | None, language: str) -> str:
    """Clause and mark in a language; nothing where no source is given."""
    return f"{clause_label(citation)[language]} [{citation.confidence}]" if citation else ""


def _span(span: Span | None) -> str:
    if span is None:
        return ""
    return f"{span.low}" if span.low == span.high else f"{span.low} … {span.high}"


def _table(rows: Sequence[dict[str, str]], columns: Sequence[str], language: str) -> HTML:
    table = frame(rows, columns, language)
    table.columns = [HEADINGS[name][language] if name in HEADINGS else word(name, language) for name in columns]
    return HTML(table.to_html(index=False))
