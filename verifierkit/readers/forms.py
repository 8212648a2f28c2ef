"""The closed forms of ``case.yaml`` and of import profiles: every key, its type, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One key of a form.

    ``type`` is text, integer, number, date, path, lines (list of texts), paths (list of paths), integers (one
    whole number or a list), map (texts by text), numbers (numbers by text), free (anything by text), form (nested
    keys) or forms (a list of such).
    """

    name: str
    type: str
    doc: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: object = ""
    keys: tuple[Key, ...] = ()


GRID_REGIONS = ("north", "northeast", "east", "central", "northwest", "south", "southwest")
SECTORS = ("cement", "aluminium", "electricity")
TRACKS = ("facility", "entity")
ROLES = ("lead", "member", "technical_reviewer", "approver")

CASE_FORM: tuple[Key, ...] = (
    Key("schema", "integer", "Version of this interface; 1.", required=True),
    Key("case_id", "text", "Short name of the case: letters, digits, - and _.", required=True),
    Key(
        "enterprise",
        "form",
        "The reporting entity.",
        required=True,
        keys=(
            Key("name", "text", "Name.", required=True),
            Key("name_en", "text", "Name in English."),
            Key("uscc", "text", "Unified social credit code."),
            Key("address", "text", "Address."),
            Key("legal_representative", "text", "Legal representative."),
            Key("contact", "text", "Contact person."),
            Key("phone", "text", "Telephone."),
            Key("industry_code", "text", "Industry code, in quotes."),
        ),
    ),
    Key("sector", "text", "Sector.", required=True, choices=SECTORS),
    Key("data_year", "integer", "Calendar year of the data.", required=True),
    Key("province", "text", "Province, in Chinese."),
    Key("grid_region", "text", "Regional grid; selects grid factors.", choices=GRID_REGIONS),
    Key("time_zone", "text", "Time zone of the plant.", default="Asia/Shanghai"),
    Key("boundary", "text", "Both boundaries in words."),
    Key("packs", "map", "Rule pack by track; a track may be left out.", required=True, choices=TRACKS),
    Key("workbook", "path", "Data workbook; may be left out when profiles give everything."),
    Key("profiles", "paths", "Import profiles.", default=()),
    Key(
        "report",
        "form",
        "The emission report under verification.",
        keys=(
            Key("initial_version", "text", "Version first received."),
            Key("initial_date", "date", "Its date.", default=None),
            Key("final_version", "text", "Version concluded on."),
            Key("final_date", "date", "Its date.", default=None),
        ),
    ),
    Key(
        "verifier",
        "form",
        "The verification body.",
        keys=(
            Key("name", "text", "Name."),
            Key("contract_no", "text", "Contract number."),
            Key("report_no", "text", "Number of the verification report."),
        ),
    ),
    Key(
        "team",
        "forms",
        "Persons and roles.",
        default=(),
        keys=(
            Key("name", "text", "Name.", required=True),
            Key("role", "text", "Role.", required=True, choices=ROLES),
        ),
    ),
    Key(
        "visit",
        "form",
        "Site visit.",
        keys=(
            Key("from", "date", "First day.", default=None),
            Key("to", "date", "Last day.", default=None),
            Key("waived_reason", "text", "Reason where no visit was made."),
        ),
    ),
    Key("hours", "number", "Hours worked [h].", default=None),
    Key(
        "allowance",
        "form",
        "How allowances of working papers are computed; left out: the plan in force of the sector and year, if loaded.",
        keys=(
            Key("pack", "text", "Allowance pack, e.g. a draft; empty: the plan in force."),
            Key("balance_value", "number", "Balance value of the sector [tCO2e/t], once published.", default=None),
            Key("balance_low", "number", "Lower end of a range of the balance value [tCO2e/t].", default=None),
            Key("balance_high", "number", "Upper end of that range [tCO2e/t].", default=None),
            Key("price_yuan_per_t", "number", "Price of an allowance [yuan/t]; no price is assumed.", default=None),
            Key("price_source", "text", "Where the price was read, with the date."),
            Key("special", "map", "Facility id: special case of the pack that holds for it, e.g. gypsum_to_acid."),
        ),
    ),
    Key(
        "readings",
        "map",
        "Reading used of a question about the rules, by question id; the pack's by default.",
        default=None,
    ),
    Key("experience", "free", "Overrides of experience bands of the pack, by check id.", default=None),
)

PROFILE_FORM: tuple[Key, ...] = (
    Key("file", "path", "File to read, relative to the case folder.", required=True),
    Key("sheet", "text", "Sheet name; left out for text and for a file with one sheet; * reads every sheet."),
    Key("table", "text", "Table of the catalogue that receives the rows.", required=True),
    Key("header_row", "integers", "Row of the headings, counted from 1; two rows [3, 4] are joined.", default=1),
    Key("unit_row", "integer", "Row with the unit of each column, where the file has one.", default=None),
    Key("columns", "map", "Heading as printed: column of the table.", required=True),
    Key("constants", "map", "Column of the table: the same value for every row."),
    Key("units", "map", "Column of the table: unit of the file where it differs."),
    Key("signs", "numbers", "Column of the table: 1 or -1."),
    Key(
        "days",
        "numbers",
        "Column of the table with a day: days added; 1 where the file prints the day of the reading before.",
    ),
    Key(
        "clock",
        "form",
        "How a file stamps its intervals, where it prints their start or their end only.",
        default=None,
        keys=(
            Key("stamped", "text", "Which end the stamp names.", choices=("start", "end"), default="end"),
            Key(
                "minutes",
                "integer",
                "Length of the intervals [min]; left out where both ends are mapped.",
                default=None,
            ),
            Key(
                "changes",
                "numbers",
                "Moment such as 2025-07-01 00:00: length of the intervals from then on [min], where the meter was set anew.",
            ),
            Key(
                "midnight",
                "text",
                "same_day: 00:00 is stamped on the day that it ends.",
                choices=("next_day", "same_day"),
                default="next_day",
            ),
            Key(
                "offsets",
                "text",
                "utc: stamps carry an offset such as +08:00 or Z and are read as UTC; add `constants: {zone: UTC}`.",
                choices=("utc",),
            ),
        ),
    ),
    Key(
        "spread",
        "form",
        "A wide table: headings that are months (1月, 2025-01) or times of the day (00:15 to 24:00) become rows.",
        default=None,
        keys=(
            Key("heading", "text", "What the headings give.", required=True, choices=("month", "start", "end")),
            Key("value", "text", "Column of the table that the cells beneath them give.", required=True),
            Key("day", "text", "Heading of the column with the day, for times of the day; they also need `clock:`."),
            Key("year", "integer", "Year of months without one.", default=None),
            Key(
                "numbered", "text", "How headings begin that count the intervals of a day from 1, e.g. P for P1 to P96."
            ),
        ),
    ),
    Key("date_form", "text", "Form of dates in strptime notation, e.g. %Y%m%d."),
    Key("skip_rows", "lines", "Rows whose first filled cell starts so are no data.", default=()),
    Key(
        "skip_where",
        "free",
        "Heading as printed: texts of that column whose rows are no data, e.g. 无功总.",
        default=None,
    ),
    Key(
        "values", "free", "Column of the table: word of the file: word of the table, e.g. 有功总: total.", default=None
    ),
)
