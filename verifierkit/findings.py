"""From results to findings: results of one cause form one finding, and only the cause carries tonnes."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import NamedTuple

import yaml

from verifierkit.checks.base import CHECK_VERSION, NOT_SATISFIED, Context, Result
from verifierkit.emissions import Key
from verifierkit.periods import join_months, next_month, split_period

JOINT = "reconcile.joint"
CHAIN_FAMILIES = ("chain.", "factor.", "material.", "deposit.")
READING_FAMILIES = ("meter.", "bill.continuity")
WHOLE_FACILITY = ("floor.", "band.", "year.change")
SUMMED_FAMILIES = ("balance.", "cross.", "settlement.")
REPORTED_ONLY = ("chain.year", "calc.", "factor.")
TOLD = "evidence."
COMPARING = ("chain.report", "chain.ledger", "cross.")


class FindingKey(NamedTuple):
    """The five columns that name a finding in ``findings.csv``."""

    rule: str
    facility: str
    period: str
    stream: str
    source: str


@dataclass
class Finding:
    """One cause: its results, the results that it explains, and the figures that it changes."""

    key: FindingKey
    results: list[Result]
    explains: list[Result] = field(default_factory=list)

    @property
    def deltas(self) -> dict[Key, Decimal]:
        """Corrected minus reported amount of each figure that the cause changes."""
        sums: dict[Key, Decimal] = defaultdict(Decimal)
        taken_over = [result for result in self.explains if result.rule in carried(self.key.rule)]
        for result in (*self.results, *taken_over):
            for key, amount in result.deltas:
                sums[key] += amount
        return dict(sums)

    @property
    def unpinned(self) -> set[Key]:
        """Figures that are wrong by their own arithmetic."""
        return {key for result in self.results for key in result.unpinned}


@cache
def causes() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Cause rules in order of precedence, each with the rules that it explains."""
    text = resources.files("verifierkit").joinpath("checks/causes.yaml").read_text(encoding="utf-8")
    return tuple((entry["cause"], tuple(entry["explains"])) for entry in yaml.safe_load(text))


@cache
def carried(rule: str) -> tuple[str, ...]:
    """Explained rules whose tonnes a cause takes over because it cannot give them itself."""
    text = resources.files("verifierkit").joinpath("checks/causes.yaml").read_text(encoding="utf-8")
    return next((tuple(entry.get("carries", ())) for entry in yaml.safe_load(text) if entry["cause"] == rule), ())


def merge(context: Context, results: Iterable[Result]) -> list[Finding]:
    """Findings of all results that are not satisfied, in a fixed order.

    Causes are taken in the order of precedence. Of each group of results the months that an earlier cause explains
    go to that cause; what is left is a finding of its own.
    """
    heads: list[Finding] = []
    for group in sorted(_grouped(results), key=lambda finding: (_rank(finding.key.rule), finding.key)):
        left = []
        for result in group.results:
            cause = next((head for head in heads if _explains(context, head, result)), None)
            if cause is None:
                left.append(result)
            else:
                cause.explains.append(result)
        if left:
            heads.append(_finding(left))
    return heads


def _grouped(results: Iterable[Result]) -> list[Finding]:
    groups: dict[tuple[str, str, str, str, bool], list[Result]] = defaultdict(list)
    for result in results:
        if result.outcome == NOT_SATISFIED:
            whole = not result.months
            groups[result.rule, result.facility, result.stream, result.source, whole].append(result)
    findings: dict[FindingKey, Finding] = {}
    for members in groups.values():  # twelve months and their year have one name and are one finding
        found = _finding(members)
        findings.setdefault(found.key, Finding(found.key, [])).results.extend(members)
    return list(findings.values())


def _finding(members: list[Result]) -> Finding:
    first = members[0]
    period = join_months(month for member in members for month in member.months) if first.months else first.when
    return Finding(FindingKey(first.rule, first.facility, period, first.stream, first.source), members)


def _rank(rule: str) -> int:
    for index, (cause, _) in enumerate(causes()):
        if fnmatchcase(rule, cause):
            return index
    return len(causes())


def _explains(context: Context, head: Finding, other: Result) -> bool:
    names = [explained for cause, rules in causes() if fnmatchcase(head.key.rule, cause) for explained in rules]
    if head.key.rule == other.rule or not any(fnmatchcase(other.rule, name) for name in names):
        return False
    if other.rule == JOINT:
        return _same_network(context, head, other) and _nearly_overlap(head, other)
    if not (_same_figure(head, other) and _overlap(head, other)):
        return False
    return _reads(context, head, other) and _touches(context, head, other)


def _same_network(context: Context, head: Finding, other: Result) -> bool:
    """Whether a cause is about a stream or node of the part of the network in which the joint fit sees an error."""
    analysis = context.joint
    if analysis is None or analysis.joint is None:
        return False
    network = analysis.joint.network
    for group in network.groups:
        known = set(group) | {name for name, stream in network.stream_at.items() if stream in group}
        if other.stream in known:
            return any(result.stream in known for result in head.results)
    return False


def _nearly_overlap(head: Finding, other: Result) -> bool:
    """Whether a cause falls into the months of a result or those beside them, where a false reading shows as well."""
    own = set(split_period(head.key.period))
    own |= {next_month(month) for month in own}
    found = set(split_period(other.when))
    return bool((own & found) | (own & {next_month(month) for month in found}))


