"""What a rule pack holds once it is loaded. Everything is frozen; values keep their printed digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from verifierkit.rulepack.formula import Formula

Label = Mapping[str, str]  # {"zh": ..., "en": ...}


@dataclass(frozen=True)
class Citation:
    """Where a value or rule was read: source id of the pack, its title, clause, and A, B or C."""

    source: str
    title: str
    clause: str
    confidence: str

    @property
    def confirmed(self) -> bool:
        """Whether the value was read in the rule's text or in two independent sources."""
        return self.confidence == "A"


@dataclass(frozen=True)
class PackValue:
    """One dated value: number, printed text, unit, data years, selectors ("" matches all) and citation."""

    parameter: str
    value: Decimal
    text: str
    unit: str
    from_year: int
    to_year: int
    citation: Citation
    item: str = ""
    facility_class: str = ""
    facility_kind: str = ""
    region: str = ""
    note: Label | None = None
    line: int = 0

    @property
    def confidence(self) -> str:
        """A, B or C."""
        return self.citation.confidence

    @property
    def selectors(self) -> tuple[str, str, str, str]:
        """Item, facility class, facility kind and region."""
        return self.item, self.facility_class, self.facility_kind, self.region

    def matches(self, year: int, wanted: tuple[str, str, str, str]) -> bool:
        """Whether the value holds in a year for the wanted selectors."""
        pairs = zip(self.selectors, wanted, strict=True)
        return self.from_year <= year <= self.to_year and all(own in ("", other) for own, other in pairs)


@dataclass(frozen=True)
class KnownValue:
    """A value that circulates beside the one of the pack: an alternative, another edition's value, or a mistake."""

    value: PackValue
    status: str


@dataclass(frozen=True)
class Constant:
    """A ratio of physics or a definition: numerator over denominator, with its citation."""

    id: str
    value: Decimal
    text: str
    unit: str
    label: Label
    citation: Citation


@dataclass(frozen=True)
class Parameter:
    """One parameter: label, unit, role, where it stands, how it is obtained, aggregated and rounded.

    ``levels`` gives for each track the facility kinds that carry it. ``year`` is the rule for the figure of the
    year: sum, weighted_mean (by the parameter ``weight``), formula or constant. ``digits`` is None where the value
    is not rounded; ``rounded_at`` is month (every figure) or year (the figure of the year only). ``asked`` says when
    the pack asks for it: always, per_item (for each item in use) or if_present; ``absent`` is the value that stands
    for a figure that does not occur. ``planned`` and ``deposited`` say whether the plan and the monthly deposits
    hold it.
    """

    id: str
    label: Label
    unit: str
    item_units: Mapping[str, str]
    role: str
    levels: Mapping[str, tuple[str, ...]]
    by_item: bool
    items: tuple[str, ...]
    monthly: bool
    obtained: tuple[str, ...]
    year: str
    weight: str
    digits: int | None
    mode: str
    rounded_at: str
    asked: str
    planned: bool
    deposited: bool
    absent: Decimal | None
    citation: Citation
    line: int = 0

    @property
    def tracks(self) -> tuple[str, ...]:
        """Tracks on which the parameter stands."""
        return tuple(self.levels)

    def at(self, track: str) -> tuple[str, ...]:
        """Facility kinds that carry the parameter on a track."""
        return self.levels.get(track, ())

    def unit_of(self, item: str = "") -> str:
        """Unit of the figure of an item."""
        return self.item_units.get(item, self.unit)


@dataclass(frozen=True)
class Method:
    """How one output is computed."""

    output: str
    formula: Formula
    words: Label
    citation: Citation
    line: int = 0


@dataclass(frozen=True)
class Tier:
    """One quality level of a parameter, as a scheme grades methods.

    ``uncertainty_percent`` is the largest uncertainty allowed over the year [%, at 95 % confidence], None where the
    tier is a way of determination that ``note`` describes. ``minimum`` marks the least tier of small installations.
    """

    parameter: str
    tier: str
    uncertainty_percent: Decimal | None
    minimum: bool
    note: Label | None
    citation: Citation


@dataclass(frozen=True)
class Limit:
    """A named tolerance of a check."""

    value: Decimal
    unit: str
    experience: bool
    citation: Citation
    note: Label | None = None


@dataclass(frozen=True)
class Band:
    """A plausibility band of a check: low and high (None is open) of a named quantity.

    ``use`` is flag (outside it the check fails) or reference (printed beside it).
    """

    quantity: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    use: str
    experience: bool
    citation: Citation
    label: Label
    facility_kind: str = ""


@dataclass(frozen=True)
class Applicability:
    """Whether a check applies in a year; if not, why, and the text that says so."""

    applies: bool
    reason: Label | None = None
    citation: Citation | None = None


@dataclass(frozen=True)
class CheckRule:
    """One check: statement, kind of its finding, test, share of the error budget, tolerances and bands."""

    id: str
    statement: Label
    kind: str
    test: str
    alpha: Decimal | None
    experience: bool
    sectors: tuple[str, ...]
    limits: Mapping[str, Limit]
    bands: tuple[Band, ...]
    citation: Citation
    line: int = 0

    def band(self, quantity: str = "") -> Band | None:
        """The band that flags, of the named quantity or the first."""
        found = [band for band in self.bands if band.use == "flag" and quantity in ("", band.quantity)]
        return found[0] if found else None

    def limit(self, name: str) -> Decimal:
        """Value of a named tolerance."""
        return self.limits[name].value


@dataclass(frozen=True)
class Exemption:
    """Checks that do not apply in some data years, with the reason."""

    checks: tuple[str, ...]
    from_year: int
    to_year: int
    reason: Label
    citation: Citation


@dataclass(frozen=True)
class Deadline:
    """A fixed last day of a check for a run of months."""

    check: str
    from_month: str
    to_month: str
    day: date
    citation: Citation


@dataclass(frozen=True)
class Effect:
    """Whether a quantity counts in the tonnes of the edition, and the words for it if not."""

    counts: bool
    note: Label
    citation: Citation


@dataclass(frozen=True)
class Section:
    """One section of the report."""

    id: str
    number: str
    title: Label

    @property
    def level(self) -> int:
        """Depth of the heading, 1 to 3."""
        return self.id.count(".") + 1


@dataclass(frozen=True)
class Form:
    """Where findings of one kind go: form title and report section."""

    kind: str
    title: Label
    section: str


@dataclass(frozen=True)
class Instrument:
    """The instrument of which the pack is one edition."""

    title: Label
    number: str
    text_seen: str
    citation: Citation


@dataclass(frozen=True)
class Step:
    """One entry of a verification procedure: a step, time limit, rule on the team, form or step of a sampling ladder.

    ``value`` is its number, if it has one; ``check`` names the registered check that holds cases to it.
    """

    id: str
    kind: str
    number: str
    title: Label
    value: Decimal | None
    unit: str
    check: str
    note: Label | None
    citation: Citation


@dataclass(frozen=True)
class WorkedExample:
    """Whether a public source prints an example that the pack is held against; ``test`` names the test if so."""

    published: bool
    test: str
    note: Label
