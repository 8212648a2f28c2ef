"""Materials that mistakes like: deducted raw materials, survey adjustments, raw-meal ratios, keyed figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, Context, Dated, Measured, Result, check
from verifierkit.checks.keys import feeds_report, figure_deltas, in_unit, printed_digits, round_half_up
from verifierkit.columns import Row, catalogue, select
from verifierkit.flowmap import INDEPENDENT
from verifierkit.periods import month_of

CEMENT_MILL = "cement_mill"
KEY_SEPARATOR = "|"


def _deducted(context: Context) -> Iterator[tuple[Row, list[Row], Measured]]:
    """Sources of deducted materials with their rows and the base of their results."""
    for source in context.flow.sources.values():
        rows = [r for r in context.flow.rows("deducted_materials", source["source_id"]) if r["month"] in context.months]
        if source["records"] == "deducted_materials" and rows:
            stream = context.flow.streams[source["stream_id"]]
            base: Measured = {"facility": stream["facility_id"] or "", "stream": source["stream_id"], "unit": "t"}
            base |= {
                "source": source["source_id"],
                "parameter": stream["parameter"] or "",
                "item": stream["item"] or "",
            }
            yield source, rows, base


@check("material.mill")
def mill(context: Context) -> Iterator[Result]:
    """What enters the cement mill is not deducted."""
    for source, rows, base in _deducted(context):
        wrong = [row for row in rows if row["enters"] == CEMENT_MILL and row["dry_t"]]
        good = tuple(row["month"] for row in rows if row not in wrong)
        if good:
            yield Result("material.mill", SATISFIED, months=good, **base)
        for row in wrong:
            yield Result(
                "material.mill",
                NOT_SATISFIED,
                months=(row["month"],),
                observed=row["dry_t"],
                expected=Decimal(0),
                places=(row.cell("enters"), row.cell("dry_t")),
                deltas=figure_deltas(context, source, row["month"], -row["dry_t"], "t"),
                **base,
            )


@check("material.moisture")
def moisture(context: Context) -> Iterator[Result]:
    """Dry tonnes are wet tonnes times one minus moisture, to the digits printed."""
    for source, rows, base in _deducted(context):
        known = [row for row in rows if None not in (row["wet_t"], row["moisture_fraction"], row["dry_t"])]
        digits = printed_digits(row["dry_t"] for row in known)
        good = []
        for row in known:
            expected = round_half_up(row["wet_t"] * (1 - row["moisture_fraction"]), digits)
            if expected == row["dry_t"]:
                good.append(row["month"])
                continue
            change = expected - row["dry_t"]
            deducted = row["enters"] != CEMENT_MILL  # what enters the cement mill is taken out whole by its own rule
            yield Result(
                "material.moisture",
                NOT_SATISFIED,
                months=(row["month"],),
                observed=row["dry_t"],
                expected=expected,
                hint="hint.wet" if row["dry_t"] == row["wet_t"] else "",
                places=(row.cell("wet_t"), row.cell("moisture_fraction"), row.cell("dry_t")),
                deltas=figure_deltas(context, source, row["month"], change, "t") if deducted else (),
                **base,
            )
        if good:
            yield Result("material.moisture", SATISFIED, months=tuple(good), **base)


@check("survey.adjustment")
def adjustment(context: Context) -> Iterator[Result]:
    """A survey adjustment of a store stands in the stock account and not in the output ledger as well."""
    for node in context.flow.nodes.values():
        rows = [
            row
            for row in select(context.flow.tables["stock_counts"], node_id=node["node_id"])
            if row["adjustment_t"] and row["counted_on"] and month_of(row["counted_on"]) in context.months
        ]
        base: Measured = {
            "facility": node["facility_id"] or "",
            "stream": node["node_id"],
            "source": "stock_counts",
            "unit": "t",
        }
        good = []
        for row in rows:
            twice = list(_booked_again(context, node, row))
            good += [] if twice else [month_of(row["counted_on"])]
            yield from (_twice(context, row, source, base) for source in twice)
        if good:
            yield Result("survey.adjustment", SATISFIED, months=tuple(good), **base)


def _booked_again(context: Context, node: Row, row: Row) -> Iterator[Row]:
    """Ledgers of the node's streams that differ from their records by just the adjustment."""
    month = month_of(row["counted_on"])
    for stream in (*context.flow.inflows(node["node_id"]), *context.flow.outflows(node["node_id"])):
        for source in context.flow.sources_of(stream["stream_id"]):
            origin = source["derives_from"]
            if origin in (None, "", INDEPENDENT) or origin not in context.flow.sources:
                continue
            series, records = context.flow.series(source["source_id"]), context.flow.series(origin)
            found, amount = in_unit(records, month, series.unit), series.months.get(month)
            if found is None or amount is None:
                continue
            digits = printed_digits([amount.value])
            if abs(amount.value - round_half_up(found, digits)) == abs(row["adjustment_t"]):
                yield source


