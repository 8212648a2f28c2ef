"""影响量：单独更正一个原因、全部更正、公式错误的钉住、部分年度。"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import plants_apart, verified
from tests.unit.small_plant import MONTHS, Rows, case, context, plant, reported, verification
from verifierkit import decisions, record
from verifierkit.checks import build_context
from verifierkit.checks.base import NOT_SATISFIED, Result
from verifierkit.decisions import finding_text
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.findings import merge
from verifierkit.simulate import applicable
from verifierkit.verification import Verification

CLINKER = Key("facility", "clinker_produced_t", "k1", "", "2025-04")
COAL = Key("facility", "fuel_consumed", "k1", "bituminous", "2025-04")
PROCESS = Key("facility", "process_co2_t", "k1", "", "2025-04")
CLINKER_FACTOR = Decimal("0.535")
COAL_FACTOR = Decimal("22.000") * Decimal("0.02618") * Decimal("0.99") * 44 / 12


def totals(found: Verification) -> dict[str, Decimal]:
    """Totals as reported."""
    wanted = {"facility": "line_co2_t", "entity": "entity_co2_t"}
    return {
        track: sum(
            (f.value for key, f in found.context.figures.items() if key[:2] == (track, name) and key.period == "2025"),
            Decimal(0),
        )
        for track, name in wanted.items()
    }


def carry(rows: Rows) -> None:
    """Put the reported results right for the reported inputs."""
    found = build_context(case(rows))
    calculation = Valuation(found, []).calculations({}, ())["cement-2024"]
    for row in rows["reported"]:
        key = Key(row["track"], row["parameter"], row["facility_id"], row["item"] or "", row["month"] or "2025")
        if row["data_year"] == 2025 and (row["route"] == "calculated" or row["month"] is None):
            row["value"] = calculation.values[key]


def coal_slip(rows: Rows, amount: str = "10") -> None:
    """Coal of April reported too low; the report is consistent with itself."""
    reported(rows, "fuel_consumed", "2025-04")["value"] -= Decimal(amount)
    carry(rows)


def formula_slip(rows: Rows, amount: str = "100") -> None:
    """Process emission of April reported too low, and carried on into line, year and entity."""
    for name in ("process_co2_t", "line_co2_t"):
        for month in ("2025-04", None):
            reported(rows, name, month)["value"] -= Decimal(amount)
    for name in ("entity_process_co2_t", "entity_co2_t"):
        reported(rows, name, None)["value"] -= Decimal(amount)
    for month in ("2025-04", None):
        line, made = (reported(rows, name, month)["value"] for name in ("line_co2_t", "clinker_produced_t"))
        reported(rows, "line_intensity_tco2_per_t", month)["value"] = (line / made).quantize(Decimal("0.0001"))


# base


def test_the_base_gives_the_reported_totals() -> None:
    found = verification(plant())
    assert found.valuation.base == totals(found)
    assert found.together == {"facility": 0, "entity": 0}


@pytest.mark.parametrize("slip", [coal_slip, formula_slip])
def test_the_base_gives_the_reported_totals_also_where_they_are_wrong(slip: Any) -> None:
    rows = plant()
    slip(rows)
    found = verification(rows)
    assert found.valuation.base == totals(found)
    assert found.valuation.base != verification(plant()).valuation.base


# one cause alone


def test_a_wrong_input_has_the_effect_of_the_method_on_it() -> None:
    rows = plant()
    coal_slip(rows)
    found = verification(rows)
    effect = found.valuation.effect({COAL: Decimal(10)}, ())
    clean = verification(plant()).valuation.base
    assert effect == {track: clean[track] - found.valuation.base[track] for track in clean}
    assert abs(effect["facility"] - 10 * COAL_FACTOR) < Decimal("0.02")


def test_a_wrong_formula_is_pinned_until_its_own_cause_frees_it() -> None:
    rows = plant()
    formula_slip(rows)
    found = verification(rows)
    (finding,) = found.findings
    assert (finding.key.rule, finding.key.stream, finding.unpinned) == ("calc.formula", "process_co2_t", {PROCESS})
    assert found.effects == [{"facility": Decimal("100.00"), "entity": 100}]
    assert found.valuation.effect({}, ()) == {"facility": 0, "entity": 0}


def test_a_pinned_result_does_not_move_with_its_inputs() -> None:
    rows = plant()
    formula_slip(rows)
    found = verification(rows)
    assert found.valuation.effect({CLINKER: Decimal(1000)}, ())["facility"] == 0
    freed = found.valuation.effect({CLINKER: Decimal(1000)}, {PROCESS})["facility"]
    assert freed == 100 + 1000 * CLINKER_FACTOR


def test_causes_on_different_figures_add_up() -> None:
    rows = plant()
    coal_slip(rows)
    formula_slip(rows)
    found = verification(rows)
    single = [effect["facility"] for effect in found.effects]
    assert len(single) == 2
    assert sum(single) == found.together["facility"]


def test_causes_that_meet_in_a_product_show_their_interaction() -> None:
    rows = plant()
    reported(rows, "fuel_consumed", "2025-04")["value"] = Decimal(1100)
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv" and row["month"] == "2025-04":
            row["value"] = Decimal("20.000")
    carry(rows)
    found = verification(rows)
    rules = sorted((f.key.rule, f.key.source) for f in found.findings)
    assert rules == [("chain.report", "s_c_ledger"), ("chain.report", "s_ncv")]
    built = record.render(found)["effects"]
    facility = next(row for row in built if row["track"] == "facility")
    assert Decimal(facility["sum"]) == sum(effect["facility"] for effect in found.effects)
    assert Decimal(facility["interaction"]) == Decimal(facility["together"]) - Decimal(facility["sum"])
    product = 100 * 2 * COAL_FACTOR / 22
    assert abs(Decimal(facility["interaction"]) - product) < Decimal("0.03")


# where the year comes from


def test_a_wrong_sum_of_the_year_is_pinned_and_freed() -> None:
    rows = plant()
    reported(rows, "line_co2_t", None)["value"] -= 7
    found = verification(rows)
    own = next(i for i, f in enumerate(found.findings) if f.key.stream == "line_co2_t")
    assert found.effects[own]["facility"] == 7
    assert found.valuation.base["facility"] == totals(found)["facility"]


def test_months_go_before_the_year_and_constant_factors_keep_their_year() -> None:
    found = Valuation(context(plant()), [])
    inputs = found._inputs(["facility", "entity"], {})
    assert CLINKER in inputs
    assert CLINKER._replace(period="2025") not in inputs
    factor = Key("facility", "oxidation_fraction", "k1", "bituminous", "2025")
    assert factor in inputs
    assert PROCESS not in inputs


def test_deltas_reach_the_inputs_that_they_name() -> None:
    found = Valuation(context(plant()), [])
    assert found._inputs(["facility"], {CLINKER: Decimal(-3)})[CLINKER] == 7997


def test_effects_of_a_default_factor_reach_both_tracks() -> None:
    rows = plant()
    for month in (*MONTHS, None):
        reported(rows, "clinker_factor_tco2_per_t", month)["value"] = Decimal("0.525")
    carry(rows)
    found = verification(rows)
    (finding,) = found.findings
    assert finding.key.rule == "factor.default"
    assert found.effects == [{"facility": Decimal("960.00"), "entity": 960}]  # 96,000 t at 0.010


# part of a year


def test_a_part_year_counts_its_months_only() -> None:
    rows = plant()
    coal_slip(rows)
    before, after = verification(rows, through="2025-03"), verification(rows, through="2025-06")
    assert [tuple(f.key)[:3] for f in before.findings] == []
    assert [tuple(f.key)[:3] for f in after.findings] == [("chain.report", "k1", "2025-04")]
    whole = verification(rows)
    assert after.effects[0]["facility"] == whole.effects[0]["facility"]
    assert after.valuation.base["facility"] < whole.valuation.base["facility"]


def test_the_entity_of_a_part_year_is_the_sum_of_its_months_too() -> None:
    found = verification(plant(), through="2025-06")
    assert found.valuation.base["entity"] == found.valuation.base["facility"].quantize(Decimal(1))
    rows = plant()
    coal_slip(rows, "100")
    part, whole = (verification(rows, through=through).effects[0]["entity"] for through in ("2025-06", None))
    assert abs(part - 100 * COAL_FACTOR) <= 1  # the entity is in whole tonnes
    assert abs(part - whole) <= 1


# decisions


def test_a_rejected_finding_leaves_the_verified_figures(tmp_path: Path) -> None:
    rows = plant()
    coal_slip(rows)
    found = verification(rows)
    assert found.draft
    assert found.together["facility"] > 0
    name = finding_text(found.findings[0].key)
    common = {"disposition": "rejected", "reason": "补充磅单", "by": "甲", "on": "2026-04-20"}
    decisions.append(tmp_path, finding=name, digest=found.digests[0], **common)
    decided = Verification(found.context, found.results, found.findings, decisions.read(tmp_path))
    assert (decided.draft, decided.stands(0), decided.together) == (False, False, {"facility": 0, "entity": 0})
    other = Verification(found.context, found.results, found.findings, _stale(tmp_path, name))
    assert (other.stale(0), other.stands(0), other.draft) == (True, True, True)


def _stale(folder: Path, name: str) -> dict[str, decisions.Decision]:
    common = {"disposition": "rejected", "reason": "补充磅单", "by": "甲", "on": "2026-04-20"}
    decisions.append(folder, finding=name, digest="0" * 64, **common)
    return decisions.read(folder)


def test_a_statistical_finding_has_no_tonnes() -> None:
    found = context(plant())
    doubt = Result(
        "cross.sources", NOT_SATISFIED, facility="k1", months=("2025-04",), stream="c_k1", source="s_c_record"
    )
    checked = Verification(found, [doubt], merge(found, [doubt]), {})
    assert checked.effects == [{"facility": 0, "entity": 0}]


def test_twelve_wrong_months_and_their_wrong_year_are_one_finding() -> None:
    rows = plant()
    for month in (*MONTHS, None):
        reported(rows, "line_intensity_tco2_per_t", month)["value"] += Decimal("0.0100")
    found = verification(rows)
    names = [tuple(f.key) for f in found.findings]
    assert names == [("calc.formula", "k1", "2025", "line_intensity_tco2_per_t", "reported")]
    assert len(found.findings[0].unpinned) == 13


def test_every_finding_has_a_name_of_its_own() -> None:
    for sector in ("cement", "aluminium"):
        errors = tuple(error.id for error in applicable(sector, 2025))
        for found in map(verified, plants_apart(sector, 2025, 5, errors[::2])):
            names = [tuple(f.key) for f in found.findings]
            assert len(names) == len(set(names))
