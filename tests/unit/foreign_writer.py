"""A program of somebody else: writes a case from the interface page alone. It imports nothing of verifierkit.

Run as ``python foreign_writer.py CASE``. One kiln line on default factors, its records in a workbook with identifiers
for headings and in a csv with a profile; the reported coal of March is 10 t above its ledger.
"""

from __future__ import annotations

import csv
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl

YEAR = 2025
MONTHS = [f"{YEAR}-{number:02d}" for number in range(1, 13)]
NCV, CARBON, OXIDATION, CLINKER_FACTOR = Decimal("23.076"), Decimal("0.02618"), Decimal("0.99"), Decimal("0.535")
COAL = {month: Decimal(12000 + 100 * number) for number, month in enumerate(MONTHS)}
CLINKER = {month: Decimal(96000 + 800 * number) for number, month in enumerate(MONTHS)}
REPORTED_COAL = COAL | {f"{YEAR}-03": COAL[f"{YEAR}-03"] + 10}

CASE = f"""schema: 1
case_id: foreign-{YEAR}
enterprise: {{name: 外部程序水泥有限公司}}
sector: cement
data_year: {YEAR}
province: 安徽
packs: {{facility: cement-2024}}
workbook: data.xlsx
profiles: [profiles/clinker.yaml]
"""
PROFILE = """file: evidence/clinker.csv
table: monthly_values
header_row: 2
columns: {月份: month, 熟料产量: value}
constants: {source_id: s_clinker, unit: t}
units: {value: 10^4 t}
skip_rows: [合计]
"""


def rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def map_tables() -> dict[str, list[dict[str, object]]]:
    return {
        "facilities": [
            {"facility_id": "ent", "name": "法人", "kind": "entity", "in_entity_boundary": "yes", "in_facility_boundary": "no"},
            {"facility_id": "k1", "name": "1号线", "kind": "clinker_line", "facility_class": "portland_clinker",
             "in_entity_boundary": "是", "in_facility_boundary": "是"},
        ],
        "nodes": [
            {"node_id": "n_market", "name": "煤商", "kind": "boundary", "quantity": "coal"},
            {"node_id": "n_k1", "name": "窑", "kind": "工序", "quantity": "熟料"},
            {"node_id": "n_silo", "name": "熟料出厂", "kind": "boundary", "quantity": "clinker"},
        ],
        "streams": [
            {"stream_id": "coal", "name": "耗煤", "item": "bituminous", "unit": "t", "from_node": "n_market", "to_node": "n_k1",
             "facility_id": "k1", "parameter": "fuel_consumed"},
            {"stream_id": "clinker", "name": "熟料", "unit": "t", "from_node": "n_k1", "to_node": "n_silo", "facility_id": "k1",
             "parameter": "clinker_produced_t"},
        ],
        "sources": [
            {"source_id": "s_coal", "name": "耗煤台账", "stream_id": "coal", "records": "monthly_values", "rank": 1, "derives_from": "none"},
            {"source_id": "s_clinker", "name": "熟料台账", "stream_id": "clinker", "records": "monthly_values", "rank": 1, "derives_from": "none"},
        ],
        "monthly_values": [{"source_id": "s_coal", "month": month, "value": f"{value:,}", "unit": "吨"} for month, value in COAL.items()],
    }  # fmt: skip


