"""A case: its folder read once into typed tables, with every input hashed and every fault kept beside its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml

from verifierkit import bookwriter
from verifierkit.columns import Tables, schema_version
from verifierkit.errors import InputError, InputErrors, Place, UsageError
from verifierkit.evidence import InputFile, Notice, inside, path_fault, sha256_of, walk
from verifierkit.periods import MONTH, months_of
from verifierkit.readers import Grid, read_grid
from verifierkit.readers.book import read_book
from verifierkit.readers.delimited import decode
from verifierkit.readers.filling import Filler
from verifierkit.readers.forms import CASE_FORM
from verifierkit.readers.profile import apply_profile, load_profile
from verifierkit.readers.rows import Defect, Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.readers.yamlfile import Value, read_yaml

CASE_FILE, EXPECTED_FILE = "case.yaml", "expected_findings.csv"

__all__ = ["Case", "Defect", "InputFile", "Notice", "dump_yaml", "load", "load_meta", "write"]


@dataclass
class Case:
    """One case as read.

    ``meta`` is the checked content of ``case.yaml``; ``tables`` holds every table of the catalogue; a row that could
    not be placed (an id, reference, month or date missing or wrong) stands only in ``defects``.
    """

    root: Path
    meta: dict[str, Any]
    year: int
    months: list[str]
    through: str | None
    tables: Tables
    defects: list[Defect] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    expected: list[dict[str, str]] | None = None


def load(folder: Path | str, *, through: str | None = None) -> Case:
    """Read a case folder.

    Parameters
    ----------
    folder
        The case folder. Nothing in it is changed, imported or executed.
    through
        Last month of a part-year case, such as ``2025-06``.

    Raises
    ------
    InputError, InputErrors
        If a file, sheet, heading or key cannot be used.
    UsageError
        If ``through`` is no month of the data year.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(Place(root.name), expected="a case folder", found="no such folder", todo="Name another.")
    meta = load_meta(root)
    year = cast(int, meta["data_year"])
    months = _months(year, through)
    evidence = walk(root, "evidence") if (root / "evidence").exists() else []
    reading, grids = Reading(), {}
    if meta["workbook"]:
        grids[meta["workbook"]] = grid = _grid(root, meta["workbook"], Place(CASE_FILE))
        read_book(grid, reading)
    for name in meta["profiles"]:
        profile = load_profile(inside(root, name, place=Place(CASE_FILE)), place_file=name)
        if profile.file not in grids:
            grids[profile.file] = _grid(root, profile.file, Place(name))
        apply_profile(profile, grids[profile.file], reading)
    reading.notices += [notice for grid in grids.values() for notice in grid.notices]
    _check_paths(reading.tables)
    _check_facilities(reading.tables, meta)
    check_soundness(reading, year=year)
    names = dict.fromkeys([CASE_FILE, *filter(None, [meta["workbook"]]), *meta["profiles"], *grids, *evidence])
    inputs = [_input(root, name, grids.get(name)) for name in names]
    notices = sorted(set(reading.notices), key=lambda notice: (str(notice.place), notice.en))
    return Case(root, meta, year, months, through, reading.tables, reading.defects, notices, inputs, _expected(root))


def load_meta(root: Path) -> dict[str, Any]:
    """Read and check ``case.yaml``; keys left out stand with their defaults.

    Raises
    ------
    InputError, InputErrors
        With the line of every fault.
    """
    path = inside(root, CASE_FILE, place=Place(CASE_FILE))
    value = read_yaml(path, place_file=CASE_FILE)
    filler = Filler(CASE_FILE)
    meta = cast(dict[str, Any], filler.fill(value, CASE_FORM))
    filler.raise_faults()
    _check_meta(meta, value)
    return meta


def _check_meta(meta: Mapping[str, Any], value: Value) -> None:
    faults = []

    def fault(key: str, expected: str, found: str, todo: str) -> None:
        faults.append(
            InputError(Place(CASE_FILE, row=value.key_lines.get(key)), expected=expected, found=found, todo=todo)
        )

    if meta["schema"] != schema_version():
        fault("schema", f"schema {schema_version()}", str(meta["schema"]), "Use a matching version of verifierkit.")
    if not 1990 <= meta["data_year"] <= 2100:
        fault("data_year", "a calendar year", str(meta["data_year"]), "Correct it.")
    if not all(char.isalnum() or char in "-_." for char in meta["case_id"]) or path_fault(meta["case_id"]):
        fault("case_id", "letters, digits, - and _", repr(meta["case_id"]), "Rename the case.")
    if not meta["workbook"] and not meta["profiles"]:
        fault("workbook", "a workbook or profiles", "neither", "Add `workbook: data.xlsx` or `profiles:`.")
    if faults:
        raise InputErrors(faults)


