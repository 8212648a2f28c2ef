"""激励：每个参数变动1%、改变获取方式、换一种读法，各值多少吨和多少配额。"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import simulated, verified
from tests.unit.small_plant import CLINKER, COAL, MONTHS, NCV, context, plant, verification
from verifierkit.incentive import QUOTED, READING, SHIFTED, TO_DEFAULT, TO_MEASURED, Incentive, Line, top_share
from verifierkit.record.incentive import incentive_part

D = Decimal


def lines(found: Incentive, kind: str, parameter: str) -> list[Line]:
    return [line for line in found.lines() if (line.kind, line.parameter) == (kind, parameter)]


def small() -> Incentive:
    return Incentive(context(plant()), [])


def test_one_per_cent_of_clinker_by_hand() -> None:
    (line,) = lines(small(), SHIFTED, "clinker_produced_t")
    assert line.effect is not None
    assert line.effect.emission["facility"] == CLINKER * D("0.01") * D("0.535") * 12
    assert abs(line.effect.emission["entity"] - line.effect.emission["facility"]) <= 1  # whole tonnes


def test_one_per_cent_of_coal_by_hand() -> None:
    (line,) = lines(small(), SHIFTED, "fuel_consumed")
    month = COAL * D("0.01") * NCV * D("0.02618") * D("0.99") * 44 / 12
    assert line.effect is not None
    assert abs(line.effect.emission["facility"] - month * 12) <= D("0.12")  # every month is rounded


def test_more_deducted_material_lowers_emission() -> None:
    (line,) = lines(small(), SHIFTED, "deducted_material_t")
    assert line.effect is not None
    assert line.effect.emission["facility"] == -D("100.00") * D("0.01") * D("0.480") * 12


def test_a_default_quoted_one_per_cent_high_is_worth_as_much_as_its_quantity() -> None:
    (factor,), (clinker,) = (
        lines(small(), SHIFTED, name) for name in ("clinker_factor_tco2_per_t", "clinker_produced_t")
    )
    assert factor.effect is not None
    assert clinker.effect is not None
    assert factor.effect.emission == clinker.effect.emission


def test_a_default_goes_to_what_the_laboratory_measured() -> None:
    rows = plant()
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv":
            row |= {"value": D("23.076"), "route": "default"}
    found = Incentive(context(rows), [])
    assert lines(found, TO_DEFAULT, "fuel_ncv") == []
    (line,) = lines(found, TO_MEASURED, "fuel_ncv")
    month = COAL * (NCV - D("23.076")) * D("0.02618") * D("0.99") * 44 / 12
    assert line.effect is not None
    assert abs(line.effect.emission["facility"] - month * 12) <= D("0.12")


def test_without_measured_values_the_switch_says_why() -> None:
    rows = plant()
    rows["coal_analyses"] = []
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv":
            row["route"] = "default"
    (line,) = lines(Incentive(context(rows), []), TO_MEASURED, "fuel_ncv")
    assert line.effect is None
    assert line.reason is not None
    assert line.reason["zh"]


def test_lines_stand_by_the_rank_of_their_parameter_and_what_has_no_figure_is_last() -> None:
    found = small()
    ranks = found.ranks()
    lines = found.lines()
    places = [ranks[line.name] for line in lines if line.effect and line.name in ranks]
    assert places == sorted(places)
    assert [line.effect is None for line in lines] == sorted(line.effect is None for line in lines)


def test_parameters_rank_by_the_largest_way_that_pays() -> None:
    """A known mistake that lowers the clinker factor (0.500 for 0.535) is worth more than one per cent of clinker."""
    sizes = dict(small().parameters())
    clinker = CLINKER * 12
    assert sizes["clinker_factor_tco2_per_t", ""] == clinker * (D("0.535") - D("0.500"))
    assert sizes["clinker_produced_t", ""] == clinker * D("0.01") * D("0.535")
    places = small().ranks()
    assert places["clinker_factor_tco2_per_t", ""] < places["clinker_produced_t", ""]


def test_what_raises_emission_does_not_lift_a_parameter() -> None:
    """The default heat value above the measured one raises E: the rank of the heat value rests on its shift."""
    rows = plant()
    for row in rows["coal_analyses"]:
        row["ncv_gj_per_t"] = D("20.000")
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv":
            row["value"] = D("20.000")
    found = Incentive(context(rows), [])
    (switch,) = lines(found, TO_DEFAULT, "fuel_ncv")
    (shift,) = lines(found, SHIFTED, "fuel_ncv")
    assert switch.effect is not None
    assert shift.effect is not None
    assert switch.effect.size > shift.effect.size
    assert dict(found.parameters())["fuel_ncv", "bituminous"] == shift.effect.size


def test_a_case_that_quotes_the_known_mistake_has_the_same_rank() -> None:
    """The planted truth does not enter: the step counts from the pack's value."""
    rows = plant()
    for row in rows["reported"]:
        if row["parameter"] == "clinker_factor_tco2_per_t":
            row["value"] = D("0.500")
    (line,) = lines(Incentive(context(rows), []), QUOTED, "clinker_factor_tco2_per_t")
    assert line.effect is not None
    assert line.effect.emission["facility"] == CLINKER * 12 * D("-0.035")


