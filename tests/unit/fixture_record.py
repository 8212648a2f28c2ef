"""A small hand-made record of a fictitious cement plant in the shape of ``result.json``: what the document tests show."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
COAL = [
    "13480.52",
    "11020.10",
    "13611.75",
    "13350.06",
    "13702.33",
    "13105.41",
    "13288.94",
    "13590.27",
    "13244.60",
    "13671.18",
    "13190.05",
    "12874.49",
]
NCV = [
    "22.914",
    "22.871",
    "23.005",
    "22.764",
    "22.948",
    "22.837",
    "22.902",
    "22.955",
    "22.790",
    "22.861",
    "22.933",
    "22.880",
]
CLINKER = [
    "101250.00",
    "82940.00",
    "102310.00",
    "100480.00",
    "103020.00",
    "98610.00",
    "99870.00",
    "102200.00",
    "99430.00",
    "102750.00",
    "99120.00",
    "96840.00",
]
SLAG = [
    "1820.40",
    "1510.25",
    "1844.10",
    "1799.63",
    "1862.77",
    "1780.02",
    "1795.58",
    "1850.31",
    "1788.84",
    "1849.96",
    "1776.45",
    "1742.19",
]


def two(value: Decimal, digits: str = "0.01") -> str:
    """Round half up and write as text."""
    return str(value.quantize(Decimal(digits), rounding=ROUND_HALF_UP))


def total(values: list[str]) -> str:
    """Sum of monthly texts."""
    return str(sum((Decimal(value) for value in values), Decimal(0)))


def parameter(
    number: int,
    name: str,
    labels: tuple[str, str],
    *,
    facility: str,
    unit: str,
    role: str,
    obtained: str,
    months: list[str] | None = None,
    year: str = "",
    verified_months: list[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry of ``parameters``; months are reported values, verified the same unless given."""
    reported = months or []
    verified = verified_months or reported
    value = year or (total(reported) if reported else "")
    checked = value if verified == reported else total(verified)
    entry: dict[str, Any] = {
        "id": f"P{number:03d}",
        "track": more.pop("track", "facility"),
        "facility": facility,
        "item": "",
        "item_label": {"zh": "", "en": ""},
        "parameter": name,
        "label": {"zh": labels[0], "en": labels[1]},
        "unit": unit,
        "role": role,
        "obtained": obtained,
        "reported": value,
        "verified": checked,
        "difference": str(Decimal(checked) - Decimal(value)) if value else None,
        "months": [
            {"month": m, "reported": r, "verified": v} for m, r, v in zip(MONTHS, reported, verified, strict=False)
        ],
        "formula": None,
        "source": None,
        "meter": None,
        "missing_data": "",
        "department": "",
        "activities": [],
        "cross_checks": [],
        "single_source": False,
        "citation": None,
        "findings": [],
        "conclusion": "conform",
        "places": [],
    }
    entry.update(more)
    if entry["citation"]:
        entry["citation"] = {"of": "value" if obtained == "default" else "method", **entry["citation"]}
    entry["causes"] = entry["findings"]
    return entry


COAL_ITEM = {"item": "bituminous", "item_label": {"zh": "烟煤", "en": "Bituminous coal"}}
GUIDE = "企业温室气体排放核算与报告指南 水泥行业（CETS-AG-02.01-V01-2024）"


