"""What a person should know about interval values: spans of doubtful quality, and what the gaps of a month could hide.

These are notices and no findings: a plant that stands still is frozen too, and a gap says only what is not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from verifierkit.bills.steps import plain
from verifierkit.columns import Row
from verifierkit.constants import CENT
from verifierkit.evidence import Notice
from verifierkit.flowmap import FlowMap
from verifierkit.rulepack import RulePack

if TYPE_CHECKING:
    from verifierkit.intervals.aggregate import PeriodSum
    from verifierkit.intervals.limits import QualityLimits
    from verifierkit.intervals.quality import Span
    from verifierkit.intervals.rows import IntervalRecords, Step

TABLE, RULE = "interval_values", "meter.registers"
STEP, ONE = CENT, Decimal(1)
SHOWN = 1 + 2  # spans of a kind that a notice tells one by one
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
}
# what is said of single rows: column of the cell, Chinese and English words after the number of readings
MARKS = {
    "repeated_hour": ("start", "处于时钟回拨重复的一小时", "stand in the hour that clocks repeat"),
    "skipped_hour": (
        "start",
        "处于时钟拨快不存在的一小时，未计入；请核对文件的时区",
        "stand in the hour that clocks skip and are not counted; check the time zone of the file",
    ),
    "misdated_midnight": (
        "end",
        "把一日末的零点记在当日，按所印时刻读取即差一日，时刻未改动；如文件本意如此，请在导入设置的 clock 下写 midnight: same_day",
        "stamp the midnight that ends a day with that same day, a day early as they stand; no stamp was moved. If the file "
        "means it so, write `midnight: same_day` under `clock:` of the import profile",
    ),
    "backwards": (
        "end",
        "终止时刻不晚于起始时刻，未计入；请核对时刻",
        "end before or when they start and are not counted; check their times",
    ),
    "too_large": (
        "value_kwh",
        "数值超出任何表计，未计入；请核对单位",
        "are too large for any meter and are not counted; check the unit",
    ),
    "rounded": (
        "value_kwh",
        "小数超过六位，按 10^-6 kWh 修约",
        "have more than six decimals and were rounded to 10^-6 kWh",
    ),
    "estimated": ("estimated", "标为估算", "are marked as estimated"),
}


def notices(flow: FlowMap, packs: Mapping[str, RulePack] | None = None) -> list[Notice]:
    """Notices on the interval values of all sources: on rows, on spans by kind, and on each month with gaps."""
    found: list[Notice] = []
    for source in flow.sources.values():
        rows = flow.rows(TABLE, source["source_id"]) if source["records"] == TABLE else []
        if rows:
            found += _of_source(flow, packs or {}, source, rows)
    return found


def limits_of(packs: Mapping[str, RulePack]) -> QualityLimits | None:
    """Limits that the packs of a case state; None where none of them has the rule."""
    from verifierkit.intervals.limits import QualityLimits

    rules = (pack.checks[RULE] for _, pack in sorted(packs.items()) if RULE in pack.checks)
    return next((QualityLimits.of(rule) for rule in rules), None)


def _of_source(flow: FlowMap, packs: Mapping[str, RulePack], source: Row, rows: list[Row]) -> Iterator[Notice]:
    from verifierkit.intervals.rows import IntervalRecords  # slow to import, and few cases need it

    records = IntervalRecords(rows, zone=flow.zone, limits=limits_of(packs))
    name = str(source["name"] or source["source_id"])
    spans = records.quality(**_register(flow, source))
    yield from _marks(records, name)
    yield from (_changed(records, name, step) for step in records.steps())
    groups: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        groups[span.kind, span.note if span.kind == "duplicated" else ""].append(span)
    for (kind, _), own in groups.items():
        yield _spans(records, name, kind, own)
    yield from _months(flow, records, name, [span for span in spans if span.kind == "missing"])


def _register(flow: FlowMap, source: Row) -> dict[str, Any]:
    """Digits and multiplier of the register behind the readings, as far as they are stated."""
    meter = flow.instruments.get(source["instrument_id"] or "")
    if meter is None or meter["register_digits"] is None:
        return {}
    return {"digits": meter["register_digits"], "multiplier": meter["multiplier"] or ONE}


def _marks(records: IntervalRecords, name: str) -> Iterator[Notice]:
    for kind, (column, zh, en) in MARKS.items():
        marks = [mark for mark in records.marks if mark.kind == kind]
        if marks:
            place = records.place(marks[0].row, column)
            yield Notice(place, f"{name}：{len(marks)} 个读数{zh}", f"{name}: {len(marks)} readings {en}")


def _changed(records: IntervalRecords, name: str, step: Step) -> Notice:
    """Readings whose stamps lie otherwise apart than the profile says that they are long."""
    return Notice(
        records.place(step.row, "start"),
        f"{name}：自此行起相邻时刻相隔 {step.apart} 分钟，而读数按 {step.read} 分钟读取；如时段长度有变，"
        "请在导入设置的 clock 下用 changes 写明起止",
        f"{name}: from this row on the stamps lie {step.apart} min apart, but the readings are taken as {step.read} min long; "
        "if the length changes, state it as `changes:` under `clock:` of the import profile",
    )


def _spans(records: IntervalRecords, name: str, kind: str, spans: list[Span]) -> Notice:
    zh, en = WORDS[kind]
    first, count, more = spans[0], sum(span.count for span in spans), len(spans) > SHOWN
    seen = {
        language: "; ".join(f"{span.start:%Y-%m-%d %H:%M} UTC ({span.seen(language) or '-'})" for span in spans[:SHOWN])
        for language in ("zh", "en")
    }
    counted = {"zh": f"，共 {count} 个读数" if count else "", "en": f", {count} readings" if count else ""}
    return Notice(
        records.place(first.first_row),
        f"{name}：{zh} {len(spans)} 段{counted['zh']}，始于 {seen['zh']}{' 等' if more else ''}",
        f"{name}: {len(spans)} spans {en}{counted['en']}; from {seen['en']}{', and more' if more else ''}",
    )


def _months(flow: FlowMap, records: IntervalRecords, name: str, missing: Sequence[Span]) -> Iterator[Notice]:
    """Months with gaps, and the months of the year that the readings do not reach at all."""
    silent = []
    for one in records.months(flow.year):
        if not one.gaps or one.period.name not in flow.months:
            continue
        beside = [span for span in missing if span.start < one.period.end and span.end > one.period.start]
        if one.rows or beside:
            yield _gaps(records, name, one, beside[0].first_row if beside else 0)
        else:
            silent.append(one.period.name)
    if silent:
        months = ", ".join(silent)
        yield Notice(
            records.place(0),
            f"{name}：{months} 没有任何读数，未作任何补数",
            f"{name}: no reading at all in {months}; nothing was filled",
        )


def _gaps(records: IntervalRecords, name: str, one: PeriodSum, row: int) -> Notice:
    """What the gaps of a month could hide, with the basis."""
    hours, known, low = plain(one.missing_hours.quantize(STEP)), plain(one.known), plain(one.low)
    high = plain(one.high) if one.high is not None else None
    bases = {
        language: "; ".join(dict.fromkeys(b.words(language) for _, b in (*one.gaps, *one.cut)))
        for language in ("zh", "en")
    }
    month = one.period.name
    return Notice(
        records.place(row),
        f"{name}：{month} 缺数 {hours} 小时，已读 {known} kWh，全月在 {low} 至 {high or '不限'} kWh 之间（依据：{bases['zh']}）；未作任何补数",
        f"{name}: {hours} h of {month} are missing; {known} kWh were read and the month lies between {low} and "
        f"{high or 'no limit'} kWh ({bases['en']}); nothing was filled",
    )
