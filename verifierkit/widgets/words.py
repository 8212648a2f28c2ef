"""Words of the desk in both languages; the words of the working papers where it has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from verifierkit.papers import tables


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("verifierkit").joinpath("widgets/words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found


def word(name: str, language: str, **values: object) -> str:
    """A word or sentence of the desk with its values filled in."""
    found = _words().get(name)
    return found[language].format(**values) if found else tables.word(name, language)
