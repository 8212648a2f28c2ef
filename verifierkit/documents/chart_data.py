"""What the charts draw: series by month or period from ``record["pictures"]``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from verifierkit.documents.fonts import printable
from verifierkit.documents.values import as_decimal, show_unit
from verifierkit.documents.view import View
from verifierkit.periods import show_period

COALS = ("anthracite", "bituminous", "lignite", "gangue", "coal_slime", "coke", "petroleum_coke")
TALL, MIDDLE, LOW = 150, 110, 80  # heights of panels [points]
PERCENT = 100


@dataclass(frozen=True)
class Series:
    """One series: a value [unit of the panel] or None for each month."""

    name: str
    values: list[float | None]


@dataclass(frozen=True)
class Panel:
    """One panel of a chart; ``zero`` keeps zero in sight, ``band`` holds the limits for each month."""

    title: str
    series: list[Series]
    height: int
    bars: bool = False
    zero: bool = False
    band: list[tuple[float, float] | None] | None = None


Data = tuple[list[str], list[Panel]]
Rows = list[dict[str, Any]]


def chart_data(view: View) -> dict[str, Data]:
    """Months and panels of each chart that has data."""
    makers: dict[str, Callable[[View, Rows], Data]] = {
        "settlement": _settlement,
        "production": _production,
        "coal": _coal,
        "intensity": _intensity,
    }
    found = {}
    for name, maker in makers.items():
        rows = view.record["pictures"].get(name)
        months, panels = maker(view, rows) if rows else ([], [])
        if panels:
            found[name] = (months, panels)
    return found


def has_chart(view: View, name: str) -> bool:
    """True where the record holds data for a chart."""
    return name in chart_data(view)


def _column(row: dict[str, Any]) -> str:
    return str(row.get("month") or row.get("period") or "")


def _columns(rows: Rows) -> list[str]:
    return sorted({_column(row) for row in rows})


def _sum(rows: Rows, key: str) -> float | None:
    """Sum of a column, exact before it becomes a place on a picture; None where a row lacks it."""
    values = [as_decimal(row.get(key)) for row in rows]
    if not values or any(value is None for value in values):
        return None
    return float(sum((value for value in values if value is not None), Decimal(0)))


def _facility_name(view: View, key: str) -> str:
    span = view.facility(key)
    return str(getattr(span, "text", key))


def _by_facility(view: View, rows: Rows, months: list[str], key: str) -> list[Series]:
    """One series for each facility, or for each facility and item where there are several items."""
    several = len({row.get("item", "") for row in rows}) > 1
    groups: dict[tuple[str, str], Rows] = {}
    for row in rows:
        groups.setdefault((row["facility"], row.get("item", "") if several else ""), []).append(row)
    series = []
    for (facility, item), own in groups.items():
        name = _facility_name(view, facility) + (f" {_item_name(view, item)}" if item else "")
        values = [_sum([row for row in own if _column(row) == month], key) for month in months]
        series.append(Series(name, values))
    return [one for one in series if any(value is not None for value in one.values)]


def _item_name(view: View, item: str) -> str:
    for row in view.record["parameters"]:
        if row["item"] == item and view.has(f"parameters/{row['id']}/item_label"):
            return str(getattr(view.quote(f"parameters/{row['id']}/item_label"), "text", item))
    return printable(item)


def _settlement(view: View, rows: Rows) -> Data:
    months, panels = _columns(rows), []
    streams = list(dict.fromkeys(row.get("stream", "") for row in rows))
    for stream in streams:
        own = [row for row in rows if row.get("stream", "") == stream]
        by_month = [[row for row in own if _column(row) == month] for month in months]
        settled, metered = ([_sum(group, key) for group in by_month] for key in ("settled_mwh", "metered_mwh"))
        name = _stream_name(view, stream) if len(streams) > 1 else ""
        panels += _settlement_panels(view, f"{name} MWh".strip(), settled, metered)
    return months, panels


def _settlement_panels(view: View, title: str, settled: list[float | None], metered: list[float | None]) -> list[Panel]:
    word = view.labels
    pairs = zip(settled, metered, strict=True)
    percent = [(left - right) / right * PERCENT if left is not None and right else None for left, right in pairs]
    bars = [Series(word["picture.settled"], settled), Series(word["picture.metered"], metered)]
    panels = [Panel(title, [one for one in bars if any(value is not None for value in one.values)], TALL, bars=True)]
    if any(value is not None for value in percent):
        panels.append(Panel(word["picture.difference"], [Series(word["picture.difference"], percent)], LOW, zero=True))
    return panels


def _stream_name(view: View, stream: str) -> str:
    return next((printable(row["name"]) for row in view.record["map"]["streams"] if row["stream_id"] == stream), stream)


def _production(view: View, rows: Rows) -> Data:
    months, word = _columns(rows), view.labels
    stocked = list({_column(row): row for row in rows if as_decimal(row.get("stock")) is not None})
    panels = [Panel(f"{word['picture.output']} / t", _by_facility(view, rows, months, "value"), TALL, bars=True)]
    if stocked:
        panels.append(Panel(f"{word['picture.stock']} / t", _stock_series(view, rows, months), MIDDLE, zero=True))
    return months, [panel for panel in panels if panel.series]


def _stock_series(view: View, rows: Rows, months: list[str]) -> list[Series]:
    """Stock of each facility; one line where all of them count the same store."""
    series = _by_facility(view, rows, months, "stock")
    same = len(series) > 1 and all(one.values == series[0].values for one in series)
    return [Series(view.labels["picture.stock"], series[0].values)] if same else series


def _coal(view: View, rows: Rows) -> Data:
    own = [row for row in rows if row.get("item", COALS[0]) in COALS]
    months, word = _columns(own), view.labels
    panels = [
        Panel(f"{word['picture.consumed']} / t", _by_facility(view, own, months, "consumed_t"), TALL, bars=True),
        Panel(f"{word['picture.ncv']} / (GJ/t)", _by_facility(view, own, months, "ncv"), MIDDLE),
    ]
    return months, [panel for panel in panels if panel.series]


def _intensity(view: View, rows: Rows) -> Data:
    """One row for each facility and period; a value over several months is no point of a monthly line."""
    several = len(_columns(rows)) > 1
    panels = []
    for row in rows:
        low, high, value = (_sum([row], key) for key in ("low", "high", "value"))
        if low is None or high is None or value is None:
            continue
        name = _facility_name(view, row["facility"])
        name += view.labels["dot"] + show_period(_column(row), view.lang) if several else ""
        panels.append(Panel(_band_title(view, row), [Series(name, [value])], MIDDLE, band=[(low, high)]))
    return ["intensity"], panels


def _band_title(view: View, row: dict[str, Any]) -> str:
    label = row.get("label")
    name = label.get(view.lang) if isinstance(label, dict) else view.labels.get(f"intensity.{row.get('parameter')}")
    kind = view.labels["picture.experience" if row.get("experience") else "picture.band"]
    unit = show_unit(str(row.get("unit", "")))
    return f"{printable(str(name or row.get('parameter', '')))} / {unit}{view.labels['dot']}{kind}"
