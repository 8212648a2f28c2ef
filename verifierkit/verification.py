"""One case verified: context, results, findings, effects. Everything shown later is read from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from verifierkit import decisions
from verifierkit.case import Case
from verifierkit.checks import REGISTRY, build_context
from verifierkit.checks.base import NOT_APPLICABLE, Context, Result
from verifierkit.checks.lost import unevaluated, withdrawn
from verifierkit.decisions import MERGED, Decision, finding_text
from verifierkit.effects import Valuation
from verifierkit.emissions import Calculation, Key
from verifierkit.findings import Finding, FindingKey, cell_values, digest, merge
from verifierkit.periods import split_period

ZERO = Decimal(0)
PERIOD = FindingKey._fields.index("period")


@dataclass
class Verification:
    """Results of all checks on a case and the findings that they form, in a fixed order."""

    context: Context
    results: list[Result]
    findings: list[Finding]
    decided: dict[str, Decision]

    @cached_property
    def valuation(self) -> Valuation:
        """Totals with any set of causes put right."""
        return Valuation(self.context, self.results)

    @cached_property
    def digests(self) -> list[str]:
        """Digest of each finding."""
        cells = cell_values(self.context)
        return [digest(self.context, finding, cells) for finding in self.findings]

    def decision(self, index: int) -> Decision | None:
        """Decision in force on a finding; None where there is none."""
        return self.decided.get(finding_text(self.findings[index].key))

    def stale(self, index: int) -> bool:
        """Whether the decision on a finding rests on values that have changed since."""
        decision = self.decision(index)
        return decision is not None and decision.digest != self.digests[index]

    @cached_property
    def places(self) -> dict[str, int]:
        """Index of each finding by its key as one text."""
        return {finding_text(finding.key): index for index, finding in enumerate(self.findings)}

    def merge_fault(self, index: int) -> str:
        """Why the merge of a finding cannot hold: its target is ``gone``, or it leads back (``circular``); else ""."""
        decision = self.decision(index)
        if decision is None or decision.disposition != MERGED or not decision.target or self.stale(index):
            return ""
        seen = {decision.finding}
        while decision is not None and decision.disposition == MERGED and decision.target:
            if decision.target in seen:
                return "circular"
            if decision.target not in self.places:
                return "gone"
            seen.add(decision.target)
            decision = self.decided.get(decision.target)
        return ""

    def merged_into(self, index: int) -> int | None:
        """Index of the finding that one was merged into; None where it was not, or where the merge cannot hold."""
        decision = self.decision(index)
        if decision is None or decision.disposition != MERGED or self.stale(index) or self.merge_fault(index):
            return None
        return self.places.get(decision.target)

    def stands(self, index: int) -> bool:
        """Whether a finding counts in the verified figures: it does unless it was rejected on the present values.

        A merged finding shares what was decided on the one that it was merged into.
        """
        target = self.merged_into(index)
        if target is not None:
            return self.stands(target)
        decision = self.decision(index)
        return decision is None or decision.disposition != "rejected" or self.stale(index)

    @property
    def orphans(self) -> list[Decision]:
        """Decisions in force on findings that the case no longer gives, by line.

        A part-year run says nothing of findings of the year or of later months.
        """
        return sorted(
            (held for name, held in self.decided.items() if name not in self.places and self._looked_at(name)),
            key=lambda held: held.line,
        )

    def _looked_at(self, finding: str) -> bool:
        if not self.context.part_year:
            return True
        period = dict(enumerate(finding.split(" | "))).get(PERIOD, "")
        try:
            months = split_period(period)
        except ValueError:
            return True
        return "-" in period and all(month <= self.context.months[-1] for month in months)

    @cached_property
    def deltas(self) -> dict[Key, Decimal]:
        """Sum of the deltas of all findings that stand."""
        sums: dict[Key, Decimal] = {}
        for index, finding in enumerate(self.findings):
            if self.stands(index):
                for key, amount in finding.deltas.items():
                    sums[key] = sums.get(key, ZERO) + amount
        return sums

    @cached_property
    def unpinned(self) -> set[Key]:
        """Figures put right by the findings that stand, with those that merged results had wrong as well."""
        standing = [finding for index, finding in enumerate(self.findings) if self.stands(index)]
        explained = {key for finding in standing for result in finding.explains for key in result.unpinned}
        return explained.union(*(finding.unpinned for finding in standing))

    @cached_property
    def verified(self) -> dict[str, Calculation]:
        """Calculation per pack id with all standing findings put right."""
        return self.valuation.calculations(self.deltas, self.unpinned)

    @cached_property
    def together(self) -> dict[str, Decimal]:
        """Change of each total [t] with all standing findings put right at once."""
        return self.valuation.effect(self.deltas, self.unpinned)

    @cached_property
    def effects(self) -> list[dict[str, Decimal]]:
        """Change of each total [t] with one finding put right alone, in the order of the findings."""
        return [self._effect(finding) for finding in self.findings]

    def _effect(self, finding: Finding) -> dict[str, Decimal]:
        if not finding.deltas and not finding.unpinned:
            return dict.fromkeys(self.valuation.base, ZERO)
        return self.valuation.effect(finding.deltas, finding.unpinned)

    @property
    def draft(self) -> bool:
        """Whether a finding is undecided or its decision stale."""
        return any(self.undecided(index) for index in range(len(self.findings)))

    def undecided(self, index: int) -> bool:
        """Whether a finding waits for a decision on its present values."""
        decision = self.decision(index)
        if decision is None or decision.disposition == "undecided" or self.stale(index):
            return True
        return bool(self.merge_fault(index))


def run_checks(context: Context) -> list[Result]:
    """Results of every registered check, each function run once, in a fixed order."""
    resting = {(rule, track): _rests(context, rule, track) for rule in REGISTRY for track in context.packs}
    active = [rule for rule in sorted(REGISTRY) if not all(resting[rule, track] for track in context.packs)]
    functions = dict.fromkeys(REGISTRY[rule] for rule in active)
    results = [
        result for function in functions for result in function(context) if not _dropped(resting, result, active)
    ]
    found = [*withdrawn(context, results), *unevaluated(context, active), *filter(None, resting.values())]
    return sorted(found, key=_order)


def _rests(context: Context, rule: str, track: str) -> Result | None:
    """The result that says why a rule does not apply on a track; None where it applies."""
    pack = context.packs[track]
    if rule not in pack.checks:
        return None
    state = pack.applies(rule, context.year)
    if state.applies or state.reason is None:
        return None
    reason = {f"reason_{language}": words for language, words in state.reason.items()}
    period, text = str(context.year), "not_applicable"
    return Result(rule, NOT_APPLICABLE, period=period, track=track, stream=rule, message=text, detail=reason)


def _dropped(resting: dict[tuple[str, str], Result | None], result: Result, active: list[str]) -> bool:
    if result.rule not in active:
        return True
    return bool(result.track and resting.get((result.rule, result.track)))


def _order(result: Result) -> tuple[str, ...]:
    return (result.rule, result.track, result.facility, result.stream, result.source, result.item, result.when)


def verify(case: Case) -> Verification:
    """Run all checks on a case and form the findings."""
    context = build_context(case)
    results: Iterable[Result] = run_checks(context)
    found = list(results)
    return Verification(context, found, merge(context, found), decisions.read(case.root))
