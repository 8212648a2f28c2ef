"""Files of a plan review: the form in both languages and formats, and its findings as csv."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verifierkit.checks.texts import text
from verifierkit.errors import UsageError
from verifierkit.outputs import csv_text, write_text
from verifierkit.planreview.form import Form, words
from verifierkit.planreview.review import Review

FORMATS = ("html", "docx", "pdf")
LANGUAGES = ("zh", "en")
COLUMNS = ("rule", "facility", "period", "stream", "source", "text_zh", "text_en", "places")


def write(
    review: Review, folder: Path, *, langs: Sequence[str] = LANGUAGES, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write ``plan_review.<lang>.<format>`` and ``plan_findings.csv``; nothing else in the folder is touched.

    Raises
    ------
    UsageError
        If the folder cannot take the files, or holds some of them already.
    """
    from verifierkit.documents import docx, html, pdf

    names = [f"plan_review.{lang}.{form}" for lang in langs for form in formats]
    held = [name for name in (*names, "plan_findings.csv") if (folder / name).exists()]
    if held:
        raise UsageError(f"{', '.join(held)} exists in {folder.name} and is not written over; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the output folder {folder.name} cannot be written: {error.strerror}") from None
    for lang in langs:
        blocks = Form(review, lang).blocks()
        for form in formats:
            path = folder / f"plan_review.{lang}.{form}"
            if form == "html":
                html.write(blocks, path, pictures={}, lang=lang)
            elif form == "pdf":
                pdf.write(blocks, path, pictures={}, lang=lang)
            else:
                docx.write(blocks, path, images={}, lang=lang)
    findings = folder / "plan_findings.csv"
    write_text(findings, "\ufeff" + csv_text(COLUMNS, finding_rows(review)))
    return [*(folder / name for name in names), findings]


def summary(review: Review, lang: str) -> str:
    """One line on a review in one language [``zh`` or ``en``]: parameters, those missing or with blank cells, findings."""
    said = words()["summary"][lang].format(
        parameters=len(review.entries),
        missing=len(review.missing),
        blank=sum(1 for entry in review.entries if entry.blank),
        findings=len(review.findings),
    )
    return said + (words()["summary.alone"][lang] if review.alone else "")


def finding_rows(review: Review) -> list[dict[str, str]]:
    """Findings of the review with their key, words and cells."""
    rows = []
    for finding in review.findings:
        said = text(review.context, finding.results[0])
        places = dict.fromkeys(str(place) for result in finding.results for place in result.places)
        key = dict(zip(("rule", "facility", "period", "stream", "source"), finding.key, strict=True))
        rows.append(key | {"text_zh": said["zh"], "text_en": said["en"], "places": "; ".join(places)})
    return rows
