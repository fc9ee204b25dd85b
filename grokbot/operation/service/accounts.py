"""What Discord and xAI say about a bot that is installed: the address that adds it to a server, and what is amiss.

Not here: the checks themselves (`operation.check`).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import TYPE_CHECKING

from grokbot.operation.service.layout import SECRETS, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grokbot.operation.check import Finding
    from grokbot.operation.service.layout import BotLayout
    from grokbot.operation.service.machine import Machine


def findings(machine: Machine, layout: BotLayout) -> Sequence[Finding]:
    """The checks of the accounts. The database is not looked at: it belongs to the daemon.

    Raises:
        ServiceError: The settings are wrong.
    """
    from grokbot.operation.check import checked  # noqa: PLC0415 - it loads Discord's library and xAI's
    from grokbot.operation.service.database import settings_of  # noqa: PLC0415

    secrets = {key: _secret(machine, layout, key) for key in SECRETS}
    return asyncio.run(checked(settings_of(machine, layout, secrets), database=False))


def _secret(machine: Machine, layout: BotLayout, key: str) -> str:
    plain, sealed = (machine.real(layout.secret(key, encrypted=encrypted)) for encrypted in (False, True))
    return _decrypted(key, sealed) if sealed.is_file() else plain.read_text("utf-8").strip()


def _decrypted(key: str, path: Path) -> str:
    command = ["systemd-creds", "decrypt", f"--name={key}", os.fspath(path), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - systemd's own program
    if done.returncode != 0:
        raise ServiceError(f"{path} cannot be decrypted on this machine: {done.stderr.strip()}")
    return done.stdout.strip()
