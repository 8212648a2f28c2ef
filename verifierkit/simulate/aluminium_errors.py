"""Mistakes that really happen in smelters, each planted where it arises.

Parameters of an error, all optional: ``facility`` (p1 or p2) and, where the month is free, ``month`` (the first of
the months planted).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from verifierkit.periods import month_of
from verifierkit.simulate.aluminium_errors_books import (
    BOOK_ERRORS,
    always,
    open_months,
    pick_line,
    pick_open,
    run_of_months,
)
from verifierkit.simulate.aluminium_errors_filing import FILING_ERRORS
from verifierkit.simulate.aluminium_errors_power import POWER_ERRORS
from verifierkit.simulate.aluminium_network import rectifier_feeders
from verifierkit.simulate.aluminium_truth import LINES, Line
from verifierkit.simulate.base import Cells, Plant, PlantedError, number, round_half_up
from verifierkit.simulate.planting import BOTH, NEW, OLD, sized

OTHER_WARMING = {True: {"gwp_cf4": "6500", "gwp_c2f6": "9200"}, False: {"gwp_cf4": "7390", "gwp_c2f6": "12200"}}
OTHER_YEAR_FACTOR = Decimal("0.5810")  # tCO2/MWh, national mean of a later year

Take = Callable[[Cells], Decimal]


def registry() -> dict[str, PlantedError]:
    """All aluminium errors by id."""
    own = (*_anode_errors(), *_metal_errors(), *_other_errors())
    return {error.id: error for error in (*own, *BOOK_ERRORS, *POWER_ERRORS, *FILING_ERRORS)}


def _anode_errors() -> list[PlantedError]:
    return [
        PlantedError(
            "net_anode_for_gross", "forms", NEW, "以净耗（扣残极）代替毛耗填报三个月",
            "net anode consumption filed as gross for three months", _net_anode,
        ),
        PlantedError(
            "butts_deducted_in_ledger", "ledgers", NEW, "阳极台账一个月扣减返回残极",
            "butts returned deducted in the ledger of a month",
            _butts_deducted,
        ),
        PlantedError(
            "butts_as_receipts", "records", NEW, "返回残极当作新极入库开磅单", "butts returned entered as new anodes received",
            _butts_received,
        ),
        PlantedError(
            "startup_anodes_counted", "forms", NEW, "启动槽用极计入阳极消耗量", "anodes for cell start-up counted as consumed",
            _startup_counted,
        ),
        PlantedError(
            "startup_anodes_left_out", "records", BOTH, "启动槽用极未登记", "anodes for cell start-up left out of the records",
            _startup_left_out,
        ),
    ]  # fmt: skip


def _metal_errors() -> list[PlantedError]:
    return [
        PlantedError(
            "pot_metal_at_year_end", "forms", BOTH, "12月产量计入期末在槽铝", "metal in the pots at year end counted in December",
            _pot_metal,
        ),
        PlantedError(
            "ingot_for_molten", "forms", BOTH, "以铝锭与外销铝液合计代替铝液产量",
            "casthouse product filed as molten metal for two months",
            _ingot,
        ),
        PlantedError(
            "purchased_metal_in_ledger", "ledgers", BOTH, "外购铝计入产量台账",
            "purchased metal entered in the metal ledger as tapped",
            _purchased,
        ),
        PlantedError(
            "remelt_and_alloying_counted", "forms", BOTH, "回炉废铝和合金元素计入产量",
            "remelted metal and alloying elements counted as output",
            _remelted,
        ),
        PlantedError(
            "transfer_counted", "forms", BOTH, "系列间灌入铝液计入转入系列产量", "metal transferred between series counted as output",
            _transferred,
        ),
        PlantedError(
            "crane_scale_high", "records", BOTH, "天车秤未去皮致出铝量偏高三个月", "crane scale reads 3 % high for three months",
            _crane_scale,
        ),
    ]  # fmt: skip


def _other_errors() -> list[PlantedError]:
    return [
        PlantedError(
            "cells_against_log", "records", BOTH, "生产槽数仍按满槽填写，与槽昼夜不符",
            "cells in operation times days against the pot log",
            _cells,
        ),
        PlantedError("old_gwp", "forms", BOTH, "采用其他版本全球变暖潜势", "global warming potentials of another edition",
        _old_gwp),
        PlantedError(
            "dc_for_ac", "forms", BOTH, "以直流电量代替交流电量填报", "DC energy filed as AC energy for a month", _direct_current
        ),
        PlantedError(
            "captive_factor_other_year", "forms", OLD, "自备电量采用其他年度因子",
            "another year's factor used for captive electricity",
            _captive_factor,
        ),
    ]  # fmt: skip


def _line(plant: Plant, name: str, facility: str) -> Line:
    """The potline named, or one from the seed."""
    chosen = pick_line(plant, name, facility)
    return next(line for line in LINES if line.id == chosen)


def _startup(plant: Plant, name: str, facility: str) -> tuple[Line, str]:
    """A potline in whose month of start-up nothing else was planted for the anodes, and that month, taken."""
    months = {line.id: plant.months[line.startup_month] for line in LINES}
    free = [line for line, month in months.items() if plant.free(f"a_{line}", month)]
    line = _line(plant, name, facility or str(plant.pick(f"line {name}", free)))
    return line, plant.pick_month("startup", f"a_{line.id}", [months[line.id]], also=[f"n_anodes_{line.id}"])


def _take(plant: Plant, kind: str, line: Line, months: list[str], take: Take) -> None:
    """Let the report take something else than the ledger's figure in some months."""
    stream = {"metal": f"m_{line.id}", "anode": f"a_{line.id}"}[kind]
    for month in months:
        plant.habits[kind, line.id, month] = take
    plant.expect("chain.report", facility=line.id, months=months, stream=stream, source=f"s_{line.id}_{kind}")


