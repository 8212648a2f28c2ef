"""Rules beside the shipped packs: allowances set side by side, a pack file of one's own read and confirmed, next year."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from tests.unit.test_confirm import ANSWER, fill, sheet_of
from verifierkit import case, cli, confirm, rulediff, rulepack, workbook
from verifierkit.checks import build_context
from verifierkit.clarifications import CASE_REGISTER
from verifierkit.confirm.reading import Answer
from verifierkit.confirm.sheet import FIRST_ROW

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "cement-2025-clean"
PLAN, DRAFT = "allowance-2024-2025", "allowance-2026-draft"
OWN = """schema: 1
pack: overlay-own
kind: overlay
extends: cement-2024
title: {zh: 省级取值, en: a province's value}
status: {zh: 测试, en: test}
instrument:
  title: {zh: 省级文件, en: a province's notice}
  number: ""
  text_seen: "yes"
  cite: {source: s, clause: 第1条, confidence: A}
sources:
  s: {title: 省级文件}
values:
  clinker_factor_tco2_per_t:
    - {facility_class: portland_clinker, value: "0.530", unit: tCO2/t, from: 2024, to: 2025, cite: {source: s, clause: 第1条, confidence: B}}
"""


@pytest.fixture(name="own")
def fixture_own(tmp_path: Path) -> Path:
    """A case folder with a pack file of its own."""
    folder = tmp_path / "last"
    shutil.copytree(SAMPLE, folder)
    (folder / "overlay-own.yaml").write_text(OWN, encoding="utf-8")
    text = (folder / "case.yaml").read_text(encoding="utf-8")
    assert text.count("facility: cement-2024") == 1
    text = text.replace("facility: cement-2024", "facility: overlay-own.yaml")
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    return folder


# rules diff


def test_the_section_on_allowances_is_set_side_by_side() -> None:
    found = rulediff.compare(rulepack.load(PLAN), rulepack.load(DRAFT))
    rows = {(row.id, row.aspect): (row.a.text, row.b.text) for row in found.of("allowance")}
    assert rows["plan", "in force"] == ("yes", "no")
    assert rows["method of cement", "method"] == ("2024: verified; 2025: intensity", "intensity")
    assert rows["special case new_in_year", "gives"] == ("none", "verified")
    assert rows["method of power", ""][0] == ""
    assert ("method of cement", "emission") not in rows, "what agrees is no difference"
    assert rulediff.compare(rulepack.load(DRAFT), rulepack.load(DRAFT)).of("allowance") == ()
    shown = rulediff.text(found)
    assert "配额 Allowances" in shown
    assert f"{PLAN}: 零碳知识局" in shown, "entries of the section show their citation"


def test_limits_of_checks_show_the_citation_of_both_sides() -> None:
    lines = rulediff.text(rulediff.compare(rulepack.load("cement-2013"), rulepack.load("cement-2024"))).splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("  lab.dates limit days: "))
    assert lines[place + 1].endswith("[C]")
    assert lines[place + 1].strip().startswith("cement-2013: ")
    assert lines[place + 2].endswith("[B]")
    rests = next(n for n, line in enumerate(lines) if line.startswith("  plan.completeness rests: "))
    assert lines[rests + 1].endswith("[C]")


# rules confirm


def test_methods_and_special_cases_of_allowances_stand_on_the_sheet() -> None:
    entries = {(entry.kind, entry.name, entry.years): entry for entry in confirm.marked([PLAN])}
    method = entries["allowance method", "cement", "2025 to 2025"]
    assert (method.value, method.confidence) == ("intensity", "B")
    special = entries["special case", "carbide_slag", "2025 to 2025"]
    assert "carbide_substitution_limit" in special.value
    assert "电石渣" in special.note
    assert ("allowance method", "cement", "2024 to 2024") not in entries, "what was read in the text is marked A"


def test_a_confirmed_method_of_an_allowance_pack_is_raised_and_no_other() -> None:
    entry = next(e for e in confirm.marked([PLAN]) if (e.kind, e.name) == ("special case", "carbide_slag"))
    held = confirm.Confirmation(entry, True, "三（三）", "3", "王五", date(2026, 11, 3))
    before, after = rulepack.load(PLAN).allowance, confirm.raised(rulepack.load(PLAN), [held]).allowance
    assert before is not None
    assert after is not None
    marks = [(one.id, one.citation.confidence, two.citation.confidence) for one, two in zip(before.special, after.special, strict=True)]  # fmt: skip
    assert [mark for mark in marks if mark[1] != mark[2]] == [("carbide_slag", "B", "A")]
    assert after.methods == before.methods


def test_a_pack_file_of_ones_own_is_listed_confirmed_and_taken_by_its_case(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, sheet = own / "overlay-own.yaml", own.parent / "sheet.xlsx"
    assert cli.main(["rules", "confirm", str(file), "--out", str(sheet)]) == 0
    first = sheet_of(sheet)
    assert first.cell(FIRST_ROW, 2).value == "overlay-own.yaml"
    fill(sheet, ("clinker_factor_tco2_per_t", "portland_clinker"), **ANSWER)
    target = own / confirm.FILE
    assert cli.main(["rules", "confirm", str(file), "--read", str(sheet), "--write", str(target)]) == 0
    capsys.readouterr()
    assert yaml.safe_load(target.read_text(encoding="utf-8"))["confirmations"][0]["file"] == "overlay-own.yaml"
    pack = build_context(case.load(own)).packs["facility"]
    value = next(v for v in pack.values["clinker_factor_tco2_per_t"] if v.facility_class == "portland_clinker")
    assert (value.text, value.citation.confidence) == ("0.530", "A")
    assert cli.main(["rules", "confirm", str(own / "none.yaml"), "--out", str(own.parent / "x.xlsx")]) == 2
    assert "expected a pack file" in capsys.readouterr().err


def test_the_sheet_of_a_shipped_pack_is_read_without_a_pack(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.xlsx"
    assert cli.main(["rules", "confirm", PLAN, "--out", str(sheet)]) == 0
    assert cli.main(["rules", "confirm", PLAN, "--read", str(sheet)]) == 2


# next year


def test_next_year_takes_over_pack_file_confirmations_and_questions(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = next(e for e in confirm.marked(["overlay-own"], [own / "overlay-own.yaml"]) if e.file == "overlay-own.yaml")
    answer = Answer(entry, True, "第1条", "2", "王五", date(2026, 11, 3))
    (own / confirm.FILE).write_text(confirm.text([answer]), encoding="utf-8")
    register = "schema: 1\nregister: own\ntitle: {zh: 自有, en: own}\n"
    (own / CASE_REGISTER).write_text(register, encoding="utf-8")
    root = workbook.new_case("cement", own.parent / "next", from_case=own)
    for name in ("overlay-own.yaml", confirm.FILE, CASE_REGISTER):
        assert (root / name).read_bytes() == (own / name).read_bytes()
    loaded = case.load(root)
    assert (loaded.year, loaded.meta["packs"]["facility"]) == (2026, "overlay-own.yaml")
    lines = workbook.uncovered(root)
    assert lines
    assert "unknown" not in lines[0], "the file of the folder is looked at, not a shipped pack of that name"


def test_a_case_without_rules_of_its_own_takes_nothing_over(tmp_path: Path) -> None:
    root = workbook.new_case("cement", tmp_path / "next", from_case=SAMPLE)
    assert sorted(path.name for path in root.iterdir() if path.suffix == ".yaml") == ["case.yaml"]
