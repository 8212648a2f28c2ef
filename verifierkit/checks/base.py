"""What every check shares: the context it reads, the result it yields, and the registry that runs it.

A check is a function registered under one rule id. It takes the context and yields results; it changes nothing.
Applicability, statement, tolerance and kind of finding stand in the rule pack, never here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypedDict

from verifierkit.case import Case, Defect, Notice
from verifierkit.clarifications import Using
from verifierkit.columns import Row
from verifierkit.emissions import Key, Structure
from verifierkit.errors import Place, VerifierkitError
from verifierkit.flowmap import FlowMap
from verifierkit.joint.analysis import Analysis, analyse
from verifierkit.joint.contrast import Uncertainty
from verifierkit.joint.settings import Settings
from verifierkit.periods import join_months
from verifierkit.rulepack import CheckRule, Parameter, RulePack

CHECK_VERSION = 2  # raised when the code of any check changes what it yields: decisions made before go stale
SATISFIED, NOT_SATISFIED = "satisfied", "not_satisfied"
NOT_APPLICABLE, NOT_EVALUATED = "not_applicable", "not_evaluated"


@dataclass(frozen=True)
class Result:
    """Outcome of one check on one subject.

    ``months`` are the months it speaks of; ``period`` overrides them (a year). ``deltas`` are corrected-minus-reported
    amounts of reported figures, ``unpinned`` the figures that are wrong by their own arithmetic: both carry the
    effect of the finding. ``detail`` fills the message template named by ``message`` (the rule id where empty).
    """

    rule: str
    outcome: str
    facility: str = ""
    months: tuple[str, ...] = ()
    period: str = ""
    stream: str = ""
    source: str = ""
    track: str = ""
    parameter: str = ""
    item: str = ""
    observed: Decimal | None = None
    expected: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""
    message: str = ""
    hint: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    deltas: tuple[tuple[Key, Decimal], ...] = ()
    unpinned: tuple[Key, ...] = ()

    @property
    def when(self) -> str:
        """Period of the result as one text."""
        return self.period or join_months(self.months)


class About(TypedDict, total=False):
    """What a result is about, as keyword arguments of :class:`Result`."""

    facility: str
    stream: str
    source: str
    track: str
    parameter: str
    item: str


class Measured(About, total=False):
    """The same with the unit of all its values."""

    unit: str


class Dated(Measured, total=False):
    """The same with the period of all its results."""

    period: str


@dataclass(frozen=True)
class Figure:
    """One figure as the enterprise reported it."""

    key: Key
    value: Decimal
    unit: str
    route: str
    place: Place


@dataclass(frozen=True)
class Subject:
    """A parameter of a pack at one facility and item."""

    track: str
    facility: str
    item: str
    parameter: Parameter

    @property
    def name(self) -> str:
        """``parameter`` or ``parameter:item``: the stream column of findings on figures without a stream."""
        return f"{self.parameter.id}:{self.item}" if self.item else self.parameter.id

    def key(self, period: str) -> Key:
        """Key of the subject's figure in a period."""
        return Key(self.track, self.parameter.id, self.facility, self.item, period)


@dataclass
class Context:
    """All that a check may read: the case, its map, the packs by track and the figures as reported.

    ``misfits`` and ``notices`` tell of what the tables hold and the packs cannot place. ``readings`` are those that the
    case uses of the questions about its rules, ``stated`` its packs before any reading is put in place.
    """

    case: Case
    flow: FlowMap
    packs: Mapping[str, RulePack]
    structures: Mapping[str, Structure]
    figures: Mapping[Key, Figure]
    last_year: Mapping[Key, Figure]
    misfits: Sequence[Defect] = ()
    notices: Sequence[Notice] = ()
    readings: Sequence[Using] = ()
    stated: Mapping[str, RulePack] = field(default_factory=dict)

    @property
    def year(self) -> int:
        """Data year."""
        return self.flow.year

    @property
    def months(self) -> list[str]:
        """Months looked at."""
        return self.flow.months

    @property
    def part_year(self) -> bool:
        """Whether the run stops before December, so that figures of the year are not asked for."""
        return not self.months[-1].endswith("-12")

    def rule(self, rule_id: str, track: str = "") -> CheckRule:
        """The rule as the pack of a track states it; without a track, the first pack that has it."""
        packs = [self.packs[track]] if track else list(self.packs.values())
        for pack in packs:
            if rule_id in pack.checks:
                return pack.checks[rule_id]
        raise VerifierkitError(f"rule {rule_id} stands in none of the packs {', '.join(p.id for p in packs)}")

    @cached_property
    def joint(self) -> Analysis | None:
        """The joint fit of the case; None where no pack states the rule."""
        try:
            rule = self.rule("reconcile.joint")
        except VerifierkitError:
            return None
        return analyse(self.flow, Settings.of(rule))

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """Uncertainty of any amount of the case, as the joint fit composes it."""
        fitted = self.joint.joint if self.joint else None
        return Uncertainty(self.flow, Settings.of(self.rule("reconcile.joint")), fitted)

    @cached_property
    def figures_at(self) -> Mapping[tuple[str, str, str, str], list[Figure]]:
        """Reported figures of all items by track, parameter, facility and period."""
        found: dict[tuple[str, str, str, str], list[Figure]] = {}
        for key, figure in self.figures.items():
            found.setdefault((key.track, key.parameter, key.facility, key.period), []).append(figure)
        return found

    @cached_property
    def subjects(self) -> list[Subject]:
        """Parameters of the packs at every facility and item that the case reports or maps."""
        return [subject for track, pack in self.packs.items() for subject in _subjects(self, track, pack)]

    def monthly(self, subject: Subject) -> bool:
        """Whether any month of a subject is reported."""
        return any(subject.key(month) in self.figures for month in self.months)

    def value(self, key: Key) -> Decimal | None:
        """Reported value of a key."""
        figure = self.figures.get(key)
        return figure.value if figure else None


def _subjects(context: Context, track: str, pack: RulePack) -> Iterator[Subject]:
    flow = context.flow
    for parameter in pack.parameters.values():
        kinds = parameter.at(track)
        for facility, row in flow.facilities.items():
            if row["kind"] not in kinds:
                continue
            for item in _items(context, track, parameter, facility):
                yield Subject(track, facility, item, parameter)


def _items(context: Context, track: str, parameter: Parameter, facility: str) -> list[str]:
    if not parameter.by_item:
        return [""]
    reported = {key.item for key in context.figures if key[:3] == (track, parameter.id, facility)}
    mapped = {
        stream["item"] or ""
        for stream in context.flow.streams.values()
        if stream["facility_id"] == facility and stream["parameter"] == parameter.id
    }
    return sorted(reported | mapped)


CheckFunction = Callable[[Context], Iterable[Result]]
REGISTRY: dict[str, CheckFunction] = {}


def check(*rules: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function under the rule ids whose results it yields."""

    def register(function: CheckFunction) -> CheckFunction:
        for rule in rules:
            if rule in REGISTRY:
                raise VerifierkitError(f"rule {rule} has two functions")
            REGISTRY[rule] = function
        return function

    return register


def not_applicable(rule: str, reason: str, **fields: str) -> Result:
    """A result that says why a rule does not apply; ``reason`` is a message id."""
    return Result(rule, NOT_APPLICABLE, message=reason, **fields)  # type: ignore[arg-type]


def places_of(rows: Iterable[Row], column: str) -> tuple[Place, ...]:
    """Cells of one column."""
    return tuple(row.cell(column) for row in rows)
