"""Reporting periods. A month is the text ``2025-03``, a year ``2025``, a run of months ``2025-03/2025-05``.

Texts of this form sort in time order and go unchanged into files. Intervals of days are half-open.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


def month_of(day: date) -> str:
    """The month that holds a day."""
    return f"{day.year:04d}-{day.month:02d}"


def months_of(year: int, through: str | None = None) -> list[str]:
    """The months of a year in order, up to and including ``through`` where given."""
    months = [f"{year:04d}-{number:02d}" for number in range(1, 13)]
    return [month for month in months if through is None or month <= through]


def month_days(month: str) -> int:
    """Number of days in a month."""
    year, number = month.split("-")
    return calendar.monthrange(int(year), int(number))[1]


def month_bounds(month: str) -> tuple[date, date]:
    """First day of the month and first day of the next: the half-open interval [start, end)."""
    year, number = (int(part) for part in month.split("-"))
    start = date(year, number, 1)
    return start, start + timedelta(days=month_days(month))


def midnight(day: date) -> datetime:
    """The first instant of a day, local time."""
    return datetime.combine(day, time())


def month_instants(month: str) -> tuple[datetime, datetime]:
    """First instant of a month and of the next one: the half-open interval [start, end)."""
    start, end = month_bounds(month)
    return midnight(start), midnight(end)


def next_month(month: str) -> str:
    """The month after."""
    return month_of(month_bounds(month)[1])


def join_months(months: Iterable[str]) -> str:
    """Name a set of months as one period: a month, a run ``a/b``, a full year ``2025``, or runs joined by ``;``."""
    ordered = sorted(set(months))
    if not ordered:
        return ""
    runs: list[list[str]] = []
    for month in ordered:
        if runs and next_month(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    year = ordered[0][:4]
    if ordered == months_of(int(year)):
        return year
    return ";".join(run[0] if len(run) == 1 else f"{run[0]}/{run[-1]}" for run in runs)


def split_period(period: str) -> list[str]:
    """The months of a period written by :func:`join_months`; a year gives its twelve months."""
    months: list[str] = []
    for part in filter(None, period.split(";")):
        if re.fullmatch(r"\d{4}", part):
            months += months_of(int(part))
            continue
        first, _, last = part.partition("/")
        months.append(first)
        while last and months[-1] < last:
            months.append(next_month(months[-1]))
    return months


def show_period(period: str, language: str) -> str:
    """A period for a reader: ``2025-04 至 2025-07、2025-11`` or ``2025-04 to 2025-07, 2025-11``."""
    chinese = language == "zh"
    return period.replace("/", " 至 " if chinese else " to ").replace(";", "、" if chinese else ", ")