def line_parameters(start: int, facility: str, shift: Decimal) -> list[dict[str, Any]]:
    """The parameters of one clinker line; ``shift`` scales the second line."""
    coal = [two(Decimal(v) * shift) for v in COAL]
    clinker = [two(Decimal(v) * shift) for v in CLINKER]
    slag = [two(Decimal(v) * shift) for v in SLAG]
    fuel = [
        two(Decimal(c) * Decimal(n) * Decimal("0.02618") * Decimal("0.99") * 44 / 12)
        for c, n in zip(coal, NCV, strict=True)
    ]
    process = [
        two(Decimal(c) * Decimal("0.535") - Decimal(s) * Decimal("0.480")) for c, s in zip(clinker, slag, strict=True)
    ]
    line = [two(Decimal(f) + Decimal(p)) for f, p in zip(fuel, process, strict=True)]
    wrong = list(clinker)
    if facility == "K1":
        wrong[5] = "96810.00"
    scale = {
        "name": f"入窑煤粉秤 {facility}",
        "model": "ICS-ST4",
        "place": "煤磨出口皮带",
        "frequency": "continuous",
        "accuracy": "0.005",
        "calibration": "JZ-2025-0117（2025-01-12 至 2026-01-11）",
    }
    common = {"facility": facility}
    return [
        parameter(
            start,
            "fuel_consumed",
            ("化石燃料消耗量", "Fossil fuel consumed"),
            **common,
            **COAL_ITEM,
            unit="t",
            role="activity",
            obtained="measured",
            months=coal,
            department="生产部",
            meter=scale,
            missing_data="无缺失；缺失时取前后两月较大值",
            source={
                "source_id": f"s_{facility}_coal",
                "name": "燃料消耗月报",
                "document": "evidence/燃料消耗月报_2025.xlsx",
            },
            activities=[
                {
                    "method": "look_up",
                    "record": "查阅12个月燃料消耗月报、煤磨日报和地磅单汇总",
                    "person": "",
                    "department": "生产部",
                    "done_on": "2026-04-13",
                },
                {
                    "method": "ask",
                    "record": "询问皮带秤校验与盘煤方法",
                    "person": "李某",
                    "department": "计量科",
                    "done_on": "2026-04-13",
                },
                {
                    "method": "look",
                    "record": "查看皮带秤铭牌与瞬时读数",
                    "person": "",
                    "department": "计量科",
                    "done_on": "2026-04-14",
                },
                {
                    "method": "recompute",
                    "record": "由日报逐月加总并与盘存平衡复核",
                    "person": "",
                    "department": "",
                    "done_on": "2026-04-15",
                },
            ],
            cross_checks=[
                {
                    "result": "R0001",
                    "with": {
                        "zh": "盘存平衡（期初 + 购入 − 期末）",
                        "en": "Stock balance (opening + received − closing)",
                    },
                    "difference_percent": "0.42",
                    "limit_percent": "1.50",
                    "outcome": "satisfied",
                }
            ],
            citation={"title": GUIDE, "clause": "6.2", "confidence": "B"},
            places=["evidence/燃料消耗月报_2025.xlsx#月报!C4"],
        ),
        parameter(
            start + 1,
            "fuel_ncv",
            ("收到基低位发热量", "Net calorific value, as received"),
            **common,
            **COAL_ITEM,
            unit="GJ/t",
            role="factor",
            obtained="measured",
            months=NCV,
            year="22.889",
            single_source=True,
            department="化验室",
            citation={"title": GUIDE, "clause": "6.2.2", "confidence": "B"},
            source={
                "source_id": f"s_{facility}_ncv",
                "name": "煤质化验报告",
                "document": "evidence/煤质化验_2025.xlsx",
            },
        ),
        parameter(
            start + 2,
            "carbon_content_tc_per_gj",
            ("单位热值含碳量", "Carbon content per heat"),
            **common,
            **COAL_ITEM,
            unit="tC/GJ",
            role="factor",
            obtained="default",
            year="0.02618",
            citation={"title": GUIDE, "clause": "附录A", "confidence": "B"},
        ),
        parameter(
            start + 3,
            "oxidation_fraction",
            ("碳氧化率", "Oxidation fraction"),
            **common,
            **COAL_ITEM,
            unit="1",
            role="factor",
            obtained="default",
            year="0.99",
            citation={"title": GUIDE, "clause": "附录A", "confidence": "A"},
        ),
        parameter(
            start + 4,
            "fuel_co2_t",
            ("化石燃料燃烧排放量", "CO2 from fossil fuel"),
            **common,
            **COAL_ITEM,
            unit="tCO2",
            role="result",
            obtained="calculated",
            months=fuel,
            formula={"zh": "E燃料 = FC × NCV × CC × OF × 44/12", "en": "E_fuel = FC × NCV × CC × OF × 44/12"},
        ),
        parameter(
            start + 5,
            "clinker_produced_t",
            ("水泥熟料产量", "Clinker produced"),
            **common,
            unit="t",
            role="production",
            obtained="measured",
            months=wrong,
            verified_months=clinker,
            department="生产部",
            findings=["F01"] if facility == "K1" else [],
            conclusion="undecided" if facility == "K1" else "conform",
            source={
                "source_id": f"s_{facility}_clinker",
                "name": "熟料生产台账",
                "document": "evidence/熟料台账_2025.xlsx",
            },
            cross_checks=[
                {
                    "result": "R0002",
                    "with": {"zh": "入窑生料量 ÷ 料耗比", "en": "Kiln feed ÷ raw-meal ratio"},
                    "difference_percent": "1.83",
                    "limit_percent": "1.20",
                    "outcome": "not_satisfied",
                }
            ],
        ),
        parameter(
            start + 6,
            "clinker_factor_tco2_per_t",
            ("熟料过程排放因子", "Clinker process emission factor"),
            **common,
            unit="tCO2/t",
            role="factor",
            obtained="default",
            year="0.535",
            citation={"title": GUIDE, "clause": "6.3", "confidence": "A"},
        ),
        parameter(
            start + 7,
            "deducted_material_t",
            ("非碳酸盐替代原料消耗量", "Non-carbonate raw material"),
            **common,
            item="carbide_slag",
            item_label={"zh": "电石渣", "en": "Carbide slag"},
            unit="t",
            role="activity",
            obtained="measured",
            months=slag,
        ),
        parameter(
            start + 8,
            "deduction_factor_tco2_per_t",
            ("扣减系数", "Deduction factor"),
            **common,
            item="carbide_slag",
            item_label={"zh": "电石渣", "en": "Carbide slag"},
            unit="tCO2/t",
            role="factor",
            obtained="default",
            year="0.480",
            citation={"title": GUIDE, "clause": "附录B", "confidence": "C"},
        ),
        parameter(
            start + 9,
            "process_co2_t",
            ("过程排放量", "Process CO2"),
            **common,
            unit="tCO2",
            role="result",
            obtained="calculated",
            months=process,
            formula={"zh": "E过程 = Q × EF − Σ(M × k)", "en": "E_process = Q × EF − Σ(M × k)"},
        ),
        parameter(
            start + 10,
            "line_co2_t",
            ("熟料生产线排放量", "Clinker line CO2"),
            **common,
            unit="tCO2",
            role="result",
            obtained="calculated",
            months=line,
        ),
        parameter(
            start + 11,
            "line_intensity_tco2_per_t",
            ("单位熟料排放量", "CO2 per tonne of clinker"),
            **common,
            unit="tCO2/t",
            role="result",
            obtained="calculated",
            year=two(Decimal(total(line)) / Decimal(total(clinker)), "0.0001"),
        ),
        parameter(
            start + 12,
            "electricity_mwh",
            ("消费电量（辅助参数）", "Electricity (auxiliary)"),
            **common,
            unit="MWh",
            role="auxiliary",
            obtained="measured",
            months=[two(Decimal(c) * Decimal("0.0312"), "0.001") for c in clinker],
        ),
    ]


