"""Fixtures of the case tests: the shared data beside the repository, and sweeps that run only when asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED, SLOW = "VERIFIERKIT_SHARED", "VERIFIERKIT_SLOW"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"slow: long sweep; runs where {SLOW}=1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get(SLOW) == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=f"long sweep; set {SLOW}=1 to run it"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with published data that the repository does not hold: below ``VERIFIERKIT_SHARED``, else beside it."""
    folder = Path(os.environ.get(SHARED) or ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(
            f"no folder {folder.parent.name}/data beside the repository; set {SHARED} to the folder that holds data/"
        )
    return folder
