"""The plan against practice: every parameter planned, obtained, metered and recorded as the plan says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, About, Context, Result, Subject, check
from verifierkit.checks.keys import source_for
from verifierkit.columns import Row
from verifierkit.emissions import Key
from verifierkit.emissions.scope import Layout
from verifierkit.periods import month_bounds, month_days
from verifierkit.readers.labels import LABELS
from verifierkit.rulepack import RulePack
from verifierkit.series import meter_intervals

# how often something is recorded, rarest first; a continuous instrument is recorded daily at the least
FREQUENCIES = ("yearly", "monthly", "batch", "daily")
ROUTES = frozenset(("measured", "default"))
RECORDED = {
    "daily_values": "daily",
    "tickets": "batch",
    "transactions": "batch",
    "coal_analyses": "batch",
    "lab_results": "batch",
    "settlement_bills": "monthly",
}


def reported_subjects(context: Context) -> Iterator[Subject]:
    """Subjects that the case reports, each facility, parameter and item once."""
    seen = set()
    for subject in context.subjects:
        name = (subject.parameter.id, subject.facility, subject.item)
        periods = (*context.months, str(context.year))
        reported = any(subject.key(period) in context.figures for period in periods)
        if reported and name not in seen:
            seen.add(name)
            yield subject


def looked_at(context: Context) -> Iterable[Subject]:
    """Subjects of the checks on a plan: what the case reports, on a plan alone what the packs and the map want."""
    return reported_subjects(context) if context.figures else expected_subjects(context)


def rows_for(context: Context, subject: Subject) -> list[Row]:
    """Plan rows of a subject in force in the months looked at; the last one is the one to hold practice against."""
    return rows_in_force(context, subject.facility, subject.parameter.id, subject.item)


def rows_in_force(context: Context, facility: str, parameter: str, item: str, months: Sequence[str] = ()) -> list[Row]:
    """Plan rows of a quantity in force at any time in some months, the own item last, then by date.

    A row without item holds for all. A version that another one followed by the first day is not in force any more.
    Without ``months`` it is all months looked at.
    """
    months = months or context.months
    first, end = month_bounds(months[0])[0], month_bounds(months[-1])[1]
    rows = [
        row
        for row in context.flow.tables["plan"]
        if (row["facility_id"], row["parameter"]) == (facility, parameter)
        and (row["item"] or "") in (item, "")
        and row["valid_from"] is not None
        and row["valid_from"] < end
    ]
    rows.sort(key=lambda row: ((row["item"] or "") == item, row["valid_from"]))
    return [row for row in rows if not any(_follows(other, row, first) for other in rows)]


def _follows(other: Row, row: Row, day: date) -> bool:
    """Whether another version of the same row had taken its place by a day."""
    return bool(other["item"] == row["item"] and row["valid_from"] < other["valid_from"] <= day)


def expected_subjects(context: Context) -> list[Subject]:
    """What a plan has to hold where nothing is reported yet: the packs' parameters at the facilities of the map.

    A parameter with items is wanted for every item that the map or the plan has of it or of another parameter of the
    same formula; one that the pack asks for only if present, where the map or the plan has it.
    """
    found: dict[tuple[str, str, str], Subject] = {}
    for track, pack in context.packs.items():
        layout = Layout(pack, context.structures[track], [*context.figures, *_named(context, track, pack)])
        named = {(key.parameter, key.facility) for key in [*context.figures, *_named(context, track, pack)]}
        for parameter in pack.parameters.values():
            for own, facility in layout.placements(parameter) if parameter.planned else ():
                present = parameter.asked != "if_present" or (parameter.id, facility) in named
                for item in layout.items(parameter, track, facility) if own == track and present else ():
                    found.setdefault((parameter.id, facility, item), Subject(track, facility, item, parameter))
    return list(found.values())


def _named(context: Context, track: str, pack: RulePack) -> Iterator[Key]:
    """Keys of the year of every quantity that the map or the plan has, at a facility that carries it on a track."""
    rows = [*context.flow.streams.values(), *context.flow.tables["plan"]]
    for row in rows:
        parameter, facility = pack.parameters.get(row["parameter"] or ""), row["facility_id"] or ""
        place = context.flow.facilities.get(facility)
        if parameter and place is not None and place["kind"] in parameter.at(track):
            yield Key(track, parameter.id, facility, row["item"] or "", str(context.year))


@check("plan.completeness")
def completeness(context: Context) -> Iterator[Result]:
    """The plan has a row for every parameter that the pack wants planned."""
    year = str(context.year)
    if not context.flow.tables["plan"]:
        facility = context.flow.entity_id
        message = "plan.completeness.none"
        yield Result("plan.completeness", NOT_SATISFIED, facility, (), year, "plan", "plan", message=message)
        return
    for subject in looked_at(context):
        if not subject.parameter.planned:
            continue
        base: About = {"facility": subject.facility, "stream": subject.name, "source": "plan", "item": subject.item}
        base |= {"parameter": subject.parameter.id, "track": subject.track}
        outcome = SATISFIED if rows_for(context, subject) else NOT_SATISFIED
        yield Result("plan.completeness", outcome, period=year, **base)


@check("plan.method")
def method(context: Context) -> Iterator[Result]:
    """Each month's figure was obtained as the version of the plan in force in that month says: measured or by default.

    It concerns what the pack lets a unit obtain either way.
    """
    for subject in reported_subjects(context):
        if not set(subject.parameter.obtained) >= ROUTES:
            continue
        base: About = {"facility": subject.facility, "stream": subject.name, "source": "plan", "item": subject.item}
        base |= {"parameter": subject.parameter.id, "track": subject.track}
        good: list[str] = []
        for month in context.months:
            figure = context.figures.get(subject.key(month))
            rows = rows_in_force(context, subject.facility, subject.parameter.id, subject.item, (month,))
            ways = {row["acquisition"] for row in rows}
            if figure is None or figure.route not in ROUTES or not ways or not ways <= ROUTES:
                continue
            if figure.route in ways:  # a version that starts within the month leaves both ways open
                good.append(month)
                continue
            detail = _words(planned=rows[-1]["acquisition"], found=figure.route)
            places = (rows[-1].cell("acquisition"), figure.place)
            yield Result("plan.method", NOT_SATISFIED, months=(month,), detail=detail, places=places, **base)
        if good:
            yield Result("plan.method", SATISFIED, months=tuple(good), **base)


@check("plan.instrument", "plan.frequency")
def practice(context: Context) -> Iterator[Result]:
    """The instrument and the frequency in use are those of the plan."""
    for subject in looked_at(context):
        rows, source = rows_for(context, subject), source_for(context, subject)
        if not rows or source is None:
            continue
        base: About = {"facility": subject.facility, "stream": source["stream_id"], "item": subject.item}
        base |= {"parameter": subject.parameter.id, "track": subject.track}
        yield from _instrument(context, rows, source, base)
        yield from _frequency(context, rows[-1], source, base)


def _instrument(context: Context, rows: list[Row], source: Row, base: About) -> Iterator[Result]:
    """Each plan row in force names the instrument that the source uses."""
    used = context.flow.instrument_of(source["source_id"])
    named = [row for row in rows if row["instrument_id"]]
    if not named or used is None:
        return
    name, year = used["instrument_id"], str(context.year)
    base["source"] = name
    others = [row for row in named if row["instrument_id"] != name]
    if not others:
        yield Result("plan.instrument", SATISFIED, period=year, **base)
        return
    yield Result(
        "plan.instrument",
        NOT_SATISFIED,
        period=year,
        detail={"planned": others[-1]["instrument_id"]},
        places=(others[-1].cell("instrument_id"), source.cell("instrument_id")),
        **base,
    )


def _frequency(context: Context, row: Row, source: Row, base: About) -> Iterator[Result]:
    planned = {"continuous": "daily"}.get(row["record_frequency"] or "", row["record_frequency"] or "")
    if planned not in FREQUENCIES:
        return
    found, year = recorded(context, source), str(context.year)
    base["source"] = source["source_id"]
    enough = FREQUENCIES.index(found) >= FREQUENCIES.index(planned) if found else False
    outcome = SATISFIED if enough else (NOT_SATISFIED if found else NOT_EVALUATED)
    yield Result(
        "plan.frequency",
        outcome,
        period=year,
        message="" if found else "plan.frequency.unknown",
        detail=_words(planned=planned, found=found),
        places=(row.cell("record_frequency"),),
        **base,
    )


def _words(*, planned: str, found: str) -> dict[str, str]:
    """What was planned and what was found in the words of both languages."""
    names = {"planned": planned, "found": found}
    zh = {f"{name}_zh": LABELS.get(value, value) for name, value in names.items()}
    return zh | {f"{name}_en": value for name, value in names.items()}


def recorded(context: Context, source: Row) -> str:
    """How often the record behind a source is made, as the rows show; "" where there are no rows."""
    root = context.flow.root(source["source_id"])
    if not context.flow.series(root["source_id"]).months and not context.flow.series(root["source_id"]).intervals:
        return ""
    if root["records"] == "meter_readings":
        intervals = meter_intervals(context.flow, root["instrument_id"] or "")
        days = sum(month_days(month) for month in context.months)
        return "daily" if 2 * len(intervals) > days else "monthly"
    return RECORDED.get(root["records"], "monthly")
