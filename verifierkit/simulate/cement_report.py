"""How the simulated cement enterprise computes and files its figures, on both tracks.

Written apart from the engine: Decimal arithmetic, each figure rounded half up when it is filed, later figures
computed from the filed ones. Year of a quantity or a monthly result = sum of the filed months.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext

from verifierkit.periods import month_of
from verifierkit.simulate.base import PRECISION, Cells, Plant, weighted_mean
from verifierkit.simulate.cement_ledgers import row_of, supplied
from verifierkit.simulate.cement_map import MATERIALS, OXIDES, SUPPLIES, supplementary
from verifierkit.simulate.cement_truth import LINES

ZERO = Decimal(0)
FROM_CAO, FROM_MGO = (Decimal(44), Decimal(56)), (Decimal(44), Decimal(40))


def write_report(plant: Plant) -> None:
    """File the figures of the data year and of the year before."""
    with localcontext(Context(prec=PRECISION)):
        if supplementary(plant):
            for line in LINES:
                file_line_2017(plant, line)
            file_entity_2013(plant)
        else:
            for line in LINES:
                file_line_2024(plant, line)
            file_entity_2024(plant)
        file_last_year(plant)


def months_and_year(
    plant: Plant, track: str, facility: str, parameter: str, values: dict[str, Decimal], *, unit: str, digits: int,
    item: str = "", route: str = "measured",
) -> list[Decimal]:  # fmt: skip
    """File the months of a quantity and their sum as the year; return the months as filed."""
    months = [
        plant.file(
            track, facility, parameter, values[month], unit=unit, digits=digits, item=item, month=month, route=route
        )
        for month in values
    ]
    plant.file(track, facility, parameter, sum(months, ZERO), unit=unit, digits=digits, item=item, route=route)
    return months


def default(
    plant: Plant, track: str, facility: str, parameter: str, *, unit: str, item: str = "", key: str | None = None,
    monthly: bool = True,
) -> list[Decimal]:  # fmt: skip
    """File a default factor for each month and the year as the pack prints it; return the months (or the year)."""
    value = plant.factor(track, parameter, item if key is None else key)
    digits = max(-int(value.as_tuple().exponent), 0)
    filed = [
        plant.file(track, facility, parameter, value, unit=unit, digits=digits, item=item, month=month, route="default")
        for month in [*(plant.months if monthly else []), ""]
    ]
    return filed[:-1] if monthly else filed


def ledger(plant: Plant, source_id: str) -> dict[str, Decimal]:
    """Months of a monthly source."""
    return {month: row_of(plant, source_id, month)["value"] for month in plant.months}


def analyses(plant: Plant, source_id: str, month: str) -> list[Cells]:
    """Coal analyses of a month by the date of sampling."""
    return [row for row in plant.rows("coal_analyses", source_id=source_id) if month_of(row["sampled_on"]) == month]


def month_ncv(plant: Plant, source_id: str, month: str) -> Decimal:
    """Heat value of a month as the enterprise works it out: weighted by batch, or not weighted by bad habit [GJ/t]."""
    rows = analyses(plant, source_id, month)
    plain = ("unweighted", source_id, month) in plant.habits
    weights = [Decimal(1) if plain else row["batch_t"] for row in rows]
    return weighted_mean([row["ncv_gj_per_t"] for row in rows], weights, 3)


def file_ncv(
    plant: Plant, track: str, facility: str, item: str, source_id: str, consumed: Sequence[Decimal]
) -> list[Decimal]:  # fmt: skip
    """File measured heat values by month and their mean weighted by consumption for the year."""
    months = []
    for month in plant.months:
        if not analyses(plant, source_id, month) and facility in LINES:  # nothing burned, nothing to report
            months.append(ZERO)
            continue
        dropped = ("default ncv", facility, month) in plant.habits
        value = plant.factor(track, "fuel_ncv", item) if dropped else month_ncv(plant, source_id, month)
        route = "default" if dropped else "measured"
        months.append(
            plant.file(track, facility, "fuel_ncv", value, unit="GJ/t", digits=3, item=item, month=month, route=route)
        )
    plain = ("unweighted year", facility) in plant.habits
    weights = [Decimal(value != 0) for value in months] if plain else list(consumed)
    plant.file(
        track,
        facility,
        "fuel_ncv",
        weighted_mean(months, weights, 3),
        unit="GJ/t",
        digits=3,
        item=item,
        route="measured",
    )
    return months


def file_fuel_2024(plant: Plant, track: str, facility: str, item: str, ledger_id: str, lab_id: str) -> list[Decimal]:
    """Fuel of the 2024 rule: consumption, heat value, factors and emission by month; return the monthly emissions."""
    consumed = months_and_year(
        plant, track, facility, "fuel_consumed", ledger(plant, ledger_id), unit="t", digits=2, item=item
    )
    if lab_id:
        ncv = file_ncv(plant, track, facility, item, lab_id, consumed)
    else:
        ncv = default(plant, track, facility, "fuel_ncv", unit="GJ/t", item=item)
    carbon = default(plant, track, facility, "carbon_content_tc_per_gj", unit="tC/GJ", item=item)
    oxidation = default(plant, track, facility, "oxidation_fraction", unit="1", item=item)
    rows = zip(plant.months, consumed, ncv, carbon, oxidation, strict=True)
    values = {month: fc * q * cc * of * 44 / 12 for month, fc, q, cc, of in rows}
    return months_and_year(
        plant, track, facility, "fuel_co2_t", values, unit="tCO2", digits=2, item=item, route="calculated"
    )


def file_line_2024(plant: Plant, line: str) -> None:
    """One clinker line of the 2024 rule."""
    months = plant.months
    fuel = file_fuel_2024(plant, "facility", line, "bituminous", f"s_c_{line}_ledger", f"s_ncv_{line}")
    clinker = months_and_year(
        plant, "facility", line, "clinker_produced_t", ledger(plant, f"s_p_{line}_ledger"), unit="t", digits=2
    )
    factor = default(plant, "facility", line, "clinker_factor_tco2_per_t", unit="tCO2/t", key="portland_clinker")
    deducted = dict.fromkeys(months, ZERO)
    for item in [item for owner, item in MATERIALS if owner == line]:
        rows = {row["month"]: row["dry_t"] for row in plant.rows("deducted_materials", source_id=f"s_m_{line}_{item}")}
        dry = months_and_year(plant, "facility", line, "deducted_material_t", rows, unit="t", digits=2, item=item)
        k = default(plant, "facility", line, "deduction_factor_tco2_per_t", unit="tCO2/t", item=item)
        for month, mass, share in zip(months, dry, k, strict=True):
            deducted[month] += mass * share
    process = {m: max(ZERO, q * ef - deducted[m]) for m, q, ef in zip(months, clinker, factor, strict=True)}
    calcined = months_and_year(
        plant, "facility", line, "process_co2_t", process, unit="tCO2", digits=2, route="calculated"
    )
    total = {m: f + p for m, f, p in zip(months, fuel, calcined, strict=True)}
    line_co2 = months_and_year(plant, "facility", line, "line_co2_t", total, unit="tCO2", digits=2, route="calculated")
    for month, co2, made in zip(months, line_co2, clinker, strict=True):
        if made == 0:  # no intensity without clinker
            continue
        plant.file("facility", line, "line_intensity_tco2_per_t", co2 / made, unit="tCO2/t", digits=4, month=month)
    year = {name: plant.filed["facility", line, name, "", ""] for name in ("line_co2_t", "clinker_produced_t")}
    plant.file(
        "facility",
        line,
        "line_intensity_tco2_per_t",
        year["line_co2_t"] / year["clinker_produced_t"],
        unit="tCO2/t",
        digits=4,
    )
    months_and_year(
        plant, "facility", line, "electricity_mwh", ledger(plant, f"s_e_{line}_ledger"), unit="MWh", digits=3
    )
    months_and_year(plant, "facility", line, "heat_gj", ledger(plant, f"s_h_{line}"), unit="GJ", digits=2)


def file_entity_2024(plant: Plant) -> None:
    """The entity of the 2024 rule: diesel outside the lines, the quoted power unit, totals of the year."""
    file_fuel_2024(plant, "entity", "ent", "diesel", "s_d_ent_ledger", "")
    quoted = sum(ledger(plant, "s_power_unit_report").values(), ZERO)
    quoted = plant.file("entity", "ent", "power_unit_co2_t", quoted, unit="tCO2", digits=2, route="quoted")
    fuel = [plant.filed["facility", line, "fuel_co2_t", "bituminous", ""] for line in LINES]
    fuel.append(plant.filed["entity", "ent", "fuel_co2_t", "diesel", ""])
    process = [plant.filed["facility", line, "process_co2_t", "", ""] for line in LINES]
    burned = plant.file("entity", "ent", "entity_fuel_co2_t", sum(fuel, ZERO), unit="tCO2", digits=2)
    calcined = plant.file("entity", "ent", "entity_process_co2_t", sum(process, ZERO), unit="tCO2", digits=2)
    plant.file("entity", "ent", "entity_co2_t", burned + calcined + quoted, unit="tCO2", digits=0)


def file_fuel_old(plant: Plant, track: str, facility: str, item: str, ledger_id: str, lab_id: str) -> Decimal:
    """Fuel of the years before 2024: activity by month, factors and emission of the year; return the emission."""
    consumed = months_and_year(
        plant, track, facility, "fuel_consumed", ledger(plant, ledger_id), unit="t", digits=2, item=item
    )
    if lab_id:
        file_ncv(plant, track, facility, item, lab_id, consumed)
    else:
        default(plant, track, facility, "fuel_ncv", unit="GJ/t", item=item, monthly=False)
    default(plant, track, facility, "carbon_content_tc_per_gj", unit="tC/GJ", item=item, monthly=False)
    default(plant, track, facility, "oxidation_fraction", unit="1", item=item, monthly=False)
    names = ("fuel_consumed", "fuel_ncv", "carbon_content_tc_per_gj", "oxidation_fraction")
    fc, ncv, carbon, oxidation = (plant.filed[track, facility, name, item, ""] for name in names)
    return plant.file(
        track, facility, "fuel_co2_t", fc * ncv * carbon * oxidation * 44 / 12, unit="tCO2", digits=2, item=item
    )


def file_oxides(plant: Plant, track: str, line: str, clinker: Sequence[Decimal]) -> Decimal:
    """Oxides by month, weighted by clinker for the year; return process emission per tonne of clinker [tCO2/t]."""
    means = []
    for oxide in OXIDES:
        months = []
        for month in plant.months:
            rows = [
                r
                for r in plant.rows("lab_results", source_id=f"s_{oxide}_{line}")
                if month_of(r["sampled_on"]) == month
            ]
            if not rows:  # no clinker, no sample, nothing to report
                months.append(ZERO)
                continue
            value = weighted_mean([row["value"] for row in rows], [Decimal(1)] * len(rows), 4)
            months.append(plant.file(track, line, oxide, value, unit="1", digits=4, month=month, route="measured"))
        means.append(
            plant.file(track, line, oxide, weighted_mean(months, clinker, 4), unit="1", digits=4, route="measured")
        )
    lime, magnesia = means[0] - means[2], means[1] - means[3]
    return lime * FROM_CAO[0] / FROM_CAO[1] + magnesia * FROM_MGO[0] / FROM_MGO[1]


def file_line_2017(plant: Plant, line: str) -> None:
    """One clinker line of the supplementary table."""
    fuel = file_fuel_old(plant, "facility", line, "bituminous", f"s_c_{line}_ledger", f"s_ncv_{line}")
    clinker = months_and_year(
        plant, "facility", line, "clinker_produced_t", ledger(plant, f"s_p_{line}_ledger"), unit="t", digits=2
    )
    per_tonne = file_oxides(plant, "facility", line, clinker)
    made = plant.filed["facility", line, "clinker_produced_t", "", ""]
    process = plant.file("facility", line, "process_co2_t", made * per_tonne, unit="tCO2", digits=2)
    bought = ZERO
    for item in SUPPLIES:
        months_and_year(
            plant,
            "facility",
            line,
            "electricity_consumed_mwh",
            ledger(plant, f"s_e_{line}_{item}"),
            unit="MWh",
            digits=3,
            item=item,
        )
        factor = default(
            plant, "facility", line, "electricity_factor_tco2_per_mwh", unit="tCO2/MWh", item=item, monthly=False
        )[0]
        bought += plant.filed["facility", line, "electricity_consumed_mwh", item, ""] * factor
    power = plant.file("facility", line, "electricity_co2_t", bought, unit="tCO2", digits=2)
    months_and_year(
        plant,
        "facility",
        line,
        "heat_consumed_gj",
        ledger(plant, f"s_h_{line}"),
        unit="GJ",
        digits=2,
        item="waste_heat",
    )
    factor = default(
        plant, "facility", line, "heat_factor_tco2_per_gj", unit="tCO2/GJ", item="waste_heat", monthly=False
    )[0]
    used = plant.filed["facility", line, "heat_consumed_gj", "waste_heat", ""]
    heat = plant.file("facility", line, "heat_co2_t", used * factor, unit="tCO2", digits=2)
    total = plant.file("facility", line, "line_co2_t", fuel + process + power + heat, unit="tCO2", digits=2)
    plant.file("facility", line, "line_intensity_tco2_per_t", total / made, unit="tCO2/t", digits=4)


def file_entity_2013(plant: Plant) -> None:
    """The legal entity of the guideline of 2013: all fuel, both lines, net purchased power and heat."""
    fuel = file_fuel_old(plant, "entity", "ent", "bituminous", "s_c_ent_ledger", "s_ncv_ent")
    fuel += file_fuel_old(plant, "entity", "ent", "diesel", "s_d_ent_ledger", "")
    burned = plant.file("entity", "ent", "entity_fuel_co2_t", fuel, unit="tCO2", digits=2)
    parts = [file_process_2013(plant, line) for line in LINES]
    calcined = plant.file(
        "entity", "ent", "entity_process_co2_t", sum((p for p, _ in parts), ZERO), unit="tCO2", digits=2
    )
    carbon = plant.file(
        "entity", "ent", "entity_nonfuel_carbon_co2_t", sum((c for _, c in parts), ZERO), unit="tCO2", digits=2
    )
    power = file_bought(
        plant, "net_purchased_electricity_mwh", {m: supplied(plant, "grid", m) for m in plant.months}, "MWh", 3
    )
    grid = default(
        plant,
        "entity",
        "ent",
        "grid_factor_tco2_per_mwh",
        unit="tCO2/MWh",
        key=plant.meta["grid_region"],
        monthly=False,
    )[0]
    power = plant.file("entity", "ent", "electricity_co2_t", power * grid, unit="tCO2", digits=2)
    heat = file_bought(plant, "net_purchased_heat_gj", ledger(plant, "s_h_ent"), "GJ", 2)
    factor = default(plant, "entity", "ent", "heat_factor_tco2_per_gj", unit="tCO2/GJ", monthly=False)[0]
    heat = plant.file("entity", "ent", "heat_co2_t", heat * factor, unit="tCO2", digits=2)
    plant.file("entity", "ent", "entity_co2_t", burned + calcined + carbon + power + heat, unit="tCO2", digits=2)


def file_process_2013(plant: Plant, line: str) -> tuple[Decimal, Decimal]:
    """Process and non-fuel carbon emission of one line on the entity track [tCO2]."""
    clinker = months_and_year(
        plant, "entity", line, "clinker_produced_t", ledger(plant, f"s_p_{line}_ledger"), unit="t", digits=2
    )
    for kind in ("kiln_dust", "bypass_dust"):
        months_and_year(plant, "entity", line, f"{kind}_t", ledger(plant, f"s_w_{line}_{kind}"), unit="t", digits=2)
    months_and_year(plant, "entity", line, "raw_meal_t", ledger(plant, f"s_f_{line}_ledger"), unit="t", digits=2)
    per_tonne = file_oxides(plant, "entity", line, clinker)
    calcined = sum(
        (plant.filed["entity", line, n, "", ""] for n in ("clinker_produced_t", "kiln_dust_t", "bypass_dust_t")), ZERO
    )
    process = plant.file("entity", line, "process_co2_t", calcined * per_tonne, unit="tCO2", digits=2)
    share = default(plant, "entity", line, "nonfuel_carbon_fraction", unit="1", monthly=False)[0]
    meal = plant.filed["entity", line, "raw_meal_t", "", ""]
    return process, plant.file("entity", line, "nonfuel_carbon_co2_t", meal * share * 44 / 12, unit="tCO2", digits=2)


def file_bought(plant: Plant, parameter: str, values: dict[str, Decimal], unit: str, digits: int) -> Decimal:
    """File a net purchase of the entity; return the year as filed."""
    months_and_year(plant, "entity", "ent", parameter, values, unit=unit, digits=digits)
    return plant.filed["entity", "ent", parameter, "", ""]


def file_last_year(plant: Plant) -> None:
    """Figures of the year before: a little other output and intensity, so that nothing moved oddly."""
    rng = plant.rng("last year")
    year_rows = [dict(row) for row in plant.tables["reported"] if row["month"] is None]
    scale = {line: Decimal(repr(round(float(rng.uniform(0.97, 1.03)), 4))) for line in (*LINES, "ent")}
    for row in year_rows:
        if row["route"] != "default" and row["unit"] in ("t", "tCO2", "MWh", "GJ"):
            row["value"] = (row["value"] * scale[row["facility_id"]]).quantize(row["value"])
        if row["unit"] == "tCO2/t" and row["route"] == "calculated":
            row["value"] = (row["value"] * Decimal(repr(round(float(rng.uniform(0.992, 1.008)), 4)))).quantize(
                row["value"]
            )
        plant.add("reported", **(row | {"data_year": plant.year - 1}))
