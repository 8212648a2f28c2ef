"""All checks: importing this package registers every rule that has code."""

from importlib import import_module

from verifierkit.checks.base import REGISTRY, Context, Figure, Result, Subject
from verifierkit.checks.context import build_context

MODULES = (
    "balances",
    "bands",
    "bills",
    "booked",
    "calibration",
    "captive",
    "chain",
    "completeness",
    "cross",
    "determined",
    "deposits",
    "evidence",
    "factors",
    "floors",
    "joint",
    "lots",
    "material",
    "meters",
    "plan",
    "procedure",
    "register",
    "second",
    "year",
)
for module in MODULES:
    import_module(f"{__name__}.{module}")

__all__ = ["MODULES", "REGISTRY", "Context", "Figure", "Result", "Subject", "build_context"]
