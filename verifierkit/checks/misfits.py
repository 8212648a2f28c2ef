"""What the tables hold and the packs cannot place: unknown parameters, wrong facilities and items, units that do not fit.

A faulty value is a defect of the evidence and counts as missing; what a case may hold without being verified (a track
without a pack, last year's figures of another edition) is a notice. Nothing is left out without one of the two.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from verifierkit.case import Defect, Notice
from verifierkit.columns import Row
from verifierkit.constants import LIKENESS
from verifierkit.flowmap import FlowMap
from verifierkit.glossary import term
from verifierkit.periods import month_of
from verifierkit.rulepack import Parameter, RulePack
from verifierkit.series import converted

CLOSING_STOCK = "closing_stock_t"  # levels of last year's stores stand among the reported figures
VALUES = ("monthly_values", "daily_values", "lab_results")
DATES = ("month", "day", "sampled_on")


def misplaced(flow: FlowMap, packs: Mapping[str, RulePack]) -> list[Defect]:
    """Defects of reported figures and units that no check could use."""
    names = _parameter_names(flow, packs)
    units = [*_stream_units(flow, packs), *_record_units(flow), *_deposit_units(flow, packs)]
    return [*_reported(flow, packs), *names, *units]


def _reported(flow: FlowMap, packs: Mapping[str, RulePack]) -> Iterator[Defect]:
    for row in flow.tables["reported"]:
        pack = packs.get(row["track"] or "")
        if pack is None or row["data_year"] != flow.year or row["parameter"] is None:
            continue
        parameter = pack.parameters.get(row["parameter"])
        if parameter is None:
            expected = f"a parameter of pack {pack.id}"
            yield Defect(row.cell("parameter"), row.table, "parameter", expected, repr(row["parameter"]), row)
        else:
            yield from _wrong_place(flow, row, parameter)


def _wrong_place(flow: FlowMap, row: Row, parameter: Parameter) -> Iterator[Defect]:
    facility = flow.facilities.get(row["facility_id"] or "")
    kinds = parameter.at(row["track"])
    if facility is not None and facility["kind"] is None:
        return  # the kind itself is the defect
    if facility is not None and facility["kind"] not in kinds:
        expected = f"a facility of kind {' or '.join(kinds)} for {parameter.id}" if kinds else "another track"
        found = f"{row['facility_id']} ({facility['kind']})"
        yield Defect(row.cell("facility_id"), row.table, "facility_id", expected, found, row)
    elif row["item"] and not parameter.by_item:
        expected = f"no item for {parameter.id}"
        yield Defect(row.cell("item"), row.table, "item", expected, repr(row["item"]), row)
    elif not _fits(row["unit"], wanted := parameter.unit_of(row["item"] or "")):
        expected = f"a unit of {parameter.id} ({wanted})"
        yield Defect(row.cell("unit"), row.table, "unit", expected, repr(row["unit"]), row)


def _fits(unit: str | None, wanted: str) -> bool:
    return converted(Decimal(1), unit, wanted) is not None


def _parameter_names(flow: FlowMap, packs: Mapping[str, RulePack]) -> Iterator[Defect]:
    """Parameters of streams and sources that look like one of the packs and are none: a slip of the pen."""
    known = {name for pack in packs.values() for name in pack.parameters}
    for row in (*flow.streams.values(), *flow.sources.values()):
        near = difflib.get_close_matches(row["parameter"] or "", sorted(known), n=1, cutoff=float(LIKENESS))
        if near and row["parameter"] not in known:
            expected = f"a parameter of a pack (nearest: {near[0]})"
            yield Defect(row.cell("parameter"), row.table, "parameter", expected, repr(row["parameter"]), row)


def _stream_units(flow: FlowMap, packs: Mapping[str, RulePack]) -> Iterator[Defect]:
    """Streams in a unit that is not declared, or in another kind of unit than the figure that they feed."""
    for row in flow.streams.values():
        found = [pack.parameters[row["parameter"]] for pack in packs.values() if row["parameter"] in pack.parameters]
        wanted = found[0].unit_of(row["item"] or "") if found else ""
        if row["unit"] and not _fits(row["unit"], wanted):
            expected = f"a unit of {row['parameter']} ({wanted})" if wanted else "a declared unit"
            yield Defect(row.cell("unit"), row.table, "unit", expected, repr(row["unit"]), row)


def _record_units(flow: FlowMap) -> Iterator[Defect]:
    """Values in a unit that does not convert to that of their source; one defect per source, month and unit."""
    for source in flow.sources.values():
        if source["records"] not in VALUES:
            continue
        wanted, seen = flow.series(source["source_id"]).unit, set()
        for row in flow.rows(source["records"], source["source_id"]):
            name = (_month(row), row["unit"])
            if name not in seen and not _fits(row["unit"], wanted):
                expected = f"a unit that converts to {wanted}" if wanted else "a declared unit"
                yield Defect(row.cell("unit"), row.table, "unit", expected, repr(row["unit"]), row)
            seen.add(name)


def _month(row: Row) -> str:
    when = next((row[name] for name in DATES if row[name]), "")
    return when if isinstance(when, str) else month_of(when)


def _deposit_units(flow: FlowMap, packs: Mapping[str, RulePack]) -> Iterator[Defect]:
    for row in flow.tables["deposits"]:
        found = [pack.parameters[row["parameter"]] for pack in packs.values() if row["parameter"] in pack.parameters]
        if found and row["unit"] and not _fits(row["unit"], found[0].unit_of(row["item"] or "")):
            expected = f"a unit of {row['parameter']} ({found[0].unit_of(row['item'] or '')})"
            yield Defect(row.cell("unit"), row.table, "unit", expected, repr(row["unit"]), row)


def unused(flow: FlowMap, packs: Mapping[str, RulePack]) -> list[Notice]:
    """Notices of reported figures that stay out of the verification though nothing is wrong with them."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in flow.tables["reported"]:
        pack = packs.get(row["track"] or "")
        last = row["data_year"] != flow.year
        if pack is None and row["track"]:
            groups[row["track"], ""].append(row)
        elif last and pack is not None and row["parameter"] not in (*pack.parameters, CLOSING_STOCK):
            groups[pack.id, str(row["parameter"])].append(row)
    return [_notice(name, parameter, rows) for (name, parameter), rows in groups.items()]


def _notice(name: str, parameter: str, rows: list[Row]) -> Notice:
    if not parameter:
        zh = f"case.yaml 没有为{term(f'{name}_track')['zh']}指定规则包，{len(rows)} 个报告值未核查"
        en = f"case.yaml names no pack for the {name} track; {len(rows)} reported figures were not verified"
        return Notice(rows[0].cell("track"), zh, en)
    zh = f"规则包 {name} 没有参数 {parameter}，上年的 {len(rows)} 个报告值未用于比较"
    en = f"pack {name} has no parameter {parameter}; {len(rows)} figures of last year were not compared"
    return Notice(rows[0].cell("parameter"), zh, en)
