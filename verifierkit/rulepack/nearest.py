"""The pack that somebody most likely meant: same sector, then same instrument, then the nearest year, then spelling."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

SAME_WORD = 0.7  # likeness from which two words count as one misspelt
WORD, YEAR = re.compile(r"[a-z]+"), re.compile(r"\d{4}")
FAR = 10_000  # years: a pack without any


class Known(NamedTuple):
    """What a loaded pack is compared by: id, sector ("" for factor packs), first and last data year."""

    id: str
    sector: str
    years: tuple[int, int] | None


def nearest(wanted: str, packs: Iterable[Known], *, sector: str = "", year: int | None = None) -> str:
    """Id of the pack nearest to a name that is not loaded.

    Parameters
    ----------
    wanted
        The name as it was given, misspelt or of an edition that is not loaded.
    packs
        The packs to choose from; not empty.
    sector, year
        Sector and data year of the case where one asks: a pack that covers the year comes before the instrument then.
        Else both are read from the name.
    """
    known = sorted(packs)
    asked = _words(wanted)
    sectors = {pack.sector for pack in known} - {""}
    meant = sector or next((found for word in asked if (found := _like(word, sectors))), "")
    digits = YEAR.search(wanted)
    asked_year = year if year is not None else (int(digits[0]) if digits else None)

    def distance(pack: Known) -> tuple[bool, bool, int, int, float, str]:
        likeness = difflib.SequenceMatcher(None, wanted.casefold(), pack.id).ratio()
        other = bool(meant) and pack.sector != meant
        useless = year is not None and years_apart(pack.years, year) > 0
        words, years = _words_apart(asked, _words(pack.id), sectors), years_apart(pack.years, asked_year)
        return other, useless, words, years, -likeness, pack.id

    return min(known, key=distance).id


def years_apart(years: tuple[int, int] | None, year: int | None) -> int:
    """Years between a data year and the nearest one that a pack covers; 0 where it covers it or none is asked for."""
    if year is None:
        return 0
    return max(years[0] - year, year - years[1], 0) if years else FAR


def _words(name: str) -> list[str]:
    return WORD.findall(name.casefold())


def _like(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=SAME_WORD)), "")


def _words_apart(asked: list[str], held: list[str], sectors: Iterable[str]) -> int:
    """Words of the instrument (the sector left out) that stand in one name and not in the other."""
    one = [word for word in asked if not _like(word, sectors)]
    other = [word for word in held if word not in sectors]
    return sum(not _like(word, other) for word in one) + sum(not _like(word, one) for word in other)
