"""Decisions: an append-only log, and exactly those go stale whose inputs have changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from verifierkit import decisions, findings
from verifierkit.case import Case, load
from verifierkit.checks import build_context
from verifierkit.checks.base import Context
from verifierkit.columns import Row
from verifierkit.decisions import Decision, finding_text
from verifierkit.errors import InputError, Place, UsageError
from verifierkit.findings import merge
from verifierkit.verification import Verification, run_checks

KEY = finding_text(("chain.ledger", "k1", "2025-12", "p_k1", "s_p_k1_ledger"))
GIVEN: dict[str, str] = {
    "finding": KEY,
    "digest": "d1",
    "disposition": "accepted",
    "reason": "已查日台账",
    "by": "张三",
    "on": "2026-04-20",
}


# the log


def test_append_gives_the_line_and_read_gives_the_decision(tmp_path: Path) -> None:
    assert decisions.read(tmp_path) == {}
    assert decisions.append(tmp_path, **GIVEN) == 1
    assert decisions.append(tmp_path, **GIVEN | {"finding": "other"}, status="answered") == 2
    held = decisions.read(tmp_path)
    assert held[KEY] == Decision(1, KEY, "d1", "accepted", "raised", "已查日台账", "张三", "2026-04-20")
    assert (held["other"].line, held["other"].status) == (2, "answered")


def test_the_later_decision_is_in_force_and_undo_gives_the_earlier_back(tmp_path: Path) -> None:
    decisions.append(tmp_path, **GIVEN)
    decisions.append(tmp_path, **GIVEN | {"disposition": "rejected"})
    assert decisions.read(tmp_path)[KEY].disposition == "rejected"
    assert decisions.undo(tmp_path, line=2, by="李四", on="2026-04-21") == 3
    assert decisions.read(tmp_path)[KEY].disposition == "accepted"
    decisions.undo(tmp_path, line=1, by="李四", on="2026-04-21")
    assert decisions.read(tmp_path) == {}


def test_no_line_is_ever_changed(tmp_path: Path) -> None:
    log, before = tmp_path / decisions.LOG, b""
    for step in range(4):
        if step == 2:
            decisions.undo(tmp_path, line=2, by="李四", on="2026-04-21")
        else:
            decisions.append(tmp_path, **GIVEN | {"reason": f"{step}"})
        assert log.read_bytes().startswith(before)
        before = log.read_bytes()
    lines = [json.loads(line) for line in before.decode("utf-8").splitlines()]
    assert [line.get("undo", line.get("reason")) for line in lines] == ["0", "1", 2, "3"]


def test_a_log_without_a_last_line_end_is_continued_on_a_line_of_its_own(tmp_path: Path) -> None:
    decisions.append(tmp_path, **GIVEN)
    log = tmp_path / decisions.LOG
    log.write_bytes(log.read_bytes().rstrip(b"\n"))
    assert decisions.append(tmp_path, **GIVEN | {"finding": "other"}) == 2
    assert sorted(decisions.read(tmp_path)) == sorted([KEY, "other"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": " "}, "needs a name, and a reason"),
        ({"by": ""}, "needs a name"),
        ({"disposition": "ok"}, "'ok'"),
        ({"status": "done"}, "'done'"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        decisions.append(tmp_path, **GIVEN | change)
    assert not (tmp_path / decisions.LOG).exists()


def test_undecided_needs_no_reason(tmp_path: Path) -> None:
    decisions.append(tmp_path, **GIVEN | {"disposition": "undecided", "reason": ""})
    assert decisions.read(tmp_path)[KEY].disposition == "undecided"


def test_only_a_decision_in_force_can_be_undone(tmp_path: Path) -> None:
    decisions.append(tmp_path, **GIVEN)
    decisions.undo(tmp_path, line=1, by="张三", on="2026-04-20")
    for line in (1, 2, 7):
        with pytest.raises(UsageError, match=f"line {line} of decisions.jsonl is no decision in force"):
            decisions.undo(tmp_path, line=line, by="张三", on="2026-04-20")


@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        ("{accepted", "one JSON object", "'{accepted'"),
        ('["undo", 1]', "a decision or an undo", "'[\"undo\", 1]'"),
        ('{"finding": "a"}', "a decision or an undo", '{"finding": "a"}'),
        ('{"finding": "a", "disposition": "ok", "status": "raised"}', "disposition of undecided", "'ok' and 'raised'"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, line: str, expected: str, found: str) -> None:
    decisions.append(tmp_path, **GIVEN)
    with (tmp_path / decisions.LOG).open("a", encoding="utf-8") as log:
        log.write(line + "\n")
    with pytest.raises(InputError) as caught:
        decisions.read(tmp_path)
    assert caught.value.place == Place(decisions.LOG, row=2)
    assert expected in caught.value.expected
    assert found in caught.value.found


@pytest.mark.parametrize("value", ['"1"', "1.0", "true", "null"])
def test_an_undo_names_a_line_by_its_number(tmp_path: Path, value: str) -> None:
    decisions.append(tmp_path, **GIVEN)
    with (tmp_path / decisions.LOG).open("a", encoding="utf-8") as log:
        log.write(f'{{"undo": {value}}}\n')
    with pytest.raises(InputError) as caught:
        decisions.read(tmp_path)
    assert (caught.value.place.row, caught.value.expected) == (2, "a line number to undo")


def test_bytes_that_are_no_text_are_refused_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / decisions.LOG).write_bytes("已查".encode("gb18030"))
    for act in (lambda: decisions.read(tmp_path), lambda: decisions.append(tmp_path, **GIVEN)):
        with pytest.raises(InputError, match=r"decisions.jsonl: expected UTF-8 text"):
            act()
    assert (tmp_path / decisions.LOG).read_bytes() == "已查".encode("gb18030")


def test_a_link_or_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder" / decisions.LOG).mkdir(parents=True)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / decisions.LOG).symlink_to(tmp_path / "elsewhere.jsonl")
    for name in ("folder", "link"):
        with pytest.raises(InputError, match="expected a file of its own"):
            decisions.append(tmp_path / name, **GIVEN)
    assert not (tmp_path / "elsewhere.jsonl").exists()


@pytest.mark.parametrize(
    "mark", ["\n", "\r\n", "\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", '"', "\\", "}"]
)
def test_a_reason_may_hold_any_mark(tmp_path: Path, mark: str) -> None:
    reason = f"第一行{mark}第二行"
    decisions.append(tmp_path, **GIVEN | {"reason": reason})
    assert decisions.append(tmp_path, **GIVEN | {"finding": "other"}) == 2
    assert decisions.read(tmp_path)[KEY].reason == reason
    assert (tmp_path / decisions.LOG).read_bytes().count(b"\n") == 2


# staleness: every finding of a plant with eight planted errors is decided, then one input changes

PLANTED = {
    "ledger_digits": "chain.ledger",
    "wet_as_dry": "material.moisture",
    "bill_registers_wrong": "bill.registers",
    "duplicate_ticket": "evidence.duplicate",
    "formula_error": "calc.formula",
    "deposit_differs": "deposit.ledger",
    "plan_other_meter": "plan.instrument",
    "calibration_lapsed": "calibration.validity",
}


class Decided:
    """A case on which every finding was accepted; ``stale`` verifies its tables as they are now."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self.folder = case, folder
        self.first = self.verified({})
        for finding, digest in zip(self.first.findings, self.first.digests, strict=True):
            decisions.append(folder, **GIVEN | {"finding": finding_text(finding.key), "digest": digest})
        self.log = decisions.read(folder)

    def verified(self, decided: dict[str, Decision], **packs: Any) -> Verification:
        context = build_context(self.case)
        context = replace(context, packs={**context.packs, **packs})
        results = run_checks(context)
        return Verification(context, results, merge(context, results), decided)

    def stale(self, **packs: Any) -> list[str]:
        """Rules of the findings whose decision is stale now."""
        now = self.verified(self.log, **packs)
        return [finding.key.rule for index, finding in enumerate(now.findings) if now.stale(index)]

    def places(self, rule: str) -> list[Place]:
        """Cells that the finding of a rule rests on, those of what it explains too."""
        found = next(finding for finding in self.first.findings if finding.key.rule == rule)
        return list(dict.fromkeys(place for result in (*found.results, *found.explains) for place in result.places))

    def cell(self, place: Place) -> tuple[Row, str]:
        """The row of a place and its column."""
        rows = (row for rows in self.case.tables.values() for row in rows if row.place.row == place.row)
        return next((row, column) for row in rows for column in row.letters if row.cell(column) == place)


