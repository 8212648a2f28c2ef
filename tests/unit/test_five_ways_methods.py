"""Each method of each pack in five ways, by the check that recomputes it: right, wrong, at the rounding, without, before.

The plant has one facility of every kind that the pack names and one item of every list; its inputs are plain numbers.
What is right here is what the engine gives: the hand-worked examples are in ``test_emissions_worked.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hand_tables import tables
from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Result
from verifierkit.emissions import Facility, Key, Structure, calculate
from verifierkit.emissions.rounding import rounded
from verifierkit.errors import UsageError
from verifierkit.periods import months_of
from verifierkit.rulediff.pricing import rests_on
from verifierkit.rulepack import Parameter, RulePack

PACKS = [name for name in (*rulepack.names(), *rulepack.overlays()) if rulepack.load(name).methods]
GIVEN = [(name, output) for name in PACKS for output in rulepack.load(name).methods]
METHODS = [(name, output) for name, output in GIVEN if rulepack.load(name).parameters[output].role == "result"]
ROUNDED = [(name, output) for name, output in METHODS if rulepack.load(name).parameters[output].digits is not None]
CLASSES = {"clinker_line": "portland_clinker", "potline": "prebaked_cells"}


def year_of(pack: RulePack) -> int:
    """Last data year of a pack."""
    assert pack.years
    return pack.years[1]


def kinds(pack: RulePack) -> list[str]:
    """Facility kinds that carry a parameter."""
    found = {kind for one in pack.parameters.values() for track in one.tracks for kind in one.at(track)}
    return sorted(found)


@cache
def items(name: str) -> dict[str, str]:
    """One item for all parameters that a method reads together: one that every list of items among them holds."""
    pack = rulepack.load(name)
    found: dict[str, str] = {}
    for output, method in pack.methods.items():
        read = [one for one in (output, *sorted(method.formula.all_names)) if one in pack.parameters]
        itemised = [pack.parameters[one] for one in read if pack.parameters[one].by_item]
        lists = [set(one.items) for one in itemised if one.items]
        shared = sorted(set.intersection(*lists)) if lists else ["diesel"]
        known = [found[one.id] for one in itemised if one.id in found]
        for one in itemised:
            found.setdefault(one.id, known[0] if known else shared[0])
    return found


def amount(parameter: Parameter, place: int) -> Decimal:
    """A plain input: fractions stay small, everything else between one and two thousand."""
    if "fraction" in parameter.id or parameter.unit in ("1", "%"):
        return Decimal(place % 7 + 1) / 100
    return Decimal(1000 + 10 * place)


@cache
def plant(name: str) -> dict[Key, Decimal]:
    """All figures of a plant under a pack: inputs, and what the pack gives from them."""
    pack = rulepack.load(name)
    structure = Structure.of(facilities(pack), months=months_of(year_of(pack)), year=year_of(pack), region="north")
    inputs = dict(given(pack))
    return {**dict(calculate(pack, structure, inputs).values), **inputs}


def facilities(pack: RulePack) -> list[Facility]:
    """One facility of each kind."""
    return [Facility(f"f_{kind}", kind, CLASSES.get(kind, "")) for kind in kinds(pack)]


def given(pack: RulePack) -> Iterator[tuple[Key, Decimal]]:
    """An input of every parameter that no method gives, factors included."""
    year = year_of(pack)
    for place, parameter in enumerate(pack.parameters.values()):
        if parameter.id in pack.methods:
            continue
        if parameter.by_item and parameter.id not in items(pack.id):
            continue
        periods = months_of(year) if parameter.monthly else [str(year)]
        for track in parameter.tracks:
            for kind in parameter.at(track):
                for period in periods:
                    key = Key(track, parameter.id, f"f_{kind}", items(pack.id).get(parameter.id, ""), period)
                    yield key, amount(parameter, place)


def results(name: str, figures: dict[Key, Decimal], *, year: int | None = None) -> list[Result]:
    """What the check of formulas says of reported figures."""
    pack = rulepack.load(name)
    when = year or year_of(pack)
    rows: list[dict[str, Any]] = [
        {
            "track": key.track,
            "facility_id": key.facility,
            "parameter": key.parameter,
            "item": key.item or None,
            "data_year": when,
            "month": key.period if "-" in key.period else None,
            "value": value,
            "unit": pack.parameters[key.parameter].unit_of(key.item),
        }
        for key, value in figures.items()
    ]
    places = [
        {"facility_id": one.id, "kind": one.kind, "facility_class": one.facility_class} for one in facilities(pack)
    ]
    packs = dict.fromkeys(pack.tracks, name)
    meta = {"packs": packs, "sector": pack.sector, "grid_region": "north", "experience": None}
    held = Case(Path(), meta, when, months_of(when), None, tables(facilities=places, reported=rows))
    return [result for result in REGISTRY["calc.formula"](build_context(held)) if result.rule == "calc.formula"]


def of(found: list[Result], output: str) -> set[str]:
    """Outcomes of one output."""
    return {result.outcome for result in found if result.parameter == output}


@cache
def clean(name: str) -> list[Result]:
    """Results on the plant as the pack gives it."""
    return results(name, plant(name))


def keys_of(name: str, output: str) -> list[Key]:
    """Figures of an output, a month before the year."""
    found = [key for key in plant(name) if key.parameter == output]
    return sorted(found, key=lambda key: ("-" not in key.period, key))


@pytest.mark.parametrize(("name", "output"), METHODS)
def test_satisfied(name: str, output: str) -> None:
    assert keys_of(name, output), "the plant gives no figure of this method"
    assert of(clean(name), output) == {"satisfied"}


@pytest.mark.parametrize(("name", "output"), METHODS)
def test_violated_by_the_last_digit(name: str, output: str) -> None:
    key = keys_of(name, output)[0]
    digits = rulepack.load(name).parameters[output].digits
    step = Decimal(1).scaleb(-digits) if digits is not None else Decimal(1)
    found = results(name, plant(name) | {key: plant(name)[key] + step})
    assert "not_satisfied" in of(found, output)


@pytest.mark.parametrize(("name", "output"), ROUNDED)
def test_the_tie_of_the_rounding_goes_up_and_what_is_below_goes_down(name: str, output: str) -> None:
    parameter = rulepack.load(name).parameters[output]
    assert parameter.digits is not None
    step = Decimal(1).scaleb(-parameter.digits)
    tie = Decimal(10) + step / 2
    assert rounded(tie, parameter, yearly=True) == 10 + step
    assert rounded(tie - step / 1000, parameter, yearly=True) == 10


@pytest.mark.parametrize(("name", "output"), METHODS)
def test_without_its_inputs_nothing_is_claimed(name: str, output: str) -> None:
    pack = rulepack.load(name)
    upstream = rests_on(pack, output) - {output}
    left = {key: value for key, value in plant(name).items() if key.parameter not in upstream}
    found = of(results(name, left), output)
    if taken_as_nothing(pack, upstream) or sums_of_items(pack, output):
        assert found, "the pack counts what is not reported as nothing, so that a figure without it may be wrong"
    else:
        assert "not_satisfied" not in found


def taken_as_nothing(pack: RulePack, upstream: set[str]) -> bool:
    """Whether the pack itself gives a value for everything that a figure rests on when nothing is reported."""
    inputs = [pack.parameters[name] for name in upstream if name in pack.parameters and name not in pack.methods]
    return all(one.absent is not None or one.id in pack.values or one.by_item for one in inputs)


def sums_of_items(pack: RulePack, output: str) -> bool:
    """Whether a figure is a sum over reported items alone: with no item reported it is nothing."""
    formula = pack.methods[output].formula
    listed = {one.id for one in pack.parameters.values() if one.by_item and one.id not in pack.methods}
    return not formula.names & set(pack.parameters) and all(names & listed for names in formula.sums)


@pytest.mark.parametrize(("name", "output"), sorted(set(GIVEN) - set(METHODS)))
def test_a_method_that_gives_no_result_stands_in_for_a_measurement(name: str, output: str) -> None:
    """``calc.formula`` holds results against their inputs; a factor that may be measured need not be its default."""
    assert "measured" in rulepack.load(name).parameters[output].obtained


@pytest.mark.parametrize("name", PACKS)
def test_the_year_before_the_pack_starts_is_refused(name: str) -> None:
    pack = rulepack.load(name)
    assert pack.years
    with pytest.raises(UsageError, match=str(pack.years[0])):
        results(name, {}, year=pack.years[0] - 1)
