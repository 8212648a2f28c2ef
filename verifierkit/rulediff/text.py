"""Differences of two packs as readable text and as tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import pandas as pd

from verifierkit.rulediff.compare import PARTS, Difference, Row
from verifierkit.rulediff.pricing import Line, Price
from verifierkit.rulediff.reasons import cited, notes, reason
from verifierkit.rulediff.words import said

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
    "tier": "层级 Tiers",
    "allowance": "配额 Allowances",
}
NONE = "—"
CITED = ("limit ", "band ", "rests")  # aspects of a check that carry a citation of their own


def table(difference: Difference) -> pd.DataFrame:
    """One row per difference: part, id, aspect, and for both packs text, citation and mark."""
    a, b = difference.a.id, difference.b.id
    heads = ["part", "id", "aspect", a, b, f"{a} source", f"{b} source"]
    cells = [
        [row.part, row.id, row.aspect, row.a.text, row.b.text, row.a.cited, row.b.cited] for row in difference.rows
    ]
    return pd.DataFrame(cells, columns=heads, dtype="str")


def price_table(price: Price, lang: str = "en") -> pd.DataFrame:
    """One row per line and track that moves: what differs, tonnes, tonnes under the reversed order, citations."""
    heads = ["track", "difference", "t", "t reversed", "swing t", "source"]
    cells = [
        [
            track,
            reason(line, price, lang),
            signed(line.effect[track]),
            signed(line.backwards[track]),
            str(line.swing(track)),
            "; ".join(f"{pack}: {source}" for pack, source in cited(line, price, lang)),
        ]
        for track in price.tracks
        for line in moving(price, track)
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
    if row.part in ("value", "constant", "method", "allowance") or row.aspect.startswith(CITED):
        for pack, side in ((difference.a, row.a), (difference.b, row.b)):
            if side.cited:
                yield f"      {pack.id}: {side.cited}"


def price_text(price: Price, *, case: str, lang: str = "en") -> str:
    """What the differences do to a case, track by track, with sums, citations and what could not be priced."""
    names = {"case": case, "a": price.a.id, "b": price.b.id}
    lines = [said(f"head.{price.basis}", lang, **names)]
    for track, why in price.missing.items():
        lines += ["", said("unpriced track", lang, track=said(track, lang), a=price.a.id, why=why.to(lang))]
    for track in price.tracks:
        lines += ["", *_track(price, track, lang)]
    if price.unpriced:
        lines += ["", said("left", lang, a=price.a.id)]
        lines += [f"  {reason(Line((piece,), {}), price, lang)}: {why.to(lang)}" for piece, why in price.unpriced]
    return "\n".join([*lines, "", *(said("note", lang, text=note) for note in notes(price, lang))]) + "\n"


def _track(price: Price, track: str, lang: str) -> Iterator[str]:
    before, after = price.before.totals[track], price.after.totals[track]
    names = {"track": said(track, lang), "a": price.a.id, "before": str(before), "b": price.b.id, "after": str(after)}
    partly = said("partly", lang) if price.unpriced else ""
    yield said("track", lang, partly=partly, difference=signed(after - before), **names)
    for line in moving(price, track):
        backwards = said("reversed", lang, amount=signed(line.backwards[track]))
        yield f"  {signed(line.effect[track]):>14}  {backwards}  {reason(line, price, lang)}"
        yield from (f"{'':18}{pack}: {source}" for pack, source in cited(line, price, lang))
    still = [line for line in price.lines if not line.effect[track] and not line.backwards[track]]
    yield f"  {signed(sum((line.effect[track] for line in price.lines), Decimal(0))):>14}  {said('sum', lang)}"
    if still:
        yield f"  {said('still', lang, names=', '.join(_ids(still)))}"
    widest = price.widest(track)
    if widest is not None:
        swing = str(widest.swing(track))
        yield f"  {said('widest', lang, swing=swing, names=', '.join(_ids([widest])))}"


def moving(price: Price, track: str) -> list[Line]:
    """Lines that change a track in either order."""
    return [line for line in price.lines if line.effect[track] or line.backwards[track]]


def _ids(lines: Iterable[Line]) -> list[str]:
    return [" ".join(filter(None, (one.part, one.name, one.item))) for line in lines for one in line.pieces]


def signed(amount: Decimal) -> str:
    """Tonnes with their sign, plain digits."""
    return f"{amount:+f}" if amount else "0"
