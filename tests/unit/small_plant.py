"""A small cement plant as plain rows that verifies without a finding: tests change one thing and look what fails.

One kiln line: coal on a belt scale with a record, a ledger and a laboratory, clinker on a second scale, one deducted
material. Reported figures are what the packs give, so that every link of the chain holds.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.hand_tables import tables
from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import Context, Result
from verifierkit.emissions import Facility, Key, Structure, calculate
from verifierkit.findings import merge
from verifierkit.periods import month_bounds, months_of
from verifierkit.verification import Verification, run_checks

Rows = dict[str, list[dict[str, Any]]]
YEAR = 2025
MONTHS = months_of(YEAR)
PACKS = {"facility": "cement-2024", "entity": "cement-2024"}
META: dict[str, Any] = {
    "case_id": "small", "sector": "cement", "grid_region": "north", "packs": PACKS, "experience": None,
    "enterprise": {"name": "小厂"}, "data_year": YEAR,
}  # fmt: skip
COAL, CLINKER, SLAG = Decimal("1200.00"), Decimal("8000.00"), Decimal("100.00")
BATCHES = ((Decimal(700), Decimal("22.25")), (Decimal(500), Decimal("21.65")))  # weighted 22.000, plain 21.950
NCV = Decimal("22.000")


@cache
def _clean() -> Rows:
    rows = _map() | _records()
    rows["reported"] = _reported()
    rows["plan"] = _plan(rows["reported"])
    rows["deposits"] = _deposits(rows["reported"])
    return rows


def plant() -> Rows:
    """Rows of the clean plant, free to change."""
    return copy.deepcopy(_clean())


def _map() -> Rows:
    def stream(name: str, start: str, end: str, parameter: str, item: str | None = None) -> dict[str, Any]:
        return {"stream_id": name, "name": name, "unit": "t", "from_node": start, "to_node": end, "facility_id": "k1",
                "parameter": parameter, "item": item}  # fmt: skip

    def source(name: str, stream: str, records: str, rank: int, **more: Any) -> dict[str, Any]:
        base = {"source_id": name, "name": name, "stream_id": stream, "records": records, "rank": rank}
        return base | {"derives_from": "none"} | more

    scale = {"kind": "belt_scale", "accuracy_fraction": Decimal("0.005")}
    return {
        "facilities": [
            {"facility_id": "ent", "name": "法人", "kind": "entity"},
            {"facility_id": "k1", "name": "1号线", "kind": "clinker_line", "facility_class": "portland_clinker",
             "capacity": 500, "capacity_unit": "t/d"},
        ],
        "nodes": [
            {"node_id": "n_yard", "name": "煤场", "kind": "store", "quantity": "coal"},
            {"node_id": "n_kiln", "name": "窑", "kind": "process", "quantity": "clinker"},
            {"node_id": "n_silo", "name": "熟料库", "kind": "store", "quantity": "clinker"},
        ],
        "streams": [
            stream("c_k1", "n_yard", "n_kiln", "fuel_consumed", "bituminous"),
            stream("p_k1", "n_kiln", "n_silo", "clinker_produced_t"),
            stream("m_k1", "n_yard", "n_kiln", "deducted_material_t", "carbide_slag"),
        ],
        "instruments": [
            {"instrument_id": "i_c", "name": "煤秤"} | scale,
            {"instrument_id": "i_p", "name": "熟料秤"} | scale,
        ],
        "calibrations": [
            {"instrument_id": name, "certificate_no": f"C{name}", "calibrated_on": date(2024, 12, 1),
             "valid_until": date(2025, 12, 31), "result": "pass"}
            for name in ("i_c", "i_p")
        ],
        "sources": [
            source("s_c_record", "c_k1", "monthly_values", 2, instrument_id="i_c"),
            source("s_c_ledger", "c_k1", "monthly_values", 1, derives_from="s_c_record"),
            source("s_ncv", "c_k1", "coal_analyses", 1, parameter="fuel_ncv"),
            source("s_p", "p_k1", "monthly_values", 1, instrument_id="i_p"),
            source("s_m", "m_k1", "deducted_materials", 1),
        ],
    }  # fmt: skip


def _records() -> Rows:
    values = {"s_c_record": COAL, "s_c_ledger": COAL, "s_p": CLINKER}
    return {
        "monthly_values": [
            {"source_id": source, "month": month, "value": value, "unit": "t"}
            for source, value in values.items()
            for month in MONTHS
        ],
        "coal_analyses": [
            {"source_id": "s_ncv", "report_no": f"R{month}", "sample_no": f"{month}-{index}", "laboratory": "化验室", "cma_no": "CMA-1",
             "sampled_on": _day(month, 5 + 7 * index), "received_on": _day(month, 6 + 7 * index),
             "issued_on": _day(month, 9 + 7 * index), "batch_t": batch, "basis": "as_received", "ncv_gj_per_t": ncv,
             "total_moisture_fraction": Decimal("0.1"), "inherent_moisture_fraction": Decimal("0.02"),
             "ash_ad_fraction": Decimal("0.2") + Decimal(int(month[-2:])) / 1000}
            for month in MONTHS
            for index, (batch, ncv) in enumerate(BATCHES)
        ],
        "deducted_materials": [
            {"source_id": "s_m", "month": month, "wet_t": 125, "moisture_fraction": Decimal("0.2"), "dry_t": SLAG,
             "enters": "raw_mill"}
            for month in MONTHS
        ],
    }  # fmt: skip


def _day(month: str, day: int) -> date:
    return month_bounds(month)[0] + timedelta(days=day - 1)


def figures(inputs: Mapping[str, Decimal] | None = None) -> dict[Key, Decimal]:
    """All figures that the pack gives from these monthly amounts of the kiln line."""
    given = inputs or {
        "fuel_consumed": COAL,
        "fuel_ncv": NCV,
        "clinker_produced_t": CLINKER,
        "deducted_material_t": SLAG,
    }
    items = {"fuel_consumed": "bituminous", "fuel_ncv": "bituminous", "deducted_material_t": "carbide_slag"}
    keys = {
        Key("facility", name, "k1", items.get(name, ""), month): value
        for name, value in given.items()
        for month in MONTHS
    }
    places = (Facility("ent", "entity"), Facility("k1", "clinker_line", "portland_clinker"))
    structure = Structure.of(places, months=MONTHS, year=YEAR, region="north")
    return dict(calculate(rulepack.load("cement-2024"), structure, keys).values)


def _reported() -> list[dict[str, Any]]:
    pack, given = (
        rulepack.load("cement-2024"),
        {"fuel_consumed", "fuel_ncv", "clinker_produced_t", "deducted_material_t"},
    )
    rows = []
    for key, value in figures().items():
        parameter = pack.parameters[key.parameter]
        if parameter.asked == "if_present":
            continue
        route = "measured" if key.parameter in given else ("calculated" if parameter.role == "result" else "default")
        rows.append(
            {"track": key.track, "facility_id": key.facility, "parameter": key.parameter, "item": key.item or None,
             "data_year": YEAR, "month": key.period if "-" in key.period else None, "value": value,
             "unit": parameter.unit_of(key.item), "route": route}
        )  # fmt: skip
    last = next(row for row in rows if row["parameter"].startswith("line_intensity") and row["month"] is None)
    return [*rows, last | {"data_year": YEAR - 1}]


def _plan(reported: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    pack, names = rulepack.load("cement-2024"), {(r["facility_id"], r["parameter"], r["item"]) for r in reported}
    instruments = {"fuel_consumed": "i_c", "clinker_produced_t": "i_p"}
    return [
        {"plan_version": "1", "valid_from": date(2024, 7, 1), "facility_id": facility, "parameter": parameter,
         "item": item, "acquisition": "measured", "instrument_id": instruments.get(parameter),
         "record_frequency": "monthly", "monitoring_frequency": "monthly", "missing_data_rule": "取前后月均值"}
        for facility, parameter, item in sorted(names, key=str)
        if pack.parameters[parameter].planned
    ]  # fmt: skip


def _deposits(reported: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    pack = rulepack.load("cement-2024")
    return [
        {"facility_id": row["facility_id"], "parameter": row["parameter"], "item": row["item"], "month": row["month"],
         "value": row["value"], "unit": row["unit"], "deposited_on": in_time(row["month"])}
        for row in reported
        if row["month"] and pack.parameters[row["parameter"]].deposited and row["data_year"] == YEAR
    ]  # fmt: skip


def in_time(month: str) -> date:
    """The last day on which a month may be deposited: the 40th after its end, 31 October for January to June 2025."""
    return date(2025, 10, 31) if month <= "2025-06" else month_bounds(month)[1] + timedelta(days=39)


def pick(rows: Rows, table: str, **wanted: Any) -> dict[str, Any]:
    """The one row of a table with these cells."""
    found = [row for row in rows[table] if all(row.get(name) == value for name, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows of {table} have {wanted}"
    return found[0]


def reported(rows: Rows, parameter: str, month: str | None, **wanted: Any) -> dict[str, Any]:
    """The row of a reported figure of the data year."""
    return pick(rows, "reported", parameter=parameter, month=month, data_year=YEAR, **wanted)


def case(rows: Rows, *, through: str | None = None, **meta: Any) -> Case:
    """The rows as a case in memory."""
    return Case(Path(), META | meta, YEAR, months_of(YEAR, through), through, tables(**rows))


def context(rows: Rows, *, through: str | None = None, **meta: Any) -> Context:
    """The rows as the context of all checks."""
    return build_context(case(rows, through=through, **meta))


def results(found: Context, rule: str) -> list[Result]:
    """All results of one rule, in order."""
    return [result for result in run_checks(found) if result.rule == rule]


def outcomes(found: Context, rule: str) -> list[tuple[str, str]]:
    """Outcome and period of all results of one rule."""
    return [(result.outcome, result.when) for result in results(found, rule)]


def verification(rows: Rows, *, through: str | None = None, **meta: Any) -> Verification:
    """All checks on the rows."""
    found = context(rows, through=through, **meta)
    checked = run_checks(found)
    return Verification(found, checked, merge(found, checked), {})


def keys(rows: Rows, *, through: str | None = None, **meta: Any) -> list[tuple[str, ...]]:
    """Keys of all findings."""
    return [tuple(finding.key) for finding in verification(rows, through=through, **meta).findings]
