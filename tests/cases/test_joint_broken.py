"""Plants with rows lost or altered at random, as the readers hand them on: every check runs, and the joint fit gives a fit or a reason, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.support import case_of, simulated
from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED
from verifierkit.checks.joint import joint
from verifierkit.checks.texts import text
from verifierkit.columns import Row, Tables, catalogue
from verifierkit.readers.rows import Reading
from verifierkit.readers.soundness import check_soundness
from verifierkit.verification import run_checks

MAP = (
    "facilities", "nodes", "streams", "instruments", "sources", "relations", "calibrations", "monthly_values", "daily_values",
    "meter_readings", "settlement_bills", "stock_counts", "transactions", "tickets", "raw_meal_ratios", "coal_analyses",
    "anodes", "metal", "generation",
)  # fmt: skip
PLANTS = (("cement", 2025, 303_011), ("aluminium", 2018, 303_012))
KEPT = {"stream_id", "node_id", "source_id", "instrument_id", "facility_id", "relation_id"}
FAMILIES = {"lost rows": 0, "lost table": 1, "numbers": 2, "references": 3, "emptied": 4}


@cache
def plant(sector: str, year: int, seed: int) -> Case:
    return case_of(simulated(sector, year, seed))


def lost_rows(generator: np.random.Generator, tables: Tables) -> None:
    for name in generator.choice(MAP, size=4, replace=False):
        rows = tables[str(name)]
        share = float(generator.uniform(0.05, 0.7))
        tables[str(name)] = [row for row in rows if generator.random() > share]


def lost_table(generator: np.random.Generator, tables: Tables) -> None:
    for name in generator.choice(MAP, size=2, replace=False):
        tables[str(name)] = []


def altered(generator: np.random.Generator, tables: Tables, change: Any) -> None:
    for name in generator.choice(MAP, size=5, replace=False):
        rows = tables[str(name)]
        if not rows:
            continue
        spec = catalogue()[str(name)]
        for place in generator.choice(len(rows), size=min(len(rows), 12), replace=False):
            column = str(generator.choice(list(spec.columns)))
            values = dict(rows[int(place)].values)
            values[column] = change(generator, spec.columns[column], values.get(column))
            row = rows[int(place)]
            rows[int(place)] = Row(row.table, values, row.place, row.letters, row.faulty)


def other_number(generator: np.random.Generator, column: Any, value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return generator.choice([Decimal(0), -value, value * 10**6, value / 10**6, Decimal(1), value + 1])


def other_reference(generator: np.random.Generator, column: Any, value: Any) -> Any:
    if column.type in ("ref", "id"):
        return "n_nowhere"
    if column.choices:
        return str(generator.choice(column.choices))
    return "kg" if column.name == "unit" else value


def emptied(generator: np.random.Generator, column: Any, value: Any) -> Any:
    """An optional cell left empty; a required one is refused on reading."""
    return value if column.required else None


def broken(number: int) -> Case:
    """The plant of a try, with one family of damage."""
    generator = np.random.default_rng([77, number])
    case = plant(*PLANTS[number % len(PLANTS)])
    tables = {name: list(rows) for name, rows in case.tables.items()}
    family = number % len(FAMILIES)
    if family == 0:
        lost_rows(generator, tables)
    elif family == 1:
        lost_table(generator, tables)
    else:
        altered(generator, tables, (other_number, other_reference, emptied)[family - 2])
    reading = Reading()
    reading.tables.update(tables)
    check_soundness(
        reading, year=case.year
    )  # what the readers do to every case: broken references are told and left out
    return replace(case, tables=reading.tables, defects=[*case.defects, *reading.defects])


def numbers(found: Any) -> Iterator[float]:
    """Every number that the fit gives for a stream of a facility."""
    for figure in found.figures:
        yield from (value for value in (figure.reconciled, figure.low, figure.high) if value is not None)


@pytest.mark.parametrize("number", range(20))
def test_the_joint_fit_gives_a_fit_or_a_reason(number: int) -> None:
    context = build_context(broken(number))
    results = list(joint(context))
    assert results
    assert {result.outcome for result in results} <= {SATISFIED, NOT_SATISFIED, NOT_EVALUATED}
    assert all(text(context, result)[language] for result in results for language in ("zh", "en"))
    assert context.joint is not None
    assert np.isfinite(list(numbers(context.joint))).all(), "never a number from a singular system"
    if context.joint.joint is None:
        assert context.joint.refused


@pytest.mark.parametrize("number", [60, 61, 62, 63, 64, 70])
def test_all_checks_run(number: int) -> None:
    assert run_checks(build_context(broken(number)))
