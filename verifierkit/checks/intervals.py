"""What a person should know about interval values: spans of doubtful quality, and what the gaps of a month could hide.

These are notices and no findings: a plant that stands still is frozen too, and a gap says only what is not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from verifierkit.bills.steps import plain
from verifierkit.columns import Row
from verifierkit.constants import CENT
from verifierkit.evidence import Notice
from verifierkit.flowmap import FlowMap

if TYPE_CHECKING:
    from verifierkit.intervals.aggregate import PeriodSum
    from verifierkit.intervals.quality import Span
    from verifierkit.intervals.rows import IntervalRecords

TABLE = "interval_values"
STEP = CENT
WORDS = {
    "missing": ("缺数", "missing"),
    "duplicated": ("重复", "duplicated"),
    "overlapping": ("时段重叠", "overlapping"),
    "frozen": ("数值不变", "frozen"),
    "interpolated": ("疑似插补", "interpolated"),
    "spiked": ("尖峰", "spiked"),
    "negative": ("负值", "negative"),
    "rolled_over": ("过零", "rolled over"),
    "backfilled": ("疑似补录", "backfilled"),
    "repeated_hour": ("时钟回拨重复的一小时", "in the hour that clocks repeat"),
    "skipped_hour": ("时钟拨快不存在的一小时", "in the hour that clocks skip"),
}


def notices(flow: FlowMap) -> list[Notice]:
    """Notices on the interval values of all sources, one for each source and kind, and one for each month with gaps."""
    found: list[Notice] = []
    for source in flow.sources.values():
        rows = flow.rows(TABLE, source["source_id"]) if source["records"] == TABLE else []
        if rows:
            found += _of_source(flow, source, rows)
    return found


def _of_source(flow: FlowMap, source: Row, rows: list[Row]) -> Iterator[Notice]:
    from verifierkit.intervals.rows import IntervalRecords  # slow to import, and few cases need it

    records = IntervalRecords(rows, zone=flow.zone)
    name = str(source["name"] or source["source_id"])
    spans: dict[str, list[Span]] = defaultdict(list)
    for span in records.quality():
        spans[span.kind].append(span)
    for kind, own in spans.items():
        yield _spans(records, name, kind, own)
    for kind in sorted({mark.kind for mark in records.marks}):
        marks = [mark for mark in records.marks if mark.kind == kind]
        zh, en = WORDS[kind]
        place = records.place(marks[0].row)
        yield Notice(place, f"{name}：{len(marks)} 个读数处于{zh}", f"{name}: {len(marks)} readings stand {en}")
    for one in records.months(flow.year):
        if one.gaps and one.rows and one.period.name in flow.months:
            yield _gaps(records, name, one)


def _spans(records: IntervalRecords, name: str, kind: str, spans: list[Span]) -> Notice:
    zh, en = WORDS[kind]
    first, count = spans[0], sum(span.count for span in spans)
    when = f"{first.start:%Y-%m-%d %H:%M} UTC"
    return Notice(
        records.place(first.first_row),
        f"{name}：{zh} {len(spans)} 段，共 {count} 个读数，首段始于 {when}（{first.note or '-'}）",
        f"{name}: {len(spans)} spans {en}, {count} readings; the first from {when} ({first.note or '-'})",
    )


def _gaps(records: IntervalRecords, name: str, one: PeriodSum) -> Notice:
    """What the gaps of a month could hide, with the basis."""
    hours, known, low = plain(one.missing_hours.quantize(STEP)), plain(one.known), plain(one.low)
    high = plain(one.high) if one.high is not None else None
    bases = {
        language: "; ".join(dict.fromkeys(b.words(language) for _, b in (*one.gaps, *one.cut)))
        for language in ("zh", "en")
    }
    month = one.period.name
    return Notice(
        records.place(0),
        f"{name}：{month} 缺数 {hours} 小时，已读 {known} kWh，全月在 {low} 至 {high or '不限'} kWh 之间（依据：{bases['zh']}）；未作任何补数",
        f"{name}: {hours} h of {month} are missing; {known} kWh were read and the month lies between {low} and "
        f"{high or 'no limit'} kWh ({bases['en']}); nothing was filled",
    )
