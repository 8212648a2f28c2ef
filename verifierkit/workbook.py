"""Start a case as people do: from the preset of a sector, or from last year's case; and write its workbook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from verifierkit import case as cases
from verifierkit import rulepack
from verifierkit.bookwriter import write
from verifierkit.clarifications import CASE_REGISTER
from verifierkit.columns import Row, catalogue, schema_version
from verifierkit.confirm import FILE as CONFIRMATIONS
from verifierkit.errors import Place, UsageError
from verifierkit.evidence import inside
from verifierkit.readers.forms import CASE_FORM, Key
from verifierkit.readers.values import parser_of

__all__ = ["load_preset", "new_case", "sectors", "write"]

Rows = dict[str, list[dict[str, Any]]]
OWN_PACK = ".yaml"  # a pack file of the case folder, not the id of a shipped pack
FIRST_YEAR = 2025
TO_FILL = "请填写"
DECISIONS = "decisions.jsonl"
KEPT = ("facilities", "nodes", "streams", "instruments", "sources", "relations", "plan")
PROFILES_LATER = (
    "# Profiles of last year were copied into profiles/. Put this year's files into evidence/, set `file:` in each\n"
    "# profile to the new name, then list the profiles here:\n"
)


def sectors() -> list[str]:
    """Sectors that have a preset."""
    names = (entry.name for entry in resources.files("verifierkit").joinpath("presets").iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def load_preset(sector: str, *, data_year: int) -> tuple[dict[str, Any], Rows]:
    """Content of ``case.yaml`` and rows of every table that the preset of a sector fills.

    Raises
    ------
    UsageError
        If the sector has no preset.
    """
    if sector not in sectors():
        raise UsageError(f"no preset for the sector {sector!r}; presets: {', '.join(sectors())}")
    text = resources.files("verifierkit").joinpath(f"presets/{sector}.yaml").read_text(encoding="utf-8")
    preset = yaml.safe_load(text.replace("YEAR", str(data_year)))
    tables = {name: _preset_rows(name, entry) for name, entry in preset["tables"].items()}
    return preset["meta"], tables


def _preset_rows(table: str, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    parsers = {name: parser_of(catalogue()[table].columns[name]) for name in entry["columns"]}
    return [
        {name: None if cell == "" else parsers[name](cell) for name, cell in zip(entry["columns"], cells, strict=True)}
        for cells in entry["rows"]
    ]


def new_case(
    sector: str, folder: Path | str, *, from_case: Path | str | None = None, data_year: int | None = None
) -> Path:
    """Start a case folder: ``case.yaml``, a workbook with the map filled in, and ``evidence/``.

    Parameters
    ----------
    sector
        A sector with a preset.
    folder
        Folder to make; nothing is written over.
    from_case
        Last year's case: map, meters, plan, profiles and what the folder holds on the rules (pack files of its own,
        confirmations, questions) are kept, closing stocks become opening ones, the reported figures of that year
        stay for comparison, open items are carried, records are cleared.
    data_year
        Calendar year of the data; the year after last year's case by default.

    Raises
    ------
    UsageError
        If the sector is unknown or differs from last year's, or the folder holds anything.
    InputError, InputErrors
        If last year's case cannot be read.
    """
    if from_case is None:
        preset, tables = load_preset(sector, data_year=data_year or FIRST_YEAR)
        meta = _first_meta(preset, data_year or FIRST_YEAR, Path(folder).name)
        profiles: dict[str, bytes] = {}
        rules: dict[str, bytes] = {}
    else:
        last = cases.load(from_case)
        if last.meta["sector"] != sector:
            raise UsageError(f"last year's case is of the sector {last.meta['sector']}, not {sector}")
        meta = _next_meta(last, data_year or last.year + 1, Path(folder).name)
        tables = carried(last)
        profiles = {name: (last.root / name).read_bytes() for name in last.meta["profiles"]}
        rules = own_rules(last)
    root = cases.write(folder, meta, tables, evidence_files={**profiles, **rules})
    note = PROFILES_LATER + "".join(f"#   - {name}\n" for name in profiles) if profiles else ""
    text = commented(meta) + note
    (root / cases.CASE_FILE).write_text(text, encoding="utf-8", newline="\n")
    return root


def _case_id(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in name) or "case"


def _first_meta(preset: Mapping[str, Any], year: int, name: str) -> dict[str, Any]:
    given: dict[str, Any] = {
        "schema": schema_version(),
        "case_id": _case_id(name),
        "enterprise": {**_blank("enterprise"), "name": TO_FILL},
        "data_year": year,
        "province": TO_FILL,
        "workbook": "data.xlsx",
        **preset,
    }
    return {key.name: given.get(key.name, _blank(key.name)) for key in CASE_FORM}


def _blank(name: str) -> Any:
    """Default of a key of ``case.yaml``, with the keys beneath it written out."""
    return _blank_key(next(key for key in CASE_FORM if key.name == name))


def _blank_key(key: Key) -> Any:
    if key.type == "form":
        return {child.name: _blank_key(child) for child in key.keys}
    if key.type in ("map", "free"):
        return {}
    return list(key.default) if isinstance(key.default, tuple) else key.default


def _next_meta(last: cases.Case, year: int, name: str) -> dict[str, Any]:
    """``case.yaml`` of last year with what belongs to that year cleared."""
    meta = {**last.meta, "case_id": _case_id(name), "data_year": year, "workbook": "data.xlsx", "profiles": []}
    meta["packs"] = {track: _pack_for(meta, track, pack) for track, pack in last.meta["packs"].items()}
    return meta | {
        "report": _blank("report"),
        "visit": _blank("visit"),
        "hours": None,
        "verifier": {**meta["verifier"], "report_no": ""},
    }


def _pack_for(meta: Mapping[str, Any], track: str, last: str) -> str:
    """The pack that covers the new year; last year's where none is loaded (see :func:`uncovered`)."""
    try:
        scheme = rulepack.load(last).scheme
        return rulepack.find(sector=meta["sector"], year=meta["data_year"], track=track, scheme=scheme).id
    except UsageError:
        return last


