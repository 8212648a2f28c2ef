"""Kernel managers that papermill is handed: one room, one known command, forked or started on its own.

Neither kernel specifications nor configuration of the machine are read.
"""

from __future__ import annotations

import os
import uuid
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from verifierkit.engine.forking import ForkServer
from verifierkit.engine.isolation import Room, kernel_command


class IsolatedProvisioner(LocalProvisioner):
    """Starts a kernel in its room with the clean environment."""

    room: Room

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        with self.room.log.open("ab") as log:
            kept = {name: value for name, value in kwargs.items() if name not in {"env", "cwd"}}
            return await super().launch_kernel(
                cmd, env=self.room.environment(), cwd=str(self.room.work), stdout=log, stderr=log, **kept
            )


class ForkedProvisioner(IsolatedProvisioner):
    """Asks the fork server for the same kernel."""

    server: ForkServer

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        forked = self.server.fork(self.room, arguments)
        self.process, self.pid = forked, forked.pid  # type: ignore[assignment]
        self.cwd = str(self.room.work)
        return self.connection_info


def manager_class(room: Room, server: ForkServer | None) -> type[AsyncKernelManager]:
    """Return the class of the kernel manager for one notebook.

    Parameters
    ----------
    room
        Where the kernel lives.
    server
        The fork server, or None for a kernel started on its own.
    """

    class RoomManager(AsyncKernelManager):
        """A kernel manager that knows its kernel; see the module."""

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.transport = room.transport
            self.connection_file = str(room.connection_file)
            self.shutdown_wait_time = 2.0
            if room.transport == "tcp" and self.has_trait("transport_encryption") and zmq.has("curve"):
                self.transport_encryption = "auto"
            self.kernel_id = str(uuid.uuid4())
            self.provisioner = new_provisioner(self, room, server)

        @property
        def kernel_spec(self) -> KernelSpec:
            return known_kernel()

    return RoomManager


def new_provisioner(manager: AsyncKernelManager, room: Room, server: ForkServer | None) -> LocalProvisioner:
    """Return the provisioner of a manager, set before the start so that no plug-in is looked up."""
    common = {"kernel_id": manager.kernel_id, "kernel_spec": known_kernel(), "parent": manager}
    if server is None:
        alone = IsolatedProvisioner(**common)
        alone.room = room
        return alone
    forked = ForkedProvisioner(**common)
    forked.room, forked.server = room, server
    return forked


def known_kernel() -> KernelSpec:
    """Return the one kernel specification in use."""
    return KernelSpec(
        argv=kernel_command(),
        display_name="Python 3",
        language="python",
        metadata={"supported_encryption": ["curve"]},
        interrupt_mode="signal" if os.name == "posix" else "message",
    )
