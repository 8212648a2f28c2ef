"""Builds the bridge of a case on one set of figures: as reported, or as verified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from verifierkit.bridge.atoms import Atom, Expander, Parts
from verifierkit.bridge.pairing import Step, steps
from verifierkit.bridge.users import Use, uses
from verifierkit.bridge.words import citation_of, label_of
from verifierkit.checks.base import Context
from verifierkit.emissions import Calculation, Key
from verifierkit.emissions.engine import Absent
from verifierkit.emissions.rounding import EXACT
from verifierkit.rulepack import Citation, Label, RulePack

FACILITY, ENTITY, ZERO, CENT = "facility", "entity", Decimal(0), Decimal("0.01")
HALF = CENT / 2
# the same electricity under two names; bought electricity meets the facilities' share of the grid
SAME = {
    "electricity_co2_t": {
        "net_purchased_electricity_mwh": "electricity_consumed_mwh",
        "grid_factor_tco2_per_mwh": "electricity_factor_tco2_per_mwh",
    }
}
GRID = "grid"


@dataclass(frozen=True)
class Line:
    """One line: kind, what it is about, tonnes [t] (entity less facilities), words and citation."""

    kind: str
    parameter: str
    facility: str
    item: str
    tonnes: Decimal
    label: Label
    citation: Citation

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two lines of two sets of figures the same line."""
        return (self.kind, self.parameter, self.facility, self.item)


@dataclass(frozen=True)
class Bridge:
    """Entity total, sum of the facility totals [t] and the lines between; ``reason`` says why there is none."""

    entity: Decimal | None = None
    facilities: Decimal | None = None
    lines: tuple[Line, ...] = ()
    reason: Label = field(default_factory=dict)

    @property
    def difference(self) -> Decimal | None:
        """Entity total less the sum of the facilities [t]."""
        return None if self.entity is None or self.facilities is None else self.entity - self.facilities


def bridge(context: Context, calculations: Mapping[str, Calculation]) -> Bridge:
    """The bridge of a case on calculations by pack id; lines sum to the difference exactly."""
    if FACILITY not in context.packs or ENTITY not in context.packs:
        return Bridge(reason={"zh": "案例只有一个层级", "en": "the case has one track only"})
    if context.part_year:
        return Bridge(reason={"zh": "未满一年，没有年度合计", "en": "a part of a year has no totals of the year"})
    with localcontext(EXACT):
        return _Builder(context, calculations).build()


