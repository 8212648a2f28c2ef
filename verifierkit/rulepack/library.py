"""The packs that ship with verifierkit: load by id, list, and find by sector, year and track."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from verifierkit.errors import UsageError
from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.model import Deadline, Effect, Exemption, Form, Instrument, Method, PackValue, Section
from verifierkit.rulepack.pack import RulePack
from verifierkit.rulepack.rules import check_budget, check_names, check_values, ordered_methods
from verifierkit.rulepack.schema import read_raw
from verifierkit.rulepack.yamlfile import Reader

Source = Callable[[str], str]


def read_text(pack_id: str) -> str:
    """Text of a shipped pack file with LF line ends.

    Raises
    ------
    UsageError
        If there is no such pack, naming the nearest.
    """
    ids = _shipped()
    if pack_id not in ids:
        near = difflib.get_close_matches(pack_id, names(), n=1, cutoff=0.0)
        raise UsageError(f"no rule pack {pack_id!r} is loaded; the nearest is {near[0]}; packs: {', '.join(names())}")
    file = resources.files("verifierkit").joinpath(f"rulepacks/{pack_id}.yaml")
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _shipped() -> tuple[str, ...]:
    folder = resources.files("verifierkit").joinpath("rulepacks")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def names() -> tuple[str, ...]:
    """Ids of all shipped packs, shared parts left out."""
    return tuple(name for name in _shipped() if not name.startswith("shared-"))


@cache
def load(pack_id: str) -> RulePack:
    """A shipped pack by id, checked.

    Raises
    ------
    UsageError
        If there is no such pack, naming the nearest.
    InputErrors
        If a file has not the closed form, with file, line and reason of every fault.
    """
    return assemble(pack_id, read_text)


def find(*, sector: str, year: int, track: str) -> RulePack:
    """The one pack of a sector and track that covers a data year.

    Raises
    ------
    UsageError
        If none covers it, naming the nearest pack, or if two claim it.
    """
    packs = [pack for pack in map(load, names()) if pack.sector == sector and track in pack.tracks and pack.years]
    fitting = [pack for pack in packs if pack.covers(year)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UsageError(f"{sector}, {track} track, {year}: claimed by {' and '.join(pack.id for pack in fitting)}")
    if not packs:
        raise UsageError(f"no rule pack is loaded for sector {sector}, {track} track; packs: {', '.join(names())}")
    nearest = min(packs, key=lambda pack: min(abs(known - year) for known in pack.years or ()))
    first, last = nearest.years or (0, 0)
    raise UsageError(
        f"no rule pack is loaded for {sector}, {track} track, data year {year}; "
        f"the nearest is {nearest.id} ({first} to {last})"
    )


def assemble(pack_id: str, source: Source) -> RulePack:
    """A checked pack from the text of its file and of the files that it includes."""
    texts = {pack_id: source(pack_id)}
    parts = [FilePart(read_raw(texts[pack_id], f"{pack_id}.yaml"), Reader(f"{pack_id}.yaml"))]
    for name in parts[0].raw.get("include", []):
        texts[name] = source(name)
        parts.append(FilePart(read_raw(texts[name], f"{name}.yaml"), Reader(f"{name}.yaml")))
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\n{texts[name]}\n".encode())
    pack = _pack(parts, digest.hexdigest())
    for part in parts:
        part.reader.finish()
    return pack


def _pack(parts: list[FilePart], sha256: str) -> RulePack:
    own, raw = parts[0], parts[0].raw
    parameters, constants = own.parameters(), _merged(parts, FilePart.constants)
    values = _values(parts, own)
    checks = _merged(parts, FilePart.checks)
    methods = _methods(own, parameters, constants)
    known = own.known_values() + [
        k for part in parts[1:] for k in part.known_values() if k.value.parameter in parameters
    ]
    check_values(own.reader, parameters, values, raw.get("values", {}))
    check_names(own.reader, raw, parameters, checks)
    budget = _first(parts, "error_budget")
    check_budget(own.reader, _decimal(budget), checks)
    years = raw.get("data_years")
    return RulePack(
        id=raw["pack"],
        kind=raw["kind"],
        title=label(raw["title"]),
        status=label(raw["status"]),
        instrument=_instrument(own),
        sector=raw.get("sector", ""),
        tracks=tuple(raw.get("tracks", ())),
        years=(years["from"], years["to"]) if years else None,
        sha256=sha256,
        constants=constants,
        parameters=parameters,
        values={name: tuple(rows) for name, rows in values.items() if name in parameters},
        known_values=tuple(known),
        methods=methods,
        totals=raw.get("totals", {}),
        checks=checks,
        error_budget=_decimal(budget),
        exemptions=tuple(e for part in parts for e in _exemptions(part)),
        deadlines=tuple(d for part in parts for d in _deadlines(part)),
        effects={
            name: Effect(entry["counts"], label(entry["note"]), own.cite(entry))
            for name, entry in raw.get("effects", {}).items()
        },
        plan_name=label(raw["plan_name"]) if "plan_name" in raw else None,
        report=tuple(Section(s["id"], s["number"], label(s["title"])) for s in _first(parts, "report") or []),
        forms={
            kind: Form(kind, label(entry["title"]), entry["section"])
            for kind, entry in (_first(parts, "forms") or {}).items()
        },
        conflicts=tuple(label(entry) for part in parts for entry in part.raw.get("conflicts", [])),
        gaps=tuple(label(entry) for part in parts for entry in part.raw.get("gaps", [])),
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _first(parts: Iterable[FilePart], key: str) -> Any:
    """The entry of the first file that has one: the pack's own before its includes."""
    return next((part.raw[key] for part in parts if key in part.raw), None)


