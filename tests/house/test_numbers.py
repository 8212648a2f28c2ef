"""No number in emissions, checks, reconcile and joint but -1, 0, 1 and 2: rules stand in packs, physics in one cited file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_house_rules import PACKAGE, named, python_files, tree
from verifierkit import constants, rulepack

PLAIN = {"-1", "0", "1", "2", "0.0", "1.0", "2.0"}
CONSTANTS = PACKAGE / "constants.py"
SETTINGS = {  # steps and tolerances of the solvers, each with its reason
    "verifierkit/reconcile/constants.py",
    "verifierkit/joint/constants.py",
}
NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?")
MONTH = re.compile(r"0[1-9]|-(0[1-9]|1[0-2])")  # "03", "-12": parts of the names of months


def stray_numbers(path: Path) -> Iterator[tuple[str, int]]:
    """Number literals, and texts that read as numbers, that are not plain; bounds of slices are places, not numbers."""
    module = tree(path)
    slices = {id(part) for node in ast.walk(module) if isinstance(node, ast.Slice) for part in ast.walk(node)}
    for node in ast.walk(module):
        if not isinstance(node, ast.Constant) or id(node) in slices or isinstance(node.value, bool):
            continue
        if isinstance(node.value, int | float | complex) and repr(node.value) not in PLAIN:
            yield repr(node.value), node.lineno
        elif isinstance(node.value, str) and _number_text(node.value):
            yield node.value, node.lineno


def _number_text(text: str) -> bool:
    text = text.strip()
    return bool(NUMBER.fullmatch(text)) and text not in PLAIN and not MONTH.fullmatch(text)


@pytest.mark.parametrize("name", ["emissions", "checks", "reconcile", "joint"])
def test_factors_and_limits_stand_in_packs_not_in_code(name: str) -> None:
    files = [path for path in python_files(PACKAGE / name) if named(path) not in SETTINGS]
    assert files
    found = [f"{named(path)}:{line} {text}" for path in files for text, line in stray_numbers(path)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a = 0.525", ["0.525"]),
        ('b = Decimal("44.01")', ["44.01"]),
        ('TABLE = ("10", "4.1868")\nb = Decimal(TABLE[1])', ["10", "4.1868"]),
        ("c = 10**3", ["10", "3"]),
        ("c = 1e-3", ["0.001"]),
        ("c = 0.5 * x", ["0.5"]),
        ('c = Decimal("1E+3")', ["1E+3"]),
        ("c = Fraction(44, 12)", ["44", "12"]),
        ("c = Context(prec=28)", ["28"]),
        ("c = x if y > -3 else 3j", ["3", "3j"]),
        ("def f(limit=40): return limit", ["40"]),
        ('c = text[:4] + key[1:7] + f"{x:.6g}" + "2025-03" + "-12"', []),
        ("c = -1 * x + 2 * y - 0 + True", []),
    ],
)
def test_numbers_are_seen_in_every_dress(source: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(source, encoding="utf-8")
    assert sorted(text for text, _ in stray_numbers(tmp_path / "x.py")) == sorted(found)


def assigned(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of a file of constants, and whether the line behind says where the number comes from."""
    body = tree(path).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            yield ast.unparse(target), said and isinstance(after.value.value, str)  # type: ignore[union-attr]


@pytest.mark.parametrize("path", [CONSTANTS, *(PACKAGE.parent / name for name in sorted(SETTINGS))], ids=named)
def test_every_constant_says_where_it_comes_from(path: Path) -> None:
    held = dict(assigned(path))
    assert held
    assert [name for name, said in held.items() if not said] == []


def test_physical_constants_of_methods_stand_in_one_cited_pack() -> None:
    shared = set(rulepack.load("shared-constants").constants)
    own = {name for one in rulepack.names() for name in rulepack.load(one).constants} - shared
    cited = [rulepack.load(one).constants[name] for one in rulepack.names() for name in rulepack.load(one).constants]
    assert all(constant.citation.title and constant.citation.clause for constant in cited)
    scheme = {
        name for one in rulepack.names() if rulepack.load(one).scheme != "cn" for name in rulepack.load(one).constants
    }
    assert own <= scheme, "a constant of one scheme alone stands in the shared part of that scheme"


def test_the_cited_numbers_are_what_their_sources_say() -> None:
    assert str(constants.MJ_PER_MCAL) == "4.1868"
    assert constants.RECTANGULAR_DIVISOR == 3
    assert constants.DECIMAL_DIGITS == 28
    assert [str(factor) for factor in constants.POWERS_OF_TEN] == ["10", "100", "1000", "10000"]
