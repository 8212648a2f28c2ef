"""Import profiles: any tabular layout into the tables of a case, without touching the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from verifierkit.columns import Column, Row, TableSpec, catalogue
from verifierkit.errors import InputError, InputErrors, Place, UsageError
from verifierkit.readers.clock import Clock, clock_faults, clock_of
from verifierkit.readers.filling import Filler, nearest
from verifierkit.readers.forms import PROFILE_FORM
from verifierkit.readers.grid import Grid, Sheet
from verifierkit.readers.labels import folded
from verifierkit.readers.rows import Layout, Reading, read_rows
from verifierkit.readers.spread import DAY, Spread, beneath, spread_faults, spread_of
from verifierkit.readers.values import Parser, Unparsed, is_empty, parser_of
from verifierkit.readers.words import joined, skip_words, word_values
from verifierkit.readers.yamlfile import read_yaml
from verifierkit.units import convert, unit_name


@dataclass(frozen=True)
class Profile:
    """One import profile, checked against its form and the catalogue; ``name`` is its own file."""

    name: str
    file: str
    sheet: str
    spec: TableSpec
    header_rows: tuple[int, ...]
    unit_row: int | None
    columns: Mapping[str, str]
    constants: Mapping[str, Any]
    units: Mapping[str, str]
    signs: Mapping[str, Decimal]
    days: Mapping[str, int]
    clock: Clock
    spread: Spread | None
    date_form: str
    skip_rows: tuple[str, ...]
    skip_where: Mapping[str, frozenset[str]]
    values: Mapping[str, Mapping[str, str]]


def load_profile(path: Path, *, place_file: str) -> Profile:
    """Load a profile.

    Raises
    ------
    InputErrors
        With every fault of the file.
    """
    value = read_yaml(path, place_file=place_file)
    filler = Filler(place_file)
    content = cast(dict[str, Any], filler.fill(value, PROFILE_FORM))
    filler.raise_faults()
    spec = catalogue().get(content["table"])
    if spec is None:
        near = nearest(content["table"], catalogue())
        expected = "a table of the catalogue" + (f" (nearest: {near})" if near else "")
        raise InputError(
            _spot(value, place_file, "table"), expected=expected, found=repr(content["table"]), todo="Correct it."
        )
    faults = [
        *_column_faults(content, spec, Place(place_file)),
        *clock_faults(content, Place(place_file)),
        *spread_faults(content, spec, clock_of(content), Place(place_file)),
    ]
    constants, more = _constants(content["constants"], spec, Place(place_file))
    if faults + more:
        raise InputErrors(faults + more)
    return Profile(
        name=place_file,
        file=content["file"],
        sheet=content["sheet"],
        spec=spec,
        header_rows=tuple(content["header_row"]) if isinstance(content["header_row"], list) else (1,),
        unit_row=content["unit_row"],
        columns={joined(heading): column for heading, column in content["columns"].items()},
        constants=constants,
        units={column: unit_name(unit) for column, unit in content["units"].items()},
        signs=content["signs"],
        days={column: int(number) for column, number in content["days"].items()},
        clock=clock_of(content),
        spread=spread_of(content),
        date_form=content["date_form"],
        skip_rows=tuple(content["skip_rows"]),
        skip_where=skip_words(content["skip_where"] or {}, Place(place_file)),
        values=word_values(content["values"] or {}, spec, Place(place_file)),
    )


def _spot(value: Any, file: str, key: str) -> Place:
    return Place(file, row=value.key_lines.get(key))


def _column_faults(content: Mapping[str, Any], spec: TableSpec, place: Place) -> list[InputError]:
    """Unknown and doubled columns, unknown units, signs that are none, and required columns that nothing fills."""
    faults: list[InputError] = []
    targets = list(content["columns"].values())
    maps = ("constants", "units", "signs", "days")
    for key, names in (("columns", targets), *((key, list(content[key])) for key in maps)):
        for name in names:
            if name not in spec.columns:
                near = nearest(name, spec.columns)
                expected = f"a column of {spec.name} under {key}" + (f" (nearest: {near})" if near else "")
                faults.append(InputError(place, expected=expected, found=repr(name), todo="Correct it."))
    for name in sorted({name for name in targets if targets.count(name) > 1}):
        todo = "Map one heading to it."
        faults.append(InputError(place, expected="every column once", found=f"{name} twice", todo=todo))
    for column, unit in content["units"].items():
        faults += _unit_faults(spec.columns.get(column), unit, place)
    for column, sign in content["signs"].items():
        if sign not in (1, -1):
            faults.append(InputError(place, expected=f"1 or -1 for {column}", found=str(sign), todo="Correct it."))
    for column, number in content["days"].items():
        if column in spec.columns and (spec.columns[column].type != "date" or number not in (1, -1)):
            expected = f"1 or -1 for a column with a day under days ({column})"
            faults.append(InputError(place, expected=expected, found=str(number), todo="Correct it."))
    given = {*targets, *content["constants"], *(["unit"] if "value" in content["units"] else [])}
    given |= clock_of(content).derived & set(spec.columns)
    spread = spread_of(content)
    given |= spread.gives if spread else set()
    for column_spec in spec.columns.values():
        if column_spec.required and column_spec.name not in given:
            expected = f"the required column {column_spec.name} under columns or constants"
            faults.append(InputError(place, expected=expected, found="none", todo="Map a heading to it, or give it."))
    return faults


def _unit_faults(column: Column | None, unit: str, place: Place) -> list[InputError]:
    if column is None:
        return []
    try:
        convert(Decimal(1), unit, _table_unit(column) or unit)
    except UsageError as problem:
        return [InputError(place, expected=f"a unit of {column.name}", found=str(problem), todo="Correct it.")]
    return []


def _table_unit(column: Column) -> str:
    return column.unit or ("1" if column.name.endswith("_fraction") else "")


def _constants(texts: Mapping[str, str], spec: TableSpec, place: Place) -> tuple[dict[str, Any], list[InputError]]:
    constants: dict[str, Any] = {}
    faults = []
    for name, text in texts.items():
        if name in spec.columns and text:
            try:
                constants[name] = parser_of(spec.columns[name])(text)
            except Unparsed as problem:
                expected = f"{problem.expected} for the constant {name}"
                faults.append(InputError(place, expected=expected, found=problem.found, todo="Correct it."))
    return constants, faults


def apply_profile(profile: Profile, grid: Grid, reading: Reading) -> None:
    """Read the rows that a profile maps into ``reading``.

    Raises
    ------
    InputErrors
        If a sheet or heading is missing.
    """
    sheets = _sheets(profile, grid)
    layouts = [(sheet, *_layouts(profile, grid, sheet)) for sheet in sheets]
    faults = [fault for _, _, _, found in layouts for fault in found]
    if faults:
        raise InputErrors(faults)
    for sheet, found, units, _ in layouts:
        part = Reading()
        for layout in found:
            read_rows(layout, grid, sheet, part)
        rows = part.tables[profile.spec.name]
        _convert_by_row(rows, units.get("value", ""))
        if profile.spread is not None:
            rows.sort(key=lambda row: row.place.row or 0)
        reading.tables[profile.spec.name] += rows
        reading.defects += part.defects
        reading.notices += dict.fromkeys(part.notices)


def _sheets(profile: Profile, grid: Grid) -> list[Sheet]:
    if profile.sheet == "*":
        return list(grid.sheets)
    named = [sheet for sheet in grid.sheets if folded(sheet.name) == folded(profile.sheet)]
    if named:
        return named[:1]
    if not profile.sheet and len(grid.sheets) == 1:
        return list(grid.sheets)
    names = [sheet.name for sheet in grid.sheets]
    expected = f"the sheet {profile.sheet!r}" if profile.sheet else f"the name of a sheet in {profile.name}"
    todo = f"Correct `sheet:` in {profile.name}."
    raise InputError(Place(grid.file), expected=expected, found=f"the sheets {', '.join(names)}", todo=todo)


def _layouts(profile: Profile, grid: Grid, sheet: Sheet) -> tuple[list[Layout], dict[str, str], list[InputError]]:
    """Where the rows of a table stand in a sheet: once, or once for each heading of a wide table."""
    headings = header(sheet, profile.header_rows, fill=not grid.format.startswith(("xls", "WPS", "HTML")))
    indexes: dict[str, int] = {}
    faults: list[InputError] = []
    place = Place(grid.file, sheet.name, profile.header_rows[0])
    day = {profile.spread.day: DAY.name} if profile.spread and profile.spread.day else {}
    for heading, column in {**profile.columns, **day}.items():
        at = [index for index, text in enumerate(headings) if text == heading]
        if len(at) != 1:
            near = nearest(heading, [text for text in headings if text], cutoff=0.5)
            found = f"{len(at)} such headings" if at else "no such heading" + (f" (nearest: {near})" if near else "")
            todo = f"Correct `columns:` or `header_row:` in {profile.name}."
            faults.append(InputError(place, expected=f"the heading {heading!r}", found=found, todo=todo))
        elif at[0] in sheet.refused:
            todo = (
                f"Map another heading in {profile.name}, and state a scale that the issuer has confirmed under units."
            )
            expected = f"a scale for {heading!r} that can be used"
            faults.append(InputError(place, expected=expected, found=sheet.refused[at[0]], todo=todo))
        else:
            indexes[column] = at[0]
    spread = profile.spread.found(headings, profile.clock) if profile.spread else {}
    if profile.spread and not faults:
        faults = profile.spread.faults(spread, place, profile.name)
    if faults:
        return [], {}, faults
    day_at = indexes.pop(DAY.name, None)
    if profile.spread:
        indexes[profile.spread.value] = next(iter(spread))
    indexes |= profile.clock.derive(indexes)
    units, faults = _units(profile, grid, sheet, indexes)
    constants = dict(profile.constants)
    if units.get("value") and "unit" not in indexes:
        constants.setdefault("unit", units["value"])
    parsers = {name: _parser(profile, name, units, date1904=grid.date1904) for name in indexes}
    first = max(*profile.header_rows, profile.unit_row or 0) + 1
    skip = {headings.index(heading): words for heading, words in profile.skip_where.items() if heading in headings}
    whole = Layout(profile.spec, indexes, parsers, first, constants, profile.skip_rows, skip)
    if profile.spread is None:
        return [whole], units, faults
    parse_day = parser_of(DAY, date1904=grid.date1904, date_form=profile.date_form)
    return beneath(whole, profile.spread, profile.clock, spread, day_at, parse_day), units, faults


def _units(
    profile: Profile, grid: Grid, sheet: Sheet, indexes: Mapping[str, int]
) -> tuple[dict[str, str], list[InputError]]:
    """Units of the file by column: those of the profile, and those of the unit row."""
    units = dict(profile.units)
    if profile.unit_row is None or profile.unit_row > len(sheet.rows):
        return units, []
    cells = sheet.rows[profile.unit_row - 1]
    faults: list[InputError] = []
    for name, index in indexes.items():
        text = str(cells[index]).strip(" ()（）[]") if index < len(cells) else ""
        if text and name not in units and profile.spec.columns[name].type == "number":
            place = Place(grid.file, sheet.name, profile.unit_row)
            found = _unit_faults(profile.spec.columns[name], text, place)
            faults += found
            if not found:
                units[name] = unit_name(text)
    return units, faults


def header(sheet: Sheet, numbers: Sequence[int], *, fill: bool) -> list[str]:
    """Headings by column: one row, or two rows joined; a merged heading counts for every column that it spans."""
    rows = [list(sheet.rows[number - 1]) if number <= len(sheet.rows) else [] for number in numbers]
    for (top, left), (_, right) in sheet.merged:
        for position, number in enumerate(numbers):
            if top == number - 1:
                row = rows[position]
                row += [""] * (right + 1 - len(row))
                row[left : right + 1] = (
                    [row[left]] * (right + 1 - left) if position + 1 < len(numbers) else row[left : right + 1]
                )
    if fill and len(rows) > 1:
        _fill_right(rows[0])
    width = max(map(len, rows), default=0)
    return [joined(*(str(row[index]) for row in rows if index < len(row))) for index in range(width)]


def _fill_right(row: list[object]) -> None:
    for index in range(1, len(row)):
        if is_empty(row[index]):
            row[index] = row[index - 1]


def _parser(profile: Profile, name: str, units: Mapping[str, str], *, date1904: bool) -> Parser:
    """Parser of one mapped column: unit and sign applied to numbers, days added to dates."""
    column = profile.spec.columns[name]
    unit, target, sign = units.get(name, ""), _table_unit(column), profile.signs.get(name, Decimal(1))
    percent = "sign" if unit == "%" else ""
    parse = parser_of(column, date1904=date1904, date_form=profile.date_form, percent=percent)
    if name in profile.values:
        words = profile.values[name]
        return lambda raw: parse(words.get(folded(str(raw)), raw))
    if name in profile.days:
        return _shifted(parse, timedelta(days=profile.days[name]))
    if column.type == "datetime":
        return profile.clock.parser(name, parse)
    if column.type != "number" or (not unit and sign == 1):
        return parse
    scale: Callable[[Decimal], Decimal] = (
        (lambda value: convert(value, unit, target)) if unit and target else (lambda value: value)
    )
    return lambda raw: scale(parse(raw)) * sign


def _shifted(parse: Parser, days: timedelta) -> Parser:
    def read(raw: Any) -> Any:
        try:
            return parse(raw) + days
        except OverflowError:
            raise Unparsed("a date such as 2025-03-01", raw) from None

    return read


def _convert_by_row(rows: Sequence[Row], unit: str) -> None:
    """A table whose unit stands in the row: convert the value from the file's unit to that one."""
    if not unit:
        return
    for row in rows:
        target = row["unit"]
        if row["value"] is not None and target and target != unit:
            row.values["value"] = convert(row["value"], unit, target)
