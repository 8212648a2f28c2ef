"""The sheet of unconfirmed values: complete, the same bytes every time, no formulas, and read back strictly."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from verifierkit import cli, confirm, rulepack
from verifierkit.confirm.marks import Marked
from verifierkit.confirm.sheet import COLUMNS, FIRST_ROW, SHOWN
from verifierkit.errors import InputError, InputErrors, UsageError

NAMES = [name for name, _, _, _ in COLUMNS]
WHITE = ("clinker_factor_tco2_per_t", "white_clinker")


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path).worksheets[0]


def fill(path: Path, entry: tuple[str, str], **cells: Any) -> int:
    """Fill the row of a parameter and its selectors; returns the row."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = [
        number
        for number in range(FIRST_ROW, sheet.max_row + 1)
        if (sheet.cell(number, NAMES.index("name") + 1).value, sheet.cell(number, NAMES.index("selectors") + 1).value)
        == entry
    ]
    for name, value in cells.items():
        sheet.cell(rows[0], NAMES.index(name) + 1).value = value
    book.save(path)
    return rows[0]


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.xlsx"
    confirm.write(path, confirm.marked(["cement-2024"]))
    return path


ANSWER: dict[str, Any] = {
    "confirmed": "是",
    "read_clause": "表B.1",
    "page": "12",
    "person": "张三",
    "day": "2026-11-01",
}


def test_every_value_marked_b_or_c_stands_once() -> None:
    entries = confirm.marked()
    assert len({entry.key for entry in entries}) == len(entries)
    assert {entry.confidence for entry in entries} == {"B", "C"}
    for name in rulepack.names():
        listed = {(e.name, e.value) for e in confirm.marked([name]) if e.kind == "value"}
        pack = rulepack.load(name)
        held = {(v.parameter, v.text) for rows in pack.values.values() for v in rows if v.confidence != "A"}
        taken = {e.name for e in confirm.marked([name]) if e.kind == "taken over"}
        assert {pair for pair in held if pair[0] not in taken} <= listed, name


def test_an_entry_names_place_clause_and_what_speaks_against_it() -> None:
    entries = confirm.marked(["cement-2013"])
    found = next(e for e in entries if e.name == "nonfuel_carbon_fraction" and e.kind == "value")
    assert (found.file, found.value, found.confidence) == ("cement-2013.yaml", "0.001", "B")
    assert rulepack.read_text("cement-2013").splitlines()[found.line - 1].strip().startswith('- {value: "0.001"')
    assert "alternative: 0.003 1" in found.note
    coal = next(e for e in entries if e.name == "oxidation_fraction" and e.selectors == "bituminous")
    assert "(cement-2013.yaml)" in coal.note


def test_values_read_in_the_text_and_experience_are_left_out() -> None:
    listed = {(e.name, e.selectors) for e in confirm.marked(["cement-2024"])}
    assert WHITE in listed
    assert ("clinker_factor_tco2_per_t", "portland_clinker") not in listed
    assert not [e for e in confirm.marked() if e.kind == "band" and e.confidence == "C"]


def test_the_same_packs_give_the_same_bytes_and_nothing_is_written_over(tmp_path: Path) -> None:
    entries = confirm.marked(["cement-2024"])
    for name in ("a.xlsx", "b.xlsx"):
        confirm.write(tmp_path / name, entries)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with pytest.raises(UsageError, match="not written over"):
        confirm.write(tmp_path / "a.xlsx", entries)


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    entry = Marked("f.yaml", 1, "value", "=1+1", "-0.5", "t", "@x", "", "+cmd", "=HYPERLINK(1)", "B", "")
    confirm.write(tmp_path / "x.xlsx", [entry])
    cells = next(iter(sheet_of(tmp_path / "x.xlsx").iter_rows(min_row=FIRST_ROW)))
    assert {cell.data_type for cell in cells[: len(SHOWN)]} <= {"s", "n"}
    assert "f" not in {cell.data_type for cell in cells}
    assert cells[NAMES.index("name")].value == "=1+1"
    assert cells[NAMES.index("name")].quotePrefix


def test_an_empty_sheet_answers_nothing(path: Path) -> None:
    assert confirm.read(path) == []


def test_a_tick_becomes_a_patch_for_a_person(path: Path) -> None:
    before = rulepack.read_text("cement-2024")
    fill(path, WHITE, **ANSWER)
    fill(path, ("process_co2_t", None), **{**ANSWER, "confirmed": "no", "page": None, "read_clause": "no floor: 6.3"})
    answers = confirm.read(path)
    assert [(answer.agrees, answer.day) for answer in answers] == [
        (True, date(2026, 11, 1)),
        (False, date(2026, 11, 1)),
    ]
    content = yaml.safe_load(confirm.patch(answers))
    change = content["raise"]["cement-2024.yaml"][0]
    assert (change["name"], change["value"], change["mark"]) == ("clinker_factor_tco2_per_t", "0.550", "B")
    assert change["cite"]["confidence"] == "A"
    assert change["cite"]["clause"].endswith("; 表B.1, p. 12; 张三, 2026-11-01")
    assert content["contradicted"][0]["read"] == "no floor: 6.3; 张三, 2026-11-01"
    assert rulepack.read_text("cement-2024") == before


def test_a_date_and_a_page_typed_as_numbers_are_read(path: Path) -> None:
    fill(path, WHITE, **{**ANSWER, "page": 12, "day": date(2026, 11, 1)})
    answer = confirm.read(path)[0]
    assert (answer.page, answer.day) == ("12", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"confirmed": "maybe"}, "expected 是, 否, yes, no or nothing, found maybe"),
        ({**ANSWER, "person": None}, "expected the name of the reader, found nothing"),
        ({**ANSWER, "read_clause": None}, "expected the clause that was read, found nothing"),
        ({**ANSWER, "day": "yesterday"}, "expected a date such as 2026-03-31, found yesterday"),
        ({**ANSWER, "value": "0.560"}, "expected 0.550 as in the pack, found 0.560"),
        ({**ANSWER, "key": "000000000000"}, "expected the key of an unconfirmed value, found 000000000000"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_cell(path: Path, cells: dict[str, Any], found: str) -> None:
    row = fill(path, WHITE, **cells)
    with pytest.raises(InputErrors) as caught:
        confirm.read(path)
    assert found in str(caught.value)
    assert f"sheet.xlsx, sheet 待确认取值, row {row}" in str(caught.value)


def test_other_files_are_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        confirm.read(tmp_path / "none.xlsx")
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="expected the sheet 待确认取值"):
        confirm.read(tmp_path / "other.xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_cols(3)
    book.save(path)
    with pytest.raises(InputError, match="Put the columns back"):
        confirm.read(path)


def test_the_command_writes_and_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sheet.xlsx"
    assert cli.main(["rules", "confirm", "cement-2024", "--out", str(path)]) == 0
    fill(path, WHITE, **ANSWER)
    assert cli.main(["rules", "confirm", "--read", str(path)]) == 0
    assert "clinker_factor_tco2_per_t" in capsys.readouterr().out
    assert cli.main(["rules", "confirm", "cement-2042", "--out", str(tmp_path / "y.xlsx")]) == 2
    assert cli.main(["rules", "confirm", "cement-2024", "--read", str(path)]) == 2
