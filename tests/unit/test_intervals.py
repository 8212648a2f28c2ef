"""区间读数：时钟、半开区间、账期汇总、缺数区间、质量判定、量级与余量。"""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.unit.hand_tables import row
from verifierkit import intervals
from verifierkit.errors import InputError, InputErrors, UsageError
from verifierkit.intervals.aggregate import months, utc_midnight
from verifierkit.intervals.gaps import CAPACITY, CUT, REPEAT, SAME_HOUR, UNKNOWN, Gap, HourRange, bounds
from verifierkit.intervals.quality import KINDS, counts
from verifierkit.intervals.rows import IntervalRecords
from verifierkit.readers.detect import read_grid

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
START = datetime(2025, 3, 1)
QUARTER = timedelta(minutes=15)


def frame(
    values: list[float], *, start: datetime = START, minutes: int = 15, meter: str = "m", drop: tuple[int, ...] = ()
) -> pd.DataFrame:
    """Readings in a row from a UTC start; ``drop`` leaves rows out."""
    stamps = [start + timedelta(minutes=minutes) * number for number in range(len(values))]
    clocked = intervals.localise(stamps, zone="UTC", minutes=minutes, stamped="start")
    found = intervals.readings_frame(clocked, values, meter=meter)
    return found[~found["row"].isin(drop)].reset_index(drop=True)


def one_period(readings: pd.DataFrame, hours: int = 24, *, start: datetime = START, **more: Any) -> intervals.PeriodSum:
    (found,) = intervals.to_periods(
        readings, [intervals.Period("m", "p", start, start + timedelta(hours=hours))], zone="UTC", **more
    )
    return found


# clock


def test_an_end_stamp_names_the_half_open_interval_before_it() -> None:
    found = intervals.localise([datetime(2025, 3, 2)], zone=SHANGHAI, minutes=60, stamped="end")
    assert (found.start[0], found.end[0]) == (pd.Timestamp(2025, 3, 1, 15), pd.Timestamp(2025, 3, 1, 16))


def test_the_repeated_hour_is_two_hours_and_the_skipped_one_is_none() -> None:
    back = [datetime(2021, 11, 7, 1), datetime(2021, 11, 7, 1), datetime(2021, 11, 7, 2)]
    found = intervals.localise(back, zone=NEW_YORK, minutes=60, stamped="start")
    assert [stamp.hour for stamp in found.start] == [5, 6, 7]
    assert [(mark.kind, mark.row) for mark in found.marks] == [("repeated_hour", 1)]
    forward = intervals.localise([datetime(2022, 3, 13, 2, 30)], zone=NEW_YORK, minutes=15, stamped="start")
    assert forward.start.isna().all()
    assert [mark.kind for mark in forward.marks] == ["skipped_hour"]
    assert len(intervals.readings_frame(forward, [1.0])) == 0


def test_the_repeated_hour_is_told_for_each_meter() -> None:
    stamps = [datetime(2021, 11, 7, 1)] * 2
    found = intervals.localise(stamps, zone=NEW_YORK, minutes=60, stamped="start", groups=["a", "b"])
    assert found.marks == ()
    assert found.start[0] == found.start[1]


def test_months_have_their_own_hours_across_clock_changes() -> None:
    hours = {one.name[-2:]: (one.end - one.start) / timedelta(hours=1) for one in months("m", 2022, zone=NEW_YORK)}
    assert (hours["03"], hours["11"], hours["01"]) == (743, 721, 744)
    assert utc_midnight(date(2025, 1, 1), SHANGHAI) == datetime(2024, 12, 31, 16)


