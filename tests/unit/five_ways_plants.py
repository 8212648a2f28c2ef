"""The five ways of the rules on meters, bills, balances, floors, bands, calibration, plans and deposits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.unit import test_checks_balances as nodes
from tests.unit import test_checks_cross as pairs
from tests.unit.five_ways import Build, Five, Turning, copied, first, sim, small, without
from tests.unit.five_ways_records import CENT, DOCUMENT, EXACT, IDENTITY, MONTH, OPEN, SILENT
from tests.unit.hand_tables import tables as hand_tables
from tests.unit.small_plant import META, YEAR, Rows, in_time, pick, reported
from tests.unit.test_checks_calibration import certificates
from tests.unit.test_checks_floors import CARBON, CELLS, CURRENT, MARGIN, possible, potline, with_feed
from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import Context
from verifierkit.columns import Tables
from verifierkit.periods import month_days, months_of

CEMENT, ALUMINIUM = rulepack.load("cement-2024"), rulepack.load("aluminium-2024")
TINY = Decimal("0.001")


# bands: the intensity of April exactly at the upper end, or a hundredth of a unit of energy or mass beyond


def high(pack: rulepack.RulePack, rule: str) -> Decimal:
    """Upper end of the band that flags."""
    band = pack.checks[rule].band()
    assert band is not None
    assert band.high is not None
    return band.high


def coal_band(change: Decimal) -> Callable[[Rows], None]:
    """Coal of April at the band: a heat value of one kg of coal equivalent, so that tonnes are tonnes of it."""

    def edit(rows: Rows) -> None:
        reported(rows, "fuel_ncv", MONTH)["value"] = Decimal("29.3076")
        reported(rows, "fuel_consumed", MONTH)["value"] = high(CEMENT, "band.coal") * 8000 / 1000 + change

    return edit


def ratio_band(rule: str, product: str, facility: str, parameter: str, change: Decimal) -> Callable[[Tables], None]:
    """A reported month with 20,000 t (100,000 t of clinker) and the amount that puts its ratio at the band."""
    pack, made = (ALUMINIUM, Decimal(20000)) if facility == "p1" else (CEMENT, Decimal(100000))

    def edit(tables: Tables) -> None:
        where = {"facility_id": facility, "month": MONTH}
        first(tables, "reported", parameter=product, **where)["value"] = made
        first(tables, "reported", parameter=parameter, **where)["value"] = high(pack, rule) * made / 1000 + change

    return edit


def waste_heat(change: Decimal) -> Callable[[Tables], None]:
    """Waste-heat power of April at the band, over the clinker of both lines."""

    def edit(tables: Tables) -> None:
        for line, made in (("k1", 100000), ("k2", 50000)):
            where = {"parameter": "clinker_produced_t", "facility_id": line, "month": MONTH}
            first(tables, "reported", **where)["value"] = Decimal(made)
        power = high(CEMENT, "band.waste_heat") * 150
        first(tables, "generation", facility_id="whr1", month=MONTH)["gross_mwh"] = power + change

    return edit


def band(sector: str, rule: str, product: str, facility: str, parameter: str) -> Five:
    """The five plants of a band on a ratio of two reported figures."""

    def at(change: Decimal) -> Build:
        return sim(sector, edit=ratio_band(rule, product, facility, parameter, change))

    def gone(tables: Tables) -> None:
        tables["reported"] = [row for row in tables["reported"] if row["parameter"] != parameter]

    return Five(sim(sector), at(Decimal(1000)), (at(Decimal(0)), at(TINY)), (sim(sector, edit=gone), OPEN))


# floors


def heat(change: Decimal) -> Callable[[Rows], None]:
    """Heat of April at that of formation: kJ/kg are MJ/t."""

    def edit(rows: Rows) -> None:
        least = CEMENT.checks["floor.heat"].limit("formation_heat")
        reported(rows, "fuel_ncv", MONTH)["value"] = Decimal(1)
        reported(rows, "fuel_consumed", MONTH)["value"] = least * 8000 / 1000 + change

    return edit


def feed(change: Decimal) -> Build:
    """Raw meal at the mass balance of 8,000 t of clinker."""

    def edit(rows: Rows) -> None:
        rows.update(with_feed(CEMENT.checks["floor.raw_meal"].limit("ratio_low") * 8000 + change))

    return small(edit)


def clinker(amount: Decimal) -> Build:
    """Clinker of April, beside a capacity of 500 t/d."""
    return small(lambda rows: reported(rows, "clinker_produced_t", MONTH).update(value=amount))


def metal(change: Decimal) -> Build:
    """Metal of April at Faraday's law."""
    return lambda: potline(possible(CELLS * month_days(MONTH)) + change)


