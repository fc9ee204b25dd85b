"""The daemon as a process that is killed, ended and started again, as systemd would. Not here: what befalls it.

An end of its own is counted, and it is started again a second later.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .manager import ServiceManager

CLOCK = "FAULTS_CLOCK"
"""Names the file that says by how many seconds the clock is wrong; a SIGUSR1 says that it has changed."""

ABORT_SECONDS = 2.0
"""For so long systemd waits for what it has aborted, before it kills it: a stopped process does not end by SIGABRT."""
CONFIG = "FAULTS_CONFIG"
"""Names the file with the settings that may change while it runs."""

STOP_SECONDS = 30.0
"""TimeoutStopSec of the unit: systemd kills what has not ended by then."""


LOOK_SECONDS = 0.25
"""Between two looks at the watchdog."""


class Daemon:
    """One daemon's life after life.

    Attributes:
        folder: Where its files are, but for the database.
        starts: How often it was started.
        ends: The exit codes of ends that nobody had asked for.
        slow: Ends that took longer than systemd waits.
        bitten: How often the watchdog ended it.
        version: The folder whose code is started next; None: this one.
        temporary: Where its temporary files are.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], manager: ServiceManager) -> None:
        self.bitten = 0
        self.manager = manager
        self.folder = folder
        self.starts = 0
        self.ends: list[int] = []
        self.slow = 0
        self.version: Path | None = None
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._environment = environment
        self._settings = folder / "grokbot.toml"
        self._settings.write_text("", encoding="utf-8")
        self._clock = folder / "clock"
        self._clock.write_text("0", encoding="utf-8")
        for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)  # inherited: it ends nothing that does not listen for it yet
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def log(self) -> Path:
        """What it wrote on standard error, in all its lives."""
        return self.folder / "log"

    async def start(self) -> None:
        """Starts it, and sees to it that it goes on."""
        await self._begin()
        self._keeper = asyncio.create_task(self._keep())

    async def kill(self) -> None:
        """As a power cut ends it."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> None:
        """As systemd ends it."""
        await self._end(signal.SIGTERM)

    def set_clock(self, wrong: float) -> None:
        """From now on the wall clock of its machine is wrong by so many seconds."""
        self._clock.write_text(str(wrong), encoding="utf-8")
        if self.pid is not None:
            os.kill(self.pid, signal.SIGUSR1)

    def reload(self, settings: str) -> None:
        """Has it read these settings, beside those of its environment."""
        self._settings.write_text(settings, encoding="utf-8")
        if self.pid is not None:
            os.kill(self.pid, signal.SIGHUP)

    async def _begin(self) -> None:
        self.starts += 1
        self.manager.begin()
        code = [str(self.version)] if self.version is not None else []
        with self.log.open("ab") as log:
            log.write(f"---- start {self.starts}\n".encode())
            log.flush()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.launcher"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.version,
                start_new_session=True,  # as a service: no terminal is there to be closed
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "XDG_RUNTIME_DIR": str(self.folder),
                    "PYTHONPATH": os.pathsep.join([*code, *(path for path in sys.path if path)]),
                    "TMPDIR": str(self.temporary),
                    CLOCK: str(self._clock),
                    **self.manager.environment,
                    CONFIG: str(self._settings),
                    **self._environment,
                },
            )

    async def _keep(self) -> None:
        while self._process is not None:
            self.ends.append(await self._watched(self._process))
            await asyncio.sleep(1.0)
            await self._begin()

    async def _watched(self, process: asyncio.subprocess.Process) -> int:
        """How it ends: by itself, or by the watchdog."""
        while not await _over(process, LOOK_SECONDS):
            if self.manager.late:
                self.bitten += 1
                process.send_signal(signal.SIGABRT)
                if not await _over(process, ABORT_SECONDS):
                    process.kill()
        return await process.wait()

    async def _end(self, number: signal.Signals) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.slow += 1
            self._process.kill()
            await self._process.wait()


async def _over(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Whether it ends within so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()
    return process.returncode is not None
