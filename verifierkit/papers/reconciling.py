"""The working paper of the joint fit alone, in each language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verifierkit import engine, outputs
from verifierkit.papers.pages import as_page

TEMPLATE = "8_reconciliation"
RECORD = "reconciliation.json"
NAMES = re.compile(r"reconciliation\.json|reconciliation\.(zh|en)\.(html|ipynb)")


def make_paper(record: Mapping[str, Any], folder: Path, languages: Sequence[str]) -> None:
    """Write ``reconciliation.json`` and the executed paper, as notebook and page, in each language.

    Raises
    ------
    NotebookError
        If the template does not run to its end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    outputs.write_text(folder / RECORD, outputs.json_text(record))
    path = engine.template_path(TEMPLATE)
    jobs = [
        engine.Job(path, folder / f"reconciliation.{language}.ipynb", _given(folder, language))
        for language in languages
    ]
    engine.execute_many(jobs)
    for language, job in zip(languages, jobs, strict=True):
        as_page(job.output, given=_given(Path(), language), language=language)


def _given(folder: Path, language: str) -> dict[str, Any]:
    return {"record": str(folder / RECORD), "language": language}
