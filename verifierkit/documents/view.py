"""What the section builders use: one record seen in one language, giving spans."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from verifierkit.documents.blocks import Cell, FindingRef, Mark, Number, Pair, Quoted, Span, Spans, Text
from verifierkit.documents.criteria import edition
from verifierkit.documents.fonts import printable
from verifierkit.documents.labels import Labels
from verifierkit.documents.values import DASH, Values, decimals, same_number, show_number, show_unit
from verifierkit.periods import show_period

FEW_PLACES = 3
YEAR = "年"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class View:
    """A record in one language."""

    def __init__(self, record: dict[str, Any], lang: str) -> None:
        self.record, self.lang = record, lang
        self.values = Values(record)
        self.labels = Labels(lang)
        self.draft = bool(record["draft"])
        self.edition = edition(record)
        self._names = {row["facility_id"]: n for n, row in enumerate(record["facilities"])}

    def word(self, key: str, *, strong: bool = False) -> Text:
        """A label."""
        return Text(self.labels[key], strong)

    def words(self, key: str) -> Spans:
        """A label as spans."""
        return (self.word(key),)

    def choice(self, group: str, value: Any) -> Span:
        """The label of a coded value, the code itself where the label file has none."""
        found = self.labels.get(f"{group}.{value}")
        return Text(found) if found is not None else Quoted(printable(str(value or DASH)), group)

    def role(self, value: Any) -> Span:
        """A role of the team in the words of the pack's edition."""
        found = self.labels.get(f"edition.{self.edition}.{value}")
        return Text(found) if found is not None else self.choice("role", value)

    def plan(self) -> Span:
        """What the pack calls the plan of the unit."""
        return (
            self.quote("packs/0/plan_name")
            if self.has("packs/0/plan_name")
            else self.word(f"edition.{self.edition}.plan_name")
        )

    def annex_findings(self) -> Span:
        """What the pack calls the list of findings in the annex."""
        sections = self.record["packs"][0]["report"] if self.record["packs"] else []
        titled = ((n, section) for n, section in enumerate(sections) if isinstance(section, dict))
        places = [n for n, section in titled if section["id"] == "annex.findings"]
        return self.quote(f"packs/0/report/{places[0]}/title") if places else self.word("section.annex.findings")

    def say(self, key: str, **parts: Span | Spans) -> Spans:
        """A sentence of the label file with spans put at its placeholders."""
        spans: list[Span] = []
        for n, piece in enumerate(PLACEHOLDER.split(self.labels[key])):
            if n % 2 == 0:
                spans += [Text(piece)] if piece else []
                continue
            part = parts[piece]
            spans += part if isinstance(part, tuple) else (part,)
        return tuple(spans)

    def number(self, ref: str, *, like: str = "", strong: bool = False) -> Number | Text:
        """A number of the record, a dash where it is missing; with at least the decimals of the number ``like``."""
        shown = show_number(self.values.maybe(ref), decimals(self.values.maybe(like)) if like else 0)
        return Text(DASH) if shown == DASH else Number(shown, ref, strong)

    def same(self, left: str, right: str) -> bool:
        """True where two references hold the same number."""
        return same_number(self.values.maybe(left), self.values.maybe(right))

    def percent(self, ref: str) -> Spans:
        """A percentage of the record with its sign."""
        span = self.number(ref)
        return (Number(span.text, ref), Text(" %")) if isinstance(span, Number) else (span,)

    def accuracy(self, ref: str) -> Spans:
        """The limit of an instrument, a fraction in the record, in percent of the reading."""
        span = self.number(f"hundredfold:{ref}")
        return (Text("±"), span, Text(" %")) if isinstance(span, Number) else (span,)

    def quote(self, ref: str) -> Quoted | Text:
        """A text of the record, or the text of this language where it has two; a dash where it is empty."""
        value = self.values.maybe(ref)
        if isinstance(value, dict):
            value = value.get(self.lang) or value.get("zh")
        text = printable(str(value)) if value is not None else ""
        if self.lang == "en" and ref.endswith("/label"):
            text = text[:1].upper() + text[1:]
        return Quoted(text, ref) if text else Text(DASH)

    def period(self, ref: str) -> Quoted | Text:
        """A period of the record in words of this language."""
        period = str(self.values.maybe(ref) or "")
        year = YEAR if self.lang == "zh" and period.isdecimal() else ""
        shown = show_period(period, self.lang) + year
        return Quoted(shown, ref) if shown else Text(DASH)

    def has(self, ref: str) -> bool:
        """True where the record holds a value that is not empty."""
        value = self.values.maybe(ref)
        if isinstance(value, dict):
            value = value.get(self.lang) or value.get("zh")
        return value not in (None, "", [])

    def unit(self, ref: str) -> Span:
        """A unit of the record in print."""
        return Quoted(show_unit(str(self.values.maybe(ref) or "")), ref)

    def facility(self, key: str) -> Span:
        """The name of a facility."""
        if key not in self._names:
            return Quoted(printable(key), "facilities") if key else Text(DASH)
        if self.lang == "en" and self.record["facilities"][self._names[key]].get("kind") == "entity":
            return self.enterprise()
        return self.quote(f"facilities/{self._names[key]}/name")

    def enterprise(self) -> Span:
        """The name of the enterprise in this language."""
        english = self.lang == "en" and self.has("case/enterprise/name_en")
        return self.quote("case/enterprise/name_en" if english else "case/enterprise/name")

    def findings(self, ids: Iterable[str]) -> Spans:
        """Finding ids as a list, a dash where there is none."""
        spans: list[Span] = []
        for key in ids:
            spans += ([Text(self.labels["listing"])] if spans else []) + [FindingRef(key)]
        return tuple(spans) or (Text(DASH),)

    def labelled(self, ref: str) -> Spans:
        """Label of an entry with its item."""
        spans: tuple[Span, ...] = (self.quote(f"{ref}/label"),)
        return (*spans, self.word("dot"), self.quote(f"{ref}/item_label")) if self.has(f"{ref}/item_label") else spans

    def mark(self, ref: str, of: str) -> Spans:
        """The raised confidence mark of a figure's value or method where the primary text has not been seen."""
        citation = self.values.maybe(f"{ref}/citation") or {}
        shown = citation.get("confidence") in ("B", "C") and citation.get("of", "method") == of
        return (Mark(str(citation["confidence"])),) if shown else ()

    def places(self, ref: str) -> Spans:
        """Places of a list: all of a few, else the first and their number."""
        count = len(self.values.maybe(ref) or [])
        if count > FEW_PLACES:
            return self.say("places_many", first=self.quote(f"{ref}/0"), count=self.number(f"count:{ref}"))
        spans: list[Span] = []
        for n in range(count):
            spans += ([self.word("listing")] if spans else []) + [self.quote(f"{ref}/{n}")]
        return tuple(spans)

    def pair(self, key: str, *value: Span) -> Pair:
        """A labelled value of a form."""
        return Pair(self.words(key), value)

    def head(self, *keys: str) -> tuple[Cell, ...]:
        """Header cells from labels."""
        return tuple(Cell(self.words(key)) for key in keys)


def cell(*spans: Span, strong: bool = False) -> Cell:
    """A cell of spans."""
    return Cell(spans, strong=strong)


def is_true(value: object) -> bool:
    """A yes of the record, whether written as a truth value or as text."""
    return str(value).lower() in ("true", "1", "yes")
