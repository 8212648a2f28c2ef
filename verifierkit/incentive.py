"""What a shift of each parameter is worth: tonnes, and allowance where a rule for it is loaded, per parameter.

Three things move a figure: a small bias, taken as one per cent over the months looked at; a switch of method: measured
for default, default for measured, another reading of an open question; and a default quoted at a value that circulates
beside the pack's (another edition's, or a known mistake). Each is put in place alone on the figures as reported; the
effect is the change of the recalculated totals. The ranking rests on these alone: no finding of the case enters it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import TypeVar

from verifierkit.checks.base import Context, Figure, Result, Subject
from verifierkit.checks.factors import pack_value
from verifierkit.checks.keys import in_unit, round_half_up, source_for
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.readings import between, by_reading, concerns, figures_of
from verifierkit.rulepack import Label
from verifierkit.stakes import Effect, effect

ZERO = Decimal(0)
SHIFT = Decimal("0.01")
SHIFTED, TO_DEFAULT, TO_MEASURED, READING, QUOTED = "shift", "to_default", "to_measured", "reading", "quoted"
EITHER_WAY = (SHIFTED, READING)
MOVABLE = ("activity", "factor", "production")
RANKED_BY = {
    "zh": "按参数排序（各设施合并，取影响较大的层级），取下列影响中最大的一项：变动1%；使E减小的获取方式变更；"
    "未决问题的另一种读法；缺省值误引为使E减小的流传值。排序不使用本案例的任何发现。",
    "en": "Ranked by parameter, all facilities together, on the level where it moves more, by the largest of: a shift of "
    "1 %; a switch of method that lowers E; another reading of an open question; a default quoted at a circulating "
    "value that lowers E. No finding of the case enters the ranking.",
}
STATUS = {
    "alternative": {"zh": "另有来源的取值", "en": "value of another source"},
    "other_edition": {"zh": "其他版本的取值", "en": "value of another edition"},
    "mistake": {"zh": "已知误值", "en": "known mistake"},
}

Deltas = Mapping[Key, Decimal]
Name = tuple[str, str]
K = TypeVar("K", bound=Hashable)
GONE = {
    "zh": "变动1%后按规定位数修约，数值不变",
    "en": "rounded to the digits of the rule, the figure stays as it is",
}


@dataclass(frozen=True)
class Line:
    """One way to move a figure and its effect; ``effect`` is None where it cannot be computed, with the reason."""

    kind: str
    track: str
    facility: str
    parameter: str
    item: str
    effect: Effect | None
    label: Label
    reason: Label | None = None

    @property
    def name(self) -> Name:
        """Parameter and item, whatever the facility and track."""
        return self.parameter, self.item


class Incentive:
    """Effects of shifts and switches on the figures of one case."""

    def __init__(self, context: Context, results: Iterable[Result]) -> None:
        self.context, self.results = context, list(results)
        self.valuation = Valuation(context, self.results)
        self._free = {key for result in self.results for key in result.unpinned}
        self._base = self.valuation.totals({}, self._free)

    def effect(self, deltas: Deltas) -> Effect:
        """Effect on E, and on A where a plan is loaded, of amounts added to reported figures."""
        totals = self.valuation.totals(deltas, self._free)
        emission = {track: totals[track] - self._base[track] for track in totals if track in self._base}
        before, after = (self.valuation.calculations(moved, self._free) for moved in ({}, deltas))
        return effect(self.context, before, after, emission)

    @cached_property
    def _found(self) -> list[Line]:
        return [*self._shifts(), *self._switches(), *self._quoted(), *self._readings()]

    def lines(self) -> list[Line]:
        """All lines by the rank of their parameter, then those that move most; lines without a figure last."""
        ranks = self.ranks()
        last = len(ranks) + 1
        return sorted(
            self._found,
            key=lambda line: (
                line.effect is None,
                ranks.get(line.name, last),
                -(line.effect.size if line.effect else ZERO),
            ),
        )

    def ranks(self) -> dict[Name, int]:
        """Place of every parameter in the ranking, from 1."""
        return {name: place for place, (name, _) in enumerate(self.parameters(), start=1)}

    def parameters(self) -> list[tuple[Name, Decimal]]:
        """Parameters by what one way of moving them is worth [t], largest first, as :data:`RANKED_BY` says."""
        ways: dict[Name, dict[tuple[str, str, str], Decimal]] = {
            line.name: {} for line in self._found if line.kind == SHIFTED
        }
        for line in self._found:
            if line.effect is None or line.name not in ways:
                continue
            for track, amount in line.effect.emission.items():
                way = (line.kind, line.label["en"], track)
                moved = amount if line.kind in EITHER_WAY else min(amount, ZERO)
                ways[line.name][way] = ways[line.name].get(way, ZERO) + moved
        sizes = {name: max((abs(size) for size in found.values()), default=ZERO) for name, found in ways.items()}
        return sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))

    def _subjects(self) -> Iterator[tuple[Subject, list[Figure]]]:
        for subject in self.context.subjects:
            figures = _figures(self.context, subject)
            if figures and subject.parameter.role in MOVABLE:
                yield subject, figures

    def _shifts(self) -> Iterator[Line]:
        for subject, figures in self._subjects():
            moved = self.effect({figure.key: figure.value * SHIFT for figure in figures})
            words = {"zh": "全部月份上调1%", "en": "all months 1 % up"}
            yield _line(SHIFTED, subject, moved, words, GONE if _rounded_away(subject, figures) else None)

    def _switches(self) -> Iterator[Line]:
        for subject, figures in self._subjects():
            if not {"measured", "default"} <= set(subject.parameter.obtained):
                continue
            yield (
                self._to_measured(subject, figures)
                if _route(subject, figures[0]) == "default"
                else self._to_default(subject, figures)
            )

    def _to_default(self, subject: Subject, figures: list[Figure]) -> Line:
        default = pack_value(self.context, subject)
        words = {"zh": "由实测改用缺省值", "en": "from measured to default"}
        if default is None:
            reason = {"zh": "规则包没有该参数的缺省值", "en": "the pack holds no default for it"}
            return _line(TO_DEFAULT, subject, None, words, reason)
        label = {lang: f"{text} {default.text} {default.unit}" for lang, text in words.items()}
        return _line(TO_DEFAULT, subject, self.effect({f.key: default.value - f.value for f in figures}), label)

    def _to_measured(self, subject: Subject, figures: list[Figure]) -> Line:
        words = {"zh": "由缺省值改用实测值", "en": "from default to measured"}
        source = source_for(self.context, subject)
        series = self.context.flow.series(source["source_id"]) if source is not None else None
        deltas = {}
        for figure in figures:
            measured = in_unit(series, figure.key.period, figure.unit) if series else None
            if measured is None:
                reason = {"zh": "案例没有各月的实测值", "en": "the case holds no measured value of every month"}
                return _line(TO_MEASURED, subject, None, words, reason)
            deltas[figure.key] = measured - figure.value
        return _line(TO_MEASURED, subject, self.effect(deltas), words)

    def _quoted(self) -> Iterator[Line]:
        """One line for each value that circulates beside a default of the pack.

        The step is that from the pack's value to the other one, so that a case which quotes the other one already has
        the same line.
        """
        for subject, figures in self._subjects():
            if subject.parameter.role != "factor" or _route(subject, figures[0]) != "default":
                continue
            stated = pack_value(self.context, subject)
            facility_class = self.context.flow.facilities[subject.facility]["facility_class"] or ""
            for known in self.context.packs[subject.track].known(
                subject.parameter.id, year=self.context.year, item=subject.item, facility_class=facility_class
            ):
                if stated is None or known.value.value == stated.value:
                    continue
                step = known.value.value - stated.value
                words = {
                    "zh": f"由缺省值 {stated.text} 误引为 {known.value.text} {stated.unit}（{STATUS[known.status]['zh']}）",
                    "en": f"default {stated.text} quoted as {known.value.text} {stated.unit} "
                    f"({STATUS[known.status]['en']})",
                }
                yield _line(QUOTED, subject, self.effect({figure.key: step for figure in figures}), words)

    def _readings(self) -> Iterator[Line]:
        """One line a reading that the case does not use, against the one it uses."""
        for using in self.context.readings:
            question = using.question
            if not concerns(self.context, question):
                continue
            key = next(figures_of(self.context, question)).key
            rows = by_reading(self.context, self.results, using)
            base = next(row for row in rows if row.reading.id == using.reading.id)
            for row in rows:
                if row is base:
                    continue
                label = {lang: f"{question.id}: {row.reading.label[lang]}" for lang in ("zh", "en")}
                moved = between(self.context, base, row)
                yield Line(READING, "", "", key.parameter, key.item, moved, label, row.reason)


def _line(kind: str, subject: Subject, found: Effect | None, label: Label, reason: Label | None = None) -> Line:
    return Line(kind, subject.track, subject.facility, subject.parameter.id, subject.item, found, label, reason)


def _figures(context: Context, subject: Subject) -> list[Figure]:
    """Months of a subject as reported; the year where no month is."""
    months = [context.figures[key] for month in context.months if (key := subject.key(month)) in context.figures]
    year = subject.key(str(context.year))
    return months or ([context.figures[year]] if year in context.figures else [])


def _rounded_away(subject: Subject, figures: list[Figure]) -> bool:
    """Whether rounding to the digits of the rule takes the shift back in every figure that is not 0."""
    digits = subject.parameter.digits
    return any(figure.value for figure in figures) and all(
        round_half_up(figure.value * (1 + SHIFT), digits) == figure.value for figure in figures
    )


def _route(subject: Subject, figure: Figure) -> str:
    if figure.route:
        return figure.route
    return "default" if subject.parameter.obtained == ("default",) else "measured"


def top_share(ranked: Iterable[tuple[K, Decimal]], gains: Mapping[K, Decimal], *, tenth: Decimal) -> Decimal | None:
    """Share of gains [t] that lies in the first part of a ranking, the part rounded up to whole figures.

    Parameters
    ----------
    ranked
        Figures by what moving them is worth, largest first.
    gains
        Tonnes gained by figure; a figure that is not ranked counts in the whole only.
    tenth
        The part, such as 0.1 for a tenth.
    """
    names = [name for name, _ in ranked]
    count = int((len(names) * tenth).to_integral_value(ROUND_CEILING))
    whole = sum(gains.values(), ZERO)
    return sum((gains.get(name, ZERO) for name in names[:count]), ZERO) / whole if whole else None