class _Builder:
    def __init__(self, context: Context, calculations: Mapping[str, Calculation]) -> None:
        self.context, self.calculations = context, calculations
        self.amounts: dict[tuple[str, str, str, str], Decimal] = defaultdict(lambda: ZERO)
        self.cited: dict[tuple[str, str, str, str], Citation] = {}
        self.rounding = ZERO

    def build(self) -> Bridge:
        try:
            entity, facilities = self._parts(ENTITY), self._parts(FACILITY)
        except Absent as absent:
            return Bridge(reason=absent.reason)
        self._slips(entity, ENTITY, 1)
        self._slips(facilities, FACILITY, -1)
        ours, theirs = _apart(entity.atoms, facilities.atoms)
        self._terms(ours, theirs)
        return Bridge(entity.total, facilities.total, tuple(self._lines(entity.total - facilities.total)))

    def _parts(self, track: str) -> Parts:
        pack = self.context.packs[track]
        total, year = pack.totals[track], str(self.context.year)
        kinds = pack.parameters[total].at(track)
        keys = [Key(track, total, one.id, "", year) for one in self.context.structures[track].facilities
                if one.kind in kinds]  # fmt: skip
        return Expander(pack, self.context.structures[track], self.calculations[pack.id]).expand(keys)

    def _slips(self, parts: Parts, track: str, sign: int) -> None:
        for key, amount in parts.slips.items():
            self._add(f"slip_{track}", key, sign * amount, self.context.packs[track])
        self.rounding += sign * sum(parts.roundings.values(), ZERO)

    def _add(self, kind: str, key: Key, amount: Decimal, pack: RulePack, parameter: str = "") -> None:
        name = (kind, parameter or key.parameter, key.facility, key.item)
        self.amounts[name] += amount
        self.cited.setdefault(name, citation_of(pack, name[1], key.parameter))

    def _terms(self, ours: list[Atom], theirs: list[Atom]) -> None:
        left = list(theirs)
        for atom in ours:
            partners = _partners(atom, left)
            if partners:
                left = [other for other in left if other not in partners]
                self._pair(atom, partners)
            else:
                self._alone(atom)
        for atom in left:
            self._add("facility_only", atom.key, -atom.stated, self.context.packs[FACILITY])

    def _alone(self, atom: Atom) -> None:
        """A term of the entity alone; fuel is split by the users that the map shows."""
        pack, left = self.context.packs[ENTITY], atom.stated
        if atom.key.period == str(self.context.year):
            for use in self._uses(atom):
                share = min(use.quantity, atom.operands["fuel_consumed"]) / atom.operands["fuel_consumed"]
                part = (atom.stated * share).quantize(CENT)
                self._add("captive_fuel", atom.key._replace(facility=use.facility), part, pack)
                left -= part
        if left:
            self._add("entity_only", atom.key, left, pack)

    def _uses(self, atom: Atom) -> list[Use]:
        return uses(self.context, atom.key.item) if atom.operands.get("fuel_consumed") else []

    def _pair(self, atom: Atom, partners: list[Atom]) -> None:
        pack, other = self.context.packs[ENTITY], self.context.packs[FACILITY]
        self.rounding += atom.rounding - sum((one.rounding for one in partners), ZERO)
        if atom.slip:
            self._add("slip_entity", atom.key, atom.slip, pack)
        for one in partners:
            if one.slip:
                self._add("slip_facility", one.key, -one.slip, other)
        for step in steps(pack, atom, partners, same=SAME.get(atom.key.parameter, {})):
            self._step(atom, step, pack)

    def _step(self, atom: Atom, step: Step, pack: RulePack) -> None:
        left = step.amount
        if step.kind == "outside" and step.parameter == "fuel_consumed":
            per_unit = atom.amount / atom.operands["fuel_consumed"]
            for use in self._uses(atom):
                part = use.quantity * per_unit
                self._add("captive_fuel", atom.key._replace(facility=use.facility), part, pack, step.parameter)
                left -= part
            kind = "unattributed"
        else:
            kind = step.kind
        if left:
            self._add(kind, atom.key, left, pack, step.parameter)

    def _lines(self, difference: Decimal) -> Iterator[Line]:
        """Lines to 0.01 t, then what rounding leaves; more than it can leave is named as not explained."""
        rest, count = difference, 1
        for name, amount in self.amounts.items():
            tonnes = amount.quantize(CENT)
            if tonnes:
                rest, count = rest - tonnes, count + 1
                yield self._line(name, tonnes, self.cited[name])
        rounding = rest if abs(rest - self.rounding) <= HALF * count else self.rounding.quantize(CENT)
        pack = self.context.packs[ENTITY]
        cited = pack.parameters[pack.totals[ENTITY]].citation
        if rounding:
            yield self._line(("rounding", "", "", ""), rounding, cited)
        if rest != rounding:
            yield self._line(("unexplained", "", "", ""), rest - rounding, cited)

    def _line(self, name: tuple[str, str, str, str], tonnes: Decimal, cited: Citation) -> Line:
        return Line(*name, tonnes, label_of(self.context, *name), cited)


def _apart(ours: Iterable[Atom], theirs: Iterable[Atom]) -> tuple[list[Atom], list[Atom]]:
    """Terms that only one track has: the same figure of the same pack on both falls away."""
    mine, other = list(ours), list(theirs)
    common = {(atom.pack, atom.key) for atom in mine} & {(atom.pack, atom.key) for atom in other}
    return (
        [atom for atom in mine if (atom.pack, atom.key) not in common],
        [atom for atom in other if (atom.pack, atom.key) not in common],
    )


def _partners(atom: Atom, others: list[Atom]) -> list[Atom]:
    """Terms of the facilities that stand for the same thing as a term of the entity."""
    if atom.formula is None or atom.key.period != (others[0].key.period if others else ""):
        return []
    item = GRID if atom.key.parameter in SAME else atom.key.item
    names = (atom.key.parameter, *SAME.get(atom.key.parameter, {}).values())
    same = [one for one in others if one.key.item == item and one.formula is not None]
    same = [one for one in same if one.key.parameter == atom.key.parameter or set(names[1:]) & set(one.operands)]
    at_place = [one for one in same if one.key.facility == atom.key.facility]
    return at_place or ([] if _placed_below(atom, same) else same)


def _placed_below(atom: Atom, others: list[Atom]) -> bool:
    """Whether the entity's term belongs to one facility, which has no term of its own among the others."""
    return any(one.key.facility == atom.key.facility for one in others) or not others
