"""What the simulated cement enterprise files beside the report: deposits, plan, registers, and the case head."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Cells, EvidenceSheet, Plant, weighted_mean
from verifierkit.simulate.cement_ledgers import row_of
from verifierkit.simulate.cement_map import MATERIALS, supplementary
from verifierkit.simulate.cement_report import analyses
from verifierkit.simulate.cement_truth import LINES

FIRST_DEPOSITS = 2025  # first data year with monthly deposits
FIRST_DEPOSITED_MONTH = "2025-07"  # first month deposited as it went; those before it were filed afterwards
RECORD_FREQUENCY = {
    "daily_values": "daily", "coal_analyses": "batch", "tickets": "batch", "transactions": "batch",
    "lab_results": "batch",
}  # fmt: skip
PEOPLE = {"生产部": "王某（生产部经理）", "化验室": "李某（化验室主任）", "电气部": "张某（电气工程师）", "供应部": "赵某（供应主管）",
          "发电部": "孙某（发电部主管）", "财务部": "周某（会计）", "环保部": "吴某（环保专员）", "统计科": "郑某（统计员）"}  # fmt: skip
BILL_COLUMNS = (
    ("账单编号", "bill_no"), ("表计资产编号", "instrument_id"), ("示数类型", "register"), ("用电开始时间", "period_start"),
    ("用电结束时间", "period_end"), ("上次表示数", "prior_reading"), ("本次表示数", "current_reading"), ("倍率", "multiplier"),
    ("抄见电量(千瓦时)", "metered_kwh"), ("换表电量(千瓦时)", "exchange_kwh"), ("退补电量(千瓦时)", "adjustment_kwh"),
    ("变/线损电量(千瓦时)", "loss_kwh"), ("合计电量(万千瓦时)", "total_kwh"), ("出账日期", "issued_on"), ("电费(元)", "amount_yuan"),
)  # fmt: skip


def build_meta(plant: Plant) -> None:
    """Content of case.yaml."""
    old, year = supplementary(plant), plant.year
    packs = (
        {"facility": "cement-supplementary-2017", "entity": "cement-2013"}
        if old
        else {"facility": "cement-2024", "entity": "cement-2024"}
    )
    name = "示例水泥有限公司（虚构）"
    plant.meta = {
        "schema": 1, "case_id": f"cement-{year}-{plant.seed}",
        "enterprise": {
            "name": name, "name_en": "Example Cement Co., Ltd. (fictitious)", "uscc": "91000000MA00000000",
            "address": "示例省示例市水泥路1号", "legal_representative": "钱某", "contact": "郑某", "phone": "000-00000000",
            "industry_code": "3011",
        },
        "sector": "cement", "data_year": year, "province": "安徽省", "grid_region": "east", "time_zone": "Asia/Shanghai",
        "boundary": "法人边界：两条熟料生产线、余热发电、自备燃煤机组、水泥粉磨、生活区；设施边界：1号、2号熟料生产线",
        "packs": packs, "workbook": "data.xlsx", "profiles": ["profiles/settlement.yaml"],
        "report": {"initial_version": "V1.0", "initial_date": date(year + 1, 3, 20), "final_version": "", "final_date": None},
        "verifier": {"name": "示例核查技术服务有限公司（虚构）", "contract_no": f"HT{year + 1}-001", "report_no": f"HC{year + 1}-001"},
        "team": [
            {"name": "陈某", "role": "lead"}, {"name": "刘某", "role": "member"}, {"name": "黄某", "role": "technical_reviewer"},
            {"name": "何某", "role": "approver"},
        ],
        "visit": {"from": date(year + 1, 4, 13), "to": date(year + 1, 4, 15), "waived_reason": ""},
        "hours": 64, "experience": {},
    }  # fmt: skip


def write_filing(plant: Plant) -> None:
    """Deposits (from 2024 on), plan, activities, register of evidence, transcriptions, open items."""
    if plant.year >= FIRST_DEPOSITS:
        write_deposits(plant)
    write_plan(plant)
    write_activities(plant)
    write_evidence(plant)
    write_transcriptions(plant)
    write_last_stocks(plant)
    plant.add(
        "open_items", item_id=f"Y{plant.year - 1}-01", from_year=plant.year - 1, state="closed",
        text="上年度煤质检测报告缺少采样记录，本年度已补充采样台账。",
    )  # fmt: skip


def deposited_figures(plant: Plant) -> list[tuple[str, str, str, str, str]]:
    """Facility, parameter, item, unit and source of what is deposited each month."""
    figures = []
    for line in LINES:
        figures.append((line, "fuel_consumed", "bituminous", "t", f"s_c_{line}_ledger"))
        figures.append((line, "fuel_ncv", "bituminous", "GJ/t", f"s_ncv_{line}"))
        figures.append((line, "clinker_produced_t", "", "t", f"s_p_{line}_ledger"))
        figures += [
            (line, "deducted_material_t", item, "t", f"s_m_{line}_{item}") for owner, item in MATERIALS if owner == line
        ]
    figures.append(("ent", "fuel_consumed", "diesel", "t", "s_d_ent_ledger"))
    figures.append(("ent", "fuel_ncv", "diesel", "GJ/t", ""))
    return figures


def deposit_value(plant: Plant, source_id: str, month: str) -> Decimal:
    """Value of a source for a month as its keeper deposits it; without a source the default heat value of diesel."""
    if not source_id:
        return plant.factor("entity", "fuel_ncv", "diesel")
    if source_id.startswith("s_ncv"):
        if ("default ncv", source_id.removeprefix("s_ncv_"), month) in plant.habits:
            return plant.factor("facility", "fuel_ncv", "bituminous")
        rows = analyses(plant, source_id, month)
        return weighted_mean([row["ncv_gj_per_t"] for row in rows], [row["batch_t"] for row in rows], 3)
    if source_id.startswith("s_m_"):
        return Decimal(plant.rows("deducted_materials", source_id=source_id, month=month)[0]["dry_t"])
    return Decimal(row_of(plant, source_id, month)["value"])


def write_deposits(plant: Plant) -> None:
    """Monthly deposits in time; one of them was corrected later with a reason."""
    figures = deposited_figures(plant)
    rng = plant.rng("deposits")
    corrected = (plant.pick("corrected deposit", figures), plant.pick("corrected deposit month", plant.months))
    for month in plant.months:
        day = deposit_day(month, int(rng.integers(12, 32)))
        for facility, parameter, item, unit, source_id in figures:
            value = deposit_value(plant, source_id, month)
            row = plant.add(
                "deposits", facility_id=facility, parameter=parameter, item=item or None, month=month, value=value, unit=unit,
                deposited_on=day, changed_value=None, changed_on=None, change_reason=None,
            )  # fmt: skip
            if ((facility, parameter, item, unit, source_id), month) == corrected:
                row |= {"value": value + value.scaleb(-2).quantize(value), "changed_value": value}
                row |= {"changed_on": day + timedelta(days=4), "change_reason": "录入差错，按台账更正"}


def deposit_day(month: str, days: int) -> date:
    """Day of a deposit: within 40 days of the month's end; the first half of 2025 was filed later, by 31 October."""
    if month < FIRST_DEPOSITED_MONTH:
        return date(FIRST_DEPOSITS, 10, 8) + timedelta(days=int(month[5:]))
    return month_bounds(month)[1] + timedelta(days=days)


