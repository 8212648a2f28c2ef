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
)
from verifierkit.widgets.sitting import Sitting, open_sitting

__all__ = [
    "Desk",
    "Sitting",
    "chain",
    "decision_table",
    "finding_card",
    "findings_desk",
    "first_of",
    "open_sitting",
    "practice_case",
    "report_page",
    "tables_read",
]
