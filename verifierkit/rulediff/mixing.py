"""Packs between two packs: the first with some of the differences put in place, dated for the year of a case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from verifierkit.errors import UsageError
from verifierkit.rulediff.compare import HANDLING, SHAPE, order, said, selectors_of
from verifierkit.rulepack import Constant, Method, PackValue, Parameter, RulePack


@dataclass(frozen=True)
class Piece:
    """One difference that can be put in place by itself.

    ``part`` is shape (where figures stand), handling (months, year rule and rounding), constant, value, method or
    total; ``name`` the constant, parameter, output or track; ``item`` the item of a value.
    """

    part: str
    name: str = ""
    item: str = ""


def nearest_year(pack: RulePack, year: int) -> int:
    """The data year of a pack that is nearest to a year."""
    first, last = pack.years or (year, year)
    return min(max(year, first), last)


def pieces(a: RulePack, b: RulePack, year: int) -> list[Piece]:
    """All differences that may reach a total, in the printed order of the second pack.

    Raises
    ------
    UsageError
        If the packs state a parameter in different units.
    """
    _check_units(a, b)
    shared = [name for name in order(a.parameters, b.parameters) if name in a.parameters and name in b.parameters]
    return [
        *_definitions(a, b, shared),
        *(Piece("constant", name) for name, one in a.constants.items() if _other(one, b.constants.get(name))),
        *_value_pieces(a, b, shared, year),
        *(Piece("method", name) for name in order(a.methods, b.methods) if name in shared and _reworked(a, b, name)),
        *(Piece("total", track) for track, name in a.totals.items() if b.totals.get(track, name) != name),
    ]


def _check_units(a: RulePack, b: RulePack) -> None:
    for name, one in a.parameters.items():
        other = b.parameters.get(name)
        items = {"", *one.item_units, *(other.item_units if other else ())}
        differing = sorted(item for item in items if other and one.unit_of(item) != other.unit_of(item))
        used = [item for item in differing if _holds(a, name, item) and _holds(b, name, item)]
        if other and (one.unit != other.unit or used):
            raise UsageError(f"{name}: {a.id} and {b.id} state it in different units; the difference cannot be priced")


def _holds(pack: RulePack, name: str, item: str) -> bool:
    return any(value.item == item for value in pack.values.get(name, ()))


def _definitions(a: RulePack, b: RulePack, shared: Collection[str]) -> Iterator[Piece]:
    for part, fields in (("shape", SHAPE), ("handling", HANDLING)):
        if any(changed(a.parameters[name], b.parameters[name], fields) for name in shared):
            yield Piece(part)


def changed(one: Parameter, other: Parameter, fields: tuple[str, ...]) -> list[str]:
    """Fields in which two definitions differ."""
    return [name for name in fields if said(getattr(one, name)) != said(getattr(other, name))]


def _other(one: Constant, other: Constant | None) -> bool:
    return other is not None and one.value != other.value


def _reworked(a: RulePack, b: RulePack, name: str) -> bool:
    one, other = a.methods.get(name), b.methods.get(name)
    return (one.formula.text if one else "") != (other.formula.text if other else "")


def _value_pieces(a: RulePack, b: RulePack, shared: Collection[str], year: int) -> Iterator[Piece]:
    for name in shared:
        ours, theirs = (_by_item(pack, name, year) for pack in (a, b))
        for item in order(ours, theirs):
            if ours.get(item) != theirs.get(item):
                yield Piece("value", name, item)


def _by_item(pack: RulePack, name: str, year: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for value in values_at(pack, name, year):
        found.setdefault(value.item, {})[selectors_of(value)] = value.value
    return found


def values_at(pack: RulePack, name: str, year: int) -> list[PackValue]:
    """Values of a parameter in the year of the pack that is nearest to a year, dated for that year."""
    at = nearest_year(pack, year)
    rows = pack.values.get(name, ())
    return [replace(value, from_year=year, to_year=year) for value in rows if value.from_year <= at <= value.to_year]


def mixed(a: RulePack, b: RulePack, *, taken: Collection[Piece], year: int) -> RulePack | None:
    """The first pack with the taken differences in place; None where its methods would run in a circle.

    What only one pack has is there from the start: it reaches a total only through a method that differs.
    """
    methods = _mixed(a.methods, b.methods, {piece.name for piece in taken if piece.part == "method"}, a, b)
    if _circular(methods):
        return None
    tracks = {piece.name for piece in taken if piece.part == "total"}
    return replace(
        a,
        id=f"{a.id}+{b.id}",
        years=(year, year),
        tracks=tuple(order(a.tracks, b.tracks)),
        parameters=_placed(a, b, _parameters(a, b, {piece.part for piece in taken}), methods),
        constants={**b.constants, **a.constants, **_taken_constants(b, taken)},
        values={name: tuple(_values(a, b, name, taken, year)) for name in order(a.values, b.values)},
        methods=methods,
        totals={**b.totals, **a.totals, **{track: b.totals[track] for track in tracks}},
        known_values=(),
        _found={},
    )


def _mixed(
    ours: Mapping[str, Method], theirs: Mapping[str, Method], taken: Collection[str], a: RulePack, b: RulePack
) -> dict[str, Method]:
    found = {}
    for name in order(ours, theirs):
        shared = name in a.parameters and name in b.parameters
        source = theirs if name in taken or (not shared and name in theirs) else ours
        if name in source:
            found[name] = source[name]
    return found


def _circular(methods: Mapping[str, Method]) -> bool:
    graph = {name: method.formula.all_names & methods.keys() for name, method in methods.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def _taken_constants(b: RulePack, taken: Collection[Piece]) -> dict[str, Constant]:
    return {piece.name: b.constants[piece.name] for piece in taken if piece.part == "constant"}


def _parameters(a: RulePack, b: RulePack, parts: Collection[str]) -> dict[str, Parameter]:
    fields = [*(SHAPE if "shape" in parts else ()), *(HANDLING if "handling" in parts else ())]
    found = {}
    for name in order(a.parameters, b.parameters):
        one, other = a.parameters.get(name), b.parameters.get(name)
        if one and other:
            units = {**other.item_units, **one.item_units}
            found[name] = replace(one, item_units=units, **{field: getattr(other, field) for field in fields})
        else:
            found[name] = one or b.parameters[name]
    return found


def _placed(
    a: RulePack, b: RulePack, parameters: Mapping[str, Parameter], methods: Mapping[str, Method]
) -> dict[str, Parameter]:
    """What only one pack has stands on the tracks on which its readers stand: deductions go with the process."""
    found = dict(parameters)
    for name, parameter in parameters.items():
        if name in a.parameters and name in b.parameters:
            continue
        readers = [parameters[output] for output, method in methods.items() if name in method.formula.all_names]
        found[name] = replace(parameter, levels=_followed(parameter, readers))
    return found


def _followed(parameter: Parameter, readers: Collection[Parameter]) -> dict[str, tuple[str, ...]]:
    levels: dict[str, tuple[str, ...]] = {}
    for track, kinds in parameter.levels.items():
        for kind in kinds:
            tracks = [own for reader in readers for own in reader.tracks if kind in reader.at(own)]
            for own in dict.fromkeys(tracks or [track]):
                levels[own] = tuple(dict.fromkeys([*levels.get(own, ()), kind]))
    return levels


def _values(a: RulePack, b: RulePack, name: str, taken: Collection[Piece], year: int) -> list[PackValue]:
    ours, theirs = values_at(a, name, year), values_at(b, name, year)
    if name not in a.parameters or name not in b.parameters:
        return [*ours, *theirs]
    items = {piece.item for piece in taken if piece.part == "value" and piece.name == name}
    return [value for value in ours if value.item not in items] + [value for value in theirs if value.item in items]
