"""``rules questions``: the register of questions about the rules, listed or written for the authority."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_questions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``questions`` to the actions of ``rules``."""
    questions = actions.add_parser("questions", help="questions about the rules: readings, answers, what is open")
    questions.add_argument("--open", action="store_true", help="only those that nobody has answered")
    questions.add_argument(
        "--out", type=Path, metavar="FILE", help="write a list for the authority: .xlsx, .csv or .html"
    )
    questions.add_argument(
        "--register", action="append", default=[], type=Path, metavar="FILE.yaml", help="a register of your own"
    )
    questions.add_argument("--case", type=Path, metavar="CASE", help="add the register in a case folder")
    questions.set_defaults(command=_questions)


def _questions(options: argparse.Namespace) -> int:
    from verifierkit import clarifications, questions
    from verifierkit.errors import UsageError

    files = list(options.register)
    if options.case is not None:
        if not options.case.is_dir():
            raise UsageError(f"{options.case.name}: expected a case folder, found none")
        own = options.case / clarifications.CASE_REGISTER
        files += [own] if own.is_file() else []
    listed = questions.rows(clarifications.register(files).values(), only_open=options.open)
    if options.out is None:
        print(questions.text(listed), end="")
        return 0
    questions.write(options.out, listed)
    print(f"{options.out}: {len(listed)} questions")
    return 0
