"""激励：每个参数变动1%、改变获取方式、换一种读法，各值多少吨和多少配额。"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import simulated, verified
from tests.unit.small_plant import CLINKER, COAL, MONTHS, NCV, context, plant, verification
from verifierkit.incentive import READING, SHIFTED, TO_DEFAULT, TO_MEASURED, Incentive, Line, top_share
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


def test_lines_are_sorted_and_what_has_no_figure_is_last() -> None:
    sizes = [line.effect.size if line.effect else D(-1) for line in small().lines()]
    assert sizes == sorted(sizes, reverse=True)


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
    ranked = [((name, "", "", ""), D(10 - n)) for n, name in enumerate("abcdefghij")]
    given = {(name, "", "", ""): D(amount) for name, amount in gains.items()}
    assert top_share(ranked, given, tenth=D("0.1")) == (D(share) if share is not None else None)


@pytest.mark.parametrize(("count", "part"), [(10, 1), (11, 2), (20, 2), (21, 3)])
def test_a_tenth_is_rounded_up(count: int, part: int) -> None:
    ranked = [((str(n), "", "", ""), D(count - n)) for n in range(count)]
    gains = {name: D(1) for name, _ in ranked}
    assert top_share(ranked, gains, tenth=D("0.1")) == D(part) / count


def test_months_looked_at_are_all_shifted() -> None:
    assert len(MONTHS) == 12
