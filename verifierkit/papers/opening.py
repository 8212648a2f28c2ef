"""How a notebook gets its record: from ``result.json``, or computed from the case by the function that verify calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verifierkit.errors import InputError, Place, UsageError


def open_record(*, record: str = "", case: str = "") -> dict[str, Any]:
    """The record from a ``result.json`` or, where a case folder is named instead, computed from it.

    Raises
    ------
    UsageError
        If neither or both are named.
    InputError
        If the file is not a record.
    """
    if bool(record) == bool(case):
        found = "both" if record else "neither"
        raise UsageError(f"give either `record` (a result.json) or `case` (a case folder), found {found}")
    if case:
        from verifierkit.case import load
        from verifierkit.record import build

        return build(load(case))
    path = Path(record)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        todo = "Name the result.json that verifierkit verify wrote."
        reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "no JSON"
        raise InputError(Place(path.name), expected="a record", found=reason, todo=todo) from None
    if not isinstance(found, dict) or "parameters" not in found:
        todo = "Name the result.json that verifierkit verify wrote."
        raise InputError(Place(path.name), expected="a record", found="another JSON file", todo=todo)
    return found
