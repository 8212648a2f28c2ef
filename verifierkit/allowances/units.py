"""The allowance of one unit: a clinker line or a potline, with the special cases of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from verifierkit.allowances.plan import Plan
from verifierkit.emissions.rounding import EXACT
from verifierkit.errors import UsageError
from verifierkit.rulepack.allowance import (
    BENCHMARK,
    COMMISSIONED,
    FACILITY_CLASS,
    NAMED,
    NONE,
    SMALL,
    SUBSTITUTION,
    VERIFIED,
    SpecialCase,
)

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Unit:
    """A unit with its figures of the year.

    ``emission`` is in tCO2 or tCO2e, ``output`` in t (None where it is not reported), ``substitution`` the carbide-slag
    rate as a fraction (None where no such material is used), ``enterprise_emission`` the emission of the enterprise in
    tCO2e that a threshold is held against, ``commissioned_year`` the year in which it went into operation.
    """

    facility: str
    emission: Decimal
    output: Decimal | None
    facility_class: str = ""
    substitution: Decimal | None = None
    enterprise_emission: Decimal | None = None
    commissioned_year: int | None = None

    @property
    def intensity(self) -> Decimal | None:
        """Emission per tonne of product [tCO2e/t], not rounded; None without output."""
        if not self.output:
            return None
        with localcontext(EXACT):
            return self.emission / self.output


def units_of(rows: Iterable[Unit]) -> tuple[Unit, ...]:
    """Units in the order of their facility ids."""
    return tuple(sorted(rows, key=lambda unit: unit.facility))


def special_case(plan: Plan, unit: Unit) -> SpecialCase | None:
    """The first special case of the plan that holds for a unit; one that the case names comes before all others."""
    if plan.rule is None:
        return None
    cases = plan.rule.cases(plan.sector, plan.year)
    named = [case for case in cases if plan.special.get(unit.facility) == case.id]
    held = [*named, *(case for case in cases if case.test != NAMED and _TESTS[case.test](plan, case, unit))]
    return held[0] if held else None


def _of_class(plan: Plan, case: SpecialCase, unit: Unit) -> bool:
    return unit.facility_class == case.facility_class


def _substituted(plan: Plan, case: SpecialCase, unit: Unit) -> bool:
    return unit.substitution is not None and unit.substitution > plan.value(case.value)


def _small(plan: Plan, case: SpecialCase, unit: Unit) -> bool:
    return unit.enterprise_emission is not None and unit.enterprise_emission <= plan.value(case.value)


def _commissioned(plan: Plan, case: SpecialCase, unit: Unit) -> bool:
    return unit.commissioned_year == plan.year


_TESTS: dict[str, Callable[[Plan, SpecialCase, Unit], bool]] = {
    FACILITY_CLASS: _of_class,
    SUBSTITUTION: _substituted,
    SMALL: _small,
    COMMISSIONED: _commissioned,
}


def coefficient(plan: Plan, unit: Unit, balance: Decimal) -> Decimal:
    """Intensity coefficient of a unit at a balance value [tCO2e/t]: slope × deviation, capped beyond the limit.

    Raises
    ------
    UsageError
        If the unit has no output.
    """
    intensity = unit.intensity
    if intensity is None:
        raise UsageError(f"{unit.facility} has no output; its intensity and its allowance cannot be computed")
    limit, cap = plan.value("deviation_limit"), plan.value("coefficient_cap")
    with localcontext(EXACT):
        deviation = (balance - intensity) / balance
        if abs(deviation) >= limit:
            return cap.copy_sign(deviation)
        return plan.value("coefficient_slope") * deviation


def allowance_of_unit(
    plan: Plan, unit: Unit, *, balance: Decimal | None = None, rounded: bool = True
) -> Decimal | None:
    """Allowance A of a unit [tCO2e]; None where no plan is loaded or the unit has no output.

    Parameters
    ----------
    balance
        Balance value [tCO2e/t]; needed where the plan works by intensity.
    rounded
        False leaves A as computed; the plan cuts it to whole tonnes.

    Raises
    ------
    UsageError
        If the plan works by intensity and no balance value is given.
    """
    if plan.method is None:
        return None
    case = special_case(plan, unit)
    if case is not None:
        return ZERO if case.gives == NONE else unit.emission
    if plan.method.method == VERIFIED:
        return unit.emission
    if not unit.output:
        return None
    with localcontext(EXACT):
        amount = _computed(plan, unit, balance)
        whole = plan.method.rounded_down and rounded
        return amount.to_integral_value(rounding=ROUND_FLOOR) if whole else amount


def _computed(plan: Plan, unit: Unit, balance: Decimal | None) -> Decimal:
    assert plan.method is not None
    if plan.method.method == BENCHMARK:
        return (unit.output or ZERO) * plan.value("benchmark_tco2_per_t", kind=plan.method.unit_kind)
    if balance is None:
        raise UsageError("the plan works by intensity: give a balance value, or ask for the range")
    return unit.emission * (ONE + coefficient(plan, unit, balance))


def corners(plan: Plan, units: Sequence[Unit]) -> list[Decimal]:
    """Balance values [tCO2e/t] at which a cap of a unit begins: between two of them every A is monotone."""
    limit = plan.value("deviation_limit")
    with localcontext(EXACT):
        found = [unit.intensity / (ONE + side) for unit in units if unit.intensity for side in (limit, -limit)]
    return sorted(set(found))
