"""Power, false alarms and named causes of the joint fit: ``python3 run.py bench detection``, written to detection.md.

``--small`` takes few seeds and writes nothing; ``--middle`` takes about a fifth and says so in the table.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from _measure import ROOT, digest_lines, machine
from _oracle import Noise, learned, noise_of
from _plants import SECTORS, YEAR, plant, settings
from _prior import SIZES, WEIGHTS
from _trials import BINS, Scales, Trial, Year, year
from scipy.stats import binom, binomtest
from support import simulated, verified

TABLE = ROOT / "tests" / "benchmarks" / "detection.md"
MEASURED = {
    "joint": ("verifierkit/joint", "verifierkit/reconcile", "verifierkit/rulepacks/shared-checks.yaml"),
    "plants": (
        "verifierkit/simulate",
        "tests/benchmarks/_plants.py",
        "tests/benchmarks/_prior.py",
        "tests/benchmarks/_oracle.py",
        "tests/benchmarks/_trials.py",
    ),
}
TUNING = (
    5000,
    5516,
)  # seeds from which those were taken on which the numbers of the pack and of kinds.yaml were chosen
LEARNING = 7000  # seeds from which the oracle learns the noise
REPORTED = 9000  # seeds of the figures below
LEVEL = 0.05  # false alarms per plant-year
GOAL = 0.95  # of the limit
ENLARGED = (1.5, 3.0)  # true constant errors in class limits
STATISTICAL = ("settlement.meter", "balance.", "cross.sources", "reconcile.joint")
WORKERS = 2


@dataclass(frozen=True)
class Scope:
    """How many plants each part takes."""

    learned: int = 100
    clean: int = 2000
    trials: int = 200
    enlarged: int = 200
    rules: int = 200


MIDDLE = Scope(learned=48, clean=360, trials=72, enlarged=24, rules=24)
SMALL = Scope(learned=16, clean=20, trials=8, enlarged=4, rules=4)


@dataclass(frozen=True)
class Outcome:
    """All that was measured."""

    scope: Scope
    clean: Sequence[Year]
    tried: Sequence[Year]
    enlarged: dict[float, Sequence[Year]]
    ruled: Sequence[tuple[str, ...]]


def main() -> None:
    """Measure and write the table."""
    words = sys.argv[1:]
    scope = SMALL if "--small" in words else MIDDLE if "--middle" in words else Scope()
    text = table(measured(scope))
    if scope != SMALL:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def seeds(first: int, count: int) -> list[tuple[str, int]]:
    """Plants of both sectors by turns."""
    return [(SECTORS[seed % len(SECTORS)], seed) for seed in range(first, first + count)]


def measured(scope: Scope) -> Outcome:
    """All parts, on worker processes of one thread each: the matrices of a plant are small."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:

        def each(job: Callable[[tuple[str, int]], Any], first: int, count: int) -> list[Any]:
            return list(pool.map(job, seeds(first, count), chunksize=2))

        scales = learned_scales(each(noise, LEARNING, scope.learned))
        tried = each(partial(_year, scales=scales, bins=range(len(BINS))), REPORTED, scope.trials)
        more = each(partial(_year, scales=scales), REPORTED + scope.trials, scope.clean - scope.trials)
        wide = {s: each(partial(_year, scales=scales, share=s), REPORTED, scope.enlarged) for s in ENLARGED}
        ruled = each(rules, REPORTED, scope.rules)
    return Outcome(scope, [*tried, *more], tried, wide, ruled)


def noise(who: tuple[str, int]) -> tuple[str, Noise]:
    """Noise of a clean plant."""
    base = plant(*who, settings())
    return who[0], noise_of(base.flow, base.clean.joint.fit)


def learned_scales(found: Sequence[tuple[str, Noise]]) -> Scales:
    """What the oracle knows of the noise, by sector."""
    return {sector: learned([own for name, own in found if name == sector]) for sector in SECTORS}


def _year(who: tuple[str, int], *, scales: Scales, bins: Sequence[int] = (), share: float | None = None) -> Year:
    return year(*who, scales, bins, share)


def rules(who: tuple[str, int]) -> tuple[str, ...]:
    """Statistical rules that give a finding on a clean plant."""
    found = verified(simulated(who[0], YEAR, who[1])).findings
    return tuple(f.key.rule for f in found if f.key.rule.startswith(STATISTICAL))


# what the figures say


def trials_in(outcome: Outcome, low: float, high: float) -> list[Trial]:
    """Trials of a size bin."""
    return [trial for own in outcome.tried for trial in own.trials if low <= trial.multiple < high]


