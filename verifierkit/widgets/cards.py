"""What the desk shows, as HTML: every text of the case escaped, nothing computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from importlib import resources
from typing import Any

from verifierkit import decisions
from verifierkit.decisions import Decision
from verifierkit.errors import Place
from verifierkit.record.verdicts import causes_in_short
from verifierkit.widgets.cells import EvidenceRow, EvidenceTable, cell_text, evidence_tables
from verifierkit.widgets.sitting import Sitting
from verifierkit.widgets.words import word

Finding = Mapping[str, Any]


def tag(name: str, content: str, *classes: str) -> str:
    """An element around content that is HTML already."""
    marked = f' class="{" ".join(classes)}"' if classes else ""
    return f"<{name}{marked}>{content}</{name}>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *classes: str) -> str:
    """A table of texts; every text is escaped."""
    top = "".join(tag("th", escape(text)) for text in head)
    body = "".join(tag("tr", "".join(tag("td", escape(text)) for text in row)) for row in rows)
    return tag("table", tag("thead", tag("tr", top)) + tag("tbody", body), *classes)


def signed_tonnes(text: str) -> str:
    """Tonnes with sign and thousands separators; 0 where nothing changes."""
    return f"{Decimal(text):+,f}" if Decimal(text) else "0"


def header(sitting: Sitting, language: str) -> str:
    """Enterprise, state of the decisions and totals."""
    case = sitting.verification.context.case
    name = case.meta["enterprise"]["name"]
    title = f"{word('desk', language)} · {name}"
    facts = [str(case.meta["case_id"]), str(case.year)]
    facts += [word("through", language, month=case.through)] if case.through else []
    chip = _chip(word("draft", language), "vk-warn") if sitting.undecided else _chip(word("final", language), "vk-good")
    lines = [tag("h2", escape(title)), tag("p", escape(" · ".join(facts)) + " " + chip, "vk-facts")]
    lines += [tag("p", escape(text), "vk-counts") for text in _counts(sitting, language)]
    lines += [tag("p", escape(_total(row, language)), "vk-total") for row in sitting.totals]
    return tag("div", "".join(lines), "vk-head")


def _counts(sitting: Sitting, language: str) -> list[str]:
    if not sitting.findings:
        return [word("clean", language)]
    counts = word("counts", language, findings=len(sitting.findings), undecided=sitting.undecided)
    stale = [word("stale_counts", language, count=sitting.stale)] if sitting.stale else []
    orphans = [word("orphans", language, count=sitting.orphans)] if sitting.orphans else []
    return [" · ".join([counts, *stale]), *orphans]


def _total(row: Mapping[str, Any], language: str) -> str:
    values = {name: f"{Decimal(row[name]):,f}" if row[name] else "-" for name in ("reported", "verified")}
    names = {"track": _track(row["track"], language), "facility": row["facility_name"]}
    return word("total_line", language, **names, unit=row["unit"], **values)


def _track(track: str, language: str) -> str:
    return word(f"{track}_track", language)


def _chip(text: str, *classes: str) -> str:
    return tag("span", escape(text), "vk-chip", *classes)


def list_row(finding: Finding, language: str) -> str:
    """One line of the list: id, title, rule, kind, period, effect and decision."""
    effects = [f"{_track(e['track'], language)} {signed_tonnes(e['tonnes'])} t" for e in finding["effects"]]
    facts = [finding["facility"], finding["period"], *effects]
    chips = [_chip(word(finding["kind"], language), f"vk-{finding['kind']}"), disposition_chip(finding, language)]
    top = tag("b", escape(finding["id"])) + tag("span", escape(finding["title"][language]), "vk-title")
    under = [tag("code", escape(finding["rule"])), *(tag("span", escape(fact)) for fact in facts if fact)]
    parts = [tag("div", top, "vk-line"), tag("div", " ".join(chips), "vk-chips")]
    return "".join([*parts, tag("div", " · ".join(under), "vk-under")])


def disposition_chip(finding: Finding, language: str) -> str:
    """The decision on a finding in one word, a merge with its target; a stale one says so."""
    target = f" → {finding['merged_into']}" if finding["merged_into"] else ""
    chips = _chip(word(finding["disposition"], language) + target, f"vk-{finding['disposition']}")
    return chips + (" " + _chip(word("stale", language), "vk-stale") if finding["stale"] else "")


def card(sitting: Sitting, index: int, language: str) -> str:
    """Everything about one finding: words, evidence rows, effect, what it explains, the decision in force."""
    finding = sitting.findings[index]
    places = [place for result in sitting.verification.findings[index].results for place in result.places]
    parts = [
        _opening(finding, language),
        section(word("evidence", language), evidence_html(sitting, places, language)),
        section(word("effects", language), effects_html(finding, language)),
    ]
    if finding["explanations"]:
        parts.append(section(word("causes", language), causes_html(finding, language)))
    if finding["explains"]:
        parts.append(section(word("explains", language), _explained(sitting, finding, language)))
    decided = decision_html(finding, sitting.decision(index), language)
    return tag("div", "".join([*parts, section(word("decision", language), decided)]), "vk-card")


def section(title: str, content: str = "") -> str:
    """A heading and what stands under it."""
    return tag("h4", escape(title)) + content


def _opening(finding: Finding, language: str) -> str:
    confidence, basis = finding["confidence"], finding["basis"][language]
    based = word("rule_basis", language, basis=basis, confidence=confidence)
    based += f" · {word('experience_note', language)}" if finding["experience"] else ""
    top = tag("b", escape(finding["id"])) + " " + escape(finding["title"][language])
    names = " · ".join(
        filter(None, (finding["rule"], finding["facility"], finding["period"], finding["stream"], finding["source"]))
    )
    lines = [tag("h3", top), tag("p", tag("code", escape(names)), "vk-under")]
    return "".join(
        [*lines, tag("p", escape(finding["text"][language]), "vk-text"), tag("p", escape(based), "vk-under")]
    )


def evidence_html(sitting: Sitting, places: Sequence[Place], language: str) -> str:
    """The rows of all cells that are named, the cells themselves marked."""
    tables, rest = evidence_tables(sitting.verification.context.case, places)
    if not places:
        return tag("p", escape(word("no_evidence", language)), "vk-under")
    parts = [evidence_table(found, language) for found in tables]
    if rest:
        listed = ", ".join(str(place) for place in rest)
        parts.append(tag("p", escape(f"{word('other_places', language)}: {listed}"), "vk-under"))
    return "".join(parts)


def evidence_table(found: EvidenceTable, language: str) -> str:
    """Rows of one sheet under their headings, each heading with the letter of its column."""
    heads = [tag("th", escape(word("row", language)))]
    for column in found.columns:
        text = column.zh if language == "zh" else column.en
        heads.append(tag("th", tag("small", escape(found.letters[column.name])) + escape(text)))
    body = "".join(_evidence_row(found, row) for row in found.rows)
    name = tag("p", escape(f"{found.file} · {found.sheet}" if found.sheet else found.file), "vk-file")
    return name + tag("div", tag("table", tag("thead", tag("tr", "".join(heads))) + tag("tbody", body)), "vk-scroll")


def _evidence_row(found: EvidenceTable, row: EvidenceRow) -> str:
    cells = [tag("th", escape(cell_text(row.number)))]
    for column in found.columns:
        classes = ["vk-cited"] if column.name in row.cited else []
        cells.append(tag("td", escape(row.texts.get(column.name, "")), *classes))
    return tag("tr", "".join(cells))


def effects_html(finding: Finding, language: str) -> str:
    """Effect on the total of each track, with the reason where it is nil."""
    rows = [
        (_track(effect["track"], language), signed_tonnes(effect["tonnes"]), effect["note"][language])
        for effect in finding["effects"]
    ]
    heads = (word("track", language), word("effect", language), word("note", language))
    return table(heads, rows, "vk-effects") + tag("p", escape(word("effects_note", language)), "vk-under")


def causes_html(finding: Finding, language: str) -> str:
    """Causes that the joint fit gives for a statistical finding, with probability, and what cannot be told apart."""
    items = [tag("li", escape(causes_in_short([row], language))) for row in finding["explanations"]]
    return tag("ul", "".join(items)) + tag("p", escape(word("causes_note", language)), "vk-under")


def _explained(sitting: Sitting, finding: Finding, language: str) -> str:
    rows = [sitting.results[name] for name in finding["explains"]]
    items = [tag("li", tag("code", escape(row["rule"])) + " " + escape(row["text"][language])) for row in rows]
    return tag("ul", "".join(items))


def decision_html(finding: Finding, decision: Decision | None, language: str) -> str:
    """The decision in force, or that there is none; a stale one is shown as such with what it said."""
    if decision is None:
        return tag("p", escape(word("none_yet", language)), "vk-under")
    said = [
        _chip(word(decision.disposition, language), f"vk-{decision.disposition}"),
        _chip(word(decision.status, language)),
    ]
    who = word("decided", language, by=decision.by, on=decision.on, line=decision.line, log=decisions.LOG)
    lines = [tag("p", " ".join(said) + " " + escape(decision.reason)), tag("p", escape(who), "vk-under")]
    if decision.target:
        into = finding["merged_into"] or decision.target
        lines.insert(1, tag("p", escape(f"{word('merged_into', language)}: {into}"), "vk-under"))
    if finding["merge_fault"]:
        lines.append(tag("p", escape(word(f"merge_{finding['merge_fault']}", language)), "vk-notice"))
    if not finding["stale"]:
        return "".join(lines)
    stale = _chip(word("stale", language), "vk-stale") + " " + escape(word("stale_note", language))
    return tag("p", stale, "vk-notice") + tag("div", "".join(lines), "vk-old")


def style() -> str:
    """The look of the desk; colours follow the theme of JupyterLab."""
    css = resources.files("verifierkit").joinpath("widgets/desk.css").read_text(encoding="utf-8")
    return f"<style>{css}</style>"


def message(text: str, *classes: str) -> str:
    """One line for the person at the desk."""
    return tag("p", escape(text), "vk-message", *classes) if text else ""