def test_a_midnight_on_the_day_that_it_ends_is_named_and_moved_only_when_asked() -> None:
    stamps = [datetime(2018, 1, 1, 23, 45), datetime(2018, 1, 1), datetime(2018, 1, 2, 0, 15)]
    assert intervals.misdated_midnights(stamps) == [1]
    assert intervals.misdated_midnights([datetime(2018, 1, 1, 23, 45), datetime(2018, 1, 2)]) == []
    moved = intervals.localise(stamps, zone="UTC", minutes=15, midnight="same_day")
    assert moved.end[1] == pd.Timestamp(2018, 1, 2)
    assert [mark.kind for mark in moved.marks] == ["misdated_midnight"]
    assert intervals.localise(stamps, zone="UTC", minutes=15).end[1] == pd.Timestamp(2018, 1, 1)


def test_a_change_of_length_is_told_from_a_gap() -> None:
    stamps = [START + QUARTER * number for number in (0, 1, 2, 6, 7, 8)] + [
        START + QUARTER * number for number in (12, 16, 20)
    ]
    assert intervals.runs_of_length(stamps) == [(0, 15), (5, 60)]


@pytest.mark.parametrize("wrong", [{"stamped": "middle"}, {"midnight": "never"}, {"zone": "Mars/Olympus"}])
def test_words_of_the_clock_that_do_not_exist_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="expected"):
        intervals.localise([START], **({"zone": "UTC", "minutes": 15} | wrong))  # type: ignore[arg-type]


# periods


def test_whole_days_are_exact_and_a_period_need_not_be_a_month() -> None:
    found = one_period(frame([0.1] * 96))
    assert (found.value, found.low, found.high, found.rows) == (Decimal("9.6"), Decimal("9.6"), Decimal("9.6"), 96)


def test_lengths_may_change_within_a_period() -> None:
    parts = [frame([1.0] * 4), frame([4.0] * 23, start=START + timedelta(hours=1), minutes=60)]
    assert one_period(pd.concat(parts)).value == 96