def anode(change: Decimal) -> Build:
    """Anodes at the carbon that the metal needs."""
    return lambda: potline(Decimal(1000), anode=CARBON * 1000 + change)


MOST = 500 * 30 * MARGIN


# electricity: bills and meters


def billed(**changes: Decimal) -> Callable[[Tables], None]:
    """Energies of the first bill moved [kWh]."""

    def edit(tables: Tables) -> None:
        bill = tables["settlement_bills"][0].values
        for name, change in changes.items():
            bill[name] += change

    return edit


def second_bills(change: Decimal) -> Callable[[Tables], None]:
    """A second document of the grid supply with the quantities of the bills, its first month moved [kWh]."""

    def edit(tables: Tables) -> None:
        source = copied(next(row for row in tables["sources"] if row["source_id"] == "s_e_grid_bill"))
        source.values |= {"source_id": "s_second", "rank": 9, "derives_from": "none"}
        tables["sources"].append(source)
        bills = [copied(row) for row in tables["settlement_bills"] if row["source_id"] == "s_e_grid_bill"]
        for row in bills:
            row.values |= {"source_id": "s_second"}
        bills[0].values["total_kwh"] += change
        tables["settlement_bills"] += bills

    return edit


def multiplied(change: Decimal) -> Build:
    """Every bill of the year raised by a share of its energy."""

    def edit(tables: Tables) -> None:
        for row in tables["settlement_bills"]:
            for name in ("metered_kwh", "total_kwh"):
                row.values[name] *= 1 + change

    return sim("cement", edit=edit)


def seen(filled: dict[str, Any]) -> Context:
    """Hand-made tables under the pack of cement."""
    filled.setdefault("facilities", [{"facility_id": name, "kind": kind} for name, kind in
                                     (("ent", "entity"), ("k1", "clinker_line"))])  # fmt: skip
    return build_context(Case(Path(), META, YEAR, months_of(YEAR), None, hand_tables(**filled)))


def bus(change: Decimal) -> Build:
    """A bus whose first load runs high in every month [MWh a month]."""
    amounts = nodes.SUPPLY | {"k1": [800 + change] * 12}
    return lambda: seen(nodes.plant("bus", nodes.FEEDERS) | {"monthly_values": nodes.values(amounts, "MWh")})


def store(change: Decimal, levels: tuple[Any, ...] = (20000,) * 13) -> Build:
    """A coal yard whose first consumer books too little in every month [t a month]."""
    amounts = nodes.MOVES | {"k1": [20000 - change] * 12}
    filled = nodes.plant("store", nodes.YARD) | {"monthly_values": nodes.values(amounts, "t")}
    return lambda: seen(filled | {"stock_counts": nodes.counts(list(levels))})


def pair(change: Decimal, *, second: bool = True) -> Build:
    """Two scales of one stream, the second high by the change in every month [t]."""
    rows = pairs.months("s_a", [1000] * 12) + (pairs.months("s_b", [1000 + change] * 12) if second else [])
    kept = {"streams": [pairs.STREAM], "instruments": pairs.INSTRUMENTS, "sources": pairs.PAIR}
    return lambda: seen({**kept, "monthly_values": rows})


