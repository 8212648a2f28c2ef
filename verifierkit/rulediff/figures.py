"""Reported figures of a case as inputs of a pack that they were not reported under.

A factor that the case took from its pack's defaults is left to the pack that computes. A quantity whose place differs
(a fuel of the whole enterprise in one edition, of the lines and of the rest in another) is regrouped: what stands at
the enterprise is the whole less what stands at its facilities, and means keep the product of quantity and mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from verifierkit.checks import Context, Figure
from verifierkit.emissions import Key
from verifierkit.emissions.keys import ENTITY
from verifierkit.rulepack import Parameter, RulePack
from verifierkit.verification import Verification

ZERO = Decimal(0)
Inputs = dict[Key, Decimal]


@dataclass
class Prepared:
    """Inputs of a calculation, the parameters that were regrouped, and the case's own defaults kept beside the pack."""

    inputs: Inputs = field(default_factory=dict)
    regrouped: set[str] = field(default_factory=set)
    beside: set[Key] = field(default_factory=set)


def corrected(verification: Verification) -> Context:
    """The context with every reported figure at its verified value: all findings that stand put right.

    The figures keep unit, route and cell; a figure that nothing verifies stays as it was reported.
    """
    context = verification.context
    packs = {track: verification.verified[pack.id].values for track, pack in context.packs.items()}
    figures = {
        key: replace(figure, value=packs[key.track].get(key, figure.value)) for key, figure in context.figures.items()
    }
    return replace(context, figures=figures)


def prepare(context: Context, pack: RulePack) -> Prepared:
    """Inputs of a pack from the figures that the case reported under its own packs."""
    prepared = Prepared()
    held = {key[:4] for key in context.figures if key.period != str(context.year)}
    for key, figure in context.figures.items():
        parameter = pack.parameters.get(key.parameter)
        if parameter is None or key.parameter in pack.methods or _result(context, key):
            continue
        for own in _periods(context, key, parameter, held):
            if not _default(context, figure):
                prepared.inputs[own] = figure.value
            elif not _pack_has(context, pack, key):
                prepared.inputs[own] = figure.value
                prepared.beside.add(key)
    for name, parameter in pack.parameters.items():
        if parameter.by_item and parameter.year == "sum":
            _regroup(context, pack, name, prepared)
    return prepared


def _result(context: Context, key: Key) -> bool:
    own = context.packs[key.track].parameters.get(key.parameter)
    return own is not None and own.role == "result"


def _periods(context: Context, key: Key, parameter: Parameter, held: set[tuple[str, str, str, str]]) -> Iterator[Key]:
    """The periods for which a figure stands: a year gives way to its months; a factor known for the year fills them."""
    if key.period != str(context.year) or parameter.year == "constant":
        yield key
    elif key[:4] not in held:
        yield key
        if parameter.role == "factor" and parameter.monthly:
            yield from (key._replace(period=month) for month in context.months)


def _default(context: Context, figure: Figure) -> bool:
    """Whether a figure is the default of the pack that it was reported under."""
    own = context.packs[figure.key.track].parameters.get(figure.key.parameter)
    if own is None or own.role != "factor":
        return False
    return figure.route == "default" or own.obtained == ("default",)


def _pack_has(context: Context, pack: RulePack, key: Key) -> bool:
    structure = context.structures[key.track]
    facility = next((one for one in structure.facilities if one.id == key.facility), None)
    found = facility and pack.find_value(
        key.parameter,
        year=context.year,
        item=key.item,
        facility_class=facility.facility_class,
        facility_kind=facility.kind,
        region=structure.region,
    )
    return bool(found)


