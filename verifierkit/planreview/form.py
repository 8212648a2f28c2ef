"""The review form as blocks, in one language; the writers of the report print them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.checks.texts import facility_name, item_label, text
from verifierkit.columns import Row, catalogue
from verifierkit.documents.blocks import (
    Block,
    Cell,
    Cover,
    Heading,
    KeyValues,
    Line,
    Notice,
    Pair,
    Paragraph,
    Quoted,
    Span,
    Table,
    Text,
)
from verifierkit.documents.fonts import printable
from verifierkit.documents.labels import Labels
from verifierkit.documents.values import DASH, show_number, show_unit
from verifierkit.periods import join_months
from verifierkit.planreview.review import Entry, Review, Stretch, tonnes
from verifierkit.readers.labels import LABELS

ENTERPRISE = ("name", "uscc", "address", "legal_representative", "contact", "phone", "industry_code")
PARTS = (
    "versions",
    "entity",
    "facilities",
    "data",
    "completeness",
    "practice",
    "switch",
    "quality",
    "findings",
    "conclusion",
)


@cache
def words() -> dict[str, dict[str, str]]:
    """Words of the form by key."""
    content = resources.files("verifierkit").joinpath("planreview/words.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(content)
    return found


class Form:
    """The form of one review in one language [``zh`` or ``en``]."""

    def __init__(self, review: Review, lang: str) -> None:
        self.review, self.context, self.lang = review, review.context, lang
        self.labels = Labels(lang)
        self._tables = 0

    def blocks(self) -> list[Block]:
        """All blocks in order."""
        found = [*self._cover()]
        for number, part in enumerate(PARTS, start=1):
            found.append(Heading(1, str(number), (self.word(f"part.{part}"),), part))
            found += getattr(self, f"_{part}")()
        return found

    def word(self, key: str, *, strong: bool = False) -> Text:
        """A word of the form."""
        return Text(words()[key][self.lang], strong)

    def said(self, value: Any, ref: str) -> Span:
        """A value of the case or pack as it stands; a dash where it is empty."""
        return Text(DASH) if value in (None, "") else Quoted(printable(str(value)), ref)

    def coded(self, value: Any) -> Span:
        """A word of a closed list in this language; a dash where it is empty."""
        if value in (None, ""):
            return Text(DASH)
        return Text(LABELS.get(str(value), str(value)) if self.lang == "zh" else str(value).replace("_", " "))

    def column(self, name: str) -> str:
        """Heading of a column of the table plan."""
        column = catalogue()["plan"].columns[name]
        return column.zh if self.lang == "zh" else column.en

    def _table(
        self, caption: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]], widths: tuple[int, ...]
    ) -> Iterator[Block]:
        if not rows:
            yield Paragraph((self.word("none"),))
            return
        self._tables += 1
        head = tuple(Cell((self.word(f"column.{name}"),)) for name in columns)
        align = "l" * len(columns)
        yield Table((self.word(caption),), head, tuple(rows), widths, align, number=self._tables, kind="list")

    def _cover(self) -> Iterator[Block]:
        meta, pack = self.context.case.meta, next(iter(self.context.packs.values()))
        table = catalogue()["plan"]
        plan = (pack.plan_name or {"zh": table.zh, "en": table.en})[self.lang]
        title = Quoted(words()["title"][self.lang].format(plan=plan), "packs/plan_name")
        packs = dict.fromkeys(pack.id for pack in self.context.packs.values())
        facts = (
            Pair((self.word("year"),), (self.said(self.context.year, "case/data_year"),)),
            Pair((self.word("packs"),), (self.said(", ".join(packs), "case/packs"),)),
            Pair(
                (self.word("verifier"),), (self.said((meta.get("verifier") or {}).get("name"), "case/verifier/name"),)
            ),
        )
        english = self.lang == "en" and meta["enterprise"].get("name_en")
        name = english or meta["enterprise"]["name"]
        yield Cover(
            (self.said(name, "case/enterprise/name"),),
            (title,),
            (self.said(self.context.year, "case/data_year"),),
            facts,
        )
        if self.review.alone:
            yield Notice((self.word("alone"),), "finding")

    def _versions(self) -> Iterator[Block]:
        rows = [
            (Cell((self.said(version, "plan"),)), Cell((self.said(day, "plan"),)), Cell((self.said(count, "plan"),)))
            for version, day, count in self.review.versions
        ]
        if not rows:
            yield Paragraph((self.word("no_versions"),))
        else:
            yield from self._table("part.versions", ("version", "valid_from", "rows"), rows, (40, 40, 20))

    def _entity(self) -> Iterator[Block]:
        unit = self.context.case.meta["enterprise"]
        rows = [
            (Pair((Text(self.labels[f"enterprise.{key}"]),), (self.said(unit.get(key), f"case/enterprise/{key}"),)),)
            for key in ENTERPRISE
        ]
        yield KeyValues(tuple(rows))

    def _facilities(self) -> Iterator[Block]:
        rows = []
        for key, row in self.context.flow.facilities.items():
            inside = [
                Text(self.labels["yes" if row[name] else "no"])
                for name in ("in_facility_boundary", "in_entity_boundary")
            ]
            kind = self.labels.get(f"facility_kind.{row['kind']}") or row["kind"]
            rows.append(
                (
                    Cell((self.said(key, str(row.cell("facility_id"))),)),
                    Cell((self.said(row["name"], str(row.cell("name"))),)),
                    Cell((Text(kind),)),
                    *(Cell((word,)) for word in inside),
                )
            )
        yield from self._table(
            "part.facilities", ("id", "facility", "kind", "in_facility", "in_entity"), rows, (14, 36, 20, 15, 15)
        )

    def _name(self, entry: Entry) -> Span:
        subject = entry.subject
        item = f" {item_label(subject.item)[self.lang]}" if subject.item else ""
        return Quoted(
            printable(subject.parameter.label[self.lang] + item), f"packs/{subject.track}/{subject.parameter.id}"
        )

    def _facility(self, entry: Entry) -> Span:
        return self.said(facility_name(self.context, entry.subject.facility), "facilities")

    def _data(self) -> Iterator[Block]:
        rows = [self._planned(entry) for entry in self.review.entries if entry.row is not None]
        columns = (
            "facility",
            "parameter",
            "acquisition",
            "source",
            "meter",
            "frequency",
            "calibration",
            "missing_rule",
            "department",
        )
        yield from self._table("part.data", columns, rows, (10, 14, 9, 13, 14, 11, 11, 9, 12))

    def _planned(self, entry: Entry) -> tuple[Cell, ...]:
        row, subject = entry.row, entry.subject
        assert row is not None
        at = str(row.place)
        source = (
            self.said(entry.source["name"], str(entry.source.cell("name")))
            if entry.source is not None
            else self._lack(row, "not_mapped")
        )
        unit = show_unit(subject.parameter.unit_of(subject.item))
        accuracy: tuple[Span, ...] = ()
        if row["accuracy_fraction"] is not None:
            percent = f"{show_number(row['accuracy_fraction'].scaleb(2).normalize())} %"
            accuracy = (Line(), self.word("column.accuracy"), Text(" "), self.said(percent, at))
        where = (Line(), self._filled(entry, "place")) if row["place"] or "place" in entry.blank else ()
        return (
            Cell((self._facility(entry),)),
            Cell((self._name(entry), Line(), Text(unit)) if unit != DASH else (self._name(entry),)),
            Cell((self.coded(row["acquisition"]),)),
            Cell((source,)),
            Cell(
                (
                    self._filled(entry, "instrument_id", self._meter(row)),
                    *where,
                    *accuracy,
                )
            ),
            Cell(
                (
                    self._filled(entry, "monitoring_frequency", coded=True),
                    Text(" / "),
                    self._filled(entry, "record_frequency", coded=True),
                )
            ),
            Cell((self._filled(entry, "calibration_interval_months"),)),
            Cell((self._filled(entry, "missing_data_rule"),)),
            Cell((self._filled(entry, "department"),)),
        )

    def _meter(self, row: Row) -> str:
        """Name of the instrument that a row of the plan names."""
        named = {one["instrument_id"]: one["name"] for one in self.context.flow.tables["instruments"]}
        return str(named.get(row["instrument_id"], row["instrument_id"]) or "")

    def _lack(self, row: Row, key: str) -> Span:
        return self.word(key) if row["acquisition"] == "measured" else Text(DASH)

    def _filled(self, entry: Entry, name: str, value: Any = None, *, coded: bool = False) -> Span:
        row = entry.row
        assert row is not None
        if name in entry.blank:
            return self.word("blank", strong=True)
        shown = row[name] if value is None else value
        return self.coded(shown) if coded else self.said(shown, str(row.cell(name)))

    def _completeness(self) -> Iterator[Block]:
        yield Paragraph((self.word("incomplete" if self.review.missing else "complete"),))
        rows = []
        for entry in self.review.entries:
            if entry.row is not None and not entry.blank:
                continue
            record = self.word("not_planned") if entry.row is None else self.coded(entry.row["acquisition"])
            doubt: tuple[Span, ...] = (Text(DASH),)
            if entry.blank:
                doubt = (
                    self.word("blank_cells"),
                    Text(self.labels["comma"].join(self.column(name) for name in entry.blank)),
                )
            rows.append((Cell((self._facility(entry), Line(), self._name(entry))), Cell((record,)), Cell(doubt)))
        if rows:
            yield from self._table("part.completeness", ("content", "record", "doubt"), rows, (40, 20, 40))
        if self.review.beyond:
            names = dict.fromkeys(
                f"{row['facility_id']} {row['parameter']} {row['item'] or ''}".strip() for row in self.review.beyond
            )
            yield Paragraph((self.word("beyond"), Quoted(self.labels["comma"].join(names), "plan")), "note")

    def _practice(self) -> Iterator[Block]:
        rows = [self._stretch(entry, stretch) for entry in self.review.entries for stretch in entry.stretches]
        columns = ("facility", "parameter", "months", "planned", "practice", "outcome")
        yield from self._table("part.practice", columns, rows, (14, 20, 16, 20, 18, 12))

    def _stretch(self, entry: Entry, stretch: Stretch) -> tuple[Cell, ...]:
        row = stretch.row
        plan: tuple[Span, ...] = (self.word("not_planned"),)
        if row is not None:
            plan = (
                self.coded(row["acquisition"]),
                Text(" "),
                self.said(self._meter(row), str(row.place)),
                Text(" "),
                self.coded(row["record_frequency"]),
            )
        used = entry.instrument["name"] if entry.instrument is not None else None
        ways = dict.fromkeys(
            f.route
            for m in stretch.months
            if (f := self.context.figures.get(entry.subject.key(m))) is not None and f.route
        )
        done: tuple[Span, ...] = (Text(DASH),)
        if self.review.alone and used:
            done = (self.said(used, "instruments"),)
        elif stretch.seen:
            done = (
                *(self.coded(way) for way in ways),
                Text(" "),
                self.said(used, "instruments"),
                Text(" "),
                self.coded(entry.recorded),
            )
        outcome = "unlike" if stretch.unlike else ("like" if stretch.seen else "unseen")
        marks = (Line(), Quoted(", ".join(stretch.unlike), "results")) if stretch.unlike else ()
        return (
            Cell((self._facility(entry),)),
            Cell((self._name(entry),)),
            Cell((Quoted(join_months(stretch.months), "plan"),)),
            Cell(plan),
            Cell(done),
            Cell((self.word(outcome, strong=bool(stretch.unlike)), *marks)),
        )

    def _switch(self) -> Iterator[Block]:
        if self.review.alone:
            yield Paragraph((self.word("switch.alone"),))
            yield from self._choices()
            return
        rows = []
        for line in self.review.switches:
            amounts = "; ".join(
                f"{words()[track][self.lang]} {show_number(amount)}" for track, amount in tonnes(line).items()
            )
            result = (
                Quoted(amounts, "incentive") if amounts else Quoted((line.reason or line.label)[self.lang], "incentive")
            )
            own = next(
                (
                    e
                    for e in self.review.entries
                    if (e.subject.facility, e.subject.parameter.id, e.subject.item) == (line.facility, *line.name)
                ),
                None,
            )
            name = self._name(own) if own else self.said(line.parameter, "packs")
            rows.append(
                (
                    Cell((self.said(facility_name(self.context, line.facility), "facilities"),)),
                    Cell((name,)),
                    Cell((Quoted(line.label[self.lang], "incentive"),)),
                    Cell((result,)),
                )
            )
        if not rows:
            yield Paragraph((self.word("switch.none"),))
            return
        yield Paragraph((self.word("switch.note"),), "note")
        yield from self._table("part.switch", ("facility", "parameter", "change", "tonnes"), rows, (16, 28, 28, 28))

    def _choices(self) -> Iterator[Block]:
        """Parameters that may be measured or taken by default, with the pack's default and its mark."""
        rows = []
        for entry in self.review.entries:
            if not {"measured", "default"} <= set(entry.subject.parameter.obtained):
                continue
            value = entry.default
            shown = f"{value.text} {show_unit(value.unit)} [{value.confidence}]" if value else DASH
            planned = self.coded(entry.row["acquisition"]) if entry.row is not None else self.word("not_planned")
            rows.append(
                (
                    Cell((self._facility(entry),)),
                    Cell((self._name(entry),)),
                    Cell((planned,)),
                    Cell((self.word("switch.default"), Text(" "), Quoted(shown, "packs"))),
                )
            )
        yield from self._table("part.switch", ("facility", "parameter", "planned", "change"), rows, (18, 32, 20, 30))

    def _quality(self) -> Iterator[Block]:
        yield Paragraph((self.word("quality.note"),))

    def _findings(self) -> Iterator[Block]:
        rows = []
        for finding in self.review.findings:
            first = finding.results[0]
            said = text(self.context, first)[self.lang]
            cells = ", ".join(dict.fromkeys(str(place) for result in finding.results for place in result.places))
            rows.append(
                (
                    Cell((Quoted(finding.key.rule, "findings"),)),
                    Cell((Quoted(printable(said), "findings"),)),
                    Cell((self.said(finding.key.period, "findings"),)),
                    Cell((self.said(cells, "findings"),)),
                )
            )
        yield from self._table("part.findings", ("rule", "finding", "months", "cells"), rows, (18, 44, 16, 22))

    def _conclusion(self) -> Iterator[Block]:
        yield Paragraph((self.word("conclusion.note"),), "note")
        empty = (Text(" "),)
        pairs = {key: Pair((self.word(f"conclusion.{key}"),), empty) for key in ("opinion", "reviewer", "lead", "date")}
        yield KeyValues(((pairs["opinion"],), (pairs["reviewer"], pairs["lead"]), (pairs["date"],)))
