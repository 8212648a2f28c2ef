"""Shipped packs: look-ups, citations, checks, exemptions, report sections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from verifierkit import glossary, rulepack
from verifierkit.errors import UsageError
from verifierkit.units import UNITS

SECTOR_PACKS = [
    "aluminium-2013", "aluminium-2024", "aluminium-supplementary-2017", "aluminium-supplementary-2019", "cement-2013",
    "cement-2024", "cement-supplementary-2017", "cement-supplementary-2019", "electricity-only",
]  # fmt: skip
RULES = [
    "evidence.defect",
    "evidence.duplicate",
    "evidence.pasted",
    "evidence.register",
    "completeness.record",
    "completeness.parameter",
    "chain.ledger",
    "chain.report",
    "chain.year",
    "calc.formula",
    "factor.default",
    "factor.route",
    "factor.basis",
    "factor.weighting",
    "material.mill",
    "material.moisture",
    "material.lot",
    "material.invoice",
    "material.settled",
    "material.transit",
    "material.tare",
    "bill.registers",
    "bill.total",
    "bill.continuity",
    "bill.document",
    "meter.registers",
    "settlement.meter",
    "balance.bus",
    "balance.store",
    "cross.sources",
    "floor.faraday",
    "floor.anode",
    "floor.heat",
    "floor.capacity",
    "floor.raw_meal",
    "band.coal",
    "band.clinker_electricity",
    "band.metal_electricity",
    "band.anode",
    "band.waste_heat",
    "calibration.validity",
    "plan.completeness",
    "plan.instrument",
    "plan.method",
    "plan.frequency",
    "deposit.ledger",
    "deposit.late",
    "deposit.missing",
    "year.change",
    "year.opening_stock",
    "cutoff.year_end",
    "survey.adjustment",
    "ratio.fixed",
    "lab.dates",
    "source.dependence",
    "transcription.tick",
    "determined.value",
    "captive.double_counting",
    "captive.electricity_twice",
    "captive.omitted",
    "procedure.team",
    "procedure.review",
    "procedure.visit",
    "procedure.report_date",
    "procedure.conclusion_date",
    "evidence.original",
    "evidence.unlisted",
    "lab.accreditation",
    "plan.missing_data",
    "reconcile.joint",
]
SECTIONS = {
    "cover", "summary", "overview", "overview.purpose", "overview.scope", "overview.criteria", "process", "process.team",
    "process.document_review", "process.site_visit", "process.review", "findings", "findings.basics", "findings.boundary",
    "findings.facilities", "findings.method", "findings.data", "findings.data.activity", "findings.data.emissions",
    "findings.data.production", "findings.quality", "findings.plan", "findings.other", "conclusion", "conclusion.conformity",
    "conclusion.emissions", "conclusion.changes", "conclusion.other", "annexes", "annex.results", "annex.allocation",
    "annex.findings", "annex.recommendations", "annex.documents",
}  # fmt: skip


@pytest.mark.parametrize("name", rulepack.names())
def test_every_value_has_a_citation_a_mark_and_a_declared_unit(name: str) -> None:
    pack = rulepack.load(name)
    values = [value for rows in pack.values.values() for value in rows] + [known.value for known in pack.known_values]
    assert values or name == "electricity-only" or pack.unusable or pack.kind == "procedure"
    for value in values:
        assert value.citation.title
        assert value.citation.clause
        assert value.confidence in "ABC"
        assert value.unit in UNITS
        assert Decimal(value.text) == value.value


@pytest.mark.parametrize("name", rulepack.names())
def test_parameters_methods_and_constants_are_cited(name: str) -> None:
    pack = rulepack.load(name)
    for entry in [*pack.parameters.values(), *pack.methods.values(), *pack.constants.values()]:
        assert entry.citation.title
        assert entry.citation.clause
        assert entry.citation.confidence in "ABC"
    for parameter in pack.parameters.values():
        assert parameter.label["zh"]
        assert parameter.label["en"]
        assert parameter.digits is None or parameter.digits >= 0


@pytest.mark.parametrize("name", rulepack.names())
def test_items_and_kinds_of_packs_stand_in_the_glossary(name: str) -> None:
    pack, terms = rulepack.load(name), glossary.terms()
    for rows in pack.values.values():
        for value in rows:
            assert {value.item, value.facility_class, value.facility_kind} - {""} <= terms.keys()
    for parameter in pack.parameters.values():
        assert {kind for track in parameter.tracks for kind in parameter.at(track)} <= terms.keys()


@pytest.mark.parametrize("name", SECTOR_PACKS)
def test_sector_packs_state_every_rule_and_split_the_error_budget(name: str) -> None:
    pack = rulepack.load(name)
    assert sorted(pack.checks) == sorted(RULES)
    statistical = {rule.id: rule.alpha for rule in pack.checks.values() if rule.test == "statistical"}
    assert set(statistical) == {"settlement.meter", "cross.sources", "balance.bus", "balance.store", "reconcile.joint"}
    assert sum(alpha for alpha in statistical.values() if alpha) == pack.error_budget == Decimal("0.05")
    for rule in pack.checks.values():
        assert rule.statement["zh"]
        assert rule.statement["en"]
        assert rule.citation.title
        entries = [*rule.limits.values(), *rule.bands]
        assert all(entry.experience for entry in entries if entry.citation.confidence == "C")


@pytest.mark.parametrize("name", SECTOR_PACKS)
def test_report_sections_and_forms_use_the_fixed_ids(name: str) -> None:
    pack = rulepack.load(name)
    ids = [section.id for section in pack.report]
    assert set(ids) <= SECTIONS
    assert len(set(ids)) == len(ids)
    assert {form.section for form in pack.forms.values()} <= set(ids)
    assert set(pack.forms) == {"misstatement", "nonconformity", "missing_evidence", "clarification", "recommendation"}
    assert {section.id: section.level for section in pack.report}["findings.data.activity"] == 3


def test_names_leave_out_shared_parts() -> None:
    assert set(SECTOR_PACKS) < set(rulepack.names())
    assert not [name for name in rulepack.names() if rulepack.load(name).kind == "shared"]


def test_the_most_specific_value_is_taken() -> None:
    pack = rulepack.load("cement-2024")
    kiln = pack.value("oxidation_fraction", year=2025, item="bituminous", facility_kind="clinker_line")
    boiler = pack.value("oxidation_fraction", year=2025, item="bituminous", facility_kind="boiler")
    assert (kiln.text, kiln.confidence) == ("0.99", "A")
    assert (boiler.text, boiler.confidence) == ("0.85", "B")
    assert pack.value("oxidation_fraction", year=2025, item="diesel", facility_kind="entity").text == "0.98"


def test_bituminous_carbon_content_and_its_typing_error() -> None:
    pack = rulepack.load("cement-2024")
    value = pack.value("carbon_content_tc_per_gj", year=2025, item="bituminous")
    assert (value.text, value.unit, value.confidence) == ("0.02618", "tC/GJ", "A")
    known = pack.known("carbon_content_tc_per_gj", year=2025, item="bituminous")
    assert [(entry.value.text, entry.status) for entry in known] == [("0.02308", "mistake")]


def test_printed_digits_are_kept() -> None:
    pack = rulepack.load("cement-2024")
    assert str(pack.value("fuel_ncv", year=2025, item="petroleum_coke").value) == "32.500"


def test_grid_factor_by_region_and_year() -> None:
    pack = rulepack.load("cement-2013")
    north = pack.value("grid_factor_tco2_per_mwh", year=2018, region="north")
    assert (north.text, north.confidence) == ("0.8843", "B")
    assert pack.value("grid_factor_tco2_per_mwh", year=2021, region="north").confidence == "C"
    with pytest.raises(UsageError, match="southwest.*values are loaded for central, east"):
        pack.value("grid_factor_tco2_per_mwh", year=2018, region="southwest")
    with pytest.raises(UsageError, match="no value of grid_factor_tco2_per_mwh for 2023"):
        pack.value("grid_factor_tco2_per_mwh", year=2023, region="north")


@pytest.mark.parametrize(
    ("pack_id", "parameter", "year", "text", "confidence"),
    [
        ("electricity-factors", "national_market_factor_tco2_per_mwh", 2018, "0.6101", "A"),
        ("electricity-factors", "national_market_factor_tco2_per_mwh", 2017, "0.6101", "C"),
        ("electricity-factors", "national_market_factor_tco2_per_mwh", 2021, "0.5810", "A"),
        ("aluminium-2024", "anode_loss_fraction", 2025, "0.1518", "B"),
        ("aluminium-2024", "gwp_c2f6", 2025, "11100", "B"),
        ("aluminium-2013", "gwp_cf4", 2018, "6500", "B"),
        ("aluminium-2013", "anode_net_consumption_t_per_t", 2018, "0.42", "B"),
    ],
)
def test_values_of_the_reference(pack_id: str, parameter: str, year: int, text: str, confidence: str) -> None:
    value = rulepack.load(pack_id).value(parameter, year=year)
    assert (value.text, value.confidence) == (text, confidence)


def test_unknown_pack_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no rule pack 'cement-2042' is loaded; the nearest is cement-20"):
        rulepack.load("cement-2042")


def test_a_shared_part_is_found_by_no_user() -> None:
    with pytest.raises(UsageError, match="../etc"):
        rulepack.load("../etc")


def test_year_not_covered_names_the_nearest() -> None:
    pack = rulepack.load("cement-2024")
    with pytest.raises(UsageError, match="covers data years 2024 to 2025, not 2026; the nearest is 2025"):
        pack.value("fuel_ncv", year=2026, item="bituminous")
    with pytest.raises(UsageError, match="data year 2026; the nearest is cement-2024"):
        rulepack.find(sector="cement", year=2026, track="facility")


@pytest.mark.parametrize(
    ("sector", "year", "track", "expected"),
    [
        ("cement", 2025, "facility", "cement-2024"),
        ("cement", 2025, "entity", "cement-2024"),
        ("cement", 2018, "facility", "cement-supplementary-2017"),
        ("cement", 2018, "entity", "cement-2013"),
        ("cement", 2019, "facility", "cement-supplementary-2019"),
        ("aluminium", 2021, "facility", "aluminium-supplementary-2019"),
        ("cement", 2022, "entity", "cement-2013"),
        ("aluminium", 2018, "facility", "aluminium-supplementary-2017"),
        ("aluminium", 2024, "entity", "aluminium-2024"),
        ("electricity", 2022, "facility", "electricity-only"),
    ],
)
def test_find(sector: str, year: int, track: str, expected: str) -> None:
    assert rulepack.find(sector=sector, year=year, track=track).id == expected


def test_find_refuses_what_no_pack_claims() -> None:
    with pytest.raises(UsageError, match="the nearest is cement-supplementary-2017"):
        rulepack.find(sector="cement", year=2015, track="facility")
    with pytest.raises(UsageError, match="no rule pack is loaded for sector steel"):
        rulepack.find(sector="steel", year=2025, track="facility")


@pytest.mark.parametrize(
    ("pack_id", "rule", "year", "applies"),
    [
        ("cement-2024", "deposit.missing", 2024, False),
        ("cement-2024", "deposit.missing", 2025, True),
        ("cement-2024", "plan.completeness", 2024, False),
        ("aluminium-2024", "plan.completeness", 2025, True),
        ("cement-2013", "plan.completeness", 2017, False),
        ("cement-2013", "plan.completeness", 2018, True),
        ("cement-supplementary-2017", "deposit.late", 2018, False),
        ("cement-2024", "floor.faraday", 2025, False),
        ("aluminium-2024", "floor.faraday", 2025, True),
        ("aluminium-2024", "band.coal", 2025, False),
    ],
)
def test_applicability(pack_id: str, rule: str, year: int, applies: bool) -> None:
    found = rulepack.load(pack_id).applies(rule, year)
    assert found.applies is applies
    if not applies:
        assert found.reason
        assert found.reason["zh"]
        assert found.citation
        assert found.citation.title


def test_deposit_deadline_of_the_first_half_of_2025() -> None:
    pack = rulepack.load("cement-2024")
    assert pack.deadline("deposit.late", "2025-06") == date(2025, 10, 31)
    assert pack.deadline("deposit.late", "2025-07") is None
    assert pack.checks["deposit.late"].limit("days") == 40


def test_electricity_has_no_factor_in_2024_but_counts_before() -> None:
    effect = rulepack.load("aluminium-2024").effects["electricity"]
    assert not effect.counts
    assert effect.note == {"zh": "辅助参数，不计入排放量", "en": "auxiliary item, no emission"}
    assert effect.citation.confirmed
    assert rulepack.load("aluminium-supplementary-2017").effects["electricity"].counts


def test_bands_tell_citable_limits_from_experience() -> None:
    rule = rulepack.load("cement-2024").checks["band.clinker_electricity"]
    flag = rule.band()
    assert flag is not None
    assert flag.experience
    assert flag.citation.confidence == "C"
    cited = [band.high for band in rule.bands if band.use == "reference"]
    assert cited == [Decimal(48), Decimal(57), Decimal(61)]
    assert all(band.citation.confirmed for band in rule.bands if band.use == "reference")


def test_the_laboratory_term_of_40_days_is_experience_before_2022() -> None:
    assert not rulepack.load("cement-2024").checks["lab.dates"].limits["days"].experience
    assert rulepack.load("cement-2013").checks["lab.dates"].limits["days"].experience


def test_digest_covers_included_parts() -> None:
    def changed(name: str) -> str:
        text = rulepack.read_text(name)
        return text + "# a remark\n" if name == "fuels-2024" else text

    assert rulepack.assemble("cement-2024", rulepack.read_text).sha256 == rulepack.load("cement-2024").sha256
    assert rulepack.assemble("cement-2024", changed).sha256 != rulepack.load("cement-2024").sha256


def test_glossary_gives_an_unknown_item_as_itself() -> None:
    assert glossary.term("carbide_slag") == {"zh": "电石渣", "en": "carbide slag"}
    assert glossary.term("own_waste") == {"zh": "own_waste", "en": "own_waste"}
    assert "diesel" in glossary.group("fuels")
    with pytest.raises(UsageError, match="groups: carbonates"):
        glossary.group("nothing")
