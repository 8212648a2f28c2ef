"""What the simulated cement enterprise files beside the report: its case head, practice, deposits, layout of bills."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate import filing, settlement
from verifierkit.simulate.base import Plant, weighted_mean
from verifierkit.simulate.cement_ledgers import row_of
from verifierkit.simulate.cement_map import MATERIALS, supplementary
from verifierkit.simulate.cement_report import analyses
from verifierkit.simulate.cement_truth import LINES

STORES = ("n_coal_yard", "n_clinker_silo")
PRACTICE = filing.Practice(
    statistics="统计科",
    people={
        "生产部": "王某（生产部经理）", "化验室": "李某（化验室主任）", "电气部": "张某（电气工程师）", "供应部": "赵某（供应主管）",
        "发电部": "孙某（发电部主管）", "财务部": "周某（会计）", "环保部": "吴某（环保专员）", "统计科": "郑某（统计员）",
    },
    batches=("coal_analyses", "lab_results"),
    missing_data="按保守性原则取上下月较高值",
    look="现场查看计量器具铭牌与检定标识",
    received=(4, 7),
    scan="煤质检测报告扫描件",
    scan_supplier="化验室",
    open_item="上年度煤质检测报告缺少采样记录，本年度已补充采样台账。",
)  # fmt: skip
BILLS = settlement.BillLayout(
    sheet="电费清单",
    above=(("示例供电公司 电费结算清单 {year}年",), ("户号：0000000000", "户名：示例水泥有限公司（虚构）")),
    more={"合计电量(万千瓦时)": "total_kwh", "出账日期": "issued_on", "电费(元)": "amount_yuan"},
    date_form="%Y%m%d",
    ten_thousands=("total_kwh",),
    skip_rows=("合计", "小计"),
)


def build_meta(plant: Plant) -> None:
    """Content of case.yaml."""
    old, following = supplementary(plant), plant.year + 1
    plant.meta = filing.case_head(
        plant,
        enterprise={
            "name": "示例水泥有限公司（虚构）", "name_en": "Example Cement Co., Ltd. (fictitious)",
            "uscc": "91000000MA00000000", "address": "示例省示例市水泥路1号",
        },
        industry_code="3011", province="安徽省", grid_region="east",
        boundary="法人边界：两条熟料生产线、余热发电、自备燃煤机组、水泥粉磨、生活区；设施边界：1号、2号熟料生产线",
        packs={
            "facility": "cement-supplementary-2017" if old else "cement-2024",
            "entity": "cement-2013" if old else "cement-2024",
        },
        number="001", reported=date(following, 3, 20), visited=date(following, 4, 13), hours=64,
    )  # fmt: skip


def write_filing(plant: Plant) -> None:
    """Deposits (from 2025 on), plan, activities, register of evidence, transcriptions, last closing stocks."""
    if plant.year >= filing.FIRST_YEAR:
        write_deposits(plant)
    filing.file_papers(plant, PRACTICE)
    write_transcriptions(plant)
    filing.file_last_stocks(plant, STORES)


def deposited(plant: Plant) -> list[filing.Deposited]:
    """What is deposited each month, by the source of its value: coal, clinker, materials of the lines; diesel."""
    found = []
    for line in LINES:
        found.append((line, "fuel_consumed", "bituminous", "t", f"s_c_{line}_ledger"))
        found.append((line, "fuel_ncv", "bituminous", "GJ/t", f"s_ncv_{line}"))
        found.append((line, "clinker_produced_t", "", "t", f"s_p_{line}_ledger"))
        found += [
            (line, "deducted_material_t", item, "t", f"s_m_{line}_{item}") for owner, item in MATERIALS if owner == line
        ]
    found.append(("ent", "fuel_consumed", "diesel", "t", "s_d_ent_ledger"))
    found.append(("ent", "fuel_ncv", "diesel", "GJ/t", ""))
    return [
        filing.Deposited(line, name, item, unit, {month: deposit_value(plant, source, month) for month in plant.months})
        for line, name, item, unit, source in found
    ]


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
    figures = deposited(plant)
    rng = plant.rng("deposits")
    figure, month = plant.pick("corrected deposit", figures), plant.pick("corrected deposit month", plant.months)
    correction = filing.Correction(figure, month, lambda value: value.scaleb(-2).quantize(value), days=4)
    days = {month: deposit_day(month, int(rng.integers(12, 32))) for month in plant.months}
    filing.file_deposits(plant, figures, days, correction)


def deposit_day(month: str, days: int) -> date:
    """Day of a deposit: within 40 days of the month's end; the first half of 2025 was filed later, by 31 October."""
    if month < filing.FIRST_TIMELY:
        return date(filing.FIRST_YEAR, 10, 8) + timedelta(days=int(month[5:]))
    return month_bounds(month)[1] + timedelta(days=days)


def write_transcriptions(plant: Plant) -> None:
    """The first heat values of line 1, keyed from the scan."""
    keyed = [
        (
            f"收到基低位发热量 {row['report_no']}",
            f"{row['source_id']}|{row['report_no']}|{row['sample_no']}",
            row["ncv_gj_per_t"],
        )
        for row in plant.rows("coal_analyses", source_id="s_ncv_k1")[:4]
    ]
    filing.file_transcriptions(plant, PRACTICE, keyed, table="coal_analyses", column="ncv_gj_per_t")
