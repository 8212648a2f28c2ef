"""A small cement case in memory, for tests of reading and writing."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from verifierkit import case

Rows = dict[str, list[dict[str, Any]]]

META: dict[str, Any] = {
    "schema": 1,
    "case_id": "small-2025",
    "enterprise": {"name": "示例水泥有限公司", "industry_code": "3011"},
    "sector": "cement",
    "data_year": 2025,
    "province": "安徽",
    "packs": {"facility": "cement-2024"},
    "workbook": "data.xlsx",
}


def small_tables() -> Rows:
    """One kiln line, one coal stream with a ledger, a coal yard with two counts, reported figures of two years."""
    return {
        "facilities": [
            {"facility_id": "ent", "name": "法人", "kind": "entity", "in_entity_boundary": True, "in_facility_boundary": False},
            {"facility_id": "k1", "name": "1号线", "kind": "clinker_line", "in_entity_boundary": True, "in_facility_boundary": True},
        ],
        "nodes": [
            {"node_id": "n_yard", "name": "煤场", "kind": "store", "quantity": "coal", "basis": "as_received"},
            {"node_id": "n_k1", "name": "1号窑", "kind": "process", "quantity": "clinker"},
        ],
        "streams": [
            {"stream_id": "c_k1", "name": "耗煤", "item": "bituminous", "unit": "t", "from_node": "n_yard", "to_node": "n_k1",
             "facility_id": "k1", "parameter": "fuel_consumed"},
        ],
        "sources": [
            {"source_id": "s_ledger", "name": "月台账", "stream_id": "c_k1", "records": "monthly_values", "rank": 1, "derives_from": "none"},
            {"source_id": "s_tickets", "name": "磅单", "stream_id": "c_k1", "records": "tickets", "rank": 2, "derives_from": "none"},
        ],
        "monthly_values": [
            {"source_id": "s_ledger", "month": f"2025-{month:02d}", "value": Decimal("1000.25") + month, "unit": "t"} for month in range(1, 13)
        ],
        "tickets": [
            {"source_id": "s_tickets", "ticket_no": "0001", "weighed_on": date(2025, 3, 1), "net_t": Decimal("31.52")},
        ],
        "stock_counts": [
            {"node_id": "n_yard", "counted_on": date(2024, 12, 31), "quantity_t": Decimal("500")},
            {"node_id": "n_yard", "counted_on": date(2025, 12, 31), "quantity_t": Decimal("640.5"), "adjustment_t": Decimal("-3")},
        ],
        "reported": [
            {"track": "facility", "facility_id": "k1", "parameter": "fuel_consumed", "item": "bituminous", "data_year": year,
             "month": month, "value": Decimal("12003"), "unit": "t", "route": "measured"}
            for year, month in ((2024, None), (2025, None), (2025, "2025-01"))
        ],
    }  # fmt: skip


def write_small(folder: Path, tables: Rows | None = None, **meta: Any) -> Path:
    """Write the small case, with other rows or other keys of ``case.yaml`` where given."""
    return case.write(folder, META | meta, small_tables() | (tables or {}))


def copy_small(folder: Path) -> Path:
    """The small case, written once and copied: for tests that break something in it."""
    shutil.copytree(Path(_written_once().name) / "small", folder)
    return folder


@cache
def _written_once() -> tempfile.TemporaryDirectory[str]:
    scratch = tempfile.TemporaryDirectory(prefix="verifierkit-test-")
    write_small(Path(scratch.name) / "small")
    return scratch
