"""A program of somebody else: writes a cement case from the interface page alone, ``foreign_writer.py FOLDER [--mistakes]``.

One kiln, January to March 2025. It uses openpyxl and nothing of verifierkit, and it uses the freedom that the page
gives: sheets in any order and under any of their names, headings in either language or as ids, blank and foreign
columns, blank rows, one or two heading rows, days and months as text in several forms, numbers as text with
separators and full-width digits. Bills and electricity come in 万kWh through import profiles.
With ``--mistakes`` one reported intensity and one settled total are wrong.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import openpyxl

SHEETS = {
    "reported": """
track | facility_id | parameter | item | data_year | Month | value | unit | 获取方式
facility | k1 | fuel_consumed | bituminous | 2025 | 2025年1月 | 16,500.00 | t | measured
facility | k1 | fuel_consumed | bituminous | 2025 | 2025年2月 | 14,000.00 | 吨 | measured
facility | k1 | fuel_consumed | bituminous | 2025 | 2025年3月 | １６８００ | t | measured
facility | k1 | fuel_ncv | bituminous | 2025 | 2025-01 | 22.900 | GJ/t | measured
facility | k1 | fuel_ncv | bituminous | 2025 | 2025-02 | 23050 | kJ/kg | measured
facility | k1 | fuel_ncv | bituminous | 2025 | 2025-03 | 22.750 | GJ/t | measured
facility | k1 | carbon_content_tc_per_gj | bituminous | 2025 | 202501 | 0.02618 | tC/GJ | default
facility | k1 | carbon_content_tc_per_gj | bituminous | 2025 | 202502 | 0.02618 | tC/GJ | default
facility | k1 | carbon_content_tc_per_gj | bituminous | 2025 | 202503 | 26.18 | tC/TJ | default
facility | k1 | oxidation_fraction | bituminous | 2025 | 2025/1 | 0.99 | 1 | default
facility | k1 | oxidation_fraction | bituminous | 2025 | 2025/2 | 99 | % | default
facility | k1 | oxidation_fraction | bituminous | 2025 | 2025/3 | 0.99 | 1 | default
facility | k1 | fuel_co2_t | bituminous | 2025 | 2025-01-31 | 35908.37 | tCO2 | calculated
facility | k1 | fuel_co2_t | bituminous | 2025 | 2025-02-28 | 30667.28 | tCO2 | calculated
facility | k1 | fuel_co2_t | bituminous | 2025 | 2025-03-31 | 36321.77 | tCO2 | calculated
facility | k1 | clinker_produced_t | | 2025 | 2025-01 | 120000 | t | measured
facility | k1 | clinker_produced_t | | 2025 | 2025-02 | 10.2 | 万吨 | measured
facility | k1 | clinker_produced_t | | 2025 | 2025-03 | 122000 | t | measured
facility | k1 | clinker_factor_tco2_per_t | | 2025 | 2025-01 | 0.535 | tCO2/t | default
facility | k1 | clinker_factor_tco2_per_t | | 2025 | 2025-02 | 0.535 | tCO2/t | default
facility | k1 | clinker_factor_tco2_per_t | | 2025 | 2025-03 | 0.535 | tCO2/t | default
facility | k1 | deducted_material_t | carbide_slag | 2025 | 2025-01 | 1000 | t | measured
facility | k1 | deducted_material_t | carbide_slag | 2025 | 2025-02 | 810 | t | measured
facility | k1 | deducted_material_t | carbide_slag | 2025 | 2025-03 | 900 | t | measured
facility | k1 | deduction_factor_tco2_per_t | carbide_slag | 2025 | 2025-01 | 0.480 | tCO2/t | default
facility | k1 | deduction_factor_tco2_per_t | carbide_slag | 2025 | 2025-02 | 0.480 | tCO2/t | default
facility | k1 | deduction_factor_tco2_per_t | carbide_slag | 2025 | 2025-03 | 0.480 | tCO2/t | default
facility | k1 | process_co2_t | | 2025 | 2025-01 | 63720.00 | tCO2 | calculated
facility | k1 | process_co2_t | | 2025 | 2025-02 | 54181.20 | tCO2 | calculated
facility | k1 | process_co2_t | | 2025 | 2025-03 | 64838.00 | tCO2 | calculated
facility | k1 | line_co2_t | | 2025 | 2025-01 | 99628.37 | tCO2 | calculated
facility | k1 | line_co2_t | | 2025 | 2025-02 | 84848.48 | tCO2 | calculated
facility | k1 | line_co2_t | | 2025 | 2025-03 | 101159.77 | tCO2 | calculated
facility | k1 | line_intensity_tco2_per_t | | 2025 | 2025-01 | 0.8302 | tCO2/t | calculated
facility | k1 | line_intensity_tco2_per_t | | 2025 | 2025-02 | 0.8318 | tCO2/t | calculated
facility | k1 | line_intensity_tco2_per_t | | 2025 | 2025-03 | 0.8292 | tCO2/t | calculated
facility | k1 | electricity_mwh | | 2025 | 2025-01 | 7205 | MWh | measured
facility | k1 | electricity_mwh | | 2025 | 2025-02 | 630.25 | 万kWh | measured
facility | k1 | electricity_mwh | | 2025 | 2025-03 | 7451.25 | MWh | measured
entity | ent | fuel_consumed | diesel | 2025 | 2025-01 | 12.50 | t | measured
entity | ent | fuel_consumed | diesel | 2025 | 2025-02 | 11.20 | t | measured
entity | ent | fuel_consumed | diesel | 2025 | 2025-03 | 13.00 | t | measured
entity | ent | fuel_ncv | diesel | 2025 | 2025-01 | 42.652 | GJ/t | default
entity | ent | fuel_ncv | diesel | 2025 | 2025-02 | 42.652 | GJ/t | default
entity | ent | fuel_ncv | diesel | 2025 | 2025-03 | 42.652 | GJ/t | default
entity | ent | carbon_content_tc_per_gj | diesel | 2025 | 2025-01 | 0.0202 | tC/GJ | default
entity | ent | carbon_content_tc_per_gj | diesel | 2025 | 2025-02 | 0.0202 | tC/GJ | default
entity | ent | carbon_content_tc_per_gj | diesel | 2025 | 2025-03 | 0.0202 | tC/GJ | default
entity | ent | oxidation_fraction | diesel | 2025 | 2025-01 | 0.98 | 1 | default
entity | ent | oxidation_fraction | diesel | 2025 | 2025-02 | 0.98 | 1 | default
entity | ent | oxidation_fraction | diesel | 2025 | 2025-03 | 0.98 | 1 | default
entity | ent | fuel_co2_t | diesel | 2025 | 2025-01 | 38.70 | tCO2 | calculated
entity | ent | fuel_co2_t | diesel | 2025 | 2025-02 | 34.67 | tCO2 | calculated
entity | ent | fuel_co2_t | diesel | 2025 | 2025-03 | 40.25 | tCO2 | calculated
""",
    "月度存证": """
