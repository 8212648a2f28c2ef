"""How the simulated smelter computes and files its figures, on both tracks.

Written apart from the engine: Decimal arithmetic, each figure rounded half up when it is filed, later figures
computed from the filed ones. Year of a quantity or a monthly result = sum of the filed months.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, localcontext

from verifierkit.errors import UsageError
from verifierkit.periods import month_of
from verifierkit.simulate.aluminium_ledgers import month_values
from verifierkit.simulate.aluminium_network import ENTITY, has_old_tables, rectifier_feeders
from verifierkit.simulate.aluminium_truth import LINES, Line
from verifierkit.simulate.base import PRECISION, Cells, Plant, weighted_mean

ZERO = Decimal(0)
POT_CLASS = "prebaked_cells"
ANODE_FACTORS = (("anode_sulphur_fraction", "1"), ("anode_ash_fraction", "1"))
PFC_FACTORS = (
    ("cf4_factor_kg_per_t", "kg/t"),
    ("c2f6_factor_kg_per_t", "kg/t"),
    ("gwp_cf4", "tCO2e/t"),
    ("gwp_c2f6", "tCO2e/t"),
)
FUEL_UNITS = {"natural_gas": ("10^4 Nm3", "GJ/10^4 Nm3"), "diesel": ("t", "GJ/t"), "bituminous": ("t", "GJ/t")}
SCALED_UNITS = ("t", "tCO2", "tCO2e", "MWh", "GJ", "10^4 Nm3")


def build_report(plant: Plant) -> None:
    """File the figures of the data year and of the year before."""
    with localcontext(Context(prec=PRECISION)):
        for line in LINES:
            _line_2017(plant, line) if has_old_tables(plant) else _line_2024(plant, line)
        _entity_2013(plant) if has_old_tables(plant) else _entity_2024(plant)
        _last_year(plant)


def months_and_year(
    plant: Plant, track: str, facility: str, parameter: str, values: Mapping[str, Decimal], *, unit: str,
    digits: int = 2,
    item: str = "", route: str = "measured",
) -> list[Decimal]:  # fmt: skip
    """File the months of a quantity and their sum as the year; return the months as filed."""
    months = [
        plant.file(track, facility, parameter, value, unit=unit, digits=digits, item=item, month=month, route=route)
        for month, value in values.items()
    ]
    plant.file(track, facility, parameter, sum(months, ZERO), unit=unit, digits=digits, item=item, route=route)
    return months


def pack_value(plant: Plant, track: str, parameter: str, *keys: str) -> Decimal:
    """Value of the rule pack under the first of the keys that it has."""
    for key in keys[:-1]:
        try:
            return plant.factor(track, parameter, key)
        except UsageError:
            continue
    return plant.factor(track, parameter, keys[-1])


def constant(
    plant: Plant, track: str, facility: str, parameter: str, *, unit: str, item: str = "", keys: Sequence[str] = (),
    monthly: bool = True,
) -> list[Decimal]:  # fmt: skip
    """File a default factor for each month and the year as the pack prints it; the months (or the year) as filed."""
    value = pack_value(plant, track, parameter, *(keys or (item,)))
    digits = max(-int(value.as_tuple().exponent), 0)
    filed = [
        plant.file(track, facility, parameter, value, unit=unit, digits=digits, item=item, month=month, route="default")
        for month in [*(plant.months if monthly else []), ""]
    ]
    return filed[:-1] if monthly else filed


def _tapped(row: Cells) -> Decimal:
    """Metal tapped of a ledger row [t]."""
    return Decimal(row["tapped_t"])


def _set(row: Cells) -> Decimal:
    """New anodes set of a ledger row [t]."""
    return Decimal(row["set_t"])


def metal_months(plant: Plant, line: str) -> dict[str, Decimal]:
    """Metal of the months as the report takes it: metal tapped, or what a bad habit takes for it [t]."""
    rows = {row["month"]: row for row in plant.rows("metal", source_id=f"s_{line}_metal")}
    takes = {month: plant.habits.get(("metal", line, month), _tapped) for month in rows}
    return {month: takes[month](row) for month, row in rows.items()}


def anode_months(plant: Plant, line: str) -> dict[str, Decimal]:
    """Anodes of the months as the report takes them: new anodes set, or what a bad habit takes for it [t]."""
    rows = {row["month"]: row for row in plant.rows("anodes", source_id=f"s_{line}_anode")}
    takes = {month: plant.habits.get(("anode", line, month), _set) for month in rows}
    return {month: takes[month](row) for month, row in rows.items()}


def _line_2024(plant: Plant, line: Line) -> None:
    """One potline of the 2024 rule: gross anodes, anode effect by metal, intensity, AC electricity."""
    key, track = line.id, "facility"
    anode = months_and_year(plant, track, key, "anode_consumed_t", anode_months(plant, key), unit="t")
    loss, sulphur, ash = (
        constant(plant, track, key, name, unit=unit, keys=("", POT_CLASS))
        for name, unit in (("anode_loss_fraction", "1"), *ANODE_FACTORS)
    )
    parts = zip(plant.months, anode, loss, sulphur, ash, strict=True)
    burned = {month: t * (1 - share) * (1 - s - a) * 44 / 12 for month, t, share, s, a in parts}
    anode_co2 = months_and_year(plant, track, key, "anode_co2_t", burned, unit="tCO2", route="calculated")
    metal = months_and_year(plant, track, key, "metal_produced_t", metal_months(plant, key), unit="t")
    cf4, c2f6, gwp_cf4, gwp_c2f6 = (
        constant(plant, track, key, name, unit=unit, keys=("", POT_CLASS)) for name, unit in PFC_FACTORS
    )
    gases = zip(plant.months, metal, cf4, c2f6, gwp_cf4, gwp_c2f6, strict=True)
    effect = {month: t * (one * g1 + two * g2) / 1000 for month, t, one, two, g1, g2 in gases}
    pfc = months_and_year(plant, track, key, "pfc_co2e_t", effect, unit="tCO2e", route="calculated")
    total = {month: a + p for month, a, p in zip(plant.months, anode_co2, pfc, strict=True)}
    all_co2 = months_and_year(plant, track, key, "potline_co2e_t", total, unit="tCO2e", route="calculated")
    unit = "tCO2e/t"
    for month, emission, made in zip(plant.months, all_co2, metal, strict=True):
        plant.file(track, key, "potline_intensity_tco2e_per_t", emission / made, unit=unit, digits=4, month=month)
    emission, made = (plant.filed[track, key, name, "", ""] for name in ("potline_co2e_t", "metal_produced_t"))
    plant.file(track, key, "potline_intensity_tco2e_per_t", emission / made, unit=unit, digits=4)
    months_and_year(plant, track, key, "electricity_mwh", month_values(plant, f"s_e_{key}"), unit="MWh", digits=3)


def _fuel(plant: Plant, item: str, source: str, *, monthly: bool, laboratory: str = "") -> Decimal:
    """A fuel of the entity; return its emission of the year [tCO2]."""
    unit, heat_unit = FUEL_UNITS[item]
    consumed = months_and_year(
        plant, "entity", ENTITY, "fuel_consumed", month_values(plant, source), unit=unit, item=item
    )
    if laboratory:
        _measured_heat(plant, item, laboratory, consumed)
        heat = []
    else:
        heat = constant(plant, "entity", ENTITY, "fuel_ncv", unit=heat_unit, item=item, monthly=monthly)
    carbon = constant(plant, "entity", ENTITY, "carbon_content_tc_per_gj", unit="tC/GJ", item=item, monthly=monthly)
    burnt = constant(plant, "entity", ENTITY, "oxidation_fraction", unit="1", item=item, monthly=monthly)
    if monthly:
        rows = zip(plant.months, consumed, heat, carbon, burnt, strict=True)
        values = {month: fc * ncv * cc * of * 44 / 12 for month, fc, ncv, cc, of in rows}
        months_and_year(plant, "entity", ENTITY, "fuel_co2_t", values, unit="tCO2", item=item, route="calculated")
        return plant.filed["entity", ENTITY, "fuel_co2_t", item, ""]
    names = ("fuel_consumed", "fuel_ncv", "carbon_content_tc_per_gj", "oxidation_fraction")
    fc, ncv, cc, of = (plant.filed["entity", ENTITY, name, item, ""] for name in names)
    return plant.file("entity", ENTITY, "fuel_co2_t", fc * ncv * cc * of * 44 / 12, unit="tCO2", digits=2, item=item)


def _measured_heat(plant: Plant, item: str, laboratory: str, consumed: Sequence[Decimal]) -> None:
    """Heat value by month weighted by batch, by year weighted by consumption [GJ/t]."""
    months = []
    for month in plant.months:
        rows = [
            row for row in plant.rows("coal_analyses", source_id=laboratory) if month_of(row["sampled_on"]) == month
        ]
        plain = ("unweighted", laboratory, month) in plant.habits
        weights = [Decimal(1) if plain else row["batch_t"] for row in rows]
        value = weighted_mean([row["ncv_gj_per_t"] for row in rows], weights, 3)
        months.append(
            plant.file(
                "entity", ENTITY, "fuel_ncv", value, unit="GJ/t", digits=3, item=item, month=month, route="measured"
            )
        )
    year = weighted_mean(months, consumed, 3)
    plant.file("entity", ENTITY, "fuel_ncv", year, unit="GJ/t", digits=3, item=item, route="measured")


def _carbonate(plant: Plant, item: str, *, monthly: bool) -> Decimal:
    """A carbonate of the entity; return its emission of the year [tCO2]."""
    track = "entity"
    used = months_and_year(plant, track, ENTITY, "carbonate_t", month_values(plant, f"s_{item}"), unit="t", item=item)
    factor = constant(plant, track, ENTITY, "carbonate_factor_tco2_per_t", unit="tCO2/t", item=item, monthly=monthly)
    if monthly:
        purity = constant(plant, track, ENTITY, "carbonate_purity_fraction", unit="1", item=item, keys=(item, ""))
        rows = zip(plant.months, used, factor, purity, strict=True)
        values = {month: t * f * p for month, t, f, p in rows}
        months_and_year(plant, track, ENTITY, "carbonate_co2_t", values, unit="tCO2", item=item, route="calculated")
        return plant.filed[track, ENTITY, "carbonate_co2_t", item, ""]
    year = plant.filed[track, ENTITY, "carbonate_t", item, ""]
    return plant.file(track, ENTITY, "carbonate_co2_t", year * factor[0], unit="tCO2", digits=2, item=item)


def _entity_2024(plant: Plant) -> None:
    """The entity of the 2024 rule: fuels, anodes, anode effect, carbonates, the quoted power unit."""
    fuel = sum((_fuel(plant, item, f"s_{item}", monthly=True) for item in ("natural_gas", "diesel")), ZERO)
    carbonate = sum((_carbonate(plant, item, monthly=True) for item in ("limestone", "soda_ash")), ZERO)
    anode, pfc = (
        sum((plant.filed["facility", line.id, name, "", ""] for line in LINES), ZERO)
        for name in ("anode_co2_t", "pfc_co2e_t")
    )
    parts = [
        plant.file("entity", ENTITY, name, value, unit=unit, digits=2)
        for name, value, unit in (
            ("entity_fuel_co2_t", fuel, "tCO2"),
            ("entity_anode_co2_t", anode, "tCO2"),
            ("entity_pfc_co2e_t", pfc, "tCO2e"),
            ("entity_carbonate_co2_t", carbonate, "tCO2"),
        )
    ]
    power = sum(month_values(plant, "s_power_unit").values(), ZERO)
    quoted = plant.file("entity", ENTITY, "power_unit_co2_t", power, unit="tCO2", digits=2, route="quoted")
    plant.file("entity", ENTITY, "entity_co2e_t", sum(parts, ZERO) + quoted, unit="tCO2e", digits=0)


def _line_2017(plant: Plant, line: Line) -> None:
    """One potline of the supplementary table: AC electricity by where it comes from, metal, intensity."""
    key, track = line.id, "facility"
    emission = ZERO
    for feeder in rectifier_feeders(plant, line):
        values = month_values(plant, f"s_e_{feeder.id}")
        months_and_year(plant, track, key, "electricity_consumed_mwh", values, unit="MWh", digits=3, item=feeder.item)
        factor = constant(
            plant, track, key, "electricity_factor_tco2_per_mwh", unit="tCO2/MWh", item=feeder.item, monthly=False
        )
        emission += plant.filed[track, key, "electricity_consumed_mwh", feeder.item, ""] * factor[0]
    total = plant.file(track, key, "potline_co2_t", emission, unit="tCO2", digits=2)
    months_and_year(plant, track, key, "metal_produced_t", metal_months(plant, key), unit="t")
    made = plant.filed[track, key, "metal_produced_t", "", ""]
    plant.file(track, key, "potline_intensity_tco2_per_t", total / made, unit="tCO2/t", digits=4)


def _entity_2013(plant: Plant) -> None:
    """The legal entity of the guideline of 2013: all fuels, both potlines, limestone, net purchased energy."""
    fuel = _fuel(plant, "bituminous", "s_coal", monthly=False, laboratory="s_coal_lab")
    fuel += sum((_fuel(plant, item, f"s_{item}", monthly=False) for item in ("natural_gas", "diesel")), ZERO)
    burned = plant.file("entity", ENTITY, "entity_fuel_co2_t", fuel, unit="tCO2", digits=2)
    lines = [_line_2013(plant, line.id) for line in LINES]
    anode = plant.file("entity", ENTITY, "entity_anode_co2_t", sum((a for a, _ in lines), ZERO), unit="tCO2", digits=2)
    pfc = plant.file("entity", ENTITY, "entity_pfc_co2e_t", sum((p for _, p in lines), ZERO), unit="tCO2e", digits=2)
    carbonate = _carbonate(plant, "limestone", monthly=False)
    carbonate = plant.file("entity", ENTITY, "entity_carbonate_co2_t", carbonate, unit="tCO2", digits=2)
    power = _purchased(plant, "electricity", "grid_factor_tco2_per_mwh", ("MWh", "tCO2/MWh", 3), bought_months(plant))
    heat = _purchased(plant, "heat", "heat_factor_tco2_per_gj", ("GJ", "tCO2/GJ", 2), dict.fromkeys(plant.months, ZERO))
    total = burned + anode + pfc + carbonate + power + heat
    plant.file("entity", ENTITY, "entity_co2e_t", total, unit="tCO2e", digits=2)


def _line_2013(plant: Plant, key: str) -> tuple[Decimal, Decimal]:
    """Anode and anode-effect emission of one potline on the entity track [tCO2, tCO2e]."""
    track = "entity"
    months_and_year(plant, track, key, "metal_produced_t", metal_months(plant, key), unit="t")
    metal = plant.filed[track, key, "metal_produced_t", "", ""]
    net, sulphur, ash = (
        constant(plant, track, key, name, unit=unit, keys=("", POT_CLASS), monthly=False)[0]
        for name, unit in (("anode_net_consumption_t_per_t", "t/t"), *ANODE_FACTORS)
    )
    cf4, c2f6, gwp_cf4, gwp_c2f6 = (
        constant(plant, track, key, name, unit=unit, keys=("", POT_CLASS), monthly=False)[0]
        for name, unit in PFC_FACTORS
    )
    anode = plant.file(track, key, "anode_co2_t", metal * net * (1 - sulphur - ash) * 44 / 12, unit="tCO2", digits=2)
    effect = metal * (cf4 * gwp_cf4 + c2f6 * gwp_c2f6) / 1000
    return anode, plant.file(track, key, "pfc_co2e_t", effect, unit="tCO2e", digits=2)


def bought_months(plant: Plant) -> dict[str, Decimal]:
    """Energy settled with the grid by month of the bill's last day [MWh]."""
    months = dict.fromkeys(plant.months, ZERO)
    for row in plant.rows("settlement_bills", source_id="s_e_grid_bill"):
        months[month_of(row["period_end"])] += row["total_kwh"] / 1000
    return months


