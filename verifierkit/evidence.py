"""Files of a case: safe paths, digests, and the notices that readers leave."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verifierkit.errors import InputError, InputErrors, Place

DEVICE = re.compile(r"^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?$", re.IGNORECASE)
TODO_PATH = "Name a file inside the case folder by a relative path with forward slashes."


@dataclass(frozen=True, order=True)
class Notice:
    """Something that a reader saw and a person should know; it changes no value."""

    place: Place
    zh: str
    en: str

    @property
    def text(self) -> dict[str, str]:
        """Both languages, as the record holds them."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True)
class InputFile:
    """One input of a case: path relative to the case folder, SHA-256, size [bytes], and its real format."""

    file: str
    sha256: str
    bytes: int
    format: str


def path_fault(name: str) -> str:
    """Say what makes a path unsafe or not portable; empty where nothing does.

    A path is refused when it is absolute, climbs with ``..``, holds a backslash, a drive or a control character,
    or when one of its parts is a device name of Windows or ends in a dot or space.
    """
    parts = name.split("/")
    tests = (
        (not name.strip(), "an empty path"),
        (name.startswith("/") or bool(re.match(r"^[A-Za-z]:", name)), "an absolute path"),
        ("\\" in name, "a backslash"),
        (any(ord(char) < 32 or char in ':<>"|?*' for char in name), "a character that Windows does not allow"),
        (".." in parts, "a step out of the folder (..)"),
        (any(DEVICE.match(part.strip()) for part in parts), "a device name of Windows"),
        (any(part != part.rstrip(". ") for part in parts if part != "."), "a part that ends in a dot or space"),
    )
    return next((fault for broken, fault in tests if broken), "")


def inside(root: Path, name: str, *, place: Place) -> Path:
    """Return the path of an existing regular file below ``root``, reached without any link.

    Raises
    ------
    InputError
        If the path leaves the folder, crosses a link, is not portable, or is not a regular file.
    """
    fault = path_fault(name)
    if fault:
        raise InputError(place, expected="a path inside the case folder", found=f"{name!r}: {fault}", todo=TODO_PATH)
    path = root
    for part in filter(lambda part: part != ".", name.split("/")):
        path = path / part
        if path.is_symlink():
            raise _link(place, name)
    if not path.exists():
        todo = "Put the file there, or correct the name."
        raise InputError(place, expected=f"the file {name}", found="no such file", todo=todo)
    if not path.is_file():
        raise InputError(place, expected="a file", found=f"{name!r}, which is none", todo=TODO_PATH)
    return path


def _link(place: Place, name: str) -> InputError:
    return InputError(
        place, expected="a file kept in the case folder", found=f"the link {name}", todo="Copy the file in its place."
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def walk(root: Path, folder: str) -> list[str]:
    """All files below a folder of the case, as sorted relative paths.

    Raises
    ------
    InputErrors
        With every link, special file, device name and pair of names that differ only in case.
    """
    if (root / folder).is_symlink():
        raise _link(Place(folder), folder)
    found = sorted(_entries(root, folder))
    faults = [fault for name in found if (fault := _entry_fault(root, name)) is not None]
    faults += _case_faults(found)
    if faults:
        raise InputErrors(faults)
    return [name for name in found if not (root / name).is_dir()]


def _entries(root: Path, folder: str) -> Iterator[str]:
    for base, folders, files in os.walk(root / folder, followlinks=False):
        for name in (*folders, *files):
            yield (Path(base) / name).relative_to(root).as_posix()


def _entry_fault(root: Path, name: str) -> InputError | None:
    mode = (root / name).lstat().st_mode
    if stat.S_ISLNK(mode):
        return _link(Place(name), name)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return InputError(Place(name), expected="a regular file", found="a special file", todo="Remove it.")
    fault = path_fault(name)
    if fault:
        return InputError(
            Place(name), expected="a name that every system can hold", found=fault, todo="Rename the file."
        )
    return None


def _case_faults(names: list[str]) -> list[InputError]:
    seen: dict[str, str] = {}
    faults = []
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            found = f"{other} and {name}, which differ only in case"
            faults.append(InputError(Place(name), expected="one name per file", found=found, todo="Rename one."))
    return faults
