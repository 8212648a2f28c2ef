"""命令 reconcile：只读入、拟合、写工作底稿；退出状态与 verify 相同，一个坏案例不影响其他案例。"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from verifierkit import engine, samples
from verifierkit.cli import BAD_INPUT, main
from verifierkit.cli_reconcile import CLEAN, ERRORS
from verifierkit.documents.joint_pictures import KINDS

WRITTEN = {"reconciliation.json", "reconciliation.zh.html", "reconciliation.zh.ipynb"}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clean plant, one with a wrong multiplier at the gate, and a folder that is no case."""
    folder = tmp_path_factory.mktemp("reconcile")
    samples.write(folder / "clean", sector="aluminium", year=2025, seed=7101)
    samples.write(folder / "wrong", sector="cement", year=2025, seed=7001, errors=["gate_multiplier"])
    (folder / "nothing").mkdir()
    return {name: folder / name for name in ("clean", "wrong", "nothing")}


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> object:
    yield
    engine.stop()


def test_an_error_is_told_and_the_paper_written(
    cases: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["reconcile", str(cases["wrong"]), "--out", str(out), "--lang", "zh"]) == ERRORS
    told = capsys.readouterr().out
    for words in ("1 项疑点", "关口副表抄表记录", "倍率或互感器变比错误（×1.2）", "2025年", "影响：0", "无自身计量"):
        assert words in told
    assert {path.name for path in out.iterdir()} == WRITTEN
    record = json.loads((out / "reconciliation.json").read_text(encoding="utf-8"))
    page = BeautifulSoup((out / "reconciliation.zh.html").read_text(encoding="utf-8"), "html.parser")
    text = page.get_text("\n")
    assert record["reconciliation"]["errors"][0]["text"]["zh"] in text
    assert len(page.select("img")) == 1 + len(KINDS)  # the page that tells it all stands first
    assert str(tmp_path) not in (out / "reconciliation.zh.ipynb").read_text(encoding="utf-8")
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert main(["reconcile", str(cases["wrong"]), "--out", str(out), "--lang", "zh"]) == ERRORS
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_a_bad_case_does_not_stop_the_others(
    cases: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(cases["nothing"]), str(cases["clean"])]
    assert main(["reconcile", *given, "--out", str(tmp_path / "out"), "--lang", "en"]) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.err.startswith("nothing: ")
    assert "clean: log evidence" in shown.out
    assert "0 errors named" in shown.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clean"]


def test_a_clean_case_ends_with_zero_and_a_part_year_is_fitted(
    cases: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifierkit.papers.reconciling.make_paper", lambda record, made, languages: made.mkdir())
    given = ["reconcile", str(cases["clean"]), "--out", str(tmp_path / "out"), "--through", "2025-06"]
    assert main(given) == CLEAN


def test_a_folder_of_other_files_is_refused(
    cases: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["reconcile", str(cases["clean"]), "--out", str(tmp_path)]) == BAD_INPUT
    assert "mine.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_language_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "nowhere", "--out", str(tmp_path / "out"), "--lang", "de"]) == BAD_INPUT
    assert capsys.readouterr().err == "verifierkit: --lang: expected zh, en, found 'de'\n"
