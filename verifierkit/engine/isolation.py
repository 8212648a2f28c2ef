"""A room per kernel: private folders, a clean environment, a command that reads nothing of the case or the user."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

DROPPED = ("PYTHON", "JUPYTER", "IPYTHON", "JPY_", "IPY_", "PAPERMILL", "MATPLOTLIBRC", "MPLBACKEND")
DROPPED_NAMES = frozenset({"COLUMNS", "LINES", "SOURCE_DATE_EPOCH"})
EPOCH = "315532800"  # 1980-01-01, the first date that a zip entry can hold
LONGEST_SOCKET_PATH = 90  # bytes; the kernel of macOS allows 104, of Linux 108

INTERPRETER = ("-I", "-X", "utf8", "-X", "frozen_modules=off")
KERNEL_OPTIONS = (
    "--IPKernelApp.ignore_cwd=True",
    "--IPKernelApp.exec_PYTHONSTARTUP=False",
)


class Room:
    """The private folder of one kernel: working folder, configuration, connection file, log. Gone after use."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vk-"))
        self.work = self.folder / "work"
        self.log = self.folder / "kernel.log"
        self.connection_file = self.folder / "k.json"
        for name in ("work", "ipython", "config", "data", "runtime"):
            (self.folder / name).mkdir()

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def transport(self) -> str:
        """``ipc`` (no ports, no other user) where Unix sockets exist and the path is short enough, else ``tcp``."""
        short = len(os.fsencode(self.folder)) <= LONGEST_SOCKET_PATH
        return "ipc" if os.name == "posix" and short else "tcp"

    def last_words(self) -> str:
        """Return the last line that the kernel wrote outside the notebook, or nothing."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def environment(self) -> dict[str, str]:
        """The environment of the kernel: the caller's, less all that steers Python and Jupyter."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(DROPPED) and name.upper() not in DROPPED_NAMES
        }
        return kept | {
            "IPYTHONDIR": str(self.folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTER_PATH": "",
            "JUPYTER_CONFIG_PATH": "",
            "MATPLOTLIBRC": packaged_matplotlibrc(),
            "SOURCE_DATE_EPOCH": EPOCH,
        }


def packaged_matplotlibrc() -> str:
    """Return the path of matplotlib's own settings, so that no other file changes a picture."""
    found = importlib.util.find_spec("matplotlib")
    return str(Path(found.origin).parent / "mpl-data" / "matplotlibrc") if found and found.origin else ""


def kernel_command() -> list[str]:
    """Return the command of a kernel: isolated from environment, user site and current folder."""
    return [sys.executable, *INTERPRETER, "-m", "ipykernel_launcher", "-f", "{connection_file}", *KERNEL_OPTIONS]


def server_command(descriptor: int) -> list[str]:
    """Return the command of the fork server that talks over the file descriptor given."""
    return [sys.executable, *INTERPRETER, "-m", "verifierkit.engine.forkserver", str(descriptor)]
