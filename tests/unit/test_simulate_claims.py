"""The register of planted errors: no two get in each other's way, what cannot be is refused with one line."""

from __future__ import annotations

import pytest

from tests.support import simulated
from verifierkit import samples
from verifierkit.errors import UsageError
from verifierkit.simulate.claims import Claims, Collision

STREAMS = [{"stream_id": "p", "from_node": "kiln", "to_node": "silo", "facility_id": "k1"}]
NODES = [{"node_id": "kiln", "kind": "process"}, {"node_id": "silo", "kind": "store"}]
MARCH = "2025-03"


def held(*wanted: tuple[int, str, list[str]]) -> Claims:
    claims = Claims()
    for number, subject, around in wanted:
        claims.begin(number, f"error {number}")
        claims.take(subject, [MARCH], around)
    return claims


def test_two_errors_on_one_place_and_month_collide_and_the_line_names_both() -> None:
    with pytest.raises(Collision, match=r"'error 0' and 'error 1' both touch silo \(2025-03\)"):
        held((0, "silo", []), (1, "silo", []))


def test_a_stream_disturbs_the_store_at_its_end_in_both_orders() -> None:
    with pytest.raises(Collision):
        held((0, "silo", []), (1, "p", ["silo"]))
    with pytest.raises(Collision):
        held((0, "p", ["silo"]), (1, "silo", []))


def test_two_streams_of_one_store_do_not_collide_and_an_error_never_with_itself() -> None:
    claims = held((0, "p", ["silo"]), (1, "q", ["silo"]), (1, "q", ["silo"]))
    assert claims.mine("q", MARCH)
    assert not claims.unused("p", MARCH)
    assert claims.unused("p", "2025-04")


def test_around_a_stream_are_its_stores_and_its_facility() -> None:
    from verifierkit.simulate.claims import around

    assert around(STREAMS, NODES, "p") == ["silo", "facility:k1"]
    assert around(STREAMS, NODES, "silo") == []


def test_an_explicit_collision_is_refused() -> None:
    errors = ["ledger_digits:stream=p_k1,month=2025-07", "clinker_moved_unrecorded:month=2025-07"]
    with pytest.raises(UsageError, match=r"'clinker_moved_unrecorded' and 'ledger_digits' both touch p_k1 \(2025-07\)"):
        simulated("cement", 2025, 5, errors)


def test_the_same_error_twice_falls_on_two_months_or_is_refused() -> None:
    plant = simulated("aluminium", 2025, 5, ["ledger_digits:facility=p1", "ledger_digits:facility=p1"])
    assert len({entry["months"] for entry in plant.planted}) == 2
    with pytest.raises(UsageError, match="both touch m_p1"):
        simulated("aluminium", 2025, 5, ["ledger_digits:facility=p1,month=2025-03"] * 2)


@pytest.mark.parametrize(("sector", "year"), [("cement", 2018), ("aluminium", 2025)])
def test_a_month_of_another_year_is_refused(sector: str, year: int) -> None:
    with pytest.raises(UsageError, match="month '2031-03' is not a month of"):
        simulated(sector, year, 5, ["bill_gap:month=2031-03"])


def test_drawn_errors_find_their_place_and_the_same_seed_draws_the_same() -> None:
    one, two = (samples.draw(sector="cement", year=2025, seed=70_911, count=12) for _ in range(2))
    assert len({entry["id"] for entry in one.planted}) == 12
    assert one.planted == two.planted
    with pytest.raises(UsageError, match="find no place in one cement plant"):
        samples.draw(sector="cement", year=2025, seed=3, count=1000)
