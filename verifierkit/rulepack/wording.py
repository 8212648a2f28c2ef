"""Chinese forms of the titles and clauses that packs cite in English, from ``citations.yaml``."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from verifierkit.rulepack.model import Citation

FILE = Path(__file__).with_name("citations.yaml")

READ = "; read in the text: "  # behind a clause: what a person read in the text, name and date


@lru_cache(maxsize=1)
def chinese() -> dict[str, dict[str, str]]:
    """``titles`` and ``clauses``: text as cited -> Chinese form; ``forms``: pattern -> Chinese form of its number."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, dict[str, str]] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)
    return found


def title_label(citation: Citation) -> dict[str, str]:
    """Title of a citation in both languages; the text as cited where no Chinese form is known."""
    return {"zh": chinese()["titles"].get(citation.title, citation.title), "en": citation.title}


def clause_label(citation: Citation) -> dict[str, str]:
    """Clause of a citation in both languages; of a clause that quotes another citation, each part by itself."""
    return {"zh": _clause(citation.clause), "en": citation.clause}


def _clause(text: str) -> str:
    own, joined, reading = text.partition(READ)
    if joined:
        return f"{_clause(own)}；对照原文：{reading}"
    known = chinese()["clauses"]
    if text in known:
        return known[text]
    for form, words in chinese()["forms"].items():
        if found := re.fullmatch(form, text):
            return words.format(found[1])
    for title, words in chinese()["titles"].items():
        own, joined, clause = text.partition(f"; {title}, ")
        if joined:
            return f"{known.get(own, own)}；{words}，{known.get(clause, clause)}"
    return text
