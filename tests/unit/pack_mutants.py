"""Mutants of the shipped pack files: every number, date, digit and switch changed by one, in memory, one at a time.

A mutant is killed by the loader (it refuses the file), by the table of values transcribed from the reference
documents, by the data years and rounding that the guides state, by a hand-worked example, or by a clean sample that
verifies no longer. Nothing of these is read from the packs when the tests run. What nobody kills is listed with its reason in ``pack_mutants_listed.yaml``.
"""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from tests.unit import test_captive_packs, test_emissions_worked
from verifierkit import case, rulepack
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Result
from verifierkit.errors import VerifierkitError
from verifierkit.rulepack import RulePack
from verifierkit.rulepack.schema import read_raw
from verifierkit.verification import run_checks

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "sample_data"
FOLDER = HERE.parents[1] / "verifierkit" / "rulepacks"
NUMBERS = {"value", "low", "high", "alpha", "numerator", "denominator", "error_budget", "absent", "uncertainty_percent"}
WHOLE = {"from", "to", "digits"}
SWITCHES = {
    "true": "false", "false": "true", "month": "year", "year": "month",
    "sum": "formula", "formula": "sum", "weighted_mean": "sum",
    "flag": "reference", "reference": "flag",
}  # fmt: skip
SWITCHED = {"stage", "year", "counts", "monthly", "planned", "deposited", "use", "by_item"}
NOT_MUTATED = {"known_values", "sources", "instrument", "conflicts", "gaps", "status", "title", "report", "forms"}


@dataclass(frozen=True)
class Mutant:
    """One change of one scalar of a pack file; ``site`` names it without a line number."""

    file: str
    site: str
    old: str
    new: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """File, site and change in one text, as the list names it."""
        return f"{self.file}: {self.site}: {self.old} -> {self.new}"

    def text(self) -> str:
        """The file with the change."""
        text = rulepack.read_text(self.file)
        return text[: self.start] + self.new + text[self.end :]


