"""The output folder: what may be written where. Files of an earlier run are replaced as a whole, others never touched."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

from verifierkit.case import CASE_FILE
from verifierkit.errors import UsageError

RECORD = "result.json"
OWN = re.compile(r"result\.json|findings\.csv|report\.(zh|en)\.(html|pdf|docx)|papers")


def check(out: Path, *, case_id: str = "", own: re.Pattern[str] = OWN, record: str = RECORD) -> None:
    """Refuse a folder that cannot take the results of a case, before anything is computed.

    ``own`` names the files that the same command wrote before, ``record`` the one of them that names the case.

    Raises
    ------
    UsageError
        If ``out`` is or lies below a file, lies in a case folder, cannot be written, holds files that a
        verification did not write, or holds the results of another case.
    """
    for place in (out.resolve(), *out.resolve().parents):
        if place.exists() and not place.is_dir():
            raise UsageError(f"the output {place.name} is a file; name a folder")
        if (place / CASE_FILE).exists():
            raise UsageError(f"the output folder {out.name} lies inside a case folder; name one outside it")
    _check_writable(out)
    if case_id:
        _check_contents(out, case_id, own, record)


def _check_writable(out: Path) -> None:
    place = next(place for place in (out.resolve(), *out.resolve().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise UsageError(f"the output folder {out.name} cannot be written: {error.strerror}") from None


def _check_contents(out: Path, case_id: str, own: re.Pattern[str], record: str) -> None:
    names = sorted(entry.name for entry in out.iterdir()) if out.exists() else []
    other = [name for name in names if not own.fullmatch(name)]
    if other:
        shown = ", ".join(other[:3])
        raise UsageError(f"the output folder {out.name} holds other files ({shown}); name a new or empty folder")
    if record in names and (held := _case_of(out / record)) != case_id:
        raise UsageError(f"the output folder {out.name} holds the results of {held or 'another case'}; name another")


def _case_of(record: Path) -> str:
    try:
        found = json.loads(record.read_text(encoding="utf-8"))["case"]["case_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return str(found)


def deliver(made: Path, out: Path, *, own: re.Pattern[str] = OWN) -> None:
    """Put the files of a run in place of all files that an earlier run made.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for entry in sorted(out.iterdir()):
            if own.fullmatch(entry.name):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        for entry in sorted(made.iterdir()):
            shutil.move(str(entry), out / entry.name)
    except OSError as error:
        raise UsageError(f"the output folder {out.name} cannot be written: {error.strerror}") from None