def _net_anode(plant: Plant, facility: str = "", month: str = "") -> None:
    line = _line(plant, "net_anode_for_gross", facility)
    months = run_of_months(plant, "net_anode_for_gross", f"a_{line.id}", 3, month, open_months(plant, line.id))
    _take(plant, "anode", line, months, lambda row: row["set_t"] - row["butts_t"])


def _butts_deducted(plant: Plant, facility: str = "", month: str = "") -> None:
    line = _line(plant, "butts_deducted_in_ledger", facility)
    source = f"s_{line.id}_anode"
    found = pick_open(plant, "butts_deducted_in_ledger", f"a_{line.id}", line.id, month)
    for row in plant.rows("anodes", source_id=source, month=found):
        row["set_t"] -= row["butts_t"]
    plant.expect("chain.ledger", facility=line.id, months=[found], stream=f"a_{line.id}", source=source)


def _butts_received(plant: Plant, facility: str = "", month: str = "", size: str = "1") -> None:
    """Tickets of returned butts among the receipts: the anode store no longer closes."""
    line = _line(plant, "butts_as_receipts", facility)
    found = pick_open(plant, "butts_as_receipts", f"a_{line.id}", line.id, month, also=[f"n_anodes_{line.id}"])
    butts: Decimal = plant.rows("monthly_values", source_id=f"s_{line.id}_butts", month=found)[0]["value"]
    butts *= number(size, "size")
    tickets = [
        row for row in plant.rows("tickets", source_id=f"s_{line.id}_anode_in") if month_of(row["weighed_on"]) == found
    ]
    for count, row in enumerate(tickets[:4], start=1):
        net = round_half_up(butts / 4, 2)
        plant.add(
            "tickets",
            **(row | {"ticket_no": f"{row['ticket_no']}-{count}", "net_t": net, "gross_t": net + row["tare_t"]}),
        )
    if sized(plant, f"s_{line.id}_anode_in", [found], number(size, "size"), "of the butts", Decimal("0.5")):
        plant.expect("balance.store", facility=line.id, months=[found], stream=f"n_anodes_{line.id}", source="")


def _startup_counted(plant: Plant, facility: str = "") -> None:
    line, found = _startup(plant, "startup_anodes_counted", facility)
    _take(plant, "anode", line, [found], lambda row: row["set_t"] + row["startup_t"])


def _startup_left_out(plant: Plant, facility: str = "") -> None:
    """Nothing written down for the start-up: the anodes are missing in the store."""
    line, found = _startup(plant, "startup_anodes_left_out", facility)
    for row in plant.rows("monthly_values", source_id=f"s_{line.id}_anode_startup", month=found):
        row["value"] = Decimal("0.00")
    plant.expect("balance.store", facility=line.id, months=[found], stream=f"n_anodes_{line.id}", source="")


def _pot_metal(plant: Plant, facility: str = "") -> None:
    line = _line(plant, "pot_metal_at_year_end", facility)
    found = plant.pick_month("pot_metal_at_year_end", f"m_{line.id}", [plant.months[-1]])
    _take(plant, "metal", line, [found], lambda row: row["tapped_t"] + row["in_pot_closing_t"])


def _ingot(plant: Plant, facility: str = "", month: str = "") -> None:
    line = _line(plant, "ingot_for_molten", facility)
    months = run_of_months(plant, "ingot_for_molten", f"m_{line.id}", 2, month, open_months(plant, line.id))
    _take(plant, "metal", line, months, lambda row: row["ingot_t"] + row["molten_sold_t"])


