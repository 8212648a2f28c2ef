"""Tables of the working papers: every row of the record, in one language, nothing computed, cut or left unescaped."""

from __future__ import annotations

import json
import re
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from verifierkit.errors import InputError, UsageError
from verifierkit.papers import open_record, picture, show
from verifierkit.papers.tables import TABLES, frame, word
from verifierkit.verification import Verification

Record = dict[str, Any]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}%%bash"
FAMILIES = ("bill", "chain")
LANGUAGES = ("zh", "en")

# rows of the record that a table shows, one for one
ONE_FOR_ONE = {
    "inputs": lambda r: r["inputs"],
    "evidence": lambda r: r["evidence"],
    "notices": lambda r: r["notices"],
    "results": lambda r: [row for row in r["results"] if row["rule"].split(".")[0] in FAMILIES],
    "tally": lambda r: {row["rule"] for row in r["results"]},
    "streams": lambda r: r["map"]["streams"],
    "sources": lambda r: r["map"]["sources"],
    "settlement": lambda r: r["pictures"]["settlement"],
    "production": lambda r: r["pictures"]["production"],
    "coal": lambda r: r["pictures"]["coal"],
    "intensity": lambda r: r["pictures"]["intensity"],
    "figures": lambda r: r["parameters"],
    "months": lambda r: [m for block in r["parameters"] for m in block["months"] if m["reported"] != m["verified"]],
    "totals": lambda r: r["totals"],
    "effects": lambda r: r["effects"],
    "findings": lambda r: r["findings"],
    "finding_places": lambda r: [place for row in r["findings"] for place in row["places"]],
    "coverage": lambda r: r["coverage"],
}


def shown(name: str, record: Record, language: str) -> BeautifulSoup:
    """The table as a template shows it."""
    families = FAMILIES if name == "results" else ()
    return BeautifulSoup(show(name, record, language, *families).data, "html.parser")


def column(name: str, record: Record, language: str, heading: str) -> list[str]:
    """Texts of one column."""
    return list(TABLES[name](record, language)[word(heading, language)])


