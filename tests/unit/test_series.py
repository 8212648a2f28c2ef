"""来源的月度序列：只取记录所说，缺数不补，重复只计一次。"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.hand_tables import row, tables
from verifierkit.flowmap import FlowMap
from verifierkit.periods import months_of
from verifierkit.series import (
    Interval,
    Series,
    as_received,
    bill_intervals,
    meter_intervals,
    months_from,
    reading_intervals,
    register_difference,
    weighted_mean,
)

BASE: dict[str, list[dict[str, Any]]] = {
    "facilities": [{"facility_id": "k1", "name": "线", "kind": "clinker_line"}],
    "nodes": [{"node_id": "a", "kind": "store"}, {"node_id": "b", "kind": "process"}],
    "streams": [
        {"stream_id": "c", "unit": "t", "from_node": "a", "to_node": "b", "facility_id": "k1", "parameter": "fuel_consumed"},
        {"stream_id": "p", "unit": "t", "from_node": "b", "to_node": "a", "facility_id": "k1", "parameter": "clinker_produced_t"},
        {"stream_id": "e", "unit": "MWh", "from_node": "a", "to_node": "b", "facility_id": "k1"},
    ],
    "instruments": [{"instrument_id": "m1", "kind": "electricity_meter", "register_digits": 4, "multiplier": 10}],
}  # fmt: skip


def flow(
    records: str, *, stream: str = "c", parameter: str | None = None, through: str | None = None, **rows: Any
) -> FlowMap:
    """A map with one source ``s`` on a stream, its records in the named table."""
    source = {"source_id": "s", "stream_id": stream, "records": records, "rank": 1, "parameter": parameter}
    source |= {"instrument_id": "m1", "derives_from": "none"}
    return FlowMap(tables(**{**BASE, "sources": [source], **rows}), year=2025, through=through)


def months(found: Series) -> dict[str, Decimal]:
    return {month: amount.value for month, amount in found.months.items()}


def value(month: str, amount: Any, unit: str | None = "t", **more: Any) -> dict[str, Any]:
    return {"source_id": "s", "month": month, "value": amount, "unit": unit} | more


# amounts by month


def test_months_without_a_row_stay_absent() -> None:
    found = flow("monthly_values", monthly_values=[value("2025-01", 5), value("2025-03", 0)])
    assert months(found.series("s")) == {"2025-01": 5, "2025-03": 0}


def test_a_month_with_a_faulty_value_is_absent_and_not_a_partial_sum() -> None:
    days = [date(2025, 1, 1), date(2025, 1, 2), date(2025, 2, 1)]
    amounts = [Decimal(3), None, Decimal(4)]
    rows = [{"source_id": "s", "day": day, "value": v, "unit": "t"} for day, v in zip(days, amounts, strict=True)]
    assert months(flow("daily_values", daily_values=rows).series("s")) == {"2025-02": 4}


def test_amounts_are_converted_to_the_unit_of_the_stream() -> None:
    rows = [value("2025-01", 1, "10^4 t"), value("2025-02", 2, "kg"), value("2025-03", 3, None)]
    found = flow("monthly_values", monthly_values=rows).series("s")
    assert found.unit == "t"
    assert months(found) == {"2025-01": 10000, "2025-02": Decimal("0.002"), "2025-03": 3}


@pytest.mark.parametrize("unit", ["MWh", "天知道"])
def test_a_unit_that_does_not_convert_leaves_its_month_open(unit: str) -> None:
    found = flow("monthly_values", monthly_values=[value("2025-01", 1, unit), value("2025-02", 2)])
    assert months(found.series("s")) == {"2025-02": 2}


def test_a_stream_in_an_unknown_unit_takes_that_of_its_records() -> None:
    streams = [BASE["streams"][0] | {"unit": "车"}]
    found = flow("monthly_values", streams=streams, monthly_values=[value("2025-01", 1, "kg")]).series("s")
    assert (found.unit, months(found)) == ("kg", {"2025-01": 1})


def test_a_factor_keeps_the_first_unit_of_its_records() -> None:
    rows = [value("2025-01", Decimal("25.1"), "MJ/kg"), value("2025-02", 26000, "kJ/kg")]
    found = flow("monthly_values", parameter="fuel_ncv", monthly_values=rows).series("s")
    assert (found.unit, months(found)) == ("MJ/kg", {"2025-01": Decimal("25.1"), "2025-02": 26})


def test_a_second_value_of_a_day_is_not_added() -> None:
    rows = [{"source_id": "s", "day": date(2025, 1, 1), "value": v, "unit": "t"} for v in (3, 4)]
    assert months(flow("daily_values", daily_values=rows).series("s")) == {"2025-01": 3}


def test_months_after_the_last_one_looked_at_are_left_out() -> None:
    rows = [value(month, 1) for month in months_of(2025)]
    found = flow("monthly_values", through="2025-06", monthly_values=rows)
    assert list(found.series("s").months) == months_of(2025, "2025-06")


def test_a_source_whose_table_is_not_stated_gives_nothing() -> None:
    found = flow("monthly_values")
    found.sources["s"].values["records"] = None
    assert found.series("s").months == {}


# documents


def ticket(number: str, day: date, net: Any) -> dict[str, Any]:
    return {"source_id": "s", "ticket_no": number, "weighed_on": day, "net_t": net}


def test_a_ticket_number_that_stands_twice_counts_once() -> None:
    rows = [ticket("1", date(2025, 1, 5), 30), ticket("1", date(2025, 1, 5), 30), ticket("2", date(2025, 1, 6), 20)]
    found = flow("tickets", tickets=rows).series("s").months["2025-01"]
    assert found.value == 50
    assert [place.row for place in found.places] == [3, 5]


@pytest.mark.parametrize(
    ("kind", "received", "counts"),
    [
        ("purchase", date(2025, 2, 1), {"2025-02": 7}),
        ("purchase", None, {}),
        ("transfer_in", None, {}),
        ("transfer_in", date(2025, 2, 1), {"2025-02": 7}),
        ("sale", None, {"2025-01": 7}),
        ("transfer_out", None, {"2025-01": 7}),
    ],
)
def test_goods_in_transit_count_when_received_and_goods_sent_when_sent(
    kind: str, received: date | None, counts: dict[str, int]
) -> None:
    document = {"source_id": "s", "doc_no": "1", "kind": kind, "dispatched_on": date(2025, 1, 31), "weighed_t": 7}
    found = flow("transactions", transactions=[document | {"received_on": received}])
    assert months(found.series("s")) == counts


def test_facility_logs_are_read_by_the_facility_of_the_stream() -> None:
    rows = [{"facility_id": name, "month": "2025-01", "supplied_mwh": v} for name, v in (("k1", 8), ("k2", 9))]
    found = flow("generation", stream="e", generation=rows).series("s")
    assert (found.unit, months(found)) == ("MWh", {"2025-01": 8})


def test_optional_cells_of_a_log_leave_their_month_open() -> None:
    rows = [{"facility_id": "k1", "month": f"2025-0{i}", "cell_days": v} for i, v in ((1, 310), (2, None))]
    assert months(flow("pot_operation", pot_operation=rows).series("s")) == {"2025-01": 310}


# heat values


def analysis(**cells: Any) -> dict[str, Any]:
    base = {"source_id": "s", "sample_no": "1", "sampled_on": date(2025, 1, 5), "batch_t": 100, "ncv_gj_per_t": 25}
    return base | {"basis": "as_received"} | cells


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "25"),
        ({"basis": "dry", "total_moisture_fraction": "0.1"}, "22.5"),
        ({"basis": "air_dried", "total_moisture_fraction": "0.1", "inherent_moisture_fraction": "0.04"}, "23.4375"),
        ({"basis": "dry"}, None),
        ({"basis": "air_dried", "total_moisture_fraction": "0.1"}, None),
        ({"basis": "air_dried", "total_moisture_fraction": "0.1", "inherent_moisture_fraction": "1"}, None),
        ({"ncv_gj_per_t": None}, None),
    ],
)
def test_heat_values_are_converted_to_the_received_basis(cells: dict[str, Any], expected: str | None) -> None:
    numbers = {name: Decimal(v) if isinstance(v, str) and name != "basis" else v for name, v in cells.items()}
    found = as_received(row("coal_analyses", 0, **analysis(**numbers)))
    assert found == (None if expected is None else Decimal(expected))


def test_a_month_of_analyses_is_weighted_by_batch_mass() -> None:
    rows = [analysis(), analysis(sample_no="2", batch_t=300, ncv_gj_per_t=21)]
    found = flow("coal_analyses", parameter="fuel_ncv", coal_analyses=rows).series("s").months["2025-01"]
    assert (found.value, found.weight) == (22, 400)


def test_an_analysis_that_cannot_be_converted_leaves_its_month_open() -> None:
    rows = [analysis(), analysis(sample_no="2", basis="dry"), analysis(sample_no="3", sampled_on=date(2025, 2, 3))]
    found = flow("coal_analyses", parameter="fuel_ncv", coal_analyses=rows).series("s")
    assert months(found) == {"2025-02": 25}


def test_weights_that_are_all_nil_count_alike() -> None:
    assert weighted_mean([(Decimal(1), Decimal(0)), (Decimal(4), Decimal(0))]) == Decimal("2.5")
    assert weighted_mean([(Decimal(1), Decimal(1)), (Decimal(4), Decimal(0))]) == 1
    assert weighted_mean([]) is None


def test_laboratory_results_convert_and_weigh() -> None:
    rows = [
        {
            "source_id": "s",
            "sample_no": str(i),
            "sampled_on": date(2025, 1, 5),
            "value": v,
            "unit": unit,
            "weight_t": weight,
        }
        for i, (v, unit, weight) in enumerate([(65, "%", 1), (Decimal("0.67"), "1", 3)])
    ]
    found = flow("lab_results", stream="p", parameter="clinker_cao_fraction", lab_results=rows).series("s")
    assert (found.unit, months(found)) == ("%", {"2025-01": Decimal("66.5")})


# output over a ratio


def ratio_case(inputs: str, *, missing: bool = False) -> FlowMap:
    streams = [*BASE["streams"], {"stream_id": "f1", "unit": "t"}, {"stream_id": "f2", "unit": "t"}]
    feeds = [{"source_id": f"s_{n}", "stream_id": n, "records": "monthly_values", "rank": 1} for n in ("f1", "f2")]
    amounts = [("s_f1", 100), *([] if missing else [("s_f2", 60)])]
    return flow(
        "feed_over_ratio",
        streams=streams,
        sources=[{"source_id": "s", "stream_id": "p", "records": "feed_over_ratio", "rank": 1}, *feeds],
        relations=[{"relation_id": "r", "kind": "ratio", "output_stream": "p", "input_streams": inputs}],
        raw_meal_ratios=[{"facility_id": "k1", "month": "2025-01", "ratio": Decimal("1.6")}],
        monthly_values=[{"source_id": name, "month": "2025-01", "value": v, "unit": "t"} for name, v in amounts],
    )


@pytest.mark.parametrize(("inputs", "expected"), [("f1", "62.5"), ("f1; f2", "100"), (" f1 ;", "62.5")])
def test_feeds_are_added_before_the_ratio(inputs: str, expected: str) -> None:
    assert months(ratio_case(inputs).series("s")) == {"2025-01": Decimal(expected)}


def test_a_feed_without_a_value_leaves_the_month_open() -> None:
    assert months(ratio_case("f1; f2", missing=True).series("s")) == {}
    assert months(ratio_case("f1; unknown").series("s")) == {}


# registers


@pytest.mark.parametrize(
    ("prior", "current", "digits", "expected"),
    [
        (100, 250, 4, 150),
        (9990, 15, 4, 25),
        (100, 100, 4, 0),
        (9990, 15, None, -9975),
        ("99.5", "0.5", 2, 1),
    ],
)
def test_a_register_rolls_over_once(prior: Any, current: Any, digits: int | None, expected: Any) -> None:
    assert register_difference(Decimal(prior), Decimal(current), digits) == expected


def reading(day: date, number: Any, register: str = "total", state: str = "normal") -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day)
    return {"instrument_id": "m1", "register": register, "read_at": at, "reading": number, "state": state}


JAN, MID, FEB, MAR = date(2025, 1, 1), date(2025, 1, 15), date(2025, 2, 1), date(2025, 3, 1)


def metered(rows: list[dict[str, Any]]) -> FlowMap:
    return flow("meter_readings", stream="e", meter_readings=rows)


def test_readings_give_energy_with_multiplier_and_rollover() -> None:
    found = metered([reading(FEB, 50), reading(JAN, 9900), reading(MAR, 90)])
    assert [part.value for part in reading_intervals(found, "m1")] == [1500, 400]
    assert months(found.series("s")) == {"2025-01": Decimal("1.5"), "2025-02": Decimal("0.4")}


def test_an_exchange_starts_a_new_count() -> None:
    rows = [reading(JAN, 100), reading(MID, 160, state="exchange_out"), reading(MID, 5, state="exchange_in")]
    found = metered([*rows, reading(FEB, 45)])
    assert [part.value for part in reading_intervals(found, "m1")] == [600, 400]
    assert months(found.series("s")) == {"2025-01": 1}


def test_an_exchange_without_a_closing_reading_leaves_the_month_open() -> None:
    found = metered([reading(JAN, 100), reading(MID, 5, state="exchange_in"), reading(FEB, 45), reading(MAR, 55)])
    assert months(found.series("s")) == {"2025-02": Decimal("0.1")}


def test_a_month_that_readings_do_not_cut_is_absent() -> None:
    found = metered([reading(JAN, 0), reading(MID, 10), reading(MAR, 30)])
    assert months(found.series("s")) == {}


def test_tariff_registers_are_added_where_there_is_no_total() -> None:
    rows = [reading(day, n, register) for register in ("peak", "valley") for day, n in ((JAN, 0), (FEB, 10), (MAR, 30))]
    assert months(metered(rows).series("s")) == {"2025-01": Decimal("0.2"), "2025-02": Decimal("0.4")}


def test_a_tariff_register_without_a_reading_leaves_its_months_open() -> None:
    rows = [reading(day, n, "peak") for day, n in ((JAN, 0), (FEB, 10), (MAR, 30))]
    found = metered([*rows, reading(JAN, 0, "valley"), reading(MAR, 30, "valley")])
    assert meter_intervals(found, "m1") == []


def test_a_tariff_register_taken_into_use_later_is_not_missed_before() -> None:
    rows = [reading(day, n, "peak") for day, n in ((JAN, 0), (FEB, 10), (MAR, 30))]
    found = metered([*rows, reading(FEB, 0, "deep_valley"), reading(MAR, 5, "deep_valley")])
    assert [part.value for part in meter_intervals(found, "m1")] == [100, 250]


def test_a_total_register_stands_alone_and_reverse_is_not_added() -> None:
    rows = [reading(day, n, register) for register in ("total", "peak", "reverse") for day, n in ((JAN, 0), (FEB, 10))]
    assert months(metered(rows).series("s")) == {"2025-01": Decimal("0.1")}


def part(start: date, end: date, amount: int) -> Interval:
    first, last = datetime(start.year, start.month, start.day), datetime(end.year, end.month, end.day)
    return Interval(first, last, Decimal(amount))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(JAN, FEB, 5)], 5),
        ([(JAN, MID, 2), (MID, FEB, 3)], 5),
        ([(JAN, MID, 2)], None),
        ([(JAN, MID, 2), (date(2025, 1, 16), FEB, 3)], None),
        ([(JAN, date(2025, 1, 16), 2), (MID, FEB, 3)], None),
        ([(date(2024, 12, 31), FEB, 5)], None),
    ],
    ids=["one", "two", "short", "gap", "overlap", "across the edge"],
)
def test_only_intervals_that_tile_a_month_give_it(parts: list[tuple[date, date, int]], expected: int | None) -> None:
    found = months_from([part(*cells) for cells in parts], ["2025-01"])
    assert [amount.value for amount in found.values()] == ([] if expected is None else [expected])


# bills


def bill(
    register: str, kwh: Any, *, number: str = "B1", meter: str | None = "m1", first: date = JAN, last: date = FEB
) -> dict[str, Any]:
    return {"source_id": "s", "bill_no": number, "instrument_id": meter, "register": register, "period_start": first,
            "period_end": last - timedelta(days=1), "total_kwh": kwh}  # fmt: skip


def billed(*rows: dict[str, Any]) -> list[Decimal]:
    return [
        part.value for part in bill_intervals(flow("settlement_bills", stream="e", settlement_bills=list(rows)), "s")
    ]


def test_registers_of_a_bill_are_added_and_its_total_is_not_added_to_them() -> None:
    assert billed(bill("peak", 30), bill("valley", 20), bill("total", 50)) == [50]
    assert billed(bill("total", 50)) == [50]


def test_each_meter_of_a_period_counts_with_its_own_registers() -> None:
    rows = [bill("peak", 30), bill("valley", 20), bill("total", 7, number="B2", meter="m2")]
    assert billed(*rows) == [57]


def test_the_reverse_register_counts_only_alone() -> None:
    assert billed(bill("total", 50), bill("reverse", 8)) == [50]
    assert billed(bill("reverse", 8)) == [8]


def test_a_bill_line_that_stands_twice_counts_once_as_first_written() -> None:
    assert billed(bill("total", 50), bill("total", 60)) == [50]


def test_a_bill_with_a_faulty_total_leaves_its_period_open() -> None:
    assert billed(bill("peak", 30), bill("valley", None), bill("total", 9, number="B2", first=FEB, last=MAR)) == [9]


def test_bills_that_are_no_calendar_months_give_intervals_and_no_months() -> None:
    rows = [bill("total", 50, first=date(2025, 1, 20), last=date(2025, 2, 20))]
    found = flow("settlement_bills", stream="e", settlement_bills=rows).series("s")
    assert found.months == {}
    assert [part.value for part in found.intervals] == [Decimal("0.05")]
