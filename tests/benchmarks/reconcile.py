"""Reconciliation beside dense NumPy and difflow, the real load, and the steam network: ``python3 run.py bench reconcile``.

Written to tests/benchmarks/reconcile.md. ``--small`` leaves out the sizes and runs that take minutes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from typing import Any

import numpy as np
import psutil
import scipy.sparse as sp
from _measure import MIB, ROOT, digest_lines, machine
from _steam import METHODS, MIMT_PUBLISHED, REPORTED_SEED, TUNING_SEEDS, trial

from verifierkit.reconcile import explain, gross, identify, network, observability
from verifierkit.reconcile.fit import Fit, fit

SEED = 20250301
TABLE = ROOT / "tests" / "benchmarks" / "reconcile.md"
MEASURED = {"reconcile": ("verifierkit/reconcile", "tests/benchmarks/_steam.py")}

SIZES = (100, 1_000, 10_000)
LARGER = (100_000,)
MONTHS = 12
NODES_PER_STREAM = 0.3
REPEATS = 3
DENSE_LIMIT = 10_000  # streams: above it the dense matrices do not fit
DIFFLOW_LIMIT = 1_000
AGREEMENT = 1e-8
NO_PEER = "skipped: not installed (no dependency of ours)"
STEAM_RUNS = 400
STEAM_ERRORS = (0, 1, 3, 7)
PLANTS, PLANT_STREAMS, WORKERS = 3_000, 150, 2


@dataclass(frozen=True)
class Row:
    """One line of the speed table."""

    family: str
    streams: int
    ours: float
    tests: float
    dense: float | None
    peer: float | None
    worst: float | None


def main() -> None:
    """Measure and write the table."""
    small = "--small" in sys.argv[1:]
    rows = [measure(family, size) for size in SIZES for family in FAMILIES]
    rows += [] if small else [measure(family, size) for size in LARGER for family in FAMILIES if family != "expander"]
    refusal = "" if small else refused(LARGER[-1])
    runs = STEAM_RUNS // 10 if small else STEAM_RUNS
    text = table(rows, refusal, load(PLANTS // 20 if small else PLANTS), steam(runs), runs)
    if not small:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def incidence(nodes: int, source: np.ndarray, target: np.ndarray) -> sp.csr_array:
    """Balances of streams between nodes; -1 is the outside."""
    rows = np.concatenate([target, source])
    columns = np.concatenate([np.arange(len(target)), np.arange(len(source))])
    values = np.repeat([1.0, -1.0], len(source))
    inside = rows >= 0
    entries = (values[inside], (rows[inside], columns[inside]))
    return sp.csr_array(sp.coo_array(entries, shape=(nodes, len(source))))


def plant(streams: int, generator: np.random.Generator) -> network.Problem:
    """Tree of nodes over 12 months; each meter has an offset of its own that its months share."""
    meters = streams // MONTHS
    nodes = max(1, int(NODES_PER_STREAM * meters))
    source = np.concatenate([[-1], (np.arange(1, nodes) - 1) // 4, generator.integers(0, nodes, meters - nodes)])
    target = np.concatenate([np.arange(nodes), np.full(meters - nodes, -1)])
    balance = sp.csr_array(sp.kron(incidence(nodes, source, target), sp.eye_array(MONTHS)))
    problem = as_problem(balance, generator)
    shares = sp.csr_array(sp.kron(sp.eye_array(meters), np.ones((MONTHS, 1))))
    return replace(problem, loading=network.csr(shares * (2 * np.sqrt(problem.variance))[:, None]))


def grid(streams: int, generator: np.random.Generator) -> network.Problem:
    """Square grid whose first and last row are fed from outside."""
    side = max(2, round(np.sqrt(streams / 2)))
    number = np.arange(side * side).reshape(side, side)
    border = np.concatenate([number[0], number[-1]])
    source = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel(), np.full(len(border), -1)])
    target = np.concatenate([number[:, 1:].ravel(), number[1:].ravel(), border])
    return as_problem(incidence(side * side, source, target), generator)


def expander(streams: int, generator: np.random.Generator) -> network.Problem:
    """Random streams between random nodes, a tenth of them from outside: no small separators."""
    nodes = int(NODES_PER_STREAM * streams)
    target = np.concatenate([np.arange(nodes), generator.integers(0, nodes, streams - nodes)])
    source = (target + generator.integers(1, nodes, streams)) % nodes
    source[generator.choice(streams, streams // 10, replace=False)] = -1
    return as_problem(incidence(nodes, source, target), generator)


FAMILIES: dict[str, Callable[[int, np.random.Generator], network.Problem]] = {
    "plant tree x 12 months": plant,
    "planar grid": grid,
    "expander": expander,
}


def as_problem(balance: sp.csr_array, generator: np.random.Generator) -> network.Problem:
    """Measurements around 100 with standard deviations between 0.5 and 2."""
    streams = balance.shape[1]
    return network.build(
        balance=balance, measured=generator.normal(100, 10, streams), sd=generator.uniform(0.5, 2, streams)
    )


def tests(result: Fit) -> None:
    """All tests of a fit."""
    gross.global_test(result)
    gross.measurement_test(result)
    gross.local_test(result)
    gross.nodal_test(result)
    gross.likelihood_ratio(result, gross.joined(gross.biases(result), gross.leaks(result)))
    observability.smallest_error(result, limit=gross.two_sided_limit(0.05))
    observability.classes_of_suspects(result)


def measure(family: str, streams: int) -> Row:
    """Best of some runs of each side on one problem, in turn."""
    problem = FAMILIES[family](streams, np.random.default_rng([SEED, streams]))
    ours, tested, dense, peer, worst = [], [], [], [], []
    beside = streams <= DIFFLOW_LIMIT and not problem.loading.shape[1] and difflow_reconcile() is not None
    by_peer = peer_of(problem) if beside else None
    for _ in range(REPEATS if streams < LARGER[0] else 1):
        seconds, result = timed(lambda: fit(problem))
        ours.append(seconds)
        tested.append(timed(lambda fitted=result: tests(fitted))[0])
        if streams <= DENSE_LIMIT and (streams < DENSE_LIMIT or not dense):
            seconds, (values, sd) = timed(lambda: by_dense(problem))
            dense.append(seconds)
            worst += [disagreement(result.values, values), disagreement(result.sd**2, sd**2)]
        if by_peer is not None:
            seconds, (values, sd) = timed(by_peer)
            peer.append(seconds)
            worst += [disagreement(result.values, values), disagreement(result.sd**2, sd**2)]
    print(f"{family} {streams}: {min(ours):.3f} s, dense {min(dense, default=0):.3f} s", file=sys.stderr)
    found = [min(side) if side else None for side in (ours, tested, dense, peer)]
    assert found[0] is not None
    assert found[1] is not None
    return Row(family, int(problem.unknowns), found[0], found[1], found[2], found[3], max(worst, default=None))


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def disagreement(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference as a share of the largest value."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def by_dense(problem: network.Problem) -> tuple[np.ndarray, np.ndarray]:
    """Textbook formula with dense matrices: values and standard deviations."""
    a = problem.balance.toarray()
    spread = a * problem.variance + (a @ problem.loading.toarray()) @ problem.loading.toarray().T
    weights = np.linalg.solve(spread @ a.T, spread)
    total = problem.variance + (problem.loading.toarray() ** 2).sum(axis=1)
    values = problem.measured - weights.T @ (a @ problem.measured)
    return values, np.sqrt(np.maximum(total - np.einsum("ij,ij->j", spread, weights), 0.0))


def difflow_reconcile() -> Callable[..., Any] | None:
    """The peer's function when it is installed; it is no dependency."""
    with suppress(ImportError):
        from difflow.reconciliation import reconcile

        return reconcile  # type: ignore[no-any-return, unused-ignore]
    return None


