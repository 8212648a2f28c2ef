"""合并到另一项发现的处理，以及所指发现已不存在的处理。"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.small_plant import Rows, plant, reported, verification
from verifierkit import decisions, outputs, record
from verifierkit.decisions import Decision, finding_text
from verifierkit.errors import InputError, UsageError
from verifierkit.run import _line
from verifierkit.verification import Verification

BASE: dict[str, str] = {"digest": "d", "reason": "同一原因", "by": "张三", "on": "2026-04-20"}


def put(folder: Path, finding: str, target: str = "", **more: Any) -> int:
    disposition = "merged" if target else "accepted"
    return decisions.append(folder, finding=finding, disposition=disposition, target=target, **BASE | more)


# the log


def test_a_merge_holds_its_target_and_old_lines_without_one_are_read(tmp_path: Path) -> None:
    put(tmp_path, "a", "b")
    line = {
        "finding": "c",
        "disposition": "merged",
        "status": "raised",
        "digest": "d",
        "reason": "x",
        "by": "y",
        "on": "z",
    }
    with (tmp_path / decisions.LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    held = decisions.read(tmp_path)
    assert (held["a"].target, held["c"].target) == ("b", "")
    written = json.loads((tmp_path / decisions.LOG).read_text(encoding="utf-8").splitlines()[0])
    assert (written["schema"], written["target"]) == (decisions.SCHEMA, "b")


def test_targets_that_cannot_be_are_refused_and_not_written(tmp_path: Path) -> None:
    put(tmp_path, "b", "c")
    put(tmp_path, "c", "d")
    before = (tmp_path / decisions.LOG).read_bytes()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"finding": "a", "disposition": "merged"}, "needs the finding that this one is merged into"),
        ({"finding": "a", "disposition": "accepted", "target": "b"}, "only a merged finding has a target"),
        ({"finding": "a", "disposition": "merged", "target": "a"}, "is the finding itself or merged into it"),
        ({"finding": "d", "disposition": "merged", "target": "b"}, "is the finding itself or merged into it"),
        ({"finding": "a", "disposition": "merged", "target": "x", "known": ["a", "b"]}, "there is no finding 'x'"),
    ]
    for given, message in refused:
        with pytest.raises(UsageError, match=message):
            decisions.append(tmp_path, **BASE | given)
    assert (tmp_path / decisions.LOG).read_bytes() == before
    decisions.undo(tmp_path, line=1, by="张三", on="2026-04-21")
    assert put(tmp_path, "d", "b") == 4  # b leads nowhere any more


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"schema": 3}, "a line of form 2 or below"),
        ({"schema": "2"}, "a line of form 2 or below"),
        ({"target": ["b"]}, "the key of a finding as target"),
    ],
)
def test_a_line_of_a_later_form_or_with_a_faulty_target_is_named(
    tmp_path: Path, more: dict[str, Any], expected: str
) -> None:
    line = {"finding": "a", "disposition": "merged", "status": "raised"} | more
    (tmp_path / decisions.LOG).write_text(json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        decisions.read(tmp_path)
    assert (caught.value.expected, caught.value.place.row) == (expected, 1)


# in a verification: wrong clinker of a month on three links gives several findings


def faulty() -> Rows:
    rows = plant()
    reported(rows, "clinker_produced_t", "2025-04")["value"] += 10
    reported(rows, "fuel_consumed", "2025-05")["value"] += 10
    return rows


def decided(found: Verification, **dispositions: dict[str, str]) -> Verification:
    """Decisions by the place of a finding, as ``f0={"disposition": ..}``; the target may be given as ``f1``."""
    keys = [finding_text(finding.key) for finding in found.findings]
    held = {}
    for line, (name, given) in enumerate(dispositions.items(), start=1):
        index, target = int(name[1:]), given.get("target", "")
        target = keys[int(target[1:])] if target.startswith("f") else target
        given = {"digest": found.digests[index], "status": "raised"} | given | {"target": target}
        held[keys[index]] = Decision(line=line, finding=keys[index], reason="r", by="b", on="o", **given)
    return replace(found, decided=held)


MERGED = {"disposition": "merged"}
ACCEPTED, REJECTED = {"disposition": "accepted"}, {"disposition": "rejected"}


@pytest.fixture(scope="module")
def found() -> Verification:
    made = verification(faulty())
    assert len(made.findings) >= 3
    return made


def test_a_merged_finding_shares_what_was_decided_on_its_target(found: Verification) -> None:
    one = decided(found, f0=MERGED | {"target": "f1"}, f1=ACCEPTED)
    assert (one.merged_into(0), one.merged_into(1), one.stands(0)) == (1, None, True)
    two = decided(found, f0=MERGED | {"target": "f1"}, f1=REJECTED)
    assert (two.stands(0), two.undecided(0)) == (False, False)
    three = decided(found, f0=MERGED | {"target": "f1"}, f1=MERGED | {"target": "f2"}, f2=REJECTED)
    assert not three.stands(0)


def test_a_merge_into_a_finding_that_is_gone_or_in_a_circle_waits_for_a_decision(found: Verification) -> None:
    gone = decided(found, f0=MERGED | {"target": "chain.year | x"})
    assert (gone.merge_fault(0), gone.undecided(0), gone.merged_into(0), gone.stands(0)) == ("gone", True, None, True)
    own = decided(found, f0=MERGED | {"target": "f0"})
    assert (own.merge_fault(0), own.undecided(0)) == ("circular", True)
    circle = decided(found, f0=MERGED | {"target": "f1"}, f1=MERGED | {"target": "f0"}, f2=MERGED | {"target": "f0"})
    assert [circle.merge_fault(index) for index in range(3)] == ["circular"] * 3
    assert circle.stands(2)


def test_a_stale_merge_is_stale_and_an_old_one_without_target_is_decided(found: Verification) -> None:
    stale = decided(found, f0=MERGED | {"target": "f1", "digest": "old"})
    assert (stale.stale(0), stale.merge_fault(0), stale.merged_into(0)) == (True, "", None)
    old = decided(found, f0=MERGED)
    assert (old.undecided(0), old.merge_fault(0), old.merged_into(0), old.stands(0)) == (False, "", None, True)


def test_the_record_names_the_target_by_its_id_and_the_fault_of_a_merge(found: Verification) -> None:
    made = record.render(decided(found, f0=MERGED | {"target": "f1"}, f1=ACCEPTED))["findings"]
    assert [(row["disposition"], row["merged_into"]) for row in made[:2]] == [("merged", "F02"), ("accepted", "")]
    (row, *_) = outputs.finding_rows({"findings": made})
    assert (row["disposition"], row["merged_into"]) == ("merged", "F02")
    broken = record.render(decided(found, f0=MERGED | {"target": "x"}))["findings"][0]
    assert (broken["disposition"], broken["merge_fault"], broken["reason"]) == ("undecided", "gone", "r")


def test_report_and_papers_say_what_a_finding_was_merged_into(found: Verification) -> None:
    from verifierkit.documents.blocks import plain
    from verifierkit.documents.closing import annex_findings
    from verifierkit.documents.view import View
    from verifierkit.papers.tables import findings

    made = record.render(decided(found, f0=MERGED | {"target": "f1"}, f1=ACCEPTED))
    for language, words in (("zh", "已合并（并入 F02）"), ("en", "merged (into F02)")):
        (table,) = annex_findings(View(made, language))
        assert words in plain(table.rows[0][-1].spans)  # type: ignore[union-attr]
        assert "into" not in plain(table.rows[1][-1].spans)  # type: ignore[union-attr]
        assert any("→ F02" in cell for cell in findings(made, language).iloc[0])


# decisions whose finding is gone


GONE = "chain.report | k1 | 2025-11 | p_k1 | s_p"


def with_gone(made: Verification, *keys: str) -> Verification:
    held = {
        key: Decision(line, key, "d", "accepted", "raised", "已核对", "张三", "2026-04-20")
        for line, key in enumerate(keys, start=1)
    }
    return replace(made, decided=held)


def test_decisions_of_findings_that_are_gone_are_listed(found: Verification) -> None:
    made = record.render(with_gone(found, "not a key", GONE, finding_text(found.findings[0].key)))
    assert [(row["line"], row["finding"]) for row in made["decisions_without_finding"]] == [(1, "not a key"), (2, GONE)]
    row = outputs.summary_row("case", made)
    assert row["decisions_without_finding"] == "2"
    assert "2 decisions of findings that are no longer there" in _line(row)


def test_a_part_year_run_does_not_miss_findings_of_later_months() -> None:
    made = verification(faulty(), through="2025-06")
    year, later, early = GONE.replace("2025-11", "2025"), GONE, GONE.replace("2025-11", "2025-02")
    run_on = GONE.replace("2025-11", "2025-03/2025-09")
    assert [held.finding for held in with_gone(made, year, later, run_on, early).orphans] == [early]
