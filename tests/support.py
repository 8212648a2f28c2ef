"""Simulated plants as contexts without files: the tables pass the parsers and checks of the readers, not the disk.

Numbers take the way of a workbook cell (a double and its shortest text), so that a value here is the value that the
file would give; a few tests of ``test_sweep.py`` hold that against real files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from verifierkit import rulepack, samples
from verifierkit.case import Case, dump_yaml
from verifierkit.checks import build_context
from verifierkit.columns import TableSpec, catalogue
from verifierkit.evidence import InputFile
from verifierkit.findings import merge
from verifierkit.periods import months_of
from verifierkit.readers.book import read_book
from verifierkit.readers.grid import Grid, Sheet
from verifierkit.readers.profile import apply_profile, load_profile
from verifierkit.readers.rows import Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.rulepack import RulePack
from verifierkit.simulate.base import Cells, EvidenceSheet, Simulated
from verifierkit.simulate.claims import Collision
from verifierkit.simulate.noise import random_stream
from verifierkit.verification import Verification, run_checks, verify

FindingKey = tuple[str, str, str, str, str]
KEY = ("rule", "facility", "period", "stream", "source")


@dataclass(frozen=True)
class Outcome:
    """Findings that a plant must give and those that it gave."""

    expected: frozenset[FindingKey]
    found: frozenset[FindingKey]

    def __str__(self) -> str:
        missing, extra = sorted(self.expected - self.found), sorted(self.found - self.expected)
        return f"missing {missing}, not expected {extra}"

    @property
    def agrees(self) -> bool:
        """Whether both sides are the same."""
        return self.expected == self.found


@cache
def factors(sector: str, year: int) -> dict[str, dict[str, dict[str, Decimal]]]:
    """Pack values of a sector and year, computed once."""
    return samples.factors(sector, year)


def simulated(sector: str, year: int, seed: int, errors: Sequence[str] = ()) -> Simulated:
    """A plant with the values of its packs."""
    return samples.SIMULATORS[sector](seed=seed, year=year, factors=factors(sector, year), errors=errors)


def case_of(plant: Simulated) -> Case:
    """The plant as a case in memory, as :func:`verifierkit.case.load` would give it from its folder."""
    tables = {name: rows for name, rows in plant.tables.items() if name not in plant.evidence_tables}
    return memory_case(plant.meta, tables, plant.evidence_tables.values())


def memory_case(
    meta: Mapping[str, Any], tables: Mapping[str, Sequence[Mapping[str, Any]]], evidence: Iterable[EvidenceSheet] = ()
) -> Case:
    """A case from the content of ``case.yaml`` and rows by table, read without a file."""
    reading = Reading()
    sheets = tuple(_sheet(spec, tables.get(spec.name, ())) for spec in catalogue().values())
    read_book(Grid("data.xlsx", "xlsx", sheets), reading)
    sheets_in = tuple(evidence)
    for sheet in sheets_in:
        _import(sheet, reading)
    year = int(meta["data_year"])
    check_soundness(reading, year=year)
    filled = {"grid_region": "", "profiles": [], "experience": None} | dict(meta)
    files = [InputFile(sheet.file, "", 0, "xlsx") for sheet in sheets_in]
    return Case(Path(), filled, year, months_of(year), None, reading.tables, reading.defects, reading.notices, files)


def arithmetic_pack(
    name: str, *, level: Mapping[str, str], monthly: bool, parameters: Mapping[str, Cells], methods: Mapping[str, str]
) -> RulePack:
    """A rule pack that holds nothing but the arithmetic of a published table; its checks are the shipped ones.

    A parameter gives ``unit``, and where they apply ``digits``, ``by_item`` and ``absent``. No sector is meant.
    """
    cite = {"source": "table", "clause": "as printed", "confidence": "C"}
    pack = {
        "schema": 1,
        "pack": name,
        "kind": "sector",
        "title": {"zh": name, "en": name},
        "status": {"zh": "仅用于测试", "en": "for tests only"},
        "sector": "electricity",
        "tracks": list(level),
        "data_years": {"from": 2010, "to": 2030},
        "include": ["shared-constants", "shared-checks"],
        "sources": {"table": {"title": "A published table"}},
        "parameters": {
            key: _parameter(key, entry, key in methods, monthly) | {"level": dict(level), "cite": cite}
            for key, entry in parameters.items()
        },
        "not_applicable": [
            {
                "checks": [f"plan.{name}" for name in ("completeness", "instrument", "method", "frequency")],
                "from": 2010,
                "to": 2030,
                "reason": {"zh": "只核对算术", "en": "arithmetic only"},
                "cite": cite,
            }
        ],
        "methods": [{"output": key, "formula": formula, "cite": cite} for key, formula in methods.items()],
    }
    text = dump_yaml(pack)
    return rulepack.assemble(name, lambda wanted: text if wanted == name else rulepack.read_text(wanted))


def _parameter(name: str, entry: Cells, result: bool, monthly: bool) -> Cells:
    stage = "month" if monthly else "year"
    found = {
        "label": {"zh": name, "en": name},
        "unit": entry["unit"],
        "role": "result" if result else "activity",
        "monthly": monthly,
        "year": "formula" if result else "sum",
        "asked": "if_present",
    }
    found |= {key: entry[key] for key in ("by_item", "absent") if key in entry}
    return found | ({"rounding": {"digits": entry["digits"], "stage": stage}} if "digits" in entry else {})


def verified_by(case: Case, pack: RulePack) -> Verification:
    """All checks on a case by a pack that does not ship, standing in for the one that the case names."""
    with patch.object(rulepack, "load", lambda name: {pack.id: pack}[name]):
        return verify(case)


def _sheet(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    names = list(spec.columns)
    return Sheet(spec.zh, [list(names), [], *([_cell(row.get(name)) for name in names] for row in rows)])


def _import(evidence: EvidenceSheet, reading: Reading) -> None:
    """Read a sheet in the layout of the plant through its import profile, the one text that takes the way of a file."""
    with TemporaryDirectory(prefix="verifierkit-test-") as folder:
        path = Path(folder) / "profile.yaml"
        path.write_text(dump_yaml(evidence.profile), encoding="utf-8")
        profile = load_profile(path, place_file=evidence.profile_file)
    rows = [[_cell(value) for value in cells] for cells in evidence.cells]
    apply_profile(profile, Grid(evidence.file, "xlsx", (Sheet(evidence.sheet, rows),)), reading)


def _cell(value: Any) -> Any:
    """What a reader finds in a workbook cell that holds the value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return float(value) if isinstance(value, Decimal) else value


def plants_apart(sector: str, year: int, seed: int, errors: Sequence[str]) -> list[Simulated]:
    """Plants that hold all of the errors together: those that would hide each other stand in different ones."""
    try:
        return [simulated(sector, year, seed, errors)]
    except Collision:
        half = len(errors) // 2
        if not half:
            raise
        return [*plants_apart(sector, year, seed, errors[:half]), *plants_apart(sector, year, seed, errors[half:])]


def verified(plant: Simulated) -> Verification:
    """All checks on a plant, in memory."""
    context = build_context(case_of(plant))
    results = run_checks(context)
    return Verification(context, results, merge(context, results), {})


def outcome(plant: Simulated) -> Outcome:
    """Expected and found findings of a plant, in memory."""
    expected = frozenset(tuple(row[column] for column in KEY) for row in plant.expected)
    return Outcome(expected, frozenset(tuple(finding.key) for finding in verified(plant).findings))


def unseen_seeds(name: str, count: int) -> list[int]:
    """Seeds that nobody chose: drawn from the name of the test."""
    return [int(seed) for seed in random_stream(len(name), name).integers(1_000, 1_000_000, size=count)]