def test_a_gap_is_not_filled_and_its_interval_rests_on_the_same_hours_of_other_days() -> None:
    values = [1.0 + 0.5 * (number // 96 % 2) for number in range(96 * 15)]
    found = one_period(frame(values, drop=(40, 41)), 24 * 15)
    assert found.value is None
    ((gap, bound),) = found.gaps
    assert (gap.start, gap.hours) == (START + QUARTER * 40, Decimal("0.5"))
    assert (bound.low, bound.high, bound.basis, bound.days) == (Decimal(2), Decimal(3), SAME_HOUR, 15)
    assert (found.low - found.known, found.bases) == (2, (SAME_HOUR,))
    assert found.high is not None
    assert found.low <= Decimal(str(sum(values))) <= found.high


def test_a_gap_with_few_days_is_bounded_by_capacity_or_not_at_all() -> None:
    readings = frame([1.0] * 96, drop=(95,))
    open_end, capped = one_period(readings), one_period(readings, capacity_kw={"m": Decimal(10)})
    assert (open_end.high, open_end.bases) == (None, (UNKNOWN,))
    assert (capped.high, capped.bases) == (Decimal("97.5"), (CAPACITY,))


def test_a_period_without_any_reading_is_one_gap() -> None:
    found = one_period(frame([1.0] * 96), start=START + timedelta(days=9))
    assert (found.value, found.known, found.rows, found.missing_hours) == (None, 0, 0, 24)
    (other,) = intervals.to_periods(frame([1.0]), [intervals.Period("x", "p", START, START + QUARTER)], zone="UTC")
    assert other.missing_hours == Decimal("0.25")


def test_a_reading_across_the_cut_belongs_to_neither_side() -> None:
    readings = frame([6.0] * 8, minutes=60)
    cut = START + timedelta(hours=2, minutes=30)
    periods = [intervals.Period("m", "a", START, cut), intervals.Period("m", "b", cut, START + timedelta(hours=8))]
    first, second = intervals.to_periods(readings, periods, zone="UTC")
    assert [(one.value, one.known, one.low, one.high) for one in (first, second)] == [
        (None, 12, 12, 18),
        (None, 30, 30, 36),
    ]
    assert [row for row, _ in first.cut] == [row for row, _ in second.cut] == [2]
    assert first.bases == (CUT,)


def test_a_reading_that_begins_before_the_first_period_is_seen() -> None:
    found = one_period(frame([6.0] * 8, minutes=60), 2, start=START + timedelta(minutes=30))
    assert (found.value, found.known, len(found.cut)) == (None, 6, 2)


def test_rows_that_stand_twice_count_once_and_leave_doubt_where_they_differ() -> None:
    readings = frame([1.0] * 96)
    again = readings.iloc[[10]].assign(row=500)
    same = one_period(pd.concat([readings, again]))
    assert (same.value, same.repeated) == (96, (500,))
    other = one_period(pd.concat([readings, again.assign(value=3_000_000)]))
    assert (other.value, other.low, other.high, other.repeated) == (None, 96, 98, (500,))
    assert REPEAT == "repeated_rows"


def test_readings_that_overlap_leave_the_period_open() -> None:
    readings = frame([1.0] * 96)
    long = readings.iloc[[10]].assign(end=readings["end"].iloc[13], row=500, value=4_000_000)
    found = one_period(pd.concat([readings, long]))
    assert found.value is None
    assert found.overlapping
    assert found.gaps == ()


def test_bills_that_overlap_each_have_their_own_sum() -> None:
    day = timedelta(days=1)
    periods = [
        intervals.Period("m", "a", START, START + 2 * day),
        intervals.Period("m", "b", START + day, START + 3 * day),
    ]
    found = intervals.to_periods(frame([1.0] * 96 * 3), periods, zone="UTC")
    assert [one.value for one in found] == [192, 192]


def test_any_cut_of_the_time_gives_the_same_whole() -> None:
    draw = np.random.default_rng(7)
    values = [float(value) / 1000 for value in draw.integers(0, 9000, 96 * 4)]
    readings = frame(values).sample(frac=1, random_state=1)  # order does not matter
    for _ in range(5):
        inner = sorted({int(cut) for cut in draw.integers(1, 96 * 4 - 1, 6)})
        cuts = [START + QUARTER * at for at in (0, *inner, 96 * 4)]
        periods = [intervals.Period("m", str(i), one, two) for i, (one, two) in enumerate(itertools.pairwise(cuts))]
        found = intervals.to_periods(readings, periods, zone="UTC")
        assert sum(one.value or Decimal(0) for one in found) == sum(map(Decimal, map(str, values)))


def test_backward_periods_and_readings_are_refused() -> None:
    with pytest.raises(UsageError, match="an end after its start"):
        intervals.to_periods(frame([1.0]), [intervals.Period("m", "p", START, START)], zone="UTC")
    wrong = frame([1.0]).assign(end=pd.Timestamp(START))
    with pytest.raises(UsageError, match="row 0 ends before it starts"):
        one_period(wrong)


@pytest.mark.parametrize("value", [0.1234567, 2e9])
def test_values_that_cannot_be_held_exactly_are_refused(value: float) -> None:
    with pytest.raises(UsageError, match="six decimals"):
        frame([value])


def test_bounds_need_every_hour_of_the_gap() -> None:
    gap = Gap("m", START, START + timedelta(hours=2))
    known = {0: HourRange(Decimal(1), Decimal(2), 30)}
    assert bounds(gap, known, zone="UTC").basis == UNKNOWN
    both = bounds(gap, known | {1: HourRange(Decimal(3), Decimal(5), 9)}, zone="UTC")
    assert (both.low, both.high, both.days) == (4, 7, 9)
    assert both.words("zh") != both.words("en")


# quality


def day(base: float = 1.0) -> list[float]:
    """A day of quarters that never repeats itself."""
    return [round(base + 0.3 * float(np.sin(number / 7)) + 0.001 * (number * 37 % 101), 3) for number in range(96)]


def spans(values: list[float], **more: Any) -> dict[str, int]:
    found = intervals.quality(frame(values, drop=more.pop("drop", ())), **more)
    return {kind: number for kind, number in counts(found).items() if number}


def month_of_days() -> list[float]:
    return [value for number in range(10) for value in day(1 + number / 17)]


def test_clean_readings_have_no_span() -> None:
    assert spans(month_of_days()) == {}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda values: values[:200] + [1.234] * 100 + values[300:], "frozen"),
        (lambda values: values[:200] + [round(1 + 0.01 * n, 3) for n in range(20)] + values[220:], "interpolated"),
        (lambda values: [*values[:200], 30.0, *values[201:]], "spiked"),
        (lambda values: [*values[:200], -0.5, *values[201:]], "negative"),
        (lambda values: values[:200] + [0.0] * 10 + [11.0] + values[211:], "backfilled"),
        (lambda values: values[:300] + values[204:264] + values[360:], "backfilled"),
    ],
)
def test_each_kind_of_span_is_found(change: Any, kind: str) -> None:
    found = spans(change(month_of_days()))
    assert kind in found, found
    assert found[kind] == 1


