"""What the API and the SDK add to the time of each token of the xAI client alone.

In one run against one sandbox Grok: the bare client of xAI, and the SDK over API and engine to that same client; each
client is a process of its own. Rounds of both take turns, so that whatever else the machine does falls on both. Here:
the rounds and their comparison. Not here: the processes (`api_clients`).
"""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from grokbot.sandbox.grok_server import GrokRules
from tests.bench.load import cpu_seconds
from tests.bench.timed_grok import TimedGrok

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

LIMIT = 1.10
"""Time of a token over SDK and API, as a multiple of the bare client's."""

LATENCY = 0.06
"""Seconds before the first token, as a network and a model would have."""

PACE = 60.0
KINDS = {"bare": "xAI alone", "chat": "SDK .chat", "grok": "SDK .grok"}


@dataclass
class Spent:
    """What the counted rounds of one client took."""

    whole: list[float] = field(default_factory=list)
    """Milliseconds of a token, of each stream, from the question to the end."""
    flowing: list[float] = field(default_factory=list)
    """The same from the first piece to the end: a turn is begun, and written down, once and not for each token."""
    client_cpu: float = 0.0
    daemon_cpu: float = 0.0
    tokens: int = 0


def measure(streams: list[int], tokens: int, rounds: int) -> None:
    """Prints a table for each number of streams and each pace: at 60 tokens a second, and as fast as it is read."""
    asyncio.run(_measure(streams, tokens, rounds))


async def _measure(streams: list[int], tokens: int, rounds: int) -> None:
    async for pace, count, spent in _measured(streams, tokens, rounds):
        where = "as fast as it is read" if math.isinf(pace) else f"at {pace:g} tokens a second"
        title = f"{count} at once, {where}: {tokens} tokens, the first after {LATENCY:g} s; p50 of {rounds} rounds"
        table = Table(title=title, title_justify="left", min_width=90)
        table.add_column("client")
        for column in ("ms a token", "ratio", "limit", "with start", "ratio", "CPU ms/1,000", "daemon"):
            table.add_column(column, justify="right")
        for row in _rows(spent):
            table.add_row(*row)
        Console(width=100).print(table)


def _rows(spent: dict[str, Spent]) -> Iterator[tuple[str, ...]]:
    flowing = {kind: statistics.median(one.flowing) for kind, one in spent.items()}
    whole = {kind: statistics.median(one.whole) for kind, one in spent.items()}
    for kind, name in KINDS.items():
        ratio = flowing[kind] / flowing["bare"]
        limit = "" if kind == "bare" else f"{LIMIT:.2f}  {'met' if ratio <= LIMIT else 'NOT'}"
        cpu = [seconds * 1_000_000 / spent[kind].tokens for seconds in (spent[kind].client_cpu, spent[kind].daemon_cpu)]
        yield (
            name, f"{flowing[kind]:.3f}", f"{ratio:.3f}", limit, f"{whole[kind]:.3f}",
            f"{whole[kind] / whole['bare']:.3f}", f"{cpu[0]:.0f}", "" if kind == "bare" else f"{cpu[1]:.0f}",
        )  # fmt: skip


async def _measured(
    streams: list[int], tokens: int, rounds: int
) -> AsyncGenerator[tuple[float, int, dict[str, Spent]], None]:
    """For each pace and number of streams one uncounted round of each client, then counted ones in turn."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="grokbot-bench-"))
        grok = await stack.enter_async_context(TimedGrok(GrokRules(first_token_after=LATENCY), tokens))
        daemon = await stack.enter_async_context(_process("daemon", grok.target, grok.api_key, folder))
        reaching = (grok.target, grok.api_key, await _line(daemon))
        client = await stack.enter_async_context(_process("client", *reaching))
        await _line(client)
        for pace in (PACE, math.inf):
            grok._chat._rules = replace(grok.rules, tokens_per_second=pace)
            for count in streams:
                spent = {kind: Spent() for kind in KINDS}
                for number in range(rounds + 1):
                    for kind in KINDS:
                        await _round(kind, client, daemon, (count, tokens), spent[kind] if number else Spent())
                yield pace, count, spent


async def _round(kind: str, client: Process, daemon: Process, size: tuple[int, int], spent: Spent) -> None:
    streams, tokens = size
    daemon_cpu = cpu_seconds(daemon.pid)
    assert client.stdin is not None
    client.stdin.write(f"{kind} {streams}\n".encode())
    told = json.loads(await _line(client))
    if told["words"] != [tokens] * streams:
        raise RuntimeError(f"{streams} answers of {tokens} words were sent; {told['words']} words arrived")
    spent.whole.extend(seconds * 1_000 / tokens for seconds in told["whole"])
    spent.flowing.extend(seconds * 1_000 / tokens for seconds in told["flowing"])
    spent.client_cpu += told["cpu"]
    spent.daemon_cpu += cpu_seconds(daemon.pid) - daemon_cpu
    spent.tokens += streams * tokens


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.api_clients", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def _line(process: Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError("a process of the bench has ended; what it said is above")
    return line
