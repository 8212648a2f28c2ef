"""The packs that ship with verifierkit: load by id, list, and find by sector, year and track."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from pathlib import Path

from verifierkit.errors import UsageError
from verifierkit.rulepack import carried
from verifierkit.rulepack import parts as sections
from verifierkit.rulepack.allowance import allowance_of
from verifierkit.rulepack.build import FilePart, label
from verifierkit.rulepack.nearest import Known, nearest, years_apart
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
    if pack_id not in _shipped():
        raise unknown(pack_id)
    file = resources.files("verifierkit").joinpath(f"rulepacks/{pack_id}.yaml")
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


def unknown(pack_id: str, *, sector: str = "", year: int | None = None, track: str = "") -> UsageError:
    """The error for a pack that is not loaded; it names the nearest, for the sector, data year and track of a case."""
    packs = [load(name) for name in (overlays() if pack_id.startswith("overlay-") else names())]
    fitting = [pack for pack in packs if not track or track in pack.tracks] or packs
    near = nearest(pack_id, [Known(pack.id, pack.sector, pack.years) for pack in fitting], sector=sector, year=year)
    return UsageError(f"no rule pack {pack_id!r} is loaded; the nearest is {near}; packs: {', '.join(names())}")


def other_edition(pack: RulePack, *, year: int, track: str) -> str:
    """Which loaded pack of the same sector, scheme and track to take for a data year that a pack does not cover.

    Names the pack that covers the year; where none does, says so and names the nearest with its years.
    """
    try:
        found = find(sector=pack.sector, year=year, track=track, scheme=pack.scheme)
    except UsageError as error:
        return str(error)
    first, last = found.years or (year, year)
    return f"{found.id} covers it ({first} to {last})"


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
        require_usable(fitting[0], year=year, track=track)
        return fitting[0]
    if fitting:
        raise UsageError(f"{sector}, {track} track, {year}: claimed by {' and '.join(pack.id for pack in fitting)}")
    if not packs:
        raise UsageError(f"no rule pack is loaded for sector {sector}, {track} track; packs: {', '.join(names())}")
    raise UsageError(
        f"no rule pack is loaded for {sector}, {track} track, data year {year}; the nearest is {_closest(packs, year)}"
    )


def _closest(packs: Iterable[RulePack], year: int) -> str:
    """The usable pack whose years are nearest, with its years."""
    usable = [pack for pack in packs if pack.unusable is None]
    if not usable:
        return "none"
    closest = min(usable, key=lambda pack: (years_apart(pack.years, year), pack.id))
    first, last = closest.years or (0, 0)
    return f"{closest.id} ({first} to {last})"


def require_usable(pack: RulePack, *, year: int, track: str) -> None:
    """Refuse an edition whose text was not found.

    Raises
    ------
    UsageError
        With the reason that the pack gives, and the nearest pack that can be used.
    """
    if pack.unusable is None:
        return
    loaded = [other for other in map(load, names()) if other.kind != KIND and other.scheme == pack.scheme]
    packs = [other for other in loaded if other.sector == pack.sector and track in other.tracks and other.years]
    reason = pack.unusable["en"].rstrip(".")
    raise UsageError(f"pack {pack.id} cannot be used: {reason}; the nearest usable pack is {_closest(packs, year)}")


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
    if base is not None and "extends" in parts[0].raw:
        pack = overlaid(base, parts, digest.hexdigest())
    else:
        pack = _pack(parts, digest.hexdigest(), base)
    for part in parts:
        part.reader.finish()
    return pack


def _base(own: FilePart, source: Source, above: tuple[str, ...]) -> RulePack | None:
    """The pack that an overlay extends or an edition carries on; None where the file stands alone."""
    named, is_overlay = own.raw.get("extends"), own.raw["kind"] == KIND
    if (named is not None) != is_overlay:
        found = "extends" if named else "none"
        todo = "Overlays, and only they, extend a pack."
        own.reader.fault(own.raw["line"], expected="extends with kind overlay", found=found, todo=todo)
        own.reader.finish()
    if "carries" in own.raw and named is None:
        named = {"id": own.raw["carries"]["pack"], "line": own.raw["carries"]["line"]}
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


def _pack(parts: list[FilePart], sha256: str, before: RulePack | None) -> RulePack:
    own, raw = parts[0], parts[0].raw
    parameters, constants = sections.parameters(parts), sections.merged(parts, FilePart.constants)
    if before is not None:
        parameters = carried.parameters(before, own) | parameters
        constants = dict(before.constants) | constants
    values = sections.values(parts)
    checks = sections.merged(parts, FilePart.checks)
    stated = sections.stated_methods(parts)
    if before is not None:
        own_outputs = {method.output for method, _ in stated}
        taken = carried.methods(before, own).values()
        stated = [*((entry, entry.formula) for entry in taken if entry.output not in own_outputs), *stated]
    methods = sections.methods(own, stated, parameters, constants)
    carried.check_unusable(own)
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
        totals={**(before.totals if before else {}), **raw.get("totals", {})},
        scheme=raw.get("scheme", "cn"),
        tiers=sections.tiers(parts, parameters),
        allowance=allowance_of(own, parameters),
        unusable=label(raw["unusable"]) if "unusable" in raw else None,
        carries=before.id if before else "",
        worked_example=carried.worked_example(own),
        procedure=carried.procedure(own, checks),
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
