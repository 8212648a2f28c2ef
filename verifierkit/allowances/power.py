"""The allowance of a power unit, and a host's allocation with its captive plant inside and outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from verifierkit.allowances.changes import Span, allowance
from verifierkit.allowances.plan import Plan
from verifierkit.allowances.units import Unit
from verifierkit.emissions.rounding import EXACT
from verifierkit.errors import UsageError
from verifierkit.rulepack import Citation, Label
from verifierkit.rulepack.allowance import POWER

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class PowerUnit:
    """A captive power unit over a year.

    ``emission`` is its verified emission [tCO2], ``generated_mwh`` its generation, ``heat_gj`` the heat supplied,
    ``unit_class`` the class of the benchmark table. ``load_correction`` is the correction for part load (1 for units
    at 50 % load or more and for unconventional coal and gas units); the plan's formula of it is not loaded.
    """

    facility: str
    unit_class: str
    emission: Decimal
    generated_mwh: Decimal
    heat_gj: Decimal = ZERO
    load_correction: Decimal = ONE


def power_allowance(plan: Plan, unit: PowerUnit, *, shortfall_limited: bool = True) -> Decimal:
    """Allowance of a power unit [tCO2]: electricity and heat each cut to whole tonnes.

    Parameters
    ----------
    plan
        A plan of the sector ``power``.
    shortfall_limited
        Whether the unit stands for a whole power entity, whose allowance is at least the share of its emission that
        the limit of the shortfall leaves.

    Raises
    ------
    UsageError
        If the plan is not one of power units, or has no benchmark of the class and year.
    """
    if plan.pack is None or plan.method is None or plan.method.method != POWER:
        raise UsageError(f"no power plan is loaded for data year {plan.year}; name allowance-2026-draft")
    electricity = _benchmark(plan, "electricity_benchmark_tco2_per_mwh", unit)
    heat = _benchmark(plan, "heat_benchmark_tco2_per_gj", unit)
    with localcontext(EXACT):
        parts = (unit.generated_mwh * electricity * unit.load_correction, unit.heat_gj * heat)
        initial = sum((part.to_integral_value(rounding=ROUND_FLOOR) for part in parts), ZERO)
        if not shortfall_limited:
            return initial
        least = unit.emission * (ONE - plan.value("power_shortfall_limit"))
        topped_up = (least - initial).to_integral_value(rounding=ROUND_FLOOR)
        return initial + max(ZERO, topped_up)


def _benchmark(plan: Plan, name: str, unit: PowerUnit) -> Decimal:
    assert plan.pack is not None
    return plan.pack.value(name, year=plan.year, facility_class=unit.unit_class).value


@dataclass(frozen=True)
class Allocation:
    """One way to treat the captive plant: emission to surrender for [tCO2e], allowance and the difference.

    The figures are those of the whole enterprise. ``citation`` names where the treatment stands.
    """

    id: str
    label: Label
    emission: Decimal
    allowance: Span | None
    net: Span | None
    citation: Citation | None


def with_and_without_captive(host: Plan, units: Sequence[Unit], power: Plan, captive: PowerUnit) -> list[Allocation]:
    """The host's allocation without its captive plant, and with it as a power unit or with A equal to E.

    Parameters
    ----------
    host, units
        Plan and units (lines, potlines) of the host.
    power
        A plan of the sector ``power`` for the same year.
    captive
        The captive plant. Which treatment holds is decided by the list of key emitters, not here.
    """
    base = sum((unit.emission for unit in units), ZERO)
    own = allowance(host, units)
    with_benchmark = power_allowance(power, captive)
    rows = [
        ("without", {"zh": "自备电厂不在名录内", "en": "captive plant on no list"}, ZERO, ZERO, host),
        ("as_power_unit", {"zh": "自备电厂按发电机组分配", "en": "captive plant as a power unit"}, captive.emission,
         with_benchmark, power),
        ("own_gas", {"zh": "自备电厂配额等于排放量（自产二次能源等特殊情形）",
                     "en": "captive plant with A equal to E (own secondary energy and the like)"},
         captive.emission, captive.emission, power),
    ]  # fmt: skip
    found = []
    for name, label, emission, amount, plan in rows:
        total = None if own is None else Span(own.low + amount, own.high + amount)
        cited = _cited(plan, name)
        net = None if total is None else total - (base + emission)
        found.append(Allocation(name, label, base + emission, total, net, cited))
    return found


def _cited(plan: Plan, name: str) -> Citation | None:
    if name == "own_gas" and plan.rule:
        held = [case for case in plan.rule.special if case.id == "own_secondary_energy"]
        return held[0].citation if held else None
    return plan.method.citation if plan.method else None