Facility id | Parameter | Item | Month | Deposited value | Unit | 存证日期
k1 | fuel_consumed | bituminous | 2025-01 | 16500 | t | 2025年10月9日
k1 | fuel_consumed | bituminous | 2025-02 | 14000 | t | 2025年10月9日
k1 | fuel_consumed | bituminous | 2025-03 | 16800 | t | 2025年10月9日
k1 | fuel_ncv | bituminous | 2025-01 | 22.9 | GJ/t | 2025年10月9日
k1 | fuel_ncv | bituminous | 2025-02 | 23.05 | GJ/t | 2025年10月9日
k1 | fuel_ncv | bituminous | 2025-03 | 22.75 | GJ/t | 2025年10月9日
k1 | clinker_produced_t | | 2025-01 | 12 | 万吨 | 2025年10月9日
k1 | clinker_produced_t | | 2025-02 | 10.2 | 万吨 | 2025年10月9日
k1 | clinker_produced_t | | 2025-03 | 12.2 | 万吨 | 2025年10月9日
k1 | deducted_material_t | carbide_slag | 2025-01 | 1000 | t | 2025年10月9日
k1 | deducted_material_t | carbide_slag | 2025-02 | 810 | t | 2025年10月9日
k1 | deducted_material_t | carbide_slag | 2025-03 | 900 | t | 2025年10月9日
""",
    "plan": """
