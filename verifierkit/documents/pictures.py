"""Pictures of a report: scalable drawings, with a pixel image where a format needs one."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

PIXELS_PER_INCH = 150


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG with outlines only, no text and no reference to anything outside; size in points."""

    name: str
    svg: str
    width: int
    height: int


def as_images(pictures: Mapping[str, Picture]) -> dict[str, bytes]:
    """The same pictures as PNG, drawn by typst from the same outlines."""
    if not pictures:
        return {}
    pages = [f'#page(image("p{n}.svg", width: {picture.width}pt))' for n, picture in enumerate(pictures.values())]
    with tempfile.TemporaryDirectory() as folder:
        for n, picture in enumerate(pictures.values()):
            (Path(folder) / f"p{n}.svg").write_text(picture.svg, encoding="utf-8")
        (Path(folder) / "main.typ").write_text(
            "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n" + "\n".join(pages), encoding="utf-8"
        )
        done = typst.compile(
            str(Path(folder) / "main.typ"), root=folder, ignore_system_fonts=True, format="png", ppi=PIXELS_PER_INCH
        )
    images = done if isinstance(done, list) else [done]
    return dict(zip(pictures, images, strict=True))


def stacked(pictures: Sequence[Picture]) -> str:
    """Several pictures below each other as one SVG, "" where there is none."""
    if not pictures:
        return ""
    parts, top = [], 0
    for picture in pictures:
        parts.append(picture.svg.replace("<svg ", f'<svg y="{top}" ', 1))
        top += picture.height
    width = max(picture.width for picture in pictures)
    box = f'viewBox="0 0 {width} {top}" width="{width}" height="{top}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(parts)}</svg>'
