"""Evidence folders that try to leave the case, and names that not every system can hold."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.case_builder import copy_small as write_small
from verifierkit import case
from verifierkit.errors import InputError, InputErrors
from verifierkit.evidence import path_fault


def _message(root: Path) -> str:
    with pytest.raises((InputError, InputErrors)) as problem:
        case.load(root)
    return str(problem.value)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.txt", "data.xlsx"])
def test_links_in_evidence_are_refused(tmp_path: Path, target: str) -> None:
    root = write_small(tmp_path / "c")
    (root / "evidence" / "a.txt").symlink_to(target)
    assert "evidence/a.txt: expected a file kept in the case folder, found the link evidence/a.txt" in _message(root)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    (tmp_path / "outside").mkdir()
    (root / "evidence" / "more").symlink_to(tmp_path / "outside")
    assert "found the link evidence/more" in _message(root)


def test_a_linked_evidence_folder_is_refused(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    (root / "evidence").rmdir()
    (root / "evidence").symlink_to(tmp_path)
    assert "found the link evidence" in _message(root)


def test_a_linked_workbook_is_refused(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    (root / "data.xlsx").rename(tmp_path / "data.xlsx")
    (root / "data.xlsx").symlink_to(tmp_path / "data.xlsx")
    assert "found the link data.xlsx" in _message(root)


@pytest.mark.parametrize("name", ["CON", "aux.pdf", "Lpt1.xlsx", "com9.tar.gz"])
def test_device_names_are_refused(tmp_path: Path, name: str) -> None:
    root = write_small(tmp_path / "c")
    (root / "evidence" / name).write_text("x")
    assert f"evidence/{name}: expected a name that every system can hold, found a device name of Windows" in _message(
        root
    )


def test_names_that_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    (root / "evidence" / "Bill.pdf").write_text("1")
    (root / "evidence" / "bill.pdf").write_text("2")
    if len(list((root / "evidence").iterdir())) < 2:
        pytest.skip("this file system holds only one of the two names")
    assert "found evidence/Bill.pdf and evidence/bill.pdf, which differ only in case" in _message(root)


def test_special_files_are_refused_and_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_small(tmp_path / "c")
    os.mkfifo(root / "evidence" / "pipe")
    assert "evidence/pipe: expected a regular file, found a special file" in _message(root)
    (root / "evidence" / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(root)
        server.bind("evidence/socket")
        assert "evidence/socket: expected a regular file" in _message(root)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("evidence/a.xlsx", ""),
        ("证据/结算单 1.xlsx", ""),
        ("evidence/console.xlsx", ""),
        ("a//b", ""),
        ("", "an empty path"),
        ("/a", "an absolute path"),
        ("c:/a", "an absolute path"),
        ("a\\b", "a backslash"),
        ("a/../b", "a step out of the folder (..)"),
        ("a/NUL", "a device name of Windows"),
        ("a/nul .txt", "a device name of Windows"),
        ("a./b", "a part that ends in a dot or space"),
        ("a\nb", "a character that Windows does not allow"),
        ("ab:c", "a character that Windows does not allow"),
    ],
)
def test_paths(name: str, fault: str) -> None:
    assert path_fault(name) == fault


CANARY = "import pathlib; pathlib.Path(__file__).with_suffix('.fired').write_text('x')\n"


def test_nothing_in_a_case_is_imported(tmp_path: Path) -> None:
    root = write_small(tmp_path / "c")
    for name in ("pandas.py", "verifierkit.py", "sitecustomize.py", "yaml.py", "openpyxl.py", "python_calamine.py"):
        (root / name).write_text(CANARY)
        (root / "evidence" / name).write_text(CANARY)
    code = "import sys; from verifierkit import case; print(len(case.load(sys.argv[1]).tables))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(root.rglob("*.fired"))
