"""The end of the daemon: the signals that ask for it, how long it may take, and the drain.

Not here: what each part does at its end (`engine`, `api`, `discord_bot`).
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grokbot.daemon.waits import all_of, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.api.server import ApiServer
    from grokbot.discord_bot.bot import GrokBot
    from grokbot.engine.engine import Engine

SETTLE_SECONDS = 8.0
"""How long the last edits may take after the drain."""

REST_OF_STOP_SECONDS = 25.0
"""The longest that the rest of the stop may take after the drain. The sum is less than the unit's TimeoutStopSec."""


@contextmanager
def heard_signals(stop: asyncio.Event, hurry: asyncio.Event, again: asyncio.Event | None) -> Iterator[None]:
    """The first SIGTERM or SIGINT stops, the second hurries.

    Args:
        stop: Set by the first.
        hurry: Set by the second.
        again: Set by each SIGHUP; None: it is one of the others, since the terminal was closed.
    """

    def caught() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    calls = {signal.SIGTERM: caught, signal.SIGINT: caught, signal.SIGHUP: caught if again is None else again.set}
    if again is None and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # `nohup`
        del calls[signal.SIGHUP]
    for number, call in calls.items():
        loop.add_signal_handler(number, call)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # it may have come while the program was loaded
    try:
        yield
    finally:
        for number in calls:
            loop.remove_signal_handler(number)


async def drained(seconds: float, engine: Engine, api: ApiServer, bot: GrokBot | None, hurry: asyncio.Event) -> None:
    """Lets running answers finish; a second signal or the time limit ends them with the text they have.

    Args:
        seconds: The time limit.
        engine: Its answers.
        api: Its calls.
        bot: Its last edits; None: it never was there.
        hurry: Set by the second signal.
    """
    await first_of(all_of(engine.drain(seconds), api.drain(seconds)), hurry.wait())
    await engine.drain(0.0)
    await api.drain(0.0)
    if bot is not None:
        await bot.settle(SETTLE_SECONDS)
