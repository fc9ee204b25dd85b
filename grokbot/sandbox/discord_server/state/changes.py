"""Waits until something is true of a world: looked at after every change of it, and now and then.

Not here: the world (`world`), what is waited for (whoever uses the sandbox).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from grokbot.sandbox.discord_server.state.world import World

_LOOK_AGAIN = 0.2
"""Seconds between checks of a condition that may depend on more than the world."""


class WorldChanges:
    """The changes of one world, for those who wait for them."""

    def __init__(self, world: World) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        world.watchers.append(self._wake)

    async def until(self, condition: Callable[[], Any], seconds: float) -> bool:
        """Waits until `condition()` is true; False if it still was not after so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not condition():
            left = deadline - loop.time()
            if left <= 0:
                return False
            waiter = loop.create_future()
            self._waiting.add(waiter)
            timer = loop.call_later(min(left, _LOOK_AGAIN), _resolve, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiting.discard(waiter)
        return True

    def _wake(self) -> None:
        for waiter in self._waiting:
            _resolve(waiter)


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
