"""Numbers that the joint fit takes from the pack's rule ``reconcile.joint``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from verifierkit.constants import RECTANGULAR_DIVISOR
from verifierkit.errors import UsageError
from verifierkit.rulepack import CheckRule


@dataclass(frozen=True)
class Settings:
    """Limits of the rule by name, and its share of the error budget.

    A limit ``a`` is read as an even spread between plus and minus ``a``: its standard uncertainty is a / sqrt(3).
    """

    limits: Mapping[str, float]
    level: float

    @classmethod
    def of(cls, rule: CheckRule) -> Settings:
        """Settings as a rule of a pack states them."""
        return cls({name: float(limit.value) for name, limit in rule.limits.items()}, float(rule.alpha or 0))

    def number(self, name: str) -> float:
        """A number as it stands.

        Raises
        ------
        UsageError
            If the pack does not give it.
        """
        if name not in self.limits:
            raise UsageError(f"rule reconcile.joint has no limit {name!r}; add it to the pack with its citation")
        return self.limits[name]

    def spread(self, name: str) -> float:
        """Standard uncertainty of a limit."""
        return from_limit(self.number(name))

    def in_full(self) -> Settings:
        """The same with the class limits of instruments in full: what they are allowed, not what they likely use."""
        return replace(self, limits={**self.limits, "honest_share": 1.0})

    def period(self, kind: str) -> float:
        """Standard uncertainty of the part that is new each month, by kind of instrument [fraction]."""
        name = f"period_{kind}"
        return self.spread(name if name in self.limits else "period")


def from_limit(limit: float) -> float:
    """Standard uncertainty of an even spread between plus and minus ``limit``."""
    return limit / sqrt(RECTANGULAR_DIVISOR)
