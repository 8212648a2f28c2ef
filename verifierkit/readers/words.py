"""Words of a file that an import profile names: headings, rows that are no data, and words of the table under other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verifierkit.columns import TableSpec
from verifierkit.errors import InputError, Place
from verifierkit.readers.labels import folded


def joined(*headings: str) -> str:
    """A heading for comparing: the parts of merged headings run together, without white space and slashes."""
    return "".join(folded(heading).replace("/", "") for heading in headings)


def skip_words(content: Mapping[str, Any], place: Place) -> dict[str, frozenset[str]]:
    """Words by heading whose rows are no data.

    Raises
    ------
    InputError
        If a heading has no list of texts.
    """
    for heading, words in content.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            expected = f"a list of texts under skip_where ({heading})"
            raise InputError(place, expected=expected, found=repr(words), todo="Write it as a list.")
    return {joined(heading): frozenset(folded(word) for word in words) for heading, words in content.items()}


def word_values(content: Mapping[str, Any], spec: TableSpec, place: Place) -> dict[str, dict[str, str]]:
    """Words of the file by column, each with the word of the table that it stands for.

    Raises
    ------
    InputError
        If a column is not one of the table, or a word is none of its choices.
    """
    for name, words in content.items():
        column = spec.columns.get(name)
        if column is None or not isinstance(words, dict):
            expected = f"a column of {spec.name} with words under values"
            raise InputError(place, expected=expected, found=f"{name}: {words!r}", todo="Correct it.")
        for word in words.values():
            if column.choices and word not in column.choices:
                expected = f"one of {', '.join(column.choices)} under values ({name})"
                raise InputError(place, expected=expected, found=repr(word), todo="Correct it.")
    return {name: {folded(str(key)): str(word) for key, word in words.items()} for name, words in content.items()}