def entity_parameters(start: int) -> list[dict[str, Any]]:
    """The parameters of the legal entity."""
    diesel = {"item": "diesel", "item_label": {"zh": "柴油", "en": "Diesel"}}
    common: dict[str, Any] = {"facility": "E0", "track": "entity"}
    litres = [
        "18.42",
        "16.05",
        "19.33",
        "18.77",
        "19.02",
        "18.10",
        "18.64",
        "19.15",
        "18.31",
        "18.95",
        "18.20",
        "17.58",
    ]
    co2 = [two(Decimal(v) * Decimal("42.652") * Decimal("0.0202") * Decimal("0.98") * 44 / 12) for v in litres]
    return [
        parameter(
            start,
            "fuel_consumed",
            ("化石燃料消耗量", "Fossil fuel consumed"),
            **common,
            **diesel,
            unit="t",
            role="activity",
            obtained="measured",
            months=litres,
            single_source=True,
            findings=["F03"],
        ),
        parameter(
            start + 1,
            "fuel_co2_t",
            ("化石燃料燃烧排放量", "CO2 from fossil fuel"),
            **common,
            **diesel,
            unit="tCO2",
            role="result",
            obtained="calculated",
            months=co2,
        ),
        parameter(
            start + 2,
            "power_unit_co2_t",
            ("自备发电机组排放量（引用）", "Captive unit CO2 (quoted)"),
            **common,
            unit="tCO2",
            role="result",
            obtained="quoted",
            year="148233.00",
        ),
        parameter(
            start + 3,
            "entity_co2_t",
            ("法人边界排放总量", "Entity total CO2"),
            **common,
            unit="tCO2",
            role="result",
            obtained="calculated",
            year="1947310",
        ),
    ]


