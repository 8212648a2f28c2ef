"""Real meters and bill layouts, read by import profiles as a user would read them.

Sources: ``eemeter_samples``, ``steel_industry_kepco``, ``opsd_residential4``, ``greenbutton_nist`` and ``cn_bill_layouts`` of
the shared data; expected numbers are read from their ``expected_checks.json`` or ``layouts.json``. Nothing of them is
stored here: where the folder is absent the tests are skipped and say so.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from verifierkit import bills, case, intervals
from verifierkit.checks import build_context
from verifierkit.checks import intervals as interval_checks
from verifierkit.errors import InputErrors
from verifierkit.flowmap import FlowMap
from verifierkit.intervals.aggregate import months
from verifierkit.intervals.rows import IntervalRecords
from verifierkit.readers.detect import read_grid
from verifierkit.series import register_difference
from verifierkit.verification import verify

ZERO = Decimal(0)


@dataclass(frozen=True)
class Meter:
    """A meter of a small case: its source, records table, register digits."""

    name: str
    records: str = "interval_values"
    digits: int | None = None


def written(
    folder: Path, meters: Sequence[Meter], profiles: Sequence[Mapping[str, Any]], files: Mapping[str, bytes | str], *,
    year: int, zone: str,
) -> Path:  # fmt: skip
    """A case of meters at one gate: every meter is a stream from the grid to the site."""
    rows: dict[str, list[dict[str, Any]]] = {
        "facilities": [
            {"facility_id": "site", "name": "Site", "kind": "entity", "in_entity_boundary": True, "in_facility_boundary": True}
        ],
        "nodes": [
            {"node_id": "grid", "name": "Grid", "kind": "boundary", "quantity": "electricity"},
            {"node_id": "plant", "name": "Plant", "kind": "process", "quantity": "electricity", "facility_id": "site"},
        ],
        "streams": [], "instruments": [], "sources": [],
    }  # fmt: skip
    for meter in meters:
        rows["streams"].append(
            {"stream_id": f"e_{meter.name}", "name": meter.name, "unit": "kWh", "from_node": "grid", "to_node": "plant",
             "facility_id": "site"}
        )  # fmt: skip
        rows["instruments"].append(
            {"instrument_id": meter.name, "name": meter.name, "kind": "electricity_meter", "multiplier": 1,
             "register_digits": meter.digits}
        )  # fmt: skip
        rows["sources"].append(
            {"source_id": f"s_{meter.name}", "name": meter.name, "stream_id": f"e_{meter.name}", "records": meter.records,
             "rank": 1, "derives_from": "none", "instrument_id": meter.name}
        )  # fmt: skip
    named = {f"profiles/{number}.yaml": case.dump_yaml(dict(profile)) for number, profile in enumerate(profiles, 1)}
    meta = {
        "schema": 1, "case_id": "real", "enterprise": {"name": "Site"}, "sector": "electricity", "data_year": year,
        "time_zone": zone, "packs": {"facility": "electricity-only"}, "workbook": "data.xlsx", "profiles": list(named),
    }  # fmt: skip
    return case.write(folder, meta, rows, evidence_files={**named, **files})


def flow_of(loaded: case.Case) -> FlowMap:
    return FlowMap(loaded.tables, year=loaded.year, zone=loaded.meta["time_zone"])


def expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (folder / "expected_checks.json").read_text(encoding="utf-8"), parse_float=Decimal
    )
    return found


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


# eemeter_samples: a clean control


def interval_profile(file: str, columns: Mapping[str, str], source: str, **more: Any) -> dict[str, Any]:
    base = {"file": file, "table": "interval_values", "columns": dict(columns)}
    return base | {"constants": {"source_id": source, **more.pop("constants", {})}} | more


def test_eemeter_26_of_26_billing_periods_close(shared_data: Path, tmp_path: Path) -> None:
    data, name = shared_data / "eemeter_samples", "il-electricity-cdd-hdd"
    profile = interval_profile(
        "evidence/hourly.csv", {"start": "start", "value": "value_kwh"}, "s_main", constants={"zone": "UTC"},
        clock={"stamped": "start", "minutes": 60, "offsets": "utc"},
    )  # fmt: skip
    folder = written(
        tmp_path / "case", [Meter("main")], [profile], {"evidence/hourly.csv": unpacked(data / f"{name}-hourly.csv.gz")},
        year=2016, zone="America/Chicago",
    )  # fmt: skip
    loaded = case.load(folder)
    assert {defect.found for defect in loaded.defects} <= {"'nan'"}  # the file ends with rows that hold no number
    flow = flow_of(loaded)
    records = IntervalRecords(flow.rows("interval_values", "s_main"), zone=flow.zone)
    assert Decimal(int(records.frame["value"].sum())) * intervals.QUANTUM_KWH == expected(data)["hourly_sum"]
    billed = list(csv.DictReader(io.StringIO(unpacked(data / f"{name}-billing_monthly.csv.gz").decode())))
    edges = [datetime.fromisoformat(row["start"]).astimezone(tz=None) for row in billed]
    cuts = [pd.Timestamp(edge).tz_convert("UTC").tz_localize(None).to_pydatetime() for edge in edges]
    periods = [intervals.Period("", row["start"], cuts[i], cuts[i + 1]) for i, row in enumerate(billed[:-1])]
    found = intervals.to_periods(records.frame, periods, zone=flow.zone)
    differences = [
        abs(one.value - Decimal(row["value"])) for one, row in zip(found, billed, strict=False) if one.value is not None
    ]
    assert len(differences) == expected(data)["billing_periods"] == 26
    assert sum(difference > Decimal("0.5") for difference in differences) == 0
    assert records.marks == []
    assert list(flow.series("s_main").months) == flow.months  # months too, across both clock changes


# steel_industry_kepco: midnight on the wrong day


def kepco(shared_data: Path, folder: Path, midnight: str) -> case.Case:
    clock = {"stamped": "end", "minutes": 15, "midnight": midnight}
    profile = interval_profile(
        "evidence/load.csv",
        {"date": "end", "Usage_kWh": "value_kwh"},
        "s_main",
        clock=clock,
        date_form="%d/%m/%Y %H:%M",
    )
    file = {"evidence/load.csv": unpacked(shared_data / "steel_industry_kepco" / "Steel_industry_data.csv.gz")}
    return case.load(written(folder, [Meter("main")], [profile], file, year=2018, zone="Asia/Seoul"))


@pytest.fixture(scope="module")
def dated(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> case.Case:
    """The load with midnight as the profile says: 00:00 is stamped on the day that it ends."""
    return kepco(shared_data, tmp_path_factory.mktemp("kepco") / "case", "same_day")


def test_kepco_names_the_misdated_midnight_rows(shared_data: Path) -> None:
    lines = list(
        csv.DictReader(
            io.StringIO(unpacked(shared_data / "steel_industry_kepco/Steel_industry_data.csv.gz").decode("utf-8-sig"))
        )
    )
    stamps = pd.to_datetime(pd.Series([line["date"] for line in lines]), format="%d/%m/%Y %H:%M")
    rows = intervals.misdated_midnights(stamps)
    assert len(lines) == expected(shared_data / "steel_industry_kepco")["rows"]
    assert len(rows) == 365
    assert all(lines[row]["date"].endswith(" 00:00") and lines[row - 1]["date"].endswith(" 23:45") for row in rows)
    assert [lines[row]["date"] for row in rows[:2]] == ["01/01/2018 00:00", "02/01/2018 00:00"]
    steps = stamps.diff().dropna()
    unusual = int((steps != pd.Timedelta(minutes=15)).sum())
    assert unusual == expected(shared_data / "steel_industry_kepco")["rows_where_step_not_15min"] == 2 * len(rows) - 1


def test_kepco_months_are_those_published_once_the_profile_says_what_midnight_means(
    dated: case.Case, shared_data: Path, tmp_path: Path
) -> None:
    loaded = dated
    wanted = expected(shared_data / "steel_industry_kepco")
    found = flow_of(loaded).series("s_main").months
    assert {month: amount.value for month, amount in found.items()} == wanted["monthly_kwh"]
    assert sum((amount.value for amount in found.values()), ZERO) == wanted["sum_usage_kwh"]
    as_stamped = flow_of(kepco(shared_data, tmp_path / "next", "next_day")).series("s_main").months
    assert {month: amount.value for month, amount in as_stamped.items()} != wanted["monthly_kwh"]


# opsd_residential4: a remainder


def test_opsd_has_a_remainder_of_a_third_and_it_is_unmetered_load(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "opsd_residential4"
    wanted = expected(data)["delta_kwh"]
    text = unpacked(data / "household_data_60min_singleindex_residential4.csv.gz").decode()
    first, last = (moment[:19].replace(" ", "T") for moment in (expected(data)["from"], expected(data)["to"]))
    lines = text.splitlines(keepends=True)
    inside = [lines[0], *(line for line in lines[1:] if first <= line[:19] <= last)]
    profiles = [
        {
            "file": "evidence/registers.csv", "table": "meter_readings",
            "columns": {"utc_timestamp": "read_at", f"DE_KN_residential4_{name}": "reading"},
            "constants": {"instrument_id": name, "register": "total", "state": "normal"}, "clock": {"offsets": "utc"},
        }
        for name in wanted
    ]  # fmt: skip
    meters = [Meter(name, "meter_readings") for name in wanted]
    folder = written(
        tmp_path / "case", meters, profiles, {"evidence/registers.csv": "".join(inside)}, year=2016, zone="UTC"
    )
    loaded = case.load(folder)
    rows = {name: [row for row in loaded.tables["meter_readings"] if row["instrument_id"] == name] for name in wanted}
    moved = {name: register_difference(own[0]["reading"], own[-1]["reading"], None) for name, own in rows.items()}
    assert all(abs(moved[name] - value) < Decimal("1e-9") for name, value in wanted.items())  # published as doubles
    main = {name: moved.pop(name) for name in ("grid_import", "grid_export", "pv")}
    found = intervals.remainder(
        imported=main["grid_import"], generated=main["pv"], exported=main["grid_export"], submeters=moved
    )
    assert found.possible
    assert found.share is not None
    assert Decimal("0.31") < found.share < Decimal("0.33")
    assert found.value == found.supplied - sum(moved.values(), ZERO)
    assert "余量，不是差错" in found.words("zh", "kWh")
    assert "remainder and no error" in found.words("en", "kWh")


# greenbutton_nist: a declared scale that cannot be


WEEKS = ("Meter_Data_2013-12-09_2013-12-15.xml", "Meter_Data_2013-12-16_2013-12-22.xml")
GREEN = {"start_utc": "start", "end_utc": "end"}


@pytest.fixture
def weeks(shared_data: Path, tmp_path: Path) -> dict[str, Path]:
    found = {}
    for name in WEEKS:
        found[name] = tmp_path / name
        found[name].write_bytes(unpacked(shared_data / "greenbutton_nist" / f"{name}.gz"))
    return found


@pytest.mark.parametrize("name", WEEKS)
def test_green_button_readings_are_read_and_the_declared_scale_is_refused(
    name: str, weeks: dict[str, Path], shared_data: Path
) -> None:
    wanted = expected(shared_data / "greenbutton_nist")[name]
    grid = read_grid(weeks[name], place_file=name)
    rows = grid.sheets[0].rows[1:]
    by_channel: dict[str, list[int]] = {}
    for row in rows:
        by_channel.setdefault(str(row[0]), []).append(int(str(row[5])))
    assert {channel: len(own) for channel, own in by_channel.items()} == wanted["readings_per_channel"]
    assert {channel: sum(own) for channel, own in by_channel.items()} == wanted["raw_sum"]
    assert all(row[7] == "" for row in rows)  # no energy at a scale that nobody confirmed
    (notice,) = grid.notices
    assert f"powerOfTenMultiplier {wanted['declared_powerOfTenMultiplier']}" in notice.en
    assert "读数保持原样" in notice.zh


def test_a_profile_that_believes_the_declared_scale_is_refused_with_the_reason(
    weeks: dict[str, Path], tmp_path: Path
) -> None:
    profile = interval_profile("evidence/week.xml", GREEN | {"kwh": "value_kwh"}, "s_main", constants={"zone": "UTC"})
    file = {"evidence/week.xml": weeks[WEEKS[0]].read_bytes()}
    folder = written(tmp_path / "case", [Meter("main")], [profile], file, year=2013, zone="America/New_York")
    with pytest.raises(InputErrors, match="powerOfTenMultiplier -5, which ESPI does not define"):
        case.load(folder)


def test_the_scale_of_the_second_document_refuses_the_declared_one(weeks: dict[str, Path], shared_data: Path) -> None:
    wanted = expected(shared_data / "greenbutton_nist")
    week, sheet = wanted[WEEKS[0]], wanted["xlsx_week_2013-12-09"]
    found = intervals.compare_scale(
        declared=week["kwh_if_declared_metadata_is_believed"]["01"], other=sheet["ch1_grid_to_house_kwh"]
    )
    assert (found.outcome, found.power) == ("refused", 4)
    assert found.rest is not None
    assert abs(found.rest) < Decimal("0.0002")
    assert "10^4" in found.words("zh")
    assert "refused" in found.words("en")
    confirmed = intervals.compare_scale(
        declared=week["kwh_by_the_xlsx_scale_1e-4"]["01"], other=sheet["ch1_grid_to_house_kwh"]
    )
    assert confirmed.outcome == "accepted"


def test_a_scale_that_somebody_states_in_the_profile_is_used(
    weeks: dict[str, Path], shared_data: Path, tmp_path: Path
) -> None:
    """The utility's own sheet of the same week, read by profile too, holds the same energy to 0.02 %."""
    data = shared_data / "greenbutton_nist"
    stated = interval_profile(
        "evidence/week.xml", GREEN | {"reading": "value_kwh"}, "s_main", constants={"zone": "UTC"},
        units={"value_kwh": "10^-4 kWh"}, skip_where={"channel": ["02"]},
    )  # fmt: skip
    sheet = interval_profile(
        "evidence/Meter_Data.xlsx", {"Read Date Time": "start", "Ch1/": "value_kwh"}, "s_sheet", sheet="Energy", header_row=13,
        clock={"stamped": "start", "minutes": 1}, constants={"zone": "America/Los_Angeles"},
    )  # fmt: skip
    files = {
        "evidence/week.xml": weeks[WEEKS[0]].read_bytes(),
        "evidence/Meter_Data.xlsx": (data / "Meter_Data.xlsx").read_bytes(),
    }
    folder = written(
        tmp_path / "case",
        [Meter("main"), Meter("sheet")],
        [stated, sheet],
        files,
        year=2013,
        zone="America/Los_Angeles",
    )
    loaded = case.load(folder)
    assert loaded.defects == []
    flow = flow_of(loaded)
    records = {
        name: IntervalRecords(flow.rows("interval_values", f"s_{name}"), zone=flow.zone) for name in ("main", "sheet")
    }
    sums = {name: Decimal(int(one.frame["value"].sum())) * intervals.QUANTUM_KWH for name, one in records.items()}
    assert sums["main"] == expected(data)[WEEKS[0]]["kwh_by_the_xlsx_scale_1e-4"]["01"]
    assert sums["sheet"] == expected(data)["xlsx_week_2013-12-09"]["ch1_grid_to_house_kwh"]
    days = {name: {day.day: day.value for day in one.days()} for name, one in records.items()}
    assert len(days["main"]) == len(days["sheet"]) == 7
    assert all(abs(days["main"][day] - kwh) < Decimal("0.05") for day, kwh in days["sheet"].items())


