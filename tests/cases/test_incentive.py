"""The incentive view on plants whose planted frauds pay: how much of the gain lies in the top tenth of its ranking.

The gain of a fraud is what it takes off the reported total: the report of the same plant without it less the report with
it, on the level that loses more. It is put down to the reported inputs that differ, each put back alone; a gain in a
result itself counts in the whole and in no parameter. The ranking is that of the plant with the fraud, and looks at no
finding. ``alternative_fuel_hidden`` is left out: it changes what the plant burns, not what it reports of it.

Every error that pays, share of the gain in the top tenth of parameters (parameter and item, all facilities together, the
count rounded up): aluminium 2025 92 % and cement 2025 68 % on seeds 9001 to 9003, aluminium 2018 81 % on 9001 and 9002,
cement 2018 nothing on the same two. What was asked for (80 %) is reached for aluminium. In cement 2025 the top tenth are two of
17 parameters, both defaults of which the pack knows a mistake; the rest of the gain is a drifting coal scale, and coal
ranks fifth. In cement 2018 the largest stakes are the default heat value and two open readings, and
no planted error uses them. Ranked by one per cent
alone, on seeds 5001 to 5003: 93 % (aluminium 2025), 3 % (cement 2025), below 1 % (aluminium 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import pytest

from tests.support import case_of, simulated
from verifierkit.checks import build_context
from verifierkit.checks.base import Context
from verifierkit.effects import Valuation
from verifierkit.emissions import Key
from verifierkit.incentive import Incentive, Name, top_share
from verifierkit.simulate import applicable

NOT_A_FRAUD = ("alternative_fuel_hidden",)
PAYS, ASKED, TENTH, ZERO = Decimal(1), Decimal("0.8"), Decimal("0.1"), Decimal(0)
LARGEST = {
    "aluminium": ("net_anode_for_gross", "butts_deducted_in_ledger", "old_gwp"),
    "cement": ("default_factor_wrong", "belt_scale_drift", "mill_feed_as_output"),
}
FLOORS = {("aluminium", 2025): "0.9", ("cement", 2025): "0.5", ("aluminium", 2018): "0.7", ("cement", 2018): "0"}


@cache
def clean(sector: str, year: int, seed: int) -> Context:
    return build_context(case_of(simulated(sector, year, seed)))


def reported(context: Context) -> dict[str, Decimal]:
    """Totals of the year as reported, by track."""
    totals = {track: pack.totals.get(track) for track, pack in context.packs.items()}
    return {
        track: sum(
            (
                figure.value
                for key, figure in context.figures.items()
                if (key.track, key.parameter, key.period) == (track, total, str(context.year))
            ),
            ZERO,
        )
        for track, total in totals.items()
    }


def different(honest: Context, context: Context) -> dict[Name, dict[Key, Decimal]]:
    """Reported inputs that differ, as the change that puts them right, by parameter and item."""
    found: dict[Name, dict[Key, Decimal]] = {}
    for key, figure in context.figures.items():
        parameter = context.packs[key.track].parameters.get(key.parameter)
        if key in honest.figures and parameter is not None and parameter.role != "result":
            change = honest.figures[key].value - figure.value
            if change:
                found.setdefault((key.parameter, key.item), {})[key] = change
    return found


def gains(honest: Context, context: Context) -> dict[Name, Decimal]:
    """Tonnes that the fraud takes off the total, by parameter; under an empty name what no input explains."""
    before, after = reported(honest), reported(context)
    whole = max(before[track] - after[track] for track in before)
    valuation = Valuation(context, [])
    base, each = valuation.totals({}, ()), {}
    for name, deltas in different(honest, context).items():
        put_right = valuation.totals(deltas, ())
        each[name] = max(ZERO, *(put_right[track] - base[track] for track in base))
    explained = sum(each.values(), ZERO)
    if whole <= PAYS:
        return {}
    return {name: whole * size / explained for name, size in each.items()} if explained else {("", ""): whole}


def frauds(sector: str, year: int, seed: int, errors: tuple[str, ...]) -> Iterator[tuple[Decimal, Decimal]]:
    """Gain of every error that pays and the part of it in the top tenth of the ranking [t]."""
    for error in errors:
        if error in NOT_A_FRAUD:
            continue
        context = build_context(case_of(simulated(sector, year, seed, [error])))
        found = gains(clean(sector, year, seed), context)
        if found:
            share = top_share(Incentive(context, ()).parameters(), found, tenth=TENTH)
            assert share is not None
            whole = sum(found.values(), ZERO)
            yield whole, share * whole


def measured(sector: str, year: int, seeds: tuple[int, ...], errors: tuple[str, ...] = ()) -> Decimal:
    """Share of the gain of all frauds that pay in the top tenth."""
    tried = errors or tuple(error.id for error in applicable(sector, year))
    found = [pair for seed in seeds for pair in frauds(sector, year, seed, tried)]
    assert len(found) >= len(seeds)
    return sum((inside for _, inside in found), ZERO) / sum((whole for whole, _ in found), ZERO)


def test_the_top_tenth_holds_the_gain_of_the_largest_frauds_in_aluminium() -> None:
    assert measured("aluminium", 2025, (9001,), LARGEST["aluminium"]) >= ASKED


def test_the_top_tenth_holds_a_misquoted_default_and_not_a_drifting_scale_in_cement() -> None:
    """The honest figure: below what was asked for, and far above the 3 % of a ranking by one per cent alone."""
    assert Decimal("0.5") <= measured("cement", 2025, (9001,), LARGEST["cement"]) < ASKED


def test_the_same_plant_without_a_fraud_has_no_gain() -> None:
    honest = clean("cement", 2025, 9001)
    assert different(honest, honest) == {}
    assert gains(honest, honest) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("sector", "year"), FLOORS)
def test_all_frauds_that_pay(sector: str, year: int) -> None:
    assert measured(sector, year, (9001,)) >= Decimal(FLOORS[sector, year])
