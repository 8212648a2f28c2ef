"""Runs all templates on one record: working papers as notebook and HTML, the report in the formats asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from verifierkit import engine
from verifierkit.papers.pages import as_page

REPORT = "report"
Say = Callable[[str], None]


def make(folder: Path, languages: Sequence[str], formats: Sequence[str], *, say: Say = print) -> None:
    """Execute every template on ``folder/result.json`` and write papers and reports into the folder.

    Working papers are written in the first of the languages, the report in each. The executed notebooks hold
    paths relative to the folder, so that two runs in different folders give the same files.

    Raises
    ------
    NotebookError
        If a template does not run to its end.
    """
    papers = folder / "papers"
    papers.mkdir(parents=True, exist_ok=True)
    names = engine.template_names()
    say(f"working papers and report: {len(names)} notebooks")
    jobs = [
        engine.Job(engine.template_path(name), papers / f"{name}.ipynb", _parameters(name, folder, languages, formats))
        for name in names
    ]
    engine.execute_many(jobs)
    for name, job in zip(names, jobs, strict=True):
        relative = _parameters(name, Path(), languages, formats)
        as_page(job.output, given=relative, language=languages[0])


def _parameters(name: str, folder: Path, languages: Sequence[str], formats: Sequence[str]) -> Mapping[str, Any]:
    given: dict[str, Any] = {"record": str(folder / "result.json")}
    if name.endswith(REPORT):
        return given | {"folder": str(folder), "languages": list(languages), "formats": list(formats)}
    return given | {"language": languages[0]}
