"""Ten million interval readings to billing periods: ``python3 run.py bench intervals``, written to intervals.md.

DuckDB through ``verifierkit.intervals`` beside pandas and Polars on the same readings, each in a process of its own. All
three add up whole numbers, count rows, find what stands twice and find gaps; the table is written only where they agree.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _measure import ROOT, Meter, digest_lines, machine

SEED = 20251122
METERS = 286
MINUTES = 15
DAYS = 365
START = datetime(2025, 1, 1)
GAPS_PER_METER = 3
TWICE_PER_METER = 2
BILLS = 13
TABLE = ROOT / "tests" / "benchmarks" / "intervals.md"
MEASURED = {"intervals": ("verifierkit/intervals",)}
SIDES = ("verifierkit", "pandas", "polars")
Answer = dict[str, Any]


def main() -> None:
    """Measure each side in a process of its own and write the table; with a name as argument, measure that side."""
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
        return
    missing = [name for name in ("polars",) if importlib.util.find_spec(name) is None]
    found = [run(side) for side in SIDES if side not in missing]
    answers = {one["answer"] for one in found}
    if len(answers) != 1:
        raise SystemExit(f"the sides do not agree: {[(one['side'], one['answer'], one['counts']) for one in found]}")
    TABLE.write_text(table(found, missing), encoding="utf-8", newline="\n")
    print(TABLE.read_text(encoding="utf-8"))


def run(side: str) -> Answer:
    """Measure one side in a new process."""
    command = [sys.executable, str(Path(__file__).resolve()), side]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Answer = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(side: str) -> Answer:
    """Seconds, memory and the answer of one side; making the readings and importing packages is not measured."""
    readings, periods = simulated()
    prepare: dict[str, Callable[..., Callable[[], Answer]]] = {
        "verifierkit": ours,
        "pandas": by_pandas,
        "polars": by_polars,
    }
    work = prepare[side](readings, periods)
    meter = Meter()
    with meter.stage(side) as stage:
        answer = work()
    sums = sorted(answer.pop("sums"))
    digest = hashlib.sha256(json.dumps([sums, sorted(answer.items())]).encode()).hexdigest()[:16]
    figures = {"seconds": stage.seconds, "cpu": stage.cpu_seconds, "mib": stage.peak_mib, "rows": len(readings)}
    return {"side": side, "answer": digest, "counts": answer, **figures}


def simulated() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Readings of all meters with gaps and rows that stand twice, and bills cut at days that are no month's ends."""
    draw = np.random.default_rng(SEED)
    steps = DAYS * 24 * 60 // MINUTES
    start = np.datetime64(START, "us") + np.arange(steps) * np.timedelta64(MINUTES, "m")
    frames, bills = [], []
    for number in range(METERS):
        kept = np.ones(steps, dtype=bool)
        for at in draw.integers(96, steps - 96, GAPS_PER_METER):
            kept[at : at + int(draw.integers(1, 40))] = False
        index = np.flatnonzero(kept)
        index = np.sort(np.concatenate([index, draw.choice(index, TWICE_PER_METER, replace=False)]))
        values = np.random.default_rng([SEED, number]).integers(0, 250_000_000, steps)[index]
        frames.append(pd.DataFrame({"code": number, "start": start[index], "value": values}))
        cuts = START + np.cumsum([timedelta(days=int(day)) for day in (0, *draw.integers(26, 29, BILLS))])
        bills += [(number, bill, cuts[bill], cuts[bill + 1]) for bill in range(BILLS)]
    data = pd.concat(frames, ignore_index=True)
    names = [f"m{number:03d}" for number in range(METERS)]
    data.insert(0, "meter", pd.Categorical.from_codes(data.pop("code"), names))
    data.insert(2, "end", data["start"] + pd.Timedelta(minutes=MINUTES))
    data["row"] = np.arange(len(data))
    periods = pd.DataFrame(bills, columns=["meter", "bill", "start", "end"])
    periods["meter"] = pd.Categorical.from_codes(periods["meter"], names)
    for name in ("start", "end"):
        periods[name] = periods[name].astype("datetime64[us]")
    return data, periods


def ours(readings: pd.DataFrame, periods: pd.DataFrame) -> Callable[[], Answer]:
    """The engine of the package; gaps carry their bounds, which the others do not compute."""
    import duckdb  # noqa: F401

    from verifierkit.intervals import Period, to_periods

    wanted = [
        Period(row.meter, str(row.bill), row.start.to_pydatetime(), row.end.to_pydatetime())
        for row in periods.itertuples()
    ]

    def work() -> Answer:
        found = to_periods(readings, wanted, zone="Asia/Shanghai")
        sums = [(one.period.meter, int(one.period.name), int(one.known / Decimal("0.000001"))) for one in found]
        hours = {
            (gap.meter, max(gap.start, one.period.start), gap.end): gap.hours for one in found for gap, _ in one.gaps
        }
        return {
            "sums": sums,
            "rows": sum(one.rows for one in found),
            "twice": sum(len(one.repeated) for one in found),
            "missing_quarters": int(sum(hours.values()) * 4),
        }

    return work


