"""Parts of which the map of the simulated smelter is made: feeders, streams, sources, instruments, certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from verifierkit.simulate.aluminium_truth import LINES, OLD_TABLES_UNTIL, Line
from verifierkit.simulate.base import Plant

ENTITY = "ent"


@dataclass(frozen=True)
class Feeder:
    """A metered feeder: key of the truth, stream, name, nodes, facility, item, parameter, multiplier of its meter."""

    id: str
    name: str
    from_node: str
    to_node: str
    facility: str
    multiplier: int
    item: str = ""
    parameter: str = ""


def has_old_tables(plant: Plant) -> bool:
    """Whether the data year has the supplementary tables, in which electricity carries emissions."""
    return plant.year <= OLD_TABLES_UNTIL


def rectifier_feeders(plant: Plant, line: Line) -> list[Feeder]:
    """One AC feeder per line; in the years of the supplementary tables one from each busbar."""
    multiplier = 990000 if line.id == "p1" else 660000
    if not has_old_tables(plant):
        name = f"{line.name}整流所交流电"
        return [Feeder(line.id, name, "n_bus", f"n_{line.id}", line.id, multiplier, "", "electricity_mwh")]
    own = "electricity_consumed_mwh"
    return [
        Feeder(f"{line.id}_grid", f"{line.name}整流所电网段", "n_bus", f"n_{line.id}", line.id, multiplier, "grid", own),
        Feeder(
            f"{line.id}_captive", f"{line.name}整流所自备段", "n_bus_captive", f"n_{line.id}", line.id, multiplier,
            "captive", own,
        ),
    ]  # fmt: skip


def other_feeders() -> list[Feeder]:
    """Feeders of the bus that no facility figure needs."""
    return [
        Feeder("auxiliaries", "动力与净化系统用电", "n_bus", "n_auxiliaries", ENTITY, 66000),
        Feeder("casthouse", "铸造车间用电", "n_bus", "n_casting", "casthouse", 12000),
        Feeder("anode_plant", "阳极厂用电", "n_bus", "n_anode_plant", "anode_plant", 13200),
        Feeder("living", "生活区用电", "n_bus", "n_living", "living", 2400),
    ]


def feeders(plant: Plant) -> list[Feeder]:
    """All metered feeders."""
    return [feeder for line in LINES for feeder in rectifier_feeders(plant, line)] + other_feeders()


def captive_bus(plant: Plant) -> str:
    """Node that the captive plant feeds."""
    return "n_bus_captive" if has_old_tables(plant) else "n_bus"


def stream(
    plant: Plant, stream_id: str, name: str, unit: str, nodes: tuple[str, str], facility: str, parameter: str = "",
    item: str = "", note: str = "",
) -> str:  # fmt: skip
    """Add a stream from one node to another and return its id."""
    plant.add(
        "streams", stream_id=stream_id, name=name, item=item or None, unit=unit, from_node=nodes[0],
        to_node=nodes[1], facility_id=facility or None, parameter=parameter or None, note=note or None,
    )  # fmt: skip
    return stream_id


def source(
    plant: Plant, name_id: str, name: str, on: str, records: str, rank: int, *, instrument: str = "",
    derives: str = "none", department: str = "计控部", parameter: str = "", document: str = "",
) -> str:  # fmt: skip
    """Add a source ``s_<id>`` of a stream and return its id."""
    plant.add(
        "sources", source_id=f"s_{name_id}", name=name, stream_id=on, parameter=parameter or None, records=records,
        rank=rank, instrument_id=instrument or None, derives_from=derives, department=department,
        document=document or name,
    )  # fmt: skip
    return f"s_{name_id}"


def instrument(
    plant: Plant, name_id: str, name: str, kind: str, accuracy: str, *, multiplier: int | None = None,
    digits: int | None = None, interval: int = 12, place: str = "", model: str = "",
) -> str:  # fmt: skip
    """Add an instrument ``i_<id>`` and return its id."""
    number = len(plant.rows("instruments")) + 1
    plant.add(
        "instruments", instrument_id=f"i_{name_id}", name=name, model=model or f"SL-{number:02d}",
        serial_no=f"SN{plant.year - 4}{number:04d}", kind=kind, place=place or name,
        accuracy_fraction=Decimal(accuracy),
        multiplier=Decimal(multiplier) if multiplier else None, register_digits=digits,
        calibration_interval_months=interval,
    )  # fmt: skip
    return f"i_{name_id}"


def add_calibrations(plant: Plant) -> None:
    """Certificates without a gap from before the year to after its end."""
    rng = plant.rng("calibrations")
    for row in plant.rows("instruments"):
        interval = int(row["calibration_interval_months"])
        month = 12 * (plant.year - 1) + 12 - int(rng.integers(1, min(interval, 9)))
        count = 0
        while month < 12 * (plant.year + 1):
            day = int(rng.integers(1, 20))
            count += 1
            following = month + interval
            plant.add(
                "calibrations", instrument_id=row["instrument_id"],
                certificate_no=f"JL{month // 12}-{row['instrument_id'][2:]}-{count}",
                calibrated_on=date(month // 12, month % 12 + 1, day),
                valid_until=date(following // 12, following % 12 + 1, 28),
                result="pass", error_fraction=None, body="示例省计量科学研究院",
            )  # fmt: skip
            month = following
