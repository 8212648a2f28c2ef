"""Terms of the field in Chinese and English, one word per concept, with where each was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from verifierkit.errors import UsageError


@dataclass(frozen=True)
class Term:
    """A term: id, group, words in both languages, and the text in which it was read."""

    id: str
    group: str
    zh: str
    en: str
    source: str


@cache
def terms() -> Mapping[str, Term]:
    """All terms by id, in the order of the file.

    Raises
    ------
    UsageError
        If an id stands in two groups.
    """
    text = resources.files("verifierkit").joinpath("glossary.yaml").read_text(encoding="utf-8")
    found: dict[str, Term] = {}
    for group, entries in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)).items():
        for name, entry in entries.items():
            if name in found:
                raise UsageError(f"glossary: the id {name} stands in {found[name].group} and in {group}")
            found[name] = Term(name, group, entry["zh"], entry["en"], entry["source"])
    return found


def term(name: str) -> Mapping[str, str]:
    """Words of a term, ``{"zh": ..., "en": ...}``.

    A name that is not in the glossary (an item that only the case knows) stands for itself in both languages.
    """
    known = terms().get(name)
    return {"zh": known.zh, "en": known.en} if known else {"zh": name, "en": name}


def group(name: str) -> Mapping[str, Term]:
    """Terms of one group, e.g. ``fuels``.

    Raises
    ------
    UsageError
        If there is no such group.
    """
    found = {key: entry for key, entry in terms().items() if entry.group == name}
    if not found:
        groups = sorted({entry.group for entry in terms().values()})
        raise UsageError(f"glossary has no group {name!r}; groups: {', '.join(groups)}")
    return found
