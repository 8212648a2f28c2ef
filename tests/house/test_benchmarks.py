"""The tables of the benchmarks say on which modules they were measured; a changed module makes them stale."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = sorted(path.stem for path in BENCHMARKS.glob("[a-z]*.py"))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("_measure", *NAMES):
        sys.modules.pop(name, None)
    return importlib.import_module("_measure")


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_of_these_modules(load: ModuleType, name: str) -> None:
    measured = importlib.import_module(name).MEASURED
    missing = [part for names in measured.values() for part in names if not (load.ROOT / part).exists()]
    assert missing == []
    table = BENCHMARKS / f"{name}.md"
    if not table.exists() or load.is_stale(table, measured):
        pytest.skip(f"stale: measured modules have changed, run python3 run.py bench {name}")


def test_a_changed_module_makes_a_table_stale(
    load: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "ROOT", tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "x.py").write_text("a = 1\n", encoding="utf-8")
    measured = {"read": ("package",)}
    table = tmp_path / "t.md"
    table.write_text("\n".join(load.digest_lines(measured)), encoding="utf-8")
    assert not load.is_stale(table, measured)
    (tmp_path / "package" / "x.py").write_text("a = 2\n", encoding="utf-8")
    assert load.is_stale(table, measured)


def test_a_stage_is_timed_and_weighed(load: ModuleType) -> None:
    meter = load.Meter()
    with meter.stage("hold"):
        held = bytearray(64 * load.MIB)
    assert meter.stages[0].name == "hold"
    assert meter.stages[0].seconds > 0
    assert meter.stages[0].peak_mib > len(held) / load.MIB
