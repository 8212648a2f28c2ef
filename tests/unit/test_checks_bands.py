"""合理范围：强度与可引用或经验区间，月份过小不评价，经验区间可由案例调整。"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import MONTHS, Rows, context, plant, reported, results, verification
from verifierkit import record, rulepack
from verifierkit.checks import intensities
from verifierkit.checks.bands import BANDS
from verifierkit.checks.texts import text
from verifierkit.errors import InputErrors

KGCE = Decimal("29.3076")  # MJ per kg of coal equivalent


def limits() -> tuple[Decimal, Decimal]:
    band = rulepack.load("cement-2024").checks["band.coal"].band("clinker_coal_kgce_per_t")
    assert band is not None
    assert band.low is not None
    assert band.high is not None
    return band.low, band.high


def bands(rows: Rows, rule: str = "band.coal", **more: Any) -> dict[str, str]:
    """Outcome by period."""
    return {r.when: r.outcome for r in results(context(rows, **more), rule)}


def with_coal(kgce: Decimal, month: str = "2025-04") -> Rows:
    """A month with this heat per clinker, by its tonnes of clinker, at 26,400 GJ."""
    rows = plant()
    heat = Decimal(1200) * Decimal(22) * 1000
    reported(rows, "clinker_produced_t", month)["value"] = heat / (kgce * KGCE)
    return rows


TINY = Decimal("0.001")


@pytest.mark.parametrize(
    ("end", "change", "outcome"),
    [(0, -TINY, "not_satisfied"), (0, TINY, "satisfied"), (1, -TINY, "satisfied"), (1, TINY, "not_satisfied")],
)
def test_coal_per_clinker_is_held_against_both_ends(end: int, change: Decimal, outcome: str) -> None:
    found = bands(with_coal(limits()[end] + change))
    assert ("2025-04" in found) is (outcome == "not_satisfied")


def test_a_value_at_the_limit_is_inside() -> None:
    value = intensities.clinker_coal_kgce_per_t(context(plant()), "k1", "2025-04")
    assert value is not None
    exact = {"band.coal": {"low": value.value, "high": value.value}}
    assert bands(plant(), experience=exact) == {"2025": "satisfied"}
    above = {"band.coal": {"low": value.value + Decimal("1e-20"), "high": None}}
    assert set(bands(plant(), experience=above).values()) == {"not_satisfied"}


def test_a_case_may_set_its_own_experience_band_and_the_picture_shows_it() -> None:
    own = {"band.coal": {"low": 10, "high": Decimal("112.5")}}
    assert set(bands(plant(), experience=own).values()) == {"not_satisfied"}
    pictures = record.render(verification(plant(), experience=own))["pictures"]["intensity"]
    assert {(row["low"], row["high"]) for row in pictures} == {("10", "112.5")}


def test_an_open_end_holds_everything() -> None:
    rows = with_coal(limits()[1] * Decimal("1.4"))
    assert bands(rows, experience={"band.coal": {"high": None}}) == {"2025": "satisfied"}


@pytest.mark.parametrize(
    "own",
    [
        {"band.goal": {"low": 1}},
        {"floor.heat": {"low": 1}},
        {"band.coal": 100},
        {"band.coal": {}},
        {"band.coal": {"lowest": 1}},
        {"band.coal": {"low": "abc"}},
        {"band.coal": {"low": 130, "high": 100}},
        {"band.coal": {"low": "nan"}},
    ],
)
def test_an_override_that_no_band_takes_is_refused(own: dict[str, Any]) -> None:
    with pytest.raises(InputErrors) as caught:
        context(plant(), experience=own)
    (fault,) = caught.value.faults
    assert fault.place.file == "case.yaml"
    assert next(iter(own)) in fault.found


# months of small output


@pytest.mark.parametrize(("share", "looked_at"), [("0.499", False), ("0.501", True)])
def test_a_month_of_small_output_is_left_out(share: str, looked_at: bool) -> None:
    rows = plant()
    # the month counts in the mean itself: x = s (11 * 8000 + x) / 12
    part = Decimal(share)
    made = part * 11 * 8000 / (12 - part)
    reported(rows, "clinker_produced_t", "2025-04")["value"] = made
    assert ("2025-04" in bands(rows)) is looked_at


def test_a_month_without_output_has_no_intensity() -> None:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["value"] = Decimal(0)
    assert intensities.clinker_coal_kgce_per_t(context(rows), "k1", "2025-04") is None
    assert "2025-04" not in bands(rows)


def test_without_figures_the_band_is_not_evaluated_with_its_label() -> None:
    rows = plant()
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] != "fuel_consumed"]
    found = context(rows)
    (result,) = results(found, "band.coal")
    assert (result.outcome, result.when) == ("not_evaluated", "2025")
    assert result.detail["label_zh"] in text(found, result)["zh"]


# quantities


def test_heat_is_that_of_all_fuels_and_unknown_without_one_heat_value() -> None:
    rows = plant()
    diesel = {"item": "diesel", "route": "measured"}
    rows["reported"].append(reported(rows, "fuel_consumed", "2025-04") | diesel | {"value": Decimal(10)})
    assert intensities.fuel_heat_gj(context(rows), "k1", "2025-04") is None
    rows["reported"].append(reported(rows, "fuel_ncv", "2025-04") | diesel | {"value": Decimal(43)})
    found = intensities.fuel_heat_gj(context(rows), "k1", "2025-04")
    assert found is not None
    assert (found.value, len(found.places)) == (26830, 4)


def test_a_heat_value_given_for_the_year_serves_the_months() -> None:
    rows = plant()
    rows["reported"] = [row for row in rows["reported"] if row["parameter"] != "fuel_ncv" or row["month"] is None]
    found = intensities.fuel_heat_gj(context(rows), "k1", "2025-04")
    assert found is not None
    assert found.value == 26400


def test_waste_heat_is_over_the_clinker_of_all_lines() -> None:
    rows = plant()
    rows["facilities"].append({"facility_id": "wh", "name": "余热", "kind": "waste_heat_unit"})
    rows["generation"] = [{"facility_id": "wh", "month": month, "gross_mwh": 240} for month in MONTHS]
    found = intensities.waste_heat_kwh_per_t(context(rows), "wh", "2025-04")
    assert found is not None
    assert found.value == 30
    assert bands(rows, "band.waste_heat") == {"2025": "satisfied"}
    rows["generation"][3]["gross_mwh"] = 400
    assert bands(rows, "band.waste_heat")["2025-04"] == "not_satisfied"


def test_electricity_per_clinker_takes_the_reported_energy() -> None:
    rows = plant()
    row = reported(rows, "clinker_produced_t", "2025-04") | {
        "parameter": "electricity_mwh",
        "unit": "MWh",
        "value": Decimal(440),
    }
    rows["reported"].append(row)
    found = intensities.clinker_electricity_kwh_per_t(context(rows), "k1", "2025-04")
    assert found is not None
    assert found.value == 55


def test_every_band_names_a_quantity_a_unit_and_labels() -> None:
    assert set(intensities.QUANTITIES) >= {quantity for quantity, _, _ in BANDS.values()}
    for name in ("cement-2024", "aluminium-2024", "cement-supplementary-2017", "aluminium-supplementary-2017"):
        pack = rulepack.load(name)
        for rule, (quantity, kind, _) in BANDS.items():
            band = pack.checks[rule].band(quantity)
            assert band is not None, rule
            assert (band.unit != "", band.label["zh"] != "", band.label["en"] != "") == (True, True, True)
            assert kind in ("clinker_line", "potline", "waste_heat_unit")
            assert pack.checks[rule].limit("least_share") > 0
