"""Files that the writers bring along."""

from __future__ import annotations

from importlib import resources


def asset(name: str) -> str:
    """The text of a file in ``assets``."""
    return resources.files("verifierkit.documents").joinpath("assets", name).read_text(encoding="utf-8")
