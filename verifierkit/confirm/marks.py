"""Every value of the pack files that is marked B or C, each once, with the place where it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from verifierkit import rulepack
from verifierkit.errors import UsageError
from verifierkit.rulepack.build import FilePart
from verifierkit.rulepack.schema import read_raw
from verifierkit.rulepack.yamlfile import Reader

KEY_LENGTH = 12  # hexadecimal digits of the digest that names a row
Rivals = Sequence[tuple[str, Mapping[str, Any]]]  # file and known value
SELECTORS = ("facility_class", "facility_kind", "region")


@dataclass(frozen=True)
class Marked:
    """One entry of a pack file marked B or C: where it stands, what it says, and what speaks against it.

    ``kind`` is value, taken over, constant, limit, band, method, allowance method or special case; ``name`` the
    parameter, constant, check, sector or special case.
    """

    file: str
    line: int
    kind: str
    name: str
    value: str
    unit: str
    selectors: str
    years: str
    source: str
    clause: str
    confidence: str
    note: str

    @property
    def key(self) -> str:
        """Digest of everything but the line, so that an answer holds only while the entry reads the same."""
        text = "\n".join(str(value) for name, value in vars(self).items() if name not in ("line", "note"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:KEY_LENGTH]


def marked(pack_ids: Iterable[str] = (), own: Iterable[Path] = ()) -> list[Marked]:
    """Entries marked B or C in the files of the packs, or of all shipped packs, in the order of the files.

    Parameters
    ----------
    pack_ids
        Only these packs, shipped or of ``own``; all of both where none is named.
    own
        Pack files of one's own, such as those of a case folder. What they include or extend may be shipped.

    Raises
    ------
    UsageError
        If there is no such pack, or a file cannot be read.
    InputErrors
        If a file has not the closed form.
    """
    held = {path.stem: read_raw(_content(path), path.name) for path in own}
    files: dict[str, None] = {}
    for pack_id in tuple(pack_ids) or (*rulepack.names(), *rulepack.overlays(), *held):
        files |= dict.fromkeys(_files(pack_id, held))
    parts = {name: FilePart(held.get(name) or _raw(name), Reader(f"{name}.yaml")) for name in files}
    rivals = [(part.reader.file, row) for part in parts.values() for row in part.raw.get("known_values", [])]
    return [entry for part in parts.values() for entry in _entries(part, rivals) if entry.confidence != "A"]


@cache
def _raw(name: str) -> dict[str, Any]:
    return read_raw(rulepack.read_text(name), f"{name}.yaml")


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: expected a pack file in UTF-8 ({type(error).__name__})") from None


def _files(pack_id: str, own: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The file of a pack, of what it includes, and of the pack that it extends."""
    raw = own.get(pack_id) or _raw(pack_id)
    yield pack_id
    yield from raw.get("include", [])
    if "extends" in raw:
        yield from _files(raw["extends"]["id"], own)


def _entries(part: FilePart, rivals: Rivals) -> Iterator[Marked]:
    raw = part.raw
    for name, rows in raw.get("values", {}).items():
        for row in rows:
            note = _joined(_note(row), *_against(part, rivals, name, row))
            yield _entry(part, row, "value", name, (row["value"], row["unit"], note))
    for name, rows in raw.get("uses", {}).items():
        for row in rows:
            taken = f"as {row['use']} of {row['year']}"
            yield _entry(part, row, "taken over", name, (taken, "", _joined(*_against(part, rivals, name, row))))
    for name, row in raw.get("constants", {}).items():
        bottom = row.get("denominator")
        text = f"{row['numerator']}/{bottom}" if bottom else row["numerator"]
        yield _entry(part, row, "constant", name, (text, row["unit"], ""))
    for row in raw.get("methods", []):
        yield _entry(part, row, "method", row["output"], (row["formula"], "", ""))
    if "carries" in raw:
        row = raw["carries"]
        yield _entry(part, row, "carried over", row["pack"], ("parameters and methods", "", ""))
    yield from _of_allowance(part, raw.get("allowance", {}))
    for row in raw.get("procedure", []):
        yield _entry(part, row, "step", row["id"], (row.get("value", ""), row.get("unit", ""), row["title"]["zh"]))
    for name, check in raw.get("checks", {}).items():
        yield from _of_check(part, name, check)


def _of_allowance(part: FilePart, raw: Mapping[str, Any]) -> Iterator[Marked]:
    """Methods and special cases of an allowance pack."""
    for row in raw.get("methods", []):
        yield _entry(part, row, "allowance method", row["sector"], (row["method"], "", ""))
    for row in raw.get("special", []):
        text = _joined(", ".join(row["sectors"]), row["test"], row.get("value", ""), row["gives"])
        yield _entry(part, row, "special case", row["id"], (text, "", _joined(row["label"]["zh"], row["label"]["en"])))


def _of_check(part: FilePart, name: str, check: Mapping[str, Any]) -> Iterator[Marked]:
    """Limits and bands that claim a source; what is declared as experience has no text to be read in."""
    for limit, row in check.get("limits", {}).items():
        if not row.get("experience", check.get("experience", False)):
            cited = {"cite": check["cite"], **row}
            yield _entry(part, cited, "limit", f"{name} {limit}", (row["value"], row["unit"], _note(row)))
    for row in check.get("bands", []):
        if not row.get("experience", check.get("experience", False)):
            text = f"{row.get('low', '')} to {row.get('high', '')}".strip()
            yield _entry(
                part, row, "band", f"{name} {row['quantity']}", (text, row["unit"], row["label"].get("zh", ""))
            )


def _entry(part: FilePart, row: Mapping[str, Any], kind: str, name: str, said: tuple[str, str, str]) -> Marked:
    cited = part.cite(row)
    years = f"{row['from']} to {row['to']}" if "from" in row else ""
    selectors = [", ".join(row.get("item", [])), *(row.get(key, "") for key in SELECTORS)]
    return Marked(
        file=part.reader.file,
        line=row["line"],
        kind=kind,
        name=name,
        value=said[0],
        unit=said[1],
        selectors="; ".join(filter(None, selectors)),
        years=years,
        source=cited.title,
        clause=cited.clause,
        confidence=cited.confidence,
        note=said[2],
    )


def _against(part: FilePart, rivals: Rivals, name: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Values that circulate beside this one, with the note that the pack gives."""
    items = set(row.get("item", []))
    for file, known in rivals:
        other = set(known.get("item", []))
        if known["parameter"] == name and (not items or not other or items & other):
            where = "" if file == part.reader.file else f" ({file})"
            said = f"{known['status']}: {known['value']} {known['unit']}{where}"
            yield _joined(said, ", ".join(sorted(other)), _note(known))


def _note(row: Mapping[str, Any]) -> str:
    note = row.get("note", {})
    return _joined(note.get("zh", ""), note.get("en", ""))


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))
