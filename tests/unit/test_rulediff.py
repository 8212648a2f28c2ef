"""Two packs side by side, and what their differences do to a case: exact sums, both orders, what cannot be priced."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from verifierkit import case, cli, rulediff, rulepack
from verifierkit.checks import Context, build_context
from verifierkit.errors import UsageError
from verifierkit.rulediff import Piece, Price
from verifierkit.rulediff.mixing import mixed, pieces
from verifierkit.rulediff.reasons import cited, reason
from verifierkit.rulepack import RulePack
from verifierkit.verification import Verification, verify

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
REPORTED = {
    ("cement-2018-clean", "entity"): Decimal("2330061.58"),
    ("cement-2018-clean", "facility"): Decimal("2237937.93"),  # 1535499.46 + 702438.47
    ("aluminium-2018-clean", "entity"): Decimal("7068699.36"),
    ("cement-2025-clean", "entity"): Decimal("2292327"),
    ("cement-2025-clean", "facility"): Decimal("2205567.78"),  # 1510377.79 + 695189.99
}
PRICED = [
    ("cement-2013", "cement-2024", "cement-2018-clean"),
    ("cement-supplementary-2017", "cement-2024", "cement-2018-clean"),
    ("cement-2024", "cement-2013", "cement-2025-clean"),
    ("aluminium-2013", "aluminium-2024", "aluminium-2018-clean"),
]


@cache
def context(name: str) -> Context:
    return build_context(case.load(SAMPLES / name))


@cache
def priced(a: str, b: str, name: str) -> Price:
    return rulediff.price(context(name), rulepack.load(a), rulepack.load(b))


def changed(*edits: tuple[str, str]) -> RulePack:
    """cement-2024 with other texts in its file."""

    def source(name: str) -> str:
        text = rulepack.read_text(name)
        for old, new in edits if name == "cement-2024" else ():
            assert old in text
            text = text.replace(old, new, 1)
        return text

    return rulepack.assemble("cement-2024", source)


FACTOR = ('portland_clinker, value: "0.535"', 'portland_clinker, value: "0.545"')
OXIDATION = ('facility_kind: clinker_line, value: "0.99"', 'facility_kind: clinker_line, value: "0.98"')


def test_a_pack_does_not_differ_from_itself() -> None:
    pack = rulepack.load("cement-2024")
    assert rulediff.compare(pack, pack).rows == ()
    assert "no difference" in rulediff.text(rulediff.compare(pack, pack))


def test_one_changed_value_is_the_one_difference() -> None:
    found = rulediff.compare(rulepack.load("cement-2024"), changed(FACTOR))
    assert [(row.part, row.id, row.aspect) for row in found.rows] == [
        ("value", "clinker_factor_tco2_per_t", "portland_clinker")
    ]
    assert (found.rows[0].a.text, found.rows[0].b.text) == ("0.535 tCO2/t", "0.545 tCO2/t")
    assert found.rows[0].a.cited == "Three independent public implementations of the 2024 rule, 硅酸盐水泥熟料 [A]"


@pytest.mark.parametrize(
    ("part", "name", "aspect", "a", "b"),
    [
        ("parameter", "process_co2_t", "year", "formula", "sum"),
        ("parameter", "fuel_consumed", "levels", "entity: entity", "facility: clinker_line; entity: entity"),
        ("value", "oxidation_fraction", "bituminous", "0.93 1", ""),
        ("value", "oxidation_fraction", "bituminous, clinker_line", "", "0.99 1"),
        ("method", "line_co2_t", "", "", "formula: sum(fuel_co2_t) + process_co2_t; words: "
         "Σ(化石燃料燃烧排放量) + 过程排放量 / Σ(emission from fossil fuel) + process emission"),
        ("check", "lab.dates", "limit days", "40 d (experience)", "40 d"),
        ("check", "deposit.ledger", "rests", "not in 2013 to 2023", "not in 2024 to 2024"),
        ("total", "facility", "", "", "parameter: line_co2_t"),
        ("report", "process.review", "section", "2.4 报告编写及内部技术评审 / Report writing and internal technical review",
         "2.4 报告编写及内部技术复核 / Report writing and internal technical review"),
        ("effect", "electricity", "counts", "yes", "no"),
    ],
)  # fmt: skip
def test_the_editions_of_cement_differ_in(part: str, name: str, aspect: str, a: str, b: str) -> None:
    found = rulediff.compare(rulepack.load("cement-2013"), rulepack.load("cement-2024"))
    sides = [(row.a.text, row.b.text) for row in found.rows if (row.part, row.id, row.aspect) == (part, name, aspect)]
    assert sides == [(a, b)]


def test_an_overlay_differs_in_what_it_names_alone() -> None:
    overlay = rulepack.load("overlay-cement-2013-beijing-sampling")
    found = rulediff.compare(rulepack.load("cement-2013"), overlay)
    assert {row.part for row in found.rows} == {"pack", "constant"}
    assert [row.aspect for row in found.of("pack")] == ["title", "instrument", "data years"]
    assert all(row.id.startswith("sampling_") for row in found.of("constant"))


def test_the_table_holds_a_row_for_each_difference() -> None:
    found = rulediff.compare(rulepack.load("cement-2013"), rulepack.load("cement-2024"))
    table = rulediff.table(found)
    assert len(table) == len(found.rows)
    assert list(table.columns)[3:5] == ["cement-2013", "cement-2024"]


@pytest.mark.parametrize(("a", "b", "name"), PRICED)
def test_lines_sum_exactly_to_the_difference_in_both_orders(a: str, b: str, name: str) -> None:
    price = priced(a, b, name)
    assert price.tracks
    for track in price.tracks:
        difference = price.after.totals[track] - price.before.totals[track]
        assert difference
        assert sum(line.effect[track] for line in price.lines) == difference
        assert sum(line.backwards[track] for line in price.lines) == difference
        assert price.difference[track] == difference


@pytest.mark.parametrize(("a", "b", "name"), PRICED)
def test_the_first_total_is_the_one_reported_under_the_pack(a: str, b: str, name: str) -> None:
    price = priced(a, b, name)
    assert price.before.totals == {track: REPORTED[name, track] for track in price.tracks}


def test_every_line_between_the_cement_editions_has_its_reason() -> None:
    price = priced("cement-2013", "cement-2024", "cement-2018-clean")
    assert price.unpriced == ()
    effect = {line.pieces[0]: line.effect["entity"] for line in price.lines}
    assert all(len(line.pieces) == 1 for line in price.lines)
    # kiln coal at 0.99 in place of 0.93: (508594.55 + 237487.21) * 6 / 93, rounded to the whole tonne of the total
    assert effect[Piece("value", "oxidation_fraction", "bituminous")] == 48134
    # 0.535 of the clinker in place of the oxides: (1889875.32 + 863480.85) * 0.535 - 1437494.87 = 35550.68, less the
    # carbonate of the rounding of months
    process = sum(effect[piece] for piece in effect if piece.name == "process_co2_t")
    assert abs(process - Decimal("35550.68")) < 50
    # electricity 49246.11, heat 804.73 and non-fuel carbon 15570.45 no longer count
    assert effect[Piece("method", "entity_co2_t")] == -65622
    text = rulediff.price_text(price, case="x")
    for told in ("leaves out electricity_co2_t 49246.11", "leaves out heat_co2_t 804.73", "18074.42  sum of the lines",
                 "leaves out entity_nonfuel_carbon_co2_t 15570.45", "its rules of 2024 are applied, a comparison",
                 "widest change of a line under the reversed order: 48134.00", "allowances are not loaded"):  # fmt: skip
        assert told in text


def test_fuel_of_the_enterprise_is_regrouped_without_loss() -> None:
    after = priced("cement-2013", "cement-2024", "cement-2018-clean").after
    fuel = {key.facility: value for key, value in after.prepared.inputs.items()
            if key.parameter == "fuel_consumed" and key.item == "bituminous" and key.period == "2018-05"}  # fmt: skip
    whole = next(figure.value for key, figure in context("cement-2018-clean").figures.items()
                 if key[1:] == ("fuel_consumed", "ent", "bituminous", "2018-05"))  # fmt: skip
    assert set(fuel) == {"k1", "k2", "ent"}
    assert sum(fuel.values()) == whole
    assert fuel["ent"] > 0


def test_deductions_stay_with_the_process_when_its_place_moves() -> None:
    price = priced("cement-2024", "cement-2013", "cement-2025-clean")
    shape = next(line for line in price.lines if line.pieces == (Piece("shape"),))
    assert abs(shape.effect["entity"]) < 5  # rounding of means only; the deductions are 37088 t
    assert [piece.name for piece, _ in price.unpriced] == ["process_co2_t", "entity_co2_t"]
    assert "CaO fraction of clinker is missing" in price.unpriced[0][1]
    assert "cement-2013 as far as it can be priced" in rulediff.price_text(price, case="x")


def test_what_the_case_lacks_figures_for_is_left_as_it_was_and_named() -> None:
    price = priced("aluminium-2013", "aluminium-2024", "aluminium-2018-clean")
    assert price.unpriced == ((Piece("method", "anode_co2_t"), "anodes consumed (gross) is missing (p1 2018-01)"),)
    moved = {line.pieces[0].name for line in price.lines if line.effect["entity"]}
    assert {"cf4_factor_kg_per_t", "c2f6_factor_kg_per_t", "gwp_cf4", "gwp_c2f6", "entity_co2e_t"} <= moved


def test_two_values_that_meet_in_no_product_swing_by_nothing() -> None:
    price = rulediff.price(context("cement-2025-clean"), rulepack.load("cement-2024"), changed(FACTOR, OXIDATION))
    assert [line.pieces[0] for line in price.lines] == [
        Piece("value", "oxidation_fraction", "bituminous"),
        Piece("value", "clinker_factor_tco2_per_t"),
    ]
    # 0.01 of (1864984.88 + 859657.18) t of clinker, each month rounded
    assert abs(price.lines[1].effect["facility"] - Decimal("27246.42")) < Decimal("0.2")
    assert all(line.swing("facility") == 0 for line in price.lines)
    assert price.widest("facility") is None


def test_values_that_meet_in_a_product_swing_by_their_interaction() -> None:
    price = priced("aluminium-2013", "aluminium-2024", "aluminium-2018-clean")
    widest = price.widest("entity")
    assert widest
    assert widest.pieces == (Piece("value", "c2f6_factor_kg_per_t"),)
    # metal 505762.16 t * (0.0011 - 0.0034) * (11100 - 9200) / 1000
    assert abs(widest.swing("entity") - Decimal("2210.18")) < 1


def test_all_pieces_taken_give_the_second_pack() -> None:
    a, b = rulepack.load("cement-2013"), rulepack.load("cement-2024")
    pack = mixed(a, b, taken=pieces(a, b, 2024), year=2024)
    assert pack
    assert {name: method.formula.text for name, method in pack.methods.items() if name in b.methods} == {
        name: method.formula.text for name, method in b.methods.items()
    }
    for name, rows in b.values.items():
        assert sorted((v.text, v.selectors) for v in pack.values[name]) == sorted((v.text, v.selectors) for v in rows)


def test_a_track_without_a_first_total_says_why() -> None:
    price = rulediff.price(context("cement-2025-clean"), rulepack.load("cement-2013"), rulepack.load("cement-2024"))
    assert price.tracks == ()
    assert "CaO fraction of clinker is missing" in price.missing["entity"]
    assert "entity: not priced, cement-2013 gives no total" in rulediff.price_text(price, case="x")


def test_a_total_of_nothing_reported_is_no_total() -> None:
    price = priced("aluminium-2024", "aluminium-supplementary-2017", "aluminium-2025-clean")
    assert price.unpriced == ((Piece("total", "facility"), "the case reports no electricity_consumed_mwh"),)
    assert price.difference == {"facility": 0}


def test_a_deduction_that_nobody_reported_is_named() -> None:
    text = rulediff.price_text(priced("cement-2013", "cement-2024", "cement-2018-clean"), case="x")
    assert "note: the case reports no deducted_material_t: nothing is counted for it" in text


def test_packs_of_two_sectors_have_no_difference_in_tonnes() -> None:
    with pytest.raises(UsageError, match="share no total"):
        rulediff.price(context("cement-2018-clean"), rulepack.load("cement-2013"), rulepack.load("aluminium-2013"))


def test_the_price_table_holds_the_lines_that_move() -> None:
    price = priced("cement-2013", "cement-2024", "cement-2018-clean")
    table = rulediff.price_table(price)
    assert sum(Decimal(cell) for cell in table["t"]) == price.difference["entity"]


def test_the_command_prints_both_parts(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(SAMPLES / "cement-2018-clean")
    assert cli.main(["rules", "diff", "cement-2013", "cement-2024", "--case", folder]) == 0
    out = capsys.readouterr().out
    assert "取值 Values" in out
    assert "+18074.42  sum of the lines" in out


def test_the_command_takes_an_overlay_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], overlay_text: Callable[[], str]
) -> None:
    (tmp_path / "province.yaml").write_text(overlay_text(), encoding="utf-8")
    assert cli.main(["rules", "diff", "cement-2024", str(tmp_path / "province.yaml")]) == 0
    assert "0.535 tCO2/t -> 0.530 tCO2/t" in capsys.readouterr().out


@pytest.fixture(name="overlay_text")
def fixture_overlay_text() -> Callable[[], str]:
    return lambda: (
        "schema: 1\npack: province\nkind: overlay\nextends: cement-2024\ntitle: {zh: 省, en: province}\n"
        "status: {zh: 试验, en: for tests}\nsources: {n: {title: notice}}\n"
        "instrument: {title: {zh: 通知, en: notice}, number: none, text_seen: 'no', "
        "cite: {source: n, clause: all, confidence: C}}\n"
        "values:\n  clinker_factor_tco2_per_t:\n    - {facility_class: portland_clinker, value: '0.530', unit: tCO2/t, "
        "from: 2024, to: 2025, cite: {source: n, clause: '1', confidence: C}}\n"
    )


def planted(name: str) -> Verification:
    """A sample verified, none of its findings decided on."""
    return verify(case.load(SAMPLES / name))


@pytest.mark.parametrize(
    ("a", "b", "name"), [PRICED[0], PRICED[3], ("cement-2013", "cement-2024", "cement-2018-errors")]
)
def test_every_line_is_explained_and_cited_in_both_languages(a: str, b: str, name: str) -> None:
    price = rulediff.price(context(name), rulepack.load(a), rulepack.load(b))
    moved = [line for line in price.lines if any(line.effect.values())]
    assert moved
    for line in moved:
        assert cited(line, price)
        assert all(text.endswith(("[A]", "[B]", "[C]")) for _, text in cited(line, price))
        assert reason(line, price, "en")
        assert re.search("[\u4e00-\u9fff]", reason(line, price, "zh"))


def test_sums_are_exact_on_verified_figures_too() -> None:
    verification = planted("aluminium-2018-errors")
    a, b = rulepack.load("aluminium-2013"), rulepack.load("aluminium-2024")
    reported_basis = rulediff.price(verification.context, a, b)
    price = rulediff.price(rulediff.corrected(verification), a, b, basis=rulediff.VERIFIED)
    assert price.tracks == ("entity",)
    assert sum(line.effect["entity"] for line in price.lines) == price.difference["entity"]
    assert sum(line.backwards["entity"] for line in price.lines) == price.difference["entity"]
    verified = verification.valuation.totals(verification.deltas, verification.unpinned)
    assert price.before.totals["entity"] == verified["entity"]
    assert price.before.totals != reported_basis.before.totals
    assert "verified figures" in rulediff.price_text(price, case="x")
    assert "核查后数据" in rulediff.price_text(price, case="x", lang="zh")


def test_findings_appear_and_disappear_with_the_pack() -> None:
    held = case.load(SAMPLES / "cement-2025-clean")
    found = rulediff.compare_findings(held, rulepack.load("cement-2024"), changed(FACTOR))
    assert found.gone == found.same == ()
    assert {(finding.key.rule, finding.key.facility) for finding in found.new} == {
        ("factor.default", "k1"),
        ("factor.default", "k2"),
    }
    back = rulediff.compare_findings(held, changed(FACTOR), rulepack.load("cement-2024"))
    assert (len(back.gone), len(back.new)) == (2, 0)
    text = rulediff.findings_text(back, case="x", lang="zh")
    assert "消失：2项" in text
    assert "factor.default (2)" in text


def test_findings_under_a_pack_of_other_years_are_called_a_comparison() -> None:
    held = case.load(SAMPLES / "cement-2018-clean")
    found = rulediff.compare_findings(held, rulepack.load("cement-2013"), rulepack.load("cement-2024"))
    assert found.same == ()
    assert found.gone == ()
    assert "completeness.parameter" in {finding.key.rule for finding in found.new}
    text = rulediff.findings_text(found, case="x")
    assert "cement-2024 does not cover 2018" in text
    assert "it is no mistake of the plant" in text
    with pytest.raises(UsageError, match="is for aluminium"):
        rulediff.compare_findings(held, rulepack.load("cement-2013"), rulepack.load("aluminium-2024"))


def test_tiers_and_scheme_are_compared() -> None:
    found = rulediff.compare(rulepack.load("cement-2024"), rulepack.load("eu-ets-cement"))
    assert [(row.a.text, row.b.text) for row in found.of("pack") if row.aspect == "scheme"] == [("cn", "eu-ets")]
    assert found.of("tier")
    assert all(row.a.text == "" and row.b.text for row in found.of("tier"))


def test_the_page_needs_nothing_else_and_holds_every_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "diff.html"
    command = ["rules", "diff", "cement-2013", "cement-2024", "--case", str(SAMPLES / "cement-2018-clean")]
    assert cli.main([*command, "--lang", "zh", "--html", str(target)]) == 0
    assert "differences" in capsys.readouterr().out
    page = BeautifulSoup(target.read_text(encoding="utf-8"), "html.parser")
    assert page.html
    assert page.html["lang"] == "zh-CN"
    assert not page.find_all(["script", "link", "img"])
    total = page.find("tr", class_="sum")
    assert total
    first = total.find_parent("table")
    assert first
    lines = [Decimal(row.find("td").get_text()) for row in first.find_all("tr")[1:-1]]
    assert sum(lines) == Decimal(total.find("td").get_text()) == Decimal("18074.42")
    assert "核查发现" in page.get_text()
    assert cli.main([*command, "--html", str(target)]) == 2


def test_allowances_stand_beside_the_tonnes_where_a_plan_is_loaded() -> None:
    price = rulediff.price(context("cement-2025-clean"), rulepack.load("cement-2024"), changed(FACTOR))
    assert price.allowance
    assert price.allowance.change
    assert price.allowance.change.emission == price.difference["facility"]
    text = rulediff.price_text(price, case="x")
    assert f"allowances ({price.allowance.plan.pack.id})" in text  # type: ignore[union-attr]
    assert "A minus E" in text
    old = priced("cement-2013", "cement-2024", "cement-2018-clean")
    assert "allowances are not loaded" in rulediff.price_text(old, case="x")
    assert "未载入" in rulediff.price_text(old, case="x", lang="zh")
