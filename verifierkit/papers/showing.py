"""What a template cell shows: a whole table as HTML, or a picture, never cut to the size of a screen."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from IPython.display import HTML, SVG

from verifierkit.papers.comparisons import COMPARISONS
from verifierkit.papers.joint_tables import JOINT_TABLES
from verifierkit.papers.rule_tables import RULE_TABLES
from verifierkit.papers.step_tables import STEP_TABLES
from verifierkit.papers.tables import TABLES, word

WHOLE = 24  # characters of a cell that stays on one line
WHOLE_CHINESE = 8  # the same where a character is wide and a line may break anywhere


def show(name: str, record: Mapping[str, Any], language: str, *families: str, **options: Any) -> HTML:
    """One table of the working papers as HTML, every row and every character; a word where it is empty."""
    maker = next(
        found[name] for found in (TABLES, COMPARISONS, JOINT_TABLES, STEP_TABLES, RULE_TABLES) if name in found
    )
    table = maker(record, language, *families, **options)
    if table.empty:
        return HTML(f'<p class="empty">{escape(word("empty", language))}</p>')
    head = "".join(f"<th>{escape(str(column))}</th>" for column in table.columns)
    rows = "".join(
        "<tr>" + "".join(_cell(str(cell)) for cell in row) + "</tr>" for row in table.itertuples(index=False)
    )
    return HTML(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _cell(text: str) -> str:
    """A cell; a short text without spaces is not broken."""
    longest = WHOLE if text.isascii() else WHOLE_CHINESE
    whole = ' class="whole"' if len(text) <= longest and " " not in text else ""
    return f"<td{whole}>{escape(text)}</td>"


def picture(name: str, record: Mapping[str, Any], language: str) -> SVG | HTML:
    """One picture of the record as SVG."""
    from verifierkit.documents.charts import svg

    drawn = svg(name, record, language)
    return SVG(drawn) if drawn else HTML(f'<p class="empty">{escape(word("empty", language))}</p>')
