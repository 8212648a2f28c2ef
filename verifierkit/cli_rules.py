"""The ``rules`` commands: list and show packs, set two side by side, have unconfirmed values read in the text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    diff.set_defaults(command=_diff)
    _add_confirm(actions)


def _add_confirm(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    confirm = actions.add_parser("confirm", help="a sheet of the values marked B or C for a person with the text")
    confirm.add_argument("pack", nargs="?", help="only the files of this pack")
    what = confirm.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="SHEET.xlsx", help="write the sheet")
    what.add_argument("--read", type=Path, metavar="SHEET.xlsx", help="read it back: marks that could be raised")
    confirm.set_defaults(command=_confirm)


def _pack(name: str) -> RulePack:
    from verifierkit import rulepack

    return rulepack.load_file(Path(name)) if name.endswith(".yaml") else rulepack.load(name)


def _list(options: argparse.Namespace) -> int:
    from verifierkit import rulepack

    for name in rulepack.names() + rulepack.overlays():
        pack = rulepack.load(name)
        years = f"{pack.years[0]} to {pack.years[1]}" if pack.years else "as dated inside"
        base = f"; extends {pack.extends}" if pack.extends else ""
        tracks = ", ".join(pack.tracks)
        print(f"{pack.id}: {pack.title['en']} ({pack.title['zh']}); {tracks}; data years {years}{base}")
    return 0


def _show(options: argparse.Namespace) -> int:
    pack = _pack(options.pack)
    print(f"{pack.id}: {pack.title['en']} ({pack.title['zh']})")
    for parameter, values in pack.values.items():
        for value in values:
            selectors = " ".join(part for part in value.selectors if part)
            cited = f"{value.citation.title}, {value.citation.clause} [{value.confidence}]"
            print(
                f"  {parameter} {selectors}: {value.text} {value.unit}, {value.from_year} to {value.to_year}; {cited}"
            )
    return 0


def _diff(options: argparse.Namespace) -> int:
    from verifierkit import case, rulediff
    from verifierkit.checks import build_context

    a, b = _pack(options.a), _pack(options.b)
    if options.case is None:
        print(rulediff.text(rulediff.compare(a, b)), end="")
        return 0
    price = rulediff.price(build_context(case.load(options.case)), a, b)
    print(rulediff.text(rulediff.compare(a, b)))
    print(rulediff.price_text(price, case=options.case.resolve().name), end="")
    return 0


def _confirm(options: argparse.Namespace) -> int:
    from verifierkit import confirm
    from verifierkit.errors import UsageError

    if options.read is not None:
        if options.pack:
            raise UsageError("rules confirm --read takes the sheet alone; it names the packs itself")
        print(confirm.patch(confirm.read(options.read)), end="")
        return 0
    entries = confirm.marked([options.pack] if options.pack else [])
    confirm.write(options.out, entries)
    print(f"{options.out}: {len(entries)} values; fill it, then run verifierkit rules confirm --read {options.out}")
    return 0
