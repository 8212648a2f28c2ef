"""Charts of the record by month: settlement, production and stock, coal, intensities. All from ``record["pictures"]``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verifierkit.documents.drawing import ACCENT, GREY, INK, LINE, SERIES, SOFT, Drawing, place, text_width
from verifierkit.documents.pictures import Picture
from verifierkit.documents.values import as_decimal, show_unit
from verifierkit.documents.view import View

WIDTH, LEFT, RIGHT, TOP, GAP = 680, 62, 12, 34, 40
BAND_FILL = "#e4eef0"


@dataclass(frozen=True)
class Series:
    """One series: a value [unit of the panel] or None for each month."""

    name: str
    values: list[float | None]


@dataclass(frozen=True)
class Panel:
    """One panel of a chart; ``zero`` keeps zero in sight, ``band`` holds the lower and upper limit for each month."""

    title: str
    series: list[Series]
    height: int
    bars: bool = False
    zero: bool = False
    band: list[tuple[float, float] | None] | None = None


def charts(view: View) -> dict[str, Picture]:
    """All charts for which the record holds data."""
    makers: dict[str, Callable[[View, list[dict[str, Any]]], tuple[list[str], list[Panel]]]] = {
        "settlement": _settlement, "production": _production, "coal": _coal, "intensity": _intensity,
    }
    drawn = {}
    for name, maker in makers.items():
        rows = view.record["pictures"].get(name)
        if rows:
            drawn[name] = chart(f"{name}", *maker(view, rows))
    return drawn


def _number(value: Any) -> float | None:
    number = as_decimal(value)
    return None if number is None else float(number)


def _by_facility(view: View, rows: list[dict[str, Any]], months: list[str], key: str) -> list[Series]:
    facilities = list(dict.fromkeys(row["facility"] for row in rows))
    found = {(row["facility"], row["month"]): _number(row.get(key)) for row in rows}
    series = []
    for facility in facilities:
        name = view.facility(facility)
        series.append(Series(getattr(name, "text", facility), [found.get((facility, month)) for month in months]))
    return [one for one in series if any(value is not None for value in one.values)]


def _months(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({row["month"] for row in rows})


def _settlement(view: View, rows: list[dict[str, Any]]) -> tuple[list[str], list[Panel]]:
    months = _months(rows)
    found = {row["month"]: (_number(row.get("settled_mwh")), _number(row.get("metered_mwh"))) for row in rows}
    pairs = [found[month] for month in months]
    percent = [(settled - metered) / metered * 100 if settled is not None and metered else None for settled, metered in pairs]
    word = view.labels
    return months, [
        Panel("MWh", [Series(word["picture.settled"], [pair[0] for pair in pairs]), Series(word["picture.metered"], [pair[1] for pair in pairs])], 150, bars=True),
        Panel(word["picture.difference"], [Series(word["picture.difference"], percent)], 76, zero=True),
    ]


def _production(view: View, rows: list[dict[str, Any]]) -> tuple[list[str], list[Panel]]:
    months, word = _months(rows), view.labels
    panels = [Panel(f"{word['picture.output']} / t", _by_facility(view, rows, months, "value"), 140, bars=True),
              Panel(f"{word['picture.stock']} / t", _by_facility(view, rows, months, "stock"), 90)]
    return months, [panel for panel in panels if panel.series]


def _coal(view: View, rows: list[dict[str, Any]]) -> tuple[list[str], list[Panel]]:
    months, word = _months(rows), view.labels
    panels = [Panel(f"{word['picture.consumed']} / t", _by_facility(view, rows, months, "consumed_t"), 140, bars=True),
              Panel(f"{word['picture.ncv']} / (GJ/t)", _by_facility(view, rows, months, "ncv"), 90)]
    return months, [panel for panel in panels if panel.series]


def _intensity(view: View, rows: list[dict[str, Any]]) -> tuple[list[str], list[Panel]]:
    months, word = _months(rows), view.labels
    panels = []
    for name in dict.fromkeys(row["parameter"] for row in rows):
        own = [row for row in rows if row["parameter"] == name]
        title = f"{_intensity_name(view, name)} / ({show_unit(own[0]['unit'])})"
        title += f"  {word['picture.experience' if own[0].get('experience') else 'picture.band']}"
        limits = {row["month"]: (_number(row.get("low")), _number(row.get("high"))) for row in reversed(own)}
        band = [(low, high) if low is not None and high is not None else None for low, high in (limits.get(month, (None, None)) for month in months)]
        panels.append(Panel(title, _by_facility(view, own, months, "value"), 110, band=band))
    return months, panels


def _intensity_name(view: View, name: str) -> str:
    return view.labels.get(f"intensity.{name}") or next((str(view.quote(f"parameters/{row['id']}/label").text) for row in view.record["parameters"] if row["parameter"] == name), name)


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round tick values that cover a range."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick value with the digits that its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if f"{step:e}".startswith("2.5") else 0)
    return f"{value:,.{digits}f}" if step < 1000 or digits else f"{value:,.0f}"


def chart(name: str, months: list[str], panels: list[Panel]) -> Picture:
    """Panels one below the other over the same months."""
    height = TOP + sum(panel.height + GAP for panel in panels)
    drawing = Drawing(name, WIDTH, height)
    _legend(drawing, panels)
    top = float(TOP)
    for panel in panels:
        _panel(drawing, panel, months, top)
        top += panel.height + GAP
    return drawing.picture()


def _legend(drawing: Drawing, panels: list[Panel]) -> None:
    names = list(dict.fromkeys(series.name for panel in panels if len(panel.series) > 1 for series in panel.series))
    x = float(LEFT)
    for n, name in enumerate(names):
        drawing.rect(x, 5, 11, 8, fill=SERIES[n % len(SERIES)], radius=1.5)
        drawing.text(x + 16, 12.5, name, size=9, fill=INK)
        x += 16 + text_width(name, 9) + 22


def _panel(drawing: Drawing, panel: Panel, months: list[str], top: float) -> None:
    values = [value for series in panel.series for value in series.values if value is not None]
    values += [limit for pair in panel.band or [] if pair for limit in pair]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if panel.bars or panel.zero:
        low, high = min(low, 0.0), max(high, 0.0)
    else:
        spread = (high - low) or abs(high) * 0.02 or 1.0
        low, high = low - spread * 0.15, high + spread * 0.15
    ticks = nice_ticks(low, high, 4 if panel.height > 100 else 3)
    low, high = ticks[0], ticks[-1]
    bottom, width = top + panel.height, WIDTH - LEFT - RIGHT

    def y_of(value: float) -> float:
        return bottom - (value - low) / (high - low) * panel.height

    step = width / max(len(months), 1)
    centres = [LEFT + (n + 0.5) * step for n in range(len(months))]
    if panel.band:
        _band(drawing, panel.band, centres, step, y_of)
    for tick in ticks:
        drawing.line([(LEFT, y_of(tick)), (WIDTH - RIGHT, y_of(tick))], stroke=LINE if tick else GREY, line=0.6)
        drawing.text(LEFT - 6, y_of(tick) + 3, tick_text(tick, ticks[1] - ticks[0]), size=8, fill=SOFT, anchor="end")
    drawing.text(LEFT, top - 7, panel.title, size=8.5, fill=SOFT)
    for centre, month in zip(centres, months, strict=True):
        drawing.text(centre, bottom + 13, month, size=7.5 if len(months) > 8 else 8, fill=SOFT, anchor="middle")
    (_bars if panel.bars else _lines)(drawing, panel, centres, step, y_of)


def _band(drawing: Drawing, band: list[tuple[float, float] | None], centres: list[float], step: float, y_of: Callable[[float], float]) -> None:
    for centre, pair in zip(centres, band, strict=True):
        if pair:
            drawing.rect(centre - step / 2, y_of(pair[1]), step, y_of(pair[0]) - y_of(pair[1]), fill=BAND_FILL)


def _bars(drawing: Drawing, panel: Panel, centres: list[float], step: float, y_of: Callable[[float], float]) -> None:
    wide = step * 0.72 / len(panel.series) if panel.series else step
    for k, series in enumerate(panel.series):
        for centre, value in zip(centres, series.values, strict=True):
            if value is not None:
                left = centre - wide * len(panel.series) / 2 + k * wide
                drawing.rect(left, min(y_of(value), y_of(0)), wide - 1, abs(y_of(0) - y_of(value)), fill=SERIES[k % len(SERIES)])


def _lines(drawing: Drawing, panel: Panel, centres: list[float], step: float, y_of: Callable[[float], float]) -> None:
    for k, series in enumerate(panel.series):
        colour = SERIES[k % len(SERIES)] if len(panel.series) > 1 else ACCENT
        points = [(x, y_of(value)) for x, value in zip(centres, series.values, strict=True) if value is not None]
        runs = _runs([value is not None for value in series.values])
        for start, end in runs:
            path = "M" + "L".join(f"{place(centres[n])} {place(y_of(series.values[n] or 0.0))}" for n in range(start, end))
            drawing.path(path, stroke=colour, line=1.6)
        for x, y in points:
            drawing.dot(x, y, 2.4, colour)


def _runs(present: list[bool]) -> list[tuple[int, int]]:
    """Half-open runs of neighbours that are present, two or longer."""
    runs, start = [], None
    for n, here in enumerate([*present, False]):
        if here and start is None:
            start = n
        elif not here and start is not None:
            if n - start > 1:
                runs.append((start, n))
            start = None
    return runs
