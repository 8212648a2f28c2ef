"""What a register of clarifications holds once it is read. Everything is frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from verifierkit.rulepack import Citation, Label


@dataclass(frozen=True)
class ReadingValue:
    """A value that a reading puts in place of the pack's; "" matches all items, kinds and classes."""

    parameter: str
    value: Decimal
    text: str
    unit: str
    items: tuple[str, ...] = ()
    facility_kind: str = ""
    facility_class: str = ""

    def holds(self, parameter: str, item: str, kind: str, facility_class: str) -> bool:
        """Whether the value stands for a parameter and item at a facility of a kind and class."""
        return (
            self.parameter == parameter
            and (not self.items or item in self.items)
            and self.facility_kind in ("", kind)
            and self.facility_class in ("", facility_class)
        )


@dataclass(frozen=True)
class Change:
    """What a reading changes in a pack: values, formulas by output, a figure computed from the case, or nothing.

    ``computed`` is the id of a figure of :mod:`verifierkit.checks.computed`, ``digits`` the decimal places to which it
    is held against what was reported (None: those of the parameter, else as many as were reported);
    ``not_computed`` says why no figure is given.
    """

    values: tuple[ReadingValue, ...] = ()
    formulas: Mapping[str, str] | None = None
    computed: str = ""
    digits: int | None = None
    not_computed: Label | None = None

    @property
    def as_pack(self) -> bool:
        """Whether the reading is that of the pack."""
        return not (self.values or self.formulas or self.computed or self.not_computed)


@dataclass(frozen=True)
class Reading:
    """One way of reading the text, with its source; ``overlays`` are the shipped overlays that follow it."""

    id: str
    label: Label
    citation: Citation
    change: Change
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The answer of an authority: the reading that holds from a date on, who said so, and where."""

    reading: str
    answered_by: str
    answered_on: date
    source: str
    valid_from: date

    @property
    def digest(self) -> str:
        """Digest of the answer, for decisions that rest on it."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def holds(self, year: int) -> bool:
        """Whether the answer holds for a data year: it does from the year of its first day on."""
        return self.valid_from.year <= year


@dataclass(frozen=True)
class Clarification:
    """One question with its readings; ``used`` is the reading that the packs follow while it is open."""

    id: str
    register: str
    question: Label
    packs: tuple[str, ...]
    years: tuple[int, int]
    facility_kinds: tuple[str, ...]
    facility_classes: tuple[str, ...]
    parameters: tuple[str, ...]
    items: tuple[str, ...]
    rules: tuple[str, ...]
    used: str
    readings: Mapping[str, Reading]
    asked_by: str = ""
    asked_on: date | None = None
    answer: Answer | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has answered it."""
        return self.answer is None


@dataclass(frozen=True)
class Using:
    """The reading that a case uses of a question, and who chose it: answer, case, overlay or pack."""

    question: Clarification
    reading: Reading
    chosen_by: str
