"""One step of recomputing a bill: what it is, its formula, its numbers, its unit and the cells they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

import yaml

from verifierkit.errors import Place


@dataclass(frozen=True)
class Step:
    """A rule of the bill with its numbers.

    ``rule`` is an id of ``bills/rules.yaml``; ``numbers`` the formula with the numbers of the cells put in; ``value``
    its outcome in ``unit``, None where a cell is missing; ``places`` the cells.
    """

    rule: str
    numbers: str
    value: Decimal | None
    unit: str = "kWh"
    places: tuple[Place, ...] = ()

    @property
    def formula(self) -> str:
        """The formula in symbols."""
        return rules()[self.rule]["formula"]

    def name(self, language: str) -> str:
        """What the step gives, in ``zh`` or ``en``."""
        return rules()[self.rule][language]

    def line(self, language: str) -> str:
        """The step as one line of text: name, numbers, outcome and unit, and the cells."""
        outcome = "-" if self.value is None else plain(self.value)
        cells = "; ".join(map(str, self.places))
        text = f"{self.name(language)}: {self.numbers} = {outcome} {self.unit}"
        return f"{text} [{cells}]" if cells else text


@cache
def rules() -> Mapping[str, Mapping[str, str]]:
    """Names and formulas of all steps by id."""
    text = resources.files("verifierkit").joinpath("bills/rules.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found


def plain(value: Decimal | None) -> str:
    """A decimal without exponent and trailing zeros; ``?`` where there is none."""
    if value is None:
        return "?"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
