"""The units of a case out of a calculation of its facility track."""

from __future__ import annotations

from decimal import Decimal, localcontext

from verifierkit.allowances.plan import Plan
from verifierkit.allowances.units import Unit, units_of
from verifierkit.checks.base import Context
from verifierkit.emissions import Calculation, Key
from verifierkit.emissions.rounding import EXACT
from verifierkit.rulepack.allowance import SUBSTITUTION

FACILITY, ENTITY, ZERO = "facility", "entity", Decimal(0)


def case_units(plan: Plan, context: Context, calculations: dict[str, Calculation]) -> tuple[Unit, ...] | None:
    """Units with the figures of the year from calculations by pack id; None where the plan or an emission is missing.

    A part-year run has no figures of the year, so it has no units.
    """
    pack = context.packs.get(FACILITY)
    if plan.method is None or pack is None or context.part_year or plan.method.emission not in pack.parameters:
        return None
    values = calculations[pack.id].values
    rows = [row for row in context.flow.facilities.items() if row[1]["kind"] == plan.method.unit_kind]
    enterprise = _enterprise(context, calculations)
    units = []
    for facility, row in rows:
        emission = values.get(_key(context, plan.method.emission, facility))
        if emission is None:
            return None
        units.append(
            Unit(
                facility,
                emission,
                values.get(_key(context, plan.method.output, facility)),
                row["facility_class"] or "",
                _substitution(plan, context, calculations[pack.id], facility),
                enterprise,
                row["commissioned"].year if row["commissioned"] else None,
            )
        )
    return units_of(units) or None


def _key(context: Context, parameter: str, facility: str, item: str = "") -> Key:
    return Key(FACILITY, parameter, facility, item, str(context.year))


def _enterprise(context: Context, calculations: dict[str, Calculation]) -> Decimal | None:
    """Emission of the enterprise [tCO2e]: the total of the entity track, else of the facility track."""
    for track in (ENTITY, FACILITY):
        pack = context.packs.get(track)
        total = pack.totals.get(track) if pack else None
        if pack is None or total is None:
            continue
        values = calculations[pack.id].values
        amounts = [
            value
            for key, value in values.items()
            if (key.track, key.parameter, key.period) == (track, total, str(context.year))
        ]
        if amounts:
            return sum(amounts, ZERO)
    return None


def _substitution(plan: Plan, context: Context, calculation: Calculation, facility: str) -> Decimal | None:
    """Material × its deduction factor ÷ (clinker × its process factor), as the plan defines the rate."""
    assert plan.method is not None
    assert plan.rule is not None
    cases = [case for case in plan.rule.cases(plan.sector, plan.year) if case.test == SUBSTITUTION]
    if not cases:
        return None
    names = (
        ("deducted_material_t", cases[0].item),
        ("deduction_factor_tco2_per_t", cases[0].item),
        (plan.method.output, ""),
        ("clinker_factor_tco2_per_t", ""),
    )
    found = [calculation.values.get(_key(context, name, facility, item)) for name, item in names]
    amounts = [value for value in found if value]
    if len(amounts) != len(names):
        return None
    with localcontext(EXACT):
        return amounts[0] * amounts[1] / (amounts[2] * amounts[3])
