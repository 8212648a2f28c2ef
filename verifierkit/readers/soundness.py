"""Faults that show only beside other rows, other tables or the data year; each becomes a defect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.columns import Column, Row, TableSpec, catalogue
from verifierkit.evidence import Notice
from verifierkit.readers.rows import Defect, Reading

SIGNED = frozenset(
    {
        "adjustment_t",
        "deduction_t",
        "adjustment_kwh",
        "exchange_kwh",
        "loss_kwh",
        "fixed_loss_kwh",
        "variable_loss_kwh",
        "line_loss_kwh",
        "shared_kwh",
        "free_kwh",
        "submeter_kwh",
        "tariff_shift_kwh",
        "value_kwh",
        "line_loss_yuan",
        "total_kwh",
        "amount_yuan",
        "error_fraction",
        "coefficient",
    }
)
SIGNED_TABLES = frozenset({"reported", "deposits"})
# A number that occurs twice in these tables is a finding of its own (evidence.duplicate), not a defect; the local time
# of an interval stands twice where clocks go back.
DOCUMENTS = frozenset(
    {
        "calibrations",
        "settlement_bills",
        "interval_values",
        "transactions",
        "tickets",
        "coal_analyses",
        "lab_results",
        "transcriptions",
        "evidence",
        "activities",
    }
)
# Numbers that mean nothing at 0 or below, by table.
POSITIVE = {
    "instruments": ("multiplier", "accuracy_fraction", "register_digits", "calibration_interval_months"),
    "relations": ("coefficient",),
}
# Quantities of a plant lie far inside; beyond, exact arithmetic would lose the last digits.
LARGEST, SMALLEST = Decimal("1e15"), Decimal("1e-15")
# Without these a row cannot be placed; it then stands in the defects only.
PLACING = frozenset({"id", "ref", "month", "date", "datetime"})
DAYS_AROUND = timedelta(days=31)


def check_soundness(reading: Reading, *, year: int) -> None:
    """Find negative quantities, impossible fractions, wrong years, doubled keys and broken references.

    Rows that cannot be placed, later rows of a doubled key, and rows of a wrong year leave the tables; the defect
    keeps them.
    """
    gone: dict[str, set[str]] = defaultdict(set)
    for spec in _in_order():
        rows = reading.tables[spec.name]
        _check_numbers(spec, rows, reading)
        kept = _referring(spec, rows, reading, gone)
        kept = _placed(spec, kept)
        kept = _of_year(spec, kept, reading, year)
        kept = _single(spec, kept, reading)
        stay = {id(row) for row in kept}
        gone[spec.name] = {row[spec.key[0]] for row in rows if id(row) not in stay} - {row[spec.key[0]] for row in kept}
        reading.tables[spec.name] = kept
    order = {name: position for position, name in enumerate(catalogue())}
    reading.defects.sort(key=lambda defect: (order[defect.table], _sort_key(defect)))


def _in_order() -> Iterable[TableSpec]:
    """Tables of the map first, each after those it refers to."""
    first = ("facilities", "nodes", "streams", "instruments", "sources")
    specs = catalogue()
    return [*(specs[name] for name in first), *(spec for name, spec in specs.items() if name not in first)]


def _sort_key(defect: Defect) -> tuple[str, str, int, str]:
    place = defect.place
    return place.file, place.sheet, place.row or 0, defect.column


def _defect(row: Row, column: str, expected: str, found: str) -> Defect:
    return Defect(row.cell(column), row.table, column, expected, found, row)


def _check_numbers(spec: TableSpec, rows: Iterable[Row], reading: Reading) -> None:
    fractions = [name for name in spec.columns if name.endswith("_fraction")]
    plain = [
        name
        for name, column in spec.columns.items()
        if column.type == "number" and name not in SIGNED and spec.name not in SIGNED_TABLES
    ]
    numbers = [name for name, column in spec.columns.items() if column.type == "number"]
    for row in rows:
        _check_positive(spec, row, reading)
        for name in numbers:
            value = row.values.get(name)
            if value and not SMALLEST <= abs(value) <= LARGEST:
                reading.defects.append(_defect(row, name, "a number of the size of a plant's quantities", str(value)))
                row.values[name] = None
        for name in plain:
            value = row.values.get(name)
            if value is not None and value < 0:
                reading.defects.append(_defect(row, name, "a number not below 0", str(value)))
                row.values[name] = None
        for name in fractions:
            value = row.values.get(name)
            if value is not None and abs(value) > Decimal(1):
                reading.defects.append(_defect(row, name, "a fraction from 0 to 1", str(value)))
                row.values[name] = None


def _check_positive(spec: TableSpec, row: Row, reading: Reading) -> None:
    """Take numbers that must lie above 0 and do not; the row remembers that the cell was filled."""
    for name in POSITIVE.get(spec.name, ()):
        value = row.values.get(name)
        if value is not None and value <= 0:
            reading.defects.append(_defect(row, name, "a number above 0", str(value)))
            row.values[name] = None
    columns = {defect.column for defect in reading.defects if defect.row is row} if spec.name in POSITIVE else set()
    row.faulty = frozenset(columns)


def _placed(spec: TableSpec, rows: Iterable[Row]) -> list[Row]:
    """Rows that have every id, reference, month and date that they need."""
    needed = [column.name for column in spec.columns.values() if column.required and column.type in PLACING]
    needed += [name for name in spec.key if spec.columns[name].required and name not in needed]
    return [row for row in rows if all(row.values.get(name) is not None for name in needed)]


def _of_year(spec: TableSpec, rows: list[Row], reading: Reading, year: int) -> list[Row]:
    month = spec.columns.get("month")
    if spec.name == "reported":
        return [row for row in rows if _reported_in_year(row, reading, year)]
    if month is not None and month.type == "month":
        allowed = (year, year - 1) if spec.name == "deposits" else (year,)
        return [row for row in rows if _month_in(row, reading, allowed)]
    if "day" in spec.key:
        first, last = date(year, 1, 1) - DAYS_AROUND, date(year, 12, 31) + DAYS_AROUND
        return [row for row in rows if _day_in(row, reading, first, last)]
    return rows


def _month_in(row: Row, reading: Reading, years: tuple[int, ...]) -> bool:
    if row["month"] is None or int(row["month"][:4]) in years:
        return True
    reading.defects.append(_defect(row, "month", f"a month of {years[0]}", row["month"]))
    return False


def _day_in(row: Row, reading: Reading, first: date, last: date) -> bool:
    if first <= row["day"] <= last:
        return True
    reading.defects.append(_defect(row, "day", f"a day of the data year, {first} to {last} at most", str(row["day"])))
    return False


def _reported_in_year(row: Row, reading: Reading, year: int) -> bool:
    if row["data_year"] is None:
        return False
    if row["data_year"] not in (year, year - 1):
        found = str(row["data_year"])
        reading.defects.append(_defect(row, "data_year", f"the data year {year} or the year before", found))
        return False
    return _month_in(row, reading, (row["data_year"],))


def _single(spec: TableSpec, rows: list[Row], reading: Reading) -> list[Row]:
    """The first row of every key; later ones become defects."""
    if spec.name in DOCUMENTS:
        return rows
    first: dict[tuple[Any, ...], Row] = {}
    kept = []
    for row in rows:
        key = tuple(row.values.get(name) for name in spec.key)
        other = first.setdefault(key, row)
        if other is row:
            kept.append(row)
            continue
        column = next(
            (name for name in spec.key if spec.columns[name].type in ("month", "date", "datetime")), spec.key[0]
        )
        words = ", ".join(str(part) for part in key if part is not None)
        reading.defects.append(_defect(row, column, f"one row for {words}", f"a second one (first: {other.place})"))
    return kept


def _referring(spec: TableSpec, rows: list[Row], reading: Reading, gone: Mapping[str, set[str]]) -> list[Row]:
    """Rows whose required references hold; a broken one is told once per id."""
    kept = rows
    for column in (column for column in spec.columns.values() if column.type == "ref"):
        kept = _check_column(column, kept, reading, gone)
    return kept


def _check_column(column: Column, rows: list[Row], reading: Reading, gone: Mapping[str, set[str]]) -> list[Row]:
    target = catalogue()[column.table]
    known = {row.values.get(target.key[0]) for row in reading.tables[column.table]}
    broken: dict[str, list[Row]] = {}
    for row in rows:
        value = row.values.get(column.name)
        if value is not None and value not in known:
            broken.setdefault(value, []).append(row)
    for value, bad in broken.items():
        if value in gone.get(column.table, ()):
            zh = f"引用了未采用的{target.zh} {value}，共{len(bad)}行未采用"
            en = f"refers to {value}, a row of {target.name} that was left out; {len(bad)} rows left out"
            reading.notices.append(Notice(bad[0].cell(column.name), zh, en))
        else:
            more = f" (and in {len(bad) - 1} more rows)" if len(bad) > 1 else ""
            expected = f"an id of {target.zh} ({target.name})"
            reading.defects.append(_defect(bad[0], column.name, expected, repr(value) + more))
    lost = {id(row) for bad in broken.values() for row in bad}
    if not column.required:
        for row in rows:
            if id(row) in lost:
                row.values[column.name] = None
        return rows
    return [row for row in rows if id(row) not in lost]
