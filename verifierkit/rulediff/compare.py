"""Two packs side by side: what differs in parameters, constants, values, methods, checks, report and totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from verifierkit.rulediff.sides import Side, allowance_sides, both, yes
from verifierkit.rulepack import (
    Band,
    CheckRule,
    Citation,
    Constant,
    Limit,
    Method,
    PackValue,
    Parameter,
    RulePack,
    Tier,
)

PARTS = (
    "pack",
    "parameter",
    "constant",
    "value",
    "method",
    "check",
    "total",
    "effect",
    "tier",
    "allowance",
    "report",
    "form",
)
SHAPE = ("unit", "levels", "by_item", "items")
HANDLING = ("monthly", "year", "weight", "digits", "mode", "rounded_at", "absent")
REPORTED = ("role", "obtained", "asked", "planned", "deposited", "item_units")
Entry = TypeVar("Entry")
Span = tuple[int, int] | None  # first and last year


@dataclass(frozen=True)
class Row:
    """One difference: part of the pack, id, what about it differs, and both sides."""

    part: str
    id: str
    aspect: str
    a: Side
    b: Side


@dataclass(frozen=True)
class Difference:
    """All differences of two packs, in the printed order of the second, what only the first has at the end."""

    a: RulePack
    b: RulePack
    rows: tuple[Row, ...]

    def of(self, part: str) -> tuple[Row, ...]:
        """Rows of one part."""
        return tuple(row for row in self.rows if row.part == part)


def compare(a: RulePack, b: RulePack) -> Difference:
    """Every difference between two packs; a difference of citation alone is none."""
    found = (
        *_rows("pack", "", _pack(a), _pack(b)),
        *_each("parameter", a.parameters, b.parameters, _parameter),
        *_each("constant", a.constants, b.constants, _constant),
        *_values(a, b),
        *_each("method", a.methods, b.methods, _method),
        *_each("check", _stated(a), _stated(b), lambda stated: stated),
        *_each("total", a.totals, b.totals, lambda name: {"parameter": Side(name)}),
        *_each("effect", a.effects, b.effects, lambda e: {"counts": Side(yes(e.counts), e.citation)}),
        *_each("tier", a.tiers, b.tiers, _tier),
        *_each("allowance", allowance_sides(a.allowance), allowance_sides(b.allowance), lambda stated: stated),
        *_report(a, b),
        *_each("form", a.forms, b.forms, lambda f: {"title": Side(both(f.title)), "section": Side(f.section)}),
    )
    return Difference(a, b, found)


def order(a: Iterable[str], b: Iterable[str]) -> list[str]:
    """Ids in the printed order of the second pack, then those that only the first has."""
    return list(dict.fromkeys([*b, *a]))


def _each(
    part: str, a: Mapping[str, Entry], b: Mapping[str, Entry], read: Callable[[Entry], dict[str, Side]]
) -> Iterator[Row]:
    for name in order(a, b):
        if name in a and name in b:
            yield from _rows(part, name, read(a[name]), read(b[name]))
        else:
            one, other = (_whole(read(side[name])) if name in side else Side() for side in (a, b))
            yield Row(part, name, "", one, other)


def _whole(sides: Mapping[str, Side]) -> Side:
    """An entry that only one pack has, in one text."""
    first = next((side.citation for side in sides.values()), None)
    texts = [f"{aspect}: {side.text}{_apart(side, first)}" for aspect, side in sides.items() if side.text]
    return Side("; ".join(texts), first)


def _apart(side: Side, first: Citation | None) -> str:
    """The citation of one aspect, such as a limit of a check, where it is not that of the whole."""
    return f" ({side.cited})" if side.citation not in (None, first) else ""


def _rows(part: str, name: str, a: Mapping[str, Side], b: Mapping[str, Side]) -> Iterator[Row]:
    for aspect in order(a, b):
        one, other = a.get(aspect, Side()), b.get(aspect, Side())
        if one.text != other.text:
            yield Row(part, name, aspect, one, other)


def _pack(pack: RulePack) -> dict[str, Side]:
    years = f"{pack.years[0]} to {pack.years[1]}" if pack.years else ""
    number = pack.instrument.number if pack.instrument else ""
    sides = {
        "title": both(pack.title),
        "scheme": pack.scheme,
        "instrument": number,
        "data years": years,
        "tracks": ", ".join(pack.tracks),
    }
    return {name: Side(text) for name, text in sides.items()} | {
        "plan": Side(both(pack.plan_name or {})),
        "error budget": Side("" if pack.error_budget is None else str(pack.error_budget)),
    }


def _parameter(parameter: Parameter) -> dict[str, Side]:
    cited = parameter.citation
    return {name: Side(said(getattr(parameter, name)), cited) for name in ("label", *SHAPE, *HANDLING, *REPORTED)}


def said(entry: object) -> str:
    """A field of a parameter as text."""
    if isinstance(entry, Mapping):
        return both(entry) if "zh" in entry else "; ".join(f"{key}: {said(value)}" for key, value in entry.items())
    if isinstance(entry, tuple):
        return ", ".join(map(str, entry))
    if isinstance(entry, bool):
        return yes(entry)
    return "" if entry is None else str(entry)


def _method(method: Method) -> dict[str, Side]:
    return {"formula": Side(method.formula.text, method.citation), "words": Side(both(method.words), method.citation)}


def _constant(constant: Constant) -> dict[str, Side]:
    return {"value": Side(f"{constant.text} {constant.unit}", constant.citation)}


def _values(a: RulePack, b: RulePack) -> Iterator[Row]:
    spans = _common(a.years, b.years)
    for name in order(a.values, b.values):
        ours, theirs = (_dated(pack, name, span) for pack, span in zip((a, b), spans, strict=True))
        for selectors in order(ours, theirs):
            one, other = ours.get(selectors, []), theirs.get(selectors, [])
            if _numbers(one, spans[0]) != _numbers(other, spans[1]):
                yield Row("value", name, selectors, _value_side(one, spans[0]), _value_side(other, spans[1]))


def _common(a: Span, b: Span) -> tuple[Span, Span]:
    """The years for which values are compared: those that both packs cover, else all years of each."""
    if a is None or b is None or max(a[0], b[0]) > min(a[1], b[1]):
        return a, b
    shared = (max(a[0], b[0]), min(a[1], b[1]))
    return shared, shared


def selectors_of(value: PackValue) -> str:
    """Selectors of a value as text."""
    return ", ".join(filter(None, value.selectors))


def _dated(pack: RulePack, name: str, span: Span) -> dict[str, list[PackValue]]:
    """Values by selectors, those outside of the years left out."""
    found: dict[str, list[PackValue]] = {}
    for value in pack.values.get(name, ()):
        if span is None or (value.from_year <= span[1] and span[0] <= value.to_year):
            found.setdefault(selectors_of(value), []).append(value)
    return found


def _numbers(values: Iterable[PackValue], span: Span) -> list[tuple[Decimal, str, str]]:
    return [(value.value, value.unit, _years(value, span)) for value in values]


def _years(value: PackValue, span: Span) -> str:
    """Years of a value; empty where they are all that are compared."""
    first, last = span or (value.from_year, value.to_year)
    whole = value.from_year <= first and last <= value.to_year
    return "" if whole else f" ({max(value.from_year, first)} to {min(value.to_year, last)})"


def _value_side(values: list[PackValue], span: Span) -> Side:
    text = "; ".join(f"{value.text} {value.unit}{_years(value, span)}" for value in values)
    return Side(text, values[0].citation if values else None)


def _stated(pack: RulePack) -> dict[str, dict[str, Side]]:
    """Checks with the years in which they do not apply."""
    return {name: _check(rule) | {"rests": _rests(pack, name)} for name, rule in pack.checks.items()}


def _rests(pack: RulePack, check: str) -> Side:
    spans = [f"{one.from_year} to {one.to_year}" for one in pack.exemptions if check in one.checks]
    days = [f"{one.from_month} to {one.to_month} by {one.day}" for one in pack.deadlines if one.check == check]
    cited = [one.citation for one in pack.exemptions if check in one.checks]
    cited += [one.citation for one in pack.deadlines if one.check == check]
    return Side("; ".join([*(f"not in {span}" for span in spans), *days]), next(iter(cited), None))


def _check(rule: CheckRule) -> dict[str, Side]:
    cited = rule.citation
    sides = {"statement": Side(both(rule.statement), cited), "kind": Side(rule.kind, cited)}
    sides |= {"test": Side(rule.test, cited), "sectors": Side(", ".join(rule.sectors), cited)}
    sides["alpha"] = Side("" if rule.alpha is None else str(rule.alpha), cited)
    sides |= {f"limit {name}": Side(_limit(limit), limit.citation) for name, limit in rule.limits.items()}
    return sides | {
        f"band {band.quantity} {band.facility_kind}".strip(): Side(_band(band), band.citation) for band in rule.bands
    }


def _tier(tiers: Sequence[Tier]) -> dict[str, Side]:
    """Tiers of a parameter, each with its uncertainty or its way of determination."""
    return {f"tier {one.tier}": Side(_graded(one), one.citation) for one in tiers}


def _graded(one: Tier) -> str:
    least = "" if one.uncertainty_percent is None else f"±{one.uncertainty_percent} %"
    return ", ".join(filter(None, (least, both(one.note or {}), "minimum" if one.minimum else "")))


def _limit(limit: Limit) -> str:
    return f"{limit.value} {limit.unit}{_experience(limit.experience)}"


def _band(band: Band) -> str:
    low, high = ("" if end is None else str(end) for end in (band.low, band.high))
    return f"{low} to {high} {band.unit}, {band.use}{_experience(band.experience)}"


def _experience(flag: bool) -> str:
    return " (experience)" if flag else ""


def _report(a: RulePack, b: RulePack) -> Iterator[Row]:
    ours, theirs = ({s.id: s for s in pack.report} for pack in (a, b))
    yield from _each("report", ours, theirs, lambda s: {"section": Side(f"{s.number} {both(s.title)}".strip())})
    shared = [[name for name in one if name in other] for one, other in ((ours, theirs), (theirs, ours))]
    if shared[0] != shared[1]:
        yield Row("report", "", "order", *(Side(", ".join(names)) for names in shared))
