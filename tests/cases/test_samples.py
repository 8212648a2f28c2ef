"""The sample cases of the repository: written by the simulator as listed, and verified to the planted findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifierkit import case, outputs, samples
from verifierkit.verification import verify

FOLDER = Path(__file__).resolve().parents[2] / "sample_data"
SAMPLES = samples.listed(FOLDER)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_findings_equal_the_planted_ones_both_ways(sample: samples.Sample) -> None:
    folder = FOLDER / sample.name
    verification = verify(case.load(folder))
    found = sorted(tuple(finding.key) for finding in verification.findings)
    assert found == outputs.read_findings(folder / case.EXPECTED_FILE)
    assert bool(found) == bool(sample.errors)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_is_what_the_simulator_writes(sample: samples.Sample, tmp_path: Path) -> None:
    target = tmp_path / sample.name
    samples.write(target, sector=sample.sector, year=sample.year, seed=sample.seed, errors=sample.errors)
    written = {path.relative_to(target): path.read_bytes() for path in sorted(target.rglob("*")) if path.is_file()}
    stored = FOLDER / sample.name
    held = {path.relative_to(stored): path.read_bytes() for path in sorted(stored.rglob("*")) if path.is_file()}
    assert sorted(written) == sorted(held)
    assert [name for name in written if written[name] != held[name]] == []


def test_error_samples_hold_at_least_eight_errors_of_different_kinds() -> None:
    for sample in SAMPLES:
        if sample.errors:
            rows = outputs.read_findings(FOLDER / sample.name / case.EXPECTED_FILE)
            assert len(set(sample.errors)) >= 8
            assert len({row[0] for row in rows}) >= 6
