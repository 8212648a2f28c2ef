"""The basis of verification by sector and data year, the edition of a pack's words, and which citations are programs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from verifierkit import rulepack
from verifierkit.documents.assets_files import asset

LATEST = "latest"


@lru_cache(maxsize=1)
def criteria() -> dict[str, Any]:
    """The data file of criteria."""
    found: dict[str, Any] = yaml.load(asset("criteria.yaml"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found["basis"] = [_named(row) for row in found["basis"]]
    return found


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A row with title and number of the instrument of the procedure pack that it names."""
    instrument = rulepack.load(row["pack"]).instrument if "pack" in row else None
    return row | ({"title": dict(instrument.title), "number": instrument.number} if instrument else {})


def edition(record: dict[str, Any]) -> str:
    """Edition of the words of a report: that of its first pack."""
    known = criteria()["editions"]
    return next((str(known[pack["id"]]) for pack in record["packs"] if pack["id"] in known), LATEST)


def basis(record: dict[str, Any]) -> list[int]:
    """Places of the verification rules that are named for the sector and data year of a record."""
    case = record["case"]
    year, sector = int(case["data_year"]), case.get("sector")
    return [
        n
        for n, row in enumerate(criteria()["basis"])
        if row["from"] <= year <= row["to"] and row.get("sector", sector) == sector
    ]


def is_implementation(text: str) -> bool:
    """Whether a citation names a program instead of a rule."""
    return any(word in text for word in criteria()["implementation"])


def original(text: Any) -> str:
    """A cited title or clause as the pack gives it, in whatever form the record holds it."""
    return str(text["en"] if isinstance(text, dict) else text)