def peer_of(problem: network.Problem) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """The peer ready to run: values and standard deviations; compiled once, at its first call."""
    import jax.numpy as jnp

    a = jnp.asarray(problem.balance.toarray())
    reconcile = difflow_reconcile()
    assert reconcile is not None

    def residual(x: Any, _: Any) -> Any:
        return a @ x

    def run() -> tuple[np.ndarray, np.ndarray]:
        found = reconcile(residual, problem.measured, np.sqrt(problem.variance), check_structure=False)
        return np.asarray(found.x), np.sqrt(np.maximum(np.diag(np.asarray(found.covariance)), 0.0))

    return run


def refused(streams: int) -> str:
    """What is said about an expander that fills in, and after how long."""
    problem = expander(streams, np.random.default_rng([SEED, streams]))
    start = time.perf_counter()
    try:
        fit(problem)
    except network.ReconcileError as error:
        return f"expander of {streams} streams, refused after {time.perf_counter() - start:.1f} s: {error}"
    return f"expander of {streams} streams: {time.perf_counter() - start:.1f} s"


def one_plant(number: int) -> tuple[float, float, float]:
    """Seconds of fit and tests, of serial elimination and sets of errors on top, and memory held [MiB], for one plant."""
    generator = np.random.default_rng([SEED, number])
    problem = plant(PLANT_STREAMS * MONTHS, generator)
    start = time.perf_counter()
    result = fit(problem)
    tests(result)
    middle = time.perf_counter()
    if number % 100 == 0:
        months = [np.arange(k * MONTHS, (k + 1) * MONTHS) for k in range(PLANT_STREAMS)]
        suspects = gross.joined(gross.biases(result), gross.group_biases(result, months), gross.leaks(result))
        identify.serial_elimination(result, suspects)
        explain.explain(result, suspects, size=50.0)
    return middle - start, time.perf_counter() - middle, psutil.Process().memory_info().rss / MIB


