"""The parts of the record that restate the case: inputs, evidence, packs, facilities and the map."""

from __future__ import annotations

from typing import Any

from verifierkit.checks.base import Context
from verifierkit.columns import Row
from verifierkit.record.values import label, plain

MAP_TABLES = ("nodes", "streams", "instruments", "sources", "relations")


def _row(row: Row) -> dict[str, Any]:
    return {column: plain(value) for column, value in row.values.items() if value is not None}


def case_part(context: Context) -> dict[str, Any]:
    """Case data, inputs with digests, notices, evidence register and packs."""
    case = context.case
    return {
        "case": plain(case.meta),
        "through": context.months[-1] if context.part_year else None,
        "inputs": [plain(vars(entry)) for entry in case.inputs],
        "notices": [
            {"place": str(notice.place), "text": plain(notice.text)} for notice in (*case.notices, *context.notices)
        ],
        "evidence": _evidence(context),
        "packs": [_pack(context, track) for track in context.packs],
    }


def _evidence(context: Context) -> list[dict[str, Any]]:
    digests = {entry.file: entry.sha256 for entry in context.case.inputs}
    unsaid = {"title": "", "supplier": "", "received_on": "", "original_seen": False}
    listed = [
        unsaid | _row(row) | {"sha256": digests.get(row["file"] or "", "")} for row in context.flow.tables["evidence"]
    ]
    named = {row["file"] for row in listed if "file" in row}
    rest = [file for file in digests if file.startswith("evidence/") and file not in named]
    return listed + [unsaid | {"file": file, "title": file, "sha256": digests[file]} for file in rest]


def _pack(context: Context, track: str) -> dict[str, Any]:
    pack = context.packs[track]
    return {
        "id": pack.id,
        "track": track,
        "title": dict(pack.title),
        "status": dict(pack.status),
        "instrument": dict(pack.instrument.title) if pack.instrument else label("", ""),
        "number": pack.instrument.number if pack.instrument else "",
        "text_seen": pack.instrument.text_seen if pack.instrument else "no",
        "plan_name": dict(pack.plan_name) if pack.plan_name else label("", ""),
        "sha256": pack.sha256,
        "report": [
            {"id": section.id, "number": section.number, "title": dict(section.title), "level": section.level}
            for section in pack.report
        ],
        "conflicts": [dict(entry) for entry in pack.conflicts],
        "gaps": [dict(entry) for entry in pack.gaps],
    }


def map_part(context: Context) -> dict[str, Any]:
    """Facilities and the data-flow map as plain rows."""
    tables = context.flow.tables
    return {
        "facilities": [_row(row) for row in tables["facilities"]],
        "map": {name: [_row(row) for row in tables[name]] for name in MAP_TABLES},
        "calibrations": [_row(row) for row in tables["calibrations"]],
        "plan": [_row(row) for row in tables["plan"]],
        "open_items": [_row(row) for row in tables["open_items"]],
    }
