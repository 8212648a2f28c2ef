"""The workbook as written: bytes, texts and numbers that read back, drop-downs; and the start of a case."""

from __future__ import annotations

import hashlib
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.case_builder import META, small_tables, write_small
from verifierkit import case, workbook
from verifierkit.bookwriter import escape
from verifierkit.columns import catalogue
from verifierkit.errors import UsageError
from verifierkit.readers import read_grid


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    workbook.write(tmp_path / "a.xlsx", small_tables(), meta=META)
    workbook.write(tmp_path / "b.xlsx", small_tables(), meta=META)
    assert _digest(tmp_path / "a.xlsx") == _digest(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"202" not in re.sub(rb"<\?.*?\?>|http[^\"]*", b"", archive.read("docProps/core.xml"))


def test_rows_as_read_give_the_same_workbook_again(tmp_path: Path) -> None:
    loaded = case.load(write_small(tmp_path / "c"))
    workbook.write(tmp_path / "again.xlsx", loaded.tables, meta=META)
    assert _digest(tmp_path / "again.xlsx") == _digest(tmp_path / "c" / "data.xlsx")


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 551", "-x", "@name", "'quoted", "0012", "_x0041_", "a\x1bb", "<b>&", "{{7*7}}", "%run x"]
)
def test_text_that_looks_like_something_else_reads_back(tmp_path: Path, text: str) -> None:
    facilities = small_tables()["facilities"]
    facilities[1]["note"] = text
    loaded = case.load(write_small(tmp_path / "c", {"facilities": facilities}))
    assert loaded.tables["facilities"][1]["note"] == text


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=20, max_size=20))
def test_any_text_reads_back(tmp_path: Path, texts: list[str]) -> None:
    rows = [{"facility_id": f"f{number}", "name": text} for number, text in enumerate(texts)]
    workbook.write(tmp_path / "t.xlsx", {"facilities": rows}, replace=True)
    sheet = read_grid(tmp_path / "t.xlsx", place_file="t.xlsx").by_name()["排放设施"]
    read = [str(row[1]).strip() for row in sheet.rows[2:]]
    assert read == [
        text.replace("\ufffe", "").strip() if text.isprintable() else read[i] for i, text in enumerate(texts)
    ]


