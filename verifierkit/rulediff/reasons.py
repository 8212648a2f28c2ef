"""Words for what a line of tonnes comes from, and for what a reader has to know about the comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from verifierkit.rulediff.compare import HANDLING, SHAPE
from verifierkit.rulediff.mixing import Piece, changed, nearest_year, values_at
from verifierkit.rulediff.pricing import Line, Price, State, rests_on, unreported
from verifierkit.rulepack import RulePack

WORDS = {"shape": "where figures stand", "handling": "months, rule of the year and rounding"}
FIELDS = {"shape": SHAPE, "handling": HANDLING}
ALLOWANCES = "allowances are not loaded in these packs: the effect is in tonnes only"
BASIS = "reported figures are used, wrong ones included; defaults come from the pack that computes"


def reason(line: Line, price: Price) -> str:
    """What a line comes from."""
    return " + ".join(_piece(piece, price, told=bool(line.effect)) for piece in line.pieces)


def _piece(piece: Piece, price: Price, *, told: bool) -> str:
    a, b = price.a, price.b
    if piece.part in FIELDS:
        shared = [name for name in b.parameters if name in a.parameters]
        names = [name for name in shared if changed(a.parameters[name], b.parameters[name], FIELDS[piece.part])]
        return f"{WORDS[piece.part]}: {', '.join(names)}"
    if piece.part == "value":
        name = " ".join(filter(None, (piece.name, piece.item)))
        return f"{name}: {_values(a, piece, price.year)} -> {_values(b, piece, price.year)}"
    if piece.part == "constant":
        return f"{piece.name}: {a.constants[piece.name].text} -> {b.constants[piece.name].text}"
    if piece.part == "total":
        return f"total of the {piece.name} track: {a.totals[piece.name]} -> {b.totals[piece.name]}"
    return _method(piece, price) + (_terms_moved(piece, price) if told else "")


def _values(pack: RulePack, piece: Piece, year: int) -> str:
    found = [value for value in values_at(pack, piece.name, year) if value.item == piece.item]
    texts = []
    for value in found:
        where = " ".join(filter(None, value.selectors[1:]))
        texts.append(f"{value.text}{f' ({where})' if where else ''} [{value.confidence}]")
    return ", ".join(texts) or "none"


def _method(piece: Piece, price: Price) -> str:
    one, other = (pack.methods.get(piece.name) for pack in (price.a, price.b))
    texts = [method.formula.text if method else "reported" for method in (one, other)]
    return f"{piece.name} = {texts[0]} -> {texts[1]}"


def _terms_moved(piece: Piece, price: Price) -> str:
    """Whole terms that the method leaves out or adds, with their tonnes."""
    one, other = (pack.methods.get(piece.name) for pack in (price.a, price.b))
    ours, theirs = (method.formula.all_names if method else frozenset() for method in (one, other))
    gone = [f"leaves out {term}" for term in _terms(price.before, price, piece.name, ours - theirs)]
    come = [f"adds {term}" for term in _terms(price.after, price, piece.name, theirs - ours)]
    return f" ({'; '.join([*gone, *come])})" if gone or come else ""


def _terms(state: State, price: Price, output: str, names: Iterable[str]) -> Iterator[str]:
    """Operands in the unit of the output, with their sum over the year: whole terms that come or go."""
    if state.pack is None or state.calculation is None:
        return
    parameters = state.pack.parameters
    for name in sorted(names):
        if name not in parameters or _mass(parameters[name].unit) != _mass(parameters[output].unit):
            continue
        amounts = [
            value
            for key, value in state.calculation.values.items()
            if key.parameter == name and key.period == str(price.year)
        ]
        yield f"{name} {sum(amounts, Decimal(0))}"


def _mass(unit: str) -> str:
    """Unit of a term: tCO2 adds to tCO2e."""
    return unit.removesuffix("e")


def notes(price: Price) -> list[str]:
    """What a reader has to know: basis, years, figures regrouped, kept or taken as nothing, allowances."""
    return [BASIS, *_years(price), *_figures(price), ALLOWANCES]


def _years(price: Price) -> Iterator[str]:
    for pack in (price.a, price.b):
        at = nearest_year(pack, price.year)
        if at != price.year:
            yield f"{pack.id} does not cover {price.year}: its rules of {at} are applied, a comparison and no rule"


def _figures(price: Price) -> Iterator[str]:
    prepared = price.after.prepared
    for name in sorted(prepared.regrouped):
        yield f"{name} is regrouped between the enterprise and its facilities; the reported sum stays the same"
    kept = [key for key in sorted(prepared.beside) if key.track in price.tracks and key.parameter in price.b.parameters]
    for told in dict.fromkeys(" ".join(filter(None, (key.parameter, key.item, key.facility))) for key in kept):
        yield f"{price.b.id} holds no value of {told}: the default that the case reported is kept"
    pack = price.after.pack
    totals = [pack.totals[track] for track in price.tracks] if pack else []
    for name in dict.fromkeys(name for total in totals if pack for name in unreported(pack, total, prepared)):
        yield f"the case reports no {name}: nothing is counted for it"
    for name in sorted({name for total in totals if pack for name in rests_on(pack, total)}):
        if name in price.b.parameters and _nothing(price, name):
            parameter = price.b.parameters[name]
            quoted = "; if it has any, its fuel is still in the reported fuel" if "quoted" in parameter.obtained else ""
            yield f"the case reports no {name}, which {price.b.id} takes as {parameter.absent}{quoted}"


def _nothing(price: Price, name: str) -> bool:
    parameter = price.b.parameters[name]
    return parameter.absent is not None and all(key.parameter != name for key in price.after.prepared.inputs)
