"""How long the daemon takes to be ready, a command to end and a prompt to be there, and what the daemon holds at rest.

On a busy machine look at the last column: how often a bare Python would have started and ended meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grokbot.sandbox.stage import stage
from tests.daemon_process import daemon_process
from tests.terminal.window import CTRL_D, window

READY_LIMIT_SECONDS = 1.5
COMMAND_LIMIT_SECONDS = 0.3
PROMPT_LIMIT_SECONDS = 1.0
MEMORY_LIMIT_MB = 130.0
REST_SECONDS = 3.0
MEBIBYTE = 1024.0


BARE = ("-c", "pass")
COMMANDS = (BARE, ("-m", "grokbot", "--help"), ("-m", "grokbot", "status"), ("-m", "grokbot", "conversations", "list"))


async def measure(runs: int) -> None:
    """Starts the daemon several times, the first time with an empty database, and prints the figures."""
    ready: list[float] = []
    memory: list[float] = []
    commands: dict[tuple[str, ...], list[float]] = {each: [] for each in COMMANDS}
    prompts: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with stage() as here:
            for _ in range(runs + 1):
                async with daemon_process(here, Path(folder)) as daemon:
                    await asyncio.sleep(REST_SECONDS)
                    ready.append(daemon.seconds_to_ready)
                    memory.append(resident_mb(daemon.pid))
                    for command, seconds in commands.items():
                        seconds.append(await _ended(folder, *command))
                    await daemon.terminate()
                prompts.append(await _prompted(folder))
    table = Table(
        title=f"Start and rest, {runs} runs against the sandbox with {here.discord.world.rules.latency} s latency"
    )
    for column in ("figure", "limit", "min", "median", "max", "median / limit", "x bare"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    bare = statistics.median(commands.pop(BARE)[1:])
    _row(table, "ready with an empty database, s", READY_LIMIT_SECONDS, ready[:1], bare)
    _row(table, "ready, s", READY_LIMIT_SECONDS, ready[1:], bare)
    for command, seconds in commands.items():
        _row(table, f"grokbot {' '.join(command[2:])}, s", COMMAND_LIMIT_SECONDS, seconds[1:], bare)
    _row(table, "prompt of chat --sandbox, s", PROMPT_LIMIT_SECONDS, prompts[1:], bare)
    _row(table, "resident at rest, MB", MEMORY_LIMIT_MB, memory[1:])
    Console(width=110).print(table)


async def _ended(folder: str, *arguments: str) -> float:
    """Seconds that Python takes for them, beside the daemon in a folder."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": folder, "XDG_RUNTIME_DIR": folder},
    )  # fmt: skip
    if code := await process.wait():
        raise RuntimeError(f"{arguments} ended with {code}")
    return time.perf_counter() - began


async def _prompted(folder: str) -> float:
    """Seconds until a person may type."""
    began = time.perf_counter()
    async with window(Path(folder), "chat", "--sandbox") as shown:
        await shown.until(lambda seen: seen.endswith("\n>"))
        seconds = time.perf_counter() - began
        shown.type(CTRL_D)
        await shown.end()
    return seconds


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MiB, as the kernel counts it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / MEBIBYTE


def _row(table: Table, figure: str, limit: float, measured: list[float], bare: float | None = None) -> None:
    median = statistics.median(measured)
    values = (min(measured), median, max(measured), median / limit)
    times = f"{median / bare:.0f}" if bare else ""
    table.add_row(figure, f"{limit:g}", *(f"{value:.2f}" for value in values), times)
