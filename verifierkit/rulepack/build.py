"""From the plain data of a pack file and its includes to a checked :class:`RulePack`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from verifierkit.rulepack.formula import Formula, FormulaError, parse
from verifierkit.rulepack.model import (
    Band,
    CheckRule,
    Citation,
    Constant,
    KnownValue,
    Label,
    Limit,
    Method,
    PackValue,
    Parameter,
)
from verifierkit.rulepack.yamlfile import Reader

WORST = {"A": 0, "B": 1, "C": 2}
DEFAULT_ASKED = {True: "per_item", False: "always"}


def label(raw: Mapping[str, Any]) -> Label:
    """The two texts of a label."""
    return {"zh": raw.get("zh", ""), "en": raw.get("en", "")}


@dataclass
class FilePart:
    """The plain data of one file and the reader that notes its faults."""

    raw: dict[str, Any]
    reader: Reader

    def cite(self, raw: Mapping[str, Any]) -> Citation:
        """Citation with the title of its source; an undeclared source is a fault."""
        entry = raw.get("cite", {})
        source = entry.get("source", "")
        known = self.raw.get("sources", {})
        if source not in known:
            line = entry.get("line", raw.get("line", 1))
            self.reader.fault(line, expected="a declared source", found=repr(source), todo="Add it under sources.")
        title = known.get(source, {}).get("title", "")
        return Citation(source, title, entry.get("clause", ""), entry.get("confidence", "C"))

    def constants(self) -> dict[str, Constant]:
        """Constants; a denominator makes an exact ratio."""
        found = {}
        for name, raw in self.raw.get("constants", {}).items():
            top, bottom = raw.get("numerator", "0"), raw.get("denominator", "1")
            text = top if bottom == "1" else f"{top}/{bottom}"
            value = Decimal(top) / Decimal(bottom)
            found[name] = Constant(name, value, text, raw.get("unit", ""), label(raw.get("label", {})), self.cite(raw))
        return found

    def parameters(self) -> dict[str, Parameter]:
        """Parameters as declared."""
        return {name: self._parameter(name, raw) for name, raw in self.raw.get("parameters", {}).items()}

    def _parameter(self, name: str, raw: Mapping[str, Any]) -> Parameter:
        rounding, by_item = raw.get("rounding"), bool(raw.get("by_item", False))
        role, monthly = raw.get("role", ""), bool(raw.get("monthly", True))
        if raw.get("year") == "weighted_mean" and not raw.get("weight"):
            self.reader.fault(raw["line"], expected="the key weight", found="none", todo="Name the weight of the mean.")
        absent = raw.get("absent")
        planned = role in ("activity", "factor", "production")
        return Parameter(
            id=name,
            label=label(raw.get("label", {})),
            unit=raw.get("unit", ""),
            item_units=raw.get("unit_by_item", {}),
            role=role,
            levels={track: tuple(kinds) for track, kinds in raw.get("level", {}).items()},
            by_item=by_item,
            items=tuple(raw.get("items", ())),
            monthly=monthly,
            obtained=tuple(raw.get("obtained", ("measured",))),
            year=raw.get("year", ""),
            weight=raw.get("weight", ""),
            digits=rounding["digits"] if rounding else None,
            mode=rounding.get("mode", "half_up") if rounding else "half_up",
            rounded_at=rounding.get("stage", "month") if rounding else "month",
            asked=raw.get("asked", "if_present" if absent or role == "auxiliary" else DEFAULT_ASKED[by_item]),
            planned=bool(raw.get("planned", planned)),
            deposited=bool(raw.get("deposited", False)),
            absent=Decimal(absent) if absent is not None else None,
            citation=self.cite(raw),
            line=raw["line"],
        )

    def values(self) -> dict[str, list[PackValue]]:
        """Dated values; a list of items gives one value each."""
        found: dict[str, list[PackValue]] = {}
        for name, rows in self.raw.get("values", {}).items():
            found[name] = [value for raw in rows for value in self._value(name, raw)]
        return found

    def _value(self, name: str, raw: Mapping[str, Any]) -> Iterable[PackValue]:
        citation = self.cite(raw)
        if raw.get("from", 0) > raw.get("to", 0):
            found = f"{raw.get('from')} to {raw.get('to')}"
            self.reader.fault(raw["line"], expected="from not after to", found=found, todo="Correct the years.")
        for item in raw.get("item") or [""]:
            yield PackValue(
                parameter=name,
                value=Decimal(raw.get("value", "0")),
                text=raw.get("value", "0"),
                unit=raw.get("unit", ""),
                from_year=raw.get("from", 0),
                to_year=raw.get("to", 0),
                citation=citation,
                item=item,
                facility_class=raw.get("facility_class", ""),
                facility_kind=raw.get("facility_kind", ""),
                region=raw.get("region", ""),
                note=label(raw["note"]) if "note" in raw else None,
                line=raw["line"],
            )

    def used_values(self, held: Mapping[str, list[PackValue]]) -> dict[str, list[PackValue]]:
        """Values of an included set taken over for other data years, with the weaker of both confidences."""
        found: dict[str, list[PackValue]] = {}
        for name, rows in self.raw.get("uses", {}).items():
            for raw in rows:
                own = self.cite(raw)
                origin = [v for v in held.get(raw["use"], ()) if v.from_year <= raw["year"] <= v.to_year]
                if not origin:
                    wanted = f"values of {raw['use']} for {raw['year']}"
                    self.reader.fault(
                        raw["line"], expected=wanted, found="none", todo="Include the pack that holds them."
                    )
                found.setdefault(name, []).extend(_taken(name, raw, own, value) for value in origin)
        return found

    def known_values(self) -> list[KnownValue]:
        """Values that circulate beside the pack's own."""
        rows = self.raw.get("known_values", [])
        return [
            KnownValue(value, raw["status"]) for raw in rows for value in self._value(raw.get("parameter", ""), raw)
        ]

    def methods(self) -> list[tuple[Method, Formula]]:
        """Methods with their parsed formulas; a formula that is not allowed is a fault."""
        found = []
        for raw in self.raw.get("methods", []):
            try:
                formula = parse(raw.get("formula", ""))
            except FormulaError as error:
                todo = "Use ids, 0, 1, + - * /, max, min and sum."
                self.reader.fault(raw["line"], expected="a formula", found=str(error), todo=todo)
                continue
            found.append((Method(raw["output"], formula, {}, self.cite(raw), raw["line"]), formula))
        return found

    def checks(self) -> dict[str, CheckRule]:
        """Checks as declared."""
        return {name: self._check(name, raw) for name, raw in self.raw.get("checks", {}).items()}

    def _check(self, name: str, raw: Mapping[str, Any]) -> CheckRule:
        own, experience = self.cite(raw), bool(raw.get("experience", False))
        if (raw.get("test") == "statistical") != ("alpha" in raw):
            found = "alpha" if "alpha" in raw else "none"
            todo = "Statistical checks, and only they, take a share of the error budget."
            self.reader.fault(raw["line"], expected="alpha with a statistical test", found=found, todo=todo)
        limits = {
            key: Limit(
                Decimal(entry.get("value", "0")),
                entry.get("unit", ""),
                bool(entry.get("experience", experience)),
                self.cite(entry) if "cite" in entry else own,
                label(entry["note"]) if "note" in entry else None,
            )
            for key, entry in raw.get("limits", {}).items()
        }
        return CheckRule(
            id=name,
            statement=label(raw.get("statement", {})),
            kind=raw.get("kind", ""),
            test=raw.get("test", ""),
            alpha=Decimal(raw["alpha"]) if "alpha" in raw else None,
            experience=experience,
            sectors=tuple(raw.get("sectors", ())),
            limits=limits,
            bands=tuple(self._band(entry) for entry in raw.get("bands", [])),
            citation=own,
            line=raw["line"],
        )

    def _band(self, raw: Mapping[str, Any]) -> Band:
        low, high = raw.get("low"), raw.get("high")
        citation = self.cite(raw)
        experience = bool(raw.get("experience", False))
        if citation.confidence == "C" and not experience:
            todo = "A band marked C is shown as experience."
            self.reader.fault(raw["line"], expected="experience: true", found="none", todo=todo)
        return Band(
            quantity=raw.get("quantity", ""),
            low=Decimal(low) if low is not None else None,
            high=Decimal(high) if high is not None else None,
            unit=raw.get("unit", ""),
            use=raw.get("use", ""),
            experience=experience,
            citation=citation,
            label=label(raw.get("label", {})),
            facility_kind=raw.get("facility_kind", ""),
        )


def _taken(name: str, raw: Mapping[str, Any], own: Citation, value: PackValue) -> PackValue:
    weaker = max(own.confidence, value.confidence, key=WORST.__getitem__)
    clause = f"{own.clause}; {value.citation.title}, {value.citation.clause}"
    return PackValue(
        **{
            **vars(value),
            "parameter": name,
            "from_year": raw["from"],
            "to_year": raw["to"],
            "citation": Citation(own.source, own.title, clause, weaker),
            "line": raw["line"],
        }
    )


def overlaps(values: Iterable[PackValue]) -> list[tuple[PackValue, PackValue]]:
    """Pairs of values of one parameter with the same selectors and a common year."""
    rows = list(values)
    pairs = ((one, other) for (i, one), (j, other) in product(enumerate(rows), repeat=2) if i < j)
    return [
        (one, other)
        for one, other in pairs
        if one.selectors == other.selectors and one.from_year <= other.to_year and other.from_year <= one.to_year
    ]
