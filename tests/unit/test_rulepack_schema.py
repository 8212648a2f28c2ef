"""What a pack file may not hold: each fault is named with file, line, expected and found."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from verifierkit import rulepack
from verifierkit.errors import InputErrors, UsageError
from verifierkit.rulepack import FormulaError, formula

SMALL = """schema: 1
pack: small
kind: sector
title: {zh: 小包, en: small pack}
status: {zh: 试验, en: for tests}
sector: cement
tracks: [facility]
data_years: {from: 2024, to: 2025}
sources:
  s1: {title: a text}
constants:
  ratio: {numerator: "44", denominator: "12", unit: tCO2/tC, label: {zh: 比, en: ratio}, cite: {source: s1, clause: c, confidence: A}}
parameters:
  fuel:
    label: {zh: 燃料, en: fuel}
    unit: t
    role: activity
    level: {facility: clinker_line}
    by_item: true
    year: sum
    cite: {source: s1, clause: c, confidence: A}
  factor:
    label: {zh: 因子, en: factor}
    unit: tC/t
    role: factor
    level: {facility: clinker_line}
    by_item: true
    year: constant
    cite: {source: s1, clause: c, confidence: A}
  emission:
    label: {zh: 排放, en: emission}
    unit: tCO2
    role: result
    level: {facility: clinker_line}
    year: sum
    cite: {source: s1, clause: c, confidence: A}
methods:
  - {output: emission, formula: sum(fuel * factor) * ratio, cite: {source: s1, clause: c, confidence: A}}
values:
  factor:
    - {item: coal, value: "0.70", unit: tC/t, from: 2024, to: 2025, cite: {source: s1, clause: c, confidence: A}}
"""


UNKNOWN_INSTRUMENT = """instrument:
  title: {zh: 通知, en: notice}
  number: "1"
  text_seen: "no"
  cite: {source: s9, clause: c, confidence: C}
"""
STEP = "procedure:\n  - {id: a, title: {zh: 一, en: one}, %s, cite: {source: s1, clause: c, confidence: C}}\n"
NO_SUCH_EXEMPTION = """not_applicable:
  - checks: [chain.report]
    from: 2024
    to: 2024
    reason: {zh: 无, en: none}
    cite: {source: s1, clause: c, confidence: C}
"""
RULE = """checks:
  chain.report:
    statement: {zh: 一致, en: equal}
    kind: misstatement
    cite: {source: s1, clause: c, confidence: C}
    %s
