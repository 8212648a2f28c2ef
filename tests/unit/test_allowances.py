"""配额：各方案的公式、上限、特殊情形、取整；平衡值为参数或区间；E、A、A − E 分开。手算数值。"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.small_plant import plant, reported, verification
from verifierkit import outputs, record, rulepack
from verifierkit.allowances import (
    Plan,
    PowerUnit,
    Span,
    Unit,
    allowance_of_unit,
    balance_value,
    change,
    coefficient,
    moved,
    plan_of,
    power_allowance,
    special_case,
    with_and_without_captive,
)
from verifierkit.allowances.changes import allowance, difference, total
from verifierkit.documents.blocks import block_spans, plain
from verifierkit.documents.report import report_blocks
from verifierkit.errors import UsageError
from verifierkit.papers import show
from verifierkit.papers.comparisons import COMPARISONS

D = Decimal


def line(emission: str, output: str | None, **more: object) -> Unit:
    return Unit("k1", D(emission), None if output is None else D(output), **more)  # type: ignore[arg-type]


def plan(balance: str | None = None, *, sector: str = "cement", year: int = 2025, **more: object) -> Plan:
    said = {"balance_value": D(balance)} if balance else {}
    return plan_of(sector, year, said | more)


# which plan


def test_the_plan_in_force_is_found_by_sector_and_year() -> None:
    assert plan(year=2024).state == "equal"
    assert plan().state == "range"
    assert plan("0.85").state == "value"
    assert plan_of("aluminium", 2025).pack is rulepack.load("allowance-2024-2025")


def test_a_year_without_a_plan_says_so_and_names_the_nearest() -> None:
    found = plan_of("cement", 2018)
    assert (found.state, found.pack, found.method) == ("not_loaded", None, None)
    assert "allowance-2024-2025" in found.note["en"]
    assert "2018" in found.note["zh"]
    assert allowance_of_unit(found, line("100", "100")) is None
    assert change(found, [line("100", "100")], [line("90", "100")]).allowance is None


def test_drafts_hold_only_where_they_are_named() -> None:
    assert plan_of("cement", 2026).state == "not_loaded"
    named = plan_of("cement", 2026, {"pack": "allowance-2026-draft"})
    assert named.state == "range"
    assert named.rule
    assert not named.rule.in_force


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"pack": "cement-2024"}, "is no allowance pack"),
        ({"pack": "allowance-2026-draft"}, "holds no method for cement, data year 2025"),
        ({"special": {"k1": "by_grace"}}, "by_grace is no special case; known: white_clinker_only"),
        ({"balance_value": D(0)}, "must be positive"),
        ({"balance_low": D("0.9"), "balance_high": D("0.8")}, "lower end not above"),
        ({"balance_low": D("0.9")}, "give both"),
        ({"balance_value": D(1), "balance_low": D(1), "balance_high": D(2)}, "not both"),
    ],
)
def test_what_case_yaml_says_is_checked(said: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan_of("cement", 2025, said)


# the formula


@pytest.mark.parametrize(
    ("emission", "expected", "share"),
    [
        ("850000", "850000", "0"),  # at the balance value: A equals E
        ("765000", "776475", "0.015"),  # 10 % below: 0.15 × 0.1
        ("935000", "920975", "-0.015"),  # 10 % above
        ("680000", "700400", "0.03"),  # 20 % below: the cap begins
        ("595000", "612850", "0.03"),  # 30 % below: capped
        ("1020000", "989400", "-0.03"),  # 20 % above
        ("1190000", "1154300", "-0.03"),
    ],
)
def test_intensity_coefficient_by_hand(emission: str, expected: str, share: str) -> None:
    unit = line(emission, "1000000")
    assert coefficient(plan("0.85"), unit, D("0.85")) == D(share)
    assert allowance_of_unit(plan("0.85"), unit, balance=D("0.85")) == D(expected)


def test_the_allowance_is_cut_to_whole_tonnes_the_example_of_the_draft() -> None:
    # annex tables of the draft: 1789.70 t becomes 1789 t
    draft = plan_of("cement", 2026, {"pack": "allowance-2026-draft", "balance_value": D(1)})
    unit = line("178970", "178970", enterprise_emission=D(178970))
    assert allowance_of_unit(draft, unit, balance=D(1)) == D(178970)
    assert allowance_of_unit(draft, line("1789.70", "1789.70"), balance=D(1)) == D(1789)
    assert allowance_of_unit(draft, line("1789.70", "1789.70"), balance=D(1), rounded=False) == D("1789.70")


def test_a_hidden_tonne_at_the_balance_value_lowers_the_allowance_by_0_85() -> None:
    before, after = [line("850000", "1000000")], [line("851000", "1000000")]
    found = change(plan("0.85"), before, after)
    # A = E (1.15 − 0.15 E / (BP Q)): dA/dE = 1 − 0.15 = 0.85 at I = BP, less a small second-order part
    assert found.emission == 1000
    assert found.allowance == Span(D(849), D(849))
    assert found.net == Span(D(-151), D(-151))
    assert found.rounding == 0


def test_output_alone_moves_the_allowance_and_not_the_emission() -> None:
    found = change(plan("0.85"), [line("850000", "1000000")], [line("850000", "990000")])
    assert found.emission == 0
    assert found.allowance == Span(D(-1288), D(-1288))  # floor(850000 × (1 − 0.15 × 1/99)) = 848712
    assert found.net == found.allowance


def test_energy_and_output_together_keep_the_intensity() -> None:
    found = change(plan("0.80"), [line("850000", "1000000")], [line("858500", "1010000")])
    assert found.emission == 8500
    assert found.allowance == Span(D(8420), D(8420))  # A = 0.990625 E: 842031.25 and 850451.5625


def test_2024_gives_what_was_emitted() -> None:
    found = change(plan(year=2024), [line("850000.37", None)], [line("851000.50", None)])
    assert (found.emission, found.net) == (D("1000.13"), Span(D(0), D(0)))


def test_the_benchmarks_of_2017_multiply_output() -> None:
    old = plan_of("cement", 2018, {"pack": "allowance-2017-discussion"})
    assert allowance_of_unit(old, line("820000", "1000000")) == D("853400.0000")
    metal = plan_of("aluminium", 2018, {"pack": "allowance-2017-discussion"})
    assert allowance_of_unit(metal, Unit("p1", D(900000), D(100000))) == D("911320.0000")


def test_without_output_there_is_no_allowance_and_no_guess() -> None:
    found = change(plan("0.85"), [line("850000", None)], [line("851000", None)])
    assert (found.emission, found.allowance, found.net) == (1000, None, None)
    with pytest.raises(UsageError, match="give a balance value"):
        allowance_of_unit(plan(), line("850000", "1000000"))


# special cases


@pytest.mark.parametrize(
    ("unit", "name", "expected"),
    [
        (line("765000.50", "1000000", facility_class="white_clinker"), "white_clinker_only", "765000.50"),
        (line("765000.50", "1000000", substitution=D("0.1501")), "carbide_slag", "765000.50"),
        (line("765000.50", "1000000", substitution=D("0.15")), None, "776475"),
        (line("25999.99", "40000", enterprise_emission=D("25999.99")), "small_emitter", "25999.99"),
        (line("26000", "40000", enterprise_emission=D(26000)), "small_emitter", "26000"),
        (line("26000.01", "40000", enterprise_emission=D("26000.01")), None, "26780"),
        (line("765000.50", "1000000", commissioned_year=2025), "new_in_year", "0"),
        (line("765000.50", "1000000", commissioned_year=2024), None, "776475"),
    ],
)
def test_special_cases_of_2025(unit: Unit, name: str | None, expected: str) -> None:
    found = special_case(plan("0.85"), unit)
    assert (found.id if found else None) == name
    assert allowance_of_unit(plan("0.85"), unit, balance=D("0.85")) == D(expected)


def test_the_threshold_of_carbide_slag_differs_by_plan() -> None:
    unit = line("765000", "1000000", substitution=D("0.25"))
    draft = plan_of("cement", 2026, {"pack": "allowance-2026-draft", "balance_value": D("0.85")})
    assert special_case(plan("0.85"), unit)
    assert special_case(draft, unit) is None


def test_a_case_names_what_no_figure_shows() -> None:
    named = plan("0.85", special={"k1": "gypsum_to_acid"})
    assert allowance_of_unit(named, line("765000.50", "1000000"), balance=D("0.85")) == D("765000.50")


def test_crossing_a_threshold_moves_the_allowance_alone() -> None:
    small, large = D("25900"), D("26100")
    before = [line("25900", "30000", enterprise_emission=small)]
    after = [line("26100", "30000", enterprise_emission=large)]
    found = change(plan("0.80"), before, after)
    # A(26100) = 26100 × (1 + 0.15 × (0.80 − 0.87) / 0.80) = 25757.4375
    assert found.allowance == Span(D(-143), D(-143))
    assert found.net == Span(D(-343), D(-343))


# ranges


def test_without_a_balance_value_the_range_holds_over_every_one() -> None:
    before, after = [line("850000", "1000000")], [line("851000", "1000000")]
    found = change(plan(), before, after)
    assert found.allowance
    assert found.rounding == 1
    for step in range(1, 400):
        balance = D(step) / 100
        amount = difference(plan(str(balance)), before, after)
        assert amount
        assert found.allowance.low - 1 <= amount.low <= found.allowance.high + 1, balance


def test_a_range_of_the_balance_value_is_narrower() -> None:
    before, after = [line("850000", "1000000")], [line("851000", "1000000")]
    wide = change(plan(), before, after).allowance
    given_range = plan_of("cement", 2025, {"balance_low": D("0.84"), "balance_high": D("0.86")})
    narrow = change(given_range, before, after).allowance
    assert given_range.state == "range"
    assert wide
    assert narrow
    assert wide.low <= narrow.low < narrow.high <= wide.high
    # 1000 × 1.15 − 0.15 × (851² − 850²) / BP: 846.25 at 0.84, 853.31 at 0.86
    assert narrow == Span(D("846.25"), D("853.31"))


amounts = st.integers(min_value=1000, max_value=2_000_000)


@settings(max_examples=60)
@given(e1=amounts, e2=amounts, q1=amounts, q2=amounts, balance=st.integers(min_value=1, max_value=5000))
def test_no_balance_value_lies_outside_the_range(e1: int, e2: int, q1: int, q2: int, balance: int) -> None:
    before, after = [Unit("k1", D(e1), D(q1))], [Unit("k1", D(e2), D(q2))]
    span, value = difference(plan(), before, after), D(balance) / 1000
    assert span
    both = [total(plan(), units, balance=value, rounded=False) for units in (before, after)]
    assert both[0] is not None
    assert both[1] is not None
    assert span.low - D("0.01") <= both[1] - both[0] <= span.high + D("0.01")


@settings(max_examples=60)
@given(emission=amounts, output=amounts, balance=st.integers(min_value=1, max_value=5000))
def test_the_formula_against_exact_fractions(emission: int, output: int, balance: int) -> None:
    value = Fraction(balance, 1000)
    deviation = (value - Fraction(emission, output)) / value
    share = Fraction(15, 100) * deviation
    if abs(deviation) >= Fraction(20, 100):
        share = Fraction(3, 100) if deviation > 0 else Fraction(-3, 100)
    found = allowance_of_unit(plan(), line(str(emission), str(output)), balance=D(balance) / 1000)
    assert found == int(Fraction(emission) * (1 + share))


# captive plant


def power(year: int = 2025) -> Plan:
    return plan_of("power", year, {"pack": "allowance-2026-draft"})


def test_a_power_unit_by_hand() -> None:
    unit = PowerUnit("cap1", "coal_to_300mw", D(90000), D(100000), D(50000))
    # 100000 × 0.8017 = 80170; 50000 × 0.1027 = 5135
    assert power_allowance(power(), unit) == D(85305)
    year = PowerUnit("cap1", "coal_to_300mw", D(90000), D(100000), D(50000))
    assert power_allowance(power(2026), year) == D(79850) + D(5105)


def test_the_shortfall_of_a_power_entity_is_limited() -> None:
    unit = PowerUnit("cap1", "coal_to_300mw", D(150000), D(100000))
    assert power_allowance(power(), unit) == D(120000)  # 80 % of 150000; 80170 by benchmark
    assert power_allowance(power(), unit, shortfall_limited=False) == D(80170)


def test_a_class_or_year_without_benchmark_is_refused() -> None:
    with pytest.raises(UsageError, match="no value of electricity_benchmark"):
        power_allowance(power(), PowerUnit("cap1", "nuclear", D(1), D(1)))
    with pytest.raises(UsageError, match="no power plan is loaded"):
        power_allowance(plan("0.85"), PowerUnit("cap1", "coal_to_300mw", D(1), D(1)))


def test_with_and_without_the_captive_plant() -> None:
    unit = PowerUnit("cap1", "coal_to_300mw", D(90000), D(100000), D(50000))
    rows = {row.id: row for row in with_and_without_captive(plan("0.85"), [line("765000", "1000000")], power(), unit)}
    assert rows["without"].net == Span(D(11475), D(11475))
    assert rows["as_power_unit"].allowance == Span(D(776475 + 85305), D(776475 + 85305))
    assert rows["as_power_unit"].net == Span(D(11475 - 4695), D(11475 - 4695))
    assert (rows["own_gas"].emission, rows["own_gas"].net) == (D(855000), Span(D(11475), D(11475)))
    assert all(row.citation and row.label["zh"] and row.label["en"] for row in rows.values())


# transfers


def test_a_move_inside_a_group_is_a_scenario() -> None:
    units = [Unit("k1", D(800000), D(1000000)), Unit("k2", D(450000), D(500000))]
    found = moved(plan("0.85"), units, giver="k2", taker="k1", output=D(100000))
    assert [unit.output for unit in found.after] == [D(1100000), D(400000)]
    assert [unit.emission for unit in found.after] == [D("880000.00"), D("360000.00")]
    assert found.change.emission == D("-10000.00")
    assert "不是规则" in found.label["zh"]
    assert "not a rule" in found.label["en"]
    whole = allowance(plan("0.85"), found.after), allowance(plan("0.85"), found.before)
    assert whole[0]
    assert whole[1]
    assert found.change.allowance == Span(whole[0].low - whole[1].low, whole[0].low - whole[1].low)
    with pytest.raises(UsageError, match="can be moved"):
        moved(plan("0.85"), units, giver="k2", taker="k1", output=D(500001))
    with pytest.raises(UsageError, match="two different units"):
        moved(plan("0.85"), units, giver="k2", taker="k2", output=D(1))


# packs


@pytest.mark.parametrize("name", [name for name in rulepack.names() if name.startswith("allowance-")])
def test_allowance_packs_are_cited_and_say_what_they_lack(name: str) -> None:
    pack = rulepack.load(name)
    assert pack.allowance
    assert pack.gaps
    for entry in (*pack.allowance.methods, *pack.allowance.special):
        assert entry.citation.title
        assert entry.citation.clause
        assert entry.from_year <= entry.to_year
    assert not pack.tracks, "an allowance pack is never taken for an emission pack"


def test_an_overlay_with_one_value_changes_one_plan(tmp_path: Path) -> None:
    text = """schema: 1
