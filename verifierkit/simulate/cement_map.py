"""The map of the simulated cement plant: facilities, nodes, streams, instruments, sources, relations, calibrations.

Ids: streams ``e_`` electricity, ``c_`` coal, ``d_`` diesel, ``f_`` raw meal (kiln feed), ``p_`` clinker made,
``k_`` clinker moved, ``m_`` deducted material, ``h_`` heat, ``w_`` dust, ``q_`` quoted; sources ``s_``,
instruments ``i_`` and nodes ``n_`` with the same tails.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from verifierkit.simulate.base import Cells, Plant
from verifierkit.simulate.cement_truth import LINES

MATERIALS = (("k1", "steel_slag"), ("k1", "coal_fly_ash"), ("k2", "carbide_slag"))
ITEM_NAMES = {
    "steel_slag": "钢渣",
    "coal_fly_ash": "粉煤灰",
    "carbide_slag": "电石渣",
    "grid": "电网",
    "captive": "自备电厂",
    "waste_heat": "余热",
}
LINE_NAMES = {"k1": "1号线", "k2": "2号线"}
SUPPLIES = ("grid", "captive", "waste_heat")
OXIDES = ("clinker_cao_fraction", "clinker_mgo_fraction", "noncarbonate_cao_fraction", "noncarbonate_mgo_fraction")
OXIDE_NAMES = ("熟料氧化钙", "熟料氧化镁", "非碳酸盐氧化钙", "非碳酸盐氧化镁")


def supplementary(plant: Plant) -> bool:
    """Whether the year is reported by the supplementary table of 2017 and the guideline of 2013."""
    return plant.year < 2024


def build_map(plant: Plant) -> None:
    """Fill the map tables with what all editions share."""
    add_facilities(plant)
    add_nodes(plant)
    add_electricity(plant)
    add_coal(plant)
    add_lines(plant)
    add_clinker_stock(plant)


def add_facilities(plant: Plant) -> None:
    """The legal entity, two kiln lines, and what lies outside their boundary."""
    rows: tuple[tuple[str, str, str, str, str, str, bool], ...] = (
        ("ent", "示例水泥有限公司（法人边界）", "entity", "", "", "", False),
        ("k1", "1号熟料生产线", "clinker_line", "portland_clinker", "5500", "t/d", True),
        ("k2", "2号熟料生产线", "clinker_line", "portland_clinker", "2500", "t/d", True),
        ("whr1", "纯低温余热发电机组", "waste_heat_unit", "", "12", "MW", False),
        ("cap1", "自备燃煤发电机组", "captive_unit", "", "12", "MW", False),
        ("coalmill", "煤粉制备（两线共用）", "coal_mill", "", "", "", True),
        ("mill", "水泥粉磨", "cement_mill", "", "", "", False),
        ("living", "生活区", "living_quarters", "", "", "", False),
    )
    for facility, name, kind, kind_class, capacity, unit, inside in rows:
        plant.add(
            "facilities", facility_id=facility, name=name, kind=kind, facility_class=kind_class or None,
            capacity=Decimal(capacity) if capacity else None, capacity_unit=unit or None, in_entity_boundary=True,
            in_facility_boundary=inside, commissioned=date(2009, 6, 1), note=None,
        )  # fmt: skip


def add_nodes(plant: Plant) -> None:
    """Bus, coal yard and clinker silo are balanced; markets and processes are not."""
    rows = [
        ("n_grid", "电网关口", "boundary", "electricity", ""),
        ("n_bus", "总降母线", "bus", "electricity", ""),
        ("n_whr", "余热发电", "process", "electricity", "whr1"),
        ("n_cap", "自备发电", "process", "electricity", "cap1"),
        ("n_k1", "1号窑", "process", "clinker", "k1"),
        ("n_k2", "2号窑", "process", "clinker", "k2"),
        ("n_grinding", "水泥粉磨", "process", "cement", "mill"),
        ("n_living", "生活区", "process", "electricity", "living"),
        ("n_other", "其他及未计量", "process", "electricity", "ent"),
        ("n_coal_market", "煤炭供应商", "boundary", "coal", ""),
        ("n_coal_yard", "原煤堆场（两线与自备机组共用）", "store", "coal", "ent"),
        ("n_clinker_silo", "熟料库（两线共用）", "store", "clinker", "ent"),
        ("n_clinker_market", "熟料市场及关联厂", "boundary", "clinker", ""),
        ("n_raw_mill", "生料均化库", "process", "raw_meal", ""),
        ("n_materials", "替代原料供应商", "boundary", "material", ""),
        ("n_oil_market", "油品供应商", "boundary", "fuel", ""),
        ("n_vehicles", "厂内车辆与机械", "process", "fuel", "ent"),
        ("n_air", "大气", "boundary", "gas", ""),
        ("n_heat_net", "供热管网", "boundary", "heat", ""),
    ]
    for node, name, kind, quantity, facility in rows:
        basis = "as_received" if quantity == "coal" else "none"
        plant.add(
            "nodes", node_id=node, name=name, kind=kind, quantity=quantity, basis=basis, facility_id=facility or None
        )


def stream(plant: Plant, stream_id: str, name: str, unit: str, ends: tuple[str, str], **cells: str) -> None:
    """Add one stream; ``cells`` are item, facility_id, parameter and note."""
    wanted = {key: cells.get(key) or None for key in ("item", "facility_id", "parameter", "note")}
    plant.add("streams", stream_id=stream_id, name=name, unit=unit, from_node=ends[0], to_node=ends[1], **wanted)


def source(plant: Plant, source_id: str, name: str, stream_id: str, records: str, rank: int, **cells: str) -> None:
    """Add one source; ``cells`` are parameter, instrument_id, derives_from (default none), department."""
    plant.add(
        "sources", source_id=source_id, name=name, stream_id=stream_id, parameter=cells.get("parameter"),
        records=records, rank=rank, instrument_id=cells.get("instrument_id"),
        derives_from=cells.get("derives_from", "none"), department=cells.get("department", "生产部"),
        document=f"{name}（{plant.year}年）",
    )  # fmt: skip


def metered(plant: Plant, tail: str, name: str, daily: str, *, department: str = "生产部") -> None:
    """A quantity weighed day by day: daily log, monthly ledger (rank 1) and statistics form (rank 2)."""
    source(
        plant,
        f"s_{tail}_ledger",
        f"{name}月台账",
        tail,
        "monthly_values",
        1,
        derives_from=f"s_{tail}_daily",
        department=department,
    )
    source(
        plant,
        f"s_{tail}_stat",
        f"{name}统计报表",
        tail,
        "monthly_values",
        2,
        derives_from=f"s_{tail}_ledger",
        department="统计科",
    )
    source(plant, f"s_{tail}_daily", daily, tail, "daily_values", 3, instrument_id=f"i_{tail}", department=department)


def feeder(plant: Plant, tail: str, name: str, node: str, **cells: str) -> None:
    """An electricity feeder from the bus: meter readings (rank 2) and the ledger computed from them (rank 1)."""
    stream(plant, tail, f"{name}用电", "MWh", ("n_bus", node), **cells)
    source(
        plant,
        f"s_{tail}_ledger",
        f"{name}电量月台账",
        tail,
        "monthly_values",
        1,
        derives_from=f"s_{tail}_meter",
        department="电气部",
    )
    source(
        plant,
        f"s_{tail}_meter",
        f"{name}电能表抄表记录",
        tail,
        "meter_readings",
        2,
        instrument_id=f"i_{tail}",
        department="电气部",
    )


def add_electricity(plant: Plant) -> None:
    """Grid, waste heat and captive unit feed one bus; what no meter sees leaves as ``e_other`` without a source."""
    old = supplementary(plant)
    parameter = "net_purchased_electricity_mwh" if old else ""
    stream(
        plant,
        "e_grid",
        "购入电网电量",
        "MWh",
        ("n_grid", "n_bus"),
        item="grid" if not old else "",
        facility_id="ent",
        parameter=parameter,
    )
    source(
        plant,
        "s_e_grid_bill",
        "电费结算单",
        "e_grid",
        "settlement_bills",
        1,
        instrument_id="i_e_grid_main",
        department="财务部",
    )
    source(
        plant,
        "s_e_grid_check",
        "关口副表抄表记录",
        "e_grid",
        "meter_readings",
        2,
        instrument_id="i_e_grid_check",
        department="电气部",
    )
    for tail, name, node, facility, item in (
        ("e_whr", "余热发电供电", "n_whr", "whr1", "waste_heat"),
        ("e_cap", "自备机组供电", "n_cap", "cap1", "captive"),
    ):
        stream(plant, tail, name, "MWh", (node, "n_bus"), item=item, facility_id=facility)
        source(plant, f"s_{tail}", f"{name}月报", tail, "generation", 1, instrument_id=f"i_{tail}", department="发电部")
    for line in LINES:
        feeder(
            plant,
            f"e_{line}",
            LINE_NAMES[line],
            f"n_{line}",
            facility_id=line,
            parameter="" if old else "electricity_mwh",
        )
    feeder(plant, "e_grinding", "水泥粉磨", "n_grinding", facility_id="mill")
    feeder(plant, "e_living", "生活区", "n_living", facility_id="living")
    stream(
        plant,
        "e_other",
        "其他及未计量用电",
        "MWh",
        ("n_bus", "n_other"),
        facility_id="ent",
        note="照明、机修、线损等，未装表",
    )


def add_coal(plant: Plant) -> None:
    """One coal yard: lots in, two kilns and the captive unit out; heat value by composite samples of each line."""
    stream(plant, "c_buy", "原煤购进", "t", ("n_coal_market", "n_coal_yard"), item="bituminous", facility_id="ent")
    lots: Cells = {"derives_from": "s_c_buy_tickets", "department": "供应部"}
    source(plant, "s_c_buy", "原煤购进明细", "c_buy", "transactions", 1, **lots)
    tickets: Cells = {"instrument_id": "i_weighbridge", "department": "供应部"}
    source(plant, "s_c_buy_tickets", "原煤轨道衡磅单", "c_buy", "tickets", 2, **tickets)
    ledger: Cells = {"derives_from": "s_c_buy", "department": "供应部"}
    source(plant, "s_c_buy_ledger", "原煤收货月台账", "c_buy", "monthly_values", 3, **ledger)
    for line in LINES:
        tail, name = f"c_{line}", f"{LINE_NAMES[line]}耗煤"
        stream(
            plant,
            tail,
            name,
            "t",
            ("n_coal_yard", f"n_{line}"),
            item="bituminous",
            facility_id=line,
            parameter="fuel_consumed",
        )
        metered(plant, tail, name, f"{name}日台账")
        source(
            plant,
            f"s_ncv_{line}",
            f"{LINE_NAMES[line]}煤质检测报告",
            tail,
            "coal_analyses",
            1,
            parameter="fuel_ncv",
            instrument_id="i_lab_coal",
            department="化验室",
        )
    stream(plant, "c_cap", "自备机组耗煤", "t", ("n_coal_yard", "n_cap"), item="bituminous", facility_id="cap1")
    metered(plant, "c_cap", "自备机组耗煤", "自备机组耗煤日台账", department="发电部")
    stream(
        plant,
        "d_ent",
        "厂内车辆柴油",
        "t",
        ("n_oil_market", "n_vehicles"),
        item="diesel",
        facility_id="ent",
        parameter="fuel_consumed",
    )
    source(
        plant,
        "s_d_ent_ledger",
        "柴油消耗月台账",
        "d_ent",
        "monthly_values",
        1,
        derives_from="s_d_ent_tickets",
        department="供应部",
    )
    source(plant, "s_d_ent_tickets", "柴油加油单", "d_ent", "tickets", 2, instrument_id="i_d_ent", department="供应部")
    if not supplementary(plant):
        stream(
            plant,
            "q_power_unit",
            "自备机组核查排放量",
            "tCO2",
            ("n_cap", "n_air"),
            facility_id="ent",
            parameter="power_unit_co2_t",
        )
        source(
            plant,
            "s_power_unit_report",
            "自备机组发电设施核查报告",
            "q_power_unit",
            "documents",
            1,
            department="发电部",
        )


def add_lines(plant: Plant) -> None:
    """Kiln feed and clinker: K1 by chain-bucket scale, K2 by kiln feed over the measured raw-meal ratio."""
    old = supplementary(plant)
    for line in LINES:
        name = LINE_NAMES[line]
        stream(
            plant,
            f"f_{line}",
            f"{name}入窑生料",
            "t",
            ("n_raw_mill", f"n_{line}"),
            facility_id=line,
            parameter="raw_meal_t" if old else "",
        )
        metered(plant, f"f_{line}", f"{name}入窑生料", f"{name}生料喂料日台账")
        stream(
            plant,
            f"p_{line}",
            f"{name}熟料产量",
            "t",
            (f"n_{line}", "n_clinker_silo"),
            facility_id=line,
            parameter="clinker_produced_t",
        )
        stream(
            plant,
            f"h_{line}",
            f"{name}余热蒸汽用热",
            "GJ",
            ("n_whr", f"n_{line}"),
            item="waste_heat" if old else "",
            facility_id=line,
            parameter="heat_consumed_gj" if old else "heat_gj",
        )
        source(
            plant,
            f"s_h_{line}",
            f"{name}用热月报",
            f"h_{line}",
            "monthly_values",
            1,
            instrument_id=f"i_h_{line}",
            department="发电部",
        )
        uncertainty = "0.02" if line == "k1" else "0.01"
        plant.add(
            "relations", relation_id=f"r_{line}_ratio", kind="ratio", output_stream=f"p_{line}", input_streams=f"f_{line}",
            coefficient=None, uncertainty_fraction=Decimal(uncertainty), note="生料料耗比见料耗比表",
        )  # fmt: skip
    metered(plant, "p_k1", "1号线熟料产量", "1号线熟料产量日台账")
    source(plant, "s_p_k1_feed", "1号线料耗法推算产量", "p_k1", "feed_over_ratio", 4, instrument_id="i_f_k1")
    source(plant, "s_p_k2_ledger", "2号线熟料产量月台账", "p_k2", "monthly_values", 1, derives_from="s_p_k2_feed")
    source(
        plant,
        "s_p_k2_stat",
        "2号线熟料产量统计报表",
        "p_k2",
        "monthly_values",
        2,
        derives_from="s_p_k2_ledger",
        department="统计科",
    )
    source(plant, "s_p_k2_feed", "2号线料耗法计算产量", "p_k2", "feed_over_ratio", 3, instrument_id="i_f_k2")


def add_clinker_stock(plant: Plant) -> None:
    """Clinker bought, transferred to a sister plant, sold, and taken by the own cement mills."""
    for tail, name, ends in (
        ("k_buy", "外购熟料", ("n_clinker_market", "n_clinker_silo")),
        ("k_transfer", "调拨关联厂熟料", ("n_clinker_silo", "n_clinker_market")),
        ("k_sale", "销售熟料", ("n_clinker_silo", "n_clinker_market")),
    ):
        stream(plant, tail, name, "t", ends, facility_id="ent")
        source(
            plant,
            f"s_{tail}",
            f"{name}明细",
            tail,
            "transactions",
            1,
            instrument_id="i_weighbridge",
            department="销售部",
        )
    stream(plant, "k_grinding", "入水泥磨熟料", "t", ("n_clinker_silo", "n_grinding"), facility_id="mill")
    metered(plant, "k_grinding", "入水泥磨熟料", "入水泥磨熟料日台账")
