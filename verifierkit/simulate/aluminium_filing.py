"""What the simulated smelter files beside the report: deposits, plan, registers, and the case head."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.periods import month_bounds
from verifierkit.simulate.aluminium_ledgers import month_values
from verifierkit.simulate.aluminium_network import ENTITY, has_old_tables
from verifierkit.simulate.aluminium_truth import LINES
from verifierkit.simulate.base import Cells, EvidenceSheet, Plant, round_half_up

FIRST_DEPOSITS = date(2025, 9, 15)  # deposits of January to June 2025 were filed by the end of October 2025
STORES = ("n_anodes_p1", "n_anodes_p2", "n_cast")
RECORD_FREQUENCY = {"daily_values": "daily", "coal_analyses": "batch", "tickets": "batch", "transactions": "batch"}
STATISTICS = "统计部"
PEOPLE = {
    "电解车间": "王某（电解车间主任）", "生产部": "李某（生产部经理）", "铸造车间": "张某（铸造车间主任）", "统计部": "郑某（统计员）",
    "计控部": "赵某（计量工程师）", "财务部": "周某（会计）", "自备电厂": "孙某（电厂值长）", "阳极厂": "吴某（阳极厂工艺员）",
    "供应部": "冯某（供应主管）", "采购部": "沈某（采购主管）", "销售部": "韩某（销售主管）",
}  # fmt: skip
BILL_COLUMNS = (
    ("账单编号", "bill_no"), ("表计资产编号", "instrument_id"), ("示数类型", "register"), ("用电开始时间", "period_start"),
    ("用电结束时间", "period_end"), ("上次表示数", "prior_reading"), ("本次表示数", "current_reading"), ("倍率", "multiplier"),
    ("抄见电量(千瓦时)", "metered_kwh"), ("换表电量(千瓦时)", "exchange_kwh"), ("退补电量(千瓦时)", "adjustment_kwh"),
    ("变/线损电量(千瓦时)", "loss_kwh"), ("合计电量(千瓦时)", "total_kwh"), ("出账日期", "issued_on"),
)  # fmt: skip


def build_meta(plant: Plant) -> None:
    """Content of case.yaml."""
    old, year = has_old_tables(plant), plant.year
    entity = "aluminium-2013" if old else "aluminium-2024"
    plant.meta = {
        "schema": 1, "case_id": f"aluminium-{year}-{plant.seed}",
        "enterprise": {
            "name": "示例铝业有限公司（虚构）", "name_en": "Example Aluminium Co., Ltd. (fictitious)", "uscc": "91000000MA00000001",
            "address": "示例省示例市铝业路1号", "legal_representative": "钱某", "contact": "郑某", "phone": "000-00000000",
            "industry_code": "3216",
        },
        "sector": "aluminium", "data_year": year, "province": "山东省", "grid_region": "north",
        "time_zone": "Asia/Shanghai",
        "boundary": "法人边界：两个电解系列、整流所、铸造车间、阳极厂、自备电厂；设施边界：一系列、二系列电解工序",
        "packs": {"facility": "aluminium-supplementary-2017" if old else "aluminium-2024", "entity": entity},
        "workbook": "data.xlsx", "profiles": ["profiles/settlement.yaml"],
        "report": {"initial_version": "V1.0", "initial_date": date(year + 1, 3, 18), "final_version": "",
        "final_date": None},
        "verifier": {"name": "示例核查技术服务有限公司（虚构）", "contract_no": f"HT{year + 1}-002", "report_no": f"HC{year + 1}-002"},
        "team": [
            {"name": "陈某", "role": "lead"}, {"name": "刘某", "role": "member"}, {"name": "黄某",
            "role": "technical_reviewer"},
            {"name": "何某", "role": "approver"},
        ],
        "visit": {"from": date(year + 1, 4, 20), "to": date(year + 1, 4, 22), "waived_reason": ""},
        "hours": 72, "experience": {},
    }  # fmt: skip


def build_filing(plant: Plant) -> None:
    """Deposits (from 2025 on), plan, activities, register of evidence, transcriptions, last closing stocks."""
    if plant.year >= FIRST_DEPOSITS.year:
        _deposits(plant)
    _plan(plant)
    _activities(plant)
    _evidence(plant)
    _transcriptions(plant)
    _last_stocks(plant)
    plant.add(
        "open_items", item_id=f"Y{plant.year - 1}-01", from_year=plant.year - 1, state="closed",
        text="上年度阳极库盘点表缺少盘点人签字，本年度盘点表已补签。",
    )  # fmt: skip


def deposited(plant: Plant) -> list[tuple[str, str, str, str, dict[str, Decimal]]]:
    """Facility, parameter, item, unit and the ledger's months of what is deposited each month."""
    figures: list[tuple[str, str, str, str, dict[str, Decimal]]] = []
    for line in LINES:
        anodes = {row["month"]: row["set_t"] for row in plant.rows("anodes", source_id=f"s_{line.id}_anode")}
        metal = {row["month"]: row["tapped_t"] for row in plant.rows("metal", source_id=f"s_{line.id}_metal")}
        figures += [(line.id, "anode_consumed_t", "", "t", anodes), (line.id, "metal_produced_t", "", "t", metal)]
    for item, parameter in (
        ("natural_gas", "fuel_consumed"),
        ("diesel", "fuel_consumed"),
        ("limestone", "carbonate_t"),
        ("soda_ash", "carbonate_t"),
    ):
        unit = "10^4 Nm3" if item == "natural_gas" else "t"
        figures.append((ENTITY, parameter, item, unit, month_values(plant, f"s_{item}")))
    return figures


