"""Where a method finds its operands: the same facility, the entity, one item, or all that a sum runs over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from verifierkit.emissions.keys import ENTITY, Facility, Key, Structure
from verifierkit.rulepack import Parameter, RulePack


class Values(Protocol):
    """Gives the value of a key; raises where there is none."""

    def value(self, key: Key) -> Decimal:
        """Value of a key."""
        ...


class Layout:
    """Which figures exist: placements of parameters, and items that each facility uses.

    Parameters that stand in one formula share their items: a fuel that has a consumption has a heat value too.
    """

    def __init__(self, pack: RulePack, structure: Structure, keys: Iterable[Key]) -> None:
        self.pack, self.structure = pack, structure
        self.facilities: Mapping[str, Facility] = {facility.id: facility for facility in structure.facilities}
        self.entity = next((facility.id for facility in structure.facilities if facility.kind == ENTITY), "")
        self.groups = _groups(pack)
        self._items: dict[tuple[str, str, str], set[str]] = {}
        self._members: dict[tuple[object, ...], tuple[tuple[str, str, str], ...]] = {}
        for key in keys:
            if key.item and key.parameter in self.groups:
                self._items.setdefault((key.track, key.facility, self.groups[key.parameter]), set()).add(key.item)

    def placements(self, parameter: Parameter) -> Iterable[tuple[str, str]]:
        """Track and facility of every figure of a parameter."""
        for track in parameter.tracks:
            kinds = parameter.at(track)
            for facility in self.structure.facilities:
                if facility.kind in kinds:
                    yield track, facility.id

    def items(self, parameter: Parameter, track: str, facility: str) -> tuple[str, ...]:
        """Items in use at a facility, in alphabetical order; one empty item where the parameter has none."""
        if not parameter.by_item:
            return ("",)
        group = self.groups[parameter.id]
        found = set(self._items.get((track, facility, group), ()))
        for other in self.pack.tracks:
            if other != track and facility not in self._carriers(parameter, other):
                found |= self._items.get((other, facility, group), set())
        return tuple(sorted(found))

    def _carriers(self, parameter: Parameter, track: str) -> tuple[str, ...]:
        kinds = parameter.at(track)
        return tuple(facility.id for facility in self.structure.facilities if facility.kind in kinds)

    def facility_for(self, parameter: Parameter, track: str, facility: str) -> str:
        """The facility whose figure a method at another facility reads: its own, else the entity's."""
        kinds = parameter.at(track)
        if self.facilities[facility].kind in kinds:
            return facility
        return self.entity if ENTITY in kinds else facility

    def members(self, names: frozenset[str], track: str, facility: str) -> tuple[tuple[str, str, str], ...]:
        """Track, facility and item of every term of a sum at a facility; the entity sums over all facilities."""
        key = (names, track, facility)
        if key not in self._members:
            self._members[key] = tuple(self._terms(names, track, facility))
        return self._members[key]

    def _terms(self, names: frozenset[str], track: str, facility: str) -> Iterable[tuple[str, str, str]]:
        parameters = [self.pack.parameters[name] for name in sorted(names) if name in self.pack.parameters]
        leading = next((parameter for parameter in parameters if parameter.by_item), parameters[0])
        own = [(track, facility)]
        places = list(self.placements(leading)) if self.facilities[facility].kind == ENTITY else own
        for place_track, place in places:
            for item in self.items(leading, place_track, place):
                yield place_track, place, item


def _groups(pack: RulePack) -> dict[str, str]:
    """Name of the group of items that a parameter with items belongs to."""
    group = {name: name for name, parameter in pack.parameters.items() if parameter.by_item}
    for method in pack.methods.values():
        for names in ({method.output, *method.formula.names}, *method.formula.sums):
            joined = sorted(name for name in names if name in group)
            targets = {group[name] for name in joined}
            group = {name: (min(targets) if own in targets else own) for name, own in group.items()}
    return group


@dataclass(frozen=True)
class Operand:
    """One operand of an evaluation: name in the formula, key ("" for constants), value and where it came from."""

    name: str
    key: Key | None
    value: Decimal
    origin: str


class Scope:
    """The scope of one evaluation: operands are looked up for a track, facility, item and period."""

    __slots__ = ("facility", "item", "layout", "log", "period", "source", "track")

    def __init__(
        self, layout: Layout, source: Values, key: Key, log: list[tuple[str, Key | None, Decimal]] | None = None
    ) -> None:
        self.layout, self.source, self.log = layout, source, log
        self.track, self.facility, self.item, self.period = key.track, key.facility, key.item, key.period

    def value(self, name: str) -> Decimal:
        """Value of a constant or of a parameter in this scope."""
        pack = self.layout.pack
        if name in pack.constants:
            return self._noted(name, None, pack.constants[name].value)
        parameter = pack.parameters[name]
        facility = self.layout.facility_for(parameter, self.track, self.facility)
        item = self.item if parameter.by_item else ""
        key = Key(self.track, name, facility, item, self.period)
        return self._noted(name, key, self.source.value(key))

    def members(self, names: frozenset[str]) -> Iterable[Scope]:
        """Scopes of the terms of a sum."""
        for track, facility, item in self.layout.members(names, self.track, self.facility):
            yield Scope(self.layout, self.source, Key(track, "", facility, item, self.period), self.log)

    def _noted(self, name: str, key: Key | None, value: Decimal) -> Decimal:
        if self.log is not None:
            self.log.append((name, key, value))
        return value
