"""Builds a settlement case from the published bills and intervals of a brewery: ``brewery_case.py DATA FOLDER YEAR``.

The bills are read by an import profile from ``bills_flat.csv`` as it is. Intervals of 15 and 60 minutes have no table
in a case, so this script adds them up to a counter at every midnight and hands over counter readings as a csv file;
the profile reads those as meter readings. An interval belongs to the day in which it ends, midnight to the day before.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from verifierkit import case

DAY = timedelta(days=1)
MIDNIGHT = "12:00:00 AM"

BILLS: dict[str, Any] = {
    "file": "evidence/bills_flat.csv",
    "table": "settlement_bills",
    "columns": {
        "account": "source_id",
        "invoice": "bill_no",
        "bill_date": "issued_on",
        "meter": "instrument_id",
        "prior_date": "period_start",
        "prior_reading": "prior_reading",
        "read_date": "period_end",
        "reading": "current_reading",
        "register_difference_rollover_aware": "metered_kwh",
        "total_kwh_on_bill": "total_kwh",
    },
    "constants": {"register": "total", "multiplier": "1"},
    "days": {"period_start": 1},
    "date_form": "%m/%d/%Y",
}
READINGS: dict[str, Any] = {
    "file": "evidence/interval_counter.csv",
    "table": "meter_readings",
    "columns": {"meter": "instrument_id", "read_at": "read_at", "reading": "reading"},
    "constants": {"register": "total", "state": "normal"},
}
# the utility's and the supplier's word on the energy that net billing allocates to an account
ALLOCATED = BILLS | {
    "columns": {
        "account": "source_id",
        "invoice": "bill_no",
        "prior_date": "period_start",
        "read_date": "period_end",
        "allocated_kwh": "total_kwh",
    },
    "constants": {"register": "total"},
}
SUPPLIED = {
    "file": "evidence/supplier_allocations.csv",
    "table": "settlement_bills",
    "columns": {
        "account_number": "source_id",
        "invoice_number": "bill_no",
        "interval_start": "period_start",
        "interval_end": "period_end",
        "kwh": "total_kwh",
    },
    "constants": {"register": "total"},
}
PROFILES = {"settlement": (BILLS, READINGS), "utility": (ALLOCATED,), "supplier": (SUPPLIED,)}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a csv file, packed or not."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


@cache
def day_of(text: str) -> date:
    """A day as the files print it, month first."""
    return datetime.strptime(text, "%m/%d/%Y").date()


def counter(intervals: list[dict[str, str]]) -> Iterator[tuple[date, Decimal]]:
    """Energy [kWh] counted up to every midnight from the first interval on."""
    days: dict[date, Decimal] = defaultdict(Decimal)
    for row in intervals:
        day, _, clock = row["interval_end_datetime"].partition(" ")
        days[day_of(day) - DAY if clock == MIDNIGHT else day_of(day)] += Decimal(row["kwh"])
    day, counted = min(days), Decimal(0)
    while day <= max(days):
        yield day, counted
        counted += days[day]
        day += DAY
    yield day, counted


@cache
def counter_csv(data: Path) -> str:
    """Readings of all interval channels, one row a day."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["meter", "read_at", "reading"])
    for account, meter in meters_of(data).items():
        intervals = rows_of(data / "meter_interval" / f"{account}.csv.gz")
        table.writerows([channel(meter), f"{day} 00:00", counted] for day, counted in counter(intervals))
    return buffer.getvalue()


def meters_of(data: Path) -> dict[str, str]:
    """Meter by account."""
    return {row["account"]: row["meter"] for row in rows_of(data / "bills_flat.csv")}


def channel(meter: str) -> str:
    """Id of the interval channel of a meter."""
    return f"{meter}-intervals"


def interval_source(account: str) -> str:
    """Id of the source that holds the intervals of an account; the bills carry the account itself."""
    return f"{account}-intervals"


def tables(places: list[dict[str, str]], meters: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The map: one supply for each account, its billed register and its interval channel."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found["facilities"].append(
        {"facility_id": "brewery", "name": "Brewery", "kind": "entity", "in_entity_boundary": True, "in_facility_boundary": False}
    )  # fmt: skip
    found["nodes"].append({"node_id": "grid", "name": "Grid", "kind": "boundary", "quantity": "electricity"})
    for place in places:
        account = place["account_number"]
        name, meter = f"{place['label']}, {place['operational_area']}", meters[account]
        facility, node, stream = f"f{account}", f"n{account}", f"e{account}"
        found["facilities"].append(
            {"facility_id": facility, "name": name, "kind": "other", "in_entity_boundary": True, "in_facility_boundary": True}
        )  # fmt: skip
        found["nodes"].append(
            {"node_id": node, "name": name, "kind": "process", "quantity": "electricity", "facility_id": facility}
        )
        found["streams"].append(
            {"stream_id": stream, "name": name, "item": "grid", "unit": "kWh", "from_node": "grid", "to_node": node,
             "facility_id": facility, "parameter": "electricity_mwh"}
        )  # fmt: skip
        for instrument, digits in ((meter, 5), (channel(meter), None)):
            found["instruments"].append(
                {"instrument_id": instrument, "name": instrument, "kind": "electricity_meter", "multiplier": 1, "register_digits": digits}
            )  # fmt: skip
        base = {"stream_id": stream, "derives_from": "none"}
        found["sources"] += [
            base | {"source_id": account, "name": "Bills", "records": "settlement_bills", "rank": 1, "instrument_id": meter},
            base | {"source_id": interval_source(account), "name": "Intervals", "records": "meter_readings", "rank": 2, "instrument_id": channel(meter)},
        ]  # fmt: skip
    return found


def write(data: Path, folder: Path, *, year: int, kind: str = "settlement") -> Path:
    """Write the case of one data year; the files of the brewery go into its evidence unchanged."""
    meters = meters_of(data)
    places = [place for place in rows_of(data / "locations.csv") if place["account_number"] in meters]
    files: dict[str, bytes | str] = {}
    for index, profile in enumerate(PROFILES[kind], 1):
        files[f"profiles/{index}.yaml"] = case.dump_yaml(profile)
        name = profile["file"]
        made = profile is READINGS
        files[name] = counter_csv(data) if made else (data / Path(name).name).read_bytes()
    meta = {
        "schema": 1,
        "case_id": f"brewery-{year}",
        "enterprise": {"name": "Brewery"},
        "sector": "electricity",
        "data_year": year,
        "time_zone": "America/New_York",
        "packs": {"facility": "electricity-only"},
        "workbook": "data.xlsx",
        "profiles": [name for name in files if name.startswith("profiles/")],
    }
    return case.write(folder, meta, tables(places, meters), evidence_files=files)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), year=int(sys.argv[3]))
