"""Words for what a line of tonnes comes from, its citations, and what a reader has to know about the comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from verifierkit.rulediff.allowance import sentence
from verifierkit.rulediff.compare import HANDLING, SHAPE
from verifierkit.rulediff.mixing import Piece, changed, nearest_year, values_at
from verifierkit.rulediff.pricing import Line, Price, State, rests_on, unreported
from verifierkit.rulediff.words import said
from verifierkit.rulepack import Citation, RulePack
from verifierkit.rulepack.wording import clause_label, title_label

FIELDS = {"shape": SHAPE, "handling": HANDLING}


def reason(line: Line, price: Price, lang: str = "en") -> str:
    """What a line comes from."""
    return " + ".join(_piece(piece, price, told=bool(line.effect), lang=lang) for piece in line.pieces)


def labelled(name: str, price: Price, lang: str) -> str:
    """Id of a parameter or constant, with its Chinese label where the text is Chinese."""
    if lang == "en":
        return name
    found = [
        held[name].label for pack in (price.b, price.a) for held in (pack.parameters, pack.constants) if name in held
    ]
    return f"{found[0]['zh']}（{name}）" if found else name


def _piece(piece: Piece, price: Price, *, told: bool, lang: str) -> str:
    a, b = price.a, price.b
    if piece.part in FIELDS:
        names = [labelled(name, price, lang) for name in _differing(piece, price)]
        return said(piece.part, lang, names=said("comma", lang).join(names))
    if piece.part == "value":
        name = " ".join(filter(None, (labelled(piece.name, price, lang), piece.item)))
        return f"{name}: {_values(a, piece, price.year, lang)} -> {_values(b, piece, price.year, lang)}"
    if piece.part == "constant":
        name = labelled(piece.name, price, lang)
        return f"{name}: {a.constants[piece.name].text} -> {b.constants[piece.name].text}"
    if piece.part == "total":
        return said("total", lang, track=said(piece.name, lang), a=a.totals[piece.name], b=b.totals[piece.name])
    return _method(piece, price, lang) + (_terms_moved(piece, price, lang) if told else "")


def _differing(piece: Piece, price: Price) -> list[str]:
    a, b = price.a, price.b
    shared = [name for name in b.parameters if name in a.parameters]
    return [name for name in shared if changed(a.parameters[name], b.parameters[name], FIELDS[piece.part])]


def _values(pack: RulePack, piece: Piece, year: int, lang: str) -> str:
    found = [value for value in values_at(pack, piece.name, year) if value.item == piece.item]
    texts = []
    for value in found:
        where = " ".join(filter(None, value.selectors[1:]))
        texts.append(f"{value.text}{f' ({where})' if where else ''} [{value.confidence}]")
    return ", ".join(texts) or said("none", lang)


def _method(piece: Piece, price: Price, lang: str) -> str:
    one, other = (pack.methods.get(piece.name) for pack in (price.a, price.b))
    texts = [method.formula.text if method else said("reported", lang) for method in (one, other)]
    return f"{labelled(piece.name, price, lang)} = {texts[0]} -> {texts[1]}"


def _terms_moved(piece: Piece, price: Price, lang: str) -> str:
    """Whole terms that the method leaves out or adds, with their tonnes."""
    one, other = (pack.methods.get(piece.name) for pack in (price.a, price.b))
    ours, theirs = (method.formula.all_names if method else frozenset() for method in (one, other))
    gone = [_moved("gone", term, price, lang) for term in _terms(price.before, price, piece.name, ours - theirs)]
    come = [_moved("come", term, price, lang) for term in _terms(price.after, price, piece.name, theirs - ours)]
    return f" ({'; '.join([*gone, *come])})" if gone or come else ""


def _moved(way: str, term: tuple[str, Decimal], price: Price, lang: str) -> str:
    return said(way, lang, term=labelled(term[0], price, lang), amount=str(term[1]))


def _terms(state: State, price: Price, output: str, names: Iterable[str]) -> Iterator[tuple[str, Decimal]]:
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
        yield name, sum(amounts, Decimal(0))


def _mass(unit: str) -> str:
    """Unit of a term: tCO2 adds to tCO2e."""
    return unit.removesuffix("e")


def cited(line: Line, price: Price, lang: str = "en") -> list[tuple[str, str]]:
    """Pack id and citation with mark of everything that a line rests on, clauses of one source together."""
    clauses: dict[tuple[str, str, str], dict[str, None]] = {}
    for pack in (price.a, price.b):
        for piece in line.pieces:
            for citation in _citations(pack, piece, price):
                title, clause = title_label(citation)[lang], clause_label(citation)[lang]
                clauses.setdefault((pack.id, title, citation.confidence), {})[clause] = None
    return [(pack, f"{title}, {'; '.join(held)} [{mark}]") for (pack, title, mark), held in clauses.items()]


def _citations(pack: RulePack, piece: Piece, price: Price) -> Iterator[Citation]:
    if piece.part in FIELDS:
        yield from (pack.parameters[name].citation for name in _differing(piece, price))
    elif piece.part == "value":
        rows = values_at(pack, piece.name, price.year)
        yield from (value.citation for value in rows if value.item == piece.item)
    elif piece.part == "constant":
        yield pack.constants[piece.name].citation
    elif piece.part == "total":
        yield pack.parameters[pack.totals[piece.name]].citation
    elif piece.name in pack.methods:
        yield pack.methods[piece.name].citation
    elif piece.name in pack.parameters:
        yield pack.parameters[piece.name].citation


def notes(price: Price, lang: str = "en") -> list[str]:
    """What a reader has to know: basis, years, figures regrouped, kept or taken as nothing."""
    return [
        said(f"basis.{price.basis}", lang),
        *_years(price, lang),
        *_figures(price, lang),
        sentence(price.allowance, lang),
    ]


def _years(price: Price, lang: str) -> Iterator[str]:
    for pack in (price.a, price.b):
        at = nearest_year(pack, price.year)
        if at != price.year:
            yield said("uncovered", lang, pack=pack.id, year=str(price.year), at=str(at))


def _figures(price: Price, lang: str) -> Iterator[str]:
    prepared = price.after.prepared
    for name in sorted(prepared.regrouped):
        yield said("regrouped", lang, name=labelled(name, price, lang))
    kept = [key for key in sorted(prepared.beside) if key.track in price.tracks and key.parameter in price.b.parameters]
    for told in dict.fromkeys(" ".join(filter(None, (key.parameter, key.item, key.facility))) for key in kept):
        yield said("kept", lang, pack=price.b.id, name=told)
    pack = price.after.pack
    totals = [pack.totals[track] for track in price.tracks] if pack else []
    for name in dict.fromkeys(name for total in totals if pack for name in unreported(pack, total, prepared)):
        yield said("nothing", lang, name=labelled(name, price, lang))
    for name in sorted({name for total in totals if pack for name in rests_on(pack, total)}):
        if name in price.b.parameters and _nothing(price, name):
            parameter = price.b.parameters[name]
            quoted = said("quoted", lang) if "quoted" in parameter.obtained else ""
            fields = {"name": labelled(name, price, lang), "pack": price.b.id, "value": str(parameter.absent)}
            yield said("absent", lang, **fields) + quoted


def _nothing(price: Price, name: str) -> bool:
    parameter = price.b.parameters[name]
    return parameter.absent is not None and all(key.parameter != name for key in price.after.prepared.inputs)
