"""Simulated plants with known truth: seeded tables as an enterprise would hand them over, and planted errors.

Imports nothing of the engine: its noise is not the engine's model, and the planter writes the findings to be
expected from what it planted.
"""

from verifierkit.simulate.aluminium import simulate_aluminium
from verifierkit.simulate.base import EvidenceSheet, Plant, PlantedError, Simulated
from verifierkit.simulate.cement import simulate_cement
from verifierkit.simulate.planter import applicable, registry

__all__ = [
    "EvidenceSheet",
    "Plant",
    "PlantedError",
    "Simulated",
    "applicable",
    "registry",
    "simulate_aluminium",
    "simulate_cement",
]
