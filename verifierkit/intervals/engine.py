"""The one place that runs DuckDB: interval readings joined to periods and added up, exactly and in one pass.

The database lives in memory, reads no file and loads no extension. Energy is BIGINT and its sums HUGEINT, so that the
result is the same for any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from verifierkit.errors import UsageError

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "false",
}

# One pass over the readings of each meter in the order of time. A reading belongs to the period in which it starts; the
# periods of a meter and the time around them cover all time once.
#   twice: the interval of the reading before, once more; across: it runs past the end of its period, or over the next;
#   late: it starts before the reading before has ended; jump: it starts after, so that there is a gap before it.
ORDERED = """
WITH placed AS (
    SELECT r.meter, r.s, r.e, r.v, r.n, p.id, p.e AS until,
           lag(r.s) OVER w AS before_s, {before_e} AS before_e, r.v - lag(r.v) OVER w AS change
    FROM readings r JOIN periods p ON r.meter = p.meter AND r.s >= p.s AND r.s < p.e
    WINDOW w AS (PARTITION BY r.meter ORDER BY r.s, r.e, r.n)
), judged AS (
    SELECT *, coalesce(s = before_s AND e = before_e, false) AS twice, coalesce(s < before_e, false) AS late,
           coalesce(s > before_e, false) AS jump, e > until AS across
    FROM placed
)
SELECT meter, id AS period, min(s) AS first, max(e) AS last, count(*) AS rows,
       coalesce(sum(v) FILTER (NOT twice AND NOT across), 0) AS energy,
       list(struct_pack(n := n, s := s, e := e, v := v, b := before_e, c := change, twice := twice, late := late, across := across))
           FILTER (twice OR late OR jump OR across) AS events
FROM judged GROUP BY ALL
"""
NOWHERE = -1  # id of the time outside of the periods of a meter
LAST = "lag(r.e) OVER w"
LATEST = "max(r.e) OVER (PARTITION BY r.meter ORDER BY r.s, r.e, r.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"

POWER = """
WITH days AS (
    SELECT r.meter, h.hour, h.day, min(r.v * 3600000000.0 / (r.e - r.s)) AS low, max(r.v * 3600000000.0 / (r.e - r.s)) AS high
    FROM readings r JOIN quarters h ON r.s // 900000000 = h.quarter
    WHERE r.meter IN (SELECT meter FROM wanted)
    GROUP BY ALL
)
SELECT meter, hour, min(low) AS low, max(high) AS high, count(*) AS days FROM days GROUP BY meter, hour
"""


@contextmanager
def database(**frames: pd.DataFrame) -> Iterator[Any]:
    """A database in memory that sees the frames under their names.

    Raises
    ------
    UsageError
        If DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError:  # pragma: no cover - a dependency of the package
        raise UsageError(
            "interval readings need the package duckdb; install the packages of requirements.lock"
        ) from None
    connection = duckdb.connect(":memory:", config=SETTINGS)
    try:
        for name, frame in frames.items():
            connection.register(name, frame)
        yield connection
    finally:
        connection.close()


def microseconds(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings with their times as whole microseconds since 1970 (UTC), as the statements take them."""
    return pd.DataFrame(
        {
            "meter": readings["meter"],
            "s": readings["start"].to_numpy(dtype="datetime64[us]").view("int64"),
            "e": readings["end"].to_numpy(dtype="datetime64[us]").view("int64"),
            "v": readings["value"].to_numpy(dtype="int64"),
            "n": readings["row"].to_numpy(dtype="int64"),
        }
    )


def add_up(readings: pd.DataFrame, periods: pd.DataFrame) -> list[dict[str, Any]]:
    """Sums and events of each meter and period; the readings outside of all periods stand under period None.

    Readings that overlap without being equal are gone through again with the latest end before each, which is slower.
    """
    with database(readings=readings, periods=periods) as connection:
        found = _rows(connection, ORDERED.format(before_e=LAST))
        if any(event["late"] and not event["twice"] for row in found for event in row["events"] or ()):
            found = _rows(connection, ORDERED.format(before_e=LATEST))
    return found


def power_by_hour(readings: pd.DataFrame, quarters: pd.DataFrame, meters: Sequence[str]) -> list[dict[str, Any]]:
    """Lowest and highest mean power [10^-6 kW] of meters by hour of the local day, and the days that it was read.

    ``quarters`` says which hour and day each quarter of an hour since 1970 (UTC) is in local time.
    """
    wanted = pd.DataFrame({"meter": list(meters)})
    with database(readings=readings, quarters=quarters, wanted=wanted) as connection:
        return _rows(connection, POWER)


def _rows(connection: Any, statement: str) -> list[dict[str, Any]]:
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