def _regroup(context: Context, pack: RulePack, name: str, prepared: Prepared) -> None:
    """Move a quantity between the enterprise and its facilities where the pack places it otherwise than the case."""
    below, entity = _below(context, pack, name), _entity(context)
    inputs = dict(prepared.inputs)
    means = [mean for mean, entry in pack.parameters.items() if entry.weight == name and mean not in pack.methods]
    cells = {(key.track, key.item, key.period) for key in inputs if key.parameter == name}
    for track, item, period in sorted(cells):
        if track != ENTITY:
            continue
        own = Key(track, name, entity, item, period)
        if own in inputs:
            _split(context, prepared, inputs, own, below, means)
    if not below:
        _gather(context, prepared, inputs, name, means)


def _entity(context: Context) -> str:
    structure = next(iter(context.structures.values()))
    return next((one.id for one in structure.facilities if one.kind == ENTITY), "")


def _below(context: Context, pack: RulePack, name: str) -> set[tuple[str, str]]:
    """Track and facility of every place beneath the enterprise at which the pack has the parameter."""
    structure = next(iter(context.structures.values()))
    parameter = pack.parameters[name]
    return {
        (track, one.id)
        for track in parameter.tracks
        for one in structure.facilities
        if one.kind != ENTITY and one.kind in parameter.at(track)
    }


def _reported_below(context: Context, name: str) -> bool:
    """Whether the case's own pack of the entity track has the parameter beneath the enterprise too."""
    own = context.packs.get(ENTITY)
    return own is not None and name in own.parameters and bool(_below(context, own, name))


def _split(
    context: Context, prepared: Prepared, inputs: Inputs, own: Key, below: set[tuple[str, str]], means: list[str]
) -> None:
    """A figure of the whole enterprise becomes that of the rest where the pack has its facilities apart."""
    if _reported_below(context, own.parameter):
        return
    parts = [
        key
        for track, facility in sorted(below)
        if (key := own._replace(track=track, facility=facility)) in inputs and inputs[key]
    ]
    if not parts:
        return
    rest = inputs[own] - sum((inputs[key] for key in parts), ZERO)
    prepared.regrouped.add(own.parameter)
    for mean in means:
        _rest_mean(prepared, inputs, own, parts, mean, rest)
    if rest:
        prepared.inputs[own] = rest
    else:
        del prepared.inputs[own]


def _rest_mean(prepared: Prepared, inputs: Inputs, own: Key, parts: list[Key], mean: str, rest: Decimal) -> None:
    keys = [key._replace(parameter=mean) for key in (own, *parts)]
    if not all(key in inputs for key in keys):
        return
    if not rest:
        prepared.inputs.pop(keys[0], None)
        return
    whole = inputs[own] * inputs[keys[0]]
    taken = sum((inputs[part] * inputs[key] for part, key in zip(parts, keys[1:], strict=True)), ZERO)
    prepared.inputs[keys[0]] = (whole - taken) / rest


def _gather(context: Context, prepared: Prepared, inputs: Inputs, name: str, means: list[str]) -> None:
    """Figures of facilities and of the rest become one of the whole enterprise where the pack has it only there."""
    entity = _entity(context)
    if not _reported_below(context, name) or not entity:
        return
    groups: dict[tuple[str, str], list[Key]] = {}
    for key in inputs:
        if key.parameter == name:
            groups.setdefault((key.item, key.period), []).append(key)
    for (item, period), keys in groups.items():
        own = Key(ENTITY, name, entity, item, period)
        if keys == [own]:
            continue
        prepared.regrouped.add(name)
        total = sum((inputs[key] for key in keys), ZERO)
        prepared.inputs[own] = total
        for mean in means:
            _whole_mean(prepared, inputs, own._replace(parameter=mean), keys, total)


def _whole_mean(prepared: Prepared, inputs: Inputs, own: Key, keys: list[Key], total: Decimal) -> None:
    parts: Mapping[Key, Key] = {key: key._replace(parameter=own.parameter) for key in keys if inputs[key]}
    if total and parts and all(mean in inputs for mean in parts.values()):
        heat = sum((inputs[key] * inputs[mean] for key, mean in parts.items()), ZERO)
        prepared.inputs[own] = heat / total
