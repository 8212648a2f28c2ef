"""Checks that lose their subject to a faulty cell of the map: they say "not evaluated" and why, never nothing.

A row of the map whose kind, reference or number cannot be read stands as a defect of the evidence. What hung on it is
named here from ``checks/lost.yaml``, and failures elsewhere that only follow from the hole are withdrawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

import yaml

from verifierkit.case import Defect
from verifierkit.checks.base import NOT_EVALUATED, NOT_SATISFIED, Context, Result
from verifierkit.columns import Row, catalogue

MESSAGE = "lost.subject"
ANY, ENTITY, ENDS = "any", "entity", "ends"


@dataclass(frozen=True)
class Loss:
    """A defect of a map row, the rules that lose their subject to it and those that it shakes, by their scope."""

    defect: Defect
    rules: tuple[str, ...]
    shaken: Mapping[str, str]

    @property
    def row(self) -> Row:
        """The faulty row."""
        return self.defect.row

    @property
    def subject(self) -> str:
        """Id of the row, or what it refers to in vain; the name of its table where there is none."""
        key = self.defect.column if self.defect.column.endswith("_id") else catalogue()[self.row.table].key[0]
        return str(self.row[key] or self.row[catalogue()[self.row.table].key[0]] or self.row.table)


@cache
def table_of_losses() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """What each cell of the map carries: table -> column or "row" -> rules lost and shaken."""
    text = resources.files("verifierkit").joinpath("checks/lost.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Mapping[str, Any]]] = yaml.safe_load(text)
    return found


def losses(context: Context) -> list[Loss]:
    """Losses of a case, one per faulty cell of the map that carries checks."""
    found = []
    tables = {table: {id(row) for row in context.flow.tables.get(table, ())} for table in table_of_losses()}
    for defect in (*context.case.defects, *context.misfits):
        columns = table_of_losses().get(defect.table, {})
        placed = id(defect.row) in tables.get(defect.table, ())
        entry = columns.get(defect.column) or (None if placed else columns.get("row"))
        if entry:
            found.append(Loss(defect, tuple(entry["lost"]), entry.get("shaken", {})))
    return found


def unevaluated(context: Context, active: Collection[str]) -> Iterator[Result]:
    """One result per rule that a faulty cell of the map leaves without its subject."""
    seen: set[tuple[str, ...]] = set()
    for loss in losses(context):
        names = [rule for rule in active if any(fnmatchcase(rule, name) for name in loss.rules)]
        for rule, row in itertools.product(names, _resting(context, loss)):
            name = (rule, loss.subject, str(loss.defect.place), str(row.place))
            if name not in seen:
                seen.add(name)
                yield _result(context, rule, loss, row)


def _resting(context: Context, loss: Loss) -> list[Row]:
    """The rows whose checks are lost: the faulty row itself; for an instrument the sources that it made."""
    if loss.row.table != "instruments" or loss.row["instrument_id"] is None:
        return [loss.row]
    made = [row for row in context.flow.sources.values() if row["instrument_id"] == loss.subject]
    counted = loss.defect.column == "multiplier"
    return [row for row in made if not counted or row["records"] == "meter_readings"]


def _result(context: Context, rule: str, loss: Loss, row: Row) -> Result:
    facility = row["facility_id"] or context.flow.facility_of(row["stream_id"] or "")
    return Result(
        rule,
        NOT_EVALUATED,
        facility=facility if facility in context.flow.facilities else "",
        period=str(context.year),
        stream=row["stream_id"] or row["node_id"] or loss.subject,
        source=row["source_id"] or "",
        message=MESSAGE,
        detail=_words(loss),
        places=(loss.defect.place,),
    )


def _words(loss: Loss) -> dict[str, str]:
    spec = catalogue()[loss.row.table]
    column = spec.columns[loss.defect.column]
    return {
        "lost_subject": loss.subject,
        "place": str(loss.defect.place),
        "table_zh": spec.zh,
        "table_en": spec.en,
        "column_zh": column.zh,
        "column_en": column.en,
    }


def withdrawn(context: Context, results: Iterable[Result]) -> Iterator[Result]:
    """The results; a failure that only follows from a hole in the map is not evaluated, with the hole as reason."""
    held = [loss for loss in losses(context) if loss.shaken]
    for result in results:
        loss = next((loss for loss in held if _shaken(context, loss, result)), None)
        yield result if loss is None else _withdraw(result, loss)


def _shaken(context: Context, loss: Loss, result: Result) -> bool:
    scope = loss.shaken.get(result.rule)
    if scope is None or result.outcome != NOT_SATISFIED:
        return False
    if scope == ENTITY:
        return result.facility == context.flow.entity_id
    ends = (loss.row["from_node"], loss.row["to_node"])
    return scope == ANY or result.stream in ends or any(end not in context.flow.nodes for end in ends)


def _withdraw(result: Result, loss: Loss) -> Result:
    """The result without its verdict and without its corrections."""
    places = (loss.defect.place, *result.places)
    return replace(
        result,
        outcome=NOT_EVALUATED,
        message=MESSAGE,
        hint="",
        detail=_words(loss),
        places=places,
        deltas=(),
        unpinned=(),
    )
