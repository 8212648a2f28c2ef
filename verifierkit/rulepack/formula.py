"""Formulas of methods: text over parameter and constant ids, parsed to a closed set of operations on Decimal.

Allowed are ``+ - * /``, parentheses, ``max``, ``min``, ``sum`` and the literals 0 and 1; nothing is ever executed
as Python. ``sum(x)`` runs over the items, and at the entity also over the facilities, that the output does not have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

ZERO = Decimal(0)
LITERALS = {0: ZERO, 1: Decimal(1)}


class FormulaError(ValueError):
    """A formula that uses anything outside the closed set."""


class Scope(Protocol):
    """Where a formula finds its values."""

    def value(self, name: str) -> Decimal:
        """Value of a parameter or constant."""
        ...

    def members(self, names: frozenset[str]) -> Iterable[Scope]:
        """Scopes that a sum over an expression of these names runs over."""
        ...


Node = Callable[[Scope], Decimal]


@dataclass(frozen=True)
class Formula:
    """A parsed formula: its text, the names outside sums, the names of each sum, and the evaluation."""

    text: str
    names: frozenset[str]
    sums: tuple[frozenset[str], ...]
    evaluate: Node

    @property
    def all_names(self) -> frozenset[str]:
        """Every parameter and constant that the formula reads."""
        return self.names.union(*self.sums)

    def words(self, labels: Mapping[str, str]) -> str:
        """The formula with labels in place of ids."""
        return _words(_parse(self.text), labels)


def parse(text: str) -> Formula:
    """Parse a formula.

    Raises
    ------
    FormulaError
        If the text holds anything but names, 0, 1, ``+ - * /``, parentheses, max, min and sum.
    """
    names: set[str] = set()
    sums: list[frozenset[str]] = []
    evaluate = _node(_parse(text), names, sums)
    return Formula(text, frozenset(names), tuple(sums), evaluate)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"cannot be read: {error}") from None


def _node(tree: ast.expr, names: set[str], sums: list[frozenset[str]]) -> Node:
    """Evaluation of one node; notes the names that it reads."""
    if isinstance(tree, ast.Name):
        names.add(tree.id)
        return lambda scope, name=tree.id: scope.value(name)  # type: ignore[misc]
    if isinstance(tree, ast.Constant):
        return _literal(tree)
    if isinstance(tree, ast.BinOp):
        return _operation(tree, _node(tree.left, names, sums), _node(tree.right, names, sums))
    if isinstance(tree, ast.Call):
        return _call(tree, names, sums)
    raise FormulaError(f"{ast.unparse(tree)!r} is not allowed")


def _literal(tree: ast.Constant) -> Node:
    if type(tree.value) is not int or tree.value not in LITERALS:
        raise FormulaError(f"the literal {tree.value!r} is not allowed; declare a constant with its citation")
    value = LITERALS[tree.value]
    return lambda scope: value


def _operation(tree: ast.BinOp, left: Node, right: Node) -> Node:
    if isinstance(tree.op, ast.Add):
        return lambda scope: left(scope) + right(scope)
    if isinstance(tree.op, ast.Sub):
        return lambda scope: left(scope) - right(scope)
    if isinstance(tree.op, ast.Mult):
        return lambda scope: _product(left(scope), right, scope)
    if isinstance(tree.op, ast.Div):
        return lambda scope: left(scope) / right(scope)
    raise FormulaError(f"the operator in {ast.unparse(tree)!r} is not allowed")


def _product(left: Decimal, right: Node, scope: Scope) -> Decimal:
    """Nothing used, nothing emitted: with no quantity the factor is not asked for (no laboratory report that month)."""
    return left * right(scope) if left else ZERO


def _call(tree: ast.Call, names: set[str], sums: list[frozenset[str]]) -> Node:
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    if name not in ("max", "min", "sum") or tree.keywords or not tree.args:
        raise FormulaError(f"{ast.unparse(tree)!r} is not allowed; functions are max, min and sum")
    if name == "sum":
        return _sum(tree, sums)
    nodes = [_node(argument, names, sums) for argument in tree.args]
    choose = max if name == "max" else min
    return lambda scope: choose(node(scope) for node in nodes)


def _sum(tree: ast.Call, sums: list[frozenset[str]]) -> Node:
    inner: set[str] = set()
    nested: list[frozenset[str]] = []
    if len(tree.args) != 1:
        raise FormulaError("sum takes one expression")
    node = _node(tree.args[0], inner, nested)
    if nested or not inner:
        raise FormulaError("sum takes an expression of parameters without another sum")
    names = frozenset(inner)
    sums.append(names)
    return lambda scope: sum((node(member) for member in scope.members(names)), ZERO)


SIGNS: Mapping[type[ast.operator], str] = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: " × ", ast.Div: " ÷ "}


def _words(tree: ast.expr, labels: Mapping[str, str]) -> str:
    if isinstance(tree, ast.Name):
        return labels.get(tree.id, tree.id)
    if isinstance(tree, ast.BinOp):
        return f"{_part(tree, tree.left, labels)}{SIGNS[type(tree.op)]}{_part(tree, tree.right, labels)}"
    if isinstance(tree, ast.Call):
        name = "Σ" if ast.unparse(tree.func) == "sum" else ast.unparse(tree.func)
        return f"{name}({', '.join(_words(argument, labels) for argument in tree.args)})"
    return ast.unparse(tree)


def _part(parent: ast.BinOp, child: ast.expr, labels: Mapping[str, str]) -> str:
    """One side of an operation, in parentheses where the reading needs them."""
    words = _words(child, labels)
    if not isinstance(child, ast.BinOp):
        return words
    loose = isinstance(child.op, (ast.Add, ast.Sub))
    tight = isinstance(parent.op, (ast.Mult, ast.Div))
    behind = child is parent.right and isinstance(parent.op, (ast.Sub, ast.Div))
    return f"({words})" if (loose and tight) or behind else words
