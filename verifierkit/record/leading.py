"""Which member of a class comes first: explanations with the same residuals, weighed by what each record itself shows.

The residuals cannot tell the members of a class apart. The record of each still can speak: put right, its month may
fall back among its other months, or out of them, or below nothing, which no flow of one direction can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from verifierkit.checks.base import Context
from verifierkit.joint.diagnosis import Explanation
from verifierkit.joint.draft import Entry
from verifierkit.joint.fitting import JointFit
from verifierkit.joint.hypotheses import Hypothesis, entry_month, shift_matrix
from verifierkit.reconcile.network import Floats

SPEAKS_FOR, SILENT, SPEAKS_AGAINST, IMPOSSIBLE = "for", "silent", "against", "impossible"
ORDER = (SPEAKS_FOR, SILENT, SPEAKS_AGAINST, IMPOSSIBLE)
USUAL, SAME_VALUE, EVEN_RATE, NO_DOCUMENT, NEGATIVE = "usual", "same_value", "even_rate", "no_document", "negative"
ONE_WAY, MIRROR = "one_way", "mirror"
STOCKS = "stock_counts"
TRACES = (SAME_VALUE, EVEN_RATE)  # what an error leaves in its own record
GENERAL = ("month", "bias", "step", "ramp")  # kinds that say how large, not why
UNFIT = (NO_DOCUMENT, ONE_WAY, MIRROR)  # not the direction of the kind, or what any cause would leave
EXCEPTIONAL = ("unrecorded", "missing_flow")  # what happens once need not look like other months
FEWEST = 5  # other months from which on they say what is usual
TRIMMED = 8  # other months from which on the lowest one, a month of standstill, is left out
CLEARLY = 0.5  # widths of the usual range by which a value must move to speak
NARROWEST = 0.02  # least width of the usual range, share of its middle
TOLERATED = 0.02  # share of its usual size by which a corrected flow may fall below nothing
EVEN = 2e-4  # share by which daily rates that a straight line filled in may differ (reading resolution)


@dataclass(frozen=True)
class History:
    """The month that an explanation changes most, beside the other months of the same record [unit of the stream].

    Attributes
    ----------
    verdict : whether the record speaks ``for`` the explanation, is ``silent``, speaks ``against`` it, or whether the
        corrected flow would be ``impossible`` (negative).
    reason : what speaks: ``usual`` the other months, ``same_value`` as another month, ``even_rate`` of the months
        touched, ``no_document`` a missing document that would make the records too high, ``one_way``
        a register that stands still would first show too little, ``mirror`` an adjustment that books any difference, ``negative`` flow.
    low, high : usual range: the other months, of eight and more without the lowest; None where few.
    gain : widths of the usual range by which the correction brings the month back into it.
    """

    verdict: str
    reason: str = ""
    month: str = ""
    recorded: float | None = None
    corrected: float | None = None
    low: float | None = None
    high: float | None = None
    gain: float = 0.0


def members(context: Context, found: Explanation) -> tuple[Explanation, ...]:
    """The members of a class, each with the size that leaves the residuals of the first; best supported first."""
    joint = context.joint.joint if context.joint else None
    if joint is None or not found.alike:
        return (found,)
    own = [replace(found, alike=()), *(_sized(joint, found, other) for other in found.alike)]
    told = [history(joint, one) for one in own]
    ranks = [(ORDER.index(one.verdict), one.reason in UNFIT, one.reason not in TRACES, n) for n, one in enumerate(told)]
    best: dict[tuple[str, str], tuple[int, bool, bool, int]] = {}
    for one, rank in zip(own, ranks, strict=True):
        place = (one.hypothesis.subject, one.hypothesis.source)
        best[place] = min(best.get(place, rank), rank)
    order = sorted(
        range(len(own)),
        key=lambda n: (
            best[own[n].hypothesis.subject, own[n].hypothesis.source],
            ranks[n][:-1],
            _doubtful(context, own[n].hypothesis),
            own[n].hypothesis.kind in GENERAL,
            n,
        ),
    )
    return tuple(own[n] for n in order)


def _doubtful(context: Context, chosen: Hypothesis) -> bool:
    """What the way of a record makes unlikely.

    A multiplier of some months only, where readings of one meter hold one for all; a cut-off day in a daily record.
    """
    source = context.flow.sources.get(chosen.source)
    records = source["records"] if source else ""
    if chosen.kind == "multiplier":
        return records == "meter_readings" and len(chosen.months) < len(context.months)
    return chosen.kind == "shifted" and records == "daily_values"


def leading(context: Context, found: Explanation) -> Explanation:
    """The class with its best supported member in front; the others follow in their order."""
    first, *rest = members(context, found)
    return replace(first, alike=tuple(one.hypothesis for one in rest))


def _sized(joint: JointFit, found: Explanation, other: Hypothesis) -> Explanation:
    """Another member at the size that leaves the same residuals; a known size stays."""
    if not other.size:
        return Explanation(other, found.probability, 1.0, 0.0)
    pair = shift_matrix([replace(h, size=0.0) for h in (found.hypothesis, other)], len(joint.network.entries))
    shifts: Floats = joint.residuals.shift(pair)
    length = float(shifts[:, 1] @ shifts[:, 1])
    ratio = float(shifts[:, 0] @ shifts[:, 1]) / length if length else 0.0
    return Explanation(other, found.probability, found.size * ratio, found.size_sd * abs(ratio))


def history(joint: JointFit, found: Explanation) -> History:
    """What the record to blame shows by itself about an explanation."""
    chosen = found.hypothesis
    if chosen.kind == "adjustment":
        return History(SILENT, MIRROR)
    kind = "level" if chosen.source == STOCKS else "flow"
    own = [e for e in joint.network.entries if (e.kind, e.subject, e.source) == (kind, chosen.subject, chosen.source)]
    values, changes = _by_month(own), _changes(joint, found, own)
    if not changes:
        return History(SILENT)
    month = max(sorted(changes), key=lambda name: abs(changes[name]))
    others = sorted(value for name, value in values.items() if name not in changes)
    told = _beside(values[month], values[month] - changes[month], others)
    told = replace(told, month=month, recorded=values[month], corrected=values[month] - changes[month])
    if any(values[m] >= 0 and values[m] - changes[m] < -TOLERATED * _usual(values) for m in changes):
        return replace(told, verdict=IMPOSSIBLE, reason=NEGATIVE, gain=0.0)
    return _traced(found, own, changes, told)


def _by_month(entries: Sequence[Entry]) -> dict[str, float]:
    values: dict[str, float] = {}
    for entry in entries:
        values[entry_month(entry)] = values.get(entry_month(entry), 0.0) + entry.value
    return values


def _changes(joint: JointFit, found: Explanation, own: Sequence[Entry]) -> dict[str, float]:
    """What the explanation takes from the months of its own record."""
    changes, known = dict[str, float](), {id(entry) for entry in own}
    for position, amount in found.hypothesis.shift:
        entry = joint.network.entries[position]
        if id(entry) in known:
            changes[entry_month(entry)] = changes.get(entry_month(entry), 0.0) + amount * found.size
    return changes


def _usual(values: dict[str, float]) -> float:
    return float(np.median([abs(value) for value in values.values()]))


def _beside(recorded: float, corrected: float, others: Sequence[float]) -> History:
    """A month as recorded and as corrected, each beside the other months."""
    if len(others) < FEWEST:
        return History(SILENT)
    low, high = others[1 if len(others) >= TRIMMED else 0], others[-1]
    middle = float(np.median(others))
    least = NARROWEST * abs(middle)
    if not least:
        return History(SILENT, low=low, high=high)
    gain = _outside(recorded, low, middle, high, least) - _outside(corrected, low, middle, high, least)
    verdict = SPEAKS_FOR if gain > CLEARLY else SPEAKS_AGAINST if gain < -CLEARLY else SILENT
    reason = "" if verdict == SILENT else USUAL
    return History(verdict, reason, low=low, high=high, gain=gain if verdict == SPEAKS_FOR else 0.0)


def _outside(value: float, low: float, middle: float, high: float, least: float) -> float:
    """How far a value lies outside the usual range, in widths of its half on that side."""
    if value > high:
        return (value - high) / max(high - middle, least)
    return max(low - value, 0.0) / max(middle - low, least)


def _traced(found: Explanation, own: Sequence[Entry], changes: dict[str, float], told: History) -> History:
    """Traces that an error leaves in its own record speak louder than the other months."""
    kind = found.hypothesis.kind
    if kind == "pasted":
        return replace(told, verdict=SPEAKS_FOR, reason=SAME_VALUE)
    if kind == "frozen" and len(changes) > 1 and _even(own, changes):
        return replace(told, verdict=SPEAKS_FOR, reason=EVEN_RATE)
    if kind == "frozen" and changes[min(changes)] > 0:
        return replace(told, verdict=SPEAKS_AGAINST, reason=ONE_WAY, gain=0.0)
    if kind == "unrecorded" and sum(changes.values()) > 0:
        return replace(told, verdict=SPEAKS_AGAINST, reason=NO_DOCUMENT, gain=0.0)
    if kind in EXCEPTIONAL and told.verdict == SPEAKS_AGAINST:
        return replace(told, verdict=SILENT, reason="")
    return told


def _even(own: Sequence[Entry], changes: dict[str, float]) -> bool:
    """Whether the periods touched show the same daily rate, as readings filled in on a straight line do."""
    rates = [e.value / (e.end - e.start).total_seconds() for e in own if entry_month(e) in changes]
    return len(rates) > 1 and max(rates) - min(rates) <= EVEN * max(map(abs, rates))
