"""One small broken file per message: each names its place, what was expected and what was found."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwt

from tests.unit.case_builder import copy_small as write_small
from verifierkit import case
from verifierkit.errors import InputError, InputErrors

Breaker = Callable[[Path], None]
PROFILE = "file: evidence/a.csv\ntable: monthly_values\ncolumns: {月份: month, 值: value}\nconstants: {source_id: s_ledger, unit: t}\n"


def _faults(root: Path) -> list[tuple[str, str, str]]:
    """Place, expected and found of every fault that loading the case reports."""
    before = _state(root)
    with pytest.raises((InputError, InputErrors)) as problem:
        case.load(root)
    assert _state(root) == before
    error = problem.value
    faults = error.faults if isinstance(error, InputErrors) else (error,)
    assert all(fault.todo and "\n" not in str(fault) for fault in faults)
    return [(str(fault.place), fault.expected, fault.found) for fault in faults]


def _state(root: Path) -> dict[str, tuple[int, int]]:
    return {path.as_posix(): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in root.rglob("*")}


def _book(root: Path) -> tuple[Path, openpyxl.Workbook]:
    return root / "data.xlsx", openpyxl.load_workbook(root / "data.xlsx")


def _rename_sheet(root: Path) -> None:
    path, book = _book(root)
    book["月报数据"].title = "月报数值"
    book.save(path)


def _drop_column(root: Path) -> None:
    path, book = _book(root)
    book["月报数据"].delete_cols(3)
    book["磅单"].delete_cols(2)
    book.save(path)


def _misspell_heading(root: Path) -> None:
    path, book = _book(root)
    book["磅单"]["F1"], book["磅单"]["F2"] = "净 重量(t)", None
    book.save(path)


def _double_heading(root: Path) -> None:
    path, book = _book(root)
    book["月报数据"]["E1"] = "数值"
    book.save(path)


def _double_sheet(root: Path) -> None:
    path, book = _book(root)
    book.create_sheet("tickets").append(["source_id"])
    book.save(path)


def _zip_with(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _members(root: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(root / "data.xlsx") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write(root: Path, members: dict[str, bytes]) -> None:
    (root / "data.xlsx").write_bytes(_zip_with(members))


def _entity(root: Path) -> None:
    members = _members(root)
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    members["xl/worksheets/sheet2.xml"] = bomb + members["xl/worksheets/sheet2.xml"].split(b"?>", 1)[-1]
    _write(root, members)


def _lying_size(root: Path) -> None:
    """An archive whose directory says that a member is smaller than it is."""
    data = bytearray((root / "data.xlsx").read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    (root / "data.xlsx").write_bytes(bytes(data))


def _far_cell(root: Path) -> None:
    members = _members(root)
    sheet = members["xl/worksheets/sheet3.xml"]
    members["xl/worksheets/sheet3.xml"] = sheet.replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    _write(root, members)


def _ole(*, encrypted: bool) -> bytes:
    """A compound file with one stream: an encrypted package, or something that is no workbook."""
    name = "EncryptedPackage" if encrypted else "Something"
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    head += struct.pack("<I", free) * ((sector - len(head)) // 4)
    fat = struct.pack("<4I", 0xFFFFFFFD, end, 3, 4) + b"".join(struct.pack("<I", i) for i in range(5, 11))
    fat += struct.pack("<I", end) + struct.pack("<I", free) * (128 - 11)

    def entry(text: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = text.encode("utf-16-le").ljust(64, b"\0")
        links = struct.pack("<HBBIII", 2 * len(text) + 2, kind, 1, free, free, child)
        return raw + links + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, 4096)
    return head[:sector] + fat + directory.ljust(sector, b"\0") + bytes(4096 + sector)


def _old_with_password(root: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("表").write(0, 0, 1)
    path = root / "data.xls"
    book.save(str(path))
    data = path.read_bytes()
    path.unlink()
    at = data.find(b"\x09\x08\x10\x00")
    size = struct.unpack_from("<H", data, at + 2)[0]
    place = at + 4 + size
    (root / "data.xlsx").write_bytes(data[:place] + struct.pack("<HH", 0x2F, 6) + data[place + 4 :])


def _set_meta(old: str, new: str) -> Breaker:
    def breaker(root: Path) -> None:
        text = (root / "case.yaml").read_text(encoding="utf-8")
        assert old in text
        (root / "case.yaml").write_text(text.replace(old, new), encoding="utf-8")

    return breaker


def _put(name: str, content: bytes) -> Breaker:
    def breaker(root: Path) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)

    return breaker


def _profile(profile: str, content: bytes = "月份,值\n2025-01,1\n".encode()) -> Breaker:
    def breaker(root: Path) -> None:
        _put("profiles/p.yaml", profile.encode())(root)
        _put("evidence/a.csv", content)(root)
        _set_meta("workbook: data.xlsx", "workbook: data.xlsx\nprofiles: [profiles/p.yaml]")(root)

    return breaker


def _evidence_row(file: str) -> Breaker:
    def breaker(root: Path) -> None:
        path, book = _book(root)
        book["支撑材料清单"].append([file])
        book.save(path)

    return breaker


BOOK_CASES: dict[str, tuple[Breaker, tuple[str, str, str]]] = {
    "missing workbook": (
        lambda root: (root / "data.xlsx").unlink(),
        ("case.yaml", "the file data.xlsx", "no such file"),
    ),
    "empty workbook": (_put("data.xlsx", b""), ("data.xlsx", "a table", "an empty file")),
    "truncated workbook": (
        lambda root: (root / "data.xlsx").write_bytes((root / "data.xlsx").read_bytes()[:5000]) and None,
        ("data.xlsx", "a complete workbook", "a damaged or truncated file (File is not a zip file)"),
    ),
    "encrypted workbook": (
        _put("data.xlsx", _ole(encrypted=True)),
        ("data.xlsx", "a workbook without a password", "an encrypted workbook"),
    ),
    "encrypted old workbook": (
        _old_with_password,
        ("data.xlsx", "a workbook without a password", "an encrypted workbook"),
    ),
    "OLE without workbook": (
        _put("data.xlsx", _ole(encrypted=False)),
        ("data.xlsx", "a workbook", "an OLE file without a workbook inside"),
    ),
    "PDF": (_put("data.xlsx", b"%PDF-1.7 ..."), ("data.xlsx", "a workbook, csv text or an HTML table", "a PDF file")),
    "Word file": (
        _put("data.xlsx", _zip_with({"word/document.xml": b"<a/>"})),
        ("data.xlsx", "a workbook, csv text or an HTML table", "a Word document"),
    ),
    "no table in HTML": (
        _put("data.xlsx", b"<html><body>error 500</body></html>"),
        ("data.xlsx", "a table", "HTML without a filled table"),
    ),
    "unreadable sheet": (
        lambda root: _write(root, _members(root) | {"xl/worksheets/sheet2.xml": b"<worksheet><sheetData><row r="}),
        ("data.xlsx", "a readable workbook", ""),
    ),
    "ratio bomb": (
        _put("data.xlsx", _zip_with({"xl/workbook.xml": bytes(20_000_000)})),
        ("data.xlsx", "a packing ratio of at most 100", ""),
    ),
    "size bomb": (
        lambda root: _write(root, {f"{number}.bin": os.urandom(64) + bytes(21 * 1024**2) for number in range(10)}),
        ("data.xlsx", "at most 200 MB unpacked", "210 MB"),
    ),
    "member bomb": (
        _put("data.xlsx", _zip_with({f"{number}.txt": b"" for number in range(10_001)})),
        ("data.xlsx", "at most 10000 files in the archive", "10001"),
    ),
    "lying archive": (_lying_size, ("data.xlsx", "a complete workbook", "")),
    "XML entities": (
        _entity,
        ("data.xlsx", "a workbook without XML entities", "an XML document type or entity in xl/worksheets/sheet2.xml"),
    ),
    "stray far cell": (
        _far_cell,
        ("data.xlsx", "at most 20000000 cells in a sheet", "cells spread over 1048576 rows and 16384 columns"),
    ),
    "misspelt sheet": (
        _rename_sheet,
        ("data.xlsx#月报数值", "the name of a table (nearest: 月报数据, monthly_values)", "'月报数值'"),
    ),
    "sheet twice": (_double_sheet, ("data.xlsx#tickets", "one sheet for tickets", "磅单 and tickets")),
    "column twice": (_double_heading, ("data.xlsx#月报数据!E1", "every column once", "value again")),
    "misspelt heading": (
        _misspell_heading,
        ("data.xlsx#磅单!F1", "a column of 磅单 (nearest: 净重(t), net_t)", "'净 重量(t)'"),
    ),
    "path out of the folder": (
        _evidence_row("../secret.pdf"),
        ("data.xlsx#支撑材料清单!A3", "a path inside the case folder", "'../secret.pdf'"),
    ),
}


@pytest.mark.parametrize("name", BOOK_CASES)
def test_broken_workbook(tmp_path: Path, name: str) -> None:
    breaker, (place, expected, found) = BOOK_CASES[name]
    root = write_small(tmp_path / "c")
    breaker(root)
    fault = _faults(root)[0]
    assert fault[:2] == (place, expected)
    assert fault[2] == found if found else fault[2]


def test_all_missing_columns_of_a_file_are_named_in_one_go(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    _drop_column(root)
    assert _faults(root) == [
        ("data.xlsx#月报数据", "the column 数值 (value)", "no such heading"),
        ("data.xlsx#磅单", "the column 磅单号 (ticket_no)", "no such heading"),
    ]


YAML_CASES: dict[str, tuple[Breaker, tuple[str, str, str]]] = {
    "misspelt key": (
        _set_meta("province:", "provinze:"),
        ("case.yaml#!8", "a key of the form (nearest: province)", "'provinze'"),
    ),
    "misspelt nested key": (
        _set_meta("industry_code:", "industrycode:"),
        ("case.yaml#!5", "a key of enterprise (nearest: industry_code)", "'industrycode'"),
    ),
    "missing key": (_set_meta("sector: cement\n", ""), ("case.yaml#!1", "the key sector", "no such key or no value")),
    "wrong type": (
        _set_meta("data_year: 2025", "data_year: 2025年"),
        ("case.yaml#!7", "a whole number for data_year", "'2025年'"),
    ),
    "list for text": (
        _set_meta("province: 安徽", "province: [安徽]"),
        ("case.yaml#!8", "text for province", "a list"),
    ),
    "unknown sector": (
        _set_meta("sector: cement", "sector: cemment"),
        ("case.yaml#!6", "one of cement, aluminium, electricity for sector (nearest: cement)", "'cemment'"),
    ),
    "unknown track": (
        _set_meta("facility: cement", "plant: cement"),
        ("case.yaml#!10", "facility or entity beneath packs", "'plant'"),
    ),
    "wrong date": (
        _set_meta("workbook:", "visit: {from: 2026-02-30}\nworkbook:"),
        ("case.yaml#!11", "a value", "day is out of range for month"),
    ),
    "newer schema": (_set_meta("schema: 1", "schema: 2"), ("case.yaml#!1", "schema 1", "2")),
    "year that is none": (_set_meta("data_year: 2025", "data_year: 25"), ("case.yaml#!7", "a calendar year", "25")),
    "case id as path": (
        _set_meta("case_id: small-2025", "case_id: ../x"),
        ("case.yaml#!2", "letters, digits, - and _", "'../x'"),
    ),
    "no data at all": (_set_meta("workbook: data.xlsx\n", ""), ("case.yaml", "a workbook or profiles", "neither")),
    "custom tag": (
        _set_meta("province: 安徽", "province: !!python/object/apply:os.system [echo]"),
        ("case.yaml#!8", "values without a tag", "the tag tag:yaml.org,2002:python/object/apply:os.system"),
    ),
    "alias bomb": (
        _set_meta("province: 安徽", "province: &a [x, x]\nboundary: [*a, *a]"),
        ("case.yaml#!8", "values written out", "an anchor or alias"),
    ),
    "deep nesting": (
        _set_meta("province: 安徽", f"province: {'[' * 200}{']' * 200}"),
        ("case.yaml#!8", "at most 12 levels", "more"),
    ),
    "key twice": (
        _set_meta("province: 安徽", "province: 安徽\nprovince: 江苏"),
        ("case.yaml#!9", "every key once", "'province' again (first in line 8)"),
    ),
    "no YAML": (_set_meta("province: 安徽", "province: '安徽"), ("case.yaml", "YAML", "")),
    "empty": (_put("case.yaml", b"# nothing\n"), ("case.yaml#!1", "keys and values", "an empty file")),
    "not UTF-8": (
        _put("case.yaml", "schema: 1\nprovince: 安徽\n".encode("gbk")),
        ("case.yaml#!2", "UTF-8", "byte 0xB0"),
    ),
    "absolute path": (
        _set_meta("workbook: data.xlsx", "workbook: /etc/passwd"),
        ("case.yaml#!11", "a path inside the case folder for workbook", "'/etc/passwd': an absolute path"),
    ),
    "climbing path": (
        _set_meta("workbook: data.xlsx", "workbook: evidence/../../data.xlsx"),
        (
            "case.yaml#!11",
            "a path inside the case folder for workbook",
            "'evidence/../../data.xlsx': a step out of the folder (..)",
        ),
    ),
    "drive path": (
        _set_meta("workbook: data.xlsx", "workbook: 'C:\\data.xlsx'"),
        ("case.yaml#!11", "a path inside the case folder for workbook", "'C:\\\\data.xlsx': an absolute path"),
    ),
    "device name": (
        _set_meta("workbook: data.xlsx", "workbook: evidence/nul.xlsx"),
        (
            "case.yaml#!11",
            "a path inside the case folder for workbook",
            "'evidence/nul.xlsx': a device name of Windows",
        ),
    ),
}


@pytest.mark.parametrize("name", YAML_CASES)
def test_broken_case_file(tmp_path: Path, name: str) -> None:
    breaker, (place, expected, found) = YAML_CASES[name]
    root = write_small(tmp_path / "c")
    breaker(root)
    fault = _faults(root)[0]
    assert fault[1] == expected
    assert fault[0] == place if "#" in place else fault[0].startswith(place)
    assert fault[2] == found if found else fault[2]


def test_all_faults_of_the_case_file_are_named_in_one_go(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    _set_meta("province:", "provinze:")(root)
    _set_meta("data_year: 2025", "data_year: x")(root)
    assert len(_faults(root)) == 2


PROFILE_CASES: dict[str, tuple[Breaker, tuple[str, str, str]]] = {
    "missing profile": (
        _set_meta("workbook: data.xlsx", "profiles: [profiles/p.yaml]"),
        ("case.yaml", "the file profiles/p.yaml", "no such file"),
    ),
    "missing file": (
        _profile(PROFILE.replace("a.csv", "b.csv")),
        ("profiles/p.yaml", "the file evidence/b.csv", "no such file"),
    ),
    "unknown table": (
        _profile(PROFILE.replace("monthly_values", "monthly_value")),
        ("profiles/p.yaml#!2", "a table of the catalogue (nearest: monthly_values)", "'monthly_value'"),
    ),
    "unknown column": (
        _profile(PROFILE.replace("值: value", "值: values")),
        ("profiles/p.yaml", "a column of monthly_values under columns (nearest: value)", "'values'"),
    ),
    "unknown key": (
        _profile(PROFILE + "heder_row: 1\n"),
        ("profiles/p.yaml#!5", "a key of the form (nearest: header_row)", "'heder_row'"),
    ),
    "unit of another kind": (
        _profile(
            PROFILE.replace("monthly_values", "generation").replace("值: value", "值: gross_mwh")
            + "units: {gross_mwh: t}\n"
        ),
        ("profiles/p.yaml", "a column of generation under constants", "'source_id'"),
    ),
    "sign that is none": (
        _profile(PROFILE + "signs: {value: 2}\n"),
        ("profiles/p.yaml", "1 or -1 for value", "2"),
    ),
    "missing sheet": (
        _profile(PROFILE + "sheet: 电费\n"),
        ("evidence/a.csv", "the sheet '电费'", "the sheets "),
    ),
    "missing heading": (
        _profile(PROFILE, "月份,电量\n2025-01,1\n".encode()),
        ("evidence/a.csv#!1", "the heading '值'", "no such heading"),
    ),
    "heading twice": (
        _profile(PROFILE, "月份,值,值\n2025-01,1,2\n".encode()),
        ("evidence/a.csv#!1", "the heading '值'", "2 such headings"),
    ),
    "undecodable text": (
        _profile(PROFILE, "月份,值\n2025-01,".encode() + b"\xff\xff\n"),
        ("evidence/a.csv", "text in UTF-8 or GB18030", "byte 0xFF at position 20, line 2"),
    ),
    "binary under a csv name": (
        _profile(PROFILE, b"a,b\n\x00\x01\x02"),
        ("evidence/a.csv", "text in UTF-8 or GB18030", "byte 0x00 at position 5, line 2"),
    ),
    "huge field": (
        _profile(PROFILE, b'a,"' + b"x" * 2_000_000),
        ("evidence/a.csv", "delimited text", "field larger than field limit (1048576)"),
    ),
}


@pytest.mark.parametrize("name", PROFILE_CASES)
def test_broken_profile(tmp_path: Path, name: str) -> None:
    breaker, fault = PROFILE_CASES[name]
    root = write_small(tmp_path / "c")
    breaker(root)
    assert fault in _faults(root)


def test_a_case_folder_that_is_none(tmp_path: Path) -> None:
    assert _faults(tmp_path / "nothing") == [("nothing", "a case folder", "no such folder")]
    (tmp_path / "empty").mkdir()
    assert _faults(tmp_path / "empty") == [("case.yaml", "the file case.yaml", "no such file")]


@pytest.mark.parametrize(
    ("mark", "after", "value"),
    [("Workbook".encode("utf-16-le"), 120, 3), (struct.pack("<H", 0x85), 4, 0xFFFFFF00)],
    ids=["stream of three bytes", "sheet beyond the end"],
)
def test_an_old_workbook_that_breaks_its_reader(tmp_path: Path, mark: bytes, after: int, value: int) -> None:
    """The library that reads it panics: that process ends, and the run says so in one line."""
    book = xlwt.Workbook()
    book.add_sheet("表").write(0, 0, 1)
    book.save(str(tmp_path / "a.xls"))
    data = bytearray((tmp_path / "a.xls").read_bytes())
    at = data.index(mark, 512) + after
    data[at : at + 4] = struct.pack("<I", value)
    root = write_small(tmp_path / "c")
    (root / "data.xlsx").write_bytes(bytes(data))
    assert _faults(root) == [("data.xlsx", "a readable workbook", "a damaged one")]
