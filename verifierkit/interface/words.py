"""The standing texts of the interface page: forms of cells and locators, keys of the log, how records become months."""

from __future__ import annotations

from verifierkit.decisions import DISPOSITIONS, STATUSES
from verifierkit.decisions import SCHEMA as LOG_SCHEMA

FOLDER = """
CASE/case.yaml               what the case is (section 2)
CASE/data.xlsx               the data workbook, one sheet per table (sections 3 and 4)
CASE/profiles/*.yaml         import profiles, for files in other layouts (section 5)
CASE/evidence/...            evidence as received; hashed, never changed
CASE/decisions.jsonl         decisions on findings, only ever appended to (section 8); may be absent
CASE/expected_findings.csv   sample cases only: findings that must be found, by their key
"""

CELLS = (
    ("number", "Digits with `.` as decimal point. Thousands separators `1,234.5`, full-width digits and outer white space are "
     "allowed; `12.5%` only in columns that end in `_fraction`, where it means 0.125. No words or units."),
    ("integer", "A whole number."),
    ("boolean", "`是` `否`, `yes` `no`, `true` `false`, 1 0."),
    ("month", "`2025-03`; also `2025年3月`, `2025/3`, `202503`, any date of that month."),
    ("date", "`2025-03-31`; also `2025/3/31`, `2025年3月31日`, `20250331`, a date cell, a serial number (1900 or 1904 system)."),
    ("datetime", "`2025-03-31 08:00`; local time; `24:00` is midnight of the next day."),
    ("choice", "One of the ids listed, or its Chinese label."),
    ("id, text", "Text. Ids are compared as they stand; leading zeros count."),
    ("ref", "An id of the table named."),
)  # fmt: skip

LOCATOR = (
    ("`evidence/bills.xlsx#电费!C12`", "file, sheet, cell"),
    ("`evidence/bills.csv#!C12`", "a text file has no sheet; its rows are records"),
    ("`data.xlsx#月报数据!12`", "a whole row"),
    ("`data.xlsx#月报数据`", "a whole sheet"),
    ("`evidence/report.pdf`", "a whole file"),
)

LOG_EXAMPLE = (
    "```json\n"
    '{"schema":2,"finding":"chain.report | k1 | 2025-03 | coal | s_coal","digest":"(64 hexadecimal digits)",'
    '"disposition":"accepted","status":"corrected","reason":"Slip 12 was read again.","by":"Chen","on":"2026-04-20"}\n'
    '{"undo":1,"by":"Chen","on":"2026-04-21"}\n'
    "```"
)

LOG_KEYS = (
    ("schema", f"Form of the line: {LOG_SCHEMA}. A line without it is of form 1, which had no target."),
    ("finding", "The five key columns of the finding, joined by ` | `."),
    ("digest", "Digest of the finding that was decided on, as in the record."),
    ("disposition", f"One of {', '.join(DISPOSITIONS)}."),
    ("status", f"One of {', '.join(STATUSES)}."),
    (
        "target",
        "Only with merged: the key of the finding that this one was merged into; neither itself nor one merged into it.",
    ),
    ("reason", "Why; needed unless the disposition is undecided."),
    ("by", "Who decided."),
    ("on", "Day or time of the decision."),
    ("undo", "Instead of all but `by` and `on`: number of the line (from 1) that is taken back."),
)

PARAMETERS = """A figure is asked for on the track and at the facility kinds under `levels`. `asked`: always; per_item, for each item in
use; if_present, only checked where reported. `digits`: decimals after rounding half up, months before the year; empty: as it
is. `items`: the group of item ids below, or the ids themselves. `in plan`, `in deposits`: the plan must hold a row of it; each
month of it is deposited.

**Where the values of factors stand**: `verifierkit rules show PACK` prints every default of a pack by item, facility class,
region and data year, with its citation and confidence; a figure reported with the route `default` must equal it. Constants of
a method (44/12 and the like) and the limits of the checks are printed there too. The value of the year follows `year` of the
pack: the sum of the rounded months; the mean weighted by the consumption of the months, rounded again; the method on the
figures of the year; or one constant.

Last year's closing stocks stand in `reported` as parameter `closing_stock_t`: track `entity`, the facility of kind entity, the
node as item, last year as data year, no month, unit t. Opening stocks are held against them."""