# instruments, plan, deposits


def covered(last: date) -> Callable[[Rows], None]:
    """The coal scale's certificate ends on this day."""

    def edit(rows: Rows) -> None:
        certificates(rows, (date(2025, 1, 1), last))

    return edit


def unstated(rows: Rows) -> None:
    """A source that does not say what it derives from."""
    pick(rows, "sources", source_id="s_c_record")["derives_from"] = None


def planned(**cells: Any) -> Callable[[Rows], None]:
    """The plan's row of coal changed."""
    return lambda rows: pick(rows, "plan", parameter="fuel_consumed", facility_id="k1").update(cells)


def routed(acquisition: str) -> Callable[[Rows], None]:
    """Heat value reported as measured under a plan that says how it is obtained."""

    def edit(rows: Rows) -> None:
        pick(rows, "plan", parameter="fuel_ncv", facility_id="k1")["acquisition"] = acquisition
        for row in rows["reported"]:
            if row["parameter"] == "fuel_ncv":
                row["route"] = "measured"

    return edit


def unplanned(rows: Rows) -> None:
    """The plan without its row of coal."""
    rows["plan"].remove(pick(rows, "plan", parameter="fuel_consumed", facility_id="k1"))


def deposit(rows: Rows) -> dict[str, Any]:
    """The deposit of clinker of October."""
    return pick(rows, "deposits", month="2025-10", parameter="clinker_produced_t")


def deposited(days: int) -> Callable[[Rows], None]:
    """The deposit of October, some days after the last one."""
    return lambda rows: deposit(rows).update(deposited_on=in_time("2025-10") + timedelta(days=days))


def undated(rows: Rows) -> None:
    """Deposits of clinker without a day."""
    for row in rows["deposits"]:
        row["deposited_on"] = None


def all_default(rows: Rows) -> None:
    """No month reported, so that none is to be deposited."""
    rows["reported"] = [row for row in rows["reported"] if row["month"] is None]


