"""One sentence on an error, zh and en: meter, months, cause, size, effect, and what cannot be told from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from verifierkit.periods import show_period

LANGUAGES = ("zh", "en")
DOMINANT = Decimal(95)  # percent from which the first explanation is named alone
CERTAIN, SLIGHT = Decimal("99.5"), Decimal("0.5")
FEW = 3  # months whose changes are listed one by one; others that are named beside the first
DIGITS = 4  # significant digits of a size in a sentence
WORDS = {
    "high": {"zh": "多计", "en": "too high by"},
    "low": {"zh": "少计", "en": "too low by"},
    "track.facility": {"zh": "设施层级", "en": "facility track"},
    "track.entity": {"zh": "企业层级", "en": "entity track"},
    "to": {"zh": "至", "en": " to "},
    "join": {"zh": "；", "en": "; "},
    "comma": {"zh": "、", "en": ", "},
    "none_source": {"zh": "图中未列", "en": "not on the map"},
    "stock_counts": {"zh": "盘存", "en": "stock count"},
    "raw_meal_ratios": {"zh": "料耗比", "en": "raw meal ratio"},
}
SENTENCE = {
    "zh": "{place}，{period}：{cause}，{size}；影响：{effect}；条件概率 {probability}%。",
    "en": "{place}, {period}: {cause}, {size}; effect: {effect}; conditional probability {probability} %.",
}
CANNOT = {"zh": "现有数据无法与下列原因区分：{others}。", "en": " Cannot be told apart from: {others}."}
SAME = {"zh": "同样情形发生在{places}", "en": "the same at {places}"}
PLACES = {"zh": "等，另有{count}处", "en": " and {count} more places"}
MORE = {"zh": "等，另有{count}种", "en": " and {count} more"}
FULL_STOP = {"zh": "。", "en": ". "}
EFFECT = {"zh": "影响", "en": "effect "}
ITSELF = {"zh": "同一来源", "en": "the same source"}
COLON = {"zh": "：", "en": ": "}
OR = {"zh": "其他可能：{others}。", "en": " Or: {others}."}


def shown(text: str, digits: int = DIGITS) -> str:
    """A number in a sentence: a few significant digits, thousands separated."""
    if not text:
        return "-"
    value = Decimal(text)
    if not value:
        return "0"
    places = max(digits - 1 - value.adjusted(), 0)
    rounded = f"{value:,.{places}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def chance(text: str) -> str:
    """A probability in percent as a reader takes it: whole, never 100 or 0."""
    value = Decimal(text or 0)
    if value >= CERTAIN:
        return ">99"
    return "<1" if value < SLIGHT else f"{value:.0f}"


def cause(row: Mapping[str, Any], language: str) -> str:
    """A kind of error in words, with its factor or the other stream that takes part."""
    words = str(row["label"][language])
    if not row["partner"]:
        return words
    factor = row["partner"] == row["partner_name"] and row["partner"].replace(".", "").isdigit()
    more = f"×{row['partner']}" if factor else row["partner_name"]
    return f"{words}（{more}）" if language == "zh" else f"{words} ({more})"


def place(row: Mapping[str, Any], language: str) -> str:
    """Stream with its source."""
    source = row["source_name"] or WORDS["none_source"][language]
    source = WORDS.get(source, {language: source})[language]
    return f"{row['stream_name']}（{source}）" if language == "zh" else f"{row['stream_name']} ({source})"


def size(row: Mapping[str, Any], language: str) -> str:
    """How much the records show too much or too little; month by month where a few months change both ways."""
    changes = [(change["month"], Decimal(change["amount"] or 0)) for change in row["changes"]]
    signs = {amount > 0 for _, amount in changes if amount}
    if len(signs) > 1 and len(changes) <= FEW:
        parts = [f"{month} {_amount(str(amount), row['unit'], language)}" for month, amount in changes if amount]
        return WORDS["comma"][language].join(parts)
    if not any(amount for _, amount in changes) and row.get("spans"):
        return WORDS["comma"][language].join(_span(span, row["unit"], language) for span in row["spans"][:FEW])
    share = f"{shown(row['share_percent'], FEW)}%" if row["share_percent"] else ""
    words = _amount(row["amount"], row["unit"], language)
    if not share:
        return words
    return f"{words}（{share}）" if language == "zh" else f"{words} ({share})"


def _span(span: Mapping[str, Any], unit: str, language: str) -> str:
    """What a period within a month shows too much or too little."""
    days = f"{span['start']}{WORDS['to'][language]}{span['end']}"
    return f"{days} {_amount(span['amount'], unit, language)}"


def _amount(text: str, unit: str, language: str) -> str:
    value = Decimal(text or 0)
    word = WORDS["low" if value < 0 else "high"][language]
    return f"{word} {shown(str(abs(value)))} {unit if unit != '1' else ''}".strip()


def effect(row: Mapping[str, Any], language: str) -> str:
    """Effect on the total of each track; tracks with the same nil reason are told once."""
    parts: dict[str, list[str]] = {}
    for entry in row["effects"]:
        tonnes = Decimal(entry["tonnes"])
        note = entry["note"][language]
        text = f"{tonnes:+,} tCO2e" if tonnes else _nil(note, language)
        parts.setdefault(text, []).append(WORDS[f"track.{entry['track']}"][language])
    comma, join = WORDS["comma"][language], WORDS["join"][language]
    if len(parts) == 1:
        return next(iter(parts))
    return join.join(f"{comma.join(tracks)} {text}" for text, tracks in parts.items()) or "0"


def _nil(note: str, language: str) -> str:
    if not note:
        return "0"
    return f"0（{note}）" if language == "zh" else f"0 ({note})"


def verdict(explanations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The sentence on an error, from its explanations in order."""
    return {language: _verdict(explanations, language) for language in LANGUAGES}


