"""A case that a program of somebody else wrote from the interface page verifies, with the figures worked out by hand.

The arithmetic beside :data:`BY_HAND` was done on paper from the records that the program writes; neither the program
nor this test computes it.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from verifierkit import case, outputs
from verifierkit.errors import InputErrors
from verifierkit.readers.profile import load_profile

WRITER = Path(__file__).with_name("foreign_writer.py")
MONTHS = ("2025-01", "2025-02", "2025-03")
TWO_MISTAKES = [
    ("bill.total", "", "2025-02", "power", "s_bill"),
    ("calc.formula", "k1", "2025-03", "line_intensity_tco2_per_t", "reported"),
]
BY_HAND = {
    # (11000 x 22.80 + 5500 x 23.10) / 16500 = 377850 / 16500; 322700 / 14000; 382200 / 16800
    ("k1", "fuel_ncv", "bituminous"): ("22.900", "23.050", "22.750"),
    # 377850 GJ x 0.02618 tC/GJ = 9892.113 tC; x 0.99 = 9793.19187; x 44/12 = 35908.37019
    # 322700 x 0.02618 = 8448.286; x 0.99 = 8363.80314; x 44/12 = 30667.27818
    # 382200 x 0.02618 = 10005.996; x 0.99 = 9905.93604; x 44/12 = 36321.76548
    ("k1", "fuel_co2_t", "bituminous"): ("35908.37", "30667.28", "36321.77"),
    # 1250 x 0.80; 1000 x 0.81; 1200 x 0.75
    ("k1", "deducted_material_t", "carbide_slag"): ("1000.00", "810.00", "900.00"),
    # 120000 x 0.535 - 1000 x 0.480; 102000 x 0.535 - 810 x 0.480; 122000 x 0.535 - 900 x 0.480
    ("k1", "process_co2_t", ""): ("63720.00", "54181.20", "64838.00"),
    ("k1", "line_co2_t", ""): ("99628.37", "84848.48", "101159.77"),
    # 99628.37 / 120000 = 0.830236; 84848.48 / 102000 = 0.831848; 101159.77 / 122000 = 0.829178
    ("k1", "line_intensity_tco2_per_t", ""): ("0.8302", "0.8318", "0.8292"),
    # 10 MWh for each 万kWh
    ("k1", "electricity_mwh", ""): ("7205.000", "6302.500", "7451.250"),
    # 12.5 x 42.652 x 0.0202 x 0.98 = 10.5542374; x 44/12 = 38.69887; the others: 34.67419 and 40.24683
    ("ent", "fuel_co2_t", "diesel"): ("38.70", "34.67", "40.25"),
}


def write(folder: Path, *options: str) -> Path:
    subprocess.run([sys.executable, "-I", str(WRITER), str(folder), *options], check=True)
    return folder


def verify(folder: Path, out: Path) -> tuple[int, dict[str, Any], list[tuple[str, ...]]]:
    """Exit status, record and finding keys of the command."""
    command = [sys.executable, "-m", "verifierkit", "verify", str(folder), "--out", str(out), "--formats", "none"]
    done = subprocess.run([*command, "--through", MONTHS[-1]], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    (path,) = out.rglob("result.json")
    return done.returncode, json.loads(path.read_text("utf-8")), outputs.read_findings(path.with_name("findings.csv"))


def figures(record: dict[str, Any], column: str) -> dict[tuple[str, str, str], tuple[Decimal, ...]]:
    return {
        (entry["facility"], entry["parameter"], entry["item"]): tuple(Decimal(row[column]) for row in entry["months"])
        for entry in record["parameters"]
        if (entry["facility"], entry["parameter"], entry["item"]) in BY_HAND
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("foreign") / "case")


def test_the_program_imports_nothing_of_ours() -> None:
    names = set()
    for node in ast.walk(ast.parse(WRITER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
    assert names - set(sys.stdlib_module_names) == {"openpyxl"}


def test_the_case_verifies_with_the_figures_worked_out_by_hand(folder: Path, tmp_path: Path) -> None:
    status, record, found = verify(folder, tmp_path)
    assert (status, found) == (0, [])
    by_hand = {key: tuple(map(Decimal, values)) for key, values in BY_HAND.items()}
    assert figures(record, "verified") == by_hand
    assert figures(record, "reported") == by_hand


def test_both_mistakes_are_found_and_nothing_else(tmp_path: Path) -> None:
    status, record, found = verify(write(tmp_path / "case", "--mistakes"), tmp_path / "out")
    assert (status, found) == (1, TWO_MISTAKES)
    key = ("k1", "line_intensity_tco2_per_t", "")
    assert figures(record, "reported")[key][-1] == Decimal("0.8392")
    assert figures(record, "verified")[key][-1] == Decimal("0.8292")
    total = next(result for result in record["results"] if result["rule"] == "bill.total" and result["finding"])
    assert (Decimal(total["observed"]), Decimal(total["expected"])) == (7_080_000, 7_800_000)


def test_the_odd_layout_is_read_as_meant(folder: Path) -> None:
    loaded = case.load(folder, through=MONTHS[-1])
    assert loaded.defects == []
    assert {facility["kind"] for facility in loaded.tables["facilities"]} == {"entity", "clinker_line"}
    unread = {notice.en for notice in loaded.notices if "Keyed by clerk" in notice.en}
    assert unread == {"unknown column, not read: Keyed by clerk"}
    months = {row["month"] for table in ("reported", "monthly_values") for row in loaded.tables[table]}
    assert months == set(MONTHS)


def test_bills_in_another_unit_and_with_reading_dates(folder: Path) -> None:
    """万kWh become kWh; the day after the prior reading opens the period; the total row is left out."""
    bills = case.load(folder, through=MONTHS[-1]).tables["settlement_bills"]
    assert [(row["period_start"], row["period_end"], row["total_kwh"]) for row in bills] == [
        (date(2025, 1, 1), date(2025, 1, 31), 9_000_000),
        (date(2025, 2, 1), date(2025, 2, 28), 7_800_000),
        (date(2025, 3, 1), date(2025, 3, 31), 9_300_000),
    ]


@pytest.mark.parametrize(
    ("wrong", "found"),
    [("{metered_kwh: 1}", "metered_kwh"), ("{period_start: 2}", "found 2"), ("{first_day: 1}", "first_day")],
)
def test_days_are_added_to_dates_only(wrong: str, found: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "case")
    path = folder / "profiles" / "bills.yaml"
    path.write_text(path.read_text("utf-8").replace("{period_start: 1}", wrong), encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        load_profile(path, place_file="profiles/bills.yaml")
    assert found in str(caught.value)
    assert "under days" in str(caught.value)


def test_a_day_beyond_the_calendar_is_a_defect(tmp_path: Path) -> None:
    target = write(tmp_path / "case")
    path = target / "evidence" / "电费.csv"
    path.write_bytes(path.read_bytes().replace(b"20241231", b"99991231"))
    (defect,) = case.load(target, through=MONTHS[-1]).defects
    assert (defect.column, defect.found) == ("period_start", "'99991231'")