def _twice(context: Context, row: Row, source: Row, base: Measured) -> Result:
    month = month_of(row["counted_on"])
    amount = context.flow.series(source["source_id"]).months[month]
    origin = context.flow.series(source["derives_from"])
    unit = context.flow.series(source["source_id"]).unit
    expected = round_half_up(in_unit(origin, month, unit) or Decimal(0), printed_digits([amount.value]))
    reports, change = feeds_report(context, source), expected - amount.value
    return Result(
        "survey.adjustment",
        NOT_SATISFIED,
        months=(month,),
        observed=amount.value,
        expected=expected,
        detail={"adjustment": format(row["adjustment_t"], "f"), "ledger": source["source_id"]},
        places=(row.cell("adjustment_t"), *amount.places),
        deltas=figure_deltas(context, source, month, change, unit) if reports else (),
        **base,
    )


@check("ratio.fixed")
def fixed_ratio(context: Context) -> Iterator[Result]:
    """A raw-meal ratio that never moves while output is worked out from it is explained."""
    for facility in context.flow.facilities:
        rows = [row for row in select(context.flow.tables["raw_meal_ratios"], facility_id=facility) if row["ratio"]]
        rows = [row for row in rows if row["month"] in context.months]
        source = _ratio_source(context, facility)
        if not rows or source is None:
            continue
        base: Dated = {
            "facility": facility,
            "stream": source["stream_id"],
            "source": source["source_id"],
            "unit": "t/t",
        }
        base |= {"period": str(context.year)}
        if len(rows) <= 2:
            yield Result("ratio.fixed", NOT_EVALUATED, message="ratio.fixed.few", **base)
            continue
        constant = len({row["ratio"] for row in rows}) == 1
        places = tuple(row.cell("ratio") for row in rows) if constant else ()
        outcome = NOT_SATISFIED if constant else SATISFIED
        yield Result("ratio.fixed", outcome, observed=rows[0]["ratio"], places=places, **base)


def _ratio_source(context: Context, facility: str) -> Row | None:
    """The source by which the reported output of a facility is worked out from its feed."""
    return next(
        (
            source
            for source in context.flow.sources.values()
            if source["records"] == "feed_over_ratio"
            and context.flow.facility_of(source["stream_id"]) == facility
            and feeds_report(context, source)
        ),
        None,
    )


@check("transcription.tick")
def tick(context: Context) -> Iterator[Result]:
    """A figure keyed from a scan is ticked by a second person and stands in its table as it was keyed."""
    files: dict[str, list[Row]] = {}
    for row in context.flow.tables["transcriptions"]:
        files.setdefault(row["file"] or "", []).append(row)
    for file, rows in files.items():
        base: Dated = {"period": str(context.year), "stream": file, "source": "transcriptions"}
        open_rows = [row for row in rows if not row["ticked_by"] or row["ticked_by"] == row["keyed_by"]]
        wrong = [(row, cell) for row in rows if (cell := _keyed(context, row)) and not _same(row["value"], cell)]
        if not open_rows and not wrong:
            yield Result("transcription.tick", SATISFIED, **base)
        if open_rows:
            places = tuple(row.cell("value") for row in open_rows)
            detail = {"count": str(len(open_rows)), "label": "; ".join(str(row["label"]) for row in open_rows)}
            yield Result("transcription.tick", NOT_SATISFIED, detail=detail, places=places, **base)
        for row, cell in wrong:
            detail = {"label": str(row["label"]), "keyed": str(row["value"]), "held": str(cell[0][cell[1]])}
            places = (row.cell("value"), cell[0].cell(cell[1]))
            yield Result(
                "transcription.tick",
                NOT_SATISFIED,
                message="transcription.tick.differs",
                detail=detail,
                places=places,
                **base,
            )


def _keyed(context: Context, row: Row) -> tuple[Row, str] | None:
    """The row and column that a transcription says it was keyed into, None where it names none that exists."""
    spec = catalogue().get(row["table"] or "")
    if spec is None or row["column"] not in spec.columns:
        return None
    for other in context.flow.tables[spec.name]:
        if KEY_SEPARATOR.join("" if other[name] is None else str(other[name]) for name in spec.key) == row["row_key"]:
            return other, row["column"]
    return None


def _same(text: str, cell: tuple[Row, str]) -> bool:
    """Whether a keyed text is the value of a cell; numbers are compared as numbers."""
    held = cell[0][cell[1]]
    if not isinstance(held, Decimal):
        return str(held) == text
    try:
        return Decimal(text.replace(",", "")) == held
    except InvalidOperation:
        return False
