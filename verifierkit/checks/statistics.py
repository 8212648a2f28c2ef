"""Comparisons and the limits that the statistical rules draw from one error budget.

Their uncertainty is that of the joint fit (:mod:`verifierkit.joint.contrast`), rounded to six digits; amounts stay
Decimal throughout. So every platform decides alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scipy.special import ndtri

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.constants import FINEST
from verifierkit.errors import Place, UsageError
from verifierkit.joint.contrast import Term, standard_uncertainty
from verifierkit.joint.sources import Period
from verifierkit.periods import join_months, month_instants
from verifierkit.rulepack import CheckRule
from verifierkit.units import UNITS, unit_name

ZERO = Decimal(0)
SIGNIFICANT = "{:.6g}"  # statistics are kept to six significant digits


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


def limit_of(rule: CheckRule, name: str) -> Decimal | None:
    """Value of a named limit of the rule, None where the pack does not give it."""
    return rule.limits[name].value if name in rule.limits else None


def month_periods(values: Mapping[str, Decimal]) -> list[Period]:
    """Amounts of months as what a source says of them."""
    return [Period(*month_instants(month), float(value)) for month, value in values.items()]


def joint_uncertainty(terms: Iterable[Term]) -> Decimal:
    """Standard uncertainty of a comparison by the parts of the joint fit, to six significant digits."""
    return six_digits(standard_uncertainty(terms))


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

    @property
    def difference(self) -> Decimal:
        """Observed less expected [unit]."""
        return self.observed - self.expected

    @property
    def excess(self) -> Decimal:
        """How far the two differ, on the side that can fail [unit]."""
        return abs(self.difference) if self.side == 0 else self.difference * self.side

    def exceeds(self, critical: Decimal) -> bool:
        """Whether the difference is beyond ``critical`` standard uncertainties."""
        return self.excess > critical * self.uncertainty

    def tells_more_than(self, other: Comparison) -> bool:
        """Whether the difference is more standard uncertainties than that of another comparison."""
        return self.excess * other.uncertainty > other.excess * self.uncertainty


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
    """One satisfied result, and one result per failing month, or one of the whole where that says more.

    The whole speaks where no month fails by itself, and where a constant error is hidden by scatter in some months.
    """
    if trial.reason and trial.missing:
        yield Result(rule_id, NOT_EVALUATED, months=trial.missing, message=trial.reason, **trial.fields)
    bad, whole = [found for found in trial.months if found.exceeds(critical)], trial.whole
    spoken = [] if _is_of_the_whole(trial, bad, critical) else bad
    for found in spoken:
        yield _result(rule_id, NOT_SATISFIED, trial, found, critical, months=found.months)
    good = [month for found in trial.months if found not in bad for month in found.months]
    if good:
        yield _result(
            rule_id, SATISFIED, trial, _shown(trial, bad, critical), critical, months=tuple(dict.fromkeys(good))
        )
    if whole and not spoken and whole.exceeds(critical):
        yield _result(rule_id, NOT_SATISFIED, trial, whole, critical, period=join_months(whole.months))


def _is_of_the_whole(trial: Trial, bad: Sequence[Comparison], critical: Decimal) -> bool:
    """Whether an error of the whole shows in the failing months: it tells more than each of them, and the others bear it.

    These differ the same way, on average by half as much as all months or more; an error of some months leaves them.
    """
    whole, rest = trial.whole, [found for found in trial.months if found not in bad]
    if whole is None or not rest or not whole.exceeds(critical):
        return False
    others = sum((found.difference for found in rest), ZERO) / len(rest)
    borne = 2 * others / whole.difference >= Decimal(1) / len(trial.months)
    return borne and all(whole.tells_more_than(found) for found in bad)


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
