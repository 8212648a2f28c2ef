"""Cover, summary page and the chapters on purpose and process."""

from __future__ import annotations

from collections.abc import Iterator

from verifierkit.documents.blocks import (
    Block,
    Bullets,
    Contents,
    Cover,
    KeyValues,
    Mark,
    Notice,
    Pair,
    Paragraph,
    Quoted,
    Spans,
    Table,
    Text,
    plain,
)
from verifierkit.documents.conclusions import conclusions
from verifierkit.documents.criteria import basis
from verifierkit.documents.totals import totals_of
from verifierkit.documents.view import View, cell

STOPS = ("。", ".")
COUNTED = "disposition=undecided|accepted"
KINDS = ("misstatement", "nonconformity", "missing_evidence", "clarification", "recommendation")


def cover(view: View) -> Iterator[Block]:
    """Title page with the draft marking."""
    facts = (
        Pair(view.words("cover.report_no"), (view.quote("case/verifier/report_no"),)),
        Pair(view.words("cover.verifier"), (view.quote("case/verifier/name"),)),
        Pair(view.words("cover.sector"), (view.choice("sector", view.values.maybe("case/sector")),)),
        Pair(view.words("cover.province"), (view.quote("case/province"),)),
        Pair(view.words("cover.date"), (view.quote("case/report/final_date"),)),
    )
    year = view.say("cover.year", year=view.quote("case/data_year"))
    notice = draft_words(view) if view.draft else ()
    yield Cover((view.enterprise(),), view.words("cover.title"), year, facts, notice)
    yield Contents(view.words("contents"))


def draft_notice(view: View) -> Iterator[Block]:
    """The draft marking, with the findings that are undecided."""
    if view.draft:
        yield Notice(draft_words(view))


def draft_words(view: View) -> Spans:
    """What the draft marking says."""
    return view.say("draft.notice", findings=view.findings(undecided(view)))


def undecided(view: View) -> list[str]:
    """Ids of the findings that nobody has decided, or whose decision is stale."""
    return [row["id"] for row in view.record["findings"] if row["disposition"] == "undecided" or row.get("stale")]


def summary(view: View) -> Iterator[Block]:
    """The summary page: the unit, the versions, the figures, the findings by kind, the signatures."""
    yield from draft_notice(view)
    yield enterprise_form(view, versions_row(view))
    yield totals_table(view)
    yield finding_counts(view)
    if view.draft:
        yield Paragraph(view.words("draft.no_conclusion"))
    else:
        yield from conclusions(view)
    yield signatures(view)


def enterprise_form(view: View, *more: tuple[Pair, ...]) -> KeyValues:
    """Who the unit is."""

    def at(key: str) -> Pair:
        return Pair(view.words(f"enterprise.{key}"), (view.quote(f"case/enterprise/{key}"),))

    name = Pair(view.words("enterprise.name"), (view.enterprise(),))
    sector = Pair(view.words("cover.sector"), (view.choice("sector", view.values.maybe("case/sector")),))
    return KeyValues(
        (
            (name,),
            (at("address"),),
            (at("uscc"), at("legal_representative")),
            (at("contact"), at("phone")),
            (sector, at("industry_code")),
            *more,
        )
    )


def versions_row(view: View) -> tuple[Pair, ...]:
    """Versions of the emission report before and after verification."""

    def version(kind: str) -> Spans:
        parts = (view.quote(f"case/report/{kind}_version"), view.quote(f"case/report/{kind}_date"))
        known = [part for part in parts if isinstance(part, Quoted)]
        return (known[0], Text(view.labels["comma"]), known[1]) if len(known) == 2 else tuple(known) or (parts[0],)

    return (
        Pair(view.words("summary.initial"), version("initial")),
        Pair(view.words("summary.final"), version("final")),
    )


def totals_table(view: View) -> Table:
    """Year figures of both tracks, reported beside verified."""
    widths = (11, 18, 20, 10, 15, 15, 13)
    rows = view.record["totals"]
    return totals_of(view, rows, at="totals", last="difference", caption="table.totals", widths=widths)


def finding_counts(view: View) -> Table:
    """Number of findings by kind as in the matrix of conclusions; merged ones apart, rejected ones not at all."""
    cells = [cell(view.number(f"count:findings?kind={kind}&{COUNTED}")) for kind in KINDS]
    cells.append(cell(view.number(f"count:findings?{COUNTED}"), strong=True))
    cells.append(cell(view.number("count:findings?disposition=merged")))
    head = view.head(*(f"kind.{kind}" for kind in KINDS), "column.all", "column.merged")
    return Table(view.words("table.finding_counts"), head, (tuple(cells),), (1,) * 7, "ccccccc")


def signatures(view: View) -> Table:
    """Roles, names and room to sign."""
    rows = tuple(
        (cell(view.role(row["role"])), cell(view.quote(f"case/team/{n}/name")), cell(), cell())
        for n, row in enumerate(view.values.maybe("case/team") or [])
    )
    head = view.head("column.role", "column.name", "column.signature", "column.date")
    return Table(view.words("table.team"), head, rows, (28, 24, 28, 20), "llll", kind="list")


