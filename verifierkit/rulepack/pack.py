"""A loaded rule pack and its look-ups by year and selector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from verifierkit.errors import UsageError
from verifierkit.rulepack.allowance import AllowanceRule
from verifierkit.rulepack.model import (
    Applicability,
    CheckRule,
    Constant,
    Deadline,
    Effect,
    Exemption,
    Form,
    Instrument,
    KnownValue,
    Label,
    Method,
    PackValue,
    Parameter,
    Section,
    Step,
    Tier,
    WorkedExample,
)
from verifierkit.rulepack.nearest import years_apart

SECTOR_WORDS = {
    "cement": {"zh": "水泥", "en": "cement"},
    "aluminium": {"zh": "电解铝", "en": "aluminium"},
    "electricity": {"zh": "电量结算", "en": "electricity settlement"},
}


@dataclass(frozen=True, eq=False)
class RulePack:
    """One edition of one instrument: parameters, dated values, methods, checks, report, and what it does not hold.

    ``sha256`` is the digest of the file and of the files that it includes (line ends as LF). ``methods`` are keyed by
    output, in an order in which every input comes before its output. ``totals`` names the total of each track.
    ``extends`` is the base pack of an overlay. ``scheme`` is the scheme whose rules these are: cn, or eu-ets.
    ``tiers`` gives the quality levels by parameter, where the scheme has them. ``allowance`` is the section of a pack
    of kind allowance. ``unusable`` says why an edition whose text was not found cannot be used; such a pack is empty.
    ``carries`` names the edition whose parameters and methods stand on here. ``procedure`` lists the steps of a pack
    of kind procedure.
    """

    id: str
    kind: str
    title: Label
    status: Label
    instrument: Instrument | None
    sector: str
    tracks: tuple[str, ...]
    years: tuple[int, int] | None
    sha256: str
    constants: Mapping[str, Constant]
    parameters: Mapping[str, Parameter]
    values: Mapping[str, tuple[PackValue, ...]]
    known_values: tuple[KnownValue, ...]
    methods: Mapping[str, Method]
    totals: Mapping[str, str]
    checks: Mapping[str, CheckRule]
    error_budget: Decimal | None
    exemptions: tuple[Exemption, ...]
    deadlines: tuple[Deadline, ...]
    effects: Mapping[str, Effect]
    plan_name: Label | None
    report: tuple[Section, ...]
    forms: Mapping[str, Form]
    conflicts: tuple[Label, ...]
    gaps: tuple[Label, ...]
    extends: str = ""
    scheme: str = "cn"
    tiers: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)
    allowance: AllowanceRule | None = None
    unusable: Label | None = None
    carries: str = ""
    worked_example: WorkedExample | None = None
    procedure: tuple[Step, ...] = ()
    _found: dict[tuple[object, ...], PackValue | None] = field(default_factory=dict, repr=False)

    def covers(self, year: int) -> bool:
        """Whether the pack holds for a data year."""
        return self.years is not None and self.years[0] <= year <= self.years[1]

    def require_year(self, year: int) -> None:
        """Refuse a data year that the pack does not cover.

        Raises
        ------
        UsageError
            Naming the years of the pack and the nearest of them.
        """
        if self.years is None or self.covers(year):
            return
        nearest = min(self.years, key=lambda known: abs(known - year))
        raise UsageError(
            f"pack {self.id} covers data years {self.years[0]} to {self.years[1]}, not {year}; the nearest is {nearest}"
        )

    def value(
        self,
        parameter_id: str,
        *,
        year: int,
        item: str = "",
        facility_class: str = "",
        facility_kind: str = "",
        region: str = "",
    ) -> PackValue:
        """The value that holds in a year: the one whose selectors match and are most specific.

        Raises
        ------
        UsageError
            If the parameter is unknown, the year is not covered, nothing matches or two values match equally well.
        """
        self.require_year(year)
        if parameter_id not in self.parameters:
            raise UsageError(f"pack {self.id} has no parameter {parameter_id}")
        wanted = (item, facility_class, facility_kind, region)
        found = self._best(parameter_id, year, wanted)
        if found is None:
            raise UsageError(self._nothing(parameter_id, year, wanted))
        return found

    def find_value(
        self,
        parameter_id: str,
        *,
        year: int,
        item: str = "",
        facility_class: str = "",
        facility_kind: str = "",
        region: str = "",
    ) -> PackValue | None:
        """As :meth:`value`, but None where the pack holds no value."""
        return self._best(parameter_id, year, (item, facility_class, facility_kind, region))

    def known(
        self, parameter_id: str, *, year: int, item: str = "", facility_class: str = ""
    ) -> tuple[KnownValue, ...]:
        """Values of a parameter that circulate beside the one of the pack."""
        wanted = (item, facility_class, "", "")
        return tuple(
            known
            for known in self.known_values
            if known.value.parameter == parameter_id and known.value.matches(year, wanted)
        )

    def applies(self, check_id: str, year: int) -> Applicability:
        """Whether a check applies in a data year of this pack, and why not."""
        rule = self.checks[check_id]
        if self.sector and rule.sectors and self.sector not in rule.sectors:
            words = SECTOR_WORDS[self.sector]
            reason = {"zh": f"本项检查不适用于{words['zh']}", "en": f"the check does not concern {words['en']}"}
            return Applicability(False, reason, rule.citation)
        for exemption in self.exemptions:
            if check_id in exemption.checks and exemption.from_year <= year <= exemption.to_year:
                return Applicability(False, exemption.reason, exemption.citation)
        return Applicability(True)

    def deadline(self, check_id: str, month: str) -> date | None:
        """The fixed last day of a check for a month, None where only the general rule holds."""
        days = [d.day for d in self.deadlines if d.check == check_id and d.from_month <= month <= d.to_month]
        return max(days, default=None)

    def _best(self, parameter_id: str, year: int, wanted: tuple[str, str, str, str]) -> PackValue | None:
        key = (parameter_id, year, wanted)
        if key not in self._found:
            matching = [value for value in self.values.get(parameter_id, ()) if value.matches(year, wanted)]
            self._found[key] = self._most_specific(matching)
        return self._found[key]

    def _most_specific(self, matching: Iterable[PackValue]) -> PackValue | None:
        ranked = sorted(matching, key=lambda value: sum(map(bool, value.selectors)), reverse=True)
        if len(ranked) > 1 and sum(map(bool, ranked[0].selectors)) == sum(map(bool, ranked[1].selectors)):
            texts = " and ".join(f"{value.text} (line {value.line})" for value in ranked[:2])
            raise UsageError(f"pack {self.id}: {ranked[0].parameter} is ambiguous, {texts} match equally well")
        return ranked[0] if ranked else None

    def _nothing(self, parameter_id: str, year: int, wanted: tuple[str, str, str, str]) -> str:
        rows = self.values.get(parameter_id, ())
        names = ("item", "facility class", "facility kind", "region")
        asked = ", ".join(f"{name} {text}" for name, text in zip(names, wanted, strict=True) if text)
        held = sorted(
            {value.item or value.facility_class or value.facility_kind or value.region for value in rows} - {""}
        )
        tail = f"; values are loaded for {', '.join(held)}" if held else "; no value is loaded for it"
        alike = [value for value in rows if value.matches(value.from_year, wanted)]
        if alike:
            near = min(alike, key=lambda value: (years_apart((value.from_year, value.to_year), year), -value.from_year))
            known = near.to_year if near.to_year < year else near.from_year
            tail = f"; the nearest is {known}: {near.text} {near.unit}"
        return f"pack {self.id} has no value of {parameter_id} for {year}{', ' + asked if asked else ''}{tail}"
