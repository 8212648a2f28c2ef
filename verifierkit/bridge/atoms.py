"""A total taken apart into the terms that it is summed from, each with its operands, its rounding and its own slips."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DivisionByZero, InvalidOperation

from verifierkit.emissions import Calculation, Key, Structure
from verifierkit.emissions.engine import Absent, Engine
from verifierkit.emissions.rounding import rounded
from verifierkit.emissions.scope import Scope
from verifierkit.rulepack import Formula, RulePack
from verifierkit.rulepack.formula import parse

ZERO = Decimal(0)


@dataclass(frozen=True)
class Atom:
    """One term of a total.

    ``key`` is the figure whose value the term is or, for a term inside a sum, the place of the term. ``amount`` is the
    term before rounding [t], ``formula`` what gives it (None for a quoted figure), ``operands`` its names with their
    values. ``stated`` is the figure as it stands: amount, rounding and slip together.
    """

    pack: str
    key: Key
    amount: Decimal
    rounding: Decimal = ZERO
    slip: Decimal = ZERO
    formula: Formula | None = None
    operands: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def stated(self) -> Decimal:
        """The figure as it stands [t]."""
        return self.amount + self.rounding + self.slip


@dataclass
class Parts:
    """Atoms of a total with the roundings and slips of the sums above them [t] by key."""

    total: Decimal
    atoms: list[Atom] = field(default_factory=list)
    roundings: dict[Key, Decimal] = field(default_factory=dict)
    slips: dict[Key, Decimal] = field(default_factory=dict)


class Expander:
    """Takes totals of one pack apart on the values of one calculation."""

    def __init__(self, pack: RulePack, structure: Structure, calculation: Calculation) -> None:
        self.pack, self.structure = pack, structure
        self.engine = Engine(pack, structure, calculation.values, as_reported=True)
        self.year = str(structure.year)

    def expand(self, keys: Iterable[Key]) -> Parts:
        """The parts of the sum of some figures.

        Raises
        ------
        Absent
            If a figure is missing.
        """
        parts = Parts(ZERO)
        for key in keys:
            parts.total += self.engine.value(key)
            self._expand(key, parts)
        return parts

    def _expand(self, key: Key, parts: Parts) -> None:
        months = self._months(key)
        if months:
            rest = self.engine.value(key) - sum((self.engine.value(month) for month in months), ZERO)
            _note(parts.slips, key, rest)
            for month in months:
                self._expand(month, parts)
            return
        method = self.pack.methods.get(key.parameter)
        terms = list(_terms(method.formula.text)) if method else []
        if method is None or not _is_sum(terms):
            parts.atoms.append(self._atom(key, method.formula if method else None))
            return
        raw = sum((self._term(key, sign, tree, parts) for sign, tree in terms), ZERO)
        self._close(key, raw, parts)

    def _months(self, key: Key) -> list[Key]:
        """The months that a figure of the year is the sum of; none where it is computed for the year."""
        parameter = self.pack.parameters[key.parameter]
        if key.period != self.year or not parameter.monthly or parameter.year != "sum":
            return []
        months = [key._replace(period=month) for month in self.structure.months]
        return months if all(month in self.engine.inputs for month in months) else []

    def _term(self, key: Key, sign: int, tree: ast.expr, parts: Parts) -> Decimal:
        """One term of a sum: further figures, or products with their operands; gives its value."""
        scope = Scope(self.engine.layout, self.engine, key)
        scopes: Iterable[Scope] = [scope]
        if isinstance(tree, ast.Call):
            tree = tree.args[0]
            scopes = scope.members(parse(ast.unparse(tree)).names)
        total = ZERO
        for own in scopes:
            log: list[tuple[str, Key | None, Decimal]] = []
            formula = parse(ast.unparse(tree))
            place = Scope(self.engine.layout, self.engine, Key(own.track, "", own.facility, own.item, own.period), log)
            value = formula.evaluate(place)
            total += sign * value
            child = next((entry for name, entry, _ in log if isinstance(tree, ast.Name) and entry), None)
            if child is not None and sign > 0:
                self._expand(child, parts)
            else:
                named = Key(own.track, key.parameter, own.facility, own.item, own.period)
                operands = {name: amount for name, _, amount in log}
                parts.atoms.append(Atom(self.pack.id, named, sign * value, formula=formula, operands=operands))
        return total

    def _close(self, key: Key, raw: Decimal, parts: Parts) -> None:
        parameter = self.pack.parameters[key.parameter]
        whole = rounded(raw, parameter, yearly=key.period == self.year)
        _note(parts.roundings, key, whole - raw)
        _note(parts.slips, key, self.engine.value(key) - whole)

    def _atom(self, key: Key, formula: Formula | None) -> Atom:
        value = self.engine.value(key)
        if formula is None:
            return Atom(self.pack.id, key, value)
        log: list[tuple[str, Key | None, Decimal]] = []
        try:
            raw = self.engine.evaluate(key, log)
        except (Absent, DivisionByZero, InvalidOperation):
            return Atom(self.pack.id, key, value)
        whole = rounded(raw, self.pack.parameters[key.parameter], yearly=key.period == self.year)
        operands = {name: amount for name, _, amount in log}
        return Atom(self.pack.id, key, raw, whole - raw, value - whole, formula, operands)


def _note(found: dict[Key, Decimal], key: Key, amount: Decimal) -> None:
    if amount:
        found[key] = found.get(key, ZERO) + amount


def _terms(text: str) -> Iterator[tuple[int, ast.expr]]:
    """Signed terms of a formula."""
    waiting: list[tuple[int, ast.expr]] = [(1, ast.parse(text, mode="eval").body)]
    while waiting:
        sign, tree = waiting.pop(0)
        if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
            second = sign if isinstance(tree.op, ast.Add) else -sign
            waiting = [(sign, tree.left), (second, tree.right), *waiting]
        else:
            yield sign, tree


def _is_sum(terms: list[tuple[int, ast.expr]]) -> bool:
    """Whether a formula is a sum of figures, or a sum over items."""
    return all(isinstance(tree, ast.Name) or _is_sum_call(tree) for _, tree in terms)


def _is_sum_call(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "sum"