def purpose(view: View) -> Iterator[Block]:
    """Why the verification is done."""
    yield Paragraph(view.say("overview.purpose", enterprise=view.enterprise(), year=view.quote("case/data_year")))
    aims = (
        view.words("overview.aim.figures"),
        view.say("overview.aim.plan", plan=view.plan()),
        view.words("overview.aim.allocation"),
    )
    yield Bullets(aims)


def scope(view: View) -> Iterator[Block]:
    """Boundary, year and facilities."""
    words = view.say("overview.scope", year=view.quote("case/data_year"), boundary=view.quote("case/boundary"))
    yield Paragraph(words if plain(words).endswith(STOPS) else (*words, Text(view.labels["stop"].strip())))
    if view.has("through"):
        yield Notice(view.say("overview.through", month=view.quote("through")), "finding")


def criteria(view: View) -> Iterator[Block]:
    """Accounting instruments with their packs, then the basis of the verification itself."""
    rows = tuple(
        (
            cell(view.choice("track", row["track"])),
            cell(view.quote(f"packs/{n}/instrument"), *_after(view, f"packs/{n}/number")),
            cell(view.quote(f"packs/{n}/id")),
            cell(view.quote(f"packs/{n}/status")),
        )
        for n, row in enumerate(view.record["packs"])
    )
    head = view.head("column.track", "column.instrument", "column.pack", "column.state")
    yield Table(view.words("table.criteria"), head, rows, (12, 39, 23, 26), "llll", kind="list")
    places = basis(view.record)
    yield Paragraph(view.words("overview.basis" if places else "overview.no_basis"))
    if places:
        yield Bullets(tuple(_basis(view, f"criteria:{n}") for n in places))
    yield Paragraph(view.words("overview.confidence"), "note")


def _basis(view: View, at: str) -> Spans:
    """One verification rule: title, number, mark, what is known of it."""
    confidence = view.values.get(f"{at}/confidence")
    mark = (Mark(confidence),) if confidence in ("B", "C") else ()
    return (
        view.quote(f"{at}/title"),
        *_after(view, f"{at}/number"),
        *mark,
        view.word("semicolon"),
        view.quote(f"{at}/note"),
    )


def _after(view: View, ref: str) -> Spans:
    return (view.word("open"), view.quote(ref), view.word("close")) if view.has(ref) else ()


def team(view: View) -> Iterator[Block]:
    """The team and its hours."""
    rows = tuple(
        (cell(view.role(row["role"])), cell(view.quote(f"case/team/{n}/name")))
        for n, row in enumerate(view.values.maybe("case/team") or [])
    )
    yield Table(view.words("table.members"), view.head("column.role", "column.name"), rows, (50, 50), "ll", kind="list")
    if view.has("case/hours"):
        yield Paragraph(view.say("process.hours", hours=view.number("case/hours")))


def document_review(view: View) -> Iterator[Block]:
    """What was read before the visit."""
    yield Paragraph(
        view.say("process.documents", count=view.number("count:evidence"), inputs=view.number("count:inputs"))
    )


def site_visit(view: View) -> Iterator[Block]:
    """Dates, people asked and places looked at, or why there was no visit."""
    if view.has("case/visit/waived_reason"):
        yield Paragraph(view.say("process.waived", reason=view.quote("case/visit/waived_reason")))
    elif view.has("case/visit/from"):
        yield Paragraph(view.say("process.visit", start=view.quote("case/visit/from"), end=view.quote("case/visit/to")))
    else:
        yield Paragraph(view.words("process.no_visit"))
    rows = []
    seen: set[tuple[str, ...]] = set()
    for parameter in view.record["parameters"]:
        for n, row in enumerate(parameter["activities"]):
            key = tuple(str(row.get(name)) for name in ("done_on", "method", "department", "person", "record"))
            if row["method"] in ("ask", "look") and key not in seen:
                seen.add(key)
                at = f"parameters/{parameter['id']}/activities/{n}"
                rows.append(
                    (
                        cell(view.quote(f"{at}/done_on")),
                        cell(view.choice("method", row["method"])),
                        cell(view.quote(f"{at}/department")),
                        cell(view.quote(f"{at}/person")),
                        cell(view.quote(f"{at}/record")),
                    )
                )
    if rows:
        head = view.head("column.date", "column.method", "column.department", "column.person", "column.content")
        yield Table(view.words("table.visit"), head, tuple(rows), (13, 13, 13, 20, 41), "lllll", kind="list")


def review(view: View) -> Iterator[Block]:
    """Writing and internal technical review."""
    roles = {row["role"]: f"case/team/{n}/name" for n, row in enumerate(view.values.maybe("case/team") or [])}
    reviewer, approver = (view.quote(roles.get(role, "-")) for role in ("technical_reviewer", "approver"))
    words = view.word(f"edition.{view.edition}.review")
    key = "process.review_draft" if view.draft else "process.review"
    yield Paragraph(view.say(key, review=words, reviewer=reviewer, approver=approver))
