"""One run of a module of ours in a process of its own, which ends with whoever waits for it.

Not here: what such modules do (`documents`), how many may run at once and what becomes of a failure (`engine`).
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grokbot

if TYPE_CHECKING:
    from collections.abc import Mapping

_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR")
"""Passed on from our environment, which has secrets in it."""
_OWN: Mapping[str, str] = {
    "PYTHONPATH": str(Path(grokbot.__file__).resolve().parents[1]),  # this grokbot, however it was started
    "PYTHONWARNINGS": "ignore",
    "PYTHONUTF8": "1",
}
_TOLD = 80
"""Bytes of its error output that are kept."""


@dataclass(frozen=True, slots=True)
class ModuleRun:
    """How a run ended: its exit code, what it wrote, and the beginning of its errors, for a log."""

    code: int
    output: bytes
    error: str


async def run_module(name: str, given: bytes, seconds: float) -> ModuleRun:
    """Runs it to its end. Cancelling kills the process.

    Args:
        name: The module's.
        given: Its standard input.
        seconds: How long it may take.

    Raises:
        OSError: It did not start.
        TimeoutError: It took too long, and was killed.
    """
    mine = {each: os.environ[each] for each in _PASSED_ON if each in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", name,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**mine, **_OWN}, cwd="/",
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            output, told = await process.communicate(given)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            # To the end of its pipes: else they stay open. No process stays, neither a hanging one nor a zombie.
            await asyncio.shield(asyncio.ensure_future(process.communicate()))
    return ModuleRun(process.returncode or 0, output, told[:_TOLD].decode("ascii", "replace"))