@contextmanager
def changed(row: Row, column: str, value: Any) -> Iterator[None]:
    """One cell with another value for a while."""
    before = row.values[column]
    row.values[column] = value
    try:
        yield
    finally:
        row.values[column] = before


def other(value: Any) -> Any:
    """A value of the same type, next to the one that is there."""
    if isinstance(value, Decimal):
        return value + Decimal("0.01")
    return value + timedelta(days=1) if isinstance(value, date) else f"{value or ''}x"


@pytest.fixture(scope="module")
def decided(cement_case: Path, tmp_path_factory: pytest.TempPathFactory) -> Decided:
    return Decided(load(cement_case), tmp_path_factory.mktemp("decided"))


def test_eight_errors_are_decided_and_nothing_is_stale(decided: Decided) -> None:
    assert sorted(decided.log) == sorted(finding_text(finding.key) for finding in decided.first.findings)
    assert sorted(finding.key.rule for finding in decided.first.findings) == sorted(PLANTED.values())
    assert decided.stale() == []
    assert not decided.verified(decided.log).draft


RESTING = [(rule, 0) for rule in sorted(set(PLANTED.values()) - {"evidence.duplicate"})]
RESTING += [(rule, -1) for rule in ("chain.ledger", "material.moisture", "bill.registers", "calibration.validity")]


