"""The joint fit as a check: evidence of an error that no single comparison shows, and causes for those that do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result, check
from verifierkit.checks.keys import feeds_report, figure_deltas
from verifierkit.checks.statistics import shown, six_digits
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.joint.analysis import Analysis
from verifierkit.joint.diagnosis import Diagnosis, Error, Explanation
from verifierkit.joint.draft import Entry
from verifierkit.joint.hypotheses import Hypothesis, entry_month
from verifierkit.joint.negative import NegativeFlow
from verifierkit.joint.network import Network
from verifierkit.units import convert

RULE = "reconcile.joint"


@dataclass(frozen=True)
class Blame:
    """One hypothesis in the terms of the case.

    Attributes
    ----------
    stream, source, facility : what is to blame; ``stream`` may be a node, ``source`` is "" for a flow that none shows.
    changes : month -> what the records show too much (negative: too little) [unit].
    share : change beside the values that it changes, None where they are zero.
    places : the cells of those values.
    """

    kind: str
    stream: str
    source: str
    facility: str
    months: tuple[str, ...]
    unit: str
    changes: dict[str, Decimal]
    share: Decimal | None
    partner: str
    places: tuple[Place, ...]

    @property
    def amount(self) -> Decimal:
        """Change over all months; the largest single one where they cancel (a shifted day, a swap) [unit]."""
        total = sum(self.changes.values(), Decimal(0))
        largest = max(self.changes.values(), key=abs, default=Decimal(0))
        return total if abs(total) >= abs(largest) else largest


@check(RULE)
def joint(context: Context) -> Iterator[Result]:
    """All sources, balances, stocks and relations of the year fit together; errors are named with their causes."""
    analysis, months = context.joint, tuple(context.months)
    if analysis is None or analysis.joint is None:
        detail = {"reason": analysis.refused if analysis else "-"}
        yield Result(RULE, NOT_EVALUATED, months=months, message=f"{RULE}.refused", detail=detail)
        return
    yield from _left_out(context, analysis.joint.network)
    diagnosis = analysis.diagnosis
    if not analysis.joint.reconciled or diagnosis is None:
        reason = "redundancy" if not analysis.joint.residuals.values.size else "converged"
        yield Result(RULE, NOT_EVALUATED, months=months, message=f"{RULE}.{reason}")
        return
    negative = list(_unexplained(context, analysis, diagnosis))
    if not diagnosis.findings and not negative:
        evidence, limit = six_digits(diagnosis.evidence), six_digits(diagnosis.limit)
        message = f"{RULE}.attention" if diagnosis.flagged else RULE
        yield Result(RULE, SATISFIED, months=months, observed=evidence, limit=limit, unit="1", message=message)
    for error in diagnosis.findings:
        yield _result(context, error, six_digits(diagnosis.limit))
    yield from (_negative(context, flow) for flow in negative)


def _left_out(context: Context, network: Network) -> Iterator[Result]:
    """What could not enter the fit, one line each with its reason."""
    for name, reason in network.left_out:
        source = context.flow.sources.get(name)
        relation = next((r for r in context.flow.tables["relations"] if r["relation_id"] == name), None)
        stream = source["stream_id"] if source else (relation["output_stream"] if relation else name)
        yield Result(
            RULE,
            NOT_EVALUATED,
            facility=context.flow.facility_of(stream),
            months=tuple(context.months),
            stream=stream,
            source=name if source else "",
            message=f"reconcile.{reason}",
            detail={"name": name},
        )


def _unexplained(context: Context, analysis: Analysis, diagnosis: Diagnosis) -> Iterator[NegativeFlow]:
    """Negative flows in parts of the network in which no error is named: a named one would be their cause."""
    named = {blamed(context, error.explanations[0]).stream for error in diagnosis.findings}
    network = analysis.joint.network if analysis.joint else None
    for flow in analysis.negative:
        group = (
            next((group for group in network.groups if flow.stream in group), frozenset()) if network else frozenset()
        )
        if network and not any(network.stream_at.get(name, name) in group for name in named):
            yield flow


def _negative(context: Context, flow: NegativeFlow) -> Result:
    entries = context.joint.joint.network.entries if context.joint and context.joint.joint else ()
    own = (e for e in entries if e.subject == flow.stream and entry_month(e) == flow.month)
    return Result(
        RULE,
        NOT_SATISFIED,
        facility=context.flow.facility_of(flow.stream),
        months=(flow.month,),
        stream=flow.stream,
        observed=six_digits(flow.value),
        limit=six_digits(flow.limit),
        unit=flow.unit,
        message=f"{RULE}.negative",
        places=tuple(dict.fromkeys(place for entry in own for place in entry.places[:1])),
    )


def _result(context: Context, error: Error, limit: Decimal) -> Result:
    best = error.explanations[0]
    blame = blamed(context, best)
    others = _others(context, best, blame)
    return Result(
        RULE,
        NOT_SATISFIED,
        facility=blame.facility,
        months=blame.months,
        stream=blame.stream,
        source=blame.source,
        observed=six_digits(error.log_odds),
        limit=limit,
        unit="1",
        hint=f"joint.{blame.kind}",
        message=RULE + ("" if blame.source else ".flow") + (".alike" if others else ""),
        detail={
            "probability": _percent(best.probability),
            "size": f"{shown(blame.amount):,f} {blame.unit}",
            "others": " / ".join(others),
        },
        places=blame.places,
    )


def _percent(probability: float) -> str:
    """A probability in whole per cent; the last half per cent is never claimed."""
    percent = convert(Decimal(repr(probability)), "1", "%").quantize(Decimal(1))
    return f"{percent}" if percent < convert(Decimal(1), "1", "%") else f">{percent - 1}"


def _others(context: Context, best: Explanation, blame: Blame) -> list[str]:
    """Names of the other sources, stocks and streams that cannot be told from the one to blame."""
    found: dict[str, None] = {}
    for hypothesis in best.alike:
        stream, source = _subject(context, hypothesis, ())
        if (stream, source) != (blame.stream, blame.source):
            flow = context.flow
            row = flow.sources.get(source) or flow.streams.get(stream) or flow.nodes.get(stream)
            found.setdefault(str(row["name"] or stream) if row else stream)
    return list(found)


def blamed(context: Context, explanation: Explanation, hypothesis: Hypothesis | None = None) -> Blame:
    """An explanation (or one that cannot be told from it) in the terms of the case."""
    entries = context.joint.joint.network.entries if context.joint and context.joint.joint else ()
    chosen = hypothesis or explanation.hypothesis
    shift = [(entries[position], amount * explanation.size) for position, amount in chosen.shift]
    own = [(entry, change) for entry, change in shift if entry.subject == chosen.subject]
    changes: dict[str, Decimal] = {}
    for entry, change in own:
        month, amount = entry_month(entry), six_digits(change)
        changes[month] = changes.get(month, Decimal(0)) + (
            convert(amount, "1", "%") if entry.kind == "share" else amount
        )
    stream, source = _subject(context, chosen, entries)
    row = context.flow.streams.get(stream) or context.flow.nodes.get(stream)
    return Blame(
        chosen.kind,
        stream,
        source,
        (row["facility_id"] or "") if row else "",
        _months(context, chosen),
        _unit(own[0][0]) if own else "",
        dict(sorted(changes.items())),
        _share(own),
        chosen.partner,
        tuple(dict.fromkeys(place for entry, _ in own for place in entry.places[:1])),
    )


def _unit(entry: Entry) -> str:
    """Unit in which a change is told: a share of what enters in per cent."""
    return "%" if entry.kind == "share" else entry.unit


def _months(context: Context, hypothesis: Hypothesis) -> tuple[str, ...]:
    """Months of a hypothesis that the case looks at; else its month nearest to them (a bill of the year before)."""
    looked_at = tuple(month for month in context.months if month in hypothesis.months)
    nearest = context.months[0] if hypothesis.months[-1] < context.months[0] else context.months[-1]
    return looked_at or (nearest,)


def _subject(context: Context, hypothesis: Hypothesis, entries: Sequence[Entry]) -> tuple[str, str]:
    """The stream or node to blame and its source; a ratio is blamed at the stream that it gives."""
    for row in context.flow.tables["relations"]:
        if row["relation_id"] == hypothesis.subject:
            return str(row["output_stream"]), "raw_meal_ratios"
    return hypothesis.subject, hypothesis.source


def _share(own: Sequence[tuple[Entry, float]]) -> Decimal | None:
    values = sum(abs(entry.value) for entry, _ in own)
    total = sum(abs(change) for _, change in own)
    return six_digits(total / values) if values else None


def corrections(context: Context, blame: Blame) -> tuple[tuple[Key, Decimal], ...]:
    """Changes of reported figures if the explanation holds: none where the source does not feed the report."""
    source = context.flow.sources.get(blame.source)
    if source is None or not feeds_report(context, source):
        return ()
    found: list[tuple[Key, Decimal]] = []
    for month, change in blame.changes.items():
        if month in context.months:
            found += figure_deltas(context, source, month, -change, blame.unit)
    return tuple(found)
