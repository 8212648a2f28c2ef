"""The detection benchmark on few seeds: silence on clean plants, power beside the limit, named sources and classes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
MODULES = ("_measure", "_plants", "_prior", "_oracle", "_trials", "detection")
LEARNED, TRIED, FIRST = 8, 6, 9500
LARGE = (3, 4)  # bins of sizes over 1.5 detection limits


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        for name in MODULES:
            sys.modules.pop(name, None)
        yield importlib.import_module("detection")


@pytest.fixture(scope="module")
def years(bench: ModuleType) -> list:
    scales = bench.learned_scales([bench.noise(who) for who in bench.seeds(bench.LEARNING, LEARNED)])
    return [bench.year(*who, scales, LARGE) for who in bench.seeds(FIRST, TRIED)]


def test_clean_plants_are_silent_and_the_oracle_knows_their_noise(bench: ModuleType, years: list) -> None:
    limit = bench.settings().number("evidence_limit")
    assert [own.clean.ours > limit for own in years] == [False] * TRIED
    assert 0.5 < np.mean([own.plain for own in years]) < 2  # chi-square per degree of freedom at the learned noise


def test_large_errors_are_flagged_and_their_source_is_named(bench: ModuleType, years: list) -> None:
    trials = [trial for own in years for trial in own.trials]
    assert len(trials) >= TRIED
    flagged = [trial for trial in trials if trial.said]
    assert len(flagged) >= 0.7 * len(trials)
    assert [trial for trial in trials if trial.multiple >= 3 and not trial.said] == []
    assert np.mean([trial.said[0].source for trial in flagged]) >= 0.8
    assert np.mean([trial.said[0].kind for trial in flagged]) >= 0.7


def test_the_limit_is_no_worse_than_ours(years: list) -> None:
    worst = max(own.clean.limit for own in years)
    trials = [trial for own in years for trial in own.trials]
    assert [trial.about for trial in trials if trial.said and trial.tests.limit <= worst] == []


def test_the_table_states_every_part(bench: ModuleType, years: list) -> None:
    scope = bench.Scope(LEARNED, TRIED, TRIED, 0, 0)
    text = bench.table(bench.Outcome(scope, years, years, {1.5: years}, [(), ("balance.bus",)]))
    for part in ("## Clean plant-years", "## One error", "## Cause", "over 2", "balance.bus 1"):
        assert part in text
