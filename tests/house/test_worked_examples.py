"""Each pack is held against a published worked example by a named test, or says in both languages that none exists.

Tests of arithmetic alone are labelled as such: by ``arithmetic`` in their name or in the first line of their file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from verifierkit import rulepack

TESTS = Path(__file__).resolve().parents[1]
PACKS = rulepack.names() + rulepack.overlays()
NONE = {"zh": re.compile("算例"), "en": re.compile("example")}
WORKED = ("unit/test_emissions_worked.py", "unit/test_captive_packs.py")


@pytest.mark.parametrize("name", PACKS)
def test_each_pack_has_a_worked_example_or_says_that_there_is_none(name: str) -> None:
    pack = rulepack.load(name)
    stated = pack.worked_example
    if stated is None:
        said = [gap for gap in pack.gaps if all(pattern.search(gap[key]) for key, pattern in NONE.items())]
        assert said, f"{name}: state worked_example, or a gap that names the missing worked example"
        return
    assert all(pattern.search(stated.note[key]) for key, pattern in NONE.items()), stated.note
    if stated.published:
        path, _, function = stated.test.partition("::")
        tree = ast.parse((TESTS.parent / path).read_text(encoding="utf-8"))
        assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)], stated.test


@pytest.mark.parametrize("name", WORKED)
def test_files_of_worked_examples_say_that_they_test_arithmetic_alone(name: str) -> None:
    tree = ast.parse((TESTS / name).read_text(encoding="utf-8"))
    words = (ast.get_docstring(tree) or "").casefold()
    assert "arithmetic" in words
    assert "worked" in words
