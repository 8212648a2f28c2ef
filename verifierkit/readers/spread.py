"""Wide tables: columns that are months or times of the day become rows, each with its own cell as evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from verifierkit.columns import Column, TableSpec
from verifierkit.errors import InputError, Place
from verifierkit.readers.clock import ENDS, Clock
from verifierkit.readers.rows import Layout
from verifierkit.readers.values import Parser
from verifierkit.readers.words import joined

TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?$")
NUMBER = re.compile(r"\D*?(\d{1,3})点?$")
MONTH = re.compile(r"(?:(\d{4})[-年.]?)?(0?[1-9]|1[0-2])月?$")
MINUTES_OF_DAY = 24 * 60
FULL_DAY = joined(str(timedelta(days=1)))  # 24:00 as a time cell of a spreadsheet
DAY = Column("day of a wide table", "date", "日期", "Day")


@dataclass(frozen=True)
class Spread:
    """The key ``spread`` of an import profile.

    Attributes
    ----------
    heading : column of the table that the headings give: month, start or end.
    value : column of the table that the cells beneath them give.
    day : heading of the column with the day, for times of the day.
    year : year of headings that are months without one.
    numbered : how headings begin that count the intervals of a day from 1, such as P1 to P96.
    """

    heading: str
    value: str
    day: str = ""
    year: int | None = None
    numbered: str = ""

    @property
    def gives(self) -> set[str]:
        """Columns of the table that it fills."""
        return {self.heading, self.value}

    def found(self, headings: Sequence[str], clock: Clock) -> dict[int, str | int]:
        """Month (2025-01) or minute of the day of each heading that is one, by its place."""
        read = self._month if self.heading == "month" else self._minute
        said = {place: read(text, clock) for place, text in enumerate(headings) if text}
        return {place: what for place, what in said.items() if what is not None}

    def faults(self, found: Mapping[int, str | int], place: Place, profile: str) -> list[InputError]:
        """No heading of the kind that is spread, or one of them twice."""
        what = "a month (1月, 2025-01)" if self.heading == "month" else "a time of the day (00:15 to 24:00)"
        said = list(found.values())
        twice = sorted({str(one) for one in said if said.count(one) > 1})
        if said and not twice:
            return []
        expected, stood = f"headings that are {what}, each once", f"twice: {', '.join(twice)}" if twice else "none"
        return [
            InputError(place, expected=expected, found=stood, todo=f"Correct `spread:` or `header_row:` in {profile}.")
        ]

    def _month(self, text: str, _: Clock) -> str | None:
        match = MONTH.match(text)
        if match is None or (match[1] is None and self.year is None):
            return None
        return f"{match[1] or self.year}-{int(match[2]):02d}"

    def _minute(self, text: str, clock: Clock) -> int | None:
        match = TIME.match("24:00" if text == FULL_DAY else text)
        if match is not None:
            minute = int(match[1]) * 60 + int(match[2])
            return minute if int(match[2]) < 60 and minute <= MINUTES_OF_DAY else None
        number = NUMBER.match(text) if self.numbered and text.startswith(joined(self.numbered)) else None
        if number is None or clock.minutes is None:
            return None
        count = int(number[1]) - (clock.stamped == "start")
        return count * clock.minutes if 1 <= int(number[1]) <= MINUTES_OF_DAY // clock.minutes else None


def spread_of(content: Mapping[str, Any]) -> Spread | None:
    """The spread of a profile's content, None where it has none."""
    given = content["spread"]
    if not given["heading"]:
        return None
    return Spread(given["heading"], given["value"], joined(given["day"]), given["year"], given["numbered"])


def spread_faults(content: Mapping[str, Any], spec: TableSpec, clock: Clock, place: Place) -> list[InputError]:
    """Columns that the table has not, and what times of the day need beside them."""
    spread = spread_of(content)
    if spread is None:
        return []
    faults = []

    def fault(expected: str, found: str, todo: str) -> None:
        faults.append(InputError(place, expected=expected, found=found, todo=todo))

    for name in sorted(spread.gives - set(spec.columns)):
        fault(f"a column of {spec.name} under spread", repr(name), "Correct it.")
    if spread.heading in ENDS:
        if not spread.day:
            fault("the heading of the day under spread", "none", "Give `day:`.")
        if clock.minutes is None or clock.stamped != spread.heading:
            fault(
                f"a clock with minutes that stamps the {spread.heading} of the intervals",
                "none" if clock.minutes is None else clock.stamped,
                f"Give `clock: {{stamped: {spread.heading}, minutes: 15}}` with the length of the intervals.",
            )
    elif spread.heading != "month":
        fault("month, start or end as heading of spread", repr(spread.heading), "Correct it.")
    return faults


def beneath(
    whole: Layout, spread: Spread, clock: Clock, found: Mapping[int, str | int], day: int | None, parse_day: Parser
) -> list[Layout]:
    """The rows beneath each heading of a wide table; ``day`` is the place of the column with the day."""
    layouts = []
    for at, what in found.items():
        indexes, parsers, constants = {**whole.indexes, spread.value: at}, dict(whole.parsers), dict(whole.constants)
        if isinstance(what, str):
            constants[spread.heading] = what
        elif day is not None:
            for name in ENDS:
                indexes[name], parsers[name] = day, _stamp_parser(name, what, clock, parse_day)
        layouts.append(replace(whole, indexes=indexes, parsers=parsers, constants=constants, needs=spread.value))
    return layouts


def _stamp_parser(name: str, minute: int, clock: Clock, parse_day: Parser) -> Parser:
    """Parser of the cell with the day: the moment at that minute of it, or the other end of that interval."""
    ends_day = clock.same_day and clock.stamped == "end" and minute == 0
    after = timedelta(minutes=MINUTES_OF_DAY if ends_day else minute)
    sign = 0 if name == clock.stamped else 1 if name == "end" else -1

    def read(raw: Any) -> datetime:
        stamp = datetime.combine(parse_day(raw), time()) + after
        return stamp + sign * clock.length(stamp)

    return read
