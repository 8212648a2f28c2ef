"""Simulated plants as contexts without files: the tables pass the parsers and checks of the readers, not the disk.

Numbers take the way of a workbook cell (a double and its shortest text), so that a value here is the value that the
file would give; a few tests of ``test_sweep.py`` hold that against real files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from verifierkit import samples
from verifierkit.case import Case, dump_yaml
from verifierkit.checks import build_context
from verifierkit.columns import TableSpec, catalogue
from verifierkit.findings import merge
from verifierkit.periods import months_of
from verifierkit.readers.book import read_book
from verifierkit.readers.grid import Grid, Sheet
from verifierkit.readers.profile import apply_profile, load_profile
from verifierkit.readers.rows import Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.simulate.base import EvidenceSheet, Simulated
from verifierkit.simulate.noise import random_stream
from verifierkit.verification import Verification, run_checks

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
    reading = Reading()
    tables = {name: rows for name, rows in plant.tables.items() if name not in plant.evidence_tables}
    sheets = tuple(_sheet(spec, tables.get(spec.name, ())) for spec in catalogue().values())
    read_book(Grid("data.xlsx", "xlsx", sheets), reading)
    for evidence in plant.evidence_tables.values():
        _import(evidence, reading)
    year = int(plant.meta["data_year"])
    check_soundness(reading, year=year)
    meta = {"grid_region": "", "profiles": [], "experience": None} | dict(plant.meta)
    return Case(Path(), meta, year, months_of(year), None, reading.tables, reading.defects, reading.notices)


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
