"""Steps of the learning notebook: a case to practise on, what was read, one chain, one finding, the log, the report."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from IPython.display import HTML

from verifierkit import decisions, samples
from verifierkit.case import Case
from verifierkit.columns import catalogue
from verifierkit.emissions import Key
from verifierkit.errors import InputError, Place, UsageError
from verifierkit.verification import Verification
from verifierkit.widgets import cards
from verifierkit.widgets.cells import cell_text
from verifierkit.widgets.sitting import Sitting
from verifierkit.widgets.words import word

SAMPLE_FOLDER = Path("../sample_data")  # seen from notebooks/
SAMPLE = samples.Sample(
    name="cement-2025-errors",
    sector="cement",
    year=2025,
    seed=11,
    errors=(
        "ledger_digits",
        "wet_as_dry",
        "deducted_into_cement_mill",
        "unweighted_ncv",
        "bill_registers_wrong",
        "belt_scale_drift",
        "calibration_lapsed",
        "deposit_differs",
        "formula_error",
        "plan_other_meter",
        "duplicate_ticket",
        "cutoff_year_end",
    ),
)


def practice_case(sample: Path | str = "") -> Path:
    """A copy of a case in a new temporary folder, to practise on; the case itself stays as it is.

    Parameters
    ----------
    sample
        The case folder; "" takes the cement sample beside ``notebooks/``, and where there is none writes it anew.

    Raises
    ------
    InputError
        If a folder is named and does not exist.
    """
    source = Path(sample) if str(sample) else SAMPLE_FOLDER / SAMPLE.name
    target = Path(tempfile.mkdtemp(prefix="verifierkit-")) / source.name
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif str(sample):
        todo = "Name a case folder, or leave it empty for the sample."
        raise InputError(Place(source.name), expected="a case folder", found="no such folder", todo=todo)
    else:
        samples.write(target, sector=SAMPLE.sector, year=SAMPLE.year, seed=SAMPLE.seed, errors=SAMPLE.errors)
    return target


def tables_read(case: Case, language: str) -> HTML:
    """Tables of a case with the number of rows that were read, and the files they came from."""
    rows = []
    for name, spec in catalogue().items():
        held = case.tables[name]
        if held:
            files = dict.fromkeys(row.place.file for row in held)
            rows.append((spec.zh if language == "zh" else spec.en, str(len(held)), ", ".join(files)))
    return _shown(cards.table([word(name, language) for name in ("table", "entries", "file")], rows))


def chain(
    verification: Verification, *, facility: str, parameter: str, item: str = "", month: str, language: str
) -> HTML:
    """One reported month and every step that it came by: records, ledgers, report of the month and of the year.

    Raises
    ------
    UsageError
        If the figure was not reported, or has no source.
    """
    heads = [word(name, language) for name in ("step", "source", "value", "unit", "cells")]
    track = next(
        (
            t
            for t in verification.context.packs
            if Key(t, parameter, facility, item, month) in verification.context.figures
        ),
        "",
    )
    if not track:
        raise UsageError(f"{parameter} of {facility} was not reported for {month}")
    key = Key(track, parameter, facility, item, month)
    return _shown(cards.table(heads, [*_sources(verification, key, language), *_figures(verification, key, language)]))


def _sources(verification: Verification, key: Key, language: str) -> Iterator[tuple[str, ...]]:
    flow = verification.context.flow
    source = flow.primary_source(key.parameter, key.facility, key.item)
    if source is None:
        raise UsageError(f"{key.parameter} of {key.facility} has no source")
    for step in reversed(flow.lineage(source["source_id"])):
        series = flow.series(step["source_id"])
        amount = series.months.get(key.period)
        if amount is not None:
            name = "step_ledger" if step["derives_from"] in flow.sources else "step_records"
            yield word(name, language), step["name"], f"{amount.value:,f}", series.unit, _span(amount.places)


def _figures(verification: Verification, key: Key, language: str) -> Iterator[tuple[str, ...]]:
    year = key._replace(period=str(verification.context.year))
    for name, wanted in (("step_reported_month", key), ("step_reported_year", year)):
        figure = verification.context.figures.get(wanted)
        if figure is not None:
            yield word(name, language), "", f"{figure.value:,f}", figure.unit, str(figure.place)


def _span(places: tuple[Place, ...]) -> str:
    """First and last of the cells and their number."""
    if len(places) <= 1:
        return str(places[0]) if places else ""
    return f"{places[0]} … {places[-1].column}{cell_text(places[-1].row)} ({len(places)})"


def finding_card(verification: Verification, number: int, language: str) -> HTML:
    """One finding as the desk shows it, by its place in the list (from 0): words, evidence rows, effect, decision."""
    return _shown(cards.card(Sitting(verification), number, language))


def decision_table(folder: Path, language: str) -> HTML:
    """The decisions in force that a case folder holds."""
    held = sorted(decisions.read(folder).values(), key=lambda decision: decision.line)
    rows = [
        (str(d.line), d.finding, word(d.disposition, language), word(d.status, language), d.reason, d.by, d.on)
        for d in held
    ]
    names = ("line", "finding", "disposition", "status", "reason", "by", "on")
    return _shown(cards.table([word(name, language) for name in names], rows))


def report_page(report: Path) -> HTML:
    """A report in HTML inside the notebook, in a frame that runs nothing and reaches nothing."""
    page = escape(report.read_text(encoding="utf-8"))
    frame = f'<iframe sandbox srcdoc="{page}" style="width:100%;height:640px;border:1px solid #ccc"></iframe>'
    return HTML(cards.tag("div", frame))


def _shown(content: str) -> HTML:
    return HTML(cards.style() + cards.tag("div", content, "vk-desk"))
