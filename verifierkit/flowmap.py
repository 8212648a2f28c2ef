"""The data-flow map of one case: nodes, streams, sources, instruments, and the monthly series that sources give.

Nothing here judges: a series is what the records say, each month with the cells it came from. A month that the
records do not determine is absent; nothing is filled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property

from verifierkit.columns import Row, Tables
from verifierkit.periods import months_of
from verifierkit.series import READERS, Series

INDEPENDENT = "none"
BOOK = "book"  # a book level follows from the same flows and proves nothing
DOCUMENT_LISTS = ("transactions", "tickets")  # a month without a document is a month without movement
FROM_OUTPUT = "from_clinker"  # the ratio was set from the output that it is to prove
ZONE = "Asia/Shanghai"  # the default of case.yaml


class FlowMap:
    """Nodes, streams, sources and instruments of a case, with look-ups by id and the series of each source.

    Parameters
    ----------
    tables
        Tables of the case as :func:`verifierkit.case.load` gives them.
    year
        Data year.
    through
        Last month to look at; None means December.
    zone
        Time zone of the plant: its days and months begin at local midnight.
    """

    def __init__(self, tables: Tables, *, year: int, through: str | None = None, zone: str = ZONE) -> None:
        self.tables, self.year, self.zone = tables, year, zone
        self.months = months_of(year, through)
        self.facilities = _by_id(tables["facilities"], "facility_id")
        self.nodes = _by_id(tables["nodes"], "node_id")
        self.streams = _by_id(tables["streams"], "stream_id")
        self.sources = _by_id(tables["sources"], "source_id")
        self.instruments = _by_id(tables["instruments"], "instrument_id")
        self._series: dict[str, Series] = {}

    @cached_property
    def entity_id(self) -> str:
        """Id of the facility row that stands for the legal entity."""
        return next((key for key, row in self.facilities.items() if row["kind"] == "entity"), "")

    @cached_property
    def _rows_by_source(self) -> dict[tuple[str, str], list[Row]]:
        grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table, rows in self.tables.items():
            for row in rows:
                if row["source_id"] is not None:
                    grouped[table, row["source_id"]].append(row)
        return grouped

    def rows(self, table: str, source_id: str) -> list[Row]:
        """Rows of a table that belong to a source, in their order."""
        return self._rows_by_source.get((table, source_id), [])

    def stream_of(self, source_id: str) -> Row | None:
        """The stream that a source measures."""
        source = self.sources.get(source_id)
        return self.streams.get(source["stream_id"]) if source else None

    def facility_of(self, stream_id: str) -> str:
        """Facility of a stream, "" where none."""
        stream = self.streams.get(stream_id)
        return (stream["facility_id"] or "") if stream else ""

    def sources_of(self, stream_id: str, parameter: str = "") -> list[Row]:
        """Sources of a quantity of a stream by rank; ``parameter`` "" or the stream's own is its quantity."""
        own = self.streams[stream_id]["parameter"] if stream_id in self.streams else None
        wanted = "" if parameter == own else parameter
        found = [
            row
            for row in self.sources.values()
            if row["stream_id"] == stream_id and self._own_parameter(row, own) == wanted
        ]
        return sorted(found, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["source_id"]))

    def first_source(self, stream_id: str, parameter: str = "") -> Row | None:
        """The source of rank 1 of a quantity of a stream, from which the reported figure is drawn."""
        return next((row for row in self.sources_of(stream_id, parameter) if row["rank"] == 1), None)

    @staticmethod
    def _own_parameter(source: Row, own: str | None) -> str:
        parameter = source["parameter"] or ""
        return "" if parameter == own else parameter

    def streams_for(self, parameter: str, facility: str, item: str) -> list[Row]:
        """Streams whose quantity is a parameter of a facility and item."""
        return [
            row
            for row in self.streams.values()
            if row["parameter"] == parameter and row["facility_id"] == facility and (row["item"] or "") == item
        ]

    def primary_source(self, parameter: str, facility: str, item: str) -> Row | None:
        """Rank-1 source of a reported parameter: of its own stream, or of the stream whose factor it is."""
        for stream in self.streams_for(parameter, facility, item):
            source = self.first_source(stream["stream_id"], parameter)
            if source is not None:
                return source
        for stream in self.streams.values():
            if stream["facility_id"] == facility and item in ("", stream["item"] or ""):
                source = self.first_source(stream["stream_id"], parameter)
                if source is not None and source["parameter"] == parameter:
                    return source
        return None

    def lineage(self, source_id: str) -> list[Row]:
        """The source and all that it derives from, first the source itself; stops at a loop."""
        chain: list[Row] = []
        current: str | None = source_id
        while current and current in self.sources and self.sources[current] not in chain:
            chain.append(self.sources[current])
            current = self.sources[current]["derives_from"]
        return chain

    def stated(self, source_id: str) -> bool:
        """Whether the derivation of a source is stated down to an independent record."""
        chain = self.lineage(source_id)
        return bool(chain) and chain[-1]["derives_from"] == INDEPENDENT

    def root(self, source_id: str) -> Row:
        """The record source that a source derives from."""
        return self.lineage(source_id)[-1]

    def instrument_of(self, source_id: str) -> Row | None:
        """Instrument of the record that a source derives from."""
        for source in reversed(self.lineage(source_id)):
            if source["instrument_id"]:
                return self.instruments.get(source["instrument_id"])
        return None

    def accuracy(self, source_id: str) -> Decimal | None:
        """Limit of error of the source's instrument as a fraction; None where not known."""
        instrument = self.instrument_of(source_id)
        return instrument["accuracy_fraction"] if instrument else None

    def independent(self, one: str, other: str) -> bool:
        """Whether two sources share neither record nor instrument; an unstated derivation counts as dependent."""
        if not (self.stated(one) and self.stated(other)) or self.root(one) is self.root(other):
            return False
        first, second = self.instrument_of(one), self.instrument_of(other)
        return first is None or second is None or first is not second

    def series(self, source_id: str) -> Series:
        """Monthly series of a source in the unit of its stream (of its records for a factor).

        A source whose table of records is not stated gives no month.
        """
        if source_id not in self._series:
            source = self.sources[source_id]
            reader = READERS.get(source["records"])
            self._series[source_id] = reader(self, source) if reader else Series(source_id, "")
        return self._series[source_id]

    def best_series(self, stream_id: str) -> Series | None:
        """Series of the rank-1 source of a stream, None where the stream has no source."""
        sources = self.sources_of(stream_id)
        return self.series(sources[0]["source_id"]) if sources else None

    def inflows(self, node_id: str) -> list[Row]:
        """Streams that enter a node."""
        return [row for row in self.streams.values() if row["to_node"] == node_id]

    def outflows(self, node_id: str) -> list[Row]:
        """Streams that leave a node."""
        return [row for row in self.streams.values() if row["from_node"] == node_id]


def _by_id(rows: Iterable[Row], column: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row[column] is not None:
            found.setdefault(row[column], row)
    return found