"""


def refusal(text: str) -> str:
    with pytest.raises(InputErrors) as caught:
        rulepack.assemble("small", lambda name: text)
    return str(caught.value)


def swap(old: str, new: str) -> Callable[[], str]:
    assert SMALL.count(old) == 1, old
    return lambda: SMALL.replace(old, new)


def test_the_small_pack_loads() -> None:
    pack = rulepack.assemble("small", lambda name: SMALL)
    assert pack.value("factor", year=2024, item="coal").text == "0.70"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (swap("by_item: true\n    year: sum", "by_itme: true\n    year: sum"), "small.yaml, row 19: .*found 'by_itme'"),
        (swap('value: "0.70", unit', "value: 0.70, unit"), "row 41: .*found the unquoted decimal 0.70"),
        (swap('value: "0.70", unit', "value: 7, unit"), "row 41: .*found the unquoted 7"),
        (swap('value: "0.70", unit', 'value: "7e-1", unit'), "row 41: .*found '7e-1'"),
        (swap("unit: tC/t, from", "unit: tC/tonne, from"), "row 41: expected a declared unit, found 'tC/tonne'"),
        (swap("unit: tC/t, from", "unit: tCO2/t, from"), "row 41: expected factor in tC/t, found tCO2/t"),
        (swap("from: 2024, to: 2025, cite", "from: 2025, to: 2024, cite"), "row 41: expected from not after to"),
        (swap("{item: coal, ", "{item: coal, item: coke, "), "row 41: expected each key once, found 'item' again"),
        (swap("title: {zh: 小包, en: small pack}", "title: {zh: 小包}"), "row 4: expected the key en"),
        (swap("role: activity", "role: activities"), "row 17: expected activity | factor"),
        (swap("sources:\n  s1", "sources:\n  s2"), "expected a declared source, found 's1'"),
        (swap("sum(fuel * factor) * ratio", "sum(fuel * facter) * ratio"), "row 38: .*found 'facter'"),
        (swap("sum(fuel * factor) * ratio", "fuel * ratio"), "row 38: expected fuel inside sum"),
        (swap("sum(fuel * factor) * ratio", "sum(fuel * factor) * 3.67"), "row 38: .*literal 3.67 is not allowed"),
        (swap("sum(fuel * factor) * ratio", "emission + 1"), "row 38: expected methods without a circle"),
        (swap("values:\n  factor:", "values:\n  facter:"), "row 41: expected a parameter of the pack, found 'facter'"),
        (swap("schema: 1\n", "schema: 2\n"), "expected schema 1, found schema 2"),
        (swap("sector: cement", "sector: steel"), "row 6: expected cement | aluminium | electricity, found 'steel'"),
        (lambda: SMALL + UNKNOWN_INSTRUMENT, "row 46: expected a declared source, found 's9'"),
        (
            lambda: SMALL + "unusable: {zh: 未见, en: not seen}\n",
            "row 1: expected no rules in a pack that cannot be used, found constants, parameters",
        ),
        (
            lambda: SMALL + "carries: {pack: nowhere, cite: {source: s1, clause: c, confidence: C}}\n",
            "row 42: expected a base that leads to a pack, found small -> nowhere",
        ),
        (
            lambda: SMALL + "worked_example: {status: published, note: {zh: 有, en: there}}\n",
            "row 42: expected a test with a published example, found ''",
        ),
        (lambda: SMALL + STEP % "kind: stride", "row 43: expected step | deadline | team"),
        (
            lambda: SMALL + STEP % "kind: step, check: chain.repot",
            "row 43: expected a check of the pack, found 'chain.repot'",
        ),
        (lambda: SMALL + STEP % 'kind: step, value: "2"', "row 43: expected a value with its unit"),
        (
            lambda: SMALL + STEP % "kind: step" + (STEP % "kind: step").split("\n", 1)[1],
            "row 44: expected each id once, found a again",
        ),
        (lambda: SMALL + NO_SUCH_EXEMPTION, "row 43: expected a check of the pack, found 'chain.report'"),
        (lambda: SMALL + RULE % "test: statistical", "row 44: expected alpha with a statistical test, found none"),
        (lambda: SMALL + RULE % "test: exact", "row 47: expected arithmetic | statistical"),
        (swap("zh: 试验", "zh: !!python/name:os.system x"), "row 5: .*found the tag"),
        (swap("zh: 试验, en: for tests", "zh: &a 试验, en: *a"), r"row 5: expected plain values, found alias \*a"),
        (swap("schema: 1\n", "schema: [1\n"), "expected YAML"),
    ],
)
def test_refusals_name_line_expected_and_found(text: Callable[[], str], message: str) -> None:
    assert re.search(message.replace(" | ", r" \| "), refusal(text())), refusal(text())


def test_an_empty_file_is_refused() -> None:
    assert "expected a mapping, found nothing" in refusal("")


def test_overlapping_years_are_refused_and_adjacent_years_are_not() -> None:
    row = '    - {item: coal, value: "0.71", unit: tC/t, from: %s, to: 2026, cite: {source: s1, clause: c, confidence: A}}\n'
    message = refusal(SMALL + row % 2025)
    assert (
        "row 42: expected one value of factor at a time, found 0.70 (2024 to 2025) and 0.71 (2025 to 2026)" in message
    )
    pack = rulepack.assemble("small", lambda name: SMALL + row % 2026)
    assert len(pack.values["factor"]) == 2


def test_equally_specific_values_are_ambiguous() -> None:
    row = '    - {facility_kind: clinker_line, value: "0.71", unit: tC/t, from: 2024, to: 2025, '
    row += "cite: {source: s1, clause: c, confidence: A}}\n"
    pack = rulepack.assemble("small", lambda name: SMALL + row)
    with pytest.raises(UsageError, match=r"factor is ambiguous, 0.7\d .line 4\d. and 0.7\d"):
        pack.value("factor", year=2024, item="coal", facility_kind="clinker_line")
    assert pack.value("factor", year=2024, item="coke", facility_kind="clinker_line").text == "0.71"


def test_all_faults_of_a_file_come_in_one_go() -> None:
    message = refusal(SMALL.replace("role: activity", "role: x").replace('"0.70"', "0.70"))
    assert [line.split(":")[0] for line in message.splitlines()] == ["small.yaml, row 17", "small.yaml, row 41"]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "a.b", "a[0]", "lambda: a", "a if b else c", "a ** b", "a // b", "-a", "a == b",
        "[a]", "(a, b)", "f(a)", "max(a, key=b)", "sum(a, b)", "sum(sum(a))", "sum(1)", "'a'", "2", "1.0", "True", "a; b", "",
        "a and b", "(x := a)", "a\0b", "(" * 5000 + "a" + ")" * 5000,
    ],
)  # fmt: skip
def test_formulas_hold_a_closed_set_of_operations(text: str) -> None:
    with pytest.raises(FormulaError):
        formula.parse(text)


def test_formula_names_and_words() -> None:
    parsed = formula.parse("max(0, a * (b - c)) / sum(d * e)")
    assert parsed.names == {"a", "b", "c"}
    assert parsed.sums == (frozenset({"d", "e"}),)
    assert (
        parsed.words({"a": "甲", "b": "乙", "c": "丙", "d": "丁", "e": "戊"}) == "max(0, 甲 × (乙 − 丙)) ÷ Σ(丁 × 戊)"
    )
    assert formula.parse("a - (b - c) - d").words({}) == "a − (b − c) − d"
