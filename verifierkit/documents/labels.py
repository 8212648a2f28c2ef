"""Words of the documents in both languages, from one file."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from verifierkit.documents.assets_files import asset
from verifierkit.errors import UsageError

LANGUAGES = ("zh", "en")


@lru_cache(maxsize=1)
def label_table() -> dict[str, tuple[str, str]]:
    """Every label as ``group.key`` with its Chinese and English text."""
    text = asset("labels.yaml")
    table: dict[str, tuple[str, str]] = {}
    _flatten("", yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), table)
    return table


def _flatten(prefix: str, node: dict[str, Any], table: dict[str, tuple[str, str]]) -> None:
    for key, value in node.items():
        name = f"{prefix}{key}"
        if isinstance(value, list):
            table[name] = (str(value[0]), str(value[1]))
        else:
            _flatten(f"{name}.", value, table)


class Labels:
    """The labels of one language; an unknown key is an error of the program."""

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise UsageError(f"--lang: expected {' or '.join(LANGUAGES)}, found {lang!r}. Name a language that exists.")
        self.lang, self._column = lang, LANGUAGES.index(lang)

    def __getitem__(self, key: str) -> str:
        return label_table()[key][self._column]

    def get(self, key: str) -> str | None:
        """The label, None where there is none."""
        pair = label_table().get(key)
        return pair[self._column] if pair else None
