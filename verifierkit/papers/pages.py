"""An executed working paper as one HTML page without code, scripts or outside hosts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from verifierkit.documents.fonts import FAMILY, web_font
from verifierkit.engine.execution import load_papermill


@cache
def _exporter() -> Any:
    """The exporter of all pages: output without input, prompts or anchors. Loaded after the engine's stub."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_anchor_links=True)
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    return exporter


def as_page(notebook: Path, *, given: Mapping[str, Any], language: str) -> Path:
    """Write the page beside the notebook, and the parameters into it as ``given`` shows them.

    Returns the path of the page.
    """
    load_papermill()  # puts the stub in place before anything imports nbformat
    import nbformat

    paper = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    for cell in paper.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = "\n".join(
                ["# Parameters", *(f"{name} = {json.dumps(value)}" for name, value in given.items())]
            )
    nbformat.write(paper, notebook)
    body, _ = _exporter().from_notebook_node(paper)
    page = notebook.with_suffix(".html")
    page.write_bytes(_page(body, language).encode("utf-8"))
    return page


def _page(body: str, language: str) -> str:
    css = resources.files("verifierkit").joinpath("papers/page.css").read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
    tag = {"zh": "zh-CN", "en": "en"}[language]
    return (
        f'<!DOCTYPE html>\n<html lang="{tag}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"<title>verifierkit</title><style>{_font_face(body)}\n{css}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _font_face(body: str) -> str:
    """A face with the characters of the page, embedded."""
    data = base64.b64encode(web_font(frozenset(body), bold=False)).decode("ascii")
    return f'@font-face {{ font-family: "{FAMILY}"; src: url(data:font/woff2;base64,{data}) format("woff2"); }}'
