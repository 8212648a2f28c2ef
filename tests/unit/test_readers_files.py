"""What a file really is, what it holds, and what is hidden in it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from verifierkit.readers import Grid, read_grid
from verifierkit.readers.grid import Flaw


def _read(path: Path) -> Grid:
    return read_grid(path, place_file=f"evidence/{path.name}")


def _said(grid: Grid) -> list[str]:
    return [f"{notice.place}: {notice.en}" for notice in grid.notices]


def _xlsx(path: Path, *, date1904: bool = False) -> Path:
    book = xlsxwriter.Workbook(str(path), {"date_1904": date1904})
    sheet = book.add_worksheet("台账")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_datetime(1, 1, datetime(2025, 3, 1), day)
    sheet.write(2, 1, 12.5)
    sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
    sheet.write_formula(4, 1, "=B3*2", None, 25)
    sheet.write_formula(5, 1, "=B3*3", None, "")
    sheet.write_string(6, 1, "=1+1")
    sheet.merge_range(7, 1, 7, 3, "合并")
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(2, 3, None, None, {"hidden": True})
    book.add_worksheet("底稿").hide()
    book.close()
    return path


def test_a_workbook_gives_values_and_what_is_hidden(tmp_path: Path) -> None:
    grid = _read(_xlsx(tmp_path / "a.xlsx"))
    sheet = grid.sheets[0]
    assert grid.format == "xlsx"
    assert [row[1] for row in sheet.rows[1:7]] == [
        date(2025, 3, 1), 12.5, Flaw("#DIV/0!"), 25.0, Flaw("a formula whose result is not stored"), "=1+1",
    ]  # fmt: skip
    assert sheet.merged == (((7, 1), (7, 3)),)
    assert _said(grid) == [
        "evidence/a.xlsx#台账: hidden rows: 3",
        "evidence/a.xlsx#台账: hidden columns: C:D",
        "evidence/a.xlsx#底稿: hidden sheet",
    ]


def test_dates_from_1904_are_the_same_dates(tmp_path: Path) -> None:
    grid = _read(_xlsx(tmp_path / "a.xlsx", date1904=True))
    assert grid.sheets[0].rows[1][1] == date(2025, 3, 1)
    assert grid.date1904
    assert "evidence/a.xlsx: dates count from 1904" in _said(grid)


def test_an_old_workbook_gives_values_and_what_is_hidden(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("旧表")
    sheet.write(1, 1, date(2025, 3, 1), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.write(2, 1, 0.1)
    sheet.row(2).hidden = True
    sheet.col(3).hidden = True
    book.save(str(tmp_path / "a.xls"))
    grid = _read(tmp_path / "a.xls")
    assert (grid.format, grid.date1904) == ("xls", True)
    assert [row[1] for row in grid.sheets[0].rows[1:3]] == [date(2025, 3, 1), 0.1]
    assert grid.sheets[0].hidden_rows == (3,)
    assert "evidence/a.xls#旧表: hidden columns: D" in _said(grid)


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("erp.xls", "月份\t电量\n2025年1月\t1,234\n".encode("gb18030"), "tab-separated text (gb18030)"),
        ("erp.xls", "月份\t电量\n2025年1月\t1,234\n".encode("utf-16"), "tab-separated text (utf-16)"),
        ("erp.xls", '月份,电量\n2025年1月,"1,234"\n'.encode("utf-8-sig"), "csv (utf-8-sig)"),
        ("erp.xls", "<html><table><tr><th>月份<th>电量<tr><td>2025年1月<td>1,234</table>".encode(), "HTML"),
        (
            "erp.xlsx",
            "<META charset=gb2312><table><tr><td>月份</td><td>电量</td></tr><tr><td>2025年1月<td>1,234</table>".encode(
                "gbk"
            ),
            "HTML",
        ),
    ],
)
def test_text_and_html_under_a_workbook_name(tmp_path: Path, name: str, content: bytes, form: str) -> None:
    (tmp_path / name).write_bytes(content)
    grid = _read(tmp_path / name)
    assert grid.format == form
    assert grid.sheets[0].rows == [["月份", "电量"], ["2025年1月", "1,234"]]
    assert _said(grid) == [f"evidence/{name}: named {Path(name).suffix}, really {form}"]


def test_wps_files_say_what_they_are(tmp_path: Path) -> None:
    _xlsx(tmp_path / "a.xlsx").rename(tmp_path / "zip.et")
    book = xlwt.Workbook()
    book.add_sheet("表").write(0, 0, 1)
    book.save(str(tmp_path / "ole.et"))
    assert _read(tmp_path / "zip.et").format == "WPS (zip)"
    assert _said(_read(tmp_path / "ole.et")) == ["evidence/ole.et: really WPS (OLE)"]


def test_a_workbook_under_a_text_name(tmp_path: Path) -> None:
    _xlsx(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    assert "evidence/a.csv: named .csv, really xlsx" in _said(_read(tmp_path / "a.csv"))


def test_html_spans_keep_cells_in_their_columns(tmp_path: Path) -> None:
    html = "<table><tr><td rowspan=2>月份<td colspan=2>电量<tr><td>峰<td>谷<tr><td>1月<td x:num='1234.5'>1,234.50<td>2</table>"
    (tmp_path / "a.html").write_text(html, encoding="utf-8")
    sheet = _read(tmp_path / "a.html").sheets[0]
    assert sheet.rows == [["月份", "电量", ""], ["", "峰", "谷"], ["1月", "1234.5", "2"]]
    assert sheet.merged == (((0, 0), (1, 0)), ((0, 1), (0, 2)))


def test_html_scripts_are_text_that_nobody_reads(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<table><tr><td><script>alert(1)</script>x</td></tr></table>", encoding="utf-8")
    assert _read(tmp_path / "a.html").sheets[0].rows == [["x"]]


def test_the_file_is_not_touched(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    _read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