pack: overlay-balance
kind: overlay
extends: allowance-2024-2025
title: {zh: 平衡值, en: Balance value}
status: {zh: 试验, en: trial}
instrument: {title: {zh: 通知, en: Notice}, number: "", text_seen: "no", cite: {source: n, clause: c, confidence: C}}
sources: {n: {title: Notice}}
values:
  balance_value_tco2e_per_t:
    - {facility_kind: clinker_line, value: "0.8300", unit: tCO2e/t, from: 2025, to: 2025, cite: {source: n, clause: c, confidence: C}}
"""
    path = tmp_path / "overlay-balance.yaml"
    path.write_text(text, encoding="utf-8")
    pack = rulepack.load_file(path)
    assert pack.allowance == rulepack.load("allowance-2024-2025").allowance
    assert pack.value("balance_value_tco2e_per_t", year=2025, facility_kind="clinker_line").value == D("0.83")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: allowance", "kind: sector", "the section allowance"),
        ("value: carbide_substitution_limit,", "", "a threshold where the test has one"),
        ("method: intensity", "method: generous", "verified | intensity | benchmark | power"),
    ],
)
def test_a_faulty_section_is_refused(old: str, new: str, words: str) -> None:
    from verifierkit.errors import InputErrors

    text = rulepack.read_text("allowance-2024-2025").replace(old, new, 1)
    with pytest.raises(InputErrors) as caught:
        rulepack.assemble("allowance-2024-2025", lambda name: text)
    assert words in str(caught.value)


# wired into the record, the working papers and findings.csv


def test_every_finding_of_a_case_carries_emission_allowance_and_net(cement_record: dict[str, Any]) -> None:
    part = cement_record["allowance"]
    assert part["state"] == "range"
    assert part["plan"]["pack"] == "allowance-2024-2025"
    for finding in cement_record["findings"]:
        effect = next(row for row in finding["effects"] if row["track"] == "facility")
        own = finding["allowance"]
        assert (own["state"], D(own["emission"]), own["value_yuan"]) == ("range", D(effect["tonnes"]), None)
        for end in ("low", "high"):
            assert D(own["net"][end]) == D(own["allowance"][end]) - D(own["emission"])
    together = next(row for row in cement_record["effects"] if row["track"] == "facility")
    assert D(part["change"]["emission"]) == D(together["together"])
    rows = outputs.finding_rows(cement_record)
    assert [row["net_high_t"] for row in rows] == [f["allowance"]["net"]["high"] for f in cement_record["findings"]]


def test_a_price_counts_only_where_the_case_gives_one() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["value"] -= 5
    free, priced = (
        record.render(verification(rows, allowance={"balance_value": D("0.8"), **more}))
        for more in ({}, {"price_yuan_per_t": D("70.00"), "price_source": "练习"})
    )
    changes = [made["findings"][0]["allowance"] for made in (free, priced)]
    assert [change["state"] for change in changes] == ["value", "value"]
    assert changes[0]["value_yuan"] is None
    assert D(changes[1]["value_yuan"]["low"]) == D(changes[1]["net"]["low"]) * 70
    assert priced["allowance"]["plan"]["price_source"] == "练习"


def test_no_plan_and_part_years_say_so() -> None:
    part = record.render(verification(plant(), through="2025-06"))["allowance"]
    assert part["state"] == "not_evaluated"
    assert part["note"]["zh"] == "未满一年，未计算配额"
    assert part["change"]["allowance"] is None


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_comparison_tables_show_their_rows(cement_record: dict[str, Any], name: str, language: str) -> None:
    rows = {
        "bridge": len(cement_record["bridge"]["lines"]) + 2,
        "allowance_units": len(cement_record["allowance"]["units"]),
        "allowance_findings": len(cement_record["findings"]) + 1,
        "determined": 0,
        "determined_totals": 0,
    }
    table = COMPARISONS[name](cement_record, language)
    assert len(table) == rows.get(name, len(table))
    assert all(str(column) not in ("net_a_e", "allowance_a", "line") for column in table.columns)
    assert show(name, cement_record, language).data


def test_no_official_document_shows_allowances(cement_record: dict[str, Any]) -> None:
    shown = " ".join(plain(spans) for block in report_blocks(cement_record, "zh") for spans in block_spans(block))
    assert "A − E" not in shown
    assert "平衡值" not in shown


# the balance value by its definition


def test_two_equal_units_balance_between_their_intensities() -> None:
    units = [Unit("k1", D(800000), D(1000000)), Unit("k2", D(900000), D(1000000))]
    found = balance_value(plan(), units)
    # E1 (1 - 0.80 / BP) + E2 (1 - 0.90 / BP) = 0: BP = (0.80 E1 + 0.90 E2) / (E1 + E2)
    assert found
    assert abs(found - D(1450) / D(1700)) < D("1E-20")


@settings(max_examples=40)
@given(st.lists(st.tuples(amounts, amounts), min_size=2, max_size=6))
def test_at_the_balance_value_allowances_equal_emissions(pairs: list[tuple[int, int]]) -> None:
    units = [Unit(f"k{n}", D(emission), D(output)) for n, (emission, output) in enumerate(pairs)]
    found = balance_value(plan(), units)
    if found is not None:
        given_to = total(plan(), units, balance=found, rounded=False)
        assert given_to is not None
        assert abs(given_to - sum(unit.emission for unit in units)) < D("1E-12")


def test_no_balance_value_without_intensities() -> None:
    assert balance_value(plan(year=2024), [line("1", "1")]) is None
    assert balance_value(plan(), [line("1", None)]) is None


def test_a_special_case_of_an_unknown_facility_is_refused() -> None:
    with pytest.raises(UsageError, match="k9 is no facility of the case"):
        record.render(verification(plant(), allowance={"special": {"k9": "gypsum_to_acid"}}))