def critical(outcome: Outcome, name: str) -> float:
    """Value of a test that the stated share of clean plant-years exceeds."""
    return float(np.quantile([getattr(own.clean, name) for own in outcome.clean], 1 - LEVEL, method="higher"))


def flags(found: Sequence[Trial], name: str, limit: float) -> np.ndarray:
    """Which trials a test flags."""
    return np.array([getattr(trial.tests, name) > limit for trial in found], dtype=float)


def table(outcome: Outcome) -> str:
    """The whole table."""
    parts = [head(outcome), clean_part(outcome), power_part(outcome), kind_part(outcome), notes(outcome)]
    return "\n".join(line for part in parts for line in (*part, ""))


def head(outcome: Outcome) -> Iterator[str]:
    """What was measured, on what."""
    scope = outcome.scope
    yield "# Detection: false alarms, power and named causes of the joint fit"
    yield ""
    yield "Written by `python3 run.py bench detection`. Plants, noise and errors are those of the simulator."
    yield ""
    yield f"- {machine()}; sectors {' and '.join(SECTORS)} by turns, data year {YEAR}"
    yield f"- seeds: tuned on {TUNING[0]} to {TUNING[1] - 1}, the monthly scatter also on the noise of 7000 to 7049;"
    yield f"  oracle's noise {LEARNING} to {LEARNING + scope.learned - 1};"
    yield f"  reported {REPORTED} to {REPORTED + scope.clean - 1}, errors in the first {scope.trials} of them"
    if scope != Scope():
        yield f"- **reduced**: the oracle's noise from {scope.learned} plants, {scope.clean} clean, {scope.trials} with errors,"
        yield f"  {scope.enlarged} at each enlarged error, {scope.rules} with all rules; the whole is {Scope()}"
    yield from digest_lines(MEASURED)


def clean_part(outcome: Outcome) -> Iterator[str]:
    """False alarms."""
    yield "## Clean plant-years"
    yield ""
    yield "| plant-years | flagged by the joint test | allowed at 5 % (99 % point) | rate, 95 % interval |"
    yield "|---|---|---|---|"
    limit, finding = settings().number("attention_limit"), settings().number("evidence_limit")
    values = [own.clean.ours for own in outcome.clean]
    for name, part in ((f"first {min(200, len(values))}", values[:200]), (f"all {len(values)}", values)):
        yield _rate(name, [value > limit for value in part])
    yield _rate(f"above the limit of a finding, {len(values)}", [value > finding for value in values])
    for share, years in outcome.enlarged.items():
        yield _rate(f"true errors {share} x class, {len(years)}", [own.clean.ours > limit for own in years], bar=False)
        strong = [own.clean.ours > finding for own in years]
        yield _rate(f"the same above the limit of a finding, {len(years)}", strong, bar=False)
    yield _rate(f"any statistical rule, {len(outcome.ruled)}", [bool(found) for found in outcome.ruled])
    yield ""
    named = Counter(rule for found in outcome.ruled for rule in found)
    yield f"Rules of the last line: {', '.join(f'{rule} {count}' for rule, count in sorted(named.items())) or 'none'}."
    high = ", ".join(f"{share:.0%}: {np.quantile(values, share):.2f}" for share in (0.5, 0.95, 0.98, 0.99, 1.0))
    yield f"Log evidence of clean plant-years by quantile: {high}. Above {limit:g} the test flags a year: the working paper"
    yield f"names what is worth a question. Above {finding:g} it is a finding."


def _rate(name: str, flagged: Sequence[bool], *, bar: bool = True) -> str:
    count, of = sum(flagged), len(flagged)
    interval = binomtest(count, of).proportion_ci(method="exact")
    allowed = f"{int(binom.ppf(0.99, of, LEVEL))}" if bar else "reported only"
    return f"| {name} | {count} | {allowed} | {count / of:.2%}, {interval.low:.2%} to {interval.high:.2%} |"


def power_part(outcome: Outcome) -> Iterator[str]:
    """Power by size, beside the limit and other methods."""
    yield "## One error"
    yield ""
    yield "| detection limits | errors | ours | limit | ours - 0.95 limit, its standard error | holds | as a finding | ours at 5 % | rule of thumb | IMT | MIMT |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    bars = {name: critical(outcome, name) for name in ("limit", "ours", "thumb", "imt", "mimt")}
    for low, high in BINS:
        found = trials_in(outcome, low, high)
        if found:
            yield _power(f"{low:g} to {high:g}" if np.isfinite(high) else f"over {low:g}", found, bars)
    yield ""
    yield f"Rule of thumb: a balance leaves more than {bars['thumb']:.2%} of its largest amount; IMT above {bars['imt']:.2f},"
    yield f"MIMT above {bars['mimt']:.2f} standard deviations: each flags 5 % of the clean plant-years, as the limit does"
    yield f"(log evidence above {bars['limit']:.2f}) and as ours would at {bars['ours']:.2f} instead of its own limit."


