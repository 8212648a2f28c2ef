"""核算链：记录、台账、报告月值、报告年值，每一环只看自己的输入。"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import Rows, case, context, keys, outcomes, pick, plant, reported, results, verification
from verifierkit.checks import build_context
from verifierkit.checks.texts import text
from verifierkit.emissions import Key

CENT = Decimal("0.01")
LEDGER = ("chain.ledger", "k1", "2025-03", "c_k1", "s_c_ledger")


def ledger(rows: Rows, source: str = "s_c_ledger", month: str = "2025-03") -> dict[str, Any]:
    return pick(rows, "monthly_values", source_id=source, month=month)


def test_the_small_plant_gives_no_finding() -> None:
    assert keys(plant()) == []


# ledger


@pytest.mark.parametrize("change", [-CENT, CENT])
def test_a_ledger_that_differs_by_the_last_digit_fails_in_its_month(change: Decimal) -> None:
    rows = plant()
    ledger(rows)["value"] += change
    reported(rows, "fuel_consumed", "2025-03")["value"] += change
    _recalculated(rows)
    found = [r for r in results(context(rows), "chain.ledger") if r.outcome == "not_satisfied"]
    assert [(r.when, r.stream, r.source, r.observed, r.expected) for r in found] == [
        ("2025-03", "c_k1", "s_c_ledger", Decimal("1200.00") + change, Decimal("1200.00"))
    ]
    key = Key("facility", "fuel_consumed", "k1", "bituminous", "2025-03")
    assert found[0].deltas == ((key, -change),)


def _recalculated(rows: Rows) -> None:
    """Put the reported results right for the reported inputs, so that only the link under test is broken."""
    found = build_context(case(rows))
    from verifierkit.emissions import calculate

    inputs = {key: f.value for key, f in found.figures.items() if f.route != "calculated" and "-" in key.period}
    values = calculate(found.packs["facility"], found.structures["facility"], inputs).values
    for row in rows["reported"]:
        key = Key(row["track"], row["parameter"], row["facility_id"], row["item"] or "", row["month"] or "2025")
        if row["data_year"] == 2025 and key in values and (row["route"] == "calculated" or row["month"] is None):
            row["value"] = values[key]
    for row in rows["deposits"]:
        key = Key("facility", row["parameter"], row["facility_id"], row["item"] or "", row["month"])
        row["value"] = values[key]


def test_one_broken_link_fails_alone() -> None:
    rows = plant()
    for place in (ledger(rows), reported(rows, "fuel_consumed", "2025-03")):
        place["value"] += CENT
    _recalculated(rows)
    assert keys(rows) == [LEDGER]


def test_records_that_round_to_the_printed_digits_agree() -> None:
    rows = plant()
    ledger(rows, "s_c_record")["value"] = Decimal("1200.004999")
    assert keys(rows) == []
    ledger(rows, "s_c_record")["value"] = Decimal("1200.005")
    assert keys(rows) == [LEDGER]


def test_a_ledger_month_without_records_is_not_evaluated() -> None:
    rows = plant()
    rows["monthly_values"].remove(ledger(rows, "s_c_record"))
    assert ("not_evaluated", "2025-03") in outcomes(context(rows), "chain.ledger")
    assert keys(rows) == [("completeness.record", "k1", "2025-03", "c_k1", "s_c_record")]


def test_a_ledger_beside_the_reported_lineage_moves_no_tonnes() -> None:
    rows = plant()
    stat = pick(rows, "sources", source_id="s_c_record") | {
        "source_id": "s_stat",
        "rank": 3,
        "derives_from": "s_c_ledger",
    }
    rows["sources"].append(stat)
    rows["monthly_values"] += [
        {"source_id": "s_stat", "month": f"2025-{m:02d}", "value": Decimal(1200), "unit": "t"} for m in range(1, 13)
    ]
    ledger(rows, "s_stat")["value"] = Decimal(1300)
    found = verification(rows)
    assert [tuple(f.key) for f in found.findings] == [("chain.ledger", "k1", "2025-03", "c_k1", "s_stat")]
    assert found.findings[0].deltas == {}
    assert found.effects == [{"facility": 0, "entity": 0}]


def test_a_ledger_in_another_unit_moves_the_figure_in_the_unit_of_the_figure() -> None:
    rows = plant()
    pick(rows, "streams", stream_id="c_k1")["unit"] = "kg"
    ledger(rows)["value"] += 1
    found = [r for r in results(context(rows), "chain.ledger") if r.outcome == "not_satisfied"]
    assert [(r.observed, r.unit, r.deltas[0][1]) for r in found] == [(1201000, "kg", -1)]


# reported month


@pytest.mark.parametrize("change", [-CENT, CENT])
@pytest.mark.parametrize(
    ("parameter", "stream", "source"),
    [
        ("fuel_consumed", "c_k1", "s_c_ledger"),
        ("clinker_produced_t", "p_k1", "s_p"),
        ("deducted_material_t", "m_k1", "s_m"),
    ],
)
def test_a_reported_month_that_differs_from_its_source_fails(
    parameter: str, stream: str, source: str, change: Decimal
) -> None:
    rows = plant()
    reported(rows, parameter, "2025-07")["value"] += change
    _recalculated(rows)
    for row in rows["deposits"]:
        if row["month"] == "2025-07" and row["parameter"] == parameter:
            row["value"] -= change
    assert keys(rows) == [("chain.report", "k1", "2025-07", stream, source)]


def test_a_default_or_calculated_month_is_not_held_against_a_source() -> None:
    rows = plant()
    figure = reported(rows, "fuel_consumed", "2025-07")
    figure |= {"value": Decimal(5), "route": "calculated"}
    assert [when for outcome, when in outcomes(context(rows), "chain.report") if outcome == "not_satisfied"] == []


def test_a_figure_without_a_source_is_not_evaluated() -> None:
    rows = plant()
    rows["sources"] = [row for row in rows["sources"] if row["source_id"] != "s_p"]
    found = [r for r in results(context(rows), "chain.report") if r.outcome == "not_evaluated"]
    assert [(r.message, r.when, r.stream) for r in found] == [("chain.report.no_source", "2025", "clinker_produced_t")]


def test_a_month_that_the_source_does_not_determine_is_not_evaluated() -> None:
    rows = plant()
    rows["deducted_materials"] = [row for row in rows["deducted_materials"] if row["month"] != "2025-05"]
    found = [r for r in results(context(rows), "chain.report") if r.outcome == "not_evaluated"]
    assert [(r.message, r.when, r.source) for r in found] == [("chain.report.no_value", "2025-05", "s_m")]


def test_the_hint_names_a_month_pasted_from_another_one_as_it_is_printed() -> None:
    rows = plant()
    ledger(rows, "s_p", "2025-04")["value"] = Decimal("7654.3210")
    reported(rows, "clinker_produced_t", "2025-05")["value"] = Decimal("7654.32")
    found = {r.when: r.hint for r in results(context(rows), "chain.report") if r.outcome == "not_satisfied"}
    assert found["2025-05"] == "hint.other_month"


# a quantity that is reported for the year only


def yearly(change: Decimal = Decimal(0), *, months: int = 12) -> Rows:
    rows = plant()
    for row in rows["reported"]:
        if row["parameter"] == "clinker_produced_t" and row["month"] is None:
            row["value"] += change
    rows["reported"] = [r for r in rows["reported"] if r["parameter"] != "clinker_produced_t" or r["month"] is None]
    held = {f"2025-{m:02d}" for m in range(1, months + 1)}
    rows["monthly_values"] = [r for r in rows["monthly_values"] if r["source_id"] != "s_p" or r["month"] in held]
    return rows


def year_outcomes(rows: Rows) -> list[tuple[str, str]]:
    return [(r.outcome, r.when) for r in results(context(rows), "chain.report") if r.stream == "p_k1"]


@pytest.mark.parametrize(
    ("change", "outcome"), [(Decimal(0), "satisfied"), (CENT, "not_satisfied"), (-CENT, "not_satisfied")]
)
def test_a_year_is_held_against_the_sum_of_all_months(change: Decimal, outcome: str) -> None:
    assert year_outcomes(yearly(change)) == [(outcome, "2025")]


def test_a_year_is_not_held_against_a_part_of_its_months() -> None:
    assert year_outcomes(yearly(months=11)) == [("not_evaluated", "2025")]


# reported year


@pytest.mark.parametrize("change", [-CENT, CENT])
def test_a_year_that_is_not_the_sum_of_its_months_fails(change: Decimal) -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", None)["value"] += change
    found = verification(rows)
    assert ("chain.year", "k1", "2025", "p_k1", "reported") in [tuple(f.key) for f in found.findings]
    result = next(r for r in found.results if r.rule == "chain.year" and r.outcome == "not_satisfied")
    assert (result.observed, result.expected) == (Decimal("96000.00") + change, Decimal("96000.00"))


def test_a_year_mean_is_weighted_by_consumption() -> None:
    rows = plant()
    reported(rows, "fuel_ncv", None)["value"] = Decimal("21.999")
    assert [r.expected for r in results(context(rows), "chain.year") if r.outcome == "not_satisfied"] == [
        Decimal("22.000")
    ]


def test_a_year_whose_months_are_missing_is_told_apart() -> None:
    rows = plant()
    rows["reported"].remove(reported(rows, "clinker_produced_t", "2025-02"))
    found = [r for r in results(context(rows), "chain.year") if r.stream == "p_k1"]
    assert [(r.outcome, r.message) for r in found] == [("not_evaluated", "chain.year.missing")]


def test_a_part_year_asks_for_no_year() -> None:
    assert results(context(plant(), through="2025-06"), "chain.year") == []


# formula


@pytest.mark.parametrize("change", [-CENT, CENT])
def test_a_result_that_is_not_its_formula_fails_and_is_unpinned(change: Decimal) -> None:
    rows = plant()
    reported(rows, "process_co2_t", "2025-03")["value"] += change
    found = [r for r in results(context(rows), "calc.formula") if r.outcome == "not_satisfied"]
    assert ("2025-03", "process_co2_t") in [(r.when, r.stream) for r in found]
    own = next(r for r in found if r.stream == "process_co2_t" and r.when == "2025-03")
    assert own.unpinned == (Key("facility", "process_co2_t", "k1", "", "2025-03"),)
    assert own.deltas == ()


def test_a_result_is_recomputed_from_reported_inputs_not_from_records() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-03")["value"] = Decimal(9000)
    failed = {(r.stream, r.when) for r in results(context(rows), "calc.formula") if r.outcome == "not_satisfied"}
    assert ("process_co2_t", "2025-03") in failed


def test_a_result_whose_inputs_are_missing_is_not_evaluated() -> None:
    rows = plant()
    rows["reported"].remove(reported(rows, "clinker_produced_t", "2025-02"))
    found = [r for r in results(context(rows), "calc.formula") if r.stream == "process_co2_t" and r.when == "2025-02"]
    assert [(r.outcome, r.message) for r in found] == [("not_evaluated", "calc.formula.missing")]


# words


def _no_source(rows: Rows) -> None:
    rows["sources"] = [row for row in rows["sources"] if row["source_id"] != "s_p"]


def _no_record(rows: Rows) -> None:
    rows["monthly_values"].remove(ledger(rows, "s_c_record"))


def _wrong_ledger(rows: Rows) -> None:
    ledger(rows)["value"] += 1


@pytest.mark.parametrize("change", [_no_source, _no_record, _wrong_ledger])
def test_every_sentence_is_complete_in_both_languages(change: Callable[[Rows], None]) -> None:
    rows = plant()
    change(rows)
    found = context(rows)
    for rule in ("chain.ledger", "chain.report"):
        for result in results(found, rule):
            words = text(found, result)
            assert not any(" - " in sentence or "{" in sentence for sentence in words.values()), words


def test_a_wrong_result_points_at_its_own_cell_and_at_those_of_its_inputs() -> None:
    rows = plant()
    reported(rows, "process_co2_t", "2025-03")["value"] += CENT
    found = context(rows)
    failed = [r for r in results(found, "calc.formula") if r.outcome == "not_satisfied"]
    (result,) = [r for r in failed if (r.parameter, r.months) == ("process_co2_t", ("2025-03",))]
    inputs = [key for key in found.figures if key.parameter in ("clinker_produced_t", "deducted_material_t") and key[2:] == ("k1", key.item, "2025-03")]  # fmt: skip
    assert len(inputs) > 1
    assert {found.figures[key].place for key in inputs} <= set(result.places[1:])
