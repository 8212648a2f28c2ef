"""What the interactive notebooks call: the findings desk, and the pictures and tables of the learning notebook."""

from verifierkit.widgets.desk import Desk, findings_desk
from verifierkit.widgets.lesson import (
    chain,
    decision_table,
    finding_card,
    first_of,
    practice_case,
    report_page,
    tables_read,
    use_pack,
)
from verifierkit.widgets.scenarios import (
    balance_table,
    captive_of,
    captive_table,
    plan_for,
    transfer_table,
    units_for,
)
from verifierkit.widgets.sitting import Sitting, open_sitting

__all__ = [
    "Desk",
    "Sitting",
    "balance_table",
    "captive_of",
    "captive_table",
    "chain",
    "decision_table",
    "finding_card",
    "findings_desk",
    "first_of",
    "open_sitting",
    "plan_for",
    "practice_case",
    "report_page",
    "tables_read",
    "transfer_table",
    "units_for",
    "use_pack",
]