def _months(year: int, through: str | None) -> list[str]:
    if through is not None and (not MONTH.match(through) or int(through[:4]) != year):
        raise UsageError(f"--through: expected a month of {year} such as {year}-06, found {through!r}")
    return months_of(year, through)


def _grid(root: Path, name: str, place: Place) -> Grid:
    return read_grid(inside(root, name, place=place), place_file=name)


def _check_paths(tables: Tables) -> None:
    """Refuse paths in the tables that leave the case folder; titles of papers pass."""
    faults = []
    for table, column in (("evidence", "file"), ("sources", "document"), ("transcriptions", "file")):
        for row in tables[table]:
            name = row[column]
            if name and (
                name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:3] == ":\\"
            ):
                todo = "Put the file into evidence/ and name it by its path there."
                found = repr(name)
                faults.append(
                    InputError(row.cell(column), expected="a path inside the case folder", found=found, todo=todo)
                )
    if faults:
        raise InputErrors(faults)


def _check_facilities(tables: Tables, meta: Mapping[str, Any]) -> None:
    entities = [row for row in tables["facilities"] if row["kind"] == "entity"]
    if len(entities) > 1:
        found = f"{len(entities)}"
        place = entities[1].cell("kind")
        raise InputError(place, expected="one facility of kind entity", found=found, todo="Keep one.")
    if not entities and "entity" in meta["packs"]:
        place = Place(meta["workbook"] or CASE_FILE, "排放设施" if meta["workbook"] else "")
        todo = "Add the legal entity as a row of the table facilities."
        raise InputError(place, expected="one facility of kind entity", found="none", todo=todo)


def _input(root: Path, name: str, grid: Grid | None) -> InputFile:
    path = root / name
    form = grid.format if grid is not None else (path.suffix[1:].lower() or "file")
    return InputFile(name, sha256_of(path), path.stat().st_size, form)


def _expected(root: Path) -> list[dict[str, str]] | None:
    """Rows of ``expected_findings.csv`` where the case has one."""
    path = root / EXPECTED_FILE
    if not path.is_file() or path.is_symlink():
        return None
    text, _ = decode(path.read_bytes(), place=Place(EXPECTED_FILE))
    return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(io.StringIO(text))]


def write(
    folder: Path | str,
    meta: Mapping[str, Any],
    tables: Mapping[str, Sequence[bookwriter.RowLike]],
    *,
    evidence_files: Mapping[str, bytes | str] | None = None,
) -> Path:
    """Write a case folder: ``case.yaml``, the data workbook, and files by their path below the folder.

    Raises
    ------
    UsageError
        If the folder holds anything already, or a path leaves it.
    """
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root.name} is not empty and is not written over; name another folder")
    files = evidence_files or {}
    for name in files:
        if path_fault(name) or name in (CASE_FILE, meta.get("workbook")):
            raise UsageError(f"cannot write {name!r} into a case: {path_fault(name) or 'the name is taken'}")
    (root / "evidence").mkdir(parents=True, exist_ok=True)
    if meta.get("workbook"):
        bookwriter.write(root / str(meta["workbook"]), tables, meta=meta)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (root / CASE_FILE).write_text(dump_yaml(meta), encoding="utf-8", newline="\n")
    return root


class _Dumper(yaml.SafeDumper):
    """Plain YAML without aliases; Decimals as numbers."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write an alias: readers refuse them."""
        return True


def _represent_decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    kind = "int" if value == value.to_integral_value() else "float"
    return dumper.represent_scalar(
        f"tag:yaml.org,2002:{kind}", format(value, "f") if kind == "float" else str(int(value))
    )


_Dumper.add_representer(Decimal, _represent_decimal)


def dump_yaml(content: Mapping[str, Any]) -> str:
    """Content of ``case.yaml`` or of a profile as YAML, keys in their order."""
    return yaml.dump(_plain(content), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
