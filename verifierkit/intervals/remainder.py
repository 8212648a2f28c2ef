"""What a main meter holds beyond its sub-meters: unmetered load, a remainder with its interval and not an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Remainder:
    """Unmetered load over one period.

    Attributes
    ----------
    supplied
        Import plus own generation less export [unit of the arguments].
    metered
        Sum of the sub-meters.
    value
        Supplied less metered: what no sub-meter counts.
    share
        Value over supplied [1]; None where nothing was supplied.
    possible
        Whether it can be unmetered load: False where the sub-meters count more than was supplied.
    """

    supplied: Decimal
    metered: Decimal
    value: Decimal
    share: Decimal | None
    possible: bool

    def words(self, language: str, unit: str) -> str:
        """The remainder in one sentence, zh or en."""
        share = "-" if self.share is None else f"{self.share * 100:.1f} %"
        if not self.possible:
            supplied, metered = f"{self.supplied:f} {unit}", f"{self.metered:f} {unit}"
            return {
                "zh": f"分表合计 {metered} 大于供入 {supplied}，不可能是未计量负荷。",
                "en": f"The sub-meters count {metered}, more than the {supplied} supplied; this is no unmetered load.",
            }[language]
        return {
            "zh": f"未计量负荷 {self.value:f} {unit}，占供入 {self.supplied:f} {unit} 的 {share}；这是余量，不是差错。",
            "en": f"Unmetered load {self.value:f} {unit}, {share} of the {self.supplied:f} {unit} supplied: a remainder and no error.",
        }[language]


def remainder(
    *, imported: Decimal, generated: Decimal = ZERO, exported: Decimal = ZERO, submeters: Mapping[str, Decimal]
) -> Remainder:
    """Unmetered load behind a main meter: import + generation - export - sub-meters, all in one unit and period.

    Parameters
    ----------
    imported, exported
        Main meter in both directions.
    generated
        Own generation behind the main meter.
    submeters
        Sub-meters by name; each counts once.
    """
    supplied = imported + generated - exported
    metered = sum(submeters.values(), ZERO)
    value = supplied - metered
    return Remainder(supplied, metered, value, value / supplied if supplied else None, value >= ZERO)
