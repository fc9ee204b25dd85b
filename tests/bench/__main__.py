"""`python -m tests.bench NAME`: which measurements there are."""

from __future__ import annotations

import asyncio

import click

from tests.bench import start


@click.group()
def bench() -> None:
    """Measure grokbot against the sandbox, with Discord's limits switched on."""


@bench.command("start")
@click.option("--runs", default=5, help="Counted starts, after one that is not counted.")
def start_command(runs: int) -> None:
    """Time to ready, and memory at rest, of the daemon as a process of its own."""
    asyncio.run(start.measure(runs))


bench()
