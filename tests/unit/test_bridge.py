"""两个层级之间的差额：逐行构成，各行之和与差额完全相等；不能归属的部分单独列出。"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support import simulated, unseen_seeds, verified
from tests.unit.small_plant import plant, reported, verification
from verifierkit import case, record
from verifierkit.bridge import Bridge, bridge
from verifierkit.documents.charts import svg
from verifierkit.documents.view import View
from verifierkit.documents.waterfall import bars
from verifierkit.record.bridging import bridge_part
from verifierkit.verification import Verification, verify

SAMPLES = sorted(path for path in (Path(__file__).parents[2] / "sample_data").iterdir() if path.is_dir())
ZERO, CENT = Decimal(0), Decimal("0.01")


def both(found: Verification) -> list[Bridge]:
    return [
        bridge(found.context, found.valuation.calculations({}, ())),
        bridge(found.context, found.verified),
    ]


def holds(found: Bridge) -> None:
    """Every tonne stands in a line, every line has words and a source, and nothing is left over."""
    assert found.difference is not None
    assert sum((line.tonnes for line in found.lines), ZERO) == found.difference
    for line in found.lines:
        assert line.label["zh"].strip()
        assert line.label["en"].strip()
        assert line.citation.title
        assert line.citation.clause
        assert line.citation.confidence in "ABC"
        assert line.tonnes == line.tonnes.quantize(CENT)
        assert line.kind != "unexplained", line
    assert max(Counter(line.key for line in found.lines).values(), default=1) == 1


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
def test_the_bridge_of_every_sample_sums_exactly(folder: Path) -> None:
    found = verify(case.load(folder))
    for one, totals in zip(both(found), (found.valuation.base, None), strict=True):
        holds(one)
        assert one.lines
        if totals:
            assert (one.entity, one.facilities) == (totals["entity"], totals["facility"])


@pytest.mark.parametrize("sector", ["cement", "aluminium"])
@pytest.mark.parametrize("year", [2025, 2018])
@pytest.mark.parametrize("seed", unseen_seeds("bridge", 2))
def test_the_bridge_of_simulated_plants_sums_exactly(sector: str, year: int, seed: int) -> None:
    found = verified(simulated(sector, year, seed))
    for one in both(found):
        holds(one)
        assert not [line for line in one.lines if line.kind.startswith("slip")]


def test_a_small_plant_by_hand() -> None:
    rows = plant()
    found = verification(rows)
    (as_reported, as_verified) = both(found)
    assert as_reported == as_verified
    # one line, nothing outside it: only the integer of the entity total is between the tracks
    assert as_reported.facilities is not None
    whole = as_reported.facilities.quantize(Decimal(1), rounding="ROUND_HALF_UP")
    expected = whole - as_reported.facilities
    assert [(line.kind, line.tonnes) for line in as_reported.lines] == ([("rounding", expected)] if expected else [])


def test_a_slip_of_the_report_is_a_line_of_its_own() -> None:
    rows = plant()
    for name in ("process_co2_t", "line_co2_t"):
        for month in ("2025-04", None):
            reported(rows, name, month)["value"] -= 100
    found = verification(rows)
    (as_reported, _) = both(found)
    holds(as_reported)
    slips = {(line.kind, line.parameter): line.tonnes for line in as_reported.lines if line.kind.startswith("slip")}
    # the entity kept the sum of the lines as it should be: its total stands 100 t above the lines as reported
    assert slips == {("slip_entity", "entity_process_co2_t"): Decimal("100.00")}


def test_what_the_entity_burns_beside_the_lines_is_a_line() -> None:
    sample = next(path for path in SAMPLES if path.name == "cement-2025-clean")
    (as_reported, _) = both(verify(case.load(sample)))
    lines = {(line.kind, line.parameter, line.item): line.tonnes for line in as_reported.lines}
    assert lines[("entity_only", "fuel_co2_t", "diesel")] == Decimal("871.58")
    assert lines[("entity_only", "power_unit_co2_t", "")] == Decimal("85887.54")


def test_electricity_of_2018_by_hand() -> None:
    sample = next(path for path in SAMPLES if path.name == "cement-2018-clean")
    (as_reported, _) = both(verify(case.load(sample)))
    lines = {(line.kind, line.parameter): line.tonnes for line in as_reported.lines if not line.item}
    bought, lines_mwh = Decimal("70001.58"), Decimal("31394.391") + Decimal("14978.629")
    assert lines[("outside", "net_purchased_electricity_mwh")] == ((bought - lines_mwh) * Decimal("0.7035")).quantize(
        CENT
    )
    factor = lines_mwh * (Decimal("0.7035") - Decimal("0.6101"))
    assert lines[("factor", "grid_factor_tco2_per_mwh")] == factor.quantize(CENT)
    captive = {line.facility: line.tonnes for line in as_reported.lines if line.item == "captive"}
    assert captive == {
        "k1": -(Decimal("31263.269") * Decimal("0.6101")).quantize(CENT),
        "k2": -(Decimal("14906.869") * Decimal("0.6101")).quantize(CENT),
    }


def test_fuel_of_2018_is_split_by_its_users() -> None:
    sample = next(path for path in SAMPLES if path.name == "cement-2018-clean")
    (as_reported, _) = both(verify(case.load(sample)))
    lines = {line.kind: line for line in as_reported.lines if line.item == "bituminous"}
    assert lines["captive_fuel"].facility == "cap1"
    outside = lines["captive_fuel"].tonnes + lines["unattributed"].tonnes
    per_tonne = Decimal("22.788") * Decimal("0.02618") * Decimal("0.93") * 44 / 12
    tonnes = Decimal("406062.45") - Decimal("249978.90") - Decimal("116804.03")
    assert abs(outside - tonnes * per_tonne) <= CENT


def test_there_is_no_bridge_where_there_are_not_two_years_totals() -> None:
    rows = plant()
    one_track = verification(rows, packs={"facility": "cement-2024"})
    assert both(one_track)[0].reason["en"] == "the case has one track only"
    part = verification(rows, through="2025-06")
    assert both(part)[0].reason["zh"] == "未满一年，没有年度合计"
    assert bridge_part(part)["lines"] == []
    assert svg("bridge", record.render(part), "zh") == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_waterfall_walks_from_the_facilities_to_the_entity(language: str) -> None:
    sample = next(path for path in SAMPLES if path.name == "cement-2018-errors")
    made: dict[str, Any] = record.build(case.load(sample))
    shown = bars(View(made, language))
    assert str(shown[0].end) == made["bridge"]["facilities"]["verified"]
    assert str(shown[-1].end) == made["bridge"]["entity"]["verified"]
    for before, after in pairwise(shown[:-1]):
        assert after.start == before.end
    assert shown[-2].end == shown[-1].end
    drawn = svg("bridge", made, language)
    assert drawn.startswith("<svg ")
    assert "<text" not in drawn