def test_a_week_of_december_leaves_the_month_open_and_says_what_it_could_be(
    weeks: dict[str, Path], tmp_path: Path
) -> None:
    profile = interval_profile(
        "evidence/week.xml", GREEN | {"reading": "value_kwh"}, "s_main", constants={"zone": "UTC"},
        units={"value_kwh": "10^-4 kWh"}, skip_where={"channel": ["02"]},
    )  # fmt: skip
    file = {"evidence/week.xml": weeks[WEEKS[0]].read_bytes()}
    folder = written(tmp_path / "case", [Meter("main")], [profile], file, year=2013, zone="America/Los_Angeles")
    loaded = case.load(folder)
    flow = flow_of(loaded)
    assert flow.series("s_main").months == {}
    records = IntervalRecords(flow.rows("interval_values", "s_main"), zone=flow.zone)
    (december,) = [one for one in records.months(2013) if one.period.name == "2013-12"]
    assert december.value is None
    assert december.high is not None
    assert december.low < december.high
    assert december.missing_hours == 24 * (31 - 7)
    told = interval_checks.notices(flow)
    assert any("2013-12 缺数 576 小时" in notice.zh and "未作任何补数" in notice.zh for notice in told)


# cn_bill_layouts: the layout of a Chinese bill, and a masked picture that closes nowhere

