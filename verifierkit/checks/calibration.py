"""Calibration of the instruments behind reported figures, and what the conservative principle makes of a gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, About, Context, Result, check
from verifierkit.checks.keys import figure_keys, round_half_up
from verifierkit.checks.plan import rows_in_force
from verifierkit.columns import Row, select
from verifierkit.emissions import Key
from verifierkit.errors import Place
from verifierkit.flowmap import INDEPENDENT
from verifierkit.periods import month_bounds, month_days

# instruments whose validity is not shown by a calibration certificate of their own
WITHOUT_CERTIFICATE = ("laboratory", "survey", "current_transformer", "voltage_transformer")
# activity data that lower the emission: the conservative direction is down
DEDUCTED = ("deducted_material_t",)


@check("calibration.validity")
def validity(context: Context) -> Iterator[Result]:
    """Every instrument behind a reported quantity is covered by a certificate on every day of use."""
    for stream in context.flow.streams.values():
        source = context.flow.first_source(stream["stream_id"])
        instrument = context.flow.instrument_of(source["source_id"]) if source else None
        used = [m for m in context.months if figure_keys(context, stream["stream_id"], "", m)]
        if instrument is None or instrument["kind"] in WITHOUT_CERTIFICATE or not used:
            continue
        yield from _instrument(context, stream, instrument, used)


def _instrument(context: Context, stream: Row, instrument: Row, months: Sequence[str]) -> Iterator[Result]:
    name = instrument["instrument_id"]
    issued = [
        row
        for row in select(context.flow.tables["calibrations"], instrument_id=name)
        if row["calibrated_on"] and row["valid_until"]
    ]
    certificates = [row for row in issued if row["result"] != "fail"]
    base: About = {"facility": stream["facility_id"] or "", "stream": stream["stream_id"], "source": name}
    base |= {"parameter": stream["parameter"] or "", "item": stream["item"] or ""}
    open_days = {month: _open_days(certificates, month) for month in months}
    good = tuple(month for month in months if not open_days[month])
    if good:
        yield Result("calibration.validity", SATISFIED, months=good, **base)
    required = required_accuracy(context, stream, instrument)
    for month in months:
        if open_days[month]:
            yield _gap(context, stream, month, open_days[month], required, _cells(instrument, certificates), base)
    for row in issued:
        yield from _error_found(context, stream, row, required, base)


def _cells(instrument: Row, certificates: Sequence[Row]) -> tuple[Place, ...]:
    """Cells that show how far the certificates reach; the instrument's own where there is none."""
    return tuple(row.cell("valid_until") for row in certificates) or (instrument.cell("instrument_id"),)


def _open_days(certificates: Sequence[Row], month: str) -> int:
    """Days of a month that no certificate covers."""
    start, end = month_bounds(month)
    days = (start + timedelta(days=index) for index in range((end - start).days))
    return sum(not any(row["calibrated_on"] <= day <= row["valid_until"] for row in certificates) for day in days)


def required_accuracy(context: Context, stream: Row, instrument: Row) -> Decimal | None:
    """Accuracy that the plan requires of the stream's instrument, else the limit of its class, as a fraction."""
    planned = rows_in_force(context, stream["facility_id"] or "", stream["parameter"] or "", stream["item"] or "")
    stated = [row for row in planned if row["accuracy_fraction"] is not None]
    found: Decimal | None = stated[-1]["accuracy_fraction"] if stated else instrument["accuracy_fraction"]
    return found


def _gap(
    context: Context,
    stream: Row,
    month: str,
    days: int,
    required: Decimal | None,
    places: tuple[Place, ...],
    base: About,
) -> Result:
    share = Decimal(days) / month_days(month)
    return Result(
        "calibration.validity",
        NOT_SATISFIED,
        months=(month,),
        observed=Decimal(days),
        expected=Decimal(0),
        unit="d",
        detail={"accuracy": "-" if required is None else format(required, "f")},
        places=places,
        deltas=tuple(_conservative(context, stream, month, None if required is None else required * share)),
        **base,
    )