def _same_figure(head: Finding, other: Result) -> bool:
    """A fault in one figure of a chain explains faults in that figure, not in another one of the same stream."""
    if not other.rule.startswith(CHAIN_FAMILIES) or not head.key.rule.startswith(CHAIN_FAMILIES):
        return True
    own = {(result.parameter, result.facility, result.item) for result in head.results if result.parameter}
    return not own or not other.parameter or (other.parameter, other.facility, other.item) in own


def _reads(context: Context, head: Finding, other: Result) -> bool:
    """Whether a result can show the fault of one source: links between reported figures read no source at all.

    A comparison on the stream of the source reads its own source and the first-ranked one, with what they derive from.
    """
    flow, source = context.flow, context.flow.sources.get(head.key.source)
    if source is None:
        return True
    if other.source == "reported" and other.rule.startswith(REPORTED_ONLY):
        return False
    stream = flow.streams.get(source["stream_id"])
    own = (stream["parameter"] or "") if stream else ""
    figure = source["parameter"] or own
    if other.stream != source["stream_id"]:
        return figure == own or not other.rule.startswith("balance.")
    if other.parameter and other.parameter != figure:
        return False
    if not other.rule.startswith(COMPARING):
        return True
    first = flow.sources_of(other.stream, figure) if other.rule.startswith("cross.") else []
    read = [*flow.lineage(other.source), *(flow.lineage(first[0]["source_id"]) if first else [])]
    return any(row is source for row in read)


def _overlap(head: Finding, other: Result) -> bool:
    """Whether a cause falls into the months of another result.

    A balance or comparison that fails over the year and in no single month needs a cause in most of its months: an
    error of one month large enough to show in the year shows in its month first.
    """
    own, found = set(split_period(head.key.period)), set(split_period(other.when))
    if head.key.rule.startswith(READING_FAMILIES):  # a false reading closes one month and opens the next
        own |= {next_month(month) for month in own}
    if other.rule.startswith(SUMMED_FAMILIES):
        return 2 * len(own & found) >= len(found)
    return bool(own & found)


def _touches(context: Context, head: Finding, other: Result) -> bool:
    """Whether both are about one stream, node or figure, or one about a node and the other about its stream."""
    return any(_about(one) & _near(context, other) or _about(other) & _near(context, one) for one in head.results)


def _about(result: Result) -> set[str]:
    """The stream or node of a result, its figure, and the facility where a whole facility is judged."""
    names = {f"place {result.stream}"}
    if result.parameter:
        names.add(f"figure {result.facility} {result.parameter}")
    if result.rule.startswith(WHOLE_FACILITY):
        names.add(f"facility {result.facility}")
    return names


def _near(context: Context, result: Result) -> set[str]:
    """What a result is about, and the ends, figure and facility of its stream."""
    names, row = _about(result), context.flow.streams.get(result.stream)
    if row is not None:
        names |= {f"place {row['from_node']}", f"place {row['to_node']}", f"facility {row['facility_id']}"}
        names.add(f"figure {row['facility_id']} {row['parameter']}")
    return names


def cell_values(context: Context) -> dict[tuple[str, str, int | None, str], str]:
    """Text of every cell of the case's tables by file, sheet, row and column letter."""
    cells = {}
    for rows in context.case.tables.values():
        for row in rows:
            for column, letter in row.letters.items():
                cells[row.place.file, row.place.sheet, row.place.row, letter] = str(row[column])
    return cells


def digest(context: Context, finding: Finding, cells: Mapping[tuple[str, str, int | None, str], str]) -> str:
    """Digest of what a decision rests on: key, values, corrections, evidence cells, the rule as the pack states it."""
    rows = [_print(context, result, cells) for result in (*finding.results, *finding.explains)]
    rows += _rulings(context, finding)
    text = json.dumps([CHECK_VERSION, list(finding.key), sorted(rows, key=repr)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _rulings(context: Context, finding: Finding) -> list[list[object]]:
    """Answers and readings chosen by the case on questions about the rules and figures of a finding."""
    named = {(result.rule, result.parameter) for result in (*finding.results, *finding.explains)}
    return [
        ["reading", using.question.id, using.reading.id, using.question.answer.digest if using.question.answer else ""]
        for using in context.readings
        if (using.chosen_by == "case" or using.question.answer is not None)
        and any(rule in using.question.rules and name in using.question.parameters for rule, name in named)
    ]


def _print(context: Context, result: Result, cells: Mapping[tuple[str, str, int | None, str], str]) -> list[object]:
    values = [str(value) for value in (result.observed, result.expected, result.limit)]
    corrections = sorted([*key, str(amount)] for key, amount in result.deltas)
    evidence = sorted(
        (str(place), cells.get((place.file, place.sheet, place.row, place.column), "")) for place in result.places
    )
    rule = repr(replace(context.rule(result.rule, result.track), line=0))
    # a faulty cell has no value in the tables, a file none at all: what was found there stands in the words
    told = [sorted(map(list, result.detail.items()))] if result.rule.startswith(TOLD) else []
    return [result.rule, result.when, values, corrections, sorted(map(list, result.unpinned)), evidence, rule, *told]