FINDINGS: list[dict[str, Any]] = [
    {
        "id": "F01",
        "rule": "chain.report",
        "facility": "K1",
        "period": "2025-06",
        "stream": "k1_clinker",
        "source": "s_K1_clinker",
        "kind": "misstatement",
        "title": {"zh": "填报值与台账不符", "en": "Reported month differs from the ledger"},
        "text": {
            "zh": "2025年6月填报熟料产量 96,810.00 t，台账为 98,610.00 t，差 −1,800.00 t，疑为数字换位。",
            "en": "June 2025: clinker reported as 96,810.00 t, ledger 98,610.00 t, difference −1,800.00 t; digits look transposed.",
        },
        "effects": [
            {"track": "facility", "tonnes": "963.00", "note": {"zh": "", "en": ""}},
            {"track": "entity", "tonnes": "963", "note": {"zh": "法人边界取整", "en": "entity total is an integer"}},
        ],
        "parameter": "clinker_produced_t",
        "item": "",
        "places": ["data.xlsx#填报数据!F18", "evidence/熟料台账_2025.xlsx#台账!D9"],
        "results": ["R0003"],
        "explains": ["R0002"],
        "disposition": "undecided",
        "status": "raised",
        "reason": "",
        "decided_by": "",
        "stale": False,
        "digest": "0" * 64,
    },
    {
        "id": "F02",
        "rule": "band.coal",
        "facility": "K2",
        "period": "2025-02",
        "stream": "fuel_consumed:bituminous",
        "source": "",
        "kind": "clarification",
        "title": {"zh": "吨熟料煤耗偏离经验区间", "en": "Coal per tonne of clinker outside the experience band"},
        "text": {
            "zh": "2月实物煤耗 132.9 kg/t，经验区间 95 至 130 kg/t，请说明。",
            "en": "February: 132.9 kg/t; experience band 95 to 130 kg/t. Please explain.",
        },
        "effects": [],
        "parameter": "fuel_consumed",
        "item": "bituminous",
        "places": [],
        "results": ["R0004"],
        "explains": [],
        "disposition": "undecided",
        "status": "raised",
        "reason": "",
        "decided_by": "",
        "stale": False,
        "digest": "1" * 64,
    },
    {
        "id": "F03",
        "rule": "calibration.validity",
        "facility": "E0",
        "period": "2025-03/2025-05",
        "stream": "diesel_in",
        "source": "i_pump",
        "kind": "nonconformity",
        "title": {"zh": "加油机检定过期", "en": "Fuel pump calibration lapsed"},
        "text": {
            "zh": "加油机证书 2025-02-28 到期，2025-06-03 复检，其间按保守性原则处理。",
            "en": "Certificate lapsed on 2025-02-28; renewed on 2025-06-03; conservative treatment in between.",
        },
        "effects": [],
        "parameter": "fuel_consumed",
        "item": "diesel",
        "places": ["data.xlsx#检定校准!E7"],
        "results": ["R0005"],
        "explains": [],
        "disposition": "accepted",
        "status": "closed",
        "reason": "已补检，误差合格",
        "decided_by": "王某",
        "stale": False,
        "digest": "2" * 64,
    },
]


