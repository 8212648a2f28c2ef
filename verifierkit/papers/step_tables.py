"""Tables of bills and lots recomputed step by step: what does not close with each of its rules, and a line for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from verifierkit.papers.tables import Record, frame, word

Row = Mapping[str, Any]
STEPS = (
    "finding",
    "document",
    "month",
    "step",
    "formula_symbols",
    "numbers",
    "outcome_value",
    "unit",
    "cause",
    "places",
)
TOTALS = ("source", "document_rows", "tested", "differing", "printed", "recomputed", "difference_sum", "unit")


def bill_steps(record: Record, language: str) -> pd.DataFrame:
    """Every step of every bill line that does not close, and its difference."""
    return _steps(record["recomputed"]["bills"]["lines"], language)


def bill_totals(record: Record, language: str) -> pd.DataFrame:
    """Number of bill lines recomputed by source, how many differ, and both sums."""
    return _totals(record["recomputed"]["bills"]["totals"], language)


def lot_steps(record: Record, language: str) -> pd.DataFrame:
    """Every step of every ticket, lot or ledger month that does not close, and its difference."""
    return _steps(record["recomputed"]["lots"]["lines"], language)


def lot_totals(record: Record, language: str) -> pd.DataFrame:
    """Number of tickets and lots recomputed by source, how many lines differ, and both sums."""
    return _totals(record["recomputed"]["lots"]["totals"], language)


def _steps(lines: list[Row], language: str) -> pd.DataFrame:
    return frame((row for line in lines for row in _line(line, language)), STEPS, language)


def _line(line: Row, language: str) -> Iterator[Row]:
    """The steps of one line, then printed less recomputed with its cause."""
    head = {"finding": line["finding"], "document": f"{line['source_name']} {line['document']}", "month": line["month"]}
    for step in line["steps"]:
        yield head | {
            "step": step["name"][language],
            "formula_symbols": _formula(step["formula"], language),
            "numbers": step["numbers"],
            "outcome_value": step["value"],
            "unit": step["unit"],
            "places": "; ".join(step["places"]),
        }
    yield head | {
        "step": word("printed_less_recomputed", language),
        "numbers": f"{line['observed']} - {line['expected']}",
        "outcome_value": line["difference"],
        "unit": line["unit"],
        "cause": line["cause"][language],
    }


def _formula(formula: str, language: str) -> str:
    """A formula; where it holds words, in the language of the paper."""
    name = f"formula {formula}"
    label = word(name, language)
    return formula if label == name else label


def _totals(totals: list[Row], language: str) -> pd.DataFrame:
    rows = [
        {**row, "source": row["source_name"], "document_rows": row["rows"], "difference_sum": _difference(row)}
        for row in totals
    ]
    return frame(rows, TOTALS, language)


def _difference(row: Row) -> str:
    return format(Decimal(row["printed"]) - Decimal(row["recomputed"]), "f")


STEP_TABLES: Mapping[str, Callable[..., pd.DataFrame]] = {
    function.__name__: function for function in (bill_steps, bill_totals, lot_steps, lot_totals)
}