def reported() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    totals: dict[str, Decimal] = {}

    def add(month: str, parameter: str, item: str, value: Decimal, unit: str, route: str) -> None:
        rows.append(
            {"track": "facility", "facility_id": "k1", "parameter": parameter, "item": item or None, "data_year": YEAR,
             "month": month or None, "value": float(value), "unit": unit, "route": route}
        )  # fmt: skip
        totals[parameter] = totals.get(parameter, Decimal(0)) + value

    for month in [*MONTHS, ""]:
        total = dict(totals.items()) if not month else {}
        coal = rounded(total.get("fuel_consumed", REPORTED_COAL.get(month, Decimal(0))), 2)
        clinker = rounded(total.get("clinker_produced_t", CLINKER.get(month, Decimal(0))), 2)
        fuel_co2 = total.get("fuel_co2_t", rounded(coal * NCV * CARBON * OXIDATION * 44 / 12, 2))
        process = total.get("process_co2_t", rounded(clinker * CLINKER_FACTOR, 2))
        add(month, "fuel_consumed", "bituminous", coal, "t", "measured")
        add(month, "fuel_ncv", "bituminous", NCV, "GJ/t", "default")
        add(month, "carbon_content_tc_per_gj", "bituminous", CARBON, "tC/GJ", "default")
        add(month, "oxidation_fraction", "bituminous", OXIDATION, "1", "default")
        add(month, "fuel_co2_t", "bituminous", fuel_co2, "tCO2", "calculated")
        add(month, "clinker_produced_t", "", clinker, "t", "measured")
        add(month, "clinker_factor_tco2_per_t", "", CLINKER_FACTOR, "tCO2/t", "default")
        add(month, "process_co2_t", "", process, "tCO2", "calculated")
        add(month, "line_co2_t", "", fuel_co2 + process, "tCO2", "calculated")
        add(month, "line_intensity_tco2_per_t", "", rounded((fuel_co2 + process) / clinker, 4), "tCO2/t", "calculated")
    return rows


def plan() -> list[dict[str, object]]:
    """One row per parameter that the rule asks for."""
    routes = {
        ("fuel_consumed", "bituminous"): "measured",
        ("fuel_ncv", "bituminous"): "default",
        ("carbon_content_tc_per_gj", "bituminous"): "default",
        ("oxidation_fraction", "bituminous"): "default",
        ("clinker_produced_t", ""): "measured",
        ("clinker_factor_tco2_per_t", ""): "default",
    }
    return [
        {"valid_from": f"{YEAR}-01-01", "facility_id": "k1", "parameter": parameter, "item": item or None, "acquisition": route,
         "missing_data_rule": "取高值" if route == "measured" else None}
        for (parameter, item), route in routes.items()
    ]  # fmt: skip


def deposits() -> list[dict[str, object]]:
    """Coal and clinker of every month as the ledgers show them, deposited on the 20th of the next month."""
    rows: list[dict[str, object]] = []
    for number, month in enumerate(MONTHS, start=1):
        day = f"{YEAR + number // 12}-{number % 12 + 1:02d}-20"
        for parameter, item, value in (
            ("fuel_consumed", "bituminous", COAL[month]),
            ("clinker_produced_t", None, CLINKER[month]),
        ):
            rows.append(
                {"facility_id": "k1", "parameter": parameter, "item": item, "month": month, "value": float(value), "unit": "t",
                 "deposited_on": day}
            )  # fmt: skip
    return rows


def main(folder: Path) -> None:
    (folder / "profiles").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    (folder / "profiles" / "clinker.yaml").write_text(PROFILE, encoding="utf-8")
    with (folder / "evidence" / "clinker.csv").open("w", encoding="gb18030", newline="") as handle:
        lines = csv.writer(handle)
        lines.writerows([["熟料产量（万吨）"], ["月份", "熟料产量"]])
        lines.writerows([f"{month[:4]}年{int(month[5:])}月", str(value / 10000)] for month, value in CLINKER.items())
        lines.writerow(["合计", str(sum(CLINKER.values()) / 10000)])
    book = openpyxl.Workbook(write_only=True)
    for table, rows in (map_tables() | {"reported": reported(), "plan": plan(), "deposits": deposits()}).items():
        sheet = book.create_sheet(table)
        names = list(dict.fromkeys(name for row in rows for name in row))
        sheet.append(names)
        for row in rows:
            sheet.append([row.get(name) for name in names])
    book.save(folder / "data.xlsx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
