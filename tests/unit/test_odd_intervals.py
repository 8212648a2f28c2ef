"""怪的负荷曲线：零点记错日、时段长度变化、两端本地时刻跨时钟变更、倒置、过大、小数过多、整月缺数；限值出自规则包。"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from tests.cases.test_real_inputs import Meter, interval_profile, written
from tests.unit.hand_tables import row, tables
from verifierkit import case, intervals
from verifierkit.checks import intervals as interval_checks
from verifierkit.columns import Row
from verifierkit.errors import InputErrors
from verifierkit.evidence import Notice
from verifierkit.flowmap import FlowMap
from verifierkit.intervals.limits import QualityLimits, stated
from verifierkit.intervals.rows import IntervalRecords
from verifierkit.rulepack import RulePack, load

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
PACK = load("electricity-only")
RULE = PACK.checks["meter.registers"]
MAP: dict[str, list[dict[str, Any]]] = {
    "nodes": [{"node_id": "n_grid", "kind": "boundary"}, {"node_id": "n_use", "kind": "process"}],
    "streams": [{"stream_id": "e", "unit": "kWh", "from_node": "n_grid", "to_node": "n_use"}],
    "sources": [{"source_id": "s", "name": "负荷曲线", "stream_id": "e", "records": "interval_values", "rank": 1, "instrument_id": "m"}],
}  # fmt: skip
Cells = dict[str, Any]


def hours(count: int, start: datetime = datetime(2025, 3, 1), step: timedelta = HOUR) -> list[Cells]:
    """Readings that never repeat themselves, by both ends."""
    return [
        {"source_id": "s", "start": start + step * n, "end": start + step * (n + 1),
         "value_kwh": Decimal(100 + 7 * (n % 24) + n * 37 % 101) / 10}
        for n in range(count)
    ]  # fmt: skip


def told(
    cells: list[Cells], *, zone: str = SHANGHAI, packs: dict[str, RulePack] | None = None, **meter: Any
) -> list[Notice]:
    instruments = [{"instrument_id": "m", "kind": "electricity_meter"} | meter]
    filled = tables(**MAP, instruments=instruments, interval_values=cells)
    return interval_checks.notices(FlowMap(filled, year=2025, zone=zone), packs or {"facility": PACK})


def named(notices: list[Notice], word: str) -> Notice:
    (found,) = [one for one in notices if word in one.en]
    return found


def rows_of(cells: list[Cells]) -> list[Row]:
    return [row("interval_values", n, **one) for n, one in enumerate(cells)]


def test_midnights_on_the_day_that_they_end_are_named_with_their_cell_and_the_way_out() -> None:
    cells = hours(24 * 20)
    for one in cells:
        if one["end"].hour == 0:
            one |= {"start": one["start"] - 24 * HOUR, "end": one["end"] - 24 * HOUR}
    notice = named(told(cells), "stamp the midnight")
    assert "20 个读数把一日末的零点记在当日" in notice.zh
    assert "midnight: same_day" in notice.en
    assert (notice.place.row, notice.place.column) == (3 + 23, "C")
    assert not [one for one in told(hours(24 * 20)) if "midnight" in one.en]


def test_stamps_that_lie_further_apart_than_the_readings_are_long_are_named_at_their_first_row() -> None:
    quarters = hours(96 * 10, step=QUARTER)
    later = hours(24 * 10, quarters[-1]["end"])
    for one in later:
        one["end"] = one["start"] + QUARTER
    notice = named(told(quarters + later), "lie 60 min apart")
    assert notice.place.row is not None
    assert abs(notice.place.row - (3 + 960)) <= 1
    honest = hours(96 * 10, step=QUARTER)
    assert not [one for one in told(honest + hours(24 * 10, honest[-1]["end"])) if "apart" in one.en]


CSV = "evidence/load.csv"


def read(folder: Path, text: str, **clock: Any) -> list[Row]:
    profile = interval_profile(
        CSV, {"end": "end", "kwh": "value_kwh"}, "s_main", clock={"stamped": "end", "minutes": 15} | clock
    )
    path = written(folder / "case", [Meter("main")], [profile], {CSV: text}, year=2025, zone=SHANGHAI)
    return case.load(path).tables["interval_values"]


def test_a_length_that_changes_is_read_as_the_profile_states_it(tmp_path: Path) -> None:
    stamps = ("2025-06-30 23:45", "2025-07-01 00:00", "2025-07-01 01:00", "2025-07-01 02:00")
    text = "end,kwh\n" + "".join(f"{stamp},1\n" for stamp in stamps)
    rows = read(tmp_path, text, changes={"2025-07-01 00:00": 60})
    assert [one["end"] - one["start"] for one in rows] == [QUARTER, QUARTER, HOUR, HOUR]
    assert [one["end"] for one in rows[:-1]] == [one["start"] for one in rows[1:]]


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ({"changes": {"1 July": 60}}, "1 July: 60"),
        ({"changes": {"2025-07-01 00:00": 0}}, "2025-07-01 00:00: 0"),
        ({"changes": {"2025-07-01 00:00": 60}, "minutes": None}, "none"),
    ],
)
def test_a_change_of_length_that_says_nothing_is_refused(tmp_path: Path, clock: Cells, found: str) -> None:
    with pytest.raises(InputErrors, match=re.escape(found)):
        read(tmp_path, "end,kwh\n2025-07-01 01:00,1\n", **clock)


def local(step: timedelta) -> Iterator[Cells]:
    """A year of New York by both local ends, as a program prints them that knows the moments."""
    zone, utc = ZoneInfo(NEW_YORK), ZoneInfo("UTC")
    at, end = (datetime(year, 1, 1, tzinfo=zone).astimezone(utc) for year in (2025, 2026))
    while at < end:
        start, stop = (one.astimezone(zone).replace(tzinfo=None) for one in (at, at + step))
        yield {"source_id": "s", "start": start, "end": stop, "value_kwh": Decimal(1)}
        at += step


@pytest.mark.parametrize("step", [QUARTER, 2 * QUARTER, HOUR])
def test_both_local_ends_across_clock_changes_give_every_month_whole(step: timedelta) -> None:
    records = IntervalRecords(rows_of(list(local(step))), zone=NEW_YORK)
    days = {"2025-03": 31 * 24 - 1, "2025-11": 30 * 24 + 1}
    found = {one.period.name: one.value for one in records.months(2025)}
    assert all(value is not None for value in found.values())
    assert {name: found[name] for name in days} == {name: hours * HOUR / step for name, hours in days.items()}
    assert not [mark for mark in records.marks if mark.kind in ("backwards", "skipped_hour")]


@pytest.mark.parametrize(
    ("change", "word", "column", "rest"),
    [
        ({"end": datetime(2025, 3, 1, 3)}, "end before or when they start", "C", 23),
        ({"value_kwh": Decimal("5e9")}, "too large for any meter", "D", 23),
        ({"value_kwh": Decimal("4000.1234567")}, "rounded to 10^-6 kWh", "D", 24),
        ({"estimated": True}, "marked as estimated", "F", 24),
    ],
)
def test_a_row_that_cannot_be_is_named_and_the_file_is_read_on(
    change: Cells, word: str, column: str, rest: int
) -> None:
    cells = hours(24)
    cells[5] |= change
    notice = named(told(cells), word)
    assert (notice.place.row, notice.place.column) == (8, column)
    assert len(IntervalRecords(rows_of(cells), zone=SHANGHAI).frame) == rest


def test_a_month_without_a_reading_says_what_it_could_hide_and_months_beyond_are_told_once() -> None:
    cells = [one for one in hours(24 * 92) if one["start"].month != 4]
    notices = told(cells)
    april = named(notices, "720 h of 2025-04 are missing")
    assert "0 kWh were read" in april.en
    assert april.place.row == 3 + 31 * 24 - 1  # the last reading before it
    assert "2025-01, 2025-02, 2025-06" in named(notices, "no reading at all in").en


def test_rows_that_stand_twice_with_other_values_are_not_hidden_behind_those_with_the_same() -> None:
    cells = hours(24 * 20)
    cells += [dict(cells[30]), cells[50] | {"value_kwh": Decimal(1)}]
    found = [one.en for one in told(cells) if "duplicated" in one.en]
    assert len(found) == 2
    assert any("other values" in one for one in found)


def test_the_digits_of_the_register_tell_a_rollover_from_a_negative_reading() -> None:
    cells = hours(24 * 20)
    cells[100]["value_kwh"] -= 100000 * 10
    assert "过零" in named(told(cells, register_digits=5, multiplier=10), "rolled over").zh
    assert "负值" in named(told(cells), "negative").zh
    assert named(told(cells, register_digits=7, multiplier=10), "negative")


def test_chinese_notices_hold_no_english_words() -> None:
    cells = hours(24 * 40)
    for n in range(30):
        cells[100 + n]["value_kwh"] = Decimal(50)
        cells[300 + n]["value_kwh"] = Decimal(50) + n
        cells[400 + n]["value_kwh"] = Decimal(0)
        cells[600 + n]["value_kwh"] = cells[576 + n]["value_kwh"]
    cells[430]["value_kwh"] = Decimal(700)
    cells[800]["value_kwh"] = Decimal(-1)
    cells += [dict(cells[30]), cells[50] | {"value_kwh": Decimal(1)}]
    del cells[700:710]
    notices = told(cells)
    assert len(notices) > 8
    plain = [re.sub(r"kWh|kW|UTC", "", one.zh) for one in notices]
    assert [one for one in plain if re.search(r"[A-Za-z]{2}", one)] == []


# limits


def moved(name: str, value: str) -> dict[str, RulePack]:
    """The pack with one limit of interval readings changed."""
    limits = dict(RULE.limits) | {f"interval_{name}": replace(RULE.limits[f"interval_{name}"], value=Decimal(value))}
    pack = SimpleNamespace(checks={"meter.registers": replace(RULE, limits=limits)})
    return {"facility": cast(RulePack, pack)}


def test_every_limit_stands_in_the_pack_as_experience_with_its_citation() -> None:
    held = {name for name in RULE.limits if name.startswith("interval_")}
    assert held == {f"interval_{one.name}" for one in fields(QualityLimits)}
    assert all(RULE.limits[name].experience and RULE.limits[name].citation.clause for name in held)
    assert stated() == QualityLimits.of(RULE)
    assert (stated().spike_ratio, stated().fewest_days) == (1.8, 7)


def spike(cells: list[Cells]) -> None:
    cells[100]["value_kwh"] = Decimal(100)


def level(cells: list[Cells]) -> None:
    for one in cells[100:130]:
        one["value_kwh"] = Decimal(5)


def gap(cells: list[Cells]) -> None:
    del cells[100:103]


@pytest.mark.parametrize(
    ("change", "name", "value", "usual", "then"),
    [
        (spike, "spike_ratio", "9", 1, 0),
        (level, "frozen_hours", "31", 1, 0),
        (gap, "fewest_days", "15", 1, 0),
    ],
)
def test_a_limit_of_the_pack_decides(
    change: Callable[[list[Cells]], None], name: str, value: str, usual: int, then: int
) -> None:
    cells = hours(24 * 10)
    change(cells)
    word = {"spike_ratio": "spiked", "frozen_hours": "frozen", "fewest_days": "same hour of other days"}[name]
    counts = [
        sum(word in one.en for one in told(cells, packs=packs)) for packs in ({"facility": PACK}, moved(name, value))
    ]
    assert counts == [usual, then]


def test_the_scale_of_a_declared_file_rests_on_the_pack() -> None:
    near = intervals.compare_scale(declared=Decimal(1000), other=Decimal(1005))
    assert near.outcome == "accepted"
    strict = intervals.compare_scale(declared=Decimal(1000), other=Decimal(1005), limit=Decimal("0.001"))
    assert strict.outcome == "refused"
