"""数据流图：来源的优先序、追溯、独立性，以及查找。"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.hand_tables import tables
from verifierkit.flowmap import FlowMap


def source(name: str, rank: int | None = 1, origin: str | None = "none", **more: Any) -> dict[str, Any]:
    return {
        "source_id": name,
        "stream_id": "c",
        "records": "monthly_values",
        "rank": rank,
        "derives_from": origin,
    } | more


def flow(*sources: dict[str, Any], **more: Any) -> FlowMap:
    stream = {"stream_id": "c", "unit": "t", "facility_id": "k1", "item": "diesel", "parameter": "fuel_consumed",
              "from_node": "a", "to_node": "b"}  # fmt: skip
    rows: dict[str, Any] = {
        "facilities": [{"facility_id": "ent", "kind": "entity"}, {"facility_id": "k1", "kind": "clinker_line"}],
        "streams": [stream],
        "instruments": [{"instrument_id": "i1", "accuracy_fraction": "0.005"}, {"instrument_id": "i2"}],
        "sources": list(sources),
    }
    return FlowMap(tables(**rows | more), year=2025)


def ids(rows: list[Any]) -> list[str]:
    return [row["source_id"] for row in rows]


def test_sources_stand_by_rank_and_those_without_a_rank_last() -> None:
    found = flow(source("none", None), source("b", 2), source("a", 2), source("first", 1))
    assert ids(found.sources_of("c")) == ["first", "a", "b", "none"]


def test_sources_of_a_factor_are_apart_from_those_of_the_quantity() -> None:
    found = flow(source("q"), source("own", 2, parameter="fuel_consumed"), source("ncv", parameter="fuel_ncv"))
    assert ids(found.sources_of("c")) == ids(found.sources_of("c", "fuel_consumed")) == ["q", "own"]
    assert ids(found.sources_of("c", "fuel_ncv")) == ["ncv"]


def test_only_rank_one_is_the_source_of_a_reported_figure() -> None:
    assert flow(source("a", 2)).primary_source("fuel_consumed", "k1", "diesel") is None
    found = flow(source("a", 2), source("b", 1), source("n", 1, parameter="fuel_ncv"))
    assert found.primary_source("fuel_consumed", "k1", "diesel") is found.sources["b"]
    assert found.primary_source("fuel_ncv", "k1", "diesel") is found.sources["n"]
    assert found.primary_source("fuel_ncv", "k1", "") is found.sources["n"]


@pytest.mark.parametrize(("facility", "item"), [("k2", "diesel"), ("k1", "coke")])
def test_a_source_of_another_facility_or_item_is_not_taken(facility: str, item: str) -> None:
    assert flow(source("a")).primary_source("fuel_consumed", facility, item) is None


def test_the_lineage_ends_at_the_record() -> None:
    found = flow(source("stat", 2, "ledger"), source("ledger", 1, "log"), source("log", 3, "none", instrument_id="i1"))
    assert ids(found.lineage("stat")) == ["stat", "ledger", "log"]
    assert found.root("stat") is found.sources["log"]
    assert found.stated("stat")
    assert found.accuracy("stat") == found.instruments["i1"]["accuracy_fraction"]


@pytest.mark.parametrize("origin", [None, "unknown"])
def test_a_lineage_that_ends_in_nothing_is_not_stated(origin: str | None) -> None:
    found = flow(source("ledger", 1, "log"), source("log", 2, origin))
    assert ids(found.lineage("ledger")) == ["ledger", "log"]
    assert not found.stated("ledger")


def test_a_loop_ends_and_is_not_stated() -> None:
    found = flow(source("a", 1, "b"), source("b", 2, "a"))
    assert ids(found.lineage("a")) == ["a", "b"]
    assert not found.stated("a")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (source("a"), source("b", 2), True),
        (source("a", instrument_id="i1"), source("b", 2, instrument_id="i2"), True),
        (source("a", instrument_id="i1"), source("b", 2, instrument_id="i1"), False),
        (source("a"), source("b", 2, "a"), False),
        (source("a"), source("b", 2, None), False),
        (source("a", 1, "missing"), source("b", 2), False),
    ],
    ids=["two records", "two instruments", "one instrument", "derived", "not stated", "unknown origin"],
)
def test_sources_are_independent_only_without_a_common_record_or_instrument(
    one: dict[str, Any], other: dict[str, Any], expected: bool
) -> None:
    found = flow(one, other)
    assert found.independent("a", "b") is expected
    assert found.independent("b", "a") is expected


def test_the_instrument_is_that_of_the_deepest_record() -> None:
    found = flow(source("ledger", 1, "log", instrument_id="i2"), source("log", 2, "none", instrument_id="i1"))
    assert found.instrument_of("ledger") is found.instruments["i1"]
    assert flow(source("a")).instrument_of("a") is None


def test_unknown_ids_give_nothing() -> None:
    found = flow(source("a"))
    assert found.entity_id == "ent"
    assert (found.facility_of("c"), found.facility_of("x")) == ("k1", "")
    assert found.best_series("x") is None
    assert found.sources_of("x") == []
    assert found.stream_of("x") is None
    assert found.lineage("x") == []


def test_streams_of_a_node_are_found_by_their_ends() -> None:
    found = flow()
    assert ([r["stream_id"] for r in found.outflows("a")], found.inflows("a")) == (["c"], [])
    assert [r["stream_id"] for r in found.inflows("b")] == ["c"]