def _purchased(
    plant: Plant, kind: str, factor: str, units: tuple[str, str, int], values: Mapping[str, Decimal]
) -> Decimal:  # fmt: skip
    """Net purchased electricity or heat of the entity; return its emission of the year [tCO2]."""
    quantity = "net_purchased_electricity_mwh" if kind == "electricity" else "net_purchased_heat_gj"
    months_and_year(plant, "entity", ENTITY, quantity, values, unit=units[0], digits=units[2])
    keys = ("", plant.meta["grid_region"])
    value = constant(plant, "entity", ENTITY, factor, unit=units[1], keys=keys, monthly=False)[0]
    bought = plant.filed["entity", ENTITY, quantity, "", ""]
    return plant.file("entity", ENTITY, f"{kind}_co2_t", bought * value, unit="tCO2", digits=2)


def _last_year(plant: Plant) -> None:
    """Figures of the year before: all quantities of a facility a little more or less, the intensity the same."""
    rng = plant.rng("last year")
    scale = {
        name: Decimal(repr(round(float(rng.uniform(0.97, 1.03)), 4))) for name in (*(line.id for line in LINES), ENTITY)
    }
    for row in [dict(row) for row in plant.tables["reported"] if row["month"] is None]:
        if row["route"] != "default" and row["unit"] in SCALED_UNITS:
            row["value"] = (row["value"] * scale[row["facility_id"]]).quantize(row["value"])
        plant.add("reported", **(row | {"data_year": plant.year - 1}))
