"""What the simulated smelter files beside the report: its case head, practice, deposits and layout of bills."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate import filing, settlement
from verifierkit.simulate.aluminium_ledgers import month_values
from verifierkit.simulate.aluminium_network import ENTITY, has_old_tables
from verifierkit.simulate.aluminium_truth import LINES
from verifierkit.simulate.base import Plant, round_half_up

FIRST_DEPOSITS = date(2025, 9, 15)  # deposits of January to June 2025 were filed by the end of October 2025
STORES = ("n_anodes_p1", "n_anodes_p2", "n_cast")
OTHER_DEPOSITS = (
    ("fuel_consumed", "natural_gas", "10^4 Nm3"),
    ("fuel_consumed", "diesel", "t"),
    ("carbonate_t", "limestone", "t"),
    ("carbonate_t", "soda_ash", "t"),
)
PRACTICE = filing.Practice(
    statistics="统计部",
    people={
        "电解车间": "王某（电解车间主任）", "生产部": "李某（生产部经理）", "铸造车间": "张某（铸造车间主任）", "统计部": "郑某（统计员）",
        "计控部": "赵某（计量工程师）", "财务部": "周某（会计）", "自备电厂": "孙某（电厂值长）", "阳极厂": "吴某（阳极厂工艺员）",
        "供应部": "冯某（供应主管）", "采购部": "沈某（采购主管）", "销售部": "韩某（销售主管）",
    },
    batches=("coal_analyses", "tickets"),
    missing_data="按保守性原则取前后两月较高值",
    look="现场查看计量器具铭牌、示数与检定标识",
    received=(4, 13),
    scan="阳极盘点表扫描件",
    scan_supplier="电解车间",
    open_item="上年度阳极库盘点表缺少盘点人签字，本年度盘点表已补签。",
)  # fmt: skip
BILLS = settlement.BillLayout(
    sheet="结算清单",
    above=(("示例供电公司 大工业用户电费结算清单（{year}年）",),),
    more={"合计电量(千瓦时)": "total_kwh", "出账日期": "issued_on"},
    date_form="%Y/%m/%d",
)


def build_meta(plant: Plant) -> None:
    """Content of case.yaml."""
    old, following = has_old_tables(plant), plant.year + 1
    plant.meta = filing.case_head(
        plant,
        enterprise={
            "name": "示例铝业有限公司（虚构）", "name_en": "Example Aluminium Co., Ltd. (fictitious)",
            "uscc": "91000000MA00000001", "address": "示例省示例市铝业路1号",
        },
        industry_code="3216", province="山东省", grid_region="north",
        boundary="法人边界：两个电解系列、整流所、铸造车间、阳极厂、自备电厂；设施边界：一系列、二系列电解工序",
        packs={
            "facility": "aluminium-supplementary-2017" if old else "aluminium-2024",
            "entity": "aluminium-2013" if old else "aluminium-2024",
        },
        number="002", reported=date(following, 3, 18), visited=date(following, 4, 20), hours=72,
    )  # fmt: skip


def build_filing(plant: Plant) -> None:
    """Deposits (from 2025 on), plan, activities, register of evidence, transcriptions, last closing stocks."""
    if plant.year >= filing.FIRST_YEAR:
        _deposits(plant)
    filing.file_papers(plant, PRACTICE)
    _transcriptions(plant)
    filing.file_last_stocks(plant, (*STORES, *(("n_coal",) if has_old_tables(plant) else ())))


def deposited(plant: Plant) -> list[filing.Deposited]:
    """What is deposited each month: anodes and metal of the lines, fuels and carbonates of the entity."""
    found: list[tuple[str, str, str, str, dict[str, Decimal]]] = []
    for line in LINES:
        anodes = {row["month"]: row["set_t"] for row in plant.rows("anodes", source_id=f"s_{line.id}_anode")}
        metal = {row["month"]: row["tapped_t"] for row in plant.rows("metal", source_id=f"s_{line.id}_metal")}
        found += [(line.id, "anode_consumed_t", "", "t", anodes), (line.id, "metal_produced_t", "", "t", metal)]
    for parameter, item, unit in OTHER_DEPOSITS:
        found.append((ENTITY, parameter, item, unit, month_values(plant, f"s_{item}")))
    return [
        filing.Deposited(line, name, item, unit, {month: round_half_up(values[month], 2) for month in plant.months})
        for line, name, item, unit, values in found
    ]


def _deposits(plant: Plant) -> None:
    """Monthly deposits: the first half of 2025 in autumn, later months within 40 days; one was corrected later."""
    figures = deposited(plant)
    rng = plant.rng("deposits")
    figure = figures[int(rng.integers(len(figures)))]
    month = plant.pick("corrected deposit month", plant.months)
    correction = filing.Correction(figure, month, lambda value: round_half_up(value / 50, 2), days=5)
    days = {month: _deposit_day(month, int(rng.integers(10, 32))) for month in plant.months}
    filing.file_deposits(plant, figures, days, correction)


def _deposit_day(month: str, days: int) -> date:
    """Day of a deposit: so many days after the month's end; in the first half of 2025 not before the first day."""
    day = month_bounds(month)[1] + timedelta(days=days)
    return max(day, FIRST_DEPOSITS) if month < filing.FIRST_TIMELY else day


def _transcriptions(plant: Plant) -> None:
    """The first anode counts of line 1, keyed from the scan."""
    keyed = []
    for row in plant.rows("stock_counts", node_id="n_anodes_p1")[:4]:
        day = row["counted_on"].isoformat()
        keyed.append((f"一系列阳极库存量 {day}", f"{row['node_id']}|{day}|", row["quantity_t"]))
    filing.file_transcriptions(plant, PRACTICE, keyed, table="stock_counts", column="quantity_t")
