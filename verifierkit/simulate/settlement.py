"""The settlement bills in the layout of a power company, and the import profile that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from verifierkit.simulate.base import Cells, EvidenceSheet, Plant

TABLE = "settlement_bills"
SETTLEMENT_SOURCE = "s_e_grid_bill"
PROFILE_FILE = "profiles/settlement.yaml"
BILL_COLUMNS = {
    "账单编号": "bill_no", "表计资产编号": "instrument_id", "示数类型": "register", "用电开始时间": "period_start",
    "用电结束时间": "period_end", "上次表示数": "prior_reading", "本次表示数": "current_reading", "倍率": "multiplier",
    "抄见电量(千瓦时)": "metered_kwh", "换表电量(千瓦时)": "exchange_kwh", "退补电量(千瓦时)": "adjustment_kwh",
    "变/线损电量(千瓦时)": "loss_kwh",
}  # fmt: skip


@dataclass(frozen=True)
class BillLayout:
    """How a power company prints its bills.

    Attributes
    ----------
    sheet : str
        Name of the sheet.
    above : tuple
        Rows above the headings; ``{year}`` stands for the data year.
    more : mapping
        Headings and columns after those of :data:`BILL_COLUMNS`.
    date_form : str
        Form of a date.
    ten_thousands : tuple of str
        Columns printed in 10^4 kWh.
    skip_rows : tuple of str
        Beginnings of rows that are no bills.
    """

    sheet: str
    above: tuple[tuple[str, ...], ...]
    more: Mapping[str, str]
    date_form: str
    ten_thousands: tuple[str, ...] = ()
    skip_rows: tuple[str, ...] = ("合计",)

    @property
    def columns(self) -> dict[str, str]:
        """All headings as printed, with their columns."""
        return {**BILL_COLUMNS, **self.more}

    def printed(self, column: str, value: Any) -> Any:
        """A cell as the power company prints it."""
        if isinstance(value, date):
            return value.strftime(self.date_form)
        return value.scaleb(-4) if column in self.ten_thousands else value


def settlement_file(plant: Plant) -> str:
    """Path of the settlement workbook below the case folder."""
    return f"evidence/settlement_{plant.year}.xlsx"


def settlement_sheet(plant: Plant, layout: BillLayout) -> EvidenceSheet:
    """The settlement bills in the layout of the power company, and the profile that reads them."""
    rows, names = plant.tables[TABLE], list(layout.columns.values())
    cells: list[list[Any]] = [[text.format(year=plant.year) for text in row] for row in layout.above]
    cells.append(list(layout.columns))
    cells += [[layout.printed(name, row[name]) for name in names] for row in rows]
    total = layout.printed("total_kwh", sum((row["total_kwh"] for row in rows), Decimal(0)))
    cells.append(["合计", *[None] * (names.index("total_kwh") - 1), total])
    return EvidenceSheet(settlement_file(plant), layout.sheet, TABLE, cells, PROFILE_FILE, _profile(plant, layout))


def _profile(plant: Plant, layout: BillLayout) -> Cells:
    """Content of the import profile."""
    profile: Cells = {
        "file": settlement_file(plant), "sheet": layout.sheet, "table": TABLE, "header_row": len(layout.above) + 1,
        "columns": layout.columns, "constants": {"source_id": SETTLEMENT_SOURCE},
    }  # fmt: skip
    if layout.ten_thousands:
        profile["units"] = dict.fromkeys(layout.ten_thousands, "10^4 kWh")
    return profile | {"date_form": layout.date_form, "skip_rows": list(layout.skip_rows)}
