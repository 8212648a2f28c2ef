"""Coal bought by the simulated cement plant: lots with their settlement and invoice, and the tickets of the weighbridge."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Context, Decimal, localcontext

import numpy as np

from verifierkit.simulate.base import PRECISION, Cells, Plant, exact, round_half_up
from verifierkit.simulate.cement_instruments import bias
from verifierkit.simulate.noise import rectangular

COAL_SUPPLIERS = ("示例矿业甲公司", "示例矿业乙公司", "示例煤炭物流公司")
ON_RECEIPT = (  # cells of a lot that nobody can fill while it is on its way
    "received_on", "booked_on", "moisture_received_fraction", "deduction_t", "settled_t", "invoiced_t",
    "price_yuan_per_t", "amount_yuan",
)  # fmt: skip


def received_lots(plant: Plant) -> list[Cells]:
    """Coal lots that were received within the data year."""
    return [row for row in plant.rows("transactions", source_id="s_c_buy") if row["received_on"] is not None]


def write_purchases(plant: Plant) -> None:
    """Coal by lot: ticket, weighed, deducted for the moisture gained on the way, settled, invoiced; one lot is on its way."""
    rng, factor = plant.rng("coal purchases"), 1 + bias(plant, "weighbridge")
    for number, (day, tonnes) in enumerate(plant.truth["coal_bought"], start=1):
        weighed = exact(tonnes * factor + float(rectangular(rng, half_width=2.0)), 2)
        tare = exact(float(weighed) * float(rng.uniform(0.335, 0.355)), 2)
        lot = add_coal_lot(plant, rng, number, day, weighed)
        plant.add(
            "tickets", source_id="s_c_buy_tickets", ticket_no=f"GD{plant.year}{number:04d}", weighed_on=day,
            gross_t=weighed + tare, tare_t=tare, net_t=weighed, vehicle=f"专列{int(rng.integers(40000, 49999))}",
            doc_no=lot["doc_no"],
        )  # fmt: skip
    transit = add_coal_lot(plant, rng, len(plant.truth["coal_bought"]) + 1, date(plant.year, 12, 31), exact(3100.0, 2))
    transit |= dict.fromkeys(ON_RECEIPT)


def add_coal_lot(plant: Plant, rng: np.random.Generator, number: int, day: date, weighed: Decimal) -> Cells:
    """One coal purchase; the day is the day of receipt.

    The moisture of loading is agreed; what rain added on the way is taken off, so that the dry coal is paid once. The
    price is that of the supplier's contract for the quarter, in whole yuan.
    """
    gained = float(rng.uniform(0.004, 0.016))
    moisture = exact(float(plant.truth["moisture"][plant.truth["days"].index(day)]), 3)
    agreed = exact(float(moisture) - gained, 3)
    with localcontext(Context(prec=PRECISION)):
        deduction = round_half_up(weighed * (moisture - agreed) / (1 - agreed), 2)
    row = plant.add(
        "transactions", source_id="s_c_buy", doc_no=f"MT{plant.year}{number:04d}", kind="purchase",
        dispatched_on=day - timedelta(days=int(rng.integers(2, 5))), received_on=day, weighed_t=weighed,
        deduction_t=deduction, settled_t=weighed - deduction, invoice_no=f"FP{int(rng.integers(10**7, 10**8))}",
        counterparty=str(rng.choice(COAL_SUPPLIERS)), booked_on=day, moisture_agreed_fraction=agreed,
        moisture_received_fraction=moisture, invoiced_t=None, price_yuan_per_t=None, amount_yuan=None,
    )  # fmt: skip
    bill_lot(plant, row)
    return row


def bill_lot(plant: Plant, lot: Cells) -> None:
    """The supplier's invoice of one lot: its settled tonnes at the price of the quarter."""
    quarter = (lot["received_on"].month - 1) // 3
    prices = plant.rng(f"coal price {lot['counterparty']}").integers(560, 760, size=4)
    price = Decimal(int(prices[quarter]))
    lot |= {"invoiced_t": lot["settled_t"], "price_yuan_per_t": price}
    lot["amount_yuan"] = round_half_up(lot["settled_t"] * price, 2)
