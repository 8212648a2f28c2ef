"""The findings desk without a browser: handlers called directly, what is shown read back from the widgets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ipywidgets
import openpyxl
import pytest
from bs4 import BeautifulSoup

from tests import support
from verifierkit import case, decisions, outputs, record, widgets
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.errors import InputError, Place, UsageError
from verifierkit.papers.tables import word
from verifierkit.periods import split_period
from verifierkit.verification import Verification
from verifierkit.widgets import Desk, Sitting, cards, findings_desk, open_sitting
from verifierkit.widgets.cells import evidence_tables

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 4, 20)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def desk(cement_case: Path, cement_verification: Verification) -> Iterator[Desk]:
    """A desk on the sample with an empty log."""
    yield Desk(Sitting(cement_verification), by="张三", language="en", today=lambda: DAY)
    (cement_case / decisions.LOG).unlink(missing_ok=True)


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def rules(desk: Desk) -> list[str]:
    return [finding["rule"] for finding in desk.sitting.findings]


def pick(desk: Desk, rule: str) -> dict[str, Any]:
    """Click a finding in the list, as a person does, and return it."""
    index = rules(desk).index(rule)
    desk.list.children[index].children[1].click()
    return desk.sitting.findings[index]


def fill(desk: Desk, disposition: str, reason: str, status: str = "raised") -> None:
    desk.disposition.value, desk.status.value, desk.reason.value = disposition, status, reason


def key_of(finding: dict[str, Any]) -> str:
    return " | ".join(finding[name] for name in outputs.KEY)


def to_decide(desk: Desk) -> str:
    return page(desk.head.value).select_one(".vk-counts").get_text().split(", ")[1]


def log_lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / decisions.LOG
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def every_html(desk: Desk) -> list[str]:
    """All HTML that the desk shows now."""
    rows = [line.children[0].value for line in desk.list.children]
    return [desk.head.value, desk.card.value, desk.notice.value, desk.form_title.value, *rows]


# the list and the card


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_names_every_finding_with_rule_kind_period_and_effect(desk: Desk, language: str) -> None:
    desk.language.value = language
    assert len(desk.list.children) == len(desk.sitting.findings)
    for line, finding in zip(desk.list.children, desk.sitting.findings, strict=True):
        text = page(line.children[0].value).get_text(" ")
        for part in ("id", "rule", "period"):
            assert finding[part] in text
        assert word(finding["kind"], language) in text
        for effect in finding["effects"]:
            tonnes = Decimal(effect["tonnes"])
            assert (f" {tonnes:+,f} t" if tonnes else " 0 t") in text


def test_the_desk_shows_what_the_batch_computes(desk: Desk, cement_record: dict[str, Any]) -> None:
    assert desk.sitting.findings == cement_record["findings"]
    assert desk.sitting.totals == cement_record["totals"]


def test_a_click_shows_the_finding(desk: Desk) -> None:
    finding = pick(desk, "chain.ledger")
    for language in ("zh", "en"):
        desk.language.value = language
        text = page(desk.card.value).get_text(" ")
        assert finding["text"][language] in text
        assert finding["title"][language] in text
    selected = ["vk-on" in line._dom_classes for line in desk.list.children]
    assert [index for index, on in enumerate(selected) if on] == [rules(desk).index("chain.ledger")]


def test_marked_cells_hold_what_the_file_holds(desk: Desk, cement_case: Path) -> None:
    book = openpyxl.load_workbook(cement_case / "data.xlsx", read_only=False, data_only=True)
    finding = pick(desk, "chain.ledger")
    marked = [Decimal(cell.get_text()) for cell in page(desk.card.value).select("td.vk-cited")]
    held = []
    for place in finding["places"]:
        sheet, cell = place.removeprefix("data.xlsx#").split("!")
        held.append(Decimal(str(book[sheet][cell].value)))
    assert len(held) > 28
    assert sorted(marked) == sorted(held)


def test_evidence_stands_in_its_row_under_headings_with_letters(desk: Desk) -> None:
    finding = pick(desk, "bill.registers")
    desk.language.value = "zh"
    tables = page(desk.card.value).select(".vk-scroll table")
    heads = [cell.get_text() for cell in tables[0].select("thead th")]
    number = finding["places"][0].split("!")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert "evidence/settlement_2025.xlsx" in page(desk.card.value).select_one(".vk-file").get_text()
    assert number in [cell.get_text() for cell in tables[0].select("tbody th")]
    assert any(head.startswith("I") and "抄见电量" in head for head in heads)
    assert len(heads) == len(tables[0].select("tbody tr")[0].find_all(["td", "th"]))


def test_every_place_of_every_finding_is_shown(cement_verification: Verification) -> None:
    loaded = cement_verification.context.case
    for finding in cement_verification.findings:
        places = dict.fromkeys(place for result in finding.results for place in result.places)
        tables, rest = evidence_tables(loaded, places)
        marked = sum(len(row.cited) for table in tables for row in table.rows)
        assert marked + len(rest) == len(places) > 0
        assert rest == []


def test_a_faulty_cell_shows_what_was_found_there() -> None:
    verification = support.verified(support.simulated("cement", 2025, 11, ["text_in_number"]))
    (finding,) = [finding for finding in verification.findings if finding.key.rule == "evidence.defect"]
    (defect,) = verification.context.case.defects
    shown = page(cards.evidence_html(Sitting(verification), list(finding.results[0].places), "zh"))
    (cell,) = [cell.get_text() for cell in shown.select("td.vk-cited")]
    assert cell.startswith("约")
    assert repr(cell) == defect.found


def test_a_place_that_is_no_cell_is_named(cement_verification: Verification) -> None:
    tables, rest = evidence_tables(cement_verification.context.case, [Place("evidence/settlement_2025.xlsx")])
    assert (tables, rest) == ([], [Place("evidence/settlement_2025.xlsx")])


def test_effects_and_explained_results_are_shown(desk: Desk) -> None:
    finding = pick(desk, "evidence.duplicate")
    assert finding["explains"]
    text = page(desk.card.value).get_text(" ")
    for name in finding["explains"]:
        assert desk.sitting.results[name]["text"]["en"] in text
    pick(desk, "bill.registers")
    assert "0 auxiliary item, no emission" in page(desk.card.value).select_one(".vk-effects").get_text(" ")


# deciding


def test_a_decision_is_one_line_that_the_batch_reads(desk: Desk, cement_case: Path) -> None:
    finding = pick(desk, "chain.ledger")
    fill(desk, "accepted", "已查日台账", "answered")
    desk.record.click()
    assert log_lines(cement_case) == [
        {
            "schema": decisions.SCHEMA,
            "finding": key_of(finding),
            "digest": finding["digest"],
            "disposition": "accepted",
            "status": "answered",
            "reason": "已查日台账",
            "by": "张三",
            "on": "2026-04-20",
        }
    ]
    built = record.build(case.load(cement_case))["findings"][desk.index]
    assert [built[name] for name in ("id", "disposition", "status", "stale")] == [
        finding["id"],
        "accepted",
        "answered",
        False,
    ]
    assert built == desk.sitting.findings[desk.index]
    assert "line 1" in desk.notice.value
    assert to_decide(desk) == f"{len(desk.sitting.findings) - 1} to decide"


def test_undo_is_a_new_line_and_the_finding_is_open_again(desk: Desk, cement_case: Path) -> None:
    pick(desk, "chain.ledger")
    assert desk.undo.disabled
    fill(desk, "accepted", "已查")
    desk.record.click()
    before = (cement_case / decisions.LOG).read_bytes()
    assert not desk.undo.disabled
    desk.undo.click()
    assert (cement_case / decisions.LOG).read_bytes().startswith(before)
    assert log_lines(cement_case)[1] == {"undo": 1, "by": "张三", "on": "2026-04-20"}
    assert desk.undo.disabled
    assert (desk.disposition.value, desk.reason.value) == ("undecided", "")
    assert to_decide(desk) == f"{len(desk.sitting.findings)} to decide"


def test_undo_gives_an_earlier_decision_back(desk: Desk) -> None:
    pick(desk, "chain.ledger")
    fill(desk, "accepted", "first")
    desk.record.click()
    fill(desk, "rejected", "second")
    desk.record.click()
    assert desk.sitting.decision(desk.index).disposition == "rejected"  # type: ignore[union-attr]
    desk.undo.click()
    assert (desk.disposition.value, desk.reason.value) == ("accepted", "first")


def verified(desk: Desk) -> dict[str, Decimal]:
    """Verified total of each facility."""
    return {row["facility"]: Decimal(row["verified"]) for row in desk.sitting.totals if row["track"] == "facility"}


def test_a_rejected_finding_leaves_the_verified_figures(desk: Desk) -> None:
    finding, before = pick(desk, "material.moisture"), verified(desk)
    fill(desk, "rejected", "化验记录证实为干基")
    desk.record.click()
    after, facility = verified(desk), finding["facility"]
    effect = next(Decimal(effect["tonnes"]) for effect in finding["effects"] if effect["track"] == "facility")
    assert effect != 0
    assert before[facility] - after[facility] == effect
    assert {name: after[name] for name in after if name != facility} == {
        name: before[name] for name in before if name != facility
    }
    assert f"{after[facility]:,f}" in desk.head.value


def test_when_all_are_decided_the_draft_mark_goes(desk: Desk) -> None:
    for index in range(len(desk.sitting.findings)):
        assert "vk-warn" in desk.head.value
        desk.select(index)
        fill(desk, "accepted", "已查")
        desk.record.click()
    assert "vk-warn" not in desk.head.value
    assert not desk.sitting.verification.draft


def test_another_persons_lines_are_seen(desk: Desk, cement_case: Path) -> None:
    finding = pick(desk, "chain.ledger")
    given = {
        "finding": key_of(finding),
        "digest": finding["digest"],
        "disposition": "accepted",
        "reason": "x",
        "by": "李四",
        "on": "2026-04-19",
    }
    decisions.append(cement_case, **given)
    pick(desk, "bill.registers")
    fill(desk, "accepted", "已查")
    desk.record.click()
    assert "line 2" in desk.notice.value
    pick(desk, "chain.ledger")
    assert "李四" in desk.card.value


# what cannot be done is one line


def refused(desk: Desk) -> str:
    """The error line of the desk."""
    (line,) = page(desk.notice.value).select(".vk-error")
    assert "\n" not in line.get_text()
    return line.get_text()


def test_a_missing_reason_or_name_is_one_line_and_nothing_is_written(desk: Desk, cement_case: Path) -> None:
    pick(desk, "chain.ledger")
    fill(desk, "accepted", "  ")
    desk.record.click()
    assert "a reason unless" in refused(desk)
    fill(desk, "accepted", "已查")
    desk.by.value = " "
    desk.record.click()
    assert "needs a name" in refused(desk)
    assert log_lines(cement_case) == []


def test_the_same_decision_twice_is_one_line(desk: Desk, cement_case: Path) -> None:
    pick(desk, "chain.ledger")
    fill(desk, "accepted", "已查")
    desk.record.click()
    desk.record.click()
    assert "in force already (line 1 of decisions.jsonl)" in desk.notice.value
    assert len(log_lines(cement_case)) == 1


def test_a_broken_log_is_named_by_line_and_not_written_to(desk: Desk, cement_case: Path) -> None:
    (cement_case / decisions.LOG).write_text("{broken\n", encoding="utf-8")
    fill(desk, "accepted", "已查")
    for button in (desk.record, desk.again):
        button.click()
        assert "decisions.jsonl, row 1: expected one JSON object" in refused(desk)
    assert (cement_case / decisions.LOG).read_text(encoding="utf-8") == "{broken\n"


def test_a_log_that_cannot_be_written_is_one_line_without_a_path(
    desk: Desk, cement_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(cement_case / decisions.LOG))

    monkeypatch.setattr(Path, "open", denied)
    fill(desk, "accepted", "已查")
    desk.record.click()
    assert refused(desk) == "Not done: decisions.jsonl cannot be written or read: Permission denied"


def test_a_case_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    shown = findings_desk(tmp_path / "none", by="张三", language="en")
    assert isinstance(shown, ipywidgets.HTML)
    text = page(shown.value).select_one(".vk-error").get_text()
    assert text == "Not done: none: expected a case folder, found no such folder. Name another."


# a case that has changed since


def change_cell(folder: Path, sheet: str, cell: str) -> None:
    book = openpyxl.load_workbook(folder / "data.xlsx")
    book[sheet][cell] = book[sheet][cell].value + 1
    book.save(folder / "data.xlsx")


def test_changed_evidence_stops_the_decision_and_makes_the_old_one_stale(cement_case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(cement_case, folder)
    desk = findings_desk(folder, by="张三", language="en", today=lambda: DAY)
    assert isinstance(desk, Desk)
    for rule in ("chain.ledger", "bill.registers"):
        pick(desk, rule)
        fill(desk, "accepted", "已查")
        desk.record.click()
    sheet, cell = pick(desk, "chain.ledger")["places"][0].removeprefix("data.xlsx#").split("!")
    change_cell(folder, sheet, cell)
    fill(desk, "rejected", "再查")
    desk.record.click()
    assert "data.xlsx has changed since the case was read" in refused(desk)
    assert len(log_lines(folder)) == 2
    desk.again.click()
    assert {f["rule"]: f["stale"] for f in desk.sitting.findings if f["decided_by"]} == {
        "chain.ledger": True,
        "bill.registers": False,
    }
    pick(desk, "chain.ledger")
    assert page(desk.card.value).select(".vk-stale")
    assert (desk.disposition.value, desk.reason.value) == ("undecided", "已查")
    assert "1 stale" in page(desk.head.value).get_text()
    fill(desk, "accepted", "再查，仍然成立")
    desk.record.click()
    assert not desk.sitting.findings[desk.index]["stale"]


def test_decisions_on_findings_that_are_gone_are_counted(desk: Desk, cement_case: Path) -> None:
    given = {
        "finding": "chain.ledger | gone | 2025 | p | s",
        "digest": "d",
        "reason": "x",
        "by": "x",
        "on": "2026-04-01",
    }
    decisions.append(cement_case, disposition="accepted", **given)
    desk.sitting = desk.sitting.reread()
    desk.select(0)
    assert "1 decisions in the log speak of findings that are no longer there" in desk.head.value


def test_a_merge_asks_for_the_finding_and_shows_it(desk: Desk, cement_case: Path) -> None:
    target = next(finding for finding in desk.sitting.findings if finding["rule"] == "calc.formula")
    pick(desk, "chain.ledger")
    assert desk.target.layout.display == "none"
    fill(desk, "merged", "同一原因")
    assert desk.target.layout.display == ""
    names = [label.split()[0] for label, _ in desk.target.options[1:]]
    assert names == [f["id"] for f in desk.sitting.findings if f["rule"] != "chain.ledger"]
    desk.record.click()
    assert "a merge needs the finding that this one is merged into" in desk.notice.value
    assert log_lines(cement_case) == []
    desk.target.value = key_of(target)
    desk.record.click()
    assert log_lines(cement_case)[-1]["target"] == key_of(target)
    assert f"Merged into: {target['id']}" in page(desk.card.value).get_text()
    assert f"merged → {target['id']}" in page(desk.list.children[desk.index].children[0].value).get_text()
    pick(desk, "calc.formula")
    assert desk.target.value == ""
    fill(desk, "merged", "反过来")
    desk.target.value = key_of(next(f for f in desk.sitting.findings if f["rule"] == "chain.ledger"))
    desk.record.click()
    assert "is the finding itself or merged into it" in desk.notice.value
    pick(desk, "chain.ledger")
    assert (desk.disposition.value, desk.target.value) == ("merged", key_of(target))


# language, names, and a clean case


def test_the_other_language_keeps_what_is_typed(desk: Desk) -> None:
    pick(desk, "chain.ledger")
    fill(desk, "merged", "见另一项", "closed")
    desk.language.value = "zh"
    assert (desk.disposition.value, desk.status.value, desk.reason.value) == ("merged", "closed", "见另一项")
    assert (desk.record.description, desk.undo.description) == ("记录处理", "撤销")
    assert [label for label, _ in desk.disposition.options] == [word(name, "zh") for name in decisions.DISPOSITIONS]
    desk.language.value = "en"
    assert [label for label, _ in desk.status.options] == ["raised", "answered", "corrected", "closed", "not closed"]


def hostile(row: Row) -> Row:
    """The row with HTML in every text that is no id."""
    kept = (
        "kind",
        "parameter",
        "item",
        "month",
        "unit",
        "track",
        "records",
        "derives_from",
        "quantity",
        "basis",
        "route",
    )
    values = {
        name: f"{value}{HOSTILE}" if isinstance(value, str) and not name.endswith("_id") and name not in kept else value
        for name, value in row.values.items()
    }
    return replace(row, values=values)


def test_names_and_reasons_with_html_inject_nothing(cement_verification: Verification, cement_case: Path) -> None:
    context = cement_verification.context
    loaded = context.case
    tables = {name: [hostile(row) for row in rows] for name, rows in loaded.tables.items()}
    meta = {**loaded.meta, "enterprise": {**loaded.meta["enterprise"], "name": f"厂{HOSTILE}"}, "case_id": HOSTILE}
    flow = type(context.flow)(tables, year=loaded.year)
    bad = replace(
        cement_verification, context=replace(context, case=replace(loaded, tables=tables, meta=meta), flow=flow)
    )
    desk = Desk(Sitting(bad), by=HOSTILE, language="zh", today=lambda: DAY)
    shown = []
    for index in range(len(desk.sitting.findings)):
        desk.select(index)
        fill(desk, "accepted", HOSTILE)
        desk.record.click()
        shown += every_html(desk)
    (cement_case / decisions.LOG).unlink()
    assert sum(HOSTILE in page(html).get_text() for html in shown) > len(desk.sitting.findings)
    for html in shown:
        assert page(html).select("script, img, [onerror]") == []


def test_a_clean_case_has_an_empty_desk() -> None:
    desk = findings_desk(ROOT / "sample_data" / "cement-2025-clean", by="张三", language="en")
    assert isinstance(desk, Desk)
    assert desk.list.children == ()
    assert "There are no findings." in desk.head.value
    assert desk.form.layout.display == "none"
    desk.language.value = "zh"
    assert "没有核查发现" in desk.head.value


def test_a_part_year_desk_looks_at_its_months_only(cement_case: Path) -> None:
    sitting = open_sitting(cement_case, through="2025-06")
    assert sitting.findings
    assert all(
        month <= "2025-06"
        for f in sitting.findings
        if f["rule"] != "plan.instrument"
        for month in split_period(f["period"])
    )
    assert "through 2025-06" in cards.header(sitting, "en")
    assert sitting.reopened().findings == sitting.findings


def test_jupyter_shows_the_view(desk: Desk) -> None:
    bundle = desk._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == desk.view.model_id


# the learning notebook's steps


def test_practice_works_on_a_copy(cement_case: Path) -> None:
    folder = widgets.practice_case(cement_case)
    assert folder.name == cement_case.name
    assert folder != cement_case
    assert (folder / "data.xlsx").read_bytes() == (cement_case / "data.xlsx").read_bytes()
    shutil.rmtree(folder.parent)


def test_a_folder_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: expected a case folder"):
        widgets.practice_case(tmp_path / "none")


def test_without_sample_data_a_plant_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = widgets.practice_case()
    found = sorted(tuple(finding.key) for finding in open_sitting(folder).verification.findings)
    assert found == outputs.read_findings(folder / case.EXPECTED_FILE)
    assert [key for key in found if key[0] == "chain.ledger"], "the lesson follows it"
    assert list(tmp_path.iterdir()) == []
    shutil.rmtree(folder.parent)


def test_a_chain_leads_from_the_records_to_the_year(cement_verification: Verification) -> None:
    number = widgets.first_of(cement_verification, "chain.ledger")
    (result,) = cement_verification.findings[number].results
    rows = [
        [cell.get_text() for cell in row.find_all("td")]
        for row in page(widgets.chain(cement_verification, number, "en").data).select("tbody tr")
    ]
    assert [row[0] for row in rows] == ["Records", "Ledger", "Report (month)", "Report (year)"]
    steps = [Decimal(row[2].replace(",", "")) for row in rows]
    assert steps[:3] == [result.expected, result.observed, result.observed]
    year = Key("facility", result.parameter, result.facility, result.item, "2025")
    assert steps[3] == cement_verification.context.value(year)
    assert rows[0][4].endswith(f"({len(result.places) - 1})")


def test_a_finding_without_a_figure_has_no_chain(cement_verification: Verification) -> None:
    number = widgets.first_of(cement_verification, "bill.registers")
    with pytest.raises(UsageError, match=r"the finding bill.registers .* is about no figure that was reported"):
        widgets.chain(cement_verification, number, "en")
    with pytest.raises(UsageError, match="there is no finding of the rule chain.year"):
        widgets.first_of(cement_verification, "chain.year")


def test_tables_read_counts_rows(cement_verification: Verification) -> None:
    loaded = cement_verification.context.case
    rows = page(widgets.tables_read(loaded, "zh").data).select("tbody tr")
    counted = {row.find_all("td")[0].get_text(): int(row.find_all("td")[1].get_text()) for row in rows}
    assert counted["日台账"] == len(loaded.tables["daily_values"])
    assert sum(counted.values()) == sum(len(held) for held in loaded.tables.values())


def test_the_log_is_shown_in_its_order(tmp_path: Path) -> None:
    given = {"digest": "d", "reason": HOSTILE, "by": "张三", "on": "2026-04-20"}
    for name in ("b", "a"):
        decisions.append(tmp_path, finding=name, disposition="accepted", **given)
    shown = page(widgets.decision_table(tmp_path, "en").data)
    assert [row.find_all("td")[1].get_text() for row in shown.select("tbody tr")] == ["b", "a"]
    assert shown.select("script, img") == []


def test_a_report_is_shown_in_a_frame_that_runs_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.zh.html"
    report.write_text(f"<html><body>{HOSTILE}\"'</body></html>", encoding="utf-8")
    shown = page(widgets.report_page(report).data)
    (frame,) = shown.select("iframe")
    assert not frame["sandbox"]
    assert frame["srcdoc"] == report.read_text(encoding="utf-8")
    assert shown.select("script, img") == []
