"""How long the daemon takes to be ready, and what it holds at rest."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grokbot.sandbox.stage import stage
from tests.daemon_process import daemon_process

READY_LIMIT_SECONDS = 2.0
MEMORY_LIMIT_MB = 130.0
REST_SECONDS = 3.0
MEBIBYTE = 1024.0


async def measure(runs: int) -> None:
    """Starts the daemon several times, the first time with an empty database, and prints the figures."""
    ready: list[float] = []
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with stage() as here:
            for _ in range(runs + 1):
                async with daemon_process(here, Path(folder)) as daemon:
                    await asyncio.sleep(REST_SECONDS)
                    ready.append(daemon.seconds_to_ready)
                    memory.append(resident_mb(daemon.pid))
                    await daemon.terminate()
    table = Table(
        title=f"Start and rest, {runs} runs against the sandbox with {here.discord.world.rules.latency} s latency"
    )
    for column in ("figure", "limit", "min", "median", "max", "median / limit"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    _row(table, "ready with an empty database, s", READY_LIMIT_SECONDS, ready[:1])
    _row(table, "ready, s", READY_LIMIT_SECONDS, ready[1:])
    _row(table, "resident at rest, MB", MEMORY_LIMIT_MB, memory[1:])
    Console().print(table)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MiB, as the kernel counts it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / MEBIBYTE


def _row(table: Table, figure: str, limit: float, measured: list[float]) -> None:
    median = statistics.median(measured)
    values = (min(measured), median, max(measured), median / limit)
    table.add_row(figure, f"{limit:.0f}", *(f"{value:.2f}" for value in values))
