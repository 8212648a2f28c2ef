"""The interface page: every interface of a case on one page, generated from the schema.

A program that never imports verifierkit can write a case from this page alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from verifierkit.bookwriter import INSTRUCTIONS
from verifierkit.columns import Column, TableSpec, catalogue, schema_version
from verifierkit.decisions import LOG
from verifierkit.interface.record import outline
from verifierkit.interface.rows import ItemRow, MethodRow, Parameter, Planted, Rule, TemplateParameter, optional, table
from verifierkit.interface.words import (
    CELLS,
    EXAMPLE,
    FINDING_MEANINGS,
    FOLDER,
    LOCATOR,
    LOG_EXAMPLE,
    LOG_KEYS,
    PARAMETERS,
    PLANTER,
    SERIES,
    TEMPLATES,
)
from verifierkit.outputs import FINDING_COLUMNS, KEY, SUMMARY_COLUMNS
from verifierkit.readers.forms import CASE_FORM, PROFILE_FORM, Key
from verifierkit.readers.grid import MAX_BYTES, MAX_MEMBERS, MAX_RATIO
from verifierkit.readers.labels import choice_label
from verifierkit.readers.soundness import DOCUMENTS, PLACING, SIGNED, SIGNED_TABLES
from verifierkit.units import ALIASES, UNITS


def page(
    *,
    rules: Sequence[Rule] = (),
    parameters: Sequence[Parameter] = (),
    templates: Sequence[TemplateParameter] = (),
    planted: Sequence[Planted] = (),
    methods: Sequence[MethodRow] = (),
    items: Sequence[ItemRow] = (),
) -> str:
    """The page as Markdown.

    Parameters
    ----------
    rules, parameters, templates, planted, methods, items
        What the checks, the rule packs, the notebook templates, the error planter and the glossary declare.
    """
    parts = [
        _head(),
        _case_part(),
        _workbook_part(),
        *(_table_part(spec) for spec in catalogue().values()),
        _profile_part(),
        _locator_part(),
        _findings_part(rules),
        _log_part(),
        _record_part(),
        optional(f"## 10. Parameters of the rule packs\n\n{PARAMETERS}", Parameter, parameters),
        optional("### Methods of the packs", MethodRow, methods),
        optional("### Items and facility classes", ItemRow, items),
        optional(f"## 11. Parameters of the notebook templates\n\n{TEMPLATES}", TemplateParameter, templates),
        optional(f"## 12. Mistakes that the error planter knows\n\n{PLANTER}", Planted, planted),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def difference(committed: str, generated: str) -> str:
    """Lines in which a committed page differs from the generated one; empty where it does not."""
    lines = difflib.unified_diff(
        committed.splitlines(), generated.splitlines(), "committed", "generated", lineterm="", n=0
    )
    return "\n".join(lines)


def _head() -> str:
    return f"""
# Interfaces of a case

Generated from the schema, version {schema_version()}; do not edit. A case that follows this page verifies, whatever program wrote it:

```
verifierkit verify CASE --out DIR [--lang zh,en] [--formats html,pdf,docx|none] [--through MONTH]
```

Exit status 0: no finding; 1: findings; 2: input that cannot be used, with one line per fault:
`<file>, sheet <s>, row <r>, column <c>: expected <what>, found <what>. <What to do.>`

## 1. The case folder

```
{FOLDER.strip()}
```

Paths are relative to the case folder, with forward slashes. Refused: absolute paths, `..`, links, device names of Windows,
names that differ only in case. Nothing in the folder is imported or executed.
"""


def _case_part() -> str:
    return f"""
## 2. case.yaml

UTF-8 YAML with plain keys and values: no tags, anchors or aliases, no key twice. Unknown keys are refused.

{_form(CASE_FORM)}

The smallest example:

