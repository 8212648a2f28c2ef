"""Mistakes of filing that work alike in every sector; a sector says where they are planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from verifierkit.periods import month_bounds
from verifierkit.simulate.base import Cells, Plant, PlantedError, swap_digits
from verifierkit.simulate.filing import FIRST_TIMELY
from verifierkit.simulate.planting import BOTH, DEPOSITED, error

LATE_DAYS = 55


def lapse(plant: Plant, *, facility: str, stream: str, instrument: str, months: Sequence[str]) -> None:
    """The first certificate of an instrument runs out before the months, the second begins after them."""
    old, new = sorted(plant.rows("calibrations", instrument_id=instrument), key=lambda row: row["calibrated_on"])[:2]
    lapsed, renewed = month_bounds(months[0])[0] - timedelta(days=1), month_bounds(months[-1])[1]
    old |= {"calibrated_on": lapsed.replace(year=lapsed.year - 1, day=20), "valid_until": lapsed}
    new |= {"calibrated_on": renewed, "valid_until": renewed.replace(year=renewed.year + 1) - timedelta(days=1)}
    plant.expect("calibration.validity", facility=facility, months=months, stream=stream, source=instrument)


def plan_row(plant: Plant, facility: str, parameter: str, item: str = "") -> Cells:
    """Row of the plan for one quantity."""
    return plant.rows("plan", facility_id=facility, parameter=parameter, item=item or None)[0]


def plan_meter(plant: Plant, *, facility: str, parameter: str, stream: str, named: str, used: str) -> None:
    """The plan names another instrument for a quantity than the one that is used."""
    plan_row(plant, facility, parameter)["instrument_id"] = named
    plant.expect("plan.instrument", facility=facility, months=plant.months, stream=stream, source=used)


def leave_out_of_plan(plant: Plant, *, facility: str, parameter: str, item: str) -> None:
    """A quantity that is reported is not in the plan."""
    plant.tables["plan"].remove(plan_row(plant, facility, parameter, item))
    name = f"{parameter}:{item}" if item else parameter
    plant.expect("plan.completeness", facility=facility, months=plant.months, stream=name, source="plan")


def plan_daily(plant: Plant, *, facility: str, parameter: str, item: str, stream: str, source: str) -> None:
    """The plan promises daily records of a quantity that has fewer."""
    plan_row(plant, facility, parameter, item)["record_frequency"] = "daily"
    plant.expect("plan.frequency", facility=facility, months=plant.months, stream=stream, source=source)


def open_otherwise(plant: Plant, *, facility: str, node: str, more_t: Decimal) -> None:
    """The closing stock of last year's report is ``more_t`` tonnes above this year's opening."""
    plant.take(node, plant.months[:1])
    plant.rows("reported", parameter="closing_stock_t", item=node)[0]["value"] += more_t
    plant.expect("year.opening_stock", facility=facility, months=plant.months[:1], stream=node, source="stock_counts")


def unstate_derivation(plant: Plant, *, facility: str, stream: str, source: str) -> None:
    """Nobody says where a source comes from."""
    plant.rows("sources", source_id=source)[0]["derives_from"] = None
    plant.expect("source.dependence", facility=facility, months=plant.months, stream=stream, source=source)


def unticked_transcription(plant: Plant) -> None:
    """A figure keyed from a scan was not ticked by a second person."""
    row = plant.pick("untick", plant.tables["transcriptions"])
    row["ticked_by"] = None
    plant.expect("transcription.tick", facility="", months=plant.months, stream=row["file"], source="transcriptions")


@dataclass(frozen=True)
class DepositErrors:
    """Mistakes in the monthly deposits.

    Attributes
    ----------
    subjects : mapping
        Parameter of the deposits to choose from, to the subject under which a month is taken; ``{facility}`` stands
        for the facility.
    place : int
        Digits are swapped nearest to the digit of 10**place.
    first : str
        First month whose deposit may differ or be missing; a late one is never before :data:`FIRST_TIMELY`.
    """

    subjects: Mapping[str, str]
    place: int
    first: str = ""

    def differs(self, plant: Plant, *, month: str = "") -> None:
        """A deposited value has two digits of the ledger swapped."""
        row = self._take(plant, "deposit differs", month, self.first)
        row["value"] = swap_digits(row["value"], place=self.place)
        _expect_deposit(plant, "deposit.ledger", row)

    def late(self, plant: Plant, *, month: str = "") -> None:
        """A month was deposited 55 days after its end."""
        row = self._take(plant, "deposit late", month, FIRST_TIMELY)
        row["deposited_on"] = month_bounds(row["month"])[1] + timedelta(days=LATE_DAYS)
        _expect_deposit(plant, "deposit.late", row)

    def missing(self, plant: Plant, *, month: str = "") -> None:
        """A month was not deposited."""
        row = self._take(plant, "deposit missing", month, self.first)
        plant.tables["deposits"].remove(row)
        _expect_deposit(plant, "deposit.missing", row)

    def registered(self) -> tuple[PlantedError, ...]:
        """The entries of the registry."""
        return (
            error("deposit_differs", "filing", DEPOSITED, self.differs, "存证值与台账不符", "deposit differs from the ledger"),
            error("deposit_late", "filing", DEPOSITED, self.late, "存证逾期", "deposit late"),
            error("deposit_missing", "filing", DEPOSITED, self.missing, "缺少月度存证", "deposit missing"),
        )  # fmt: skip

    def _take(self, plant: Plant, name: str, month: str, first: str) -> Cells:
        """A deposit that was never changed, of a month in which nothing else was planted for its subject."""
        rows = [row for row in plant.tables["deposits"] if row["parameter"] in self.subjects]
        rows = [row for row in rows if row["changed_value"] is None and row["month"] >= first]
        held = plant.claims  # a deposit disturbs nothing but itself
        wanted = [row for row in rows if row["month"] == (month or row["month"]) and row["value"]]
        free = [row for row in wanted if held.unused(*self._key(row))]
        row: Cells = plant.pick(name, free)
        subject, taken = self._key(row)
        held.take(subject, [taken], ())
        return row

    def _key(self, row: Cells) -> tuple[str, str]:
        return self.subjects[row["parameter"]].format(facility=row["facility_id"]), row["month"]


def _expect_deposit(plant: Plant, rule: str, row: Cells) -> None:
    """Note a finding on one deposit."""
    plant.expect(rule, facility=row["facility_id"], months=[row["month"]], stream=row["parameter"], source="deposits")


def plan_errors(
    meter: Callable[..., None], parameter: Callable[..., None], frequency: Callable[..., None]
) -> tuple[PlantedError, ...]:
    """The entries of the registry for mistakes in the plan."""
    return (
        error("plan_other_meter", "filing", BOTH, meter, "数据质量控制方案所列器具与实际不符", "plan names another meter"),
        error("plan_parameter_missing", "filing", BOTH, parameter, "数据质量控制方案缺少参数", "parameter missing in the plan"),
        error("plan_frequency_missed", "filing", BOTH, frequency, "记录频次低于方案", "records less frequent than planned"),
    )  # fmt: skip


def register_errors(derivation: Callable[..., None]) -> tuple[PlantedError, ...]:
    """The entries of the registry for mistakes in transcriptions and in the map of sources."""
    return (
        error("unticked_transcription", "filing", BOTH, unticked_transcription, "转录数据未经第二人复核",
            "transcription not ticked"),
        error("derivation_unstated", "filing", BOTH, derivation, "数据来源关系未说明", "derivation not stated"),
    )  # fmt: skip
