"""Which findings of a case appear or disappear under another pack: the same evidence, the checks of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from verifierkit.case import Case
from verifierkit.checks import Context, build_context
from verifierkit.errors import UsageError
from verifierkit.findings import Finding, merge
from verifierkit.rulediff.mixing import nearest_year, values_at
from verifierkit.rulediff.words import said
from verifierkit.rulepack import RulePack
from verifierkit.verification import run_checks

Key = tuple[str, ...]


@dataclass(frozen=True)
class FindingsDiff:
    """Findings of one case under two packs, by key; ``resting`` are the checks that each pack does not apply."""

    a: RulePack
    b: RulePack
    year: int
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    same: tuple[Finding, ...]
    resting: tuple[tuple[str, ...], tuple[str, ...]]


def compare_findings(case: Case, a: RulePack, b: RulePack) -> FindingsDiff:
    """Findings under the first pack and under the second, on the tracks that both have.

    A pack that does not cover the data year is dated for it: its checks run as a comparison, which is no rule.

    Raises
    ------
    UsageError
        If the packs are of another sector than the case, or share no track that the case reports.
    """
    for pack in (a, b):
        if pack.sector != case.meta["sector"]:
            raise UsageError(f"{pack.id} is for {pack.sector}, the case for {case.meta['sector']}")
    tracks = [track for track, name in case.meta["packs"].items() if name and track in a.tracks and track in b.tracks]
    if not tracks:
        raise UsageError(f"{a.id} and {b.id} share no track that the case reports")
    ours, theirs = (_findings(case, pack, tracks) for pack in (a, b))
    held = {tuple(finding.key) for finding in ours} & {tuple(finding.key) for finding in theirs}
    return FindingsDiff(
        a,
        b,
        case.year,
        tuple(finding for finding in ours if tuple(finding.key) not in held),
        tuple(finding for finding in theirs if tuple(finding.key) not in held),
        tuple(finding for finding in ours if tuple(finding.key) in held),
        (_resting(a, case.year), _resting(b, case.year)),
    )


def dated(pack: RulePack, year: int) -> RulePack:
    """The pack as its nearest year states it, dated for a year that it does not cover; itself where it does."""
    at = nearest_year(pack, year)
    if at == year:
        return pack
    values = {name: tuple(values_at(pack, name, year)) for name in pack.values}
    spans = [
        replace(one, from_year=year, to_year=year) for one in pack.exemptions if one.from_year <= at <= one.to_year
    ]
    return replace(pack, years=(year, year), values=values, exemptions=tuple(spans), deadlines=(), _found={})


def _findings(case: Case, pack: RulePack, tracks: Iterable[str]) -> list[Finding]:
    context: Context = build_context(case, dict.fromkeys(tracks, dated(pack, case.year)))
    return merge(context, run_checks(context))


def _resting(pack: RulePack, year: int) -> tuple[str, ...]:
    held = dated(pack, year)
    return tuple(rule for rule in held.checks if not held.applies(rule, year).applies)


def findings_text(found: FindingsDiff, *, case: str, lang: str = "en") -> str:
    """Counts by rule of what appears and disappears, with facility, stream and period of each."""
    shared = len(found.same)
    counts = {"count_a": str(shared + len(found.gone)), "count_b": str(shared + len(found.new))}
    names = {"case": case, "a": found.a.id, "b": found.b.id}
    lines = [said("findings", lang, **names, **counts), f"  {said('same', lang, count=str(shared))}"]
    for name, group in (("gone findings", found.gone), ("new findings", found.new)):
        lines += [f"  {said(name, lang, b=found.b.id, count=str(len(group)))}", *_listed(group, lang, found)]
    for pack, resting in zip((found.a, found.b), found.resting, strict=True):
        if resting:
            lines.append(f"  {said('rest', lang, pack=pack.id, names=', '.join(resting))}")
    return "\n".join([*lines, *(said("note", lang, text=note) for note in findings_notes(found, lang))]) + "\n"


def findings_notes(found: FindingsDiff, lang: str) -> list[str]:
    """What a reader has to know about the comparison of findings."""
    notes = [
        said("findings.year", lang, pack=pack.id, year=str(found.year))
        for pack in (found.a, found.b)
        if nearest_year(pack, found.year) != found.year
    ]
    asked = [finding for finding in found.new if finding.key.rule == "completeness.parameter"]
    return [*notes, said("findings.asked", lang)] if asked else notes


def _listed(group: Iterable[Finding], lang: str, found: FindingsDiff) -> Iterator[str]:
    held = list(group)
    for rule, count in sorted(Counter(finding.key.rule for finding in held).items()):
        statement = next(pack.checks[rule].statement[lang] for pack in (found.b, found.a) if rule in pack.checks)
        yield f"    {rule} ({count}): {statement}"
        for finding in held:
            if finding.key.rule == rule:
                yield f"      {subject(finding)}"


def subject(finding: Finding) -> str:
    """What a finding is about, in one line."""
    return " | ".join(filter(None, (finding.key.facility, finding.key.stream, finding.key.source, finding.key.period)))