def _deposits(plant: Plant) -> None:
    """Monthly deposits: the first half of 2025 in autumn, later months within 40 days; one was corrected later."""
    figures = deposited(plant)
    rng = plant.rng("deposits")
    corrected = int(rng.integers(len(figures))), plant.pick("corrected deposit month", plant.months)
    for month in plant.months:
        day = month_bounds(month)[1] + timedelta(days=int(rng.integers(10, 32)))
        day = max(day, FIRST_DEPOSITS) if month < "2025-07" else day
        for index, (facility, parameter, item, unit, values) in enumerate(figures):
            value = round_half_up(values[month], 2)
            row = plant.add(
                "deposits", facility_id=facility, parameter=parameter, item=item or None, month=month, value=value,
                unit=unit,
                deposited_on=day, changed_value=None, changed_on=None, change_reason=None,
            )  # fmt: skip
            if (index, month) == corrected:
                row |= {"value": value + round_half_up(value / 50, 2), "changed_value": value}
                row |= {"changed_on": day + timedelta(days=5), "change_reason": "录入差错，按台账更正"}


def quantities(plant: Plant) -> dict[tuple[str, str, str], str]:
    """Reported quantities (facility, parameter, item) of the year with the route first filed, tracks joined."""
    found: dict[tuple[str, str, str], str] = {}
    for row in plant.rows("reported", data_year=plant.year):
        found.setdefault((row["facility_id"], row["parameter"], row["item"]), row["route"])
    return found


def primary(plant: Plant, facility: str, parameter: str, item: str) -> Cells | None:
    """Rank-1 source of a reported quantity."""
    streams = {row["stream_id"]: row for row in plant.rows("streams", facility_id=facility)}
    for row in plant.rows("sources", rank=1):
        stream = streams.get(row["stream_id"])
        if stream is None or (item and stream["item"] != item):
            continue
        if (row["parameter"] or stream["parameter"]) == parameter:
            return row
    return None


def root(plant: Plant, source: Cells) -> Cells:
    """Record source at the end of a derivation."""
    while source["derives_from"] not in (None, "none"):
        source = plant.rows("sources", source_id=source["derives_from"])[0]
    return source


def _plan(plant: Plant) -> None:
    """One row per reported quantity, in line with the map."""
    for (facility, parameter, item), route in quantities(plant).items():
        found = primary(plant, facility, parameter, item) if route == "measured" else None
        tool: dict[str, Any] = {
            "instrument_id": None,
            "place": None,
            "accuracy_fraction": None,
            "calibration_interval_months": None,
        }
        department, monitored, recorded = STATISTICS, "yearly", "yearly"
        if found is not None:
            record = root(plant, found)
            department = found["department"]
            monitored = "batch" if record["records"] in ("coal_analyses", "tickets") else "continuous"
            recorded = RECORD_FREQUENCY.get(record["records"], "monthly")
            for row in plant.rows("instruments", instrument_id=record["instrument_id"]):
                tool = {key: row[key] for key in tool}
        plant.add(
            "plan", plan_version="V1.0", valid_from=date(plant.year, 1, 1), facility_id=facility, parameter=parameter,
            item=item or None, acquisition=route, monitoring_frequency=monitored, record_frequency=recorded,
            missing_data_rule="按保守性原则取前后两月较高值" if route == "measured" else None, department=department, **tool,
        )  # fmt: skip


