"""What the plan says of every parameter, month by month beside what the case holds, and what a switch would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from verifierkit.case import Case
from verifierkit.checks import build_context
from verifierkit.checks.base import NOT_SATISFIED, Context, Result, Subject
from verifierkit.checks.factors import pack_value
from verifierkit.checks.keys import source_for
from verifierkit.checks.plan import expected_subjects, recorded, rows_in_force
from verifierkit.columns import Row
from verifierkit.findings import Finding, merge
from verifierkit.incentive import TO_DEFAULT, TO_MEASURED, Incentive, Line
from verifierkit.rulepack import PackValue
from verifierkit.verification import run_checks

METERED = ("instrument_id", "place", "monitoring_frequency", "calibration_interval_months", "record_frequency")
RULED = ("missing_data_rule", "department")
FAMILY = "plan."


@dataclass(frozen=True)
class Stretch:
    """A run of months with one version of the plan: its row (None where there is none) and what differs in practice.

    ``unlike`` holds the rule ids of the plan checks that fail in any of the months; ``seen`` is whether the case holds
    a reported figure or record of them, without which practice is not compared.
    """

    months: tuple[str, ...]
    row: Row | None
    unlike: tuple[str, ...]
    seen: bool


@dataclass(frozen=True)
class Entry:
    """One parameter at a facility and item: plan by stretch, source in the map, what is blank, the pack's default."""

    subject: Subject
    stretches: tuple[Stretch, ...]
    source: Row | None
    instrument: Row | None
    recorded: str
    blank: tuple[str, ...]
    default: PackValue | None

    @property
    def row(self) -> Row | None:
        """The row of the plan in force last."""
        return next((stretch.row for stretch in reversed(self.stretches) if stretch.row is not None), None)


@dataclass(frozen=True)
class Review:
    """The review of a plan: parameters, versions, rows that no pack asks for, switches of method, findings."""

    context: Context
    entries: tuple[Entry, ...]
    beyond: tuple[Row, ...]
    switches: tuple[Line, ...]
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]

    @property
    def alone(self) -> bool:
        """Whether the case holds no reported figure, so that the plan is reviewed on itself."""
        return not self.context.figures

    @property
    def versions(self) -> list[tuple[str, str, int]]:
        """Version, first day and number of rows of the plan, in order of the days."""
        found: dict[tuple[str, str], int] = {}
        for row in self.context.flow.tables["plan"]:
            name = (str(row["valid_from"] or ""), row["plan_version"] or "")
            found[name] = found.get(name, 0) + 1
        return [(version, day, count) for (day, version), count in sorted(found.items())]

    @property
    def missing(self) -> list[Entry]:
        """Parameters that the plan does not hold in any month."""
        return [entry for entry in self.entries if entry.row is None]


def review(case: Case) -> Review:
    """Review the plan of a case; records and reported figures are used where there are any.

    Raises
    ------
    UsageError
        If a pack is unknown or does not cover the data year.
    """
    context = build_context(case)
    results = run_checks(context)
    own = [result for result in results if result.rule.startswith(FAMILY)]
    subjects = _subjects(context)
    entries = tuple(_entry(context, subject, own) for subject in subjects)
    known = {name for pack in context.packs.values() for name in pack.parameters}
    beyond = tuple(row for row in context.flow.tables["plan"] if row["parameter"] not in known)
    lines = Incentive(context, results).lines() if context.figures else []
    switches = tuple(line for line in lines if line.kind in (TO_DEFAULT, TO_MEASURED))
    findings = [finding for finding in merge(context, results) if finding.key.rule.startswith(FAMILY)]
    return Review(context, entries, beyond, switches, tuple(own), tuple(findings))


def _subjects(context: Context) -> list[Subject]:
    """What the packs want planned: every expected parameter, those reported or planned in the items of the case."""
    wanted = expected_subjects(context)
    if not context.figures:
        return wanted
    reported = {(key.facility, key.parameter, key.item) for key in context.figures}
    planned = {(row["facility_id"], row["parameter"], row["item"] or "") for row in context.flow.tables["plan"]}
    return [one for one in wanted if (one.facility, one.parameter.id, one.item) in reported | planned]


def _entry(context: Context, subject: Subject, results: Iterable[Result]) -> Entry:
    source = source_for(context, subject)
    stretches = _stretches(context, subject, source, [result for result in results if _about(subject, result)])
    row = next((one.row for one in reversed(stretches) if one.row is not None), None)
    default = pack_value(context, subject) if "default" in subject.parameter.obtained else None
    return Entry(
        subject=subject,
        stretches=tuple(stretches),
        source=source,
        instrument=context.flow.instrument_of(source["source_id"]) if source is not None else None,
        recorded=recorded(context, source) if source is not None else "",
        blank=blanks(row),
        default=default,
    )


def _about(subject: Subject, result: Result) -> bool:
    return (result.parameter, result.facility, result.item) == (subject.parameter.id, subject.facility, subject.item)


def _stretches(context: Context, subject: Subject, source: Row | None, results: Sequence[Result]) -> list[Stretch]:
    """The months looked at, cut where the version of the plan or what differs in practice changes."""
    cut: list[Stretch] = []
    for month in context.months:
        rows = rows_in_force(context, subject.facility, subject.parameter.id, subject.item, (month,))
        row = rows[-1] if rows else None
        unlike = tuple(sorted({result.rule for result in results if _fails(context, result, month, row)}))
        seen = _seen(context, subject, source, month)
        last = cut[-1] if cut else None
        if last is not None and (last.row, last.unlike, last.seen) == (row, unlike, seen):
            cut[-1] = Stretch((*last.months, month), row, unlike, seen)
        else:
            cut.append(Stretch((month,), row, unlike, seen))
    return cut


def _fails(context: Context, result: Result, month: str, row: Row | None) -> bool:
    """Whether a failed check speaks of a month: its own months, or all under the version that it was held against."""
    if result.outcome != NOT_SATISFIED:
        return False
    if result.months:
        return month in result.months
    if result.rule == "plan.completeness" or row is None:
        return row is None
    if result.rule == "plan.instrument":
        return bool(row["instrument_id"]) and row["instrument_id"] != result.source
    return row.place.row in {place.row for place in result.places}


def _seen(context: Context, subject: Subject, source: Row | None, month: str) -> bool:
    if subject.key(month) in context.figures or subject.key(str(context.year)) in context.figures:
        return True
    return source is not None and month in context.flow.series(source["source_id"]).months


def blanks(row: Row | None) -> tuple[str, ...]:
    """Columns that a row of the plan leaves empty although what it says of the way of obtaining asks for them."""
    if row is None:
        return ()
    wanted = (*METERED, *RULED) if row["acquisition"] == "measured" else ("department",)
    return tuple(column for column in wanted if row[column] in (None, ""))


def tonnes(line: Line) -> dict[str, Decimal]:
    """Change of each total [t] of a switch; empty where it cannot be computed."""
    return dict(line.effect.emission) if line.effect else {}
