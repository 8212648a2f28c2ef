"""Instruments of the simulated cement plant: meters with multipliers, scales, laboratories, surveys, certificates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from verifierkit.simulate.base import Plant
from verifierkit.simulate.noise import rectangular

HONEST_SHARE = 0.5  # an honest instrument stays within this share of its class limit
# Feeder meters: instrument tail -> (name, multiplier = CT x PT, register digits, accuracy limit)
METERS: dict[str, tuple[str, int, int, str]] = {
    "e_grid_main": ("关口主表（供电公司）", 66000, 6, "0.002"),
    "e_grid_check": ("关口副表（厂内）", 66000, 6, "0.005"),
    "e_whr": ("余热发电出线电能表", 21000, 6, "0.005"),
    "e_cap": ("自备机组出线电能表", 21000, 6, "0.005"),
    "e_k1": ("1号线总降馈线电能表", 40000, 6, "0.005"),
    "e_k2": ("2号线总降馈线电能表", 20000, 4, "0.005"),
    "e_grinding": ("粉磨馈线电能表", 30000, 6, "0.005"),
    "e_living": ("生活区电能表", 100, 6, "0.01"),
}
# Scales and laboratories: tail -> (name, kind, accuracy limit)
SCALES: dict[str, tuple[str, str, str]] = {
    "weighbridge": ("进出厂轨道衡", "weighbridge", "0.002"),
    "weighbridge_materials": ("原料汽车衡", "weighbridge", "0.002"),
    "c_k1": ("1号线入磨煤皮带秤", "belt_scale", "0.005"),
    "c_k2": ("2号线入磨煤皮带秤", "belt_scale", "0.005"),
    "c_cap": ("自备机组入炉煤皮带秤", "belt_scale", "0.005"),
    "f_k1": ("1号窑生料喂料秤", "belt_scale", "0.005"),
    "f_k2": ("2号窑生料喂料秤", "belt_scale", "0.005"),
    "p_k1": ("1号线熟料链斗秤", "belt_scale", "0.005"),
    "k_grinding": ("入水泥磨熟料皮带秤", "belt_scale", "0.005"),
    "d_ent": ("加油机流量计", "flow_meter", "0.005"),
    "h_k1": ("1号线热量表", "flow_meter", "0.02"),
    "h_k2": ("2号线热量表", "flow_meter", "0.02"),
    "lab_coal": ("煤质化验室量热仪", "laboratory", "0.003"),
    "survey_coal_yard": ("煤场激光盘点仪", "survey", "0.03"),
    "survey_clinker_silo": ("熟料库料位仪", "survey", "0.02"),
}
SCALES_2018 = {
    "h_ent": ("外购蒸汽热量表", "flow_meter", "0.02"),
    "lab_oxides": ("X射线荧光分析仪", "laboratory", "0.005"),
    "w_k1": ("1号线窑尾粉尘仪", "flow_meter", "0.05"),
    "w_k2": ("2号线窑尾粉尘仪", "flow_meter", "0.05"),
}


def add_instruments(plant: Plant, *, old: bool) -> None:
    """Instruments with their class limits, and certificates without a gap over the year."""
    for tail, (name, multiplier, digits, accuracy) in METERS.items():
        instrument(
            plant, tail, name, "electricity_meter", accuracy, multiplier=Decimal(multiplier), register_digits=digits
        )
    scales = SCALES | (SCALES_2018 if old else {})
    for tail, (name, kind, accuracy) in scales.items():
        instrument(plant, tail, name, kind, accuracy)


def instrument(plant: Plant, tail: str, name: str, kind: str, accuracy: str, **cells: Any) -> None:
    """Add one instrument and its two certificates: the old one runs out after the new one was issued."""
    instrument_id = f"i_{tail}"
    rng = plant.rng(f"certificate {instrument_id}")
    place = {"i_survey_coal_yard": "n_coal_yard", "i_survey_clinker_silo": "n_clinker_silo"}.get(
        instrument_id, name[:6]
    )
    plant.add(
        "instruments", instrument_id=instrument_id, name=name, model=f"SIM-{kind[:2].upper()}{int(rng.integers(100, 999))}",
        serial_no=f"{int(rng.integers(10**7, 10**8))}", kind=kind, place=place, accuracy_fraction=Decimal(accuracy),
        multiplier=cells.get("multiplier"), register_digits=cells.get("register_digits"), calibration_interval_months=12,
    )  # fmt: skip
    renewed = date(plant.year, int(rng.integers(3, 10)), int(rng.integers(1, 20)))
    for number, start in enumerate((renewed.replace(year=plant.year - 1) + timedelta(days=5), renewed)):
        plant.add(
            "calibrations", instrument_id=instrument_id, certificate_no=f"JD{start.year}-{tail}-{number + 1}",
            calibrated_on=start, valid_until=start.replace(year=start.year + 1) - timedelta(days=1), result="pass",
            error_fraction=None, body="示例省计量科学研究院",
        )  # fmt: skip


def bias(plant: Plant, tail: str) -> float:
    """Constant relative error of an instrument, honest by :data:`HONEST_SHARE` of its limit."""
    limit = float(METERS[tail][3]) if tail in METERS else float(SCALES[tail][2])
    return float(rectangular(plant.rng(f"bias {tail}"), half_width=HONEST_SHARE * limit))
