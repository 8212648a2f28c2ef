"""Packs name checks by registered id: a check of a pack without code, and code without a check, are refused."""

from __future__ import annotations

import difflib

from verifierkit.checks.base import REGISTRY
from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.rulepack import RulePack


def check_registered(pack: RulePack) -> None:
    """Hold the checks of a pack against the registry, both ways.

    Raises
    ------
    InputErrors
        With file, line and the nearest registered id of every check that has no code, and with every registered
        rule that the pack does not state.
    """
    file = f"{pack.id}.yaml"
    faults = [
        InputError(Place(file, row=rule.line), expected="a registered check", found=repr(name), todo=_near(name))
        for name, rule in pack.checks.items()
        if name not in REGISTRY
    ]
    missing = sorted(set(REGISTRY) - set(pack.checks))
    if missing:
        todo = "Include shared-checks, which states every registered rule."
        expected = "a check for every rule that has code"
        faults.append(
            InputError(Place(file, row=1), expected=expected, found=f"none for {', '.join(missing)}", todo=todo)
        )
    if faults:
        raise InputErrors(faults)


def _near(name: str) -> str:
    found = difflib.get_close_matches(name, sorted(REGISTRY), n=1, cutoff=0.0)
    return f"Name a check by its id; the nearest is {found[0]}."
