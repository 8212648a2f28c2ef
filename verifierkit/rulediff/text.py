"""Differences of two packs as readable text and as tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import pandas as pd

from verifierkit.rulediff.compare import PARTS, Difference, Row
from verifierkit.rulediff.pricing import Line, Price
from verifierkit.rulediff.reasons import notes, reason

TITLES = {
    "pack": "规则包 Pack",
    "parameter": "参数 Parameters",
    "constant": "常数 Constants",
    "value": "取值 Values",
    "method": "方法 Methods",
    "check": "检查 Checks",
    "total": "总量 Totals",
    "effect": "是否计入 What counts",
    "report": "报告章节 Report sections",
    "form": "表单 Forms",
}
NONE = "—"


def table(difference: Difference) -> pd.DataFrame:
    """One row per difference: part, id, aspect, and for both packs text, citation and mark."""
    a, b = difference.a.id, difference.b.id
    heads = ["part", "id", "aspect", a, b, f"{a} source", f"{b} source"]
    cells = [
        [row.part, row.id, row.aspect, row.a.text, row.b.text, row.a.cited, row.b.cited] for row in difference.rows
    ]
    return pd.DataFrame(cells, columns=heads, dtype="str")


def price_table(price: Price) -> pd.DataFrame:
    """One row per line and track that moves: what differs, tonnes, tonnes under the reversed order."""
    heads = ["track", "difference", "t", "t reversed", "swing t"]
    cells = [
        [track, reason(line, price), signed(line.effect[track]), signed(line.backwards[track]), str(line.swing(track))]
        for track in price.tracks
        for line in _moving(price, track)
    ]
    return pd.DataFrame(cells, columns=heads, dtype="str")


def text(difference: Difference) -> str:
    """The differences, part by part; two lines below each that has a citation."""
    a, b = difference.a, difference.b
    lines = [f"{a.id} -> {b.id}", f"{NONE} : nothing on that side; [A], [B], [C]: marks of the citation"]
    for part in PARTS:
        rows = difference.of(part)
        if rows:
            lines += [
                "",
                f"{TITLES[part]} ({len(rows)})",
                *(found for row in rows for found in _shown(row, difference)),
            ]
    if not difference.rows:
        lines += ["", "no difference"]
    return "\n".join(lines) + "\n"


def _shown(row: Row, difference: Difference) -> Iterator[str]:
    name = " ".join(filter(None, (row.id, row.aspect)))
    yield f"  {name}: {row.a.text or NONE} -> {row.b.text or NONE}"
    if row.part in ("value", "constant", "method"):
        for pack, side in ((difference.a, row.a), (difference.b, row.b)):
            if side.cited:
                yield f"      {pack.id}: {side.cited}"


def price_text(price: Price, *, case: str) -> str:
    """What the differences do to a case, track by track, with sums and what could not be priced."""
    lines = [f"{case}: reported figures under {price.a.id}, then under {price.b.id} [t]"]
    for track, why in price.missing.items():
        lines += ["", f"{track}: not priced, {price.a.id} gives no total on this case: {why}"]
    for track in price.tracks:
        lines += ["", *_track(price, track)]
    if price.unpriced:
        lines += ["", f"left as in {price.a.id}, since the case lacks a figure:"]
        lines += [f"  {reason(Line((piece,), {}), price)}: {why}" for piece, why in price.unpriced]
    return "\n".join([*lines, "", *(f"note: {note}" for note in notes(price))]) + "\n"


def _track(price: Price, track: str) -> Iterator[str]:
    before, after = price.before.totals[track], price.after.totals[track]
    partly = " as far as it can be priced" if price.unpriced else ""
    yield f"{track}: {price.a.id} {before}; {price.b.id}{partly} {after}; difference {signed(after - before)}"
    for line in _moving(price, track):
        reversed_order = signed(line.backwards[track])
        yield f"  {signed(line.effect[track]):>14}  (reversed order {reversed_order})  {reason(line, price)}"
    still = [line for line in price.lines if not line.effect[track] and not line.backwards[track]]
    yield f"  {signed(sum((line.effect[track] for line in price.lines), Decimal(0))):>14}  sum of the lines"
    if still:
        yield f"  no effect: {', '.join(_ids(still))}"
    widest = price.widest(track)
    if widest is not None:
        yield f"  widest change of a line under the reversed order: {widest.swing(track)} ({', '.join(_ids([widest]))})"


def _moving(price: Price, track: str) -> list[Line]:
    return [line for line in price.lines if line.effect[track] or line.backwards[track]]


def _ids(lines: Iterable[Line]) -> list[str]:
    return [" ".join(filter(None, (one.part, one.name, one.item))) for line in lines for one in line.pieces]


def signed(amount: Decimal) -> str:
    """Tonnes with their sign, plain digits."""
    return f"{amount:+f}" if amount else "0"
