"""Cause merging on hand-made results: what one cause explains forms one finding, and only the cause carries tonnes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import permutations
from typing import Any

import pytest

from tests.unit.hand_tables import context, rule, tables
from verifierkit.checks import REGISTRY
from verifierkit.checks.base import NOT_APPLICABLE, NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.findings import Finding, causes, cell_values, digest, merge
from verifierkit.periods import months_of

RULES = ("chain.ledger", "chain.report", "chain.year", "balance.store", "cross.sources", "deposit.ledger", "bill.total")
STREAMS = [
    {"stream_id": "p_k1", "name": "1号线熟料", "unit": "t", "from_node": "n_kiln1", "to_node": "n_silo", "facility_id": "k1",
     "parameter": "clinker_produced_t"},
    {"stream_id": "p_k2", "name": "2号线熟料", "unit": "t", "from_node": "n_kiln2", "to_node": "n_silo", "facility_id": "k2",
     "parameter": "clinker_produced_t"},
    {"stream_id": "c_k1", "name": "1号线煤", "unit": "t", "from_node": "n_coal", "to_node": "n_kiln1", "facility_id": "k1",
     "parameter": "fuel_consumed"},
]  # fmt: skip
NODES = [{"node_id": name} for name in ("n_kiln1", "n_kiln2", "n_silo", "n_coal")]
VALUES = [{"source_id": "s_p_k1", "month": month, "value": 100, "unit": "t"} for month in months_of(2025)]
FIGURE = Key("facility", "clinker_produced_t", "k1", "", "2025-03")


@pytest.fixture(scope="module")
def plant() -> Context:
    return context(tables(streams=STREAMS, nodes=NODES, monthly_values=VALUES), *(rule(name) for name in RULES))


def failing(rule_id: str, *months: str, **more: Any) -> Result:
    """A result that is not satisfied, by default on the clinker of the first line."""
    base = {"facility": "k1", "stream": "p_k1", "parameter": "clinker_produced_t"}
    return Result(rule_id, NOT_SATISFIED, **{**base, "months": tuple(months), **more})


def store(*months: str, **more: Any) -> Result:
    """A balance of the clinker silo that does not close."""
    return failing("balance.store", *months, **{"facility": "", "stream": "n_silo", "parameter": "", **more})


def told(found: Iterable[Finding]) -> dict[str, list[str]]:
    """Rule and period of each finding, with rule and period of what it explains."""
    return {
        f"{finding.key.rule} {finding.key.period}": [f"{result.rule} {result.when}" for result in finding.explains]
        for finding in found
    }


# one finding per rule, facility, stream and source


def test_failing_months_of_one_source_are_one_finding(plant: Context) -> None:
    results = [failing("chain.ledger", month, source="s_p_k1") for month in ("2025-07", "2025-02", "2025-03")]
    (found,) = merge(plant, results)
    assert found.key == ("chain.ledger", "k1", "2025-02/2025-03;2025-07", "p_k1", "s_p_k1")
    assert len(found.results) == 3


@pytest.mark.parametrize(
    "change", [{"source": "s_2"}, {"stream": "c_k1", "parameter": "fuel_consumed"}, {"facility": "k2"}]
)
def test_another_source_stream_or_facility_is_another_finding(plant: Context, change: dict[str, str]) -> None:
    results = [
        failing("chain.ledger", "2025-02", source="s_1"),
        failing("chain.ledger", "2025-02", **{"source": "s_1"} | change),
    ]
    assert len(merge(plant, results)) == 2


def test_a_year_and_its_months_are_findings_of_their_own(plant: Context) -> None:
    results = [store("2025-02"), store(period="2025")]
    assert sorted(finding.key.period for finding in merge(plant, results)) == ["2025", "2025-02"]


@pytest.mark.parametrize("outcome", [SATISFIED, NOT_APPLICABLE, NOT_EVALUATED])
def test_only_what_is_not_satisfied_is_a_finding(plant: Context, outcome: str) -> None:
    assert merge(plant, [replace(failing("chain.ledger", "2025-02"), outcome=outcome)]) == []


# cause and effect


def test_a_cause_explains_what_fails_on_its_stream_in_its_month(plant: Context) -> None:
    results = [
        failing("cross.sources", "2025-03", source="s_stat"),
        failing("chain.ledger", "2025-03", source="s_p_k1"),
    ]
    assert told(merge(plant, results)) == {"chain.ledger 2025-03": ["cross.sources 2025-03"]}


def test_a_cause_explains_the_balance_at_the_end_of_its_stream(plant: Context) -> None:
    assert told(merge(plant, [store("2025-03"), failing("chain.ledger", "2025-03")])) == {
        "chain.ledger 2025-03": ["balance.store 2025-03"]
    }


def test_other_months_stay_findings_of_their_own(plant: Context) -> None:
    results = [failing("chain.ledger", "2025-03"), store("2025-03"), store("2025-04"), store("2025-05")]
    assert told(merge(plant, results)) == {
        "chain.ledger 2025-03": ["balance.store 2025-03"],
        "balance.store 2025-04/2025-05": [],
    }


def test_a_deposit_of_another_month_is_not_explained(plant: Context) -> None:
    results = [
        failing("chain.report", "2025-03"),
        failing("deposit.ledger", "2025-03"),
        failing("deposit.ledger", "2025-04"),
    ]
    assert told(merge(plant, results)) == {
        "chain.report 2025-03": ["deposit.ledger 2025-03"],
        "deposit.ledger 2025-04": [],
    }


def test_a_shared_node_alone_links_nothing(plant: Context) -> None:
    other_line = failing("cross.sources", "2025-03", stream="p_k2", facility="k2")
    assert len(merge(plant, [failing("chain.ledger", "2025-03"), other_line])) == 2


def test_another_figure_of_a_chain_is_not_explained(plant: Context) -> None:
    heat_value = failing("factor.weighting", "2025-03", stream="c_k1", parameter="fuel_ncv", item="bituminous")
    tonnes = failing("chain.report", "2025-03", stream="c_k1", parameter="fuel_consumed", item="bituminous")
    same = failing("chain.report", "2025-03", stream="c_k1", parameter="fuel_ncv", item="bituminous")
    found = merge(plant, [heat_value, tonnes, same])
    assert told(found) == {"factor.weighting 2025-03": ["chain.report 2025-03"], "chain.report 2025-03": []}
    assert found[0].explains == [same]


def test_a_fault_of_one_month_explains_no_drift_of_the_year(plant: Context) -> None:
    drift = store(period="2025")
    few = [failing("chain.ledger", month) for month in months_of(2025)[:5]]
    many = [failing("chain.ledger", month) for month in months_of(2025)[:6]]
    assert len(merge(plant, [*few, drift])) == 2
    assert told(merge(plant, [*many, drift])) == {"chain.ledger 2025-01/2025-06": ["balance.store 2025"]}


def test_a_false_reading_explains_the_month_that_it_opens(plant: Context) -> None:
    results = [failing("meter.registers", "2025-03"), store("2025-03"), store("2025-04"), store("2025-05")]
    results = [replace(result, rule="balance.bus") if result.rule == "balance.store" else result for result in results]
    assert told(merge(plant, results)) == {
        "meter.registers 2025-03": ["balance.bus 2025-03", "balance.bus 2025-04"],
        "balance.bus 2025-05": [],
    }


def test_a_rule_does_not_explain_what_it_is_not_listed_for(plant: Context) -> None:
    results = [failing("deposit.ledger", "2025-03"), failing("cross.sources", "2025-03")]
    assert len(merge(plant, results)) == 2


def test_the_earlier_cause_takes_what_two_could_explain(plant: Context) -> None:
    results = [
        store("2025-03"),
        failing("chain.ledger", "2025-03", source="s"),
        failing("evidence.duplicate", "2025-03"),
    ]
    found = told(merge(plant, results))
    assert found == {"evidence.duplicate 2025-03": ["chain.ledger 2025-03", "balance.store 2025-03"]}


def test_the_order_of_results_does_not_matter(plant: Context) -> None:
    results = [
        failing("chain.ledger", "2025-03"),
        store("2025-03"),
        store("2025-04"),
        failing("deposit.ledger", "2025-04"),
    ]
    cells = cell_values(plant)
    seen = {
        tuple((finding.key, digest(plant, finding, cells), len(finding.explains)) for finding in merge(plant, order))
        for order in permutations(results)
    }
    assert len(seen) == 1


def test_only_the_cause_carries_tonnes(plant: Context) -> None:
    cause = failing("chain.ledger", "2025-03", deltas=((FIGURE, Decimal("-270")),))
    effect = failing("cross.sources", "2025-03", deltas=((FIGURE, Decimal("-900")),), unpinned=(FIGURE,))
    (found,) = merge(plant, [effect, cause])
    assert (found.deltas, found.unpinned) == ({FIGURE: Decimal("-270")}, set())


def test_deltas_of_one_figure_add_up(plant: Context) -> None:
    year = FIGURE._replace(period="2025")
    results = [failing("chain.ledger", month, deltas=((year, Decimal(10)),)) for month in ("2025-03", "2025-04")]
    (found,) = merge(plant, results)
    assert found.deltas == {year: Decimal(20)}


def test_every_rule_named_among_the_causes_exists() -> None:
    named = {name for cause, explained in causes() for name in (cause, *explained)}
    assert [name for name in sorted(named) if not any(fnmatchcase(known, name) for known in REGISTRY)] == []


# what a decision rests on


def value_place(plant: Context, month: str) -> Place:
    row = next(row for row in plant.case.tables["monthly_values"] if row["month"] == month)
    return row.cell("value")


@pytest.mark.parametrize(
    "change",
    [{"observed": Decimal(2)}, {"expected": Decimal(3)}, {"limit": Decimal(4)}, {"months": ("2025-04",)}, {"source": "s"},
     {"places": ()}],
)  # fmt: skip
def test_the_digest_follows_every_value_of_a_result(plant: Context, change: dict[str, Any]) -> None:
    result = failing("chain.ledger", "2025-03", observed=Decimal(1), places=(value_place(plant, "2025-03"),))
    cells = cell_values(plant)
    one, other = merge(plant, [result]), merge(plant, [replace(result, **change)])
    assert digest(plant, one[0], cells) != digest(plant, other[0], cells)


def test_the_digest_follows_the_cells_that_are_named_and_no_others(plant: Context) -> None:
    (found,) = merge(plant, [failing("chain.ledger", "2025-03", places=(value_place(plant, "2025-03"),))])
    cells = cell_values(plant)
    before = digest(plant, found, cells)
    for month, same in (("2025-03", False), ("2025-04", True)):
        place = value_place(plant, month)
        changed = cells | {(place.file, place.sheet, place.row, place.column): "101"}
        assert (digest(plant, found, changed) == before) is same


def test_the_digest_follows_what_is_explained(plant: Context) -> None:
    cause, effect = failing("chain.ledger", "2025-03"), store("2025-03", observed=Decimal(1))
    cells = cell_values(plant)
    digests = {
        digest(plant, merge(plant, [cause, *more])[0], cells)
        for more in ([], [effect], [replace(effect, observed=Decimal(2))])
    }
    assert len(digests) == 3


def test_the_digest_knows_the_rule_but_not_the_line_on_which_it_stands(plant: Context) -> None:
    (found,) = merge(plant, [failing("chain.ledger", "2025-03")])
    filled = plant.case.tables
    stands = rule("chain.ledger")
    moved, kind = replace(stands, line=99), replace(stands, kind="misstatement")
    digests = [digest(context(filled, one), found, {}) for one in (stands, moved, kind)]
    assert digests[0] == digests[1] != digests[2]
