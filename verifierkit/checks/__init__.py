"""All checks: importing this package registers every rule that has code."""

from verifierkit.checks import (
    balances,
    bands,
    bills,
    calibration,
    chain,
    completeness,
    cross,
    deposits,
    evidence,
    factors,
    floors,
    material,
    meters,
    plan,
    year,
)
from verifierkit.checks.base import REGISTRY, Context, Figure, Result, Subject
from verifierkit.checks.context import build_context

MODULES = (
    balances,
    bands,
    bills,
    calibration,
    chain,
    completeness,
    cross,
    deposits,
    evidence,
    factors,
    floors,
    material,
    meters,
    plan,
    year,
)

__all__ = ["MODULES", "REGISTRY", "Context", "Figure", "Result", "Subject", "build_context"]