生效日期 | 设施编号 | 参数 | 品种 | 获取方式 | 计量器具 | 记录频次 | 数据缺失时的处理方式
2025.1.1 | k1 | fuel_consumed | bituminous | measured | i_coal | monthly | 取高值
2025.1.1 | k1 | fuel_ncv | bituminous | measured | | batch | 取高值
2025.1.1 | k1 | carbon_content_tc_per_gj | bituminous | default | | yearly | 按缺省值
2025.1.1 | k1 | oxidation_fraction | bituminous | default | | yearly | 按缺省值
2025.1.1 | k1 | clinker_produced_t | | measured | i_kiln | monthly | 取高值
2025.1.1 | k1 | clinker_factor_tco2_per_t | | default | | | 按缺省值
2025.1.1 | k1 | deducted_material_t | | measured | i_bridge | monthly | 取高值
2025.1.1 | k1 | deduction_factor_tco2_per_t | | default | | | 按缺省值
2025.1.1 | ent | fuel_consumed | diesel | 实测 | i_bridge | monthly | 取高值
2025.1.1 | ent | fuel_ncv | diesel | default | | | 按缺省值
2025.1.1 | ent | carbon_content_tc_per_gj | diesel | default | | | 按缺省值
2025.1.1 | ent | oxidation_fraction | diesel | default | | | 按缺省值
""",
    "Deducted raw materials": """
来源编号 | Month | Mill that it enters | Dry [t] | Wet [t] | Moisture (fraction)
s_slag | 2025-01 | raw_mill | 1000 | 1250 | 0.20
s_slag | 2025-02 | raw_mill | 810 | 1000 | 19%
s_slag | 2025-03 | 生料磨 | 900 | 1200 | 0.25
""",
    "Coal analyses": """
Sample number | 报告编号 | Source id | Batch mass [t] | Net calorific value [GJ/t] | Basis of the heat value | Sampled on | 报告日期 | CMA or CNAS number
Y-01 | M-01 | s_coal_lab | 11000 | 22.80 | as_received | 20250110 | 20250114 | CMA 0001
Y-02 | M-02 | s_coal_lab | 5500 | 23.10 | as_received | 20250124 | 20250127 | CMA 0001
Y-03 | M-03 | s_coal_lab | 7000 | 23.00 | 收到基 | 2025/2/8 | 2025/2/12 | CMA 0001
Y-04 | M-04 | s_coal_lab | 7000 | 23.10 | as_received | 2025/2/20 | 2025/2/24 | CMA 0001
Y-05 | M-05 | s_coal_lab | 12600 | 22.70 | as_received | 2025年3月7日 | 2025年3月11日 | CMA 0001
Y-06 | M-06 | s_coal_lab | 4200 | 22.90 | as_received | 2025年3月21日 | 2025年3月25日 | CMA 0001
""",
    "transactions": """
doc_no | source_id | kind | received_on | weighed_t | dispatched_on
D-1 | s_coal_buy | purchase | 2025-01-15 | 17000 | 2025-01-12
D-2 | s_coal_buy | purchase | 2025-02-14 | 13500 | 2025-02-11
D-3 | s_coal_buy | 采购 | 2025-03-15 | 16,900.0 | 2025-03-12
""",
    "Stock counts and surveys": """
Store node id | Counted on | Level [t]
n_yard | 2024-12-31 | 5000
n_yard | 2025年1月31日 | 5500
n_yard | 2025年2月28日 | 5000
n_yard | 2025年3月31日 | 5100
n_silo | 2024-12-31 | 20000
n_silo | 2025/1/31 | 21500
n_silo | 2025/2/28 | 20500
n_silo | 2025/3/31 | 21300
""",
    "Meter readings": """
Instrument id | 示数类型 | Read at | Reading
i_check | total | 2025-01-01 00:00 | 400.0
i_check | total | 2025-01-31 24:00 | 1900.0
i_check | total | 2025年3月1日 0:00 | 3200.0
i_check | total | 2025/4/1 | 4750.0
""",
    "monthly_values": """
Source id | 月份 | Value | 单位
s_coal | 2025年1月 | 16500 | t
s_coal | 2025年2月 | 14000 | t
s_coal | 2025年3月 | 16800 | t
s_clinker | 2025-01 | 120000 | t
s_clinker | 2025-02 | 102000 | t
s_clinker | 2025-03 | 122000 | t
s_sold | 2025-01 | 118500 | t
s_sold | 2025-02 | 103000 | t
s_sold | 2025-03 | 121200 | t
s_diesel | 2025-01 | 12500 | kg
s_diesel | 2025-02 | 11200 | kg
s_diesel | 2025-03 | 13000 | kg
""",
    "数据来源": """
