"""What a cause does to the totals: *recalculated minus reported* with that cause alone put right.

The base is the calculation on the figures as reported, every figure that is wrong by its own arithmetic pinned to
what was reported, so that the base gives the reported totals. A cause moves reported inputs by its deltas and
unpins its own figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property

from verifierkit.checks.base import Context, Result
from verifierkit.emissions import Calculation, Key, calculate

ZERO = Decimal(0)


class Valuation:
    """Totals of all tracks with any set of causes put right."""

    def __init__(self, context: Context, results: Iterable[Result]) -> None:
        self.context = context
        self._pinned = {key: context.figures[key].value for result in results for key in result.unpinned}
        self._period = str(context.year)
        self._kept: dict[object, dict[str, Calculation]] = {}

    @cached_property
    def _packs(self) -> dict[str, list[str]]:
        tracks: dict[str, list[str]] = {}
        for track, pack in self.context.packs.items():
            tracks.setdefault(pack.id, []).append(track)
        return tracks

    def _inputs(self, tracks: list[str], deltas: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
        inputs = {}
        monthly = {key[:4] for key in self.context.figures if key.period != self._period}
        for key, figure in self.context.figures.items():
            parameter = self.context.packs[key.track].parameters.get(key.parameter) if key.track in tracks else None
            if parameter is not None and parameter.role != "result":
                months_give_it = key.period == self._period and parameter.year != "constant" and key[:4] in monthly
                if not months_give_it:
                    inputs[key] = figure.value + deltas.get(key, ZERO)
        return inputs

    def calculations(self, deltas: Mapping[Key, Decimal], unpinned: Iterable[Key]) -> dict[str, Calculation]:
        """One calculation per pack id with the deltas added and the keys unpinned; asked for again, it is kept."""
        free = frozenset(unpinned)
        asked = (tuple(sorted(deltas.items())), free)
        if asked not in self._kept:
            self._kept[asked] = self._calculated(deltas, free)
        return self._kept[asked]

    def with_values(
        self, deltas: Mapping[Key, Decimal], unpinned: Iterable[Key], values: Mapping[Key, Decimal]
    ) -> dict[str, Calculation]:
        """As :meth:`calculations`, with other values in place of some inputs, such as those that the team determined.

        A figure that the case does not report is added. What rests on a replaced input is computed, not pinned.
        """
        return self._calculated(deltas, frozenset({*unpinned, *self._pinned}), values)

    def _calculated(
        self, deltas: Mapping[Key, Decimal], free: frozenset[Key], values: Mapping[Key, Decimal] | None = None
    ) -> dict[str, Calculation]:
        forced = {key: value + deltas.get(key, ZERO) for key, value in self._pinned.items() if key not in free}
        results = {}
        for pack_id, tracks in self._packs.items():
            pack, structure = self.context.packs[tracks[0]], self.context.structures[tracks[0]]
            own = {key: value for key, value in forced.items() if key.track in tracks}
            replaced = {key: value for key, value in (values or {}).items() if key.track in tracks}
            inputs = self._inputs(tracks, deltas) | replaced
            results[pack_id] = calculate(pack, structure, inputs, forced=own)
        return results

    def totals(self, deltas: Mapping[Key, Decimal], unpinned: Iterable[Key]) -> dict[str, Decimal]:
        """Total [tCO2 or tCO2e] per track: the pack's total parameter summed over facilities."""
        calculations = self.calculations(deltas, unpinned)
        totals = {}
        for track, pack in self.context.packs.items():
            parameter = pack.totals.get(track)
            if parameter:
                totals[track] = self._total(calculations[pack.id], track, parameter)
        return totals

    def _total(self, calculation: Calculation, track: str, parameter: str) -> Decimal:
        monthly = self.context.packs[track].parameters[parameter].monthly
        periods = set(self.context.months) if self.context.part_year and monthly else {self._period}
        values = (
            value
            for key, value in calculation.values.items()
            if key.track == track and key.parameter == parameter and key.period in periods
        )
        return sum(values, ZERO)

    @cached_property
    def base(self) -> dict[str, Decimal]:
        """Totals as reported."""
        return self.totals({}, ())

    def effect(self, deltas: Mapping[Key, Decimal], unpinned: Iterable[Key]) -> dict[str, Decimal]:
        """Change of each total [t] with these corrections alone."""
        totals = self.totals(deltas, unpinned)
        return {track: totals[track] - self.base[track] for track in totals}
