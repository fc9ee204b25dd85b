"""Virtual environments for versions: which interpreter, uv or pip, and the commands.

The pinned list that the release ships is installed with its hashes checked, then the wheel itself.
Not here: when (`plan`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import grokbot
from grokbot.operation.service.layout import PYTHONS, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HIDDEN = ("/root/", "/home/", "/run/user/", "/tmp/", "/var/tmp/")  # noqa: S108 - no file is made there
"""What the unit hides from the service, so that no interpreter may be there."""

ASK = "import sys; print(sys.version_info[:2] >= (3, 11), sys.base_prefix)"
NO_INSTALLER = (
    "Neither uv nor pip was found, and one of them installs the packages. Do one of these and try again: "
    "apt-get install python3-pip, or put uv on root's PATH."
)
NO_PYTHON = (
    "The service needs a Python 3.11 or newer outside of home folders, which it cannot read. Do one of these and try "
    "again: apt-get install python3, or put uv on root's PATH, or name one with --python."
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an environment is made.

    Args:
        python: The interpreter. Empty: uv gets one.
        found: The command before `install`: uv's, or pip's. Empty: this machine has neither.
        wheels: Where to take all packages from; None: from where this machine is told to.
    """

    python: str
    found: tuple[str, ...]
    wheels: Path | None = None

    @property
    def installer(self) -> tuple[str, ...]:
        """The command before `install`. Asked for only where something is installed: the rest works without.

        Raises:
            ServiceError: This machine has none; says which to install.
        """
        if not self.found:
            raise ServiceError(NO_INSTALLER)
        return self.found

    @property
    def tool(self) -> str:
        """The installer's name."""
        return "uv" if self.is_uv else "pip"

    @property
    def is_uv(self) -> bool:
        """Whether uv installs."""
        return Path(self.installer[0]).name == "uv"

    def venv(self, folder: Path) -> Sequence[str]:
        """The command that makes the empty environment. It needs neither pip nor ensurepip, which Debian leaves out."""
        if self.is_uv:
            which = ("--python", self.python) if self.python else ("--managed-python", "--python", ">=3.11")
            return (self.installer[0], "venv", "--quiet", *which, str(folder))
        return (self.python, "-m", "venv", "--without-pip", str(folder))

    def install(self, folder: Path, *what: str) -> Sequence[str]:
        """The command that installs something into it."""
        python = str(folder / "bin" / "python")
        into = ("install", "--python", python) if self.is_uv else ("--python", python, "install")
        speed = ("--compile-bytecode",) if self.is_uv else ("--disable-pip-version-check", "--no-warn-script-location")
        offline = ("--no-index", "--find-links", str(self.wheels)) if self.wheels is not None else ()
        return (*self.installer, *into, "--quiet", *speed, *offline, *what)


def recipe(python: str | None, wheels: Path | None) -> Recipe:
    """How environments are made on this machine.

    Args:
        python: The interpreter that the operator wants; None: the best that is there.
        wheels: A folder with all packages; None: they come from where this machine is told to.

    Raises:
        ServiceError: Something has to be installed first; says what.
    """
    installer = next(_installers(), ())
    if python is not None:
        if not usable(python):
            raise ServiceError(f"{python} cannot be the service's interpreter. {NO_PYTHON}", usage=True)
        return Recipe(python, installer, wheels)
    base = str(getattr(sys, "_base_executable", sys.executable))
    found = next(filter(usable, ("/usr/bin/python3", "/usr/local/bin/python3", base)), "")
    if not found and (not installer or Path(installer[0]).name != "uv"):
        raise ServiceError(NO_PYTHON)
    return Recipe(found, installer, wheels)


@cache
def usable(python: str) -> bool:
    """Whether the service could be run by an interpreter: new enough, and not within what the unit hides."""
    try:
        done = subprocess.run([python, "-c", ASK], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    enough, _, prefix = done.stdout.strip().partition(" ")
    return enough == "True" and not f"{Path(prefix).resolve()}/".startswith(HIDDEN)


def _installers() -> Iterator[tuple[str, ...]]:
    """Those that are there, the best first."""
    beside = Path(sys.argv[0]).absolute().parent / "uv"
    in_clone = Path(grokbot.__file__).resolve().parents[1] / ".uv" / "bin" / "uv"  # sudo keeps neither $UV nor PATH
    for uv in (os.environ.get("UV", ""), shutil.which("uv") or "", str(beside), str(in_clone)):
        if uv and os.access(uv, os.X_OK):
            yield (uv, "pip")
    for python in (sys.executable, "/usr/bin/python3"):
        if _has_pip(python):
            yield (python, "-m", "pip")


def _has_pip(python: str) -> bool:
    """With `--python`, which pip has since 22.3."""
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter of this machine
            [python, "-m", "pip", "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = done.stdout.split()[1].split(".") if done.returncode == 0 else ["0", "0"]
    return (int(version[0]), int(version[1])) >= (22, 3)


def environment() -> Mapping[str, str]:
    """The variables of the commands: none that would lead into the environment from which this program runs."""
    ours = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "PIP_TARGET", "PIP_USER")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "UV_PYTHON_INSTALL_DIR": PYTHONS, "PIP_ROOT_USER_ACTION": "ignore"}


def called(command: Sequence[str], failed: str) -> None:
    """Run a command.

    Raises:
        ServiceError: `failed`, and what the command said last.
    """
    done = subprocess.run(  # noqa: S603 - our words and the operator's
        command, capture_output=True, text=True, check=False, env=environment(), cwd="/", stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        said = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-10:])
        raise ServiceError(f"{failed} This command failed: {' '.join(command)}\n{said}")
