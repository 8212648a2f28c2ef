"""The command line. Every error ends with one clear line on standard error and exit status 2."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from verifierkit import __version__
from verifierkit.cli_plan import add_plan
from verifierkit.cli_reconcile import add_reconcile
from verifierkit.cli_rules import add_rules
from verifierkit.errors import UsageError, VerifierkitError

BAD_INPUT = 2
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        command: Command = options.command
        return command(options)
    except VerifierkitError as error:
        print(f"verifierkit: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of a pipe had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to flush goes nowhere
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verifierkit", description="Verification workbench for greenhouse-gas data.")
    parser.add_argument("--version", action="version", version=f"verifierkit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_new(commands)
    _add_verify(commands)
    add_rules(commands)
    add_plan(commands)
    add_reconcile(commands)
    _add_simulate(commands)
    return parser


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = commands.add_parser("new", help="start a case folder from a sector preset or from last year's case")
    new.add_argument("sector", choices=("cement", "aluminium"))
    new.add_argument("folder", type=Path)
    new.add_argument("--from", dest="last_year", type=Path, metavar="LASTYEAR", help="case folder of last year")
    new.add_argument("--year", type=int, metavar="YEAR", help="data year; the year after last year's case by default")
    new.set_defaults(command=_new)


def _new(options: argparse.Namespace) -> int:
    from verifierkit import workbook

    workbook.new_case(options.sector, options.folder, from_case=options.last_year, data_year=options.year)
    for line in workbook.uncovered(options.folder):
        print(line, file=sys.stderr)
    print(f"{options.folder}: fill case.yaml and data.xlsx, put evidence into evidence/, then run verifierkit verify")
    return 0


def _add_verify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser("verify", help="verify cases: record, findings, working papers, report")
    verify.add_argument("cases", nargs="+", type=Path, metavar="CASE")
    verify.add_argument("--out", required=True, type=Path, metavar="DIR")
    verify.add_argument("--lang", default="zh,en", help="languages of the report: zh, en or zh,en")
    verify.add_argument("--formats", default="html,pdf,docx", help="html,pdf,docx in any choice, or none")
    verify.add_argument("--through", metavar="MONTH", help="last month of a part-year case, such as 2025-06")
    verify.set_defaults(command=_verify)


def _verify(options: argparse.Namespace) -> int:
    from verifierkit import run

    formats = () if options.formats == "none" else _chosen(options.formats, run.FORMATS, "--formats")
    request = run.Request(_chosen(options.lang, run.LANGUAGES, "--lang"), formats, options.through)
    return run.verify(options.cases, options.out, request)


def _chosen(text: str, allowed: Sequence[str], option: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [part for part in wanted if part not in allowed]
    if wrong or not wanted:
        raise UsageError(f"{option}: expected {', '.join(allowed)}, found {text!r}")
    return wanted


def _add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    simulate = commands.add_parser("simulate", help="write a fictitious plant with planted errors as a case")
    simulate.add_argument("sector", choices=("cement", "aluminium"))
    simulate.add_argument("folder", type=Path)
    simulate.add_argument("--year", type=int, default=2025)
    simulate.add_argument("--seed", type=int, required=True)
    simulate.add_argument("--error", action="append", default=[], metavar="ID[:name=value,...]")
    simulate.set_defaults(command=_simulate)


def _simulate(options: argparse.Namespace) -> int:
    from verifierkit import samples

    samples.write(options.folder, sector=options.sector, year=options.year, seed=options.seed, errors=options.error)
    print(f"{options.folder}: written; verify it with verifierkit verify")
    return 0
