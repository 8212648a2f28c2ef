"""The report of one enterprise as blocks, in the order of sections that its rule pack gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from verifierkit.documents import closing, emission_tables, findings_part, front, parameters
from verifierkit.documents.blocks import Block, Figure, Heading, PageBreak, Quoted, Spans, Table, Text
from verifierkit.documents.charts import charts
from verifierkit.documents.flow_picture import flow_pictures
from verifierkit.documents.fonts import printable
from verifierkit.documents.pictures import Picture
from verifierkit.documents.view import View

Builder = Callable[[View], Iterator[Block]]

SECTIONS: dict[str, Builder] = {
    "cover": front.cover,
    "summary": front.summary,
    "overview.purpose": front.purpose,
    "overview.scope": front.scope,
    "overview.criteria": front.criteria,
    "process.team": front.team,
    "process.document_review": front.document_review,
    "process.site_visit": front.site_visit,
    "process.review": front.review,
    "findings.basics": findings_part.basics,
    "findings.boundary": findings_part.boundary,
    "findings.facilities": findings_part.facilities,
    "findings.method": findings_part.method,
    "findings.data.activity": parameters.activity,
    "findings.data.emissions": emission_tables.emissions,
    "findings.data.production": parameters.production,
    "findings.quality": findings_part.quality,
    "findings.plan": findings_part.plan,
    "findings.other": findings_part.other,
    "conclusion.conformity": closing.conformity,
    "conclusion.emissions": closing.emission_figures,
    "conclusion.changes": closing.changes,
    "conclusion.other": closing.other,
    "annex.results": closing.annex_results,
    "annex.allocation": closing.annex_allocation,
    "annex.findings": closing.annex_findings,
    "annex.recommendations": closing.annex_recommendations,
    "annex.documents": closing.annex_documents,
}
NEW_PAGE = ("overview", "findings", "conclusion", "annexes")


def report_blocks(record: dict[str, Any], lang: str) -> list[Block]:
    """All blocks of the report in one language [``zh`` or ``en``]."""
    view = View(record, lang)
    numbers = SectionNumbers(view)
    blocks: list[Block] = []
    sections = section_list(record)
    for section in sections:
        if section["id"] in NEW_PAGE:
            blocks.append(PageBreak())
        if section["id"] != "cover":
            blocks.append(numbers.heading(section))
        if section["id"] == "findings.boundary" and numbers.split_boundary(sections):
            blocks.append(numbers.boundary(section))
        builder = SECTIONS.get(section["id"])
        blocks += builder(view) if builder else ()
    return _numbered(blocks)


def report_pictures(record: dict[str, Any], lang: str) -> dict[str, Picture]:
    """The pictures that the blocks name."""
    view = View(record, lang)
    return {**flow_pictures(view), **charts(view)}


def section_list(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Sections of the first pack, then those that only other packs have; ids or ``{id, level, title}``."""
    sections: dict[str, dict[str, Any]] = {}
    for pack in record["packs"]:
        for entry in pack["report"]:
            section = entry if isinstance(entry, dict) else {"id": entry}
            sections.setdefault(section["id"], section)
    return list(sections.values())


class SectionNumbers:
    """Writes the headings of sections, with the number of the pack or a running one."""

    def __init__(self, view: View) -> None:
        self._view, self._counts, self._annex = view, [0, 0, 0, 0, 0], 0

    def heading(self, section: dict[str, Any]) -> Heading:
        """The heading of a section with its number."""
        key = section["id"]
        given = str(section.get("number") or "")
        level = given.count(".") + 1 if given[:1].isdigit() else int(section.get("level") or key.count(".") + 1)
        title = self._title(section)
        if key == "summary":
            return Heading(1, "", title, key)
        if key.startswith("annex."):
            self._annex += 1
            return Heading(2, f"{self._view.labels['annex']}{self._annex}", title, key)
        if given:
            return Heading(level, given, title, key)
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (len(self._counts) - level)
        return Heading(level, ".".join(str(count) for count in self._counts[:level]), title, key)

    def split_boundary(self, sections: list[dict[str, Any]]) -> bool:
        """Whether the pack numbers the facilities below the boundary."""
        numbers = {section["id"]: str(section.get("number") or "") for section in sections}
        own, facilities = numbers.get("findings.boundary", ""), numbers.get("findings.facilities", "")
        return bool(own) and facilities.startswith(f"{own}.")

    def boundary(self, section: dict[str, Any]) -> Heading:
        """The first part of the chapter on the boundary, before the facilities."""
        number = f"{section['number']}.1"
        return Heading(number.count(".") + 1, number, self._view.words("section.findings.boundary"), "boundary")

    def _title(self, section: dict[str, Any]) -> Spans:
        given = section.get("title")
        if isinstance(given, dict) and given.get(self._view.lang):
            return (Quoted(printable(str(given[self._view.lang])), "packs"),)
        known = self._view.labels.get(f"section.{section['id']}")
        return (Text(known) if known else Quoted(section["id"], "packs"),)


def _numbered(blocks: list[Block]) -> list[Block]:
    """Tables and figures with their running numbers."""
    tables = figures = 0
    done: list[Block] = []
    for block in blocks:
        if isinstance(block, Table):
            tables += 1
            block = replace(block, number=tables)
        elif isinstance(block, Figure):
            figures += 1
            block = replace(block, number=figures)
        done.append(block)
    return done
