"""Limits of the tests on interval readings: numbers of the rule ``meter.registers`` of the packs, none of them here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from verifierkit import rulepack
from verifierkit.rulepack import CheckRule

RULE, PACK = "meter.registers", "electricity-only"


@dataclass(frozen=True)
class QualityLimits:
    """Limits of the tests, each with its citation and mark in the pack.

    Attributes
    ----------
    frozen_hours
        Length from which equal readings in a row count as frozen [h].
    interpolated_readings
        Readings in a row on one straight line that count as interpolated.
    spike_ratio
        A day's largest reading stands out where it exceeds the third largest by more than this share of it.
    backfill_share
        A reading after a run of zeros is a backfill where it holds at least this share of what the run would have had
        at the median reading.
    backfill_readings
        Zeros in a row from which the reading after them is looked at.
    copied_hours
        Length from which a span that repeats the readings of one or seven days before counts as backfilled [h].
    fewest_days
        Days on which an hour of the day must have been read before its range bounds a gap.
    scale_share
        Largest relative difference of two documents at which a declared scale stands.
    """

    frozen_hours: float
    interpolated_readings: int
    spike_ratio: float
    backfill_share: float
    backfill_readings: int
    copied_hours: float
    fewest_days: int
    scale_share: Decimal

    @classmethod
    def of(cls, rule: CheckRule) -> QualityLimits:
        """The limits that a rule states.

        Raises
        ------
        KeyError
            If the rule lacks one of them.
        """
        return cls(
            frozen_hours=float(rule.limit("interval_frozen_hours")),
            interpolated_readings=int(rule.limit("interval_interpolated_readings")),
            spike_ratio=float(rule.limit("interval_spike_ratio")),
            backfill_share=float(rule.limit("interval_backfill_share")),
            backfill_readings=int(rule.limit("interval_backfill_readings")),
            copied_hours=float(rule.limit("interval_copied_hours")),
            fewest_days=int(rule.limit("interval_fewest_days")),
            scale_share=rule.limit("interval_scale_share"),
        )


@cache
def stated() -> QualityLimits:
    """The limits of the pack of settlement cases, for readings that belong to no case."""
    return QualityLimits.of(rulepack.load(PACK).checks[RULE])
