"""检定校准：逐日覆盖，缺口与超差按保守原则，方向不利于少报；来源出处与报告日期。"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.small_plant import MONTHS, Rows, context, outcomes, pick, plant, results, verification
from verifierkit.checks.base import Result
from verifierkit.emissions import Key
from verifierkit.periods import month_bounds

COAL = Key("facility", "fuel_consumed", "k1", "bituminous", "2025-04")
CLINKER = Key("facility", "clinker_produced_t", "k1", "", "2025-04")
SLAG = Key("facility", "deducted_material_t", "k1", "carbide_slag", "2025-04")


def failed(rows: Rows, rule: str = "calibration.validity", **more: Any) -> list[Result]:
    return [r for r in results(context(rows, **more), rule) if r.outcome == "not_satisfied"]


def certificates(rows: Rows, *spans: tuple[date, date], name: str = "i_c", **cells: Any) -> Rows:
    """Replace the certificates of an instrument."""
    rows["calibrations"] = [row for row in rows["calibrations"] if row["instrument_id"] != name] + [
        {
            "instrument_id": name,
            "certificate_no": f"N{i}",
            "calibrated_on": first,
            "valid_until": last,
            "result": "pass",
        }
        | cells
        for i, (first, last) in enumerate(spans)
    ]
    return rows


# coverage by days


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), {}),
        (date(2025, 1, 2), date(2025, 12, 31), {"2025-01": 1}),
        (date(2025, 1, 1), date(2025, 12, 30), {"2025-12": 1}),
        (date(2025, 2, 1), date(2025, 11, 30), {"2025-01": 31, "2025-12": 31}),
    ],
)
def test_every_day_of_use_is_covered_to_the_last_day_of_the_certificate(
    first: date, last: date, missing: dict[str, int]
) -> None:
    found = failed(certificates(plant(), (first, last)))
    assert {r.when: r.observed for r in found} == missing
    assert all((r.stream, r.source) == ("c_k1", "i_c") for r in found)


def test_covered_months_are_satisfied_together() -> None:
    rows = certificates(plant(), (date(2025, 1, 1), date(2025, 11, 30)))
    found = [(r.outcome, r.when) for r in results(context(rows), "calibration.validity") if r.source == "i_c"]
    assert sorted(found) == [("not_satisfied", "2025-12"), ("satisfied", "2025-01/2025-11")]


def test_certificates_that_follow_each_other_leave_no_day() -> None:
    day = date(2025, 6, 15)
    whole = (date(2024, 6, 1), day), (day + timedelta(days=1), date(2026, 6, 1))
    assert failed(certificates(plant(), *whole)) == []
    gap = (date(2024, 6, 1), day), (day + timedelta(days=2), date(2026, 6, 1))
    assert [(r.when, r.observed) for r in failed(certificates(plant(), *gap))] == [("2025-06", 1)]


def test_an_instrument_without_any_certificate_is_open_all_year_and_shown() -> None:
    found = failed(certificates(plant()))
    assert [r.when for r in found] == MONTHS
    assert all(r.places for r in found)


def test_a_failed_certificate_covers_nothing() -> None:
    rows = certificates(plant(), (date(2024, 12, 1), date(2025, 12, 31)), result="fail")
    assert len(failed(rows)) == 12


def test_months_after_the_last_one_looked_at_need_no_certificate() -> None:
    rows = certificates(plant(), (date(2025, 1, 1), date(2025, 6, 30)))
    assert failed(rows, through="2025-06") == []
    assert [r.when for r in failed(rows, through="2025-07")] == ["2025-07"]


@pytest.mark.parametrize("kind", ["laboratory", "survey", "current_transformer"])
def test_instruments_without_certificates_of_their_own_are_not_asked(kind: str) -> None:
    rows = certificates(plant())
    pick(rows, "instruments", instrument_id="i_c")["kind"] = kind
    assert failed(rows) == []


def test_the_instrument_of_a_second_source_is_not_asked() -> None:
    rows = plant()
    rows["instruments"].append({"instrument_id": "i_x", "name": "备用秤", "kind": "belt_scale"})
    rows["sources"].append(
        {
            "source_id": "s_x",
            "stream_id": "c_k1",
            "records": "monthly_values",
            "rank": 3,
            "derives_from": "none",
            "instrument_id": "i_x",
        }
    )
    assert failed(rows) == []


# conservative treatment


def open_april(name: str, *, days: int = 30) -> Rows:
    first = date(2025, 5, 1) - timedelta(days=days)
    return certificates(
        plant(), (date(2024, 12, 1), first - timedelta(days=1)), (date(2025, 5, 1), date(2025, 12, 31)), name=name
    )


def test_activity_not_covered_is_raised_by_the_accuracy() -> None:
    (found,) = failed(open_april("i_c"))
    assert found.deltas == ((COAL, Decimal("6.00")),)  # 1,200 t at 0.5 %


def test_production_not_covered_is_lowered_by_the_accuracy() -> None:
    (found,) = failed(open_april("i_p"))
    assert found.deltas == ((CLINKER, Decimal("-40.00")),)  # 8,000 t at 0.5 %


def test_a_deduction_not_covered_is_lowered_since_it_lowers_the_emission() -> None:
    rows = open_april("i_m")
    rows["instruments"].append(
        {"instrument_id": "i_m", "name": "渣秤", "kind": "belt_scale", "accuracy_fraction": Decimal("0.01")}
    )
    pick(rows, "sources", source_id="s_m")["instrument_id"] = "i_m"
    (found,) = failed(rows)
    assert found.deltas == ((SLAG, Decimal("-1.00")),)
    assert verification(rows).effects == [{"facility": Decimal("0.48"), "entity": 0}]  # the entity is in whole tonnes


def test_coal_not_covered_raises_the_emission() -> None:
    found = verification(open_april("i_c"))
    assert [tuple(f.key)[:3] for f in found.findings] == [("calibration.validity", "k1", "2025-04")]
    assert all(tonnes > 0 for tonnes in found.effects[0].values())


def test_only_the_open_days_of_a_month_count() -> None:
    (found,) = failed(open_april("i_c", days=15))
    assert (found.observed, found.deltas) == (15, ((COAL, Decimal("3.00")),))


def test_the_accuracy_is_that_of_the_plan_in_force() -> None:
    rows = open_april("i_c")
    row = pick(rows, "plan", parameter="fuel_consumed", facility_id="k1")
    row["accuracy_fraction"] = Decimal("0.01")
    rows["plan"].append(row | {"valid_from": date(2023, 1, 1), "accuracy_fraction": Decimal("0.05")})
    rows["plan"].append(row | {"valid_from": date(2026, 1, 1), "accuracy_fraction": Decimal("0.09")})
    (found,) = failed(rows)
    assert found.deltas == ((COAL, Decimal("12.00")),)


def test_without_any_accuracy_there_is_a_finding_and_no_amount() -> None:
    rows = open_april("i_c")
    pick(rows, "instruments", instrument_id="i_c")["accuracy_fraction"] = None
    (found,) = failed(rows)
    assert found.deltas == ()


# an error that a calibration found


@pytest.mark.parametrize(
    ("error", "deltas"),
    [
        ("0.005", None),
        ("-0.005", None),
        ("0.006", Decimal("1.20")),
        ("-0.006", Decimal("1.20")),
    ],
)
def test_only_the_excess_over_the_required_accuracy_is_corrected(error: str, deltas: Decimal | None) -> None:
    rows = certificates(plant(), (date(2024, 12, 1), date(2025, 12, 31)), error_fraction=Decimal(error))
    found = failed(rows)
    assert [r.message for r in found] == ([] if deltas is None else ["calibration.validity.error"])
    if deltas is not None:
        assert found[0].when == "2025"
        assert dict(found[0].deltas)[COAL] == deltas
        assert len(found[0].deltas) == 12


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2025, 3, 31), date(2025, 5, 1), "2025-03/2025-05"),
        (date(2025, 4, 1), date(2025, 4, 30), "2025-04"),
        (date(2024, 1, 1), date(2025, 1, 1), "2025-01"),
        (date(2025, 12, 31), date(2026, 6, 1), "2025-12"),
    ],
)
def test_an_error_is_corrected_in_every_month_that_its_certificate_touches(
    first: date, last: date, months: str
) -> None:
    rows = plant()
    wrong = {"instrument_id": "i_c", "certificate_no": "X", "result": "pass", "error_fraction": Decimal("0.02")}
    rows["calibrations"].append(wrong | {"calibrated_on": first, "valid_until": last})
    (found,) = failed(rows)
    assert (found.when, found.message) == (months, "calibration.validity.error")


def test_an_error_of_earlier_years_is_no_finding_of_this_year() -> None:
    rows = certificates(plant(), (date(2024, 12, 1), date(2025, 12, 31)))
    old = {"instrument_id": "i_c", "certificate_no": "X", "result": "pass", "error_fraction": Decimal("0.02")}
    rows["calibrations"].append(old | {"calibrated_on": date(2023, 1, 1), "valid_until": date(2023, 12, 31)})
    assert failed(rows) == []


def test_a_failed_calibration_is_corrected_by_the_whole_error_found() -> None:
    rows = certificates(plant(), (date(2024, 12, 1), date(2025, 12, 31)), result="fail", error_fraction=Decimal("0.02"))
    (found,) = verification(rows).findings
    assert found.key.period == "2025"
    assert found.deltas[COAL] == Decimal("24.00")


# derivation


@pytest.mark.parametrize(
    ("origin", "outcome", "message"),
    [
        ("none", "satisfied", ""),
        ("s_c_ledger", "satisfied", ""),
        (None, "not_satisfied", ""),
        ("s_c_leger", "not_satisfied", "source.dependence.unknown"),
        ("s_p", "not_satisfied", "source.dependence.unknown"),
    ],
    ids=["independent", "a source", "not stated", "misspelt", "itself"],
)
def test_every_source_leads_to_a_record(origin: str | None, outcome: str, message: str) -> None:
    rows = plant()
    pick(rows, "sources", source_id="s_p")["derives_from"] = origin
    (found,) = [r for r in results(context(rows), "source.dependence") if r.source == "s_p"]
    assert (found.outcome, found.message, found.when) == (outcome, message, "2025")


def test_two_sources_that_derive_from_each_other_are_both_told() -> None:
    rows = plant()
    pick(rows, "sources", source_id="s_c_record")["derives_from"] = "s_c_ledger"
    assert [r.source for r in failed(rows, "source.dependence")] == ["s_c_ledger", "s_c_record"]


# laboratory dates


def lab(rows: Rows, sampled: date, received: date | None, issued: date | None) -> list[tuple[str, str]]:
    row = pick(rows, "coal_analyses", sample_no="2025-04-1")
    row |= {"sampled_on": sampled, "received_on": received, "issued_on": issued}
    return [(r.outcome, r.when) for r in results(context(rows), "lab.dates") if r.outcome == "not_satisfied"]


DAY = date(2025, 4, 12)
LAST = month_bounds("2025-04")[1] + timedelta(days=39)  # the 40th day after 30 April


@pytest.mark.parametrize(
    ("received", "issued", "wrong"),
    [
        (DAY, DAY, False),
        (DAY - timedelta(days=1), DAY, True),
        (DAY + timedelta(days=2), DAY + timedelta(days=1), True),
        (None, DAY - timedelta(days=1), True),
        (None, DAY, False),
        (DAY - timedelta(days=1), None, True),
        (DAY, LAST, False),
        (DAY, LAST + timedelta(days=1), True),
    ],
)
def test_reports_follow_sampling_and_receipt_and_come_in_time(
    received: date | None, issued: date | None, wrong: bool
) -> None:
    assert lab(plant(), DAY, received, issued) == ([("not_satisfied", "2025-04")] if wrong else [])


def test_reports_without_dates_are_not_evaluated() -> None:
    rows = plant()
    for row in rows["coal_analyses"]:
        row |= {"received_on": None, "issued_on": None}
    assert outcomes(context(rows), "lab.dates") == [("not_evaluated", "2025")]


def test_reports_of_later_months_are_not_seen_in_a_part_year() -> None:
    rows = plant()
    pick(rows, "coal_analyses", sample_no="2025-07-1")["issued_on"] = date(2025, 7, 1)
    assert outcomes(context(rows, through="2025-06"), "lab.dates") == [("satisfied", "2025-01/2025-06")]
    assert ("not_satisfied", "2025-07") in outcomes(context(rows, through="2025-07"), "lab.dates")