def flow_map() -> dict[str, Any]:
    """Nodes, streams and sources of two quantities."""

    def node(key: str, name: str, kind: str, quantity: str, facility: str = "") -> dict[str, str]:
        return {"node_id": key, "name": name, "kind": kind, "quantity": quantity, "basis": "", "facility_id": facility}

    def stream(key: str, name: str, start: str, end: str, unit: str) -> dict[str, str]:
        return {
            "stream_id": key,
            "name": name,
            "item": "",
            "unit": unit,
            "from_node": start,
            "to_node": end,
            "facility_id": "",
            "parameter": "",
        }

    def source(key: str, name: str, instrument: str = "", records: str = "monthly_values") -> dict[str, str]:
        return {
            "source_id": f"s_{key}",
            "name": name,
            "stream_id": key,
            "parameter": "",
            "records": records,
            "rank": "1",
            "instrument_id": instrument,
            "derives_from": "none",
            "department": "",
            "document": "",
        }

    nodes = [
        node("grid", "电网", "boundary", "electricity"),
        node("bus110", "110kV 总降母线", "bus", "electricity"),
        node("wh", "余热发电", "process", "electricity"),
        node("captive", "自备机组", "process", "electricity"),
        node("bus10", "10kV 母线", "bus", "electricity"),
        node("k1e", "1号窑系统", "process", "electricity"),
        node("k2e", "2号窑系统", "process", "electricity"),
        node("mill", "水泥粉磨", "process", "electricity"),
        node("living", "生活区", "boundary", "electricity"),
        node("supplier", "供应商", "boundary", "coal"),
        node("yard", "煤堆场", "store", "coal"),
        node("coalmill", "煤磨", "bus", "coal"),
        node("k1c", "1号窑", "process", "coal"),
        node("k2c", "2号窑", "process", "coal"),
        node("boiler", "锅炉", "process", "coal"),
    ]
    streams = [
        stream("e_grid", "外购电", "grid", "bus110", "MWh"),
        stream("e_down", "主变下送", "bus110", "bus10", "MWh"),
        stream("e_wh", "余热电", "wh", "bus10", "MWh"),
        stream("e_cap", "自备电", "captive", "bus10", "MWh"),
        stream("e_k1", "1号窑用电", "bus10", "k1e", "MWh"),
        stream("e_k2", "2号窑用电", "bus10", "k2e", "MWh"),
        stream("e_mill", "粉磨用电", "bus10", "mill", "MWh"),
        stream("e_living", "生活区用电", "bus10", "living", "MWh"),
        stream("c_in", "购入煤", "supplier", "yard", "t"),
        stream("c_mill", "入磨煤", "yard", "coalmill", "t"),
        stream("c_k1", "1号窑煤粉", "coalmill", "k1c", "t"),
        stream("c_k2", "2号窑煤粉", "coalmill", "k2c", "t"),
        stream("c_boiler", "锅炉用煤", "yard", "boiler", "t"),
    ]
    sources = [
        source("e_grid", "结算单", "i1"),
        source("e_down", "主变表", "i2"),
        source("e_wh", "机组表", "i3"),
        source("e_cap", "机组表", "i4"),
        source("e_k1", "窑系统表", "i5"),
        source("e_k2", "窑系统表", "i6"),
        source("e_mill", "粉磨分摊"),
        source("c_in", "地磅", "i7"),
        source("c_mill", "皮带秤", "i8"),
        source("c_k1", "煤粉秤", "i9"),
        source("c_k2", "差额", "", "feed_over_ratio"),
    ]
    return {"nodes": nodes, "streams": streams, "instruments": [], "sources": sources, "relations": []}


SECTIONS = [
    "cover",
    "summary",
    "overview",
    "overview.purpose",
    "overview.scope",
    "overview.criteria",
    "process",
    "process.team",
    "process.document_review",
    "process.site_visit",
    "process.review",
    "findings",
    "findings.basics",
    "findings.boundary",
    "findings.facilities",
    "findings.method",
    "findings.data",
    "findings.data.activity",
    "findings.data.emissions",
    "findings.data.production",
    "findings.quality",
    "findings.plan",
    "findings.other",
    "conclusion",
    "conclusion.conformity",
    "conclusion.emissions",
    "conclusion.changes",
    "conclusion.other",
    "annexes",
    "annex.results",
    "annex.allocation",
    "annex.findings",
    "annex.recommendations",
    "annex.documents",
]


def pictures() -> dict[str, Any]:
    """Chart data."""
    rows = list(zip(MONTHS, CLINKER, COAL, NCV, strict=True))
    return {
        "settlement": [
            {
                "month": m,
                "settled_mwh": two(Decimal(c) * Decimal("0.052")),
                "metered_mwh": two(Decimal(c) * Decimal("0.0518")),
            }
            for m, c, _, _ in rows
        ],
        "production": [
            {"facility": k, "month": m, "value": two(Decimal(c) * s), "stock": two(Decimal(c) / 5 + 9000 + 700 * i)}
            for k, s in (("K1", Decimal(1)), ("K2", Decimal("0.83")))
            for i, (m, c, _, _) in enumerate(rows)
        ],
        "coal": [
            {"facility": k, "month": m, "consumed_t": two(Decimal(c) * s), "ncv": n}
            for k, s in (("K1", Decimal(1)), ("K2", Decimal("0.83")))
            for m, _, c, n in rows
        ],
        "intensity": [
            {
                "facility": k,
                "month": m,
                "parameter": "coal_kg_per_t",
                "value": two(Decimal(c) / Decimal(q) * 1000 - i, "0.1"),
                "unit": "kg/t",
                "low": "95",
                "high": "132",
                "experience": True,
            }
            for i, k in enumerate(("K1", "K2"))
            for m, q, c, _ in rows
        ],
    }


