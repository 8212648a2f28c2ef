"""Citations read in Chinese: every title and clause that a Chinese pack shows beside a figure has a Chinese form."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

import pytest

from verifierkit import rulepack
from verifierkit.rulepack.model import Citation
from verifierkit.rulepack.wording import chinese, clause_label, title_label

PROSE = re.compile(r"[a-z]{3,} [a-z]{2,}")  # two English words in a row; ids, formulas and names of programs are none
SCHEME = "eu-ets"
MONTHS = calendar.month_name[1:]


def shown(pack: rulepack.RulePack) -> Iterator[Citation]:
    yield from (parameter.citation for parameter in pack.parameters.values())
    yield from (method.citation for method in pack.methods.values())
    yield from (value.citation for values in pack.values.values() for value in values)


def numerals(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)*", text))


def month_numbers(text: str) -> set[str]:
    """Numbers of the months that a text names."""
    return {str(number) for number, month in enumerate(MONTHS, start=1) if month in text}


@pytest.mark.parametrize("name", [name for name in rulepack.names() if not name.startswith(SCHEME)])
def test_what_stands_beside_a_figure_reads_in_chinese(name: str) -> None:
    left = {
        text for cited in shown(rulepack.load(name)) for text in (title_label(cited)["zh"], clause_label(cited)["zh"])
    }
    assert sorted(text for text in left if PROSE.search(text)) == []


def test_titles_of_checks_read_in_chinese() -> None:
    packs = [rulepack.load(name) for name in rulepack.names() if not name.startswith(SCHEME)]
    titles = {title_label(rule.citation)["zh"] for pack in packs for rule in pack.checks.values()}
    assert sorted(title for title in titles if PROSE.search(title)) == []


def test_no_number_of_a_clause_is_lost_or_invented() -> None:
    for cited, words in chinese()["clauses"].items():
        assert set(numerals(words)) == set(numerals(re.sub(r"\b[a-z]\d\b", "", cited))) | month_numbers(cited), cited


def test_no_number_of_a_title_is_invented() -> None:
    for cited, words in chinese()["titles"].items():
        assert set(numerals(words)) <= {*numerals(cited), *month_numbers(cited)}, cited


def test_a_dated_use_of_another_value_is_put_together() -> None:
    title = "Emission template JSON for 24 sectors: regional set of 2012"
    cited = Citation("x", "a title", f"latest published value; {title}, regional set of 2012", "B")
    assert clause_label(cited)["zh"] == "最近发布值；24个行业排放模板（JSON）：2012年区域因子，2012年区域因子"
    assert clause_label(cited)["en"] == cited.clause
    assert title_label(cited) == {"zh": "a title", "en": "a title"}


def test_a_number_of_a_row_needs_no_entry() -> None:
    assert clause_label(Citation("x", "", "row 5.1.3", "A"))["zh"] == "第5.1.3行"
    assert clause_label(Citation("x", "", "6.2.1", "A"))["zh"] == "6.2.1"