def _purchased(plant: Plant, facility: str = "", month: str = "") -> None:
    line = _line(plant, "purchased_metal_in_ledger", facility)
    source = f"s_{line.id}_metal"
    found = pick_open(plant, "purchased_metal_in_ledger", f"m_{line.id}", line.id, month)
    for row in plant.rows("metal", source_id=source, month=found):
        row["tapped_t"] += row["purchased_t"]
    plant.expect("chain.ledger", facility=line.id, months=[found], stream=f"m_{line.id}", source=source)


def _remelted(plant: Plant, facility: str = "", month: str = "") -> None:
    line = _line(plant, "remelt_and_alloying_counted", facility)
    found = pick_open(plant, "remelt_and_alloying_counted", f"m_{line.id}", line.id, month)
    _take(plant, "metal", line, [found], lambda row: row["tapped_t"] + row["remelted_t"] + row["alloying_t"])


def _transferred(plant: Plant) -> None:
    line = LINES[1]
    found = plant.pick_month("transfer_counted", f"m_{line.id}", [plant.months[line.startup_month]])
    _take(plant, "metal", line, [found], lambda row: row["tapped_t"] + row["transferred_in_t"])


def _crane_scale(plant: Plant, facility: str = "", month: str = "", size: str = "0.03") -> None:
    """The crane scale weighs part of the ladle too: a false primary record, against the casthouse's receipts."""
    line = _line(plant, "crane_scale_high", facility)
    months = run_of_months(plant, "crane_scale_high", f"m_{line.id}", 3, month, open_months(plant, line.id))
    for row in plant.rows("daily_values", source_id=f"s_{line.id}_tap_daily"):
        if month_of(row["day"]) in months:
            row["value"] = round_half_up(row["value"] * (1 + number(size, "size")), 2)
    if not sized(plant, f"s_{line.id}_tap_daily", months, number(size, "size"), "fraction", Decimal("0.03")):
        return
    plant.expect(
        "cross.sources", facility=line.id, months=months, stream=f"m_{line.id}", source=f"s_{line.id}_metal_received"
    )


def _cells(plant: Plant, facility: str = "") -> None:
    """The month before a start-up, with a group of cells down, is written down with all cells in operation."""
    line = _line(plant, "cells_against_log", facility)
    found = plant.pick_month(
        "cells_against_log", line.id, [plant.months[line.startup_month - 1]], also=[f"facility:{line.id}"]
    )
    for row in plant.rows("pot_operation", facility_id=line.id, month=found):
        row["cells_in_operation"] = Decimal(line.cells).quantize(Decimal("0.01"))
    plant.expect("floor.faraday", facility=line.id, months=[found], stream="metal_produced_t", source="")


def _old_gwp(plant: Plant, facility: str = "") -> None:
    line = _line(plant, "old_gwp", facility)
    new = plant.year in NEW
    track, periods = ("facility", [*plant.months, ""]) if new else ("entity", [""])
    for parameter, value in OTHER_WARMING[new].items():
        for period in periods:
            plant.changes[track, line.id, parameter, "", period] = always(Decimal(value))
        plant.expect("factor.default", facility=line.id, months=plant.months, stream=parameter, source="reported")


def _direct_current(plant: Plant, facility: str = "", month: str = "") -> None:
    """Energy by the pot log, after the rectifier, filed in place of the AC meter before it."""
    line = _line(plant, "dc_for_ac", facility)
    feeder = rectifier_feeders(plant, line)[0]
    found = pick_open(plant, "dc_for_ac", f"e_{feeder.id}", line.id, month)
    log: dict[str, Any] = plant.rows("pot_operation", facility_id=line.id, month=found)[0]
    dc = log["current_ka"] * log["voltage_v"] * log["cell_days"] * 24 / 1000
    ac = sum(
        (plant.rows("monthly_values", source_id=f"s_e_{each.id}",
        month=found)[0]["value"] for each in rectifier_feeders(plant, line)),
        Decimal(0),
    )  # fmt: skip
    key = ("facility", line.id, feeder.parameter, feeder.item, found)
    plant.changes[key] = lambda value: round_half_up(value * dc / ac, 3)
    plant.expect("chain.report", facility=line.id, months=[found], stream=f"e_{feeder.id}", source=f"s_e_{feeder.id}")


def _captive_factor(plant: Plant, facility: str = "") -> None:
    line = _line(plant, "captive_factor_other_year", facility)
    name = "electricity_factor_tco2_per_mwh"
    plant.changes["facility", line.id, name, "captive", ""] = always(OTHER_YEAR_FACTOR)
    plant.expect("factor.default", facility=line.id, months=plant.months, stream=f"{name}:captive", source="reported")
