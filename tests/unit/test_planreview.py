"""方案审核：只有方案时、有记录时、年中变更方案时；审核表中英文各一份，内容逐月。"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import case_of, memory_case, simulated, unseen_seeds
from tests.unit.small_plant import META, MONTHS, Rows, context, pick, plant, results
from tests.unit.small_plant import case as small_case
from verifierkit.case import Case
from verifierkit.documents.blocks import Table, block_spans, plain
from verifierkit.errors import UsageError
from verifierkit.planreview import Review, review, write
from verifierkit.planreview.form import PARTS, Form, words

MAP = ("facilities", "nodes", "streams", "instruments", "sources", "relations", "plan")


def alone(sector: str, year: int, seed: int, edit: Any = None) -> Case:
    """A simulated plant of which only case.yaml, the map and the plan are there."""
    made = simulated(sector, year, seed)
    tables = {name: [dict(row) for row in rows] for name, rows in made.tables.items() if name in MAP}
    if edit is not None:
        edit(tables)
    return memory_case(made.meta, tables)


def planned(rows: Rows, parameter: str, facility: str) -> dict[str, Any]:
    return next(row for row in rows["plan"] if (row["parameter"], row["facility_id"]) == (parameter, facility))


def shown(found: Review, lang: str) -> str:
    return "\n".join(plain(spans) for block in Form(found, lang).blocks() for spans in block_spans(block))


# on the plan alone


@pytest.mark.parametrize(
    ("sector", "year"), [("cement", 2025), ("aluminium", 2025), ("cement", 2018), ("aluminium", 2018)]
)
def test_a_complete_plan_alone_has_no_finding(sector: str, year: int) -> None:
    for seed in unseen_seeds(f"plan alone {sector} {year}", 2):
        found = review(alone(sector, year, seed))
        assert found.alone
        assert found.entries
        assert found.missing == []
        assert found.findings == ()
        assert words()["alone"]["zh"] in shown(found, "zh")


def test_a_parameter_that_only_the_map_has_is_asked_of_the_plan() -> None:
    def edit(tables: Rows) -> None:
        tables["plan"] = [row for row in tables["plan"] if (row["parameter"], row["facility_id"]) != ("fuel_ncv", "k2")]

    found = review(alone("cement", 2025, 7, edit))
    assert [(entry.subject.facility, entry.subject.name) for entry in found.missing] == [("k2", "fuel_ncv:bituminous")]
    assert [finding.key[:4] for finding in found.findings] == [
        ("plan.completeness", "k2", "2025", "fuel_ncv:bituminous")
    ]


def test_the_plans_meter_is_held_against_the_map_without_records() -> None:
    found = review(alone("cement", 2025, 7, lambda t: planned(t, "fuel_consumed", "k1").update(instrument_id="i_c_k2")))
    assert [(finding.key.rule, finding.key.source) for finding in found.findings] == [("plan.instrument", "i_c_k1")]


@pytest.mark.parametrize("column", ["place", "calibration_interval_months", "record_frequency", "department"])
def test_blank_cells_of_a_measured_row_are_shown(column: str) -> None:
    found = review(alone("cement", 2025, 7, lambda t: planned(t, "fuel_consumed", "k1").update({column: None})))
    blank = {entry.subject.facility: entry.blank for entry in found.entries if entry.blank}
    assert blank == {"k1": (column,)}
    assert words()["blank"]["en"] in shown(found, "en")


# with records


@pytest.mark.parametrize(("sector", "year"), [("cement", 2025), ("aluminium", 2018)])
def test_clean_plants_have_no_finding_of_the_plan(sector: str, year: int) -> None:
    found = review(case_of(simulated(sector, year, unseen_seeds(f"plan {sector}", 1)[0])))
    assert not found.alone
    assert found.findings == ()
    assert found.missing == []
    assert all(len(entry.stretches) == 1 and not entry.stretches[0].unlike for entry in found.entries)


def test_a_change_of_plan_splits_the_months() -> None:
    rows = plant()
    rows["plan"].append(planned(rows, "fuel_consumed", "k1") | {"valid_from": date(2025, 7, 1), "instrument_id": "i_p"})
    found = review(small_case(rows))
    (entry,) = [entry for entry in found.entries if entry.subject.name == "fuel_consumed:bituminous"]
    assert [(s.months[0], s.months[-1], s.unlike, s.seen) for s in entry.stretches] == [
        ("2025-01", "2025-06", (), True),
        ("2025-07", "2025-12", ("plan.instrument",), True),
    ]
    table = next(block for block in Form(found, "en").blocks() if isinstance(block, Table) and len(block.header) == 6)
    rows_shown = [tuple(plain(cell.spans) for cell in row) for row in table.rows]
    assert [row[2] for row in rows_shown if "bituminous" in row[1] and "fuel consumed" in row[1]] == [
        "2025-01/2025-06",
        "2025-07/2025-12",
    ]


def routed(rows: Rows, months: list[str], route: str) -> None:
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv" and row["month"] in months:
            row["route"] = route


def test_the_way_of_obtaining_is_compared_month_by_month() -> None:
    rows = plant()
    routed(rows, MONTHS, "measured")
    assert [r.outcome for r in results(context(rows), "plan.method") if r.parameter == "fuel_ncv"] == ["satisfied"]
    routed(rows, MONTHS[6:], "default")
    failed = [r for r in results(context(rows), "plan.method") if r.outcome == "not_satisfied"]
    assert [r.when for r in failed] == MONTHS[6:]
    assert {(r.stream, r.source, r.detail["planned_en"], r.detail["found_en"]) for r in failed} == {
        ("fuel_ncv:bituminous", "plan", "measured", "default")
    }
    rows["plan"].append(planned(rows, "fuel_ncv", "k1") | {"valid_from": date(2025, 7, 1), "acquisition": "default"})
    assert {r.outcome for r in results(context(rows), "plan.method")} == {"satisfied"}


def test_a_version_that_starts_within_a_month_leaves_both_ways_open() -> None:
    rows = plant()
    routed(rows, MONTHS, "measured")
    rows["plan"].append(planned(rows, "fuel_ncv", "k1") | {"valid_from": date(2025, 7, 2), "acquisition": "default"})
    failed = [r.when for r in results(context(rows), "plan.method") if r.outcome == "not_satisfied"]
    assert failed == MONTHS[7:]


def test_moving_to_the_default_is_priced() -> None:
    found = review(small_case(plant()))
    (line,) = [line for line in found.switches if line.parameter == "fuel_ncv" and line.effect]
    # 1200 t × (23.076 − 22.000) GJ/t × 0.02618 tC/GJ × 0.99 × 44/12, rounded month by month
    month = (Decimal(1200) * Decimal("1.076") * Decimal("0.02618") * Decimal("0.99") * 44 / 12).quantize(
        Decimal("0.01")
    )
    assert line.effect is not None
    assert abs(line.effect.emission["facility"] - month * 12) <= Decimal("0.12")


# the form


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_has_every_part_in_order(lang: str) -> None:
    text = shown(review(alone("cement", 2025, 7)), lang)
    places = [text.index(words()[f"part.{part}"][lang]) for part in PARTS]
    assert places == sorted(places)


def test_words_are_there_in_both_languages() -> None:
    assert all(set(entry) == {"zh", "en"} and all(entry.values()) for entry in words().values())


def test_files_are_the_same_each_time_and_never_written_over(tmp_path: Path) -> None:
    found = review(alone("cement", 2025, 7, lambda t: t["plan"].pop(0)))
    one, two = write(found, tmp_path / "a"), write(found, tmp_path / "b")
    assert [path.name for path in one] == [path.name for path in two]
    assert len(one) == 7
    assert all(left.read_bytes() == right.read_bytes() for left, right in zip(one, two, strict=True))
    with one[-1].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rule"] for row in rows] == ["plan.completeness"]
    assert rows[0]["text_zh"]
    assert rows[0]["text_en"]
    with pytest.raises(UsageError, match="not written over"):
        write(found, tmp_path / "a")


def test_small_plant_is_the_plan_of_the_tests() -> None:
    assert META["packs"]["facility"] == "cement-2024"
    assert pick(plant(), "plan", parameter="fuel_ncv", facility_id="k1")["acquisition"] == "measured"
