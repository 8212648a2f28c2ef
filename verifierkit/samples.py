"""Simulated plants as case folders: the simulator's tables, values of the rule packs, and the case writer together."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook

from verifierkit import bookwriter, case, outputs, rulepack
from verifierkit.errors import UsageError
from verifierkit.rulepack import RulePack
from verifierkit.simulate.aluminium import simulate_aluminium
from verifierkit.simulate.base import EvidenceSheet, Simulated
from verifierkit.simulate.cement import simulate_cement

SIMULATORS = {"cement": simulate_cement, "aluminium": simulate_aluminium}
TRACKS = ("facility", "entity")
LIST = "samples.yaml"
LINES = {"cement": "clinker_line", "aluminium": "potline"}


@dataclass(frozen=True)
class Sample:
    """One sample case of the repository: name, sector, year, seed, and the errors planted into it."""

    name: str
    sector: str
    year: int
    seed: int
    errors: tuple[str, ...] = ()


def factors(sector: str, year: int) -> dict[str, dict[str, dict[str, Decimal]]]:
    """Values of the packs of a sector and year: ``factors[track][parameter][selector]``, "" where there is none.

    The selector is the item, else the facility class, else the region.
    """
    found: dict[str, dict[str, dict[str, Decimal]]] = {}
    for track in TRACKS:
        pack = rulepack.find(sector=sector, year=year, track=track)
        kind = "entity" if track == "entity" else LINES[sector]
        found[track] = {parameter: _named(pack, parameter, year, kind) for parameter in pack.values}
    return found


def _named(pack: RulePack, parameter: str, year: int, kind: str) -> dict[str, Decimal]:
    held = [value for value in pack.values[parameter] if value.from_year <= year <= value.to_year]
    named = {}
    for value in held:
        item, facility_class, _, region = value.selectors
        best = pack.find_value(
            parameter, year=year, item=item, facility_class=facility_class, facility_kind=kind, region=region
        )
        named[item or facility_class or region] = best.value if best else value.value
    return named


def simulate(*, sector: str, year: int, seed: int, errors: Sequence[str] = ()) -> Simulated:
    """One simulated plant with the values of the packs that cover its year.

    Raises
    ------
    UsageError
        If the sector, year or an error id is not known.
    """
    if sector not in SIMULATORS:
        raise UsageError(f"sector {sector!r} cannot be simulated; sectors: {', '.join(SIMULATORS)}")
    return SIMULATORS[sector](seed=seed, year=year, factors=factors(sector, year), errors=errors)


def write(folder: Path, *, sector: str, year: int, seed: int, errors: Sequence[str] = (), name: str = "") -> Simulated:
    """Write a simulated plant as a case with its ``expected_findings.csv``.

    Raises
    ------
    UsageError
        If the folder holds anything already, or as :func:`simulate`.
    """
    plant = simulate(sector=sector, year=year, seed=seed, errors=errors)
    meta = dict(plant.meta) | {"case_id": name or folder.name, "profiles": []}
    meta["profiles"] = [sheet.profile_file for sheet in plant.evidence_tables.values()]
    tables = {table: rows for table, rows in plant.tables.items() if table not in plant.evidence_tables}
    files: dict[str, bytes | str] = {}
    for sheet in plant.evidence_tables.values():
        files |= {sheet.file: _book(sheet), sheet.profile_file: case.dump_yaml(sheet.profile)}
    case.write(folder, meta, tables, evidence_files=files)
    expected = sorted(plant.expected, key=lambda row: [row[column] for column in outputs.KEY])
    outputs.write_text(folder / case.EXPECTED_FILE, outputs.csv_text(outputs.KEY, expected))
    return plant


def _book(sheet: EvidenceSheet) -> bytes:
    """A sheet in the layout of the plant as an xlsx file; the same cells give the same bytes."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet.sheet
    for cells in sheet.cells:
        page.append([_cell(value) for value in cells])
    buffer = io.BytesIO()
    book.save(buffer)
    return bookwriter.fixed_zip(buffer.getvalue())


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def listed(folder: Path) -> list[Sample]:
    """The samples that ``samples.yaml`` of a folder lists."""
    entries = yaml.safe_load((folder / LIST).read_text(encoding="utf-8"))
    return [Sample(e["name"], e["sector"], e["year"], e["seed"], tuple(e["errors"])) for e in entries]


def write_all(folder: Path) -> None:
    """Write every listed sample anew; only folders of that name are replaced."""
    for sample in listed(folder):
        target = folder / sample.name
        if target.exists():
            shutil.rmtree(target)
        write(target, sector=sample.sector, year=sample.year, seed=sample.seed, errors=sample.errors)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