来源编号 | 文件名称 | 流编号 | 参数 | 记录所在表 | 优先序 | 器具编号 | 数据来自
s_coal | 耗煤台账 | coal | | monthly_values | 1 | i_coal | none
s_coal_lab | 煤质报告 | coal | fuel_ncv | coal_analyses | 1 | | none
s_coal_buy | 购煤台账 | coal_in | | transactions | 1 | i_bridge | none
s_clinker | 熟料台账 | clinker | | monthly_values | 1 | i_kiln | none
s_sold | 熟料出厂 | sold | | monthly_values | 1 | i_bridge | none
s_slag | 电石渣台账 | slag | | deducted_materials | 1 | i_bridge | none
s_diesel | 柴油台账 | diesel | | monthly_values | 1 | i_bridge | none
s_bill | 电费单 | power | | settlement_bills | 1 | i_gate | none
s_check | 关口抄表 | power | | meter_readings | 2 | i_check | none
s_line | 电耗月报（熟料线） | power_k1 | | monthly_values | 1 | i_line | none
s_rest | 电耗月报（其他） | power_rest | | monthly_values | 1 | i_rest | none
""",
    "Calibrations": """
Certificate number | Instrument id | Calibrated on | Valid until
C-1 | i_coal | 2024-06-01 | 2025-05-31
C-2 | i_kiln | 2024-06-01 | 2025-05-31
C-3 | i_bridge | 2024-06-01 | 2025-05-31
C-4 | i_gate | 2024-06-01 | 2025-05-31
C-5 | i_check | 2024-06-01 | 2025-05-31
C-6 | i_line | 2024-06-01 | 2025-05-31
C-7 | i_rest | 2024-06-01 | 2025-05-31
""",
    "计量器具": """
Instrument id | 名称 | Kind | 倍率 | Register digits | Accuracy limit (fraction)
i_coal | 入窑煤秤 | belt_scale | | | 0.5%
i_kiln | 熟料秤 | 皮带秤 | | | 0.01
i_bridge | 汽车衡 | weighbridge | | | 0.002
i_gate | 关口表 | electricity_meter | 6000 | 4 | 0.002
i_check | 副表 | electricity_meter | 6000 | 4 | 0.005
i_line | 熟料线表 | electricity_meter | 1 | | 0.005
i_rest | 其他表 | electricity_meter | 1 | | 0.005
""",
    "streams": """
Stream id | From node | To node | Unit | Name | Facility id | Parameter | Item
coal_in | n_market | n_yard | t | 购煤 | | |
coal | n_yard | n_kiln | t | 耗煤 | k1 | fuel_consumed | bituminous
clinker | n_kiln | n_silo | t | 熟料 | k1 | clinker_produced_t |
sold | n_silo | n_market | t | 出厂熟料 | | |
slag | n_market | n_kiln | t | 电石渣 | k1 | deducted_material_t | carbide_slag
diesel | n_market | n_trucks | t | 柴油 | ent | fuel_consumed | diesel
power | n_market | n_bus | MWh | 购电 | | |
power_k1 | n_bus | n_kiln | MWh | 熟料线用电 | k1 | electricity_mwh |
power_rest | n_bus | n_trucks | MWh | 其他用电 | | |
""",
    "Nodes": """
节点编号 | 名称 | 节点类型 | 守恒量
n_market | 外部 | boundary | material
n_yard | 煤场 | 库存 | coal
n_kiln | 1号窑 | process | clinker
n_silo | 熟料库 | store | clinker
n_bus | 母线 | bus | electricity
n_trucks | 车队和办公 | process | material
""",
    "排放设施": """
