"""Zip archives: checked for bombs, damage and XML entities before any library opens them."""

from __future__ import annotations

import io
import zipfile
import zlib

from verifierkit.errors import InputError, Place
from verifierkit.readers.grid import MAX_BYTES, MAX_MEMBERS, MAX_RATIO

RESAVE = "Open it in the program that made it, save it as .xlsx, and keep the original beside it."
DOCTYPES = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
)


def members(data: bytes, *, place: Place) -> dict[str, bytes]:
    """Return the XML members of an archive by name, all limits held.

    Raises
    ------
    InputError
        If the archive is damaged, encrypted, too large when unpacked, or its XML declares entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_limits(archive.infolist(), place)
            texts = {
                info.filename: archive.read(info)
                for info in archive.infolist()
                if info.filename.endswith((".xml", ".rels", ".vml")) or info.filename == "mimetype"
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as problem:
        found = f"a damaged or truncated file ({problem})"
        raise InputError(place, expected="a complete workbook", found=found, todo="Ask for the file again.") from None
    for name, text in texts.items():
        if any(mark in text for mark in DOCTYPES):
            found = f"an XML document type or entity in {name}"
            raise InputError(place, expected="a workbook without XML entities", found=found, todo=RESAVE)
    return texts


def _check_limits(infos: list[zipfile.ZipInfo], place: Place) -> None:
    unpacked = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if len(infos) > MAX_MEMBERS:
        raise _bomb(place, f"at most {MAX_MEMBERS} files in the archive", f"{len(infos)}")
    if unpacked > MAX_BYTES:
        raise _bomb(place, f"at most {MAX_BYTES // 1024**2} MB unpacked", f"{unpacked // 1024**2} MB")
    if unpacked > packed * MAX_RATIO:
        raise _bomb(place, f"a packing ratio of at most {MAX_RATIO}", f"{unpacked // packed}")
    if any(info.flag_bits & 1 for info in infos):
        todo = "Save it without a password."
        raise InputError(place, expected="an open archive", found="an encrypted archive", todo=todo)


def _bomb(place: Place, expected: str, found: str) -> InputError:
    return InputError(place, expected=expected, found=found, todo="The file was not opened. " + RESAVE)
