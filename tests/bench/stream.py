"""How fresh answers are while they stream, and what that costs, for one answer and for hundreds at once.

The daemon runs as a process of its own against both loopback servers, which run here with Discord's limits switched on.
Here: one run from its beginning to its end. Not here: who asks (`audience`), what the figures are (`figures`).
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.discord_server.server import most_in_a_second
from grokbot.sandbox.grok_server import GrokRules
from grokbot.settings.privacy import LINE
from tests.bench.audience import audience
from tests.bench.figures import Run, Wishes
from tests.bench.limits import lags
from tests.bench.load import observed
from tests.bench.plain_bot import plain_process
from tests.bench.table import as_json, notes, table
from tests.daemon_process import daemon_process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from grokbot.sandbox.stage import Stage
    from tests.bench.audience import Audience, Seat
    from tests.bench.plain_bot import PlainProcess
    from tests.daemon_process import DaemonProcess

WARM_UP_TOKENS = 60
"""The first turn of a process loads what is loaded when first used; it is not measured."""

PATIENCE = 60.0
"""Seconds that a run may take beyond twice the time that it needs."""

WIDTH = 100
KEPT_REQUESTS = 1_000_000
TOO_MANY = 429
DIRECT_MESSAGES = "/users/@me/channels"
"""The route that opens one."""


async def measure(
    streams: Sequence[int], wishes: Wishes, *, beside: bool = True, machine_readable: bool = False
) -> None:
    """Runs once for each number of streams and prints the figures; asserts nothing.

    With `beside`, a plain bot does the same right after.
    """
    console = Console(width=WIDTH)
    collected = []
    for number in streams:
        run = await run_once(number, wishes, daemon)
        plain = await run_once(number, wishes, plain_process) if beside else None
        if machine_readable:
            collected.append(as_json(run, plain))
            continue
        console.print(table(run, plain))
        for note in notes(run):
            console.print(note, style="bold red" if note.startswith("WARNING") else "dim", highlight=False)
        console.print()
    if machine_readable:
        console.print_json(json.dumps(collected))


def daemon(stage: Stage, folder: Path) -> AbstractAsyncContextManager[DaemonProcess]:
    """The daemon as it runs for people who have read its notice."""
    return daemon_process(stage, folder, {"GROKBOT_PRIVACY__LINE": LINE})


async def run_once(
    streams: int,
    wishes: Wishes,
    begin: Callable[[Stage, Path], AbstractAsyncContextManager[DaemonProcess | PlainProcess]] = daemon,
) -> Run:
    """One run with a fresh bot and fresh servers."""
    rules = Rules(latency=wishes.latency, keep_requests=KEPT_REQUESTS)
    rules = rules.with_mode("fixed") if wishes.fixed_windows else rules
    grok_rules = GrokRules(tokens_per_second=wishes.tokens_per_second, tokens_per_chunk=wishes.tokens_per_chunk)
    with tempfile.TemporaryDirectory(prefix="grokbot-bench-") as name:
        folder = Path(name)
        async with audience(rules, grok_rules, wishes.tokens) as people:
            people.take_seats(streams + 1)
            if not wishes.open_threads:
                await people.open_threads(folder)
            async with begin(people.stage, folder) as bot:
                run = await _observe(people, bot.pid, wishes, rules)
                await bot.terminate()
    return run


async def _observe(people: Audience, pid: int, wishes: Wishes, rules: Rules) -> Run:
    *seats, first = people.seats
    await _warm_up(people, first)
    discord = people.stage.discord
    before = len(discord.requests)
    async with observed(pid) as load:
        await people.ask(seats, wishes.ramp)
        await people.wait_for_answers(seats, _patience(len(seats), wishes, rules))
    requests = discord.requests[before:]
    courses = [people.course(seat, wishes.latency) for seat in seats]
    return Run(
        streams=len(seats),
        wishes=wishes,
        rules=rules,
        courses=[course for course in courses if course is not None],
        complete=sum(people.complete(seat) for seat in seats),
        requests=len(requests),
        refused=Counter(f"{call.method} {call.template}" for call in requests if call.status == TOO_MANY),
        busiest_second=most_in_a_second(requests),
        load=load,
        direct_messages=sum(call.template == DIRECT_MESSAGES for call in discord.requests),
        told=sum(seat.told for seat in seats),
    )


async def _warm_up(people: Audience, seat: Seat) -> None:
    people.grok.lengths[seat.number] = WARM_UP_TOKENS
    await people.ask([seat], 0.0)
    await people.wait_for_answers([seat], PATIENCE)


def _patience(streams: int, wishes: Wishes, rules: Rules) -> float:
    """Seconds after which what is missing will not come any more."""
    herd = max(lags(rules, [0.0] * streams))
    return PATIENCE + wishes.ramp + 2 * wishes.tokens / wishes.tokens_per_second + 4 * herd
