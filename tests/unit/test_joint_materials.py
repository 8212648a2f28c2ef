"""联合调和中的物料单据：磅单与批次在独立时各为一个见证；扣水扣杂不作为质量；在途和结算量各为一种可能。"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

from tests.unit.joint_maps import MONTHS, Plant, settings
from verifierkit.joint.analysis import Analysis, analyse
from verifierkit.joint.sources import witnesses
from verifierkit.periods import month_bounds

LOTS, LAST = 4, 31


def plant(*, settled: bool = False, derived: bool = False, seed: int = 3) -> Plant:
    """A coal yard: tickets of an own weighbridge, a supplier's list of lots, a ledger of its own, use and levels."""
    generator = np.random.default_rng(seed)
    bought = 10_000 * (1 + 0.05 * generator.standard_normal(12))
    used = 9_900 * (1 + 0.05 * generator.standard_normal(12))
    made = Plant().node("market", "boundary", "coal").node("yard", "store", "coal").node("kiln", "process", "coal")
    made.stream("in", "market", "yard", "t").stream("out", "yard", "kiln", "t")
    for name in ("tickets", "lots", "ledger"):
        made.instrument(f"i_{name}", 0.002, "weighbridge")
    made.source("s_tickets", "in", "tickets", rank=1, instrument_id="i_tickets")
    origin = "s_tickets" if derived else "none"
    made.source("s_lots", "in", "transactions", rank=2, derives_from=origin, instrument_id="i_lots")
    made.source("s_ledger", "in", rank=3, instrument_id="i_ledger")
    made.metered(
        "out", list(used * (1 + 0.0005 * generator.standard_normal(12))), accuracy=0.001, kind="belt_scale", unit="t"
    )
    values = []
    for month, tonnes in zip(MONTHS, bought, strict=True):
        deducted = 0.0
        for index in range(LOTS):
            day = month_bounds(month)[0] + timedelta(days=5 * index + 2)
            share, taken = tonnes / LOTS, tonnes / LOTS * (0.02 + 0.01 * index)
            deducted += taken
            number = f"{month}-{index}"
            made.add("tickets", source_id="s_tickets", ticket_no=f"T{number}", weighed_on=day, net_t=share)
            made.add(
                "transactions", source_id="s_lots", doc_no=f"L{number}", kind="purchase", dispatched_on=day, received_on=day,
                weighed_t=share, deduction_t=taken, settled_t=share - taken,
            )  # fmt: skip
        values.append(tonnes * (1 + 0.0005 * generator.standard_normal()) - (deducted if settled else 0.0))
    made.months("s_ledger", values, "t")
    levels = 20_000 + np.cumsum(np.concatenate([[0.0], bought - used]))
    days = [date(2024, 12, LAST), *(month_bounds(month)[1] - timedelta(days=1) for month in MONTHS)]
    for day, tonnes in zip(days, levels, strict=True):
        made.level("yard", day, float(tonnes))
    return made


@cache
def analysis(settled: bool) -> Analysis:
    return analyse(plant(settled=settled).flow(), settings())


def test_tickets_and_lots_are_two_records_where_they_are_independent_and_one_where_not() -> None:
    assert [one.source for one in witnesses(plant().flow(), "in")] == ["s_tickets", "s_lots", "s_ledger"]
    assert [one.source for one in witnesses(plant(derived=True).flow(), "in")] == ["s_tickets", "s_ledger"]


def test_deductions_are_no_mass() -> None:
    flow = plant().flow()
    lots = next(one for one in witnesses(flow, "in") if one.source == "s_lots")
    rows = flow.rows("transactions", "s_lots")
    weighed, settled = (float(sum(row[name] for row in rows)) for name in ("weighed_t", "settled_t"))
    assert abs(sum(period.value for period in lots.periods) - weighed) < 1e-6
    assert weighed - settled > 4_000


def test_an_honest_yard_is_not_flagged() -> None:
    found = analysis(False)
    assert found.diagnosis is not None
    assert not found.diagnosis.flagged


def test_settled_tonnes_booked_as_weighed_are_named_with_the_deductions_of_the_documents() -> None:
    found = analysis(True)
    assert found.diagnosis is not None
    assert found.diagnosis.flagged
    best = found.diagnosis.errors[0].explanations[0].hypothesis
    assert (best.kind, best.source, best.months) == ("settled", "s_ledger", tuple(MONTHS))
    assert all(amount < 0 for _, amount in best.shift)


def test_lists_of_lots_and_tickets_never_lack_their_deductions() -> None:
    kinds = {(h.kind, h.source) for h in analysis(False).hypotheses}
    assert ("settled", "s_ledger") in kinds
    assert not {("settled", "s_tickets"), ("settled", "s_lots")} & kinds


def test_a_lot_sent_last_year_may_have_been_booked_then() -> None:
    made = plant()
    made.add(
        "transactions", source_id="s_lots", doc_no="L0", kind="purchase", dispatched_on=date(2024, 12, 30),
        received_on=date(2025, 1, 2), weighed_t=400.0,
    )  # fmt: skip
    found = analyse(made.flow(), settings())
    own = [h for h in found.hypotheses if h.kind == "transit" and h.source == "s_ledger"]
    assert [(h.months, [round(amount) for _, amount in h.shift]) for h in own] == [(("2025-01",), [-400])]
