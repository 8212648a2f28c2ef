"""The comparison as one HTML page that needs nothing else: differences, tonnes line by line, findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape

from verifierkit.rulediff.compare import PARTS, Difference
from verifierkit.rulediff.findings import FindingsDiff, findings_text
from verifierkit.rulediff.pricing import Line, Price
from verifierkit.rulediff.reasons import cited, notes, reason
from verifierkit.rulediff.text import NONE, TITLES, moving, signed
from verifierkit.rulediff.words import said

STYLE = (
    "body{font-family:'Noto Sans SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2em auto;max-width:76em;"
    "padding:0 1em;color:#222;line-height:1.5}table{border-collapse:collapse;width:100%;margin:.6em 0 1.4em;"
    "table-layout:fixed}th,td{border:1px solid #ccc;padding:.3em .5em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#eef3f8}td.t,th.t{text-align:right;width:8em;white-space:nowrap}"
    "td.n{width:13em}.s{color:#666;font-size:.85em}tr.sum td{font-weight:bold;background:#f7f7f7}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font-family:inherit}"
)
Cells = Sequence[tuple[str, str]]  # class and HTML of each cell


def page(
    difference: Difference, prices: Sequence[Price], findings: FindingsDiff | None, *, case: str, lang: str
) -> str:
    """The page in one language; ``prices`` may be empty and ``findings`` None where no case was given."""
    title = said("page", lang, a=difference.a.id, b=difference.b.id)
    body = [f"<h1>{escape(title)}</h1>"]
    if prices or findings:
        body.append(f"<h2>{said('effect', lang)}</h2>")
    for price in prices:
        body += _price(price, case, lang)
    if findings is not None:
        body.append(f"<pre>{escape(findings_text(findings, case=case, lang=lang))}</pre>")
    body += [f"<h2>{said('part', lang)}</h2>", *_parts(difference, lang)]
    code = "zh-CN" if lang == "zh" else "en"
    head = f'<!DOCTYPE html>\n<html lang="{code}">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>'
    return "\n".join([head, f"<style>{STYLE}</style>\n</head>\n<body>", *body, "</body>\n</html>\n"])


def _price(price: Price, case: str, lang: str) -> Iterator[str]:
    yield f"<h3>{escape(said(f'head.{price.basis}', lang, case=case, a=price.a.id, b=price.b.id))}</h3>"
    for track, why in price.missing.items():
        yield _paragraph(said("unpriced track", lang, track=said(track, lang), a=price.a.id, why=why.to(lang)))
    for track in price.tracks:
        yield from _track(price, track, lang)
    if price.unpriced:
        yield _paragraph(said("left", lang, a=price.a.id))
        yield _list(f"{reason(Line((piece,), {}), price, lang)}: {why.to(lang)}" for piece, why in price.unpriced)
    yield _list(notes(price, lang))


def _track(price: Price, track: str, lang: str) -> Iterator[str]:
    before, after = price.before.totals[track], price.after.totals[track]
    partly = said("partly", lang) if price.unpriced else ""
    names = {"track": said(track, lang), "a": price.a.id, "b": price.b.id, "partly": partly}
    totals = {"before": str(before), "after": str(after), "difference": signed(after - before)}
    yield _paragraph(said("track", lang, **names, **totals))
    heads = [("t", said("col.tonnes", lang)), ("t", said("col.reversed", lang)), ("", said("col.reason", lang))]
    rows: list[Cells] = [
        [
            ("t", signed(line.effect[track])),
            ("t", signed(line.backwards[track])),
            ("", escape(reason(line, price, lang)) + _sources(line, price, lang)),
        ]
        for line in moving(price, track)
    ]
    total = signed(sum((line.effect[track] for line in price.lines), Decimal(0)))
    yield _table(heads, rows, [("t", total), ("t", ""), ("", said("sum", lang))])


def _sources(line: Line, price: Price, lang: str) -> str:
    texts = [escape(f"{pack}: {source}") for pack, source in cited(line, price, lang)]
    return f'<div class="s">{"<br>".join(texts)}</div>' if texts else ""


def _parts(difference: Difference, lang: str) -> Iterator[str]:
    words = [said("col.id", lang), said("col.aspect", lang), difference.a.id, difference.b.id]
    heads = [("n" if number < len(words) // 2 else "", word) for number, word in enumerate(words)]
    for part in PARTS:
        rows: list[Cells] = [
            [
                ("n", escape(row.id)),
                ("n", escape(row.aspect)),
                *(
                    (
                        "",
                        escape(side.text or NONE)
                        + (f'<div class="s">{escape(side.cited)}</div>' if side.cited else ""),
                    )
                    for side in (row.a, row.b)
                ),
            ]
            for row in difference.of(part)
        ]
        if rows:
            yield f"<h3>{TITLES[part]} ({len(rows)})</h3>"
            yield _table(heads, rows)


def _table(heads: Cells, rows: Iterable[Cells], total: Cells = ()) -> str:
    lines = [_row(heads, "th"), *(_row(row, "td") for row in rows)]
    if total:
        lines.append(_row(total, "td").replace("<tr>", '<tr class="sum">', 1))
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _row(cells: Cells, tag: str) -> str:
    parts = (f'<{tag} class="{kind}">{text}</{tag}>' if kind else f"<{tag}>{text}</{tag}>" for kind, text in cells)
    return f"<tr>{''.join(parts)}</tr>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _list(texts: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"
