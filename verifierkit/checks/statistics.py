"""Joint uncertainty of a comparison, and the limits that the statistical rules draw from one error budget.

A class limit a is read as an even spread, so its standard uncertainty is a / sqrt 3. It belongs to the instrument
and is the same in every month: it adds up over the year before it is squared. The period part (cut-off time,
zero, load) is new each month. Amounts stay Decimal throughout, so that every platform decides alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scipy.special import ndtri

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.columns import Row, select
from verifierkit.constants import FINEST, RECTANGULAR_DIVISOR
from verifierkit.errors import Place, UsageError
from verifierkit.flowmap import FlowMap
from verifierkit.periods import join_months
from verifierkit.rulepack import CheckRule
from verifierkit.units import UNITS, unit_name

ZERO = Decimal(0)
SIGNIFICANT = "{:.6g}"  # statistics are kept to six significant digits


def from_limit(limit: Decimal) -> Decimal:
    """Standard uncertainty of an even spread between plus and minus ``limit``."""
    return limit / RECTANGULAR_DIVISOR.sqrt()


def six_digits(value: Decimal | float) -> Decimal:
    """A statistic to six significant digits."""
    return Decimal(SIGNIFICANT.format(value))


def critical_value(alpha: Decimal, comparisons: int) -> Decimal:
    """Two-sided normal critical value of one comparison out of many [standard uncertainties].

    Notes
    -----
    Sidak: each comparison is made at 1 - (1 - alpha)^(1/n), so that all together keep alpha.
    """
    each = 1 - (1 - float(alpha)) ** (1 / max(comparisons, 1))
    return six_digits(-float(ndtri(each / 2)))


def shown(value: Decimal) -> Decimal:
    """An amount without the endless tail of a quotient; amounts that end earlier stay as they are."""
    return value if value == value.quantize(FINEST) else value.quantize(FINEST)


def same_dimension(one: str, other: str) -> bool:
    """Whether two units are declared and measure the same kind of quantity."""
    try:
        return UNITS[unit_name(one)][0] == UNITS[unit_name(other)][0]
    except UsageError:
        return False


@dataclass(frozen=True)
class Accuracy:
    """Standard uncertainty of a source as fractions of its value.

    ``constant`` holds (what causes it, fraction): the same error in all months and in all sources that name the
    same cause. ``period`` is new each month.
    """

    constant: tuple[tuple[str, Decimal], ...]
    period: Decimal


@dataclass(frozen=True)
class Part:
    """One signed amount of a comparison; ``own`` is an absolute standard uncertainty that nothing else shares."""

    sign: int
    value: Decimal
    accuracy: Accuracy | None = None
    own: Decimal = ZERO


def standard_uncertainty(parts: Iterable[Part]) -> Decimal:
    """Standard uncertainty of the signed sum of the parts [unit of the parts].

    Notes
    -----
    u^2 = sum over causes of (sum of sign x value x fraction)^2 + sum of (value x period)^2 + sum of own^2.
    """
    causes: dict[str, Decimal] = defaultdict(Decimal)
    variance = ZERO
    for part in parts:
        variance += part.own**2
        if part.accuracy is None:
            continue
        variance += (part.value * part.accuracy.period) ** 2
        for cause, fraction in part.accuracy.constant:
            causes[cause] += part.sign * part.value * fraction
    return (variance + sum((amount**2 for amount in causes.values()), ZERO)).sqrt()


def limit_of(rule: CheckRule, name: str) -> Decimal | None:
    """Value of a named limit of the rule, None where the pack does not give it."""
    return rule.limits[name].value if name in rule.limits else None


def accuracy_of(flow: FlowMap, source_id: str, rule: CheckRule) -> Accuracy | None:
    """Accuracy of a source by its instrument and the pack's period part; None where no accuracy is known."""
    instrument = flow.instrument_of(source_id)
    limit = flow.accuracy(source_id)
    if instrument is None or limit is None:
        limit = limit_of(rule, "accuracy_unknown")
    if limit is None:
        return None
    kind = instrument["kind"] if instrument else "other"
    cause = f"instrument {instrument['instrument_id']}" if instrument else f"source {flow.root(source_id)['source_id']}"
    constant = [(cause, from_limit(limit)), *_ratio_part(flow, source_id, rule)]
    transformers = limit_of(rule, "transformers") if kind == "electricity_meter" else None
    if transformers:
        constant.append((f"transformers {cause}", from_limit(transformers)))
    period = limit_of(rule, f"period_{kind}")
    if period is None:
        period = limit_of(rule, "period") or ZERO
    return Accuracy(tuple(constant), from_limit(period))