def test_a_shift_that_rounding_takes_back_says_so() -> None:
    found = verified(simulated("aluminium", 2025, 7))
    shifts = [line for line in Incentive(found.context, ()).lines() if line.kind == SHIFTED]
    gone = {line.parameter for line in shifts if line.reason}
    assert "cf4_factor_kg_per_t" in gone
    assert "gwp_cf4" not in gone
    assert all(line.effect and not line.effect.size for line in shifts if line.reason)


def test_allowance_and_net_stand_beside_emission() -> None:
    """Net is A less E at both ends, and in 2024 A equals E, so that the net is 0."""
    (line,) = lines(small(), SHIFTED, "clinker_produced_t")
    assert line.effect is not None
    assert line.effect.allowance is not None
    assert line.effect.net is not None
    emission = line.effect.emission["facility"]
    assert line.effect.net.low == line.effect.allowance.low - emission
    assert line.effect.allowance.low < line.effect.allowance.high, "the balance value of 2025 is not one number"


def test_readings_stand_among_the_lines() -> None:
    found = verified(simulated("aluminium", 2018, 7))
    moved = [line for line in Incentive(found.context, found.results).lines() if line.kind == READING and line.effect]
    assert any("captive-electricity-factor" in line.label["en"] for line in moved)
    assert all(line.effect and line.effect.size for line in moved)


def test_the_record_holds_texts_only() -> None:
    part = incentive_part(verification(plant()))
    amounts = [row["tonnes"] for entry in part for row in entry["effect"]["emission"]]
    assert amounts
    assert all(isinstance(amount, str) for amount in amounts)
    assert all(set(entry["change"]) == {"zh", "en"} for entry in part)


@pytest.mark.parametrize(
    ("gains", "share"),
    [({"a": 8, "b": 2}, "0.8"), ({"b": 5}, "0"), ({"a": 3, "lost": 1}, "0.75"), ({}, None)],
)
def test_top_share_counts_what_is_not_ranked_in_the_whole(gains: dict[str, int], share: str | None) -> None:
    ranked = [((name, ""), D(10 - n)) for n, name in enumerate("abcdefghij")]
    given = {(name, ""): D(amount) for name, amount in gains.items()}
    assert top_share(ranked, given, tenth=D("0.1")) == (D(share) if share is not None else None)


@pytest.mark.parametrize(("count", "part"), [(10, 1), (11, 2), (20, 2), (21, 3)])
def test_a_tenth_is_rounded_up(count: int, part: int) -> None:
    ranked = [((str(n), ""), D(count - n)) for n in range(count)]
    gains = {name: D(1) for name, _ in ranked}
    assert top_share(ranked, gains, tenth=D("0.1")) == D(part) / count


def test_months_looked_at_are_all_shifted() -> None:
    assert len(MONTHS) == 12
