"""From a raw cell to a typed value. Nothing is guessed: what cannot be read says what was expected and found."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from verifierkit.columns import Column
from verifierkit.readers.grid import Flaw
from verifierkit.readers.labels import FALSE, TRUE, choices_by_text, folded

NUMBER = re.compile(r"^[+-]?(\d{1,3}([, ]\d{3})+|\d+)?(\.\d*)?([eE][+-]?\d{1,3})?$")
YEAR, MONTH, DAY = r"(\d{4})", r"(\d{1,2})", r"(\d{1,2})"
DATE_FORMS = tuple(
    re.compile(rf"^{form}$")
    for form in (
        rf"{YEAR}\s*[-/.]\s*{MONTH}\s*[-/.]\s*{DAY}",
        rf"{YEAR}\s*年\s*{MONTH}\s*月\s*{DAY}\s*[日号]?",
        r"(\d{4})(\d{2})(\d{2})",
    )
)
MONTH_FORMS = tuple(
    re.compile(rf"^{form}$")
    for form in (rf"{YEAR}\s*[-/.]\s*{MONTH}", rf"{YEAR}\s*年\s*{MONTH}\s*月?份?", r"(\d{4})(\d{2})")
)
CLOCK = re.compile(r"^(\d{1,2})(?:[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?)?分?)?时?$")
FIRST_SERIAL, LAST_SERIAL = 18_000, 80_000
EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
MAX_DIGITS = 30
EMPTY = ("", None)
Parser = Callable[[Any], Any]


class Unparsed(ValueError):
    """A cell that is not what its column asks for."""

    def __init__(self, expected: str, raw: object) -> None:
        self.expected, self.found = expected, shown(raw)
        super().__init__(f"expected {expected}, found {self.found}")


def shown(raw: object) -> str:
    """How a raw cell is quoted in a message: text in quotes and cut to 60 characters."""
    if isinstance(raw, Flaw):
        return raw.text
    if isinstance(raw, str):
        return repr(raw if len(raw) <= 60 else raw[:57] + "...")
    if isinstance(raw, float):
        return str(exact(raw))
    return str(raw)


def narrow(text: str) -> str:
    """Full-width digits and punctuation to narrow ones, minus signs to one, outer white space off."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def exact(number: float) -> Decimal:
    """Decimal of a stored float by its shortest text that reads back the same."""
    if number.is_integer() and abs(number) < 1e16:
        return Decimal(int(number))
    return Decimal(repr(number))


def parse_number(raw: object, *, percent: str = "") -> Decimal:
    """Read a number: thousands separators and full-width digits allowed, units and words not.

    Parameters
    ----------
    raw
        The cell.
    percent
        What a percent sign means here: ``"fraction"`` divides by 100, ``"sign"`` only drops it, ``""`` refuses it.

    Raises
    ------
    Unparsed
        If the cell is no number.
    """
    if isinstance(raw, bool):
        raise Unparsed("a number", raw)
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, float) and math.isfinite(raw):
        return exact(raw)
    if not isinstance(raw, str):
        raise Unparsed("a number", raw)
    text = narrow(raw)
    divisor = 1
    if text.endswith("%") and percent:
        text = text[:-1].rstrip()
        divisor = 100 if percent == "fraction" else 1
    if not NUMBER.match(text) or not any(char.isdigit() for char in text):
        raise Unparsed("a number", raw)
    value = Decimal(text.replace(",", "").replace(" ", ""))
    if value and abs(value.adjusted()) > MAX_DIGITS:
        raise Unparsed("a number", raw)
    return value / divisor


def parse_integer(raw: object) -> int:
    """Read a whole number."""
    try:
        value = parse_number(raw)
    except Unparsed:
        raise Unparsed("a whole number", raw) from None
    if value != value.to_integral_value():
        raise Unparsed("a whole number", raw)
    return int(value)


def parse_boolean(raw: object) -> bool:
    """Read 是 or 否, yes or no, true or false, 1 or 0."""
    if isinstance(raw, bool):
        return raw
    text = folded(str(exact(raw)) if isinstance(raw, float) else str(raw))
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise Unparsed("是 or 否 (yes or no)", raw)


