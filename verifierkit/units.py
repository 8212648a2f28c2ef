"""Declared units with exact factors. A unit that is not declared here is refused."""

from __future__ import annotations

from decimal import Decimal

from verifierkit.errors import UsageError

# unit -> (dimension, factor to the dimension's base unit); factors are exact by definition.
# kcal is the international table calorie, 4.1868 J exactly, as in GB/T 213 and GB/T 2589.
UNITS: dict[str, tuple[str, Decimal]] = {
    "1": ("number", Decimal(1)),
    "%": ("number", Decimal("0.01")),
    "t": ("mass", Decimal(1)),
    "kg": ("mass", Decimal("0.001")),
    "10^4 t": ("mass", Decimal(10000)),
    "tCO2": ("mass CO2", Decimal(1)),
    "tCO2e": ("mass CO2", Decimal(1)),
    "10^4 tCO2": ("mass CO2", Decimal(10000)),
    "MWh": ("electricity", Decimal(1)),
    "kWh": ("electricity", Decimal("0.001")),
    "Wh": ("electricity", Decimal("0.000001")),
    "10^-4 kWh": ("electricity", Decimal("0.0000001")),  # counts of a meter of four decimals
    "10^4 kWh": ("electricity", Decimal(10)),
    "GWh": ("electricity", Decimal(1000)),
    "GJ": ("heat", Decimal(1)),
    "MJ": ("heat", Decimal("0.001")),
    "kJ": ("heat", Decimal("0.000001")),
    "GJ/t": ("heat per mass", Decimal(1)),
    "MJ/kg": ("heat per mass", Decimal(1)),
    "kJ/kg": ("heat per mass", Decimal("0.001")),
    "kcal/kg": ("heat per mass", Decimal("0.0041868")),
    "10^4 Nm3": ("gas volume", Decimal(1)),
    "Nm3": ("gas volume", Decimal("0.0001")),
    "GJ/10^4 Nm3": ("heat per gas volume", Decimal(1)),
    "MJ/Nm3": ("heat per gas volume", Decimal(10)),
    "tC/GJ": ("carbon per heat", Decimal(1)),
    "kgC/GJ": ("carbon per heat", Decimal("0.001")),
    "tC/TJ": ("carbon per heat", Decimal("0.001")),
    "tC/t": ("carbon per mass", Decimal(1)),
    "tC/10^4 Nm3": ("carbon per gas volume", Decimal(1)),
    "tCO2/t": ("CO2 per mass", Decimal(1)),
    "tCO2e/t": ("CO2 per mass", Decimal(1)),
    "tCO2/tC": ("CO2 per carbon", Decimal(1)),
    "tCO2/MWh": ("CO2 per electricity", Decimal(1)),
    "kgCO2/kWh": ("CO2 per electricity", Decimal(1)),
    "tCO2/GJ": ("CO2 per heat", Decimal(1)),
    "tCO2/TJ": ("CO2 per heat", Decimal("0.001")),
    "kg/t": ("mass per mass", Decimal("0.001")),
    "t/t": ("mass per mass", Decimal(1)),
    "min/d": ("anode-effect minutes per cell-day", Decimal(1)),
    "kg/t per min/d": ("mass per mass per anode-effect minutes per cell-day", Decimal(1)),
    "kg/t per mV": ("mass per mass per voltage", Decimal(1)),
    "kWh/t": ("electricity per mass", Decimal("0.001")),
    "MWh/t": ("electricity per mass", Decimal(1)),
    "kA": ("current", Decimal(1)),
    "A": ("current", Decimal("0.001")),
    "V": ("voltage", Decimal(1)),
    "mV": ("voltage", Decimal("0.001")),
    "h": ("time", Decimal(1)),
    "min": ("time", Decimal(1) / Decimal(60)),
    "d": ("time", Decimal(24)),
    "t/d": ("mass per day", Decimal(1)),
    "t/a": ("mass per year", Decimal(1)),
    "MW": ("power", Decimal(1)),
    "yuan": ("money", Decimal(1)),
    "yuan/kWh": ("money per electricity", Decimal(1)),
}

ALIASES: dict[str, str] = {
    "吨": "t",
    "万吨": "10^4 t",
    "公斤": "kg",
    "千克": "kg",
    "兆瓦时": "MWh",
    "千瓦时": "kWh",
    "度": "kWh",
    "万千瓦时": "10^4 kWh",
    "万kWh": "10^4 kWh",
    "万度": "10^4 kWh",
    "吉焦": "GJ",
    "万Nm3": "10^4 Nm3",
    "万标方": "10^4 Nm3",
    "10^4Nm3": "10^4 Nm3",
    "GJ/万Nm3": "GJ/10^4 Nm3",
    "GJ/10^4Nm3": "GJ/10^4 Nm3",
    "元": "yuan",
    "元/千瓦时": "yuan/kWh",
    "小时": "h",
    "分钟": "min",
    "天": "d",
    "千安": "kA",
    "伏": "V",
    "tCO₂": "tCO2",
    "tCO₂e": "tCO2e",
}


def unit_name(text: str) -> str:
    """Return the declared name of a unit or of one of its aliases.

    Raises
    ------
    UsageError
        If the unit is not declared.
    """
    name = ALIASES.get(text.strip(), text.strip())
    if name not in UNITS:
        raise UsageError(f"unit {text!r} is not declared; declared units: {', '.join(UNITS)}")
    return name


def convert(value: Decimal, source: str, target: str) -> Decimal:
    """Convert a value between two declared units of one dimension, exactly.

    Raises
    ------
    UsageError
        If a unit is not declared or the dimensions differ.
    """
    source, target = unit_name(source), unit_name(target)
    if source == target:
        return value
    (dimension, factor), (other, divisor) = UNITS[source], UNITS[target]
    if dimension != other:
        raise UsageError(f"cannot convert {source} ({dimension}) to {target} ({other})")
    return value * factor / divisor
