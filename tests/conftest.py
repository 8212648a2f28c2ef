"""Fixtures that several kinds of tests share: one cement plant with eight planted errors, verified once in a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from verifierkit import case, record, samples
from verifierkit.verification import Verification, verify

PLANTED = (
    "ledger_digits",
    "wet_as_dry",
    "bill_registers_wrong",
    "duplicate_ticket",
    "formula_error",
    "deposit_differs",
    "plan_other_meter",
    "calibration_lapsed",
)


@pytest.fixture(scope="session")
def cement_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case folder with one finding for each planted error; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("planted") / "cement"
    samples.write(folder, sector="cement", year=2025, seed=11, errors=PLANTED)
    return folder


@pytest.fixture(scope="session")
def cement_verification(cement_case: Path) -> Verification:
    """The case verified, without a decision."""
    found = verify(case.load(cement_case))
    assert len(found.findings) == len(PLANTED)
    return found


@pytest.fixture(scope="session")
def cement_record(cement_verification: Verification) -> dict[str, Any]:
    """The record of the case; tests leave it as it is."""
    return record.render(cement_verification)


# the same examples on every run: a red CI can be repeated
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
