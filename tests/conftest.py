"""Fixtures that several kinds of tests share: the cement sample with errors, verified once in a session."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from verifierkit import case, record
from verifierkit.verification import Verification, verify

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "cement-2025-errors"


@pytest.fixture(scope="session")
def cement_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the cement sample with errors; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("sample") / SAMPLE.name
    shutil.copytree(SAMPLE, folder)
    return folder


@pytest.fixture(scope="session")
def cement_verification(cement_case: Path) -> Verification:
    """The sample verified, without a decision."""
    return verify(case.load(cement_case))


@pytest.fixture(scope="session")
def cement_record(cement_verification: Verification) -> dict[str, Any]:
    """The record of the sample; tests leave it as it is."""
    return record.render(cement_verification)
