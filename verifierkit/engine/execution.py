"""Executes templates with papermill: parameters first, then a kernel of its own per notebook, with a deadline."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from verifierkit.engine.forking import ForkServer, ForkUnavailable, can_fork
from verifierkit.engine.isolation import Room
from verifierkit.engine.normalise import normalise
from verifierkit.engine.parameters import check_parameters, read_cells
from verifierkit.errors import UsageError, VerifierkitError

Kernel = Literal["auto", "forked", "stock"]
DEADLINE_SECONDS = 300.0
START_SECONDS = 60


class NotebookError(VerifierkitError):
    """A notebook that did not run to its end; the message names template and cell."""


@dataclass(frozen=True)
class Job:
    """One notebook to run: which template, where to write it, with which parameters (paths absolute)."""

    template: Path
    output: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Shared:
    """The fork server of this process, started on first use and ended with the process."""

    server: ForkServer | None = None
    broken: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


SHARED = Shared()


def prestart() -> None:
    """Start the fork server in the background: it warms up while other work goes on. Harmless where it cannot run."""
    fork_server()


def stop() -> None:
    """End the fork server of this process, if there is one."""
    with SHARED.lock:
        server, SHARED.server = SHARED.server, None
    if server is not None:
        server.stop()


def fork_server() -> ForkServer | None:
    """Return the running fork server, a new one, or None where forking does not work."""
    with SHARED.lock:
        if SHARED.server is None and not SHARED.broken and can_fork():
            try:
                SHARED.server = ForkServer()
            except (OSError, ForkUnavailable):
                SHARED.broken = True
            else:
                atexit.register(stop)
        return SHARED.server


def execute(
    template: Path,
    output: Path,
    parameters: Mapping[str, Any],
    *,
    kernel: Kernel = "auto",
    deadline: float = DEADLINE_SECONDS,
) -> None:
    """Execute one template and write the executed notebook.

    Parameters
    ----------
    template
        The notebook to run; it is never written.
    output
        Where the executed notebook goes; written whole at the end, and only when every cell has run.
    parameters
        Values by name. The kernel works in an empty folder: paths among them must be absolute.
    kernel
        ``forked``, ``stock``, or ``auto``: forked when the fork server of this process runs already (see
        :func:`prestart`; :func:`execute_many` starts it), else stock, which is cheaper for a single notebook.
    deadline
        Seconds after which the kernel is ended.

    Raises
    ------
    UsageError
        When a parameter is unknown, missing or mistyped; nothing has been started then.
    NotebookError
        When a cell fails, the kernel dies or the deadline passes.
    """
    check_parameters(template, parameters)
    wanted = kernel == "forked" or (kernel == "auto" and SHARED.server is not None)
    server = fork_server() if wanted else None
    with ThreadPoolExecutor(max_workers=1) as pool:  # a thread has no event loop that runs already, as in Jupyter
        pool.submit(run_job, Job(template, output, parameters), server, deadline).result()


def execute_many(
    jobs: Sequence[Job],
    workers: int = 2,
    *,
    kernel: Kernel = "auto",
    deadline: float = DEADLINE_SECONDS,
) -> None:
    """Execute several notebooks, `workers` at a time; all parameters are checked before the first kernel starts.

    Raises
    ------
    UsageError
        When parameters are at fault, or two jobs write the same file.
    NotebookError
        After all jobs have run, with one line per notebook that failed.
    """
    for job in jobs:
        check_parameters(job.template, job.parameters)
    if len({os.path.normcase(job.output.absolute()) for job in jobs}) < len(jobs):
        raise UsageError("notebooks: expected an output file of its own for each, found one twice.")
    server = None if kernel == "stock" or not jobs else fork_server()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        runs = [pool.submit(run_job, job, server, deadline) for job in jobs]
    failed = [error for error in (run.exception() for run in runs) if error is not None]
    unexpected = next((error for error in failed if not isinstance(error, NotebookError)), None)
    if unexpected is not None:
        raise unexpected
    if failed:
        raise NotebookError("\n".join(str(error) for error in failed))


def run_job(job: Job, server: ForkServer | None, deadline: float) -> None:
    """Run one notebook, forked when a server is given; where forking fails, once more with a kernel of its own."""
    if server is not None:
        try:
            notebook = run_papermill(job, server, deadline)
        except ForkUnavailable:
            SHARED.broken = True
            stop()
        else:
            return write_notebook(notebook, job.output)
    return write_notebook(run_papermill(job, None, deadline), job.output)


def run_papermill(job: Job, server: ForkServer | None, deadline: float) -> Any:
    """Run papermill on one job in a room of its own and return the executed notebook; see :func:`execute`."""
    load_papermill()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import PapermillExecutionError, execute_notebook

    from verifierkit.engine.kernels import manager_class

    progress = Progress(job)
    with Room() as room:
        watch = Watch(manager_class(room, server), deadline)
        try:
            with own_event_loop(), watch:
                return execute_notebook(
                    str(job.template).replace("{", "{{").replace("}", "}}"),
                    None,
                    dict(job.parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    request_save_on_cell_execute=False,
                    start_timeout=START_SECONDS,
                    kernel_manager_class=watch.manager_class,
                    shutdown_kernel="immediate",
                    on_cell_start=progress.cell_started,
                )
        except PapermillExecutionError as error:
            raise NotebookError(progress.failed_cell(error.cell_index, f"{error.ename}: {error.evalue}")) from error
        except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
            if server is not None and progress.index is None and not watch.expired:
                raise ForkUnavailable("the forked kernel did not start") from error
            reason = f"did not end within {deadline:g} s" if watch.expired else f"the kernel died. {room.last_words()}"
            raise NotebookError(progress.failed_cell(progress.index, reason)) from error


@contextmanager
def own_event_loop() -> Iterator[None]:
    """Close the event loop that jupyter_client opens in this thread."""
    from jupyter_core.utils import ensure_event_loop

    try:
        yield
    finally:
        ensure_event_loop().close()
        asyncio.set_event_loop(None)


def load_papermill() -> None:
    """Prepare the import of papermill.

    jsonschema guards its import of rfc3987_syntax, which builds a grammar of two CPU seconds for a format that no
    notebook schema uses; None in its place is that guard's own answer for "not installed".
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    logging.getLogger("papermill").setLevel(logging.ERROR)