def _conservative(context: Context, stream: Row, month: str, change: Decimal | None) -> Iterator[tuple[Key, Decimal]]:
    """Activity times (1 + change), production and deductions times (1 - change), on the reported figures of a month.

    References
    ----------
    CETS-VG-01.01-V02-2026 (sister rule): uncalibrated or late meters.
    """
    for key in figure_keys(context, stream["stream_id"], "", month):
        parameter = context.packs[key.track].parameters[key.parameter]
        if change is None or parameter.role not in ("activity", "production"):
            continue
        sign = Decimal(1) if parameter.role == "activity" and parameter.id not in DEDUCTED else Decimal(-1)
        value = context.figures[key].value if key.period == month else Decimal(0)
        amount = round_half_up(value * change * sign, parameter.digits)
        if amount:
            yield key, amount


def _error_found(
    context: Context, stream: Row, certificate: Row, required: Decimal | None, base: About
) -> Iterator[Result]:
    """A calibration found an error above what is required: the months that it covers are corrected by the excess."""
    error = certificate["error_fraction"]
    if error is None or required is None or abs(error) <= required:
        return
    covered = [m for m in context.months if _overlaps(m, certificate["calibrated_on"], certificate["valid_until"])]
    excess = abs(error) - required
    if not covered:
        return
    yield Result(
        "calibration.validity",
        NOT_SATISFIED,
        months=tuple(covered),
        observed=abs(error),
        expected=required,
        unit="1",
        message="calibration.validity.error",
        places=(certificate.cell("error_fraction"),),
        deltas=tuple(pair for month in covered for pair in _conservative(context, stream, month, excess)),
        **base,
    )


def _overlaps(month: str, first: date, last: date) -> bool:
    start, end = month_bounds(month)
    return first < end and last >= start


@check("source.dependence")
def dependence(context: Context) -> Iterator[Result]:
    """Every source says what it derives from; where it does not, it counts as dependent."""
    for source in context.flow.sources.values():
        facility, origin = context.flow.facility_of(source["stream_id"]), source["derives_from"]
        base: About = {"facility": facility, "stream": source["stream_id"], "source": source["source_id"]}
        message = "source.dependence.unknown" if origin and not _known_origin(context, source) else ""
        outcome = SATISFIED if origin and not message else NOT_SATISFIED
        yield Result(
            "source.dependence",
            outcome,
            period=str(context.year),
            message=message,
            detail={"origin": origin} if message else {},
            places=() if outcome == SATISFIED else (source.cell("derives_from"),),
            **base,
        )


def _known_origin(context: Context, source: Row) -> bool:
    """Whether the origin is an independent record or another source that does not lead back to this one."""
    origin = source["derives_from"]
    if origin == INDEPENDENT:
        return True
    lineage = context.flow.lineage(origin)
    return bool(lineage) and all(row is not source for row in lineage)


@check("lab.dates")
def lab_dates(context: Context) -> Iterator[Result]:
    """A report is issued after sampling and receipt, and within the days that the rule gives after the month."""
    days = int(context.rule("lab.dates").limit("days"))
    for source in context.flow.sources.values():
        rows = context.flow.rows(source["records"] or "", source["source_id"])
        rows = [row for row in rows if row["sampled_on"] and _month(row) in context.months]
        if source["records"] not in ("coal_analyses", "lab_results") or not rows:
            continue
        facility = context.flow.facility_of(source["stream_id"])
        base: About = {"facility": facility, "stream": source["stream_id"], "source": source["source_id"]}
        dated = [row for row in rows if row["received_on"] or row["issued_on"]]
        wrong = [row for row in dated if _out_of_order(row) or _late(row, days)]
        months = tuple(sorted({_month(row) for row in dated} - {_month(row) for row in wrong}))
        if months:
            yield Result("lab.dates", SATISFIED, months=months, **base)
        if not dated:
            yield Result("lab.dates", NOT_EVALUATED, period=str(context.year), message="lab.dates.undated", **base)
        for row in wrong:
            detail = {name: str(row[name] or "-") for name in ("report_no", "sampled_on", "received_on", "issued_on")}
            places = (row.cell("sampled_on"), row.cell("issued_on"))
            yield Result("lab.dates", NOT_SATISFIED, months=(_month(row),), detail=detail, places=places, **base)


def _month(row: Row) -> str:
    return f"{row['sampled_on']:%Y-%m}"


def _out_of_order(row: Row) -> bool:
    order = [row[name] for name in ("sampled_on", "received_on", "issued_on") if row[name]]
    return order != sorted(order)


def _late(row: Row, days: int) -> bool:
    due = month_bounds(_month(row))[1] + timedelta(days=days)  # the day after the last day in time
    return row["issued_on"] is not None and bool(row["issued_on"] >= due)