def by_pandas(readings: pd.DataFrame, periods: pd.DataFrame) -> Callable[[], Answer]:
    """The same with pandas: sort, shift, merge_asof, group."""

    def work() -> Answer:
        data = readings.sort_values(["meter", "start", "end", "row"], kind="stable")
        same = data["meter"] == data["meter"].shift()
        before_start, before_end = data["start"].shift(), data["end"].shift()
        data["twice"] = same & (data["start"] == before_start) & (data["end"] == before_end)
        data["gap"] = (data["start"] - before_end).where(same & (data["start"] > before_end))
        bills = periods.sort_values("start").rename(columns={"start": "from", "end": "until"})
        data = data.sort_values("start", kind="stable")
        placed = pd.merge_asof(data, bills, left_on="start", right_on="from", by="meter")
        placed = placed[placed["end"] <= placed["until"]]
        grouped = placed[~placed["twice"]].groupby(["meter", "bill"], observed=True)["value"].sum()
        return {
            "sums": [(str(meter), int(bill), int(value)) for (meter, bill), value in grouped.items()],
            "rows": len(placed),
            "twice": int(placed["twice"].sum()),
            "missing_quarters": int(placed["gap"].sum() / pd.Timedelta(minutes=15)) + edges(data, periods),
        }

    return work


def by_polars(readings: pd.DataFrame, periods: pd.DataFrame) -> Callable[[], Answer]:
    """The same with Polars, lazily: sort, shift over meters, join_asof, group."""
    import polars as pl

    def frame(data: pd.DataFrame) -> Any:
        columns = {name: data[name].to_numpy() for name in data if name != "meter"}
        return pl.DataFrame({"meter": data["meter"].cat.codes.to_numpy().astype("int32"), **columns})

    data, bills = frame(readings), frame(periods)
    names = list(readings["meter"].cat.categories)

    def work() -> Answer:
        ordered = data.lazy().sort("meter", "start", "end", "row")
        before = {name: pl.col(name).shift().over("meter") for name in ("start", "end")}
        marked = ordered.with_columns(
            twice=((pl.col("start") == before["start"]) & (pl.col("end") == before["end"])).fill_null(False),
            gap=pl.when(pl.col("start") > before["end"]).then(pl.col("start") - before["end"]),
        )
        right = bills.lazy().rename({"start": "from", "end": "until"}).sort("meter", "from")
        placed = marked.join_asof(right, left_on="start", right_on="from", by="meter", check_sortedness=False)
        placed = placed.filter(pl.col("end") <= pl.col("until"))
        grouped = placed.group_by("meter", "bill").agg(
            pl.col("value").filter(~pl.col("twice")).sum(), pl.len(), pl.col("twice").sum(), pl.col("gap").sum()
        )
        found = grouped.collect()
        gap = sum((value for value in found["gap"] if value is not None), timedelta())
        return {
            "sums": [(names[meter], bill, value) for meter, bill, value, *_ in found.rows()],
            "rows": int(found["len"].sum()),
            "twice": int(found["twice"].sum()),
            "missing_quarters": int(gap / timedelta(minutes=15)) + edges(readings, periods),
        }

    return work


def edges(readings: pd.DataFrame, periods: pd.DataFrame) -> int:
    """Quarters of an hour of the periods before the first and after the last reading of each meter."""
    first = readings.groupby("meter", observed=True)["start"].min()
    last = readings.groupby("meter", observed=True)["end"].max()
    zero, quarter = pd.Timedelta(0), pd.Timedelta(minutes=15)
    head = (periods["end"].clip(upper=periods["meter"].map(first).astype("datetime64[us]")) - periods["start"]).clip(
        lower=zero
    )
    tail = (periods["end"] - periods["start"].clip(lower=periods["meter"].map(last).astype("datetime64[us]"))).clip(
        lower=zero
    )
    return int((head + tail).sum() / quarter)


def table(found: list[Answer], missing: list[str]) -> str:
    """Return the text of the table file."""
    base = found[0]
    head = [
        "# Ten million interval readings to billing periods",
        "",
        f"`python3 run.py bench intervals` on {machine()}; {base['rows']:,} readings of {MINUTES} minutes, {METERS} meters,",
        f"{METERS * BILLS:,} bills cut at days of their own, seed {SEED}; {base['counts']['twice']} rows stand twice and",
        f"{base['counts']['missing_quarters']:,} quarters of an hour are missing. One run each, in processes of their own;",
        "other load on the machine is not excluded. Readings lie in memory; making them and importing is not measured.",
        "All sides give the same sums (whole numbers of 10^-6 kWh), counts and missing time; verifierkit also bounds each gap.",
        "",
        "| side | wall [s] | CPU [s] | peak memory [MiB] | wall / verifierkit |",
        "|---|---|---|---|---|",
    ]
    rows = [
        f"| {one['side']} | {one['seconds']:.2f} | {one['cpu']:.2f} | {one['mib']:.0f} | {one['seconds'] / base['seconds']:.2f} |"
        for one in found
    ]
    notes = [f"Not measured, not installed: {', '.join(missing)}.", ""] if missing else []
    answer = ["", f"Answer of all sides: `{base['answer']}`.", ""]
    return "\n".join([*head, *rows, *answer, *notes, "Measured modules:", "", *digest_lines(MEASURED), ""])


if __name__ == "__main__":
    main()
