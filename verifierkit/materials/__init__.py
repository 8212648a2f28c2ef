"""Material settlement as it is: each lot and ticket recomputed, every rule shown as a step with its cells.

The twin of :mod:`verifierkit.bills` for coal, anodes, clinker and metal. Pure functions over rows of ``transactions``
and ``tickets``. Weighed tonnes are the mass; deductions for moisture and quality are terms of the price and never enter
a mass. Nothing here judges or fills, and the printed cells stay as they are.
"""

from verifierkit.materials.booked import (
    Way,
    before_dispatch,
    before_receipt,
    booked_as,
    counted_on,
    each_once,
    in_month,
    in_other_year,
    on_the_way,
    settled,
    weighed,
)
from verifierkit.materials.causes import cause_of
from verifierkit.materials.lots import MASS_KINDS, LotLine, digits_of, lot_lines, moisture_deduction, ticket_lines
from verifierkit.materials.steps import LotStep, lot_rules
from verifierkit.materials.twice import Fixed, fixed_tares, same_loads

__all__ = [
    "MASS_KINDS",
    "Fixed",
    "LotLine",
    "LotStep",
    "Way",
    "before_dispatch",
    "before_receipt",
    "booked_as",
    "cause_of",
    "counted_on",
    "digits_of",
    "each_once",
    "fixed_tares",
    "in_month",
    "in_other_year",
    "lot_lines",
    "lot_rules",
    "moisture_deduction",
    "on_the_way",
    "same_loads",
    "settled",
    "ticket_lines",
    "weighed",
]
