"""The same quantity on both tracks under two editions: what lies outside the facilities, what differs in the factors.

The entity's term is changed into the facilities' terms one step at a time; each step is a line, so that the lines sum
to the difference exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from verifierkit.bridge.atoms import Atom
from verifierkit.rulepack import Formula, RulePack

ZERO = Decimal(0)
QUANTITIES = ("activity", "production")


@dataclass(frozen=True)
class Step:
    """One change on the way: kind of line, name of the parameter it is about, and the amount [t]."""

    kind: str
    parameter: str
    amount: Decimal


class Operands:
    """Operands of a formula by name; a formula of a pair holds no sums."""

    def __init__(self, values: Mapping[str, Decimal]) -> None:
        self.values = values

    def value(self, name: str) -> Decimal:
        """Value of an operand; 0 where a product was cut short before it was read."""
        return self.values.get(name, ZERO)

    def members(self, names: frozenset[str]) -> Iterator[Operands]:
        """The scope itself."""
        yield self


def evaluate(formula: Formula, values: Mapping[str, Decimal]) -> Decimal:
    """Value of a formula on operands by name."""
    return formula.evaluate(Operands(values))


def steps(pack: RulePack, entity: Atom, facilities: Sequence[Atom], *, same: Mapping[str, str]) -> list[Step]:
    """Steps from the entity's term to the sum of the facilities' terms, before rounding.

    Parameters
    ----------
    pack
        Pack of the entity's term; it says which operand is a quantity and which a factor.
    same
        Entity's name of an operand: the facilities' name of it; names that are equal on both need no entry.
    """
    assert entity.formula is not None
    formula, values = entity.formula, dict(entity.operands)
    theirs = [{own: atom.operands[same.get(own, own)] for own in values if same.get(own, own) in atom.operands}
              for atom in facilities]  # fmt: skip
    held = set.intersection(*(set(row) for row in theirs)) if theirs else set()
    quantities = [name for name in values if _role(pack, name) in QUANTITIES]
    found, standing = [], entity.amount

    def note(kind: str, name: str, amount: Decimal) -> None:
        nonlocal standing
        if amount != standing:
            found.append(Step(kind, name, standing - amount))
            standing = amount

    for name in (name for name in quantities if name not in held):
        values[name] = ZERO
        note("added_quantity", name, evaluate(formula, values))
    shared = [name for name in quantities if name in held]
    for name in shared:
        values[name] = sum((row[name] for row in theirs), ZERO)
        note("outside", name, evaluate(formula, values))
    rows = [values | {name: row[name] for name in shared} for row in theirs]
    note("method", entity.key.parameter, sum((evaluate(formula, row) for row in rows), ZERO))
    for name in (name for name in values if name in held and name not in quantities):
        rows = [row | {name: other[name]} for row, other in zip(rows, theirs, strict=True)]
        note("factor", name, sum((evaluate(formula, row) for row in rows), ZERO))
    note("method", entity.key.parameter, sum((atom.amount for atom in facilities), ZERO))
    return found


def _role(pack: RulePack, name: str) -> str:
    parameter = pack.parameters.get(name)
    return parameter.role if parameter else "constant"
