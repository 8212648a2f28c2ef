"""The process that kernels are forked from: it imports what every notebook needs once, then waits.

Started by :mod:`verifierkit.engine.forking` as ``python -I -m verifierkit.engine.forkserver FD``; requests and answers
are JSON lines over the socket FD. It never runs a notebook itself, so nothing can leak from one to the next.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import io
import json
import os
import pkgutil
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

PRELOADED = (
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "ipykernel.kernelapp",
    "IPython.display",
    "verifierkit.papers",
)
PRELOADED_PACKAGES = ("verifierkit.documents",)  # with all their modules
KERNEL_MAX_COLUMNS = 20  # what pandas shows in a kernel; imported outside one it would have chosen by the terminal


def main() -> None:
    """Warm up, serve until the caller is gone; a forked child becomes the kernel that was asked for."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    warm_up()
    gc.collect()
    gc.freeze()
    request = serve(channel)
    if request is not None:
        channel.close()
        become_kernel(request)


def warm_up() -> None:
    """Import what notebooks need and draw one picture, so that fonts are loaded."""
    import matplotlib

    matplotlib.use("agg")
    for name in (*PRELOADED, *modules_of(PRELOADED_PACKAGES)):
        with contextlib.suppress(Exception):  # what cannot be imported here, the notebook itself reports
            importlib.import_module(name)
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([0, 1], label="1")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close(figure)


def modules_of(packages: Sequence[str]) -> Iterator[str]:
    """Yield the names of packages and of the modules in them; a package that is not there is left out."""
    for package in packages:
        found = importlib.util.find_spec(package)
        for folder in (found.submodule_search_locations or []) if found else []:
            yield package
            yield from (f"{package}.{module.name}" for module in pkgutil.iter_modules([folder]))


def serve(channel: socket.socket) -> dict[str, Any] | None:
    """Answer ``fork``, ``poll`` and ``kill``; return the request in a forked child, None when the caller is gone."""
    children: set[int] = set()
    lines = channel.makefile("rb")
    channel.sendall(b'{"ready": true}\n')
    for line in lines:
        request = json.loads(line)
        if request["verb"] == "fork":
            pid = os.fork()
            if pid == 0:
                lines.close()
                return dict(request)
            children.add(pid)
            answer: dict[str, Any] = {"pid": pid}
        elif request["verb"] == "poll":
            answer = {"code": reap(children, request["pid"])}
        else:
            answer = {"sent": send_signal(children, request["pid"], request["signal"])}
        channel.sendall(json.dumps(answer).encode() + b"\n")
    for pid in children:
        send_signal(children, pid, signal.SIGKILL)
    return None


def reap(children: set[int], pid: int) -> int | None:
    """Return the exit code of a child that has ended, None of one that runs."""
    if pid not in children:
        return -signal.SIGKILL
    found, status = os.waitpid(pid, os.WNOHANG)
    if found == 0:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def send_signal(children: set[int], pid: int, number: int) -> bool:
    """Signal the process group of a child that has not been reaped, or the child when it has no group yet."""
    if pid not in children:
        return False
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        os.kill(pid, number)
    return True


def become_kernel(request: dict[str, Any]) -> None:
    """Turn this forked child into the kernel of one notebook, as a kernel started on its own would be."""
    server = os.getppid()
    os.setsid()
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["work"])
    redirect_streams(request["log"])
    sys.argv = [request["launcher"], *request["arguments"]]
    reseed()

    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=server)
    app.initialize(list(request["arguments"]))
    settle(app)
    app.start()
    os._exit(0)


def redirect_streams(log: str) -> None:
    """Point the three standard descriptors of the process at nothing and at the log of the kernel."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(nothing)
    os.close(written)


def reseed() -> None:
    """Give the child a numpy random state of its own; the standard library reseeds itself after a fork."""
    import numpy

    numpy.random.seed()


def settle(app: Any) -> None:
    """Set what matplotlib and pandas decide at import time: pictures inside the notebook, columns shown."""
    import pandas

    app.shell.enable_matplotlib("inline")
    pandas.set_option("display.max_columns", KERNEL_MAX_COLUMNS)


if __name__ == "__main__":
    main()
