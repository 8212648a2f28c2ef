"""Evidence as received: faulty values, documents that stand twice, months pasted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.bills.settled import one_bill
from verifierkit.case import Defect
from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, About, Context, Result, check
from verifierkit.columns import Row
from verifierkit.periods import month_of

# table -> columns that number its documents, and columns that date them, the first that is filled
NUMBERED = {
    "tickets": (("ticket_no",), ("weighed_on",)),
    "transactions": (("doc_no",), ("received_on", "dispatched_on")),
    "coal_analyses": (("sample_no",), ("sampled_on",)),
    "lab_results": (("sample_no",), ("sampled_on",)),
    "settlement_bills": (("bill_no", "instrument_id", "register"), ("period_end",)),
}
EVIDENCE_FOLDER = "evidence/"
DETAIL = {
    "daily_values": ("day", ("value",)),
    "tickets": ("weighed_on", ("gross_t", "tare_t", "net_t")),
    "coal_analyses": ("sampled_on", ("ncv_gj_per_t", "total_moisture_fraction", "ash_ad_fraction", "batch_t")),
}


@check("evidence.defect")
def defects(context: Context) -> Iterator[Result]:
    """Every value of a readable table is of its column's type, in its range and in the data year."""
    found = [_defect(context, defect) for defect in (*context.case.defects, *context.misfits)]
    told = [result for result in found if not _later(context, result)]
    yield from told
    if not told:
        yield Result("evidence.defect", SATISFIED, period=str(context.year))


def _later(context: Context, result: Result) -> bool:
    """Whether a result speaks only of months of the year that a part-year run does not look at."""
    year, last = str(context.year), context.months[-1]
    return bool(result.months) and all(month.startswith(year) and month > last for month in result.months)


def _defect(context: Context, defect: Defect) -> Result:
    row = defect.row
    source = _text(row, "source_id")
    stream = _text(row, "stream_id") or (
        context.flow.sources[source]["stream_id"] if source in context.flow.sources else ""
    )
    where = stream or _text(row, "node_id") or defect.table
    month = _month(row)
    facility = _text(row, "facility_id") or context.flow.facility_of(where)
    if not facility and where in context.flow.nodes:
        facility = context.flow.nodes[where]["facility_id"] or ""
    return Result(
        "evidence.defect",
        NOT_SATISFIED,
        facility=facility,
        months=(month,) if month else (),
        period="" if month else str(context.year),
        stream=where,
        source=source or defect.table,
        detail=_words(defect),
        places=(defect.place,),
    )


def _words(defect: Defect) -> dict[str, str]:
    words = {"expected_words": defect.expected, "found_words": defect.found, "place": str(defect.place)}
    return words | {"expected_zh": in_chinese(defect.expected), "found_zh": in_chinese(defect.found)}


def in_chinese(words: str) -> str:
    """Chinese words of what a defect expected or found; values and what has no words of its own stay as they are."""
    for pattern, zh in _patterns():
        match = pattern.fullmatch(words)
        if match:
            return zh.format(*match.groups())
    return words


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("verifierkit").joinpath("checks/defects.yaml").read_text(encoding="utf-8")
    return tuple((re.compile(_escaped(entry["en"])), entry["zh"]) for entry in yaml.safe_load(text))


def _escaped(words: str) -> str:
    """A pattern as it stands; words without a group are taken letter by letter."""
    return words if "(.+)" in words or r"(\d+)" in words else re.escape(words)


def _text(row: Row | None, column: str) -> str:
    return str(row[column]) if row is not None and row[column] is not None else ""


def _month(row: Row | None) -> str:
    if row is None:
        return ""
    if row["month"]:
        return str(row["month"])
    for column in (
        "day",
        "weighed_on",
        "sampled_on",
        "received_on",
        "dispatched_on",
        "period_end",
        "counted_on",
        "read_at",
    ):
        if row[column]:
            return month_of(row[column])
    return ""


def _source_base(context: Context, source: Row) -> About:
    stream = context.flow.streams.get(source["stream_id"])
    facility = (stream["facility_id"] or "") if stream else ""
    return {"facility": facility, "stream": source["stream_id"], "source": source["source_id"]}


