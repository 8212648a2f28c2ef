"""A case folder read into tables: values, places, defects, notices and inputs."""

from __future__ import annotations

import hashlib
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.case_builder import META, Rows, small_tables, write_small
from verifierkit import case
from verifierkit.columns import catalogue
from verifierkit.errors import InputError, InputErrors, UsageError


def _defects(loaded: case.Case) -> list[tuple[str, str, str, str]]:
    return [(str(defect.place), defect.column, defect.expected, defect.found) for defect in loaded.defects]


def test_a_clean_case_has_every_table_and_no_defect(tmp_path: Path) -> None:
    loaded = case.load(write_small(tmp_path / "c"))
    assert list(loaded.tables) == list(catalogue())
    assert (loaded.defects, loaded.notices) == ([], [])
    assert (loaded.year, loaded.months[0], loaded.months[-1]) == (2025, "2025-01", "2025-12")
    assert loaded.meta["packs"] == {"facility": "cement-2024"}
    assert loaded.meta["verifier"] == {"name": "", "contract_no": "", "report_no": ""}


def test_values_have_their_types_and_places(tmp_path: Path) -> None:
    loaded = case.load(write_small(tmp_path / "c"))
    row = loaded.tables["monthly_values"][2]
    assert row.values == {"source_id": "s_ledger", "month": "2025-03", "value": Decimal("1003.25"), "unit": "t"}
    assert str(row.cell("value")) == "data.xlsx#月报数据!C5"
    ticket = loaded.tables["tickets"][0]
    assert (ticket["ticket_no"], ticket["weighed_on"], ticket["vehicle"]) == ("0001", date(2025, 3, 1), None)
    assert loaded.tables["facilities"][0]["in_facility_boundary"] is False
    assert loaded.tables["nodes"][0]["kind"] == "store"


