"""What the benchmarks share: seconds and peak memory of a stage, digests of what was measured, and the table."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "verifierkit"
SAMPLE_SECONDS = 0.25  # reading the memory map of a process takes milliseconds itself
MIB = 2**20


@dataclass
class Stage:
    """One measured stage: seconds, CPU seconds and peak memory of this process and all that it started [MiB]."""

    name: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0


@dataclass
class Meter:
    """Collects stages; memory is sampled, so a peak shorter than the sampling step can be missed."""

    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Measure the block as one stage."""
        stage = Stage(name)
        done = threading.Event()
        watcher = threading.Thread(target=watch_memory, args=(stage, done), daemon=True)
        watcher.start()
        start, cpu_start = time.perf_counter(), cpu_seconds()
        try:
            yield stage
        finally:
            stage.seconds = time.perf_counter() - start
            stage.cpu_seconds = cpu_seconds() - cpu_start
            done.set()
            watcher.join()
            self.stages.append(stage)


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def watch_memory(stage: Stage, done: threading.Event) -> None:
    """Keep the highest memory of the process tree until the stage is done."""
    while True:
        stage.peak_mib = max(stage.peak_mib, tree_memory_mib())
        if done.wait(SAMPLE_SECONDS):
            return


def tree_memory_mib() -> float:
    """Memory of this process and its descendants [MiB]: shared pages counted once where the system tells (PSS)."""
    own = psutil.Process(os.getpid())
    total = 0
    for process in [own, *own.children(recursive=True)]:
        with suppress(psutil.Error):
            total += proportional_bytes(process)
    return total / MIB


def proportional_bytes(process: psutil.Process) -> int:
    """PSS of a process on Linux, its resident set elsewhere [bytes]."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    with suppress(OSError):
        for line in rollup.read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)


def digest(names: Sequence[str]) -> str:
    """Digest of modules and folders, named from the top of the project (first 16 digits of SHA-256)."""
    found = hashlib.sha256()
    for name in names:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in (file for file in files if file.is_file() and "__pycache__" not in file.parts):
            content = file.read_bytes().replace(b"\r\n", b"\n")
            found.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    return found.hexdigest()[:16]


def digest_lines(measured: Mapping[str, Sequence[str]]) -> list[str]:
    """One line per stage that says what was measured; the staleness test reads them again."""
    return [f"- {stage}: `{digest(names)}` ({', '.join(names)})" for stage, names in measured.items()]


def machine() -> str:
    """Kind of machine, without its name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, CPython {platform.python_version()}"


def is_stale(table: Path, measured: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether modules have changed since the table was written."""
    text = table.read_text(encoding="utf-8")
    return any(line not in text for line in digest_lines(measured))
