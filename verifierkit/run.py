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
from verifierkit.decisions import LOG
from verifierkit.errors import UsageError, VerifierkitError

LANGUAGES = ("zh", "en")
FORMATS = ("html", "pdf", "docx")
CLEAN, FINDINGS, BAD_INPUT = 0, 1, 2
SUMMARY = "summary.csv"
NOT_VERIFIED = "not verified"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What to make of each case: report languages, formats (none: the record alone), last month."""

    languages: tuple[str, ...] = LANGUAGES
    formats: tuple[str, ...] = FORMATS
    through: str | None = None


def verify(folders: Sequence[Path], out: Path, request: Request, *, say: Say = print) -> int:
    """Verify cases into a folder and return the exit status: 0 clean, 1 findings or not all evaluated, 2 an unusable case.

    One case goes into ``out`` itself, several into ``out/<case folder>`` with a summary beside them; folders of one
    name are told apart by the folders that hold them. A case that fails in any way does not stop the others.

    Raises
    ------
    UsageError
        If the output folder cannot take the results, or a case is named twice.
    """
    many = len(folders) > 1
    delivery.check(out)
    if many:
        _check_summary(out / SUMMARY)
    names = labels(folders)
    if request.formats:
        engine.prestart()  # kernels warm up while the first case is read
    status, rows = CLEAN, []
    for number, (folder, name) in enumerate(zip(folders, names, strict=True), start=1):
        target = out / name if many else out
        if many:
            say(f"case {number} of {len(folders)}: {name}")
        try:
            result = verify_one(folder, target, request, say=say, name=name)
        except (VerifierkitError, OSError) as error:
            rows.append(_refused(name, error))
            status = BAD_INPUT
            continue
        except Exception as error:
            if not many:
                raise
            rows.append(_refused(name, error))  # a fault of ours in one case must not take the others with it
            status = BAD_INPUT
            continue
        rows.append(outputs.summary_row(name, result))
        status = max(status, CLEAN if rows[-1]["state"] == "clean" else FINDINGS)
    if many:
        out.mkdir(parents=True, exist_ok=True)
        outputs.write_text(out / SUMMARY, "\ufeff" + outputs.csv_text(outputs.SUMMARY_COLUMNS, rows))
    for row in rows:
        say(_line(row))
    if many:
        say(_tally(rows))
    return status


def labels(folders: Sequence[Path]) -> list[str]:
    """One name per case: that of its folder, with the folder above before it where several have the same.

    Raises
    ------
    UsageError
        If a folder is named twice, or two cannot be told apart so.
    """
    places = [folder.resolve() for folder in folders]
    twice = next((place for index, place in enumerate(places) if place in places[:index]), None)
    if twice is not None:
        raise UsageError(f"the case {twice.name} is named twice; name it once")
    plain = [place.name.casefold() for place in places]
    names = [
        place.name if plain.count(place.name.casefold()) == 1 else f"{place.parent.name}-{place.name}"
        for place in places
    ]
    folded = [name.casefold() for name in names]
    same = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if same is not None:
        raise UsageError(f"two of the cases would both be called {same}; verify them one by one")
    return names


def _refused(name: str, error: Exception) -> dict[str, str]:
    """The row of a case that could not be verified; the reason goes to standard error at once."""
    if isinstance(error, VerifierkitError):
        words = str(error)
    elif isinstance(error, OSError):
        words = f"{Path(str(error.filename or name)).name}: {error.strerror or type(error).__name__}"
    else:
        words = f"internal error, please report it ({type(error).__name__}: {error})"
    print(words if words.startswith(f"{name}: ") else f"{name}: {words}", file=sys.stderr)
    return {"case": name, "state": NOT_VERIFIED, "message": words.replace("\n", " / ")}


def _tally(rows: Sequence[dict[str, str]]) -> str:
    """How many cases ended how, in one line."""
    states = [row["state"] for row in rows]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    return f"{len(rows)} cases: {', '.join(counts)}; see {SUMMARY}"


def _check_summary(path: Path) -> None:
    if path.exists() and not path.read_bytes().startswith(("\ufeff" + ",".join(outputs.KNOWN_BY)).encode()):
        raise UsageError(
            f"{path.name} in the output folder {path.parent.name} is no summary of ours; name another folder"
        )


def verify_one(folder: Path, out: Path, request: Request, *, say: Say = print, name: str = "") -> dict[str, Any]:
    """Verify one case; files appear in ``out`` only when all of them were made.

    Raises
    ------
    VerifierkitError
        If the case cannot be read, or ``out`` holds something else than an earlier result.
    """
    name = name or folder.resolve().name
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
    for held in result["decisions_without_finding"]:
        where = f"{LOG} line {held['line']}"
        say(f"{name}: {where} ({held['disposition']}) speaks of a finding that is no longer there: {held['finding']}")
    return result


def _line(row: dict[str, str]) -> str:
    if row["state"] == NOT_VERIFIED:
        return f"{row['case']}: {NOT_VERIFIED}: {row['message'].removeprefix(row['case'] + ': ')}"
    parts = [f"{row['case']}: {row['state']}"]
    if row["findings"] != "0":
        parts.append(f"{row['findings']} findings, {row['undecided']} undecided")
    if row["decisions_without_finding"] != "0":
        parts.append(f"{row['decisions_without_finding']} decisions of findings that are no longer there")
    for track in ("facility", "entity"):
        if row.get(f"{track}_reported_t"):
            parts.append(f"{track} reported {row[f'{track}_reported_t']} t, verified {row[f'{track}_verified_t']} t")
    return "; ".join(parts)
