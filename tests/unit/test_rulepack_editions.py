"""Editions that carry another on, editions that cannot be used, province templates, the procedure, factors by year."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest

from tests.unit.small_plant import context, plant
from verifierkit import rulepack
from verifierkit.checks import REGISTRY
from verifierkit.documents.criteria import criteria
from verifierkit.emissions import Facility, Key, Structure, calculate
from verifierkit.errors import InputErrors, UsageError
from verifierkit.rulepack import library, shown

D = Decimal
EMPTY = ["cement-2022", "cement-2023", "aluminium-2022", "aluminium-2023"]
CARRIED = {"cement-supplementary-2019": "cement-supplementary-2017", "aluminium-supplementary-2019": "aluminium-supplementary-2017"}  # fmt: skip


# 2019 to 2021: what stayed and what changed


@pytest.mark.parametrize(("name", "before"), CARRIED.items())
def test_what_is_carried_on_is_the_edition_before_with_the_weaker_mark(name: str, before: str) -> None:
    pack, base = rulepack.load(name), rulepack.load(before)
    assert pack.carries == before
    assert pack.parameters.keys() == base.parameters.keys()
    assert pack.totals == base.totals
    assert {k: m.formula.text for k, m in pack.methods.items()} == {k: m.formula.text for k, m in base.methods.items()}
    entries = [*pack.parameters.values(), *pack.methods.values()]
    assert {entry.citation.confidence for entry in entries} == {"C"}
    assert all("not seen" in entry.citation.clause for entry in entries)


@pytest.mark.parametrize("sector", ["cement", "aluminium"])
@pytest.mark.parametrize(
    ("year", "text", "mark"),
    [(2018, "0.6101", "A"), (2019, "0.6101", "C"), (2020, "0.6101", "C"), (2021, "0.5810", "B")],
)
def test_the_national_factor_of_the_table_by_year(sector: str, year: int, text: str, mark: str) -> None:
    pack = rulepack.find(sector=sector, year=year, track="facility")
    for item in ("grid", "captive"):
        value = pack.value("electricity_factor_tco2_per_mwh", year=year, item=item)
        assert (value.text, value.confidence) == (text, mark)


def test_arithmetic_of_the_carried_cement_table_in_2021() -> None:
    plant = Structure.of([Facility("k1", "clinker_line", "portland_clinker")], months=["2021-01"], year=2021)
    given = {
        ("fuel_consumed", "bituminous"): "1000.00", ("fuel_ncv", "bituminous"): "23.000",
        ("clinker_produced_t", ""): "10000.00", ("clinker_cao_fraction", ""): "0.6550",
        ("clinker_mgo_fraction", ""): "0.0200", ("noncarbonate_cao_fraction", ""): "0.0150",
        ("noncarbonate_mgo_fraction", ""): "0.0010", ("electricity_consumed_mwh", "grid"): "500.000",
        ("heat_consumed_gj", "captive"): "10.00",
    }  # fmt: skip
    inputs = {Key("facility", name, "k1", item, "2021-01"): D(text) for (name, item), text in given.items()}
    found = calculate(rulepack.load("cement-supplementary-2019"), plant, inputs).values
    assert found[Key("facility", "electricity_co2_t", "k1", "", "2021")] == D("290.50")  # 500 x 0.5810
    # 2053.30 + 5237.57 + 290.50 + 1.10
    assert found[Key("facility", "line_co2_t", "k1", "", "2021")] == D("7582.47")


# 2022 and 2023: there, empty, and with the reason


@pytest.mark.parametrize("name", EMPTY)
def test_an_edition_without_text_is_empty_and_says_why(name: str) -> None:
    pack = rulepack.load(name)
    assert pack.unusable
    assert set(pack.unusable) == {"zh", "en"}
    held = [pack.parameters, pack.methods, pack.values, pack.checks, pack.totals]
    assert not any(held)
    assert pack.gaps
    assert f"CANNOT BE USED: {pack.unusable['en']}" in shown.headline(pack)
    assert any(line.strip().startswith("cannot be used:") for line in shown.lines(pack))


@pytest.mark.parametrize(
    ("sector", "year", "nearest"),
    [
        ("cement", 2022, "cement-supplementary-2019 .2019 to 2021."),
        ("cement", 2023, "cement-2024 .2024 to 2025."),
        ("aluminium", 2022, "aluminium-supplementary-2019 .2019 to 2021."),
        ("aluminium", 2023, "aluminium-2024 .2024 to 2025."),
    ],
)
def test_asking_for_it_names_reason_and_nearest_usable_pack(sector: str, year: int, nearest: str) -> None:
    with pytest.raises(UsageError, match=f"{sector}-{year} cannot be used: .*; the nearest usable pack is {nearest}"):
        rulepack.find(sector=sector, year=year, track="facility")


def test_a_case_that_names_it_ends_with_one_error_of_its_own_line() -> None:
    with pytest.raises(UsageError) as caught:
        context(plant(), packs={"facility": "cement-2023"}, data_year=2023)
    message = str(caught.value)
    assert message.startswith("case.yaml, packs, facility: pack cement-2023 cannot be used: ")
    assert "the nearest usable pack is " in message
    assert "\n" not in message


# conflicts of packs


def test_two_packs_that_claim_one_facility_conflict_loudly() -> None:
    twin = rulepack.read_text("cement-2024").replace("pack: cement-2024", "pack: cement-2024-twin")
    second = rulepack.assemble("cement-2024-twin", lambda n: twin if n == "cement-2024-twin" else rulepack.read_text(n))
    load = rulepack.load
    with (
        patch.object(library, "names", lambda: (*rulepack.names(), "cement-2024-twin")),
        patch.object(library, "load", lambda name: second if name == "cement-2024-twin" else load(name)),
        pytest.raises(UsageError, match="cement, facility track, 2025: claimed by cement-2024 and cement-2024-twin"),
    ):
        library.find(sector="cement", year=2025, track="facility")


def test_a_case_is_refused_a_pack_with_a_check_that_has_no_code() -> None:
    text = rulepack.read_text("overlay-cement-2013-beijing-sampling").replace(
        "extends: cement-2013", "extends: cement-2024"
    )
    text = text.replace("data_years: {from: 2016, to: 2016}\n", "")
    rule = "checks:\n  %s:\n    statement: {zh: 试, en: try}\n    kind: clarification\n    test: document\n"
    rule += "    cite: {source: page, clause: c, confidence: C}\n\nworked_example:"
    for name in ("chain.repot", "verifierkit.checks.chain"):  # misspelt; an import path
        own = text.replace("worked_example:", rule % name, 1)
        pack = rulepack.assemble("o", lambda n, own=own: own if n == "o" else rulepack.read_text(n))  # type: ignore[misc]
        line = own.splitlines().index(f"  {name}:") + 2
        with patch.object(rulepack, "load", lambda n, pack=pack: pack), pytest.raises(InputErrors) as caught:
            context(plant(), packs={"facility": "o"})
        assert str(caught.value).startswith(f"{pack.id}.yaml, row {line}: expected a registered check, found {name!r}")


def test_a_case_is_refused_a_pack_that_leaves_a_registered_check_out() -> None:
    text = (
        rulepack.read_text("electricity-only")
        .replace("shared-checks, ", "")
        .replace("sector: electricity", "sector: cement")
    )
    start, end = text.index("not_applicable:"), text.index("effects:")
    text = text[:start] + text[end:]
    edition = rulepack.read_text("shared-edition-2024")
    edition = edition[: edition.index("not_applicable:")] + edition[edition.index("report:") :]
    texts = {"x": text, "shared-edition-2024": edition}
    pack = rulepack.assemble("x", lambda n: texts.get(n) or rulepack.read_text(n))
    with (
        patch.object(rulepack, "load", lambda name: pack),
        pytest.raises(
            InputErrors, match=r"electricity-only.yaml, row 1: expected a check for every rule that has code"
        ),
    ):
        context(plant(), packs={"facility": "x"})


# provinces and procedure


@pytest.mark.parametrize("sector", ["cement", "aluminium"])
def test_guangdong_changes_titles_and_names_its_templates_and_nothing_else(sector: str) -> None:
    base = rulepack.load(f"{sector}-supplementary-2017")
    pack = rulepack.load(f"overlay-{sector}-supplementary-2017-guangdong-template")
    assert pack.years == (2018, 2018)
    assert [v.text for rows in pack.values.values() for v in rows] == [
        v.text for rows in base.values.values() for v in rows
    ]
    assert pack.methods.keys() == base.methods.keys()
    assert pack.checks == base.checks
    own = {s.id: s.title["zh"] for s in pack.report}
    other = {s.id: s.title["zh"] for s in base.report}
    assert own.keys() == other.keys()
    assert {name for name in own if own[name] != other[name]} == {"summary", "findings.data.emissions"}
    assert [(step.number, step.citation.confidence) for step in pack.procedure] == [
        ("附件5", "A"),
        ("附件6", "A"),
        ("附件7", "A"),
    ]


def test_the_procedure_has_eight_steps_in_order_each_with_citation_and_mark() -> None:
    pack = rulepack.load("verification-process")
    steps = [step for step in pack.procedure if step.kind == "step"]
    assert [step.number for step in steps] == [f"4.1.{number}" for number in range(1, 9)]
    for step in pack.procedure:
        assert step.title["zh"]
        assert step.title["en"]
        assert step.citation.clause
        assert step.citation.confidence in "ABC"
        assert not step.check or step.check in REGISTRY
    ladder = [step.value for step in pack.procedure if step.id.startswith("ladder_") and step.id != "ladder_small"]
    assert ladder == sorted(ladder, key=lambda value: value or 0)


def test_a_number_that_a_check_holds_stands_once() -> None:
    pack = rulepack.load("verification-process")
    step = next(step for step in pack.procedure if step.id == "team_persons")
    assert step.value == pack.checks["procedure.team"].limit("persons") == 2
    entry = next(line for line in rulepack.read_text("verification-process").splitlines() if "id: team_persons" in line)
    assert "value:" not in entry


def test_the_sampling_ladder_is_that_of_the_overlay() -> None:
    steps = {step.id: step.value for step in rulepack.load("verification-process").procedure}
    overlay = rulepack.load("overlay-cement-2013-beijing-sampling").constants
    for name in ("small", "first", "second", "third", "last"):
        ending = "share" if name == "small" else "fraction"
        assert steps[f"ladder_{name}"] == overlay[f"sampling_{name}_{ending}"].value


# factors by year


@pytest.mark.parametrize(
    ("parameter", "region", "year", "text", "mark"),
    [
        ("national_market_factor_tco2_per_mwh", "", 2021, "0.5810", "A"),
        ("national_market_factor_tco2_per_mwh", "", 2022, "0.5703", "B"),
        ("national_mean_tco2_per_mwh", "", 2021, "0.5568", "C"),
        ("national_mean_tco2_per_mwh", "", 2022, "0.5366", "B"),
        ("national_mean_tco2_per_mwh", "", 2023, "0.5306", "A"),
        ("regional_mean_tco2_per_mwh", "north", 2012, "0.8843", "B"),
        ("regional_mean_tco2_per_mwh", "south", 2012, "0.5271", "C"),
        ("regional_mean_tco2_per_mwh", "southwest", 2023, "0.2472", "A"),
        ("provincial_mean_tco2_per_mwh", "shandong", 2021, "0.6838", "B"),
        ("provincial_mean_tco2_per_mwh", "hunan", 2022, "0.4900", "B"),
        ("provincial_mean_tco2_per_mwh", "ningxia", 2023, "0.6187", "A"),
        ("heat_factor_tco2_per_gj", "", 2018, "0.11", "A"),
    ],
)
def test_factors_of_electricity_and_heat(parameter: str, region: str, year: int, text: str, mark: str) -> None:
    value = rulepack.load("electricity-factors").value(parameter, year=year, region=region)
    assert (value.text, value.confidence) == (text, mark)


def test_thirty_provinces_in_each_of_three_years_and_every_factor_is_a_plausible_one() -> None:
    rows = rulepack.load("electricity-factors").values["provincial_mean_tco2_per_mwh"]
    for year in (2021, 2022, 2023):
        assert len({value.region for value in rows if value.from_year == year}) == 30
    assert all(D("0.1") < value.value < D("0.85") for value in rows)  # an entry in kg or per 1000 falls outside


def test_a_place_or_year_without_a_factor_names_the_nearest() -> None:
    pack = rulepack.load("electricity-factors")
    with pytest.raises(
        UsageError, match="provincial_mean_tco2_per_mwh for 2024, region shandong.*the nearest is 2023: 0.6191"
    ):
        pack.value("provincial_mean_tco2_per_mwh", year=2024, region="shandong")
    with pytest.raises(UsageError, match="for 2019, region north.*the nearest is 2021: 0.7120"):
        pack.value("regional_mean_tco2_per_mwh", year=2019, region="north")
    with pytest.raises(UsageError, match="for 2023, region tibet; values are loaded for anhui"):
        pack.value("provincial_mean_tco2_per_mwh", year=2023, region="tibet")


def test_the_report_names_the_procedure_as_the_pack_does() -> None:
    instrument = rulepack.load("verification-process").instrument
    assert instrument is not None
    named = [row for row in criteria()["basis"] if row.get("pack") == "verification-process"]
    assert len(named) == 2
    for row in named:
        assert row["title"] == dict(instrument.title)
        assert row["number"] == instrument.number == "环办气候函〔2021〕130号"
