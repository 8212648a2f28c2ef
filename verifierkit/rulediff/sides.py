"""What one pack says of one thing, and the section on allowances in that form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifierkit.rulepack import Citation
from verifierkit.rulepack.allowance import AllowanceMethod, AllowanceRule, SpecialCase


@dataclass(frozen=True)
class Side:
    """What one pack says: text ("" where it says nothing), and the citation with its mark where there is one."""

    text: str = ""
    citation: Citation | None = None

    @property
    def cited(self) -> str:
        """Title, clause and mark."""
        one = self.citation
        return f"{one.title}, {one.clause} [{one.confidence}]" if one else ""


def both(label: Mapping[str, str]) -> str:
    """Chinese and English words of a label."""
    return " / ".join(filter(None, (label.get("zh", ""), label.get("en", ""))))


def yes(flag: bool) -> str:
    """A truth value in words."""
    return "yes" if flag else "no"


def allowance_sides(rule: AllowanceRule | None) -> dict[str, dict[str, Side]]:
    """The section by entry: whether it is in force, the method of each sector by data year, every special case."""
    if rule is None:
        return {}
    found: dict[str, dict[str, Side]] = {"plan": {"in force": Side(yes(rule.in_force))}}
    for sector in dict.fromkeys(method.sector for method in rule.methods):
        found[f"method of {sector}"] = _methods([one for one in rule.methods if one.sector == sector])
    for case in rule.special:
        found[f"special case {case.id}"] = _special(case)
    return found


def _years(entry: AllowanceMethod | SpecialCase) -> str:
    years = (entry.from_year, entry.to_year)
    return str(years[0]) if years[0] == years[1] else f"{years[0]} to {years[1]}"


def _methods(methods: list[AllowanceMethod]) -> dict[str, Side]:
    """Fields of the methods of one sector: one text where all years agree, else by data year."""
    found = {"data years": Side("; ".join(map(_years, methods)), methods[-1].citation)}
    for name, read in FIELDS.items():
        texts = [read(method) for method in methods]
        by_year = "; ".join(f"{_years(one)}: {text}" for one, text in zip(methods, texts, strict=True))
        found[name] = Side(texts[0] if len(set(texts)) == 1 else by_year, methods[-1].citation)
    return found


FIELDS: Mapping[str, Callable[[AllowanceMethod], str]] = {
    "method": lambda method: method.method,
    "unit": lambda method: method.unit_kind,
    "emission": lambda method: method.emission,
    "output": lambda method: method.output,
    "rounded down": lambda method: yes(method.rounded_down),
}


def _special(case: SpecialCase) -> dict[str, Side]:
    texts = {
        "title": both(case.label),
        "sectors": ", ".join(case.sectors),
        "data years": _years(case),
        "test": case.test,
        "facility class": case.facility_class,
        "item": case.item,
        "threshold": case.value,
        "gives": case.gives,
    }
    return {name: Side(text, case.citation) for name, text in texts.items()}