def own_rules(last: cases.Case) -> dict[str, bytes]:
    """What a case folder holds on the rules: pack files that the case names, confirmations, its register of questions."""
    named = dict.fromkeys(str(name) for name in last.meta["packs"].values() if str(name).endswith(OWN_PACK))
    found = {name: inside(last.root, name, place=Place(cases.CASE_FILE)).read_bytes() for name in named}
    for name in (CONFIRMATIONS, CASE_REGISTER):
        path = last.root / name
        if path.is_file() and not path.is_symlink():
            found[name] = path.read_bytes()
    return found


def uncovered(folder: Path | str) -> list[str]:
    """One line per pack of a case that does not cover its data year; ``verify`` refuses such a case."""
    meta = cases.load_meta(Path(folder))
    lines = []
    for track, name in meta["packs"].items():
        try:
            own = str(name).endswith(OWN_PACK)
            pack = rulepack.load_file(Path(folder) / name) if own else rulepack.load(name)
            pack.require_year(meta["data_year"])
        except UsageError as error:
            lines.append(
                f"{cases.CASE_FILE}, packs, {track}: {error}. Name a pack that covers the year once one is loaded."
            )
    return lines


def commented(meta: Mapping[str, Any]) -> str:
    """``case.yaml`` with a line of explanation above every key."""
    parts = []
    for key in CASE_FORM:
        if key.name in meta:
            choices = f" One of: {', '.join(key.choices)}." if key.choices and key.type == "text" else ""
            parts.append(f"# {key.doc}{choices}\n{cases.dump_yaml({key.name: meta[key.name]})}")
    return "".join(parts)


def carried(last: cases.Case) -> Rows:
    """Rows that go from last year's case into the next."""
    tables = {name: _plain(last.tables[name]) for name in KEPT}
    first_day = date(last.year + 1, 1, 1)
    tables["calibrations"] = _plain(row for row in last.tables["calibrations"] if row["valid_until"] >= first_day)
    tables["stock_counts"] = closing_counts(last)
    tables["reported"] = _plain(
        row for row in last.tables["reported"] if row["data_year"] == last.year and row["month"] is None
    )
    tables["open_items"] = _plain(row for row in last.tables["open_items"] if row["state"] != "closed")
    tables["open_items"] += open_findings(last)
    return tables


def open_findings(last: cases.Case) -> list[dict[str, Any]]:
    """Findings of last year's decisions log that were accepted and not closed, as open items."""
    path = last.root / DECISIONS
    if not path.is_file() or path.is_symlink():
        return []
    entries = {number: json.loads(line) for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)}
    undone = {int(entry["undo"]) for entry in entries.values() if "undo" in entry}
    state = {
        entry["finding"]: entry for number, entry in entries.items() if number not in undone and "finding" in entry
    }
    wanted = [entry for entry in state.values() if entry["disposition"] == "accepted" and entry["status"] != "closed"]
    return [
        {
            "item_id": f"{last.year}-{number:02d}",
            "from_year": last.year,
            "text": f"{entry['finding']}: {entry.get('reason', '')}".rstrip(": "),
            "state": "open",
        }
        for number, entry in enumerate(wanted, 1)
    ]


def closing_counts(last: cases.Case) -> list[dict[str, Any]]:
    """The last count of every store and item up to the end of last year; its adjustment stays with last year."""
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(last.tables["stock_counts"], key=lambda row: row["counted_on"]):
        if row["counted_on"] <= date(last.year, 12, 31):
            latest[row["node_id"], row["item"] or ""] = row
    return [{**row.values, "adjustment_t": None} for row in latest.values()]


def _plain(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [dict(row.values) for row in rows]
