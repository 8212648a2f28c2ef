"""Simulated plants as case folders: the simulator's tables, values of the rule packs, and the case writer together."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook

from verifierkit import bookwriter, case, outputs, rulepack
from verifierkit.case import Case
from verifierkit.columns import Column, Row, TableSpec, catalogue
from verifierkit.errors import Place, UsageError
from verifierkit.evidence import InputFile
from verifierkit.periods import months_of
from verifierkit.readers.grid import letter
from verifierkit.readers.rows import Defect, Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.readers.values import Unparsed, parser_of
from verifierkit.rulepack import RulePack
from verifierkit.simulate.aluminium import simulate_aluminium
from verifierkit.simulate.base import EvidenceSheet, Simulated
from verifierkit.simulate.cement import simulate_cement
from verifierkit.simulate.claims import Collision
from verifierkit.simulate.noise import random_stream
from verifierkit.simulate.planter import applicable

SIMULATORS = {"cement": simulate_cement, "aluminium": simulate_aluminium}
TRACKS = ("facility", "entity")
LIST = "samples.yaml"
WORKBOOK = "data.xlsx"
NUMBERS = ("number", "integer")
LINES = {"cement": "clinker_line", "aluminium": "potline"}


@dataclass(frozen=True)
class Sample:
    """One sample case of the repository: name, sector, year, seed, and the errors planted into it."""

    name: str
    sector: str
    year: int
    seed: int
    errors: tuple[str, ...] = ()


@cache
def factors(sector: str, year: int) -> dict[str, dict[str, dict[str, Decimal]]]:
    """Values of the packs of a sector and year: ``factors[track][parameter][selector]``, "" where there is none.

    The selector is the item, else the facility class, else the region. Computed once; do not change what it returns.
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


def draw(*, sector: str, year: int, seed: int, count: int) -> Simulated:
    """A plant with ``count`` different errors drawn from its seed, no two of which get in each other's way.

    Raises
    ------
    UsageError
        As :func:`simulate`, or if so many errors find no place in one plant.
    """
    order = random_stream(seed, f"{sector} {year} draw").permutation([error.id for error in applicable(sector, year)])
    waiting = [str(name) for name in order]
    chosen = [waiting.pop(0) for _ in range(min(count, len(waiting)))]
    while True:
        try:
            return simulate(sector=sector, year=year, seed=seed, errors=chosen)
        except Collision as collision:
            if not waiting:
                raise UsageError(f"{count} errors find no place in one {sector} plant of {year}") from None
            chosen[chosen.index(collision.error)] = waiting.pop(0)


def in_memory(plant: Simulated) -> Case:
    """A simulated plant as a case, without writing or reading a file; ``case.tables`` are its typed tables.

    For benchmarks that draw thousands of plants. Values are those that :func:`verifierkit.case.load` reads from the
    folder that :func:`write` makes; the places name ``data.xlsx`` for every table, also for bills that the folder holds
    in the layout of the power company, and no file has a digest.
    """
    reading = Reading()
    for spec in catalogue().values():
        sheet = plant.evidence_tables.get(spec.name)
        printed = (*sheet.profile["columns"].values(), *sheet.profile["constants"]) if sheet else tuple(spec.columns)
        _fill(spec, printed, plant.tables.get(spec.name, ()), reading)
    year = int(plant.meta["data_year"])
    check_soundness(reading, year=year)
    meta = {"grid_region": "", "profiles": [], "experience": None} | dict(plant.meta)
    files = [InputFile(sheet.file, "", 0, "xlsx") for sheet in plant.evidence_tables.values()]
    return Case(Path(), meta, year, months_of(year), None, reading.tables, reading.defects, reading.notices, files)


def _fill(spec: TableSpec, printed: Sequence[str], rows: Sequence[Mapping[str, Any]], reading: Reading) -> None:
    """Rows of one table, of its printed columns, as the reader would type them; a text among numbers is a defect."""
    letters = {name: letter(index) for index, name in enumerate(spec.columns)}
    for number, cells in enumerate(rows, 3):
        row = Row(spec.name, dict.fromkeys(spec.columns), Place(WORKBOOK, spec.zh, number), letters)
        for name in printed:
            try:
                row.values[name] = _typed(spec.columns[name], cells.get(name))
            except Unparsed as problem:
                fault = Defect(row.cell(name), spec.name, name, problem.expected, problem.found, row)
                reading.defects.append(fault)
        reading.tables[spec.name].append(row)


def _typed(column: Column, value: Any) -> Any:
    """A value as it comes back from a workbook cell: a double and its shortest text, empty texts as nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return parser_of(column)(value) if column.type in NUMBERS else value
    if column.type == "number":
        exact = Decimal(repr(float(value)))
        return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    if column.type == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value


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
