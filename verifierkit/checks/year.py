"""The year beside its neighbours: change against last year, opening stocks, documents around 31 December."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, SATISFIED, About, Context, Dated, Result, check
from verifierkit.checks.misfits import CLOSING_STOCK
from verifierkit.columns import Row, select
from verifierkit.constants import FOUR_DECIMALS
from verifierkit.periods import month_bounds, month_of, months_of
from verifierkit.series import converted

INTENSITY = "intensity"


@check("year.change")
def change(context: Context) -> Iterator[Result]:
    """Intensities of the year moved no more than the band against last year."""
    if context.part_year:
        return
    for subject in context.subjects:
        if subject.parameter.role != "result" or INTENSITY not in subject.parameter.id:
            continue
        this = context.figures.get(subject.key(str(context.year)))
        last = context.last_year.get(subject.key(str(context.year - 1)))
        base: Dated = {
            "track": subject.track,
            "facility": subject.facility,
            "stream": subject.name,
            "source": "reported",
        }
        base |= {"parameter": subject.parameter.id, "item": subject.item, "period": str(context.year)}
        base["unit"] = subject.parameter.unit_of(subject.item)
        if this is None or last is None or not last.value:
            yield Result("year.change", NOT_EVALUATED, message="year.change.no_last_year", **base)
            continue
        limit = context.rule("year.change", subject.track).limit("change")
        moved = (this.value - last.value) / last.value
        yield Result(
            "year.change",
            SATISFIED if abs(moved) <= limit else NOT_SATISFIED,
            observed=this.value,
            expected=last.value,
            detail={"change": format(moved.quantize(FOUR_DECIMALS), "f"), "band": format(limit, "f")},
            places=(this.place, last.place),
            **base,
        )


@check("year.opening_stock")
def opening_stock(context: Context) -> Iterator[Result]:
    """The level counted at the end of last year equals the closing level that last year's case reported."""
    day = date(context.year, 1, 1) - timedelta(days=1)
    for node in context.flow.nodes.values():
        if node["kind"] != "store":
            continue
        base: About = {"facility": node["facility_id"] or "", "stream": node["node_id"], "source": "stock_counts"}
        months = (context.months[0],)
        count = next(select(context.flow.tables["stock_counts"], node_id=node["node_id"], counted_on=day), None)
        last = _closing(context, node)
        level = converted(last["value"], last["unit"], "t") if last else None
        if count is None or last is None or count["quantity_t"] is None or level is None:
            yield Result("year.opening_stock", NOT_EVALUATED, months=months, message="year.opening_stock.none", **base)
            continue
        same = count["quantity_t"] == level
        yield Result(
            "year.opening_stock",
            SATISFIED if same else NOT_SATISFIED,
            months=months,
            observed=count["quantity_t"],
            expected=level,
            unit="t",
            places=(count.cell("quantity_t"), last.cell("value")),
            **base,
        )


def _closing(context: Context, node: Row) -> Row | None:
    """Closing level of a store in last year's report: of the year, or of its last month."""
    last = context.year - 1
    rows = select(context.flow.tables["reported"], parameter=CLOSING_STOCK, item=node["node_id"], data_year=last)
    return next((row for row in rows if row["month"] in (None, months_of(last)[-1])), None)


@check("cutoff.year_end")
def cutoff(context: Context) -> Iterator[Result]:
    """Documents booked in the year are dated in it; what was still on the way is not booked as received."""
    start, end = date(context.year, 1, 1), date(context.year + 1, 1, 1)
    for source in context.flow.sources.values():
        column = {"transactions": "received_on", "tickets": "weighed_on"}.get(source["records"] or "")
        rows = context.flow.rows(source["records"] or "", source["source_id"]) if column else []
        if column is None or not rows:
            continue
        facility = context.flow.facility_of(source["stream_id"])
        base: About = {"facility": facility, "stream": source["stream_id"], "source": source["source_id"]}
        wrong = [row for row in rows if row[column] is not None and not start <= row[column] < end]
        if not wrong:
            yield Result("cutoff.year_end", SATISFIED, months=tuple(context.months), **base)
        for row in wrong:
            month = _booked_month(context, row, row[column] >= end)
            if month in context.months:
                yield Result(
                    "cutoff.year_end",
                    NOT_SATISFIED,
                    months=(month,),
                    observed=row["weighed_t"] if column == "received_on" else row["net_t"],
                    unit="t",
                    detail={"date": str(row[column])},
                    places=(row.cell(column),),
                    **base,
                )


def _booked_month(context: Context, row: Row, after: bool) -> str:
    """Month of dispatch where it lies in the year, else the edge of the year that the date crosses."""
    sent = row["dispatched_on"]
    if sent is not None and sent.year == context.year:
        return month_of(sent)
    return f"{context.year}-12" if after else month_of(month_bounds(f"{context.year}-01")[0])