def test_every_table_is_held_against_the_record() -> None:
    assert set(ONE_FOR_ONE) == set(TABLES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_shows_every_row(cement_record: Record, name: str, language: str) -> None:
    expected = len(ONE_FOR_ONE[name](cement_record))
    page = shown(name, cement_record, language)
    assert len(page.select("tbody tr")) == expected
    assert bool(page.select("p.empty")) == (expected == 0)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_headings_are_words_of_the_language(cement_record: Record, name: str) -> None:
    families = FAMILIES if name == "results" else ()
    zh, en = (list(TABLES[name](cement_record, language, *families).columns) for language in LANGUAGES)
    assert [heading for heading in zh if not re.search(r"[\u4e00-\u9fff]|SHA", heading)] == []
    assert [heading for heading in en if re.search(r"[\u4e00-\u9fff]|_", heading)] == []
    assert len(zh) == len(en) == len(set(en))


def test_numbers_stand_as_the_record_holds_them(cement_record: Record) -> None:
    for name in ("reported", "verified", "difference"):
        assert column("totals", cement_record, "zh", name) == [row[name] for row in cement_record["totals"]]
        assert column("figures", cement_record, "en", name) == [row[name] for row in cement_record["parameters"]]
    for name in ("sum", "together", "interaction"):
        assert column("effects", cement_record, "en", name) == [row[name] for row in cement_record["effects"]]


def test_results_are_chosen_by_family_and_outcome(cement_record: Record) -> None:
    rows = [row for row in cement_record["results"] if row["rule"].startswith("chain.")]
    failed = [row["id"] for row in rows if row["outcome"] == "not_satisfied"]
    assert list(TABLES["results"](cement_record, "en", "chain")["Id"]) == [row["id"] for row in rows]
    chosen = TABLES["results"](cement_record, "en", "chain", outcomes=("not_satisfied",))
    assert list(chosen["Id"]) == failed
    assert 0 < len(failed) < len(rows)


def test_the_tally_counts_every_result_once(cement_record: Record) -> None:
    table = TABLES["tally"](cement_record, "en").set_index("Rule")
    counted = Counter((row["rule"], word(row["outcome"], "en")) for row in cement_record["results"])
    held = {(rule, outcome): int(table.loc[rule, outcome]) for rule in table.index for outcome in table.columns}
    assert {pair: count for pair, count in held.items() if count} == dict(counted)


def test_months_show_all_or_those_that_differ(cement_record: Record) -> None:
    every = TABLES["months"](cement_record, "en", differing=False)
    differing = TABLES["months"](cement_record, "en")
    assert len(every) == sum(len(block["months"]) for block in cement_record["parameters"])
    assert (differing["Reported"] != differing["Verified"]).all()


def test_findings_show_effect_and_note_of_each_track(cement_record: Record) -> None:
    effects = dict(
        zip(
            column("findings", cement_record, "en", "id"),
            column("findings", cement_record, "en", "effect"),
            strict=True,
        )
    )
    for row in cement_record["findings"]:
        for effect in row["effects"]:
            track = word(effect["track"] + "_track", "en")
            assert f"{track} {effect['tonnes']}" in effects[row["id"]]
            assert effect["note"]["en"] in effects[row["id"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_language_stays_out_of_words(cement_record: Record, language: str) -> None:
    for name in ("kind", "disposition", "status"):
        texts = set(column("findings", cement_record, language, name))
        assert texts
        assert all(bool(re.search(r"[\u4e00-\u9fff]", text)) == (language == "zh") for text in texts)


def test_texts_are_escaped_and_not_cut(cement_record: Record) -> None:
    record = deepcopy(cement_record)
    long = HOSTILE * 40
    record["findings"][0]["text"] = {"zh": long, "en": long}
    record["findings"][0]["places"] = [f"evidence/{HOSTILE}.xlsx#A!B1"]
    record["map"]["streams"][0]["name"] = HOSTILE
    for name in ("findings", "finding_places", "streams"):
        page = shown(name, record, "zh")
        assert page.select("script, img") == []
        assert HOSTILE in page.get_text()
    assert long in shown("findings", record, "en").get_text()


def test_an_empty_table_says_so() -> None:
    for language, text in (("zh", "无"), ("en", "none")):
        record: Record = {"findings": [], "results": []}
        for name in ("findings", "finding_places", "tally"):
            assert shown(name, record, language).get_text() == text


def test_what_a_row_lacks_is_empty() -> None:
    table = frame([{"id": None, "rule": 1}, {"id": "x"}], ("id", "rule"), "en")
    assert table.to_numpy().tolist() == [["", "1"], ["x", ""]]


@pytest.mark.parametrize("name", ["flow_map", "settlement", "production", "coal", "intensity"])
def test_pictures_are_drawings(cement_record: Record, name: str) -> None:
    assert "<svg" in picture(name, cement_record, "zh").data


# which record


def test_a_record_is_read_from_its_file_or_computed_from_the_case(
    cement_case: Path, cement_verification: Verification, cement_record: Record, tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(cement_record), encoding="utf-8")
    assert open_record(record=str(path)) == json.loads(json.dumps(cement_record))
    computed = open_record(case=str(cement_case))
    assert computed["findings"] == cement_record["findings"]
    assert computed["totals"] == cement_record["totals"]


@pytest.mark.parametrize("given", [{}, {"record": "a", "case": "b"}])
def test_exactly_one_of_record_and_case(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="give either `record`"):
        open_record(**given)


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, "No such file or directory"), ("{", "no JSON"), ("[1]", "another JSON file"), ("{}", "another JSON file")],
)
def test_a_file_that_is_no_record_is_named(tmp_path: Path, text: str | None, found: str) -> None:
    path = tmp_path / "result.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        open_record(record=str(path))
    assert (caught.value.place.file, caught.value.expected, caught.value.found) == ("result.json", "a record", found)
