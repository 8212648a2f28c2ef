"""Who burns fuel outside of the facilities, read from the data-flow map."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from verifierkit.checks.balances import measured_series
from verifierkit.checks.base import Context
from verifierkit.checks.keys import in_unit

OUTSIDE = ("captive_unit", "boiler", "casthouse", "anode_plant", "cement_mill", "living_quarters")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Use:
    """Fuel of the year at a facility outside of the facility boundary, in the unit of the stream."""

    facility: str
    quantity: Decimal


def uses(context: Context, item: str) -> list[Use]:
    """Users of a fuel outside of the facility boundary with their quantity of the year, by facility id."""
    found: dict[str, Decimal] = {}
    for stream in context.flow.streams.values():
        node = context.flow.nodes.get(stream["to_node"] or "")
        facility = node["facility_id"] if node else None
        row = context.flow.facilities.get(facility or "")
        if stream["item"] != item or row is None or row["kind"] not in OUTSIDE:
            continue
        quantity = _year(context, stream["stream_id"], stream["unit"])
        if quantity:
            found[facility or ""] = found.get(facility or "", ZERO) + quantity
    return [Use(facility, quantity) for facility, quantity in sorted(found.items())]


def _year(context: Context, stream_id: str, unit: str) -> Decimal:
    series = measured_series(context.flow, stream_id)
    amounts = [in_unit(series, month, unit) if series else None for month in context.months]
    return sum((amount for amount in amounts if amount is not None), ZERO)
