"""The daemon as a process of its own, as systemd would run it: environment in, READY out, signals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from grokbot.sandbox.stage import Stage

READY_SECONDS = 60.0


class DaemonProcess:
    """One run of `grokbot run`."""

    def __init__(self, process: asyncio.subprocess.Process, errors: Path, seconds_to_ready: float) -> None:
        self._process = process
        self._errors = errors
        self.seconds_to_ready = seconds_to_ready

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        return _text(self._errors)

    async def kill(self) -> None:
        """As a power cut ends it: no chance to write anything down."""
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def terminate(self) -> int:
        """As systemd ends it."""
        self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def ended(self, seconds: float) -> int:
        """The code with which it ends by itself, within so long."""
        async with asyncio.timeout(seconds):
            return await self._process.wait()


@asynccontextmanager
async def daemon_process(
    stage: Stage, folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[DaemonProcess]:
    """Starts a daemon with its database in `folder`, waits until it says READY, and ends it if the test did not."""
    loop = asyncio.get_running_loop()
    path = folder / "notify"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications:
        notifications.bind(str(path))
        notifications.setblocking(False)
        errors = folder / "stderr"
        started = loop.time()
        with errors.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "grokbot",
                "run",
                stdin=asyncio.subprocess.DEVNULL,
                stderr=sink,
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(folder),
                    "XDG_RUNTIME_DIR": str(folder),  # a socket's path must be short
                    "NOTIFY_SOCKET": str(path),
                    "GROKBOT_STORE__URL": str(folder / "grokbot.sqlite3"),
                    "GROKBOT_CONVERSATION__TITLES": "false",
                    "GROKBOT_PRIVACY__LINE": "",  # answers say what the model said, and no more
                    **stage.environment(),
                    **(environment or {}),
                },
            )
        try:
            async with asyncio.timeout(READY_SECONDS):
                await _ready(loop, notifications, process, errors)
            yield DaemonProcess(process, errors, loop.time() - started)
        finally:
            loop.remove_reader(notifications)
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _ready(
    loop: asyncio.AbstractEventLoop, notifications: socket.socket, process: asyncio.subprocess.Process, errors: Path
) -> None:
    async def ready() -> None:
        while b"READY=1" not in await loop.sock_recv(notifications, 4096):
            pass
        loop.add_reader(notifications, notifications.recv, 4096)  # a manager reads what comes

    ended, said = asyncio.ensure_future(process.wait()), asyncio.ensure_future(ready())
    await asyncio.wait([ended, said], return_when=asyncio.FIRST_COMPLETED)
    if not said.done():
        said.cancel()
        raise AssertionError(f"the daemon ended before it was ready:\n{_text(errors)}")
    ended.cancel()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