def test_formula_like_text_is_marked_and_stays_text(tmp_path: Path) -> None:
    facilities = small_tables()["facilities"]
    facilities[1]["note"] = "=HYPERLINK(1)"
    root = write_small(tmp_path / "c", {"facilities": facilities})
    cell = openpyxl.load_workbook(root / "data.xlsx")["排放设施"]["J4"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK(1)", "s", True)


def test_numbers_stay_numbers_and_ids_stay_text(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_small(tmp_path / "c") / "data.xlsx")
    assert (book["磅单"]["B3"].value, book["磅单"]["F3"].value) == ("0001", 31.52)
    assert book["磅单"]["C3"].value == datetime(2025, 3, 1)


def test_headings_drop_downs_and_frozen_panes(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_small(tmp_path / "c") / "data.xlsx")
    assert book.sheetnames == ["说明", *(spec.zh for spec in catalogue().values())]
    sheet = book["电费结算单"]
    assert (sheet["J1"].value, sheet["J2"].value) == ("抄见电量(千瓦时)", "Metered [kWh]")
    assert sheet.freeze_panes == "C3"
    lists = {str(entry.sqref).split(":")[0]: entry.formula1 for entry in sheet.data_validations.dataValidation}
    assert lists["D3"] == '"总,尖,峰,平,谷,深谷,反向"'
    assert lists["A3"] == "'数据来源'!$A$3:$A$20000"
    assert lists["W3"] == '"是,否"'


def test_drop_downs_fit_into_excel() -> None:
    from verifierkit.bookwriter import list_formula

    for spec in catalogue().values():
        for column in spec.columns.values():
            assert len(list_formula(column)) <= 257, column.name


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table 'facility'"):
        workbook.write(tmp_path / "a.xlsx", {"facility": []})
    with pytest.raises(UsageError, match="no column titel in the table facilities"):
        workbook.write(tmp_path / "a.xlsx", {"facilities": [{"titel": "x"}]})
    assert not (tmp_path / "a.xlsx").exists()


def test_escaping_is_reversible_for_the_workbook_notation() -> None:
    assert escape("_x0041_") == "_x005F_x0041_"
    assert escape("a\x00b") == "a_x0000_b"
    assert escape("plain") == "plain"


@pytest.mark.parametrize("sector", ["aluminium", "cement"])
def test_a_new_case_loads_without_defect(tmp_path: Path, sector: str) -> None:
    loaded = case.load(workbook.new_case(sector, tmp_path / "new"))
    assert (loaded.defects, loaded.notices) == ([], [])
    assert loaded.meta["sector"] == sector
    kinds = [row["kind"] for row in loaded.tables["facilities"]]
    assert kinds.count("entity") == 1
    inside = {row["facility_id"] for row in loaded.tables["facilities"] if row["in_facility_boundary"]}
    assert inside
    assert inside < {row["facility_id"] for row in loaded.tables["facilities"] if row["in_entity_boundary"]}
    sources = {row["source_id"]: row for row in loaded.tables["sources"]}
    for row in sources.values():
        assert row["derives_from"] == "none" or sources[row["derives_from"]]["stream_id"] == row["stream_id"]
    streams = {row["stream_id"] for row in sources.values()}
    assert {row["stream_id"] for row in loaded.tables["streams"] if row["parameter"]} <= streams


def test_every_sector_with_a_preset_is_named() -> None:
    assert workbook.sectors() == ["aluminium", "cement"]
    with pytest.raises(UsageError, match="no preset for the sector 'steel'; presets: aluminium, cement"):
        workbook.load_preset("steel", data_year=2025)


def test_a_new_case_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "keep.txt").write_text("x")
    with pytest.raises(UsageError, match="is not written over"):
        workbook.new_case("cement", tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["keep.txt"]


def test_a_case_from_last_year_carries_what_it_should(tmp_path: Path) -> None:
    items = [
        {"item_id": "1", "from_year": 2024, "text": "补检", "state": "open"},
        {"item_id": "2", "from_year": 2024, "text": "已办", "state": "closed"},
    ]
    last = write_small(tmp_path / "last", {"open_items": items}, hours=Decimal("64"))
    (last / "decisions.jsonl").write_text(
        '{"finding": "chain.year | k1", "disposition": "accepted", "status": "raised", "reason": "待更正"}\n'
        '{"finding": "chain.ledger | k1", "disposition": "accepted", "status": "closed", "reason": "已更正"}\n',
        encoding="utf-8",
    )
    loaded = case.load(workbook.new_case("cement", tmp_path / "next", from_case=last))
    assert (loaded.year, loaded.meta["hours"], loaded.defects) == (2026, None, [])
    assert [len(loaded.tables[name]) for name in ("facilities", "streams", "sources", "monthly_values", "tickets")] == [
        2,
        1,
        2,
        0,
        0,
    ]
    stock = [(row["counted_on"], row["quantity_t"], row["adjustment_t"]) for row in loaded.tables["stock_counts"]]
    assert stock == [(date(2025, 12, 31), Decimal("640.5"), None)]
    assert [(row["data_year"], row["month"]) for row in loaded.tables["reported"]] == [(2025, None)]
    texts = {row["item_id"]: row["text"] for row in loaded.tables["open_items"]}
    assert texts == {"1": "补检", "2025-01": "chain.year | k1: 待更正"}


def test_last_years_profiles_are_kept_for_this_years_files(tmp_path: Path) -> None:
    last = write_small(tmp_path / "last", profiles=["profiles/p.yaml"])
    (last / "profiles").mkdir()
    profile = "file: evidence/b.csv\ntable: monthly_values\ncolumns: {月份: month, 值: value}\nconstants: {source_id: s_ledger, unit: t}\n"
    (last / "profiles" / "p.yaml").write_text(profile, encoding="utf-8")
    (last / "evidence" / "b.csv").write_text("月份,值\n", encoding="utf-8")
    root = workbook.new_case("cement", tmp_path / "next", from_case=last)
    assert (root / "profiles" / "p.yaml").read_text(encoding="utf-8") == profile
    assert "#   - profiles/p.yaml" in (root / "case.yaml").read_text(encoding="utf-8")
    assert case.load(root).year == 2026


def test_last_years_sector_must_agree(tmp_path: Path) -> None:
    last = write_small(tmp_path / "last")
    with pytest.raises(UsageError, match="of the sector cement, not aluminium"):
        workbook.new_case("aluminium", tmp_path / "next", from_case=last)
    assert not (tmp_path / "next").exists()


def test_a_foreign_workbook_with_one_heading_row_is_read(tmp_path: Path) -> None:
    """A program that knows identifiers only: one heading row, English table names, csv-like text cells."""
    root = write_small(tmp_path / "c")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table, rows in small_tables().items():
        sheet = book.create_sheet(table)
        names = list(dict.fromkeys(name for row in rows for name in row))
        sheet.append(names)
        for row in rows:
            sheet.append([str(row[name]) if row.get(name) is not None else None for name in names])
    book.save(root / "data.xlsx")
    loaded = case.load(root)
    assert loaded.defects == []
    assert [len(loaded.tables[name]) for name in ("facilities", "monthly_values", "reported")] == [2, 12, 3]
