"""One line of a bill: metered energy from its readings, total from its parts, each with the steps that lead to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from verifierkit.bills.reading import register_difference, turned_over
from verifierkit.bills.steps import Step, plain
from verifierkit.columns import Row
from verifierkit.errors import Place

ZERO = Decimal(0)
METERED = "metered_kwh"
LOSSES = ("fixed_loss_kwh", "variable_loss_kwh", "line_loss_kwh")
# parts of the total after the metered energy and the losses, with the rule that each step is named after
OTHERS: Mapping[str, str] = {
    "exchange_kwh": "exchange",
    "adjustment_kwh": "adjustment",
    "shared_kwh": "shared",
    "free_kwh": "free",
    "submeter_kwh": "submeter",
    "tariff_shift_kwh": "tariff_shift",
}
PARTS = (METERED, "exchange_kwh", "adjustment_kwh", "loss_kwh", *LOSSES, "shared_kwh", "free_kwh", "submeter_kwh",
         "tariff_shift_kwh")  # fmt: skip
LOSS_RULES: Mapping[str, str] = {
    "fixed_loss_kwh": "fixed_loss",
    "variable_loss_kwh": "variable_loss",
    "line_loss_kwh": "line_loss",
}


@dataclass(frozen=True)
class Line:
    """What one register line of a bill shows [kWh] against what its other cells give.

    ``observed`` is None where the line cannot be tested; ``reason`` is then the message id. ``steps`` lead to
    ``expected``. ``kind`` tells a comparison of registers from one of the cells of a line, ``others`` cells of other
    lines that it uses.
    """

    row: Row
    observed: Decimal | None = None
    expected: Decimal = ZERO
    reason: str = ""
    steps: tuple[Step, ...] = field(default=(), compare=False)
    kind: str = ""
    others: tuple[Place, ...] = ()


def is_refund(row: Row) -> bool:
    """Whether the line only corrects an earlier period: no readings and no metered energy of its own."""
    readings = row["prior_reading"] is None and row["current_reading"] is None
    return readings and not row[METERED] and row["adjustment_kwh"] is not None


def multiplier_of(row: Row) -> Decimal | None:
    """Multiplier that a line prints; None where it is blank or 0, since a meter cannot count with 0."""
    value: Decimal | None = row["multiplier"]
    return value or None


def difference_step(row: Row, digits: int | None) -> Step:
    """Difference of the readings of a line, over one rollover where the later is smaller and the digits are known."""
    prior, current = row["prior_reading"], row["current_reading"]
    places = (row.cell("prior_reading"), row.cell("current_reading"))
    numbers = f"{plain(current)} - {plain(prior)}"
    if prior is None or current is None:
        return Step("register", numbers, None, "", places)
    if current >= prior:
        return Step("register", numbers, current - prior, "", places)
    if digits is None or not turned_over(prior, current, digits):
        return Step("register", numbers, None, "", places)
    return Step("rollover", f"{numbers} + 10^{digits}", register_difference(prior, current, digits), "", places)


def metered_step(row: Row, digits: int | None) -> Step:
    """Metered energy of a line: difference of its readings times its multiplier [kWh]."""
    difference, multiplier = difference_step(row, digits), multiplier_of(row)
    value = None if difference.value is None or multiplier is None else difference.value * multiplier
    numbers = f"({difference.numbers}) x {plain(row['multiplier'])}"
    return Step("metered", numbers, value, places=(*difference.places, row.cell("multiplier")))


def registers_line(row: Row, digits: int | None) -> Line:
    """Metered energy of a line against the difference of its readings times the multiplier, rollover aware.

    A bill that prints no part at all settles what it metered: its total stands for the metered energy.

    Parameters
    ----------
    row
        A line of ``settlement_bills``.
    digits
        Integer digits of the register; None where not known, and a smaller reading is then not decided. With digits, a
        reading that falls by less than half the register is no rollover and recomputes nothing.
    """
    prior, current, metered = row["prior_reading"], row["current_reading"], row[METERED]
    if all(row[name] is None for name in PARTS):
        metered = row["total_kwh"]
    steps = (difference_step(row, digits), metered_step(row, digits))
    if prior is None or current is None or metered is None:
        return Line(row, reason="" if prior is None and current is None else "bill.registers.cells", steps=steps)
    if multiplier_of(row) is None:
        zero = row["multiplier"] is not None
        return Line(row, reason="bill.registers.multiplier_zero" if zero else "bill.registers.multiplier", steps=steps)
    if steps[1].value is None:
        return Line(row, reason="bill.registers.digits" if digits is None else "bill.registers.fell", steps=steps)
    return Line(row, metered, steps[1].value, steps=steps)


def loss_of(row: Row) -> Decimal | None:
    """Losses of a line [kWh]: the column of both, else the sum of its parts; None where the bill prints none."""
    if row["loss_kwh"] is not None:
        return Decimal(row["loss_kwh"])
    given = [row[name] for name in LOSSES if row[name] is not None]
    return sum(given, ZERO) if given else None


def loss_steps(row: Row) -> list[Step]:
    """Printed losses, part by part where the bill splits them, and the charge of that name that is money."""
    steps = [
        Step(rule, plain(row[name]), row[name], places=(row.cell(name),))
        for name, rule in LOSS_RULES.items()
        if row[name] is not None
    ]
    loss = loss_of(row)
    if loss is not None:
        numbers = " + ".join(plain(step.value) for step in steps) or plain(loss)
        names = ("loss_kwh",) if row["loss_kwh"] is not None else tuple(n for n in LOSSES if row[n] is not None)
        steps.append(Step("loss", numbers, loss, places=tuple(row.cell(name) for name in names)))
    if row["line_loss_yuan"] is not None:
        places = (row.cell("line_loss_yuan"),)
        steps.append(Step("line_loss_charge", plain(row["line_loss_yuan"]), row["line_loss_yuan"], "yuan", places))
    return steps


def part_values(row: Row) -> dict[str, Decimal]:
    """The parts of a line's total that the bill prints [kWh] by column, losses under ``loss_kwh``."""
    found = {name: row[name] for name in (METERED, *OTHERS) if row[name] is not None}
    loss = loss_of(row)
    return found if loss is None else found | {"loss_kwh": loss}


