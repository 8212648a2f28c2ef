"""The map of the simulated smelter: facilities, nodes, streams, instruments, sources, and their calibrations.

Ids: streams ``e_`` electricity, ``m_`` metal, ``a_`` anodes, ``f_`` fuel, ``c_`` carbonates, ``q_`` quoted; sources
``s_``, instruments ``i_``, nodes ``n_`` (balanced or process) and ``b_`` (outside).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from verifierkit.simulate.aluminium_network import (
    ENTITY,
    Feeder,
    add_calibrations,
    captive_bus,
    feeders,
    has_old_tables,
    instrument,
    source,
    stream,
)
from verifierkit.simulate.aluminium_truth import LINES, Line
from verifierkit.simulate.base import Plant


def build_map(plant: Plant) -> None:
    """Write facilities, nodes, streams, instruments and sources."""
    _facilities(plant)
    _nodes(plant)
    for line in LINES:
        _metal_map(plant, line)
        _anode_map(plant, line)
    _casthouse_map(plant)
    _electricity_map(plant)
    _entity_map(plant)
    _coal_map(plant) if has_old_tables(plant) else _power_report_map(plant)
    _surveys(plant)
    add_calibrations(plant)


def _facilities(plant: Plant) -> None:
    rows: list[tuple[str, str, str, str, str, str, bool]] = [
        (ENTITY, "示例铝业有限公司", "entity", "", "", "", False),
        *((line.id, line.name, "potline", "prebaked_cells", "315000" if line.id == "p1" else "205000", "t/a",
        True) for line in LINES),
        ("casthouse", "铸造车间", "casthouse", "", "560000", "t/a", False),
        ("anode_plant", "阳极厂", "anode_plant", "", "290000", "t/a", False),
        ("captive", "自备电厂", "captive_unit", "", "700", "MW", False),
        ("living", "生活区", "living_quarters", "", "", "", False),
    ]  # fmt: skip
    for facility, name, kind, kind_class, capacity, unit, inside in rows:
        plant.add(
            "facilities", facility_id=facility, name=name, kind=kind, facility_class=kind_class,
            capacity=Decimal(capacity) if capacity else None, capacity_unit=unit or None,
            in_entity_boundary=facility != "living", in_facility_boundary=inside,
            commissioned=date(2011, 6, 1) if inside else None,
        )  # fmt: skip


def _nodes(plant: Plant) -> None:
    rows = [
        ("b_grid", "电网", "boundary", "electricity", ""),
        ("n_bus", "厂用交流母线", "bus", "electricity", ENTITY),
        ("n_captive", "自备电厂", "process", "electricity", "captive"),
        ("n_auxiliaries", "动力与净化", "process", "electricity", ENTITY),
        ("n_casting", "铸造工序", "process", "metal", "casthouse"),
        ("n_anode_plant", "阳极厂", "process", "anode", "anode_plant"),
        ("n_living", "生活区", "boundary", "electricity", "living"),
        ("n_unmetered", "未计量零星用电", "boundary", "electricity", ""),
        ("n_cast", "铸造车间铝液与熔炼炉", "store", "metal", "casthouse"),
        ("b_metal", "外购与外销铝", "boundary", "metal", ""),
        ("b_supply", "燃料与原料供应", "boundary", "fuel", ""),
        ("n_furnaces", "焙烧与熔炼炉", "process", "fuel", ENTITY),
        ("n_treatment", "烟气净化与精炼", "process", "material", ENTITY),
    ]
    for line in LINES:
        rows += [
            (f"n_{line.id}", f"{line.name}电解槽", "process", "metal", line.id),
            (f"n_anodes_{line.id}", f"{line.name}阳极库", "store", "anode", line.id),
        ]
    if has_old_tables(plant):
        rows += [
            ("n_bus_captive", "自备电厂母线", "bus", "electricity", ENTITY),
            ("n_coal", "自备电厂煤场", "store", "coal", ENTITY),
        ]
    for node, name, kind, quantity, facility in rows:
        basis = "as_received" if quantity == "coal" else "none"
        plant.add(
            "nodes", node_id=node, name=name, kind=kind, quantity=quantity, basis=basis, facility_id=facility or None
        )


def _metal_map(plant: Plant, line: Line) -> None:
    key, name = line.id, line.name
    on = stream(plant, f"m_{key}", f"{name}铝液产量", "t", (f"n_{key}", "n_cast"), key, "metal_produced_t")
    crane = instrument(plant, f"{key}_crane", f"{name}出铝天车秤", "crane_scale", "0.005")
    if key == LINES[0].id:
        instrument(plant, "cast_scale", "铸造车间抬包地磅", "weighbridge", "0.002")
    daily = source(
        plant, f"{key}_tap_daily", f"{name}出铝日台账", on, "daily_values", 4, instrument=crane, department="电解车间"
    )
    ledger = source(plant, f"{key}_metal", f"{name}铝液产量台账", on, "metal", 1, derives=daily, department="生产部")
    source(
        plant,
        f"{key}_metal_received",
        f"铸造车间收铝记录（{name}）",
        on,
        "monthly_values",
        2,
        instrument="i_cast_scale",
        department="铸造车间",
    )
    source(
        plant,
        f"{key}_metal_stat",
        f"工业产销总值及主要产品产量表（{name}）",
        on,
        "monthly_values",
        3,
        derives=ledger,
        department="统计部",
    )


def _anode_map(plant: Plant, line: Line) -> None:
    key, name, store = line.id, line.name, f"n_anodes_{line.id}"
    on = stream(plant, f"a_{key}", f"{name}上槽新极", "t", (store, f"n_{key}"), key, "anode_consumed_t")
    scale = instrument(plant, f"{key}_anode_scale", f"{name}组装车间阳极秤", "weighbridge", "0.003")
    count = instrument(plant, f"{key}_anode_count", f"{name}换极计数", "counter", "0.01", interval=12)
    daily = source(
        plant,
        f"{key}_anode_daily",
        f"{name}阳极上槽日台账",
        on,
        "daily_values",
        4,
        instrument=scale,
        department="电解车间",
    )
    ledger = source(plant, f"{key}_anode", f"{name}阳极台账", on, "anodes", 1, derives=daily, department="生产部")
    source(
        plant,
        f"{key}_anode_changes",
        f"{name}换极记录（块数乘平均块重）",
        on,
        "monthly_values",
        2,
        instrument=count,
        department="电解车间",
    )
    source(
        plant,
        f"{key}_anode_stat",
        f"{name}原材料消耗统计表",
        on,
        "monthly_values",
        3,
        derives=ledger,
        department="统计部",
    )
    if key == LINES[0].id:
        instrument(plant, "anode_scale", "阳极厂成品地磅", "weighbridge", "0.002")
    on = stream(plant, f"a_{key}_in", f"{name}阳极入库", "t", ("n_anode_plant", store), key)
    source(
        plant,
        f"{key}_anode_in",
        f"{name}阳极入库磅单",
        on,
        "tickets",
        1,
        instrument="i_anode_scale",
        department="阳极厂",
    )
    side = [("anode_startup", "启动槽用极", store, f"n_{key}"), ("anode_scrap", "阳极报废", store, "n_anode_plant")]
    for side_id, side_name, from_node, to_node in [*side, ("butts", "残极返回", f"n_{key}", "n_anode_plant")]:
        on = stream(
            plant, f"a_{key}_{side_id.removeprefix('anode_')}", f"{name}{side_name}", "t", (from_node, to_node), key
        )
        source(
            plant,
            f"{key}_{side_id}",
            f"{name}{side_name}月报",
            on,
            "monthly_values",
            1,
            instrument=scale,
            department="电解车间",
        )


def _casthouse_map(plant: Plant) -> None:
    ingot = instrument(plant, "ingot_scale", "铝锭打捆秤", "weighbridge", "0.001")
    gate = instrument(plant, "gate_scale", "物流门汽车衡", "weighbridge", "0.002")
    dross = instrument(plant, "dross_scale", "铝灰秤", "weighbridge", "0.01")
    on = stream(plant, "m_transfer", "一系列灌入二系列铝液", "t", ("n_p1", "n_p2"), "p2")
    source(
        plant, "transfer", "系列间铝液调拨单", on, "monthly_values", 1, instrument="i_p1_crane", department="电解车间"
    )
    rows = [
        ("bought", "外购铝", ("b_metal", "n_cast"), "transactions", gate, "采购部"),
        ("remelted", "废铝回炉", ("n_casting", "n_cast"), "monthly_values", ingot, "铸造车间"),
        ("alloying", "合金元素", ("b_metal", "n_cast"), "monthly_values", ingot, "铸造车间"),
        ("ingot", "铝锭", ("n_cast", "n_casting"), "monthly_values", ingot, "铸造车间"),
        ("molten_sold", "铝液外销", ("n_cast", "b_metal"), "transactions", gate, "销售部"),
        ("melt_loss", "铸造烧损", ("n_cast", "n_casting"), "monthly_values", dross, "铸造车间"),
    ]
    for key, name, nodes, records, scale, department in rows:
        on = stream(plant, f"m_{key}", name, "t", nodes, "casthouse")
        source(plant, key, f"{name}记录", on, records, 1, instrument=scale, department=department)


def _surveys(plant: Plant) -> None:
    """Stock counts: anodes by the piece, furnaces by dipstick, coal by survey; the place is the node counted."""
    for line in LINES:
        instrument(
            plant, f"survey_anodes_{line.id}", f"{line.name}阳极盘点", "survey", "0.01", place=f"n_anodes_{line.id}"
        )
    instrument(plant, "survey_cast", "熔炼炉液位盘点", "survey", "0.02", place="n_cast")
    if has_old_tables(plant):
        instrument(plant, "survey_coal", "煤场激光盘点仪", "survey", "0.03", place="n_coal")


def _electricity_map(plant: Plant) -> None:
    parameter = "net_purchased_electricity_mwh" if has_old_tables(plant) else ""
    main = instrument(
        plant,
        "e_grid_main",
        "220kV关口结算表",
        "electricity_meter",
        "0.002",
        multiplier=880000,
        digits=4,
        place="220kV总降变",
    )
    check = instrument(
        plant,
        "e_grid_gate",
        "220kV关口副表",
        "electricity_meter",
        "0.002",
        multiplier=880000,
        digits=6,
        place="220kV总降变",
    )
    on = stream(
        plant, "e_grid", "电网购入电量", "MWh", ("b_grid", "n_bus"), ENTITY, parameter, "" if parameter else "grid"
    )
    source(plant, "e_grid_bill", "电费结算单", on, "settlement_bills", 1, instrument=main, department="财务部")
    source(plant, "e_grid_gate", "关口副表抄表记录", on, "meter_readings", 2, instrument=check)
    meter = instrument(
        plant,
        "e_captive",
        "自备电厂供电总表",
        "electricity_meter",
        "0.002",
        multiplier=1320000,
        digits=6,
        place="自备电厂升压站",
    )
    on = stream(
        plant, "e_captive", "自备电厂供电量", "MWh", ("n_captive", captive_bus(plant)), "captive", "", "captive"
    )
    source(plant, "e_captive", "自备电厂供电抄表记录", on, "meter_readings", 1, instrument=meter, department="自备电厂")
    for feeder in feeders(plant):
        _feeder_map(plant, feeder)
    stream(plant, "e_remainder", "零星未计量用电", "MWh", ("n_bus", "n_unmetered"), ENTITY, note="未装表，不计量")


def _feeder_map(plant: Plant, feeder: Feeder) -> None:
    accuracy = "0.002" if feeder.parameter else "0.005"
    meter = instrument(
        plant,
        f"e_{feeder.id}",
        f"{feeder.name}表",
        "electricity_meter",
        accuracy,
        multiplier=feeder.multiplier,
        digits=6,
    )
    nodes = (feeder.from_node, feeder.to_node)
    on = stream(plant, f"e_{feeder.id}", feeder.name, "MWh", nodes, feeder.facility, feeder.parameter, feeder.item)
    if not feeder.parameter:
        source(plant, f"e_{feeder.id}", f"{feeder.name}抄表记录", on, "meter_readings", 1, instrument=meter)
        return
    readings = source(
        plant, f"e_{feeder.id}_meter", f"{feeder.name}抄表记录", on, "meter_readings", 3, instrument=meter
    )
    ledger = source(plant, f"e_{feeder.id}", f"{feeder.name}量台账", on, "monthly_values", 1, derives=readings)
    source(
        plant,
        f"e_{feeder.id}_report",
        f"能源报表（{feeder.name}）",
        on,
        "monthly_values",
        2,
        derives=ledger,
        department="生产部",
    )


def _entity_map(plant: Plant) -> None:
    own = instrument(plant, "gas_own", "天然气总管流量计", "flow_meter", "0.01")
    supplier = instrument(plant, "gas_supplier", "燃气公司流量计", "flow_meter", "0.01")
    on = stream(
        plant, "f_natural_gas", "天然气", "10^4 Nm3", ("b_supply", "n_furnaces"), ENTITY, "fuel_consumed", "natural_gas"
    )
    daily = source(plant, "natural_gas_daily", "天然气日抄表", on, "daily_values", 4, instrument=own)
    source(plant, "natural_gas", "天然气消耗台账", on, "monthly_values", 1, derives=daily)
    source(
        plant, "natural_gas_bill", "燃气公司结算单", on, "monthly_values", 2, instrument=supplier, department="财务部"
    )
    pump = instrument(plant, "diesel_pump", "厂内加油机", "flow_meter", "0.003", interval=6)
    scale = "i_gate_scale"
    rows = [
        ("diesel", "柴油", "fuel_consumed", "n_furnaces", pump),
        ("limestone", "石灰石", "carbonate_t", "n_treatment", scale),
    ]
    if not has_old_tables(plant):
        rows.append(("soda_ash", "纯碱", "carbonate_t", "n_treatment", scale))
    for item, name, parameter, node, meter in rows:
        on = stream(
            plant, f"{'f' if item == 'diesel' else 'c'}_{item}", name, "t", ("b_supply", node), ENTITY, parameter, item
        )
        tickets = source(
            plant, f"{item}_tickets", f"{name}领用单", on, "tickets", 4, instrument=meter, department="供应部"
        )
        source(plant, item, f"{name}消耗台账", on, "monthly_values", 1, derives=tickets, department="生产部")


def _power_report_map(plant: Plant) -> None:
    """The captive plant is in the power market: the entity quotes its verified emission."""
    on = stream(
        plant, "q_power_unit", "自备电厂经核查排放量", "tCO2", ("n_captive", "n_unmetered"), ENTITY, "power_unit_co2_t"
    )
    source(plant, "power_unit", "自备电厂核查报告（发电行业）", on, "documents", 1, department="自备电厂")


def _coal_map(plant: Plant) -> None:
    belt = instrument(plant, "coal_belt", "入炉煤皮带秤", "belt_scale", "0.005", interval=3)
    rail = instrument(plant, "rail_scale", "轨道衡", "weighbridge", "0.002")
    laboratory = instrument(plant, "coal_lab", "自备电厂煤化验室量热仪", "laboratory", "0.005")
    on = stream(plant, "f_bituminous", "入炉煤", "t", ("n_coal", "n_captive"), ENTITY, "fuel_consumed", "bituminous")
    daily = source(plant, "coal_daily", "入炉煤日台账", on, "daily_values", 4, instrument=belt, department="自备电厂")
    ledger = source(plant, "coal", "入炉煤台账", on, "monthly_values", 1, derives=daily, department="自备电厂")
    source(plant, "coal_stat", "205-1能源购进消费与库存", on, "monthly_values", 3, derives=ledger, department="统计部")
    source(
        plant, "coal_lab", "入炉煤化验报告", on, "coal_analyses", 1, instrument=laboratory, parameter="fuel_ncv",
        department="自备电厂",
    )  # fmt: skip
    on = stream(plant, "f_coal_in", "购入煤", "t", ("b_supply", "n_coal"), ENTITY)
    source(plant, "coal_in", "来煤验收单", on, "transactions", 1, instrument=rail, department="采购部")
