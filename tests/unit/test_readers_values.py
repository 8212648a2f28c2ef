"""Cells to values: what is read, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifierkit.columns import Column, catalogue
from verifierkit.readers.grid import Flaw, index_of, letter, runs
from verifierkit.readers.labels import LABELS, choice_label, choices_by_text
from verifierkit.readers.values import (
    Unparsed,
    exact,
    parse_boolean,
    parse_date,
    parse_datetime,
    parse_integer,
    parse_month,
    parse_number,
    parse_text,
    parser_of,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("１２，３４５．６", "12345.6"),
        ("1,234,567.80", "1234567.80"),
        ("12 345", "12345"),
        ("−5", "-5"),
        ("－５", "-5"),
        (" 7 ", "7"),
        (".5", "0.5"),
        ("1e3", "1000"),
        (12.0, "12"),
        (0.1, "0.1"),
        (1234.567, "1234.567"),
        (7, "7"),
    ],
)
def test_numbers_are_read(raw: object, value: str) -> None:
    assert parse_number(raw) == Decimal(value)


@pytest.mark.parametrize(
    "raw",
    [
        "1,23",
        "12,34,567",
        "1.2万",
        "12吨",
        "约12",
        "-",
        "—",
        ".",
        "5%",
        "nan",
        "1e400",
        True,
        Flaw("#REF!"),
        date(2025, 1, 1),
    ],
)
def test_what_is_no_number_is_refused(raw: object) -> None:
    with pytest.raises(Unparsed) as problem:
        parse_number(raw)
    assert problem.value.expected == "a number"


def test_percent_means_a_hundredth_only_in_fractions() -> None:
    fraction = Column("total_moisture_fraction", "number", "", "")
    assert parser_of(fraction)("８．５％") == Decimal("0.085")
    assert parser_of(fraction, percent="sign")("8.5%") == Decimal("8.5")
    with pytest.raises(Unparsed):
        parser_of(Column("value", "number", "", ""))("8.5%")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_float_becomes_the_shortest_decimal_that_reads_back(number: float) -> None:
    assert float(exact(number)) == number
    assert len(exact(number).as_tuple().digits) <= 17


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_thousands_separators_change_nothing(value: Decimal) -> None:
    assert parse_number(f"{value:,}") == value


@pytest.mark.parametrize(
    "raw",
    [
        "2024年3月", "2024年03月份", "2024-3", "2024/03", "2024.03", "202403", 202403, 202403.0, "２０２４年３月", "2024-03-15",
        date(2024, 3, 9), datetime(2024, 3, 9, 8), 45352, 45352.0,
    ],
)  # fmt: skip
def test_months_are_read(raw: object) -> None:
    assert parse_month(raw) == "2024-03"


@pytest.mark.parametrize("raw", ["3月", "2024年13月", 2024.3, "2024", "24-03", True, Flaw("#N/A")])
def test_what_is_no_month_is_refused(raw: object) -> None:
    with pytest.raises(Unparsed, match="a month such as"):
        parse_month(raw)


def test_serial_dates_count_from_1900_or_1904() -> None:
    assert parse_date(45352) == date(2024, 3, 1)
    assert parse_date(43890, date1904=True) == date(2024, 3, 1)
    assert parse_datetime(45352.5) == datetime(2024, 3, 1, 12)


@pytest.mark.parametrize(
    "raw",
    [
        "2024-03-05",
        "2024/3/5",
        "2024.3.5",
        "2024年3月5日",
        "20240305",
        20240305,
        "2024-03-05 23:59:59",
        "2024-03-05 24:00",
    ],
)
def test_days_are_read(raw: object) -> None:
    assert parse_date(raw) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2024-03-31 24:00", datetime(2024, 4, 1)),
        ("2024年3月5日8时30分", datetime(2024, 3, 5, 8, 30)),
        ("2024-03-05T08:00:05", datetime(2024, 3, 5, 8, 0, 5)),
        ("2024-03-05", datetime(2024, 3, 5)),
    ],
)
def test_times_are_read(raw: str, value: datetime) -> None:
    assert parse_datetime(raw) == value


def test_a_date_form_is_the_only_form() -> None:
    assert parse_date("03/05/2024", date_form="%m/%d/%Y") == date(2024, 3, 5)
    assert parse_date(20240305, date_form="%Y%m%d") == date(2024, 3, 5)
    with pytest.raises(Unparsed):
        parse_date("2024-03-05", date_form="%m/%d/%Y")
    with pytest.raises(Unparsed):
        parse_date("03/05/2024")


@pytest.mark.parametrize(
    ("raw", "value"), [("是", True), ("否", False), ("Yes", True), (False, False), (1.0, True), ("FALSE", False)]
)
def test_booleans_are_read(raw: object, value: bool) -> None:
    assert parse_boolean(raw) is value


def test_integers_refuse_a_fraction() -> None:
    assert parse_integer("12") == 12
    with pytest.raises(Unparsed, match="a whole number"):
        parse_integer(12.5)


def test_ids_stay_text() -> None:
    assert parse_text("0012") == "0012"
    assert parse_text(12.0) == "12"
    assert parse_text(700000396769.0) == "700000396769"


def test_every_choice_has_a_label_and_reads_back_by_both_names() -> None:
    for spec in catalogue().values():
        for column in spec.columns.values():
            labels = [choice_label(column, choice) for choice in column.choices]
            assert len(set(labels)) == len(labels), f"{spec.name}.{column.name}"
            for choice, label in zip(column.choices, labels, strict=True):
                assert choice in LABELS or choice in catalogue()
                assert choices_by_text(column)[label.casefold()] == choice
                assert parser_of(column)(choice) == choice


def test_an_unknown_choice_names_the_known_ones() -> None:
    with pytest.raises(Unparsed) as problem:
        parser_of(catalogue()["nodes"].columns["kind"])("仓")
    assert problem.value.expected == "one of process, store, bus, boundary"
    assert problem.value.found == "'仓'"


def test_column_letters() -> None:
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(index_of(letter(index)) == index for index in range(1000))
    assert runs((3, 4, 5, 9)) == "3-5, 9"
