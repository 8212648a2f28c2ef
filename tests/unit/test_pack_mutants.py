"""Every number, date, digit and switch of the packs changed by one: killed by something that does not read the packs."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter

import pytest

from tests.unit import pack_mutants
from tests.unit.pack_mutants import HERE, killer, listed, mutants, reason, reference, values_of
from verifierkit import rulepack
from verifierkit.checks import build_context
from verifierkit.verification import run_checks

STEP = 149  # in CI every so-manieth mutant is run, all with VERIFIERKIT_SLOW=1
SLOW = os.environ.get("VERIFIERKIT_SLOW") == "1"
RUN = mutants() if SLOW else mutants()[STEP // 2 :: STEP]
LEAST_REFERENCE = 500  # transcribed values


def test_mutants_are_made_of_every_pack_file() -> None:
    counts = Counter(mutant.file for mutant in mutants())
    untouched = {file for file in pack_mutants.files() if rulepack.read_text(file).count("value:")} - set(counts)
    assert untouched == set()
    assert len({(mutant.file, mutant.start) for mutant in mutants()}) == len(mutants())


def test_the_shipped_packs_are_killed_by_nothing() -> None:
    for file, rows in reference().items():
        assert sorted(set(rows) - values_of(rulepack.read_text(file), file)) == [], file
    for example in (*pack_mutants.by_hand(False), *pack_mutants.by_hand(True)):
        example()
    for name in pack_mutants.SAMPLE_NAMES:
        assert pack_mutants.failing(run_checks(build_context(pack_mutants.sample(name)))) == set(), name
    assert {name: rulepack.load(name).years for name in pack_mutants.YEARS} == pack_mutants.YEARS
    for file in (*pack_mutants.OF_2024, *pack_mutants.EARLIER):
        assert pack_mutants.misrounded(rulepack.load(file)) == [], file


def test_the_transcribed_values_name_their_place() -> None:
    with (HERE / "golden_pack_values.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) > LEAST_REFERENCE
    assert [row for row in rows if not re.search(r"\.(md|js), ", row["place"])] == []


@pytest.mark.parametrize("mutant", RUN, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed_or_listed(mutant: pack_mutants.Mutant) -> None:
    assert killer(mutant) or reason(mutant), "nothing notices this change; add a test, or list it with the reason"


def test_what_is_transcribed_is_always_killed() -> None:
    """A changed last digit of a transcribed value is noticed, whatever the list says."""
    held = {(file, row[0], row[-2]) for file, rows in reference().items() for row in rows}
    wanted = [
        mutant
        for mutant in mutants()
        if mutant.site.startswith("values/")
        and mutant.site.endswith("/value")
        and (mutant.file, mutant.site.split("/")[1], mutant.old) in held
    ]
    assert len(wanted) > LEAST_REFERENCE // 2
    living = [
        mutant.name
        for mutant in wanted[:: 1 if SLOW else 9]
        if set(reference()[mutant.file]) <= values_of(mutant.text(), mutant.file)
    ]
    assert living == []


def test_every_listed_group_has_a_reason_and_is_in_use() -> None:
    names = [f"{mutant.file}: {mutant.site}" for mutant in mutants()]
    for pattern, why in listed():
        assert len(why.split()) > len("words"), pattern
        assert any(pack_mutants.fnmatchcase(name, pattern) for name in names), f"nothing is called {pattern}"
