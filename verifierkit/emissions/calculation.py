"""All figures of a pack for one plant and year, and the trace of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from verifierkit.emissions.engine import AGGREGATED, CALCULATED, DEFAULT, Absent, Engine
from verifierkit.emissions.keys import Key, Structure
from verifierkit.emissions.rounding import EXACT
from verifierkit.emissions.scope import Operand
from verifierkit.errors import UsageError
from verifierkit.rulepack import Citation, Label, RulePack


@dataclass(frozen=True)
class Step:
    """One figure with the way it was reached.

    ``formula`` is the method's text over ids, ``words`` the same over labels; both are empty for an input. ``origin``
    is input, default, calculated, aggregated, forced or absent. ``citation`` is that of the default or the method.
    """

    key: Key
    formula: str
    words: Label
    operands: tuple[Operand, ...]
    unrounded: Decimal
    rounded: Decimal
    unit: str
    origin: str
    citation: Citation | None


@dataclass
class Calculation:
    """Result of :func:`calculate`: values by key, reasons of what is missing by key, and traces."""

    values: Mapping[Key, Decimal]
    missing: Mapping[Key, Label]
    _engine: Engine = field(repr=False)

    def trace(self, key: Key) -> Step:
        """How a value was reached.

        Raises
        ------
        UsageError
            If the key has no value.
        """
        if key not in self.values:
            reason = self.missing.get(key, {"en": "no such figure"})["en"]
            raise UsageError(f"no value of {'/'.join(key)}: {reason}")
        with localcontext(EXACT):
            return _step(self._engine, key)


def calculate(
    pack: RulePack,
    structure: Structure,
    inputs: Mapping[Key, Decimal],
    *,
    forced: Mapping[Key, Decimal] | None = None,
) -> Calculation:
    """All figures of a pack from its inputs, month by month and for the year.

    Parameters
    ----------
    inputs
        Activity data and measured factors by key, in the units of the pack. Factors that are not given are taken
        from the pack, unless another period of the same factor is given (a measured route has no default).
    forced
        Values that replace whatever a key would get; used to isolate the effect of one cause.

    Raises
    ------
    UsageError
        If the pack does not cover the year.
    """
    engine = Engine(pack, structure, inputs, forced=forced)
    with localcontext(EXACT):
        for key in _keys(engine):
            try:
                engine.figure(key)
            except Absent:
                continue
    values = {key: figure.value for key, figure in engine.figures.items()}
    return Calculation(values, dict(engine.missing), engine)


def recompute_one(pack: RulePack, structure: Structure, key: Key, inputs: Mapping[Key, Decimal]) -> Step | None:
    """One output from inputs as they were reported; None where an operand is missing or no rule gives the figure.

    A month of a result comes from its formula; a year comes from the rule of the year: sum or weighted mean of the
    reported months, or the formula on the reported figures of the year.
    """
    step = explain_one(pack, structure, key, inputs)
    return step if isinstance(step, Step) else None


def explain_one(pack: RulePack, structure: Structure, key: Key, inputs: Mapping[Key, Decimal]) -> Step | Label:
    """As :func:`recompute_one`, but with the reason, in both languages, where there is no result."""
    if key.parameter not in pack.parameters:
        raise UsageError(f"pack {pack.id} has no parameter {key.parameter}")
    others = {other: value for other, value in inputs.items() if other != key}
    engine = Engine(pack, structure, others, as_reported=True)
    try:
        with localcontext(EXACT):
            return _step(engine, key)
    except Absent as absent:
        return absent.reason


def _keys(engine: Engine) -> Iterator[Key]:
    for parameter in engine.pack.parameters.values():
        periods = (*(engine.structure.months if parameter.monthly else ()), engine.year)
        for track, facility in engine.layout.placements(parameter):
            for item in engine.layout.items(parameter, track, facility):
                yield from (Key(track, parameter.id, facility, item, period) for period in periods)


def _step(engine: Engine, key: Key) -> Step:
    figure, parameter = engine.figure(key), engine.pack.parameters[key.parameter]
    method = engine.pack.methods.get(key.parameter)
    formula, words, citation = "", {"zh": "", "en": ""}, None
    operands: tuple[Operand, ...] = ()
    if figure.origin == CALCULATED and method is not None:
        log: list[tuple[str, Key | None, Decimal]] = []
        engine.evaluate(key, log)
        formula, words, citation = method.formula.text, dict(method.words), method.citation
        operands = tuple(_operand(engine, *entry) for entry in log)
    elif figure.origin == AGGREGATED:
        formula, words = _year_words(engine, key)
        operands = tuple(_month_operands(engine, key))
        citation = parameter.citation
    elif figure.origin == DEFAULT:
        default = engine.default(key)
        citation = default.citation if default else None
    return Step(
        key=key,
        formula=formula,
        words=words,
        operands=operands,
        unrounded=figure.unrounded,
        rounded=figure.value,
        unit=parameter.unit_of(key.item),
        origin=figure.origin,
        citation=citation,
    )


def _operand(engine: Engine, name: str, key: Key | None, value: Decimal) -> Operand:
    return Operand(name, key, value, engine.figure(key).origin if key is not None else "constant")


def _year_words(engine: Engine, key: Key) -> tuple[str, dict[str, str]]:
    parameter = engine.pack.parameters[key.parameter]
    if parameter.year != "weighted_mean":
        return f"sum of the months of {parameter.id}", {"zh": "各月之和", "en": "sum of the months"}
    weight = engine.pack.parameters[parameter.weight]
    words = {"zh": f"各月按{weight.label['zh']}加权平均", "en": f"mean of the months weighted by {weight.label['en']}"}
    return f"mean of the months of {parameter.id} weighted by {weight.id}", words


def _month_operands(engine: Engine, key: Key) -> Iterator[Operand]:
    for month in engine.structure.months:
        own = key._replace(period=month)
        found = engine.figures.get(own)
        if found is not None:
            yield Operand(key.parameter, own, found.value, found.origin)