EXAMPLE = """```yaml
schema: 1
case_id: example-2025
enterprise: {name: 示例水泥有限公司}
sector: cement
data_year: 2025
province: 安徽
packs: {facility: cement-2024}
workbook: data.xlsx
```"""

# How each records table becomes the amount of a month: table, amount, month that it counts in, unit.
SERIES = (
    ("monthly_values, documents", "`value`", "`month`", "`unit`, converted to that of the stream"),
    ("daily_values", "sum of `value`; a second row of a day is not added", "month of `day`", "`unit`, converted"),
    ("meter_readings", "difference of consecutive readings × `multiplier` of the instrument, register `total`, else the sum of "
     "the tariff registers; a smaller reading is one rollover at `register_digits`; a meter exchange starts a new count",
     "months that the reading intervals tile exactly; 24:00 of the last day ends a month", "kWh, converted"),
    ("settlement_bills", "`total_kwh`, all registers and meters of a period together (the row `total` only where a meter has no "
     "tariff rows); `reverse` only where the source holds nothing else",
     "months that the bill periods tile exactly; other bills are compared by their own period", "kWh, converted"),
    ("interval_values", "sum of the intervals", "months that the intervals tile exactly", "kWh, converted"),
    ("transactions", "`weighed_t`, once per `doc_no`; always positive, the stream says the direction",
     "month of `received_on`; of a sale or transfer out without it, of `dispatched_on`", "t"),
    ("tickets", "`net_t`, once per `ticket_no`", "month of `weighed_on`", "t"),
    ("coal_analyses", "mean of `ncv_gj_per_t` weighted by `batch_t`, each first put on the received basis: dry × (1 − total "
     "moisture), air dried × (1 − total) / (1 − inherent)", "month of `sampled_on`", "GJ/t"),
    ("lab_results", "mean of `value` weighted by `weight_t`", "month of `sampled_on`", "`unit`"),
    ("deducted_materials", "`dry_t`", "`month`", "t"),
    ("anodes", "`set_t`", "`month`", "t"),
    ("metal", "`tapped_t`", "`month`", "t"),
    ("generation", "`supplied_mwh` of the facility of the stream", "`month`", "MWh"),
    ("pot_operation", "`cell_days` of the facility of the stream", "`month`", "d"),
    ("feed_over_ratio", "best series of the `input_streams` of the relation `ratio` whose `output_stream` is the stream, over "
     "`ratio` of raw_meal_ratios of its facility", "`month`", "t"),
)  # fmt: skip

# Columns of findings.csv beyond the key.
FINDING_MEANINGS = {
    "id": "F01 and on, as in the record",
    "kind": "misstatement, nonconformity, missing_evidence, clarification or recommendation",
    "disposition": "decision in force, undecided where there is none or where it is stale",
    "merged_into": "id of the finding that this one was merged into",
    "status": "raised, answered, corrected, closed or not_closed",
    "effect_facility_t": "effect on the total of the facility track [t]; empty where the case has no such track",
    "effect_entity_t": "effect on the total of the entity track [t]",
    "allowance_state": "state of the allowance plan: not_loaded, equal, value, range or not_evaluated",
    "allowance_low_t": "change of the allowance A, lower end of the range [t]; empty where none is computed",
    "allowance_high_t": "change of A, upper end [t]; as the lower end where it is one value",
    "net_low_t": "change of A minus E, lower end [t]",
    "net_high_t": "change of A minus E, upper end [t]",
    "places": "locators, joined by `; `",
    "text_zh": "what was found, Chinese",
    "text_en": "what was found, English",
}

TEMPLATES = """`papermill verifierkit/templates/NAME.ipynb OUT.ipynb -f params.yaml` (in a checkout
`templates/NAME.ipynb`); the file of parameters is a YAML map of the names below. Give either `record`, the path of a
result.json, or `case`, the path of a case folder. `language` is
`zh` or `en`; `folder` is where the report is written. An unknown, missing or mistyped parameter stops the notebook before it
computes anything."""

PLANTER = """The planter changes a simulated plant and writes the findings that must follow into `expected_findings.csv`:

```python
from pathlib import Path
from verifierkit.samples import write

write(Path("case"), sector="cement", year=2025, seed=7, errors=["belt_scale_drift", "deposit_late:month=2025-09"])
```

An error is its id alone, where the seed chooses the rest, or `id:name=value,...` with the parameters listed. The folder must not
exist or be empty. The same sector, year, seed and errors give the same bytes."""
