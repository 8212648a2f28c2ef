"""Errors that end a run, and the one form in which every message names its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """Where a value stands: file relative to the case folder, sheet, 1-based row, column letter or name.

    ``str(place)`` is the locator form of the interface page: ``evidence/bills.xlsx#Sheet1!C12``;
    a csv file has no sheet: ``evidence/bills.csv#!C12``; a whole row or file leaves the tail out.
    """

    file: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        tail = f"{self.column}{self.row if self.row is not None else ''}"
        if not tail and not self.sheet:
            return self.file
        return f"{self.file}#{self.sheet}!{tail}" if tail else f"{self.file}#{self.sheet}"

    def words(self) -> str:
        """The place in the words of an error message."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


class VerifierkitError(Exception):
    """Base of all errors that end with one clear line and exit status 2."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the message alone."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(VerifierkitError):
    """A command, parameter or option that cannot be used as given."""


class InputError(VerifierkitError):
    """Unreadable or unusable input; the message names place, expected, found and what to do."""

    def __init__(self, place: Place, *, expected: str, found: str, todo: str) -> None:
        self.place, self.expected, self.found, self.todo = place, expected, found, todo
        super().__init__(f"{place.words()}: expected {expected}, found {found}. {todo}")


class InputErrors(VerifierkitError):
    """All faults of one file in one go, one per line."""

    def __init__(self, faults: Sequence[InputError]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))
