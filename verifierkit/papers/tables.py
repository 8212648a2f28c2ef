"""Tables of the working papers: pure functions from the record to data frames with headings in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd
import yaml

from verifierkit.periods import show_period
from verifierkit.record.verdicts import causes_in_short

Record = Mapping[str, Any]
Rows = Iterable[Mapping[str, Any]]


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("verifierkit").joinpath("papers/labels.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found


def word(name: Any, language: str) -> str:
    """Label of a word of the record in a language; the word itself where it has none."""
    if isinstance(name, bool):
        name = "yes" if name else "no"
    label = _labels().get(str(name))
    return label[language] if label else str(name)


def _text(value: Any, name: str, language: str) -> str:
    """A value as text; a period as a reader writes it."""
    text = "" if value is None else str(value)
    return show_period(text, language) if name == "period" else text


def frame(rows: Rows, columns: Iterable[str], language: str) -> pd.DataFrame:
    """Rows as a table of texts with headings in a language."""
    names = list(columns)
    cells = [[_text(row.get(name), name, language) for name in names] for row in rows]
    return pd.DataFrame(cells, columns=[word(name, language) for name in names], dtype="str")


def inputs(record: Record, language: str) -> pd.DataFrame:
    """Every file of the case with its digest and what it really is."""
    return frame(record["inputs"], ("file", "format", "bytes", "sha256"), language)


def evidence(record: Record, language: str) -> pd.DataFrame:
    """Register of evidence."""
    rows = [row | {"original_seen": word(row["original_seen"], language)} if "original_seen" in row else row
            for row in record["evidence"]]  # fmt: skip
    return frame(rows, ("file", "title", "supplier", "received_on", "original_seen"), language)


def notices(record: Record, language: str) -> pd.DataFrame:
    """What the readers noticed: hidden rows and sheets, other formats than named, rows passed over."""
    rows = [{"place": row["place"], "note": row["text"][language]} for row in record["notices"]]
    return frame(rows, ("place", "note"), language)


def results(record: Record, language: str, *families: str, outcomes: Iterable[str] = ()) -> pd.DataFrame:
    """Results of the named families of rules (``bill``, ``chain`` ...), all four outcomes unless some are named."""
    wanted = set(outcomes)
    rows = [
        row | {"text": row["text"][language], "outcome": word(row["outcome"], language)}
        for row in record["results"]
        if row["rule"].split(".")[0] in families and (not wanted or row["outcome"] in wanted)
    ]
    return frame(rows, ("id", "rule", "outcome", "period", "text"), language)


def tally(record: Record, language: str) -> pd.DataFrame:
    """Number of results by rule and outcome."""
    rows = pd.DataFrame([(row["rule"], word(row["outcome"], language), row["id"]) for row in record["results"]])
    if rows.empty:
        return frame([], ("rule", "outcome"), language)
    rows.columns = pd.Index([word(name, language) for name in ("rule", "outcome", "id")])
    table = rows.pivot_table(index=rows.columns[0], columns=rows.columns[1], values=rows.columns[2], aggfunc="count")
    return table.fillna(0).astype(int).reset_index().rename_axis(columns=None)


def streams(record: Record, language: str) -> pd.DataFrame:
    """Streams with their ends, and the source that each is drawn from."""
    names = {row["node_id"]: row["name"] for row in record["map"]["nodes"]}
    first = {row["stream_id"]: row for row in reversed(record["map"]["sources"]) if row.get("rank") in (1, "1")}
    rows = [
        {
            "stream": row["name"],
            "from": names.get(row["from_node"], ""),
            "to": names.get(row["to_node"], ""),
            "unit": row["unit"],
            "parameter": row.get("parameter", ""),
            "source": first.get(row["stream_id"], {}).get("name", word("empty", language)),
        }
        for row in record["map"]["streams"]
    ]
    return frame(rows, ("stream", "from", "to", "unit", "parameter", "source"), language)


def sources(record: Record, language: str) -> pd.DataFrame:
    """Sources with instrument and derivation: what counts as independent and what does not."""
    instruments = {row["instrument_id"]: row["name"] for row in record["map"]["instruments"]}
    rows = [
        row
        | {
            "source": row["name"],
            "stream": row["stream_id"],
            "instrument": instruments.get(row.get("instrument_id"), ""),
        }
        for row in record["map"]["sources"]
    ]
    return frame(rows, ("source", "stream", "rank", "instrument", "derives_from", "department"), language)


def settlement(record: Record, language: str) -> pd.DataFrame:
    """Settled energy by bill period beside the meter of the month that holds most of it."""
    rows = [row | {"bill_from": row["from"], "bill_to": row["to"]} for row in record["pictures"]["settlement"]]
    return frame(rows, ("bill_from", "bill_to", "settled_mwh", "month", "metered_mwh"), language)


def production(record: Record, language: str) -> pd.DataFrame:
    """Reported output by facility and month with the counted stock."""
    rows = [row | {"facility": row["facility_name"]} for row in record["pictures"]["production"]]
    return frame(rows, ("facility", "month", "value", "stock"), language)


def coal(record: Record, language: str) -> pd.DataFrame:
    """Fuel consumed and its heat value by facility, item and month."""
    rows = [row | {"facility": row["facility_name"]} for row in record["pictures"]["coal"]]
    return frame(rows, ("facility", "item", "month", "consumed_t", "ncv"), language)


def intensity(record: Record, language: str) -> pd.DataFrame:
    """Intensities beside their bands; experience bands are marked."""
    rows = [
        row | {"facility": row["facility_name"], "parameter": row["label"][language],
               "experience": word(row["experience"], language), "outcome": word(row["outcome"], language)}
        for row in record["pictures"]["intensity"]
    ]  # fmt: skip
    return frame(
        rows, ("facility", "parameter", "period", "value", "unit", "low", "high", "experience", "outcome"), language
    )


def figures(record: Record, language: str) -> pd.DataFrame:
    """Reported and verified figure of the year of every parameter, with its method."""
    rows = [
        row | {"facility": row["facility_name"], "parameter": row["label"][language], "track": _track(row, language),
               "item": row["item_label"][language], "formula": row["formula"][language], "basis": _basis(row, language)}
        for row in record["parameters"]
    ]  # fmt: skip
    names = ("id", "track", "facility", "parameter", "item", "unit", "reported", "verified", "difference", "formula",
             "basis")  # fmt: skip
    return frame(rows, names, language)


def _basis(row: Mapping[str, Any], language: str) -> str:
    """Full citation of a figure's value or method with its confidence."""
    citation = row.get("citation") or {}
    found = (citation.get(name) for name in ("title", "clause", "confidence"))
    texts = (text[language] if isinstance(text, Mapping) else text for text in found)
    return word("separator", language).join(str(text) for text in texts if text)


