"""结果文件：可逆的中和、csv 与 JSON 文本、结论摘要。"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.small_plant import Rows, plant, reported, verification
from verifierkit import outputs, record
from verifierkit.outputs import FINDING_COLUMNS, KEY, SUMMARY_COLUMNS, csv_text, neutral, restored

RUNNING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\n=1", "'\n=1"),
        ("'=1", "''=1"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("+3", "+3"),
        ("-1.5E+3", "-1.5E+3"),
        ("-inf", "'-inf"),
        ("+nan", "'+nan"),
        ("-1_000", "'-1_000"),
        ("-", "'-"),
        ("熟料", "熟料"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formulas_are_neutral_and_numbers_stay_numbers(text: str, written: str) -> None:
    assert neutral(text) == written
    assert restored(written) == text


@given(st.text(max_size=40))
def test_neutral_is_undone_for_every_text(text: str) -> None:
    assert restored(neutral(text)) == text
    assert not neutral(text).startswith(RUNNING) or outputs.NUMBER.fullmatch(text)


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
        min_size=5,
        max_size=5,
    )
)
def test_a_csv_row_comes_back_as_it_went(cells: list[str]) -> None:
    text = csv_text(KEY, [dict(zip(KEY, cells, strict=True))])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [restored(rows[0][name]) for name in KEY] == cells


def test_files_keep_line_ends_inside_cells_and_have_none_of_windows(tmp_path: Path) -> None:
    row = dict.fromkeys(KEY, "a\r\nb") | {"rule": "=x"}
    outputs.write_text(tmp_path / "f.csv", "\ufeff" + csv_text(KEY, [row]))
    assert outputs.read_findings(tmp_path / "f.csv") == [("=x", "a\r\nb", "a\r\nb", "a\r\nb", "a\r\nb")]
    assert (tmp_path / "f.csv").read_bytes().count(b"\r\n") == 4


def test_columns_that_a_row_lacks_are_empty() -> None:
    assert csv_text(("a", "b"), [{"b": 1}]) == "a,b\n,1\n"


def test_json_is_sorted_readable_and_ends_with_a_line() -> None:
    text = outputs.json_text({"b": "熟料", "a": [1]})
    assert text == '{\n "a": [\n  1\n ],\n "b": "熟料"\n}\n'


# of a verification


def built(change: Any = None) -> dict[str, Any]:
    rows: Rows = plant()
    if change:
        change(rows)
    made = record.render(verification(rows))
    made["case"] = {"enterprise": {"name": "小厂"}, "data_year": 2025}
    return made


def slip(rows: Rows) -> None:
    reported(rows, "clinker_produced_t", "2025-04")["value"] -= 5


def test_every_finding_is_a_row_with_key_tonnes_and_both_texts(tmp_path: Path) -> None:
    made = built(slip)
    outputs.write_results(made, tmp_path / "new" / "folder")
    text = (tmp_path / "new/folder/findings.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == FINDING_COLUMNS
    assert [tuple(row[name] for name in KEY) for row in rows] == [
        tuple(f[name] for name in KEY) for f in made["findings"]
    ]
    first = made["findings"][0]
    tonnes = {effect["track"]: effect["tonnes"] for effect in first["effects"]}
    assert (rows[0]["effect_facility_t"], rows[0]["effect_entity_t"]) == (tonnes["facility"], tonnes["entity"])
    assert rows[0]["text_zh"] == first["text"]["zh"]
    assert json.loads((tmp_path / "new/folder/result.json").read_text(encoding="utf-8")) == made


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        outputs.write_results(built(slip), tmp_path / name)
    assert (tmp_path / "a/result.json").read_bytes() == (tmp_path / "b/result.json").read_bytes()
    assert (tmp_path / "a/findings.csv").read_bytes() == (tmp_path / "b/findings.csv").read_bytes()


def test_the_summary_counts_findings_and_gives_totals() -> None:
    clean, failed = outputs.summary_row("a", built()), outputs.summary_row("b", built(slip))
    assert set(clean) <= set(SUMMARY_COLUMNS)
    assert (clean["state"], clean["findings"], clean["undecided"]) == ("clean", "0", "0")
    assert clean["facility_reported_t"] == clean["facility_verified_t"] == "80890.56"
    assert failed["state"] == "findings"
    assert failed["findings"] == failed["undecided"] == str(len(built(slip)["findings"]))


def test_a_total_that_could_not_be_verified_is_not_called_clean() -> None:
    made = built()
    made["totals"][0]["verified"] = ""
    assert outputs.summary_row("a", made)["state"] == "incomplete"
    assert outputs.summary_row("a", made | {"through": "2025-06"})["state"] == "clean"
