"""How a file stamps its intervals, as its import profile says: which end, how long, and which day midnight belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from verifierkit.readers.values import Parser, Unparsed

ENDS = ("start", "end")
OFFSET = re.compile(r"(?:Z|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))$")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """The key ``clock`` of an import profile; without it, both ends of an interval are mapped as they are.

    ``minutes`` is the length of the intervals, None where both ends are printed; ``same_day`` says that 00:00 is stamped
    on the day that it ends; ``offsets`` that stamps carry their offset from UTC.
    """

    stamped: str = ""
    minutes: int | None = None
    same_day: bool = False
    offsets: bool = False

    @property
    def derived(self) -> set[str]:
        """The column that is worked out from the other one."""
        return {end for end in ENDS if self.minutes and end != self.stamped}

    def derive(self, indexes: Mapping[str, int]) -> dict[str, int]:
        """The place of the derived column: the cell of the stamp."""
        return {name: indexes[self.stamped] for name in self.derived if self.stamped in indexes and name not in indexes}

    def parser(self, name: str, parse: Parser) -> Parser:
        """Parser of a column with a moment: a midnight that ends a day, and the end that the file does not print."""
        if self.offsets:
            parse = _in_utc(parse)
        if not self.stamped or name not in ENDS:
            return parse
        length = timedelta(minutes=self.minutes or 0)
        change = {"start": -length, "end": length}[name] if name in self.derived else timedelta()

        def read(raw: Any) -> datetime:
            moment: datetime = parse(raw)
            try:
                ends_day = self.same_day and self.stamped == "end" and moment.time() == time()
                return moment + change + (DAY if ends_day else timedelta())
            except OverflowError:
                raise Unparsed("a date and time such as 2025-03-01 08:00", raw) from None

        return read


def _in_utc(parse: Parser) -> Parser:
    def read(raw: Any) -> datetime:
        match = OFFSET.search(raw.strip()) if isinstance(raw, str) else None
        if match is None:
            raise Unparsed("a date and time with its offset such as 2025-03-01T08:00+08:00", raw)
        moment: datetime = parse(raw.strip()[: match.start()])
        if match["hours"] is None:
            return moment
        east = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        return moment - east if match["sign"] == "+" else moment + east

    return read


def clock_of(content: Mapping[str, Any]) -> Clock:
    """The clock of a profile's content."""
    given = content.get("clock")
    if not given:
        return Clock()
    return Clock(given["stamped"], given["minutes"], given["midnight"] == "same_day", given["offsets"] == "utc")
