"""Building the context of a case: packs of its tracks, the map, and the figures as reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from verifierkit import clarifications, confirm, rulepack
from verifierkit.case import Case
from verifierkit.checks import intervals, register, settling
from verifierkit.checks.base import Context, Figure
from verifierkit.checks.experience import check_experience
from verifierkit.checks.misfits import misplaced, unused
from verifierkit.checks.registered import check_registered
from verifierkit.columns import Row
from verifierkit.emissions import Facility, Key, Structure
from verifierkit.errors import Place, UsageError
from verifierkit.evidence import inside
from verifierkit.flowmap import ZONE, FlowMap
from verifierkit.rulepack import RulePack
from verifierkit.series import converted

TRACKS = ("facility", "entity")


def build_context(case: Case, given: Mapping[str, RulePack] | None = None) -> Context:
    """Context of all checks.

    Parameters
    ----------
    given
        Packs by track in place of those that ``case.yaml`` names: to see the case under another rule.

    Raises
    ------
    UsageError
        If a pack is unknown or does not cover the data year.
    InputErrors
        If an experience band cannot be set as ``case.yaml`` says.
    """
    flow = FlowMap(case.tables, year=case.year, through=case.through, zone=case.meta.get("time_zone") or ZONE)
    confirmations = confirm.load(case.root, _own_files(case))
    packs = dict(given) if given else _packs(case)
    packs = {track: confirm.raised(pack, confirmations) for track, pack in packs.items()}
    check_experience(case.meta, packs)
    stated, readings = packs, _readings(case, flow, packs)
    packs = {track: clarifications.under(pack, readings) for track, pack in stated.items()}
    structures = {track: _structure(case, flow) for track in packs}
    misfits = misplaced(flow, packs)
    figures = _figures(case, packs, {id(defect.row) for defect in misfits})
    this = _looked_at(figures, flow, packs)
    last = {key: figure for key, figure in figures.items() if key.period[:4] == str(case.year - 1)}
    notices = [*confirm.notices(confirmations), *unused(flow, packs), *register.notices(case)]
    notices += [*intervals.notices(flow, packs), *settling.notices(flow, packs)]
    return Context(case, flow, packs, structures, this, last, misfits, notices, readings, stated)


def _readings(case: Case, flow: FlowMap, packs: Mapping[str, RulePack]) -> tuple[clarifications.Using, ...]:
    """The reading that the case uses of every question about its packs."""
    return clarifications.used_by(
        clarifications.register_of(case.root),
        named=case.meta.get("readings") or {},
        packs={name for pack in packs.values() for name in (pack.id, pack.extends) if name},
        year=case.year,
        kinds={row["kind"] for row in flow.facilities.values()},
    )


def _packs(case: Case) -> dict[str, RulePack]:
    named: Mapping[str, str] = case.meta["packs"]
    packs = {track: _named(case, track, named[track]) for track in TRACKS if named.get(track)}
    if not packs:
        raise UsageError("case.yaml names no pack; give `packs:` with a pack for `facility` or `entity`")
    for track, pack in packs.items():
        _check_pack(case, track, pack)
    return packs


def _own_files(case: Case) -> list[Path]:
    """Pack files of the case folder that the case names, each once."""
    named = {name: track for track, name in case.meta["packs"].items() if str(name).endswith(".yaml")}
    return [inside(case.root, name, place=Place(f"case.yaml, packs, {track}")) for name, track in named.items()]


def _named(case: Case, track: str, name: str) -> RulePack:
    """A shipped pack by id, or a pack file (.yaml) that lies in the case folder, such as an overlay of a province."""
    if name.endswith(".yaml"):
        return rulepack.load_file(inside(case.root, name, place=Place(f"case.yaml, packs, {track}")))
    try:
        return rulepack.load(name)
    except UsageError:  # the error for an unknown pack knows what the case is about
        error = rulepack.unknown(name, sector=case.meta["sector"], year=case.year, track=track)
        raise UsageError(f"case.yaml, packs, {track}: {error}") from None


def _check_pack(case: Case, track: str, pack: RulePack) -> None:
    where, todo = f"case.yaml, packs, {track}", "Name a pack of the sector that covers the data year."
    try:
        rulepack.require_usable(pack, year=case.year, track=track)
    except UsageError as error:
        raise UsageError(f"{where}: {error}. {todo}") from None
    check_registered(pack)
    try:
        pack.require_year(case.year)
    except UsageError as error:
        other = rulepack.other_edition(pack, year=case.year, track=track)
        raise UsageError(f"{where}: {error}; {other}. {todo}") from None
    if track not in pack.tracks:
        raise UsageError(f"{where}: pack {pack.id} has no {track} track; it holds {', '.join(pack.tracks)}. {todo}")
    if pack.sector != case.meta["sector"]:
        raise UsageError(f"{where}: pack {pack.id} is for {pack.sector}, the case for {case.meta['sector']}. {todo}")


def _structure(case: Case, flow: FlowMap) -> Structure:
    facilities = [Facility(key, row["kind"] or "", row["facility_class"] or "") for key, row in flow.facilities.items()]
    return Structure.of(facilities, months=flow.months, year=case.year, region=case.meta.get("grid_region") or "")


def _looked_at(figures: Mapping[Key, Figure], flow: FlowMap, packs: Mapping[str, RulePack]) -> dict[Key, Figure]:
    """Figures of the months looked at. The year counts when all months are, or where a factor has no month of its own."""
    months = {key: figure for key, figure in figures.items() if key.period in flow.months}
    monthly, whole = {key[:4] for key in months}, flow.months[-1].endswith("-12")
    return {
        key: figure
        for key, figure in figures.items()
        if key in months
        or (key.period == str(flow.year) and (whole or (_is_factor(key, packs) and key[:4] not in monthly)))
    }


def _is_factor(key: Key, packs: Mapping[str, RulePack]) -> bool:
    return packs[key.track].parameters[key.parameter].role == "factor"


def _figures(case: Case, packs: Mapping[str, RulePack], faulty: Collection[int]) -> dict[Key, Figure]:
    figures: dict[Key, Figure] = {}
    for row in case.tables["reported"]:
        pack = packs.get(row["track"] or "")
        if pack is None or row["value"] is None or row["parameter"] not in pack.parameters or id(row) in faulty:
            continue
        figure = _figure(row, pack)
        if figure is not None:
            figures.setdefault(figure.key, figure)
    return figures


def _figure(row: Row, pack: RulePack) -> Figure | None:
    item = row["item"] or ""
    period = row["month"] or str(row["data_year"])
    key = Key(row["track"], row["parameter"], row["facility_id"] or "", item, period)
    unit = pack.parameters[row["parameter"]].unit_of(item)
    value = converted(row["value"], row["unit"], unit)
    return Figure(key, value, unit, row["route"] or "", row.cell("value")) if value is not None else None