def _verdict(explanations: Sequence[Mapping[str, Any]], language: str) -> str:
    best = explanations[0]
    text = SENTENCE[language].format(
        place=place(best, language),
        period=period(best["period"], language),
        cause=cause(best, language),
        size=size(best, language),
        effect=effect(best, language),
        probability=chance(best["probability_percent"]),
    )
    if best["alike"]:
        text += CANNOT[language].format(others=_others(best, best["alike"], language))
    rest = [row for row in explanations[1 : FEW + 1] if Decimal(best["probability_percent"] or 0) < DOMINANT]
    if rest:
        named = [_alternative(row, best, language) for row in rest]
        text += OR[language].format(others=WORDS["join"][language].join(named))
    return text.strip()


def _alternative(row: Mapping[str, Any], best: Mapping[str, Any], language: str) -> str:
    """Another explanation with its size, its effect and its probability."""
    told = [brief(row, best, language), size(row, language), f"{EFFECT[language]}{effect(row, language)}"]
    return f"{WORDS['comma'][language].join(told)} [{chance(row['probability_percent'])}%]"


def _others(best: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], language: str) -> str:
    """What cannot be told from the best: the same cause at other places in one breath, other causes one by one."""
    same = [row for row in rows if (row["kind"], row["period"]) == (best["kind"], best["period"])]
    rest = [row for row in rows if row not in same]
    places = list(dict.fromkeys(place(row, language) for row in same))
    parts = [SAME[language].format(places=_few(places, language))] if places else []
    others = list(dict.fromkeys(brief(row, best, language) for row in rest))
    more = MORE[language].format(count=len(others) - FEW) if len(others) > FEW else ""
    return WORDS["join"][language].join([*parts, *others[:FEW]]) + more


def _few(places: Sequence[str], language: str) -> str:
    more = PLACES[language].format(count=len(places) - FEW) if len(places) > FEW else ""
    return WORDS["comma"][language].join(places[:FEW]) + more


def brief(row: Mapping[str, Any], beside: Mapping[str, Any], language: str) -> str:
    """A cause beside another one, with its place."""
    same = (row["stream"], row["source"]) == (beside["stream"], beside["source"])
    when = "" if row["period"] == beside["period"] else f"{COLON[language]}{period(row['period'], language)}"
    where = f"{ITSELF[language] if same else place(row, language)}{COLON[language]}"
    return f"{where}{cause(row, language)}{when}"


def causes_in_short(explanations: Iterable[Mapping[str, Any]], language: str) -> str:
    """Causes of a finding with their probability, and that they cannot be told apart where they cannot; "" for none."""
    parts = []
    for row in explanations:
        alike = _others(row, row["alike"], language) if row["alike"] else ""
        cannot = CANNOT[language].format(others=alike).strip() if alike else ""
        told = f"{row['error']} {chance(row['probability_percent'])}% {cause(row, language)}{COLON[language]}"
        told += (
            f"{place(row, language)} {period(row['period'], language)}{WORDS['comma'][language]}{size(row, language)}"
        )
        parts.append(f"{told}{FULL_STOP[language]}{cannot}")
    return " ".join(parts) if language == "en" else "".join(parts)


def period(text: str, language: str) -> str:
    """Months as a reader writes them; all twelve are the year."""
    return f"{text}年" if text.isdecimal() and language == "zh" else show_period(text, language)