def load(plants: int) -> dict[str, float]:
    """The real load on two cores."""
    start = time.perf_counter()
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        seconds = list(pool.map(one_plant, range(plants), chunksize=10))
    diagnosed = [further + first for first, further, _ in seconds[::100]]
    tenth = max(1, plants // 10)
    return {
        "plants": plants,
        "seconds": time.perf_counter() - start,
        "ms per plant": 1000 * float(np.mean([first for first, _, _ in seconds])),
        "diagnosis [s]": float(np.max(diagnosed)),
        "first tenth [MiB]": max(memory for _, _, memory in seconds[:tenth]),
        "last tenth [MiB]": max(memory for _, _, memory in seconds[-tenth:]),
    }


def steam(runs: int) -> Iterator[str]:
    """Rows of the steam network, and the paired difference of power with its standard error."""
    for errors in STEAM_ERRORS:
        scores = trial(errors, runs, REPORTED_SEED)
        for name in METHODS:
            power = "" if not errors else f"{scores[name].power:.3f}"
            yield f"| {errors} | {name} | {power} | {scores[name].type_one:.3f} |"
        if errors:
            ours, theirs = scores["sets of errors"], scores["MIMT"]
            gain = ours.power_per_run - theirs.power_per_run
            published = MIMT_PUBLISHED[errors]
            yield (
                f"| {errors} | gain over MIMT (MIMT of the issue {published[0]:.2f} / {published[1]:.3f}) | "
                f"{gain.mean():+.3f} +- {gain.std() / np.sqrt(runs):.3f} | {ours.type_one - theirs.type_one:+.3f} |"
            )


def table(rows: list[Row], refusal: str, work: dict[str, float], steam_rows: Iterator[str], runs: int) -> str:
    """Return the text of the table file."""
    peer = f"{version('difflow')}, best run warm, no shared errors" if difflow_reconcile() is not None else NO_PEER
    lines = [
        "# Reconciliation: speed and identification",
        "",
        f"`python3 run.py bench reconcile` on {machine()}; seed {SEED}. Best of {REPEATS} runs, both sides in one run;",
        f"other load on the machine is not excluded. difflow: {peer}. Dense: textbook formula in NumPy, up to",
        f"{DENSE_LIMIT} streams. Ours: all values and all variances; tests: global, measurement, local, nodal, likelihood",
        "ratio of biases and leaks, smallest errors, classes of suspects.",
        "",
        "| family | streams | ours [s] | tests [s] | dense [s] | dense / ours | difflow [s] | difflow / ours | differ by |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(speed_row, rows),
        "",
        refusal,
        "",
        f"Real load: {work['plants']:.0f} plants of {PLANT_STREAMS} meters by {MONTHS} months with tests on {WORKERS} cores: "
        f"{work['seconds']:.0f} s ({work['ms per plant']:.0f} ms each), a worker held at most "
        f"{work['first tenth [MiB]']:.0f} MiB in the first tenth of them and {work['last tenth [MiB]']:.0f} MiB in the last. One plant with serial elimination and sets of errors over "
        f"biases, offsets and leaks: at most {work['diagnosis [s]']:.2f} s.",
        "",
        "## Steam network of Serth & Heenan",
        "",
        f"{runs} draws per K with seed {REPORTED_SEED}; the constants of the search were chosen with seeds {TUNING_SEEDS}.",
        "",
        "| K | method | power | type I per run |",
        "|---|---|---|---|",
        *steam_rows,
    ]
    return "\n".join([*lines, "", "Measured modules:", "", *digest_lines(MEASURED), ""])


def speed_row(row: Row) -> str:
    """One line of the speed table."""
    sides = []
    for side in (row.dense, row.peer):
        sides += ["-", "-"] if side is None else [f"{side:.3f}", f"{side / row.ours:.1f}"]
    worst = "-" if row.worst is None else f"{row.worst:.0e}{'' if row.worst < AGREEMENT else ' (!)'}"
    cells = (row.family, str(row.streams), f"{row.ours:.3f}", f"{row.tests:.3f}", *sides, worst)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
