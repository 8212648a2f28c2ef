"""One step of recomputing a lot: the step of a bill, with names and formulas of material settlement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from verifierkit.bills.steps import Step


@dataclass(frozen=True)
class LotStep(Step):
    """A rule of a lot with its numbers, as :class:`verifierkit.bills.steps.Step`; tonnes unless ``unit`` says else.

    ``rule`` is an id of ``materials/rules.yaml``.
    """

    unit: str = "t"

    @property
    def formula(self) -> str:
        """The formula in symbols."""
        return lot_rules()[self.rule]["formula"]

    def name(self, language: str) -> str:
        """What the step gives, in ``zh`` or ``en``."""
        return lot_rules()[self.rule][language]


@cache
def lot_rules() -> Mapping[str, Mapping[str, str]]:
    """Names and formulas of all steps by id."""
    text = resources.files("verifierkit").joinpath("materials/rules.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found
