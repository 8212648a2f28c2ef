"""Documents from the record: one list of blocks, written as HTML, PDF and DOCX in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from verifierkit.errors import UsageError

FORMATS = ("html", "pdf", "docx")
LANGUAGES = ("zh", "en")


def write_reports(
    record: dict[str, Any],
    folder: Path,
    *,
    langs: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = FORMATS,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write ``report.<lang>.<format>`` for each language and format.

    Parameters
    ----------
    record : dict
        The record as :mod:`verifierkit.record` builds it.
    folder : Path
        An existing folder.
    langs, formats : sequence of str
        Some of :data:`LANGUAGES` and :data:`FORMATS`.
    progress : callable, optional
        Called with the name of each file before it is written.

    Returns
    -------
    list of Path
        The files, in the order in which they were written.

    Raises
    ------
    UsageError
        For a language or format that does not exist, or a folder that is none.
    """
    _refuse_unknown("--lang", langs, LANGUAGES)
    _refuse_unknown("--formats", formats, FORMATS)
    if not folder.is_dir():
        raise UsageError(f"{folder.name}: expected an existing folder for the reports, found none. Make it first.")
    written = []
    for lang in langs:
        for path in _write_language(record, folder, lang, formats, progress or (lambda name: None)):
            written.append(path)
    return written


def _refuse_unknown(option: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"{option}: expected some of {', '.join(known)}, found {name!r}. Name one that exists.")


def _write_language(
    record: dict[str, Any], folder: Path, lang: str, formats: Sequence[str], progress: Callable[[str], None]
) -> list[Path]:
    from verifierkit.documents import docx, html, pdf
    from verifierkit.documents.pictures import as_images
    from verifierkit.documents.report import report_blocks, report_pictures

    blocks, pictures = report_blocks(record, lang), report_pictures(record, lang)
    written = []
    for name in formats:
        path = folder / f"report.{lang}.{name}"
        progress(path.name)
        if name == "html":
            html.write(blocks, path, pictures=pictures, lang=lang)
        elif name == "pdf":
            pdf.write(blocks, path, pictures=pictures, lang=lang)
        else:
            docx.write(blocks, path, images=as_images(pictures), lang=lang)
        written.append(path)
    return written
