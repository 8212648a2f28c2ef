"""Tables of the reconciliation paper: what the joint fit says, what it cannot tell, and what can be known at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from verifierkit.papers.tables import Record, frame, word
from verifierkit.record.verdicts import cause, chance, effect, period, place, shown, size

CORROBORATION = ("band.clinker_electricity", "band.metal_electricity", "floor.faraday")
Row = Mapping[str, Any]


def joint_summary(record: Record, language: str) -> pd.DataFrame:
    """Evidence and limit, each error and each question in one sentence; or why there is no fit."""
    part = record["reconciliation"]
    if part["reason"]:
        return frame([{"note": part["reason"][language]}], ("note",), language)
    rows = [{"id": "", "text": f"{word('joint_evidence', language)} {part['evidence']}, "
             f"{word('joint_limit', language)} {part['limit']}"}]  # fmt: skip
    rows += [{"id": error["id"], "text": error["text"][language]} for error in part["errors"]]
    rows += [
        {"id": one["id"], "text": f"{word('joint_question', language)} {one['text'][language]}"}
        for one in part["questions"]
    ]
    return frame(rows, ("id", "text"), language)


def joint_hypotheses(record: Record, language: str) -> pd.DataFrame:
    """Every explanation of every error with probability, place, months, size, effect and what cannot be told from it."""
    rows = []
    for error in record["reconciliation"]["errors"]:
        for rank, row in enumerate(error["explanations"], start=1):
            rows.append({"id": f"{error['id']}.{rank}", **explained(row, language), "places": "; ".join(row["places"])})
    names = ("id", "joint_cause", "joint_probability", "joint_place", "period", "joint_size", "joint_effect",
             "joint_alike", "places")  # fmt: skip
    return frame(rows, names, language)


def explained(row: Row, language: str) -> dict[str, str]:
    """One explanation in words."""
    alike = [f"{place(one, language)} {cause(one, language)} {period(one['period'], language)}" for one in row["alike"]]
    join = word("separator", language)
    return {
        "joint_cause": cause(row, language),
        "joint_probability": chance(row["probability_percent"]),
        "joint_place": place(row, language),
        "period": row["period"],
        "joint_size": size(row, language),
        "joint_effect": effect(row, language),
        "joint_alike": join.join(dict.fromkeys(alike)),
    }


def joint_groups(record: Record, language: str) -> pd.DataFrame:
    """Parts of the network with degrees of freedom and chi-square by piece."""
    groups = record["reconciliation"]["groups"]
    names_of = {group["id"]: word(group["quantity"], language) for group in groups}
    join = word("separator", language)
    rows = [
        {"id": join.join(piece["groups"]), "joint_quantity": join.join(names_of[name] for name in piece["groups"]),
         "unit": group["unit"], "joint_freedom": piece["freedom"], "joint_chi_square": piece["chi_square"],
         "joint_chance": f"{float(piece['probability']):.2g}" if piece["probability"] else ""}
        for group in groups
        for piece in group["pieces"]
        if piece["groups"][0] == group["id"]
    ]  # fmt: skip
    names = ("id", "joint_quantity", "unit", "joint_freedom", "joint_chi_square", "joint_chance")
    return frame(rows, names, language)


def joint_sources(record: Record, language: str) -> pd.DataFrame:
    """What an error of each source would have to be, to be found with probability 0.95."""
    rows = [
        {"source": f"{row['stream_name']}, {row['source_name']}", "joint_state": row["label"][language],
         "joint_mark": word(f"joint_{row['mark']}", language), "unit": row["unit"],
         "joint_month_error": _with_percent(row["month_error"], row["month_percent"]),
         "joint_bias": _with_percent(row["bias_amount"], row["bias_percent"]) or word("joint_not_found", language),
         "joint_bias_effect": effect({"effects": row["bias_effects"]}, language) if row["bias_effects"] else "",
         "joint_alike": word("separator", language).join(one["source_name"] for one in row["alike"])}
        for row in record["reconciliation"]["sources"]
    ]  # fmt: skip
    names = ("source", "joint_state", "joint_mark", "unit", "joint_month_error", "joint_bias", "joint_bias_effect",
             "joint_alike")  # fmt: skip
    return frame(rows, names, language)


def _with_percent(amount: str, percent: str) -> str:
    return f"{shown(amount)} ({shown(percent, 2)} %)" if amount else ""


def joint_streams(record: Record, language: str) -> pd.DataFrame:
    """Streams that no record shows or that the data do not determine, and the meter that would help."""
    rows = [
        {"stream": row["stream_name"], "joint_state": row["label"][language],
         "joint_helper": word("separator", language).join(one["stream_name"] for one in row["helpers"])}
        for row in record["reconciliation"]["streams"]
        if row["state"] != "redundant"
    ]  # fmt: skip
    return frame(rows, ("stream", "joint_state", "joint_helper"), language)


def joint_facilities(record: Record, language: str) -> pd.DataFrame:
    """Facility figures: how each is known, its 95 % interval, and the intensity at both ends."""
    rows = [
        {"facility": row["facility_name"], "stream": row["stream_name"], "joint_basis": row["label"][language],
         "unit": row["unit"], "joint_measured": shown(row["measured"], 6),
         "joint_reconciled": shown(row["reconciled"], 6),
         "joint_interval": f"{shown(row['low'], 6)} … {shown(row['high'], 6)}" if row["low"] else "",
         "joint_intensity": _intensity(row, language),
         "note": word("joint_disturbed", language) if row["disturbed"] else ""}
        for row in record["reconciliation"]["facilities"]
    ]  # fmt: skip
    names = ("facility", "stream", "joint_basis", "unit", "joint_measured", "joint_reconciled", "joint_interval",
             "joint_intensity", "note")  # fmt: skip
    return frame(rows, names, language)


def _intensity(row: Row, language: str) -> str:
    parts = []
    for one in row["intensity"]:
        note = f" ({one['note'][language]})" if one["note"][language] else ""
        ends = one["reported"] if one["low"] == one["high"] else f"{one['low']} … {one['high']}"
        parts.append(f"{ends} {one['unit']}{note}")
    return word("separator", language).join(parts)


def joint_corroboration(record: Record, language: str) -> pd.DataFrame:
    """Electricity per tonne and Faraday's law: corroboration, with no emission where the edition gives no factor."""
    rows = [
        {"rule": row["rule"], "outcome": word(row["outcome"], language), "period": row["period"],
         "observed": shown(row["observed"], 6), "unit": row["unit"], "text": row["text"][language],
         "joint_effect": _nil(row, record, language)}
        for row in record["results"]
        if row["rule"] in CORROBORATION and row["outcome"] in ("satisfied", "not_satisfied")
    ]  # fmt: skip
    return frame(rows, ("rule", "outcome", "period", "observed", "unit", "text", "joint_effect"), language)


def _nil(row: Row, record: Record, language: str) -> str:
    notes = [
        effect["note"][language]
        for source in record["reconciliation"]["sources"]
        for effect in source["bias_effects"]
        if source["unit"] in ("MWh", "kWh") and effect["note"][language]
    ]
    return f"0 ({notes[0]})" if notes and row["rule"] != "floor.faraday" else ""


JOINT_TABLES: Mapping[str, Callable[..., pd.DataFrame]] = {
    function.__name__: function
    for function in (joint_summary, joint_hypotheses, joint_groups, joint_sources, joint_streams, joint_facilities,
                     joint_corroboration)
}  # fmt: skip
