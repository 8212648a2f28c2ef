"""Tables of the working papers on open questions about the rules and on what a shift of a figure is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from verifierkit.papers.tables import frame, word

Record = Mapping[str, Any]
ITEM = {"zh": "（{}）", "en": " ({})"}


def clarifications(record: Record, language: str) -> pd.DataFrame:
    """Every question on the rules that concerns the case, with the totals under each reading; the one used is marked."""
    rows = []
    for block in record.get("clarifications", []):
        for reading in block["readings"]:
            used = reading["id"] == block["used"]
            rows.append(
                {
                    "question": block["question"][language],
                    "reading": reading["label"][language],
                    "used": word("yes", language) if used else "",
                    "chosen_by": word(f"reading_by_{block['chosen_by']}", language) if used else "",
                    "answered": word("no" if block["open"] else "yes", language),
                    "totals_t": tonnes(reading["totals"], language),
                    **effects_of(reading["difference"], language),
                    "basis": f"{reading['citation']['title'][language]} [{reading['citation']['confidence']}]",
                    "note": reading["reason"][language],
                }
            )
    names = (
        "question",
        "answered",
        "reading",
        "used",
        "chosen_by",
        "totals_t",
        "change_e",
        "change_a",
        "change_net",
        "basis",
        "note",
    )
    return frame(rows, names, language)


INCENTIVE = (
    "rank",
    "level",
    "facility",
    "parameter",
    "change",
    "change_e_facility",
    "change_e_entity",
    "change_a_low",
    "change_a_high",
    "change_net_low",
    "change_net_high",
    "note",
)


def incentive(record: Record, language: str) -> pd.DataFrame:
    """Tonnes and allowance by which a shift or switch of each figure moves the totals, in the order of the ranking.

    Every amount has a column of its own, so that a spreadsheet reads it as a number. A range of A is that over the
    balance values which the plan leaves open.
    """
    rows = [
        {
            "rank": row["rank"],
            "level": word(row["track"] + "_track", language) if row["track"] else "",
            "facility": row["facility_name"],
            "parameter": row["label"][language]
            + (ITEM[language].format(row["item_label"][language]) if row["item"] else ""),
            "change": row["change"][language],
            **{f"change_e_{moved['track']}": moved["tonnes"] for moved in row["effect"]["emission"]},
            **_ends("change_a", row["effect"]["allowance"]),
            **_ends("change_net", row["effect"]["net"]),
            "note": row["reason"][language],
        }
        for row in record.get("incentive", [])
    ]
    return frame(rows, INCENTIVE, language)


def _ends(name: str, span: Mapping[str, str] | None) -> dict[str, str]:
    """Both ends of a span as two cells; nothing where A is not computed."""
    return {f"{name}_{end}": span[end] for end in ("low", "high")} if span else {}


def tonnes(rows: list[dict[str, str]], language: str) -> str:
    """Tonnes by track as one text."""
    return "; ".join(f"{word(row['track'] + '_track', language)} {row['tonnes']}" for row in rows)


def effects_of(effect: Mapping[str, Any], language: str) -> dict[str, str]:
    """Change of E by track, of A and of A less E as texts; a range where the balance value is not one number."""
    return {
        "change_e": tonnes(effect["emission"], language),
        "change_a": _span(effect["allowance"]),
        "change_net": _span(effect["net"]),
    }


def _span(span: Mapping[str, str] | None) -> str:
    if span is None:
        return ""
    return span["low"] if span["low"] == span["high"] else f"{span['low']} … {span['high']}"


RULE_TABLES: Mapping[str, Callable[..., pd.DataFrame]] = {
    function.__name__: function for function in (clarifications, incentive)
}
