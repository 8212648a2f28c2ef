"""Steps of the learning notebook: a case to practise on, what was read, one chain, one finding, the log, the report."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from IPython.display import HTML

from verifierkit import decisions, samples
from verifierkit.case import CASE_FILE, Case, dump_yaml, load_meta
from verifierkit.columns import catalogue
from verifierkit.emissions import Key
from verifierkit.errors import InputError, Place, UsageError
from verifierkit.verification import Verification
from verifierkit.widgets import cards
from verifierkit.widgets.cells import cell_text
from verifierkit.widgets.sitting import Sitting
from verifierkit.widgets.words import word

SAMPLE = Path("../sample_data/cement-2025-errors")  # seen from notebooks/
SEED = 11
MISTAKES = (
    "bought_clinker_as_output",
    "wet_as_dry",
    "bill_registers_wrong",
    "duplicate_ticket",
    "formula_error",
    "deposit_differs",
    "plan_other_meter",
    "calibration_lapsed",
)


def practice_case(sample: Path | str = "") -> Path:
    """A copy of a case in a new temporary folder, to practise on; the case itself stays as it is.

    Parameters
    ----------
    sample
        The case folder; "" takes the cement sample beside ``notebooks/``, and where there is none a plant like it.

    Raises
    ------
    InputError
        If a folder is named and does not exist.
    """
    source = Path(sample or SAMPLE)
    target = Path(tempfile.mkdtemp(prefix="verifierkit-")) / source.name
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif sample:
        todo = "Name a case folder, or leave it empty for the sample."
        raise InputError(Place(source.name), expected="a case folder", found="no such folder", todo=todo)
    else:
        samples.write(target, sector="cement", year=2025, seed=SEED, errors=MISTAKES)
    return target


def use_pack(folder: Path, name: str) -> None:
    """Let a practice case name one pack, an id or a pack file in its folder, on every track that it has.

    Raises
    ------
    InputError, InputErrors
        If ``case.yaml`` cannot be read.
    """
    meta = load_meta(folder)
    content = {**meta, "packs": dict.fromkeys(meta["packs"], name)}
    (folder / CASE_FILE).write_text(dump_yaml(content), encoding="utf-8", newline="\n")


def tables_read(case: Case, language: str) -> HTML:
    """Tables of a case with the number of rows that were read, and the files they came from."""
    rows = []
    for name, spec in catalogue().items():
        held = case.tables[name]
        if held:
            files = dict.fromkeys(row.place.file for row in held)
            rows.append((spec.zh if language == "zh" else spec.en, str(len(held)), ", ".join(files)))
    return _shown(cards.table([word(name, language) for name in ("table", "entries", "file")], rows))


def first_of(verification: Verification, rule: str) -> int:
    """Place of the first finding of a rule in the list, from 0.

    Raises
    ------
    UsageError
        If there is none.
    """
    rules = [finding.key.rule for finding in verification.findings]
    if rule not in rules:
        raise UsageError(f"there is no finding of the rule {rule}")
    return rules.index(rule)


def chain(verification: Verification, number: int, language: str) -> HTML:
    """How the figure of a finding came about in its first month: records, ledgers, report of the month and the year.

    Raises
    ------
    UsageError
        If the finding is about no figure that was reported for a month and has a source.
    """
    heads = [word(name, language) for name in ("step", "source", "value", "unit", "cells")]
    key = _figure_of(verification, number)
    return _shown(cards.table(heads, [*_sources(verification, key, language), *_figures(verification, key, language)]))


def _figure_of(verification: Verification, number: int) -> Key:
    """The reported figure that the first result of a finding is about, on the first track that holds it."""
    result = verification.findings[number].results[0]
    for track in verification.context.packs:
        for month in result.months[:1]:
            key = Key(track, result.parameter, result.facility, result.item, month)
            if key in verification.context.figures:
                return key
    raise UsageError(f"the finding {result.rule} {result.when} is about no figure that was reported for a month")


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
