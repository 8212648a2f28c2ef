"""The section ``allowance`` of a pack: for which sector and years, by which method, and who is treated apart.

Numbers (slope, caps, thresholds, balance values, benchmarks) stand among the dated values of the pack, so that they
carry citations and an overlay can replace one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.model import Citation, Label
from verifierkit.rulepack.yamlfile import LABEL, Parser, boolean, choice, identifier, integer, listing, record, text

VERIFIED, INTENSITY, BENCHMARK, POWER = "verified", "intensity", "benchmark", "power"
FACILITY_CLASS, SUBSTITUTION, SMALL, COMMISSIONED, NAMED = (
    "facility_class",
    "substitution_above",
    "emission_at_most",
    "commissioned_in_year",
    "named",
)
NONE = "none"


@dataclass(frozen=True)
class AllowanceMethod:
    """How the allowance of a sector's units is computed in some data years.

    ``method`` is verified (A = E), intensity (A = E × (1 + coefficient)), benchmark (A = output × benchmark) or power
    (electricity and heat each times a benchmark). ``unit_kind`` is the facility kind of a unit; ``emission`` and
    ``output`` name its figures on the facility track. ``rounded_down`` says whether A is cut to whole tonnes.
    """

    sector: str
    from_year: int
    to_year: int
    method: str
    unit_kind: str
    emission: str
    output: str
    rounded_down: bool
    citation: Citation


@dataclass(frozen=True)
class SpecialCase:
    """Units that are treated apart: ``gives`` is verified (A = E) or none (outside the allocation of the year).

    ``test`` is facility_class, substitution_above (with the item of the material), emission_at_most (of the
    enterprise), commissioned_in_year, or named (a person names the unit in ``case.yaml``). ``value`` is the pack's
    parameter that holds the threshold.
    """

    id: str
    sectors: tuple[str, ...]
    from_year: int
    to_year: int
    test: str
    gives: str
    label: Label
    citation: Citation
    facility_class: str = ""
    item: str = ""
    value: str = ""


@dataclass(frozen=True)
class AllowanceRule:
    """Methods and special cases; ``in_force`` is false for drafts, which are used only where a case names them."""

    in_force: bool
    methods: tuple[AllowanceMethod, ...]
    special: tuple[SpecialCase, ...]

    def method(self, sector: str, year: int) -> AllowanceMethod | None:
        """The method of a sector in a data year."""
        found = [m for m in self.methods if m.sector == sector and m.from_year <= year <= m.to_year]
        return found[0] if found else None

    def cases(self, sector: str, year: int) -> tuple[SpecialCase, ...]:
        """Special cases of a sector in a data year, in the order of the pack."""
        return tuple(c for c in self.special if sector in c.sectors and c.from_year <= year <= c.to_year)


def allowance_form(cite: Parser) -> Parser:
    """The closed form of the section; ``cite`` reads a citation."""
    years: dict[str, Parser] = {"from": integer, "to": integer}
    method = {
        "sector": identifier,
        **years,
        "method": choice(VERIFIED, INTENSITY, BENCHMARK, POWER),
        "unit_kind": identifier,
        "cite": cite,
    }
    special = {
        "id": identifier,
        "sectors": listing(identifier),
        **years,
        "test": choice(FACILITY_CLASS, SUBSTITUTION, SMALL, COMMISSIONED, NAMED),
        "gives": choice(VERIFIED, NONE),
        "label": LABEL,
        "cite": cite,
    }
    return record(
        {
            "in_force": boolean,
            "methods": listing(
                record(method, optional={"emission": identifier, "output": identifier, "rounded_down": boolean})
            ),
        },
        optional={
            "special": listing(
                record(special, optional={"facility_class": identifier, "item": identifier, "value": text})
            )
        },
    )


def allowance_of(part: FilePart, parameters: Mapping[str, Any]) -> AllowanceRule | None:
    """The section of a pack file; None where it has none. Thresholds must be parameters of the pack."""
    raw = part.raw.get("allowance")
    if (raw is not None) != (part.raw["kind"] == "allowance"):
        found = "none" if raw is None else f"kind {part.raw['kind']}"
        todo = "Packs of kind allowance, and only they, hold it."
        part.reader.fault(part.raw["line"], expected="the section allowance", found=found, todo=todo)
    if raw is None:
        return None
    special = tuple(_special(part, entry, parameters) for entry in raw.get("special", []))
    return AllowanceRule(raw["in_force"], tuple(_method(part, entry) for entry in raw["methods"]), special)


def _method(part: FilePart, raw: Mapping[str, Any]) -> AllowanceMethod:
    return AllowanceMethod(
        sector=raw["sector"],
        from_year=raw["from"],
        to_year=raw["to"],
        method=raw["method"],
        unit_kind=raw["unit_kind"],
        emission=raw.get("emission", ""),
        output=raw.get("output", ""),
        rounded_down=bool(raw.get("rounded_down", False)),
        citation=part.cite(raw),
    )


def _special(part: FilePart, raw: Mapping[str, Any], parameters: Mapping[str, Any]) -> SpecialCase:
    value = raw.get("value", "")
    wanted = raw.get("test") in (SUBSTITUTION, SMALL)
    if wanted != bool(value) or (value and value not in parameters):
        found = repr(value) if value else "none"
        todo = "Name the parameter of the pack that holds it."
        part.reader.fault(raw["line"], expected="a threshold where the test has one", found=found, todo=todo)
    return SpecialCase(
        id=raw["id"],
        sectors=tuple(raw["sectors"]),
        from_year=raw["from"],
        to_year=raw["to"],
        test=raw["test"],
        gives=raw["gives"],
        label=label(raw["label"]),
        citation=part.cite(raw),
        facility_class=raw.get("facility_class", ""),
        item=raw.get("item", ""),
        value=value,
    )