def _ratio_part(flow: FlowMap, source_id: str, rule: CheckRule) -> Iterator[tuple[str, Decimal]]:
    """The ratio's share where the source is a feed over a ratio."""
    for source in flow.lineage(source_id):
        if source["records"] != "feed_over_ratio":
            continue
        relation = ratio_relation(flow, source)
        stated = relation["uncertainty_fraction"] if relation else None
        limit = stated if stated is not None else limit_of(rule, "ratio")
        yield f"ratio {source['stream_id']}", from_limit(limit or ZERO)


def ratio_relation(flow: FlowMap, source: Row) -> Row | None:
    """The ratio relation behind a feed-over-ratio source."""
    return next(select(flow.tables["relations"], kind="ratio", output_stream=source["stream_id"]), None)


@dataclass(frozen=True)
class Comparison:
    """Two amounts and the standard uncertainty of their difference.

    ``side`` 1 fails only where observed is too large, -1 only where it is too small, 0 both ways.
    """

    months: tuple[str, ...]
    observed: Decimal
    expected: Decimal
    uncertainty: Decimal
    places: tuple[Place, ...] = ()
    side: int = 0
    hint: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    def exceeds(self, critical: Decimal) -> bool:
        """Whether the difference is beyond ``critical`` standard uncertainties."""
        difference = self.observed - self.expected
        return (abs(difference) if self.side == 0 else difference * self.side) > critical * self.uncertainty


@dataclass
class Trial:
    """All comparisons on one subject: its months (or windows) and the whole of them.

    ``missing`` are months that could not be compared and ``reason`` the message id that says why; ``satisfied`` is
    the message id of the satisfied result where it says more than that.
    """

    fields: Mapping[str, Any]
    months: list[Comparison]
    whole: Comparison | None = None
    missing: tuple[str, ...] = ()
    reason: str = ""
    satisfied: str = ""

    @property
    def count(self) -> int:
        """Comparisons made."""
        return len(self.months) + (self.whole is not None)


def judge(context: Context, rule_id: str, trials: Sequence[Trial]) -> Iterator[Result]:
    """Results of a rule on all its subjects, with the critical value that its share of the budget allows."""
    rule = context.rule(rule_id)
    critical = critical_value(rule.alpha or ZERO, sum(trial.count for trial in trials))
    for trial in trials:
        yield from verdicts(rule_id, trial, critical)


def verdicts(rule_id: str, trial: Trial, critical: Decimal) -> Iterator[Result]:
    """One satisfied result, one result per failing month, and the whole only where no month fails by itself."""
    if trial.reason and trial.missing:
        yield Result(rule_id, NOT_EVALUATED, months=trial.missing, message=trial.reason, **trial.fields)
    bad = [found for found in trial.months if found.exceeds(critical)]
    for found in bad:
        yield _result(rule_id, NOT_SATISFIED, trial, found, critical, months=found.months)
    good = [month for found in trial.months if found not in bad for month in found.months]
    whole = trial.whole
    if good:
        yield _result(
            rule_id, SATISFIED, trial, _shown(trial, bad, critical), critical, months=tuple(dict.fromkeys(good))
        )
    if whole and not bad and whole.exceeds(critical):
        yield _result(rule_id, NOT_SATISFIED, trial, whole, critical, period=join_months(whole.months))


def _shown(trial: Trial, bad: Sequence[Comparison], critical: Decimal) -> Comparison | None:
    """The comparison whose values a satisfied result carries: the whole, or the only one made."""
    if trial.whole is not None:
        return None if bad or trial.whole.exceeds(critical) else trial.whole
    return trial.months[0] if len(trial.months) == 1 else None


def _result(
    rule_id: str,
    outcome: str,
    trial: Trial,
    found: Comparison | None,
    critical: Decimal,
    *,
    months: tuple[str, ...] = (),
    period: str = "",
) -> Result:
    if found is None:  # months without the whole of them: the plain satisfied message
        return Result(rule_id, outcome, months=months, period=period, message=outcome, **trial.fields)
    failed = outcome == NOT_SATISFIED
    return Result(
        rule_id,
        outcome,
        months=months,
        period=period,
        observed=shown(found.observed),
        expected=shown(found.expected),
        limit=six_digits(critical * found.uncertainty),
        message=(f"{rule_id}.year" if not months else "") if failed else trial.satisfied,
        hint=found.hint if failed else "",
        detail=found.detail,
        places=found.places if failed else (),
        **trial.fields,
    )