@check("evidence.duplicate")
def duplicates(context: Context) -> Iterator[Result]:
    """A document, ticket, report or sample number stands once."""
    for source in context.flow.sources.values():
        if source["records"] not in NUMBERED:
            continue
        numbers, dates = NUMBERED[source["records"]]
        grouped: dict[Any, list[Row]] = defaultdict(list)
        for row in context.flow.rows(source["records"], source["source_id"]):
            grouped[tuple(row[name] for name in numbers)].append(row)
        twice = [rows for rows in grouped.values() if len(rows) > 1 and not _of_one_bill(rows)]
        found = [_twice(context, rows, numbers[0], dates, _source_base(context, source)) for rows in twice]
        told = [result for result in found if not _later(context, result)]
        yield from told
        if not told and grouped:
            base: About = _source_base(context, source)
            yield Result("evidence.duplicate", SATISFIED, months=tuple(context.months), **base)


def _of_one_bill(rows: list[Row]) -> bool:
    """Whether rows of one number are the lines of one bill: its price periods, or both meters of an exchange."""
    return rows[0].table == "settlement_bills" and one_bill(rows)


def _twice(context: Context, rows: list[Row], number: str, dates: tuple[str, ...], base: About) -> Result:
    """One number that stands in several rows: the months are those of the rows after the first."""
    days = (next((row[name] for name in dates if row[name]), None) for row in rows[1:])
    months = tuple(sorted({month_of(day) for day in days if day is not None}))
    return Result(
        "evidence.duplicate",
        NOT_SATISFIED,
        months=months,
        period="" if months else str(context.year),
        detail={"number": str(rows[0][number])},
        places=tuple(row.cell(number) for row in rows),
        **base,
    )


@check("evidence.pasted")
def pasted(context: Context) -> Iterator[Result]:
    """No two months of one source hold the same detail values in the same order."""
    for source in context.flow.sources.values():
        table = source["records"]
        if table not in DETAIL:
            continue
        day, columns = DETAIL[table]
        months: dict[str, list[Row]] = defaultdict(list)
        for row in context.flow.rows(table, source["source_id"]):
            if row[day]:
                months[month_of(row[day])].append(row)
        pairs = [pair for pair in _same(months, columns) if pair[1] in context.months]
        base: About = _source_base(context, source)
        if not pairs and months:
            yield Result("evidence.pasted", SATISFIED, months=tuple(context.months), **base)
        for earlier, later in pairs:
            places = tuple(row.cell(columns[0]) for row in (months[earlier][0], months[later][0]))
            yield Result(
                "evidence.pasted",
                NOT_SATISFIED,
                months=(later,),
                detail={"copied_from": earlier},
                places=places,
                **base,
            )


def _same(months: dict[str, list[Row]], columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of months with equal values row by row over the shorter of the two; constant months prove nothing."""
    prints: dict[str, list[tuple[Decimal | None, ...]]] = {
        month: [tuple(row[column] for column in columns) for row in rows] for month, rows in sorted(months.items())
    }
    found = []
    names = list(prints)
    for index, earlier in enumerate(names):
        for later in names[index + 1 :]:
            short = min(len(prints[earlier]), len(prints[later]))
            one, other = prints[earlier][:short], prints[later][:short]
            if one == other and len(set(one)) > 2:
                found.append((earlier, later))
    return found


@check("evidence.register")
def register(context: Context) -> Iterator[Result]:
    """A file below ``evidence/`` that the register or a source names was handed in; titles of papers pass."""
    held = {entry.file for entry in context.case.inputs}
    named = {
        row[column]: row.cell(column)
        for table, column in (("evidence", "file"), ("sources", "document"), ("transcriptions", "file"))
        for row in context.flow.tables[table]
        if str(row[column] or "").startswith(EVIDENCE_FOLDER)
    }
    for file, place in sorted(named.items()):
        outcome, places = (SATISFIED, ()) if file in held else (NOT_SATISFIED, (place,))
        yield Result(
            "evidence.register", outcome, period=str(context.year), stream=file, source="evidence", places=places
        )
