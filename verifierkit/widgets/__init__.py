"""What the interactive notebooks call: the findings desk, and the pictures and tables of the learning notebook."""

from verifierkit.widgets.desk import Desk, findings_desk
from verifierkit.widgets.lesson import chain, decision_table, finding_card, practice_case, report_page, tables_read

__all__ = [
    "Desk",
    "chain",
    "decision_table",
    "finding_card",
    "findings_desk",
    "practice_case",
    "report_page",
    "tables_read",
]
