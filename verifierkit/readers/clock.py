"""How a file stamps its intervals, as its import profile says: which end, how long, and which day midnight belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from verifierkit.errors import InputError, Place
from verifierkit.readers.values import Parser, Unparsed

ENDS = ("start", "end")
OFFSET = re.compile(r"(?:Z|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))$")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """The key ``clock`` of an import profile; without it, both ends of an interval are mapped as they are.

    ``minutes`` is the length of the intervals, None where both ends are printed; ``same_day`` says that 00:00 is stamped
    on the day that it ends; ``offsets`` that stamps carry their offset from UTC; ``changes`` from which moment on the
    intervals have another length [min].
    """

    stamped: str = ""
    minutes: int | None = None
    same_day: bool = False
    offsets: bool = False
    changes: tuple[tuple[datetime, int], ...] = ()

    def length(self, stamp: datetime) -> timedelta:
        """Length of the interval that a stamp names; the one before a change ends at it."""
        past = [m for at, m in self.changes if at < stamp or (at == stamp and self.stamped == "start")]
        return timedelta(minutes=past[-1] if past else self.minutes or 0)

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
        sign = (-1 if name == "start" else 1) if name in self.derived else 0

        def read(raw: Any) -> datetime:
            moment: datetime = parse(raw)
            try:
                ends_day = self.same_day and self.stamped == "end" and moment.time() == time()
                stamp = moment + (DAY if ends_day else timedelta())
                return stamp + sign * self.length(stamp)
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
    changes = sorted(
        (at, int(minutes)) for text, minutes in given["changes"].items() if (at := moment_of(text)) is not None
    )
    same_day, offsets = given["midnight"] == "same_day", given["offsets"] == "utc"
    return Clock(given["stamped"], given["minutes"], same_day, offsets, tuple(changes))


def moment_of(text: str) -> datetime | None:
    """A moment of ``changes``, None where it is none; with an offset it is told in UTC, as the stamps then are."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def clock_faults(content: Mapping[str, Any], place: Place) -> list[InputError]:
    """Entries of ``changes`` that are no moment with a length, or that nothing uses."""
    given = content.get("clock") or {}
    changes = given.get("changes") or {}
    wrong = [
        f"{text}: {minutes}"
        for text, minutes in changes.items()
        if moment_of(text) is None or minutes is None or minutes <= 0 or minutes != int(minutes)
    ]
    faults = []
    if wrong:
        expected = "a moment such as 2025-07-01 00:00 and whole minutes under changes of clock"
        faults.append(InputError(place, expected=expected, found="; ".join(wrong), todo="Correct it."))
    if changes and not given.get("minutes"):
        expected = "minutes beside changes under clock"
        faults.append(
            InputError(place, expected=expected, found="none", todo="Give the length before the first change.")
        )
    return faults