def quantities(plant: Plant) -> dict[tuple[str, str, str], str]:
    """Reported quantities (facility, parameter, item) of the year with the route first filed, tracks joined."""
    found: dict[tuple[str, str, str], str] = {}
    for row in plant.rows("reported", data_year=plant.year):
        found.setdefault((row["facility_id"], row["parameter"], row["item"]), row["route"])
    return found


def primary(plant: Plant, facility: str, parameter: str, item: str) -> Cells | None:
    """Rank-1 source of a reported quantity."""
    streams = {row["stream_id"]: row for row in plant.tables["streams"] if row["facility_id"] == facility}
    for row in plant.tables["sources"]:
        stream = streams.get(row["stream_id"])
        if stream is None or row["rank"] != 1 or (item and stream["item"] != item):
            continue
        if (row["parameter"] or stream["parameter"]) == parameter:
            return row
    return None


def root(plant: Plant, source: Cells) -> Cells:
    """Record source at the end of a derivation."""
    while source["derives_from"] not in (None, "none"):
        source = plant.rows("sources", source_id=source["derives_from"])[0]
    return source


def write_plan(plant: Plant) -> None:
    """One row per reported quantity, in line with the map."""
    for (facility, parameter, item), route in quantities(plant).items():
        found = primary(plant, facility, parameter, item) if route == "measured" else None
        base: dict[str, Any] = {
            "instrument_id": None,
            "place": None,
            "accuracy_fraction": None,
            "calibration_interval_months": None,
        }
        department, monitored, recorded = "统计科", "yearly", "yearly"
        if found is not None:
            record = root(plant, found)
            department = found["department"]
            monitored = "batch" if record["records"] in ("coal_analyses", "lab_results") else "continuous"
            recorded = RECORD_FREQUENCY.get(record["records"], "monthly")
            for tool in plant.rows("instruments", instrument_id=record["instrument_id"]):
                base = {
                    key: tool[key]
                    for key in ("instrument_id", "place", "accuracy_fraction", "calibration_interval_months")
                }
        plant.add(
            "plan", plan_version="V1.0", valid_from=date(plant.year, 1, 1), facility_id=facility, parameter=parameter,
            item=item or None, acquisition=route, monitoring_frequency=monitored, record_frequency=recorded,
            missing_data_rule="按保守性原则取上下月较高值" if route == "measured" else None, department=department, **base,
        )  # fmt: skip


