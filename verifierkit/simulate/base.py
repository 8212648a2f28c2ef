"""The plant under simulation: state, stages, filed figures, and the errors planted into it.

A plant is built in stages (:data:`STAGES`). After each stage the errors that belong to it act on the state; all
later stages read the changed state, so that the consequences follow by themselves:

1. ``truth``    what happened, as floats in ``plant.truth``
2. ``records``  what instruments, laboratories and suppliers wrote down
3. ``ledgers``  months derived from the records
4. ``forms``    statistics forms derived from the ledgers; errors of habit that shape the report act here
5. ``report``   figures of the months and the year on both tracks
6. ``filing``   deposits, plan, activities, registers
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from inspect import signature
from typing import Any

import numpy as np

from verifierkit.errors import UsageError
from verifierkit.periods import join_months, months_of, split_period
from verifierkit.simulate.claims import Claims, Collision, around
from verifierkit.simulate.noise import random_stream

STAGES = ("truth", "records", "ledgers", "forms", "report", "filing")
PRECISION = 50

Cells = dict[str, Any]
Factors = Mapping[str, Mapping[str, Mapping[str, Decimal]]]
FigureKey = tuple[str, str, str, str, str]
Change = Callable[[Decimal], Decimal]


def round_half_up(value: Decimal, digits: int) -> Decimal:
    """Round to ``digits`` decimals, halves away from zero, keeping the trailing zeros."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=Context(prec=PRECISION))


def exact(value: float, digits: int) -> Decimal:
    """A float as the decimal that a person would write down with ``digits`` decimals."""
    return round_half_up(Decimal(repr(float(value))), digits)


def weighted_mean(values: Sequence[Decimal], weights: Sequence[Decimal], digits: int) -> Decimal:
    """Mean of ``values`` weighted by ``weights``, rounded half up; 0 where nothing was weighed."""
    with localcontext(Context(prec=PRECISION)):
        total = sum(weights, Decimal(0))
        if total == 0:
            return round_half_up(Decimal(0), digits)
        return round_half_up(sum((v * w for v, w in zip(values, weights, strict=True)), Decimal(0)) / total, digits)


def swap_digits(value: Decimal, *, place: int) -> Decimal:
    """Swap two unequal neighbouring digits of a number: the pair nearest to the digit of 10**place.

    ``place`` 2 swaps the hundreds with the tens: 153482.10 becomes 153842.10 at place 2 (4 and 8).
    """
    text = format(value, "f")
    point = text.index(".") if "." in text else len(text)
    wanted = point - 1 - place
    digits = [i for i in range(len(text) - 1) if text[i].isdigit() and text[i + 1].isdigit()]
    pairs = [i for i in digits if text[i] != text[i + 1]]
    if not pairs:
        raise UsageError(f"{value} has no two different neighbouring digits to swap")
    i = min(pairs, key=lambda position: (abs(position - wanted), position))
    return Decimal(text[:i] + text[i + 1] + text[i] + text[i + 2 :])


@dataclass(frozen=True)
class PlantedError:
    """One mistake that can be planted.

    Attributes
    ----------
    id : str
        Name of the mistake.
    stage : str
        One of :data:`STAGES`; the mistake acts right after it.
    years : tuple of int
        Data years to which it applies.
    zh, en : str
        What the mistake is.
    plant : callable
        ``plant(state, **parameters)``; changes the state and calls ``state.expect`` with what was planted.
    """

    id: str
    stage: str
    years: tuple[int, ...]
    zh: str
    en: str
    plant: Callable[..., None]


@dataclass(frozen=True)
class EvidenceSheet:
    """A table that the plant hands over in a layout of its own, with the import profile that reads it.

    ``cells`` are the rows of the sheet from row 1; ``profile`` is the content of the profile file.
    """

    file: str
    sheet: str
    table: str
    cells: list[list[Any]]
    profile_file: str
    profile: Cells


