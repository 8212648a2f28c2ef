"""Electricity bills as they are: each one recomputed from its registers, every rule shown as a step with its cells.

Pure functions over rows of ``settlement_bills``. Nothing here judges or fills: a line that cannot be recomputed says
why, a difference gets the name of its cause where the numbers fit exactly one, and the printed cells stay as they are.
"""

from verifierkit.bills.causes import cause_of_metered, cause_of_total, common_cause
from verifierkit.bills.charges import NetBilling, net_billing, rated_amount, split_prices
from verifierkit.bills.continuity import Break, gaps, jumps, overlaps
from verifierkit.bills.lines import (
    PARTS,
    Line,
    is_refund,
    loss_of,
    multiplier_of,
    recompute,
    registers_line,
    total_line,
)
from verifierkit.bills.losses import line_loss, transformer_loss
from verifierkit.bills.settled import Settled, settled_bills, settled_quantity, settling_lines
from verifierkit.bills.steps import Step

__all__ = [
    "PARTS",
    "Break",
    "Line",
    "NetBilling",
    "Settled",
    "Step",
    "cause_of_metered",
    "cause_of_total",
    "common_cause",
    "gaps",
    "is_refund",
    "jumps",
    "line_loss",
    "loss_of",
    "multiplier_of",
    "net_billing",
    "overlaps",
    "rated_amount",
    "recompute",
    "registers_line",
    "settled_bills",
    "settled_quantity",
    "settling_lines",
    "split_prices",
    "total_line",
    "transformer_loss",
]