{EXAMPLE}
"""


def _form(keys: Sequence[Key]) -> str:
    return table(("key", "type", "required", "meaning"), _form_rows(keys, ""))


def _form_rows(keys: Sequence[Key], above: str) -> Iterable[tuple[str, str, str, str]]:
    for key in keys:
        choices = f" One of: {', '.join(key.choices)}." if key.choices else ""
        default = f" Default: {_shown(key.default)}." if key.default not in ("", None, ()) else ""
        yield f"`{above}{key.name}`", _form_type(key), "yes" if key.required else "", key.doc + choices + default
        yield from _form_rows(key.keys, f"{above}{key.name}{'[]' if key.type == 'forms' else ''}.")


def _form_type(key: Key) -> str:
    words = {
        "form": "keys beneath",
        "forms": "list of keys beneath",
        "paths": "list of paths",
        "lines": "list of texts",
        "integers": "row number or list of two",
        "map": "text by text",
        "numbers": "number by text",
        "free": "anything by text",
    }
    return words.get(key.type, key.type)


def _shown(value: Any) -> str:
    return f"`{value}`"


def _workbook_part() -> str:
    aliases: dict[str, list[str]] = {}
    for alias, unit in ALIASES.items():
        aliases.setdefault(unit, []).append(alias)
    units = ", ".join(f"`{unit}`" + (f" ({'、'.join(aliases[unit])})" if unit in aliases else "") for unit in UNITS)
    return f"""
## 3. The data workbook

An .xlsx file with one sheet per table. A sheet is named by the Chinese name, the English name or the id of its table; a missing
sheet is an empty table; a sheet named {INSTRUCTIONS} is not read. Row 1 holds headings, row 2 may hold more headings (or be empty);
a column is found by its Chinese heading, English heading or id in either row, in any order. Data begin below. Required columns
must be there; others may be left out. Cells:

{table(("type", "written as"), CELLS)}

Units stand in the heading of a column, or in the column `unit` of the row. Declared units: {units}.

Faulty values become defects, each a finding `evidence.defect`, and the run goes on with the value missing: what its column cannot
read; an empty required cell; a number below 0 (except {", ".join(sorted(SIGNED))}, and the tables {", ".join(sorted(SIGNED_TABLES))});
a `_fraction` above 1; a month outside the data year (in `reported` and `deposits` last year is allowed too); an id that the table
referred to does not hold; a second row of a key (the first one counts; in {", ".join(sorted(DOCUMENTS))} this is no defect but may
be a finding of its own). A row without a required {", ".join(sorted(PLACING))} or key value counts as missing altogether.

