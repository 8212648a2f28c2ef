"""Fonts made for one set of reports: only the characters that it holds, TrueType outlines, a regular and a bold face.

Outlines come from Noto Sans SC of the package ``pylopdf-fonts-zh-cn`` (Open Font License), for characters that it
lacks from DejaVu Sans of matplotlib. The package has no bold face: the bold one is the regular outline moved
outwards. Raised and lowered digits that the font lacks are its own digits made smaller.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from verifierkit.documents.embolden import embolden

FAMILY = "Verifierkit Report"
UNITS_PER_EM = 1000
FILES = (("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"), ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf"))
EPOCH = 3061152000  # fixed time stamp of the fonts [s since 1904]
BOLD_UNITS = 34  # how much wider a stroke of the bold face is
LICENSE = "Outlines of Noto Sans SC under the SIL Open Font License 1.1 and of DejaVu Sans under its free licence."
SMALL_SCALE, LOWERED, RAISED = 0.62, -130, 330
LOWERED_DIGITS = {chr(0x2080 + n): str(n) for n in range(10)}
RAISED_DIGITS = {
    chr(code): base
    for code, base in zip((0x2070, 0xB9, 0xB2, 0xB3, *range(0x2074, 0x207A), 0x207B), "0123456789−", strict=True)
}


@dataclass(frozen=True)
class Face:
    """An opened font file."""

    font: TTFont
    cmap: dict[int, str]
    glyphs: Any
    scale: float


@cache
def open_face(number: int) -> Face:
    """A face of :data:`FILES`, opened once and only when it is needed."""
    package, path = FILES[number]
    font = TTFont(io.BytesIO(resources.files(package).joinpath(path).read_bytes()), lazy=True)
    return Face(font, font.getBestCmap(), font.getGlyphSet(), UNITS_PER_EM / font["head"].unitsPerEm)


@cache
def glyph_source(char: str) -> tuple[int, str, float, int] | None:
    """Face index, glyph name, scale and vertical shift [font units] of a character, None where no face has it."""
    for n in range(len(FILES)):
        face = open_face(n)
        if ord(char) in face.cmap:
            return n, face.cmap[ord(char)], face.scale, 0
        for digits, shift in ((LOWERED_DIGITS, LOWERED), (RAISED_DIGITS, RAISED)):
            if char in digits and ord(digits[char]) in face.cmap:
                return n, face.cmap[ord(digits[char])], SMALL_SCALE * face.scale, shift
    return None


@cache
def advance(char: str) -> int:
    """Advance width of a character [units of 1/1000 em]."""
    found = glyph_source(char)
    if found is None:
        return UNITS_PER_EM
    face, name, scale, _ = found
    width: int = round(open_face(face).font["hmtx"][name][0] * scale)
    return width


def draw(char: str, pen: Any) -> None:
    """Draw a character at 1000 units per em."""
    found = glyph_source(char)
    if found is not None:
        face, name, scale, shift = found
        open_face(face).glyphs[name].draw(TransformPen(pen, (scale, 0, 0, scale, 0, shift)))


@cache
def _glyph(char: str, bold: bool) -> Any:
    pen = TTGlyphPen(None)
    draw(char, Cu2QuPen(pen, 1.0, reverse_direction=True))
    glyph = pen.glyph()
    if bold and glyph.numberOfContours > 0:
        embolden(glyph, BOLD_UNITS)
    return glyph


def _box() -> Any:
    """The sign of a missing glyph: an empty frame, so that it is seen."""
    pen = TTGlyphPen(None)
    for left, low, right, high, back in ((100, 0, 900, 800, False), (150, 50, 850, 750, True)):
        corners = [(left, low), (left, high), (right, high), (right, low)]
        pen.moveTo(corners[0])
        for corner in reversed(corners[1:]) if back else corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


@lru_cache(maxsize=8)
def report_font(chars: frozenset[str], bold: bool) -> bytes:
    """A TrueType font with these characters."""
    order = sorted(char for char in chars if glyph_source(char) is not None)
    names = {char: f"u{ord(char):05X}" for char in order}
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    glyphs = {".notdef": _box(), **{names[char]: _glyph(char, bold) for char in order}}
    builder.setupGlyf(glyphs)
    widths = {names[char]: advance(char) for char in order}
    builder.setupHorizontalMetrics(
        {
            ".notdef": (UNITS_PER_EM, 100),
            **{name: (width, getattr(glyphs[name], "xMin", 0)) for name, width in widths.items()},
        }
    )
    style = "Bold" if bold else "Regular"
    builder.setupHorizontalHeader(ascent=880, descent=-240)
    builder.setupNameTable(
        {
            "familyName": FAMILY,
            "styleName": style,
            "fullName": f"{FAMILY} {style}",
            "psName": f"VerifierkitReport-{style}",
            "uniqueFontIdentifier": f"VerifierkitReport-{style}",
            "version": "Version 1.000",
            "licenseDescription": LICENSE,
        }
    )
    builder.setupOS2(
        sTypoAscender=880,
        sTypoDescender=-240,
        sTypoLineGap=0,
        usWinAscent=1160,
        usWinDescent=320,
        sCapHeight=733,
        sxHeight=543,
        ySubscriptXSize=620,
        ySubscriptYSize=620,
        ySubscriptYOffset=-LOWERED,
        ySuperscriptXSize=620,
        ySuperscriptYSize=620,
        ySuperscriptYOffset=RAISED,
        usWeightClass=700 if bold else 400,
        fsSelection=0x20 if bold else 0x40,
    )
    builder.setupPost()
    builder.font["head"].macStyle = 1 if bold else 0
    builder.font["head"].created = builder.font["head"].modified = EPOCH
    return _saved(builder.font)


@lru_cache(maxsize=8)
def web_font(chars: frozenset[str], bold: bool) -> bytes:
    """The same font as WOFF2."""
    font = TTFont(io.BytesIO(report_font(chars, bold)), recalcTimestamp=False)
    font.flavor = "woff2"
    return _saved(font)


def _saved(font: TTFont) -> bytes:
    font.recalcTimestamp = False
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


@cache
def printable_char(char: str) -> str:
    """A character as documents show it: invisible ones and those without a glyph become a visible code."""
    if char in "\n\r\t\u2028\u2029":
        return " "
    if char in "\u00ad\u200b\ufeff":
        return ""
    if (unicodedata.category(char)[0] in "CM" and unicodedata.category(char) != "Mn") or glyph_source(char) is None:
        return f"[U+{ord(char):04X}]"
    return char


def printable(text: str) -> str:
    """A text of the record as documents show it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(printable_char(char) for char in text)