RULES = {
    "band.coal": Five(small(), small(coal_band(Decimal(1000))), (small(coal_band(Decimal(0))), small(coal_band(TINY))),
                      (small(without("reported")), OPEN)),
    "band.clinker_electricity": band("cement", "band.clinker_electricity", "clinker_produced_t", "k1", "electricity_mwh"),
    "band.metal_electricity": band("aluminium", "band.metal_electricity", "metal_produced_t", "p1", "electricity_mwh"),
    "band.anode": band("aluminium", "band.anode", "metal_produced_t", "p1", "anode_consumed_t"),
    "band.waste_heat": Five(sim("cement"), sim("cement", edit=waste_heat(Decimal(10000))),
                            (sim("cement", edit=waste_heat(Decimal(0))), sim("cement", edit=waste_heat(TINY))),
                            (sim("cement", edit=without("generation")), OPEN)),
    "floor.heat": Five(small(), small(heat(-CENT)), (small(heat(Decimal(0))), small(heat(-CENT))),
                       (small(without("reported")), OPEN)),
    "floor.raw_meal": Five(feed(Decimal(1000)), feed(Decimal(-1000)), (feed(Decimal(0)), feed(-CENT)), (small(), OPEN)),
    "floor.capacity": Five(small(), clinker(2 * MOST), (clinker(MOST), clinker(MOST + CENT)),
                           (small(lambda rows: pick(rows, "facilities", facility_id="k1").update(capacity=None)), OPEN)),
    "floor.faraday": Five(metal(Decimal(-1)), metal(Decimal(100)), (metal(Decimal(0)), metal(CENT)),
                          (lambda: potline(CURRENT, log={"current_ka": None}), OPEN)),
    "floor.anode": Five(anode(Decimal(100)), anode(Decimal(-100)), (anode(Decimal(0)), anode(-CENT)),
                        (lambda: potline(CURRENT), OPEN)),
    "bill.registers": Five(sim("cement"), sim("cement", "bill_registers_wrong"),
                           (sim("cement", edit=billed(metered_kwh=Decimal(1))),
                            sim("cement", edit=billed(metered_kwh=Decimal("1.01")))),
                           (sim("cement", edit=without("settlement_bills")), SILENT)),
    "bill.total": Five(sim("cement"), sim("cement", "bill_total_wrong"),
                       (sim("cement", edit=billed(total_kwh=Decimal(1))), sim("cement", edit=billed(total_kwh=Decimal("1.01")))),
                       (sim("cement", edit=without("settlement_bills")), SILENT)),
    "bill.continuity": Five(sim("cement"), sim("cement", "bill_gap"), IDENTITY,
                            (sim("cement", edit=without("settlement_bills")), SILENT)),
    "bill.document": Five(sim("cement", edit=second_bills(Decimal(0))), sim("cement", edit=second_bills(Decimal(100))),
                          (sim("cement", edit=second_bills(Decimal(1))), sim("cement", edit=second_bills(Decimal("1.01")))),
                          (sim("cement"), SILENT)),
    "meter.registers": Five(sim("cement"), sim("cement", "meter_backwards"), IDENTITY,
                            (sim("cement", edit=without("meter_readings")), SILENT)),
    "settlement.meter": Five(sim("cement"), sim("cement", "settlement_multiplier"),
                             Turning(multiplied, "settlement.meter", Decimal("0.5"), Decimal("0.0000001")),
                             (sim("cement", edit=without("meter_readings")), OPEN)),
    "balance.bus": Five(bus(Decimal(0)), bus(Decimal(100)),
                        Turning(bus, "balance.bus", Decimal(100), Decimal("0.0001")),
                        (lambda: seen(nodes.plant("bus", nodes.FEEDERS)), OPEN)),
    "balance.store": Five(store(Decimal(0)), store(Decimal(2000)),
                          Turning(store, "balance.store", Decimal(2000), Decimal("0.01")),
                          (store(Decimal(0), (None,) * 13), OPEN)),
    "cross.sources": Five(pair(Decimal(0)), pair(Decimal(100)),
                          Turning(pair, "cross.sources", Decimal(100), Decimal("0.0001")),
                          (pair(Decimal(0), second=False), OPEN)),
    "calibration.validity": Five(small(), small(covered(date(2025, 6, 30))),
                                 (small(covered(date(2025, 12, 31))), small(covered(date(2025, 12, 30)))),
                                 (small(without("instruments", "calibrations")), SILENT)),
    "source.dependence": Five(small(), small(unstated), DOCUMENT, (small(without("sources")), SILENT)),
    "plan.completeness": Five(small(), small(unplanned), DOCUMENT,
                              "its subject is the lack itself: a case without a plan fails as a whole"),
    "plan.instrument": Five(small(), small(planned(instrument_id="i_p")), IDENTITY, (small(without("plan")), SILENT)),
    "plan.method": Five(small(routed("measured")), small(routed("default")), IDENTITY, (small(without("plan")), SILENT)),
    "plan.frequency": Five(small(), small(planned(record_frequency="daily")),
                           "frequencies are ranked words; the satisfied plant keeps records just as often as planned",
                           (small(without("plan")), SILENT)),
    "deposit.ledger": Five(small(), small(lambda rows: deposit(rows).update(value=deposit(rows)["value"] + CENT)), EXACT,
                           (small(without("deposits")), SILENT)),
    "deposit.late": Five(small(), small(deposited(30)), (small(deposited(0)), small(deposited(1))), (small(undated), OPEN)),
    "deposit.missing": Five(small(), small(lambda rows: rows["deposits"].remove(deposit(rows))), DOCUMENT,
                            (small(all_default), SILENT)),
    "ratio.fixed": Five(sim("cement"), sim("cement", "fixed_raw_meal_ratio"), IDENTITY,
                        (sim("cement", edit=without("raw_meal_ratios")), SILENT)),
}  # fmt: skip
