"""The same case gives the same bytes in another folder, with another BLAS kernel, thread count, hash seed and time zone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "aluminium-2025-errors"
OTHER = {
    "OPENBLAS_CORETYPE": "Prescott",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "7",
    "TZ": "America/Lima",
}


def verified(folder: Path, **settings: str) -> dict[str, bytes]:
    """Files that verify writes for a copy of the sample in a folder, by their path."""
    case, out = folder / SAMPLE.name, folder / "out"
    shutil.copytree(SAMPLE, case)
    command = [sys.executable, "-P", "-m", "verifierkit", "verify", str(case), "--out", str(out), "--formats", "html"]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "another place").mkdir()
    first, second = verified(tmp_path / "one"), verified(tmp_path / "another place", **OTHER)
    assert {"result.json", "findings.csv", "report.zh.html", "report.en.html"} <= set(first)
    assert [name for name in first if first[name] != second.get(name)] == []
    assert sorted(first) == sorted(second)