def _activities(plant: Plant) -> None:
    """What the team looked up, asked, saw and recomputed for each quantity."""
    visit = plant.meta["visit"]["from"]
    for (facility, parameter, item), route in quantities(plant).items():
        found = primary(plant, facility, parameter, item) if route == "measured" else None
        department = found["department"] if found else STATISTICS
        steps = [
            ("look_up", found["document"] if found else "排放报告及规则缺省值"),
            ("recompute", "按原始记录重新计算全年数据"),
        ]
        if found is not None:
            steps[1:1] = [("ask", "数据记录、传递、汇总流程"), ("look", "现场查看计量器具铭牌、示数与检定标识")]
        for number, (method, record) in enumerate(steps):
            plant.add(
                "activities", facility_id=facility, parameter=parameter, item=item or None, method=method,
                record=record,
                person=PEOPLE[department], department=department, done_on=visit + timedelta(days=min(number, 2)),
            )  # fmt: skip


def _evidence(plant: Plant) -> None:
    """Register of evidence: every document that a source names, once."""
    received = date(plant.year + 1, 4, 13)
    plant.rows("sources", source_id="s_e_grid_bill")[0]["document"] = settlement_file(plant)
    seen: dict[str, Cells] = {}
    for row in plant.tables["sources"]:
        seen.setdefault(row["document"], row)
    for document, row in seen.items():
        plant.add(
            "evidence", file=document, title=row["name"], supplier=row["department"], received_on=received,
            original_seen=True
        )  # fmt: skip
    plant.add(
        "evidence",
        file=scan_file(plant),
        title="阳极盘点表扫描件",
        supplier="电解车间",
        received_on=received,
        original_seen=True,
    )


def settlement_file(plant: Plant) -> str:
    """Path of the settlement workbook below the case folder."""
    return f"evidence/settlement_{plant.year}.xlsx"


def scan_file(plant: Plant) -> str:
    """Title of the scanned anode counts."""
    return f"阳极盘点表扫描件（{plant.year}年）"


def _transcriptions(plant: Plant) -> None:
    """Values keyed from scans, each ticked by a second person."""
    for page, row in enumerate(plant.rows("stock_counts", node_id="n_anodes_p1")[:4], start=1):
        plant.add(
            "transcriptions", file=scan_file(plant), page=page, label=f"一系列阳极库存量 {row['counted_on'].isoformat()}",
            table="stock_counts", row_key=f"{row['node_id']}|{row['counted_on'].isoformat()}|", column="quantity_t",
            value=format(row["quantity_t"], "f"), keyed_by="刘某", ticked_by="陈某",
        )  # fmt: skip


def _last_stocks(plant: Plant) -> None:
    """Closing stocks of the year before as last year's report shows them: they are this year's opening."""
    for node in (*STORES, *(("n_coal",) if has_old_tables(plant) else ())):
        opening = plant.rows("stock_counts", node_id=node, counted_on=date(plant.year - 1, 12, 31))[0]["quantity_t"]
        plant.add(
            "reported", track="entity", facility_id=ENTITY, parameter="closing_stock_t", item=node,
            data_year=plant.year - 1,
            month=None, value=opening, unit="t", route="measured",
        )  # fmt: skip


def settlement_sheet(plant: Plant) -> EvidenceSheet:
    """The settlement bills in the layout of the power company, and the profile that reads it."""
    rows = plant.tables["settlement_bills"]
    names = [column for _, column in BILL_COLUMNS]
    cells: list[list[Any]] = [
        [f"示例供电公司 大工业用户电费结算清单（{plant.year}年）"],
        [title for title, _ in BILL_COLUMNS],
    ]
    cells += [[_printed(row[name]) for name in names] for row in rows]
    total = sum((row["total_kwh"] for row in rows), Decimal(0))
    cells.append(["合计", *[None] * (names.index("total_kwh") - 1), total])
    profile = {
        "file": settlement_file(plant), "sheet": "结算清单", "table": "settlement_bills", "header_row": 2,
        "columns": dict(BILL_COLUMNS), "constants": {"source_id": "s_e_grid_bill"}, "date_form": "%Y/%m/%d",
        "skip_rows": ["合计"],
    }  # fmt: skip
    return EvidenceSheet(
        settlement_file(plant), "结算清单", "settlement_bills", cells, "profiles/settlement.yaml", profile
    )


def _printed(value: Any) -> Any:
    """A cell as the power company prints it: dates as 2025/01/31."""
    return value.strftime("%Y/%m/%d") if isinstance(value, date) else value