@dataclass(frozen=True)
class Simulated:
    """One simulated case: ``case.yaml``, tables, separate evidence, truth, and the findings to be expected.

    ``tables`` holds every table, also those of ``evidence_tables``; the writer of a case leaves the tables in
    ``evidence_tables`` out of the workbook and writes their sheets and profiles instead. ``planted`` is the truth about
    each planted error: ``id``, ``stage``, ``zh``, ``en``, ``source`` (or node), ``months`` (a period), ``size`` with its
    ``unit`` (empty where the error has none), and ``claimed``: ``no`` where it is too small for a finding.
    """

    meta: Cells
    tables: dict[str, list[Cells]]
    truth: dict[str, Any]
    expected: list[dict[str, str]]
    evidence_tables: dict[str, EvidenceSheet]
    planted: list[dict[str, str]]


@dataclass
class Plant:
    """State of a plant while its stages are built.

    Attributes
    ----------
    factors : mapping
        Values of the rule packs as ``factors[track][parameter][item]`` (item ``""`` where there is none).
    truth : dict
        What really happened (floats and arrays by name).
    tables : dict
        Table name to rows; cells are Decimal, str, date, datetime, bool, int or None.
    changes : dict
        Figure key (track, facility, parameter, item, month or ``""``) to the change made when the figure is filed;
        every figure computed later uses the changed one.
    claims : Claims
        What the planted errors touch, so that no two get in each other's way.
    resting : set of (facility, month)
        Months in which a facility made nothing at all; no error is planted there.
    noted : dict
        What the error at work says about itself (:meth:`note`).
    habits : dict
        Switches by which the enterprise works, set by planted errors and read by later stages.
    """

    sector: str
    seed: int
    year: int
    factors: Factors
    truth: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[Cells]] = field(default_factory=dict)
    meta: Cells = field(default_factory=dict)
    changes: dict[FigureKey, Change] = field(default_factory=dict)
    habits: dict[Any, Any] = field(default_factory=dict)
    filed: dict[FigureKey, Decimal] = field(default_factory=dict)
    expected: list[dict[str, str]] = field(default_factory=list)
    planted: list[dict[str, str]] = field(default_factory=list)
    claims: Claims = field(default_factory=Claims)
    resting: set[tuple[str, str]] = field(default_factory=set)
    noted: dict[str, str] = field(default_factory=dict)

    @property
    def months(self) -> list[str]:
        """The months of the data year."""
        return months_of(self.year)

    def rng(self, name: str) -> np.random.Generator:
        """The random stream of that name."""
        return random_stream(self.seed, f"{self.sector} {self.year} {name}")

    def factor(self, track: str, parameter: str, item: str = "") -> Decimal:
        """A value of the rule pack as the caller gave it."""
        try:
            return self.factors[track][parameter][item]
        except KeyError:
            raise UsageError(f"factors[{track!r}][{parameter!r}][{item!r}] is needed to simulate this plant") from None

    def add(self, table: str, /, **cells: Any) -> Cells:
        """Append one row to a table and return it."""
        self.tables.setdefault(table, []).append(cells)
        return cells

    def rows(self, table: str, /, **wanted: Any) -> list[Cells]:
        """Rows of a table whose cells equal the wanted values."""
        found = list(self.tables.get(table, []))
        for column, value in wanted.items():
            found = [row for row in found if row.get(column) == value]
        return found

    def file(
        self, track: str, facility: str, parameter: str, value: Decimal, *, unit: str, digits: int,
        item: str = "", month: str = "", route: str = "calculated",
    ) -> Decimal:  # fmt: skip
        """File one figure in ``reported``: rounded half up, changed where an error says so; return it as filed."""
        key = (track, facility, parameter, item, month)
        value = round_half_up(value, digits)
        if key in self.changes:
            value = self.changes[key](value)
        self.filed[key] = value
        self.add(
            "reported", track=track, facility_id=facility, parameter=parameter, item=item, data_year=self.year,
            month=month or None, value=value, unit=unit, route=route,
        )  # fmt: skip
        return value

    def note(self, *, source: str, months: Iterable[str], size: Decimal, unit: str, claimed: bool) -> None:
        """Truth about the error at work: which source (or node) it falsifies, when, by how much.

        ``claimed`` says whether its findings are to be expected; a size below what the rules see is planted all the
        same and claims nothing.
        """
        self.noted = {
            "source": source, "months": join_months(months), "size": f"{size:f}", "unit": unit,
            "claimed": "yes" if claimed else "no",
        }  # fmt: skip

    def expect(self, rule: str, *, facility: str, months: Iterable[str], stream: str, source: str) -> None:
        """Note the finding that a planted error must raise; all twelve months stand for the year."""
        self.expected.append(
            {"rule": rule, "facility": facility, "period": join_months(months), "stream": stream, "source": source}
        )

    def pick(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices, from the seed."""
        if not choices:
            raise Collision(f"no place left to plant {name}; plant fewer errors of that kind or name another month")
        return choices[int(self.rng(f"pick {name}").integers(len(choices)))]

    def free(self, subject: str, month: str) -> bool:
        """Whether an error may be planted on a subject (see :mod:`verifierkit.simulate.claims`) in a month."""
        disturbs = around(self.tables["streams"], self.tables["nodes"], subject)
        if self.rests(subject, month) or self.claims.mine(subject, month):
            return False
        return self.claims.owner(subject, month, disturbs) is None

    def rests(self, subject: str, month: str) -> bool:
        """Whether the facility of a subject (a stream, a source, or a name that ends in a facility) made nothing."""
        if not self.resting:
            return False
        source = next(iter(self.rows("sources", source_id=subject)), {"stream_id": subject})
        stream = next(iter(self.rows("streams", stream_id=source["stream_id"])), None)
        facility = stream["facility_id"] if stream else subject.replace(":", " ").split()[-1]
        return (facility, month) in self.resting

    def take(self, subject: str, months: Iterable[str]) -> None:
        """Claim a subject for the error at work; raises UsageError where another error is in the way."""
        self.claims.take(subject, months, around(self.tables["streams"], self.tables["nodes"], subject))

    def pick_month(
        self, name: str, subject: str, months: Sequence[str] | None = None, month: str = "", also: Sequence[str] = ()
    ) -> str:
        """A month in which nothing else was planted for the subjects, and take it; ``month`` is the one asked for."""
        return self.pick_run(f"{name} {subject}", (subject, *also), 1, months or self.months, month)[0]

    def pick_run(
        self, name: str, subjects: Sequence[str], count: int, months: Sequence[str], month: str = ""
    ) -> list[str]:
        """``count`` consecutive months (fewer at the year's end) free for all subjects, and take them.

        ``months`` are the first months to choose from, ``month`` the first month asked for. Months in which the
        facility rests are left out.
        """
        if month and month not in self.months:
            raise UsageError(f"month {month!r} is not a month of {self.year}, such as {self.months[0]}")

        def run_from(first: str) -> list[str]:
            run = self.months[self.months.index(first) :][:count]
            return [each for each in run if not any(self.rests(subject, each) for subject in subjects)]

        if month and month not in run_from(month):
            raise UsageError(f"nothing was made in {month} where {name!r} is to be planted; name another month")
        runs = {first: run_from(first) for first in months if not month}
        free = [first for first, run in runs.items() if first in run and self._all_free(subjects, run)]
        first = str(month or self.pick(name, free))
        run = run_from(first)
        for subject in subjects:
            self.take(subject, run)
        return run

    def _all_free(self, subjects: Sequence[str], months: Sequence[str]) -> bool:
        return all(self.free(subject, month) for subject in subjects for month in months)


Stage = Callable[[Plant], None]


def empty_plant(sector: str, *, seed: int, year: int, factors: Factors, tables: Iterable[str]) -> Plant:
    """A plant before its first stage: the factors copied, every table there and empty."""
    own = {t: {p: dict(v) for p, v in by.items()} for t, by in factors.items()}
    return Plant(sector, seed, year, own, tables={table: [] for table in tables})


def parse_error(text: str) -> tuple[str, dict[str, str]]:
    """Split ``name:facility=k1,month=2025-03`` into the id and its parameters."""
    name, _, tail = text.partition(":")
    pairs = [part.partition("=") for part in tail.split(",") if part]
    return name, {key.strip(): value.strip() for key, _, value in pairs}


def build(
    plant: Plant, stages: Mapping[str, Stage], errors: Sequence[str], registry: Mapping[str, PlantedError]
) -> None:
    """Build all stages in order and plant each error after its stage.

    Raises
    ------
    UsageError
        If an error id is unknown, does not apply to the data year, or gets a parameter that it does not take.
    """
    wanted = [(known_error(plant, name, registry), parameters) for name, parameters in map(parse_error, errors)]
    for error, parameters in wanted:
        check_parameters(error, parameters)
    for stage in STAGES:
        if stage in stages:
            stages[stage](plant)
        for number, (error, parameters) in enumerate(wanted):
            if error.stage == stage:
                plant.claims.begin(number, error.id)
                _plant_one(plant, error, parameters)
    plant.expected = merge_expected(plant.expected)


def _plant_one(plant: Plant, error: PlantedError, parameters: Mapping[str, str]) -> None:
    """Plant one error and record the truth about it: as the error notes it, else as its findings say."""
    plant.noted, before = {}, len(plant.expected)
    try:
        error.plant(plant, **parameters)
    except Collision as collision:
        raise Collision(str(collision), error.id) from None
    claimed = plant.expected[before:]
    derived = {
        "source": ";".join(dict.fromkeys(row["source"] or row["stream"] for row in claimed)),
        "months": join_months(month for row in claimed for month in split_period(row["period"])),
        "size": "", "unit": "", "claimed": "yes" if claimed else "no",
    }  # fmt: skip
    entry = {"id": error.id, "stage": error.stage, "zh": error.zh, "en": error.en}
    plant.planted.append(entry | (plant.noted or derived))


def number(text: str, name: str) -> Decimal:
    """A number given to an error: ``0.05``, ``-3`` or a ratio such as ``4/3``.

    Raises
    ------
    UsageError
        If the text is no number, or not finite.
    """
    over, _, under = text.partition("/")
    try:
        value = Decimal(over) / Decimal(under or "1")
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UsageError(f"{name}={text} of a planted error is not a number; write 0.05, -3 or 4/3")
    return value


def known_error(plant: Plant, name: str, registry: Mapping[str, PlantedError]) -> PlantedError:
    """The registered error of that id, if it applies to the data year of the plant."""
    if name not in registry:
        raise UsageError(f"planted error {name!r} is not known; known: {', '.join(sorted(registry))}")
    if plant.year not in registry[name].years:
        years = ", ".join(map(str, registry[name].years))
        raise UsageError(f"planted error {name!r} applies to data years {years}, not to {plant.year}")
    return registry[name]


def check_parameters(error: PlantedError, parameters: Iterable[str]) -> None:
    """Refuse a parameter that the error does not take."""
    taken = list(signature(error.plant).parameters)[1:]
    for name in parameters:
        if name not in taken:
            known = f"its parameters: {', '.join(taken)}" if taken else "it takes none"
            raise UsageError(f"planted error {error.id!r} takes no parameter {name!r}; {known}")


def merge_expected(expected: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Join findings that differ in their months only; sort by key."""
    months: dict[tuple[str, str, str, str], list[str]] = {}
    for key in expected:
        same = (key["rule"], key["facility"], key["stream"], key["source"])
        months.setdefault(same, []).extend(split_period(key["period"]))
    rows = [
        {"rule": rule, "facility": facility, "period": join_months(found), "stream": stream, "source": source}
        for (rule, facility, stream, source), found in months.items()
    ]
    return sorted(rows, key=lambda row: tuple(row.values()))
