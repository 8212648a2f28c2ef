"""Names for what is wrong with a bill line: small exact tests, each one way in which such a figure comes about.

A cause is named where the printed figure equals what that way gives, to the tolerance of the rule, and only one does.
It explains; the finding stands on the recomputation. Every cause is a message id with words in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from verifierkit.bills.lines import LOSSES, METERED, Line, multiplier_of
from verifierkit.columns import Row

ZERO = Decimal(0)


def cause_of_metered(line: Line, *, tolerance: Decimal = ZERO) -> str:
    """Message id of why the metered energy of a line is not what its readings give, "" where nothing fits.

    Parameters
    ----------
    line
        A tested line of :func:`verifierkit.bills.registers_line`.
    tolerance
        How near a candidate must come to the printed figure [kWh].
    """
    return _named(line.observed, _metered_ways(line), tolerance)


def _metered_ways(line: Line) -> Iterator[tuple[str, Decimal]]:
    row, multiplier = line.row, multiplier_of(line.row)
    if multiplier is None:
        return
    prior, current = row["prior_reading"], row["current_reading"]
    difference = line.expected / multiplier
    if line.row["total_kwh"] == line.observed == ZERO:
        yield "hint.bill.zero", ZERO
    if current < prior:
        yield "hint.bill.rollover", (current - prior) * multiplier
        yield "hint.bill.rollover", (prior - current) * multiplier
        yield "hint.bill.rollover", current * multiplier
    elif current > prior:
        yield "hint.bill.readings_exchanged", (prior - current) * multiplier
    if multiplier != 1:
        yield "hint.bill.multiplier_left_out", difference
        yield "hint.bill.multiplier_twice", line.expected * multiplier
    if prior:
        yield "hint.bill.whole_reading", current * multiplier
    for name, cause in (("exchange_kwh", "exchange"), ("adjustment_kwh", "adjustment"), ("loss_kwh", "loss")):
        if row[name]:
            yield f"hint.bill.{cause}_in_metered", line.expected + row[name]
    if row["credit_kwh"]:
        yield "hint.bill.net", max(line.expected - row["credit_kwh"], ZERO)


def cause_of_total(line: Line, *, tolerance: Decimal = ZERO) -> str:
    """Message id of why the settled total of a line is not the sum of its parts, "" where nothing fits.

    Parameters
    ----------
    line
        A tested line of :func:`verifierkit.bills.total_line`.
    tolerance
        How near a candidate must come to the printed figure [kWh].
    """
    return _named(line.observed, _total_ways(line), tolerance)


def _total_ways(line: Line) -> Iterator[tuple[str, Decimal]]:
    row, expected = line.row, line.expected
    if expected > ZERO:
        yield "hint.bill.zero", ZERO
    loss = row["loss_kwh"] if row["loss_kwh"] is not None else sum((row[name] or ZERO for name in LOSSES), ZERO)
    yield from _left_out_or_twice("loss", loss, expected)
    yield from _left_out_or_twice("exchange", row["exchange_kwh"], expected)
    yield from _left_out_or_twice("adjustment", row["adjustment_kwh"], expected)
    for name, cause in (("adjustment_kwh", "adjustment"), ("free_kwh", "free"), ("submeter_kwh", "submeter")):
        if row[name]:
            yield f"hint.bill.{cause}_sign", expected - 2 * row[name]
    if row["credit_kwh"]:
        yield "hint.bill.credit_left_out", expected + row["credit_kwh"]
    if row["line_loss_yuan"]:
        yield "hint.bill.charge_as_energy", expected + row["line_loss_yuan"]
    parts = [row[name] for name in LOSSES if row[name] is not None]
    if row["loss_kwh"] is not None and parts:
        yield "hint.bill.loss_parts", expected - row["loss_kwh"] + sum(parts, ZERO)
    if row[METERED] is not None:
        yield "hint.bill.metered_only", row[METERED]


def _left_out_or_twice(name: str, part: Decimal | None, expected: Decimal) -> Iterator[tuple[str, Decimal]]:
    if part:
        yield f"hint.bill.{name}_left_out", expected - part
        yield f"hint.bill.{name}_twice", expected + part


def _named(observed: Decimal | None, ways: Iterable[tuple[str, Decimal]], tolerance: Decimal) -> str:
    """The first way that gives the printed figure; ways that give the same figure are told in their order."""
    if observed is None:
        return ""
    return next((cause for cause, value in ways if abs(value - observed) <= tolerance), "")


def common_cause(causes: Iterable[str]) -> str:
    """The cause that all failing lines of a bill share, "" where they differ."""
    found = set(causes)
    return found.pop() if len(found) == 1 else ""


def second_document(ours: Decimal, theirs: Decimal, *, passed: Decimal | None = None, tolerance: Decimal = ZERO) -> str:
    """Message id of how a second document's figure of the same quantity differs, "" where they agree.

    Parameters
    ----------
    ours, theirs
        The quantity by the bill and by the other document, in one unit.
    passed
        What of the bill passed the meter, without losses and corrections; None where it is not known.
    tolerance
        Largest difference that is no difference.
    """
    if abs(ours - theirs) <= tolerance:
        return ""
    if passed is not None and passed != ours and abs(theirs - passed) <= tolerance:
        return "hint.bill.second_document_passed"
    if ours and theirs:
        double = (abs(ours - 2 * theirs) <= tolerance, abs(theirs - 2 * ours) <= tolerance)
        if any(double):
            return "hint.bill.second_document_half"
    return "hint.bill.second_document"


def printed_zero(row: Row, metered: Decimal) -> bool:
    """Whether a bill settles 0 kWh although its register moved."""
    return row["total_kwh"] == ZERO and metered > ZERO
