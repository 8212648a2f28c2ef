"""Which planted error touches which part of the plant in which months, so that no two of them get in each other's way.

A subject is a stream, a node, ``facility:ID``, or any other name (a source, a figure, an instrument). A stream that an
error changes must be clean of other errors; besides, the change disturbs the buses and stores at its ends and its
facility, which an error that shows there needs clean. Two errors collide where one needs what the other needs or
disturbs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from verifierkit.errors import UsageError
from verifierkit.periods import join_months

BALANCED = ("bus", "store")
Place = tuple[str, str]  # subject and month


class Collision(UsageError):
    """Two planted errors that get in each other's way, or no place left for one; ``error`` is the later one's id."""

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


@dataclass
class Claims:
    """Register of what each planting needs and disturbs; plantings count from 0, -1 is nobody's."""

    needed: dict[Place, set[int]] = field(default_factory=lambda: defaultdict(set))
    disturbed: dict[Place, set[int]] = field(default_factory=lambda: defaultdict(set))
    names: list[str] = field(default_factory=list)
    current: int = -1

    def begin(self, number: int, name: str) -> None:
        """Claims made from now on belong to one planting; it may come back in a later stage."""
        self.current = number
        self.names += [""] * (number + 1 - len(self.names))
        self.names[number] = name

    def owner(self, subject: str, month: str, around: Iterable[str]) -> int | None:
        """Another planting that a claim on the subject would collide with in the month, None where there is none."""
        needs = self.needed.get((subject, month), set()) | self.disturbed.get((subject, month), set())
        for name in around:
            needs = needs | self.needed.get((name, month), set())
        return min(needs - {self.current}, default=None)

    def mine(self, subject: str, month: str) -> bool:
        """Whether the planting at work has claimed the subject in the month already."""
        return self.current in self.needed.get((subject, month), set())

    def unused(self, subject: str, month: str) -> bool:
        """Whether nobody, the planting at work neither, has claimed a subject in the month or disturbs it."""
        return self.owner(subject, month, ()) is None and not self.mine(subject, month)

    def take(self, subject: str, months: Iterable[str], around: Iterable[str]) -> None:
        """Claim a subject; ``around`` are the subjects that its change disturbs.

        Raises
        ------
        Collision
            If another error needs one of them in one of the months.
        """
        names, wanted = list(around), list(months)
        for month in wanted:
            other = self.owner(subject, month, names)
            if other is not None:
                clash = [m for m in wanted if self.owner(subject, m, names) == other]
                raise Collision(
                    f"planted errors {self.names[other]!r} and {self.names[self.current]!r} both touch {subject} "
                    f"({join_months(clash)}); name another month or place, or leave one of them out"
                )
        for month in wanted:
            self.needed[subject, month].add(self.current)
            for name in names:
                self.disturbed[name, month].add(self.current)


def around(
    streams: Iterable[Mapping[str, str | None]], nodes: Iterable[Mapping[str, str | None]], subject: str
) -> list[str]:
    """Subjects that a change of a stream disturbs: buses and stores at its ends, and its facility."""
    stream = next((row for row in streams if row["stream_id"] == subject), None)
    if stream is None:
        return []
    kinds = {row["node_id"]: row["kind"] for row in nodes}
    ends = [str(stream[end]) for end in ("from_node", "to_node") if kinds.get(stream[end]) in BALANCED]
    return ends + ([f"facility:{stream['facility_id']}"] if stream["facility_id"] else [])
