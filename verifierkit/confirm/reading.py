"""Reading the filled sheet: every tick is held against the packs as they are now, and only listed, never applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from verifierkit.confirm.marks import Marked, marked
from verifierkit.confirm.sheet import COLUMNS, FIRST_ROW, SHEET, SHOWN
from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.readers import Sheet, read_grid
from verifierkit.readers.grid import letter
from verifierkit.readers.values import parse_date

ANSWERS = {"": None, "是": True, "yes": True, "y": True, "否": False, "no": False, "n": False}
NAMES = tuple(name for name, _, _, _ in COLUMNS)
NEEDED = {"read_clause": "the clause that was read", "person": "the name of the reader", "day": "a date"}
HEAD = (
    "# Marks that a person with the text has confirmed. Nothing was changed: apply by hand, after a look.\n"
    "# A mark A says that the value was read in the rule's text.\n"
)


@dataclass(frozen=True)
class Answer:
    """One ticked row: the entry, whether the text agrees, what was read, by whom and when."""

    entry: Marked
    agrees: bool
    read_clause: str
    page: str
    person: str
    day: date | None


def read(path: Path | str, own: Iterable[Path] = ()) -> list[Answer]:
    """Answers of a filled sheet, in its order; rows without an answer are left out.

    ``own`` are the pack files of one's own that the sheet holds.

    Raises
    ------
    InputError, InputErrors
        If the file is not such a sheet, a row is unknown or was changed, an entry reads otherwise in the packs now,
        or an answer lacks clause, name or date.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(Place(path.name), expected="the filled sheet", found="no such file", todo="Name another.")
    grid = read_grid(path, place_file=path.name)
    sheet = grid.by_name().get(SHEET)
    if sheet is None:
        todo = "Use a sheet written by `verifierkit rules confirm --out`."
        found = ", ".join(grid.by_name())
        raise InputError(Place(path.name), expected=f"the sheet {SHEET}", found=found, todo=todo)
    _check_heading(path.name, sheet)
    known = {entry.key: entry for entry in marked(own=own)}
    faults: list[InputError] = []
    answers = [answer for row in _rows(sheet) for answer in _answer(path.name, row, known, faults, grid.date1904)]
    if faults:
        raise InputErrors(faults)
    return answers


def _check_heading(file: str, sheet: Sheet) -> None:
    found = tuple(_text(cell) for cell in sheet.rows[FIRST_ROW - 2]) if len(sheet.rows) >= FIRST_ROW - 1 else ()
    wanted = tuple(en for _, _, en, _ in COLUMNS)
    if found[: len(wanted)] != wanted:
        place, todo = Place(file, SHEET, FIRST_ROW - 1), "Put the columns back as they were written."
        raise InputError(place, expected=", ".join(wanted), found=", ".join(found) or "nothing", todo=todo)


def _rows(sheet: Sheet) -> Iterator[tuple[int, dict[str, object]]]:
    for number, cells in enumerate(sheet.rows[FIRST_ROW - 1 :], start=FIRST_ROW):
        padded = [*cells, *([""] * (len(NAMES) - len(cells)))]
        if any(_text(cell) for cell in padded):
            yield number, dict(zip(NAMES, padded, strict=False))


def _text(cell: object) -> str:
    """A cell as text; a number that a spreadsheet made of typed digits keeps none behind the point."""
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell).strip()


def _answer(
    file: str,
    row: tuple[int, dict[str, object]],
    known: Mapping[str, Marked],
    faults: list[InputError],
    date1904: bool,
) -> Iterator[Answer]:
    number, cells = row
    count = len(faults)

    def fault(name: str, expected: str, todo: str) -> None:
        place = Place(file, SHEET, number, letter(NAMES.index(name)))
        faults.append(InputError(place, expected=expected, found=_text(cells[name]) or "nothing", todo=todo))

    tick = _text(cells["confirmed"]).lower()
    if tick not in ANSWERS:
        fault("confirmed", "是, 否, yes, no or nothing", "Correct it.")
    entry = known.get(_text(cells["key"]))
    if entry is None:
        todo = "Write a new sheet: the pack has changed since, or its mark was raised."
        fault("key", "the key of an unconfirmed value", todo)
    agrees = ANSWERS.get(tick)
    if entry is None or agrees is None:
        return
    for name, _, _, _ in SHOWN:
        if name not in ("key", "line", "note") and _text(cells[name]) != _text(getattr(entry, name)):
            fault(name, f"{getattr(entry, name)} as in the pack", "Put it back; say what you read in the clause.")
    for name, expected in NEEDED.items():
        if not _text(cells[name]):
            fault(name, expected, "Fill it, or take the answer out.")
    day = _day(cells["day"], date1904)
    if day is None and _text(cells["day"]):
        fault("day", "a date such as 2026-03-31", "Correct it.")
    if len(faults) == count:
        page, clause, person = (_text(cells[name]) for name in ("page", "read_clause", "person"))
        yield Answer(entry, agrees, clause, page, person, day)


def _day(cell: object, date1904: bool) -> date | None:
    try:
        return parse_date(cell, date1904=date1904)
    except ValueError:
        return None


def patch(answers: Iterable[Answer]) -> str:
    """YAML text of the marks that could be raised, by file and line, and a list of what the text contradicts."""
    held = list(answers)
    raised: dict[str, list[dict[str, object]]] = {}
    for answer in held:
        if answer.agrees:
            raised.setdefault(answer.entry.file, []).append(_change(answer))
    content: dict[str, object] = {"raise": raised}
    content["contradicted"] = [_contradiction(answer) for answer in held if not answer.agrees]
    return HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)


def _change(answer: Answer) -> dict[str, object]:
    entry = answer.entry
    return {
        "line": entry.line,
        **_named(entry),
        "mark": entry.confidence,
        "cite": {"source": entry.source, "clause": f"{entry.clause}; {_reading(answer)}", "confidence": "A"},
    }


def _contradiction(answer: Answer) -> dict[str, object]:
    entry = answer.entry
    return {"file": entry.file, "line": entry.line, **_named(entry), "read": _reading(answer)}


def _named(entry: Marked) -> dict[str, object]:
    said: Sequence[tuple[str, str]] = (
        ("kind", entry.kind),
        ("name", entry.name),
        ("selectors", entry.selectors),
        ("years", entry.years),
        ("value", entry.value),
        ("unit", entry.unit),
    )
    return {name: text for name, text in said if text}


def _reading(answer: Answer) -> str:
    page = f", p. {answer.page}" if answer.page else ""
    return f"{answer.read_clause}{page}; {answer.person}, {answer.day.isoformat() if answer.day else ''}"
