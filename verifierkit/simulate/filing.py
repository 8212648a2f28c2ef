"""What every simulated plant files beside the report: case head, deposits, plan, activities, registers, bills.

A sector gives its :class:`Practice` and the quantities that it deposits; the way of filing is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from verifierkit.simulate.base import Cells, Plant, Simulated
from verifierkit.simulate.settlement import SETTLEMENT_SOURCE, BillLayout, settlement_file, settlement_sheet

FIRST_YEAR = 2025  # first data year with monthly deposits
FIRST_TIMELY = "2025-07"  # first month deposited as it went; those before it were filed afterwards
RECORD_FREQUENCY = {
    "daily_values": "daily", "coal_analyses": "batch", "tickets": "batch", "transactions": "batch",
    "lab_results": "batch",
}  # fmt: skip
TOOL = ("instrument_id", "place", "accuracy_fraction", "calibration_interval_months")


@dataclass(frozen=True)
class Practice:
    """How the enterprises of a sector keep their papers.

    Attributes
    ----------
    statistics : str
        Department that answers for figures that nobody measures.
    people : mapping
        Department to the person asked there.
    batches : tuple of str
        Tables of records by which a quantity is monitored batch by batch.
    missing_data, look : str
        Rule for missing data in the plan; what the team saw on site.
    received : tuple of int
        Month and day of the year after on which the evidence came.
    scan, scan_supplier : str
        Scanned document from which figures were keyed, and the department that gave it.
    open_item : str
        Matter of the year before that is closed.
    """

    statistics: str
    people: Mapping[str, str]
    batches: tuple[str, ...]
    missing_data: str
    look: str
    received: tuple[int, int]
    scan: str
    scan_supplier: str
    open_item: str


@dataclass(frozen=True)
class Deposited:
    """A quantity that is deposited each month, with the value of each month as its keeper has it."""

    facility: str
    parameter: str
    item: str
    unit: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True)
class Correction:
    """The honest slip in one deposit: by how much the first value was too high, corrected ``days`` days later."""

    figure: Deposited
    month: str
    slip: Callable[[Decimal], Decimal]
    days: int


def case_head(
    plant: Plant, *, enterprise: Cells, industry_code: str, province: str, grid_region: str, boundary: str,
    packs: Cells, number: str, reported: date, visited: date, hours: int,
) -> Cells:  # fmt: skip
    """Content of case.yaml; contract and report of the verifier end in ``number``."""
    year = plant.year
    return {
        "schema": 1, "case_id": f"{plant.sector}-{year}-{plant.seed}",
        "enterprise": {
            **enterprise, "legal_representative": "钱某", "contact": "郑某", "phone": "000-00000000",
            "industry_code": industry_code,
        },
        "sector": plant.sector, "data_year": year, "province": province, "grid_region": grid_region,
        "time_zone": "Asia/Shanghai", "boundary": boundary, "packs": packs, "workbook": "data.xlsx",
        "profiles": ["profiles/settlement.yaml"],
        "report": {"initial_version": "V1.0", "initial_date": reported, "final_version": "", "final_date": None},
        "verifier": {
            "name": "示例核查技术服务有限公司（虚构）", "contract_no": f"HT{year + 1}-{number}",
            "report_no": f"HC{year + 1}-{number}",
        },
        "team": [
            {"name": "陈某", "role": "lead"}, {"name": "刘某", "role": "member"},
            {"name": "黄某", "role": "technical_reviewer"}, {"name": "何某", "role": "approver"},
        ],
        "visit": {"from": visited, "to": visited + timedelta(days=2), "waived_reason": ""},
        "hours": hours, "experience": {},
    }  # fmt: skip


def file_deposits(plant: Plant, figures: Sequence[Deposited], days: Mapping[str, date], correction: Correction) -> None:
    """Monthly deposits, all of a month on its day; one of them was corrected later with a reason."""
    for month in plant.months:
        for figure in figures:
            value = figure.values[month]
            row = plant.add(
                "deposits", facility_id=figure.facility, parameter=figure.parameter, item=figure.item or None,
                month=month, value=value, unit=figure.unit, deposited_on=days[month], changed_value=None,
                changed_on=None, change_reason=None,
            )  # fmt: skip
            if figure is correction.figure and month == correction.month:
                row |= {"value": value + correction.slip(value), "changed_value": value}
                row["changed_on"] = days[month] + timedelta(days=correction.days)
                row["change_reason"] = "录入差错，按台账更正"


def file_papers(plant: Plant, practice: Practice) -> None:
    """Plan, activities, register of evidence and the open item of the year before."""
    for (facility, parameter, item), route in quantities(plant).items():
        found = primary(plant, facility, parameter, item) if route == "measured" else None
        quantity = {"facility_id": facility, "parameter": parameter, "item": item or None}
        _plan(plant, practice, quantity, route, found)
        _activities(plant, practice, quantity, found)
    _evidence(plant, practice)
    plant.add(
        "open_items", item_id=f"Y{plant.year - 1}-01", from_year=plant.year - 1, state="closed",
        text=practice.open_item,
    )  # fmt: skip


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


def _plan(plant: Plant, practice: Practice, quantity: Cells, route: str, source: Cells | None) -> None:
    """The row of the plan for one quantity, in line with the map."""
    tool: Cells = dict.fromkeys(TOOL)
    department, monitored, recorded = practice.statistics, "yearly", "yearly"
    if source is not None:
        record = root(plant, source)
        department = source["department"]
        monitored = "batch" if record["records"] in practice.batches else "continuous"
        recorded = RECORD_FREQUENCY.get(record["records"], "monthly")
        for row in plant.rows("instruments", instrument_id=record["instrument_id"]):
            tool = {key: row[key] for key in TOOL}
    plant.add(
        "plan", plan_version="V1.0", valid_from=date(plant.year, 1, 1), **quantity, acquisition=route,
        monitoring_frequency=monitored, record_frequency=recorded,
        missing_data_rule=practice.missing_data if route == "measured" else None, department=department, **tool,
    )  # fmt: skip


def _activities(plant: Plant, practice: Practice, quantity: Cells, source: Cells | None) -> None:
    """What the team looked up, asked, saw and recomputed for one quantity."""
    visit = plant.meta["visit"]["from"]
    department = source["department"] if source else practice.statistics
    steps = [
        ("look_up", source["document"] if source else "排放报告及规则缺省值"),
        ("recompute", "按原始记录重新计算全年数据"),
    ]
    if source is not None:
        steps[1:1] = [("ask", "数据记录、传递、汇总流程"), ("look", practice.look)]
    for number, (method, record) in enumerate(steps):
        plant.add(
            "activities", **quantity, method=method, record=record, person=practice.people[department],
            department=department, done_on=visit + timedelta(days=min(number, 2)),
        )  # fmt: skip


def _evidence(plant: Plant, practice: Practice) -> None:
    """Register of evidence: every document that a source names, once, and the scan."""
    plant.rows("sources", source_id=SETTLEMENT_SOURCE)[0]["document"] = settlement_file(plant)
    papers: dict[str, tuple[str, str]] = {}
    for row in plant.tables["sources"]:
        papers.setdefault(row["document"], (row["name"], row["department"]))
    rows = [(document, *paper) for document, paper in papers.items()]
    rows.append((scan_file(plant, practice), practice.scan, practice.scan_supplier))
    for document, title, supplier in rows:
        plant.add(
            "evidence", file=document, title=title, supplier=supplier,
            received_on=date(plant.year + 1, *practice.received), original_seen=True,
        )  # fmt: skip


def scan_file(plant: Plant, practice: Practice) -> str:
    """Title of the scanned document in the register of evidence."""
    return f"{practice.scan}（{plant.year}年）"


def file_transcriptions(
    plant: Plant, practice: Practice, keyed: Iterable[tuple[str, str, Decimal]], *, table: str, column: str
) -> None:
    """Values (label, row key, value) keyed from the scan, a page each, each ticked by a second person."""
    for page, (label, row_key, value) in enumerate(keyed, start=1):
        plant.add(
            "transcriptions", file=scan_file(plant, practice), page=page, label=label, table=table, row_key=row_key,
            column=column, value=format(value, "f"), keyed_by="刘某", ticked_by="陈某",
        )  # fmt: skip


def file_last_stocks(plant: Plant, nodes: Iterable[str]) -> None:
    """Closing stocks of the year before as last year's report shows them: they are this year's opening."""
    for node in nodes:
        opening = plant.rows("stock_counts", node_id=node, counted_on=date(plant.year - 1, 12, 31))[0]["quantity_t"]
        plant.add(
            "reported", track="entity", facility_id="ent", parameter="closing_stock_t", item=node,
            data_year=plant.year - 1, month=None, value=opening, unit="t", route="measured",
        )  # fmt: skip


def hand_over(plant: Plant, bills: BillLayout) -> Simulated:
    """The simulated case as the enterprise hands it over: the settlement bills as a sheet of the power company."""
    sheets = {"settlement_bills": settlement_sheet(plant, bills)}
    return Simulated(plant.meta, plant.tables, plant.truth, plant.expected, sheets, plant.planted)