def parse_text(raw: object) -> str:
    """Read text; a number becomes its digits, so that an id typed as a number stays readable."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, Flaw):
        raise Unparsed("text", raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return format(exact(raw), "f")
    return str(raw)


def from_serial(number: float | int, *, date1904: bool) -> datetime | None:
    """Day and time of an Excel serial number, to the second; None where it is no plausible date."""
    if not FIRST_SERIAL <= number <= LAST_SERIAL:
        return None
    epoch = EPOCH_1904 if date1904 else EPOCH_1900
    return epoch + timedelta(seconds=round(number * 86400))


def _calendar(forms: tuple[re.Pattern[str], ...], text: str) -> date | None:
    for form in forms:
        match = form.match(text)
        if match:
            year, month, *day = (int(part) for part in match.groups())
            try:
                return date(year, month, day[0] if day else 1)
            except ValueError:
                return None
    return None


def _clock(text: str) -> timedelta | None:
    match = CLOCK.match(text)
    if not match:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    if (hour, minute, second) == (24, 0, 0):
        return timedelta(days=1)
    return timedelta(hours=hour, minutes=minute, seconds=second) if max(minute, second) < 60 and hour < 24 else None


def _moment(raw: object, *, date1904: bool, date_form: str) -> datetime | None:
    """The day and time that a cell names, or None."""
    if isinstance(raw, datetime):
        return raw.replace(tzinfo=None)
    if isinstance(raw, date):
        return datetime.combine(raw, time())
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if isinstance(raw, int | float):
        moment = None if date_form else from_serial(raw, date1904=date1904)
        if moment is not None or raw != int(raw):
            return moment
        raw = str(int(raw))
    text = narrow(raw)
    if date_form:
        return _by_form(text, date_form)
    day, _, clock = text.replace("T", " ").replace("日", "日 ").partition(" ")
    found = _calendar(DATE_FORMS, text) or _calendar(DATE_FORMS, day)
    if found is None:
        return None
    clock = clock.strip() if _calendar(DATE_FORMS, text) is None else ""
    since = _clock(clock) if clock else timedelta()
    return None if since is None else datetime.combine(found, time()) + since


def _by_form(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=None)
    except ValueError:
        return None


def parse_datetime(raw: object, *, date1904: bool = False, date_form: str = "") -> datetime:
    """Read a local time; ``24:00`` is midnight of the next day."""
    moment = _moment(raw, date1904=date1904, date_form=date_form)
    if moment is None:
        raise Unparsed("a date and time such as 2025-03-01 08:00", raw)
    return moment


def parse_date(raw: object, *, date1904: bool = False, date_form: str = "") -> date:
    """Read a day; a time of day is left off."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if isinstance(raw, str) and raw.rstrip().endswith("24:00"):
        raw = raw.rstrip()[:-5]
    moment = _moment(raw, date1904=date1904, date_form=date_form)
    if moment is None:
        raise Unparsed("a date such as 2025-03-01", raw)
    return moment.date()


def parse_month(raw: object, *, date1904: bool = False, date_form: str = "") -> str:
    """Read a month as ``2025-03``: 2025年3月, 2025-3, 2025/03, 202503, any date, or a serial date."""
    found: date | None = None
    whole = isinstance(raw, int | float) and not isinstance(raw, bool) and raw == int(raw)
    if isinstance(raw, str) and not date_form:
        found = _calendar(MONTH_FORMS, narrow(raw))
    elif whole and not date_form:
        found = _calendar(MONTH_FORMS, str(int(raw)))  # type: ignore[call-overload]
    if found is None:
        found = _moment(raw, date1904=date1904, date_form=date_form)
    if found is None:
        raise Unparsed("a month such as 2025-03", raw)
    return f"{found.year:04d}-{found.month:02d}"


def parser_of(column: Column, *, date1904: bool = False, date_form: str = "", percent: str = "") -> Parser:
    """The function that reads the cells of a column; it raises :class:`Unparsed` and never sees an empty cell."""
    if column.type == "number":
        meaning = percent or ("fraction" if column.name.endswith("_fraction") else "")
        return lambda raw: parse_number(raw, percent=meaning)
    if column.type == "choice":
        return _choice_parser(column)
    if column.type in ("date", "datetime", "month"):
        parsers: dict[str, Callable[..., Any]] = {"date": parse_date, "datetime": parse_datetime, "month": parse_month}
        return partial(parsers[column.type], date1904=date1904, date_form=date_form)
    plain: dict[str, Parser] = {"integer": parse_integer, "boolean": parse_boolean}
    return plain.get(column.type, parse_text)


def _choice_parser(column: Column) -> Parser:
    texts = choices_by_text(column)

    def parse(raw: object) -> str:
        choice = texts.get(folded(str(raw)))
        if choice is None or isinstance(raw, Flaw):
            raise Unparsed(f"one of {', '.join(column.choices)}", raw)
        return choice

    return parse


def is_empty(raw: object) -> bool:
    """Whether a cell is empty or holds only white space."""
    return raw in EMPTY or (isinstance(raw, str) and not raw.strip())
