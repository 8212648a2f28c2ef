"""The incentive view on plants whose planted frauds pay: how much of the gain lies in the top tenth of its ranking.

A fraud pays where putting it right raises a total. Measured on two unseen plants for every such error of data year 2025:
aluminium 93 % of the gain in the top tenth of the ranked figures, cement 1 %: there 91 % of the gain is one misquoted
default factor (carbon content), which is worth no more for a shift of one per cent than the coal beside it. The figure
asked for (80 %) is reached for aluminium and not for cement.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.support import simulated, unseen_seeds, verified
from verifierkit.incentive import Incentive, Name, top_share
from verifierkit.simulate import applicable

ALUMINIUM = ("net_anode_for_gross", "butts_deducted_in_ledger", "old_gwp", "default_factor_wrong", "ledger_digits")
ASKED, TENTH, YEAR = Decimal("0.8"), Decimal("0.1"), 2025


def paying(sector: str, errors: Sequence[str]) -> tuple[int, Decimal]:
    """Plants with a fraud that pays, and the share of their gain in the top tenth of each plant's ranking."""
    plants, inside, whole = 0, Decimal(0), Decimal(0)
    for error in errors:
        for seed in unseen_seeds(f"incentive {sector} {YEAR} {error}", 1):
            found = verified(simulated(sector, YEAR, seed, [error]))
            gain = max(found.together.values())
            figures = {key[:1] + key[2:3] + key[1:2] + key[3:4] for one in found.findings for key in one.deltas}
            if gain <= 0 or not figures:
                continue
            each: dict[Name, Decimal] = {name: gain / len(figures) for name in figures}  # type: ignore[misc]
            share = top_share(Incentive(found.context, found.results).parameters(), each, tenth=TENTH)
            assert share is not None
            plants, inside, whole = plants + 1, inside + share * gain, whole + gain
    return plants, inside / whole


def test_the_top_tenth_holds_most_of_the_gain_in_aluminium() -> None:
    plants, share = paying("aluminium", ALUMINIUM)
    assert plants >= 3
    assert share >= ASKED


@pytest.mark.xfail(strict=True, reason="measured 1 %: a misquoted default pays most and is worth little per cent")
@pytest.mark.slow
def test_the_top_tenth_holds_most_of_the_gain_in_cement() -> None:
    plants, share = paying("cement", [error.id for error in applicable("cement", YEAR)])
    assert plants >= 3
    assert share >= ASKED
