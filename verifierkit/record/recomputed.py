"""Bills and lots as they were recomputed: each line that does not close with its steps, and one line for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from verifierkit.bills.causes import cause_of_metered, cause_of_total
from verifierkit.bills.lines import Line, recompute, registers_line, total_line
from verifierkit.bills.registers import TARIFFS, tariff_lines
from verifierkit.bills.settled import settling_lines
from verifierkit.bills.steps import Step
from verifierkit.bills.steps import plain as numbers_of
from verifierkit.checks.base import Context
from verifierkit.checks.bills import bill_rows, billed_month, register_digits
from verifierkit.checks.booked import Book, books
from verifierkit.checks.lots import cause_in, fails, lines_of, lists_of, number_of
from verifierkit.checks.statistics import limit_of
from verifierkit.checks.texts import messages, source_name
from verifierkit.columns import Row
from verifierkit.findings import Finding
from verifierkit.materials import MASS_KINDS, LotLine, LotStep, counted_on
from verifierkit.materials.lots import AMOUNT
from verifierkit.materials.twice import NUMBERS
from verifierkit.periods import month_of, split_period
from verifierkit.record.outcomes import finding_id
from verifierkit.record.values import decimal_text, label
from verifierkit.verification import Verification

ZERO = Decimal(0)
TOTAL_STEPS = ("total", "net_total")
Entry = dict[str, Any]
Part = dict[str, list[Entry]]


def recomputed_part(verification: Verification) -> dict[str, Part]:
    """For bills and for lots: ``lines`` that do not close, with every step, and ``totals`` by source."""
    return {"bills": _bills(verification), "lots": _lots(verification)}


def _bills(verification: Verification) -> Part:
    context, lines, totals = verification.context, [], []
    for source in context.flow.sources.values():
        if source["records"] != "settlement_bills":
            continue
        rows = [row for row in bill_rows(context.flow, source["source_id"]) if billed_month(row) in context.months]
        tested = [entry for row in rows for entry in _bill_lines(context, row)]
        tested += [("bill.total", line) for line in tariff_lines(rows)]
        wrong = [(rule, line) for rule, line in tested if _bill_fails(context, rule, line)]
        lines += [_bill(verification, source, rule, line) for rule, line in wrong]
        tried = sum(line.observed is not None for _, line in tested)
        counted = settling_lines(rows)
        printed = sum((row["total_kwh"] or ZERO for row in counted), ZERO)
        found = sum((_recomputed_total(context, row) for row in counted), ZERO)
        if rows:
            totals.append(_total(context, source, len(rows), tried, len(wrong), printed, found, "kWh"))
    return {"lines": lines, "totals": totals}


def _bill_lines(context: Context, row: Row) -> list[tuple[str, Line]]:
    digits = register_digits(context.flow, row)
    return [("bill.registers", registers_line(row, digits)), ("bill.total", total_line(row))]


def _recomputed_total(context: Context, row: Row) -> Decimal:
    """Total of a line by its own steps, the printed one where they do not lead to it [kWh]."""
    steps = recompute(row, digits=register_digits(context.flow, row))
    values = [step.value for step in steps if step.rule in TOTAL_STEPS and step.value is not None]
    return values[0] if values else row["total_kwh"] or ZERO


def _bill_fails(context: Context, rule: str, line: Line) -> bool:
    tolerance = limit_of(context.rule(rule), "tolerance_kwh") or ZERO
    return line.observed is not None and abs(line.observed - line.expected) > tolerance


def _bill(verification: Verification, source: Row, rule: str, line: Line) -> Entry:
    context, row = verification.context, line.row
    tolerance = limit_of(context.rule(rule), "tolerance_kwh") or ZERO
    steps = line.steps if line.kind == TARIFFS else recompute(row, digits=register_digits(context.flow, row))
    month, name = billed_month(row), cause_of_metered if rule == "bill.registers" else cause_of_total
    cause = "hint.bill.tariff_sum" if line.kind == TARIFFS else name(line, tolerance=tolerance)
    found = _line(
        context, source, str(row["bill_no"]), month, line.observed or ZERO, line.expected, "kWh", cause, steps
    )
    return found | {"rule": rule, "finding": _owner(verification, (rule,), source["source_id"], month)}


def _lots(verification: Verification) -> Part:
    context, lines, totals = verification.context, [], []
    for source, rows, _ in lists_of(context, "tickets", "transactions"):
        tested = lines_of(context, source, rows)
        wrong = [line for line in tested if fails(line, rows)]
        lines += [_lot(verification, source, line, rows) for line in wrong]
        column = "net_t" if source["records"] == "tickets" else "weighed_t"
        printed = sum((row[column] or ZERO for row in rows if _counts(row)), ZERO)
        change = sum((line.expected - line.observed for line in wrong if line.kind in MASS_KINDS), ZERO)
        totals.append(_total(context, source, len(rows), len(tested), len(wrong), printed, printed + change, "t"))
    lines += [_book(verification, book) for book in books(context) if book.way is not None]
    return {"lines": lines, "totals": totals}


def _counts(row: Row) -> bool:
    return row.table == "tickets" or counted_on(row) is not None


def _lot(verification: Verification, source: Row, line: LotLine, rows: Sequence[Row]) -> Entry:
    context, row = verification.context, line.row
    rule = "material.lot" if line.kind in MASS_KINDS else "material.invoice"
    day = row["weighed_on"] or row["received_on"] or row["dispatched_on"]
    month = month_of(day)
    document = str(row[NUMBERS[row.table]])
    unit = "yuan" if line.kind == AMOUNT else "t"
    cause = cause_in(line, rows)
    found = _line(context, source, document, month, line.observed, line.expected, unit, cause, line.steps)
    return found | {"rule": rule, "finding": _owner(verification, (rule,), source["source_id"], month)}


def _book(verification: Verification, book: Book) -> Entry:
    """A ledger month or reported month that was booked from settled tonnes or from goods on the way."""
    assert book.way is not None
    rule = "material.settled" if book.way.kind == "settled" else "material.transit"
    lots = book.way.lots
    column, name = ("settled_t", "lots_settled") if rule == "material.settled" else ("weighed_t", "lots_behind")
    numbers = " + ".join(numbers_of(lot[column]) for lot in lots)
    total = sum((lot[column] for lot in lots), ZERO)
    steps = (
        LotStep(name, numbers, total, places=tuple(lot.cell(column) for lot in lots)),
        LotStep("received", numbers_of(book.expected), book.expected),
        LotStep("booked_printed", numbers_of(book.observed), book.observed, places=book.places),
    )
    cause = f"hint.lot.booked_{book.way.kind}"
    document = ", ".join(map(number_of, lots))
    context, source = verification.context, book.source
    found = _line(context, source, document, book.month, book.observed, book.expected, "t", cause, steps)
    return found | {"rule": rule, "finding": _owner(verification, (rule,), source["source_id"], book.month)}


def _line(
    context: Context,
    source: Row,
    document: str,
    month: str,
    observed: Decimal,
    expected: Decimal,
    unit: str,
    cause: str,
    steps: Iterable[Step],
) -> Entry:
    words = messages().get(cause, label("", ""))
    return {
        "source": source["source_id"],
        "source_name": source_name(context, source["source_id"]),
        "document": document,
        "month": month,
        "observed": decimal_text(observed),
        "expected": decimal_text(expected),
        "difference": decimal_text(observed - expected),
        "unit": unit,
        "cause": label(words["zh"], words["en"]),
        "steps": [_step(step) for step in steps],
    }


def _step(step: Step) -> Entry:
    return {
        "rule": step.rule,
        "name": label(step.name("zh"), step.name("en")),
        "formula": step.formula,
        "numbers": step.numbers,
        "value": decimal_text(step.value),
        "unit": step.unit,
        "places": [str(place) for place in step.places],
    }


def _total(
    context: Context, source: Row, rows: int, tested: int, differing: int, printed: Decimal, found: Decimal, unit: str
) -> Entry:
    return {
        "source": source["source_id"],
        "source_name": source_name(context, source["source_id"]),
        "rows": rows,
        "tested": tested,
        "differing": differing,
        "printed": decimal_text(printed),
        "recomputed": decimal_text(found),
        "unit": unit,
    }


def _owner(verification: Verification, rules: Sequence[str], source: str, month: str) -> str:
    """Id of the finding in which a result of these rules on a source and month ended, "" where there is none."""
    for index, finding in enumerate(verification.findings):
        if any(_speaks(result.rule, result.source, result.when, rules, source, month) for result in _all(finding)):
            return finding_id(index)
    return ""


def _all(finding: Finding) -> list[Any]:
    return [*finding.results, *finding.explains]


def _speaks(rule: str, held: str, when: str, rules: Sequence[str], source: str, month: str) -> bool:
    return rule in rules and held == source and month in split_period(when)