法人边界内 | 设施边界内 | Facility id | Name | Kind | 产品或设备类别 | 设计产能 | 产能单位
是 | 否 | ent | 外部程序水泥有限公司 | entity | | |
yes | TRUE | k1 | 1号线 | 熟料生产线 | portland_clinker | 5,000 | t/d
""",
}
FOREIGN_SHEETS = {"说明": "随便写", "Plant remarks": "not a table"}
BILLS = [
    ["电费结算明细（单位：万kWh）", "", "", "", "", "", "", ""],
    ["户号", "结算单号", "上次抄表日", "本次抄表日", "上次示数", "本次示数", "抄见电量", "结算电量"],
    ["0312", "B-01", "20241231", "20250131", "1000.00", "2500.00", "900.00", "900.00"],
    ["0312", "B-02", "20250131", "20250228", "2500.00", "3800.00", "780.00", "780.00"],
    ["0312", "B-03", "20250228", "20250331", "3800.00", "5350.00", "930.00", "930.00"],
    ["合计", "", "", "", "", "", "2610.00", "2610.00"],
]
ENERGY = [
    ["用电月报", "", "", ""],
    ["", "用电量", "", "备查"],
    ["月份", "熟料线", "其他", ""],
    ["", "万kWh", "万kWh", ""],
    ["2025年1月", "720.50", "179.50", "甲"],
    ["2025年2月", "630.25", "149.75", "乙"],
    ["2025年3月", "745.125", "184.875", "丙"],
]
CASE = """schema: 1
case_id: foreign-kiln-2025
enterprise: {name: 外部程序水泥有限公司}
sector: cement
data_year: 2025
province: 安徽
grid_region: east
packs: {facility: cement-2024, entity: cement-2024}
workbook: plant data.xlsx
profiles: [profiles/bills.yaml, profiles/line.yaml, profiles/rest.yaml]
"""
BILL_PROFILE = """file: evidence/电费.csv
table: settlement_bills
header_row: 2
columns: {结算单号: bill_no, 上次抄表日: period_start, 本次抄表日: period_end, 上次示数: prior_reading,
  本次示数: current_reading, 抄见电量: metered_kwh, 结算电量: total_kwh}
constants: {source_id: s_bill, instrument_id: i_gate, register: total, multiplier: "6000"}
units: {metered_kwh: 万kWh, total_kwh: 10^4 kWh}
days: {period_start: 1}
date_form: "%Y%m%d"
skip_rows: [合计]
"""
ENERGY_PROFILE = """file: evidence/用电月报.xlsx
table: monthly_values
header_row: [2, 3]
unit_row: 4
columns: {月份: month, %s: value}
constants: {source_id: %s, unit: MWh}
"""
MISTAKES = ("0.8292", "0.8392"), ("780.00", "708.00")


def cells(line: str, number: int) -> list[object]:
    """Cells of a line; in every second sheet what looks like a number is one, else all cells are text."""
    texts: list[object] = [text.strip() or None for text in line.split("|")]
    if number % 2:
        return texts
    return [float(str(text)) if str(text).replace(".", "", 1).isdigit() else text for text in texts]


def odd(rows: list[list[object]], number: int) -> list[list[object]]:
    """The same table in an odd layout: blank columns, a foreign column, blank rows, perhaps a second heading row."""
    spread = [[*row[:2], None, *row[2:], None, f"n.{index}"] for index, row in enumerate(rows)]
    spread[0][-1] = "Keyed by clerk"
    second: list[list[object]] = [[]] if number % 3 == 0 else []
    half = 1 + len(rows) // 2
    return [spread[0], *second, *spread[1:half], [], *spread[half:]]


def workbook(mistakes: bool) -> openpyxl.Workbook:
    """The data workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, text in FOREIGN_SHEETS.items():
        book.create_sheet(name).append([text])
    for number, (name, text) in enumerate(SHEETS.items()):
        if mistakes:
            text = text.replace(*MISTAKES[0])
        sheet = book.create_sheet(name)
        for row in odd([cells(line, number) for line in text.strip().splitlines()], number):
            sheet.append(row)
    return book


def bills(mistakes: bool) -> bytes:
    """The bills as csv in GB18030; the mistake is in the settled total, the metered energy stays."""
    lines = [list(line) for line in BILLS]
    if mistakes:
        lines[3][-1] = MISTAKES[1][1]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode("gb18030")


def energy() -> openpyxl.Workbook:
    """The monthly energy report: headings merged over two rows, units in a row of their own."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ENERGY:
        sheet.append([float(cell) if cell[:1].isdigit() and "年" not in cell else cell or None for cell in row])
    sheet.merge_cells("B2:C2")
    return book


def main(folder: Path, *, mistakes: bool) -> None:
    """Write the case."""
    (folder / "profiles").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    (folder / "profiles" / "bills.yaml").write_text(BILL_PROFILE, encoding="utf-8")
    for name, heading, source in (("line", "用电量熟料线", "s_line"), ("rest", "用电量其他", "s_rest")):
        (folder / "profiles" / f"{name}.yaml").write_text(ENERGY_PROFILE % (heading, source), encoding="utf-8")
    (folder / "evidence" / "电费.csv").write_bytes(bills(mistakes))
    energy().save(folder / "evidence" / "用电月报.xlsx")
    workbook(mistakes).save(folder / "plant data.xlsx")


if __name__ == "__main__":
    main(Path(sys.argv[1]), mistakes="--mistakes" in sys.argv[2:])
