"""The ``rules`` commands: list and show packs, set two side by side, have unconfirmed values read in the text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from verifierkit.cli_questions import add_questions

if TYPE_CHECKING:
    from verifierkit.rulediff import FindingsDiff, Price
    from verifierkit.rulepack import RulePack


def add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``rules`` with its actions to the command line."""
    rules = commands.add_parser("rules", help="list, show and compare the rule packs; confirm their values")
    actions = rules.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="packs with sector, tracks and data years")
    listing.set_defaults(command=_list)
    show = actions.add_parser("show", help="values of a pack with citation and confidence")
    show.add_argument("pack", help="id of a pack, or a pack file (.yaml) of your own")
    show.set_defaults(command=_show)
    diff = actions.add_parser("diff", help="two packs side by side, and what the change does to a case")
    diff.add_argument("a", metavar="A", help="id of a pack, or a pack file (.yaml) of your own")
    diff.add_argument("b", metavar="B")
    diff.add_argument("--case", type=Path, metavar="CASE", help="case folder whose totals the differences are put to")
    diff.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the sentences")
    diff.add_argument("--html", type=Path, metavar="FILE", help="write one page instead of printing")
    diff.set_defaults(command=_diff)
    _add_confirm(actions)
    add_questions(actions)


def _add_confirm(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    confirm = actions.add_parser("confirm", help="a sheet of the values marked B or C for a person with the text")
    confirm.add_argument("pack", nargs="?", help="only the files of this pack, or a pack file (.yaml) of your own")
    what = confirm.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="SHEET.xlsx", help="write the sheet")
    what.add_argument("--read", type=Path, metavar="SHEET.xlsx", help="read it back: marks that could be raised")
    confirm.add_argument("--write", type=Path, metavar="FILE", help="with --read: the confirmations of a case folder")
    confirm.set_defaults(command=_confirm)


def _pack(name: str) -> RulePack:
    from verifierkit import rulepack

    return rulepack.load_file(Path(name)) if name.endswith(".yaml") else rulepack.load(name)


def _list(options: argparse.Namespace) -> int:
    from verifierkit import rulepack
    from verifierkit.rulepack import shown

    for name in rulepack.names() + rulepack.overlays():
        print(shown.headline(rulepack.load(name)))
    return 0


def _show(options: argparse.Namespace) -> int:
    from verifierkit.rulepack import shown

    print("\n".join(shown.lines(_pack(options.pack))))
    return 0


def _diff(options: argparse.Namespace) -> int:
    from verifierkit import rulediff, rulepack
    from verifierkit.errors import UsageError

    a, b = _pack(options.a), _pack(options.b)
    for pack in (a, b):
        rulepack.require_usable(pack, year=(pack.years or (0,))[0], track=next(iter(pack.tracks), ""))
    if options.html is not None and options.html.exists():
        raise UsageError(f"{options.html.name} exists and is not written over; name another file")
    difference = rulediff.compare(a, b)
    prices, findings, case = _on_case(a, b, options.case) if options.case else ([], None, "")
    if options.html is not None:
        page = rulediff.page(difference, prices, findings, case=case, lang=options.lang)
        options.html.write_text(page, encoding="utf-8", newline="\n")
        print(f"{options.html}: {len(difference.rows)} differences")
        return 0
    print(rulediff.text(difference), end="")
    for price in prices:
        print("\n" + rulediff.price_text(price, case=case, lang=options.lang), end="")
    if findings is not None:
        print("\n" + rulediff.findings_text(findings, case=case, lang=options.lang), end="")
    return 0


def _on_case(a: RulePack, b: RulePack, folder: Path) -> tuple[list[Price], FindingsDiff, str]:
    """What the differences do to a case: tonnes on reported and on verified figures, and findings."""
    from verifierkit import rulediff
    from verifierkit.case import load
    from verifierkit.verification import verify

    held = load(folder)
    verification = verify(held)
    prices = [rulediff.price(verification.context, a, b)]
    if verification.findings:
        prices.append(rulediff.price(rulediff.corrected(verification), a, b, basis=rulediff.VERIFIED))
    return prices, rulediff.compare_findings(held, a, b), folder.resolve().name


def _confirm(options: argparse.Namespace) -> int:
    from verifierkit import confirm
    from verifierkit.errors import UsageError

    own = [Path(options.pack)] if (options.pack or "").endswith(".yaml") else []
    if options.read is not None:
        if options.pack and not own:
            raise UsageError(
                "rules confirm --read takes the sheet alone, or a pack file of your own; it names the packs"
            )
        answers = confirm.read(options.read, own)
        if options.write is None:
            print(confirm.patch(answers), end="")
            return 0
        if options.write.exists():
            raise UsageError(f"{options.write.name} exists and is not written over; name another file")
        options.write.write_text(confirm.text(answers), encoding="utf-8", newline="\n")
        print(f"{options.write}: {len(answers)} confirmations; a case takes them from its file {confirm.FILE}")
        return 0
    if options.write is not None:
        raise UsageError("rules confirm --write goes with --read SHEET")
    entries = confirm.marked([own[0].stem if own else options.pack] if options.pack else [], own)
    confirm.write(options.out, entries)
    named = f"{options.pack} " if own else ""
    print(
        f"{options.out}: {len(entries)} values; fill it, then run verifierkit rules confirm {named}--read {options.out}"
    )
    return 0
