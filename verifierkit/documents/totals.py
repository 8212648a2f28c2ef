"""Tables of the totals: level, facility, parameter, unit, reported, verified, and one more column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verifierkit.documents.blocks import Table
from verifierkit.documents.view import View, cell


def totals_of(
    view: View,
    rows: Iterable[Mapping[str, Any]],
    *,
    at: str,
    last: str,
    like: str = "",
    caption: str,
    widths: Sequence[int],
) -> Table:
    """A table of totals.

    Parameters
    ----------
    rows, at
        Rows of the record and the path at which they stand in it.
    last, like
        Field of the last column, and the field whose decimal places it takes.
    """
    cells = []
    for n, row in enumerate(rows):
        here = f"{at}/{n}"
        cells.append(
            (
                cell(view.choice("track", row["track"])),
                cell(view.facility(row["facility"])),
                cell(view.quote(f"{here}/label")),
                cell(view.unit(f"{here}/unit")),
                cell(view.number(f"{here}/reported", like=f"{here}/verified")),
                cell(view.number(f"{here}/verified", like=f"{here}/reported")),
                cell(view.number(f"{here}/{last}", like=f"{here}/{like}" if like else "")),
            )
        )
    head = view.head(
        *(f"column.{name}" for name in ("track", "facility", "parameter", "unit", "reported", "verified", last))
    )
    return Table(view.words(caption), head, tuple(cells), tuple(widths), "llllrrr")
