"""``plan`` and ``incentive``: a plan reviewed by itself, and what a shift of each figure is worth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

FINDINGS = 1


def add_plan(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``plan`` and ``incentive`` to the command line."""
    plan = commands.add_parser("plan", help="review a data quality control plan, also without any records")
    plan.add_argument("case", type=Path, metavar="CASE")
    plan.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the review form; printed findings alone without it"
    )
    plan.add_argument("--lang", default="zh,en", help="languages of the form: zh, en or zh,en")
    plan.add_argument("--formats", default="html,pdf,docx", help="html,pdf,docx in any choice")
    plan.set_defaults(command=_plan)
    incentive = commands.add_parser("incentive", help="tonnes and allowance for a 1 %% shift and each switch of method")
    incentive.add_argument("case", type=Path, metavar="CASE")
    incentive.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the table")
    incentive.add_argument("--out", type=Path, metavar="FILE.csv", help="write the table instead of printing it")
    incentive.set_defaults(command=_incentive)


def _chosen(given: str, allowed: tuple[str, ...], option: str) -> tuple[str, ...]:
    from verifierkit.errors import UsageError

    wanted = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
    if not wanted or set(wanted) - set(allowed):
        raise UsageError(f"{option}: expected {', '.join(allowed)}, found {given!r}")
    return wanted


def _plan(options: argparse.Namespace) -> int:
    from verifierkit import case, delivery, planreview
    from verifierkit.planreview import writing

    formats = _chosen(options.formats, writing.FORMATS, "--formats")
    langs = _chosen(options.lang, writing.LANGUAGES, "--lang")
    if options.out is not None:
        delivery.check(options.out)
    found = planreview.review(case.load(options.case))
    for row in writing.finding_rows(found):
        print(f"{row['rule']} {row['facility']} {row['period']}: {row[f'text_{langs[0]}']}")
    print(f"{options.case.resolve().name}: {writing.summary(found, langs[0])}")
    if options.out is not None:
        for path in planreview.write(found, options.out, langs=langs, formats=formats):
            print(path)
    return FINDINGS if found.findings else 0


def _incentive(options: argparse.Namespace) -> int:
    from verifierkit import case, outputs, verification
    from verifierkit.errors import UsageError
    from verifierkit.incentive import RANKED_BY
    from verifierkit.papers.rule_tables import incentive as table
    from verifierkit.record.incentive import incentive_part

    if options.out is not None and options.out.exists():
        raise UsageError(f"{options.out.name} exists and is not written over; name another file")
    part = incentive_part(verification.verify(case.load(options.case)))
    if not part:
        raise UsageError(
            f"{options.case.resolve().name} reports no figure, so there is none to move; see verifierkit plan"
        )
    frame = table({"incentive": part}, options.lang)
    rows = [dict(zip(frame.columns, cells, strict=True)) for cells in frame.itertuples(index=False)]
    text = outputs.csv_text(list(frame.columns), rows)
    if options.out is None:
        print(text, end="")
    else:
        outputs.write_text(options.out, "\ufeff" + text)
        print(f"{options.out}: {len(rows)} lines")
    print(RANKED_BY[options.lang], file=sys.stderr)
    return 0
