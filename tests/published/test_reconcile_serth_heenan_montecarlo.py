"""Monte-Carlo protocol of Serth & Heenan 1986 on their steam network, reduced runs; the full one is ``bench reconcile``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

RUNS = 80
SEED = 2025


@pytest.fixture(scope="module")
def steam() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "_steam.py"
    spec = importlib.util.spec_from_file_location("_steam_for_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_true_flows_close(steam: ModuleType) -> None:
    residual = steam.steam_network().system.discrepancy
    assert np.abs(residual).max() < 0.011  # flows are printed with two decimals


@pytest.fixture(scope="module")
def scores(steam: ModuleType) -> dict[int, dict[str, Any]]:
    return {errors: steam.trial(errors, RUNS, SEED) for errors in (0, 1, 3, 7)}


def test_mimt_reaches_the_published_level(steam: ModuleType, scores: dict[int, dict[str, Any]]) -> None:
    for errors, (power, type_one) in steam.MIMT_PUBLISHED.items():
        score = scores[errors]["MIMT"]
        spread = score.power_per_run.std() / np.sqrt(RUNS)
        assert abs(score.power - power) < 3 * spread + 0.01  # published to two digits
        assert score.type_one < type_one + 3 * np.sqrt(max(type_one, 0.1) / RUNS)


def test_sets_of_errors_beat_mimt_with_fewer_false_names(scores: dict[int, dict[str, Any]]) -> None:
    for errors in (3, 7):
        ours, theirs = scores[errors]["sets of errors"], scores[errors]["MIMT"]
        assert ours.power > theirs.power
        assert ours.type_one < theirs.type_one


def test_clean_data_raise_few_alarms(scores: dict[int, dict[str, Any]]) -> None:
    assert scores[0]["sets of errors"].type_one <= 0.07
