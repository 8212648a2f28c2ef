"""What the editions ask for beyond the common map: deducted materials since 2024, oxides, dust and heat before."""

from __future__ import annotations

from verifierkit.simulate.base import Plant
from verifierkit.simulate.cement_map import (
    ITEM_NAMES,
    LINE_NAMES,
    MATERIALS,
    OXIDE_NAMES,
    OXIDES,
    SUPPLIES,
    source,
    stream,
)
from verifierkit.simulate.cement_truth import LINES


def add_deducted(plant: Plant) -> None:
    """Non-carbonate raw materials of the 2024 rule, weighed wet by lorry."""
    for line, item in MATERIALS:
        tail, name = f"m_{line}_{item}", f"{LINE_NAMES[line]}{ITEM_NAMES[item]}"
        stream(
            plant,
            tail,
            f"{name}消耗",
            "t",
            ("n_materials", f"n_{line}"),
            item=item,
            facility_id=line,
            parameter="deducted_material_t",
        )
        source(
            plant,
            f"s_{tail}",
            f"{name}消耗台账",
            tail,
            "deducted_materials",
            1,
            instrument_id="i_weighbridge_materials",
            department="生产部",
        )


def add_supplementary(plant: Plant) -> None:
    """Streams and sources that the tables of 2017 and 2013 ask for beyond the rest."""
    stream(
        plant,
        "c_ent",
        "法人边界耗煤",
        "t",
        ("n_cap", "n_air"),
        item="bituminous",
        facility_id="ent",
        parameter="fuel_consumed",
        note="购销存台账：期初+购进-期末",
    )
    source(plant, "s_c_ent_ledger", "原煤购销存台账", "c_ent", "monthly_values", 1, department="财务部")
    source(
        plant,
        "s_ncv_ent",
        "进厂煤质检测报告",
        "c_ent",
        "coal_analyses",
        1,
        parameter="fuel_ncv",
        instrument_id="i_lab_coal",
        department="化验室",
    )
    stream(
        plant,
        "h_ent",
        "外购蒸汽",
        "GJ",
        ("n_heat_net", "n_living"),
        facility_id="ent",
        parameter="net_purchased_heat_gj",
    )
    source(
        plant, "s_h_ent", "外购蒸汽结算月报", "h_ent", "monthly_values", 1, instrument_id="i_h_ent", department="财务部"
    )
    for line in LINES:
        name = LINE_NAMES[line]
        for item in SUPPLIES:
            tail = f"e_{line}_{item}"
            stream(
                plant,
                tail,
                f"{name}用电（{ITEM_NAMES[item]}）",
                "MWh",
                (f"n_{line}", "n_other"),
                item=item,
                facility_id=line,
                parameter="electricity_consumed_mwh",
                note="按全厂供电来源比例分摊",
            )
            source(
                plant,
                f"s_{tail}",
                f"{name}用电来源分摊表（{ITEM_NAMES[item]}）",
                tail,
                "monthly_values",
                1,
                department="电气部",
            )
        for kind, title in (("kiln_dust", "窑尾排放粉尘"), ("bypass_dust", "旁路放风粉尘")):
            tail = f"w_{line}_{kind}"
            stream(plant, tail, f"{name}{title}", "t", (f"n_{line}", "n_air"), facility_id=line, parameter=f"{kind}_t")
            source(
                plant,
                f"s_{tail}",
                f"{name}{title}月报",
                tail,
                "monthly_values",
                1,
                instrument_id=f"i_w_{line}",
                department="环保部",
            )
        for oxide, title in zip(OXIDES, OXIDE_NAMES, strict=True):
            source(
                plant,
                f"s_{oxide}_{line}",
                f"{name}{title}化验台账",
                f"p_{line}",
                "lab_results",
                1,
                parameter=oxide,
                instrument_id="i_lab_oxides",
                department="化验室",
            )
