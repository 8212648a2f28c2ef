"""Whether bills follow each other: days that none covers, days that two cover, readings that do not connect."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from verifierkit.columns import Row
from verifierkit.errors import Place

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Break:
    """A place where the run of bills does not connect: the later line, what is wrong (message id), both values."""

    later: Row
    message: str
    observed: str
    expected: str
    places: tuple[Place, ...]


def gaps(rows: Sequence[Row]) -> Iterator[Break]:
    """Days that no bill covers between the first and the last one; lines in the order of their periods."""
    covered: date | None = None
    last: Row | None = None
    for row in rows:
        if covered is not None and last is not None and row["period_start"] > covered + DAY:
            wanted = (covered + DAY).isoformat()
            places = (last.cell("period_end"), row.cell("period_start"))
            yield Break(row, "bill.continuity.gap", row["period_start"].isoformat(), wanted, places)
        if covered is None or row["period_end"] > covered:
            covered, last = row["period_end"], row


def overlaps(rows: Sequence[Row]) -> Iterator[Break]:
    """Periods of one meter and register that start before the one before has ended.

    Two lines of one bill over the same days are the old and the new meter of an exchange.
    """
    for before, after in itertools.pairwise(rows):
        if after["period_start"] <= before["period_end"] and not _one_bill(before, after):
            wanted = (before["period_end"] + DAY).isoformat()
            places = (before.cell("period_end"), after.cell("period_start"))
            yield Break(after, "bill.continuity.overlap", after["period_start"].isoformat(), wanted, places)


def _one_bill(one: Row, other: Row) -> bool:
    """Whether two lines are of one bill and the same days."""
    return all(one[name] == other[name] for name in ("bill_no", "period_start", "period_end"))


def jumps(rows: Sequence[Row], exchanged: Callable[[Row, Row], bool]) -> Iterator[Break]:
    """Prior readings that are not the current reading of the bill before, where no meter was exchanged.

    Lines of one bill over the same days are taken together: one of them goes on from the bill before.
    """
    for earlier, later in itertools.pairwise(_together(rows)):
        before, after = earlier[-1], later[0]
        closed = [row["current_reading"] for row in earlier]
        opened = [row["prior_reading"] for row in later]
        if None in (*closed, *opened) or set(closed) & set(opened) or exchanged(before, after):
            continue
        places = (before.cell("current_reading"), after.cell("prior_reading"))
        yield Break(after, "bill.continuity.reading", str(opened[0]), str(closed[-1]), places)


def _together(rows: Sequence[Row]) -> list[list[Row]]:
    """Lines in their order, those of one bill and the same days in one list."""
    groups: list[list[Row]] = []
    for row in rows:
        if groups and _one_bill(groups[-1][-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def reversed_periods(rows: Sequence[Row]) -> Iterator[Break]:
    """Lines whose last day comes before their first: they cover no day and settle nothing that can be placed."""
    for row in rows:
        start, end = row["period_start"], row["period_end"]
        if start is not None and end is not None and end < start:
            places = (row.cell("period_start"), row.cell("period_end"))
            yield Break(row, "bill.continuity.reversed", end.isoformat(), start.isoformat(), places)


def unexplained(breaks: Iterable[Break], against: Sequence[Break]) -> Iterator[Break]:
    """Breaks but those that a line with a reversed period leaves behind: it is the fault, they only follow from it.

    A line whose days run backwards counts for no period, so that days or readings are missing beside it. They are its
    own where one of its days is the day after the bill before, or the day before the later bill.
    """
    for found in breaks:
        before = found.later["period_start"] - DAY
        days = {broken.later[name] for broken in against for name in ("period_start", "period_end")}
        if (
            before not in days
            and found.expected not in {day.isoformat() for day in days}
            and not _beside(found, against)
        ):
            yield found


def _beside(found: Break, against: Sequence[Break]) -> bool:
    """Whether a reading does not connect because the line between has a reversed period."""
    if found.message != "bill.continuity.reading":
        return False
    return any(str(broken.later["prior_reading"]) == found.expected for broken in against)
