"""What Discord and xAI say about a bot that is installed: the address that adds it to a server, and what is amiss.

Not here: the checks themselves (`operation.check`).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import chdir
from typing import TYPE_CHECKING

from grokbot.operation.service.layout import SECRETS, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grokbot.operation.check import Finding
    from grokbot.operation.service.layout import BotLayout
    from grokbot.operation.service.machine import Machine
    from grokbot.settings import Settings


def findings(machine: Machine, layout: BotLayout) -> Sequence[Finding]:
    """The checks of the accounts. The database is not looked at: it belongs to the daemon.

    Raises:
        ServiceError: The settings are wrong.
    """
    from grokbot.operation.check import checked  # noqa: PLC0415 - it loads Discord's library and xAI's

    return asyncio.run(checked(settings_of(machine, layout), database=False))


def settings_of(machine: Machine, layout: BotLayout) -> Settings:
    """The settings with which the unit runs the bot, as root can put them together.

    Raises:
        ServiceError: They are wrong, or a credential cannot be decrypted.
    """
    from grokbot.settings import SettingsError, load  # noqa: PLC0415 - `grokbot service status` needs none

    config = machine.real(layout.config)
    secrets = {key: _secret(machine, layout, key) for key in SECRETS}
    environ = {
        "STATE_DIRECTORY": str(machine.real(layout.state)),
        "RUNTIME_DIRECTORY": str(machine.real(layout.runtime)),
    }
    try:
        with chdir("/"):  # no .env of whoever runs this
            return load(config if config.is_file() else None, overrides=secrets, environ=environ)
    except SettingsError as problem:
        raise ServiceError(str(problem)) from None


def _secret(machine: Machine, layout: BotLayout, key: str) -> str:
    plain, sealed = (machine.real(layout.secret(key, encrypted=encrypted)) for encrypted in (False, True))
    return _decrypted(key, sealed) if sealed.is_file() else plain.read_text("utf-8").strip()


def _decrypted(key: str, path: Path) -> str:
    command = ["systemd-creds", "decrypt", f"--name={key}", os.fspath(path), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - systemd's own program
    if done.returncode != 0:
        raise ServiceError(f"{path} cannot be decrypted on this machine: {done.stderr.strip()}")
    return done.stdout.strip()
