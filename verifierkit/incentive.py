"""What a shift of each parameter is worth: tonnes, and allowance where a rule for it is loaded, per parameter.

Two things move a figure: a small bias of what is measured, taken as one per cent over the months looked at, and a
switch of method: measured for default, default for measured, another reading of an open question. Each is put in
place alone on the figures as reported; the effect is the change of the recalculated totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from verifierkit.checks.base import Context, Figure, Result, Subject
from verifierkit.checks.factors import pack_value
from verifierkit.checks.keys import in_unit, source_for
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.readings import between, by_reading, concerns
from verifierkit.rulepack import Label
from verifierkit.stakes import Effect, effect

ZERO = Decimal(0)
SHIFT = Decimal("0.01")
SHIFTED, TO_DEFAULT, TO_MEASURED, READING = "shift", "to_default", "to_measured", "reading"
MOVABLE = ("activity", "factor", "production")

Deltas = Mapping[Key, Decimal]
Name = tuple[str, str, str, str]


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
        """Track, facility, parameter and item: the figure that is moved."""
        return self.track, self.facility, self.parameter, self.item


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

    def lines(self) -> list[Line]:
        """All lines, those that move most first; lines that cannot be computed last."""
        found = [*self._shifts(), *self._switches(), *self._readings()]
        return sorted(found, key=lambda line: (line.effect is None, -(line.effect.size if line.effect else ZERO)))

    def parameters(self) -> list[tuple[Name, Decimal]]:
        """Figures by their largest movement of one line [t], largest first."""
        sizes: dict[Name, Decimal] = {}
        for line in self.lines():
            if line.kind != READING:
                size = line.effect.size if line.effect else ZERO
                sizes[line.name] = max(sizes.get(line.name, ZERO), size)
        return sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))

    def _subjects(self) -> Iterator[tuple[Subject, list[Figure]]]:
        for subject in self.context.subjects:
            figures = _figures(self.context, subject)
            if figures and subject.parameter.role in MOVABLE:
                yield subject, figures

    def _shifts(self) -> Iterator[Line]:
        for subject, figures in self._subjects():
            moved = self.effect({figure.key: figure.value * SHIFT for figure in figures})
            yield _line(SHIFTED, subject, moved, {"zh": "全部月份上调1%", "en": "all months 1 % up"})

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

    def _readings(self) -> Iterator[Line]:
        """One line a reading that the case does not use, against the one it uses."""
        for using in self.context.readings:
            question = using.question
            if not concerns(self.context, question):
                continue
            rows = by_reading(self.context, self.results, using)
            base = next(row for row in rows if row.reading.id == using.reading.id)
            for row in rows:
                if row is base:
                    continue
                label = {lang: f"{question.id}: {row.reading.label[lang]}" for lang in ("zh", "en")}
                parameter, item = (question.parameters or ("",))[0], (question.items or ("",))[0]
                yield Line(READING, "", "", parameter, item, between(self.context, base, row), label, row.reason)


def _line(kind: str, subject: Subject, found: Effect | None, label: Label, reason: Label | None = None) -> Line:
    return Line(kind, subject.track, subject.facility, subject.parameter.id, subject.item, found, label, reason)


def _figures(context: Context, subject: Subject) -> list[Figure]:
    """Months of a subject as reported; the year where no month is."""
    months = [context.figures[key] for month in context.months if (key := subject.key(month)) in context.figures]
    year = subject.key(str(context.year))
    return months or ([context.figures[year]] if year in context.figures else [])


def _route(subject: Subject, figure: Figure) -> str:
    if figure.route:
        return figure.route
    return "default" if subject.parameter.obtained == ("default",) else "measured"


def top_share(
    ranked: Iterable[tuple[Name, Decimal]], gains: Mapping[Name, Decimal], *, tenth: Decimal
) -> Decimal | None:
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
