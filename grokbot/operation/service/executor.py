"""Carries out the steps of a plan, one after the other, on a machine. Each can be interrupted and done again.

A file or a link takes its place in one moment, with its mode; a version's folder is complete once its wheel is in it.
Not here: which steps (`plan`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.operation.service import packages
from grokbot.operation.service.layout import ETC, ServiceError
from grokbot.operation.service.release import EXTRAS, REQUIREMENTS
from grokbot.operation.service.steps import (
    AwaitReady,
    DatabaseBackup,
    DatabaseRestore,
    Environment,
    Link,
    Removal,
    SecretFile,
    Systemctl,
    TextFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grokbot.operation.service.machine import Machine
    from grokbot.operation.service.steps import Step

READABLE = 0o022
"""The umask: the service's user has to read the program, whatever root's own umask is."""


class Executor:
    """Does what a plan says.

    Args:
        machine: Where.
        doing: Called with each step before it is done.
        told: Called with what a starting daemon says.
    """

    def __init__(self, machine: Machine, doing: Callable[[Step], object], told: Callable[[str], object]) -> None:
        self._machine = machine
        self._doing = doing
        self._told = told

    def carry_out(self, steps: Iterable[Step]) -> None:
        """Do all steps; the first that fails ends it.

        Raises:
            ServiceError: Says what failed and what to do.
        """
        before = os.umask(READABLE)
        hung_up = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a lost connection leaves no bot stopped
        try:
            for step in steps:
                self._doing(step)
                self._do(step)
        except StoreError as error:
            raise ServiceError(str(error)) from None
        except OSError as error:
            raise ServiceError(
                f"{error.filename or 'A file'}: {error.strerror or error}. What was done so far stays."
            ) from None
        finally:
            os.umask(before)
            signal.signal(signal.SIGHUP, hung_up)

    def _do(self, step: Step) -> None:
        real = self._machine.real
        match step:
            case TextFile():
                _write(real(step.path), step.text.encode(), 0o644)
            case SecretFile():
                data = _encrypted(step.key, step.value) if step.encrypted else step.value.encode()
                folder = real(step.path).parent
                folder.mkdir(parents=True, exist_ok=True, mode=0o755 if folder == real(ETC) else 0o700)
                _write(real(step.path), data, 0o600)
            case Link():
                _link(real(step.path), os.path.relpath(step.target, Path(step.path).parent))
            case Environment():
                _make(real(step.path), step, self._told)
            case Removal():
                _remove(real(step.path))
            case Systemctl():
                self._machine.systemd.call(*step.arguments)
            case AwaitReady():
                seconds = self._machine.systemd.await_ready(step.unit, step.seconds, self._told)
                self._told(f"{step.unit} is ready after {seconds:.1f} s.")
            case DatabaseBackup() | DatabaseRestore():
                _copy(step)


@contextmanager
def _in_one_moment(path: Path) -> Iterator[Path]:
    """A name beside a path, which then becomes it. Nobody sees it half done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))  # mode 0700
    try:
        yield beside / path.name
        (beside / path.name).replace(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(path: Path, data: bytes, mode: int) -> None:
    with _in_one_moment(path) as new:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _link(path: Path, target: str) -> None:
    with _in_one_moment(path) as new:
        new.symlink_to(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
        if path.parent.suffix == ".d":  # the folder of a unit's drop-ins: systemctl edit makes it, too
            with suppress(OSError):  # the operator's own are in it
                path.parent.rmdir()


def _copy(step: DatabaseBackup | DatabaseRestore) -> None:
    from grokbot.store import maintenance  # noqa: PLC0415 - most plans have no database in them
    from grokbot.store.maintenance.files import make_folder  # noqa: PLC0415

    if isinstance(step, DatabaseRestore):
        maintenance.restore(step.database, step.path)
        return
    make_folder(step.path.parent)
    maintenance.make_backup(step.database, step.path)
    for path in step.too_many:
        path.unlink(missing_ok=True)


def _encrypted(key: str, value: str) -> bytes:
    """As systemd will decrypt it for the unit: the name is part of it."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words; the value goes through a pipe
            ["systemd-creds", "encrypt", f"--name={key}", "-", "-"],  # noqa: S607 - where the machine has it
            input=value.encode(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ServiceError("systemd-creds was not found: it needs systemd 250. Leave --encrypt out.") from None
    if done.returncode != 0:
        raise ServiceError(f"systemd-creds failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _make(folder: Path, step: Environment, told: Callable[[str], object]) -> None:
    """The environment of a version. Its wheel, put there last, says that it is complete."""
    begun = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    failed = f"grokbot {step.release.version} could not be installed."
    packages.called(step.recipe.venv(folder), failed)
    if step.release.requirements:
        listed = folder / REQUIREMENTS
        listed.write_text(step.release.text(REQUIREMENTS), "utf-8")
        told(f"Installing {step.release.requirements} packages, as pinned")
        packages.called(step.recipe.install(folder, "--require-hashes", "--requirement", str(listed)), failed)
    what = (f"{step.name} @ {step.release.wheel.as_uri()}",) if step.extras else ("--no-deps", str(step.release.wheel))
    packages.called(step.recipe.install(folder, *what), failed)
    _write(folder / EXTRAS, "\n".join(step.extras).encode(), 0o644)
    told(f"Done after {time.monotonic() - begun:.0f} s.")
    (folder / ".lock").unlink(missing_ok=True)  # uv's, and anybody may write to it
    _write(folder / step.release.wheel.name, step.release.wheel.read_bytes(), 0o644)
