"""Chinese labels of the choices of the column catalogue, in one place: read, written and offered as drop-downs."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from verifierkit.columns import Column, catalogue
from verifierkit.glossary import term

LABELS: dict[str, str] = {
    # values determined by the team
    "up": "上调",
    "down": "下调",
    "not_calibrated": "未检定校准",
    "accuracy_exceeded": "误差超限",
    "missing_data": "数据缺失",
    "not_rectified": "不符合未整改",
    # facilities
    "entity": "法人单位",
    "clinker_line": "熟料生产线",
    "potline": "电解铝系列",
    "captive_unit": "自备机组",
    "waste_heat_unit": "余热机组",
    "coal_mill": "煤磨",
    "raw_mill": "生料磨",
    "cement_mill": "水泥磨",
    "casthouse": "铸造车间",
    "anode_plant": "阳极车间",
    "boiler": "锅炉",
    "living_quarters": "生活区",
    "other": "其他",
    "t/d": "t/d",
    "t/a": "t/a",
    "MW": "MW",
    # nodes
    "process": "工序",
    "store": "库存",
    "bus": "母线",
    "boundary": "边界",
    "electricity": "电力",
    "heat": "热力",
    "coal": "煤",
    "fuel": "其他燃料",
    "raw_meal": "生料",
    "clinker": "熟料",
    "cement": "水泥",
    "material": "原料",
    "anode": "阳极",
    "metal": "铝",
    "alumina": "氧化铝",
    "gas": "气体",
    "as_received": "收到基",
    "air_dried": "空干基",
    "dry": "干基",
    "none": "无",
    # instruments, calibrations
    "electricity_meter": "电能表",
    "belt_scale": "皮带秤",
    "weighbridge": "汽车衡",
    "crane_scale": "吊秤",
    "flow_meter": "流量计",
    "laboratory": "化验室",
    "survey": "盘库测量",
    "counter": "计数器",
    "current_transformer": "电流互感器",
    "voltage_transformer": "电压互感器",
    "pass": "合格",
    "fail": "不合格",
    # sources.records: the tables have their own names
    "feed_over_ratio": "生料量除以料耗比",
    "documents": "引用文件",
    # relations
    "ratio": "比值",
    "sum": "合计",
    "transformer_loss": "变压器损耗",
    # registers and states
    "total": "总",
    "sharp": "尖",
    "peak": "峰",
    "flat": "平",
    "valley": "谷",
    "deep_valley": "深谷",
    "reverse": "反向",
    "normal": "正常",
    "estimated": "估抄",
    "exchange_out": "换表拆下",
    "exchange_in": "换表装上",
    # stock counts, transactions, ratios, materials
    "book": "账面",
    "purchase": "采购",
    "sale": "销售",
    "transfer_in": "调入",
    "transfer_out": "调出",
    "measured": "实测",
    "fixed": "固定值",
    "from_clinker": "由熟料反推",
    "kiln": "窑",
    # reported figures and plan
    "facility": "设施",
    "default": "缺省值",
    "calculated": "计算",
    "quoted": "引用",
    "continuous": "连续",
    "daily": "每日",
    "batch": "每批",
    "monthly": "每月",
    "yearly": "每年",
    # activities, open items
    "look_up": "查",
    "ask": "问",
    "look": "看",
    "recompute": "验",
    "open": "未关闭",
    "closed": "已关闭",
}
TRUE = frozenset({"是", "yes", "true", "y", "1"})
FALSE = frozenset({"否", "no", "false", "n", "0"})


def folded(text: str) -> str:
    """A text for comparing names: one width, one case, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def choice_label(column: Column, choice: str) -> str:
    """Chinese label of a choice of a column."""
    if column.table == "" and column.name == "records" and choice in catalogue():
        return catalogue()[choice].zh
    if column.name == "track":
        return term(f"{choice}_track")["zh"]
    return LABELS.get(choice, choice)


@cache
def _choices(name: str, choices: tuple[str, ...]) -> Mapping[str, str]:
    column = Column(name, "choice", "", "", choices=choices)
    named = ((choice, (choice, choice_label(column, choice), LABELS.get(choice, choice))) for choice in choices)
    return {folded(text): choice for choice, texts in named for text in texts}


def choices_by_text(column: Column) -> Mapping[str, str]:
    """Choice ids of a column by every text that names them (id or Chinese label, folded)."""
    return _choices(column.name, column.choices)
