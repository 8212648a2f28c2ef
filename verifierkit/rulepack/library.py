"""The packs that ship with verifierkit: load by id, list, and find by sector, year and track."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path

from verifierkit.errors import UsageError
from verifierkit.rulepack import parts as sections
from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.overlay import KIND, overlaid
from verifierkit.rulepack.pack import RulePack
from verifierkit.rulepack.rules import check_budget, check_names, check_values
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
        near = difflib.get_close_matches(pack_id, names() + overlays(), n=1, cutoff=0.0)
        raise UsageError(f"no rule pack {pack_id!r} is loaded; the nearest is {near[0]}; packs: {', '.join(names())}")
    file = resources.files("verifierkit").joinpath(f"rulepacks/{pack_id}.yaml")
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _shipped() -> tuple[str, ...]:
    folder = resources.files("verifierkit").joinpath("rulepacks")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def names() -> tuple[str, ...]:
    """Ids of all shipped packs, shared parts and overlays left out."""
    return tuple(name for name in _shipped() if not name.startswith(("shared-", "overlay-")))


@cache
def overlays() -> tuple[str, ...]:
    """Ids of all shipped overlays."""
    return tuple(name for name in _shipped() if name.startswith("overlay-"))


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


def find(*, sector: str, year: int, track: str, scheme: str = "cn") -> RulePack:
    """The one pack of a sector and track that covers a data year; overlays are only used where a case names them.

    Packs of another scheme than the one asked for are never found: a Chinese case meets no EU ETS pack by itself.

    Raises
    ------
    UsageError
        If none covers it, naming the nearest pack, or if two claim it.
    """
    loaded = [pack for pack in map(load, names()) if pack.kind != KIND and pack.scheme == scheme]
    packs = [pack for pack in loaded if pack.sector == sector and track in pack.tracks and pack.years]
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


def load_file(path: Path) -> RulePack:
    """A pack, such as an overlay, from a file of one's own; what it includes or extends may be shipped.

    Raises
    ------
    UsageError
        If the file cannot be read, or a pack that it names is not loaded.
    InputErrors
        If a file has not the closed form, with file, line and reason of every fault.
    """
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: expected a pack file in UTF-8 ({type(error).__name__})") from None
    return assemble(path.stem, lambda name: text if name == path.stem else read_text(name))


def assemble(pack_id: str, source: Source) -> RulePack:
    """A checked pack from the text of its file and of the files that it includes or extends."""
    return _assemble(pack_id, source, ())


def _assemble(pack_id: str, source: Source, above: tuple[str, ...]) -> RulePack:
    """As :func:`assemble`; ``above`` are the overlays that this pack is the base of."""
    texts = {pack_id: source(pack_id)}
    parts = [FilePart(read_raw(texts[pack_id], f"{pack_id}.yaml"), Reader(f"{pack_id}.yaml"))]
    for name in parts[0].raw.get("include", []):
        texts[name] = source(name)
        parts.append(FilePart(read_raw(texts[name], f"{name}.yaml"), Reader(f"{name}.yaml")))
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\n{texts[name]}\n".encode())
    base = _base(parts[0], source, (*above, pack_id))
    if base is not None:
        digest.update(f"{base.id}\n{base.sha256}\n".encode())
        pack = overlaid(base, parts, digest.hexdigest())
    else:
        pack = _pack(parts, digest.hexdigest())
    for part in parts:
        part.reader.finish()
    return pack


def _base(own: FilePart, source: Source, above: tuple[str, ...]) -> RulePack | None:
    """The pack that an overlay extends; None where the file is no overlay."""
    named, is_overlay = own.raw.get("extends"), own.raw["kind"] == KIND
    if (named is not None) != is_overlay:
        found = "extends" if named else "none"
        todo = "Overlays, and only they, extend a pack."
        own.reader.fault(own.raw["line"], expected="extends with kind overlay", found=found, todo=todo)
        own.reader.finish()
    if named is None:
        return None
    if named["id"] in above:
        circle = " -> ".join((*above, named["id"]))
        own.reader.fault(named["line"], expected="a base that leads to a pack", found=circle, todo="Remove the circle.")
        own.reader.finish()
    return _known_base(own, named, source, above)


def _known_base(own: FilePart, named: dict[str, str], source: Source, above: tuple[str, ...]) -> RulePack:
    line, expected = int(named["line"]), "a loaded pack as base"
    try:
        source(named["id"])
    except UsageError as error:
        own.reader.fault(line, expected=expected, found=repr(named["id"]), todo=f"{error}.")
        own.reader.finish()
    base = _assemble(named["id"], source, above)
    if base.kind == "shared":
        own.reader.fault(line, expected=expected, found=f"the shared part {base.id}", todo="Extend a whole pack.")
        own.reader.finish()
    return base


def _pack(parts: list[FilePart], sha256: str) -> RulePack:
    own, raw = parts[0], parts[0].raw
    parameters, constants = own.parameters(), sections.merged(parts, FilePart.constants)
    values = sections.values(parts)
    checks = sections.merged(parts, FilePart.checks)
    methods = sections.methods(own, own.methods(), parameters, constants)
    check_values(own.reader, parameters, values, raw.get("values", {}))
    check_names(own.reader, raw, parameters, checks)
    budget = sections.decimal_of(sections.first(parts, "error_budget"))
    check_budget(own.reader, budget, checks)
    years = raw.get("data_years")
    return RulePack(
        id=raw["pack"],
        kind=raw["kind"],
        title=label(raw["title"]),
        status=label(raw["status"]),
        instrument=sections.instrument(own),
        sector=raw.get("sector", ""),
        tracks=tuple(raw.get("tracks", ())),
        years=(years["from"], years["to"]) if years else None,
        sha256=sha256,
        constants=constants,
        parameters=parameters,
        values={name: tuple(rows) for name, rows in values.items() if name in parameters},
        known_values=sections.known_values(parts, parameters),
        methods=methods,
        totals=raw.get("totals", {}),
        scheme=raw.get("scheme", "cn"),
        tiers=sections.tiers(parts, parameters),
        checks=checks,
        error_budget=budget,
        exemptions=sections.exemptions(parts),
        deadlines=sections.deadlines(parts),
        effects=sections.effects(own),
        plan_name=next((label(part.raw["plan_name"]) for part in parts if "plan_name" in part.raw), None),
        report=sections.report(parts),
        forms=sections.forms(parts),
        conflicts=sections.labels(parts, "conflicts"),
        gaps=sections.labels(parts, "gaps"),
    )
