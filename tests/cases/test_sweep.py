"""Simulated plants of seeds that nobody chose: clean ones give no finding, each planted error exactly its own keys."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import case_of, outcome, simulated, unseen_seeds, verified
from verifierkit import case, outputs, samples
from verifierkit.checks.base import Result
from verifierkit.columns import catalogue
from verifierkit.simulate import applicable, registry
from verifierkit.verification import verify

SECTORS, YEARS = ("cement", "aluminium"), (2025, 2018)
PLANTS = [(sector, year) for sector in SECTORS for year in YEARS]
QUICK, MORE = 2, 25
ALL = [(sector, year, error.id) for sector, year in PLANTS for error in applicable(sector, year)]
LATEST = [entry for entry in ALL if entry[1] == max(registry(entry[0])[entry[2]].years)]
EARLIER = [entry for entry in ALL if entry not in LATEST]


def seeds(name: str, count: int, *, skip: int = 0) -> list[int]:
    return unseen_seeds(name, count + skip)[skip:]


@pytest.mark.parametrize(("sector", "year"), PLANTS)
@pytest.mark.parametrize("seed", seeds("clean", QUICK))
def test_clean_plants_give_no_finding(sector: str, year: int, seed: int) -> None:
    plant = simulated(sector, year, seed)
    assert plant.expected == []
    assert outcome(plant).found == frozenset()


@pytest.mark.parametrize(("sector", "year", "error"), LATEST)
def test_each_error_gives_exactly_its_findings(sector: str, year: int, error: str) -> None:
    plant = simulated(sector, year, unseen_seeds(f"{sector} {year} {error}", 1)[0], [error])
    found = outcome(plant)
    assert found.expected
    assert found.agrees, str(found)


@pytest.mark.slow
@pytest.mark.parametrize(("sector", "year"), PLANTS)
@pytest.mark.parametrize("seed", seeds("clean", MORE, skip=QUICK))
def test_many_more_clean_plants_give_no_finding(sector: str, year: int, seed: int) -> None:
    assert outcome(simulated(sector, year, seed)).found == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize(("sector", "year", "error"), EARLIER)
def test_each_error_gives_exactly_its_findings_in_earlier_years(sector: str, year: int, error: str) -> None:
    found = outcome(simulated(sector, year, unseen_seeds(f"{sector} {year} {error}", 1)[0], [error]))
    assert found.expected
    assert found.agrees, str(found)


@pytest.mark.slow
@pytest.mark.parametrize(("sector", "year", "error"), ALL)
@pytest.mark.parametrize("draw", [1, 2, 3])
def test_each_error_gives_exactly_its_findings_on_more_seeds(sector: str, year: int, error: str, draw: int) -> None:
    found = outcome(simulated(sector, year, unseen_seeds(f"{sector} {year} {error}", draw + 1)[draw], [error]))
    assert found.agrees, str(found)


@pytest.mark.parametrize(
    ("sector", "year", "seed", "errors"),
    [
        # a heat value that is text, and wrong tonnes of the same coal in the same month and in the year
        ("cement", 2018, 306159, ("text_in_number", "report_digits", "year_sum_wrong")),
        # a day missing in the log, and a sum of the year that the reported months do not give
        ("aluminium", 2018, 403539, ("missing_day", "year_sum_wrong")),
        # statistics that differ from the ledger, and a crane scale that only the receiver's scale contradicts
        ("aluminium", 2018, 656365, ("statistics_differ", "crane_scale_high")),
        # one month on another basis, and a mean of the year without weights
        ("cement", 2025, 24586, ("air_dried_unconverted", "unweighted_year_ncv")),
    ],
)
def test_one_fault_does_not_hide_another(sector: str, year: int, seed: int, errors: tuple[str, ...]) -> None:
    found = outcome(simulated(sector, year, seed, errors))
    assert found.agrees, str(found)


def told(results: list[Result]) -> list[tuple[object, ...]]:
    """What results say, without the places of the cells."""
    return [
        (r.rule, r.outcome, r.facility, r.when, r.stream, r.source, r.observed, r.expected, r.limit, r.deltas)
        for r in results
    ]


@pytest.mark.parametrize(("sector", "year"), [("cement", 2025), ("aluminium", 2018)])
def test_plants_in_memory_and_from_files_are_the_same(sector: str, year: int, tmp_path: Path) -> None:
    seed = unseen_seeds(f"files {sector}", 1)[0]
    count = len(applicable(sector, year)) // 6
    errors = [entry["id"] for entry in samples.draw(sector=sector, year=year, seed=seed, count=count).planted]
    plant = samples.write(tmp_path / "case", sector=sector, year=year, seed=seed, errors=errors)
    read, held = case.load(tmp_path / "case"), case_of(plant)
    for table in catalogue():
        assert [row.values for row in read.tables[table]] == [row.values for row in held.tables[table]], table
    found, memory = verify(read), verified(plant)
    assert told(found.results) == told(memory.results)
    expected = sorted(outputs.read_findings(tmp_path / "case" / case.EXPECTED_FILE))
    assert sorted(tuple(finding.key) for finding in found.findings) == expected


def test_digits_of_numbers_are_those_of_a_workbook_cell() -> None:
    plant = simulated("cement", 2025, unseen_seeds("digits", 1)[0])
    values = [row["value"] for row in case_of(plant).tables["reported"]]
    assert all(value == value.normalize() or value == value.to_integral_value() for value in values)
    assert {row["value"] for row in plant.tables["reported"]} == set(values)
    assert all(isinstance(value, Decimal) for value in values)


@pytest.mark.slow
@pytest.mark.parametrize(("sector", "year"), PLANTS)
@pytest.mark.parametrize("seed", unseen_seeds("drawn errors", 10))
def test_eight_errors_drawn_together_give_exactly_their_findings(sector: str, year: int, seed: int) -> None:
    plant = samples.draw(sector=sector, year=year, seed=seed, count=8)
    found = outcome(plant)
    assert found.agrees, f"{[(entry['id'], entry['months']) for entry in plant.planted]} {found}"


@pytest.mark.parametrize(("sector", "year"), PLANTS)
def test_a_plant_in_memory_holds_what_the_reader_would_type(sector: str, year: int) -> None:
    seed = unseen_seeds(f"memory {sector}", 1)[0]
    plant = simulated(sector, year, seed, ["text_in_number", "negative_stock", "duplicate_ticket"])
    read, held = case_of(plant), samples.in_memory(plant)
    for table in catalogue():
        assert [row.values for row in read.tables[table]] == [row.values for row in held.tables[table]], table
    assert [(d.table, d.column, d.found) for d in read.defects] == [(d.table, d.column, d.found) for d in held.defects]