@pytest.mark.parametrize(("rule", "which"), RESTING)
def test_a_changed_cell_makes_the_decision_that_rests_on_it_stale_and_no_other(
    decided: Decided, rule: str, which: int
) -> None:
    row, column = decided.cell(decided.places(rule)[which])
    with changed(row, column, other(row[column])):
        assert decided.stale() == [rule]
        assert decided.verified(decided.log).draft


def test_what_a_finding_explains_counts_among_its_inputs(decided: Decided) -> None:
    place = next(place for place in decided.places("evidence.duplicate") if decided.cell(place)[1] != "ticket_no")
    row, column = decided.cell(place)
    with changed(row, column, other(row[column])):
        assert decided.stale() == ["evidence.duplicate"]


def test_a_finding_that_a_new_cause_explains_waits_under_that_cause(decided: Decided) -> None:
    row, column = decided.cell(decided.places("deposit.ledger")[-1])
    assert row.table == "monthly_values"
    with changed(row, column, other(row[column])):
        now = decided.verified(decided.log)
        new = [finding for finding in now.findings if finding_text(finding.key) not in decided.log]
        assert "deposit.ledger" not in {finding.key.rule for finding in now.findings}
        assert "deposit.ledger" in {result.rule for finding in new for result in finding.explains}
        assert (decided.stale(), now.draft) == ([], True)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("streams", "note"),
        ("facilities", "name"),
        ("kiln_runs", "stop_reason"),
        ("plan", "department"),
        ("evidence", "title"),
    ],
)
def test_a_change_that_no_finding_rests_on_makes_nothing_stale(decided: Decided, table: str, column: str) -> None:
    row = decided.case.tables[table][0]
    with changed(row, column, other(row[column])):
        assert decided.stale() == []


def test_other_months_of_the_same_source_make_nothing_stale(decided: Decided) -> None:
    place = decided.places("chain.ledger")[0]
    month = decided.cell(place)[0]["month"]
    source = decided.cell(place)[0]["source_id"]
    for row in decided.case.tables["monthly_values"]:
        if row["source_id"] == source and row["month"] in ("2025-01", "2025-07") and row["month"] != month:
            with changed(row, "value", other(row["value"])):
                assert decided.stale() == []


def test_the_order_of_rows_is_no_input(decided: Decided) -> None:
    rows = decided.case.tables["daily_values"]
    rows.reverse()
    try:
        assert decided.stale() == []
    finally:
        rows.reverse()


def test_a_corrected_cell_takes_its_finding_away_and_leaves_the_other_decisions(decided: Decided) -> None:
    result = next(f for f in decided.first.findings if f.key.rule == "deposit.ledger").results[0]
    row, column = decided.cell(result.places[0])
    assert row[column] == result.observed
    with changed(row, column, result.expected):
        now = decided.verified(decided.log)
        assert sorted(finding.key.rule for finding in now.findings) == sorted(
            set(PLANTED.values()) - {"deposit.ledger"}
        )
        assert decided.stale() == []


def test_a_finding_of_other_months_waits_for_a_decision_of_its_own(decided: Decided) -> None:
    found = next(f for f in decided.first.findings if f.key.rule == "material.moisture")
    assert len(found.results) == 2
    result = found.results[0]
    row = decided.cell(result.places[0])[0]
    with changed(row, "dry_t", result.expected):
        now = decided.verified(decided.log)
        index = next(i for i, f in enumerate(now.findings) if f.key.rule == "material.moisture")
        assert now.findings[index].key.period != found.key.period
        assert (now.decision(index), now.undecided(index), now.draft) == (None, True, True)


def test_another_check_version_makes_every_decision_stale(decided: Decided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "CHECK_VERSION", findings.CHECK_VERSION + 1)
    assert sorted(decided.stale()) == sorted(PLANTED.values())


def test_a_rule_changed_in_the_pack_makes_the_decisions_under_it_stale_and_no_others(decided: Decided) -> None:
    context: Context = build_context(decided.case)
    pack = context.packs["facility"]
    rule = pack.checks["bill.registers"]
    changed_rule = replace(rule, statement={language: words + "!" for language, words in rule.statement.items()})
    other_pack = replace(pack, checks=MappingProxyType({**pack.checks, "bill.registers": changed_rule}))
    assert decided.stale(facility=other_pack) == ["bill.registers"]


def test_a_stale_rejection_counts_again(decided: Decided) -> None:
    key = next(text for text in decided.log if text.startswith("deposit.ledger"))
    rejected = {**decided.log, key: replace(decided.log[key], disposition="rejected")}
    now = decided.verified(rejected)
    index = next(i for i, f in enumerate(now.findings) if f.key.rule == "deposit.ledger")
    assert not now.stands(index)
    row, column = decided.cell(decided.places("deposit.ledger")[0])
    with changed(row, column, other(row[column])):
        later = decided.verified(rejected)
        index = next(i for i, f in enumerate(later.findings) if f.key.rule == "deposit.ledger")
        assert later.stale(index)
        assert later.stands(index)