@cache
def files() -> tuple[str, ...]:
    """All shipped pack files."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def mutants() -> tuple[Mutant, ...]:
    """All mutants, in the order of the files."""
    found = []
    for file in files():
        root = yaml.compose(rulepack.read_text(file), Loader=yaml.SafeLoader)
        found += list(_mutants(file, root, ()))
    return tuple(found)


def _mutants(file: str, node: yaml.Node, path: tuple[str, ...]) -> Iterator[Mutant]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if path or key.value not in NOT_MUTATED:
                yield from _mutants(file, value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            yield from _mutants(file, entry, (*path, _named(entry, number)))
    elif isinstance(node, yaml.ScalarNode) and path and "cite" not in path and "note" not in path:
        new = _changed(path[-1], node.value)
        if new is not None:
            quote = '"' if node.style == '"' else "'" if node.style == "'" else ""
            start, end = node.start_mark.index, node.end_mark.index
            yield Mutant(file, "/".join(path), node.value, f"{quote}{new}{quote}", start, end)


def _named(entry: yaml.Node, number: int) -> str:
    """An entry of a list by its selectors and first year, so that the name outlives an inserted line."""
    if not isinstance(entry, yaml.MappingNode):
        return str(number)
    held = {key.value: _text(value) for key, value in entry.value}
    names = ("id", "output", "check", "quantity", "tier", "item", "facility_class", "facility_kind", "region", "from")
    return " ".join(held[name] for name in names if held.get(name)) or str(number)


def _text(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "+".join(_text(entry) for entry in node.value)
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _changed(key: str, text: str) -> str | None:
    """The scalar changed by one in its last place, a day, or to the other word; None where it is no pack value."""
    if key in SWITCHED and text in SWITCHES:
        return SWITCHES[text]
    if key == "day":
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    if key in WHOLE and text.isdigit():
        return str(int(text) + (-1 if key == "to" else 1))
    if key in NUMBERS and text.replace(".", "", 1).isdigit():
        value = Decimal(text)
        return format(value + Decimal(1).scaleb(int(value.as_tuple().exponent)), "f")
    return None


def killer(mutant: Mutant) -> str:
    """What kills a mutant, or an empty text."""
    text = mutant.text()
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("refused by the loader", lambda: _refused(mutant, text)),
        ("reference values", lambda: _differs_from_reference(mutant.file, text)),
        ("years and rounding of the guides", lambda: _stated_otherwise(mutant, text)),
        ("hand-worked example", lambda: _fails_by_hand(mutant, text)),
        ("clean sample", lambda: _spoils_a_sample(mutant, text)),
    )
    return next((name for name, test in tests if test()), "")


@cache
def _needs(name: str) -> frozenset[str]:
    """Files that a pack is made of."""
    raw = read_raw(rulepack.read_text(name), name)
    own = {name, *raw.get("include", [])}
    return frozenset(own.union(*(_needs(one) for one in raw.get("include", [])))) | (
        _needs(raw["extends"]["id"]) if "extends" in raw else frozenset()
    )


@cache
def users(file: str) -> tuple[str, ...]:
    """Packs that a file is part of."""
    return tuple(name for name in (*rulepack.names(), *rulepack.overlays()) if file in _needs(name))


def loader(mutant: Mutant, text: str) -> Callable[[str], RulePack]:
    """``rulepack.load`` with the mutant in place of its file."""

    @cache
    def load(name: str) -> RulePack:
        if mutant.file not in _needs(name):
            return ORIGINAL(name)
        return rulepack.assemble(name, lambda wanted: text if wanted == mutant.file else rulepack.read_text(wanted))

    return load


ORIGINAL = rulepack.load


def _refused(mutant: Mutant, text: str) -> bool:
    load = loader(mutant, text)
    try:
        read_raw(text, mutant.file)
        for name in users(mutant.file):
            load(name)
    except VerifierkitError:
        return True
    return False


@cache
def reference() -> Mapping[str, list[tuple[str, ...]]]:
    """Rows of the transcribed table by file, without their places."""
    found: dict[str, list[tuple[str, ...]]] = {}
    with (HERE / "golden_pack_values.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row["file"], []).append(tuple(list(row.values())[1:-1]))
    return found


def values_of(text: str, file: str) -> set[tuple[str, ...]]:
    """Values of a pack file in the form of the transcribed table."""
    raw = read_raw(text, file)
    selectors = ("facility_class", "facility_kind", "region")
    return _limits(raw) | {
        (name, item, *(row.get(key, "") for key in selectors), str(row["from"]), str(row["to"]), row["value"], row["unit"])
        for name, rows in raw.get("values", {}).items()
        for row in rows
        for item in row.get("item", []) or [""]
    }  # fmt: skip


def _limits(raw: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Limits and ends of bands of a file in the same form."""
    found: set[tuple[str, ...]] = set()
    for rule, check in raw.get("checks", {}).items():
        for name, row in check.get("limits", {}).items():
            found.add((f"{rule} {name}", "", "", "", "", "", "", row["value"], row["unit"]))
        for band in check.get("bands", []):
            named, kind = f"{rule} {band['quantity']} {band['use']}", band.get("facility_kind", "")
            ends = {end: band[end] for end in ("low", "high") if band.get(end)}
            found |= {(f"{named} {end}", "", "", kind, "", "", "", text, band["unit"]) for end, text in ends.items()}
    return found


def _differs_from_reference(file: str, text: str) -> bool:
    return not set(reference().get(file, [])) <= values_of(text, file)


# Rounding as the guides of 2024 state it (reference: cement-2024.md section 7, aluminium-2024.md section 6): places by
# unit, every month, the total of the enterprise a whole number. Earlier rules give results of the year in two places.
PLACES = {
    "t": 2, "10^4 Nm3": 2, "GJ/t": 3, "tC/GJ": 5, "tCO2": 2, "tCO2e": 2, "tCO2/t": 4, "tCO2e/t": 4, "MWh": 3, "GJ": 2,
}  # fmt: skip
TOTALS = ("entity_co2_t", "entity_co2e_t")
OF_2024 = ("cement-2024", "aluminium-2024")
EARLIER = ("cement-2013", "aluminium-2013", "cement-supplementary-2017", "aluminium-supplementary-2017")
# Data years: reference documents of the same names; the 2024 guides are in force from data year 2024.
YEARS = {
    "cement-2013": (2013, 2023), "aluminium-2013": (2013, 2023), "cement-supplementary-2017": (2016, 2018),
    "aluminium-supplementary-2017": (2016, 2018), "cement-2024": (2024, 2025), "aluminium-2024": (2024, 2025),
    "fuels-2013-first-batch": (2013, 2023), "fuels-2024": (2024, 2025), "fuels-2015-third-batch": (2015, 2023),
    "fuels-gbt-32151": (2015, 2025),
}  # fmt: skip


