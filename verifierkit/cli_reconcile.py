"""``reconcile``: settlement against meters alone. Reading, the joint fit and its working paper, nothing else."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CLEAN, ERRORS, BAD_INPUT = 0, 1, 2
LANGUAGES = ("zh", "en")


def add_reconcile(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``reconcile`` to the command line."""
    reconcile = commands.add_parser("reconcile", help="settlement against meters: which source is wrong, and why")
    reconcile.add_argument("cases", nargs="+", type=Path, metavar="CASE")
    reconcile.add_argument("--out", required=True, type=Path, metavar="DIR")
    reconcile.add_argument("--lang", default="zh,en", help="languages of the working paper: zh, en or zh,en")
    reconcile.add_argument("--through", metavar="MONTH", help="last month of a part-year case, such as 2025-06")
    reconcile.set_defaults(command=_reconcile)


def _reconcile(options: argparse.Namespace) -> int:
    from verifierkit import delivery, run
    from verifierkit.errors import VerifierkitError

    languages = _languages(options.lang)
    many = len(options.cases) > 1
    delivery.check(options.out)
    status = CLEAN
    for folder, name in zip(options.cases, run.labels(options.cases), strict=True):
        target = options.out / name if many else options.out
        try:
            part = reconcile_one(folder, target, languages, through=options.through)
        except VerifierkitError as error:
            if not many:
                raise
            print(f"{name}: {error}", file=sys.stderr)
            status = BAD_INPUT
            continue
        for line in summary(name, part, languages[0]):
            print(line)
        status = max(status, ERRORS if part["errors"] or part["reason"] else CLEAN)
    return status


def _languages(text: str) -> tuple[str, ...]:
    from verifierkit.errors import UsageError

    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not wanted or set(wanted) - set(LANGUAGES):
        raise UsageError(f"--lang: expected {', '.join(LANGUAGES)}, found {text!r}")
    return wanted


def reconcile_one(folder: Path, out: Path, languages: Sequence[str], *, through: str | None = None) -> dict[str, Any]:
    """Fit one case and write its working paper in each language; returns the part ``reconciliation`` of the record.

    Raises
    ------
    VerifierkitError
        If the case cannot be read, or ``out`` holds something else than an earlier working paper of the case.
    """
    from verifierkit import case, delivery
    from verifierkit.papers.reconciling import NAMES, RECORD, make_paper
    from verifierkit.record.alone import reconciliation_record

    loaded = case.load(folder, through=through)
    delivery.check(out, case_id=loaded.meta["case_id"], own=NAMES, record=RECORD)
    record = reconciliation_record(loaded)
    with tempfile.TemporaryDirectory(prefix="verifierkit-") as scratch:
        made = Path(scratch) / "out"
        make_paper(record, made, languages)
        delivery.deliver(made, out, own=NAMES)
    found: dict[str, Any] = record["reconciliation"]
    return found


def summary(name: str, part: Mapping[str, Any], language: str) -> Iterator[str]:
    """What the fit says, line by line: evidence, errors, and what cannot be known."""
    from verifierkit.papers.tables import word

    if part["reason"]:
        yield f"{name}: {part['reason'][language]}"
        return
    said = f"{word('joint_evidence', language)} {part['evidence']}, {word('joint_limit', language)} {part['limit']}"
    yield f"{name}: {said}; {len(part['errors'])} {word('joint_errors', language)}"
    for error in part["errors"]:
        yield f"  {error['id']} {error['text'][language]}"
    for one in part["questions"]:
        yield f"  {one['id']} {word('joint_question', language)} {one['text'][language]}"
    join = word("separator", language)
    unchecked = [row["source_name"] for row in part["sources"] if row["mark"] == "unchecked"]
    derived = [f"{row['stream_name']}: {row['label'][language]}" for row in part["streams"]
               if row["state"] in ("observable", "undetermined")]  # fmt: skip
    if unchecked:
        yield f"  {word('joint_unchecked', language)}: {join.join(unchecked)}"
    if derived:
        yield f"  {word('joint_unmetered', language)}: {join.join(derived)}"
