"""The machine that is worked on: real paths under a root, and its systemd, through `systemctl`.

Not here: what is read (`survey`), which commands are needed (`plan`).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.operation.service.layout import MAIN_UNIT, OPT, PACKAGED_UNITS, ServiceError
from grokbot.process.health import MIGRATING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOOK_SECONDS = 0.25
"""How often a starting unit is looked at."""

BEGIN_SECONDS = 5.0
"""How long after its start a unit may still be inactive without a job."""

CRASHES = 2
"""Restarts by which a version has shown that it does not start."""

LOG_LINES = 15
WRONG_SETTING = "A setting or a secret is wrong: the last line of its log says which."
PROPERTIES = (
    "LoadState,ActiveState,SubState,Result,NRestarts,StatusText,ActiveEnterTimestamp,"
    "StateChangeTimestamp,ExecMainStatus,NeedDaemonReload,FragmentPath,MainPID,Job"
)


@dataclass(frozen=True, slots=True)
class UnitState:
    """What systemd says of a unit."""

    unit: str
    found: Mapping[str, str]

    @property
    def loaded(self) -> bool:
        """Whether there is such a unit."""
        return self.found.get("LoadState") == "loaded"

    @property
    def active(self) -> bool:
        """Whether it is ready, or was and is now reloading."""
        return self.found.get("ActiveState") in {"active", "reloading"}

    @property
    def starting(self) -> bool:
        """Whether it starts, also for another time, or waits for its turn to start."""
        return self.found.get("ActiveState") == "activating" or bool(self.found.get("Job"))

    @property
    def failed(self) -> bool:
        """Whether systemd has given it up."""
        return self.found.get("ActiveState") == "failed"

    @property
    def status(self) -> str:
        """The daemon's own words."""
        return self.found.get("StatusText", "")

    @property
    def migrating(self) -> bool:
        """Whether the daemon backs its database up and changes its tables. It says so as long as it does."""
        return MIGRATING in self.status and self.starting

    @property
    def restarts(self) -> int:
        """How often systemd has started it again by itself."""
        return int(self.found.get("NRestarts") or 0)

    @property
    def stale(self) -> bool:
        """Whether its file has changed since systemd read it."""
        return self.found.get("NeedDaemonReload") == "yes"

    @property
    def since(self) -> datetime | None:
        """Since when it is as it is, in the machine's time zone."""
        text = self.found.get("ActiveEnterTimestamp" if self.active else "StateChangeTimestamp", "")
        numbers = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)
        return datetime.fromisoformat(numbers[0]).astimezone() if numbers else None


class Systemd:
    """The machine's systemd.

    Args:
        runs: Whether it runs this machine. In a chroot or an image it does not, and units are only enabled.
    """

    def __init__(self, *, runs: bool) -> None:
        self.runs = runs

    def call(self, *arguments: str) -> str:
        """Run `systemctl` and return what it prints.

        Raises:
            ServiceError: It is not there, or failed.
        """
        done = self._run("systemctl", *arguments)
        if done.returncode != 0:
            raise ServiceError(f"systemctl {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def version(self) -> int:
        """Its version; 0 if it cannot be told."""
        found = re.match(r"systemd (\d+)", self._run("systemctl", "--version").stdout)
        return int(found[1]) if found else 0

    def state(self, unit: str) -> UnitState:
        """How a unit is now."""
        done = self._run("systemctl", "show", f"--property={PROPERTIES}", unit)
        pairs = (line.partition("=") for line in done.stdout.splitlines())
        return UnitState(unit, {name: value for name, _, value in pairs})

    def log(self, unit: str) -> Sequence[str]:
        """The last lines of its log."""
        if shutil.which("journalctl") is None:
            return ()
        done = self._run("journalctl", "--unit", unit, "--lines", str(LOG_LINES), "--no-pager", "--output", "cat")
        return done.stdout.splitlines()

    def await_ready(self, unit: str, seconds: float, told: Callable[[str], object]) -> float:
        """Wait until a unit that was started is ready, and return how many seconds it took.

        Args:
            unit: Its name.
            seconds: The limit, from the end of a migration on: that takes as long as the database is large.
            told: Called with each new status of the daemon.

        Raises:
            ServiceError: It was not ready in time, or never will be; says why.
        """
        begun, said, first, limit = time.monotonic(), "", self.state(unit).restarts, seconds
        ends = ""
        while True:
            now, passed = self.state(unit), time.monotonic() - begun
            if now.active:
                return passed
            if now.status and now.status != said:
                told(said := now.status)
            code = now.found.get("ExecMainStatus", "")
            if (result := now.found.get("Result", "success")) != "success":  # forgotten as the next try begins
                ends = f" ({result}, exit code {code})"
            if now.failed or now.restarts - first >= CRASHES:
                hint = f" {WRONG_SETTING}" if code == "78" else ""
                raise ServiceError(f"{unit} ends before it is ready{ends}.{hint}")
            if not now.starting and passed > BEGIN_SECONDS:
                raise ServiceError(f"{unit} has ended by itself.")
            if now.migrating:
                limit = passed + seconds
            if passed > limit:
                raise ServiceError(f"{unit} was not ready within {passed:.0f} s. {said}".strip())
            time.sleep(LOOK_SECONDS)

    @staticmethod
    def _run(*command: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - systemd's own programs
                command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
            )
        except FileNotFoundError:
            text = f"{command[0]} was not found: grokbot's service needs systemd. Without it, use grokbot run."
            raise ServiceError(text) from None


PACKAGED = (
    "Debian's package grokbot looks after the service of this machine: `apt-get install ./grokbot_….deb` updates it, "
    "`apt-get remove grokbot` removes it, and `grokbot setup` asks for token and key."
)


class Machine:
    """This machine, or a folder that stands for one.

    Args:
        root: What systemd's paths are below.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self.systemd = Systemd(runs=(root / "run" / "systemd" / "system").is_dir())  # as sd_booted(3) finds it out

    def real(self, path: str) -> Path:
        """Where a path of systemd's is."""
        return self.root / path.removeprefix("/")

    def check_root(self) -> None:
        """Check that this program may change the machine.

        Raises:
            ServiceError: It may not; says how to run it again. sudo does not search the caller's own PATH.
        """
        if self.root == Path("/") and os.geteuid() != 0:
            again = " ".join([str(Path(sys.argv[0]).absolute()), *sys.argv[1:]])
            raise ServiceError(f"Only root can do this. Run: sudo {again}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other commands from changing the service meanwhile.

        Raises:
            ServiceError: One is at it.
        """
        path = self.real("/run/grokbot-service.lock")
        path.parent.mkdir(exist_ok=True)
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ServiceError("Another `grokbot service` is at work. Try again when it is done.") from None
            yield

    def check_not_packaged(self) -> None:
        """Check that the service is not dpkg's. One in /opt/grokbot goes before a package's, and can be removed.

        Raises:
            ServiceError: It is; says what to do instead.
        """
        if self.real(f"{PACKAGED_UNITS}/{MAIN_UNIT}").is_file() and not self.real(OPT).exists():
            raise ServiceError(PACKAGED)