def _stated_otherwise(mutant: Mutant, text: str) -> bool:
    """Whether data years or rounding are no longer those of the guides."""
    if mutant.file in YEARS and mutant.site.startswith("data_years"):
        return loader(mutant, text)(mutant.file).years != YEARS[mutant.file]
    if mutant.file not in OF_2024 + EARLIER or not mutant.site.endswith(("digits", "stage")):
        return False
    name = mutant.site.split("/")[1]
    held = loader(mutant, text)(mutant.file).parameters[name]
    wanted = _places(mutant.file, name, held.unit, held.role)
    return wanted is not None and (held.digits, held.rounded_at) != wanted


def misrounded(pack: RulePack) -> list[str]:
    """Parameters whose places or stage are not those of the guides."""
    wanted = {one.id: _places(pack.id, one.id, one.unit, one.role) for one in pack.parameters.values()}
    return [
        one.id
        for one in pack.parameters.values()
        if one.digits is not None and wanted[one.id] not in (None, (one.digits, one.rounded_at))
    ]


def _places(file: str, name: str, unit: str, role: str) -> tuple[int, str] | None:
    """Decimal places and stage of a parameter; None where no guide states them."""
    if file in EARLIER:
        return (PLACES["tCO2/t"] if "/" in unit else PLACES["tCO2"], "year") if role == "result" else None
    if name in TOTALS:
        return 0, "year"
    if name.startswith("entity_") or name == "power_unit_co2_t":  # parts of that total, added up over the year
        return PLACES[unit], "year"
    return (PLACES[unit], "month") if unit in PLACES and (role != "factor" or unit in ("GJ/t", "tC/GJ")) else None


CAPTIVE = "shared-captive-unit"  # the part that all packs with a captive unit include


@cache
def by_hand(captive: bool) -> tuple[Callable[[], None], ...]:
    """The hand-worked examples, of captive units or of the sectors."""
    module = test_captive_packs if captive else test_emissions_worked
    held = [entry for name, entry in vars(module).items() if name.startswith("test_")]
    return tuple(entry for entry in held if callable(entry) and not inspect.signature(entry).parameters)


def _under(mutant: Mutant, text: str) -> ExitStack:
    """All code under the mutant."""
    stack = ExitStack()
    stack.enter_context(patch.object(rulepack, "load", loader(mutant, text)))
    return stack


def _fails_by_hand(mutant: Mutant, text: str) -> bool:
    used = users(mutant.file)
    captive = any(CAPTIVE in _needs(name) for name in used)
    sector = any("supplementary" in name or name in OF_2024 + EARLIER for name in used)
    with _under(mutant, text):
        for example in (*(by_hand(False) if sector else ()), *(by_hand(True) if captive else ())):
            try:
                example()
            except (AssertionError, KeyError, VerifierkitError):
                return True
    return False


JOINT = "reconcile.joint"
SAMPLE_NAMES = ("cement-2025-clean", "aluminium-2025-clean", "cement-2018-clean", "aluminium-2018-clean")


@cache
def sample(name: str) -> case.Case:
    """A committed sample without an error; nothing of it comes from the packs when it is read."""
    return case.load(SAMPLES / name)


def _spoils_a_sample(mutant: Mutant, text: str) -> bool:
    packs = set(users(mutant.file))
    for name in SAMPLE_NAMES:
        held = sample(name)
        if not packs & set(held.meta["packs"].values()):
            continue
        with _under(mutant, text), _quick(mutant):
            try:
                results = run_checks(build_context(held))
            except VerifierkitError:
                return True
        if failing(results) != _failing(name):
            return True
    return False


def _quick(mutant: Mutant) -> ExitStack:
    """The joint fit left out, most of the time of a sample, unless its own numbers are changed."""
    stack = ExitStack()
    if JOINT not in mutant.site:
        stack.enter_context(patch.dict(REGISTRY, {JOINT: lambda context: ()}))
    return stack


def failing(results: Iterable[Result]) -> set[str]:
    """Rules that are not satisfied; of a clean sample none."""
    return {result.rule for result in results if result.outcome == "not_satisfied"}


@cache
def _failing(name: str) -> set[str]:
    return failing(run_checks(build_context(sample(name))))


@cache
def listed() -> list[tuple[str, str]]:
    """Patterns of mutants that nothing kills, each with its reason."""
    rows = yaml.safe_load((HERE / "pack_mutants_listed.yaml").read_text(encoding="utf-8"))
    return [(pattern, row["reason"]) for row in rows for pattern in row["sites"]]


def reason(mutant: Mutant) -> str:
    """Why a mutant may live, or an empty text."""
    return next((why for pattern, why in listed() if fnmatchcase(f"{mutant.file}: {mutant.site}", pattern)), "")
