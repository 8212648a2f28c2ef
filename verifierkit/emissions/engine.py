"""Values of keys: an input, a default of the pack, a method's result, or the aggregate of the months."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import NamedTuple

from verifierkit.emissions.keys import Facility, Key, Structure
from verifierkit.emissions.rounding import rounded
from verifierkit.emissions.scope import Layout, Scope
from verifierkit.rulepack import Label, PackValue, Parameter, RulePack

ZERO = Decimal(0)
INPUT, DEFAULT, CALCULATED, AGGREGATED, FORCED, ABSENT = (
    "input",
    "default",
    "calculated",
    "aggregated",
    "forced",
    "absent",
)


class Absent(Exception):
    """A figure that cannot be given, and why, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason: Label = {"zh": zh, "en": en}


class Figure(NamedTuple):
    """A value with its unrounded form and its origin."""

    value: Decimal
    unrounded: Decimal
    origin: str


class Engine:
    """Computes figures on demand and keeps them.

    With ``as_reported`` an input is taken as it stands, also for a method's output and for a year; without it
    inputs are rounded as the pack says, results are always computed, and years come from their months.
    """

    def __init__(
        self,
        pack: RulePack,
        structure: Structure,
        inputs: Mapping[Key, Decimal],
        *,
        forced: Mapping[Key, Decimal] | None = None,
        as_reported: bool = False,
    ) -> None:
        pack.require_year(structure.year)
        self.pack, self.structure, self.inputs = pack, structure, inputs
        self.forced: Mapping[Key, Decimal] = forced or {}
        self.as_reported = as_reported
        self.layout = Layout(pack, structure, (*inputs, *self.forced))
        self.year = str(structure.year)
        self.held = {(key.track, key.parameter, key.facility, key.item) for key in inputs}
        self.figures: dict[Key, Figure] = {}
        self.missing: dict[Key, Label] = {}

    def value(self, key: Key) -> Decimal:
        """Value of a key.

        Raises
        ------
        Absent
            If an operand is missing.
        """
        return self.figure(key).value

    def figure(self, key: Key) -> Figure:
        """Value of a key with unrounded form and origin; raises :class:`Absent` where there is none."""
        known = self.figures.get(key)
        if known is not None:
            return known
        if key in self.missing:
            raise Absent(self.missing[key]["zh"], self.missing[key]["en"])
        try:
            found = self._figure(key)
        except Absent as absent:
            self.missing[key] = absent.reason
            raise
        self.figures[key] = found
        return found

    def evaluate(self, key: Key, log: list[tuple[str, Key | None, Decimal]] | None = None) -> Decimal:
        """Unrounded result of the method of a key; operands are noted in ``log``."""
        try:
            return self.pack.methods[key.parameter].formula.evaluate(Scope(self.layout, self, key, log))
        except (DivisionByZero, InvalidOperation):
            raise Absent("分母为零", "division by zero") from None

    def _figure(self, key: Key) -> Figure:
        if key in self.forced:
            return Figure(self.forced[key], self.forced[key], FORCED)
        if self.as_reported and key in self.inputs:
            return Figure(self.inputs[key], self.inputs[key], INPUT)
        parameter = self.pack.parameters[key.parameter]
        yearly = key.period == self.year
        if key.parameter in self.pack.methods and not self._measured(key, parameter):
            return self._result(key, parameter, yearly)
        return self._aggregated(key, parameter) if yearly and parameter.monthly else self._given(key, parameter, yearly)

    def _measured(self, key: Key, parameter: Parameter) -> bool:
        """Whether a factor that a method could give was measured: then the method fills no gap."""
        return parameter.role == "factor" and key[:4] in self.held

    def _result(self, key: Key, parameter: Parameter, yearly: bool) -> Figure:
        if yearly and parameter.monthly and parameter.year == "sum":
            return self._aggregated(key, parameter)
        unrounded = self.evaluate(key)
        return Figure(rounded(unrounded, parameter, yearly=yearly), unrounded, CALCULATED)

    def _given(self, key: Key, parameter: Parameter, yearly: bool) -> Figure:
        """An input of the period, of the year where the factor is constant, of the other track, or a default."""
        for candidate in self._candidates(key, parameter):
            if candidate in self.inputs:
                value = self.inputs[candidate]
                return Figure(value if self.as_reported else rounded(value, parameter, yearly=yearly), value, INPUT)
        if key[:4] not in self.held:
            default = self.default(key)
            if default is not None:
                return Figure(default.value, default.value, DEFAULT)
        if parameter.absent is not None:
            return Figure(parameter.absent, parameter.absent, ABSENT)
        raise self._absent(key, parameter)

    def _candidates(self, key: Key, parameter: Parameter) -> list[Key]:
        found = [key]
        if parameter.year == "constant" and key.period != self.year:
            found.append(key._replace(period=self.year))
        tracks = {"facility": "entity", "entity": "facility"}
        return found + [own._replace(track=tracks[own.track]) for own in list(found)]

    def default(self, key: Key) -> PackValue | None:
        """The pack's value of a factor at a facility and item."""
        facility: Facility = self.layout.facilities[key.facility]
        return self.pack.find_value(
            key.parameter,
            year=self.structure.year,
            item=key.item,
            facility_class=facility.facility_class,
            facility_kind=facility.kind,
            region=self.structure.region,
        )

    def _aggregated(self, key: Key, parameter: Parameter) -> Figure:
        if not self._has_months(key, parameter):
            return self._given(key, parameter, True)
        if parameter.year == "weighted_mean":
            unrounded = self._mean(key, parameter)
        elif parameter.year == "constant":
            return self._constant(key)
        else:
            unrounded = sum((self.value(key._replace(period=month)) for month in self.structure.months), ZERO)
        return Figure(rounded(unrounded, parameter, yearly=True), unrounded, AGGREGATED)

    def _has_months(self, key: Key, parameter: Parameter) -> bool:
        """Whether the year comes from months: always for results, for inputs where any month is given."""
        if key.parameter in self.pack.methods and not self._measured(key, parameter):
            return True
        wanted = [
            own for month in self.structure.months for own in self._candidates(key._replace(period=month), parameter)
        ]
        months = {own for own in wanted if own.period != self.year}
        return any(own in self.inputs or own in self.forced for own in months)

    def _mean(self, key: Key, parameter: Parameter) -> Decimal:
        """Mean of the months weighted by another parameter; a month of weight zero needs no value."""
        weights, total = ZERO, ZERO
        for month in self.structure.months:
            own = key._replace(period=month)
            weight_parameter = self.pack.parameters[parameter.weight]
            place = self.layout.facility_for(weight_parameter, key.track, key.facility)
            item = key.item if weight_parameter.by_item else ""
            weight = self.value(Key(key.track, parameter.weight, place, item, month))
            if weight:
                weights, total = weights + weight, total + weight * self.value(own)
        if not weights:
            raise Absent("全年权重为零", "the weights of the year are zero")
        return total / weights

    def _constant(self, key: Key) -> Figure:
        figures = []
        for month in self.structure.months:
            try:
                figures.append(self.figure(key._replace(period=month)))
            except Absent:
                continue
        values = {figure.value for figure in figures}
        if len(values) != 1:
            raise Absent("各月取值不一致", "the months hold different values")
        return figures[0]

    def _absent(self, key: Key, parameter: Parameter) -> Absent:
        place = " ".join(part for part in (key.facility, key.item, key.period) if part)
        if key[:4] in self.held and parameter.role == "factor":
            zh, en = (
                f"缺少{parameter.label['zh']}（{place}），其他期间已有数据，不得改用缺省值",
                "the default may not fill a gap",
            )
            return Absent(zh, f"{parameter.label['en']} is missing ({place}); other periods have it, {en}")
        return Absent(f"缺少{parameter.label['zh']}（{place}）", f"{parameter.label['en']} is missing ({place})")
