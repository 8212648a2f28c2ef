"""Building the context of a case: packs of its tracks, the map, and the figures as reported."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from verifierkit import rulepack
from verifierkit.case import Case
from verifierkit.checks.base import Context, Figure
from verifierkit.columns import Row
from verifierkit.emissions import Facility, Key, Structure
from verifierkit.errors import InputError, Place, UsageError
from verifierkit.flowmap import FlowMap
from verifierkit.rulepack import RulePack
from verifierkit.units import convert

TRACKS = ("facility", "entity")


def build_context(case: Case) -> Context:
    """Context of all checks.

    Raises
    ------
    UsageError
        If a pack is unknown or does not cover the data year.
    InputError
        If a reported figure has a unit that does not fit its parameter.
    """
    flow = FlowMap(case.tables, year=case.year, through=case.through)
    packs = _packs(case)
    structures = {track: _structure(case, flow) for track in packs}
    figures = _figures(case, packs)
    this = {key: figure for key, figure in figures.items() if _inside(key, flow)}
    last = {key: figure for key, figure in figures.items() if key.period[:4] == str(case.year - 1)}
    return Context(case, flow, packs, structures, this, last)


def _packs(case: Case) -> dict[str, RulePack]:
    named: Mapping[str, str] = case.meta["packs"]
    packs = {track: rulepack.load(named[track]) for track in TRACKS if named.get(track)}
    if not packs:
        raise UsageError("case.yaml names no pack; give `packs:` with a pack for `facility` or `entity`")
    for track, pack in packs.items():
        pack.require_year(case.year)
        if track not in pack.tracks:
            raise UsageError(f"case.yaml: pack {pack.id} has no {track} track; it holds {', '.join(pack.tracks)}")
    return packs


def _structure(case: Case, flow: FlowMap) -> Structure:
    facilities = [Facility(key, row["kind"] or "", row["facility_class"] or "") for key, row in flow.facilities.items()]
    return Structure.of(facilities, months=flow.months, year=case.year, region=case.meta.get("grid_region") or "")


def _inside(key: Key, flow: FlowMap) -> bool:
    """Whether a figure belongs to the months looked at; the year counts only when all months are."""
    if key.period == str(flow.year):
        return flow.months[-1].endswith("-12")
    return key.period in flow.months


def _figures(case: Case, packs: Mapping[str, RulePack]) -> dict[Key, Figure]:
    figures: dict[Key, Figure] = {}
    for row in case.tables["reported"]:
        pack = packs.get(row["track"] or "")
        if pack is None or row["value"] is None or row["parameter"] not in pack.parameters:
            continue
        figure = _figure(row, pack)
        figures.setdefault(figure.key, figure)
    return figures


def _figure(row: Row, pack: RulePack) -> Figure:
    item = row["item"] or ""
    period = row["month"] or str(row["data_year"])
    key = Key(row["track"], row["parameter"], row["facility_id"] or "", item, period)
    unit = pack.parameters[row["parameter"]].unit_of(item)
    return Figure(key, _converted(row, unit), unit, row["route"] or "", row.cell("value"))


def _converted(row: Row, unit: str) -> Decimal:
    if not row["unit"] or row["unit"] == unit:
        return Decimal(row["value"])
    try:
        return convert(row["value"], row["unit"], unit)
    except UsageError:
        place: Place = row.cell("unit")
        found, todo = repr(row["unit"]), f"Write the unit {unit}, or one that converts to it."
        raise InputError(place, expected=f"a unit of {row['parameter']} ({unit})", found=found, todo=todo) from None
