"""Allowances: what a plan gives to a unit, and what a correction does to E, to A and to A minus E.

The numbers stand in packs of kind allowance. Nothing here is a rule of its own: a plan that is not loaded, a balance
value that is not published and a price that nobody gave are said to be so.
"""

from verifierkit.allowances.changes import Change, Span, balance_value, change
from verifierkit.allowances.plan import Balance, Plan, plan_of
from verifierkit.allowances.power import PowerUnit, power_allowance, with_and_without_captive
from verifierkit.allowances.transfers import TransferScenario, moved
from verifierkit.allowances.units import Unit, allowance_of_unit, coefficient, special_case, units_of

__all__ = [
    "Balance",
    "Change",
    "Plan",
    "PowerUnit",
    "Span",
    "TransferScenario",
    "Unit",
    "allowance_of_unit",
    "balance_value",
    "change",
    "coefficient",
    "moved",
    "plan_of",
    "power_allowance",
    "special_case",
    "units_of",
    "with_and_without_captive",
]