def write_activities(plant: Plant) -> None:
    """What the team looked up, asked, saw and recomputed for each quantity."""
    visit = date(plant.year + 1, 4, 13)
    for (facility, parameter, item), route in quantities(plant).items():
        found = primary(plant, facility, parameter, item) if route == "measured" else None
        department = found["department"] if found else "统计科"
        steps = [
            ("look_up", found["document"] if found else "排放报告及规则缺省值"),
            ("recompute", "按原始记录重新计算全年数据"),
        ]
        if found is not None:
            steps[1:1] = [("ask", "数据记录、传递、汇总流程"), ("look", "现场查看计量器具铭牌与检定标识")]
        for number, (method, record) in enumerate(steps):
            plant.add(
                "activities", facility_id=facility, parameter=parameter, item=item or None, method=method, record=record,
                person=PEOPLE[department], department=department, done_on=visit + timedelta(days=min(number, 2)),
            )  # fmt: skip


def write_evidence(plant: Plant) -> None:
    """Register of evidence: every document that a source names, once."""
    received = date(plant.year + 1, 4, 7)
    bills = plant.rows("sources", source_id="s_e_grid_bill")[0]
    bills["document"] = settlement_file(plant)
    seen: dict[str, Cells] = {}
    for row in plant.tables["sources"]:
        seen.setdefault(row["document"], row)
    for document, row in seen.items():
        plant.add(
            "evidence", file=document, title=row["name"], supplier=row["department"], received_on=received, original_seen=True
        )  # fmt: skip
    plant.add(
        "evidence",
        file=scan_file(plant),
        title="煤质检测报告扫描件",
        supplier="化验室",
        received_on=received,
        original_seen=True,
    )


def settlement_file(plant: Plant) -> str:
    """Path of the settlement workbook below the case folder."""
    return f"evidence/settlement_{plant.year}.xlsx"


def scan_file(plant: Plant) -> str:
    """Title of the scanned laboratory reports."""
    return f"煤质检测报告扫描件（{plant.year}年）"


def write_transcriptions(plant: Plant) -> None:
    """Values keyed from scans, each ticked by a second person."""
    for page, row in enumerate(plant.rows("coal_analyses", source_id="s_ncv_k1")[:4], start=1):
        plant.add(
            "transcriptions", file=scan_file(plant), page=page, label=f"收到基低位发热量 {row['report_no']}",
            table="coal_analyses", row_key=f"{row['source_id']}|{row['report_no']}|{row['sample_no']}",
            column="ncv_gj_per_t", value=format(row["ncv_gj_per_t"], "f"), keyed_by="刘某", ticked_by="陈某",
        )  # fmt: skip


def write_last_stocks(plant: Plant) -> None:
    """Closing stocks of the year before as last year's report shows them: they are this year's opening."""
    for node in ("n_coal_yard", "n_clinker_silo"):
        opening = plant.rows("stock_counts", node_id=node, counted_on=date(plant.year - 1, 12, 31))[0]["quantity_t"]
        plant.add(
            "reported", track="entity", facility_id="ent", parameter="closing_stock_t", item=node, data_year=plant.year - 1,
            month=None, value=opening, unit="t", route="measured",
        )  # fmt: skip


def settlement_sheet(plant: Plant) -> EvidenceSheet:
    """The settlement bills in the layout of the power company, and the profile that reads it."""
    rows = plant.tables["settlement_bills"]
    names = [column for _, column in BILL_COLUMNS]
    cells: list[list[Any]] = [
        [f"示例供电公司 电费结算清单 {plant.year}年"],
        ["户号：0000000000", "户名：示例水泥有限公司（虚构）"],
        [title for title, _ in BILL_COLUMNS],
    ]
    cells += [[printed(name, row[name]) for name in names] for row in rows]
    total = sum((row["total_kwh"] for row in rows), Decimal(0))
    cells.append(["合计", *[None] * (names.index("total_kwh") - 1), printed("total_kwh", total)])
    profile = {
        "file": settlement_file(plant), "sheet": "电费清单", "table": "settlement_bills", "header_row": 3,
        "columns": dict(BILL_COLUMNS), "constants": {"source_id": "s_e_grid_bill"},
        "units": {"total_kwh": "10^4 kWh"}, "date_form": "%Y%m%d", "skip_rows": ["合计", "小计"],
    }  # fmt: skip
    return EvidenceSheet(
        settlement_file(plant), "电费清单", "settlement_bills", cells, "profiles/settlement.yaml", profile
    )


def printed(column: str, value: Any) -> Any:
    """A cell as the power company prints it: dates as 20250131, the settled total in 10^4 kWh."""
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    return value.scaleb(-4) if column == "total_kwh" else value