CSG = "csg_电费通知单"
CSG_COLUMNS = {
    "表计资产编号": "instrument_id", "示数类型": "register", "上次表示数": "prior_reading", "本次表示数": "current_reading",
    "倍率": "multiplier", "抄见电量(千瓦时)": "metered_kwh", "换表电量(千瓦时)": "exchange_kwh", "退补电量(千瓦时)": "adjustment_kwh",
    "变/线损电量(千瓦时)": "loss_kwh", "公摊电量(千瓦时)": "shared_kwh", "免费电量(千瓦时)": "free_kwh",
    "分表电量(千瓦时)": "submeter_kwh", "尖峰调整电量(千瓦时)": "tariff_shift_kwh", "合计电量(千瓦时)": "total_kwh",
}  # fmt: skip
# as the masked picture prints them: readings, multiplier, metered, exchange, refund, loss, shared, free, sub-meter, shift, total
MASKED = (
    ("尖", "1.00", "1.00", "4000", "200.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "-200.00", "0.00"),
    ("峰", "1.00", "1.00", "4000", "400.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "200.00", "600.00"),
    ("平", "3.00", "3.00", "4000", "900.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "", "900.00"),
    ("谷", "3.00", "3.00", "4000", "800.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "", "800.00"),
    ("无功总", "2.00", "2.00", "4000", "500.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "", "500.00"),
)


@pytest.fixture
def layouts(shared_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (shared_data / "cn_bill_layouts/layouts.json").read_text(encoding="utf-8"), parse_float=Decimal
    )
    return found


@pytest.fixture
def masked(layouts: dict[str, Any], tmp_path: Path) -> case.Case:
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(layouts[CSG]["quantity_columns"])
    table.writerows(["03011SG0000000", *cells] for cells in MASKED)
    profile = {
        "file": "evidence/bill.csv", "table": "settlement_bills", "columns": CSG_COLUMNS,
        "constants": {"source_id": "s_03011SG0000000", "bill_no": "08001301", "period_start": "20240501", "period_end": "20240531"},
        "skip_where": {"示数类型": ["无功总"]},
    }  # fmt: skip
    meter = Meter("03011SG0000000", "settlement_bills", 6)
    return case.load(
        written(
            tmp_path / "case",
            [meter],
            [profile],
            {"evidence/bill.csv": buffer.getvalue()},
            year=2024,
            zone="Asia/Shanghai",
        )
    )


def test_every_quantity_column_of_the_layout_has_a_column_here(layouts: dict[str, Any]) -> None:
    assert list(CSG_COLUMNS) == layouts[CSG]["quantity_columns"]
    fields = layouts["billing system fields"]["fields"]
    assert {"抄见电量", "换表电量", "退补电量", "线损电量", "变损电量"} <= set(fields)


def test_the_columns_of_the_masked_bill_are_read(masked: case.Case) -> None:
    rows = masked.tables["settlement_bills"]
    assert masked.defects == []
    assert [row["register"] for row in rows] == ["sharp", "peak", "flat", "valley"]  # reactive energy is no energy
    assert [row["tariff_shift_kwh"] for row in rows] == [-200, 200, None, None]
    assert any("无功总" in notice.zh for notice in masked.notices)


def test_the_masked_bill_does_not_close_and_every_register_says_so(masked: case.Case, layouts: dict[str, Any]) -> None:
    found = verify(masked)
    failures = {(finding.key[0], finding.key[2]) for finding in found.findings}
    assert ("bill.registers", "2024-05") in failures
    (wrong,) = [r for r in found.results if r.rule == "bill.registers" and r.outcome == "not_satisfied"]
    assert (wrong.observed, wrong.expected) == (2300, 0)
    sharp = masked.tables["settlement_bills"][0]
    one = bills.registers_line(sharp, 6)
    assert [one.expected, one.observed] == layouts[CSG]["masked_sample_does_not_close"]["尖 (1.00-1.00)*4000 vs 抄见"]
    assert all(
        bills.registers_line(row, 6).observed != bills.registers_line(row, 6).expected
        for row in masked.tables["settlement_bills"]
    )
    assert not [
        r for r in found.results if r.rule == "bill.total" and r.outcome == "not_satisfied"
    ]  # only the shift closes


def test_intervals_take_part_in_a_run_of_the_checks(dated: case.Case) -> None:
    context = build_context(dated)
    assert [notice.en for notice in context.notices if "spiked" in notice.en]
    assert [one.name for one in months("m", 2018, zone="Asia/Seoul")] == context.months
