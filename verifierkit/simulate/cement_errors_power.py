"""Faults of meters and bills of the cement plant, and of the tonnes that pass between its lines."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Plant, PlantedError, number, round_half_up
from verifierkit.simulate.cement_errors_books import change_ledger
from verifierkit.simulate.cement_ledgers import value_of
from verifierkit.simulate.cement_planting import full_months, pick_line
from verifierkit.simulate.errors_bills import BillErrors
from verifierkit.simulate.errors_meters import GateErrors, LoadErrors, Metering
from verifierkit.simulate.planting import BOTH, error, month_rows

LESS_COAL_SHOWS = Decimal("0.18")  # of a line's coal: with so much less its heat per tonne leaves the band
MORE_COAL_SHOWS = Decimal("0.40")  # of the coal then booked on a line: so much that is not its own leaves it above


def bus(plant: Plant, month: str) -> tuple[float, float]:
    """True inflow and unmetered remainder of the bus in a month [MWh]."""
    truth, index = plant.truth, plant.truth["month_index"][month]
    inflow = sum(float(truth[name][index].sum()) for name in ("grid_mwh", "whr_supplied", "cap_supplied"))
    return inflow, float(truth["other_mwh"][index].sum())


def cut_supply(plant: Plant, month: str, share: Decimal) -> tuple[str, str, Decimal]:
    """Leave a line of the captive unit out of its monthly report."""
    row = plant.rows("generation", facility_id="cap1", month=month)[0]
    gone = round_half_up(row["supplied_mwh"] * share, 3)
    row |= {"supplied_mwh": row["supplied_mwh"] - gone, "gross_mwh": row["gross_mwh"] - gone}
    return "s_e_cap", "n_bus", gone


METERING = Metering(
    gate="i_e_grid_check", gate_source="s_e_grid_check", load=lambda _: "e_grinding", twin=lambda _: "e_k2", bus=bus,
    gate_least=Decimal("0.03"), bus_least=Decimal("0.03"), cut_supply=cut_supply,
)  # fmt: skip
BILLS = BillErrors(exchanged="e_living", exchanged_source="s_e_living_meter")


def power_unit_slip(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Electricity of a line stands in the ledger in kWh under the heading MWh."""
    line = pick_line(plant, "power unit slip", facility)
    found = plant.pick_month("power unit slip", f"e_{line}", full_months(plant), month)
    plant.note(source=f"s_e_{line}_ledger", months=[found], size=Decimal(1000), unit="factor", claimed=True)
    change_ledger(plant, f"e_{line}", line, found, lambda value: round_half_up(value * 1000, 3))


def ledger_months_swapped(plant: Plant, *, facility: str = "", month: str = "") -> None:
    """Two months of a line's coal stand in the ledger the other way round."""
    line = pick_line(plant, "months swapped", facility)
    first = plant.pick_month("months swapped", f"c_{line}", full_months(plant), month)
    other = plant.pick_month("months swapped with", f"c_{line}", [m for m in full_months(plant) if m != first])
    one, two = (value_of(plant, f"s_c_{line}_ledger", m) for m in (first, other))
    plant.note(source=f"s_c_{line}_ledger", months=[first, other], size=two - one, unit="t", claimed=True)
    for found, value in ((first, two), (other, one)):
        change_ledger(plant, f"c_{line}", line, found, lambda _, value=value: value)  # type: ignore[misc]


def clinker_between_lines(plant: Plant, *, month: str = "", size: str = "3000") -> None:
    """Clinker of line 1 is booked as output of line 2 [t]; the sum of both is right."""
    found = plant.pick_month("between lines", "p_k1", full_months(plant), month, also=["p_k2"])
    tonnes = round_half_up(number(size, "size"), 2)
    plant.note(source="s_p_k1_ledger", months=[found], size=tonnes, unit="t", claimed=True)
    change_ledger(plant, "p_k1", "k1", found, lambda value: value - tonnes)
    change_ledger(plant, "p_k2", "k2", found, lambda value: value + tonnes)


def other_line_use(plant: Plant, *, facility: str = "", month: str = "", size: str = "0.3") -> None:
    """A share of a line's coal is weighed on the other line: the sum is right, the heat per tonne of neither."""
    line = pick_line(plant, "other line", facility)
    other = {"k1": "k2", "k2": "k1"}[line]
    subjects = (f"c_{line}", f"c_{other}", f"facility:{line}", f"facility:{other}")
    found = plant.pick_run("other line", subjects, 1, full_months(plant), month)[0]
    share = number(size, "size")
    own, theirs = (
        {row["day"]: row for row in month_rows(plant, "daily_values", "day", found, source_id=f"s_c_{each}_daily")}
        for each in (line, other)
    )
    gained = share * sum(row["value"] for row in own.values()) / sum(row["value"] for row in theirs.values())
    for day, row in own.items():
        gone = round_half_up(row["value"] * share, 2)
        row["value"] -= gone
        theirs[day]["value"] += gone
    shown = [line] * (share >= LESS_COAL_SHOWS) + [other] * (gained >= MORE_COAL_SHOWS)
    plant.note(source=f"s_c_{line}_daily", months=[found], size=share, unit="fraction", claimed=bool(shown))
    for each in shown:
        plant.expect("band.coal", facility=each, months=[found], stream="fuel_consumed", source="")


def negative_stock(plant: Plant, *, month: str = "") -> None:
    """The clinker silo stands in the stock list with a negative level."""
    found = plant.pick_run("negative stock", ["n_clinker_silo"], 2, plant.months[1:10], month)[0]
    day = month_bounds(found)[1] - timedelta(days=1)
    row = plant.rows("stock_counts", node_id="n_clinker_silo", counted_on=day)[0]
    row["quantity_t"] = -row["quantity_t"]
    plant.note(source="stock_counts", months=[found], size=row["quantity_t"], unit="t", claimed=True)
    plant.expect("evidence.defect", facility="ent", months=[found], stream="n_clinker_silo", source="stock_counts")


POWER_ERRORS: tuple[PlantedError, ...] = (
    *GateErrors(METERING).registered(),
    *LoadErrors(METERING).registered(),
    *BILLS.registered(),
    error("power_unit_slip", "ledgers", BOTH, power_unit_slip, "电量千瓦时当兆瓦时入账", "kWh entered as MWh"),
    error(
        "ledger_months_swapped", "ledgers", BOTH, ledger_months_swapped, "台账两个月互换", "two ledger months swapped"
    ),
    error(
        "clinker_between_lines",
        "ledgers",
        BOTH,
        clinker_between_lines,
        "两线熟料产量串线",
        "clinker moved between lines",
    ),
    error("other_line_use", "records", BOTH, other_line_use, "本线用煤计入另一条线", "coal weighed on the other line"),
    error("negative_stock", "report", BOTH, negative_stock, "库存为负", "negative stock"),
)
