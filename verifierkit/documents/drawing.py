"""A small drawing surface that gives SVG: letters become outlines, so a picture needs no font and hides no text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from xml.sax.saxutils import quoteattr

from fontTools.pens.svgPathPen import SVGPathPen

from verifierkit.documents import fonts
from verifierkit.documents.pictures import Picture

INK, SOFT, LINE, TINT, ACCENT = "#1f2a35", "#5b6875", "#cfd7de", "#f1f4f7", "#1d4e6b"
SERIES = ("#1d4e6b", "#5fa3a8", "#c98a2b", "#8a94a0", "#7c5a86", "#7a8f3c")
ORANGE, GREY, RED = "#c0721b", "#8a94a0", "#9b2c2c"
GREEN, PALE_GREEN = "#3f8f5b", "#b9dcc5"
BOLD_STROKE = 34
OPENING = "（"  # never at the end of a line
CLOSING = "，。；：、）"  # never at the start of a line
UNITS = ("t", "MWh", "tCO2e", "%")  # stay with the figure before them
SIGNS = "×±–−"  # stay with the figures and brackets beside them


@cache
def _outline(char: str) -> str:
    pen = SVGPathPen(None, ntos=lambda value: str(round(value)))
    fonts.draw(char, pen)
    return str(pen.getCommands())


def text_width(text: str, size: float) -> float:
    """Width of a text [points]."""
    return sum(fonts.advance(char) for char in text) * size / 1000


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """A text in at most ``lines`` lines of a width [points]; what does not fit ends in an ellipsis."""
    done, line = [], ""
    for piece in _pieces(text):
        if line and text_width(line + piece, size) > width:
            done.append(line)
            line = piece.lstrip()
        else:
            line += piece
    done.append(line)
    if len(done) > lines or any(text_width(row, size) > width for row in done):
        done = [
            _clipped(row, size, width, more=n == lines - 1 and len(done) > lines) for n, row in enumerate(done[:lines])
        ]
    return [row.strip() for row in done]


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        if pieces and (
            char in CLOSING
            or pieces[-1][-1] == OPENING
            or (char != " " and _of_word(char) and _of_word(pieces[-1][-1]))
        ):
            pieces[-1] += char
        else:
            pieces.append(char)
    return _with_units(pieces) or [""]


def _with_units(pieces: list[str]) -> list[str]:
    """Pieces of a text with each unit beside its figure."""
    found: list[str] = []
    for piece in pieces:
        if found and found[-1][-1].isdigit() and piece.strip(f" .,;)—{CLOSING}") in UNITS:
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _of_word(char: str) -> bool:
    return char.isascii() or char in SIGNS


def _clipped(text: str, size: float, width: float, *, more: bool) -> str:
    if not more and text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def place(value: float) -> str:
    """A coordinate as written."""
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """Shapes on a page of ``width`` by ``height`` [points], origin top left; ``readable``: each text keeps its words."""

    def __init__(self, name: str, width: int, height: int, *, readable: bool = False) -> None:
        self.name, self.width, self.height, self.readable = name, width, height, readable
        self._shapes: list[str] = []
        self._letters: dict[str, str] = {}

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        stroke: str = "none",
        radius: float = 0,
        dash: str = "",
        line: float = 1,
    ) -> None:
        """A rectangle."""
        extra = (f' rx="{place(radius)}"' if radius else "") + self._stroke(stroke, line, dash)
        self._shapes.append(
            f'<rect x="{place(x)}" y="{place(y)}" width="{place(width)}" height="{place(height)}" fill="{fill}"{extra}/>'
        )

    def line(self, points: Sequence[tuple[float, float]], *, stroke: str, line: float = 1, dash: str = "") -> None:
        """A line through points."""
        path = "M" + "L".join(f"{place(x)} {place(y)}" for x, y in points)
        self.path(path, stroke=stroke, line=line, dash=dash)

    def path(
        self,
        path: str,
        *,
        stroke: str = "none",
        fill: str = "none",
        line: float = 1,
        dash: str = "",
        opacity: float = 1,
    ) -> None:
        """A path in SVG commands."""
        extra = self._stroke(stroke, line, dash) + (f' fill-opacity="{opacity}"' if opacity != 1 else "")
        self._shapes.append(f'<path d="{path}" fill="{fill}"{extra}/>')

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self._shapes.append(f'<circle cx="{place(x)}" cy="{place(y)}" r="{place(radius)}" fill="{fill}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """A line of text with its base line at ``y``; ``halo`` keeps it legible over lines."""
        width = text_width(text, size)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        if halo:
            self.rect(left - 1.5, y - size * 0.88, width + 3, size * 1.15, fill="#ffffff")
        scale, along, uses = size / 1000, 0, []
        for char in text:
            if char != " " and _outline(char):
                key = self._letters.setdefault(char, f"{self.name}-{len(self._letters)}")
                uses.append(f'<use href="#{key}" x="{along}"/>')
            along += fonts.advance(char)
        weight = f' stroke="{fill}" stroke-width="{BOLD_STROKE}"' if bold else ""
        weight += f" aria-label={quoteattr(text)}" if self.readable else ""
        self._shapes.append(
            f'<g transform="translate({place(left)} {place(y)}) scale({scale:.5f} {-scale:.5f})" fill="{fill}"{weight}>{"".join(uses)}</g>'
        )

    @staticmethod
    def _stroke(stroke: str, line: float, dash: str) -> str:
        if stroke == "none":
            return ""
        return f' stroke="{stroke}" stroke-width="{place(line)}"' + (f' stroke-dasharray="{dash}"' if dash else "")

    def picture(self) -> Picture:
        """The finished picture."""
        letters = "".join(f'<path id={quoteattr(key)} d="{_outline(char)}"/>' for char, key in self._letters.items())
        box = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><defs>{letters}</defs>{"".join(self._shapes)}</svg>'
        return Picture(self.name, svg, self.width, self.height)
