"""Words for results, in both languages, from message templates kept as data."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources

import yaml

from verifierkit.checks.base import NOT_SATISFIED, SATISFIED, Context, Result
from verifierkit.constants import LONGEST_FRACTION
from verifierkit.glossary import term
from verifierkit.joint.hypotheses import kinds
from verifierkit.periods import show_period

LANGUAGES = ("zh", "en")


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """All message templates by id."""
    found: dict[str, Mapping[str, str]] = {}
    folder = resources.files("verifierkit").joinpath("checks/messages")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yaml"):
            found.update(yaml.safe_load(entry.read_text(encoding="utf-8")))
    found |= {f"joint.{name}": {"zh": kind.zh, "en": kind.en} for name, kind in kinds().items()}
    return found


def number(value: Decimal | None) -> str:
    """A decimal with thousands separators and no exponent; a dash where there is none."""
    if value is None:
        return "-"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text and len(text.split(".")[1]) > LONGEST_FRACTION else text


def text(context: Context, result: Result) -> dict[str, str]:
    """The result in words, zh and en."""
    template = messages()[_message_id(result)]
    return {
        language: template[language].format_map(_Fields(_fields(context, result, language))) for language in LANGUAGES
    }


def _message_id(result: Result) -> str:
    if result.outcome == SATISFIED and f"{result.message or result.rule}.satisfied" in messages():
        return f"{result.message or result.rule}.satisfied"
    if result.outcome == SATISFIED:
        return "satisfied"
    if result.outcome != NOT_SATISFIED and result.message not in messages():
        return result.outcome
    return result.message or result.rule


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def _fields(context: Context, result: Result, language: str) -> dict[str, str]:
    difference = None
    if result.observed is not None and result.expected is not None:
        difference = result.observed - result.expected
    clue = messages()[result.hint][language] if result.hint else ""
    return {
        "subject": subject_name(context, result, language),
        "facility": facility_name(context, result.facility),
        "period": show_period(result.when, language),
        "observed": number(result.observed),
        "expected": number(result.expected),
        "difference": number(difference),
        "limit": number(result.limit),
        "unit": result.unit,
        "source": source_name(context, result.source),
        "stream": stream_name(context, result.stream),
        "hint": clue,
        **{name: source_name(context, value) for name, value in result.detail.items()},
    }


def subject_name(context: Context, result: Result, language: str) -> str:
    """Label of the parameter with its item and facility; the stream's name where there is no parameter."""
    label = ""
    for pack in context.packs.values():
        if result.parameter in pack.parameters:
            label = pack.parameters[result.parameter].label[language]
    if not label:
        return stream_name(context, result.stream)
    facility = facility_name(context, result.facility)
    item = f" {item_label(result.item)[language]}" if result.item else ""
    return f"{facility} {label}{item}".strip()


def item_label(item: str) -> dict[str, str]:
    """Label of a fuel, material or electricity source."""
    return dict(term(item)) if item else {"zh": "", "en": ""}


def facility_name(context: Context, facility: str) -> str:
    """Name of a facility as the case gives it."""
    row = context.flow.facilities.get(facility)
    return str(row["name"]) if row else facility


def stream_name(context: Context, stream: str) -> str:
    """Name of a stream or node as the case gives it, else the id itself."""
    row = context.flow.streams.get(stream) or context.flow.nodes.get(stream)
    return str(row["name"]) if row and row["name"] else stream


def source_name(context: Context, source: str) -> str:
    """Name of a source or instrument as the case gives it, else the text itself."""
    row = context.flow.sources.get(source) or context.flow.instruments.get(source)
    return str(row["name"]) if row and row["name"] else source