def _power(name: str, found: Sequence[Trial], bars: dict[str, float]) -> str:
    ours, limit = flags(found, "ours", settings().number("attention_limit")), flags(found, "limit", bars["limit"])
    strong = flags(found, "ours", settings().number("evidence_limit")).mean()
    gap = ours - GOAL * limit
    error = float(gap.std(ddof=1)) / len(found) ** 0.5
    others = " | ".join(f"{flags(found, key, bars[key]).mean():.3f}" for key in ("ours", "thumb", "imt", "mimt"))
    holds = "yes" if gap.mean() + 2 * error >= 0 else "**no**"
    return (
        f"| {name} | {len(found)} | {ours.mean():.3f} | {limit.mean():.3f} | {gap.mean():+.3f}, {error:.3f} | {holds} | "
        f"{strong:.3f} | "
        f"{others} |"
    )


def kind_part(outcome: Outcome) -> Iterator[str]:
    """Named causes and their probabilities."""
    told = [trial for own in outcome.tried for trial in own.trials if trial.said]
    yield "## Cause"
    yield ""
    yield f"Of {len(told)} detected errors the first explanation names the right source in"
    yield f"{np.mean([t.said[0].source for t in told]):.3f} (goal 0.9) and the right class in"
    yield f"{np.mean([t.said[0].kind for t in told]):.3f} (goal 0.8)."
    yield ""
    yield "| printed probability | explanations | right class | right source |"
    yield "|---|---|---|---|"
    said = [one for trial in told for one in trial.said]
    for low in np.arange(10) / 10:
        own = [one for one in said if low <= one.probability < low + 0.1 or (low == 0.9 and one.probability >= 1)]
        if own:
            right = f"{np.mean([one.kind for one in own]):.2f} | {np.mean([one.source for one in own]):.2f}"
            yield f"| {low:.1f} to {low + 0.1:.1f} | {len(own)} | {right} |"
    yield ""
    yield "| kind planted | errors | flagged | right source | right class |"
    yield "|---|---|---|---|---|"
    every = [trial for own in outcome.tried for trial in own.trials]
    for kind in sorted({trial.kind for trial in every}):
        own = [trial for trial in every if trial.kind == kind]
        told_of = [trial for trial in own if trial.said]
        right = [sum(t.said[0].source for t in told_of), sum(t.said[0].kind for t in told_of)]
        yield f"| {kind} | {len(own)} | {len(told_of)} | {right[0]} | {right[1]} |"


def notes(outcome: Outcome) -> Iterator[str]:
    """What the words mean and what is approximated."""
    seconds = sorted(own.seconds for own in outcome.tried)
    yield "## Read with this"
    yield ""
    prior = ", ".join(f"{kind} {weight:g}" for kind, weight in WEIGHTS.items())
    sizes = ", ".join(f"{kind} {low:g} to {high:g}" for kind, (low, high) in SIZES.items())
    yield f"- Prior of errors (weights): {prior}; place and month even; sizes even in the logarithm, either sign: {sizes}"
    yield "  (shares; days for shifted). Kinds without a size follow from the records. An error changes the values of a"
    yield "  clean plant's records, uncertainties follow; the plant is not simulated again."
    yield "- One detection limit is the size that the joint test finds with probability 0.95 at the level at which it flags a"
    yield "  year, by its own formula on the clean plant, for the hypothesis of the error's kind, the scatter not known but"
    yield "  estimated from the year. Per plant the first error of the prior in each bin is taken."
    yield "- The limit knows the prior and the noise: a standard deviation for the monthly error of every source and the"
    yield "  constant error of every instrument, learned from other plants. Approximated: the noise as normal, sizes by 24"
    yield "  points per sign, a drift as a straight line, balances linear."
    yield "- Where a bin does not hold, mind what the limit knows and a verifier does not: how much each source scatters from month to"
    yield "  month and how far off each instrument of this plant may be. The engine has classes and the year's own residuals."
    yield "- A class: hypotheses within the distance at which the best test confuses two in 10 % of the cases, on the clean"
    yield "  plant; fixed by the planted error before its year is analysed."
    yield f"- One plant with full diagnosis, without reading the case: CPU median {np.median(seconds):.2f} s, largest {seconds[-1]:.2f} s."
    yield "- Steam network of Serth and Heenan: `python3 run.py bench reconcile` and tests/published."


if __name__ == "__main__":
    main()
