"""Emissions by the methods of a rule pack: pure functions on Decimal, inputs in, figures and traces out."""

from verifierkit.emissions.calculation import Calculation, Step, calculate, explain_one, recompute_one
from verifierkit.emissions.keys import Facility, Key, Structure
from verifierkit.emissions.scope import Operand

__all__ = [
    "Calculation",
    "Facility",
    "Key",
    "Operand",
    "Step",
    "Structure",
    "calculate",
    "explain_one",
    "recompute_one",
]
