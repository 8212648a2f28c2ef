"""The five ways of the rules on records, ledgers, reported figures, factors and deducted materials."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.five_ways import Five, first, sim, small, without
from tests.unit.small_plant import Rows, pick, reported
from tests.unit.test_checks_year import last_year, with_stock
from verifierkit import rulepack
from verifierkit.columns import Tables

MONTH, CENT, TINY = "2025-04", Decimal("0.01"), Decimal("0.000001")
EXACT = "tolerance 0 in the last digit: the satisfied plant stands on it, the violated one a last digit beyond"
DOCUMENT = "no quantity is compared: a document or an entry is there or is not"
IDENTITY = "no tolerance: two entries are the same or are not"
SILENT, OPEN = "nothing", "not_evaluated"
CHANGE = rulepack.load("cement-2024").checks["year.change"].limit("change")
INTENSITY = "line_intensity_tco2_per_t"


def ledger(rows: Rows, source: str, change: Decimal) -> None:
    """One month of a monthly source moved."""
    pick(rows, "monthly_values", source_id=source, month=MONTH)["value"] += change


def figure(parameter: str, change: Decimal, month: str | None = MONTH) -> Any:
    """One reported figure moved."""

    def edit(rows: Rows) -> None:
        reported(rows, parameter, month)["value"] += change

    return edit


def dropped(parameter: str, month: str | None = MONTH) -> Any:
    """One reported figure taken out."""
    return lambda rows: rows["reported"].remove(reported(rows, parameter, month))


def half_digit(*sources: str, beyond: bool) -> Any:
    """A source with more digits than the figure that is made from it: just below half of the last digit, and on it."""
    change = Decimal("0.005") if beyond else Decimal("0.004999")

    def edit(rows: Rows) -> None:
        for source in sources:
            ledger(rows, source, change)

    return edit


def no_source(*sources: str) -> Any:
    """Monthly values of these sources taken out."""

    def edit(rows: Rows) -> None:
        rows["monthly_values"] = [row for row in rows["monthly_values"] if row["source_id"] not in sources]

    return edit


def basis(rows: Rows) -> None:
    """Batches of a month on dry basis, their plain weighted mean reported as if they were as received."""
    for row in rows["coal_analyses"]:
        if row["sampled_on"].month == int(MONTH[-2:]):
            row["basis"] = "dry"


def plain_mean(rows: Rows) -> None:
    """The unweighted mean of the batches of a month."""
    reported(rows, "fuel_ncv", MONTH)["value"] = Decimal("21.950")


def back_to_default(rows: Rows) -> None:
    """The default heat value from a month on, after a measured one."""
    row = reported(rows, "fuel_ncv", "2025-07")
    row.update(route="default", value=Decimal("23.076"))


def slag(**cells: Any) -> Any:
    """A month of the deducted material changed."""

    def edit(rows: Rows) -> None:
        pick(rows, "deducted_materials", source_id="s_m", month=MONTH).update(cells)

    return edit


def sampled(rows: Rows) -> dict[str, Any]:
    """The first analysis of January."""
    return rows["coal_analyses"][0]


def issued(day: date) -> Any:
    """The day on which an analysis of January was issued."""
    return lambda rows: sampled(rows).update(issued_on=day)


def undated(rows: Rows) -> None:
    """Analyses without dates of receipt and issue."""
    for row in rows["coal_analyses"]:
        row.update(received_on=None, issued_on=None)


def stock(counted: str) -> Any:
    """The stock counted at the end of last year beside a closing stock of 100 t."""

    def edit(rows: Rows) -> None:
        rows.update(with_stock(Decimal(counted), Decimal("100.00")))

    return edit


def intensity(factor: Decimal) -> Any:
    """This year's intensity as a multiple of last year's."""

    def edit(rows: Rows) -> None:
        last_year(rows)["value"] = Decimal("0.8000")
        reported(rows, INTENSITY, None)["value"] = Decimal("0.8000") * factor

    return edit


def received(day: date) -> Any:
    """The first ticket of a simulated plant on another day."""

    def edit(tables: Tables) -> None:
        source = first(tables, "sources", records="tickets")["source_id"]
        first(tables, "tickets", source_id=source)["weighed_on"] = day

    return edit


def register(tables: Tables) -> None:
    """The register of evidence names a file that is not there."""
    tables["evidence"][0].values["file"] = "evidence/none.xlsx"


def unlisted(tables: Tables) -> None:
    """No table names a file below ``evidence/``."""
    tables["evidence"], tables["transcriptions"] = [], []
    for row in tables["sources"]:
        row.values["document"] = None


RULES = {
    "evidence.defect": Five(sim("cement"), sim("cement", "text_in_number"), DOCUMENT,
                            "a case without tables has no data to be faulty and is refused before the checks"),
    "evidence.register": Five(sim("cement"), sim("cement", edit=register), DOCUMENT, (sim("cement", edit=unlisted), SILENT)),
    "evidence.duplicate": Five(sim("cement"), sim("cement", "duplicate_ticket"), IDENTITY,
                               (small(without("coal_analyses", "deducted_materials")), SILENT)),
    "evidence.pasted": Five(sim("cement"), sim("cement", "month_pasted"), IDENTITY,
                            (small(without("monthly_values", "coal_analyses")), SILENT)),
    "completeness.record": Five(small(), small(lambda rows: rows["monthly_values"].pop()), DOCUMENT,
                                (small(without("sources", "plan")), SILENT)),
    "completeness.parameter": Five(small(), small(dropped("clinker_produced_t")), DOCUMENT,
                                   "its subject is the lack itself: without any figure every parameter fails"),
    "chain.ledger": Five(small(), small(lambda rows: ledger(rows, "s_c_ledger", CENT)),
                         (small(half_digit("s_c_record", beyond=False)), small(half_digit("s_c_record", beyond=True))),
                         (small(no_source("s_c_record")), OPEN)),
    "chain.report": Five(small(), small(figure("clinker_produced_t", CENT)),
                         (small(half_digit("s_p", beyond=False)), small(half_digit("s_p", beyond=True))),
                         (small(no_source("s_p", "s_c_ledger", "s_c_record")), OPEN)),
    "chain.year": Five(small(), small(figure("clinker_produced_t", CENT, None)), EXACT,
                       (small(dropped("clinker_produced_t")), OPEN)),
    "calc.formula": Five(small(), small(figure("process_co2_t", CENT)), EXACT, (small(dropped("clinker_produced_t")), OPEN)),
    "factor.default": Five(small(), small(figure("clinker_factor_tco2_per_t", Decimal("0.001"))), EXACT,
                           (small(without("reported")), SILENT)),
    "factor.route": Five(small(), small(back_to_default), DOCUMENT, (small(without("reported")), SILENT)),
    "factor.basis": Five(small(), small(basis), IDENTITY, (small(without("coal_analyses")), SILENT)),
    "factor.weighting": Five(small(), small(plain_mean), IDENTITY, (small(without("coal_analyses")), SILENT)),
    "material.mill": Five(small(), small(slag(enters="cement_mill")), DOCUMENT, (small(without("deducted_materials")), SILENT)),
    "material.moisture": Five(small(), small(slag(dry_t=Decimal("100.01"))), EXACT,
                              (small(without("deducted_materials")), SILENT)),
    "lab.dates": Five(small(), small(issued(date(2024, 12, 31))),
                      (small(issued(date(2025, 3, 12))), small(issued(date(2025, 3, 13)))), (small(undated), OPEN)),
    "year.change": Five(small(), small(intensity(1 + CHANGE + CENT)),
                        (small(intensity(1 + CHANGE)), small(intensity(1 + CHANGE + TINY))),
                        (small(lambda rows: last_year(rows).update(value=None)), OPEN)),
    "year.opening_stock": Five(small(stock("100.00")), small(stock("100.01")), EXACT,
                               (small(lambda rows: rows.update(stock_counts=[])), OPEN)),
    "cutoff.year_end": Five(sim("cement"), sim("cement", "cutoff_year_end"),
                            (sim("cement", edit=received(date(2025, 12, 31))), sim("cement", edit=received(date(2026, 1, 1)))),
                            (sim("cement", edit=without("tickets", "transactions")), SILENT)),
    "survey.adjustment": Five(sim("cement"), sim("cement", "survey_booked_twice"), IDENTITY,
                              (sim("cement", edit=without("stock_counts")), SILENT)),
    "transcription.tick": Five(sim("cement"), sim("cement", "unticked_transcription"), DOCUMENT,
                               (sim("cement", edit=without("transcriptions")), SILENT)),
}  # fmt: skip
