"""Files of a verification: ``result.json``, ``findings.csv`` and the summary over several cases.

Byte-identical for the same inputs: sorted keys, LF line ends, no clock. A text that a spreadsheet would take for a
formula is written with a leading apostrophe; a reader takes one apostrophe off to get the text back.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

KEY = ("rule", "facility", "period", "stream", "source")
FINDING_COLUMNS = (
    *KEY,
    "id",
    "kind",
    "disposition",
    "merged_into",
    "status",
    "effect_facility_t",
    "effect_entity_t",
    "allowance_state",
    "allowance_low_t",
    "allowance_high_t",
    "net_low_t",
    "net_high_t",
    "places",
    "text_zh",
    "text_en",
)
SUMMARY_COLUMNS = (
    "case",
    "enterprise",
    "data_year",
    "state",
    "findings",
    "undecided",
    "facility_reported_t",
    "facility_verified_t",
    "entity_reported_t",
    "entity_verified_t",
    "message",
    "decisions_without_finding",
)
KNOWN_BY = SUMMARY_COLUMNS[: SUMMARY_COLUMNS.index("state")]  # columns at the start of every summary, old ones too
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def neutral(text: str) -> str:
    """A text as a spreadsheet shows it and never runs it; numbers stay numbers."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """The text that :func:`neutral` was given."""
    return text[1:] if text.startswith("'") else text


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as csv text with LF line ends."""
    lines = [list(columns), *([neutral(str(row.get(column, ""))) for column in columns] for row in rows)]
    return "".join(_csv_line(cells) for cells in lines)


def _csv_line(cells: Sequence[str]) -> str:
    """One line; the writer quotes the marks of its own line end, so it is given both and one is taken off."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def json_text(record: Mapping[str, Any]) -> str:
    """The record as JSON text."""
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def finding_rows(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows of ``findings.csv``."""
    rows = []
    for finding in record["findings"]:
        tonnes = {effect["track"]: effect["tonnes"] for effect in finding["effects"]}
        rows.append(
            {column: str(finding.get(column, "")) for column in FINDING_COLUMNS}
            | {f"effect_{track}_t": tonnes.get(track, "") for track in ("facility", "entity")}
            | _allowance_cells(finding.get("allowance") or {})
            | {"places": "; ".join(finding["places"])}
            | {f"text_{language}": finding["text"][language] for language in ("zh", "en")}
        )
    return rows


def _allowance_cells(change: Mapping[str, Any]) -> dict[str, str]:
    """Change of A and of A minus E [t] of one finding: both ends, the same where there is one value."""
    cells = {"allowance_state": str(change.get("state", ""))}
    for name in ("allowance", "net"):
        ends = change.get(name) or {}
        cells |= {f"{name}_{end}_t": str(ends.get(end, "")) for end in ("low", "high")}
    return cells


def write_results(record: Mapping[str, Any], folder: Path) -> None:
    """Write ``result.json`` and ``findings.csv`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "result.json", json_text(record))
    # a byte-order mark makes spreadsheet programs read the Chinese text as UTF-8
    write_text(folder / "findings.csv", "\ufeff" + csv_text(FINDING_COLUMNS, finding_rows(record)))


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with the line ends that it has."""
    path.write_bytes(text.encode("utf-8"))


def read_findings(path: Path) -> list[tuple[str, ...]]:
    """Keys of a ``findings.csv`` or ``expected_findings.csv``, sorted."""
    text = path.read_bytes().decode("utf-8-sig")  # line ends inside a cell stay as they are
    rows = csv.DictReader(io.StringIO(text))
    return sorted(tuple(restored(row[column]) for column in KEY) for row in rows)


def _state(record: Mapping[str, Any]) -> str:
    """``findings``; ``incomplete`` where a total could not be verified; else ``clean``."""
    if record["findings"]:
        return "findings"
    part_year = bool(record["through"])
    return "clean" if part_year or all(row["verified"] for row in record["totals"]) else "incomplete"


def summary_row(name: str, record: Mapping[str, Any]) -> dict[str, str]:
    """One row of the summary over several cases."""
    totals = {}
    for track in ("facility", "entity"):
        for state in ("reported", "verified"):
            values = [row[state] for row in record["totals"] if row["track"] == track and row[state]]
            totals[f"{track}_{state}_t"] = "; ".join(values)
    undecided = sum(finding["disposition"] == "undecided" for finding in record["findings"])
    case = record["case"]
    return {
        "case": name,
        "enterprise": case["enterprise"]["name"],
        "data_year": str(case["data_year"]),
        "state": _state(record),
        "findings": str(len(record["findings"])),
        "undecided": str(undecided),
        **totals,
        "decisions_without_finding": str(len(record["decisions_without_finding"])),
    }