def totals() -> list[dict[str, Any]]:
    """Year totals of both tracks."""

    def row(
        track: str, facility: str, name: str, zh: str, en: str, unit: str, reported: str, verified: str
    ) -> dict[str, Any]:
        return {
            "track": track,
            "facility": facility,
            "parameter": name,
            "label": {"zh": zh, "en": en},
            "unit": unit,
            "reported": reported,
            "verified": verified,
            "difference": str(Decimal(verified) - Decimal(reported)),
        }

    return [
        row("facility", "K1", "line_co2_t", "熟料生产线排放量", "Clinker line CO2", "tCO2", "971214.33", "972177.33"),
        row("facility", "K2", "line_co2_t", "熟料生产线排放量", "Clinker line CO2", "tCO2", "806107.91", "806107.91"),
        row("entity", "E0", "entity_co2_t", "法人边界排放总量", "Entity total CO2", "tCO2", "1946347", "1947310"),
    ]


def make_record(*, draft: bool = True) -> dict[str, Any]:
    """The record; with ``draft=False`` every finding is decided."""
    findings = [dict(finding) for finding in FINDINGS]
    parameters = [
        *line_parameters(1, "K1", Decimal(1)),
        *line_parameters(14, "K2", Decimal("0.83")),
        *entity_parameters(27),
    ]
    if not draft:
        for finding in findings:
            finding.update(disposition="accepted", status="closed", reason="企业已更正", decided_by="王某")
        parameters = [
            {**p, "conclusion": "not_conform" if p["conclusion"] == "undecided" else p["conclusion"]}
            for p in parameters
        ]

    def facility(key: str, name: str, kind: str, kind_class: str, capacity: str) -> dict[str, str]:
        return {
            "facility_id": key,
            "name": name,
            "kind": kind,
            "facility_class": kind_class,
            "capacity": capacity,
            "capacity_unit": "t/d" if capacity else "",
            "in_entity_boundary": "true",
            "in_facility_boundary": "true" if kind == "clinker_line" else "false",
            "commissioned": "2009-06-18" if capacity else "",
            "note": "",
        }

    parameters[13]["cross_checks"] = [
        {
            "result": "R0006",
            "rule": "cross.sources",
            "period": month,
            "with": {"zh": "班报", "en": "Shift log"},
            "difference_percent": percent,
            "limit_percent": "1.50",
            "outcome": outcome,
        }
        for month, percent, outcome in (
            ("2025-01", "0.31", "satisfied"),
            ("2025-02", "-2.10", "not_satisfied"),
            ("2025-03", "", "satisfied"),
        )
    ]
    return {
        "schema": 1,
        "verifierkit": "0.1.0",
        "through": None,
        "draft": draft,
        "case": {
            "schema": 1,
            "case_id": "cement-2025-fixture",
            "sector": "cement",
            "data_year": 2025,
            "province": "虚构省",
            "grid_region": "north",
            "time_zone": "Asia/Shanghai",
            "boundary": "法人边界内全部生产与辅助设施；设施边界为两条熟料生产线。",
            "enterprise": {
                "name": "虚构水泥有限公司",
                "name_en": "Fictitious Cement Co., Ltd.",
                "uscc": "91000000FICTION01X",
                "address": "虚构省虚构市1号",
                "legal_representative": "张某",
                "contact": "赵某",
                "phone": "000-00000000",
                "industry_code": "3011",
            },
            "packs": {"facility": "cement-2024", "entity": "cement-2024"},
            "hours": 64,
            "report": {
                "initial_version": "V1.0",
                "initial_date": "2026-03-20",
                "final_version": "" if draft else "V2.0",
                "final_date": None if draft else "2026-05-08",
            },
            "verifier": {"name": "虚构核查中心", "contract_no": "HC-2026-018", "report_no": "XG-HC-000001-2025-V1"},
            "team": [
                {"name": "王某", "role": "lead"},
                {"name": "周某", "role": "member"},
                {"name": "吴某", "role": "technical_reviewer"},
                {"name": "郑某", "role": "approver"},
            ],
            "visit": {"from": "2026-04-13", "to": "2026-04-15", "waived_reason": ""},
            "experience": {},
        },
        "inputs": [{"file": "data.xlsx", "sha256": "a" * 64, "bytes": 184220, "format": "xlsx"}],
        "notices": [
            {
                "place": "evidence/熟料台账_2025.xlsx#台账",
                "text": {"zh": "有隐藏行 2 行，已读入。", "en": "2 hidden rows were read."},
            }
        ],
        "evidence": [
            {
                "file": f"evidence/{name}",
                "title": title,
                "supplier": by,
                "received_on": "2026-04-02",
                "original_seen": seen,
                "sha256": mark * 64,
            }
            for name, title, by, seen, mark in (
                ("燃料消耗月报_2025.xlsx", "燃料消耗月报", "生产部", True, "b"),
                ("煤质化验_2025.xlsx", "煤质化验报告", "化验室", True, "c"),
                ("熟料台账_2025.xlsx", "熟料生产台账", "生产部", False, "d"),
            )
        ],
        "packs": [
            {
                "id": "cement-2024",
                "track": track,
                "title": {"zh": "水泥行业 2024 版", "en": "Cement, 2024 edition"},
                "plan_name": {"zh": "数据质量控制方案", "en": "data quality control plan"},
                "instrument": GUIDE,
                "sha256": "e" * 64,
                "status": "in force",
                "report": list(SECTIONS),
            }
            for track in ("facility", "entity")
        ],
        "facilities": [
            facility("E0", "虚构水泥有限公司", "entity", "", ""),
            facility("K1", "1号熟料线", "clinker_line", "portland_clinker", "5000"),
            facility("K2", "2号熟料线", "clinker_line", "portland_clinker", "4000"),
        ],
        "map": flow_map(),
        "parameters": parameters,
        "totals": totals(),
        "results": [
            {
                "id": f"R{n:04d}",
                "rule": rule,
                "outcome": outcome,
                "facility": fac,
                "period": period,
                "stream": "",
                "source": "",
                "parameter": par,
                "item": "",
                "observed": "1",
                "expected": "1",
                "difference": "0",
                "limit": "0",
                "unit": "t",
                "text": {"zh": "结果", "en": "result"},
                "reason": {"zh": "", "en": ""},
                "places": [],
                "finding": finding,
            }
            for n, rule, outcome, fac, period, par, finding in (
                (1, "balance.store", "satisfied", "K1", "2025", "fuel_consumed", ""),
                (2, "cross.sources", "not_satisfied", "K1", "2025-06", "clinker_produced_t", "F01"),
                (3, "chain.report", "not_satisfied", "K1", "2025-06", "clinker_produced_t", "F01"),
                (4, "band.coal", "not_satisfied", "K2", "2025-02", "fuel_consumed", "F02"),
                (5, "calibration.validity", "not_satisfied", "E0", "2025-03/2025-05", "fuel_consumed", "F03"),
                (6, "plan.frequency", "satisfied", "K1", "2025", "fuel_consumed", ""),
            )
        ],
        "findings": findings,
        "effects": [
            {"track": "facility", "sum": "963.00", "together": "963.00", "interaction": "0.00"},
            {"track": "entity", "sum": "963", "together": "963", "interaction": "0"},
        ],
        "coverage": [],
        "pictures": pictures(),
        "last_year": [
            {
                "track": "facility",
                "facility": "K1",
                "parameter": "line_intensity_tco2_per_t",
                "label": {"zh": "单位熟料排放量", "en": "CO2 per tonne of clinker"},
                "unit": "tCO2/t",
                "last": "0.8211",
                "reported": "0.8166",
                "this": "0.8174",
                "change_percent": "-0.45",
            },
            {
                "track": "entity",
                "facility": "E0",
                "parameter": "entity_co2_t",
                "label": {"zh": "法人边界排放总量", "en": "Entity total CO2"},
                "unit": "tCO2",
                "last": "1981204",
                "reported": "1946347",
                "this": "1947310",
                "change_percent": "-1.71",
            },
        ],
    }
