"""Values of the record by reference, and the one way in which numbers are written.

A reference is a path with ``/``: ``parameters/P001/months/2025-03/reported``. An element of a list is named by its
``id`` or ``month`` where it has one, else by its index. Derived forms: ``count:findings?kind=misstatement``,
``count:<list>#0,3,5`` (how many of these there are), ``percent:<part>|<whole>``, ``hundredfold:<fraction>`` (a fraction
in percent), ``index:<n>`` (a running number) and ``digest:<ref>`` (the beginning of a digest).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from verifierkit.documents.criteria import criteria

PERCENT_STEP = Decimal("0.01")
DIGEST_SHOWN = 16
DASH = "—"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Values:
    """Reads a record by reference; lists with ids are indexed once."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self._index: dict[int, dict[str, Any]] = {}

    def get(self, ref: str) -> Any:
        """The value behind a reference; ``KeyError`` where there is none."""
        value: Any
        if ref.startswith("criteria:"):
            value = criteria()["basis"]
            for step in ref.removeprefix("criteria:").split("/"):
                value = value[int(step)] if isinstance(value, list) else value[step]
            return value
        if ref.startswith("count:"):
            return self._count(ref.removeprefix("count:"))
        if ref.startswith("percent:"):
            return self._percent(ref.removeprefix("percent:"))
        if ref.startswith("hundredfold:"):
            return self._hundredfold(ref.removeprefix("hundredfold:"))
        if ref.startswith("index:"):
            return str(int(ref.removeprefix("index:")) + 1)
        if ref.startswith("digest:"):
            return str(self.get(ref.removeprefix("digest:")))[:DIGEST_SHOWN]
        value = self.record
        for step in ref.split("/"):
            value = self._element(value, step) if isinstance(value, list) else value[step]
        return value

    def maybe(self, ref: str) -> Any:
        """As :meth:`get`, None where the record has no such value."""
        try:
            return self.get(ref)
        except (KeyError, IndexError, TypeError):
            return None

    def _element(self, items: list[Any], step: str) -> Any:
        index = self._index.get(id(items))
        if index is None:
            index = {}
            for number, item in enumerate(items):
                named = isinstance(item, dict) and (item.get("id") or item.get("month"))
                index.setdefault(str(named or number), item)
                index.setdefault(str(number), item)
            self._index[id(items)] = index
        return index[step]

    def _count(self, rest: str) -> str:
        path, _, named = rest.partition("#")
        if named:
            return str(sum(1 for step in named.split(",") if self.maybe(f"{path}/{step}") is not None))
        path, _, query = rest.partition("?")
        items = self.get(path)
        return str(sum(1 for item in items if not query or _meets(item, query)))

    def _percent(self, rest: str) -> str | None:
        part, whole = (as_decimal(self.maybe(ref)) for ref in rest.split("|"))
        if part is None or not whole:
            return None
        return str((part / whole * 100).quantize(PERCENT_STEP, rounding=ROUND_HALF_UP))

    def _hundredfold(self, ref: str) -> str | None:
        fraction = as_decimal(self.maybe(ref))
        return None if fraction is None else f"{(fraction * 100).normalize():f}"


def _meets(item: dict[str, Any], query: str) -> bool:
    """Whether an entry has one of the wanted values of every key: ``kind=a&status=b|c``."""
    wanted = (part.partition("=") for part in query.split("&"))
    return all(str(item.get(key)) in values.split("|") for key, _, values in wanted)


def as_decimal(value: Any) -> Decimal | None:
    """The exact value of a decimal text, None where it is none."""
    if value is None or isinstance(value, bool) or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def show_number(value: Any, digits: int = 0) -> str:
    """A decimal text with thousands separators, the same in every language.

    All its digits are kept; zeros are added up to ``digits`` decimals.
    """
    number = as_decimal(value)
    return DASH if number is None else f"{number:,.{max(digits, decimals(value))}f}"


def decimals(value: Any) -> int:
    """Number of decimals that a decimal text has."""
    number = as_decimal(value)
    exponent = number.as_tuple().exponent if number is not None else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def same_number(left: Any, right: Any) -> bool:
    """True where both are missing or both are the same number, whatever zeros they end in."""
    return as_decimal(left) == as_decimal(right)


def show_unit(unit: str) -> str:
    """A unit with raised and lowered digits: ``tCO2/t`` to ``tCO₂/t``, ``10^4 Nm3`` to ``10⁴ Nm³``.

    The ten of a power is part of the unit and not a numeral of the record.
    """
    if unit in ("", "1"):
        return DASH
    raised = re.sub(r"\^(-?\d+)", lambda match: match[1].translate(SUPERSCRIPTS), unit)
    raised = raised.replace("m3", "m³").replace("m2", "m²")
    return re.sub(r"(?<=[CFO])\d+", lambda match: match[0].translate(SUBSCRIPTS), raised)
