"""The main job: cases in, record, findings, working papers and reports out. One bad case does not stop the rest."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifierkit import case as cases
from verifierkit import delivery, engine, outputs, record
from verifierkit.errors import UsageError, VerifierkitError

LANGUAGES = ("zh", "en")
FORMATS = ("html", "pdf", "docx")
CLEAN, FINDINGS, BAD_INPUT = 0, 1, 2
SUMMARY = "summary.csv"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What to make of each case: report languages, formats (none: the record alone), last month."""

    languages: tuple[str, ...] = LANGUAGES
    formats: tuple[str, ...] = FORMATS
    through: str | None = None


def verify(folders: Sequence[Path], out: Path, request: Request, *, say: Say = print) -> int:
    """Verify cases into a folder and return the exit status: 0 clean, 1 findings or not all evaluated, 2 an unusable case.

    One case goes into ``out`` itself, several into ``out/<case folder>`` with a summary beside them.
    """
    many = len(folders) > 1
    delivery.check(out)
    if many:
        _check_summary(out / SUMMARY)
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise UsageError("two of the cases have the same folder name; verify them one by one")
    if request.formats:
        engine.prestart()  # kernels warm up while the first case is read
    status, rows = CLEAN, []
    for folder, name in zip(folders, names, strict=True):
        target = out / name if many else out
        try:
            result = verify_one(folder, target, request, say=say)
        except VerifierkitError as error:
            print(f"{name}: {error}", file=sys.stderr)
            rows.append({"case": name, "state": "not verified", "message": str(error).replace("\n", " / ")})
            status = BAD_INPUT
            continue
        rows.append(outputs.summary_row(name, result))
        status = max(status, CLEAN if rows[-1]["state"] == "clean" else FINDINGS)
    if many:
        out.mkdir(parents=True, exist_ok=True)
        outputs.write_text(out / SUMMARY, "\ufeff" + outputs.csv_text(outputs.SUMMARY_COLUMNS, rows))
    for row in rows:
        say(_line(row))
    return status


def _check_summary(path: Path) -> None:
    if path.exists() and not path.read_bytes().startswith(("\ufeff" + ",".join(outputs.SUMMARY_COLUMNS)).encode()):
        raise UsageError(
            f"{path.name} in the output folder {path.parent.name} is no summary of ours; name another folder"
        )


def verify_one(folder: Path, out: Path, request: Request, *, say: Say = print) -> dict[str, Any]:
    """Verify one case; files appear in ``out`` only when all of them were made.

    Raises
    ------
    VerifierkitError
        If the case cannot be read, or ``out`` holds something else than an earlier result.
    """
    name = folder.resolve().name
    say(f"{name}: reading")
    loaded = cases.load(folder, through=request.through)
    delivery.check(out, case_id=loaded.meta["case_id"])
    say(f"{name}: computing")
    result = record.build(loaded)
    with tempfile.TemporaryDirectory(prefix="verifierkit-") as scratch:
        made = Path(scratch) / "out"
        outputs.write_results(result, made)
        if request.formats:
            # kernels and document writers are not loaded for the record alone
            from verifierkit.papers.making import make

            make(made, request.languages, request.formats, say=lambda text: say(f"{name}: {text}"))
        delivery.deliver(made, out)
    return result


def _line(row: dict[str, str]) -> str:
    if row["state"] == "not verified":
        return f"{row['case']}: not verified"
    parts = [f"{row['case']}: {row['state']}"]
    if row["findings"] != "0":
        parts.append(f"{row['findings']} findings, {row['undecided']} undecided")
    for track in ("facility", "entity"):
        if row.get(f"{track}_reported_t"):
            parts.append(f"{track} reported {row[f'{track}_reported_t']} t, verified {row[f'{track}_verified_t']} t")
    return "; ".join(parts)
