"""Two packs side by side, and what their differences do to one case.

``compare`` lists what differs, ``price`` puts the differences in place one after the other on the figures of a case;
``compare_findings`` holds its findings under both packs against each other. ``text`` and ``table``, ``price_text`` and
``price_table``, ``findings_text`` and ``page`` show them.
"""

from verifierkit.rulediff.compare import Difference, Row, compare
from verifierkit.rulediff.figures import corrected
from verifierkit.rulediff.findings import FindingsDiff, compare_findings, findings_text
from verifierkit.rulediff.mixing import Piece
from verifierkit.rulediff.page import page
from verifierkit.rulediff.pricing import REPORTED, VERIFIED, Line, Price, price
from verifierkit.rulediff.sides import Side
from verifierkit.rulediff.text import price_table, price_text, table, text

__all__ = [
    "REPORTED",
    "VERIFIED",
    "Difference",
    "FindingsDiff",
    "Line",
    "Piece",
    "Price",
    "Row",
    "Side",
    "compare",
    "compare_findings",
    "corrected",
    "findings_text",
    "page",
    "price",
    "price_table",
    "price_text",
    "table",
    "text",
]