def _track(row: Mapping[str, Any], language: str) -> str:
    """Name of the track of a row."""
    return word(f"{row['track']}_track", language)


def _tonnes(effect: Mapping[str, Any], language: str) -> str:
    """Tonnes of an effect, with the reason where it is nil by rule."""
    note = effect["note"][language]
    return f"{effect['tonnes']} ({note})" if note else str(effect["tonnes"])


def months(record: Record, language: str, *, differing: bool = True) -> pd.DataFrame:
    """Months of every parameter, by default only those whose verified figure differs."""
    rows = [
        {"id": block["id"], "facility": block["facility_name"], "parameter": block["label"][language],
         "item": block["item_label"][language], **month}
        for block in record["parameters"]
        for month in block["months"]
        if not differing or month["reported"] != month["verified"]
    ]  # fmt: skip
    return frame(rows, ("id", "facility", "parameter", "item", "month", "reported", "verified"), language)


def totals(record: Record, language: str) -> pd.DataFrame:
    """Totals of both tracks."""
    rows = [
        row | {"facility": row["facility_name"], "parameter": row["label"][language], "track": _track(row, language)}
        for row in record["totals"]
    ]
    return frame(rows, ("track", "facility", "parameter", "unit", "reported", "verified", "difference"), language)


def effects(record: Record, language: str) -> pd.DataFrame:
    """Effect of the findings on each track: one by one, all together, and the interaction."""
    rows = [row | {"track": _track(row, language)} for row in record["effects"]]
    return frame(rows, ("track", "sum", "together", "interaction"), language)


def findings(record: Record, language: str) -> pd.DataFrame:
    """Findings with effect, disposition and status."""
    rows = []
    for row in record["findings"]:
        parts = [f"{_track(e, language)} {_tonnes(e, language)}" for e in row["effects"]]
        words = {name: word(row[name], language) for name in ("kind", "disposition", "status")}
        words["disposition"] += f" → {row['merged_into']}" if row.get("merged_into") else ""
        causes = causes_in_short(row.get("explanations", ()), language)
        rows.append(row | words | {"text": row["text"][language], "effect": "; ".join(parts), "joint_causes": causes})
    names = ["id", "rule", "kind", "period", "text", "effect", "disposition", "status"]
    if any(row["joint_causes"] for row in rows):
        names.insert(5, "joint_causes")
    return frame(rows, names, language)


def finding_places(record: Record, language: str) -> pd.DataFrame:
    """Evidence cells of each finding."""
    rows = [{"id": row["id"], "place": place} for row in record["findings"] for place in row["places"]]
    return frame(rows, ("id", "place"), language)


def coverage(record: Record, language: str) -> pd.DataFrame:
    """The coverage matrix: what was recomputed, cross-checked and held against a band, or why not."""
    rows = [
        row | {name: row[name]["reason"][language] for name in ("recompute", "cross_check", "plausibility")}
        | {"track": _track(row, language)}
        for row in record["coverage"]
    ]  # fmt: skip
    return frame(rows, ("track", "facility", "parameter", "item", "recompute", "cross_check", "plausibility"), language)


TABLES: Mapping[str, Callable[..., pd.DataFrame]] = {
    function.__name__: function
    for function in (inputs, evidence, notices, results, tally, streams, sources, settlement, production, coal,
                     intensity, figures, months, totals, effects, findings, finding_places, coverage)
}  # fmt: skip
