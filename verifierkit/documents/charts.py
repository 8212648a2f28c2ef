"""Charts of the record by month: settlement, production and stock, coal, intensities. All from ``record["pictures"]``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from verifierkit.documents.chart_data import Panel, Series, chart_data
from verifierkit.documents.drawing import ACCENT, GREY, INK, LINE, RED, SERIES, SOFT, Drawing, place, text_width
from verifierkit.documents.flow_picture import flow_pictures
from verifierkit.documents.joint_pictures import KINDS, joint_pictures
from verifierkit.documents.joint_story import NAME as STORY
from verifierkit.documents.joint_story import story
from verifierkit.documents.pictures import Picture, stacked
from verifierkit.documents.view import View
from verifierkit.documents.waterfall import waterfall

WIDTH, LEFT, RIGHT, TOP, GAP, ROW = 680, 62, 12, 34, 40, 50
BAND_FILL = "#e4eef0"


def charts(view: View) -> dict[str, Picture]:
    """All charts for which the record holds data."""
    drawn = {}
    for name, data in chart_data(view).items():
        drawn[name] = chart(name, *data)
    return drawn


def svg(name: str, record: Mapping[str, Any], language: str) -> str:
    """One picture as SVG, "" where it has no data; ``flow_map`` is all quantities, ``bridge`` a waterfall, ``joint_...`` of the fit."""
    view = View(dict(record), language)
    if name == "bridge":
        drawing = waterfall(view)
        return drawing.svg if drawing else ""
    if name == STORY:
        page = story(view)
        return page.svg if page else ""
    if name in KINDS:
        return stacked(joint_pictures(name, view))
    if name != "flow_map":
        data = chart_data(view).get(name)
        return chart(name, *data).svg if data else ""
    return stacked(list(flow_pictures(view).values()))


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


def band_rows(name: str, panels: list[Panel]) -> Picture:
    """One row for each facility and band where there is a single period: the band, the value and its place in it."""
    rows = [(panel, series) for panel in panels for series in panel.series]
    drawing = Drawing(name, WIDTH, TOP + ROW * len(rows))
    for n, (panel, series) in enumerate(rows):
        _band_row(drawing, panel, series, TOP + n * ROW)
    return drawing.picture()


def _band_row(drawing: Drawing, panel: Panel, series: Series, top: float) -> None:
    value, band = series.values[0], (panel.band or [None])[0]
    drawing.text(LEFT, top, panel.title, size=8.5, fill=SOFT)
    drawing.text(LEFT, top + 16, series.name, size=9, fill=INK)
    if value is None or band is None:
        return
    low, high = min(value, band[0]), max(value, band[1])
    spread = (high - low) or 1.0
    left, width = WIDTH / 2, WIDTH / 2 - RIGHT - 20

    def x_of(number: float) -> float:
        return left + (number - low + spread * 0.1) / (spread * 1.2) * width

    middle = top + 9
    drawing.line([(left, middle), (left + width, middle)], stroke=LINE, line=0.8)
    drawing.rect(x_of(band[0]), middle - 7, x_of(band[1]) - x_of(band[0]), 14, fill=BAND_FILL)
    for limit in band:
        drawing.line([(x_of(limit), middle - 7), (x_of(limit), middle + 7)], stroke=GREY, line=0.8)
        drawing.text(x_of(limit), middle + 18, f"{limit:,.5g}", size=7.5, fill=SOFT, anchor="middle")
    colour = ACCENT if band[0] <= value <= band[1] else RED
    drawing.dot(x_of(value), middle, 3.6, colour)
    drawing.text(x_of(value), middle - 11, f"{value:,.5g}", size=8.5, fill=colour, anchor="middle", bold=True)


def chart(name: str, months: list[str], panels: list[Panel]) -> Picture:
    """Panels one below the other over the same months; bands of a single period become rows."""
    if len(months) == 1 and all(panel.band for panel in panels):
        return band_rows(name, panels)
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
        drawing.text(centre, bottom + 13, month, size=7.5, fill=SOFT, anchor="middle")
    (_bars if panel.bars else _lines)(drawing, panel, centres, step, y_of)


def _band(
    drawing: Drawing,
    band: list[tuple[float, float] | None],
    centres: list[float],
    step: float,
    y_of: Callable[[float], float],
) -> None:
    for centre, pair in zip(centres, band, strict=True):
        if pair:
            drawing.rect(centre - step / 2, y_of(pair[1]), step, y_of(pair[0]) - y_of(pair[1]), fill=BAND_FILL)


def _bars(drawing: Drawing, panel: Panel, centres: list[float], step: float, y_of: Callable[[float], float]) -> None:
    wide = step * 0.72 / len(panel.series) if panel.series else step
    for k, series in enumerate(panel.series):
        for centre, value in zip(centres, series.values, strict=True):
            if value is not None:
                left = centre - wide * len(panel.series) / 2 + k * wide
                drawing.rect(
                    left, min(y_of(value), y_of(0)), wide - 1, abs(y_of(0) - y_of(value)), fill=SERIES[k % len(SERIES)]
                )


def _lines(drawing: Drawing, panel: Panel, centres: list[float], step: float, y_of: Callable[[float], float]) -> None:
    for k, series in enumerate(panel.series):
        colour = SERIES[k % len(SERIES)] if len(panel.series) > 1 else ACCENT
        points = [(x, y_of(value)) for x, value in zip(centres, series.values, strict=True) if value is not None]
        runs = _runs([value is not None for value in series.values])
        for start, end in runs:
            path = "M" + "L".join(
                f"{place(centres[n])} {place(y_of(series.values[n] or 0.0))}" for n in range(start, end)
            )
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
