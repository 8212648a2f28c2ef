"""Wide tables by profile: months or times of the day over columns, each cell its own row."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.unit.case_builder import write_small
from verifierkit import case
from verifierkit.columns import Row
from verifierkit.errors import InputErrors
from verifierkit.intervals.rows import IntervalRecords

CURVE = """
file: evidence/w.csv
table: interval_values
columns: {户号: source_id}
spread: {heading: end, value: value_kwh, day: 数据日期}
clock: {stamped: end, minutes: 15}
"""
TIMES = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 24 * 60 + 1, 15)]
LEDGER = """
file: evidence/w.csv
table: monthly_values
columns: {来源: source_id, 单位: unit}
spread: {heading: month, value: value, year: 2025}
skip_rows: [合计]
"""
QUARTER = timedelta(minutes=15)


def load(root: Path, profile: str, lines: list[str]) -> case.Case:
    write_small(root, {"monthly_values": [], "interval_values": []}, profiles=["profiles/p.yaml"])
    (root / "profiles").mkdir()
    (root / "profiles" / "p.yaml").write_text(profile, encoding="utf-8")
    (root / "evidence" / "w.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return case.load(root)


def curve(root: Path, profile: str, headings: list[str], days: list[str], value: str = "1.5") -> list[Row]:
    lines = [",".join(["户号", "数据日期", "日电量", *headings])]
    lines += [",".join(["s_ledger", day, "144", *[value] * len(headings)]) for day in days]
    return load(root, profile, lines).tables["interval_values"]


def test_ninety_six_points_a_day_are_ninety_six_intervals(tmp_path: Path) -> None:
    rows = curve(tmp_path / "c", CURVE, TIMES, ["2025-03-01", "2025-03-02"])
    assert len(rows) == 192
    assert [(row["start"], row["end"]) for row in rows] == [
        (datetime(2025, 3, 1) + QUARTER * n, datetime(2025, 3, 1) + QUARTER * (n + 1)) for n in range(192)
    ]
    assert [str(rows[n].cell("value_kwh")) for n in (0, 95, 96)] == [
        "evidence/w.csv#!D2",
        "evidence/w.csv#!CU2",
        "evidence/w.csv#!D3",
    ]
    assert [str(rows[95].cell(name)) for name in ("start", "end")] == ["evidence/w.csv#!B2"] * 2
    records = IntervalRecords(rows, zone="Asia/Shanghai")
    assert [(one.day.day, one.value) for one in records.days()] == [(1, Decimal(144)), (2, Decimal(144))]
    assert records.marks == []


@pytest.mark.parametrize(
    ("headings", "change"),
    [
        ([*TIMES[:-1], "00:00"], ("minutes: 15", "minutes: 15, midnight: same_day")),
        (["00:00", *TIMES[:-1]], ("end", "start")),
        ([f"P{n}" for n in range(1, 97)], ("day: 数据日期", "day: 数据日期, numbered: P")),
        ([f"{text}:00" for text in TIMES], ("", "")),
        ([text.replace(":", "：") for text in TIMES], ("", "")),
    ],
)
def test_other_ways_to_head_the_same_day(tmp_path: Path, headings: list[str], change: tuple[str, str]) -> None:
    profile = CURVE
    if change == ("end", "start"):
        profile = CURVE.replace("heading: end", "heading: start").replace("stamped: end", "stamped: start")
    elif change[0]:
        profile = CURVE.replace(*change)
    rows = sorted(curve(tmp_path / "c", profile, headings, ["2025/3/1"]), key=lambda row: row["start"])
    assert [(row["start"], row["end"]) for row in rows] == [
        (datetime(2025, 3, 1) + QUARTER * n, datetime(2025, 3, 1) + QUARTER * (n + 1)) for n in range(96)
    ]


def test_times_as_cells_of_a_spreadsheet(tmp_path: Path) -> None:
    root = tmp_path / "c"
    write_small(root, {"monthly_values": [], "interval_values": []}, profiles=["profiles/p.yaml"])
    (root / "profiles").mkdir()
    profile = CURVE.replace("w.csv", "w.xlsx").replace("minutes: 15", "minutes: 720")
    (root / "profiles" / "p.yaml").write_text(profile, encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["户号", "数据日期", time(12), 1.0])
    sheet["D1"].number_format = "[h]:mm"
    sheet.append(["s_ledger", datetime(2025, 3, 1), 10, 12])
    book.save(root / "evidence" / "w.xlsx")
    rows = case.load(root).tables["interval_values"]
    assert [(row["start"], row["end"], row["value_kwh"]) for row in rows] == [
        (datetime(2025, 3, 1), datetime(2025, 3, 1, 12), 10),
        (datetime(2025, 3, 1, 12), datetime(2025, 3, 2), 12),
    ]


def test_an_empty_cell_is_a_gap_and_a_wrong_one_a_defect_in_its_cell(tmp_path: Path) -> None:
    loaded = load(
        tmp_path / "c",
        CURVE.replace("minutes: 15", "minutes: 720"),
        ["户号,数据日期,12:00,24:00", "s_ledger,2025-03-01,10,", "s_ledger,2025-03-02,x,12", "s_ledger,2025-03-0x,1,2"],
    )
    assert [(row["end"], row["value_kwh"]) for row in loaded.tables["interval_values"][:3]] == [
        (datetime(2025, 3, 1, 12), Decimal(10)),
        (datetime(2025, 3, 2, 12), None),
        (datetime(2025, 3, 3), Decimal(12)),
    ]
    places = [(str(one.place), one.column) for one in loaded.defects]
    assert ("evidence/w.csv#!C3", "value_kwh") in places
    assert ("evidence/w.csv#!B4", "end") in places


def test_months_over_columns(tmp_path: Path) -> None:
    heads = ["来源", "单位", *[f"{n}月" for n in range(1, 13)], "全年"]
    lines = [",".join(heads), "s_ledger,t," + ",".join(str(n * 10) for n in range(1, 12)) + ",,660", "合计,,1"]
    loaded = load(tmp_path / "c", LEDGER, lines)
    rows = loaded.tables["monthly_values"]
    assert [(row["month"], row["value"], row["unit"]) for row in rows] == [
        (f"2025-{n:02d}", Decimal(n * 10), "t") for n in range(1, 12)
    ]
    assert [str(rows[k].cell("value")) for k in (0, 10)] == ["evidence/w.csv#!C2", "evidence/w.csv#!M2"]
    assert (loaded.defects, [notice.en for notice in loaded.notices]) == ([], ["row not read: 合计"])


@pytest.mark.parametrize("heading", ["2025-03", "2025年3月", "2025/3", "202503", "2025.03"])
def test_a_month_with_its_year_needs_no_other(tmp_path: Path, heading: str) -> None:
    loaded = load(tmp_path / "c", LEDGER.replace(", year: 2025", ""), [f"来源,单位,{heading}", "s_ledger,t,7"])
    assert [(row["month"], row["value"]) for row in loaded.tables["monthly_values"]] == [("2025-03", Decimal(7))]


@pytest.mark.parametrize(
    ("profile", "head", "message"),
    [
        (LEDGER, "来源,单位,甲,乙", "headings that are a month (1月, 2025-01), each once, found none"),
        (LEDGER, "来源,单位,1月,01月", "each once, found twice: 2025-01"),
        (CURVE, "户号,数据日期,25:00", "headings that are a time of the day (00:15 to 24:00), each once, found none"),
        (CURVE, "户号,日期,00:15", "the heading '数据日期', found no such heading"),
        (CURVE.replace(", day: 数据日期", ""), "户号,00:15", "the heading of the day under spread, found none"),
        (CURVE.replace(", minutes: 15", ""), "户号,数据日期,00:15", "a clock with minutes that stamps the end"),
        (CURVE.replace("heading: end", "heading: start"), "户号,数据日期,00:15", "stamps the start of the intervals"),
        (CURVE.replace("value_kwh", "power_kw"), "户号,数据日期,00:15", "a column of interval_values under spread"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, profile: str, head: str, message: str) -> None:
    with pytest.raises(InputErrors) as problem:
        load(tmp_path / "c", profile, [head, ",".join(["1"] * (head.count(",") + 1))])
    assert message in str(problem.value)


def test_a_spread_without_its_keys_names_them(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as problem:
        load(tmp_path / "c", LEDGER.replace("{heading: month, value: value, year: 2025}", "{year: 2025}"), ["来源"])
    assert all(name in str(problem.value) for name in ("heading", "value"))