def test_gaps_and_doubles_are_spans_with_rows_and_times() -> None:
    readings = frame(month_of_days(), drop=(50, 51, 52))
    twice = readings.iloc[[100]].assign(row=9000)
    found = intervals.quality(pd.concat([readings, twice]))
    assert [(span.kind, span.first_row, span.last_row, span.count) for span in found] == [
        ("missing", 49, 53, 0), ("duplicated", 9000, 9000, 1),
    ]  # fmt: skip
    assert (found[0].start, found[0].note) == (START + QUARTER * 50, "0.75 h")
    assert set(counts(found)) == set(KINDS)


def test_a_register_that_rolls_over_is_no_negative_reading() -> None:
    moments = pd.DatetimeIndex([START + timedelta(hours=hour) for hour in range(4)])
    counter = [99990.0, 99998.0, 5.0, 12.0]
    plain = intervals.from_registers(moments, counter, meter="m")
    assert [span.kind for span in intervals.quality(plain, digits=5)] == ["rolled_over"]
    assert [span.kind for span in intervals.quality(plain)] == ["negative"]
    aware = intervals.from_registers(moments, counter, digits=5, meter="m")
    assert aware["value"].tolist() == [8_000_000, 7_000_000, 7_000_000]
    assert intervals.quality(aware, digits=5) == []


def test_a_missing_counter_reading_joins_two_intervals() -> None:
    moments = pd.DatetimeIndex([START + timedelta(hours=hour) for hour in range(3)])
    found = intervals.from_registers(moments, [1.0, np.nan, 4.0], meter="m")
    assert (found["value"].tolist(), one_period(found, 2).value) == ([3_000_000], 3)


# scale and remainder


@pytest.mark.parametrize(
    ("declared", "other", "outcome", "power"),
    [
        ("0.0331", "331.416", "refused", 4),
        ("331.4", "331.416", "accepted", 0),
        ("100", "250", "refused", None),
        ("1", None, "unknown", None),
    ],
)
def test_a_declared_scale_is_believed_only_beside_a_second_document(
    declared: str, other: str | None, outcome: str, power: int | None
) -> None:
    found = intervals.compare_scale(declared=Decimal(declared), other=Decimal(other) if other else None)
    assert (found.outcome, found.power) == (outcome, power)
    assert found.words("zh")
    assert found.words("en")


def test_submeters_above_the_supply_are_no_unmetered_load() -> None:
    rest = intervals.remainder(imported=Decimal(100), submeters={"a": Decimal(60)})
    assert (rest.value, rest.share, rest.possible) == (40, Decimal("0.4"), True)
    wrong = intervals.remainder(imported=Decimal(100), exported=Decimal(50), submeters={"a": Decimal(60)})
    assert not wrong.possible
    assert "不可能" in wrong.words("zh", "kWh")


# rows of a case


