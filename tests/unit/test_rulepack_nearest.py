"""最近的规则包：先同行业，再同文件，再年度，最后拼写。"""

from __future__ import annotations

import pytest

from tests.unit.small_plant import context, plant
from verifierkit import rulepack
from verifierkit.errors import UsageError
from verifierkit.rulepack.nearest import Known, nearest

PACKS = [
    Known("cement-2013", "cement", (2013, 2023)),
    Known("cement-2024", "cement", (2024, 2025)),
    Known("cement-supplementary-2017", "cement", (2016, 2018)),
    Known("aluminium-2024", "aluminium", (2024, 2025)),
    Known("fuels-2024", "", (2024, 2025)),
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("cement-2042", "cement-2024"),
        ("cemnt-2024", "cement-2024"),
        ("cement-2018", "cement-2013"),  # same instrument name; the edition that covers 2018
        ("cement-supplementary-2024", "cement-supplementary-2017"),  # the instrument comes before the year
        ("cement-suplementary", "cement-supplementary-2017"),
        ("aluminum-2017", "aluminium-2024"),  # the sector comes before everything
        ("aluminium-supplementary-2017", "aluminium-2024"),
        ("Cement_2025", "cement-2024"),
        ("fuel-2024", "fuels-2024"),
    ],
)
def test_sector_then_instrument_then_year_then_spelling(wanted: str, expected: str) -> None:
    assert nearest(wanted, PACKS) == expected
    assert nearest(wanted, reversed(PACKS)) == expected


def test_the_case_says_what_the_name_does_not() -> None:
    assert nearest("2024", PACKS, sector="aluminium") == "aluminium-2024"
    assert nearest("aluminium-2024x", PACKS, sector="cement", year=2018) == "cement-2013"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cement-2026", "cement-2024"),
        ("aluminium-2024x", "cement-2024"),
        ("cement-suplementary-2017", "cement-2024"),  # the data year is 2025
    ],
)
def test_a_case_with_an_unknown_pack_is_told_place_and_nearest(name: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        context(plant(), packs={"facility": name})
    assert str(caught.value).startswith(
        f"case.yaml, packs, facility: no rule pack {name!r} is loaded; the nearest is {expected};"
    )


def test_a_track_is_not_sent_to_a_pack_without_it() -> None:
    error = str(rulepack.unknown("cement-2018", sector="cement", year=2018, track="facility"))
    assert "the nearest is cement-supplementary-2017;" in error
    assert "the nearest is cement-2013;" in str(
        rulepack.unknown("cement-2018", sector="cement", year=2018, track="entity")
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cement-2013", "not 2025; the nearest is 2023; cement-2024 covers it (2024 to 2025)."),
        ("cement-supplementary-2017", "not 2025; the nearest is 2018; cement-2024 covers it (2024 to 2025)."),
    ],
)
def test_a_year_that_a_pack_does_not_cover_names_the_pack_that_does(name: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        context(plant(), packs={"facility": name})
    assert words in str(caught.value)


def test_a_year_that_no_pack_covers_names_the_nearest() -> None:
    words = rulepack.other_edition(rulepack.load("cement-2024"), year=2026, track="entity")
    assert (
        words
        == "no rule pack is loaded for cement, entity track, data year 2026; the nearest is cement-2024 (2024 to 2025)"
    )
    european = rulepack.other_edition(rulepack.load("eu-ets-cement"), year=2020, track="entity")
    assert "the nearest is eu-ets-cement (2021 to 2025)" in european
