"""Rows of the tables on the interface page, and tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One rule: what it states, the kind of its findings, and how their key is filled."""

    rule: str
    statement: str
    kind: str
    facility: str
    period: str
    stream: str
    source: str


@dataclass(frozen=True)
class Parameter:
    """One parameter that a rule pack asks for; ``levels`` names track and facility kinds."""

    pack: str
    parameter: str
    label: str
    unit: str
    item: str
    levels: str
    period: str
    asked: str
    digits: str
    in_plan: str
    in_deposits: str


@dataclass(frozen=True)
class MethodRow:
    """One method of a pack: what it gives, its formula in ids and in words."""

    pack: str
    output: str
    formula: str
    words: str


@dataclass(frozen=True)
class ItemRow:
    """One item id: its group and its words."""

    group: str
    item: str
    zh: str
    en: str


@dataclass(frozen=True)
class TemplateParameter:
    """One parameter of a notebook template."""

    template: str
    parameter: str
    type: str
    default: str


@dataclass(frozen=True)
class Planted:
    """One mistake that the error planter can make."""

    error: str
    sector: str
    data_years: str
    parameters: str
    meaning: str


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def optional(title: str, kind: type, entries: Sequence[Any]) -> str:
    if not entries:
        return ""
    names = [field.name for field in fields(kind)]
    return f"{title}\n\n" + table(
        [name.replace("_", " ") for name in names], [[getattr(entry, name) for name in names] for entry in entries]
    )