def interval_rows(start: datetime, values: list[float], **cells: Any) -> list[Any]:
    return [
        row("interval_values", number, source_id="s", start=start + QUARTER * number, end=start + QUARTER * (number + 1),
            value_kwh=value, **cells)
        for number, value in enumerate(values)
    ]  # fmt: skip


def test_rows_give_local_days_with_their_cells() -> None:
    records = IntervalRecords(interval_rows(datetime(2025, 3, 1), [0.25] * 96 * 2), zone=SHANGHAI)
    days = records.days()
    assert [(one.day, one.value) for one in days] == [(date(2025, 3, 1), 24), (date(2025, 3, 2), 24)]
    assert [place.row for place in days[0].places] == [3, 98]
    utc = IntervalRecords(interval_rows(datetime(2025, 2, 28, 16), [0.25] * 96, zone="UTC"), zone=SHANGHAI)
    assert [one.day for one in utc.days()] == [date(2025, 3, 1)]


def test_a_row_without_value_leaves_its_day_open() -> None:
    rows = interval_rows(datetime(2025, 3, 1), [0.25] * 96 * 2)
    rows[5].values["value_kwh"] = None
    records = IntervalRecords(rows, zone=SHANGHAI)
    assert [one.day for one in records.days()] == [date(2025, 3, 2)]
    assert [span.kind for span in records.quality()].count("missing") == 1
    assert IntervalRecords([], zone=SHANGHAI).days() == []


# Green Button files

FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="U/MeterReading/01"/><link rel="related" href="T/1"/>
<content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
<entry><link rel="self" href="T/1"/><content><ReadingType xmlns="http://naesb.org/espi"><flowDirection>1</flowDirection>
<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom></ReadingType></content></entry>
<entry><link rel="up" href="U/MeterReading/01/IntervalBlock"/><content><IntervalBlock xmlns="http://naesb.org/espi">
<IntervalReading><timePeriod><duration>900</duration><start>1740787200</start></timePeriod><value>{value}</value></IntervalReading>
</IntervalBlock></content></entry></feed>"""


def feed(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "load.xml"
    path.write_text(text, encoding="utf-8")
    return read_grid(path, place_file="evidence/load.xml")


def test_a_feed_at_a_scale_that_espi_has_gives_energy(tmp_path: Path) -> None:
    grid = feed(tmp_path, FEED.format(power="0", uom="72", value="1250"))
    assert grid.sheets[0].rows[1] == [
        "01",
        "forward",
        "2025-03-01 00:00:00",
        "2025-03-01 00:15:00",
        900,
        1250,
        "",
        Decimal("1.25"),
    ]
    assert (grid.notices, grid.sheets[0].refused) == ((), {})


@pytest.mark.parametrize(
    ("power", "uom", "reason"),
    [("-5", "72", "powerOfTenMultiplier -5"), ("0", "38", "uom 38"), ("x", "72", "Multiplier x")],
)
def test_a_scale_that_cannot_be_used_is_refused_and_no_energy_is_given(
    tmp_path: Path, power: str, uom: str, reason: str
) -> None:
    grid = feed(tmp_path, FEED.format(power=power, uom=uom, value="1250"))
    assert grid.sheets[0].rows[1][5:] == [1250, "", ""]
    assert reason in grid.sheets[0].refused[7]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!DOCTYPE feed [<!ENTITY a 'b'>]>" + FEED.format(power="0", uom="72", value="1"), "document type or entity"),
        (FEED.format(power="0", uom="72", value="1")[:-20], "damaged XML"),
        (FEED.format(power="0", uom="72", value="1.5"), "whole number"),
        (FEED.format(power="0", uom="72", value="1").replace("1740787200", "9" * 20), "times of a meter"),
        ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi"></feed>', "interval readings"),
    ],
)
def test_hostile_and_broken_feeds_end_with_one_line(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises((InputError, InputErrors), match=found):
        feed(tmp_path, text)
