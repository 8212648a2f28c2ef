"""What the interface page takes from packs, templates and the error planter; ``python -m verifierkit.interface``
prints the whole page."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from importlib import resources

import yaml

from verifierkit import engine, glossary, rulepack
from verifierkit.interface.page import page
from verifierkit.interface.rows import ItemRow, MethodRow, Parameter, Planted, Rule, TemplateParameter
from verifierkit.simulate import planter

ITEM_GROUPS = ("fuels", "materials", "carbonates", "energy_sources", "facility_classes")


def full_page() -> str:
    """The interface page with everything that the installed package holds."""
    return page(
        rules=rules(),
        parameters=parameters(),
        templates=templates(),
        planted=planted(),
        methods=methods(),
        items=items(),
    )


def finding_keys() -> dict[str, Sequence[str]]:
    """How the key of a finding is filled: facility, period, stream and source by rule."""
    text = resources.files("verifierkit").joinpath("schema/finding_keys.yaml").read_text(encoding="utf-8")
    keys: dict[str, Sequence[str]] = yaml.safe_load(text)["rules"]
    return keys


def rules() -> list[Rule]:
    """Every rule of the packs, once."""
    stated = {rule.id: rule for pack in _packs() for rule in pack.checks.values()}
    keys = finding_keys()
    return [
        Rule(rule.id, rule.statement["en"], rule.kind, *keys.get(rule.id, ("", "", "", "")))
        for rule in sorted(
            stated.values(), key=lambda rule: list(keys).index(rule.id) if rule.id in keys else len(keys)
        )
    ]


def _packs() -> list[rulepack.RulePack]:
    packs = [rulepack.load(name) for name in rulepack.names()]
    return [pack for pack in packs if pack.tracks]


def parameters() -> list[Parameter]:
    """Every parameter of every pack."""
    return [_parameter(pack.id, entry) for pack in _packs() for entry in pack.parameters.values()]


def _parameter(pack: str, entry: rulepack.Parameter) -> Parameter:
    units = sorted(set(entry.item_units.values()) - {entry.unit})
    unit = f"{entry.unit} ({', '.join(units)} for some items)" if units else entry.unit
    levels = "; ".join(f"{track}: {', '.join(kinds)}" for track, kinds in entry.levels.items())
    item = ", ".join(entry.items) or "yes" if entry.by_item else ""
    period = "months and year" if entry.monthly else "year"
    digits = "" if entry.digits is None else str(entry.digits)
    flags = ("yes" if entry.planned else "", "yes" if entry.deposited else "")
    return Parameter(pack, entry.id, entry.label["en"], unit, item, levels, period, entry.asked, digits, *flags)


def methods() -> list[MethodRow]:
    """Every method of every pack, formula in ids and in words."""
    return [
        MethodRow(pack.id, f"`{method.output}`", f"`{method.formula.text}`", method.words["en"])
        for pack in _packs()
        for method in pack.methods.values()
    ]


def items() -> list[ItemRow]:
    """Items and facility classes of the glossary, by group."""
    return [
        ItemRow(name, f"`{entry.id}`", entry.zh, entry.en)
        for name in ITEM_GROUPS
        for entry in glossary.group(name).values()
    ]


def templates() -> list[TemplateParameter]:
    """Every parameter of every notebook template."""
    return [
        TemplateParameter(
            name, entry.name, entry.type.__name__, "required" if entry.required else json.dumps(entry.default)
        )
        for name in engine.template_names()
        for entry in engine.declared_parameters(engine.template_path(name)).values()
    ]


def planted() -> list[Planted]:
    """Every mistake of the error planter."""
    return [
        Planted(error.id, sector, ", ".join(map(str, error.years)), _arguments(error.plant), error.en)
        for sector in planter.REGISTRIES
        for error in planter.registry(sector).values()
    ]


def _arguments(function: object) -> str:
    names = list(inspect.signature(function).parameters)  # type: ignore[arg-type]
    return ", ".join(names[1:])