def total_line(row: Row) -> Line:
    """Settled total of a line against the sum of its parts, less a credit that the bill prints; a blank part is absent.

    A credit is taken off to 0 and not below: what is left over stays in the bank.
    """
    parts = part_values(row)
    if row["total_kwh"] is None or not parts:
        return Line(row, reason="bill.total.parts")
    step = total_step(row, parts)
    expected = step.value or ZERO
    steps = (*part_steps(row), *loss_steps(row), step)
    if row[METERED] is None and expected != row["total_kwh"]:
        return Line(row, reason="bill.total.parts", steps=steps)
    return Line(row, row["total_kwh"], expected, steps=steps)


def part_steps(row: Row) -> list[Step]:
    """The printed parts of a line that are neither metered energy nor loss."""
    return [
        Step(rule, plain(row[name]), row[name], places=(row.cell(name),))
        for name, rule in {**OTHERS, "credit_kwh": "credit"}.items()
        if row[name] is not None
    ]


def total_step(row: Row, parts: Mapping[str, Decimal]) -> Step:
    """Sum of the parts, less the credit where the bill prints one [kWh]."""
    numbers = " + ".join(f"({plain(value)})" if value < 0 else plain(value) for value in parts.values()) or "?"
    places = tuple(row.cell(name) for name in parts if row[name] is not None)
    value = sum(parts.values(), ZERO) if parts else None
    credit = row["credit_kwh"]
    if credit is None or value is None:
        return Step("total", numbers, value, places=places)
    numbers = f"max({numbers} - {plain(credit)}, 0)"
    return Step("net_total", numbers, max(value - credit, ZERO), places=(*places, row.cell("credit_kwh")))


def recompute(row: Row, *, digits: int | None) -> list[Step]:
    """The whole line recomputed from its registers: every rule that it uses, in order, ending with both totals [kWh].

    The metered energy is the recomputed one where the readings allow it, else the printed one, said so.
    """
    steps = [difference_step(row, digits), metered_step(row, digits)]
    if row["prior_reading"] is None and row["current_reading"] is None:
        steps = []
    metered = steps[-1].value if steps else None
    if row["estimated"]:
        steps.append(Step("estimated", "*", None, "", (row.cell("estimated"),)))
    if metered is None and row[METERED] is not None:
        metered = row[METERED]
        steps.append(Step("metered_printed", plain(metered), metered, places=(row.cell(METERED),)))
    steps += [*part_steps(row), *loss_steps(row)]
    parts = part_values(row)
    if metered is not None:
        parts = {METERED: metered} | {name: value for name, value in parts.items() if name != METERED}
    steps.append(total_step(row, parts))
    printed = row["total_kwh"]
    steps.append(Step("total_printed", plain(printed), printed, places=(row.cell("total_kwh"),)))
    return steps
