"""The five ways of the rules on captive units, values of the team, the register of evidence, the procedure, the joint fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.unit import small_plant, test_checks_captive, test_checks_register
from tests.unit.five_ways import Build, Five, Turning, small, without
from tests.unit.five_ways_plants import pair
from tests.unit.five_ways_records import CENT, DOCUMENT, IDENTITY, OPEN, SILENT
from tests.unit.small_plant import Rows, pick
from tests.unit.test_checks_captive import old_plant
from tests.unit.test_checks_procedure import REPORT, TEAM, VISIT
from tests.unit.test_determined import COAL
from tests.unit.test_determined import TEAM as LEAD
from verifierkit import rulepack

CEMENT = rulepack.load("cement-2024")
BOUGHT, BOUGHT_AND_SUPPLIED = "200.000", "250.000"  # MWh a month: the ledger's, and with what the unit supplied
REPORTED_COAL = Decimal("1200.00")  # t of April
DAY = timedelta(days=1)


def unit(**kind: Any) -> Build:
    """The small plant with a captive unit."""
    return lambda: small_plant.context(test_checks_captive.with_unit(**kind))


def team_value(value: Decimal, direction: str = "up") -> Callable[[Rows], None]:
    """A value of the team for the coal of April, beside the reported 1,200 t."""

    def edit(rows: Rows) -> None:
        rows["conservative_values"] = [COAL | {"value": value, "direction": direction}]

    return edit


def unreported(rows: Rows) -> None:
    """The same value without the reported one."""
    team_value(COAL["value"])(rows)
    rows["reported"].remove(small_plant.reported(rows, "fuel_consumed", COAL["month_from"]))


def registered(*listed: str, handed_in: Sequence[str] = test_checks_register.FILES) -> Build:
    """Files handed in and files in the register."""
    rows = test_checks_register.listing(*listed) if listed else small_plant.plant()
    return lambda: test_checks_register.held(rows, *handed_in)


def document(seen: bool | None) -> Build:
    """A document behind a first-ranked source, its original seen, not seen, or not said."""
    return lambda: test_checks_register.held(test_checks_register.with_document(seen=seen), "evidence/x.pdf")


def unaccredited(rows: Rows) -> None:
    """An analysis without the number of its laboratory."""
    rows["coal_analyses"][0]["cma_no"] = None


def no_rule(rows: Rows) -> None:
    """Clinker without a rule for missing data."""
    pick(rows, "plan", parameter="clinker_produced_t")["missing_data_rule"] = None


def done(**meta: Any) -> Build:
    """The small plant verified by a team, with a visit, as the procedure asks."""
    return small(**({"team": TEAM, "visit": VISIT, "report": REPORT} | meta))


def last_day(rule: str) -> date:
    """The last day that the notice sets for the data year of the small plant."""
    day = CEMENT.deadline(rule, f"{small_plant.YEAR}-12")
    assert day is not None
    return day


def received(day: date) -> Build:
    """The report came in on this day."""
    return done(report=REPORT | {"initial_date": day})


def ended(day: date) -> Build:
    """The verification ended on this day."""
    return done(report=REPORT | {"final_date": day})


def visited(day: date) -> Build:
    """The visit began on this day."""
    return done(visit=VISIT | {"from": day})


NOBODY = done(team=[], visit={}, report={})
BOTH = [*TEAM, {"name": TEAM[1]["name"], "role": "technical_reviewer"}]
REPORT_DAY, CONCLUSION_DAY = last_day("procedure.report_date"), last_day("procedure.conclusion_date")
FIRST_VISIT = REPORT["initial_date"]
FILES = test_checks_register.FILES

RULES = {
    "captive.double_counting": Five(unit(quoted="2500.00"), unit(quoted="2500.00", reported=True), DOCUMENT,
                                    (unit(reported=True), SILENT)),
    "captive.electricity_twice": Five(lambda: old_plant(BOUGHT), lambda: old_plant(BOUGHT_AND_SUPPLIED), IDENTITY,
                                      (unit(quoted="2500.00"), SILENT)),
    "captive.omitted": Five(unit(quoted="2500.00"), unit(), (unit(quoted="0.01"), unit(quoted="0")),
                            (unit(mapped=False, reported=True), OPEN)),
    "determined.value": Five(small(team_value(COAL["value"]), team=LEAD),
                             small(team_value(Decimal("1194.00"), "down"), team=LEAD),
                             (small(team_value(REPORTED_COAL), team=LEAD),
                              small(team_value(REPORTED_COAL - CENT, "down"), team=LEAD)),
                             (small(unreported, team=LEAD), OPEN)),
    "evidence.original": Five(document(True), document(False), DOCUMENT, (document(None), OPEN)),
    "evidence.unlisted": Five(registered(*FILES), registered(FILES[0]), DOCUMENT, (registered(), OPEN)),
    "lab.accreditation": Five(small(), small(unaccredited), DOCUMENT, (small(without("coal_analyses")), SILENT)),
    "plan.missing_data": Five(small(), small(no_rule), DOCUMENT, (small(without("plan")), SILENT)),
    "procedure.team": Five(done(), done(team=TEAM[:1]), (done(team=TEAM[:2]), done(team=TEAM[:1])), (NOBODY, OPEN)),
    "procedure.review": Five(done(), done(team=BOTH), IDENTITY, (NOBODY, OPEN)),
    "procedure.visit": Five(done(), done(visit={}), (visited(FIRST_VISIT), visited(FIRST_VISIT - DAY)), (NOBODY, OPEN)),
    "procedure.report_date": Five(done(), received(REPORT_DAY + 30 * DAY),
                                  (received(REPORT_DAY), received(REPORT_DAY + DAY)), (NOBODY, OPEN)),
    "procedure.conclusion_date": Five(done(), ended(CONCLUSION_DAY + 30 * DAY),
                                      (ended(CONCLUSION_DAY), ended(CONCLUSION_DAY + DAY)), (NOBODY, OPEN)),
    "reconcile.joint": Five(pair(Decimal(0)), pair(Decimal(100)),
                            Turning(pair, "reconcile.joint", Decimal(100), Decimal("0.001")),
                            (pair(Decimal(0), second=False), OPEN)),
}  # fmt: skip
