"""One block per reported parameter: what was reported, what was verified, where it comes from, what was done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from verifierkit.checks.balances import measured_series
from verifierkit.checks.base import NOT_EVALUATED, Context, Result, Subject
from verifierkit.checks.factors import pack_value
from verifierkit.checks.keys import in_unit, source_for
from verifierkit.checks.plan import rows_for
from verifierkit.checks.texts import facility_name, item_label, source_name, stream_name
from verifierkit.columns import Row, select
from verifierkit.emissions import Key
from verifierkit.periods import split_period
from verifierkit.record.coverage import cross_checks, recomputations
from verifierkit.record.outcomes import Numbers, finding_id
from verifierkit.record.values import decimal_text, label, plain
from verifierkit.rulepack.wording import clause_label, title_label
from verifierkit.verification import Verification

PERCENT = Decimal("100")
PERCENT_STEP = Decimal("0.01")


def parameters_part(verification: Verification, numbers: Numbers) -> list[dict[str, Any]]:
    """Blocks of all parameters that are reported or asked for, in the order of the packs."""
    subjects = [subject for subject in verification.context.subjects if _shown(verification.context, subject)]
    reached = _reached(verification)
    return [
        {"id": f"P{index:03d}"} | _block(verification, subject, numbers, reached)
        for index, subject in enumerate(subjects, start=1)
    ]


def _shown(context: Context, subject: Subject) -> bool:
    periods = (*context.months, str(context.year))
    return subject.parameter.asked == "always" or any(subject.key(period) in context.figures for period in periods)


def _reached(verification: Verification) -> dict[Key, list[int]]:
    """Places of the standing findings that change a figure when they alone are put right; a figure without period."""
    base = verification.valuation.calculations({}, ())
    found: dict[Key, list[int]] = {}
    for index, finding in enumerate(verification.findings):
        if not verification.stands(index) or not (finding.deltas or finding.unpinned):
            continue
        corrected = verification.valuation.calculations(finding.deltas, finding.unpinned)
        changed = [
            key._replace(period="")
            for pack, calculation in corrected.items()
            for key, value in calculation.values.items()
            if value != base[pack].values.get(key)
        ]
        for key in dict.fromkeys(changed):
            found.setdefault(key, []).append(index)
    return found


def _block(
    verification: Verification, subject: Subject, numbers: Numbers, reached: dict[Key, list[int]]
) -> dict[str, Any]:
    context, parameter = verification.context, subject.parameter
    source, key = source_for(context, subject), subject.key(str(context.year))
    reported, verified = _reported(context, subject), _verified(verification, key)
    findings = _findings(verification, subject, source)
    checks = cross_checks(verification, subject)
    planned = _plan(context, subject)
    pack = context.packs[subject.track]
    method = pack.methods.get(parameter.id)
    obtained = _obtained(context, subject, planned)
    return {
        "track": subject.track,
        "facility": subject.facility,
        "facility_name": facility_name(context, subject.facility),
        "item": subject.item,
        "item_label": item_label(subject.item),
        "parameter": parameter.id,
        "label": dict(parameter.label),
        "unit": parameter.unit_of(subject.item),
        "role": parameter.role,
        "obtained": obtained,
        "reported": decimal_text(reported),
        "verified": decimal_text(verified),
        "difference": decimal_text(None if reported is None or verified is None else verified - reported),
        "months": _months(verification, subject),
        "formula": dict(method.words) if method else label("", ""),
        "source": _source(source),
        "meter": _meter(context, source, planned),
        "missing_data": (planned["missing_data_rule"] if planned else None) or "",
        "department": (
            (planned["department"] if planned else None) or (source["department"] if source else None) or ""
        ),
        "activities": _activities(context, subject),
        "cross_checks": [_cross_check(context, subject, result, numbers) for result in checks],
        "single_source": not any(result.outcome != NOT_EVALUATED for result in checks),
        "citation": _citation(context, subject, obtained),
        "findings": [finding_id(index) for index in findings],
        "causes": [finding_id(index) for index in reached.get(subject.key(""), findings)],
        "conclusion": _conclusion(verification, findings, recomputations(verification, subject)),
        "places": _places(context, subject),
    }


def _year_value(context: Context, subject: Subject) -> Decimal | None:
    return context.value(subject.key(str(context.year)))


def _reported(context: Context, subject: Subject) -> Decimal | None:
    """Reported figure of the year; in a part-year run the sum of the months looked at where all are reported."""
    if not context.part_year or subject.parameter.year != "sum":
        return _year_value(context, subject)
    months = [value for month in context.months if (value := context.value(subject.key(month))) is not None]
    return sum(months, Decimal(0)) if len(months) == len(context.months) else None


def _verified(verification: Verification, key: Key) -> Decimal | None:
    pack = verification.context.packs[key.track]
    return verification.verified[pack.id].values.get(key)


def _months(verification: Verification, subject: Subject) -> list[dict[str, str]]:
    rows = []
    for month in verification.context.months:
        reported = verification.context.value(subject.key(month))
        verified = _verified(verification, subject.key(month))
        if reported is not None or verified is not None:
            rows.append({"month": month, "reported": decimal_text(reported), "verified": decimal_text(verified)})
    return rows


def _obtained(context: Context, subject: Subject, planned: Row | None) -> str:
    for period in (str(context.year), *context.months):
        figure = context.figures.get(subject.key(period))
        if figure and figure.route:
            return figure.route
    return (planned["acquisition"] if planned else None) or subject.parameter.obtained[0]


def _source(source: Row | None) -> dict[str, str] | None:
    if source is None:
        return None
    return {"source_id": source["source_id"], "name": source["name"] or "", "document": source["document"] or ""}


def _plan(context: Context, subject: Subject) -> Row | None:
    """The plan row in force at the end of the period looked at."""
    rows = rows_for(context, subject)
    return rows[-1] if rows else None


def _meter(context: Context, source: Row | None, planned: Row | None) -> dict[str, Any] | None:
    instrument = context.flow.instrument_of(source["source_id"]) if source else None
    if instrument is None and planned is not None:
        instrument = context.flow.instruments.get(planned["instrument_id"] or "")
    if instrument is None:
        return None
    certificates = list(select(context.flow.tables["calibrations"], instrument_id=instrument["instrument_id"]))
    dates = [(plain(row["calibrated_on"]), plain(row["valid_until"])) for row in certificates]
    return {
        "name": instrument["name"] or "",
        "model": instrument["model"] or "",
        "serial_no": instrument["serial_no"] or "",
        "place": instrument["place"] or (planned["place"] if planned else None) or "",
        "frequency": (planned["monitoring_frequency"] if planned else None) or "",
        "accuracy": decimal_text(instrument["accuracy_fraction"]),
        "calibration": {
            "zh": "；".join(f"{first} 至 {last}" for first, last in dates),
            "en": "; ".join(f"{first} to {last}" for first, last in dates),
        },
    }


def _activities(context: Context, subject: Subject) -> list[dict[str, Any]]:
    rows = select(context.flow.tables["activities"], facility_id=subject.facility, parameter=subject.parameter.id)
    names = ("method", "record", "person", "department", "done_on")
    return [
        {name: plain(row[name]) or "" for name in names} for row in rows if (row["item"] or "") in (subject.item, "")
    ]


def _cross_check(context: Context, subject: Subject, result: Result, numbers: Numbers) -> dict[str, Any]:
    """One comparison; that of a node is shared by all who draw on it and is set against what the node gave in all."""
    other = source_name(context, result.source) if result.source else stream_name(context, result.stream)
    shared = result.stream in context.flow.nodes
    base = _node_total(context, result) if shared else result.expected
    percent = limit = None
    if result.observed is not None and result.expected is not None and base:
        percent = ((result.observed - result.expected) / base * PERCENT).quantize(PERCENT_STEP)
        limit = None if result.limit is None else (result.limit / abs(base) * PERCENT).quantize(PERCENT_STEP)
    return {
        "result": numbers[id(result)],
        "rule": result.rule,
        "period": result.when,
        "with": label(other, other),
        "shared": shared,
        "difference_percent": decimal_text(percent),
        "limit_percent": decimal_text(limit),
        "outcome": result.outcome,
    }


def _node_total(context: Context, result: Result) -> Decimal | None:
    """What left a node in all over the months of a result [unit of the result]; its inflow where that is not known."""
    for streams in (context.flow.outflows(result.stream), context.flow.inflows(result.stream)):
        amounts: list[Decimal | None] = []
        for stream in streams:
            series = measured_series(context.flow, stream["stream_id"])
            amounts += [in_unit(series, month, result.unit) if series else None for month in split_period(result.when)]
        known = [amount for amount in amounts if amount is not None]
        if amounts and len(known) == len(amounts):
            return sum(known, Decimal(0))
    return result.expected


def _citation(context: Context, subject: Subject, obtained: str) -> dict[str, Any]:
    """Where the pack's value was read where the figure is that value, else where its method was; ``of`` says which."""
    value = pack_value(context, subject) if obtained == "default" else None
    citation = value.citation if value else subject.parameter.citation
    return {
        "of": "value" if value else "method",
        "title": title_label(citation),
        "clause": clause_label(citation),
        "confidence": citation.confidence,
    }