Limits: {MAX_BYTES // 1024**2} MB unpacked, packing ratio {MAX_RATIO}, {MAX_MEMBERS} members; no password, no XML entities.

## 4. Tables

`*` marks required columns; the key names one row. A sheet name has at most 31 characters: the id of the table always fits.

The map comes first. A **node** conserves one quantity; a **stream** flows from one node to another; `parameter`, `item` and
`facility_id` of a stream name the reported figure that it feeds. A **source** is a document with records of a stream: of the
stream's own quantity, or of the `parameter` that the source names (a heat value). The source of rank 1 is the one that the reported
figure is drawn from; others are compared with it. `derives_from` says what a source was made from: `none`, or another source, such
as monthly statistics from a ledger and the ledger from a daily log. Records stand in the table that `records` names, under the id of
the source; meter readings under the id of its instrument; generation, raw-meal ratios and pot operation under the facility.

What a source gives for a month:

{table(("records", "amount", "counts in", "unit"), SERIES)}

A month that the rows do not determine, or that holds a faulty value, is absent; nothing is filled in. A ledger is compared with
the source that it derives from month by month, in the digits that the ledger shows; a reported month with its source of rank 1.

Each figure in `reported` is named by track, facility, parameter and item; every month of a monthly parameter and the year have
a row each. Figures of the entity track carry the id of the facility of kind entity.
"""


def _table_part(spec: TableSpec) -> str:
    rows = [_column_row(column) for column in spec.columns.values()]
    return f"""
### {spec.name} ({spec.zh}, {spec.en})

Key: {", ".join(f"`{name}`" for name in spec.key)}.

{table(("column", "Chinese heading", "English heading", "type", "meaning"), rows)}
"""


def _column_row(column: Column) -> tuple[str, str, str, str, str]:
    star = " *" if column.required else ""
    kind = f"ref {column.table}" if column.type == "ref" else column.type
    if column.unit:
        kind += f" [{column.unit}]"
    choices = ", ".join(f"`{choice}` {choice_label(column, choice)}" for choice in column.choices)
    meaning = " ".join(part for part in (column.doc, choices) if part)
    return f"`{column.name}`{star}", column.zh, column.en, kind, meaning


def _profile_part() -> str:
    return f"""
## 5. Import profiles

A profile reads any tabular file (xlsx, xls, csv, tab text, HTML tables, WPS workbooks; text in UTF-8, UTF-16 or GB18030) into one
table. Several profiles may fill one table; their rows are appended. The same rules of YAML hold as for case.yaml.

{_form(PROFILE_FORM)}

Headings are compared without white space, slashes and differences of width. With two heading rows the upper and the lower heading
are run together; an upper heading that spans several columns counts for each of them. For a table with a column `unit`,
`units: {{value: ...}}` is the unit of the file: it fills `unit`, or the value is converted to the `unit` given by columns or constants.
"""


def _locator_part() -> str:
    return f"""
## 6. Locators

Every value keeps the place that it came from. Forms:

{table(("locator", "names"), LOCATOR)}
"""


def _findings_part(rules: Sequence[Rule]) -> str:
    heads = [field.name for field in fields(Rule)]
    rows = [[getattr(rule, name) for name in heads] for rule in rules]
    listed = f"\n\n{table(heads, rows)}" if rows else ""
    columns = ", ".join(f"`{name}`" for name in FINDING_COLUMNS)
    return f"""
## 7. findings.csv

UTF-8 with a byte order mark, comma-separated, LF line ends, one finding per line. Columns: {columns}.

{table(("column", "content"), [(f"`{name}`", FINDING_MEANINGS[name]) for name in FINDING_COLUMNS if name not in KEY])}

The key of a finding is {", ".join(f"`{name}`" for name in KEY)}; `expected_findings.csv` holds these columns only, without the mark.
A period is a month `2025-03`, a run of months `2025-03/2025-05`, a year `2025`, or several of these joined by `;`.
`stream` is a stream id, a node id for balances, or `parameter` or `parameter:item` where a figure has no stream.
A text that starts like a formula carries one leading apostrophe; take it off to get the text back.

`summary.csv`, beside the folders of several cases: {", ".join(f"`{name}`" for name in SUMMARY_COLUMNS)}.{listed}
"""


def _log_part() -> str:
    return f"""
## 8. {LOG}

One JSON object per line, UTF-8, LF. Lines are appended and never changed; the last line on a finding holds.

{table(("key", "meaning"), LOG_KEYS)}

{LOG_EXAMPLE}
"""


def _record_part() -> str:
    rows = [
        (f"`{entry.path}`", entry.type + (" or empty" if entry.optional else ""), entry.meaning)
        for entry in outline().values()
    ]
    return f"""
## 9. result.json

The record of a verification: JSON in UTF-8, keys sorted, LF. Every number of the case is a decimal text. Types: text, integer,
boolean; decimal, an exact number as text; label, a form of `zh` and `en`; citation, a form of `title`, `clause` (text or label)
and `confidence` (A, B, C); range, a form of `low` and `high`; rows TABLE, rows of that table of section 4 by column ids, empty
cells left out; form, the keys beneath. `[]` is a list. \"or empty\" is null, an empty text or an empty label. All keys are always
there, also where the list or text is empty.

{table(("key", "type", "meaning"), rows)}
"""
