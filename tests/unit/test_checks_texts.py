"""检查的文字：每条规则有双语模板，模板用到的字段都有值，规则包与检查函数一一对应。"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from tests.support import plants_apart, verified
from tests.unit.small_plant import Rows, context, pick, plant, reported
from verifierkit import rulepack
from verifierkit.checks import REGISTRY, texts
from verifierkit.checks.base import NOT_APPLICABLE, NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.checks.evidence import in_chinese
from verifierkit.checks.texts import messages, number, text
from verifierkit.simulate import applicable
from verifierkit.verification import run_checks

CASE_PACKS = [rulepack.load(name) for name in rulepack.names() if rulepack.load(name).checks]
FREE = {"hint"}  # a hint is there only where a difference looks like something


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


# one to one


@pytest.mark.parametrize("pack", CASE_PACKS, ids=lambda pack: pack.id)
def test_every_rule_of_a_pack_has_a_check_and_every_check_a_rule(pack: rulepack.RulePack) -> None:
    assert set(pack.checks) == set(REGISTRY)


@pytest.mark.parametrize("rule", sorted(REGISTRY))
def test_every_rule_has_words_for_its_failure(rule: str) -> None:
    assert [name for name in messages() if name == rule or name.startswith(f"{rule}.")]


@pytest.mark.parametrize("name", sorted(messages()))
def test_both_languages_say_the_same_fields(name: str) -> None:
    entry = messages()[name]
    assert set(entry) == {"zh", "en"}
    languages = [
        {re.sub(r"_(zh|en|words)$", "", field) for field in fields(words)} for words in (entry["zh"], entry["en"])
    ]
    assert languages[0] == languages[1]
    assert re.search(r"[\u4e00-\u9fff]", entry["zh"])
    assert not re.search(r"[\u4e00-\u9fff]", entry["en"])


@pytest.mark.parametrize("pack", CASE_PACKS, ids=lambda pack: pack.id)
def test_every_rule_of_a_pack_states_itself_in_both_languages(pack: rulepack.RulePack) -> None:
    for rule in pack.checks.values():
        assert rule.statement["zh"], rule.id
        assert rule.statement["en"], rule.id
        assert rule.kind in ("misstatement", "nonconformity", "missing_evidence", "clarification", "recommendation")


# which words


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result("chain.report", NOT_SATISFIED), "chain.report"),
        (Result("chain.report", SATISFIED), "satisfied"),
        (Result("band.coal", SATISFIED), "band.coal.satisfied"),
        (Result("floor.faraday", NOT_SATISFIED, message="floor.faraday.cells"), "floor.faraday.cells"),
        (Result("chain.report", NOT_EVALUATED, message="chain.report.no_source"), "chain.report.no_source"),
        (Result("deposit.ledger", NOT_EVALUATED), "not_evaluated"),
        (Result("floor.heat", NOT_APPLICABLE, message="not_applicable"), "not_applicable"),
    ],
)
def test_an_outcome_never_takes_the_words_of_another(result: Result, expected: str) -> None:
    assert texts._message_id(result) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("1234567.80", "1,234,567.80"),
        ("-1234.5", "-1,234.5"),
        ("1E+5", "100,000"),
        ("0.02618", "0.02618"),
        ("12.500000000", "12.5"),
        ("100.0000000000", "100"),
        ("0", "0"),
    ],
)
def test_numbers_have_separators_and_no_exponent(value: str | None, shown: str) -> None:
    assert number(None if value is None else Decimal(value)) == shown


def test_names_of_the_case_go_before_ids() -> None:
    found = context(plant())
    assert texts.facility_name(found, "k1") == "1号线"
    assert texts.source_name(found, "i_c") == "煤秤"
    assert (texts.stream_name(found, "n_yard"), texts.stream_name(found, "nowhere")) == ("煤场", "nowhere")
    result = Result(
        "chain.report", SATISFIED, facility="k1", parameter="fuel_consumed", item="bituminous", stream="c_k1"
    )
    assert texts.subject_name(found, result, "zh").startswith("1号线 ")
    assert "bituminous" not in texts.subject_name(found, result, "zh")


# every field filled


def gaps(found: Context, results: list[Result]) -> Iterator[tuple[str, str, str]]:
    """Template, language and field of every field that a result leaves empty."""
    for result in results:
        name = texts._message_id(result)
        for language in texts.LANGUAGES:
            given = texts._fields(found, result, language)
            wanted = fields(messages()[name][language]) - FREE
            yield from ((name, language, field) for field in wanted if given.get(field) in (None, "", "-"))


def words_left_english(found: Context, results: list[Result]) -> set[str]:
    """Words in Chinese texts that are neither quoted nor names of files, units, packs and kinds."""
    told = [re.sub("'[^']*'", "", text(found, r)["zh"]) for r in results]
    left = {word for words in told for word in re.findall(r"(?<![\w/.])[a-z]{4,}(?![\w./])", words)}
    return left - {"kgce", "cement", "entity"}


CHUNK = 12
PLANTED = [
    (sector, year, tuple(error.id for error in applicable(sector, year))[start : start + CHUNK])
    for sector in ("cement", "aluminium")
    for year in (2025, 2018)
    for start in range(0, len(applicable(sector, year)), CHUNK)
]


@pytest.mark.parametrize(
    ("sector", "year", "errors"), PLANTED, ids=lambda part: part[0] if isinstance(part, tuple) else str(part)
)
def test_every_result_of_planted_errors_has_complete_words(sector: str, year: int, errors: tuple[str, ...]) -> None:
    for planted in plants_apart(sector, year, 3, errors):
        found = verified(planted)
        assert sorted(set(gaps(found.context, found.results))) == []
        assert words_left_english(found.context, found.results) == set()


def _error_found(rows: Rows) -> None:
    for row in rows["calibrations"]:
        row["error_fraction"] = Decimal("0.1")


def _no_plan(rows: Rows) -> None:
    rows["plan"] = []


def _no_deposit(rows: Rows) -> None:
    rows["deposits"] = []


def _no_dates(rows: Rows) -> None:
    for row in rows["coal_analyses"]:
        row |= {"received_on": None, "issued_on": None}


def _no_records(rows: Rows) -> None:
    rows["monthly_values"] = [row for row in rows["monthly_values"] if row["source_id"] != "s_c_record"]
    rows["deducted_materials"] = []


def _odd_origins(rows: Rows) -> None:
    pick(rows, "sources", source_id="s_p")["derives_from"] = "s_q"
    pick(rows, "sources", source_id="s_m")["derives_from"] = None


def _intensity_moved(rows: Rows) -> None:
    pick(rows, "reported", parameter="line_intensity_tco2_per_t", data_year=2024)["value"] = Decimal("0.5")


def _cold_kiln(rows: Rows) -> None:
    reported(rows, "fuel_ncv", "2025-04")["value"] = Decimal("1.000")


def _more_than_capacity(rows: Rows) -> None:
    reported(rows, "clinker_produced_t", "2025-04")["value"] = Decimal(99000)


def _misfits(rows: Rows) -> None:
    base = reported(rows, "clinker_produced_t", "2025-04")
    rows["reported"] += [
        base | {"parameter": "clinker"},
        base | {"facility_id": "ent"},
        base | {"item": "x"},
        base | {"unit": "MWh", "month": "2025-05"},
    ]
    pick(rows, "monthly_values", source_id="s_p", month="2025-06")["unit"] = "车"


def _stock_adjusted(rows: Rows) -> None:
    rows["stock_counts"] = [{"node_id": "n_yard", "counted_on": date(2025, 4, 30), "quantity_t": 5, "adjustment_t": 25}]
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-04")["value"] += 25


def _keyed(rows: Rows) -> None:
    where = {"table": "monthly_values", "row_key": "s_p|2025-04", "column": "value"}
    rows["transcriptions"] = [
        {"file": "扫描", "page": 1, "label": "产量", "value": "7", "keyed_by": "甲", "ticked_by": "乙"} | where
    ]


def _unknown_fuel(rows: Rows) -> None:
    rows["reported"] += [
        row | {"item": "diesel", "value": Decimal("0.5")}
        for row in rows["reported"]
        if row["parameter"] == "oxidation_fraction"
    ]


CHANGES = [
    _error_found, _no_plan, _no_deposit, _no_dates, _no_records, _odd_origins, _intensity_moved, _cold_kiln,
    _more_than_capacity, _misfits, _stock_adjusted, _keyed, _unknown_fuel,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_every_result_of_a_change_has_complete_words(change: Callable[[Rows], None]) -> None:
    rows = plant()
    clean = run_checks(context(rows))
    change(rows)
    found = context(rows)
    results = run_checks(found)
    assert [r.outcome for r in results] != [r.outcome for r in clean]
    assert sorted(set(gaps(found, results))) == []
    assert words_left_english(found, results) == set()


@pytest.mark.parametrize("year", [2024, 2025])
def test_what_does_not_apply_says_why(year: int) -> None:
    for pack in CASE_PACKS:
        for rule in pack.checks:
            if pack.covers(year) and not (state := pack.applies(rule, year)).applies:
                assert state.reason is not None
                assert set(state.reason) == {"zh", "en"}


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        ("a number", "数值"),
        ("a month of 2025", "2025 年的月份"),
        ("是 or 否 (yes or no)", "是或否"),
        ("a second one (first: data.xlsx#表!B3)", "另有一行（首行见 data.xlsx#表!B3）"),
        ("a unit of fuel_consumed (t)", "fuel_consumed 的单位（t）"),
        ("约5", "约5"),
        ("a number (1)", "a number (1)"),
    ],
)
def test_what_a_defect_expected_is_said_in_chinese(words: str, zh: str) -> None:
    assert in_chinese(words) == zh
