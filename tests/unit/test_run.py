"""主任务：退出状态、一个坏案例不影响其他、不覆盖他人文件、部分年度。"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from verifierkit import decisions, outputs, run, samples
from verifierkit.case import CASE_FILE, EXPECTED_FILE, Case
from verifierkit.errors import InputError, UsageError

ALONE = run.Request(formats=())


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean case, one with two planted errors, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("cases")
    samples.write(folder / "clean", sector="cement", year=2025, seed=31)
    samples.write(folder / "faulty", sector="cement", year=2025, seed=32, errors=["ledger_digits", "deposit_late"])
    (folder / "broken").mkdir()
    (folder / "broken" / CASE_FILE).write_text("schema: 1\n", encoding="utf-8")
    return folder


def quiet(_: str) -> None:
    """Say nothing."""


def listed(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# exit status


def test_a_clean_case_ends_with_zero(cases: Path, tmp_path: Path) -> None:
    said: list[str] = []
    assert run.verify([cases / "clean"], tmp_path / "out", ALONE, say=said.append) == run.CLEAN == 0
    assert listed(tmp_path / "out") == ["findings.csv", "result.json"]
    assert outputs.read_findings(tmp_path / "out/findings.csv") == []
    assert said[-1].startswith("clean: clean; facility reported ")


def test_findings_end_with_one_and_are_those_planted(cases: Path, tmp_path: Path) -> None:
    assert run.verify([cases / "faulty"], tmp_path / "out", ALONE, say=quiet) == run.FINDINGS == 1
    found = outputs.read_findings(tmp_path / "out/findings.csv")
    assert found == outputs.read_findings(cases / "faulty" / EXPECTED_FILE)
    assert len(found) == 2


def test_an_unusable_case_ends_with_two_and_writes_nothing(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.verify([cases / "broken"], tmp_path / "out", ALONE, say=quiet) == run.BAD_INPUT == 2
    assert not (tmp_path / "out").exists()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("broken: case.yaml")
    assert "Traceback" not in shown.err


def test_a_bad_case_among_others_does_not_stop_them(cases: Path, tmp_path: Path) -> None:
    order = [cases / name for name in ("broken", "clean", "faulty")]
    assert run.verify(order, tmp_path / "out", ALONE, say=quiet) == 2
    assert listed(tmp_path / "out") == [
        "clean/findings.csv", "clean/result.json", "faulty/findings.csv", "faulty/result.json", "summary.csv",
    ]  # fmt: skip
    lines = (tmp_path / "out/summary.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["case", "broken", "clean", "faulty"]
    assert [line.split(",")[3] for line in lines[1:]] == ["not verified", "clean", "findings"]
    assert "case.yaml" in lines[1]


def test_findings_go_before_clean_in_the_status_of_several(cases: Path, tmp_path: Path) -> None:
    assert run.verify([cases / "faulty", cases / "clean"], tmp_path / "out", ALONE, say=quiet) == 1


# what is written where


def test_two_runs_in_different_folders_give_the_same_bytes(cases: Path, tmp_path: Path) -> None:
    shutil.copytree(cases / "faulty", tmp_path / "elsewhere" / "faulty")
    run.verify([cases / "faulty"], tmp_path / "a", ALONE, say=quiet)
    run.verify([tmp_path / "elsewhere" / "faulty"], tmp_path / "b", ALONE, say=quiet)
    for name in ("result.json", "findings.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_case_folder_is_left_as_it_was(cases: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (cases / "clean").rglob("*") if path.is_file()}
    run.verify([cases / "clean"], tmp_path / "out", ALONE, say=quiet)
    assert {path: path.read_bytes() for path in (cases / "clean").rglob("*") if path.is_file()} == before


def test_an_earlier_result_of_the_same_case_is_replaced(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run.verify([cases / "clean"], out, ALONE, say=quiet)
    before = (out / "result.json").read_bytes()
    (out / "report.zh.html").write_text("old", encoding="utf-8")
    assert run.verify([cases / "clean"], out, ALONE, say=quiet) == 0
    assert (out / "result.json").read_bytes() == before
    assert listed(out) == ["findings.csv", "result.json"]


@pytest.mark.parametrize("name", ["notes.txt", "case_data.xlsx"])
def test_other_files_are_never_written_over(cases: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text("mine", encoding="utf-8")
    assert run.verify([cases / "clean"], out, ALONE, say=quiet) == 2
    assert listed(out) == [name]
    assert (out / name).read_text(encoding="utf-8") == "mine"


def test_results_of_another_case_are_not_replaced(cases: Path, tmp_path: Path) -> None:
    run.verify([cases / "clean"], tmp_path / "out", ALONE, say=quiet)
    before = (tmp_path / "out/result.json").read_bytes()
    assert run.verify([cases / "faulty"], tmp_path / "out", ALONE, say=quiet) == 2
    assert (tmp_path / "out/result.json").read_bytes() == before


def test_a_summary_of_somebody_else_is_not_written_over(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="summary.csv"):
        run.verify([cases / "clean", cases / "faulty"], out, ALONE, say=quiet)
    assert listed(out) == ["summary.csv"]


def test_an_output_in_a_case_folder_is_refused_before_anything_is_done(cases: Path) -> None:
    before = listed(cases)
    for place in ("clean", "clean/out", "clean/evidence/out/deeper"):
        for folders in ([cases / "clean"], [cases / "faulty", cases / "broken"]):
            with pytest.raises(UsageError, match="case folder"):
                run.verify(folders, cases / place, ALONE, say=quiet)
    assert listed(cases) == before


def test_an_output_that_is_or_lies_below_a_file_is_refused(cases: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        for folders in ([cases / "clean"], [cases / "clean", cases / "faulty"]):
            with pytest.raises(UsageError, match="is a file"):
                run.verify(folders, out, ALONE, say=quiet)


def test_several_cases_beside_their_own_folders_are_refused_one_by_one(cases: Path) -> None:
    before = set(listed(cases))
    assert run.verify([cases / "clean", cases / "faulty"], cases, ALONE, say=quiet) == 2
    assert set(listed(cases)) - before == {"summary.csv"}
    (cases / "summary.csv").unlink()


def test_cases_of_one_name_are_told_apart_by_the_folder_above(cases: Path, tmp_path: Path) -> None:
    for above in ("north", "south"):
        shutil.copytree(cases / "clean", tmp_path / above / "2025")
    folders = [tmp_path / "north" / "2025", tmp_path / "south" / "2025", cases / "clean"]
    assert run.verify(folders, tmp_path / "out", ALONE, say=quiet) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clean",
        "north-2025",
        "south-2025",
        "summary.csv",
    ]


def test_a_case_named_twice_is_refused_before_anything_is_done(cases: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the case clean is named twice"):
        run.verify([cases / "clean", cases / "faulty" / ".." / "clean"], tmp_path / "out", ALONE, say=quiet)
    assert not (tmp_path / "out").exists()


def test_names_that_cannot_be_told_apart_are_refused() -> None:
    folders = [Path("a/x/2025"), Path("b/x/2025")]
    with pytest.raises(UsageError, match="both be called x-2025"):
        run.labels(folders)
    with pytest.raises(UsageError, match="both be called"):
        run.labels([Path("a/Case"), Path("b/case"), Path("c/a-Case")])
    assert run.labels([Path("a/Case"), Path("b/case")]) == ["a-Case", "b-case"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("k9"), "internal error, please report it (KeyError: 'k9')"),
        (PermissionError(13, "Permission denied", "/some/where/data.xlsx"), "data.xlsx: Permission denied"),
    ],
)
def test_no_fault_in_one_case_takes_the_others_with_it(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    error: Exception, words: str,
) -> None:  # fmt: skip
    build = run.record.build

    def fails(case: Case) -> dict[str, Any]:
        if case.root.name == "faulty":
            raise error
        return build(case)

    monkeypatch.setattr(run.record, "build", fails)
    said: list[str] = []
    assert run.verify([cases / "faulty", cases / "clean"], tmp_path / "out", ALONE, say=said.append) == run.BAD_INPUT
    assert said[-3] == f"faulty: not verified: {words}"
    assert said[-1] == "2 cases: 1 not verified, 1 clean; see summary.csv"
    assert capsys.readouterr().err == f"faulty: {words}\n"
    assert (tmp_path / "out/clean/result.json").is_file()


def test_a_fault_of_ours_in_a_single_case_is_not_hidden(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(case: Case) -> dict[str, Any]:
        raise KeyError(case.root.name)

    monkeypatch.setattr(run.record, "build", fails)
    with pytest.raises(KeyError):
        run.verify([cases / "clean"], tmp_path / "out", ALONE, say=quiet)


def test_several_cases_are_counted_while_they_run(cases: Path, tmp_path: Path) -> None:
    said: list[str] = []
    run.verify([cases / "broken", cases / "faulty"], tmp_path / "out", ALONE, say=said.append)
    assert [line for line in said if line.startswith("case ")] == ["case 1 of 2: broken", "case 2 of 2: faulty"]
    assert said[-3].startswith("broken: not verified: case.yaml, ")
    assert said[-1] == "2 cases: 1 not verified, 1 findings; see summary.csv"


def test_decisions_whose_finding_is_gone_are_listed(cases: Path, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(cases / "faulty", folder)
    gone = "chain.report | k1 | 2025-11 | p_k1 | s_gone"
    decisions.append(
        folder, finding=gone, digest="d", disposition="accepted", reason="已核对", by="张三", on="2026-04-20"
    )
    said: list[str] = []
    run.verify([folder], tmp_path / "out", ALONE, say=said.append)
    told = f"case: decisions.jsonl line 1 (accepted) speaks of a finding that is no longer there: {gone}"
    assert told in said
    assert "1 decisions of findings that are no longer there" in said[-1]
    made = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert [row["finding"] for row in made["decisions_without_finding"]] == [gone]


# part of a year


def test_a_part_year_misses_no_later_month(cases: Path, tmp_path: Path) -> None:
    said: list[str] = []
    request = run.Request(formats=(), through="2025-06")
    assert run.verify([cases / "clean"], tmp_path / "out", request, say=said.append) == 0
    made = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert made["through"] == "2025-06"
    assert made["findings"] == []
    months = {month["month"] for block in made["parameters"] for month in block["months"]}
    assert max(months) == "2025-06"
    assert not any("2025-07" in result["period"] or "2025-12" in result["period"] for result in made["results"])
    lines = [row for row in made["totals"] if row["track"] == "facility"]
    assert all(row["reported"] == row["verified"] != "" for row in lines)


@pytest.mark.parametrize("through", ["2024-12", "2025-13", "June", "2025"])
def test_a_part_year_ends_with_a_month_of_the_year(cases: Path, tmp_path: Path, through: str) -> None:
    assert run.verify([cases / "clean"], tmp_path / "out", run.Request(formats=(), through=through), say=quiet) == 2
    assert not (tmp_path / "out").exists()


def test_one_case_raises_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        run.verify_one(tmp_path / "nowhere", tmp_path / "out", ALONE, say=quiet)
