"""性质：平衡闭合、单位往返、行序无关、质量按比例放大排放随之放大、记录的切分不改变总量。"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.hand_tables import tables
from tests.unit.small_plant import CLINKER, COAL, MONTHS, NCV, SLAG, Rows, figures, pick, plant, reported, verification
from verifierkit.checks.base import NOT_SATISFIED, SATISFIED
from verifierkit.checks.hints import hint, transposed
from verifierkit.checks.keys import round_half_up
from verifierkit.emissions import Key
from verifierkit.flowmap import FlowMap
from verifierkit.periods import join_months, month_bounds, months_of, next_month, split_period
from verifierkit.series import (
    Interval,
    bill_intervals,
    meter_intervals,
    months_from,
    register_difference,
    weighted_mean,
)
from verifierkit.units import UNITS, convert
from verifierkit.verification import Verification

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
AMOUNT = st.decimals(min_value="0.01", max_value="1000000", places=2)
KINDS = sorted({dimension for dimension, _ in UNITS.values()})


def of_kind(kind: str) -> list[str]:
    return [unit for unit, (dimension, _) in UNITS.items() if dimension == kind]


# units


@given(st.data(), AMOUNT)
def test_a_unit_and_back_is_the_same_amount(data: st.DataObject, amount: Decimal) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    one, other = (data.draw(st.sampled_from(of_kind(kind))) for _ in range(2))
    back = convert(convert(amount, one, other), other, one)
    assert back == amount or abs(back / amount - 1) < Decimal("1e-24")  # minutes are a third of a decimal


@given(st.data(), AMOUNT)
def test_a_detour_over_a_third_unit_changes_nothing(data: st.DataObject, amount: Decimal) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    one, other, third = (data.draw(st.sampled_from(of_kind(kind))) for _ in range(3))
    straight = convert(amount, one, other)
    assert abs(convert(convert(amount, one, third), third, other) / straight - 1) < Decimal("1e-24")


# periods


@given(st.sets(st.integers(0, 11), min_size=1))
def test_months_joined_and_split_are_the_same_months(numbers: set[int]) -> None:
    months = [MONTHS[number] for number in sorted(numbers)]
    assert split_period(join_months(months)) == months


@given(st.integers(1990, 2100), st.integers(1, 12))
def test_months_follow_each_other_without_a_day_between(year: int, number: int) -> None:
    month = f"{year}-{number:02d}"
    assert month_bounds(month)[1] == month_bounds(next_month(month))[0]
    assert months_of(year, month) == months_of(year)[:number]


# registers and intervals


@given(st.integers(3, 7), st.integers(0, 9_999_999), st.integers(0, 999))
def test_a_register_gives_back_what_passed_over_its_end(digits: int, start: int, passed: int) -> None:
    size = 10**digits
    prior, current = Decimal(start % size), Decimal((start + passed) % size)
    assert register_difference(prior, current, digits) == passed


@given(
    st.lists(st.integers(1, 30), min_size=0, max_size=6, unique=True),
    st.lists(st.integers(0, 9999), min_size=7, max_size=7),
)
def test_a_month_is_the_sum_of_its_parts_wherever_it_is_cut(days: list[int], amounts: list[int]) -> None:
    start = datetime(2025, 1, 1)
    cuts = [start, *(start + timedelta(days=day) for day in sorted(days)), datetime(2025, 2, 1)]
    parts = [Interval(a, b, Decimal(v)) for a, b, v in zip(cuts, cuts[1:], amounts, strict=False)]
    assert months_from(parts[::-1], ["2025-01"])["2025-01"].value == sum(amounts[: len(parts)])
    assert months_from(parts[1:], ["2025-01"]) == {}


def meter(rows: list[dict[str, Any]]) -> FlowMap:
    filled = tables(instruments=[{"instrument_id": "m", "register_digits": 6, "multiplier": 20}], meter_readings=rows)
    return FlowMap(filled, year=2025)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=8))
def test_tariff_registers_add_up_to_the_total_register(steps: list[tuple[int, int]]) -> None:
    peak = valley = 0
    split, whole = [], []
    for index in range(len(steps) + 1):
        read = {"instrument_id": "m", "read_at": datetime(2025, 1, 1) + timedelta(days=index), "state": "normal"}
        split += [read | {"register": "peak", "reading": peak}, read | {"register": "valley", "reading": valley}]
        whole.append(read | {"register": "total", "reading": peak + valley})
        if index < len(steps):
            peak, valley = peak + steps[index][0], valley + steps[index][1]
    told = [
        [(part.start, part.end, part.value) for part in meter_intervals(meter(rows), "m")] for rows in (split, whole)
    ]
    assert told[0] == told[1]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_bill_lines_add_up_in_any_order_and_once(kwh: list[int], order: Any) -> None:
    registers = ("sharp", "peak", "flat", "valley", "deep_valley")
    base = {
        "source_id": "s",
        "bill_no": "B",
        "instrument_id": "m",
        "period_start": date(2025, 1, 1),
        "period_end": date(2025, 1, 31),
    }
    rows = [base | {"register": name, "total_kwh": v} for name, v in zip(registers, kwh, strict=False)]
    lines = rows + rows
    order.shuffle(lines)
    found = bill_intervals(FlowMap(tables(settlement_bills=lines), year=2025), "s")
    assert [part.value for part in found] == [sum(kwh)]


# means, rounding, hints


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=8), AMOUNT)
def test_a_weighted_mean_lies_between_its_values_and_does_not_know_the_unit_of_its_weights(
    pairs: list[tuple[Decimal, Decimal]], factor: Decimal
) -> None:
    mean = weighted_mean(pairs)
    assert mean is not None
    slack = Decimal("1e-18")
    assert min(v for v, _ in pairs) - slack <= mean <= max(v for v, _ in pairs) + slack
    other = weighted_mean([(value, weight * factor) for value, weight in pairs])
    assert other is not None
    assert abs(other - mean) < slack


@given(st.decimals(min_value=-10000, max_value=10000, places=6), st.integers(0, 4))
def test_rounding_goes_half_up_and_stays_within_half_a_step(value: Decimal, digits: int) -> None:
    found = round_half_up(value, digits)
    assert abs(found - value) <= Decimal(1).scaleb(-digits) / 2
    assert found == value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert round_half_up(found, digits) == found


@given(st.integers(10, 10**9), st.data())
def test_two_neighbours_exchanged_are_found(value: int, data: st.DataObject) -> None:
    text = str(value)
    place = data.draw(st.integers(0, len(text) - 2))
    other = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if text[place] != text[place + 1] and not other.startswith("0"):
        assert transposed(Decimal(text), Decimal(other))
        assert hint(Decimal(text), Decimal(other)) in ("hint.transposed", "hint.factor", "hint.kcal")


# the method


def close(found: Decimal, expected: Decimal, figures_added: int) -> bool:
    """Within half a cent for every rounded figure that was added."""
    return abs(found - expected) <= Decimal("0.005") * (figures_added + 1)


@FEW
@given(st.integers(2, 50))
def test_scaling_all_masses_scales_every_emission(factor: int) -> None:
    names = {"fuel_consumed": COAL, "clinker_produced_t": CLINKER, "deducted_material_t": SLAG}
    one, many = figures(), figures({name: value * factor for name, value in names.items()} | {"fuel_ncv": NCV})
    for name, terms in (("fuel_co2_t", 1), ("process_co2_t", 1), ("line_co2_t", 2)):
        for key in (k for k in one if k.parameter == name and k.track == "facility"):
            assert close(many[key], one[key] * factor, factor * terms * (12 if key.period == "2025" else 1)), key
    intensity = Key("facility", "line_intensity_tco2_per_t", "k1", "", "2025")
    assert abs(many[intensity] - one[intensity]) <= Decimal("0.0001")


@FEW
@given(AMOUNT, AMOUNT)
def test_more_coal_never_lowers_and_more_deduction_never_raises_the_emission(coal: Decimal, slag: Decimal) -> None:
    base = {"fuel_consumed": COAL, "clinker_produced_t": CLINKER, "deducted_material_t": SLAG, "fuel_ncv": NCV}
    line = Key("facility", "line_co2_t", "k1", "", "2025")
    low = figures(base)[line]
    assert figures(base | {"fuel_consumed": COAL + coal})[line] >= low
    assert figures(base | {"deducted_material_t": SLAG + slag})[line] <= low
    assert (
        figures(base | {"deducted_material_t": SLAG + slag})[Key("facility", "process_co2_t", "k1", "", "2025-04")] >= 0
    )


# the whole verification


def told(found: Verification) -> list[tuple[Any, ...]]:
    """What a verification says, without the places of the cells."""
    return [
        (
            r.rule,
            r.outcome,
            r.track,
            r.facility,
            r.when,
            r.stream,
            r.source,
            r.parameter,
            r.item,
            r.observed,
            r.expected,
            set(r.deltas),
        )
        for r in found.results
    ]


def slipped() -> Rows:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["value"] -= 5
    pick(rows, "monthly_values", source_id="s_c_ledger", month="2025-07")["value"] += 3
    rows["monthly_values"].remove(pick(rows, "monthly_values", source_id="s_c_record", month="2025-09"))
    rows["deposits"].remove(pick(rows, "deposits", parameter="clinker_produced_t", month="2025-02"))
    return rows


@FEW
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(order: Any) -> None:
    straight, rows = verification(slipped()), slipped()
    for table in rows.values():
        order.shuffle(table)
    shuffled = verification(rows)
    assert told(shuffled) == told(straight)
    assert [f.key for f in shuffled.findings] == [f.key for f in straight.findings]
    assert shuffled.effects == straight.effects
    assert shuffled.together == straight.together


@FEW
@given(
    st.sampled_from(MONTHS), st.decimals(min_value="-500", max_value="500", places=2).filter(lambda value: value != 0)
)
def test_any_slip_of_a_month_is_found_in_that_month_and_its_correction_is_exact(month: str, slip: Decimal) -> None:
    rows = plant()
    reported(rows, "deducted_material_t", month)["value"] += slip
    found = verification(rows)
    (chain,) = [r for r in found.results if r.rule == "chain.report" and r.outcome == NOT_SATISFIED]
    assert (chain.when, chain.deltas[0][1]) == (month, -slip)
    key = Key("facility", "deducted_material_t", "k1", "carbide_slag", "2025")
    assert found.verified["cement-2024"].values[key] == SLAG * 12


@FEW
@given(st.integers(1, 12))
def test_a_clean_plant_is_clean_through_any_month(number: int) -> None:
    found = verification(plant(), through=MONTHS[number - 1])
    assert found.findings == []
    assert {month for r in found.results for month in r.months} <= set(MONTHS[:number])


@FEW
@given(
    st.lists(st.tuples(st.integers(100, 5000), st.integers(100, 5000)), min_size=12, max_size=12),
    st.integers(20_000, 90_000),
)
def test_a_store_that_closes_is_satisfied_whatever_went_through_it(flows: list[tuple[int, int]], opening: int) -> None:
    rows, level = stored(flows, opening), opening
    assert store_outcomes(rows) == {SATISFIED}
    rows["stock_counts"][6]["quantity_t"] += 10 * (level + sum(inflow for inflow, _ in flows))
    assert NOT_SATISFIED in store_outcomes(rows)


def stored(flows: list[tuple[int, int]], opening: int) -> Rows:
    """A clinker silo between a kiln and a market, its levels those that the flows lead to."""
    rows = plant()
    rows["nodes"].append({"node_id": "n_market", "name": "市场", "kind": "boundary", "quantity": "clinker"})
    rows["streams"].append(
        {"stream_id": "k_out", "name": "外销", "unit": "t", "from_node": "n_silo", "to_node": "n_market"}
    )
    rows["instruments"].append(
        {"instrument_id": "i_k", "name": "汽车衡", "kind": "weighbridge", "accuracy_fraction": Decimal("0.002")}
    )
    rows["sources"].append(
        {
            "source_id": "s_k",
            "name": "外销",
            "stream_id": "k_out",
            "records": "monthly_values",
            "rank": 1,
            "derives_from": "none",
            "instrument_id": "i_k",
        }
    )
    level, counted = (
        opening,
        [{"node_id": "n_silo", "counted_on": date(2024, 12, 31), "quantity_t": opening, "method": "survey"}],
    )
    for month, (inflow, outflow) in zip(MONTHS, flows, strict=True):
        level += inflow - outflow
        pick(rows, "monthly_values", source_id="s_p", month=month)["value"] = Decimal(inflow)
        rows["monthly_values"].append({"source_id": "s_k", "month": month, "value": outflow, "unit": "t"})
        counted.append(
            {
                "node_id": "n_silo",
                "counted_on": month_bounds(month)[1] - timedelta(days=1),
                "quantity_t": level,
                "method": "survey",
            }
        )
    rows["stock_counts"] = counted
    return rows


def store_outcomes(rows: Rows) -> set[str]:
    return {r.outcome for r in verification(rows).results if r.rule == "balance.store" and r.stream == "n_silo"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_unit_has_one_base(kind: str) -> None:
    assert Decimal(1) in {UNITS[unit][1] for unit in of_kind(kind)} or kind == "time"