class Progress:
    """Which cell of a template runs, in the numbers of the template (1 is the first cell)."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.index: int | None = None

    def cell_started(self, cell: Any, cell_index: int) -> None:
        """Called by nbclient before each cell."""
        self.index = cell_index

    def failed_cell(self, index: int | None, reason: str) -> str:
        """Return the line that names template, cell and reason."""
        if index is None:
            return f"{self.job.template.name}, before the first cell: {first_line(reason)}"
        cells = read_cells(self.job.template)
        tagged = [n for n, cell in enumerate(cells) if "parameters" in cell.get("metadata", {}).get("tags", [])]
        if self.job.parameters and tagged and index > tagged[0]:
            index -= 1  # papermill's own cell stands after the declared parameters
        source = "".join(cells[index].get("source", "")).strip().splitlines() or [""]
        return f"{self.job.template.name}, cell {index + 1} ({source[0][:60]}): {first_line(reason)}"


def first_line(reason: str) -> str:
    """Return the reason as one line of at most 300 characters."""
    return " / ".join(line.strip() for line in reason.splitlines() if line.strip())[:300]


class Watch:
    """Ends the kernel of one notebook when its time is over."""

    def __init__(self, base: type, deadline: float) -> None:
        self.expired = False
        self.managers: list[Any] = []
        watch = self

        class WatchedManager(base):
            """A kernel manager that its watch knows."""

            def __init__(self, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                watch.managers.append(self)

        self.manager_class = WatchedManager
        self.timer = threading.Timer(deadline, self.expire)
        self.timer.daemon = True

    def __enter__(self) -> Watch:
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()

    def expire(self) -> None:
        """End the kernel; papermill then reports it dead."""
        self.expired = True
        for manager in self.managers:
            process = manager.provisioner.process if manager.provisioner else None
            if process is not None:
                process.kill()


def write_notebook(notebook: Any, output: Path) -> None:
    """Write a normalised notebook in one step, so that a half-written one is never seen."""
    import nbformat

    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(output.name + ".part")
    part.write_text(nbformat.writes(normalise(notebook)) + "\n", encoding="utf-8", newline="\n")
    part.replace(output)
