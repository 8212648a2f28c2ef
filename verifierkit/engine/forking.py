"""The caller's side of the fork server: start it, ask it for kernels, watch them, end it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from verifierkit.engine.isolation import Room, server_command

READY_SECONDS = 60.0
ANSWER_SECONDS = 30.0
POLL_SECONDS = 0.02


class ForkUnavailable(Exception):
    """Forking does not work here; the stock engine is taken instead."""


def can_fork() -> bool:
    """Tell whether kernels may be forked on this platform (macOS libraries do not survive a fork)."""
    return sys.platform.startswith("linux") and hasattr(os, "fork")


class ForkServer:
    """One warm process from which kernels are forked; safe to use from several threads."""

    def __init__(self) -> None:
        if not can_fork():
            raise ForkUnavailable("kernels are forked on Linux only")
        self.room = Room()
        self.lock = threading.Lock()
        self.ready = False
        ours, theirs = socket.socketpair()
        with theirs, self.room.log.open("ab") as log:
            self.process = subprocess.Popen(
                server_command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.room.work,
                env=self.room.environment(),
                start_new_session=True,
            )
        self.channel = ours
        self.lines = ours.makefile("rb")

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and return its answer.

        Raises
        ------
        ForkUnavailable
            When the server did not start, has ended or does not answer.
        """
        with self.lock:
            if not self.ready:
                self.channel.settimeout(READY_SECONDS)
                self.receive()
                self.channel.settimeout(ANSWER_SECONDS)
                self.ready = True
            try:
                self.channel.sendall(json.dumps(request).encode() + b"\n")
            except OSError as error:
                raise ForkUnavailable("the fork server is gone") from error
            return self.receive()

    def receive(self) -> dict[str, Any]:
        """Read one answer; see :meth:`ask`."""
        try:
            line = self.lines.readline()
        except OSError as error:
            raise ForkUnavailable("the fork server does not answer") from error
        if not line:
            raise ForkUnavailable("the fork server has ended")
        return dict(json.loads(line))

    def fork(self, room: Room, arguments: list[str]) -> ForkedProcess:
        """Fork a kernel that lives in `room`."""
        launcher = importlib.util.find_spec("ipykernel_launcher")
        answer = self.ask(
            verb="fork",
            environment=room.environment(),
            work=str(room.work),
            log=str(room.log),
            launcher=launcher.origin if launcher else "ipykernel_launcher",
            arguments=arguments,
        )
        return ForkedProcess(self, answer["pid"])

    def stop(self) -> None:
        """End the server and every kernel that is left."""
        self.channel.close()
        self.lines.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.room.__exit__()


class ForkedProcess:
    """A forked kernel with the part of the interface of :class:`subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.server, self.pid = server, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the kernel runs; a kernel without its server counts as killed."""
        if self.returncode is None:
            try:
                self.returncode = self.server.ask(verb="poll", pid=self.pid)["code"]
            except ForkUnavailable:
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the kernel has ended and return its exit code."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Signal the kernel and what it started."""
        if self.returncode is None:
            try:
                self.server.ask(verb="signal", pid=self.pid, signal=int(number))
            except ForkUnavailable:
                self.returncode = -signal.SIGKILL

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)