def _findings(verification: Verification, subject: Subject, source: Row | None) -> list[int]:
    """Places of the findings that are about a subject's figure or its source."""
    own = (subject.parameter.id, subject.facility, subject.item)
    chain = {row["source_id"] for row in verification.context.flow.lineage(source["source_id"])} if source else set()
    found = []
    for index, finding in enumerate(verification.findings):
        results = (*finding.results, *finding.explains)
        if any((r.parameter, r.facility, r.item) == own or (r.source and r.source in chain) for r in results):
            found.append(index)
    return found


def _conclusion(verification: Verification, findings: list[int], recomputed: list[Result]) -> str:
    if any(verification.undecided(index) for index in findings):
        return "undecided"
    if any(verification.stands(index) for index in findings):
        return "not_conform"
    return "conform" if any(result.outcome != NOT_EVALUATED for result in recomputed) else "not_evaluated"


def _places(context: Context, subject: Subject) -> list[str]:
    figures = (context.figures.get(subject.key(period)) for period in (*context.months, str(context.year)))
    return [str(figure.place) for figure in figures if figure]


def totals_part(verification: Verification) -> list[dict[str, Any]]:
    """Reported and verified total per track and facility."""
    rows = []
    for subject in verification.context.subjects:
        pack = verification.context.packs[subject.track]
        if pack.totals.get(subject.track) != subject.parameter.id:
            continue
        key = subject.key(str(verification.context.year))
        reported, verified = _reported(verification.context, subject), _verified(verification, key)
        rows.append(
            {
                "track": subject.track,
                "facility": subject.facility,
                "facility_name": facility_name(verification.context, subject.facility),
                "parameter": subject.parameter.id,
                "label": dict(subject.parameter.label),
                "unit": subject.parameter.unit,
                "reported": decimal_text(reported),
                "verified": decimal_text(verified),
                "difference": decimal_text(None if reported is None or verified is None else verified - reported),
            }
        )
    return rows


def last_year_part(verification: Verification) -> list[dict[str, Any]]:
    """Verified figures of the year beside those of last year; ``reported`` is the year's figure as reported."""
    context, rows = verification.context, []
    for subject in context.subjects:
        last = context.last_year.get(subject.key(str(context.year - 1)))
        reported = _year_value(context, subject)
        this = _verified(verification, subject.key(str(context.year)))
        if last is None or reported is None:
            continue
        this = reported if this is None else this
        change = ((this - last.value) / last.value * PERCENT).quantize(PERCENT_STEP) if last.value else None
        rows.append(
            {
                "track": subject.track,
                "facility": subject.facility,
                "facility_name": facility_name(context, subject.facility),
                "item": subject.item,
                "item_label": item_label(subject.item),
                "parameter": subject.parameter.id,
                "label": dict(subject.parameter.label),
                "unit": subject.parameter.unit_of(subject.item),
                "role": subject.parameter.role,
                "last": decimal_text(last.value),
                "reported": decimal_text(reported),
                "this": decimal_text(this),
                "change_percent": decimal_text(change),
            }
        )
    return rows
