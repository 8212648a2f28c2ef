"""Tables of the working papers that set figures side by side: the two tracks, allowances, values of the team."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from verifierkit.papers.tables import Record, frame, word


def bridge(record: Record, language: str) -> pd.DataFrame:
    """From the sum of the facilities to the legal entity: every line, as reported and as verified [t]."""
    part = record["bridge"]
    if part["reason"]:
        return frame([{"note": part["reason"][language]}], ("note",), language)
    rows = [{"line": word("bridge_facilities", language), **part["facilities"]}]
    rows += [
        {"id": line["id"], "line": line["label"][language], "basis": _cited(line["citation"], language),
         "reported": line["reported"], "verified": line["verified"]}
        for line in part["lines"]
    ]  # fmt: skip
    rows.append({"line": word("bridge_entity", language), **part["entity"]})
    return frame(rows, ("id", "line", "reported", "verified", "basis"), language)


def _cited(citation: Mapping[str, Any], language: str) -> str:
    texts = (citation["title"][language], citation["clause"][language], citation["confidence"])
    return word("separator", language).join(text for text in texts if text)


def allowance_plan(record: Record, language: str) -> pd.DataFrame:
    """The plan that holds, its state and what it rests on."""
    part, plan = record["allowance"], record["allowance"]["plan"]
    rows = [("allowance_state", word(f"allowance_{part['state']}", language)), ("note", part["note"][language])]
    if plan:
        balance = " – ".join(dict.fromkeys(filter(None, (plan["balance_low"], plan["balance_high"]))))
        rows += [
            ("allowance_pack", f"{plan['title'][language]} ({plan['pack']})"),
            ("basis", _cited(plan["citation"], language)),
            ("balance_value", balance or word("balance_unknown", language)),
            ("price", plan["price_yuan_per_t"] or word("price_unknown", language)),
            ("price_source", plan["price_source"]),
            *(("allowance_gap", gap[language]) for gap in plan["gaps"]),
        ]
    shown = [{"item_name": word(name, language), "text": text} for name, text in rows if text]
    return frame(shown, ("item_name", "text"), language)


def allowance_units(record: Record, language: str) -> pd.DataFrame:
    """Emission, output, intensity and allowance of each unit, as verified; special cases named."""
    rows = [
        {"facility": row["facility_name"], "emission_e": row["verified_emission"], "output": row["verified_output"],
         "intensity": row["verified_intensity"], "coefficient": row["verified_coefficient"],
         "special": _special(row, language), "allowance_a": span(row["verified_allowance"])}
        for row in record["allowance"]["units"]
    ]  # fmt: skip
    names = ("facility", "emission_e", "output", "intensity", "coefficient", "special", "allowance_a")
    return frame(rows, names, language)


def _special(row: Mapping[str, Any], language: str) -> str:
    label = row["special"][language]
    return f"{label} [{row['special_confidence']}]" if label else ""


def allowance_findings(record: Record, language: str) -> pd.DataFrame:
    """What each finding does to E, A and A minus E [tCO2e], alone, and all of them together."""
    rows = [{"id": row["id"], "rule": row["rule"], **_change(row["allowance"], language)} for row in record["findings"]]
    part = record["allowance"]
    together = {"state": part["state"], **part["change"]}
    rows.append({"id": "", "rule": word("together", language), **_change(together, language)})
    names = ["id", "rule", "emission_e", "allowance_a", "net_a_e", "allowance_state"]
    if part["plan"] and part["plan"]["price_yuan_per_t"]:
        names.insert(-1, "value_yuan")
    return frame(rows, names, language)


def _change(change: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "emission_e": change["emission"],
        "allowance_a": span(change["allowance"]),
        "net_a_e": span(change["net"]),
        "value_yuan": span(change["value_yuan"]),
        "allowance_state": word(f"allowance_{change['state']}", language),
    }


def span(ends: Mapping[str, str] | None) -> str:
    """One value, or a range as ``low … high``; empty where there is none."""
    if ends is None:
        return ""
    return ends["low"] if ends["low"] == ends["high"] else f"{ends['low']} … {ends['high']}"


def determined(record: Record, language: str) -> pd.DataFrame:
    """Values that the team determined under the conservative principle, beside reported and verified ones."""
    rows = [
        row | {"track": word(f"{row['track']}_track", language), "parameter": row["label"][language],
               "facility": row["facility_name"], "item": row["item_label"][language],
               "direction": word(f"direction_{row['direction']}", language)}
        for row in record["determined"]["values"]
    ]  # fmt: skip
    names = ("id", "track", "facility", "parameter", "item", "period", "reported", "verified", "determined", "unit",
             "direction", "rule", "formula", "source", "author", "reason", "evidence")  # fmt: skip
    return frame(rows, names, language)


def determined_totals(record: Record, language: str) -> pd.DataFrame:
    """Totals as reported, as verified, and with the determined values in their place: a column of its own."""
    rows = [
        row | {"track": word(f"{row['track']}_track", language), "facility": row["facility_name"]}
        for row in record["determined"]["totals"]
    ]
    return frame(rows, ("track", "facility", "unit", "reported", "verified", "determined"), language)


COMPARISONS: Mapping[str, Callable[..., pd.DataFrame]] = {
    function.__name__: function
    for function in (bridge, allowance_plan, allowance_units, allowance_findings, determined, determined_totals)
}
