"""Two packs side by side, and what their differences do to one case.

``compare`` lists what differs, ``price`` puts the differences in place one after the other on the figures of a case;
``text`` and ``table``, ``price_text`` and ``price_table`` show them.
"""

from verifierkit.rulediff.compare import Difference, Row, Side, compare
from verifierkit.rulediff.mixing import Piece
from verifierkit.rulediff.pricing import Line, Price, price
from verifierkit.rulediff.text import price_table, price_text, table, text

__all__ = [
    "Difference",
    "Line",
    "Piece",
    "Price",
    "Row",
    "Side",
    "compare",
    "price",
    "price_table",
    "price_text",
    "table",
    "text",
]
