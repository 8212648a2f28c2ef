"""The list of questions about the rules, for the authority that answers them: text, csv, xlsx or html."""

from __future__ import annotations

import html
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill

from verifierkit.bookwriter import FORMULA_MARKS, escape, fixed_zip
from verifierkit.clarifications import Clarification
from verifierkit.errors import UsageError
from verifierkit.outputs import csv_text, write_text

FORMATS = ("xlsx", "csv", "html")
TITLE = {"zh": "核算规则待澄清问题清单", "en": "Questions on the accounting rules"}
COLUMNS = (
    ("id", "编号", "Id", 26),
    ("packs", "规则包", "Rule packs", 26),
    ("years", "数据年度", "Data years", 13),
    ("facilities", "设施类型", "Facility types", 18),
    ("parameters", "参数", "Parameters", 26),
    ("question_zh", "问题", "Question (zh)", 46),
    ("question_en", "问题（英文）", "Question", 46),
    ("readings_zh", "各种读法及出处", "Readings and sources (zh)", 60),
    ("readings_en", "各种读法及出处（英文）", "Readings and sources", 60),
    ("used", "现用读法", "Reading used", 20),
    ("asked", "提出", "Asked", 18),
    ("answer", "答复的读法", "Reading answered", 20),
    ("answered_by", "答复单位", "Answered by", 20),
    ("answered_on", "答复日期", "Answered on", 13),
    ("source", "答复出处", "Source of the answer", 30),
    ("valid_from", "适用起始日期", "Valid from", 13),
)
NAMES = tuple(name for name, *_ in COLUMNS)


def rows(questions: Iterable[Clarification], *, only_open: bool = False) -> list[dict[str, str]]:
    """One row of texts a question, sorted by id; with ``only_open`` those without an answer."""
    chosen = [question for question in questions if question.open or not only_open]
    return [_row(question) for question in sorted(chosen, key=lambda question: question.id)]


def _row(question: Clarification) -> dict[str, str]:
    answer, first, last = question.answer, *question.years
    return {
        "id": question.id,
        "packs": ", ".join(question.packs),
        "years": str(first) if first == last else f"{first}-{last}",
        "facilities": ", ".join((*question.facility_kinds, *question.facility_classes)),
        "parameters": ", ".join(
            f"{name}: {', '.join(question.items)}" if question.items else name for name in question.parameters
        ),
        "question_zh": question.question["zh"],
        "question_en": question.question["en"],
        "readings_zh": _readings(question, "zh"),
        "readings_en": _readings(question, "en"),
        "used": question.used,
        "asked": " ".join(
            filter(None, (question.asked_by, question.asked_on.isoformat() if question.asked_on else ""))
        ),
        "answer": answer.reading if answer else "",
        "answered_by": answer.answered_by if answer else "",
        "answered_on": answer.answered_on.isoformat() if answer else "",
        "source": answer.source if answer else "",
        "valid_from": answer.valid_from.isoformat() if answer else "",
    }


def _readings(question: Clarification, lang: str) -> str:
    parts = []
    for name, reading in question.readings.items():
        cited = f"{reading.citation.title}, {reading.citation.clause} [{reading.citation.confidence}]"
        parts.append(f"{name}: {reading.label[lang]} ({cited})")
    return "; ".join(parts)


def write(path: Path, listed: Sequence[Mapping[str, str]]) -> None:
    """Write the list; the ending of the name says the format, and the same list gives the same bytes.

    Raises
    ------
    UsageError
        If the ending is none of :data:`FORMATS`, or the file exists.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise UsageError(f"--out: expected a name ending in .{', .'.join(FORMATS)}, found {path.name!r}")
    if path.exists():
        raise UsageError(f"{path.name} exists and is not written over; name another file")
    if kind == "csv":
        write_text(path, "\ufeff" + csv_text(NAMES, listed))
    elif kind == "html":
        write_text(path, _page(listed))
    else:
        path.write_bytes(_book(listed))


def _book(listed: Sequence[Mapping[str, str]]) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.title, sheet.freeze_panes = TITLE["zh"], "B3"
    for row, heads in enumerate(([zh for _, zh, _, _ in COLUMNS], [en for _, _, en, _ in COLUMNS]), start=1):
        for column, head in enumerate(heads, start=1):
            cell = sheet.cell(row, column, head)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="DDEBF7")
    for row, entry in enumerate(listed, start=3):
        for column, name in enumerate(NAMES, start=1):
            _put(sheet.cell(row, column), entry[name])
    for column, (*_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
    buffer = io.BytesIO()
    book.save(buffer)
    return fixed_zip(buffer.getvalue())


def _put(cell: Any, text: str) -> None:
    """A text that a spreadsheet never takes for a formula."""
    cell.value, cell.data_type = escape(text), "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if text.startswith(FORMULA_MARKS):
        cell.quotePrefix = True


def _page(listed: Sequence[Mapping[str, str]]) -> str:
    head = "".join(f"<th>{html.escape(zh)}<br>{html.escape(en)}</th>" for _, zh, en, _ in COLUMNS)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{html.escape(entry[name])}</td>' for name in NAMES)}</tr>" for entry in listed
    )
    style = "body{font:14px sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;padding:4px;vertical-align:top}"
    title = html.escape(f"{TITLE['zh']} {TITLE['en']}")
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"</head>\n<body><h1>{title}</h1>\n<table><tr>{head}</tr>\n{body}\n</table></body></html>\n"
    )


def text(listed: Sequence[Mapping[str, str]]) -> str:
    """The list as lines for a terminal."""
    lines = []
    for entry in listed:
        state = (
            f"answered: {entry['answer']} ({entry['answered_by']}, {entry['source']})" if entry["answer"] else "open"
        )
        lines.append(f"{entry['id']}: {entry['question_en']} ({entry['question_zh']})")
        lines.append(f"  {entry['packs']}; {entry['years']}; {state}; packs follow {entry['used']}")
        lines.append(f"  {entry['readings_en']}")
    return "".join(f"{line}\n" for line in lines)
