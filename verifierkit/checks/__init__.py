"""All checks: importing this package registers every rule that has code."""

from verifierkit.checks import chain, completeness, evidence, factors
from verifierkit.checks.base import REGISTRY, Context, Figure, Result, Subject
from verifierkit.checks.context import build_context

__all__ = [
    "REGISTRY",
    "Context",
    "Figure",
    "Result",
    "Subject",
    "build_context",
    "chain",
    "completeness",
    "evidence",
    "factors",
]
