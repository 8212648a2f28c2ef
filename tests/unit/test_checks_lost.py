"""图中单元格有误时，失去对象的检查说明未能评价，不悄悄消失，也不引出别处的错误。"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support import memory_case, simulated
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import Context, Result
from verifierkit.checks.lost import table_of_losses
from verifierkit.checks.texts import text
from verifierkit.columns import catalogue
from verifierkit.findings import merge
from verifierkit.verification import run_checks

SEED = 4711


def checked(sector: str, *changes: tuple[str, dict[str, Any], str, Any]) -> tuple[Context, list[Result]]:
    """A clean plant with cells of the map changed: table, cells that pick the row, column, new value."""
    plant = simulated(sector, 2025, SEED)
    for table, wanted, column, value in changes:
        row = next(row for row in plant.tables[table] if all(row.get(name) == cell for name, cell in wanted.items()))
        row[column] = value
    tables = {name: rows for name, rows in plant.tables.items() if name not in plant.evidence_tables}
    found = build_context(memory_case(plant.meta, tables, plant.evidence_tables.values()))
    return found, run_checks(found)


def silent(before: Sequence[Result], after: Sequence[Result]) -> set[str]:
    """Rules that judged less than before without saying so."""
    one, other = (Counter((r.rule, r.outcome) for r in results) for results in (before, after))
    fewer = {rule for rule, outcome in one if outcome == "satisfied" and other[rule, outcome] < one[rule, outcome]}
    return {
        rule
        for rule in fewer
        if not other[rule, "not_satisfied"] and other[rule, "not_evaluated"] <= one[rule, "not_evaluated"]
    }


CHANGES: list[tuple[str, str, dict[str, Any], str, Any]] = [
    ("cement", "facilities", {"facility_id": "k1"}, "kind", "clinker_lin"),
    ("cement", "nodes", {"kind": "bus"}, "kind", "buss"),
    ("cement", "nodes", {"kind": "store"}, "kind", "stor"),
    ("cement", "sources", {"source_id": "s_e_grid_bill"}, "records", "bills"),
    ("cement", "sources", {"rank": 1, "records": "coal_analyses"}, "rank", "first"),
    ("cement", "sources", {"source_id": "s_e_k2_ledger"}, "stream_id", "e_k3"),
    ("cement", "streams", {"parameter": "clinker_produced_t"}, "parameter", "clinker_prodced_t"),
    ("cement", "streams", {"parameter": "clinker_produced_t"}, "from_node", "nowhere"),
    ("cement", "streams", {"stream_id": "e_cap"}, "to_node", "n_buss"),
    ("cement", "instruments", {"kind": "belt_scale"}, "kind", "beltscale"),
    ("aluminium", "facilities", {"kind": "potline"}, "kind", "pots"),
    ("aluminium", "streams", {"stream_id": "m_bought"}, "to_node", "n_castx"),
    ("aluminium", "sources", {"rank": 1, "records": "metal"}, "records", "metals"),
]


@pytest.fixture(autouse=True, scope="module")
def without_joint() -> Iterator[None]:
    """The joint reconciliation takes seconds a run and has tests of its own: it is left out of these runs."""
    held = REGISTRY["reconcile.joint"]
    REGISTRY["reconcile.joint"] = lambda context: ()
    yield
    REGISTRY["reconcile.joint"] = held


@pytest.fixture(scope="module")
def clean() -> dict[str, list[Result]]:
    return {sector: checked(sector)[1] for sector in ("cement", "aluminium")}


@pytest.mark.parametrize(("sector", "table", "wanted", "column", "value"), CHANGES)
def test_a_slip_in_the_map_is_a_defect_and_what_rests_on_it_says_so(
    sector: str, table: str, wanted: dict[str, Any], column: str, value: Any, clean: dict[str, list[Result]]
) -> None:
    found, results = checked(sector, (table, wanted, column, value))
    assert silent(clean[sector], results) == set()
    assert {finding.key.rule for finding in merge(found, results)} == {"evidence.defect"}
    lost = [r for r in results if r.message == "lost.subject"]
    (defect,) = [r for r in results if r.rule == "evidence.defect"]
    assert lost
    for result in lost:
        assert result.places[0] == defect.places[0]
        words = text(found, result)
        assert str(defect.places[0]) in words["zh"]
        assert "未能评价" in words["zh"]
        assert "was not evaluated" in words["en"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("multiplier", Decimal(0)),
        ("multiplier", Decimal(-1)),
        ("accuracy_fraction", Decimal(0)),
        ("register_digits", 0),
        ("calibration_interval_months", -12),
    ],
)
def test_a_meter_with_an_impossible_number_is_a_defect(column: str, value: Any, clean: dict[str, list[Result]]) -> None:
    meter = {"kind": "electricity_meter", "instrument_id": "i_e_anode_plant"}
    found, results = checked("aluminium", ("instruments", meter, column, value))
    (defect,) = [r for r in results if r.rule == "evidence.defect"]
    assert (defect.outcome, defect.source) == ("not_satisfied", "instruments")
    assert "大于 0 的数值" in text(found, defect)["zh"]
    assert [r for r in results if r.message == "lost.subject"]
    assert {finding.key.rule for finding in merge(found, results)} == {"evidence.defect"}


def test_readings_of_a_meter_without_a_usable_multiplier_are_no_energy() -> None:
    found, results = checked(
        "aluminium", ("instruments", {"instrument_id": "i_e_anode_plant"}, "multiplier", Decimal(0))
    )
    sources = [
        row["source_id"]
        for row in found.flow.sources.values()
        if row["instrument_id"] == "i_e_anode_plant" and row["records"] == "meter_readings"
    ]
    assert sources
    assert all(not found.flow.series(name).months for name in sources)
    assert {r.source for r in results if r.message == "lost.subject"} == set(sources)


def test_a_faulty_name_is_nobodys_loss(clean: dict[str, list[Result]]) -> None:
    found, results = checked("cement", ("nodes", {"kind": "bus"}, "name", None))
    assert [r for r in results if r.message == "lost.subject"] == []
    assert [finding.key.rule for finding in merge(found, results)] == ["evidence.defect"]


def test_the_list_of_losses_names_tables_columns_and_rules_that_exist() -> None:
    known = set(REGISTRY)
    families = {rule.partition(".")[0] + ".*" for rule in REGISTRY}
    for table, columns in table_of_losses().items():
        assert set(columns) - {"row"} <= set(catalogue()[table].columns), table
        for entry in columns.values():
            assert set(entry["lost"]) <= known | families
            assert set(entry.get("shaken", {})) <= known
            assert set(entry.get("shaken", {}).values()) <= {"any", "entity", "ends"}