def test_inputs_are_hashed(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    (root / "evidence" / "报告.pdf").write_bytes(b"%PDF-1.7")
    inputs = {entry.file: entry for entry in case.load(root).inputs}
    assert list(inputs) == ["case.yaml", "data.xlsx", "evidence/报告.pdf"]
    assert inputs["evidence/报告.pdf"].sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert (inputs["data.xlsx"].format, inputs["evidence/报告.pdf"].bytes) == ("xlsx", 8)


def test_through_cuts_the_months_and_keeps_the_rows(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    loaded = case.load(root, through="2025-06")
    assert (loaded.months[-1], loaded.through) == ("2025-06", "2025-06")
    assert len(loaded.tables["monthly_values"]) == 12
    for wrong in ("2024-06", "2025-13", "06"):
        with pytest.raises(UsageError, match="a month of 2025"):
            case.load(root, through=wrong)


def test_expected_findings_are_read(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    assert case.load(root).expected is None
    (root / "expected_findings.csv").write_text(
        "rule,facility,period,stream,source\nchain.year,k1,2025,c_k1,reported\n"
    )
    assert case.load(root).expected == [
        {"rule": "chain.year", "facility": "k1", "period": "2025", "stream": "c_k1", "source": "reported"}
    ]


def _with(table: str, index: int, **cells: Any) -> Rows:
    rows = small_tables()[table]
    rows[index] = rows[index] | cells
    return {table: rows}


@pytest.mark.parametrize(
    ("tables", "defect"),
    [
        (
            _with("monthly_values", 1, value="约1000"),
            ("data.xlsx#月报数据!C4", "value", "a number", "'约1000'"),
        ),
        (
            _with("monthly_values", 1, value=None),
            ("data.xlsx#月报数据!C4", "value", "a value", "an empty cell"),
        ),
        (
            _with("monthly_values", 1, month="2024-02"),
            ("data.xlsx#月报数据!B4", "month", "a month of 2025", "2024-02"),
        ),
        (
            _with("monthly_values", 1, month="2025-01"),
            (
                "data.xlsx#月报数据!B4",
                "month",
                "one row for s_ledger, 2025-01",
                "a second one (first: data.xlsx#月报数据!3)",
            ),
        ),
        (
            _with("monthly_values", 1, source_id="s_leger"),
            ("data.xlsx#月报数据!A4", "source_id", "an id of 数据来源 (sources)", "'s_leger'"),
        ),
        (
            _with("stock_counts", 1, quantity_t=Decimal("-12.5")),
            ("data.xlsx#盘存与盘库!D4", "quantity_t", "a number not below 0", "-12.5"),
        ),
        (
            _with("nodes", 1, kind="仓"),
            ("data.xlsx#节点!C4", "kind", "one of process, store, bus, boundary", "'仓'"),
        ),
        (
            _with("reported", 0, data_year=2019),
            ("data.xlsx#报告数据!E3", "data_year", "the data year 2025 or the year before", "2019"),
        ),
        (
            _with("reported", 2, month="2024-01"),
            ("data.xlsx#报告数据!F5", "month", "a month of 2025", "2024-01"),
        ),
    ],
)
def test_a_faulty_value_is_a_defect_and_the_run_goes_on(tmp_path: Path, tables: Rows, defect: tuple[str, ...]) -> None:
    loaded = case.load(write_small(tmp_path / "c", tables))
    assert _defects(loaded) == [defect]
    table = loaded.defects[0].table
    for row in loaded.tables[table]:
        if row.place == loaded.defects[0].row.place:
            assert row[defect[1]] is None


def test_rows_that_cannot_be_placed_stand_in_the_defects_only(tmp_path: Path) -> None:
    loaded = case.load(write_small(tmp_path / "c", _with("monthly_values", 1, month="二月")))
    assert len(loaded.tables["monthly_values"]) == 11
    assert loaded.defects[0].row["value"] == Decimal("1002.25")


def test_a_number_that_occurs_twice_is_no_defect_here(tmp_path: Path) -> None:
    tickets = small_tables()["tickets"] * 2
    loaded = case.load(write_small(tmp_path / "c", {"tickets": tickets}))
    assert (loaded.defects, len(loaded.tables["tickets"])) == ([], 2)


def test_a_fraction_above_one_is_a_defect(tmp_path: Path) -> None:
    instruments = [{"instrument_id": "i1", "name": "秤", "kind": "belt_scale", "accuracy_fraction": Decimal("0.5")}]
    assert case.load(write_small(tmp_path / "c", {"instruments": instruments})).defects == []
    instruments[0]["accuracy_fraction"] = Decimal("5")
    loaded = case.load(write_small(tmp_path / "d", {"instruments": instruments}))
    assert [defect.expected for defect in loaded.defects] == ["a fraction from 0 to 1"]
    assert loaded.tables["instruments"][0]["accuracy_fraction"] is None


def test_rows_that_hang_on_a_lost_row_are_told_once(tmp_path: Path) -> None:
    loaded = case.load(write_small(tmp_path / "c", _with("streams", 0, from_node="n_nowhere")))
    assert [(defect.table, defect.column) for defect in loaded.defects] == [("streams", "from_node")]
    assert [loaded.tables[name] for name in ("streams", "sources", "monthly_values", "tickets")] == [[], [], [], []]
    assert any("refers to c_k1, a row of streams that was left out" in notice.en for notice in loaded.notices)


def test_a_sample_of_usual_size_is_read_in_a_second(tmp_path: Path) -> None:
    days = [date(2025, 1, 1) + timedelta(day) for day in range(365)]
    sources = [
        {
            "source_id": f"s{number}",
            "name": "日台账",
            "stream_id": "c_k1",
            "records": "daily_values",
            "rank": 3,
            "derives_from": "none",
        }
        for number in range(16)
    ]
    daily = [
        {"source_id": source["source_id"], "day": day, "value": Decimal("1234.56"), "unit": "t"} for source in sources for day in days
    ]  # fmt: skip
    root = write_small(tmp_path / "c", {"sources": small_tables()["sources"] + sources, "daily_values": daily})
    start = time.process_time()
    loaded = case.load(root)
    assert len(loaded.tables["daily_values"]) == 5840
    assert time.process_time() - start < 2.0


PROFILE = """
file: evidence/settlement.csv
table: monthly_values
header_row: [2, 3]
columns: {月份: month, 电量/总: value}
constants: {source_id: s_ledger}
units: {value: 10^4 kWh}
skip_rows: [合计]
"""


def _profiled(root: Path, profile: str, name: str, content: str) -> Path:
    write_small(root, {"monthly_values": []}, profiles=["profiles/p.yaml"])
    (root / "profiles").mkdir()
    (root / "profiles" / "p.yaml").write_text(profile, encoding="utf-8")
    (root / "evidence" / name).write_text(content, encoding="gb18030")
    return root


def test_a_profile_reads_another_layout(tmp_path: Path) -> None:
    content = '2025年电费结算\n月份,电量,\n,总,峰\n2025年1月,"1,234.5",2\n合计,1,2\n２０２５年２月,7,\n\n'
    loaded = case.load(_profiled(tmp_path / "c", PROFILE, "settlement.csv", content))
    rows = loaded.tables["monthly_values"]
    assert [row.values for row in rows] == [
        {"source_id": "s_ledger", "month": "2025-01", "value": Decimal("1234.5"), "unit": "10^4 kWh"},
        {"source_id": "s_ledger", "month": "2025-02", "value": Decimal("7"), "unit": "10^4 kWh"},
    ]
    assert str(rows[1].cell("value")) == "evidence/settlement.csv#!B6"
    assert [(str(notice.place), notice.en) for notice in loaded.notices] == [
        ("evidence/settlement.csv#!5", "row not read: 合计")
    ]
    assert {entry.file: entry.format for entry in loaded.inputs}["evidence/settlement.csv"] == "csv (gb18030)"


def test_a_profile_converts_to_the_unit_of_the_row(tmp_path: Path) -> None:
    profile = PROFILE.replace("{source_id: s_ledger}", "{source_id: s_ledger, unit: MWh}")
    loaded = case.load(_profiled(tmp_path / "c", profile, "settlement.csv", "x\n月份,电量\n,总\n2025-01,12.5\n"))
    assert [(row["value"], row["unit"]) for row in loaded.tables["monthly_values"]] == [(Decimal("125.0"), "MWh")]


def test_a_profile_reads_units_from_a_row_of_the_file(tmp_path: Path) -> None:
    profile = """
file: evidence/g.csv
table: generation
header_row: 1
unit_row: 2
columns: {月份: month, 发电: gross_mwh, 厂用: own_use_mwh, 供电: supplied_mwh, 上网: exported_mwh}
constants: {facility_id: k1}
signs: {exported_mwh: -1}
"""
    content = "月份,发电,厂用,供电,上网\n,万kWh,(kWh),MWh,MWh\n2025-01,12,5000,100,-15\n"
    row = case.load(_profiled(tmp_path / "c", profile, "g.csv", content)).tables["generation"][0]
    assert [row[name] for name in ("gross_mwh", "own_use_mwh", "supplied_mwh", "exported_mwh")] == [120, 5, 100, 15]


def test_several_profiles_append_to_one_table(tmp_path: Path) -> None:
    root = _profiled(tmp_path / "c", PROFILE, "settlement.csv", "x\n月份,电量\n,总\n2025-01,1\n")
    (root / "evidence" / "b.csv").write_text("月份,值\n2025-02,2\n", encoding="utf-8")
    second = "file: evidence/b.csv\ntable: monthly_values\ncolumns: {月份: month, 值: value}\nconstants: {source_id: s_ledger, unit: MWh}\n"
    (root / "profiles" / "q.yaml").write_text(second, encoding="utf-8")
    text = (
        (root / "case.yaml")
        .read_text(encoding="utf-8")
        .replace("- profiles/p.yaml", "- profiles/p.yaml\n- profiles/q.yaml")
    )
    (root / "case.yaml").write_text(text, encoding="utf-8")
    assert [row["month"] for row in case.load(root).tables["monthly_values"]] == ["2025-01", "2025-02"]


def test_a_profile_names_all_its_faults(tmp_path: Path) -> None:
    profile = PROFILE.replace("月份: month", "月份: mont").replace("value: 10^4 kWh", "value: 亩")
    with pytest.raises(InputErrors) as problem:
        case.load(_profiled(tmp_path / "c", profile, "settlement.csv", "x\n月份,电量\n,总\n"))
    assert [fault.expected for fault in problem.value.faults] == [
        "a column of monthly_values under columns (nearest: month)",
        "a unit of value",
        "the required column month under columns or constants",
    ]


def test_a_profile_names_the_nearest_heading(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as problem:
        case.load(_profiled(tmp_path / "c", PROFILE, "settlement.csv", "x\n月分,电量\n,总\n"))
    fault = problem.value.faults[0]
    assert (str(fault.place), fault.expected) == ("evidence/settlement.csv#!2", "the heading '月份'")
    assert fault.found == "no such heading (nearest: 月分)"


def test_writing_never_goes_over_something(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    with pytest.raises(UsageError, match="is not written over"):
        write_small(root)
    with pytest.raises(UsageError, match="a step out of the folder"):
        case.write(tmp_path / "d", META, {}, evidence_files={"../x.csv": "1"})
    assert not (tmp_path / "x.csv").exists()


def test_an_entity_pack_needs_the_entity(tmp_path: Path) -> None:
    facilities = small_tables()["facilities"][1:]
    root = write_small(tmp_path / "c", {"facilities": facilities}, packs={"entity": "cement-2024"})
    with pytest.raises(InputError) as problem:
        case.load(root)
    assert (problem.value.expected, problem.value.found) == ("one facility of kind entity", "none")