def _merged(parts: list[FilePart], read: Callable[[FilePart], dict[str, Any]]) -> dict[str, Any]:
    """Entries of the includes, then of the pack itself, which replaces an entry of the same id."""
    merged: dict[str, Any] = {}
    for part in [*parts[1:], parts[0]]:
        merged |= read(part)
    return merged


def _values(parts: list[FilePart], own: FilePart) -> dict[str, list[PackValue]]:
    held: dict[str, list[PackValue]] = {}
    for part in parts:
        for name, rows in part.values().items():
            held.setdefault(name, []).extend(rows)
    for name, rows in own.used_values(held).items():
        held.setdefault(name, []).extend(rows)
    return held


def _methods(own: FilePart, parameters: dict[str, Any], constants: dict[str, Any]) -> dict[str, Method]:
    labels = {
        language: {name: entry.label[language] for name, entry in [*parameters.items(), *constants.items()]}
        for language in ("zh", "en")
    }
    methods = [
        Method(m.output, formula, {k: formula.words(v) for k, v in labels.items()}, m.citation, m.line)
        for m, formula in own.methods()
    ]
    return ordered_methods(own.reader, methods, parameters, constants)


def _instrument(own: FilePart) -> Instrument | None:
    raw = own.raw.get("instrument")
    return Instrument(label(raw["title"]), raw["number"], raw["text_seen"], own.cite(raw)) if raw else None


def _exemptions(part: FilePart) -> Iterable[Exemption]:
    for raw in part.raw.get("not_applicable", []):
        yield Exemption(tuple(raw["checks"]), raw["from"], raw["to"], label(raw["reason"]), part.cite(raw))


def _deadlines(part: FilePart) -> Iterable[Deadline]:
    for raw in part.raw.get("deadlines", []):
        try:
            day = date.fromisoformat(raw["day"])
        except ValueError:
            part.reader.fault(raw["line"], expected="a day as 2025-10-31", found=repr(raw["day"]), todo="Correct it.")
            continue
        yield Deadline(raw["check"], raw["from"], raw["to"], day, part.cite(raw))
