"""The report as one HTML file that needs nothing from outside: style, fonts and pictures are inside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from verifierkit.documents import fonts
from verifierkit.documents.assets_files import asset
from verifierkit.documents.blocks import Block, Heading, anchors
from verifierkit.documents.labels import Labels
from verifierkit.documents.pictures import Picture
from verifierkit.documents.text import block_kind, characters, title_of


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("verifierkit.documents", "assets")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["kind"] = block_kind
    return environment


def style_sheet(regular: frozenset[str], bold: frozenset[str]) -> str:
    """The style sheet with both faces inside."""
    sheet = asset("report.css")
    rules = [_face(fonts.web_font(regular, False), 400)]
    if bold:
        rules.append(_face(fonts.web_font(bold, True), 700))
    return "\n".join([*rules, sheet])


def _face(data: bytes, weight: int) -> str:
    encoded = base64.b64encode(data).decode("ascii")
    return f'@font-face{{font-family:"{fonts.FAMILY}";font-weight:{weight};src:url(data:font/woff2;base64,{encoded}) format("woff2")}}'


def render(blocks: list[Block], *, pictures: Mapping[str, Picture], lang: str) -> str:
    """The whole page as text."""
    regular, bold = characters(blocks)
    style = style_sheet(regular, bold)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            blocks=blocks,
            lang="zh-CN" if lang == "zh" else "en",
            labels=Labels(lang),
            title=title_of(blocks),
            style=Markup(style),
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'",
            pictures={name: Markup(picture.svg) for name, picture in pictures.items()},
            anchors=anchors(blocks),
            headings=[(n, block) for n, block in enumerate(blocks) if isinstance(block, Heading) and block.level <= 3],
        )
    )


def write(blocks: list[Block], path: Path, *, pictures: Mapping[str, Picture], lang: str) -> None:
    """Write the report as HTML."""
    path.write_text(render(blocks, pictures=pictures, lang=lang), encoding="utf-8", newline="\n")
