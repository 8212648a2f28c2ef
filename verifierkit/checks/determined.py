"""Values determined by the team under the conservative principle, held against what makes such a value fit to stand.

References
----------
CETS-VG-01.01-V02-2026 (sister rule), missing data and uncalibrated meters: the treatment is conservative; activity data
go up, production goes down, emissions are not understated and allowances not overstated. Deducted raw material lowers
the emission, so its conservative direction is down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Measured, Result, check
from verifierkit.checks.calibration import DEDUCTED
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.rulepack import Parameter
from verifierkit.series import converted

RULE, TABLE = "determined.value", "conservative_values"
UP, DOWN = "up", "down"
WORDS = {UP: {"zh": "不低于报告值", "en": "not below the reported one"},
         DOWN: {"zh": "不高于报告值", "en": "not above the reported one"}}  # fmt: skip
NEEDED = {"rule": ("适用情形", "the rule"), "reason": ("理由", "the reason"),
          "formula": ("计算公式", "the formula"), "evidence": ("依据文件", "the evidence")}  # fmt: skip
# factors of which a higher value lowers the emission
LOWERING = ("deduction_factor_tco2_per_t", "anode_loss_fraction", "anode_sulphur_fraction", "anode_ash_fraction",
            "noncarbonate_cao_fraction", "noncarbonate_mgo_fraction")  # fmt: skip


@dataclass(frozen=True)
class Determined:
    """One value: its row, parameter, the months it covers (none: the year) and the value in the pack's unit."""

    row: Row
    parameter: Parameter | None
    months: tuple[str, ...] | None
    value: Decimal | None

    @property
    def usable(self) -> bool:
        """Whether it can be put beside the reported figures: a known input, known months, a fitting unit."""
        return self.parameter is not None and self.months is not None and self.value is not None

    @property
    def subject(self) -> str:
        """``parameter`` or ``parameter:item``."""
        item = self.row["item"] or ""
        return f"{self.row['parameter']}:{item}" if item else str(self.row["parameter"])

    def keys(self, year: int) -> tuple[Key, ...]:
        """Figures that it stands beside."""
        row, periods = self.row, self.months or (str(year),)
        return tuple(
            Key(row["track"], row["parameter"], row["facility_id"], row["item"] or "", period) for period in periods
        )


def determined_values(context: Context) -> list[Determined]:
    """All values of the team in the order of the table."""
    return [_read(context, row) for row in context.flow.tables[TABLE]]


def _read(context: Context, row: Row) -> Determined:
    pack = context.packs.get(row["track"] or "")
    parameter = pack.parameters.get(row["parameter"] or "") if pack else None
    kinds = parameter.at(row["track"]) if parameter else ()
    facility = context.flow.facilities.get(row["facility_id"] or "")
    if parameter is None or parameter.role == "result" or facility is None or facility["kind"] not in kinds:
        return Determined(row, None, _months(context, row), None)
    value = None
    if row["value"] is not None:
        value = converted(row["value"], row["unit"] or "", parameter.unit_of(row["item"] or ""))
    return Determined(row, parameter, _months(context, row), value)


def _months(context: Context, row: Row) -> tuple[str, ...] | None:
    """Months from first to last; empty for the year; None where they are no run of the months looked at."""
    first, last = row["month_from"], row["month_to"]
    if not first and not last:
        return ()
    found = tuple(month for month in context.months if (first or "") <= month <= (last or ""))
    return found if found and (found[0], found[-1]) == (first, last) else None


def wanted_direction(parameter: Parameter) -> str:
    """Which way is conservative: production, deducted material and factors that lower the emission go down."""
    lowering = parameter.role == "production" or parameter.id in (*DEDUCTED, *LOWERING)
    return DOWN if lowering else UP


def reported_value(context: Context, determined: Determined) -> Decimal | None:
    """What was reported for the same months: their sum for a quantity, the mean of the months for a factor."""
    parameter = determined.parameter
    if parameter is None or determined.months is None:
        return None
    values = [context.value(key) for key in determined.keys(context.year)]
    known = [value for value in values if value is not None]
    if not known or len(known) != len(values):
        return None
    total = sum(known, Decimal(0))
    return total if parameter.year == "sum" else total / len(known)


@check(RULE)
def determined(context: Context) -> Iterator[Result]:
    """Every value of the team is conservative, dated, signed and reasoned."""
    values = determined_values(context)
    for one in values:
        faults = list(_faults(context, one, values))
        yield from faults
        if not any(result.outcome in (NOT_SATISFIED, NOT_EVALUATED) for result in faults):
            period = "" if one.months else str(context.year)
            yield Result(RULE, SATISFIED, months=one.months or (), period=period, **_about(context, one))


def _about(context: Context, one: Determined) -> Measured:
    row = one.row
    return {
        "facility": row["facility_id"] or "",
        "stream": one.subject,
        "source": row["value_id"],
        "track": row["track"] if row["track"] in context.packs else "",
        "parameter": row["parameter"] or "",
        "item": row["item"] or "",
        "unit": row["unit"] or "",
    }


def _faults(context: Context, one: Determined, values: list[Determined]) -> Iterator[Result]:
    row, about = one.row, _about(context, one)
    months, period = one.months or (), "" if one.months else str(context.year)

    def fault(kind: str, column: str, **detail: str) -> Result:
        return Result(RULE, NOT_SATISFIED, months=months, period=period, message=f"{RULE}.{kind}",
                      detail=detail, places=(row.cell(column),), **about)  # fmt: skip

    if one.parameter is None or one.value is None:
        yield fault("unknown", "parameter" if one.parameter is None else "unit")
    if one.months is None:
        yield fault("months", "month_from")
    team = {member["name"] for member in context.case.meta.get("team") or ()}
    if (row["author"] or "") not in team:
        yield fault("author", "author", author=row["author"] or "-")
    lacking = [name for name in NEEDED if not (row[name] or "").strip()]
    if lacking:
        words = [", ".join(NEEDED[name][side] for name in lacking) for side in (0, 1)]
        yield fault("reason", lacking[0], missing_zh=words[0].replace(", ", "、"), missing_en=words[1])
    if any(_overlap(context, one, other) for other in values[: values.index(one)]):
        yield fault("twice", "value_id")
    if one.usable:
        yield from _direction(context, one, about, months, period)


def _overlap(context: Context, one: Determined, other: Determined) -> bool:
    return bool(set(one.keys(context.year)) & set(other.keys(context.year)))


def _direction(
    context: Context, one: Determined, about: Measured, months: tuple[str, ...], period: str
) -> Iterator[Result]:
    assert one.parameter is not None
    assert one.value is not None
    reported, row = reported_value(context, one), one.row
    if reported is None:
        message = f"{RULE}.unreported"
        yield Result(RULE, NOT_EVALUATED, months=months, period=period, message=message, **about)
        return
    wanted = wanted_direction(one.parameter)
    wrong = one.value < reported if wanted == UP else one.value > reported
    words = {f"wanted_{language}": text for language, text in WORDS[wanted].items()}
    unit = one.parameter.unit_of(row["item"] or "")
    found = about | {"unit": unit}
    if wrong:
        yield Result(RULE, NOT_SATISFIED, months=months, period=period, observed=one.value, expected=reported,
                     message=f"{RULE}.direction", detail=words, places=(row.cell("value"),), **found)  # fmt: skip
    moved = UP if one.value > reported else DOWN if one.value < reported else row["direction"]
    if row["direction"] != moved:
        yield Result(RULE, NOT_SATISFIED, months=months, period=period, message=f"{RULE}.stated",
                     places=(row.cell("direction"),), **about)  # fmt: skip
