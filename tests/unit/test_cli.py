"""命令行：参数、退出状态、错误只占一行。"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from verifierkit import __version__, rulepack, run, samples
from verifierkit.cli import BAD_INPUT, main


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with one planted error."""
    folder = tmp_path_factory.mktemp("cli") / "one"
    samples.write(folder, sector="aluminium", year=2025, seed=41, errors=["deposit_missing"])
    return folder


def test_verify_ends_with_the_status_of_the_run(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["verify", str(case), "--out", str(tmp_path / "out"), "--formats", "none"]
    assert main(arguments) == 1
    assert "1 findings, 1 undecided" in capsys.readouterr().out
    assert main([*arguments, "--through", "2025-13"]) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "--through" in shown.err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--formats", "html,rtf"), ("--formats", ""), ("--lang", "de"), ("--lang", ","), ("--formats", "none,html")],
)
def test_an_unknown_choice_is_told_in_one_line(
    option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "nowhere", "--out", str(tmp_path / "out"), option, value]) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"verifierkit: {option}: expected {', '.join(_allowed(option))}, found {value!r}\n"
    assert not (tmp_path / "out").exists()


def _allowed(option: str) -> tuple[str, ...]:
    return run.FORMATS if option == "--formats" else run.LANGUAGES


def test_choices_are_taken_once_and_in_the_order_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[run.Request] = []
    monkeypatch.setattr(run, "verify", lambda folders, out, request: asked.append(request) or 0)
    main(["verify", "a", "--out", str(tmp_path), "--formats", "pdf, html,pdf", "--lang", "en", "--through", "2025-06"])
    main(["verify", "a", "--out", str(tmp_path), "--formats", "none"])
    assert asked == [run.Request(("en",), ("pdf", "html"), "2025-06"), run.Request(("zh", "en"), (), None)]


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["verify"], ["verify", "a"], ["rules"], ["new", "steel", "d"], ["simulate", "cement", "d"]],
)
def test_wrong_arguments_end_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_rules_are_listed_and_shown_with_citation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in rulepack.names())
    assert main(["rules", "show", "cement-2024"]) == 0
    assert "clinker_factor_tco2_per_t" in capsys.readouterr().out


def test_an_unknown_pack_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "cement-2042"]) == BAD_INPUT
    assert "cement-2042" in capsys.readouterr().err


def test_simulate_writes_a_case_and_never_over_one(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(case.rglob("*"))
    assert main(["simulate", "aluminium", str(case), "--seed", "1"]) == BAD_INPUT
    assert "is not empty" in capsys.readouterr().err
    assert sorted(case.rglob("*")) == before


@pytest.mark.parametrize("arguments", [["--error", "no_such_error"], ["--year", "1999"]])
def test_simulate_tells_what_it_cannot_do(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "cement", str(tmp_path / "c"), "--seed", "1", *arguments]) == BAD_INPUT
    assert capsys.readouterr().err.startswith("verifierkit: ")
    assert not (tmp_path / "c").exists()


def test_new_starts_a_case_that_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "cement", str(tmp_path / "c")]) == 0
    assert (tmp_path / "c" / "case.yaml").is_file()
    assert main(["new", "cement", str(tmp_path / "c")]) == BAD_INPUT
    assert "verifierkit: " in capsys.readouterr().err


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifierkit", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"verifierkit {__version__}\n")
    done = subprocess.run(
        [sys.executable, "-m", "verifierkit", "verify", "nowhere", "--out", "o", "--formats", "none"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
