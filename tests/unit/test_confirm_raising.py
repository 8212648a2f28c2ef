"""Confirmations of a case: written from the sheet, read back strictly, applied in memory, visible in the record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.test_confirm import ANSWER, WHITE, fill
from verifierkit import case, cli, confirm, record, rulepack
from verifierkit.checks import build_context
from verifierkit.confirm.reading import Answer
from verifierkit.errors import InputError, InputErrors
from verifierkit.verification import verify

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "cement-2025-clean"
NCV = ("fuel_ncv", "bituminous")


def answer(name: str, selectors: str, *, agrees: bool = True) -> Answer:
    """The answer of a reader on one entry of cement-2024."""
    found = [e for e in confirm.marked(["cement-2024"]) if (e.name, e.selectors) == (name, selectors)]
    assert len(found) == 1
    return Answer(found[0], agrees, "附录A 表A.1", "21", "王五", date(2026, 11, 3))


def written(folder: Path, *answers: Answer) -> Path:
    """A case folder with confirmations."""
    shutil.copytree(SAMPLE, folder)
    (folder / confirm.FILE).write_text(confirm.text(answers), encoding="utf-8")
    return folder


def marks(pack: rulepack.RulePack, parameter: str, item: str) -> set[str]:
    """Marks of the values of a parameter and item."""
    return {value.confidence for value in pack.values[parameter] if value.item == item}


def test_the_sheet_becomes_a_file_that_a_case_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet, folder = tmp_path / "sheet.xlsx", tmp_path / "case"
    shutil.copytree(SAMPLE, folder)
    assert cli.main(["rules", "confirm", "cement-2024", "--out", str(sheet)]) == 0
    fill(sheet, WHITE, **ANSWER)
    target = folder / confirm.FILE
    assert cli.main(["rules", "confirm", "--read", str(sheet), "--write", str(target)]) == 0
    assert "1 confirmations" in capsys.readouterr().out
    (held,) = confirm.load(folder)
    assert (held.entry.name, held.person, held.day, held.read_clause) == (WHITE[0], "张三", date(2026, 11, 1), "表B.1")
    assert cli.main(["rules", "confirm", "--read", str(sheet), "--write", str(target)]) == 2


def test_only_the_confirmed_value_is_raised_with_who_and_when(tmp_path: Path) -> None:
    folder = written(tmp_path / "case", answer(*NCV))
    pack = build_context(case.load(folder)).packs["facility"]
    shipped = rulepack.load("cement-2024")
    assert (marks(shipped, *NCV), marks(pack, *NCV)) == ({"B"}, {"A"})
    raised = next(value for value in pack.values["fuel_ncv"] if value.item == "bituminous")
    assert raised.citation.clause.endswith("; read in the text: 附录A 表A.1, p. 21; 王五, 2026-11-03")
    others = [
        (name, value)
        for name, rows in pack.values.items()
        for value in rows
        if (name, value.item) != NCV and value not in shipped.values[name]
    ]
    assert others == []
    assert pack.methods == shipped.methods


def test_limits_methods_and_constants_are_raised_too() -> None:
    pack = rulepack.load("cement-2024")
    entries = {entry.kind: entry for entry in confirm.marked(["cement-2024"])}
    for kind in ("method", "limit", "value"):
        one = confirm.Confirmation(entries[kind], True, "5.2", "", "王五", date(2026, 11, 3))
        changed = confirm.raised(pack, [one])
        found = {text for text in clauses(changed) if "王五" in text}
        assert len(found) == 1, kind
        assert not {text for text in clauses(pack) if "王五" in text}


def clauses(pack: rulepack.RulePack) -> set[str]:
    """Clauses of all citations that a confirmation may raise."""
    values = {value.citation.clause for rows in pack.values.values() for value in rows}
    limits = {limit.citation.clause for rule in pack.checks.values() for limit in rule.limits.values()}
    return values | limits | {one.citation.clause for one in (*pack.methods.values(), *pack.constants.values())}


def test_what_the_text_contradicts_changes_no_value_and_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path / "case", answer(*NCV, agrees=False))
    context = build_context(case.load(folder))
    assert marks(context.packs["facility"], *NCV) == {"B"}
    (notice,) = [one for one in context.notices if one.place.file == confirm.FILE]
    assert "says otherwise" in notice.en
    assert "不一致" in notice.zh


def test_the_reading_is_seen_in_the_record(tmp_path: Path) -> None:
    plain = record.render(verify(case.load(SAMPLE)))
    folder = written(tmp_path / "case", answer("carbon_content_tc_per_gj", "diesel"))
    found = record.render(verify(case.load(folder)))
    told = [one["text"]["en"] for one in found["notices"] if "mark raised" in one["text"]["en"]]
    assert len(told) == 1
    before, after = (
        [one["citation"] for one in held["parameters"] if one["parameter"] == "carbon_content_tc_per_gj"]
        for held in (plain, found)
    )
    read = [one for one in after if "王五" in one["clause"]["en"]]
    assert {one["confidence"] for one in read} == {"A"}
    assert all(one["clause"]["zh"].endswith("；对照原文：附录A 表A.1, p. 21; 王五, 2026-11-03") for one in read)
    assert [one for one in before if "王五" in one["clause"]["en"]] == []
    assert found["totals"] == plain["totals"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda row: row.update(value="0.999"), "value: 23.076 as in the pack"),
        (lambda row: row.update(person=""), "the key person"),
        (lambda row: row.update(read_clause=None), "the key read_clause"),
        (lambda row: row.update(day="soon"), "a date such as 2026-03-31"),
        (lambda row: row.update(agrees="yes"), "agrees: true or false"),
        (lambda row: row.update(key="000000000000"), "the key of an unconfirmed value"),
        (lambda row: row.update(colour="red"), "a known key"),
        (lambda row: row.update(mark="A"), "mark: B as in the pack"),
    ],
)
def test_an_edited_confirmation_is_refused(tmp_path: Path, edit: Callable[[dict[str, Any]], None], told: str) -> None:
    content = yaml.safe_load(confirm.text([answer(*NCV)]))
    edit(content["confirmations"][0])
    (tmp_path / confirm.FILE).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        confirm.load(tmp_path)
    assert told in str(caught.value)
    assert "confirmations.yaml" in str(caught.value)


def test_a_value_confirmed_twice_and_a_file_of_another_form_are_refused(tmp_path: Path) -> None:
    (tmp_path / confirm.FILE).write_text(confirm.text([answer(*NCV)] * 2), encoding="utf-8")
    with pytest.raises(InputErrors, match="each value once"):
        confirm.load(tmp_path)
    (tmp_path / confirm.FILE).write_text("- a\n", encoding="utf-8")
    with pytest.raises(InputError, match="a list of confirmations"):
        confirm.load(tmp_path)
    (tmp_path / confirm.FILE).write_text("a: [", encoding="utf-8")
    with pytest.raises(InputError, match="readable YAML"):
        confirm.load(tmp_path)
    assert confirm.load(tmp_path / "none") == []
