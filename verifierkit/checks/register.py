"""What the register of evidence, the laboratory reports and the plan must state: files, originals, accreditation, gaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from verifierkit.case import Case, Notice
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, About, Context, Result, check
from verifierkit.checks.evidence import EVIDENCE_FOLDER
from verifierkit.checks.keys import figure_keys
from verifierkit.checks.plan import reported_subjects, rows_for
from verifierkit.columns import Row
from verifierkit.errors import Place
from verifierkit.periods import month_of

REGISTER, PLAN = "evidence", "plan"
HOUSEKEEPING = ("Thumbs.db", "desktop.ini")  # files that systems leave in every folder
HIDDEN = (".", "~$")  # beginnings of hidden files and of locks of office programs
MEASURED = "measured"
NAMED = len("abc")  # files that the text names before it counts


def loose_files(case: Case) -> list[str]:
    """Files below ``evidence/`` that the register does not list; what systems and office programs leave is passed over."""
    listed = {row["file"] for row in case.tables[REGISTER]}
    held = [entry.file for entry in case.inputs if entry.file.startswith(EVIDENCE_FOLDER)]
    return [name for name in held if name not in listed and not _housekeeping(name.rpartition("/")[-1])]


def _housekeeping(name: str) -> bool:
    return name in HOUSEKEEPING or name.startswith(HIDDEN)


def notices(case: Case) -> list[Notice]:
    """A notice where files were handed in and no register of them is kept: one for all of them."""
    loose = loose_files(case)
    if case.tables[REGISTER] or not loose:
        return []
    zh = f"没有填写支撑材料清单，evidence 文件夹中的 {len(loose)} 个文件未登记（提供部门、收到日期、是否核对原件）"
    en = f"no register of evidence is kept; {len(loose)} files in the evidence folder are not listed (supplier, date, original seen)"
    return [Notice(Place(EVIDENCE_FOLDER.rstrip("/")), zh, en)]


@check("evidence.unlisted")
def unlisted(context: Context) -> Iterator[Result]:
    """Every file below ``evidence/`` stands in the register, where the case keeps one; one result for all files."""
    loose, period = loose_files(context.case), str(context.year)
    base: About = {"stream": REGISTER, "source": REGISTER}
    if not context.flow.tables[REGISTER]:
        if loose:
            yield Result("evidence.unlisted", NOT_EVALUATED, period=period, message="evidence.unlisted.none", **base)
        return
    if not loose:
        yield Result("evidence.unlisted", SATISFIED, period=period, **base)
        return
    names = "、".join(islice(loose, NAMED))
    more = " …" if len(loose) > NAMED else ""
    yield Result(
        "evidence.unlisted",
        NOT_SATISFIED,
        period=period,
        detail={"files": names + more, "count": str(len(loose))},
        places=tuple(Place(name) for name in loose),
        **base,
    )


@check("evidence.original")
def originals(context: Context) -> Iterator[Result]:
    """The original was seen of every registered document on which a rank-1 source rests."""
    for row, sources in _documents(context):
        names = "、".join(islice((str(source["name"] or source["source_id"]) for source in sources), NAMED))
        more = " …" if len(sources) > NAMED else ""
        seen = row["original_seen"]
        outcome = NOT_EVALUATED if seen is None else (SATISFIED if seen else NOT_SATISFIED)
        yield Result(
            "evidence.original",
            outcome,
            period=str(context.year),
            stream=row["file"],
            source=REGISTER,
            message="evidence.original.unstated" if seen is None else "",
            detail={"title": str(row["title"] or row["file"]), "sources": names + more},
            places=(row.cell("original_seen"),),
        )


def _documents(context: Context) -> Iterator[tuple[Row, list[Row]]]:
    """Rows of the register with the rank-1 sources whose lineage names them, by file or by title."""
    flow, named = context.flow, dict[str, list[Row]]()
    for source in flow.sources.values():
        if source["rank"] != 1:
            continue
        for document in dict.fromkeys(row["document"] for row in flow.lineage(source["source_id"])):
            if document:
                named.setdefault(document, []).append(source)
    for row in flow.tables[REGISTER]:
        sources = named.get(row["file"] or "") or named.get(row["title"] or "")
        if sources and row["file"]:
            yield row, sources


@check("lab.accreditation")
def accreditation(context: Context) -> Iterator[Result]:
    """A report behind a heat value reported as measured names the CMA or CNAS number of its laboratory."""
    for source in context.flow.sources.values():
        if source["records"] != "coal_analyses" or source["rank"] != 1:
            continue
        stream, rows = source["stream_id"], context.flow.rows("coal_analyses", source["source_id"])
        for track in context.packs:
            months = [month for month in context.months if _measured(context, source, month, track)]
            own = [row for row in rows if month_of(row["sampled_on"]) in months]
            base: About = {"facility": context.flow.facility_of(stream), "stream": stream, "track": track}
            base |= {"source": source["source_id"], "parameter": source["parameter"] or ""}
            yield from _accredited(months, own, base)


def _measured(context: Context, source: Row, month: str, track: str) -> bool:
    keys = figure_keys(context, source["stream_id"], source["parameter"] or "", month)
    return any(key.track == track and context.figures[key].route == MEASURED for key in keys)


def _accredited(months: list[str], rows: list[Row], base: About) -> Iterator[Result]:
    lacking = [row for row in rows if not str(row["cma_no"] or "").strip()]
    if rows and not lacking:
        yield Result("lab.accreditation", SATISFIED, months=tuple(months), **base)
    for month in dict.fromkeys(month_of(row["sampled_on"]) for row in lacking):
        own = [row for row in lacking if month_of(row["sampled_on"]) == month]
        reports = "、".join(islice(dict.fromkeys(str(row["report_no"]) for row in own), NAMED))
        detail = {"reports": reports + (" …" if len(own) > NAMED else "")}
        places = tuple(row.cell("cma_no") for row in own)
        yield Result("lab.accreditation", NOT_SATISFIED, months=(month,), detail=detail, places=places, **base)


@check("plan.missing_data")
def missing_data(context: Context) -> Iterator[Result]:
    """Every measured parameter of the plan says what is done when data are missing; one result where none does."""
    year, rows = str(context.year), [row for row in context.flow.tables[PLAN] if row["acquisition"] == MEASURED]
    if rows and not any(row["missing_data_rule"] for row in rows):
        base: About = {"facility": context.flow.entity_id, "stream": PLAN, "source": PLAN}
        places = tuple(row.cell("missing_data_rule") for row in rows)
        message, detail = "plan.missing_data.none", {"count": str(len(rows))}
        yield Result(
            "plan.missing_data", NOT_SATISFIED, period=year, message=message, detail=detail, places=places, **base
        )
        return
    for subject in reported_subjects(context):
        own = [row for row in rows_for(context, subject) if row["acquisition"] == MEASURED]
        base = {"facility": subject.facility, "stream": subject.name, "source": PLAN, "item": subject.item}
        base |= {"parameter": subject.parameter.id, "track": subject.track}
        empty = tuple(row.cell("missing_data_rule") for row in own if not row["missing_data_rule"])
        if own:
            outcome = NOT_SATISFIED if empty else SATISFIED
            yield Result("plan.missing_data", outcome, period=year, places=empty, **base)
