"""The three lists of packages agree, and run.py does what its lines promise."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"brotli-python": "brotli", "python-duckdb": "duckdb"}  # Python bindings are named so on conda-forge


def declared() -> dict[str, SpecifierSet]:
    """Packages of pyproject.toml, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


def locked() -> dict[str, Version]:
    """Packages of requirements.lock that Python 3.11 gets on this platform."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = [line.rstrip(" \\") for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    wanted = [
        r for r in map(Requirement, lines) if r.marker is None or r.marker.evaluate({"python_full_version": "3.11.7"})
    ]
    return {canonicalize_name(r.name): Version(str(r.specifier).removeprefix("==")) for r in wanted}


def conda() -> dict[str, SpecifierSet]:
    """Packages of environment.yml, those that pip installs included."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    lines = [entry for entry in entries if isinstance(entry, str) and not re.match(r"python=|pip$", entry)]
    lines += [line for entry in entries if isinstance(entry, dict) for line in entry["pip"] if not line.startswith("-")]
    found = {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}
    return {CONDA_NAMES.get(name, name): bounds for name, bounds in found.items()}


def test_conda_and_pyproject_name_the_same_packages_with_the_same_bounds() -> None:
    assert conda() == declared()


def test_the_lock_satisfies_pyproject() -> None:
    versions = locked()
    assert sorted(set(declared()) - set(versions)) == []
    assert {name: str(versions[name]) for name, bounds in declared().items() if versions[name] not in bounds} == {}


def test_every_locked_package_has_a_hash() -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_build_requirements_are_locked_for_the_editable_install() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert {Requirement(line).name for line in build} | {"editables"} <= set(locked())


@pytest.mark.parametrize("name", ["pyproject.toml", "environment.yml", "requirements.lock", "run.py", ".ci/run"])
def test_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"https?:|://|index-url|\b[\w-]+\.(?:org|com|io|net|cn)\b", text) == []


# run.py


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_for_tests", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in {
        "ROOT": tmp_path,
        "LOCK": tmp_path / "requirements.lock",
        "WHEELS": tmp_path / "wheels",
    }.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.delenv("VERIFIERKIT_VENV", raising=False)
    (tmp_path / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    return module


def record_calls(run: ModuleType, monkeypatch: pytest.MonkeyPatch, status: int = 0) -> list[list[str]]:
    calls: list[list[str]] = []

    def call(command: list[Any]) -> int:
        calls.append([str(part) for part in command])
        if "venv" in calls[-1]:
            python = Path(calls[-1][-1]) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
            python.parent.mkdir(parents=True)
            python.touch()
        return 0 if "venv" in calls[-1] else status

    monkeypatch.setattr(run, "call", call)
    monkeypatch.setattr(run, "fast_installer", lambda: None)
    return calls


def test_an_older_python_gets_one_clear_line(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2, "final", 0))
    assert run.main(["test"]) == 2
    assert capsys.readouterr().out == (
        "run.py: expected Python 3.11 or newer, found 3.9. Install it and run it by its name.\n"
    )


def test_an_unknown_command_shows_the_commands(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["nonsense"]) == 2
    assert "python3 run.py demo" in capsys.readouterr().out


def test_the_environment_is_made_once_and_renewed_when_the_lock_changes(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = record_calls(run, monkeypatch)
    assert run.main(["setup"]) == 0
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"], ["-m", "pip"]]
    assert "--require-hashes" in calls[1]
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(calls[2])
    calls.clear()
    assert run.main(["setup"]) == 0
    assert calls == []
    (tmp_path / "requirements.lock").write_text("a==2\n", encoding="utf-8")
    assert run.main(["setup"]) == 0
    assert len(calls) == 2


def test_a_failed_install_leaves_no_marker(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_calls(run, monkeypatch, status=1)
    assert run.main(["setup"]) == 2
    assert "installing the locked packages failed with exit status 1" in capsys.readouterr().err
    assert not (tmp_path / ".venv" / run.MARKER).exists()


def test_another_folder_can_be_named_but_not_one_with_other_files(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = record_calls(run, monkeypatch)
    monkeypatch.setenv("VERIFIERKIT_VENV", str(tmp_path / "mine"))
    assert run.main(["setup"]) == 0
    assert calls[0][-1] == str(tmp_path / "mine")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").touch()
    monkeypatch.setenv("VERIFIERKIT_VENV", str(tmp_path / "taken"))
    assert run.main(["setup"]) == 2
    assert "expected an environment or an empty folder" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (1, 0), (2, 2)])
def test_findings_are_no_failure_of_the_demonstration(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, expected: int
) -> None:
    for name in ("b", "a"):
        (tmp_path / "sample_data" / name).mkdir(parents=True)
        (tmp_path / "sample_data" / name / "case.yaml").touch()
    (tmp_path / "sample_data" / "notes").mkdir()
    monkeypatch.setattr(run, "ready_python", lambda: "python")
    calls = record_calls(run, monkeypatch, status)
    assert run.main(["demo"]) == expected
    cases = [str(tmp_path / "sample_data" / name) for name in ("a", "b")]
    out = str(tmp_path / "out" / "demo")
    assert calls == [["python", "-I", "-m", "verifierkit", "verify", *cases, "--out", out]]


def test_a_packed_folder_installs_from_its_wheels_alone(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "verifierkit-0.1.0-py3-none-any.whl").touch()
    calls = record_calls(run, monkeypatch)
    assert run.main(["setup"]) == 0
    assert all("--no-index" in call for call in calls[1:])
    assert calls[2][-1].endswith("verifierkit-0.1.0-py3-none-any.whl")


def test_pack_writes_over_nothing(run: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "letter.txt").touch()
    assert run.main(["pack", str(tmp_path / "kept")]) == 2
    assert "expected an empty or new folder" in capsys.readouterr().err


def test_an_unknown_benchmark_is_answered_with_the_known_ones(
    run: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests" / "benchmarks").mkdir(parents=True)
    (tmp_path / "tests" / "benchmarks" / "verify.py").touch()
    assert run.main(["bench", "speed"]) == 2
    assert "bench: expected one of verify, found speed." in capsys.readouterr().err


def test_run_py_needs_the_standard_library_only() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "run.py"), "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.startswith("Set verifierkit up and run it")
